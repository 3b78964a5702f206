//! The catalogue of a data folder: `recordings.toml`, and the files that it does not list.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

mod error;
mod file_name;
mod fit;
mod listed;
pub mod obm;
pub mod scan;
mod write;

pub use error::{CatalogueError, LineProblem};
pub use fit::{Fit, UnknownFit};
pub use write::describe;

/// File name of the catalogue.
pub const CATALOGUE_FILE: &str = "recordings.toml";
/// Lowest MIDI note of a recording: the lowest key of a piano.
pub const MIDI_MIN: u8 = 21;
/// Highest MIDI note of a recording: the highest key of a piano.
pub const MIDI_MAX: u8 = 108;
/// Lowest velocity; 0 means note-off in MIDI.
pub const VELOCITY_MIN: u8 = 1;
/// Highest velocity.
pub const VELOCITY_MAX: u8 = 127;

/// The recordings of a data folder, sorted by file name: the order on disk never matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// The folder that was read.
    pub folder: PathBuf,
    /// Regularisation strength.
    pub fit: Fit,
    /// Sources of the recordings, sorted by `id`.
    pub sources: Vec<Source>,
    /// Recordings, sorted by `file`.
    pub recordings: Vec<Recording>,
    /// Entries of the folder and of `recordings.toml` that were left out because they are missing or
    /// cannot be read, each with the reason.
    pub left_out: Vec<String>,
}

impl Catalogue {
    /// Returns the path of a recording.
    #[must_use]
    pub fn path(&self, recording: &Recording) -> PathBuf {
        self.folder.join(&recording.file)
    }
}

/// Origin of recordings. Fields missing in the catalogue are empty, except `id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Identifier that recordings refer to.
    pub id: String,
    /// Title of the collection.
    pub title: String,
    /// Author of the recordings.
    pub author: String,
    /// Licence, as an SPDX identifier where there is one.
    pub licence: String,
    /// Address of publication.
    pub address: String,
}

/// One audio file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// Path below the data folder, separated by `/` on every system.
    pub file: String,
    /// `id` of its source.
    pub source: Option<String>,
    /// Content.
    pub kind: Kind,
}

/// Content of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One note.
    Note {
        /// Key, 21..=108.
        midi: u8,
        /// Velocity, 1..=127.
        velocity: u8,
    },
    /// Several notes, to be transcribed.
    Performance,
    /// One note, whose key is detected from the audio.
    Unlabelled {
        /// Velocity, 1..=127.
        velocity: u8,
    },
}

/// Recordings of a folder to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// All recordings.
    #[default]
    All,
    /// The thirteen notes of `OldBassMan`'s Wurlitzer 200A, recognised by file name.
    ObmOnly,
}

/// Reads a data folder: entries of `recordings.toml`, and other audio files by name.
///
/// A catalogue is optional. Folders are searched recursively, hidden files are skipped, files that
/// are not audio are ignored. Listed files that are missing, and audio in formats that are not read,
/// are left out.
///
/// # Errors
///
/// A [`CatalogueError`] that names the file, the line and the value, for the first thing that is
/// wrong.
pub fn read(folder: &Path, selection: Selection) -> Result<Catalogue, CatalogueError> {
    match fs::metadata(folder) {
        Ok(metadata) if !metadata.is_dir() => return Err(CatalogueError::NotFolder { folder: folder.into() }),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(CatalogueError::NoFolder { folder: folder.into() });
        }
        _ => {}
    }
    let scan = scan::audio_files(folder)?;
    let listed::Listed { fit, mut sources, mut recordings, mut problems } = listed::read(folder)?;
    if selection == Selection::ObmOnly {
        problems.clear();
    }
    problems.extend(scan.problems);

    // Two spellings may lead to one file: through a link, or where the case of a name does not
    // matter.
    let location = |file: &str| fs::canonicalize(folder.join(file)).ok();
    let known: BTreeSet<_> = recordings.iter().filter_map(|recording| location(&recording.file)).collect();
    for file in scan.files {
        if location(&file.key).is_some_and(|path| known.contains(&path)) {
            continue;
        }
        if let Some(kind) = obm::kind(&file.key) {
            recordings.push(Recording { file: file.key, source: Some(obm::SOURCE_ID.into()), kind });
        } else if selection == Selection::All {
            match file_name::kind(folder, &file) {
                Ok(kind) => recordings.push(Recording { file: file.key, source: None, kind }),
                Err(problem @ CatalogueError::UnreadFormat { .. }) => problems.push(problem),
                // A file that was renamed since it was listed.
                Err(error @ CatalogueError::Name { .. }) => {
                    let missing = problems.into_iter().find(|problem| matches!(problem, CatalogueError::Line { .. }));
                    return Err(missing.unwrap_or(error));
                }
                Err(error) => return Err(error),
            }
        }
    }
    if selection == Selection::ObmOnly {
        recordings.retain(|recording| obm::kind(&recording.file).is_some());
    }
    if recordings.is_empty() {
        // The reason why nothing is left.
        if let Some(problem) = problems.into_iter().next() {
            return Err(problem);
        }
        return Err(match selection {
            Selection::All => CatalogueError::NoRecording { folder: folder.into() },
            Selection::ObmOnly => CatalogueError::NoObm { folder: folder.into() },
        });
    }

    let names_obm = |recording: &Recording| recording.source.as_deref() == Some(obm::SOURCE_ID);
    if recordings.iter().any(names_obm) && !sources.iter().any(|source| source.id == obm::SOURCE_ID) {
        sources.push(obm::source());
    }
    recordings.sort_by(|a, b| a.file.cmp(&b.file));
    sources.sort_by(|a, b| a.id.cmp(&b.id));
    let left_out = problems.iter().map(|problem| format!("left out: {problem}")).collect();
    Ok(Catalogue { folder: folder.into(), fit, sources, recordings, left_out })
}
