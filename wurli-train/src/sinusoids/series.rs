//! Sums of powers times exponentials, exactly.

use rustfft::num_complex::Complex64;

/// Σ nᵖ·e^{λn} over n = 0..`count`, for p = 0, 1, 2.
///
/// By doubling: the sum over twice as many terms is the sum plus itself, shifted. No division, so λ = 0 is nothing special.
pub(super) fn power_sums(lambda: Complex64, count: usize) -> [Complex64; 3] {
    let ratio = lambda.exp();
    let mut sums = [Complex64::new(0.0, 0.0); 3];
    let (mut terms, mut next) = (0.0f64, Complex64::new(1.0, 0.0));
    for bit in (0..usize::BITS - count.leading_zeros()).rev() {
        let [s0, s1, s2] = sums;
        sums =
            [s0 + next * s0, s1 + next * (s1 + terms * s0), s2 + next * (s2 + 2.0 * terms * s1 + terms * terms * s0)];
        next *= next;
        terms *= 2.0;
        if count >> bit & 1 == 1 {
            sums = [sums[0] + next, sums[1] + terms * next, sums[2] + terms * terms * next];
            next *= ratio;
            terms += 1.0;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_their_terms() {
        for lambda in [(0.0, 0.0), (-1e-7, 0.0), (-0.003, 0.02), (0.001, -1.0), (0.0, 3.0)] {
            let lambda = Complex64::new(lambda.0, lambda.1);
            for count in [0, 1, 2, 7, 1000, 1023] {
                let found = power_sums(lambda, count);
                let scale: f64 = (0..count).map(|n| (lambda.re * n as f64).exp()).sum();
                for (p, found) in found.into_iter().enumerate() {
                    let power = |n: usize| (n as f64).powi(p as i32);
                    let expected: Complex64 = (0..count).map(|n| power(n) * (lambda * n as f64).exp()).sum();
                    let unit = scale * power(count).max(1.0);
                    assert!(
                        (found - expected).norm() <= 1e-12 * unit,
                        "{lambda}, {count}, {p}: {found} for {expected}"
                    );
                }
            }
        }
    }
}
