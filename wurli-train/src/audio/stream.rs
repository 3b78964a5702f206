//! A take as mono samples, block by block.

use super::blocks::{self, Blocks, Layout};
use super::mono::Mixer;
use super::{AudioError, Take};

/// The samples of a take from its beginning on, its channels mixed to their mean: those that [`decode`](super::decode) would give, without
/// ever holding more than a block of them.
pub struct Stream {
    take: Take,
    blocks: Box<dyn Blocks>,
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
    /// As [`decode`](super::decode), as far as the header says it, and [`AudioError::Changed`].
    pub fn open(take: &Take) -> Result<Self, AudioError> {
        let explained = |error| take.changed().unwrap_or(error);
        let blocks = blocks::open(take.path(), take).map_err(explained)?;
        let layout = blocks.layout();
        let mixer = Mixer::new(take.path(), layout)?;
        let (interleaved, mono) = (Vec::new(), Vec::new());
        Ok(Self { take: take.clone(), blocks, layout, mixer, interleaved, mono, more: true })
    }

    /// Samples per second, Hz.
    #[must_use]
    pub fn sample_rate(&self) -> u32 {
        self.layout.sample_rate_hz
    }

    /// How many samples the header promises; some streams leave it open.
    #[must_use]
    pub fn promised_samples(&self) -> Option<u64> {
        self.layout.frames
    }

    /// The next samples, full scale 1; `None` after the last.
    ///
    /// # Errors
    /// As [`decode`](super::decode), and [`AudioError::Changed`].
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, AudioError> {
        self.mono.clear();
        while self.mono.is_empty() {
            if !self.more {
                self.mixer.finish(self.take.path())?;
                return Ok(None);
            }
            self.interleaved.clear();
            let appended = self.blocks.append(&mut self.interleaved);
            self.more = appended.map_err(|error| self.take.changed().unwrap_or(error))?;
            self.mixer.mix(self.take.path(), &self.interleaved, &mut self.mono)?;
        }
        Ok(Some(&self.mono))
    }
}
