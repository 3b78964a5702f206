//! The Cramér–Rao bound of decaying sinusoids in white noise: no unbiased estimate has a smaller variance.

use super::normal::{Mode, Touches};
use super::taper::Taper;
use super::{Deviations, Segment, Sinusoid};

/// Smallest standard deviations that estimates of `sinusoids`, all unknown and in white noise of the standard deviation `noise`, can have in
/// `segment`. `None` where two of them are the same.
///
/// The inverse of Fisher's information JᵀJ/σ² (e.g. Hua and Sarkar 1990), with J in closed form.
#[must_use]
pub fn bounds(sinusoids: &[Sinusoid], segment: Segment, noise: f64) -> Option<Vec<Deviations>> {
    let modes: Vec<Mode> = sinusoids.iter().map(|sinusoid| sinusoid.mode(segment)).collect();
    let taper = Taper::new(segment.length, 0);
    let matrix = Touches::of(&modes, &taper, false).normal_matrix(&modes);
    let information = matrix.factor(0.0)?;
    Some(
        (0..modes.len())
            .map(|i| Deviations::of(&modes[i], &super::covariance(&information, i, None, matrix.size), segment, noise))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinusoids::DB_PER_NEPER;

    /// Of a steady sinusoid alone the bound is known (Rife and Boorstyn 1974; Kay 1993, 3.41): with η = A²/(2σ²), the variance of the frequency in
    /// cycles a sample is 12/((2π)²·η·N(N² − 1)), of ln A in the middle of the segment 1/(ηN); a decay in nepers is as uncertain as the frequency
    /// in radians, for both are parts of one complex exponent.
    #[test]
    fn the_bound_of_a_steady_sinusoid_is_that_of_the_books() {
        let segment = Segment { length: 4000, sample_rate: 8000.0 };
        let (amplitude, noise, n) = (0.5, 0.01, 4000.0);
        let sinusoid = Sinusoid { amplitude, phase_rad: 0.4, frequency_hz: 1234.5, decay_db_per_s: 0.0 };
        let found = bounds(&[sinusoid], segment, noise).unwrap()[0];
        let eta = amplitude * amplitude / (2.0 * noise * noise);
        let cycles = (12.0 / (std::f64::consts::TAU.powi(2) * eta * n * (n * n - 1.0))).sqrt();
        let expected = [
            DB_PER_NEPER / (eta * n).sqrt(),
            cycles * segment.sample_rate,
            DB_PER_NEPER * std::f64::consts::TAU * cycles * segment.sample_rate,
        ];
        let found = [found.level_db, found.frequency_hz, found.decay_db_per_s];
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found / expected - 1.0).abs() < 1e-3, "{found} for {expected}");
        }
    }

    #[test]
    fn two_that_are_the_same_have_no_bound() {
        let sinusoid = Sinusoid { amplitude: 0.1, phase_rad: 0.0, frequency_hz: 500.0, decay_db_per_s: 10.0 };
        assert_eq!(bounds(&[sinusoid; 2], Segment { length: 4000, sample_rate: 8000.0 }, 0.01), None);
    }
}
