//! Decay of the fundamental over the keyboard.

use serde::{Deserialize, Serialize};

/// Decay of the fundamental, dB per second, as an exponential of the MIDI key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecayLaw {
    /// Decay at MIDI 0, dB per second.
    pub at_zero_db_per_s: f64,
    /// Growth of the decay's logarithm per semitone.
    pub growth_per_semitone: f64,
}

impl DecayLaw {
    /// Fit to 200A recordings: 0.26·exp(0.049·MIDI).
    pub const WURLITZER_200A: Self = Self { at_zero_db_per_s: 0.26, growth_per_semitone: 0.049 };

    /// Returns the decay of a key's fundamental, dB per second.
    #[must_use]
    pub fn db_per_s(&self, midi: u8) -> f64 {
        self.at_zero_db_per_s * (self.growth_per_semitone * f64::from(midi)).exp()
    }
}
