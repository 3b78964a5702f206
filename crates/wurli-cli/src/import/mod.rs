//! Recordings as people have them, into a data folder: an SFZ pack, a folder whose file names say
//! what is recorded, or a take of a scale.
//!
//! 1. `sfz` or `names` says which recordings there are and what the pack claims that they are.
//! 2. `pitch` hears whether that is so. A take is cut into notes, and those heard, by `take`.
//! 3. `data_folder` copies what passed, and writes its catalogue.
//!
//! A pack is never written to. What cannot be used is left out and said; the rest is imported.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use wurli_train::audio::Format;
use wurli_train::catalogue::scan;
use wurli_train::transcription::Labels;

pub mod data_folder;
mod dynamics;
mod error;
mod names;
mod paths;
mod pitch;
mod sfz;
mod take;

pub use dynamics::{DynamicWords, UnknownDynamics, velocity_of_layer};
pub use error::{ImportError, ImportWarning, SfzProblem};
pub use names::Pattern;
pub use pitch::Note;

/// What a pack says of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Claim {
    path: PathBuf,
    /// Which note it is; several where the pack contradicts itself.
    midi: Vec<i16>,
    velocity: u8,
}

/// What the user knows better than the pack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Velocity of all notes, where the pack says none.
    pub velocity: Option<u8>,
    /// What words for dynamics stand for, in file names.
    pub words: DynamicWords,
    /// Velocities of the first, second, … time that a key is struck in a take.
    pub played: Vec<u8>,
    /// What is done with a name that is not what sounds.
    pub labels: Labels,
}

/// A pack that was read, and heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    /// How file names are read; of an SFZ file, they are not.
    pub pattern: Option<Pattern>,
    /// What can be imported, by key, velocity and path; at least one.
    pub notes: Vec<Note>,
    /// The format of a take that stays whole, as a performance; `notes` are what was heard in it,
    /// their velocities estimates.
    pub whole: Option<Format>,
    /// What is to be said: what was left out, and what was believed.
    pub warnings: Vec<ImportWarning>,
}

/// Whether a path is that of a take: a file with the extension of a recording.
#[must_use]
pub fn is_take(path: &Path) -> bool {
    path.is_file() && scan::is_read(&path.to_string_lossy())
}

/// Reads a pack, an SFZ file, a folder or a take, and listens to its recordings. `progress` is told
/// how many of how many were heard.
///
/// # Errors
/// An [`ImportError`] that names the file, the line and the value, if nothing can be imported.
pub fn read(
    path: &Path,
    options: &ImportOptions,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Pack, ImportError> {
    let mut warnings = Vec::new();
    let metadata = std::fs::metadata(path).map_err(|source| ImportError::Unreadable { path: path.into(), source })?;
    let is_sfz = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sfz"));
    let mut whole = None;
    let (mut notes, pattern, count) = if metadata.is_dir() {
        let (claims, pattern) = names::read(path, &options.words, options.velocity, &mut warnings)?;
        (pitch::check(&claims, options.labels, progress, &mut warnings), Some(pattern), claims.len())
    } else if is_sfz {
        let claims = sfz::read(path, options.velocity, &mut warnings)?;
        (pitch::check(&claims, options.labels, progress, &mut warnings), None, claims.len())
    } else if is_take(path) {
        let take = take::read(path, &options.played, &mut warnings)?;
        whole = take.whole;
        (take.notes, None, 1)
    } else {
        return Err(ImportError::NoPack { path: path.into() });
    };
    if notes.is_empty() {
        let why = match warnings
            .iter()
            .find(|warning| matches!(warning, ImportWarning::File { .. } | ImportWarning::OutOfRange { .. }))
        {
            Some(first) => format!("none of its {} recordings can be used, the first because: {first}", count),
            None => "it holds no recording of a note".to_owned(),
        };
        return Err(ImportError::Nothing { path: path.into(), why });
    }
    if whole.is_some() {
        return Ok(Pack { pattern, notes, whole, warnings });
    }
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
    Ok(Pack { pattern, notes, whole, warnings })
}
