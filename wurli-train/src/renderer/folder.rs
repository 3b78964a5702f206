//! Notes that were rendered beforehand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::check::check;
use super::{Note, RenderError, Renderer};
use crate::audio::{self, Audio};
use crate::catalogue::{self, CatalogueError, Kind, Selection};
use crate::key::{Key, KeyBuilder};

/// A folder of notes that a synth rendered, laid out like a data folder: `<midi>_v<velocity>.wav`, as in `060_v78.wav`.
#[derive(Clone, Debug)]
pub struct FolderRenderer {
    folder: PathBuf,
    files: BTreeMap<(u8, u8), PathBuf>,
}

impl FolderRenderer {
    /// Lists `folder`.
    ///
    /// # Errors
    /// [`RenderError::Folder`] if it is no folder of notes, [`RenderError::Twice`] if two files are the same note.
    pub fn open(folder: &Path) -> Result<Self, RenderError> {
        let mut files = BTreeMap::new();
        let catalogue = match catalogue::read(folder, Selection::All) {
            // Which notes are to be rendered into it, `prepare` says.
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

    fn missing(&self, notes: &[(u8, u8)]) -> Result<(), RenderError> {
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
        self.missing(notes)
    }

    /// A file holds the synth as it is: corrections have no effect.
    fn render(&self, note: &Note) -> Result<Audio, RenderError> {
        let place = (note.midi, note.velocity);
        let Some(path) = self.files.get(&place) else {
            return self.missing(&[place]).map(|()| Audio { samples: Vec::new(), sample_rate: note.sample_rate });
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
