//! Reduction of the coverage until corrected levels grow with the velocity.

use rayon::prelude::*;
use wurli_voice::Instrument;
use wurli_voice::corrections::{CORRECTED_HARMONICS, DISPLACEMENT, FREQUENCIES, LEVELS};
use wurli_weights::{COVERAGE_VELOCITIES, Coverage, HIGHEST_MIDI, HIGHEST_VELOCITY, LOWEST_MIDI, Weights};

use super::{Levels, STEP, TOLERANCE_DB, levels_db, velocities};

/// Largest difference of the parts of the coverage that neighbouring keys keep.
///
/// A judgement: without it a key may lose its corrections beside one that keeps them all.
const LARGEST_KEY_STEP: f64 = 0.25;
/// Factor on the coverage of a step in which a level falls.
const REDUCTION: f64 = 0.93;

/// Reduces the coverage until the levels of H2–H8 grow wherever those of the uncorrected voice do.
///
/// Steps of eight velocities are checked on all keys. Decays, tuning and displacement share the
/// coverage, and are reduced with the levels. Neighbouring keys stay alike.
pub fn keep_growing(weights: &mut Weights, instrument: &Instrument) {
    let keys = LOWEST_MIDI..=HIGHEST_MIDI;
    let full = weights.coverage.clone();
    loop {
        let reduced = |row: u8| {
            let mut reduced = weights.clone();
            // Notes beyond the trained range take the coverage of the nearest trained one.
            for midi in keys.clone().filter(|midi| weights.range.clamp_midi(*midi) == row) {
                Key { instrument, midi, row }.reduce(&mut reduced);
            }
            *reduced.coverage.row(row)
        };
        let rows: Vec<_> = keys.clone().into_par_iter().map(reduced).collect();
        weights.coverage.0.copy_from_slice(&rows);
        let before = weights.coverage.clone();
        limit_beyond_velocities(weights);
        limit_between_keys(weights, &full);
        if weights.coverage == before {
            return;
        }
    }
}

/// Lets the coverage not rise beyond the trained velocities.
fn limit_beyond_velocities(weights: &mut Weights) {
    let cell = |velocity: u8| f64::from(velocity) / f64::from(HIGHEST_VELOCITY) * (COVERAGE_VELOCITIES - 1) as f64;
    let [lowest, highest] = [weights.range.lowest_velocity, weights.range.highest_velocity].map(cell);
    for row in &mut weights.coverage.0 {
        for i in highest as usize + 1..COVERAGE_VELOCITIES {
            row[i] = row[i].min(row[i - 1]);
        }
        for i in (0..lowest.ceil() as usize).rev() {
            row[i] = row[i].min(row[i + 1]);
        }
    }
}

/// Reduces the coverage of neighbouring trained keys from `full` alike, but for [`LARGEST_KEY_STEP`].
fn limit_between_keys(weights: &mut Weights, full: &Coverage) {
    let [lowest, highest] =
        [weights.range.lowest_midi, weights.range.highest_midi].map(|midi| usize::from(midi - LOWEST_MIDI));
    let mut limit = |key: usize, neighbour: usize| {
        for velocity in 0..COVERAGE_VELOCITIES {
            let [share, of_neighbour] = [key, neighbour].map(|key| f64::from(full.0[key][velocity]));
            if of_neighbour > 0.0 {
                let left = f64::from(weights.coverage.0[neighbour][velocity]) / of_neighbour + LARGEST_KEY_STEP;
                let cell = &mut weights.coverage.0[key][velocity];
                *cell = (*cell).min((share * left) as u8);
            }
        }
    };
    (lowest + 1..=highest).for_each(|key| limit(key, key - 1));
    (lowest..highest).rev().for_each(|key| limit(key, key + 1));
}

/// Key and the row of its coverage, MIDI.
struct Key<'a> {
    instrument: &'a Instrument,
    midi: u8,
    row: u8,
}

