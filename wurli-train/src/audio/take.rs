//! A file that is too long to be kept in memory: read block by block, several times, and the same each time.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::AudioError;
use super::blocks::Bytes;

/// Bytes under one checksum, and read at a time.
const BLOCK_BYTES: usize = 1 << 18;

/// A file whose bytes were read once: what is read of it afterwards is what was read then, or an error.
///
/// Memory: four bytes for every 256 KiB of the file. Clones share them.
#[derive(Clone, Debug)]
pub struct Take(Arc<Opened>);

#[derive(Debug)]
struct Opened {
    path: PathBuf,
    length_bytes: u64,
    /// CRC-32 of each block.
    checksums: Vec<u32>,
    changed: AtomicBool,
}

impl Take {
    /// Reads the file once and shows its bytes to `see`, in order, after their number.
    ///
    /// # Errors
    /// [`AudioError::Unreadable`], and [`AudioError::Changed`] if it grows or shrinks meanwhile.
    pub fn open(path: &Path, mut see: impl FnMut(Seen<'_>)) -> Result<Self, AudioError> {
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
        see(Seen::Length(length_bytes));
        let (mut block, mut checksums, mut seen_bytes) = (vec![0; BLOCK_BYTES], Vec::new(), 0);
        loop {
            let filled = fill(&mut file, &mut block).map_err(unreadable)?;
            let filled = block.get(..filled).unwrap_or_default();
            if filled.is_empty() {
                break;
            }
            seen_bytes += filled.len() as u64;
            checksums.push(crc32fast::hash(filled));
            see(Seen::Bytes(filled));
        }
        if seen_bytes != length_bytes {
            return Err(AudioError::Changed { path: path.into() });
        }
        Ok(Self(Arc::new(Opened { path: path.into(), length_bytes, checksums, changed: AtomicBool::new(false) })))
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// All its bytes.
    ///
    /// # Errors
    /// [`AudioError::Unreadable`] and [`AudioError::Changed`].
    pub fn bytes(&self) -> Result<Vec<u8>, AudioError> {
        let mut bytes = Vec::with_capacity(self.0.length_bytes as usize);
        let read = self.reader()?.read_to_end(&mut bytes);
        read.map_err(|source| self.changed().unwrap_or(AudioError::Unreadable { path: self.path().into(), source }))?;
        Ok(bytes)
    }

    /// The error that explains all others, if some block was not what it had been.
    pub(super) fn changed(&self) -> Option<AudioError> {
        self.0.changed.load(Ordering::Relaxed).then(|| AudioError::Changed { path: self.path().into() })
    }
}

/// What [`Take::open`] shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen<'a> {
    /// How many bytes the file has; comes first.
    Length(u64),
    /// The next of them.
    Bytes(&'a [u8]),
}

impl Bytes for Take {
    type Reader = Reader;

    fn reader(&self) -> Result<Reader, AudioError> {
        let file =
            File::open(self.path()).map_err(|source| AudioError::Unreadable { path: self.path().into(), source })?;
        Ok(Reader { file, take: self.clone(), block: Vec::new(), held: None, at: 0 })
    }

    fn length(&self) -> u64 {
        self.0.length_bytes
    }

    /// Nothing of it is kept.
    fn samples_max(&self) -> u64 {
        u64::MAX
    }
}

/// Reads a take, whole blocks at a time, each compared with its checksum.
#[derive(Debug)]
pub(super) struct Reader {
    file: File,
    take: Take,
    block: Vec<u8>,
    /// Which block `block` is.
    held: Option<u64>,
    at: u64,
}

impl Reader {
    /// Brings a block into memory.
    fn hold(&mut self, index: u64) -> io::Result<()> {
        let start = index * BLOCK_BYTES as u64;
        let length = (self.take.0.length_bytes - start).min(BLOCK_BYTES as u64) as usize;
        self.held = None;
        self.block.resize(length, 0);
        self.file.seek(SeekFrom::Start(start))?;
        let filled = fill(&mut self.file, &mut self.block)?;
        let checksum = self.take.0.checksums.get(index as usize).copied();
        if filled != length || Some(crc32fast::hash(&self.block)) != checksum {
            self.take.0.changed.store(true, Ordering::Relaxed);
            return Err(io::Error::other("the file has changed"));
        }
        self.held = Some(index);
        Ok(())
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.take.0.length_bytes || buffer.is_empty() {
            return Ok(0);
        }
        let index = self.at / BLOCK_BYTES as u64;
        if self.held != Some(index) {
            self.hold(index)?;
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
            SeekFrom::End(by) => self.take.0.length_bytes.checked_add_signed(by),
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

    /// Two blocks and a half.
    fn file() -> (tempfile::NamedTempFile, Vec<u8>) {
        let bytes: Vec<u8> = (0..BLOCK_BYTES * 5 / 2).map(|n| (n % 251) as u8).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        (file, bytes)
    }

    #[test]
    fn all_bytes_are_seen_and_read_again_from_anywhere() {
        let (file, bytes) = file();
        let (mut seen, mut length) = (Vec::new(), None);
        let see = |part: Seen<'_>| match part {
            Seen::Length(bytes) => length = Some(bytes),
            Seen::Bytes(bytes) => seen.extend_from_slice(bytes),
        };
        let take = Take::open(file.path(), see).unwrap();
        assert!(seen == bytes && length == Some(bytes.len() as u64) && take.bytes().unwrap() == bytes);
        let mut reader = take.reader().unwrap();
        for at in [BLOCK_BYTES + 7, 3, BLOCK_BYTES - 2, bytes.len() - 1] {
            reader.seek(SeekFrom::Start(at as u64)).unwrap();
            let mut read = Vec::new();
            reader.by_ref().take(5).read_to_end(&mut read).unwrap();
            assert_eq!(read, bytes[at..(at + 5).min(bytes.len())], "at {at}");
        }
    }

    #[test]
    fn a_byte_that_changes_and_a_file_that_ends_sooner_are_noticed_when_they_are_read() {
        let (file, mut bytes) = file();
        let take = Take::open(file.path(), |_| {}).unwrap();
        bytes[BLOCK_BYTES + 1] ^= 1;
        std::fs::write(file.path(), &bytes).unwrap();
        let mut reader = take.reader().unwrap();
        let mut first = vec![0; BLOCK_BYTES];
        reader.read_exact(&mut first).unwrap();
        assert!(take.changed().is_none(), "the first block is as it was");
        assert!(reader.read_exact(&mut first).is_err());
        assert!(matches!(take.changed(), Some(AudioError::Changed { .. })));

        let take = Take::open(file.path(), |_| {}).unwrap();
        std::fs::write(file.path(), &bytes[..bytes.len() - 1]).unwrap();
        assert!(matches!(take.bytes(), Err(AudioError::Changed { .. })));
    }
}
