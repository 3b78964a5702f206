//! Samples at the working rate.

use rustfft::num_complex::Complex64;

use super::low_pass::{LowPass, decimation_factor};
use crate::audio::Audio;
use crate::dsp::phasor::{PhasorSegment, hann_phasor};

/// Samples at 22.05–44.1 kHz: enough for C8, and similar for every sample rate of a file.
///
/// All of a recording, or the part of a long one that is being transcribed.
pub(super) struct Signal {
    pub(super) samples: Vec<f32>,
    pub(super) rate_hz: f64,
    /// Largest magnitude of the whole recording; above 0.
    pub(super) peak: f32,
    /// Index in the recording of the first of `samples`.
    first: usize,
    /// Length of the recording, in samples.
    length: usize,
}

impl Signal {
    /// Decimates and normalises a recording. Samples that are not finite become silence.
    ///
    /// `None` for a recording without samples, rate or sound.
    pub(super) fn from_audio(audio: &Audio) -> Option<Self> {
        if audio.sample_rate == 0 {
            return None;
        }
        let factor = decimation_factor(audio.sample_rate);
        let mut samples: Vec<f32> = audio.samples.iter().map(|s| if s.is_finite() { *s } else { 0.0 }).collect();
        let peak = largest_magnitude(&samples);
        if peak <= 0.0 {
            return None;
        }
        // Keeps powers in range for any file; levels are relative from here on.
        samples.iter_mut().for_each(|s| *s /= peak);
        if factor > 1 {
            let low_pass = LowPass::new(factor);
            samples = (0..samples.len().div_ceil(factor)).map(|out| low_pass.at(&samples, 0, out)).collect();
        }
        let peak = largest_magnitude(&samples);
        let (rate_hz, length) = (f64::from(audio.sample_rate) / factor as f64, samples.len());
        (peak > 0.0).then_some(Self { samples, rate_hz, peak, first: 0, length })
    }

    /// Returns the signal of a recording of `length` samples at the working rate, none of them
    /// loaded.
    pub(super) fn empty(rate_hz: f64, length: usize, peak: f32) -> Self {
        Self { samples: Vec::new(), rate_hz, peak, first: 0, length }
    }

    /// Unloads all before `time_s`.
    pub(super) fn drop_before(&mut self, time_s: f64) {
        let index = usize::try_from(self.index_at(time_s)).unwrap_or(0);
        let count = index.saturating_sub(self.first).min(self.samples.len());
        self.samples.drain(..count);
        self.first += count;
    }

    /// Unloads everything and continues at sample `index` of the recording.
    pub(super) fn restart_at(&mut self, index: usize) {
        self.samples.clear();
        self.first = index;
    }

    /// Returns the index after the last loaded sample.
    pub(super) fn end(&self) -> usize {
        self.first + self.samples.len()
    }

    /// Returns `true` if all to the end of the recording is loaded.
    pub(super) fn is_complete(&self) -> bool {
        self.end() >= self.length
    }

    pub(super) fn duration_s(&self) -> f64 {
        self.length as f64 / self.rate_hz
    }

    pub(super) fn index_at(&self, time_s: f64) -> isize {
        (time_s * self.rate_hz).round() as isize
    }

    /// Returns up to `length` samples from `start` on, and the number of zeros before the recording
    /// that precede them.
    pub(super) fn slice(&self, start: isize, length: usize) -> (usize, &[f32]) {
        let zeros = usize::try_from(-start).unwrap_or(0).min(length);
        let from = usize::try_from(start).unwrap_or(0);
        debug_assert!(from >= self.first || zeros == length, "sample {from} is unloaded; the first is {}", self.first);
        let from = from.saturating_sub(self.first).min(self.samples.len());
        let to = (from + length - zeros).min(self.samples.len());
        (zeros, self.samples.get(from..to).unwrap_or_default())
    }

    /// Returns the amplitude of a sinusoid in `length_s` seconds from `start_s` on, through a Hann
    /// window.
    pub(super) fn amplitude_at(&self, frequency_hz: f64, start_s: f64, length_s: f64) -> f64 {
        self.phasor_at(frequency_hz, start_s, length_s).norm()
    }

