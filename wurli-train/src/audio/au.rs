//! Sun/NeXT audio.

use super::decoder::{Decoder, Source};
use super::length::{DataLength, data_length};
use super::pcm::{ByteOrder, Encoding, Pcm};
use super::{AudioError, Format};

/// Magic, and five fields of 32 bits.
const HEADER_BYTES: usize = 24;
/// Length of data that is not known beforehand.
const UNKNOWN_LENGTH: u32 = u32::MAX;

pub(super) fn open(mut source: Source) -> Result<Box<dyn Decoder>, AudioError> {
    let format = Format::Au;
    let header = source.read_at(0, HEADER_BYTES);
    if header.len() < HEADER_BYTES {
        return Err(source.header_cut_short(format));
    }
    // Written on a little-endian machine, everything is reversed.
    let order = if header.starts_with(b"dns.") { ByteOrder::Little } else { ByteOrder::Big };
    let mut fields = header.as_chunks().0.iter().skip(1).map(|field| order.u32(*field));
    let mut field = || fields.next().unwrap_or(0);
    let (offset, declared, code, sample_rate_hz, channels) = (field(), field(), field(), field(), field());
    let encoding = match code {
        1 => Encoding::MuLaw,
        2..=5 => Encoding::Signed { bytes: code as usize - 1 },
        6 => Encoding::Float32,
        7 => Encoding::Float64,
        27 => Encoding::ALaw,
        23..=26 => return Err(source.compressed(format, "G.72x ADPCM")),
        code => return Err(source.compressed(format, format!("samples of encoding {code}"))),
    };
    let (offset, channels) = (u64::from(offset), channels as usize);
    let length = match declared {
        UNKNOWN_LENGTH => DataLength::Declared(source.length_bytes.saturating_sub(offset)),
        declared => data_length(None, &mut source, offset, u64::from(declared)),
    };
    Pcm { format, channels, sample_rate_hz, encoding, order, offset, length, frames: None }.open(source)
}
