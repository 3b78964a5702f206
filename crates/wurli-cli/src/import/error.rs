//! Why nothing is imported, and what is said of a pack that is.

use std::io;
use std::path::PathBuf;

use wurli_train::audio::{AudioError, Format};
use wurli_train::catalogue::{CatalogueError, MIDI_MAX, MIDI_MIN};
use wurli_train::note_name::note_name;

/// Why nothing was imported. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The operating system refused.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// A file or a folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Neither an SFZ file nor a folder nor audio.
    #[error(
        "{} is none of an SFZ file, a folder of recordings and a recording; give PACK.sfz, or the folder that holds the {} files",
        path.display(), Format::NAMES
    )]
    NoPack {
        /// What was given.
        path: PathBuf,
    },
    /// The folder cannot be searched.
    #[error(transparent)]
    Folder(#[from] CatalogueError),
    /// A take that was read cannot be read again, or its notes not be written.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// An SFZ file that cannot be followed.
    #[error("{} line {line}: {problem}", path.display())]
    Line {
        /// The SFZ file, or one that it includes.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        problem: SfzProblem,
    },
    /// An SFZ file that is no text.
    #[error("{} is not text: byte {offset} is 0; is it an SFZ file, and not saved as UTF-16?", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Where the byte stands, from 0.
        offset: usize,
    },
    /// More text than an SFZ file has.
    #[error("{} with what it includes is longer than {max} bytes", path.display())]
    TooMuchText {
        /// The file with which it became too much.
        path: PathBuf,
        /// Most that is read.
        max: usize,
    },
    /// The user stopped it.
    #[error("stopped: nothing was written to {}", path.display())]
    Stopped {
        /// The target.
        path: PathBuf,
    },
    /// Nothing that could be imported.
    #[error("{}: {why}", path.display())]
    Nothing {
        /// The pack.
        path: PathBuf,
        /// What was found instead, and what to do.
        why: String,
    },
    /// A target that is not empty.
    #[error("{} is not empty, and nothing in it is overwritten; give --into a folder that does not exist yet", path.display())]
    NotEmpty {
        /// The target.
        path: PathBuf,
    },
    /// A target in the folder that is read, which a second import would read with it.
    #[error("{} lies in the folder that is imported, {}; give --into a folder elsewhere", path.display(), pack.display())]
    IntoItself {
        /// The target.
        path: PathBuf,
        /// The pack.
        pack: PathBuf,
    },
    /// The target cannot be made.
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable {
        /// A file or a folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// What makes a line of an SFZ file impossible to follow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SfzProblem {
    /// Files that include each other.
    #[error("#include {file:?} includes itself, directly or through others")]
    IncludeLoop {
        /// What stands there.
        file: String,
    },
    /// Too many files within files.
    #[error("#include {file:?} is more than {max} files deep")]
    IncludeDepth {
        /// What stands there.
        file: String,
        /// Deepest that is followed.
        max: usize,
    },
    /// Too many files in all.
    #[error("#include {file:?} is one more than the {max} that are followed")]
    IncludeCount {
        /// What stands there.
        file: String,
        /// Most that are followed.
        max: usize,
    },
    /// Text that grows when its variables are replaced.
    #[error("{name} becomes longer than {max} bytes once its variables are replaced")]
    Expansion {
        /// The opcode or the variable.
        name: String,
        /// Longest value.
        max: usize,
    },
    /// More than any pack has.
    #[error("this is region {max} and one more; no more are read")]
    Regions {
        /// Most that are read.
        max: usize,
    },
}

