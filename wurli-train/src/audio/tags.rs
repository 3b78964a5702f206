//! Tags that other programs put before and behind the audio: ID3v1, ID3v2, APEv2.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

const ID3V2_HEADER_BYTES: usize = 10;
const ID3V1_BYTES: u64 = 128;
const APE_FOOTER_BYTES: u64 = 32;

/// Returns the length of the ID3v2 tag with which `bytes` begin, or `None` if they begin with
/// something else.
pub(super) fn id3v2_bytes(bytes: &[u8]) -> Option<usize> {
    let &[b'I', b'D', b'3', version, revision, flags, a, b, c, d] = bytes.first_chunk()? else { return None };
    let size = [a, b, c, d];
    if version == 0xff || revision == 0xff || size.iter().any(|byte| *byte > 0x7f) {
        return None;
    }
    let content = size.iter().fold(0, |length, byte| length << 7 | usize::from(*byte));
    let footer = if flags & 0x10 == 0 { 0 } else { ID3V2_HEADER_BYTES };
    Some(ID3V2_HEADER_BYTES + content + footer)
}

/// Returns the position behind the ID3v2 tags at the beginning of a file, which a damaged tag may
/// place behind its end.
pub(super) fn audio_start(file: &mut (impl Read + Seek)) -> io::Result<u64> {
    let mut start = 0;
    while let Some(tag) = id3v2_bytes(&read_at(file, start, ID3V2_HEADER_BYTES)?) {
        start += tag as u64;
    }
    Ok(start)
}

/// Returns the range of bytes between the tags of a file.
pub(super) fn find_audio(file: &mut (impl Read + Seek), length_bytes: u64) -> io::Result<Range<u64>> {
    let mut audio = audio_start(file)?.min(length_bytes)..length_bytes;
    while let Some(tag) = trailing_tag_bytes(file, &audio)? {
        audio.end -= tag;
    }
    Ok(audio)
}

/// Returns the length of a tag at the end of `audio`.
fn trailing_tag_bytes(file: &mut (impl Read + Seek), audio: &Range<u64>) -> io::Result<Option<u64>> {
    let length = audio.end - audio.start;
    let mut ends_with = |bytes: u64, magic: &[u8]| -> io::Result<Option<Vec<u8>>> {
        if length < bytes {
            return Ok(None);
        }
        let tail = read_at(file, audio.end - bytes, bytes as usize)?;
        Ok(Some(tail).filter(|tail| tail.starts_with(magic)))
    };
    if ends_with(ID3V1_BYTES, b"TAG")?.is_some() {
        return Ok(Some(ID3V1_BYTES));
    }
    let Some(footer) = ends_with(APE_FOOTER_BYTES, b"APETAGEX")? else { return Ok(None) };
    let field =
        |at: usize| footer.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
    // Its size counts items and footer; the highest flag announces a header of the same length as
    // the footer.
    let header = if field(20) >> 31 == 1 { APE_FOOTER_BYTES } else { 0 };
    let tag = u64::from(field(12)).max(APE_FOOTER_BYTES) + header;
    Ok(Some(tag).filter(|tag| *tag <= length))
}

/// Reads up to `most` bytes from an offset on; fewer at the end of the file.
pub(super) fn read_at(file: &mut (impl Read + Seek), offset: u64, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(offset))?;
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
