//! From decoded channels to one, with the checks that all formats share.

use std::path::{Path, PathBuf};

use super::channels::{Choice, Mix, choose};
use super::decoder::Layout;
use super::{AudioError, AudioWarning};

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

/// Mixes channels to one, block by block.
///
/// The first ten seconds with harmonics decide how: see [`choose`]. They wait in memory until then.
#[derive(Debug)]
pub(super) struct Mixer {
    path: PathBuf,
    channels: usize,
    sample_rate_hz: u32,
    frames: usize,
    peak: f32,
    /// `None` while the channels have not been compared.
    mix: Option<Mix>,
    /// Interleaved samples that wait for the comparison.
    pending: Vec<f32>,
    warnings: Vec<AudioWarning>,
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
            warnings: layout.warning.iter().cloned().collect(),
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
        match self.mix {
            Some(mix) => self.append(mix, interleaved, mono),
            None => {
                self.pending.extend_from_slice(interleaved);
                let compared = (COMPARED_S * f64::from(self.sample_rate_hz)) as usize * self.channels;
                if self.pending.len() >= compared {
                    self.release(false, mono);
                }
            }
        }
        Ok(())
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
        Ok(())
    }

    /// Warnings so far; complete after [`finish`](Self::finish).
    pub(super) fn warnings(&self) -> &[AudioWarning] {
        &self.warnings
    }

    /// Compares the channels and appends the samples that waited. Noise before the first note decides nothing: then the
    /// next samples wait, unless these are the last.
    fn release(&mut self, is_last: bool, mono: &mut Vec<f32>) {
        let pending = std::mem::take(&mut self.pending);
        let Choice { mix, warning, has_harmonics } = choose(&pending, self.channels, self.sample_rate_hz);
        if has_harmonics || is_last {
            self.mix = Some(mix);
            self.warnings.extend(warning);
            self.append(mix, &pending, mono);
        } else {
            self.append(Mix::Mean, &pending, mono);
        }
    }

    fn append(&mut self, mix: Mix, interleaved: &[f32], mono: &mut Vec<f32>) {
        let before = mono.len();
        // In `f64`, so that no sum of finite samples is infinite and equal channels mix to themselves.
        let mean = |frame: &[f32]| (frame.iter().copied().map(f64::from).sum::<f64>() / frame.len() as f64) as f32;
        match (mix, self.channels) {
            (_, 1) => mono.extend_from_slice(interleaved),
            (Mix::Mean, channels) => mono.extend(interleaved.chunks_exact(channels).map(mean)),
            (Mix::Channel(channel), channels) => mono.extend(interleaved.iter().skip(channel).step_by(channels)),
        }
        self.peak = self.peak.max(peak(mono.get(before..).unwrap_or_default()));
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