/// What is said of a pack that was read nevertheless.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Remark {
    /// A recording whose name or region is more than half a semitone from what sounds.
    #[error("{}: {finding}", path.display())]
    Label {
        /// The recording.
        path: PathBuf,
        /// What is wrong, and what was done.
        finding: String,
    },
    /// Opcodes that say nothing about a recording.
    #[error("opcodes that do not bear on what is recorded, not used: {}{}", names.join(", "), more(*others))]
    Opcodes {
        /// Their names, each once.
        names: Vec<String>,
        /// How many there are beyond those.
        others: usize,
    },
    /// Text that is no opcode.
    #[error("{} line {line}: {text:?} is neither a header nor an opcode, passed over{}", path.display(), more(*others))]
    Stray {
        /// The SFZ file.
        path: PathBuf,
        /// The first such line, from 1.
        line: usize,
        /// What stands there.
        text: String,
        /// How many more there are.
        others: usize,
    },
    /// An opcode, a variable or a file name that is longer than any has reason to be.
    #[error(
        "{} line {line}: {name} becomes longer than {max} bytes once its variables are replaced, passed over{}", path.display(), more(*others)
    )]
    Long {
        /// The SFZ file.
        path: PathBuf,
        /// The first such line, from 1.
        line: usize,
        /// The opcode or the variable.
        name: String,
        /// Longest value.
        max: usize,
        /// How many more there are.
        others: usize,
    },
    /// An included file that is not there.
    #[error("{} line {line}: #include {file:?} cannot be read ({reason}), what it says is missing", path.display())]
    IncludeMissing {
        /// The SFZ file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What stands there.
        file: String,
        /// The system's reason.
        reason: String,
    },
    /// A region that is no recording of a struck note, or does not say which.
    #[error("{} line {line}: region left out: {why}{}", path.display(), more(*others))]
    Region {
        /// The SFZ file.
        path: PathBuf,
        /// The first such line, from 1.
        line: usize,
        /// Why.
        why: String,
        /// How many more regions are left out for the same reason.
        others: usize,
    },
    /// A sample that is not there.
    #[error("{} line {line}: sample {} is missing", path.display(), sample.display())]
    SampleMissing {
        /// The SFZ file.
        path: PathBuf,
        /// The first region that names it, from 1.
        line: usize,
        /// Where it should be.
        sample: PathBuf,
    },
    /// A recording played in several layers, although it was made at one dynamic.
    #[error("{}: played in {layers} velocity layers; taken as struck at {velocity}, {why}", sample.display())]
    SeveralLayers {
        /// The recording.
        sample: PathBuf,
        /// In how many.
        layers: usize,
        /// What is believed.
        velocity: u8,
        /// Why.
        why: &'static str,
    },
    /// Layers that are not told apart.
    #[error(
        "no region says lovel or hivel: all notes are taken as struck at velocity {velocity}; --velocity sets another"
    )]
    NoLayers {
        /// What is believed.
        velocity: u8,
    },
    /// A take whose dynamics are not known.
    #[error(
        "the take is imported whole, as a performance, and its levels are not trained on: its velocities are estimates from how loud notes are \
         among each other; --played pp,mf,ff says how keys were struck in turn, and has the notes cut out"
    )]
    Whole,
    /// What is said to be struck harder is softer.
    #[error(
        "{keys} of {of} keys are louder where --played says velocity {softer} than where it says {harder}: is that the order in which they \
         were struck?"
    )]
    Order {
        /// The lower velocity.
        softer: u8,
        /// The higher one.
        harder: u8,
        /// How many keys contradict.
        keys: usize,
        /// Of how many.
        of: usize,
    },
    /// Recordings of the same key and velocity.
    #[error("{notes} notes were recorded more than once (round robins): all {files} recordings of them are imported")]
    RoundRobins {
        /// How many notes.
        notes: usize,
        /// How many files.
        files: usize,
    },
    /// A file that is not imported.
    #[error("{}: left out: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// All pitches are octaves from what the pack says.
    #[error(
        "{of} of {heard} recordings sound {octaves} octave{} {} than the pack says, read with C4 = MIDI 60: all notes are moved by {} \
         semitones", if octaves.abs() == 1 { "" } else { "s" }, if *octaves > 0 { "higher" } else { "lower" }, 12 * octaves
    )]
    Octaves {
        /// By how many, + = the sound is higher.
        octaves: i16,
        /// Recordings that agree.
        of: usize,
        /// Recordings in which a note was heard.
        heard: usize,
    },
    /// A file that may be an octave from where it is catalogued.
    #[error("{}: something sounds {octaves} octave{} below the {} that it is imported as; listen to it", path.display(),
        if *octaves == 1 { "" } else { "s" }, note_name(*midi))]
    LowerOctave {
        /// The file.
        path: PathBuf,
        /// What it is imported as.
        midi: u8,
        /// How many octaves below.
        octaves: i16,
    },
    /// Notes that no piano has, or no catalogue.
    #[error("{}: left out: MIDI {midi} is outside {MIDI_MIN}..={MIDI_MAX}", path.display())]
    OutOfRange {
        /// The file.
        path: PathBuf,
        /// What the pack says, moved by the octaves that were heard.
        midi: i16,
    },
}

fn more(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => " (and 1 more)".into(),
        others => format!(" (and {others} more)"),
    }
}