    /// Returns the complex amplitude of a sinusoid, like [`amplitude_at`](Self::amplitude_at). Its
    /// phase counts from `start_s`.
    pub(super) fn phasor_at(&self, frequency_hz: f64, start_s: f64, length_s: f64) -> Complex64 {
        let length = ((length_s * self.rate_hz).round() as usize).max(4);
        let (leading_zeros, samples) = self.slice(self.index_at(start_s), length);
        let step = std::f64::consts::TAU * frequency_hz / self.rate_hz;
        hann_phasor::<_, 4>(PhasorSegment { samples, leading_zeros, length }, step, f64::from)
    }
}

/// Returns the largest magnitude of samples; 0 for none.
pub(super) fn largest_magnitude(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(frequency_hz: f64, rate_hz: u32) -> Audio {
        let step = std::f64::consts::TAU * frequency_hz / f64::from(rate_hz);
        Audio { samples: (0..rate_hz).map(|n| (step * f64::from(n)).sin() as f32).collect(), sample_rate: rate_hz }
    }

    #[test]
    fn decimates_to_between_22_and_44_kilohertz() {
        for (rate_hz, expected_hz) in [
            (22_050, 22_050.0),
            (32_000, 32_000.0),
            (44_100, 22_050.0),
            (48_000, 24_000.0),
            (96_000, 24_000.0),
            (192_000, 24_000.0),
        ] {
            assert_eq!(Signal::from_audio(&sine(440.0, rate_hz)).unwrap().rate_hz, expected_hz);
        }
    }

    #[test]
    fn phasor_equals_the_windowed_sum_at_any_position() {
        let rate_hz = 22_050;
        let mut random = crate::random::Random(7);
        let samples: Vec<f32> = (0..500).map(|_| random.within_one() as f32).collect();
        let signal = Signal::from_audio(&Audio { samples, sample_rate: rate_hz }).unwrap();
        for (start, length) in [(0, 4), (3, 101), (10, 102), (100, 103), (-7, 104), (-50, 60), (450, 203), (-9, 600)] {
            let step = std::f64::consts::TAU * 1_234.5 / f64::from(rate_hz);
            let (mut re, mut im) = (0.0, 0.0);
            for n in 0..length {
                let at = usize::try_from(start + n).ok().and_then(|at| signal.samples.get(at));
                let hann = 0.5 - 0.5 * (std::f64::consts::TAU * (n as f64 + 0.5) / length as f64).cos();
                let weighted = hann * at.map_or(0.0, |sample| f64::from(*sample)) * 4.0 / length as f64;
                re += weighted * (step * n as f64).cos();
                im -= weighted * (step * n as f64).sin();
            }
            let seconds = |samples: isize| samples as f64 / f64::from(rate_hz);
            let found = signal.phasor_at(1_234.5, seconds(start), seconds(length));
            assert!((found.re - re).hypot(found.im - im) < 1e-9, "{start}, {length}: {found:?}, not {:?}", (re, im));
        }
    }

    #[test]
    fn decimation_keeps_the_band_and_removes_aliases() {
        for rate_hz in [44_100, 192_000] {
            let kept = Signal::from_audio(&sine(8_000.0, rate_hz)).unwrap();
            assert!((kept.amplitude_at(8_000.0, 0.3, 0.3) - 1.0).abs() < 0.01);
            let mut both = sine(8_000.0, rate_hz);
            both.samples.iter_mut().zip(sine(14_500.0, rate_hz).samples).for_each(|(a, b)| *a += b);
            let signal = Signal::from_audio(&both).unwrap();
            let alias_hz = signal.rate_hz - 14_500.0;
            let share = signal.amplitude_at(alias_hz, 0.3, 0.3) / signal.amplitude_at(8_000.0, 0.3, 0.3);
            assert!(share < 1e-3, "{share} at {rate_hz}");
        }
    }

    #[test]
    fn decimation_adds_no_delay() {
        let mut samples = vec![0.0; 44_100];
        samples[22_050] = 1.0;
        let signal = Signal::from_audio(&Audio { samples, sample_rate: 44_100 }).unwrap();
        let loudest =
            (0..signal.samples.len()).max_by(|a, b| signal.samples[*a].total_cmp(&signal.samples[*b])).unwrap();
        assert_eq!(loudest, 11_025);
    }

    #[test]
    fn rejects_silence_and_a_missing_rate() {
        for (samples, sample_rate) in
            [(vec![], 44_100), (vec![0.0; 100], 44_100), (vec![f32::NAN; 9], 44_100), (vec![1.0], 0)]
        {
            assert!(Signal::from_audio(&Audio { samples, sample_rate }).is_none());
        }
    }
}
