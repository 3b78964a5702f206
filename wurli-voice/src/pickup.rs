//! The pickup: a charged plate of finite thickness with a slot, through which the reed's tip swings.
//!
//! With u the height of the tip in half-widths of the fringe field and h half the plate's thickness in the same unit,
//! the capacitance is C(u) = atan(u + h) − atan(u − h), and the tip moves as u(θ) = a·sin θ − b. Expanding the
//! logarithmic form of the arc tangent in p(z) = (z − √(z² − a²))/a, the root with |p| < 1, gives the harmonics of C
//! exactly: with p± = p(b ± h + i), the k-th is **c_k = (2/k)·Im(p₊ᵏ − p₋ᵏ)** on cos k(θ − π/2). They are differences of two
//! geometric series, and where the two meet a harmonic vanishes.

use num_traits::Float;

/// Writes c₁, c₂, … into `harmonics`: the signed amplitudes of C on cos k(θ − π/2), in units of the capacitance law.
///
/// `displacement` a, `rest_offset` b and `plate` h are in half-widths of the fringe field; a ≤ 0 gives silence.
pub fn harmonics<T: Float>(displacement: T, rest_offset: T, plate: T, harmonics: &mut [T]) {
    if displacement <= T::zero() {
        harmonics.fill(T::zero());
        return;
    }
    let upper = ratio(rest_offset + plate, displacement);
    let lower = ratio(rest_offset - plate, displacement);
    let (mut upper_power, mut lower_power) = (upper, lower);
    let two = T::one() + T::one();
    let mut k = T::one();
    // Powers that have become subnormal would slow down all that follow.
    let vanishing = T::min_positive_value();
    for harmonic in harmonics {
        *harmonic = two / k * (upper_power.1 - lower_power.1);
        if lower_power.0.abs() + lower_power.1.abs() < vanishing {
            (upper_power, lower_power) = ((T::zero(), T::zero()), (T::zero(), T::zero()));
        }
        upper_power = product(upper_power, upper);
        lower_power = product(lower_power, lower);
        k = k + T::one();
    }
}

/// |p(b − h + i)|, the ratio of the geometric series that the nearer edge of the plate contributes, 0..1. Its k-th power is what
/// the k-th harmonic follows between its nulls: it falls with the displacement and never vanishes before it.
#[must_use]
pub fn nearer_edge_ratio<T: Float>(displacement: T, rest_offset: T, plate: T) -> T {
    let (real, imaginary) = ratio(rest_offset - plate, displacement);
    (real * real + imaginary * imaginary).sqrt()
}

/// dC/du at the resting tip: what a displacement too small to be bent by the pickup is multiplied by.
#[must_use]
pub fn slope_at_rest<T: Float>(rest_offset: T, plate: T) -> T {
    let (above, below) = (plate - rest_offset, -plate - rest_offset);
    T::one() / (T::one() + above * above) - T::one() / (T::one() + below * below)
}

/// Capacitance of a tip at height `u`, in units of the capacitance law: what [`harmonics`] is the Fourier series of.
#[must_use]
pub fn capacitance<T: Float>(u: T, plate: T) -> T {
    (u + plate).atan() - (u - plate).atan()
}

/// p(z) for z = `real` + i. Written as a/(z + √(z² − a²)) with the larger of the two sums, which loses no digits when a is small.
fn ratio<T: Float>(real: T, displacement: T) -> (T, T) {
    let one = T::one();
    let square = (real * real - one - displacement * displacement, real + real);
    let root = square_root(square);
    // z lies in the upper half plane, so the root on its side is the one that adds up.
    let root = if real * root.0 + root.1 < T::zero() { (-root.0, -root.1) } else { root };
    let sum = (real + root.0, one + root.1);
    let scale = displacement / (sum.0 * sum.0 + sum.1 * sum.1);
    (sum.0 * scale, -sum.1 * scale)
}

