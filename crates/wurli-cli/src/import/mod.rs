//! Sample packs into data folders: an SFZ file, a folder of named files, or a take of a scale.
//!
//! 1. `sfz` or `names` list the recordings, with the notes and velocities that the pack claims.
//! 2. `pitch` compares the claims with the sound. `take` cuts a take into notes.
//! 3. `data_folder` copies what passed, and writes its catalogue.
//!
//! A pack is never written to. Unusable recordings are left out and reported.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use wurli_train::audio::{FileType, Format};
use wurli_train::catalogue::scan;
use wurli_train::pipeline::mistuned::{deviates, usual_tuning_cents};
use wurli_train::progress::Progress;
use wurli_train::transcription::Labels;
use wurli_voice::instrument::midi_to_hz;

use crate::commands::table::counted;

mod copies;
pub mod data_folder;
#[cfg(test)]
mod documented;
mod dynamics;
mod error;
mod judge;
mod left_out;
mod names;
mod paths;
mod pitch;
mod rounds;
mod sfz;
mod take;
mod warning;

pub use dynamics::{DynamicWords, UnknownDynamics, velocity_of_layer};
pub use error::{ImportError, SfzProblem};
pub use left_out::LeftOut;
pub use names::Pattern;
pub(crate) use names::naming::named_keys;
pub use pitch::Note;
pub use warning::ImportWarning;

/// Content of a recording, as the pack claims it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Claim {
    path: PathBuf,
    /// Part of the file, as sample indices, if it holds several notes.
    cut: Option<(u64, u64)>,
    /// MIDI notes: several if the pack contradicts itself, none if the sound decides.
    midi: Vec<i16>,
    velocity: u8,
}

impl Claim {
    /// Claims that a file holds one note.
    fn note(path: PathBuf, midi: i16, velocity: u8) -> Self {
        Self { path, cut: None, midi: vec![midi], velocity }
    }
}

/// Options of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Velocity of all notes, if the pack has none.
    pub velocity: Option<u8>,
    /// Velocities of words in file names.
    pub words: DynamicWords,
    /// Velocities of the layers that file names count, or a controller of an SFZ pack chooses, from
    /// soft to hard.
    pub layers: Vec<u8>,
    /// Velocities of a key's first, second, … strike in a take.
    pub played: Vec<u8>,
    /// Treatment of names that contradict the sound.
    pub labels: Labels,
}

/// A pack that was read and compared with its sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    /// Pattern of the file names; none for an SFZ file.
    pub pattern: Option<Pattern>,
    /// Notes to import, by key, velocity and path; at least one.
    pub notes: Vec<Note>,
    /// Format of a take that stays whole, as a performance; `notes` are then those detected in it,
    /// with estimated velocities.
    pub whole: Option<Format>,
    /// Warnings.
    pub warnings: Vec<ImportWarning>,
}

/// Returns true if the path is a take: a file with the content or the extension of a recording.
#[must_use]
pub fn is_take(path: &Path) -> bool {
    let has_sound = || matches!(FileType::read(path), Ok(FileType::Readable(_) | FileType::Unreadable(_)));
    path.is_file() && (scan::is_read(&path.to_string_lossy()) || has_sound())
}

/// Reads a pack and analyses its recordings. `progress` receives the number of analysed recordings
/// and their total.
///
/// # Errors
/// An [`ImportError`] that names file, line and value, if nothing can be imported.
pub fn read(path: &Path, options: &ImportOptions, progress: &dyn Progress) -> Result<Pack, ImportError> {
    let mut warnings = Vec::new();
    read_pack(path, options, progress, &mut warnings).map_err(|error| match error {
        ImportError::Nothing { path, why } => ImportError::Nothing { path, why: with_reason(why, &warnings) },
        other => other,
    })
}

