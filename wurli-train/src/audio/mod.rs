//! Audio files as mono samples: WAV, FLAC and AIFF in, WAV out.

use std::path::Path;

mod blocks;
mod chunks;
mod clipping;
mod error;
mod flac_aiff;
mod format;
mod mono;
mod offset;
mod stream;
mod take;
mod wav;
mod write;

pub use clipping::{Clipping, ClippingCounter};
pub use error::AudioError;
pub use format::Format;
pub use mono::{CHANNELS_MAX, SAMPLE_RATE_HZ_MAX, SAMPLE_RATE_HZ_MIN, SILENCE_PEAK};
pub use offset::{Offset, OffsetCounter};
pub use stream::Stream;
pub use take::{Seen, Take};
pub use write::{encode_wav_16, write_wav_16, write_wav_float};

use blocks::{Bytes, InMemory};
use mono::Mixer;

/// A recording, mixed to one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Samples; full scale is 1.
    pub samples: Vec<f32>,
    /// Samples per second, Hz.
    pub sample_rate: u32,
}

impl Audio {
    /// Length in seconds.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.sample_rate)
    }
}

/// Reads and decodes a file; see [`decode`].
///
/// # Errors
///
/// [`AudioError::Unreadable`] if the file cannot be read, and whatever [`decode`] finds wrong with it.
pub fn read(path: &Path) -> Result<Audio, AudioError> {
    let bytes = std::fs::read(path).map_err(|source| AudioError::Unreadable { path: path.into(), source })?;
    decode(path, bytes)
}

/// Decodes the bytes of a WAV, FLAC or AIFF file and mixes its channels to their mean.
///
/// What the file is, its first bytes decide; `path` is for messages alone. Clipping is not an error, see
/// [`Audio::clipping`].
///
/// # Errors
///
/// An [`AudioError`] if the file is of another format, cut short, damaged, empty or silent, holds samples that are
/// not finite, or has a sample rate or a number of channels outside what is measured.
pub fn decode(path: &Path, bytes: Vec<u8>) -> Result<Audio, AudioError> {
    let bytes = InMemory::new(bytes);
    let mut blocks = blocks::open(path, &bytes)?;
    let layout = blocks.layout();
    let mut mixer = Mixer::new(path, layout)?;
    // A lying header does not get to choose the size of the allocation: no uncompressed sample is shorter than a byte.
    let promised = layout.frames.unwrap_or(0).min(bytes.length());
    let (mut interleaved, mut samples) = (Vec::new(), Vec::with_capacity(promised as usize));
    let mut more = true;
    while more {
        interleaved.clear();
        more = blocks.append(&mut interleaved)?;
        mixer.mix(path, &interleaved, &mut samples)?;
    }
    mixer.finish(path)?;
    Ok(Audio { samples, sample_rate: layout.sample_rate_hz })
}
