//! Stage 1, `notes`: recordings to note events.

use serde::{Deserialize, Serialize};

use crate::audio::Audio;
use crate::catalogue::Kind;
use crate::measure::{defects, sounds_before};
use crate::note_event::NoteEvent;
use crate::transcription::{LabelFinding, Labels, NotesError, TranscriptionSettings, catalogued, transcribe};

/// Changes with whatever changes a note event.
pub const VERSION: u32 = 5;

/// The notes of one recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordingNotes {
    /// Length of the recording, s.
    pub duration_s: f64,
    /// Its notes, by onset.
    pub notes: Vec<NoteEvent>,
    /// What is wrong with the recording but does not keep it from being measured.
    pub warnings: Vec<String>,
}

/// Finds the notes of a recording: the one that the catalogue names, or those of a performance.
///
/// # Errors
/// [`NotesError`] if there are none.
pub fn find_notes(
    audio: &Audio,
    kind: &Kind,
    settings: &TranscriptionSettings,
    labels: Labels,
) -> Result<RecordingNotes, NotesError> {
    let duration_s = audio.duration_s();
    let (notes, finding) = match *kind {
        Kind::Note { midi, velocity } => single(audio, Some(midi), velocity, labels)?,
        Kind::Unlabelled { velocity } => single(audio, None, velocity, labels)?,
        Kind::Performance => (transcribe(audio, settings), None),
    };
    let is_note = !matches!(kind, Kind::Performance);
    let before = notes.first().filter(|_| is_note).and_then(|note| sounds_before(audio, note));
    let of_audio = defects(audio.clipping(), audio.offset(), audio.hum());
    let warnings = finding.map(|finding| finding.to_string()).into_iter().chain(before).chain(of_audio).collect();
    RecordingNotes { duration_s, notes, warnings }.heard()
}

impl RecordingNotes {
    /// Refuses a recording in which no note was heard.
    ///
    /// # Errors
    /// [`NotesError::NoNotes`].
    pub fn heard(self) -> Result<Self, NotesError> {
        if self.notes.is_empty() { Err(NotesError::NoNotes { duration_s: self.duration_s }) } else { Ok(self) }
    }
}

/// The note of a recording of one, with what is to be said of its label.
fn single(
    audio: &Audio,
    label: Option<u8>,
    velocity: u8,
    labels: Labels,
) -> Result<(Vec<NoteEvent>, Option<LabelFinding>), NotesError> {
    let (event, finding) = catalogued(audio, label, velocity, labels)?;
    Ok((vec![event], finding))
}
