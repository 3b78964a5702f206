//! Another sample rate, by cutting or extending the Fourier transform of the whole clip.

use rustfft::FftPlanner;
use rustfft::num_complex::Complex64;

use wurli_train::audio::Audio;

/// From this share of the lower half rate on, the spectrum is faded out, so that the cut does not ring.
const FADE_FROM: f64 = 0.9;

/// `audio` at `sample_rate`. It is taken to be silent before and behind; a clip that begins and ends softly is resampled without a
/// trace of that.
pub(super) fn resample(audio: &Audio, sample_rate: u32) -> Audio {
    if audio.sample_rate == sample_rate || audio.samples.is_empty() {
        return Audio { samples: audio.samples.clone(), sample_rate };
    }
    let common = gcd(audio.sample_rate, sample_rate);
    let (from, to) = ((audio.sample_rate / common) as usize, (sample_rate / common) as usize);
    // A whole number of samples at both rates; a twentieth of a second of silence keeps the end from ringing into the beginning.
    let blocks = (audio.samples.len() + audio.sample_rate as usize / 20).div_ceil(from);
    let (length, new_length) = (blocks * from, blocks * to);
    let mut lines: Vec<Complex64> = audio.samples.iter().map(|s| Complex64::new(f64::from(*s), 0.0)).collect();
    lines.resize(length, Complex64::ZERO);
    let mut planner = FftPlanner::new();
    planner.plan_fft_forward(length).process(&mut lines);

    let kept = length.min(new_length) / 2;
    let mut cut = vec![Complex64::ZERO; new_length];
    for k in 0..kept {
        let share = k as f64 / kept as f64;
        let fade = ((share - FADE_FROM) / (1.0 - FADE_FROM)).max(0.0);
        let gain = 0.5 + 0.5 * (std::f64::consts::PI * fade).cos();
        cut[k] = lines[k] * gain;
        if k > 0 {
            cut[new_length - k] = lines[length - k] * gain;
        }
    }
    planner.plan_fft_inverse(new_length).process(&mut cut);
    let wanted = (audio.samples.len() as u64 * u64::from(sample_rate)).div_ceil(u64::from(audio.sample_rate)) as usize;
    let samples = cut.iter().take(wanted).map(|sample| (sample.re / length as f64) as f32).collect();
    Audio { samples, sample_rate }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone that swells and fades within half a second.
    fn tone(frequency_hz: f64, sample_rate: u32) -> Audio {
        let length = sample_rate / 2;
        let sample = |n: u32| {
            let turn = std::f64::consts::TAU * f64::from(n);
            let swell = 0.5 - 0.5 * (turn / f64::from(length)).cos();
            (0.5 * swell * (turn * frequency_hz / f64::from(sample_rate)).sin()) as f32
        };
        Audio { samples: (0..length).map(sample).collect(), sample_rate }
    }

    #[test]
    fn a_tone_is_the_same_tone_at_every_rate() {
        for from in [22_050, 44_100, 48_000, 96_000] {
            for to in [22_050, 32_000, 44_100] {
                let (resampled, expected) = (resample(&tone(1000.0, from), to), tone(1000.0, to));
                assert_eq!((resampled.samples.len(), resampled.sample_rate), (expected.samples.len(), to));
                let worst = resampled.samples.iter().zip(&expected.samples).map(|(a, b)| (a - b).abs());
                // What lies between two swells is cut and extended exactly; 32-bit samples are rounded to 3e-8.
                assert!(worst.fold(0.0, f32::max) < 2e-5, "{from} to {to}");
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_gone_and_not_folded() {
        let folded = resample(&tone(15_000.0, 44_100), 22_050);
        assert!(folded.samples.iter().all(|sample| sample.abs() < 1e-4));
    }

    #[test]
    fn nothing_stays_nothing() {
        assert!(resample(&Audio { samples: Vec::new(), sample_rate: 44_100 }, 22_050).samples.is_empty());
    }
}
