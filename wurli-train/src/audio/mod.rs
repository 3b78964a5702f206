//! Audio files as mono samples: WAV, FLAC, AIFF, Wave64, AU and CAF in, WAV out.
//!
//! `decoder` opens a file: it skips tags, recognises the format and reads the header with the
//! module of that name. All formats but FLAC describe uncompressed samples, which `pcm` decodes.
//! `mixer` makes one channel of them.

use std::io::Cursor;
use std::path::Path;

mod aiff;
mod au;
mod caf;
mod channel_defects;
mod channel_spectra;
mod channels;
mod chunks;
mod clipping;
mod decoder;
mod error;
mod file;
mod flac;
mod format;
mod length;
mod mixer;
mod offset;
mod pcm;
mod stream;
mod tags;
#[cfg(test)]
mod tests;
mod warning;
mod wav;
mod write;

pub use clipping::{Clipping, ClippingCounter};
pub use error::AudioError;
pub use file::{AudioFile, FileChunk};
pub use format::{FileType, Format};
pub use mixer::{CHANNELS_MAX, SAMPLE_RATE_HZ_MAX, SAMPLE_RATE_HZ_MIN, SILENCE_PEAK};
pub use offset::{Offset, OffsetCounter};
pub use stream::{Passages, Stream};
pub use warning::AudioWarning;
pub use write::{encode_wav_16, write_wav_16, write_wav_float};

use decoder::Decoder;
use mixer::Mixer;

/// Most samples that are decoded into memory, 1 GiB of them: 50 minutes in stereo at 44.1 kHz.
const SAMPLES_IN_MEMORY_MAX: u64 = 1 << 28;

/// A recording, mixed to one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Samples; full scale is 1.
    pub samples: Vec<f32>,
    /// Samples per second, Hz.
    pub sample_rate: u32,
}

impl Audio {
    /// Returns the length in seconds.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.sample_rate)
    }
}

/// A decoded file, with the warnings about it.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedAudio {
    /// Its samples.
    pub audio: Audio,
    /// Defects that did not keep it from being read.
    pub warnings: Vec<AudioWarning>,
}

/// Reads and decodes a file; see [`decode`].
///
/// # Errors
///
/// [`AudioError::Unreadable`] if the file cannot be read, and those of [`decode`].
pub fn read(path: &Path) -> Result<Audio, AudioError> {
    LoadedAudio::read(path).map(|loaded| loaded.audio)
}

/// Decodes the bytes of an audio file and mixes its channels to one. [`LoadedAudio::decode`] also
/// returns warnings.
///
/// The content decides the format; `path` is for messages alone. The result is the mean of the
/// channels, or one of them if they cancel each other ([`AudioWarning::ChannelsCancel`]) or one has
/// an effect ([`AudioWarning::ChannelsVary`]).
/// Clipping is not an error, see [`Audio::clipping`] and [`AudioWarning::ChannelsClip`].
///
/// # Errors
///
/// An [`AudioError`] if the file is of another format, cut short, damaged, empty or silent, holds
/// samples that are not finite, or has a sample rate or a number of channels outside the range that
/// is measured.
pub fn decode(path: &Path, bytes: Vec<u8>) -> Result<Audio, AudioError> {
    LoadedAudio::decode(path, bytes).map(|loaded| loaded.audio)
}

impl LoadedAudio {
    /// Reads and decodes a file.
    ///
    /// # Errors
    /// [`AudioError`] as from [`read`].
    pub fn read(path: &Path) -> Result<Self, AudioError> {
        let bytes = std::fs::read(path).map_err(|source| AudioError::Unreadable { path: path.into(), source })?;
        Self::decode(path, bytes)
    }

    /// Decodes the bytes of an audio file; `path` is for messages alone.
    ///
    /// # Errors
    /// [`AudioError`] as from [`decode`].
    pub fn decode(path: &Path, bytes: Vec<u8>) -> Result<Self, AudioError> {
        let length_bytes = bytes.len() as u64;
        let decoder = decoder::open(path, Cursor::new(bytes), length_bytes, SAMPLES_IN_MEMORY_MAX)?;
        Self::finish(path, decoder, length_bytes)
    }

    /// Decodes all that `decoder` returns from a file of `length_bytes`.
    fn finish(path: &Path, mut decoder: Box<dyn Decoder>, length_bytes: u64) -> Result<Self, AudioError> {
        let layout = decoder.layout();
        let mut mixer = Mixer::new(path, &layout)?;
        // A wrong header must not decide the allocation: no uncompressed sample is shorter than a
        // byte.
        let promised = layout.frames.unwrap_or(0).min(length_bytes);
        let (mut interleaved, mut samples) = (Vec::new(), Vec::with_capacity(promised as usize));
        let mut more = true;
        while more {
            interleaved.clear();
            more = decoder.append(&mut interleaved)?;
            mixer.mix(&interleaved, &mut samples)?;
        }
        mixer.finish(&mut samples)?;
        let audio = Audio { samples, sample_rate: layout.sample_rate_hz };
        Ok(Self { audio, warnings: mixer.warnings().to_vec() })
    }
}