fn square_root<T: Float>((real, imaginary): (T, T)) -> (T, T) {
    let half = (T::one() + T::one()).recip();
    let modulus = (real * real + imaginary * imaginary).sqrt();
    // The part without cancellation first, the other from their product.
    if real >= T::zero() {
        let root = ((modulus + real) * half).sqrt();
        if root == T::zero() { (root, root) } else { (root, imaginary * half / root) }
    } else {
        let root = ((modulus - real) * half).sqrt();
        let root = if imaginary < T::zero() { -root } else { root };
        (imaginary * half / root, root)
    }
}

fn product<T: Float>(a: (T, T), b: (T, T)) -> (T, T) {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    /// Fourier coefficients on cos k(θ − π/2) by the trapezoidal rule, which is exact for a periodic analytic function.
    fn numerical(a: f64, b: f64, h: f64, k: usize) -> f64 {
        let n = 4096;
        let sum: f64 = (0..n)
            .map(|i| {
                let theta = core::f64::consts::TAU * f64::from(i) / f64::from(n);
                let u = a * theta.sin() - b;
                capacitance(u, h) * (k as f64 * (theta - core::f64::consts::FRAC_PI_2)).cos()
            })
            .sum();
        2.0 * sum / f64::from(n)
    }

    #[test]
    fn closed_form_equals_the_fourier_integral() {
        for a in [1e-3, 0.3, 0.9, 2.0, 6.0, 12.0] {
            for b in [-1.2, 0.0, 0.4, 1.2, 2.5] {
                for h in [0.3, 1.0, 1.4] {
                    let mut closed = [0.0; 16];
                    harmonics(a, b, h, &mut closed);
                    for (i, c) in closed.iter().enumerate() {
                        let reference = numerical(a, b, h, i + 1);
                        assert!((c - reference).abs() < 1e-14, "a {a} b {b} h {h} k {}: {c} {reference}", i + 1);
                    }
                }
            }
        }
    }

    #[test]
    fn single_precision_keeps_the_levels_to_a_hundredth_of_a_decibel() {
        for a in [1e-4f32, 0.05, 0.3, 2.0, 6.0] {
            let (mut single, mut double) = ([0.0f32; 8], [0.0f64; 8]);
            harmonics(a, 1.2, 1.3, &mut single);
            harmonics(f64::from(a), f64::from(1.2f32), f64::from(1.3f32), &mut double);
            for k in 0..8 {
                let error_db = 20.0 * (f64::from(single[k]) / double[k]).abs().log10();
                assert!(error_db.abs() < 0.01, "a {a} k {}: {error_db} dB", k + 1);
            }
        }
    }

    #[test]
    fn a_small_swing_sees_the_slope() {
        let mut one = [0.0f64; 1];
        harmonics(1e-6, 1.2, 1.3, &mut one);
        assert!((one[0] / 1e-6 - slope_at_rest(1.2, 1.3)).abs() < 1e-9);
    }

    #[test]
    fn the_nearer_edge_bounds_every_harmonic_and_falls_with_the_swing() {
        let (b, h) = (1.2f64, 1.3);
        let mut louder = [f64::INFINITY; 8];
        for i in 0..60 {
            let a = 10.0 * 0.85f64.powi(i);
            let edge = nearer_edge_ratio(a, b, h);
            let mut all = [0.0; 8];
            harmonics(a, b, h, &mut all);
            for (i, c) in all.iter().enumerate() {
                let bound = 4.0 / (i + 1) as f64 * edge.powi(i as i32 + 1);
                assert!(c.abs() <= bound && bound < louder[i], "a {a} k {}", i + 1);
                louder[i] = bound;
            }
        }
    }

    #[test]
    fn no_swing_is_silent() {
        let mut some = [1.0f32; 8];
        harmonics(0.0, 1.2, 1.3, &mut some);
        assert_eq!(some, [0.0; 8]);
    }
}
