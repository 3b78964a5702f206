//! The chunks of a RIFF (WAV) or FORM (AIFF) file, as far as they are there.

use std::io::{Read, Seek, SeekFrom};

/// How a file writes its chunk lengths.
#[derive(Clone, Copy)]
pub(super) enum LengthOrder {
    /// RIFF.
    LittleEndian,
    /// FORM.
    BigEndian,
}

/// One chunk.
pub(super) struct Chunk {
    pub(super) id: [u8; 4],
    /// Where its content starts in the file, bytes.
    pub(super) offset: u64,
    /// Length that its header declares, bytes.
    pub(super) declared_bytes: u32,
    /// What is there of it, bytes: less than declared if the file was cut.
    pub(super) present_bytes: u64,
}

/// The chunks behind the twelve bytes that name the file's form.
pub(super) struct Chunks<R> {
    file: R,
    file_bytes: u64,
    next: u64,
    order: LengthOrder,
}

impl<R: Read + Seek> Chunks<R> {
    /// Of a whole file of `file_bytes`. The length in its first twelve bytes is not trusted: what is there counts.
    pub(super) fn of(file: R, file_bytes: u64, order: LengthOrder) -> Self {
        Self { file, file_bytes, next: 12, order }
    }

    /// The first chunk of that name.
    pub(super) fn find(&mut self, id: &[u8; 4]) -> Option<Chunk> {
        self.next = 12;
        Iterator::find(self, |chunk| &chunk.id == id)
    }

    /// The first bytes of a chunk, `most` or as many as there are.
    pub(super) fn start_of(&mut self, chunk: &Chunk, most: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let length = chunk.present_bytes.min(most as u64);
        let read = self.file.seek(SeekFrom::Start(chunk.offset));
        // What cannot be read is not there; who decodes the file says why.
        let _ = read.and_then(|_| self.file.by_ref().take(length).read_to_end(&mut bytes));
        bytes
    }
}

impl<R: Read + Seek> Iterator for Chunks<R> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        let mut header = [0; 8];
        self.file.seek(SeekFrom::Start(self.next)).ok()?;
        self.file.read_exact(&mut header).ok()?;
        let [a, b, c, d, length @ ..] = header;
        let declared_bytes = match self.order {
            LengthOrder::LittleEndian => u32::from_le_bytes(length),
            LengthOrder::BigEndian => u32::from_be_bytes(length),
        };
        let offset = self.next + 8;
        let present_bytes = u64::from(declared_bytes).min(self.file_bytes.saturating_sub(offset));
        // A chunk of odd length is followed by a byte that is no part of it.
        self.next = offset + u64::from(declared_bytes) + u64::from(declared_bytes & 1);
        Some(Chunk { id: [a, b, c, d], offset, declared_bytes, present_bytes })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::{Chunks, LengthOrder};

    fn chunks(file: &[u8], order: LengthOrder) -> Chunks<Cursor<&[u8]>> {
        Chunks::of(Cursor::new(file), file.len() as u64, order)
    }

    fn listed(file: &[u8], order: LengthOrder) -> Vec<(String, u32, Vec<u8>)> {
        let mut bodies = chunks(file, order);
        chunks(file, order)
            .map(|chunk| {
                (chunk.id.escape_ascii().to_string(), chunk.declared_bytes, bodies.start_of(&chunk, usize::MAX))
            })
            .collect()
    }

    #[test]
    fn a_byte_of_padding_follows_a_chunk_of_odd_length() {
        let file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0data\x02\0\0\0de";
        let data = chunks(file, LengthOrder::LittleEndian).find(b"data").unwrap();
        assert_eq!(&file[data.offset as usize..], b"de");
        let expected = vec![("LIST".into(), 3, b"abc".to_vec()), ("data".into(), 2, b"de".to_vec())];
        assert_eq!(listed(file, LengthOrder::LittleEndian), expected);
    }

    #[test]
    fn a_cut_chunk_keeps_its_declared_length() {
        let file = b"FORM\0\0\0\0AIFFSSND\0\0\0\x09abc";
        assert_eq!(listed(file, LengthOrder::BigEndian), vec![("SSND".into(), 9, b"abc".to_vec())]);
        assert_eq!(chunks(file, LengthOrder::BigEndian).find(b"SSND").unwrap().present_bytes, 3);
    }

    #[test]
    fn a_length_beyond_the_address_space_ends_the_file() {
        let file = b"RIFF\0\0\0\0WAVEdata\xff\xff\xff\xffabc";
        assert_eq!(listed(file, LengthOrder::LittleEndian), vec![("data".into(), u32::MAX, b"abc".to_vec())]);
    }

    #[test]
    fn less_than_a_chunk_header_is_no_chunk() {
        for file in [&b""[..], b"RIFF", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEdata\x01\0\0"] {
            assert_eq!(listed(file, LengthOrder::LittleEndian), vec![], "{}", file.escape_ascii());
        }
    }
}
