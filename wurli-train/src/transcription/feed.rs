//! The samples that the transcription works on, from a take, block by block.

use crate::audio::{AudioError, AudioFile, Stream};

use super::signal::{LowPass, factor};

/// Samples at the working rate.
pub(super) struct Feed {
    stream: Stream,
    /// What every sample of the take is divided by.
    divisor: f32,
    factor: usize,
    low_pass: LowPass,
    /// Samples of the take that are still needed, the first of which is its sample `first`.
    raw: Vec<f32>,
    first: usize,
    /// The sample that comes next.
    next: usize,
    ended: bool,
}

impl Feed {
    pub(super) fn open(take: &AudioFile, divisor: f32) -> Result<Self, AudioError> {
        let stream = Stream::open(take)?;
        let factor = factor(stream.sample_rate());
        let low_pass = LowPass::new(factor);
        Ok(Self { stream, divisor, factor, low_pass, raw: Vec::new(), first: 0, next: 0, ended: false })
    }

    /// Rate of the take, Hz.
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

    /// How many samples the header promises.
    pub(super) fn promised(&self) -> Option<u64> {
        self.stream.promised_samples().map(|samples| samples.div_ceil(self.factor as u64))
    }

    /// Goes on at a later sample: the take is decoded up to there, and nothing else is done with it.
    pub(super) fn skip_to(&mut self, index: usize) {
        self.next = self.next.max(index);
    }

    /// The sample that comes next.
    pub(super) fn next_index(&self) -> usize {
        self.next
    }

    /// Appends some samples; `see` is shown every block of the take as it is. `false` once there are no more.
    pub(super) fn append(&mut self, samples: &mut Vec<f32>, mut see: impl FnMut(&[f32])) -> Result<bool, AudioError> {
        if self.ended {
            return Ok(false);
        }
        match self.stream.next_block()? {
            Some(block) => {
                see(block);
                if self.factor == 1 {
                    let from = self.next.saturating_sub(self.first).min(block.len());
                    samples.extend(block.iter().skip(from).map(|sample| sample / self.divisor));
                    self.first += block.len();
                    self.next = self.next.max(self.first);
                    return Ok(true);
                }
                self.raw.extend(block.iter().map(|sample| sample / self.divisor));
            }
            None => self.ended = true,
        }
        let end = self.first + self.raw.len();
        let is_there =
            |span: std::ops::Range<usize>, next: usize| span.end <= end || self.ended && next * self.factor < end;
        while is_there(self.low_pass.span(self.next), self.next) {
            samples.push(self.low_pass.at(&self.raw, self.first, self.next));
            self.next += 1;
        }
        let passed = self.low_pass.span(self.next).start.saturating_sub(self.first).min(self.raw.len());
        self.raw.drain(..passed);
        self.first += passed;
        Ok(!self.ended)
    }
}
