//! Pickup: a charged plate of finite thickness with a slot in which the reed's tip moves.
//!
//! All lengths are in half-widths of the fringe field at the near edge, the one next to the resting
//! tip. The capacitance of a tip at height u above the middle of the plate is
//!
//! > C(u) = atan(u + h) − g·atan((u − h)/w) + s·atan((u + h − e)/v)
//!
//! where h is half the plate's thickness, w the half-width of the fringe field at the far edge, and
//! g that edge's strength. The last term is the lip of the near edge: a part of its field with the
//! strength s and the half-width v, at a height e above the edge. The tip moves as
//! u(θ) = a·sin θ − b.
//!
//! # Harmonics in closed form
//!
//! Let p(z) = (z − √(z² − a²))/a, the root with |p| < 1. Expanding the logarithmic form of the arc
//! tangent in p gives the Fourier series of C exactly. Its coefficient on cos k(θ − π/2) is
//!
//! > **c_k = (2/k)·Im(g·p₊ᵏ − p₋ᵏ − s·qᵏ)**
//! >
//! > with p₊ = p(b + h + iw), p₋ = p(b − h + i), q = p(b − h + e + iv)
//!
//! The coefficients are sums of geometric series. A harmonic has a null where they cancel.

use num_complex::Complex;
use num_traits::Float;

/// Geometry of a pickup, in half-widths of the fringe field at the near edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pickup<T> {
    /// Height b of the middle of the plate above the resting tip.
    pub rest_offset: T,
    /// Half the thickness h of the plate.
    pub plate: T,
    /// Half-width w of the fringe field at the far edge, above 0.
    pub far_edge: T,
    /// Strength g of the far edge, relative to the near one.
    pub far_strength: T,
    /// Strength s of the near edge's lip, relative to the edge.
    pub lip_strength: T,
    /// Half-width v of the fringe field at the lip, above 0.
    pub lip_width: T,
    /// Height e of the lip above the near edge.
    pub lip_height: T,
}

impl<T: Float> Pickup<T> {
    /// Writes c₁, c₂, … into `harmonics`, for a tip of amplitude `displacement` (a).
    ///
    /// These are the signed amplitudes of C on cos k(θ − π/2). All are 0 for a ≤ 0.
    pub fn harmonics(&self, displacement: T, harmonics: &mut [T]) {
        // Subnormal powers would slow down all that follow.
        self.harmonics_above(T::min_positive_value(), displacement, harmonics);
    }

    /// Writes the harmonics as [`harmonics`](Self::harmonics) does, and 0 from the first inaudible
    /// one on.
    ///
    /// Stops where the k-th powers of the three ratios, which bound all later harmonics, add up to
    /// less than `floor`.
    pub(crate) fn harmonics_above(&self, floor: T, displacement: T, harmonics: &mut [T]) {
        if displacement <= T::zero() {
            harmonics.fill(T::zero());
            return;
        }
        let (far, near) = (self.far_ratio(displacement), self.near_ratio(displacement));
        let lip = self.lip_ratio(displacement);
        let (mut far_power, mut near_power, mut lip_power) = (far, near, lip.scale(self.lip_strength));
        let max_norm = |power: Complex<T>| power.re.abs().max(power.im.abs());
        let two = T::one() + T::one();
        let mut k = T::one();
        let mut harmonics = harmonics.iter_mut();
        for harmonic in harmonics.by_ref() {
            *harmonic = two / k * (self.far_strength * far_power.im - near_power.im - lip_power.im);
            far_power = far_power * far;
            near_power = near_power * near;
            lip_power = lip_power * lip;
            if max_norm(far_power) + max_norm(near_power) + max_norm(lip_power) < floor {
                break;
            }
            k = k + T::one();
        }
        harmonics.for_each(|harmonic| *harmonic = T::zero());
    }

