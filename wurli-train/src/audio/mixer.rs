//! From decoded channels to one, with the checks that all formats share.

use std::path::{Path, PathBuf};

use super::channels::{Choice, Mix, choose};
use super::decoder::Layout;
use super::{AudioError, AudioWarning, ClippingCounter};
use crate::dsp::db_to_power;

/// Lowest sample rate, Hz. Below it, H8 of middle C is beyond the bandwidth.
pub const SAMPLE_RATE_HZ_MIN: u32 = 22_050;
/// Highest sample rate, Hz: the highest that audio interfaces record.
pub const SAMPLE_RATE_HZ_MAX: u32 = 192_000;
/// Most channels: as many as a FLAC file holds.
pub const CHANNELS_MAX: usize = 8;
/// Least peak that counts as sound, full scale 1: a third of a 16-bit step.
pub const SILENCE_PEAK: f32 = 1e-5;

/// Length of the passage by which channels are compared, s.
const COMPARED_S: f64 = 10.0;

/// Passages further below the first one are what rings on or the room, and decide nothing, dB.
const QUIET_DB: f64 = 20.0;

/// Mixes channels to one, block by block.
///
/// The first ten seconds with harmonics decide how: see [`choose`]. They wait in memory until then.
/// Later passages are compared too, to report channels that cancel in them.
#[derive(Debug)]
pub(super) struct Mixer {
    path: PathBuf,
    channels: usize,
    sample_rate_hz: u32,
    frames: usize,
    peak: f32,
    /// `None` while the channels have not been compared.
    mix: Option<Mix>,
    /// Interleaved samples that wait for the comparison; afterwards, those of a later passage.
    pending: Vec<f32>,
    /// Mean square of the passage that decided; `None` if later ones are not compared.
    compared_power: Option<f64>,
    warnings: Vec<AudioWarning>,
    /// Clipping of each channel, if there are several.
    clipping: Vec<ClippingCounter>,
    /// Clipping of the mono samples.
    mono_clipping: ClippingCounter,
}

impl Mixer {
    /// Refuses numbers of channels and sample rates that are not measured.
    pub(super) fn new(path: &Path, layout: &Layout) -> Result<Self, AudioError> {
        check_channels(path, layout.channels)?;
        if !(SAMPLE_RATE_HZ_MIN..=SAMPLE_RATE_HZ_MAX).contains(&layout.sample_rate_hz) {
            return Err(AudioError::SampleRate {
                path: path.into(),
                sample_rate_hz: layout.sample_rate_hz,
                min_hz: SAMPLE_RATE_HZ_MIN,
                max_hz: SAMPLE_RATE_HZ_MAX,
            });
        }
        Ok(Self {
            path: path.into(),
            channels: layout.channels,
            sample_rate_hz: layout.sample_rate_hz,
            frames: 0,
            peak: 0.0,
            mix: if layout.channels == 1 { Some(Mix::Channel(0)) } else { None },
            pending: Vec::new(),
            compared_power: None,
            warnings: layout.warning.iter().cloned().collect(),
            clipping: match layout.channels {
                1 => Vec::new(),
                channels => vec![ClippingCounter::new(layout.sample_rate_hz); channels],
            },
            mono_clipping: ClippingCounter::new(layout.sample_rate_hz),
        })
    }

