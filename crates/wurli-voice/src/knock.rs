//! Knock of the action: what a blow moves besides the reed.
//!
//! In 34 recordings of an EP200 the part of the first 2–42 ms that no harmonic explains lies at
//! 80–450 Hz, 17–24 dB below the note, and is 8–15 dB weaker 40 ms later. It is rendered as a sum
//! of decaying sinusoids, about one per auditory band. Their frequencies do not depend on the key,
//! because key bed and case are the same for all.

use num_traits::Float;

use crate::note::NEPER_PER_DB;

/// Sinusoids of the knock.
pub const PARTIALS: usize = 8;
/// Frequencies, Hz. No two are in a simple ratio, so that they do not fuse to a pitch.
pub const FREQUENCIES_HZ: [f32; PARTIALS] = [83.0, 101.0, 134.0, 179.0, 223.0, 281.0, 347.0, 431.0];
/// Phases at the onset, turns. Spread evenly by multiples of the golden ratio, so that their sum
/// has no peak.
pub const PHASES_TURNS: [f64; PARTIALS] = [0.0, 0.618, 0.236, 0.854, 0.472, 0.09, 0.708, 0.326];
/// Decay rate, Np/s: 12 dB within 40 ms.
pub const DECAY_NP_PER_S: f32 = 300.0 * NEPER_PER_DB;
/// Level of the knock at the onset, relative to the uncorrected note 0.25 s after it, dB.
const LEVEL_DB: f32 = -16.0;

/// Returns the amplitude of each sinusoid at the onset, for a note of root-mean-square amplitude
/// `note`.
#[must_use]
pub fn amplitude(note: f32) -> f32 {
    note * Float::exp(LEVEL_DB * NEPER_PER_DB) / Float::sqrt(PARTIALS as f32)
}