    /// Returns |p(b − h + i)|, the ratio of the near edge's geometric series, 0..1.
    ///
    /// The edge's part of harmonic k follows its k-th power. At small displacements the lip's part is
    /// larger, from H4 on at a = 0.3 and from H11 on at a = 2.
    #[must_use]
    pub fn near_edge_ratio(&self, displacement: T) -> T {
        // `norm` calls `hypot`, which is slower. There is no overflow to avoid below 1.
        self.near_ratio(displacement).norm_sqr().sqrt()
    }

    /// Returns dC/du at the resting tip, the gain of the pickup for small displacements.
    #[must_use]
    pub fn slope_at_rest(&self) -> T {
        let near = self.plate - self.rest_offset;
        let far = (self.plate + self.rest_offset) / self.far_edge;
        let lip = (near - self.lip_height) / self.lip_width;
        T::one() / (T::one() + near * near) - self.far_strength / (self.far_edge * (T::one() + far * far))
            + self.lip_strength / (self.lip_width * (T::one() + lip * lip))
    }

    /// Returns the capacitance C of a tip at height `u`, the function behind
    /// [`harmonics`](Self::harmonics).
    #[must_use]
    pub fn capacitance(&self, u: T) -> T {
        let lip = ((u + self.plate - self.lip_height) / self.lip_width).atan();
        (u + self.plate).atan() - self.far_strength * ((u - self.plate) / self.far_edge).atan()
            + self.lip_strength * lip
    }

    fn near_ratio(&self, displacement: T) -> Complex<T> {
        ratio(Complex::new(self.rest_offset - self.plate, T::one()), displacement)
    }

    fn lip_ratio(&self, displacement: T) -> Complex<T> {
        ratio(Complex::new(self.rest_offset - self.plate + self.lip_height, self.lip_width), displacement)
    }

    fn far_ratio(&self, displacement: T) -> Complex<T> {
        ratio(Complex::new(self.rest_offset + self.plate, self.far_edge), displacement)
    }
}

impl Pickup<f64> {
    /// Returns the geometry in single precision.
    #[must_use]
    pub fn to_f32(&self) -> Pickup<f32> {
        Pickup {
            rest_offset: self.rest_offset as f32,
            plate: self.plate as f32,
            far_edge: self.far_edge as f32,
            far_strength: self.far_strength as f32,
            lip_strength: self.lip_strength as f32,
            lip_width: self.lip_width as f32,
            lip_height: self.lip_height as f32,
        }
    }
}

/// Returns p(z) for `z` in the upper half-plane and a = `displacement`.
///
/// Computed as a/(z + √(z² − a²)), which does not cancel for small a.
fn ratio<T: Float>(z: Complex<T>, displacement: T) -> Complex<T> {
    let root = square_root(z * z - displacement * displacement);
    // The root in the half-plane of z gives the larger sum.
    let root = if z.re * root.re + z.im * root.im < T::zero() { -root } else { root };
    let sum = z + root;
    sum.conj().scale(displacement / sum.norm_sqr())
}

