//! Noise between the partials, measured over frequency and time, and resynthesised.

use rustfft::num_complex::Complex32;

use wurli_fft::Planner32;
use wurli_train::dsp::spectrum::Spectrum;
use wurli_train::measure::locate::{Located, floor, segment};
use wurli_train::random::Random;

/// Length of a measurement window, s; the hop is half of it.
const WINDOW_S: f64 = 0.4;
/// Median of a Rayleigh distribution relative to its root mean square.
const RAYLEIGH_MEDIAN: f64 = 0.832_554_611_157_697_7;

/// Adds noise to `made` with the spectrum of `body` between its partials.
pub(super) fn add(made: &mut [f32], body: &[f32], sample_rate: u32, located: &Located, seed: u64) {
    let rate = f64::from(sample_rate);
    let length = (WINDOW_S * rate) as usize / 2 * 2;
    let hop = length / 2;
    let transform = length.next_power_of_two() * 2;
    let mut planner = Planner32::new();
    let (forward, backward) = (planner.forward(transform), planner.inverse(transform));
    let mut random = Random(seed);
    let mut densities = Vec::new();
    // The first window begins half a window before the onset, so that windows add up to one from
    // the onset on.
    for step in 0..made.len().div_ceil(hop) + 1 {
        let from_s = (step as f64 - 1.0) * WINDOW_S / 2.0;
        // Windows in the attack use the noise of the first one after it.
        let recorded = segment(body, sample_rate, from_s.max(0.05), from_s.max(0.05) + WINDOW_S);
        if recorded.len() >= hop || densities.is_empty() {
            densities = measure(recorded, sample_rate, located);
        }
        let mut bins: Vec<Complex32> = (0..transform).map(|_| Complex32::new(gaussian(&mut random), 0.0)).collect();
        forward.process(&mut bins);
        for (i, bin) in bins.iter_mut().enumerate() {
            let frequency_hz = i.min(transform - i) as f64 * rate / transform as f64;
            *bin *= density_at(&densities, frequency_hz) / transform as f32;
        }
        backward.process(&mut bins);
        let begin = step as isize * hop as isize - hop as isize;
        for (i, bin) in bins[..length].iter().enumerate() {
            // The root of a Hann window keeps the power of overlapping noise constant.
            let window = (std::f32::consts::PI * i as f32 / length as f32).sin();
            if let Some(sample) = usize::try_from(begin + i as isize).ok().and_then(|at| made.get_mut(at)) {
                *sample += window * bin.re;
            }
        }
    }
}

/// Returns frequencies, Hz, with the standard deviation of white noise of the density there,
/// relative to full scale.
fn measure(recorded: &[f32], sample_rate: u32, located: &Located) -> Vec<(f64, f32)> {
    let spectrum = Spectrum::new(recorded, sample_rate);
    // Hann: Σw = n/2, Σw² = 3n/8.
    let n = recorded.len().max(1) as f64;
    let deviation = |amplitude: f64| (amplitude * (n / 4.0) / RAYLEIGH_MEDIAN / (3.0 * n / 8.0).sqrt()) as f32;
    let harmonics = (located.band_hz / located.f0_hz) as usize;
    (0..harmonics).map(|k| ((k as f64 + 0.5) * located.f0_hz, deviation(floor(&spectrum, located.f0_hz, k)))).collect()
}

/// Interpolates linearly between the measured frequencies, constant beyond them.
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

/// Returns an approximately normally distributed number: the sum of twelve uniform ones, minus six.
fn gaussian(random: &mut Random) -> f32 {
    (0..12).map(|_| random.index(1 << 24) as f32 / (1 << 24) as f32).sum::<f32>() - 6.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resynthesised_noise_keeps_its_level() {
        let mut random = Random(1);
        let body: Vec<f32> = (0..66_150).map(|_| 0.01 * gaussian(&mut random)).collect();
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
        assert!(other.abs() < 0.05 * power(&body), "the noise is a copy");
    }
}
