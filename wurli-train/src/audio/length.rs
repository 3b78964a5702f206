//! Length of the sample data where the header was never completed.
//!
//! A program that loses power, crashes or writes to a pipe leaves a placeholder as the length, or
//! that of an earlier flush. Then the samples reach to the end of the file.

use std::ops::RangeInclusive;

use super::chunks::ChunkKind;
use super::decoder::Source;

/// Lengths of 32 bits that stand for "unknown", or for it minus some header: SoX, FFmpeg, arecord
/// and others.
const PLACEHOLDERS: [RangeInclusive<u64>; 2] = [0x7fff_0000..=0x8000_0000, 0xffff_0000..=0xffff_ffff];
/// Lengths from here on are placeholders of 64 bits: no file has 4 EiB.
const PLACEHOLDER_64_MIN: u64 = 1 << 62;
/// Largest difference between the length of a file and its length as programs store it: the
/// outermost header.
const OUTER_HEADER_BYTES: u64 = 8;

/// Least length of samples behind the declared end, bytes, and as a fraction of the declared length:
/// programs pad files and append tags.
const GOES_ON_BYTES_MIN: u64 = 128;
const GOES_ON_SHARE: f64 = 1.0 / 16.0;
/// Bytes behind the declared end that are compared with digital silence.
const GOES_ON_READ_BYTES: usize = 4096;
/// Tags whose name is at their end, and the last bytes in which it is searched.
const TAGS_AT_END: [&[u8]; 2] = [b"APETAGEX", b"LYRICS"];
const TAG_END_BYTES: u64 = 192;

/// Length of the sample data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataLength {
    /// The declared one, which may be more than the file holds.
    Declared(u64),
    /// To the end of the file, since the declared length is none.
    ToEnd(u64),
}

impl DataLength {
    pub(super) fn bytes(self) -> u64 {
        match self {
            Self::Declared(bytes) | Self::ToEnd(bytes) => bytes,
        }
    }
}

/// Decides how long the data at `offset` are, from their length in the header. `kind` is `None` for
/// formats without chunks.
pub(super) fn data_length(kind: Option<ChunkKind>, source: &mut Source, offset: u64, declared: u64) -> DataLength {
    let file_bytes = source.length_bytes;
    let present = file_bytes.saturating_sub(offset);
    let is_followed =
        |source: &mut Source| kind.is_some_and(|kind| kind.is_chunk_at(source, offset.saturating_add(declared)));
    let is_unfinished = if declared == 0 {
        // The rest of the file may also be chunks behind empty data.
        present > 0 && !is_followed(source)
    } else if declared > present {
        PLACEHOLDERS.iter().any(|range| range.contains(&declared))
            || declared >= PLACEHOLDER_64_MIN
            || kind.is_some_and(|kind| is_file_length(kind, source, declared))
    } else {
        // Lengths of 32 bits start again at 0 beyond 4 GiB.
        let is_wrapped = matches!(kind, Some(ChunkKind::Riff | ChunkKind::Form)) && present - declared >= 1 << 32;
        !is_followed(source) && (is_wrapped || kind.is_some_and(|kind| goes_on(kind, source, offset, declared)))
    };
    if is_unfinished { DataLength::ToEnd(present) } else { DataLength::Declared(declared) }
}

/// Returns true if samples follow the declared end of the data: a long stretch that is neither
/// silence nor a chunk or tag. Names of chunks are text.
fn goes_on(kind: ChunkKind, source: &mut Source, offset: u64, declared: u64) -> bool {
    let end = offset.saturating_add(declared);
    let rest = source.length_bytes.saturating_sub(end);
    if rest < GOES_ON_BYTES_MIN || (rest as f64) < GOES_ON_SHARE * declared as f64 {
        return false;
    }
    let behind = source.read_at(end, GOES_ON_READ_BYTES);
    let is_text = |at: usize| behind.get(at..at + 4).is_some_and(|name| name.iter().all(|b| (b' '..=b'~').contains(b)));
    let tail = source.read_at(source.length_bytes.saturating_sub(TAG_END_BYTES), TAG_END_BYTES as usize);
    let is_tag = behind.starts_with(b"ID3")
        || TAGS_AT_END.iter().any(|name| tail.windows(name.len()).any(|bytes| bytes == *name));
    let is_chunk = is_text(0) || end % 2 == 1 && (is_text(1) || kind.is_chunk_at(source, end + 1));
    !is_chunk && !is_tag && behind.iter().filter(|byte| **byte != 0).count() > behind.len() / 4
}

/// Returns whether the length of the file was entered for that of the data. A file that was cut to
/// that length by chance has an outer length beyond its end.
fn is_file_length(kind: ChunkKind, source: &mut Source, declared: u64) -> bool {
    let file_bytes = source.length_bytes;
    let stored = file_bytes.saturating_sub(OUTER_HEADER_BYTES)..=file_bytes;
    let outer = kind.outer_length(source);
    stored.contains(&declared) && outer.is_some_and(|outer| outer == declared || outer <= *stored.start())
}

#[cfg(test)]
mod tests {
    use super::{ChunkKind, DataLength, Source, data_length};

    #[test]
    fn lengths_that_start_again_beyond_4_gib_are_none() {
        // 44 bytes of header; nothing of the data is looked at but what follows the declared end.
        const GIB_4: u64 = 1 << 32;
        for (file_bytes, declared, expected) in [
            (GIB_4 + 1044, 1000, DataLength::ToEnd(GIB_4 + 1000)),
            (2 * GIB_4 + 1044, 1000, DataLength::ToEnd(2 * GIB_4 + 1000)),
            (GIB_4 + 44, 1000, DataLength::Declared(1000)),
        ] {
            let mut source = Source::in_memory(&[0; 2048]);
            source.length_bytes = file_bytes;
            assert_eq!(data_length(Some(ChunkKind::Riff), &mut source, 44, declared), expected, "{file_bytes}");
        }
    }
}
