//! AIFF, and AIFF-C without compression.

use super::chunks::{self, ChunkKind};
use super::decoder::{Decoder, Source};
use super::length::{DataLength, data_length};
use super::mixer::check_channels;
use super::pcm::{ByteOrder, Encoding, Pcm};
use super::{AudioError, Format};

/// Bytes of a common chunk: channels, frames, bits and sample rate; in AIFF-C also the compression.
const COMMON_BYTES: usize = 18;
/// Bytes before the samples in a sound chunk: offset and size of blocks.
const SOUND_HEADER_BYTES: u64 = 8;

pub(super) fn open(mut source: Source) -> Result<Box<dyn Decoder>, AudioError> {
    let format = Format::Aiff;
    let [common, sound] = chunks::find(ChunkKind::Form, &mut source, [b"COMM", b"SSND"]);
    let Some(common) = common else { return Err(source.header_cut_short(format)) };
    let common = source.read_at(common.offset, COMMON_BYTES + 4);
    let Some(fields) = common.first_chunk::<COMMON_BYTES>() else { return Err(source.header_cut_short(format)) };
    let &[c0, c1, f0, f1, f2, f3, b0, b1, ref rate @ ..] = fields;
    let channels = usize::from(u16::from_be_bytes([c0, c1]));
    let frames = u64::from(u32::from_be_bytes([f0, f1, f2, f3]));
    let bits = usize::from(u16::from_be_bytes([b0, b1]));
    check_channels(&source.path, channels)?;
    let is_aifc = source.read_at(8, 4) == b"AIFC";
    let compression = common.get(COMMON_BYTES..).filter(|_| is_aifc).unwrap_or(b"NONE");
    let (encoding, order) = encoding(compression, bits).ok_or_else(|| match compression {
        b"NONE" => source.undecodable(format, format!("its samples have {bits} bits, 1 to 32 can be read")),
        _ => source.compressed(format, compression.escape_ascii().to_string()),
    })?;
    let Some(sound) = sound else {
        return Err(match frames {
            0 => AudioError::Empty { path: source.path, unit: "frames" },
            _ => source.header_cut_short(format),
        });
    };
    let skipped = source.read_at(sound.offset, 4);
    let skipped = skipped.try_into().map_or(0, |bytes| u64::from(u32::from_be_bytes(bytes)));
    let offset = sound.offset.saturating_add(SOUND_HEADER_BYTES + skipped);
    let declared = sound.declared_bytes.saturating_sub(SOUND_HEADER_BYTES + skipped);
    let mut length = data_length(Some(ChunkKind::Form), &mut source, offset, declared);
    if let (DataLength::Declared(bytes @ 1..), 0) = (length, frames) {
        // The length was entered, the number of frames never.
        length = DataLength::ToEnd(bytes.min(source.length_bytes.saturating_sub(offset)));
    }
    let sample_rate_hz = extended_to_hz(*rate);
    Pcm { format, channels, sample_rate_hz, encoding, order, offset, length, frames: Some(frames) }.open(source)
}

/// Returns the encoding of samples, or `None` for a compression that is not read.
fn encoding(compression: &[u8], bits: usize) -> Option<(Encoding, ByteOrder)> {
    use ByteOrder::{Big, Little};
    // QuickTime writes 16 as the number of bits of every type that has its own.
    Some(match compression {
        b"NONE" | b"twos" => (Encoding::signed(bits)?, Big),
        b"sowt" => (Encoding::signed(bits)?, Little),
        b"raw " => (Encoding::Unsigned8, Big),
        b"in16" => (Encoding::Signed { bytes: 2 }, Big),
        b"in24" => (Encoding::Signed { bytes: 3 }, Big),
        b"in32" => (Encoding::Signed { bytes: 4 }, Big),
        // libsndfile writes 42n1.
        b"42ni" | b"42n1" => (Encoding::Signed { bytes: 3 }, Little),
        b"23ni" => (Encoding::Signed { bytes: 4 }, Little),
        b"fl32" | b"FL32" => (Encoding::Float32, Big),
        b"fl64" | b"FL64" => (Encoding::Float64, Big),
        b"23lf" => (Encoding::Float32, Little),
        b"46lf" => (Encoding::Float64, Little),
        b"alaw" | b"ALAW" => (Encoding::ALaw, Big),
        b"ulaw" | b"ULAW" => (Encoding::MuLaw, Big),
        _ => return None,
    })
}

/// Converts an 80-bit float to whole Hz; 0 for what is no rate.
fn extended_to_hz([a, b, mantissa @ ..]: [u8; 10]) -> u32 {
    // The exponent is biased by 16383, and the mantissa's highest bit is the leading one.
    let exponent = i32::from(u16::from_be_bytes([a, b])) - 16_383 - 63;
    let rate = u64::from_be_bytes(mantissa) as f64 * 2f64.powi(exponent);
    if (1.0..f64::from(u32::MAX)).contains(&rate) { rate.round() as u32 } else { 0 }
}
