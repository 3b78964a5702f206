//! What the line of a Hann window has of a partial that sounds in a part of the window only.

use std::f64::consts::TAU;

use rustfft::num_complex::Complex;

/// A part of a window, in which partials sound and fade.
///
/// With the window (1 − cos θt)/2 over a length T, θ = 2π/T, the line at a distance of ω from a partial e^(−γt + iωt) that sounds from a to b is
/// the integral of a sum of three exponentials, whose rates are −γ + i(ω + nθ), n = −1, 0, 1.
pub(super) struct Stretch {
    length_s: f64,
    window_s: f64,
    fading_per_s: f64,
    /// For each n, the weight of its exponential times e^(inθa), and times that at b with what has faded until then.
    ends: [[Complex<f64>; 2]; 3],
}

impl Stretch {
    /// From one time to another, seconds from the beginning of a window of `window_s`, fading by so many nepers a second. `None` where it
    /// is empty.
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

    /// Amplitude in a line so far away from a partial, in parts of that of one which sounds throughout and is on the line.
    pub(super) fn passed(&self, distance_hz: f64) -> f64 {
        let rate = TAU * distance_hz;
        let turned = Complex::from_polar(1.0, rate * self.length_s);
        let sum: Complex<f64> = [-1.0, 0.0, 1.0]
            .into_iter()
            .zip(self.ends)
            .map(|(n, [begin, end])| {
                let exponent = Complex::new(-self.fading_per_s, rate + n * TAU / self.window_s);
                // Where the exponent is nothing, so is the difference.
                if exponent.norm() * self.length_s < 1e-6 {
                    begin * self.length_s
                } else {
                    (end * turned - begin) / exponent
                }
            })
            .sum();
        sum.norm() / (0.5 * self.window_s)
    }

    /// What [`passed`](Self::passed) does not exceed.
    pub(super) fn most_passed(&self, distance_hz: f64) -> f64 {
        let nearest = TAU * (distance_hz.abs() - 1.0 / self.window_s);
        if nearest > 0.0 { (4.0 / (nearest * self.window_s)).min(1.0) } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_the_sum_over_the_samples() {
        let window_s = 0.4;
        for (part, fading_per_s) in
            [((0.0, 0.4), 0.0), ((0.1, 0.4), 0.0), ((0.0, 0.05), 35.0), ((0.2, 0.3), 35.0), ((-1.0, 2.0), 2.0)]
        {
            let stretch = Stretch::new(part, window_s, fading_per_s).unwrap();
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
                let (passed, expected) = (stretch.passed(distance_hz), sum.norm() / (0.5 * window_s));
                assert!((passed - expected).abs() < 1e-6, "{part:?}, {distance_hz} Hz: {passed}, not {expected}");
                assert!(passed <= stretch.most_passed(distance_hz) + 1e-12, "{part:?}, {distance_hz} Hz");
            }
        }
    }

    #[test]
    fn a_tone_throughout_passes_by_the_window_alone() {
        let stretch = Stretch::new((0.0, 0.4), 0.4, 0.0).unwrap();
        // A Hann window's half height lies one reciprocal length away; its zeros from two on, its first side lobe is 31.5 dB down.
        assert!((stretch.passed(0.0) - 1.0).abs() < 1e-12 && (stretch.passed(2.5) - 0.5).abs() < 1e-9);
        assert!(stretch.passed(5.0) < 1e-9 && (20.0 * stretch.passed(2.4 / 0.4).log10() + 31.5).abs() < 0.1);
        assert!(Stretch::new((0.3, 0.3), 0.4, 0.0).is_none() && Stretch::new((0.5, 0.6), 0.4, 0.0).is_none());
    }
}
