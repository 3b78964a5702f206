//! The note of a recording that contains one.

use wurli_voice::instrument::midi_to_hz;

use crate::audio::Audio;
use crate::measure::{Bounds, SHORTEST_S, find_bounds, find_note_bounds};
use crate::note_event::NoteEvent;
use crate::note_name::note_name;

use super::label::{self, LabelFinding, Labels};

/// A recording without usable notes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NotesError {
    /// The catalogued note does not sound.
    #[error(
        "no partial within half a semitone of {} ({expected_hz:.1} Hz), which its name or recordings.toml gives it (midi = {midi}), and no \
         other note is recognised: correct the note, or leave the recording out",
        note_name(*midi)
    )]
    NoFundamental {
        /// Key in the catalogue.
        midi: u8,
        /// Frequency of that key, Hz.
        expected_hz: f64,
    },
    /// No key is catalogued, and none is recognised.
    #[error(
        "no key was given, and none is recognised: give it one in recordings.toml (midi = 21..=108), or leave the recording out"
    )]
    NoKey,
    /// The note is too short to measure.
    #[error(
        "its note sounds for {sounding_s:.3} s, too short to measure (at least {SHORTEST_S} s): record a longer one, or leave it out"
    )]
    TooShort {
        /// Time from the first tenth of the peak to the last hundredth, s.
        sounding_s: f64,
    },
    /// No note was recognised in a performance.
    #[error(
        "no note was recognised in these {duration_s:.1} s: if it is a single note, catalogue it with kind = \"note\""
    )]
    NoNotes {
        /// Length of the recording, s.
        duration_s: f64,
    },
}

/// Identifies the note of a recording that contains one, with a warning if `label` is wrong or
/// missing.
///
/// # Errors
/// [`NotesError`] if there is none.
pub fn identify_note(
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
    let identified = label::identify_key(audio, labelled, label, labels).ok_or_else(missing)?;
    let bounds = long_enough(find_note_bounds(audio, identified.f0_hz).unwrap_or(labelled))?;
    let event = NoteEvent {
        onset_s: bounds.onset_s,
        offset_s: bounds.end_s,
        midi: identified.midi,
        velocity,
        velocity_known: true,
        f0_hz: identified.f0_hz,
    };
    Ok((event, identified.finding))
}
