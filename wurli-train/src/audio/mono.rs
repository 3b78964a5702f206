//! From decoded channels to one, with the checks that every format shares.

use std::path::Path;

use super::AudioError;
use super::blocks::Layout;

/// Lowest sample rate, Hz. Below it, H8 of middle C is beyond the bandwidth.
pub const SAMPLE_RATE_HZ_MIN: u32 = 22_050;
/// Highest sample rate, Hz: the highest that audio interfaces record.
pub const SAMPLE_RATE_HZ_MAX: u32 = 192_000;
/// Most channels: what a FLAC file can hold, and a 7.1 recording has.
pub const CHANNELS_MAX: usize = 8;
/// Least peak that counts as sound, full scale is 1: a third of a 16-bit step, so that no 16-bit sample but 0 is below.
pub const SILENCE_PEAK: f32 = 1e-5;

/// Mixes channels to their mean, block by block.
#[derive(Debug)]
pub(super) struct Mixer {
    channels: usize,
    frames: usize,
    channel_peak: f32,
    peak: f32,
}

impl Mixer {
    /// Refuses numbers of channels and sample rates that are not measured.
    pub(super) fn new(path: &Path, layout: Layout) -> Result<Self, AudioError> {
        check_channels(path, layout.channels)?;
        if !(SAMPLE_RATE_HZ_MIN..=SAMPLE_RATE_HZ_MAX).contains(&layout.sample_rate_hz) {
            return Err(AudioError::SampleRate {
                path: path.into(),
                sample_rate_hz: layout.sample_rate_hz,
                min_hz: SAMPLE_RATE_HZ_MIN,
                max_hz: SAMPLE_RATE_HZ_MAX,
            });
        }
        Ok(Self { channels: layout.channels, frames: 0, channel_peak: 0.0, peak: 0.0 })
    }

    /// Appends the mean of the channels of some frames.
    pub(super) fn mix(&mut self, path: &Path, interleaved: &[f32], mono: &mut Vec<f32>) -> Result<(), AudioError> {
        let before = mono.len();
        // A sum over magnitudes is finite where all of them are, unless they are absurd; then each is asked.
        let magnitudes = interleaved.iter().fold(0.0, |sum, sample| sum + sample.abs());
        if !f32::is_finite(magnitudes)
            && let Some((index, &value)) = interleaved.iter().enumerate().find(|(_, sample)| !sample.is_finite())
        {
            let (frame, channel) = (self.frames + index / self.channels, index % self.channels + 1);
            return Err(AudioError::NotFinite { path: path.into(), frame, channel, value });
        }
        // In `f64`, so that no sum of finite samples is infinite and equal channels mix to themselves.
        let mean = |frame: &[f32]| (frame.iter().copied().map(f64::from).sum::<f64>() / frame.len() as f64) as f32;
        match self.channels {
            1 => mono.extend_from_slice(interleaved),
            channels => mono.extend(interleaved.chunks_exact(channels).map(mean)),
        }
        self.frames += interleaved.len() / self.channels;
        self.channel_peak = self.channel_peak.max(peak(interleaved));
        self.peak = self.peak.max(peak(mono.get(before..).unwrap_or_default()));
        Ok(())
    }

    /// Refuses a file without frames, and one without sound.
    pub(super) fn finish(&self, path: &Path) -> Result<(), AudioError> {
        if self.frames == 0 {
            return Err(AudioError::Empty { path: path.into(), unit: "frames" });
        }
        let Self { channels, channel_peak, peak, .. } = *self;
        if peak >= SILENCE_PEAK {
            return Ok(());
        }
        let (path, bound) = (path.into(), SILENCE_PEAK);
        Err(if channel_peak < SILENCE_PEAK {
            AudioError::Silent { path, peak, bound }
        } else {
            AudioError::ChannelsCancel { path, channels, channel_peak, peak, bound }
        })
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

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| sample.abs().max(peak))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Layout, Mixer};

    fn mono(samples: &[f32], channels: usize, sample_rate_hz: u32) -> Result<Vec<f32>, String> {
        let path = Path::new("a.wav");
        let mixed = || {
            let mut mixer = Mixer::new(path, Layout { channels, sample_rate_hz, frames: None })?;
            let mut mono = Vec::new();
            // A frame at a time: what is counted and remembered, is over all blocks.
            samples.chunks(channels).try_for_each(|block| mixer.mix(path, block, &mut mono))?;
            mixer.finish(path).map(|()| mono)
        };
        mixed().map_err(|error: super::AudioError| error.to_string())
    }

    #[test]
    fn absurd_but_finite_samples_are_mixed() {
        let path = Path::new("a.wav");
        let mut mixer = Mixer::new(path, Layout { channels: 1, sample_rate_hz: 44_100, frames: None }).unwrap();
        let mut mono = Vec::new();
        mixer.mix(path, &[f32::MAX; 4], &mut mono).unwrap();
        assert_eq!(mono, [f32::MAX; 4]);
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
            (&[0.0; 4], 2, 44_100, "a.wav is silent: no sample is above -100 dBFS (peak 0e0, bound 1e-5)"),
            (&[9e-6, -8e-6], 1, 44_100, "a.wav is silent: no sample is above -100 dBFS (peak 9e-6, bound 1e-5)"),
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
