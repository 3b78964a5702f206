//! Audio files that are too long for memory: read several times, block by block, with the same
//! bytes each time.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::decoder::{self, Decoder};
use super::{AudioError, LoadedAudio, SAMPLES_IN_MEMORY_MAX};

/// Bytes that share a checksum, and are read at a time.
const BLOCK_BYTES: usize = 1 << 18;

/// A file whose bytes were read once. Later reads return the same bytes, or an error.
///
/// Memory: four bytes for every 256 KiB of the file. Clones share them.
#[derive(Clone, Debug)]
pub struct AudioFile(Arc<Opened>);

#[derive(Debug)]
struct Opened {
    path: PathBuf,
    length_bytes: u64,
    /// CRC-32 of each block.
    checksums: Vec<u32>,
    changed: AtomicBool,
}

/// Part of a file, as [`AudioFile::open`] reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileChunk<'a> {
    /// Length of the file, bytes; comes first.
    Length(u64),
    /// The next bytes.
    Bytes(&'a [u8]),
}

impl AudioFile {
    /// Reads the file once and passes its length and then its bytes to `see`, in order.
    ///
    /// # Errors
    /// [`AudioError::Unreadable`], and [`AudioError::Changed`] if it grows or shrinks meanwhile.
    pub fn open(path: &Path, mut see: impl FnMut(FileChunk<'_>)) -> Result<Self, AudioError> {
        let unreadable = |source| AudioError::Unreadable { path: path.into(), source };
        let mut file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(unreadable(io::ErrorKind::IsADirectory.into()));
        }
        if !metadata.is_file() {
            return Err(unreadable(io::Error::other("a pipe or a device, which cannot be read twice")));
        }
        let length_bytes = metadata.len();
        see(FileChunk::Length(length_bytes));
        let (mut block, mut checksums, mut read_bytes) = (vec![0; BLOCK_BYTES], Vec::new(), 0);
        loop {
            let filled = fill(&mut file, &mut block).map_err(unreadable)?;
            let filled = block.get(..filled).unwrap_or_default();
            if filled.is_empty() {
                break;
            }
            read_bytes += filled.len() as u64;
            checksums.push(crc32fast::hash(filled));
            see(FileChunk::Bytes(filled));
        }
        if read_bytes != length_bytes {
            return Err(AudioError::Changed { path: path.into() });
        }
        Ok(Self(Arc::new(Opened { path: path.into(), length_bytes, checksums, changed: AtomicBool::new(false) })))
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Returns all its bytes.
    ///
    /// # Errors
    /// [`AudioError::Unreadable`] and [`AudioError::Changed`].
    pub fn bytes(&self) -> Result<Vec<u8>, AudioError> {
        let mut bytes = Vec::with_capacity(self.0.length_bytes as usize);
        let read = self.reader()?.read_to_end(&mut bytes);
        read.map_err(|source| self.changed().unwrap_or(AudioError::Unreadable { path: self.path().into(), source }))?;
        Ok(bytes)
    }

    /// Decodes all of it into memory.
    ///
    /// # Errors
    /// [`AudioError`] as from [`decode`](super::decode), or [`AudioError::Changed`].
    pub fn load(&self) -> Result<LoadedAudio, AudioError> {
        let loaded = LoadedAudio::finish(self.path(), self.decoder(SAMPLES_IN_MEMORY_MAX)?, self.0.length_bytes);
        loaded.map_err(|error| self.changed().unwrap_or(error))
    }

    /// Begins to decode at most `max_samples`.
    pub(super) fn decoder(&self, max_samples: u64) -> Result<Box<dyn Decoder>, AudioError> {
        let decoder = decoder::open(self.path(), self.reader()?, self.0.length_bytes, max_samples);
        decoder.map_err(|error| self.changed().unwrap_or(error))
    }

    /// Returns the error that explains all others, if some block was not what it had been.
    pub(super) fn changed(&self) -> Option<AudioError> {
        self.0.changed.load(Ordering::Relaxed).then(|| AudioError::Changed { path: self.path().into() })
    }

    fn reader(&self) -> Result<Reader, AudioError> {
        let file =
            File::open(self.path()).map_err(|source| AudioError::Unreadable { path: self.path().into(), source })?;
        Ok(Reader { file, opened: self.clone(), block: Vec::new(), block_index: None, at: 0 })
    }
}

/// Reads whole blocks of a file, and compares each with its checksum.
#[derive(Debug)]
struct Reader {
    file: File,
    opened: AudioFile,
    block: Vec<u8>,
    /// Index of `block`.
    block_index: Option<u64>,
    at: u64,
}

impl Reader {
    /// Reads a block into memory.
    fn load(&mut self, index: u64) -> io::Result<()> {
        let start = index * BLOCK_BYTES as u64;
        let length = (self.opened.0.length_bytes - start).min(BLOCK_BYTES as u64) as usize;
        self.block_index = None;
        self.block.resize(length, 0);
        self.file.seek(SeekFrom::Start(start))?;
        let filled = fill(&mut self.file, &mut self.block)?;
        let checksum = self.opened.0.checksums.get(index as usize).copied();
        if filled != length || Some(crc32fast::hash(&self.block)) != checksum {
            self.opened.0.changed.store(true, Ordering::Relaxed);
            return Err(io::Error::other("the file has changed"));
        }
        self.block_index = Some(index);
        Ok(())
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.opened.0.length_bytes || buffer.is_empty() {
            return Ok(0);
        }
        let index = self.at / BLOCK_BYTES as u64;
        if self.block_index != Some(index) {
            self.load(index)?;
        }
        let from = (self.at % BLOCK_BYTES as u64) as usize;
        let length = Read::read(&mut self.block.get(from..).unwrap_or_default(), buffer)?;
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.opened.0.length_bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns two blocks and a half.
    fn file() -> (tempfile::NamedTempFile, Vec<u8>) {
        let bytes: Vec<u8> = (0..BLOCK_BYTES * 5 / 2).map(|n| (n % 251) as u8).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        (file, bytes)
    }

    #[test]
    fn every_byte_is_passed_on_and_can_be_read_again() {
        let (file, bytes) = file();
        let (mut seen, mut length) = (Vec::new(), None);
        let see = |part: FileChunk<'_>| match part {
            FileChunk::Length(bytes) => length = Some(bytes),
            FileChunk::Bytes(bytes) => seen.extend_from_slice(bytes),
        };
        let opened = AudioFile::open(file.path(), see).unwrap();
        assert!(seen == bytes && length == Some(bytes.len() as u64) && opened.bytes().unwrap() == bytes);
        let mut reader = opened.reader().unwrap();
        for at in [BLOCK_BYTES + 7, 3, BLOCK_BYTES - 2, bytes.len() - 1] {
            reader.seek(SeekFrom::Start(at as u64)).unwrap();
            let mut read = Vec::new();
            reader.by_ref().take(5).read_to_end(&mut read).unwrap();
            assert_eq!(read, bytes[at..(at + 5).min(bytes.len())], "at {at}");
        }
    }

    #[test]
    fn a_file_that_changed_is_an_error_when_it_is_read() {
        let (file, mut bytes) = file();
        let opened = AudioFile::open(file.path(), |_| {}).unwrap();
        bytes[BLOCK_BYTES + 1] ^= 1;
        std::fs::write(file.path(), &bytes).unwrap();
        let mut reader = opened.reader().unwrap();
        let mut first = vec![0; BLOCK_BYTES];
        reader.read_exact(&mut first).unwrap();
        assert!(opened.changed().is_none(), "the first block is as it was");
        assert!(reader.read_exact(&mut first).is_err());
        assert!(matches!(opened.changed(), Some(AudioError::Changed { .. })));

        let opened = AudioFile::open(file.path(), |_| {}).unwrap();
        std::fs::write(file.path(), &bytes[..bytes.len() - 1]).unwrap();
        assert!(matches!(opened.bytes(), Err(AudioError::Changed { .. })));
    }
}
