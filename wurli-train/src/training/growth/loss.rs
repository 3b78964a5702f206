//! Loss of levels that fall with the velocity.

use std::collections::BTreeSet;

use wurli_voice::Instrument;
use wurli_voice::corrections::{CORRECTED_HARMONICS, DISPLACEMENT, LEVELS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS};
use wurli_weights::{INPUTS, midi_to_input};

use super::{STEP, levels_db, velocities};
use crate::targets::huber;
use crate::training::reach::Reach;

/// Smallest growth without loss, dB. Falls that remain cost coverage.
const MARGIN_DB: f32 = 0.2;
/// Corner of the Huber loss, dB.
const CORNER_DB: f32 = 0.3;
/// Share of the corrections from which on a step is looked at.
const LEAST_SHARE: f64 = 0.02;
/// Change of the logarithm of the displacement by which slopes of levels are found.
const LN_SCALE_STEP: f64 = 0.05;

/// Growth of the levels of recorded keys with the velocity, where corrections are applied.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Growth {
    points: Vec<Point>,
    /// Indices of points, softer and louder.
    steps: Vec<[usize; 2]>,
}

/// Note whose levels are compared with those of a louder or a softer one.
#[derive(Clone, Debug, PartialEq)]
struct Point {
    /// Scaled note and velocity.
    inputs: [f32; INPUTS],
    /// Share of the corrections that is applied.
    share: f32,
    /// Uncorrected levels of H2–H8, dB.
    levels_db: [f32; CORRECTED_HARMONICS],
    /// Slopes of the levels with the logarithm of the displacement, dB.
    slopes_db: [f32; CORRECTED_HARMONICS],
}

/// Corrected levels of a point, dB, with their slopes with the displacement scale.
struct Corrected {
    levels_db: [f32; CORRECTED_HARMONICS],
    slopes_db: [f32; CORRECTED_HARMONICS],
}

impl Growth {
    /// Takes every eighth velocity of the keys of recorded `notes`, pairs of MIDI key and velocity.
    #[must_use]
    pub fn new(instrument: &Instrument, reach: Reach, notes: &[(u8, u8)]) -> Self {
        let coverage = reach.coverage(notes);
        let mut growth = Self::default();
        for midi in BTreeSet::from_iter(notes.iter().map(|(midi, _)| *midi)) {
            let points: Vec<(f64, f64)> =
                velocities().step_by(STEP).map(|velocity| (velocity, coverage.at(midi, velocity as f32))).collect();
            let mut previous = None;
            for i in 0..points.len() {
                let covered = |j: usize| points.get(j).is_some_and(|(_, share)| *share > LEAST_SHARE);
                if !(covered(i) || covered(i + 1) || i.checked_sub(1).is_some_and(covered)) {
                    previous = None;
                    continue;
                }
                let (velocity, share) = points[i];
                let index = growth.points.len();
                growth.points.push(Point::new(instrument, midi, velocity, share));
                growth.steps.extend(previous.map(|softer| [softer, index]));
                previous = Some(index);
            }
        }
        growth
    }

    /// Returns whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns the network's inputs of all points.
    pub(in crate::training) fn inputs(&self) -> impl Iterator<Item = [f32; INPUTS]> {
        self.points.iter().map(|point| point.inputs)
    }

    /// Returns the loss of levels that fall, and writes its gradient.
    ///
    /// `outputs` and `gradient` have a row for each point.
    pub(in crate::training) fn loss(
        &self,
        outputs: &[[f32; OUTPUTS]],
        gradient: &mut [[f32; OUTPUTS]],
        weight: f32,
    ) -> f64 {
        gradient.iter_mut().for_each(|slopes| *slopes = [0.0; OUTPUTS]);
        let corrected: Vec<Corrected> =
            self.points.iter().zip(outputs).map(|(point, outputs)| point.corrected(outputs)).collect();
        let mut loss = 0.0;
        for [softer, louder] in self.steps.iter().copied() {
            let [low, high] = [&corrected[softer], &corrected[louder]];
            let [low_point, high_point] = [&self.points[softer], &self.points[louder]];
            for k in 0..CORRECTED_HARMONICS {
                let fall = low.levels_db[k] - high.levels_db[k] + MARGIN_DB;
                if fall > 0.0 && high_point.levels_db[k] > low_point.levels_db[k] {
                    loss += f64::from(weight * huber(fall, CORNER_DB));
                    let steepness = weight * (fall / CORNER_DB).min(1.0);
                    gradient[softer][LEVELS + k] += steepness * low_point.share;
                    gradient[softer][DISPLACEMENT] += steepness * low.slopes_db[k];
                    gradient[louder][LEVELS + k] -= steepness * high_point.share;
                    gradient[louder][DISPLACEMENT] -= steepness * high.slopes_db[k];
                }
            }
        }
        loss
    }
}

