//! Samples at the working rate, read from an audio file block by block.

use super::low_pass::{LowPass, decimation_factor};
use crate::audio::{AudioError, AudioFile, Stream};

/// Stream of samples at the working rate.
pub(super) struct DecimatedStream {
    stream: Stream,
    /// Divisor of every sample.
    divisor: f32,
    factor: usize,
    low_pass: LowPass,
    /// Samples at the file's rate that are still needed.
    raw: Vec<f32>,
    /// Index in the file of the first of `raw`.
    raw_first: usize,
    /// Index of the next output sample.
    next: usize,
    ended: bool,
}

impl DecimatedStream {
    pub(super) fn open(take: &AudioFile, divisor: f32) -> Result<Self, AudioError> {
        let stream = Stream::open(take)?;
        let factor = decimation_factor(stream.sample_rate());
        let low_pass = LowPass::new(factor);
        Ok(Self { stream, divisor, factor, low_pass, raw: Vec::new(), raw_first: 0, next: 0, ended: false })
    }

    /// Returns the sample rate of the file, Hz.
    pub(super) fn sample_rate(&self) -> u32 {
        self.stream.sample_rate()
    }

    pub(super) fn rate_hz(&self) -> f64 {
        f64::from(self.sample_rate()) / self.factor as f64
    }

    /// Warnings about the file, complete once the first samples were read.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        self.stream.warnings().iter().map(ToString::to_string)
    }

    /// Returns the number of output samples according to the file's header.
    pub(super) fn promised(&self) -> Option<u64> {
        self.stream.promised_samples().map(|samples| samples.div_ceil(self.factor as u64))
    }

    /// Continues at a later output sample. The file is decoded up to there and discarded.
    pub(super) fn skip_to(&mut self, index: usize) {
        self.next = self.next.max(index);
    }

    /// Returns the index of the next output sample.
    pub(super) fn next_index(&self) -> usize {
        self.next
    }

    /// Appends some samples; `inspect` receives every block of the file as decoded. Returns `false`
    /// at the end.
    pub(super) fn append(
        &mut self,
        samples: &mut Vec<f32>,
        mut inspect: impl FnMut(&[f32]),
    ) -> Result<bool, AudioError> {
        if self.ended {
            return Ok(false);
        }
        match self.stream.next_block()? {
            Some(block) => {
                inspect(block);
                if self.factor == 1 {
                    let from = self.next.saturating_sub(self.raw_first).min(block.len());
                    samples.extend(block.iter().skip(from).map(|sample| sample / self.divisor));
                    self.raw_first += block.len();
                    self.next = self.next.max(self.raw_first);
                    return Ok(true);
                }
                self.raw.extend(block.iter().map(|sample| sample / self.divisor));
            }
            None => self.ended = true,
        }
        let end = self.raw_first + self.raw.len();
        let is_loaded =
            |span: std::ops::Range<usize>, next: usize| span.end <= end || self.ended && next * self.factor < end;
        while is_loaded(self.low_pass.span(self.next), self.next) {
            samples.push(self.low_pass.at(&self.raw, self.raw_first, self.next));
            self.next += 1;
        }
        let passed = self.low_pass.span(self.next).start.saturating_sub(self.raw_first).min(self.raw.len());
        self.raw.drain(..passed);
        self.raw_first += passed;
        Ok(!self.ended)
    }
}
