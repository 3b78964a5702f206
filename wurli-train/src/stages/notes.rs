//! Stage 1, `notes`: finds the notes of a recording.

use serde::{Deserialize, Serialize};

use crate::audio::Audio;
use crate::catalogue::Kind;
use crate::measure::defects;
use crate::note_event::NoteEvent;
use crate::transcription::{
    LabelFinding, Labels, NotesError, TranscriptionSettings, identify_note, sounds_beside, transcribe,
};

/// Version of the results, raised when any note event changes.
pub const VERSION: u32 = 8;

/// Notes of one recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordingNotes {
    /// Length of the recording, s.
    pub duration_s: f64,
    /// Notes, by onset.
    pub notes: Vec<NoteEvent>,
    /// Defects of the recording that do not prevent measurement.
    pub warnings: Vec<String>,
}

/// Finds the note that the catalogue names, or transcribes a performance.
///
/// # Errors
/// [`NotesError`] if no note is found, or another than the catalogue names.
pub fn find_notes(
    audio: &Audio,
    kind: &Kind,
    settings: &TranscriptionSettings,
    labels: Labels,
) -> Result<RecordingNotes, NotesError> {
    let duration_s = audio.duration_s();
    let (mut notes, finding) = match *kind {
        Kind::Note { midi, velocity } => single_note(audio, Some(midi), velocity, labels)?,
        Kind::Unlabelled { velocity } => single_note(audio, None, velocity, labels)?,
        Kind::Performance => (transcribe(audio, settings), None),
    };
    let is_note = !matches!(kind, Kind::Performance);
    let beside = notes.first_mut().filter(|_| is_note).and_then(|note| {
        let beside = sounds_beside(audio, note)?;
        note.offset_s = beside.end_s.unwrap_or(note.offset_s);
        Some(beside.finding)
    });
    let of_audio = defects(audio.clipping(), audio.offset(), audio.hum());
    let warnings = finding.map(|finding| finding.to_string()).into_iter().chain(beside).chain(of_audio).collect();
    RecordingNotes { duration_s, notes, warnings }.require_notes()
}

impl RecordingNotes {
    /// Rejects a recording without notes.
    ///
    /// # Errors
    /// [`NotesError::NoNotes`].
    pub fn require_notes(self) -> Result<Self, NotesError> {
        if self.notes.is_empty() { Err(NotesError::NoNotes { duration_s: self.duration_s }) } else { Ok(self) }
    }
}

/// Returns the note of a single-note recording, and a finding if its label contradicts the sound.
fn single_note(
    audio: &Audio,
    label: Option<u8>,
    velocity: u8,
    labels: Labels,
) -> Result<(Vec<NoteEvent>, Option<LabelFinding>), NotesError> {
    let (event, finding) = identify_note(audio, label, velocity, labels)?;
    Ok((vec![event], finding))
}
