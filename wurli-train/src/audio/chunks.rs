//! The chunks of a RIFF (WAV) or FORM (AIFF) file, as far as they are there.

/// How a file writes its chunk lengths.
#[derive(Clone, Copy)]
pub(super) enum LengthOrder {
    /// RIFF.
    LittleEndian,
    /// FORM.
    BigEndian,
}

/// One chunk.
pub(super) struct Chunk<'a> {
    pub(super) id: [u8; 4],
    /// Where `body` starts in the file, bytes.
    pub(super) offset: usize,
    /// Length that its header declares, bytes.
    pub(super) declared_bytes: u32,
    /// What is there of it: shorter than declared if the file was cut.
    pub(super) body: &'a [u8],
}

/// The chunks behind the twelve bytes that name the file's form.
pub(super) struct Chunks<'a> {
    rest: &'a [u8],
    file_bytes: usize,
    order: LengthOrder,
}

impl<'a> Chunks<'a> {
    /// Of a whole file. The length in its first twelve bytes is not trusted: what is there counts.
    pub(super) fn of(file: &'a [u8], order: LengthOrder) -> Self {
        Self { rest: file.get(12..).unwrap_or_default(), file_bytes: file.len(), order }
    }

    /// The first chunk of that name.
    pub(super) fn find(mut self, id: &[u8; 4]) -> Option<Chunk<'a>> {
        Iterator::find(&mut self, |chunk| &chunk.id == id)
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let (&id, after_id) = self.rest.split_first_chunk::<4>()?;
        let (&length, content) = after_id.split_first_chunk::<4>()?;
        let declared_bytes = match self.order {
            LengthOrder::LittleEndian => u32::from_le_bytes(length),
            LengthOrder::BigEndian => u32::from_be_bytes(length),
        };
        let offset = self.file_bytes - content.len();
        let (body, after) = content.split_at(content.len().min(declared_bytes as usize));
        // A chunk of odd length is followed by a byte that is no part of it.
        self.rest = after.get((declared_bytes as usize & 1)..).unwrap_or_default();
        Some(Chunk { id, offset, declared_bytes, body })
    }
}

#[cfg(test)]
mod tests {
    use super::{Chunks, LengthOrder};

    fn listed(file: &[u8], order: LengthOrder) -> Vec<(String, u32, Vec<u8>)> {
        Chunks::of(file, order)
            .map(|chunk| (chunk.id.escape_ascii().to_string(), chunk.declared_bytes, chunk.body.to_vec()))
            .collect()
    }

    #[test]
    fn a_byte_of_padding_follows_a_chunk_of_odd_length() {
        let file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0data\x02\0\0\0de";
        let data = Chunks::of(file, LengthOrder::LittleEndian).find(b"data").unwrap();
        assert_eq!(&file[data.offset..], b"de");
        let expected = vec![("LIST".into(), 3, b"abc".to_vec()), ("data".into(), 2, b"de".to_vec())];
        assert_eq!(listed(file, LengthOrder::LittleEndian), expected);
    }

    #[test]
    fn a_cut_chunk_keeps_its_declared_length() {
        let file = b"FORM\0\0\0\0AIFFSSND\0\0\0\x09abc";
        assert_eq!(listed(file, LengthOrder::BigEndian), vec![("SSND".into(), 9, b"abc".to_vec())]);
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
