//! From decoded channels to one, with the checks that every format shares.

use std::path::Path;

use super::{Audio, AudioError};

/// Lowest sample rate, Hz. Below it, H8 of middle C is beyond the bandwidth.
pub const SAMPLE_RATE_HZ_MIN: u32 = 22_050;
/// Highest sample rate, Hz: the highest that audio interfaces record.
pub const SAMPLE_RATE_HZ_MAX: u32 = 192_000;
/// Most channels: what a FLAC file can hold, and a 7.1 recording has.
pub const CHANNELS_MAX: usize = 8;
/// Least peak that counts as sound, full scale is 1: a third of a 16-bit step, so that no 16-bit sample but 0 is below.
pub const SILENCE_PEAK: f32 = 1e-5;

/// Decoded samples, channel by channel within each frame.
#[derive(Debug, PartialEq)]
pub(super) struct Interleaved {
    pub(super) samples: Vec<f32>,
    pub(super) channels: usize,
    pub(super) sample_rate_hz: u32,
}

impl Interleaved {
    /// The mean of the channels, once they have passed every check.
    pub(super) fn into_mono(self, path: &Path) -> Result<Audio, AudioError> {
        check_channels(path, self.channels)?;
        if !(SAMPLE_RATE_HZ_MIN..=SAMPLE_RATE_HZ_MAX).contains(&self.sample_rate_hz) {
            return Err(AudioError::SampleRate {
                path: path.into(),
                sample_rate_hz: self.sample_rate_hz,
                min_hz: SAMPLE_RATE_HZ_MIN,
                max_hz: SAMPLE_RATE_HZ_MAX,
            });
        }
        if self.samples.len() < self.channels {
            return Err(AudioError::Empty { path: path.into(), unit: "frames" });
        }
        if let Some((index, &value)) = self.samples.iter().enumerate().find(|(_, sample)| !sample.is_finite()) {
            let (frame, channel) = (index / self.channels, index % self.channels + 1);
            return Err(AudioError::NotFinite { path: path.into(), frame, channel, value });
        }

        let channel_peak = peak(&self.samples);
        let samples = if self.channels == 1 { self.samples } else { mix(&self.samples, self.channels) };
        let peak = peak(&samples);
        if peak < SILENCE_PEAK {
            let (path, bound) = (path.into(), SILENCE_PEAK);
            return Err(if channel_peak < SILENCE_PEAK {
                AudioError::Silent { path, peak, bound }
            } else {
                AudioError::ChannelsCancel { path, channels: self.channels, channel_peak, peak, bound }
            });
        }
        Ok(Audio { samples, sample_rate: self.sample_rate_hz })
    }
}

/// Refuses 0 channels, and more than are mixed.
pub(super) fn check_channels(path: &Path, channels: usize) -> Result<(), AudioError> {
    if (1..=CHANNELS_MAX).contains(&channels) {
        Ok(())
    } else {
        Err(AudioError::Channels { path: path.into(), channels, max: CHANNELS_MAX })
    }
}

/// In `f64`, so that no sum of finite samples is infinite and equal channels mix to themselves.
fn mix(samples: &[f32], channels: usize) -> Vec<f32> {
    let mean = |frame: &[f32]| (frame.iter().copied().map(f64::from).sum::<f64>() / channels as f64) as f32;
    samples.chunks_exact(channels).map(mean).collect()
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| sample.abs().max(peak))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Interleaved;

    fn mono(samples: &[f32], channels: usize, sample_rate_hz: u32) -> Result<Vec<f32>, String> {
        Interleaved { samples: samples.to_vec(), channels, sample_rate_hz }
            .into_mono(Path::new("a.wav"))
            .map(|audio| audio.samples)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn channels_are_mixed_to_their_mean() {
        assert_eq!(mono(&[0.5, 0.25, -0.5, 0.0], 2, 44_100), Ok(vec![0.375, -0.25]));
        assert_eq!(mono(&[0.3, 0.3, 0.3, 0.1, 0.1, 0.1], 3, 44_100), Ok(vec![0.3, 0.1]));
        assert_eq!(mono(&[0.5, -0.25], 1, 44_100), Ok(vec![0.5, -0.25]));
        assert_eq!(mono(&[f32::MAX; 8], 8, 44_100), Ok(vec![f32::MAX]));
    }

    #[test]
    fn both_ends_of_the_sample_rates_are_read() {
        for sample_rate_hz in [22_050, 192_000] {
            assert!(mono(&[0.5], 1, sample_rate_hz).is_ok(), "{sample_rate_hz}");
        }
    }

    #[test]
    fn the_smallest_16_bit_sample_is_not_silence() {
        assert_eq!(mono(&[1.0 / 32_768.0], 1, 44_100), Ok(vec![1.0 / 32_768.0]));
    }

    #[test]
    fn every_refusal_says_the_value_and_the_bound() {
        let table: [(&[f32], usize, u32, &str); 10] = [
            (&[0.5], 0, 44_100, "a.wav: 0 channels are outside 1..=8; mix it to mono or stereo"),
            (&[0.5; 9], 9, 44_100, "a.wav: 9 channels are outside 1..=8; mix it to mono or stereo"),
            (&[0.5], 1, 22_049, "a.wav: sample rate 22049 Hz is outside 22050..=192000 Hz; resample it"),
            (&[0.5], 1, 192_001, "a.wav: sample rate 192001 Hz is outside 22050..=192000 Hz; resample it"),
            (&[], 1, 44_100, "a.wav holds 0 frames"),
            (&[0.5, f32::NAN], 1, 44_100, "a.wav: sample 1 of channel 1 is NaN, not a finite number"),
            (
                &[0.5, 0.5, 0.5, f32::NEG_INFINITY],
                2,
                44_100,
                "a.wav: sample 1 of channel 2 is -inf, not a finite number",
            ),
            (&[0.0; 4], 2, 44_100, "a.wav is silent: its peak is 0e0, below 1e-5 of full scale"),
            (&[9e-6, -8e-6], 1, 44_100, "a.wav is silent: its peak is 9e-6, below 1e-5 of full scale"),
            (
                &[0.5, -0.5, -0.25, 0.25],
                2,
                44_100,
                "a.wav is silent once its 2 channels are mixed: their peak is 5e-1, the mean's 0e0, below 1e-5 of full \
                 scale; invert one channel or keep only one",
            ),
        ];
        for (samples, channels, sample_rate_hz, message) in table {
            assert_eq!(mono(samples, channels, sample_rate_hz), Err(message.into()));
        }
    }
}
