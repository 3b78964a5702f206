//! Errors and warnings of an import.

use std::io;
use std::path::PathBuf;

use wurli_train::audio::{AudioError, Format};
use wurli_train::catalogue::{CatalogueError, MIDI_MAX, MIDI_MIN};
use wurli_train::note_name::note_name;

/// An import that failed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The operating system denied access.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// File or folder.
        path: PathBuf,
        /// Reason given by the system.
        source: io::Error,
    },
    /// Neither an SFZ file, a folder nor an audio file.
    #[error(
        "{} is none of an SFZ file, a folder of recordings and a recording; give PACK.sfz, or the folder that holds the {} files",
        path.display(), Format::NAMES
    )]
    NoPack {
        /// Path that was given.
        path: PathBuf,
    },
    /// The folder cannot be listed.
    #[error(transparent)]
    Folder(#[from] CatalogueError),
    /// A take cannot be read again, or its notes cannot be written.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A line of an SFZ file that cannot be parsed.
    #[error("{} line {line}: {problem}", path.display())]
    Line {
        /// SFZ file, or a file that it includes.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// Problem on that line.
        problem: SfzProblem,
    },
    /// An SFZ file that is not text.
    #[error("{} is not text: byte {offset} is 0; is it an SFZ file, and not saved as UTF-16?", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Offset of the first zero byte.
        offset: usize,
    },
    /// SFZ text above the size limit.
    #[error("{} with what it includes is longer than {max} bytes", path.display())]
    TooMuchText {
        /// File that exceeded the limit.
        path: PathBuf,
        /// Limit.
        max: usize,
    },
    /// The user interrupted the import.
    #[error("stopped: nothing was written to {}", path.display())]
    Stopped {
        /// Target folder.
        path: PathBuf,
    },
    /// Nothing usable was found.
    #[error("{}: {why}", path.display())]
    Nothing {
        /// The pack.
        path: PathBuf,
        /// Reason and fix.
        why: String,
    },
    /// The target folder is not empty.
    #[error("{} is not empty, and nothing in it is overwritten; give --into a folder that does not exist yet", path.display())]
    NotEmpty {
        /// Target folder.
        path: PathBuf,
    },
    /// The target lies inside the pack; a second import would read it again.
    #[error("{} lies in the folder that is imported, {}; give --into a folder elsewhere", path.display(), pack.display())]
    IntoItself {
        /// Target folder.
        path: PathBuf,
        /// The pack.
        pack: PathBuf,
    },
    /// The target cannot be created.
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable {
        /// File or folder.
        path: PathBuf,
        /// Reason given by the system.
        source: io::Error,
    },
}

/// Problem with a line of an SFZ file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SfzProblem {
    /// Files that include each other.
    #[error("#include {file:?} includes itself, directly or through others")]
    IncludeLoop {
        /// Text as written.
        file: String,
    },
    /// Includes nested too deeply.
    #[error("#include {file:?} is more than {max} files deep")]
    IncludeDepth {
        /// Text as written.
        file: String,
        /// Limit.
        max: usize,
    },
    /// Too many includes in total.
    #[error("#include {file:?} is one more than the {max} that are followed")]
    IncludeCount {
        /// Text as written.
        file: String,
        /// Limit.
        max: usize,
    },
    /// A value that becomes too long when its variables are expanded.
    #[error("{name} becomes longer than {max} bytes once its variables are replaced")]
    Expansion {
        /// Opcode or variable.
        name: String,
        /// Limit, bytes.
        max: usize,
    },
    /// Too many regions.
    #[error("this is region {max} and one more; no more are read")]
    Regions {
        /// Limit.
        max: usize,
    },
}