impl Point {
    fn new(instrument: &Instrument, midi: u8, velocity: f64, share: f64) -> Self {
        let plain = levels_db(instrument, midi, velocity, 1.0);
        let displaced = levels_db(instrument, midi, velocity, LN_SCALE_STEP.exp());
        Self {
            inputs: [midi_to_input(midi) as f32, velocity as f32],
            share: share as f32,
            levels_db: plain.map(|level| level as f32),
            slopes_db: std::array::from_fn(|k| ((displaced[k] - plain[k]) / LN_SCALE_STEP) as f32),
        }
    }

    /// Applies the network's outputs. Levels are taken as linear in the logarithm of the displacement.
    fn corrected(&self, outputs: &[f32; OUTPUTS]) -> Corrected {
        let clamped = |output: usize| outputs[output].clamp(MIN_OUTPUTS[output], MAX_OUTPUTS[output]);
        let scale = 1.0 + self.share * (clamped(DISPLACEMENT) - 1.0);
        let (ln_scale, by_scale) = (scale.ln(), self.share / scale);
        Corrected {
            levels_db: std::array::from_fn(|k| {
                self.levels_db[k] + self.slopes_db[k] * ln_scale + self.share * clamped(LEVELS + k)
            }),
            slopes_db: self.slopes_db.map(|slope| slope * by_scale),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wurli_voice::corrections::{FREQUENCIES, IDENTITY_OUTPUTS};

    const REACH: Reach = Reach { semitones: 1.5, log_velocity: 0.2 };

    fn growth() -> Growth {
        Growth::new(&Instrument::EP200, REACH, &[(56, 78), (67, 52)])
    }

    #[test]
    fn only_steps_beside_recorded_notes_are_looked_at() {
        let growth = growth();
        assert_eq!(growth.steps.len(), growth.points.len() - 2, "one row of points for each key");
        for point in &growth.points {
            let recorded = if point.inputs[0] == midi_to_input(56) as f32 { 78.0 } else { 52.0 };
            assert!((0.4..1.9).contains(&(point.inputs[1] * 127.0 / recorded)), "{point:?}");
        }
    }

    #[test]
    fn uncorrected_levels_cost_nearly_nothing_and_raised_ones_much() {
        let growth = growth();
        let mut outputs = vec![IDENTITY_OUTPUTS; growth.points.len()];
        let mut gradient = outputs.clone();
        let uncorrected = growth.loss(&outputs, &mut gradient, 1.0);
        outputs.iter_mut().for_each(|row| row[LEVELS + 4] = 8.0);
        let raised = growth.loss(&outputs, &mut gradient, 1.0);
        assert!(uncorrected < 3.0 && raised > uncorrected + 3.0, "{uncorrected} {raised}");
    }

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let growth = growth();
        let outputs: Vec<[f32; OUTPUTS]> = (0..growth.points.len())
            .map(|i| {
                let mut row = IDENTITY_OUTPUTS;
                row[..FREQUENCIES]
                    .iter_mut()
                    .enumerate()
                    .for_each(|(k, level)| *level = ((7 * i + 3 * k) % 11) as f32 - 5.0);
                row[DISPLACEMENT] = 0.8 + 0.05 * (i % 8) as f32;
                row
            })
            .collect();
        let mut gradient = outputs.clone();
        let loss = |outputs: &[[f32; OUTPUTS]]| growth.loss(outputs, &mut outputs.to_vec(), 1.0);
        let at = loss(&outputs);
        growth.loss(&outputs, &mut gradient, 1.0);
        assert!(at > 1.0);
        for (row, output) in [(2, 0), (3, 1), (5, 4), (4, DISPLACEMENT), (7, DISPLACEMENT), (9, 6)] {
            let by = 1e-3;
            let moved = |by: f32| {
                let mut outputs = outputs.clone();
                outputs[row][output] += by;
                loss(&outputs)
            };
            let expected = (moved(by) - moved(-by)) / f64::from(2.0 * by);
            let found = f64::from(gradient[row][output]);
            assert!((found - expected).abs() < 0.02 * expected.abs() + 0.02, "{row} {output}: {found} for {expected}");
        }
    }
}
