//! Share of the corrections that the recordings support, by key and velocity.

use crate::inputs::{HIGHEST_MIDI, LOWEST_MIDI};

/// Velocities at which a coverage is given: 0, 1/12, 2/12, … 1.
pub const COVERAGE_VELOCITIES: usize = 13;
/// Keys for which a coverage is given: [`LOWEST_MIDI`]..=[`HIGHEST_MIDI`].
pub const COVERAGE_KEYS: usize = (HIGHEST_MIDI - LOWEST_MIDI) as usize + 1;
/// Coverage of a recorded note. A power of two, so that the share 1 is exact.
pub const FULL_COVERAGE: u8 = 128;

/// Share of the corrections that is applied, in units of 1/[`FULL_COVERAGE`], for each key at
/// [`COVERAGE_VELOCITIES`] velocities, linear in between.
///
/// A level learned at one dynamic says little about another, because the key's rest offset moves
/// the nulls of the pickup. The tuning is a property of the reed, and half of its correction is
/// applied at every velocity of a recorded key. On a key whose coverage is 0 the note is uncorrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage(pub [[u8; COVERAGE_VELOCITIES]; COVERAGE_KEYS]);

impl Coverage {
    /// Corrections are applied in full on every key and at every velocity.
    pub const FULL: Self = Self([[FULL_COVERAGE; COVERAGE_VELOCITIES]; COVERAGE_KEYS]);
    /// No correction is applied.
    pub const NONE: Self = Self([[0; COVERAGE_VELOCITIES]; COVERAGE_KEYS]);

    /// Returns the row of a note, MIDI, clamped to the keyboard.
    #[must_use]
    pub fn row(&self, midi: u8) -> &[u8; COVERAGE_VELOCITIES] {
        &self.0[usize::from(midi.clamp(LOWEST_MIDI, HIGHEST_MIDI) - LOWEST_MIDI)]
    }

    /// Returns the minimum share of the frequency corrections on a key, 0..=64 in units of
    /// 1/[`FULL_COVERAGE`]: half of the key's largest share. `midi` is clamped to the keyboard.
    ///
    /// Half is the best share on 34 recordings of an EP200, whose loudest layer is 4 cents flatter than
    /// the others.
    #[must_use]
    pub fn tuning(&self, midi: u8) -> u8 {
        let largest = self.row(midi).iter().fold(0, |largest, share| largest.max(*share));
        largest / 2
    }

    /// Returns the share of the frequency corrections, 0..=1. Arguments are clamped as in [`Self::at`].
    #[must_use]
    pub fn tuning_at(&self, midi: u8, velocity: f32) -> f64 {
        self.at(midi, velocity).max(f64::from(self.tuning(midi)) / f64::from(FULL_COVERAGE))
    }

    /// Returns the share of the other corrections, 0..=1. The velocity is clamped to
    /// 0..=1; NaN counts as 0.
    #[must_use]
    pub fn at(&self, midi: u8, velocity: f32) -> f64 {
        let velocity = if velocity.is_nan() { 0.0 } else { velocity.clamp(0.0, 1.0) };
        let position = f64::from(velocity) * (COVERAGE_VELOCITIES - 1) as f64;
        let below = (position as usize).min(COVERAGE_VELOCITIES - 2);
        let row = self.row(midi);
        let [softer, louder] = [row[below], row[below + 1]].map(f64::from);
        (softer + (louder - softer) * (position - below as f64)) / f64::from(FULL_COVERAGE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_coverage_is_exactly_one() {
        for velocity in [f32::NAN, -1.0, 0.0, 0.3, 1.0 / 12.0, 1.0, f32::INFINITY] {
            for midi in [0, 21, 60, 108, 255] {
                assert_eq!(Coverage::FULL.at(midi, velocity), 1.0);
                assert_eq!(Coverage::NONE.at(midi, velocity), 0.0);
            }
        }
    }

    #[test]
    fn half_of_the_tuning_holds_at_all_dynamics() {
        let mut coverage = Coverage::NONE;
        coverage.0[60 - 21][6] = 96;
        for velocity in [f32::NAN, 0.0, 0.2, 1.0] {
            assert_eq!(coverage.tuning_at(60, velocity), 0.375, "{velocity}");
            assert_eq!(coverage.tuning_at(61, velocity), 0.0, "{velocity}");
        }
        assert_eq!(coverage.tuning_at(60, 0.5), 0.75);
        assert_eq!(Coverage::FULL.tuning_at(60, 0.3), 1.0);
    }

    #[test]
    fn shares_are_linear_between_velocities() {
        let mut coverage = Coverage::NONE;
        coverage.0[60 - 21] = core::array::from_fn(|i| 10 * i as u8);
        for i in 0..=120_u8 {
            let velocity = f32::from(i) / 120.0;
            assert!((coverage.at(60, velocity) - f64::from(i) / 128.0).abs() < 1e-6, "{velocity}");
        }
        assert_eq!(coverage.at(61, 0.5), 0.0);
    }
}
