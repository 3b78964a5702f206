//! Fewer samples per second, where all that is looked for lies low.

use std::f64::consts::PI;

/// Zero crossings of the filter on either side.
const CROSSINGS: usize = 8;
/// Attenuation of what would fold into the band, dB.
const ATTENUATION_DB: f64 = 80.0;
/// Upper end of the band that remains, as share of half the new sample rate: what folds back to below it is attenuated, by Kaiser's formula for
/// so many crossings and so much attenuation.
const BAND: f64 = 0.68;
/// Not more than this: further, the time that the correlations take is no longer what counts.
const MOST: usize = 16;

/// A segment at a lower rate.
pub(super) struct Decimated {
    /// Its samples.
    pub(super) samples: Vec<f32>,
    /// How many samples one stands for.
    pub(super) factor: usize,
    /// Where the first of its samples lies, in samples of the original.
    pub(super) first: usize,
    filter: Vec<f64>,
}

impl Decimated {
    /// Of `samples`, of which only what is below `highest` is needed, as share of the sample rate.
    pub(super) fn of(samples: &[f32], highest: f64) -> Self {
        let factor = ((0.5 * BAND / highest) as usize).clamp(1, MOST);
        let half = CROSSINGS * factor;
        // A sixteenth of the segment may be lost to the filter.
        if factor < 2 || samples.len() < 32 * half {
            return Self { samples: samples.to_vec(), factor: 1, first: 0, filter: vec![1.0] };
        }
        let filter = filter(factor);
        let at = |from: usize| samples[from..].iter().zip(&filter).map(|(s, w)| f64::from(*s) * w).sum::<f64>() as f32;
        let decimated = (0..=samples.len() - filter.len()).step_by(factor).map(at).collect();
        Self { samples: decimated, factor, first: half, filter }
    }

    /// Factor by which the filter changes amplitudes at a frequency, as share of the original sample rate.
    pub(super) fn gain(&self, frequency: f64) -> f64 {
        let middle = (self.filter.len() / 2) as f64;
        let turn = 2.0 * PI * frequency;
        self.filter.iter().enumerate().map(|(n, w)| w * (turn * (n as f64 - middle)).cos()).sum()
    }
}

/// Half a band of sinc under Kaiser's window, of unit gain.
fn filter(factor: usize) -> Vec<f64> {
    let half = (CROSSINGS * factor) as f64;
    let beta = 0.1102 * (ATTENUATION_DB - 8.7);
    let weight = |n: usize| {
        let x = n as f64 - half;
        let phase = PI * x / factor as f64;
        let sinc = if x == 0.0 { 1.0 } else { phase.sin() / phase };
        sinc * bessel(beta * (1.0 - (x / (half + 1.0)).powi(2)).sqrt())
    };
    let weights: Vec<f64> = (0..=2 * CROSSINGS * factor).map(weight).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|w| w / sum).collect()
}

/// The modified Bessel function I₀, by its series.
fn bessel(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..40 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sinusoid(frequency: f64) -> Vec<f32> {
        (0..20_000).map(|n| (2.0 * PI * frequency * f64::from(n) + 0.3).cos() as f32).collect()
    }

    #[test]
    fn what_lies_in_the_band_keeps_its_phase_and_has_the_gain_that_is_said() {
        let highest = 0.04;
        for frequency in [0.001, 0.02, 0.039] {
            let decimated = Decimated::of(&sinusoid(frequency), highest);
            assert_eq!(decimated.factor, 8);
            for (n, sample) in decimated.samples.iter().enumerate() {
                let time = (decimated.first + n * decimated.factor) as f64;
                let expected = decimated.gain(frequency) * (2.0 * PI * frequency * time + 0.3).cos();
                assert!((f64::from(*sample) - expected).abs() < 1e-6, "{frequency}: {sample} for {expected}");
            }
        }
    }

    #[test]
    fn what_folds_into_the_band_is_attenuated() {
        let decimated = Decimated::of(&[0.0; 20_000], 0.04);
        let rate = 1.0 / decimated.factor as f64;
        for folded in [0.0, 0.01, 0.02, 0.03, 0.04] {
            for image in 1..4 {
                for frequency in [f64::from(image) * rate - folded, f64::from(image) * rate + folded] {
                    assert!(decimated.gain(frequency).abs() < 2e-4, "{frequency}: {}", decimated.gain(frequency));
                }
            }
        }
        assert_eq!(Decimated::of(&[0.0; 1000], 0.04).factor, 1);
        assert_eq!(Decimated::of(&[0.0; 20_000], 0.2).factor, 1);
    }
}
