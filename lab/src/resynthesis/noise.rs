//! The noise between the partials, measured along the spectrum and along time, and made again.

use rustfft::{FftPlanner, num_complex::Complex32};

use wurli_train::dsp::spectrum::Spectrum;
use wurli_train::measure::locate::{Located, floor, segment};

/// Length of a window in which noise is measured, s; windows follow each other at half of it.
const WINDOW_S: f64 = 0.4;
/// The median of a Rayleigh distribution, over its root mean square.
const RAYLEIGH_MEDIAN: f64 = 0.832_554_611_157_697_7;

/// Adds to `made` noise with the spectrum that lies between the partials of `body`.
pub(super) fn add(made: &mut [f32], body: &[f32], sample_rate: u32, located: &Located, seed: u64) {
    let rate = f64::from(sample_rate);
    let length = (WINDOW_S * rate) as usize / 2 * 2;
    let hop = length / 2;
    let transform = length.next_power_of_two() * 2;
    let mut planner = FftPlanner::new();
    let (forward, backward) = (planner.plan_fft_forward(transform), planner.plan_fft_inverse(transform));
    let mut random = Gaussian(seed);
    let mut densities = Vec::new();
    // The first window begins half a window before the onset, so that windows add up to one from the onset on.
    for step in 0..made.len().div_ceil(hop) + 1 {
        let from_s = (step as f64 - 1.0) * WINDOW_S / 2.0;
        // The attack is no noise; the first windows take that of the first one past it.
        let heard = segment(body, sample_rate, from_s.max(0.05), from_s.max(0.05) + WINDOW_S);
        if heard.len() >= hop || densities.is_empty() {
            densities = measure(heard, sample_rate, located);
        }
        let mut lines: Vec<Complex32> = (0..transform).map(|_| Complex32::new(random.next(), 0.0)).collect();
        forward.process(&mut lines);
        for (i, line) in lines.iter_mut().enumerate() {
            let frequency_hz = i.min(transform - i) as f64 * rate / transform as f64;
            *line *= density_at(&densities, frequency_hz) / transform as f32;
        }
        backward.process(&mut lines);
        let begin = step as isize * hop as isize - hop as isize;
        for (i, line) in lines[..length].iter().enumerate() {
            // Powers of neighbouring noises add up to one under the root of a Hann window.
            let window = (std::f32::consts::PI * i as f32 / length as f32).sin();
            if let Some(sample) = usize::try_from(begin + i as isize).ok().and_then(|at| made.get_mut(at)) {
                *sample += window * line.re;
            }
        }
    }
}

/// Frequencies, Hz, and the deviation that white noise of that density would have, full scale being 1.
fn measure(heard: &[f32], sample_rate: u32, located: &Located) -> Vec<(f64, f32)> {
    let spectrum = Spectrum::new(heard, sample_rate);
    // Hann: Σw = n/2, Σw² = 3n/8.
    let n = heard.len().max(1) as f64;
    let deviation = |amplitude: f64| (amplitude * (n / 4.0) / RAYLEIGH_MEDIAN / (3.0 * n / 8.0).sqrt()) as f32;
    let harmonics = (located.band_hz / located.f0_hz) as usize;
    (0..harmonics).map(|k| ((k as f64 + 0.5) * located.f0_hz, deviation(floor(&spectrum, located.f0_hz, k)))).collect()
}

/// Linear between the measured frequencies, constant beyond them.
fn density_at(densities: &[(f64, f32)], frequency_hz: f64) -> f32 {
    let above = densities.partition_point(|(at_hz, _)| *at_hz < frequency_hz);
    match (above.checked_sub(1).and_then(|i| densities.get(i)), densities.get(above)) {
        (Some((low_hz, low)), Some((high_hz, high))) => {
            low + (high - low) * ((frequency_hz - low_hz) / (high_hz - low_hz)) as f32
        }
        (Some((_, edge)), None) | (None, Some((_, edge))) => *edge,
        (None, None) => 0.0,
    }
}

/// Normally distributed numbers: twelve uniform ones less six, from the generator SplitMix64 (Steele, Lea and Flood 2014).
struct Gaussian(u64);

impl Gaussian {
    fn next(&mut self) -> f32 {
        (0..12).map(|_| self.uniform()).sum::<f32>() - 6.0
    }

    fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 40) as f32 / (1u64 << 24) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_noise_comes_back_with_its_level() {
        let mut random = Gaussian(1);
        let body: Vec<f32> = (0..66_150).map(|_| 0.01 * random.next()).collect();
        let located = Located {
            f0_hz: 440.0,
            frequencies_hz: vec![],
            steady: vec![],
            floors: vec![],
            floor_samples: 17_640,
            band_hz: 18_000.0,
        };
        let mut made = vec![0.0; body.len()];
        add(&mut made, &body, 44_100, &located, 2);
        let power = |samples: &[f32]| samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32;
        let error_db = 10.0 * (power(&made) / power(&body)).log10();
        assert!(error_db.abs() < 0.5, "{error_db} dB");
        let other = made.iter().zip(&body).map(|(a, b)| a * b).sum::<f32>() / body.len() as f32;
        assert!(other.abs() < 0.05 * power(&body), "it is the same noise");
    }
}
