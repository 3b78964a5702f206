//! The note of a recording that holds one.

use wurli_voice::instrument::midi_to_hz;

use crate::audio::Audio;
use crate::measure::{Bounds, SHORTEST_S, find_bounds, find_note_bounds};
use crate::note_event::NoteEvent;
use crate::note_name::note_name;

use super::label::{self, LabelFinding, Labels};

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
    let whole = find_bounds(audio).ok_or_else(missing)?;
    let long_enough = |bounds: Bounds| {
        let sounding_s = bounds.end_s - bounds.onset_s;
        if sounding_s < SHORTEST_S { Err(NotesError::TooShort { sounding_s }) } else { Ok(bounds) }
    };
    long_enough(whole)?;
    let labelled = label.and_then(|midi| find_note_bounds(audio, midi_to_hz(midi))).unwrap_or(whole);
    let called = label::called(audio, labelled, label, labels).ok_or_else(missing)?;
    let bounds = long_enough(find_note_bounds(audio, called.f0_hz).unwrap_or(labelled))?;
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
