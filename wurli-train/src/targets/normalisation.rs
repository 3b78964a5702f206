//! What the network's outputs are relative to: the identity, in units of what was observed.

use serde::{Deserialize, Serialize};
use wurli_voice::corrections::{DECAYS, DISPLACEMENT, FREQUENCIES, IDENTITY_OUTPUTS, LEVELS, OUTPUTS};

use crate::targets::TrainingSet;

/// Origin and unit of every output. The origin is the identity, so that a network that says little corrects little; the unit is the
/// root mean square of the targets, one for all outputs of a kind, so that no harmonic is followed more closely than another
/// for having been heard less often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normalisation {
    /// dB, cents, ratio, scale.
    pub means: [f32; OUTPUTS],
    /// In the same units; never below [`smallest_deviation`].
    pub deviations: [f32; OUTPUTS],
    /// Whether the output was observed at all.
    pub observed: [bool; OUTPUTS],
}

/// A deviation below which targets count as equal: half a dB, half a cent, 5 % of a ratio or scale, about what one can
/// hear. It keeps a single target from being followed to the last digit.
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

    /// Rows of the network's answers, one after the other, in dB, cents, ratio and scale.
    #[must_use]
    pub fn outputs(&self, normalised: &[f32]) -> Vec<[f32; OUTPUTS]> {
        let (rows, _) = normalised.as_chunks::<OUTPUTS>();
        let output = |row: &[f32; OUTPUTS]| std::array::from_fn(|o| self.means[o] + self.deviations[o] * row[o]);
        rows.iter().map(output).collect()
    }

    /// Slopes along dB, cents, ratio and scale as slopes along the network's answers, row after row. An output that was never observed
    /// is not asked for.
    #[must_use]
    pub fn slopes(&self, slopes: &[[f32; OUTPUTS]]) -> Vec<f32> {
        let along = |(output, slope): (usize, &f32)| {
            if self.observed[output] { slope * self.deviations[output] } else { 0.0 }
        };
        slopes.iter().flat_map(|row| row.iter().enumerate().map(along)).collect()
    }
}
