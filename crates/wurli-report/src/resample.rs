//! Resampling of a whole clip by truncating or extending its Fourier transform.
//!
//! Its own code and not rubato's: a clip is short and faded at both ends, so that one transform of
//! the whole of it is exact. rubato streams in chunks and leaves the trimming of its delay to the
//! caller, which is as much code.

use rustfft::num_complex::Complex64;

use wurli_fft::Planner64;
use wurli_train::audio::Audio;

/// Start of the fade towards the lower Nyquist frequency, as a fraction of it, against ringing.
const FADE_FROM: f64 = 0.9;

/// Converts `audio` to `sample_rate`.
///
/// The audio is taken to be silent beyond its ends; a clip that does not fade in and out would ring
/// there.
pub(super) fn resample(audio: &Audio, sample_rate: u32) -> Audio {
    if audio.sample_rate == sample_rate || audio.samples.is_empty() {
        return Audio { samples: audio.samples.clone(), sample_rate };
    }
    let common = gcd(audio.sample_rate, sample_rate);
    let (from, to) = ((audio.sample_rate / common) as usize, (sample_rate / common) as usize);
    // A length that is a whole number at both rates. 50 ms of silence keep the end from wrapping
    // into the start.
    let blocks = (audio.samples.len() + audio.sample_rate as usize / 20).div_ceil(from);
    let (length, new_length) = (blocks * from, blocks * to);
    let mut bins: Vec<Complex64> = audio.samples.iter().map(|s| Complex64::new(f64::from(*s), 0.0)).collect();
    bins.resize(length, Complex64::default());
    let mut planner = Planner64::new();
    planner.forward(length).process(&mut bins);

    let kept = length.min(new_length) / 2;
    let mut cut = vec![Complex64::default(); new_length];
    for k in 0..kept {
        let fraction = k as f64 / kept as f64;
        let fade = ((fraction - FADE_FROM) / (1.0 - FADE_FROM)).max(0.0);
        let gain = 0.5 + 0.5 * (std::f64::consts::PI * fade).cos();
        cut[k] = bins[k] * gain;
        if k > 0 {
            cut[new_length - k] = bins[length - k] * gain;
        }
    }
    planner.inverse(new_length).process(&mut cut);
    let frames = (audio.samples.len() as u64 * u64::from(sample_rate)).div_ceil(u64::from(audio.sample_rate)) as usize;
    let samples = cut.iter().take(frames).map(|sample| (sample.re / length as f64) as f32).collect();
    Audio { samples, sample_rate }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a sine under a Hann envelope of half a second.
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
    fn converts_a_tone_between_all_rates() {
        for from in [22_050, 44_100, 48_000, 96_000] {
            for to in [22_050, 32_000, 44_100] {
                let (resampled, expected) = (resample(&tone(1000.0, from), to), tone(1000.0, to));
                assert_eq!((resampled.samples.len(), resampled.sample_rate), (expected.samples.len(), to));
                let worst = resampled.samples.iter().zip(&expected.samples).map(|(a, b)| (a - b).abs());
                // The method is exact for a faded tone; 32-bit samples are rounded to 3e-8.
                assert!(worst.fold(0.0, f32::max) < 2e-5, "{from} to {to}");
            }
        }
    }

    #[test]
    fn removes_frequencies_above_the_lower_nyquist() {
        let folded = resample(&tone(15_000.0, 44_100), 22_050);
        assert!(folded.samples.iter().all(|sample| sample.abs() < 1e-4));
    }

    #[test]
    fn accepts_an_empty_clip() {
        assert!(resample(&Audio { samples: Vec::new(), sample_rate: 44_100 }, 22_050).samples.is_empty());
    }
}
