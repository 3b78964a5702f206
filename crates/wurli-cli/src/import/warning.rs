//! Warnings of an import.

use std::path::{Path, PathBuf};

use super::left_out::LeftOut;
use crate::commands::table::counted;
use wurli_train::catalogue::{MIDI_MAX, MIDI_MIN};
use wurli_train::findings::{first_of, one_line_per_kind};
use wurli_train::note_name::note_name;

/// Warning about a pack that was imported.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
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
    #[error("ignored opcodes: {}{} (they affect playback only)", names.join(", "), more(*others))]
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
    /// A highest velocity of 128, as of velocities that are counted from 1.
    #[error("{} line {line}: hivel = 128 is above 127, and taken as 127{}", path.display(), more(*others))]
    Clamped {
        /// The SFZ file.
        path: PathBuf,
        /// First such line, from 1.
        line: usize,
        /// Number of further cases.
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
    #[error(
        "{}: only the articulation {imported} is imported; left out: {others} ({})", path.display(), in_words(*left_out)
    )]
    Articulations {
        /// SFZ file.
        path: PathBuf,
        /// Its keyswitch, or the range of a controller.
        imported: String,
        /// Those of the others.
        others: String,
        /// Size of the others.
        left_out: LeftOut,
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
    /// A pack without velocity layers, whose file names have words for dynamics.
    #[error("no region says lovel or hivel: velocities are those of the words for dynamics in the file names")]
    NamedLayers,
    /// A folder all of whose names say that they are no struck notes.
    #[error(
        "all names say {what}: taken for the title of the pack; do not train on this import unless notes are struck in it"
    )]
    AllNamed {
        /// Kind of recording that the names say.
        what: &'static str,
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
    #[error("{} recorded more than once (round robins): all {files} recordings are imported; import other microphones and other \
         ways to play apart",
        if *notes == 1 { "1 note was".to_owned() } else { format!("{notes} notes were") })]
    RoundRobins {
        /// Number of notes.
        notes: usize,
        /// Number of files.
        files: usize,
    },
    /// Copies of recordings that are imported.
    #[error("left out: {}", copied(copies, *relabelled))]
    Copies {
        /// Copies and their originals, below the folder of the pack.
        copies: Vec<(PathBuf, PathBuf)>,
        /// True if their labels differ.
        relabelled: bool,
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
    /// Notes that `run` does not train on.
    #[error(
        "`run` will not train on {}, more than half a semitone from the usual tuning ({usual_cents:+.0} cents): {}; rename or record \
         {} again, or give --retune to take the keys that sound", counted(files.len(), "recording"), list(files),
        if files.len() == 1 { "it" } else { "them" }
    )]
    Mistuned {
        /// Usual tuning of the pack, cents.
        usual_cents: f64,
        /// Files and their tuning, cents.
        files: Vec<(PathBuf, f64)>,
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
        !matches!(
            self,
            Self::Opcodes { .. }
                | Self::Clamped { .. }
                | Self::NoLayers { .. }
                | Self::NamedLayers
                | Self::RoundRobins { .. }
                | Self::Whole
        )
    }

    /// Returns the number of recordings and regions that it says are left out.
    #[must_use]
    pub const fn left_out(&self) -> LeftOut {
        match self {
            Self::File { .. } | Self::OutOfRange { .. } | Self::Unreadable { .. } | Self::SampleMissing { .. } => {
                LeftOut::recordings(1)
            }
            Self::Copies { copies, .. } => LeftOut::recordings(copies.len()),
            Self::Region { others, .. } => LeftOut::regions(1 + *others),
            Self::Articulations { left_out, .. } => *left_out,
            _ => LeftOut::recordings(0),
        }
    }

    /// Returns the file that it is about and what is found, if it is about one.
    fn finding(&self) -> Option<(String, String)> {
        let path = match self {
            Self::Recording { path, .. } | Self::File { path, .. } | Self::OutOfRange { path, .. } => path,
            Self::SeveralLayers { sample, .. } => sample,
            Self::SampleMissing { path, line, sample } => {
                return Some((sample.display().to_string(), format!("it is missing ({} line {line})", path.display())));
            }
            _ => return None,
        };
        let (file, text) = (path.display().to_string(), self.to_string());
        let finding = text.strip_prefix(&file).map_or(&*text, |text| text.trim_start_matches(": ")).to_owned();
        Some((file, finding))
    }

    /// Formats warnings about a pack in that folder: first those about the whole pack, then one
    /// line for each kind of finding about its files.
    #[must_use]
    pub fn by_kind(warnings: &[Self], folder: &Path) -> Vec<String> {
        let of_pack = warnings.iter().filter(|warning| warning.finding().is_none()).map(ToString::to_string);
        let findings = warnings.iter().filter_map(Self::finding);
        of_pack
            .chain(one_line_per_kind(findings, |file| {
                Path::new(file).strip_prefix(folder).ok().and_then(Path::to_str).unwrap_or(file)
            }))
            .collect()
    }
}

/// Lists the first files with their tuning.
fn list(files: &[(PathBuf, f64)]) -> String {
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    first_of(files.iter().map(|(path, cents)| format!("{} ({cents:+.0} cents)", name(path))))
}

fn in_words(left_out: LeftOut) -> String {
    match left_out.regions {
        0 => counted(left_out.recordings, "recording"),
        regions => counted(regions, "region"),
    }
}

/// Describes copies: their number, and the first with their originals.
fn copied(copies: &[(PathBuf, PathBuf)], relabelled: bool) -> String {
    let named = first_of(copies.iter().map(|(copy, of)| format!("{} of {}", copy.display(), of.display())));
    let copies = if copies.len() == 1 { "1 copy".to_owned() } else { format!("{} copies", copies.len()) };
    match relabelled {
        false => format!("{copies} of recordings that are imported: {named}"),
        true => {
            format!("{copies} of recordings that are imported under another label: {named}; are their labels right?")
        }
    }
}

fn more(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => " (and 1 more)".into(),
        others => format!(" (and {others} more)"),
    }
}
