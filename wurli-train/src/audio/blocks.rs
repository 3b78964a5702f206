//! Decoded samples, block by block: what all formats have in common.

use std::io::{Cursor, Read, Seek};
use std::path::Path;
use std::sync::Arc;

use super::{AudioError, Format, flac_aiff, format, wav};

/// Frames that a block holds, about: large enough to be worth a call, small enough for a cache.
pub(super) const BLOCK_FRAMES: usize = 1 << 13;
/// Samples that are read of what is kept in memory, at the most, 1 GiB of them: 50 minutes in stereo at 44.1 kHz.
const SAMPLES_KEPT_MAX: u64 = 1 << 28;

/// The bytes of a file, to be read from the start as often as need be.
pub(super) trait Bytes {
    type Reader: Read + Seek + Send + Sync + 'static;

    fn reader(&self) -> Result<Self::Reader, AudioError>;
    fn length(&self) -> u64;
    /// Most samples that may be decoded of it.
    fn samples_max(&self) -> u64;
}

/// What a file holds, as its header says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) channels: usize,
    pub(super) sample_rate_hz: u32,
    /// Open in some streams.
    pub(super) frames: Option<u64>,
}

/// A file that is being decoded.
pub(super) trait Blocks: Send {
    fn layout(&self) -> Layout;

    /// Appends some frames, channel by channel within each; whether there may be more.
    ///
    /// # Errors
    /// What is wrong with the file; when the last frame was read, also that there are fewer than promised.
    fn append(&mut self, samples: &mut Vec<f32>) -> Result<bool, AudioError>;
}

/// Begins to decode a file. What it is, its first bytes decide; `path` is for messages alone.
pub(super) fn open(path: &Path, bytes: &impl Bytes) -> Result<Box<dyn Blocks>, AudioError> {
    let mut start = Vec::new();
    let read = bytes.reader()?.take(12).read_to_end(&mut start);
    read.map_err(|source| AudioError::Unreadable { path: path.into(), source })?;
    if start.is_empty() {
        return Err(AudioError::Empty { path: path.into(), unit: "bytes" });
    }
    match Format::of(&start) {
        Some(Format::Wav) => wav::open(path, bytes),
        Some(Format::Aiff) => flac_aiff::open_aiff(path, bytes),
        Some(Format::Flac) => flac_aiff::open_flac(path, bytes),
        None => Err(AudioError::UnknownFormat { path: path.into(), start: format::printable_start(&start) }),
    }
}

/// The bytes of a file in memory.
#[derive(Clone)]
pub(super) struct InMemory(Arc<Vec<u8>>);

impl InMemory {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self(Arc::new(bytes))
    }
}

impl AsRef<[u8]> for InMemory {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Bytes for InMemory {
    type Reader = Cursor<Self>;

    fn reader(&self) -> Result<Cursor<Self>, AudioError> {
        Ok(Cursor::new(self.clone()))
    }

    fn length(&self) -> u64 {
        self.0.len() as u64
    }

    fn samples_max(&self) -> u64 {
        SAMPLES_KEPT_MAX
    }
}
