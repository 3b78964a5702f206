//! Mono samples of a file, block by block, and passages of it.

use std::ops::Range;

use super::decoder::{Decoder, Layout};
use super::mixer::Mixer;
use super::{Audio, AudioError, AudioFile, AudioWarning};

/// The samples that [`decode`](super::decode) returns, block by block.
///
/// Memory: a block, and up to ten seconds of all channels until it is decided how to mix them.
pub struct Stream {
    file: AudioFile,
    decoder: Box<dyn Decoder>,
    layout: Layout,
    mixer: Mixer,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
    more: bool,
}

impl Stream {
    /// Reads the header.
    ///
    /// # Errors
    /// [`AudioError`] as from [`decode`](super::decode) if the header shows it, or
    /// [`AudioError::Changed`].
    pub fn open(file: &AudioFile) -> Result<Self, AudioError> {
        let decoder = file.decoder(u64::MAX)?;
        let layout = decoder.layout();
        let mixer = Mixer::new(file.path(), &layout)?;
        let (interleaved, mono) = (Vec::new(), Vec::new());
        Ok(Self { file: file.clone(), decoder, layout, mixer, interleaved, mono, more: true })
    }

    /// Returns the samples per second, Hz.
    #[must_use]
    pub fn sample_rate(&self) -> u32 {
        self.layout.sample_rate_hz
    }

    /// Returns the number of samples according to the header; some streams leave it open.
    #[must_use]
    pub fn promised_samples(&self) -> Option<u64> {
        self.layout.frames
    }

    /// Warnings about the file. They are complete once [`next_block`](Self::next_block) has
    /// returned its first block, but for those about clipping and later
    /// passages, which follow the last.
    #[must_use]
    pub fn warnings(&self) -> &[AudioWarning] {
        self.mixer.warnings()
    }

    /// Returns the next samples, full scale 1; `None` after the last.
    ///
    /// # Errors
    /// [`AudioError`] as from [`decode`](super::decode), or [`AudioError::Changed`].
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, AudioError> {
        self.mono.clear();
        while self.mono.is_empty() {
            if !self.more {
                self.mixer.finish(&mut self.mono)?;
                return Ok(Some(self.mono.as_slice()).filter(|block| !block.is_empty()));
            }
            self.interleaved.clear();
            let appended = self.decoder.append(&mut self.interleaved);
            self.more = appended.map_err(|error| self.file.changed().unwrap_or(error))?;
            self.mixer.mix(&self.interleaved, &mut self.mono)?;
        }
        Ok(Some(&self.mono))
    }
}

/// Passages of a file in order of time, without the rest of it in memory.
pub struct Passages {
    stream: Stream,
    /// Samples that were read and may be asked for.
    samples: Vec<f32>,
    /// Index of the first of them in the file.
    first: usize,
}

impl Passages {
    /// Reads the header.
    ///
    /// # Errors
    /// [`AudioError`] as from [`Stream::open`].
    pub fn open(file: &AudioFile) -> Result<Self, AudioError> {
        Ok(Self { stream: Stream::open(file)?, samples: Vec::new(), first: 0 })
    }

    /// Returns the samples between two times, s, as far as the file has them.
    ///
    /// Passages may overlap, but none begins before the one read before it: what lies before that
    /// is lost.
    ///
    /// # Errors
    /// [`AudioError`] as from [`Stream::next_block`].
    pub fn read(&mut self, from_s: f64, to_s: f64) -> Result<Audio, AudioError> {
        let sample_rate = self.stream.sample_rate();
        let index = |time_s: f64| (time_s * f64::from(sample_rate)).round().max(0.0) as usize;
        let samples = self.range(index(from_s)..index(to_s))?.to_vec();
        Ok(Audio { samples, sample_rate })
    }

    /// Returns the samples per second, Hz.
    #[must_use]
    pub fn sample_rate(&self) -> u32 {
        self.stream.sample_rate()
    }

    /// Warnings about the file, complete once a passage was read, but for those about clipping and
    /// later passages.
    #[must_use]
    pub fn warnings(&self) -> &[AudioWarning] {
        self.stream.warnings()
    }

    fn range(&mut self, range: Range<usize>) -> Result<&[f32], AudioError> {
        loop {
            let passed = range.start.saturating_sub(self.first).min(self.samples.len());
            self.samples.drain(..passed);
            self.first += passed;
            if self.first + self.samples.len() >= range.end {
                break;
            }
            let Some(block) = self.stream.next_block()? else { break };
            self.samples.extend_from_slice(block);
        }
        let index = |at: usize| at.saturating_sub(self.first).min(self.samples.len());
        Ok(self.samples.get(index(range.start)..index(range.end)).unwrap_or_default())
    }
}
