//! Stage 1, `notes`: recordings to note events.

use serde::{Deserialize, Serialize};

mod label;

pub use label::{LabelFinding, Labels, single_note};

use crate::audio::{Audio, Clipping, Offset};
use crate::catalogue::{Kind, note_name};
use crate::measure::{Hum, SHORTEST_S, find_bounds};
use crate::transcription::{TranscriptionSettings, transcribe};
use wurli_voice::instrument::midi_to_hz;

/// Changes with whatever changes a note event.
pub const VERSION: u32 = 5;

/// One note that sounds in a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoteEvent {
    /// Start, seconds from the beginning of the recording.
    pub onset_s: f64,
    /// End, seconds from the beginning of the recording.
    pub offset_s: f64,
    /// Key, 21..=108.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
    /// Whether the velocity comes from the catalogue; of a transcribed note it is an estimate.
    pub velocity_known: bool,
    /// Fundamental, Hz.
    pub f0_hz: f64,
}

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

/// Why a recording holds no notes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NotesError {
    /// A catalogued note is not to be heard.
    #[error(
        "no partial within half a semitone of {} ({expected_hz:.1} Hz), which its name or recordings.toml gives it (midi = {midi}), and no \
         other note is recognised: correct the note, or leave the recording out",
        note_name(*midi)
    )]
    NoFundamental {
        /// The key that the catalogue gives.
        midi: u8,
        /// Its frequency, Hz.
        expected_hz: f64,
    },
    /// A note without a key in which none is heard.
    #[error(
        "no key was given, and none is recognised: give it one in recordings.toml (midi = 21..=108), or leave the recording out"
    )]
    NoKey,
    /// A catalogued note is over before it can be measured.
    #[error(
        "its note sounds for {sounding_s:.3} s, too short to measure (at least {SHORTEST_S} s): record a longer one, or leave it out"
    )]
    TooShort {
        /// From the first tenth of the peak to the last hundredth, s.
        sounding_s: f64,
    },
    /// A performance in which nothing was recognised.
    #[error(
        "no note was recognised in these {duration_s:.1} s: if it is a single note, catalogue it with kind = \"note\""
    )]
    NoNotes {
        /// Length of the recording, s.
        duration_s: f64,
    },
}

/// Finds the notes of a recording: the one that the catalogue names, or those of a performance.
///
/// # Errors
/// [`NotesError`] if there are none.
pub fn run(
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
    let of_audio = defects(audio.clipping(), audio.offset(), audio.hum());
    let warnings = finding.map(|finding| finding.to_string()).into_iter().chain(of_audio).collect();
    RecordingNotes { duration_s, notes, warnings }.heard()
}

/// What is said of a recording that is measured all the same.
pub(crate) fn defects(clipping: Option<Clipping>, offset: Option<Offset>, hum: Option<Hum>) -> Vec<String> {
    let clipping = clipping.map(|clipping| clipping.to_string());
    let offset = offset.map(|offset| offset.to_string());
    clipping.into_iter().chain(offset).chain(hum.map(|hum| hum.to_string())).collect()
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

/// The note of a recording of one, whose key is said to be `label`, and what is to be said of that.
///
/// # Errors
/// [`NotesError`] if there is none.
pub fn catalogued(
    audio: &Audio,
    label: Option<u8>,
    velocity: u8,
    labels: Labels,
) -> Result<(NoteEvent, Option<LabelFinding>), NotesError> {
    let missing = || match label {
        Some(midi) => NotesError::NoFundamental { midi, expected_hz: midi_to_hz(midi) },
        None => NotesError::NoKey,
    };
    let bounds = find_bounds(audio).ok_or_else(missing)?;
    let sounding_s = bounds.end_s - bounds.onset_s;
    if sounding_s < SHORTEST_S {
        return Err(NotesError::TooShort { sounding_s });
    }
    let called = label::called(audio, bounds, label, labels).ok_or_else(missing)?;
    let event = NoteEvent {
        onset_s: bounds.onset_s,
        offset_s: bounds.end_s,
        midi: called.midi,
        velocity,
        velocity_known: true,
        f0_hz: called.f0_hz,
    };
    Ok((event, called.finding))
}
