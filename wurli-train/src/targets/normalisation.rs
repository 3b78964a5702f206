//! Normalisation of the network's outputs.

use serde::{Deserialize, Serialize};
use wurli_voice::corrections::{DECAYS, DISPLACEMENT, FREQUENCIES, IDENTITY_OUTPUTS, LEVELS, OUTPUTS};

use super::TrainingSet;

/// Mean and deviation of every output.
///
/// The mean is the identity, so that small outputs are small corrections. The deviation is the root
/// mean square of the targets. All outputs of a quantity share it, so that rarely observed
/// harmonics are not fitted more closely.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normalisation {
    /// Means, in dB, cents, ratio and scale.
    pub means: [f32; OUTPUTS],
    /// Deviations in the same units, at least [`smallest_deviation`].
    pub deviations: [f32; OUTPUTS],
    /// Outputs with at least one target.
    pub observed: [bool; OUTPUTS],
}

/// Returns the smallest deviation of an output: 0.5 dB, 0.5 cents, 5 % of a ratio or scale.
///
/// Smaller differences are inaudible. Without this bound a single target would be fitted to the
/// last digit.
#[must_use]
pub fn smallest_deviation(output: usize) -> f32 {
    match output {
        FREQUENCIES..DECAYS => 0.5,
        DECAYS..=DISPLACEMENT => 0.05,
        _ => 0.5,
    }
}

impl Normalisation {
    /// Normalises by the targets of a training set, weighted by note.
    #[must_use]
    pub fn from_set(set: &TrainingSet) -> Self {
        let mut result = Self { means: IDENTITY_OUTPUTS, deviations: [1.0; OUTPUTS], observed: [false; OUTPUTS] };
        let rows = || set.rows.iter().filter(|row| row.weight > 0.0);
        for kind in [LEVELS..FREQUENCIES, FREQUENCIES..DECAYS, DECAYS..DISPLACEMENT, DISPLACEMENT..OUTPUTS] {
            let (mut sum, mut weight) = (0.0, 0.0);
            for output in kind.clone() {
                for row in rows().filter(|row| row.mask[output]) {
                    result.observed[output] = true;
                    sum += f64::from(row.weight) * f64::from(row.targets[output] - IDENTITY_OUTPUTS[output]).powi(2);
                    weight += f64::from(row.weight);
                }
            }
            let deviation = if weight > 0.0 { (sum / weight).sqrt() as f32 } else { 1.0 };
            for output in kind.filter(|output| result.observed[*output]) {
                result.deviations[output] = deviation.max(smallest_deviation(output));
            }
        }
        result
    }

    /// Converts the network's outputs, row after row, to dB, cents, ratio and scale.
    #[must_use]
    pub fn outputs(&self, normalised: &[f32]) -> Vec<[f32; OUTPUTS]> {
        let (rows, _) = normalised.as_chunks::<OUTPUTS>();
        let output = |row: &[f32; OUTPUTS]| std::array::from_fn(|o| self.means[o] + self.deviations[o] * row[o]);
        rows.iter().map(output).collect()
    }

    /// Converts gradients from dB, cents, ratio and scale to the network's outputs, row after row.
    ///
    /// Gradients are 0 for outputs that were never observed.
    #[must_use]
    pub fn output_gradient(&self, gradient: &[[f32; OUTPUTS]]) -> Vec<f32> {
        let along = |(output, slope): (usize, &f32)| {
            if self.observed[output] { slope * self.deviations[output] } else { 0.0 }
        };
        gradient.iter().flat_map(|row| row.iter().enumerate().map(along)).collect()
    }
}
