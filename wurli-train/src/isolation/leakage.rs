//! Spectral leakage through a Hann window, for a partial that sounds during a part of the window.

use std::f64::consts::TAU;

use rustfft::num_complex::Complex;

/// Leakage of partials that sound and fade during a part of a window.
///
/// The window is (1 − cos θt)/2 over a length T, θ = 2π/T. A partial e^(−γt + iωt) sounds from a to
/// b. Its value in the bin at a distance ω is the integral of three exponentials, whose rates are
/// −γ + i(ω + nθ), n = −1, 0, 1.
pub(super) struct HannLeakage {
    length_s: f64,
    window_s: f64,
    fading_per_s: f64,
    /// For each n, the weighted exponential e^(inθt) at a, and at b with the fade until then.
    ends: [[Complex<f64>; 2]; 3],
}

impl HannLeakage {
    /// Returns the leakage for a part of a window of `window_s`, in seconds from the window's
    /// start.
    ///
    /// Fading is in nepers per second. `None` for an empty part.
    pub(super) fn new((from_s, to_s): (f64, f64), window_s: f64, fading_per_s: f64) -> Option<Self> {
        let (from_s, to_s) = (from_s.max(0.0), to_s.min(window_s));
        let length_s = to_s - from_s;
        let faded = (-fading_per_s * length_s).exp();
        let ends = [(-1.0, -0.25), (0.0, 0.5), (1.0, -0.25)].map(|(n, weight)| {
            let at = |time_s: f64| Complex::from_polar(weight, n * TAU * time_s / window_s);
            [at(from_s), at(to_s) * faded]
        });
        (length_s > 0.0).then_some(Self { length_s, window_s, fading_per_s, ends })
    }

    /// Returns the amplitude in a bin at a distance from a partial, relative to a partial that
    /// sounds throughout and is on the bin.
    pub(super) fn amplitude_at(&self, distance_hz: f64) -> f64 {
        let rate = TAU * distance_hz;
        let turned = Complex::from_polar(1.0, rate * self.length_s);
        let sum: Complex<f64> = [-1.0, 0.0, 1.0]
            .into_iter()
            .zip(self.ends)
            .map(|(n, [begin, end])| {
                let exponent = Complex::new(-self.fading_per_s, rate + n * TAU / self.window_s);
                // The quotient is 0/0 at an exponent of 0.
                if exponent.norm() * self.length_s < 1e-6 {
                    begin * self.length_s
                } else {
                    (end * turned - begin) / exponent
                }
            })
            .sum();
        sum.norm() / (0.5 * self.window_s)
    }

    /// Returns the upper bound of [`amplitude_at`](Self::amplitude_at), cheap to compute.
    pub(super) fn amplitude_bound(&self, distance_hz: f64) -> f64 {
        let nearest = TAU * (distance_hz.abs() - 1.0 / self.window_s);
        if nearest > 0.0 { (4.0 / (nearest * self.window_s)).min(1.0) } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leakage_equals_the_sum_over_samples() {
        let window_s = 0.4;
        for (part, fading_per_s) in
            [((0.0, 0.4), 0.0), ((0.1, 0.4), 0.0), ((0.0, 0.05), 35.0), ((0.2, 0.3), 35.0), ((-1.0, 2.0), 2.0)]
        {
            let leakage = HannLeakage::new(part, window_s, fading_per_s).unwrap();
            let (from_s, to_s) = (part.0.max(0.0), part.1.min(window_s));
            for distance_hz in [0.0, 0.3, 2.5, -2.5, 5.0, 6.1, -17.0, 130.0] {
                let steps = 20_000;
                let step_s = (to_s - from_s) / f64::from(steps);
                let sum: Complex<f64> = (0..steps)
                    .map(|step| {
                        let time_s = from_s + (f64::from(step) + 0.5) * step_s;
                        let hann = 0.5 - 0.5 * (TAU * time_s / window_s).cos();
                        Complex::from_polar(
                            hann * (-fading_per_s * (time_s - from_s)).exp() * step_s,
                            TAU * distance_hz * time_s,
                        )
                    })
                    .sum();
                let (found, expected) = (leakage.amplitude_at(distance_hz), sum.norm() / (0.5 * window_s));
                assert!((found - expected).abs() < 1e-6, "{part:?}, {distance_hz} Hz: {found}, not {expected}");
                assert!(found <= leakage.amplitude_bound(distance_hz) + 1e-12, "{part:?}, {distance_hz} Hz");
            }
        }
    }

    #[test]
    fn a_steady_tone_leaks_as_the_window_spectrum() {
        let leakage = HannLeakage::new((0.0, 0.4), 0.4, 0.0).unwrap();
        // A Hann window is at half height one bin away, has zeros from two on, and a first side
        // lobe of −31.5 dB.
        assert!((leakage.amplitude_at(0.0) - 1.0).abs() < 1e-12 && (leakage.amplitude_at(2.5) - 0.5).abs() < 1e-9);
        assert!(
            leakage.amplitude_at(5.0) < 1e-9 && (20.0 * leakage.amplitude_at(2.4 / 0.4).log10() + 31.5).abs() < 0.1
        );
        assert!(HannLeakage::new((0.3, 0.3), 0.4, 0.0).is_none() && HannLeakage::new((0.5, 0.6), 0.4, 0.0).is_none());
    }
}