impl Key<'_> {
    fn reduce(&self, weights: &mut Weights) {
        let row = usize::from(self.row - LOWEST_MIDI);
        if weights.coverage.0[row] == [0; COVERAGE_VELOCITIES] {
            return;
        }
        let velocities: Vec<f64> = velocities().collect();
        let plain: Vec<Levels> = velocities.iter().map(|v| levels_db(self.instrument, self.midi, *v, 1.0)).collect();
        let mut corrected = plain.clone();
        let mut changed = [true; COVERAGE_VELOCITIES];
        while changed.contains(&true) {
            for (levels, velocity) in corrected.iter_mut().zip(&velocities) {
                let (below, above) = cells(*velocity, *velocity);
                if changed[below] || changed[above] {
                    *levels = self.corrected(weights, *velocity);
                }
            }
            let mut falling = [false; COVERAGE_VELOCITIES];
            // The last step is a little shorter, so that it ends at the highest velocity.
            for softer in 0..=velocities.len() - STEP {
                let louder = (softer + STEP).min(velocities.len() - 1);
                if falls([&plain[softer], &plain[louder]], [&corrected[softer], &corrected[louder]]) {
                    let (lowest, highest) = cells(velocities[softer], velocities[louder]);
                    falling[lowest..=highest].fill(true);
                }
            }
            for ((share, falling), changed) in weights.coverage.0[row].iter_mut().zip(falling).zip(&mut changed) {
                *changed = falling && *share > 0;
                if falling {
                    *share = (f64::from(*share) * REDUCTION) as u8;
                }
            }
        }
    }

    /// Returns the levels that a voice with these weights has.
    fn corrected(&self, weights: &Weights, velocity: f64) -> Levels {
        let outputs = weights.forward(self.midi, velocity as f32);
        let mut levels = levels_db(self.instrument, self.midi, velocity, f64::from(outputs[DISPLACEMENT]));
        levels.iter_mut().zip(&outputs[LEVELS..FREQUENCIES]).for_each(|(level, offset)| *level += f64::from(*offset));
        levels
    }
}

/// Returns whether some harmonic falls, pairs of softer and louder levels given.
fn falls(plain: [&Levels; 2], corrected: [&Levels; 2]) -> bool {
    (0..CORRECTED_HARMONICS).any(|k| {
        let [plain, corrected] = [plain, corrected].map(|[softer, louder]| louder[k] - softer[k]);
        plain > 0.0 && corrected < (plain - TOLERANCE_DB).min(0.0)
    })
}

/// Returns the lowest and the highest velocity of the coverage's grid that act between two velocities.
fn cells(softer: f64, louder: f64) -> (usize, usize) {
    let cell = |velocity: f64| velocity * (COVERAGE_VELOCITIES - 1) as f64;
    (cell(softer) as usize, (cell(louder).ceil() as usize).min(COVERAGE_VELOCITIES - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::reach::Reach;
    use wurli_voice::corrections::OUTPUTS;
    use wurli_weights::TrainedRange;

    const REACH: Reach = Reach { semitones: 1.5, log_velocity: 0.2 };

    /// Returns weights that raise H2–H8 by `level_db` at A3 *mf*.
    fn raising(level_db: f32) -> Weights {
        let mut weights = Weights {
            observed: [true; OUTPUTS],
            range: TrainedRange { lowest_midi: 45, highest_midi: 69, ..Weights::IDENTITY.range },
            coverage: REACH.coverage(&[(57, 78)]),
            ..Weights::IDENTITY
        };
        weights.means[LEVELS..FREQUENCIES].fill(level_db);
        weights
    }

    fn falling_steps(weights: &Weights) -> usize {
        let levels = |midi: u8, velocity: u8| {
            let velocity = f64::from(velocity) / 127.0;
            let key = Key { instrument: &Instrument::EP200, midi, row: midi };
            (levels_db(key.instrument, midi, velocity, 1.0), key.corrected(weights, velocity))
        };
        let steps = (50..=64).flat_map(|midi| (1..=119).step_by(3).map(move |velocity| (midi, velocity)));
        let falling = steps.filter(|(midi, velocity)| {
            let [softer, louder] = [levels(*midi, *velocity), levels(*midi, velocity + 8)];
            falls([&softer.0, &louder.0], [&softer.1, &louder.1])
        });
        falling.count()
    }

    #[test]
    fn raised_levels_grow_and_are_still_raised() {
        for level_db in [-12.0, 12.0] {
            let mut weights = raising(level_db);
            let before = falling_steps(&weights);
            keep_growing(&mut weights, &Instrument::EP200);
            let share = weights.coverage.at(57, 78.0 / 127.0);
            assert!(before > 5, "{level_db}: {before}");
            assert_eq!(falling_steps(&weights), 0, "{level_db}");
            assert!((0.1..0.9).contains(&share), "{level_db}: {share}");
        }
    }

    #[test]
    fn levels_that_grow_leave_the_coverage_as_it_is() {
        let mut weights = raising(0.3);
        let coverage = weights.coverage.clone();
        assert_ne!(coverage, Coverage::NONE);
        keep_growing(&mut weights, &Instrument::EP200);
        assert_eq!(weights.coverage, coverage);
    }
}
