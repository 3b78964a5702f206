//! The note of a recording that contains one.

use wurli_voice::instrument::midi_to_hz;

use crate::audio::Audio;
use crate::measure::{Bounds, SHORTEST_S, find_bounds, find_note_bounds, locate};
use crate::note_event::NoteEvent;
use crate::note_name::note_name;

use super::beside;
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
    /// Several keys sound at once, so that none stands alone.
    #[error("{keys} sound in it at once: record each key alone, or catalogue it with kind = \"performance\"")]
    SeveralKeys {
        /// Names of the keys.
        keys: String,
    },
    /// The key sounds, and so does something between its harmonics.
    #[error("more than {} sounds in it, another key or a noise: record the key alone, or leave the recording out", note_name(*midi))]
    NotAlone {
        /// Key in the catalogue.
        midi: u8,
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

/// Returns why no key stands alone, if other keys sound with it.
fn not_alone(heard: &[NoteEvent], label: Option<u8>) -> Option<NotesError> {
    if let Some(keys) = beside::several_keys(heard) {
        return Some(NotesError::SeveralKeys { keys });
    }
    let midi = label.filter(|label| heard.iter().any(|event| event.midi == *label))?;
    Some(NotesError::NotAlone { midi })
}

/// Returns the transcribed note with its fundamental, up to the onset of the next key.
fn up_to_the_next(audio: &Audio, heard: &[NoteEvent], note: &NoteEvent) -> Option<NoteEvent> {
    let onsets_s = beside::other_keys(heard, note).into_iter().map(|other| other.onset_s);
    let offset_s = onsets_s.filter(|onset_s| *onset_s > note.onset_s).fold(note.offset_s, f64::min);
    let body = locate::segment(&audio.samples, audio.sample_rate, note.onset_s, offset_s);
    let f0_hz = locate::locate(body, audio.sample_rate, midi_to_hz(note.midi), 1)?.f0_hz;
    (offset_s - note.onset_s >= SHORTEST_S).then_some(NoteEvent { offset_s, f0_hz, ..*note })
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
    let given = |note: NoteEvent| NoteEvent { velocity, velocity_known: true, ..note };
    let Some(identified) = label::identify_key(audio, labelled, label, labels) else {
        let heard = label::heard(audio);
        let of_label = heard.iter().filter(|event| Some(event.midi) == label);
        return match of_label.into_iter().find_map(|event| up_to_the_next(audio, &heard, event)) {
            Some(of_label) => Ok((given(of_label), None)),
            None => Err(not_alone(&heard, label).unwrap_or_else(missing)),
        };
    };
    let bounds = long_enough(find_note_bounds(audio, identified.f0_hz).unwrap_or(labelled))?;
    let event = NoteEvent {
        onset_s: bounds.onset_s,
        offset_s: bounds.end_s,
        midi: identified.midi,
        velocity,
        velocity_known: true,
        f0_hz: identified.f0_hz,
    };
    // A label may be right, although another key sounds too.
    if let Some(LabelFinding::Off { label, .. }) = identified.finding {
        let heard = label::heard(audio);
        let others = beside::other_keys(&heard, &event).into_iter().chain(label::single_note(&heard));
        let of_label = others.filter(|other| other.midi == label);
        if let Some(of_label) = of_label.into_iter().find_map(|other| up_to_the_next(audio, &heard, other)) {
            return Ok((given(of_label), None));
        }
    }
    Ok((event, identified.finding))
}
