//! Single-bin DFT of a Hann-windowed segment by rotation.
//!
//! Unlike [`goertzel`](super::goertzel), it needs no stored window and stays exact at low
//! frequencies. The window is centred on the samples: its first value is that half a sample after
//! the start.

use std::f64::consts::TAU;

use rustfft::num_complex::Complex64;

/// Segment of which a bin is computed.
#[derive(Clone, Copy, Debug)]
pub struct PhasorSegment<'a, T> {
    /// Samples that exist.
    pub samples: &'a [T],
    /// Zeros before them.
    pub leading_zeros: usize,
    /// Length of the window, in samples.
    pub length: usize,
}

/// Returns the complex amplitude of a sinusoid that turns by `step` radians a sample, through a
/// Hann window.
///
/// The phase counts from the start of the window. `LANES` rotations run side by side, so that none
/// waits for another; their number decides how the sum is rounded.
#[must_use]
pub fn hann_phasor<T: Copy, const LANES: usize>(
    segment: PhasorSegment<'_, T>,
    step: f64,
    to_f64: impl Fn(T) -> f64,
) -> Complex64 {
    let window_step = TAU / segment.length as f64;
    let index = |lane: usize| (segment.leading_zeros + lane) as f64;
    // Rotations replace two library calls a sample by four multiplications.
    let mut carriers = Rotations::<LANES>::new(step * LANES as f64, |lane| step * index(lane));
    let mut windows = Rotations::<LANES>::new(window_step * LANES as f64, |lane| window_step * (index(lane) + 0.5));
    let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
    let (chunks, rest) = segment.samples.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let weighted = to_f64(chunk[lane]) * (0.5 - 0.5 * windows.cos[lane]);
            re[lane] += weighted * carriers.cos[lane];
            im[lane] -= weighted * carriers.sin[lane];
            carriers.advance(lane);
            windows.advance(lane);
        }
    }
    for (lane, sample) in rest.iter().enumerate() {
        let weighted = to_f64(*sample) * (0.5 - 0.5 * windows.cos[lane]);
        re[lane] += weighted * carriers.cos[lane];
        im[lane] -= weighted * carriers.sin[lane];
    }
    let scale = 4.0 / segment.length as f64;
    Complex64::new(re.iter().sum::<f64>() * scale, im.iter().sum::<f64>() * scale)
}

/// Points on the unit circle that advance by a fixed angle.
struct Rotations<const LANES: usize> {
    cos: [f64; LANES],
    sin: [f64; LANES],
    step_cos: f64,
    step_sin: f64,
}

impl<const LANES: usize> Rotations<LANES> {
    fn new(step: f64, start: impl Fn(usize) -> f64) -> Self {
        let (step_sin, step_cos) = step.sin_cos();
        let start: [(f64, f64); LANES] = std::array::from_fn(|lane| start(lane).sin_cos());
        Self { cos: start.map(|(_, cos)| cos), sin: start.map(|(sin, _)| sin), step_cos, step_sin }
    }

    #[inline(always)]
    fn advance(&mut self, lane: usize) {
        let (cos, sin) = (self.cos[lane], self.sin[lane]);
        self.cos[lane] = cos * self.step_cos - sin * self.step_sin;
        self.sin[lane] = sin * self.step_cos + cos * self.step_sin;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn equals_the_windowed_sum() {
        let mut random = Random(7);
        let samples: Vec<f64> = (0..203).map(|_| random.within_one()).collect();
        let step = 0.7;
        for (leading_zeros, count) in [(0, 203), (5, 101), (50, 7)] {
            let segment = PhasorSegment { samples: &samples[..count], leading_zeros, length: 203 };
            let sum: Complex64 = (leading_zeros..)
                .zip(segment.samples)
                .map(|(n, sample)| {
                    let hann = 0.5 - 0.5 * (TAU * (n as f64 + 0.5) / 203.0).cos();
                    Complex64::from_polar(hann * sample * 4.0 / 203.0, -step * n as f64)
                })
                .sum();
            let found = [hann_phasor::<_, 1>(segment, step, |s| s), hann_phasor::<_, 4>(segment, step, |s| s)];
            assert!(found.iter().all(|phasor| (phasor - sum).norm() < 1e-12), "{found:?}, not {sum}");
        }
    }
}