    /// Appends the mono samples of some frames, unless they wait for the comparison.
    pub(super) fn mix(&mut self, interleaved: &[f32], mono: &mut Vec<f32>) -> Result<(), AudioError> {
        // A sum over magnitudes is finite where all of them are, unless they are absurd.
        let magnitudes = interleaved.iter().fold(0.0, |sum, sample| sum + sample.abs());
        if !f32::is_finite(magnitudes)
            && let Some((index, &value)) = interleaved.iter().enumerate().find(|(_, sample)| !sample.is_finite())
        {
            let (frame, channel) = (self.frames + index / self.channels, index % self.channels + 1);
            return Err(AudioError::NotFinite { path: self.path.clone(), frame, channel, value });
        }
        self.frames += interleaved.len() / self.channels;
        for (channel, clipping) in self.clipping.iter_mut().enumerate() {
            clipping.push(interleaved.iter().skip(channel).step_by(self.channels));
        }
        if let Some(mix) = self.mix {
            self.append(mix, interleaved, mono);
        }
        if self.mix.is_none() || self.compared_power.is_some() {
            self.pending.extend_from_slice(interleaved);
        }
        let compared = (COMPARED_S * f64::from(self.sample_rate_hz)) as usize * self.channels;
        if self.pending.len() >= compared {
            match self.mix {
                None => self.release(false, mono),
                Some(_) => self.compare_later(),
            }
        }
        Ok(())
    }

    /// Reports channels that cancel in a later passage, once.
    fn compare_later(&mut self) {
        let passage = std::mem::take(&mut self.pending);
        let is_quiet = |first: f64| power(&passage) < first * db_to_power(-QUIET_DB);
        if passage.is_empty() || self.compared_power.is_none_or(is_quiet) {
            return;
        }
        let Choice { warning, has_harmonics: true, .. } = choose(&passage, self.channels, self.sample_rate_hz) else {
            return;
        };
        if let Some(AudioWarning::ChannelsCancel {
            channels, kept: louder, frequency_hz, loss_db, invert, drop, ..
        }) = warning
        {
            let from_s = (self.frames - passage.len() / self.channels) as f64 / f64::from(self.sample_rate_hz);
            let later =
                AudioWarning::ChannelsCancelLater { from_s, channels, louder, frequency_hz, loss_db, invert, drop };
            self.warnings.push(later);
            self.compared_power = None;
        }
    }

    /// Appends what still waits; refuses a file without frames, and one without sound.
    pub(super) fn finish(&mut self, mono: &mut Vec<f32>) -> Result<(), AudioError> {
        if self.frames == 0 {
            return Err(AudioError::Empty { path: self.path.clone(), unit: "frames" });
        }
        if self.mix.is_none() {
            self.release(true, mono);
        }
        if self.peak < SILENCE_PEAK {
            return Err(AudioError::Silent { path: self.path.clone(), peak: self.peak, bound: SILENCE_PEAK });
        }
        self.compare_later();
        let clipping = self.hidden_clipping();
        self.warnings.extend(clipping);
        Ok(())
    }

    /// Returns the clipping of channels that their mean does not show.
    fn hidden_clipping(&mut self) -> Option<AudioWarning> {
        if self.mix != Some(Mix::Mean) || self.mono_clipping.clone().finish().is_some() {
            return None;
        }
        let clipped = std::mem::take(&mut self.clipping).into_iter().enumerate();
        let clipped: Vec<_> = clipped.filter_map(|(channel, found)| Some((channel + 1, found.finish()?))).collect();
        let clipping = clipped.iter().map(|(_, clipping)| *clipping).max_by_key(|clipping| clipping.samples)?;
        Some(AudioWarning::ChannelsClip { channels: clipped.iter().map(|(channel, _)| *channel).collect(), clipping })
    }

    /// Warnings so far; complete after [`finish`](Self::finish).
    pub(super) fn warnings(&self) -> &[AudioWarning] {
        &self.warnings
    }

    /// Compares the channels and appends the samples that waited. Noise before the first note
    /// decides nothing: then the next samples wait, unless these are the last.
    fn release(&mut self, is_last: bool, mono: &mut Vec<f32>) {
        let pending = std::mem::take(&mut self.pending);
        let Choice { mix, warning, has_harmonics } = choose(&pending, self.channels, self.sample_rate_hz);
        if has_harmonics || is_last {
            self.mix = Some(mix);
            self.warnings.extend(warning);
            self.compared_power = (mix == Mix::Mean && self.channels > 1).then(|| power(&pending));
            self.append(mix, &pending, mono);
        } else {
            self.append(Mix::Mean, &pending, mono);
        }
    }

