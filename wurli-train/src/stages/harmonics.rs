//! Stage 3, `harmonics`: audio and scored notes to what is measured of each note.

use serde::{Deserialize, Serialize};

use crate::audio::Audio;
use crate::measure::{Bounds, Measurement, measure};

use super::isolation::{ScoredNote, Tier};

/// Changes with whatever changes a measurement.
pub const VERSION: u32 = 4;

/// A note and its harmonics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredNote {
    /// The note as stage 2 left it.
    pub note: ScoredNote,
    /// Its harmonics; `None` for a rejected note, and for one too short or too faint to measure.
    pub measurement: Option<Measurement>,
}

/// Measures the notes of one recording.
#[must_use]
pub fn run(audio: &Audio, notes: &[ScoredNote]) -> Vec<MeasuredNote> {
    notes
        .iter()
        .map(|note| {
            let event = &note.event;
            let bounds = Bounds { onset_s: event.onset_s, end_s: event.offset_s };
            let mut measurement = if note.tier == Tier::Reject { None } else { measure(audio, bounds, event.f0_hz) };
            if let Some(measurement) = &mut measurement {
                measurement.mask_collisions(&note.collided);
                if note.scores.temporal < 1.0 {
                    measurement.mask_collisions(&measurement.foreign());
                }
            }
            MeasuredNote { note: note.clone(), measurement }
        })
        .collect()
}