/// Warning about a pack that was imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportWarning {
    /// A recording that is not what its label or its header says, or sounds before its note.
    #[error("{}: {finding}", path.display())]
    Recording {
        /// The recording.
        path: PathBuf,
        /// Difference or defect, and the action taken.
        finding: String,
    },
    /// Opcodes that affect playback only.
    #[error("opcodes that do not bear on what is recorded, not used: {}{}", names.join(", "), more(*others))]
    Opcodes {
        /// Names, without duplicates.
        names: Vec<String>,
        /// Number of further names.
        others: usize,
    },
    /// Text that is neither a header nor an opcode.
    #[error("{} line {line}: {text:?} is neither a header nor an opcode, passed over{}", path.display(), more(*others))]
    Stray {
        /// The SFZ file.
        path: PathBuf,
        /// First such line, from 1.
        line: usize,
        /// Text as written.
        text: String,
        /// Number of further cases.
        others: usize,
    },
    /// An opcode, variable or file name above the length limit.
    #[error(
        "{} line {line}: {name} becomes longer than {max} bytes once its variables are replaced, passed over{}", path.display(), more(*others)
    )]
    Long {
        /// The SFZ file.
        path: PathBuf,
        /// First such line, from 1.
        line: usize,
        /// Opcode or variable.
        name: String,
        /// Limit, bytes.
        max: usize,
        /// Number of further cases.
        others: usize,
    },
    /// An included file that is missing.
    #[error("{} line {line}: #include {file:?} cannot be read ({reason}), what it says is missing", path.display())]
    IncludeMissing {
        /// The SFZ file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// Text as written.
        file: String,
        /// Reason given by the system.
        reason: String,
    },
    /// A region that is not a recording of a struck note, or has no usable note.
    #[error("{} line {line}: region left out: {why}{}", path.display(), more(*others))]
    Region {
        /// The SFZ file.
        path: PathBuf,
        /// First such line, from 1.
        line: usize,
        /// Reason.
        why: String,
        /// Number of further regions with the same reason.
        others: usize,
    },
    /// A missing sample.
    #[error("{} line {line}: sample {} is missing", path.display(), sample.display())]
    SampleMissing {
        /// The SFZ file.
        path: PathBuf,
        /// Line of the first region that names it, from 1.
        line: usize,
        /// Expected path.
        sample: PathBuf,
    },
    /// A pack with several articulations.
    #[error("{}: only the articulation {imported} is imported; left out: {others}", path.display())]
    Articulations {
        /// SFZ file.
        path: PathBuf,
        /// Its keyswitch.
        imported: String,
        /// Keyswitches of the others.
        others: String,
    },
    /// A recording that several velocity layers play.
    #[error("{}: played in {layers} velocity layers; taken as struck at {velocity}, {why}", sample.display())]
    SeveralLayers {
        /// The recording.
        sample: PathBuf,
        /// Number of layers.
        layers: usize,
        /// Velocity that is assumed.
        velocity: u8,
        /// Reason.
        why: &'static str,
    },
    /// A pack without velocity layers.
    #[error(
        "no region says lovel or hivel: all notes are taken as struck at velocity {velocity}; --velocity sets another"
    )]
    NoLayers {
        /// Velocity that is assumed.
        velocity: u8,
    },
    /// A take of unknown dynamics.
    #[error(
        "the take is imported whole, as a performance, and its levels are not trained on: its velocities are estimates from how loud notes are \
         among each other; --played pp,mf,ff says how keys were struck in turn, and has the notes cut out"
    )]
    Whole,
    /// The order given by `--played` contradicts the loudness.
    #[error(
        "{keys} of {of} keys are louder where --played says velocity {softer} than where it says {harder}: is that the order in which they \
         were struck?"
    )]
    Order {
        /// The lower velocity.
        softer: u8,
        /// The higher one.
        harder: u8,
        /// Keys that contradict.
        keys: usize,
        /// Keys in total.
        of: usize,
    },
    /// Recordings of the same key and velocity.
    #[error("{notes} notes were recorded more than once (round robins): all {files} recordings of them are imported")]
    RoundRobins {
        /// Number of notes.
        notes: usize,
        /// Number of files.
        files: usize,
    },
    /// A file or folder that cannot be read.
    #[error("left out: {problem}")]
    Unreadable {
        /// Path and reason.
        problem: String,
    },
    /// A file that is not imported.
    #[error("{}: left out: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Reason.
        why: String,
    },
    /// Most recordings sound the same number of octaves from their labels.
    #[error(
        "{of} of {heard} recordings sound {} octave{} {} than the pack says, read with C4 = MIDI 60: all notes are moved by {} \
         semitones", octaves.abs(), if octaves.abs() == 1 { "" } else { "s" }, if *octaves > 0 { "higher" } else { "lower" }, 12 * octaves
    )]
    Octaves {
        /// Octaves; positive if the sound is higher.
        octaves: i16,
        /// Recordings that agree.
        of: usize,
        /// Recordings with a detected note.
        heard: usize,
    },
    /// A file that may be labelled an octave too high.
    #[error("{}: something sounds {octaves} octave{} below the {} that it is imported as; listen to it", path.display(),
        if *octaves == 1 { "" } else { "s" }, note_name(*midi))]
    LowerOctave {
        /// The file.
        path: PathBuf,
        /// Key it is imported as.
        midi: u8,
        /// Octaves below that key.
        octaves: i16,
    },
    /// A key outside the piano's range.
    #[error("{}: left out: MIDI {midi} is outside {MIDI_MIN}..={MIDI_MAX}", path.display())]
    OutOfRange {
        /// The file.
        path: PathBuf,
        /// Key given by the pack, after the octave shift.
        midi: i16,
    },
}

impl ImportWarning {
    /// Returns true if it may explain why nothing could be imported.
    pub(super) const fn is_reason(&self) -> bool {
        !matches!(self, Self::Opcodes { .. } | Self::NoLayers { .. } | Self::RoundRobins { .. } | Self::Whole)
    }
}

fn more(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => " (and 1 more)".into(),
        others => format!(" (and {others} more)"),
    }
}
