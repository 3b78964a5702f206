//! Decaying sinusoids in noise, all those of a segment at once, as well as the noise allows.
//!
//! A sinusoid is A·e^{−dt}·cos(ωt + φ). Its four parameters, and those of its neighbours, are fitted by least squares, which in white noise is
//! maximum likelihood: the deviations come near [the bound](bounds) that no unbiased estimate can beat. The fit looks at the samples
//! only to correlate them with the sinusoids; all else is closed form.

mod bound;
mod cholesky;
mod correlate;
mod decimate;
mod descent;
mod fit;
mod neighbours;
mod normal;
mod residual;
mod search;
mod seek;
mod series;
mod taper;

use rustfft::num_complex::Complex64;
use std::f64::consts::{LN_10, TAU};

pub use bound::bounds;
pub use fit::{Estimate, fit};

use cholesky::{Factor, Symmetric};
use normal::{Mode, PARAMETERS};
use taper::Taper;

/// dB of a neper.
pub(crate) const DB_PER_NEPER: f64 = 20.0 / LN_10;

/// Where sinusoids are looked at: so many samples at such a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Samples.
    pub length: usize,
    /// Samples per second, Hz.
    pub sample_rate: f64,
}

impl Segment {
    /// Length, s.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.length as f64 / self.sample_rate
    }
}

/// A decaying sinusoid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sinusoid {
    /// Amplitude at the first sample.
    pub amplitude: f64,
    /// Phase at the first sample, rad.
    pub phase_rad: f64,
    /// Frequency, Hz.
    pub frequency_hz: f64,
    /// Decay, dB/s.
    pub decay_db_per_s: f64,
}

/// Standard deviations of what is read of a sinusoid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deviations {
    /// Of [`Sinusoid::level_db`], dB.
    pub level_db: f64,
    /// Of the frequency, Hz.
    pub frequency_hz: f64,
    /// Of the decay, dB/s.
    pub decay_db_per_s: f64,
}

impl Sinusoid {
    /// Level in `segment`, dB re 1: of the mean of its amplitude under a Hann window, which is what a line of the spectrum shows.
    #[must_use]
    pub fn level_db(&self, segment: Segment) -> f64 {
        let mode = self.mode(segment);
        DB_PER_NEPER * (mode.amplitude.norm().ln() + mean(&mode, segment.length).0)
    }

    fn mode(&self, segment: Segment) -> Mode {
        let exponent = Complex64::new(
            -self.decay_db_per_s / DB_PER_NEPER * segment.duration_s(),
            TAU * self.frequency_hz * segment.duration_s(),
        );
        let first = Taper::new(segment.length, 0).time(0);
        Mode { amplitude: Complex64::from_polar(self.amplitude, self.phase_rad) * (-exponent * first).exp(), exponent }
    }

    fn of(mode: &Mode, segment: Segment) -> Self {
        let (amplitude, phase_rad) =
            (mode.amplitude * (mode.exponent * Taper::new(segment.length, 0).time(0)).exp()).to_polar();
        Self {
            amplitude,
            phase_rad,
            frequency_hz: mode.exponent.im / (TAU * segment.duration_s()),
            decay_db_per_s: -mode.exponent.re * DB_PER_NEPER / segment.duration_s(),
        }
    }
}

impl Deviations {
    /// Of what cannot be told.
    pub const UNKNOWN: Self =
        Self { level_db: f64::INFINITY, frequency_hz: f64::INFINITY, decay_db_per_s: f64::INFINITY };

    /// Of a covariance of the mode's parameters in noise of a standard deviation of 1.
    fn of(mode: &Mode, covariance: &[[f64; PARAMETERS]; PARAMETERS], segment: Segment, noise: f64) -> Self {
        let deviation = |gradient: [f64; PARAMETERS]| {
            let products = gradient
                .iter()
                .zip(covariance)
                .map(|(g, row)| g * row.iter().zip(gradient).map(|(value, h)| value * h).sum::<f64>());
            noise * products.sum::<f64>().max(0.0).sqrt()
        };
        let (_, slope) = mean(mode, segment.length);
        Self {
            level_db: DB_PER_NEPER * deviation([1.0, 0.0, slope, 0.0]),
            frequency_hz: deviation([0.0, 0.0, 0.0, 1.0]) / (TAU * segment.duration_s()),
            decay_db_per_s: DB_PER_NEPER * deviation([0.0, 0.0, 1.0, 0.0]) / segment.duration_s(),
        }
    }
}

/// Logarithm of the mean of a mode's envelope under a Hann window, over its amplitude in the middle; and the slope of that along the growth.
fn mean(mode: &Mode, length: usize) -> (f64, f64) {
    let hann = Taper::hann(length);
    let [sum, slope, _] = hann.moments(Complex64::new(mode.exponent.re, 0.0));
    let [total, ..] = hann.moments(Complex64::default());
    ((sum.re / total.re).ln(), slope.re / sum.re)
}

/// Covariance of the parameters of the mode at `index`, in noise of a standard deviation of 1: the inverse of the normal matrix, on both
/// sides of `spread`, the matrix of the squared weights; without one, weights were 1.
fn covariance(
    normal: &Factor,
    index: usize,
    spread: Option<&Symmetric>,
    size: usize,
) -> [[f64; PARAMETERS]; PARAMETERS] {
    let columns: [Vec<f64>; PARAMETERS] = std::array::from_fn(|parameter| {
        let mut column = vec![0.0; size];
        column[PARAMETERS * index + parameter] = 1.0;
        normal.solve(&mut column);
        column
    });
    let Some(spread) = spread else {
        return std::array::from_fn(|row| std::array::from_fn(|column| columns[column][PARAMETERS * index + row]));
    };
    let spread_by = |column: &[f64], row: usize| -> f64 {
        spread.values[row * size..(row + 1) * size].iter().zip(column).map(|(a, b)| a * b).sum()
    };
    std::array::from_fn(|p| {
        std::array::from_fn(|q| (0..size).map(|row| columns[p][row] * spread_by(&columns[q], row)).sum())
    })
}
