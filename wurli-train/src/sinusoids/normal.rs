//! Inner products of sinusoids and of what they change by, in closed form: no sample is looked at.

use std::f64::consts::TAU;

use rustfft::num_complex::Complex64;

use super::cholesky::Symmetric;
use super::taper::Taper;

/// A sinusoid Re(a·e^{sτ}) of a segment, τ from −½ to ½.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mode {
    /// Complex amplitude in the middle of the segment.
    pub(super) amplitude: Complex64,
    /// −decay + i·frequency, nepers and radians over the length of the segment.
    pub(super) exponent: Complex64,
}

impl Mode {
    /// Its frequency, periods over the length of the segment.
    pub(super) fn periods(&self) -> f64 {
        self.exponent.im / TAU
    }
}

/// Parameters of a mode: logarithm of its amplitude, phase, growth and frequency.
pub(super) const PARAMETERS: usize = 4;

/// Power of τ, and factor of the amplitude, of the derivative along a parameter.
fn derivative(mode: &Mode, parameter: usize) -> (usize, Complex64) {
    let turned = if parameter.is_multiple_of(2) { mode.amplitude } else { Complex64::i() * mode.amplitude };
    (parameter / 2, turned)
}

/// How two exponentials touch: Σ weight·τᵖ·e^{(s+z̄)τ} and, as real sinusoids have a mirror image, Σ weight·τᵖ·e^{(s+z)τ}.
#[derive(Clone, Copy)]
pub(super) struct Touch {
    direct: [Complex64; 3],
    mirrored: [Complex64; 3],
}

impl Touch {
    /// Inner product of Re(u·e^{sτ}·τᵖ) and Re(v·e^{zτ}·τ^q), where `power` is p + q.
    fn product(&self, u: Complex64, v: Complex64, power: usize) -> f64 {
        0.5 * (u * v.conj() * self.direct[power] + u * v * self.mirrored[power]).re
    }
}

/// All that a set of modes touches each other.
pub(super) struct Touches {
    count: usize,
    pairs: Vec<Touch>,
}

impl Touches {
    /// By the taper's weights, or by their squares.
    pub(super) fn of(modes: &[Mode], taper: &Taper, squared: bool) -> Self {
        let sums = |lambda: Complex64| {
            if lambda.im.abs() > taper.reach() * TAU {
                return [Complex64::default(); 3];
            }
            if squared { taper.moments_squared(lambda) } else { taper.moments(lambda) }
        };
        let pair = |i: usize| {
            let [s, z] = [modes[i / modes.len()].exponent, modes[i % modes.len()].exponent];
            Touch { direct: sums(s + z.conj()), mirrored: sums(s + z) }
        };
        let below = |i: usize| i % modes.len() <= i / modes.len();
        let nothing = Touch { direct: [Complex64::default(); 3], mirrored: [Complex64::default(); 3] };
        let mut pairs: Vec<Touch> =
            (0..modes.len() * modes.len()).map(|i| if below(i) { pair(i) } else { nothing }).collect();
        for row in 0..modes.len() {
            for column in row + 1..modes.len() {
                let Touch { direct, mirrored } = pairs[column * modes.len() + row];
                pairs[row * modes.len() + column] = Touch { direct: direct.map(|sum| sum.conj()), mirrored };
            }
        }
        Self { count: modes.len(), pairs }
    }

    fn between(&self, row: usize, column: usize) -> &Touch {
        &self.pairs[row * self.count + column]
    }

    /// Inner products of what the modes change by along each of their [`PARAMETERS`].
    pub(super) fn normal_matrix(&self, modes: &[Mode]) -> Symmetric {
        let mut matrix = Symmetric::zeros(PARAMETERS * modes.len());
        for row in 0..matrix.size {
            for column in 0..=row {
                let (i, j) = (row / PARAMETERS, column / PARAMETERS);
                let (p, u) = derivative(&modes[i], row % PARAMETERS);
                let (q, v) = derivative(&modes[j], column % PARAMETERS);
                matrix.set(row, column, self.between(i, j).product(u, v, p + q));
            }
        }
        matrix
    }

    /// Inner products of the modes' cosines and sines.
    pub(super) fn amplitude_matrix(&self) -> Symmetric {
        let parts = [Complex64::new(1.0, 0.0), Complex64::i()];
        let mut matrix = Symmetric::zeros(2 * self.count);
        for row in 0..matrix.size {
            for column in 0..=row {
                let touch = self.between(row / 2, column / 2);
                matrix.set(row, column, touch.product(parts[row % 2], parts[column % 2], 0));
            }
        }
        matrix
    }

    /// Inner products of what is left of the segment with what the modes change by. `found` are the correlations of the segment.
    pub(super) fn gradient(&self, modes: &[Mode], found: &[[Complex64; 2]]) -> Vec<f64> {
        let of = |index: usize| {
            let i = index / PARAMETERS;
            let (power, u) = derivative(&modes[i], index % PARAMETERS);
            let explained: f64 =
                (0..self.count).map(|j| self.between(i, j).product(u, modes[j].amplitude, power)).sum();
            (u * found[i][power].conj()).re - explained
        };
        (0..PARAMETERS * modes.len()).map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_products_are_those_of_the_samples() {
        let taper = Taper::new(300, 40);
        let modes = [
            Mode { amplitude: Complex64::new(0.3, -0.4), exponent: Complex64::new(-2.0, 40.0) },
            Mode { amplitude: Complex64::new(-0.1, 0.7), exponent: Complex64::new(-0.3, 65.0) },
        ];
        let change = |parameter: usize, n: usize| {
            let mode = &modes[parameter / PARAMETERS];
            let (power, u) = derivative(mode, parameter % PARAMETERS);
            (u * (mode.exponent * taper.time(n)).exp()).re * taper.time(n).powi(power as i32)
        };
        let matrix = Touches::of(&modes, &taper, false).normal_matrix(&modes);
        for row in 0..8 {
            for column in 0..8 {
                let expected: f64 = (0..300).map(|n| taper.at(n) * change(row, n) * change(column, n)).sum();
                assert!((matrix.at(row, column) - expected).abs() < 1e-10, "{row}, {column}");
            }
        }
    }

    #[test]
    fn what_the_modes_explain_leaves_no_gradient() {
        let taper = Taper::new(300, 40);
        let modes = [
            Mode { amplitude: Complex64::new(0.3, -0.4), exponent: Complex64::new(-2.0, 40.0) },
            Mode { amplitude: Complex64::new(-0.1, 0.7), exponent: Complex64::new(-0.3, 65.0) },
        ];
        let samples: Vec<f32> = (0..300)
            .map(|n| modes.iter().map(|m| (m.amplitude * (m.exponent * taper.time(n)).exp()).re).sum::<f64>() as f32)
            .collect();
        let weighted = super::super::correlate::Weighted::new(&samples, taper);
        let found = weighted.with(&modes.map(|m| m.exponent));
        let gradient = Touches::of(&modes, &taper, false).gradient(&modes, &found);
        assert!(gradient.iter().all(|g| g.abs() < 1e-6), "{gradient:?}");
    }
}