/// Returns the principal square root.
///
/// `Complex::sqrt` goes through polar coordinates, which costs four transcendental functions.
fn square_root<T: Float>(z: Complex<T>) -> Complex<T> {
    let half = (T::one() + T::one()).recip();
    let modulus = z.norm_sqr().sqrt();
    // The part without cancellation first, the other from their product.
    if z.re >= T::zero() {
        let root = ((modulus + z.re) * half).sqrt();
        Complex::new(root, if root == T::zero() { root } else { z.im * half / root })
    } else {
        let root = ((modulus - z.re) * half).sqrt();
        let root = if z.im < T::zero() { -root } else { root };
        Complex::new(z.im * half / root, root)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    /// Returns the Fourier coefficient on cos k(θ − π/2) by the trapezoidal rule.
    ///
    /// The rule converges exponentially for a periodic analytic function.
    fn numerical(pickup: &Pickup<f64>, a: f64, k: usize) -> f64 {
        let n = 4096;
        let sum: f64 = (0..n)
            .map(|i| {
                let theta = core::f64::consts::TAU * f64::from(i) / f64::from(n);
                let u = a * theta.sin() - pickup.rest_offset;
                pickup.capacitance(u) * (k as f64 * (theta - core::f64::consts::FRAC_PI_2)).cos()
            })
            .sum();
        2.0 * sum / f64::from(n)
    }

    const PICKUP: Pickup<f64> = Pickup {
        rest_offset: 1.2,
        plate: 1.3,
        far_edge: 1.8,
        far_strength: 1.2,
        lip_strength: 0.05,
        lip_width: 0.4,
        lip_height: 0.2,
    };

    #[test]
    fn closed_form_equals_the_fourier_integral() {
        for a in [1e-3, 0.3, 0.9, 2.0, 6.0, 12.0] {
            for rest_offset in [-1.2, 0.0, 0.4, 1.2, 2.5] {
                for (plate, far_edge) in [(0.3, 1.0), (1.0, 2.5), (1.4, 0.6)] {
                    let pickup = Pickup { rest_offset, plate, far_edge, ..PICKUP };
                    let mut closed = [0.0; 16];
                    pickup.harmonics(a, &mut closed);
                    for (i, c) in closed.iter().enumerate() {
                        let reference = numerical(&pickup, a, i + 1);
                        assert!((c - reference).abs() < 2e-14, "{pickup:?} a {a} k {}: {c} {reference}", i + 1);
                    }
                }
            }
        }
    }

    #[test]
    fn single_precision_is_accurate_to_0_01_db() {
        for a in [1e-4f32, 0.05, 0.3, 2.0, 6.0] {
            let (mut single, mut double) = ([0.0f32; 8], [0.0f64; 8]);
            let rounded = PICKUP.to_f32();
            rounded.harmonics(a, &mut single);
            let same = Pickup {
                rest_offset: f64::from(rounded.rest_offset),
                plate: f64::from(rounded.plate),
                far_edge: f64::from(rounded.far_edge),
                far_strength: f64::from(rounded.far_strength),
                lip_strength: f64::from(rounded.lip_strength),
                lip_width: f64::from(rounded.lip_width),
                lip_height: f64::from(rounded.lip_height),
            };
            same.harmonics(f64::from(a), &mut double);
            for k in 0..8 {
                let error_db = 20.0 * (f64::from(single[k]) / double[k]).abs().log10();
                assert!(error_db.abs() < 0.01, "a {a} k {}: {error_db} dB", k + 1);
            }
        }
    }

    #[test]
    fn small_displacements_are_multiplied_by_the_slope() {
        let mut one = [0.0f64; 1];
        PICKUP.harmonics(1e-6, &mut one);
        assert!((one[0] / 1e-6 - PICKUP.slope_at_rest()).abs() < 1e-9);
    }

    #[test]
    fn near_edge_ratio_bounds_harmonics_and_falls_with_displacement() {
        const EDGES: Pickup<f64> = Pickup { lip_strength: 0.0, ..PICKUP };
        let mut louder = [f64::INFINITY; 8];
        for i in 0..60 {
            let a = 10.0 * 0.85f64.powi(i);
            let edge = EDGES.near_edge_ratio(a);
            let mut all = [0.0; 8];
            EDGES.harmonics(a, &mut all);
            for (i, c) in all.iter().enumerate() {
                let bound = 2.0 * (1.0 + EDGES.far_strength) / (i + 1) as f64 * edge.powi(i as i32 + 1);
                assert!(c.abs() <= bound && bound < louder[i], "a {a} k {}", i + 1);
                louder[i] = bound;
            }
        }
    }

    #[test]
    fn zero_displacement_gives_zero_harmonics() {
        let mut some = [1.0f32; 8];
        PICKUP.to_f32().harmonics(0.0, &mut some);
        assert_eq!(some, [0.0; 8]);
    }
}
