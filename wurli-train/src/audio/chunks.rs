//! Chunks of RIFF (WAV), FORM (AIFF), CAF and Wave64 files.

use super::decoder::Source;

/// Layout of a chunk's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChunkKind {
    /// Four bytes of name, a little-endian length of 32 bits.
    Riff,
    /// Four bytes of name, a big-endian length of 32 bits.
    Form,
    /// Four bytes of name, a big-endian length of 64 bits.
    Caf,
    /// A GUID that begins with the name, a little-endian length of 64 bits that counts the header.
    Wave64,
}

/// Chunks without which there is no audio.
const MAIN_CHUNKS: [&[u8]; 4] = [b"fmt ", b"data", b"COMM", b"SSND"];

/// One chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) name: [u8; 4],
    /// Position of its content in the file, bytes.
    pub(super) offset: u64,
    /// Length of its content according to its header, bytes.
    pub(super) declared_bytes: u64,
    /// Length of its content that is in the file, bytes.
    pub(super) present_bytes: u64,
}

impl ChunkKind {
    /// Position of the first chunk. The length in the file's first bytes is not needed.
    fn first_offset(self) -> u64 {
        match self {
            Self::Riff | Self::Form => 12,
            Self::Caf => 8,
            Self::Wave64 => 40,
        }
    }

    fn header_bytes(self) -> usize {
        match self {
            Self::Riff | Self::Form => 8,
            Self::Caf => 12,
            Self::Wave64 => 24,
        }
    }

    /// Reads the header of the chunk at `offset`. Returns `None` if the file ends before.
    fn read(self, source: &mut Source, offset: u64) -> Option<Chunk> {
        let header_bytes = self.header_bytes();
        let header = source.read_at(offset, header_bytes);
        let (name, _) = header.split_first_chunk::<4>()?;
        if header.len() < header_bytes {
            return None;
        }
        let declared_bytes = match self {
            Self::Riff => u64::from(u32::from_le_bytes(*header.last_chunk()?)),
            Self::Form => u64::from(u32::from_be_bytes(*header.last_chunk()?)),
            Self::Caf => u64::from_be_bytes(*header.last_chunk()?),
            Self::Wave64 => u64::from_le_bytes(*header.last_chunk()?).saturating_sub(header_bytes as u64),
        };
        let offset = offset + header_bytes as u64;
        let present_bytes = declared_bytes.min(source.length_bytes.saturating_sub(offset));
        Some(Chunk { name: *name, offset, declared_bytes, present_bytes })
    }

    /// Returns the position of the chunk behind one.
    fn next_offset(self, source: &mut Source, chunk: &Chunk) -> u64 {
        let end = chunk.offset.saturating_add(chunk.declared_bytes);
        match self {
            // A chunk of odd length is followed by a byte that is no part of it, but not every program writes it.
            Self::Riff | Self::Form if end % 2 == 1 => {
                let behind = source.read_at(end, 5);
                let is_padded = match behind.as_slice() {
                    [0, ..] => true,
                    [_, name @ ..] => MAIN_CHUNKS.iter().any(|main| name == *main),
                    [] => true,
                };
                end.saturating_add(u64::from(is_padded))
            }
            Self::Riff | Self::Form | Self::Caf => end,
            Self::Wave64 => end.checked_next_multiple_of(8).unwrap_or(u64::MAX),
        }
    }

    /// Calls `see` with each chunk, until it returns `false` or the file ends.
    pub(super) fn walk(self, source: &mut Source, mut see: impl FnMut(&mut Source, Chunk) -> bool) {
        let mut offset = self.first_offset();
        while let Some(chunk) = self.read(source, offset) {
            if !see(source, chunk) {
                return;
            }
            offset = self.next_offset(source, &chunk);
        }
    }

    /// Returns whether a whole chunk with a printable name lies at `offset`.
    pub(super) fn is_chunk_at(self, source: &mut Source, offset: u64) -> bool {
        let is_printable = |byte: &u8| (b' '..=b'~').contains(byte);
        self.read(source, offset)
            .is_some_and(|chunk| chunk.name.iter().all(is_printable) && chunk.present_bytes == chunk.declared_bytes)
    }
}

/// Returns the first chunk of each name.
pub(super) fn find<const N: usize>(kind: ChunkKind, source: &mut Source, names: [&[u8; 4]; N]) -> [Option<Chunk>; N] {
    let mut found = [None; N];
    kind.walk(source, |_, chunk| {
        for (found, name) in found.iter_mut().zip(names) {
            if found.is_none() && chunk.name == *name {
                *found = Some(chunk);
            }
        }
        found.iter().any(Option::is_none)
    });
    found
}