    fn append(&mut self, mix: Mix, interleaved: &[f32], mono: &mut Vec<f32>) {
        let before = mono.len();
        // In `f64`, so that no sum of finite samples is infinite and equal channels mix to
        // themselves.
        let mean = |frame: &[f32]| (frame.iter().copied().map(f64::from).sum::<f64>() / frame.len() as f64) as f32;
        match (mix, self.channels) {
            (_, 1) => mono.extend_from_slice(interleaved),
            (Mix::Mean, channels) => mono.extend(interleaved.chunks_exact(channels).map(mean)),
            (Mix::Channel(channel), channels) => mono.extend(interleaved.iter().skip(channel).step_by(channels)),
        }
        let appended = mono.get(before..).unwrap_or_default();
        self.peak = self.peak.max(peak(appended));
        if !self.clipping.is_empty() {
            self.mono_clipping.push(appended);
        }
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

/// Returns the mean square.
fn power(samples: &[f32]) -> f64 {
    samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len().max(1) as f64
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| sample.abs().max(peak))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{AudioError, Layout, Mixer};

    fn layout(channels: usize, sample_rate_hz: u32) -> Layout {
        Layout { channels, sample_rate_hz, frames: None, warning: None }
    }

    fn mono(samples: &[f32], channels: usize, sample_rate_hz: u32) -> Result<Vec<f32>, String> {
        let mixed = || {
            let mut mixer = Mixer::new(Path::new("a.wav"), &layout(channels, sample_rate_hz))?;
            let mut mono = Vec::new();
            // A frame at a time: what is counted and remembered, is over all blocks.
            samples.chunks(channels).try_for_each(|block| mixer.mix(block, &mut mono))?;
            mixer.finish(&mut mono).map(|()| mono)
        };
        mixed().map_err(|error: AudioError| error.to_string())
    }

    #[test]
    fn absurd_but_finite_samples_are_mixed() {
        let mut mixer = Mixer::new(Path::new("a.wav"), &layout(1, 44_100)).unwrap();
        let mut mono = Vec::new();
        mixer.mix(&[f32::MAX; 4], &mut mono).unwrap();
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
    fn opposite_channels_are_not_averaged() {
        assert_eq!(mono(&[0.5, -0.5, -0.25, 0.25], 2, 44_100), Ok(vec![0.5, -0.25]));
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
    fn every_refusal_names_the_value_and_the_bound() {
        let table: [(&[f32], usize, u32, &str); 9] = [
            (&[0.5], 0, 44_100, "a.wav: 0 channels are outside 1..=8; mix it to mono or stereo"),
            (&[0.5; 9], 9, 44_100, "a.wav: 9 channels are outside 1..=8; mix it to mono or stereo"),
            (&[0.5], 1, 22_049, "a.wav: sample rate 22049 Hz is outside 22050..=192000 Hz; resample it"),
            (&[0.5], 1, 192_001, "a.wav: sample rate 192001 Hz is outside 22050..=192000 Hz; resample it"),
            (&[], 1, 44_100, "a.wav holds 0 frames; copy or record it again"),
            (
                &[0.5, f32::NAN],
                1,
                44_100,
                "a.wav: sample 1 of channel 1 is NaN, not a finite number; save it anew in an audio editor",
            ),
            (
                &[0.5, 0.5, 0.5, f32::NEG_INFINITY],
                2,
                44_100,
                "a.wav: sample 1 of channel 2 is -inf, not a finite number; save it anew in an audio editor",
            ),
            (
                &[0.0; 4],
                2,
                44_100,
                "a.wav is silent: no sample is above -100 dBFS (peak 0e0, bound 1e-5); record it again",
            ),
            (
                &[9e-6, -8e-6],
                1,
                44_100,
                "a.wav is silent: no sample is above -100 dBFS (peak 9e-6, bound 1e-5); record it again",
            ),
        ];
        for (samples, channels, sample_rate_hz, message) in table {
            assert_eq!(mono(samples, channels, sample_rate_hz), Err(message.into()));
        }
    }
}
