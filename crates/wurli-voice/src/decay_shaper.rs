//! Decay correction of single harmonics.

use num_traits::Float;

use crate::note::NEPER_PER_DB;

/// Maximum gain of a decay ratio before [`LEVEL_REFERENCE_S`](crate::LEVEL_REFERENCE_S), dB.
///
/// Applies to the reed and to each harmonic. Decay ratios are learned from the sustain and would
/// otherwise exaggerate an attack that nobody measured. Chosen, not measured.
pub(crate) const MAX_EARLY_GAIN_DB: f32 = 12.0;

/// Maximum factor by which a decay ratio raises a steady harmonic: 0.8 dB.
///
/// Below the 1 dB that is just noticeable for soft tones (Fastl and Zwicker, Psychoacoustics, 7.1).
const MAX_STEADY_BOOST: f32 = 1.0964782;

/// Part of a note, as far as it limits decay corrections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotePhase {
    /// The hammer is in contact with the reed, so that levels rise.
    HammerContact,
    /// After hammer contact and before the level reference.
    BeforeReference,
    /// At or after the level reference.
    AfterReference,
}

/// Decay correction of one harmonic, relative to the reed's.
///
/// The near edge's part of harmonic k follows p^k, where p is the edge's ratio. The
/// shaper multiplies the harmonic by p^(k·(1/r − 1)), with r the harmonic's decay ratio over the reed's. This
/// divides the decay rate by r and keeps the nulls in place (docs/pickup.md).
#[derive(Clone, Copy, Debug)]
pub(crate) struct DecayShaper {
    /// k·(1/r − 1). 0 disables the shaper.
    exponent: f32,
    gain: f32,
    /// Gain that only restores what the harmonic has lost, without the steady boost.
    restored_gain: f32,
    /// Uncorrected level at the previous control tick.
    previous_level: f32,
}

impl DecayShaper {
    /// Shaper that changes nothing.
    pub(crate) const IDENTITY: Self = Self { exponent: 0.0, gain: 1.0, restored_gain: 1.0, previous_level: 0.0 };

    /// Creates the shaper of harmonic `k`, given its decay ratio and the reed's.
    pub(crate) fn new(k: f32, decay_ratio: f32, reed_ratio: f32) -> Self {
        Self { exponent: k * (reed_ratio / decay_ratio - 1.0), ..Self::IDENTITY }
    }

    /// Returns the current gain.
    pub(crate) fn gain(&self) -> f32 {
        self.gain
    }

    /// Advances the gain by one control tick.
    ///
    /// `level` is the harmonic's uncorrected amplitude, `log_ratio` is ln(p / p at the level
    /// reference). A steady harmonic is never raised by more than [`MAX_STEADY_BOOST`].
    pub(crate) fn advance(&mut self, level: f32, log_ratio: f32, phase: NotePhase) {
        if self.exponent != 0.0 {
            let limit = match phase {
                NotePhase::AfterReference => f32::INFINITY,
                _ => MAX_EARLY_GAIN_DB * NEPER_PER_DB,
            };
            let target = Float::exp((self.exponent * log_ratio).clamp(-limit, limit));
            // A level of 0 is the first tick after the strike, or a null: nothing to compare with.
            let is_rising = phase == NotePhase::HammerContact || self.previous_level == 0.0 || level == 0.0;
            self.restored_gain = if is_rising {
                target
            } else {
                target.min(self.restored_gain * (self.previous_level / level).max(1.0))
            };
            self.gain = target.min(self.restored_gain * MAX_STEADY_BOOST);
        }
        self.previous_level = level;
    }
}
