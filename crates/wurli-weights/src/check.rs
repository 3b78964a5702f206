//! Validation of weights: ranges, finite numbers, and sums that stay finite for every input.

use wurli_voice::corrections::OUTPUTS;

use crate::coverage::{COVERAGE_VELOCITIES, FULL_COVERAGE};
use crate::error::Field;
use crate::inputs::{HIGHEST_MIDI, HIGHEST_VELOCITY, LOWEST_MIDI, LOWEST_VELOCITY};
use crate::network::{HIDDEN, INPUTS};
use crate::{TrainingErrors, Weights, WeightsError};

/// Largest magnitude that a sum of the forward pass may reach: half the range of `f32`.
///
/// The input scaling is folded into layer 1. The note enters as a number up to 108 whose origin is
/// subtracted in the bias. Partial sums are then up to (108 + 21) / 87 < 1.5 times as large. The
/// remaining margin exceeds any rounding.
const LARGEST_REACH: f64 = f32::MAX as f64 / 2.0;

impl Weights {
    /// Checks that the weights are usable.
    ///
    /// Every output of usable weights is finite in `f32` for every note and velocity, in any order
    /// of summation.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Range`] for a range that is empty or off the keyboard.
    /// [`WeightsError::Value`] for a number that is not finite or a deviation that is not positive.
    /// [`WeightsError::Overflow`] for a layer whose sums may overflow.
    pub fn check(&self) -> Result<(), WeightsError> {
        self.check_range()?;
        self.check_normalisation()?;
        self.check_coverage()?;
        for (field, received) in Field::parameters().zip(self.network.parameters()) {
            if !received.is_finite() {
                return Err(WeightsError::Value { field, received });
            }
        }
        self.reach().map(|_| ())
    }

    /// Returns an upper bound of each output's partial sums, before the output is clamped.
    ///
    /// Rounding errors of a forward pass are proportional to this bound. It also bounds each
    /// deviation times its layer's weights, which appear in generated code.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Overflow`] if a layer's sums may exceed the range of `f32`.
    pub fn reach(&self) -> Result<[f64; OUTPUTS], WeightsError> {
        let network = &self.network;
        // Both inputs lie in 0..=1, and a ReLU never increases a magnitude.
        let first = reach_of_layer(1, &network.w1, &network.b1, [1.0; INPUTS])?;
        let second = reach_of_layer(2, &network.w2, &network.b2, first)?;
        let mut third = reach_of_layer::<HIDDEN, OUTPUTS>(3, &network.w3, &network.b3, second)?;
        for (output, reach) in third.iter_mut().enumerate() {
            *reach = f64::from(self.means[output].abs()) + f64::from(self.deviations[output].abs()) * *reach;
            check_reach(3, output, *reach)?;
        }
        Ok(third)
    }

    fn check_range(&self) -> Result<(), WeightsError> {
        let (lowest, highest) = (self.range.lowest_midi, self.range.highest_midi);
        if !(LOWEST_MIDI <= lowest && lowest <= highest && highest <= HIGHEST_MIDI) {
            let bounds = [LOWEST_MIDI, HIGHEST_MIDI];
            return Err(WeightsError::Range { quantity: "notes", lowest, highest, bounds });
        }
        let (lowest, highest) = (self.range.lowest_velocity, self.range.highest_velocity);
        if !(LOWEST_VELOCITY <= lowest && lowest <= highest && highest <= HIGHEST_VELOCITY) {
            let bounds = [LOWEST_VELOCITY, HIGHEST_VELOCITY];
            return Err(WeightsError::Range { quantity: "velocities", lowest, highest, bounds });
        }
        Ok(())
    }

    fn check_coverage(&self) -> Result<(), WeightsError> {
        let above = self.coverage.0.as_flattened().iter().position(|share| *share > FULL_COVERAGE);
        let Some(index) = above else { return Ok(()) };
        let field = Field::Coverage {
            midi: LOWEST_MIDI + (index / COVERAGE_VELOCITIES) as u8,
            index: index % COVERAGE_VELOCITIES,
        };
        Err(WeightsError::Value { field, received: self.coverage.0.as_flattened()[index].into() })
    }

    fn check_normalisation(&self) -> Result<(), WeightsError> {
        for (output, (&mean, &deviation)) in self.means.iter().zip(&self.deviations).enumerate() {
            if !mean.is_finite() {
                return Err(WeightsError::Value { field: Field::Mean(output), received: mean });
            }
            if !(deviation.is_finite() && deviation > 0.0) {
                return Err(WeightsError::Value { field: Field::Deviation(output), received: deviation });
            }
        }
        let TrainingErrors { level_db, frequency_cents, decay_log2, .. } = self.errors;
        for &received in [level_db, frequency_cents, decay_log2].as_flattened() {
            if !(received.is_finite() && received >= 0.0) {
                return Err(WeightsError::Value { field: Field::TrainingError, received });
            }
        }
        if !(self.loss.is_finite() && self.loss >= 0.0) {
            return Err(WeightsError::Value { field: Field::Loss, received: self.loss });
        }
        Ok(())
    }
}

