//! Bounds of an instrument's constants.

use super::Instrument;
use crate::pickup::Pickup;

/// Bound of the coefficients of the displacement law, ±.
const MAX_DISPLACEMENT_COEFFICIENT: f64 = 10.0;
/// Bound of the coefficients of the decay law, ±.
const MAX_DECAY_COEFFICIENT: f64 = 10.0;
/// Bounds of the pickup's heights, half-widths of the fringe field.
const MAX_HEIGHT: f64 = 20.0;
/// Bounds of the half-widths at the far edge and at the lip.
const HALF_WIDTH: (f64, f64) = (0.01, 100.0);
/// Bounds of the strengths of the far edge and of the lip.
const STRENGTH: (f64, f64) = (0.0, 10.0);
/// Bounds of the high-pass, Hz.
const CORNER_HZ: (f64, f64) = (1.0, 100_000.0);

/// Largest displacement of a note at the level reference, half-widths of the fringe field.
pub(crate) const MAX_DISPLACEMENT: f64 = 1_000.0;
/// Bounds of the reed's decay in a note, dB/s.
pub(crate) const DECAY_DB_PER_S: (f64, f64) = (0.01, 1_000.0);

impl Instrument {
    /// Returns the instrument with all constants in the range of a voice.
    ///
    /// | constant | range |
    /// |---|---|
    /// | coefficients of [`displacement`](Self::displacement) and [`decay`](Self::decay) | ±10 |
    /// | `pickup.rest_offset`, `pickup.lip_height` | ±20 |
    /// | `pickup.plate` | 0..=20 |
    /// | `pickup.far_edge`, `pickup.lip_width` | 0.01..=100 |
    /// | `pickup.far_strength`, `pickup.lip_strength` | 0..=10 |
    /// | [`corner_hz`](Self::corner_hz) | 1..=100,000 |
    ///
    /// NaN becomes the constant of [`EP200`](Self::EP200). A note of such an instrument has at most
    /// a displacement of 1,000 and a decay of 0.01..=1,000 dB/s, so that it ends after note-off.
    #[must_use]
    pub fn clamped(&self) -> Self {
        let mut clamped = *self;
        let standard = Self::EP200;
        for (value, standard) in clamped.displacement.iter_mut().zip(standard.displacement) {
            *value = clamp(*value, (-MAX_DISPLACEMENT_COEFFICIENT, MAX_DISPLACEMENT_COEFFICIENT), standard);
        }
        for (value, standard) in clamped.decay.iter_mut().zip(standard.decay) {
            *value = clamp(*value, (-MAX_DECAY_COEFFICIENT, MAX_DECAY_COEFFICIENT), standard);
        }
        clamped.pickup = Pickup {
            rest_offset: clamp(self.pickup.rest_offset, (-MAX_HEIGHT, MAX_HEIGHT), standard.pickup.rest_offset),
            plate: clamp(self.pickup.plate, (0.0, MAX_HEIGHT), standard.pickup.plate),
            far_edge: clamp(self.pickup.far_edge, HALF_WIDTH, standard.pickup.far_edge),
            far_strength: clamp(self.pickup.far_strength, STRENGTH, standard.pickup.far_strength),
            lip_strength: clamp(self.pickup.lip_strength, STRENGTH, standard.pickup.lip_strength),
            lip_width: clamp(self.pickup.lip_width, HALF_WIDTH, standard.pickup.lip_width),
            lip_height: clamp(self.pickup.lip_height, (-MAX_HEIGHT, MAX_HEIGHT), standard.pickup.lip_height),
        };
        clamped.corner_hz = clamp(self.corner_hz, CORNER_HZ, standard.corner_hz);
        clamped
    }
}

/// Returns `value` within the bounds, `standard` for NaN.
fn clamp(value: f64, (min, max): (f64, f64), standard: f64) -> f64 {
    // Not `f64::clamp`, which contains a panic for unordered bounds.
    if value.is_nan() { standard } else { value.max(min).min(max) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_instrument_is_within_bounds() {
        assert_eq!(Instrument::EP200.clamped(), Instrument::EP200);
        for midi in crate::LOWEST_KEY..=crate::HIGHEST_KEY {
            assert!(Instrument::EP200.displacement_at(midi, 1.0) * 2.5 < MAX_DISPLACEMENT);
            let decay = Instrument::EP200.decay_db_per_s(midi);
            assert!((DECAY_DB_PER_S.0..=DECAY_DB_PER_S.1).contains(&decay));
        }
    }
}
