//! Reach of recorded notes: how far from them, in key and velocity, their corrections are applied.
//!
//! The errors of neighbouring keys barely correlate, and a key's errors at two dynamics are moved
//! against each other by its rest offset. Corrections therefore fade to the identity with the
//! distance from the nearest recorded note. See [`Coverage`] for the frequencies.
//!
//! The fade is linear in the logarithm of the velocity. Of all fades that end at a given distance
//! it has the gentlest slope, which [growing](super::growth) levels need.

use serde::{Deserialize, Serialize};
use wurli_weights::{COVERAGE_KEYS, COVERAGE_VELOCITIES, Coverage, FULL_COVERAGE, HIGHEST_VELOCITY, LOWEST_MIDI};

/// Distances from a recorded note over which corrections fade.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reach {
    /// Standard deviation of a Gaussian over keys, semitones.
    pub semitones: f64,
    /// Velocities at which the fade ends, natural logarithm of their ratio to the recorded one.
    pub log_velocity: f64,
}

impl Reach {
    /// Returns the coverage of recorded `notes`, pairs of MIDI key and velocity: that of the note with
    /// the largest share.
    ///
    /// A recorded note has the full coverage: both velocities of the grid that enclose it count as
    /// recorded.
    #[must_use]
    pub fn coverage(self, notes: &[(u8, u8)]) -> Coverage {
        let mut coverage = Coverage::NONE;
        for (key, row) in coverage.0.iter_mut().enumerate().take(COVERAGE_KEYS) {
            let midi = f64::from(LOWEST_MIDI) + key as f64;
            for (index, cell) in row.iter_mut().enumerate() {
                let shares = notes.iter().map(|&(note, velocity)| {
                    let semitones = (midi - f64::from(note)) / self.semitones;
                    let velocities = grid_distance(index, velocity) / self.log_velocity;
                    (-0.5 * semitones.powi(2)).exp() * (1.0 - velocities).max(0.0)
                });
                *cell = (shares.fold(0.0, f64::max) * f64::from(FULL_COVERAGE)).round() as u8;
            }
        }
        coverage
    }
}

/// Returns the distance of a velocity of the grid from the two that enclose `velocity`, as a natural
/// logarithm.
fn grid_distance(index: usize, velocity: u8) -> f64 {
    let cells = COVERAGE_VELOCITIES - 1;
    let below = (usize::from(velocity) * cells / usize::from(HIGHEST_VELOCITY)).min(cells - 1);
    let nearest = index.clamp(below, below + 1);
    if index == nearest { 0.0 } else { (index as f64 / nearest as f64).ln().abs() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REACH: Reach = Reach { semitones: 2.0, log_velocity: 0.5 };

    #[test]
    fn recorded_notes_are_covered_in_full() {
        let notes = [(33, 1), (40, 19), (56, 52), (60, 78), (90, 127)];
        let coverage = REACH.coverage(&notes);
        for (midi, velocity) in notes {
            assert_eq!(coverage.at(midi, f32::from(velocity) / 127.0), 1.0, "{midi} {velocity}");
        }
    }

    #[test]
    fn coverage_falls_with_the_distance() {
        let coverage = REACH.coverage(&[(60, 64)]);
        // Velocity 64 lies between 6/12 and 7/12 of the grid.
        let expected = |semitones: f64, log_velocity: f64| {
            (-0.5 * (semitones / 2.0).powi(2)).exp() * (1.0 - log_velocity / 0.5).max(0.0)
        };
        let near = |midi, index: u8, expected: f64| {
            let share = coverage.at(midi, f32::from(index) / 12.0);
            assert!((share - expected).abs() < 0.005, "{midi}, {index}/12: {share} for {expected}");
        };
        near(62, 6, expected(2.0, 0.0));
        near(57, 7, expected(3.0, 0.0));
        near(60, 4, expected(0.0, 1.5_f64.ln()));
        near(60, 3, 0.0);
        near(61, 11, expected(1.0, (11.0_f64 / 7.0).ln()));
        near(60, 0, 0.0);
        near(108, 6, 0.0);
    }

    #[test]
    fn nothing_recorded_is_not_covered() {
        assert_eq!(REACH.coverage(&[]), Coverage::NONE);
    }
}