/// Bounds the partial sums of a layer by the sum of the terms' magnitudes.
///
/// Inputs below 1 count as 1, so that the result bounds the weights themselves too.
fn reach_of_layer<const I: usize, const O: usize>(
    layer: usize,
    weight: &[[f32; I]; O],
    bias: &[f32; O],
    inputs: [f64; I],
) -> Result<[f64; O], WeightsError> {
    let mut reaches = bias.map(|bias| f64::from(bias.abs()));
    for (output, (reach, row)) in reaches.iter_mut().zip(weight).enumerate() {
        *reach += row.iter().zip(inputs).map(|(weight, input)| f64::from(weight.abs()) * input.max(1.0)).sum::<f64>();
        check_reach(layer, output, *reach)?;
    }
    Ok(reaches)
}

fn check_reach(layer: usize, output: usize, reach: f64) -> Result<(), WeightsError> {
    if reach.is_nan() || reach > LARGEST_REACH {
        return Err(WeightsError::Overflow { layer, output, reach, limit: LARGEST_REACH });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::{String, ToString};

    use super::*;
    use crate::sample_weights;

    fn message(change: impl FnOnce(&mut Weights)) -> String {
        let mut weights = sample_weights();
        assert_eq!(weights.check(), Ok(()));
        change(&mut weights);
        weights.check().unwrap_err().to_string()
    }

    #[test]
    fn rejects_ranges_that_descend_or_leave_the_keyboard() {
        let notes = |from, to| message(|w| (w.range.lowest_midi, w.range.highest_midi) = (from, to));
        assert_eq!(notes(96, 33), "trained notes 96..=33 are not an ascending range inside 21..=108");
        assert_eq!(notes(20, 96), "trained notes 20..=96 are not an ascending range inside 21..=108");
        assert_eq!(notes(33, 109), "trained notes 33..=109 are not an ascending range inside 21..=108");
        let velocities = |from, to| message(|w| (w.range.lowest_velocity, w.range.highest_velocity) = (from, to));
        assert_eq!(velocities(0, 127), "trained velocities 0..=127 are not an ascending range inside 1..=127");
        assert_eq!(velocities(1, 128), "trained velocities 1..=128 are not an ascending range inside 1..=127");
        assert_eq!(velocities(80, 79), "trained velocities 80..=79 are not an ascending range inside 1..=127");
    }

    #[test]
    fn accepts_a_range_of_one_note() {
        let mut weights = sample_weights();
        (weights.range.lowest_midi, weights.range.highest_midi) = (60, 60);
        assert_eq!(weights.check(), Ok(()));
    }

    #[test]
    fn rejects_infinite_normalisation_and_loss() {
        assert_eq!(message(|w| w.means[4] = f32::INFINITY), "mean of output 4 is inf, expected a finite number");
        for (deviation, name) in [(0.0, "0"), (-1.5, "-1.5"), (f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
            let expected = format!("deviation of output 21 is {name}, expected a finite number above 0");
            assert_eq!(message(|w| w.deviations[21] = deviation), expected);
        }
        assert_eq!(message(|w| w.loss = f32::NAN), "training loss is NaN, expected a finite number from 0");
    }

    #[test]
    fn names_a_parameter_that_is_not_finite() {
        let parameter = message(|w| w.network.w3[3][5] = f32::NAN);
        assert_eq!(parameter, "layer 3 (8 to 22) weight[3][5] is NaN, expected a finite number");
        let parameter = message(|w| w.network.b2[7] = f32::NEG_INFINITY);
        assert_eq!(parameter, "layer 2 (8 to 8) bias[7] is -inf, expected a finite number");
    }

    #[test]
    fn names_the_layer_whose_sums_may_overflow() {
        let expected = "layer 1 output 2 may reach 2.0e38, beyond the 1.7e38 that f32 holds safely";
        assert_eq!(
            message(|w| {
                w.network.w1[2] = [1.0e38, -0.9e38];
                w.network.b1[2] = 0.1e38;
            }),
            expected
        );
        assert!(message(|w| w.network.w2[1] = [1e38; HIDDEN]).starts_with("layer 2 output 1 may reach"));
        assert!(message(|w| w.deviations[9] = 3e38).starts_with("layer 3 output 9 may reach"));
    }

    #[test]
    fn rejects_weights_that_overflow_only_when_folded() {
        let folded = message(|w| {
            w.network.w2 = [[0.0; HIDDEN]; HIDDEN];
            w.network.b2 = [1e-30; HIDDEN];
            w.network.w3[7][0] = 1e20;
            w.deviations[7] = 1e20;
        });
        assert!(folded.starts_with("layer 3 output 7 may reach 1.0e40"), "{folded}");
    }

    #[test]
    fn outputs_stay_within_their_reach() {
        let mut weights = sample_weights();
        weights.observed = [true; OUTPUTS];
        let reach = weights.reach().unwrap();
        for midi in 21..=108 {
            for velocity in 0..=127 {
                let outputs = weights.forward(midi, f32::from(velocity as u8) / 127.0);
                for (i, output) in outputs.iter().enumerate() {
                    // Outside the trained range, fading moves an output towards the identity, at
                    // most 1.
                    assert!(f64::from(output.abs()) <= reach[i].max(1.0) + 1e-6, "output {i} at {midi}");
                }
            }
        }
    }
}