/// Adds the first warning that may be the reason, and the number of the others.
fn with_reason(why: String, warnings: &[ImportWarning]) -> String {
    let reasons: Vec<String> = warnings.iter().filter(|warning| warning.is_reason()).map(ToString::to_string).collect();
    match reasons.as_slice() {
        [] => why,
        [first] => format!("{why}; {first}"),
        [first, others @ ..] => format!("{why}; {first} (and {})", counted(others.len(), "more warning")),
    }
}

/// Returns the notes that `run` will exclude from training.
fn mistuned(notes: &[Note]) -> Option<ImportWarning> {
    let cents = |note: &Note| 1200.0 * (note.f0_hz / midi_to_hz(note.midi)).log2();
    let usual_cents = usual_tuning_cents(&notes.iter().map(cents).collect::<Vec<_>>())?;
    let deviating = notes.iter().filter(|note| deviates(usual_cents, cents(note)));
    let files: Vec<_> = deviating.map(|note| (note.path.clone(), cents(note))).collect();
    // Adding 0 turns -0 into 0.
    let usual_cents = usual_cents.round() + 0.0;
    (!files.is_empty()).then_some(ImportWarning::Mistuned { usual_cents, files })
}

fn read_pack(
    path: &Path,
    options: &ImportOptions,
    progress: &dyn Progress,
    warnings: &mut Vec<ImportWarning>,
) -> Result<Pack, ImportError> {
    let metadata = std::fs::metadata(path).map_err(|source| ImportError::Unreadable { path: path.into(), source })?;
    let is_sfz = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sfz"));
    let nothing = |why| ImportError::Nothing { path: path.into(), why };
    let (mut notes, pattern, count) = if metadata.is_dir() {
        let readings = names::read(path, options, warnings)?;
        let (reading, listened) =
            judge::best_reading(readings, progress).ok_or_else(|| nothing("it holds no recording of a note".into()))?;
        warnings.extend(reading.left_out);
        let notes = judge::check(&reading.claims, &listened, options.labels, warnings).map_err(nothing)?;
        (notes, Some(reading.pattern), reading.claims.len())
    } else if is_sfz {
        // Pages of XML and HTML begin like headers of SFZ.
        if let Ok(FileType::Placeholder { name, fix }) = FileType::read(path)
            && name.ends_with("pointer")
        {
            return Err(nothing(format!("it is {name}, not the SFZ file; {fix}")));
        }
        let claims = sfz::read(path, options, warnings)?;
        let listened = pitch::Known::default().listen(&claims, progress);
        (judge::check(&claims, &listened, options.labels, warnings).map_err(nothing)?, None, claims.len())
    } else if is_take(path) {
        let take = take::read(path, &options.played, progress, warnings)?;
        if take.whole.is_some() {
            return Ok(Pack {
                pattern: None,
                notes: take.notes,
                whole: take.whole,
                warnings: std::mem::take(warnings),
            });
        }
        (take.notes, None, 1)
    } else {
        return Err(ImportError::NoPack { path: path.into() });
    };
    if notes.is_empty() {
        let none = match count {
            1 => "its recording cannot be used".to_owned(),
            count => format!("none of its {count} recordings can be used"),
        };
        return Err(nothing(none));
    }
    let folder = if metadata.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    copies::leave_out(folder, &mut notes, warnings);
    // Stable: takes of a note stay in the order in which they were played.
    notes.sort_by(|a, b| (a.midi, a.velocity, &a.path).cmp(&(b.midi, b.velocity, &b.path)));
    let mut takes: BTreeMap<(u8, u8), usize> = BTreeMap::new();
    for note in &notes {
        *takes.entry((note.midi, note.velocity)).or_default() += 1;
    }
    let repeated: Vec<_> = takes.values().filter(|count| **count > 1).collect();
    if !repeated.is_empty() {
        warnings.push(ImportWarning::RoundRobins { notes: repeated.len(), files: repeated.into_iter().sum() });
    }
    warnings.extend(mistuned(&notes));
    Ok(Pack { pattern, notes, whole: None, warnings: std::mem::take(warnings) })
}
