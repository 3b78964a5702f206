//! Weights of the samples of a segment: 1, with a ramp of half a cosine at both ends.

use std::f64::consts::PI;

use rustfft::num_complex::Complex64;

use super::series::power_sums;

/// A taper (Tukey's): what lies far from a sinusoid, and is not modelled, leaks the less the longer its ramps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Taper {
    length: usize,
    ramp: usize,
}

/// A ramp as constant, cosine of its phase, and cosine of twice that.
const WEIGHT: [f64; 3] = [0.5, -0.5, 0.0];
const SQUARED: [f64; 3] = [0.375, -0.5, 0.125];

impl Taper {
    /// Of `length` samples, `ramp` of which (at most half) make each ramp; without any, the taper is 1.
    pub(super) fn new(length: usize, ramp: usize) -> Self {
        Self { length, ramp: ramp.min(length / 2) }
    }

    /// All ramp: the periodic Hann window, but for half a sample.
    pub(super) fn hann(length: usize) -> Self {
        Self::new(length, length / 2)
    }

    /// Sinusoids further apart than this hardly touch, periods over the length: eight ramps away, 1e-5 of one is left.
    pub(super) fn reach(&self) -> f64 {
        if self.ramp == 0 { f64::INFINITY } else { 8.0 * self.length as f64 / self.ramp as f64 }
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Weight of sample `n`.
    pub(super) fn at(&self, n: usize) -> f64 {
        let from_end = n.min(self.length - 1 - n);
        if from_end >= self.ramp { 1.0 } else { 0.5 - 0.5 * (PI * (from_end as f64 + 0.5) / self.ramp as f64).cos() }
    }

    /// Time of sample `n`: the segment reaches from −½ to ½.
    pub(super) fn time(&self, n: usize) -> f64 {
        (n as f64 - (self.length as f64 - 1.0) / 2.0) / self.length as f64
    }

    /// Σ weight·τᵖ·e^{λτ} over the samples at their [times](Self::time) τ, for p = 0, 1, 2.
    pub(super) fn moments(&self, lambda: Complex64) -> [Complex64; 3] {
        self.sums(lambda, WEIGHT)
    }

    /// [`moments`](Self::moments) with the weights squared.
    pub(super) fn moments_squared(&self, lambda: Complex64) -> [Complex64; 3] {
        self.sums(lambda, SQUARED)
    }

    fn sums(&self, lambda: Complex64, ramp: [f64; 3]) -> [Complex64; 3] {
        let flat = self.length - 2 * self.ramp;
        let mut sums = self.piece(self.ramp, flat, lambda, 0.0);
        // Phase of the rising ramp: π·(j + ½)/ramp; of the falling one: π less that.
        for (from, falling) in [(0, 1.0), (self.ramp + flat, -1.0)] {
            for (order, share) in ramp.into_iter().enumerate().filter(|(_, share)| *share != 0.0 && self.ramp > 0) {
                let turn = order as f64 * PI / self.ramp as f64;
                let sign = if order == 1 { falling } else { 1.0 };
                // A cosine is the mean of two exponentials; of the constant, both are the same.
                for turn in [turn, -turn] {
                    let piece = self.piece(from, self.ramp, lambda, turn);
                    for (sum, piece) in sums.iter_mut().zip(piece) {
                        *sum += sign * 0.5 * share * piece;
                    }
                }
            }
        }
        sums
    }

    /// Σ τᵖ·e^{λτ + i·turn·(j + ½)} over samples `from + j`, j = 0..`count`.
    fn piece(&self, from: usize, count: usize, lambda: Complex64, turn: f64) -> [Complex64; 3] {
        let (step, start) = (1.0 / self.length as f64, self.time(from));
        let [s0, s1, s2] = power_sums(lambda * step + Complex64::i() * turn, count);
        let shift = (lambda * start + Complex64::i() * (turn / 2.0)).exp();
        [
            shift * s0,
            shift * (start * s0 + step * s1),
            shift * (start * start * s0 + 2.0 * start * step * s1 + step * step * s2),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_the_sums_that_they_stand_for() {
        for taper in [Taper::new(400, 0), Taper::new(401, 50), Taper::hann(400), Taper::hann(33)] {
            for lambda in [Complex64::new(0.0, 0.0), Complex64::new(-6.0, 0.3), Complex64::new(-1.0, 150.0)] {
                let sum = |power: i32, square: i32| -> Complex64 {
                    (0..taper.length())
                        .map(|n| taper.at(n).powi(square) * taper.time(n).powi(power) * (lambda * taper.time(n)).exp())
                        .sum()
                };
                for p in 0..3 {
                    let (found, squared) = (taper.moments(lambda)[p], taper.moments_squared(lambda)[p]);
                    let unit = 1e-12 * taper.length() as f64 * (lambda.re.abs() / 2.0).exp();
                    assert!((found - sum(p as i32, 1)).norm() < unit, "{taper:?}, {lambda}, {p}");
                    assert!((squared - sum(p as i32, 2)).norm() < unit, "{taper:?}, {lambda}, {p}");
                }
            }
        }
    }
}
