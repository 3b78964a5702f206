//! Goertzel's algorithm: one line of the spectrum at any frequency, through a Hann window.

use rustfft::num_complex::Complex64;

/// A periodic Hann window of `length` samples.
#[must_use]
pub fn hann(length: usize) -> Vec<f32> {
    (0..length).map(|i| 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / length as f64).cos() as f32).collect()
}

/// The complex amplitude of a sinusoid at `frequency_hz` in `samples`: its modulus is the sinusoid's amplitude, its
/// argument the phase at the first sample. `window` is as long as the shorter of the two; an empty one gives 0.
///
/// Goertzel (1958), with the correction for frequencies between bins (Sysel and Rajmic 2012).
#[must_use]
pub fn line(samples: &[f32], window: &[f32], frequency_hz: f64, sample_rate: u32) -> Complex64 {
    let omega = std::f64::consts::TAU * frequency_hz / f64::from(sample_rate);
    let coefficient = 2.0 * omega.cos();
    let (mut last, mut before, mut sum) = (0.0f64, 0.0f64, 0.0f64);
    let mut length = 0usize;
    for (sample, weight) in samples.iter().zip(window) {
        let next = f64::from(*sample) * f64::from(*weight) + coefficient * last - before;
        before = last;
        last = next;
        sum += f64::from(*weight);
        length += 1;
    }
    if sum == 0.0 {
        return Complex64::new(0.0, 0.0);
    }
    // The recurrence ends at the last sample; turn the phase back to the first.
    let ended = Complex64::new(last - before * omega.cos(), before * omega.sin());
    ended * Complex64::from_polar(2.0 / sum, -omega * (length as f64 - 1.0))
}

/// The frequency of a sinusoid near `frequency_hz` that lasts through `samples`, Hz: the phase it gains from the first half to the second,
/// twice over. `None` where the samples are too few for two periods in each half.
///
/// Neighbours closer than four over the length of a half, in Hz, disturb it.
#[must_use]
pub fn refine_hz(samples: &[f32], frequency_hz: f64, sample_rate: u32) -> Option<f64> {
    let half = samples.len() / 2;
    if (half as f64) * frequency_hz < 2.0 * f64::from(sample_rate) {
        return None;
    }
    let window = hann(half);
    let (first, second) = samples.split_at(half);
    let turn = f64::from(sample_rate) / (std::f64::consts::TAU * half as f64);
    let mut refined = frequency_hz;
    for _ in 0..2 {
        let earlier = line(first, &window, refined, sample_rate);
        let later = line(second, &window, refined, sample_rate);
        let expected = std::f64::consts::TAU * refined * half as f64 / f64::from(sample_rate);
        let gained = (later * earlier.conj()).arg();
        let excess = (gained - expected + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI;
        refined += excess * turn;
    }
    Some(refined)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sinusoid(frequency_hz: f64, amplitude: f64, phase_rad: f64, decay_db_per_s: f64, length: usize) -> Vec<f32> {
        (0..length)
            .map(|i| {
                let t = i as f64 / 44_100.0;
                let level = amplitude * 10f64.powf(-decay_db_per_s * t / 20.0);
                (level * (std::f64::consts::TAU * frequency_hz * t + phase_rad).cos()) as f32
            })
            .collect()
    }

    #[test]
    fn amplitude_and_phase_are_read_between_bins() {
        let samples = sinusoid(443.3, 0.7, 1.1, 0.0, 8820);
        let found = line(&samples, &hann(8820), 443.3, 44_100);
        assert!((found.norm() - 0.7).abs() < 1e-6, "{found}");
        assert!((found.arg() - 1.1).abs() < 1e-6, "{found}");
    }

    #[test]
    fn frequency_is_found_within_a_fiftieth_of_a_cent_although_the_note_decays() {
        for (true_hz, guess_hz) in [(55.3, 55.0), (443.3, 442.0), (3700.0, 3698.0)] {
            let samples = sinusoid(true_hz, 0.5, 0.3, 30.0, 17_640);
            let found = refine_hz(&samples, guess_hz, 44_100).unwrap();
            assert!(crate::dsp::interval_cents(found, true_hz).abs() < 0.02, "{true_hz} Hz: {found}");
        }
    }

    #[test]
    fn too_few_samples_have_no_frequency() {
        assert_eq!(refine_hz(&[0.0; 100], 55.0, 44_100), None);
        assert_eq!(line(&[], &[], 55.0, 44_100).norm(), 0.0);
    }
}
