//! Notes rendered in advance.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::check::check;
use super::{Note, RenderError, Renderer};
use crate::audio::{self, Audio};
use crate::catalogue::{self, CatalogueError, Kind, Selection};
use crate::key::{Key, KeyBuilder};

/// Folder of rendered notes with names like those of a data folder: `<midi>_v<velocity>.wav`, as in
/// `060_v78.wav`.
#[derive(Clone, Debug)]
pub struct FolderRenderer {
    folder: PathBuf,
    files: BTreeMap<(u8, u8), PathBuf>,
}

impl FolderRenderer {
    /// Opens a folder of renderings.
    ///
    /// # Errors
    /// [`RenderError::Folder`] if the folder cannot be read, [`RenderError::Twice`] if two files
    /// are of one note.
    pub fn open(folder: &Path) -> Result<Self, RenderError> {
        let mut files = BTreeMap::new();
        let catalogue = match catalogue::read(folder, Selection::All) {
            // `prepare` lists the notes that are missing.
            Err(CatalogueError::NoRecording { .. }) => return Ok(Self { folder: folder.to_owned(), files }),
            read => read?,
        };
        for recording in &catalogue.recordings {
            let Kind::Note { midi, velocity } = recording.kind else { continue };
            let path = catalogue.path(recording);
            if let Some(first) = files.insert((midi, velocity), path.clone()) {
                return Err(RenderError::Twice { first, second: path, midi, velocity });
            }
        }
        Ok(Self { folder: folder.to_owned(), files })
    }

    fn require(&self, notes: &[(u8, u8)]) -> Result<(), RenderError> {
        let missing = notes.iter().filter(|note| !self.files.contains_key(note));
        let names: Vec<_> = missing.map(|(midi, velocity)| format!("{midi:03}_v{velocity}.wav")).collect();
        if names.is_empty() { Ok(()) } else { Err(RenderError::Missing { folder: self.folder.clone(), names }) }
    }
}

impl Renderer for FolderRenderer {
    fn key(&self) -> Key {
        let builder = KeyBuilder::new("folder", 1);
        let add = |builder: KeyBuilder, (note, path): (&(u8, u8), &PathBuf)| {
            builder.value("note", note).bytes("file", &std::fs::read(path).unwrap_or_default())
        };
        self.files.iter().fold(builder, add).finish()
    }

    fn prepare(&self, notes: &[(u8, u8)]) -> Result<(), RenderError> {
        self.require(notes)
    }

    /// Reads the file of a note. Corrections have no effect.
    fn render(&self, note: &Note) -> Result<Audio, RenderError> {
        let key = (note.midi, note.velocity);
        let Some(path) = self.files.get(&key) else {
            return self.require(&[key]).map(|()| Audio { samples: Vec::new(), sample_rate: note.sample_rate });
        };
        let origin = path.display().to_string();
        let audio = audio::read(path).map_err(|problem| RenderError::audio(&origin, problem))?;
        check(&origin, note, &audio)?;
        Ok(audio)
    }

    fn scales_displacement(&self) -> bool {
        false
    }
}
