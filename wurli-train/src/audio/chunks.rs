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
    /// Returns the position of the first chunk. The length in the file's first bytes is not needed.
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
            // A chunk of odd length is followed by a byte that is no part of it, but not every
            // program writes it.
            Self::Riff | Self::Form if end % 2 == 1 => {
                let behind = source.read_at(end, 5);
                let is_padded = match behind.as_slice() {
                    [0, ..] => true,
                    [_, name @ ..] => MAIN_CHUNKS.contains(&name),
                    [] => true,
                };
                end.saturating_add(u64::from(is_padded))
            }
            Self::Riff | Self::Form | Self::Caf => end,
            Self::Wave64 => end.checked_next_multiple_of(8).unwrap_or(u64::MAX),
        }
    }

    /// Returns the length of the file according to its first bytes, where the format has it in 32
    /// bits.
    pub(super) fn outer_length(self, source: &mut Source) -> Option<u64> {
        let length = source.read_at(4, 4).try_into().ok()?;
        match self {
            Self::Riff => Some(u64::from(u32::from_le_bytes(length))),
            Self::Form => Some(u64::from(u32::from_be_bytes(length))),
            Self::Caf | Self::Wave64 => None,
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

#[cfg(test)]
mod tests {
    use super::{Chunk, ChunkKind, find};
    use crate::audio::decoder::Source;

    /// Names, declared lengths and contents of all chunks.
    fn listed(file: &[u8], kind: ChunkKind) -> Vec<(String, u64, Vec<u8>)> {
        let mut chunks = Vec::new();
        kind.walk(&mut Source::in_memory(file), |source, chunk| {
            let content = source.read_at(chunk.offset, chunk.present_bytes as usize);
            chunks.push((chunk.name.escape_ascii().to_string(), chunk.declared_bytes, content));
            true
        });
        chunks
    }

    #[test]
    fn a_byte_of_padding_follows_a_chunk_of_odd_length() {
        let expected = vec![("LIST".into(), 3, b"abc".to_vec()), ("data".into(), 2, b"de".to_vec())];
        // The padding is 0, another byte, or missing.
        for file in [
            &b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0data\x02\0\0\0de"[..],
            b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abcxdata\x02\0\0\0de",
            b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abcdata\x02\0\0\0de",
        ] {
            let [data] = find(ChunkKind::Riff, &mut Source::in_memory(file), [b"data"]);
            assert_eq!(&file[data.unwrap().offset as usize..], b"de");
            assert_eq!(listed(file, ChunkKind::Riff), expected);
        }
    }

    #[test]
    fn a_cut_chunk_keeps_its_declared_length() {
        let file = b"FORM\0\0\0\0AIFFSSND\0\0\0\x09abc";
        assert_eq!(listed(file, ChunkKind::Form), vec![("SSND".into(), 9, b"abc".to_vec())]);
        let [sound] = find(ChunkKind::Form, &mut Source::in_memory(file), [b"SSND"]);
        assert_eq!(sound, Some(Chunk { name: *b"SSND", offset: 20, declared_bytes: 9, present_bytes: 3 }));
    }

    #[test]
    fn a_length_beyond_the_address_space_ends_the_file() {
        let riff = b"RIFF\0\0\0\0WAVEdata\xff\xff\xff\xffabc";
        assert_eq!(listed(riff, ChunkKind::Riff), vec![("data".into(), u64::from(u32::MAX), b"abc".to_vec())]);
        let caf = b"caff\0\x01\0\0data\xff\xff\xff\xff\xff\xff\xff\xffabc";
        assert_eq!(listed(caf, ChunkKind::Caf), vec![("data".into(), u64::MAX, b"abc".to_vec())]);
        let wave64 = [&[0; 40], &b"data"[..], &[0; 12], &[0xff; 8], b"abc"].concat();
        assert_eq!(listed(&wave64, ChunkKind::Wave64), vec![("data".into(), u64::MAX - 24, b"abc".to_vec())]);
    }

    #[test]
    fn less_than_a_chunk_header_is_no_chunk() {
        for file in [&b""[..], b"RIFF", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEdata\x01\0\0"] {
            assert_eq!(listed(file, ChunkKind::Riff), vec![], "{}", file.escape_ascii());
        }
    }
}
