//! The one place that opens a file, and the trait of all decoders.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::format::{FileType, printable_start};
use super::{AudioError, AudioWarning, Format, aiff, au, caf, flac, tags, wav};

/// Frames per block: enough to be worth a call, few enough for a processor's cache.
pub(super) const BLOCK_FRAMES: usize = 1 << 13;

/// Contents of a file according to its header.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) channels: usize,
    pub(super) sample_rate_hz: u32,
    /// `None` for streams that leave it open.
    pub(super) frames: Option<u64>,
    pub(super) warning: Option<AudioWarning>,
}

/// A file that is being decoded.
pub(super) trait Decoder: Send {
    fn layout(&self) -> Layout;

    /// Appends some frames, interleaved. Returns `false` after the last one.
    ///
    /// # Errors
    /// The defect of the file; with the last frame, also that there are fewer than promised.
    fn append(&mut self, samples: &mut Vec<f32>) -> Result<bool, AudioError>;
}

/// A seekable file in memory or on disk.
pub(super) trait ReadSeek: Read + Seek + Send + Sync {}

impl<T: Read + Seek + Send + Sync> ReadSeek for T {}

/// An opened file, without the tags around its audio.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) length_bytes: u64,
    /// Most samples that may be decoded of it.
    pub(super) max_samples: u64,
    reader: Window,
}

/// Begins to decode a file. Its content decides the format; `path` is for messages alone.
pub(super) fn open(
    path: &Path,
    mut reader: impl ReadSeek + 'static,
    length_bytes: u64,
    max_samples: u64,
) -> Result<Box<dyn Decoder>, AudioError> {
    let unreadable = |source| AudioError::Unreadable { path: path.into(), source };
    if length_bytes == 0 {
        return Err(AudioError::Empty { path: path.into(), unit: "bytes" });
    }
    let mut audio = tags::find_audio(&mut reader, length_bytes).map_err(unreadable)?;
    let start = tags::read_at(&mut reader, audio.start, FileType::START_BYTES).map_err(unreadable)?;
    let found = FileType::detect(&start);
    if found != FileType::Readable(Format::Flac) {
        // Other formats say where their samples end, and these may end like a tag.
        audio.end = length_bytes;
    }
    let source = Source {
        path: path.into(),
        length_bytes: audio.end - audio.start,
        max_samples,
        reader: Window { file: Box::new(reader), window: audio, at: 0 },
    };
    match found {
        FileType::Readable(Format::Wav) if start.starts_with(b"RIFX") => wav::open_rifx(source),
        FileType::Readable(Format::Wav) => wav::open_riff(source),
        FileType::Readable(Format::Wave64) => wav::open_wave64(source),
        FileType::Readable(Format::Flac) => flac::open(source),
        FileType::Readable(Format::Aiff) => aiff::open(source),
        FileType::Readable(Format::Au) => au::open(source),
        FileType::Readable(Format::Caf) => caf::open(source),
        FileType::Unreadable(name) => Err(AudioError::UnreadFormat { path: path.into(), name }),
        FileType::Placeholder { name, fix } => Err(AudioError::Placeholder { path: path.into(), name, fix }),
        FileType::Other => {
            let start = tags::read_at(&mut { source.reader.file }, 0, 4).map_err(unreadable)?;
            Err(AudioError::UnknownFormat { path: path.into(), start: printable_start(&start) })
        }
    }
}

impl Source {
    /// Returns a file in memory, as tests have it.
    #[cfg(test)]
    pub(super) fn in_memory(bytes: &[u8]) -> Self {
        let window = 0..bytes.len() as u64;
        let reader = Window { file: Box::new(io::Cursor::new(bytes.to_vec())), window, at: 0 };
        Self { path: "a.wav".into(), length_bytes: bytes.len() as u64, max_samples: u64::MAX, reader }
    }

    /// Reads up to `most` bytes from an offset on. Bytes that cannot be read count as missing.
    pub(super) fn read_at(&mut self, offset: u64, most: usize) -> Vec<u8> {
        tags::read_at(&mut self.reader, offset, most).unwrap_or_default()
    }

    /// Returns a reader that starts at `offset`, or `None` if that cannot be reached.
    pub(super) fn reader_at(&mut self, offset: u64) -> Option<impl Read + use<'_>> {
        self.reader.seek(SeekFrom::Start(offset)).ok()?;
        Some(&mut self.reader)
    }

    /// Converts it into a reader that starts at `offset`.
    pub(super) fn into_reader(mut self, offset: u64) -> Result<impl ReadSeek + 'static, AudioError> {
        match self.reader.seek(SeekFrom::Start(offset)) {
            Ok(_) => Ok(self.reader),
            Err(source) => Err(AudioError::Unreadable { path: self.path, source }),
        }
    }

    /// Returns the error for a header that ends with the file.
    pub(super) fn header_cut_short(&self, format: Format) -> AudioError {
        AudioError::HeaderCutShort { path: self.path.clone(), format, length_bytes: self.length_bytes }
    }

    /// Returns the error for a header that makes no sense.
    pub(super) fn undecodable(&self, format: Format, reason: impl Into<String>) -> AudioError {
        AudioError::Undecodable { path: self.path.clone(), format, reason: reason.into() }
    }

    /// Returns the error for samples that are compressed.
    pub(super) fn compressed(&self, format: Format, codec: impl Into<String>) -> AudioError {
        AudioError::Compressed { path: self.path.clone(), format, codec: codec.into() }
    }
}

/// Part of a file, as if it were all of it.
struct Window {
    file: Box<dyn ReadSeek>,
    window: Range<u64>,
    /// Position in the window.
    at: u64,
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = (self.window.end - self.window.start).saturating_sub(self.at);
        let length = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let length = self.file.read(buffer.get_mut(..length).unwrap_or_default())?;
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => (self.window.end - self.window.start).checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let target = target.and_then(|at| Some((at, self.window.start.checked_add(at)?)));
        let (at, in_file) = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        self.file.seek(SeekFrom::Start(in_file))?;
        self.at = at;
        Ok(at)
    }
}
