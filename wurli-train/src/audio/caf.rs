//! Apple Core Audio Format with uncompressed samples.

use super::chunks::{self, ChunkKind};
use super::decoder::{Decoder, Source};
use super::length::{DataLength, data_length};
use super::mixer::check_channels;
use super::pcm::{ByteOrder, Encoding, Pcm};
use super::{AudioError, Format};

/// Bytes of an audio description chunk.
const DESCRIPTION_BYTES: usize = 32;
/// Bytes before the samples in a data chunk: a count of edits.
const DATA_HEADER_BYTES: u64 = 4;
/// Length of a data chunk that reaches to the end of the file.
const UNKNOWN_LENGTH: u64 = u64::MAX;
const FLAG_FLOAT: u32 = 1;
const FLAG_LITTLE_ENDIAN: u32 = 2;

pub(super) fn open(mut source: Source) -> Result<Box<dyn Decoder>, AudioError> {
    let format = Format::Caf;
    let [description, data] = chunks::find(ChunkKind::Caf, &mut source, [b"desc", b"data"]);
    let (Some(description), Some(data)) = (description, data) else { return Err(source.header_cut_short(format)) };
    let description = source.read_at(description.offset, DESCRIPTION_BYTES);
    let Some((rate, rest)) = description.split_first_chunk::<8>() else {
        return Err(source.header_cut_short(format));
    };
    let mut fields = rest.as_chunks().0.iter().map(|field| u32::from_be_bytes(*field));
    let mut field = || fields.next().unwrap_or(0);
    let (codec, flags, packet_bytes, _, channels, bits) = (field(), field(), field(), field(), field(), field());
    let (codec, channels, bits) = (codec.to_be_bytes(), channels as usize, bits as usize);
    check_channels(&source.path, channels)?;
    let bytes = packet_bytes as usize / channels;
    let encoding = match (&codec, flags & FLAG_FLOAT, bytes) {
        (b"lpcm", FLAG_FLOAT, 4) => Encoding::Float32,
        (b"lpcm", FLAG_FLOAT, 8) => Encoding::Float64,
        (b"lpcm", 0, 1..=4) if bits <= 8 * bytes => Encoding::Signed { bytes },
        (b"alaw", ..) => Encoding::ALaw,
        (b"ulaw", ..) => Encoding::MuLaw,
        (b"lpcm", ..) => {
            let reason = format!("its frames of {packet_bytes} bytes do not hold {channels} samples of {bits} bits");
            return Err(source.undecodable(format, reason));
        }
        (codec, ..) => return Err(source.compressed(format, codec.trim_ascii_end().escape_ascii().to_string())),
    };
    let order = if flags & FLAG_LITTLE_ENDIAN == 0 { ByteOrder::Big } else { ByteOrder::Little };
    let offset = data.offset.saturating_add(DATA_HEADER_BYTES);
    let length = match data.declared_bytes {
        UNKNOWN_LENGTH => DataLength::Declared(source.length_bytes.saturating_sub(offset)),
        declared => data_length(Some(ChunkKind::Caf), &mut source, offset, declared.saturating_sub(DATA_HEADER_BYTES)),
    };
    let rate_hz = f64::from_be_bytes(*rate);
    let sample_rate_hz = if (1.0..f64::from(u32::MAX)).contains(&rate_hz) { rate_hz.round() as u32 } else { 0 };
    Pcm { format, channels, sample_rate_hz, encoding, order, offset, length, frames: None }.open(source)
}
