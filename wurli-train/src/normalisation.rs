//! What the network's outputs are relative to: the mean and the deviation of each target.

use serde::{Deserialize, Serialize};
use wurli_voice::corrections::{DECAYS, DISPLACEMENT, FREQUENCIES, IDENTITY_OUTPUTS, OUTPUTS};

use crate::stages::residuals::TrainingSet;

/// Mean and deviation of every output over its observed targets, weighted like them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normalisation {
    /// dB, cents, ratio, scale; the identity where nothing was observed.
    pub means: [f32; OUTPUTS],
    /// In the same units; never below [`smallest_deviation`].
    pub deviations: [f32; OUTPUTS],
    /// Whether the output was observed at all.
    pub observed: [bool; OUTPUTS],
}

/// A deviation below which targets count as equal: half a dB, half a cent, 5 % of a ratio or scale, about what one can
/// hear. It keeps a single target, whose deviation is 0, from being followed to the last digit.
#[must_use]
pub fn smallest_deviation(output: usize) -> f32 {
    match output {
        FREQUENCIES..DECAYS => 0.5,
        DECAYS..=DISPLACEMENT => 0.05,
        _ => 0.5,
    }
}

impl Normalisation {
    /// Of the targets of a training set.
    #[must_use]
    pub fn of(set: &TrainingSet) -> Self {
        let mut result = Self { means: IDENTITY_OUTPUTS, deviations: [1.0; OUTPUTS], observed: [false; OUTPUTS] };
        for output in 0..OUTPUTS {
            let observed = || {
                set.rows
                    .iter()
                    .filter(move |row| row.mask[output] && row.weight > 0.0)
                    .map(move |row| (f64::from(row.weight), f64::from(row.targets[output])))
            };
            let weight: f64 = observed().map(|(weight, _)| weight).sum();
            if weight > 0.0 {
                let mean = observed().map(|(weight, target)| weight * target).sum::<f64>() / weight;
                let square = observed().map(|(weight, target)| weight * (target - mean).powi(2)).sum::<f64>() / weight;
                result.observed[output] = true;
                result.means[output] = mean as f32;
                result.deviations[output] = (square.sqrt() as f32).max(smallest_deviation(output));
            }
        }
        result
    }

    /// A value of an output in deviations from its mean.
    #[must_use]
    pub fn normalise(&self, output: usize, value: f32) -> f32 {
        (value - self.means[output]) / self.deviations[output]
    }
}
