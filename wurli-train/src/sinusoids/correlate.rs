//! How much of a decaying sinusoid is in a segment.

use rustfft::num_complex::Complex64;

use super::taper::Taper;

/// Sinusoids that are correlated side by side: a processor has something to do while it waits for one of the recurrences.
const LANES: usize = 4;

/// A segment, weighted, and the same times its time.
pub(super) struct Weighted {
    taper: Taper,
    samples: Vec<[f64; 2]>,
    /// Σ weight·sample².
    pub(super) energy: f64,
}

impl Weighted {
    pub(super) fn new(samples: &[f32], taper: Taper) -> Self {
        let weighted = |(n, sample): (usize, &f32)| {
            let weighted = taper.at(n) * f64::from(*sample);
            [weighted, weighted * taper.time(n)]
        };
        let energy = samples.iter().enumerate().map(|(n, s)| taper.at(n) * f64::from(*s) * f64::from(*s)).sum();
        Self { taper, samples: samples.iter().enumerate().map(weighted).collect(), energy }
    }

    /// Σ weight·sample·τᵖ·e^{s̄τ} for p = 0, 1 and each exponent s.
    pub(super) fn with(&self, exponents: &[Complex64]) -> Vec<[Complex64; 2]> {
        let mut found = Vec::with_capacity(exponents.len());
        for exponents in exponents.chunks(LANES) {
            let lane = |lane: usize| exponents.get(lane).copied().unwrap_or_default();
            found.extend_from_slice(&self.lanes(std::array::from_fn(lane))[..exponents.len()]);
        }
        found
    }

    /// Horner's rule from the last sample to the first, on real numbers: Goertzel's recurrence with a damping.
    fn lanes(&self, exponents: [Complex64; LANES]) -> [[Complex64; 2]; LANES] {
        let ratios = exponents.map(|s| (s.conj() / self.taper.length() as f64).exp());
        let once = ratios.map(|z| 2.0 * z.re);
        let twice = ratios.map(|z| z.norm_sqr());
        let (mut last, mut before) = ([[0.0f64; LANES]; 2], [[0.0f64; LANES]; 2]);
        for pair in self.samples.iter().rev() {
            for power in 0..2 {
                for lane in 0..LANES {
                    let next = pair[power] + once[lane] * last[power][lane] - twice[lane] * before[power][lane];
                    before[power][lane] = last[power][lane];
                    last[power][lane] = next;
                }
            }
        }
        std::array::from_fn(|lane| {
            let start = (exponents[lane].conj() * self.taper.time(0)).exp();
            [0, 1].map(|power| start * (last[power][lane] - ratios[lane].conj() * before[power][lane]))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correlation_is_the_sum_that_it_stands_for() {
        let samples: Vec<f32> = (0..1000).map(|n| ((n * n) as f32 * 0.01).sin()).collect();
        let taper = Taper::new(1000, 100);
        let exponents = [(-3.0, 200.0), (0.5, 1000.0), (-10.0, 40.0), (0.0, 0.0), (-1.0, 3000.0)]
            .map(|(re, im)| Complex64::new(re, im));
        let found = Weighted::new(&samples, taper).with(&exponents);
        for (s, found) in exponents.into_iter().zip(found) {
            for (power, found) in found.into_iter().enumerate() {
                let term = |n: usize| {
                    let time = taper.time(n);
                    taper.at(n) * f64::from(samples[n]) * time.powi(power as i32) * (s.conj() * time).exp()
                };
                let expected: Complex64 = (0..1000).map(term).sum();
                assert!((found - expected).norm() < 1e-9 * (1.0 + expected.norm()), "{s}: {found} for {expected}");
            }
        }
    }
}
