//! WAV: RIFF, RIFX, RF64, BW64 and Wave64.

use std::io::{BufReader, Read};

use super::chunks::{Chunk, ChunkKind};
use super::decoder::{Decoder, Source};
use super::length::data_length;
use super::mixer::check_channels;
use super::pcm::{ByteOrder, Encoding, Pcm};
use super::{AudioError, Format};

/// Bytes of a format chunk that are read: all that any kind of it has.
const FORMAT_BYTES: usize = 64;
/// Shortest format chunk: up to the size of a frame.
const FORMAT_BYTES_MIN: usize = 14;

const TAG_PCM: u16 = 1;
const TAG_FLOAT: u16 = 3;
const TAG_A_LAW: u16 = 6;
const TAG_MU_LAW: u16 = 7;
const TAG_EXTENSIBLE: u16 = 0xfffe;

/// GUIDs of subformats behind their first two bytes, which are a format tag: of Microsoft, and of
/// Ambisonics.
const SUBFORMATS: [[u8; 14]; 2] = [
    [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71],
    [0, 0, 0x21, 7, 0xd3, 0x11, 0x86, 0x44, 0xc8, 0xc1, 0xca, 0, 0, 0],
];

pub(super) fn open_riff(source: Source) -> Result<Box<dyn Decoder>, AudioError> {
    open(source, ChunkKind::Riff, Format::Wav)
}

/// Opens a big-endian WAV, whose chunks are laid out as in AIFF.
pub(super) fn open_rifx(source: Source) -> Result<Box<dyn Decoder>, AudioError> {
    open(source, ChunkKind::Form, Format::Wav)
}

pub(super) fn open_wave64(source: Source) -> Result<Box<dyn Decoder>, AudioError> {
    open(source, ChunkKind::Wave64, Format::Wave64)
}

fn open(mut source: Source, kind: ChunkKind, format: Format) -> Result<Box<dyn Decoder>, AudioError> {
    let order = if kind == ChunkKind::Form { ByteOrder::Big } else { ByteOrder::Little };
    let (mut sizes, mut description, mut data) = (None, None, None);
    kind.walk(&mut source, |_, chunk| {
        match &chunk.name {
            b"ds64" => sizes = sizes.or(Some(chunk)),
            b"fmt " => description = description.or(Some(chunk)),
            b"data" => data = data.or(Some(chunk)),
            _ => {}
        }
        description.is_none() || data.is_none()
    });
    let Some(description) = description else {
        return Err(match data {
            Some(_) => source.undecodable(format, "it has no format chunk"),
            None => source.header_cut_short(format),
        });
    };
    let description = Description::read(&mut source, format, order, &description)?;
    check_channels(&source.path, description.channels)?;
    let Some(data) = data else { return Err(source.header_cut_short(format)) };
    let declared = sizes.and_then(|sizes| long_length(&mut source, &sizes, &data)).unwrap_or(data.declared_bytes);
    let length = data_length(Some(kind), &mut source, data.offset, declared);
    let mut encoding = description.encoding(&source, format)?;
    if encoding == (Encoding::Signed { bytes: 4 }) && description.bits == 24 {
        let reader = source.reader_at(data.offset);
        if reader.is_some_and(|reader| !is_left_justified(BufReader::new(reader.take(length.bytes())), order)) {
            encoding = Encoding::Signed24InLow;
        }
    }
    if encoding == (Encoding::Signed { bytes: 4 }) && description.bits == 32 {
        let reader = source.reader_at(data.offset);
        if reader.is_some_and(|reader| are_floats(BufReader::new(reader.take(length.bytes())), order)) {
            encoding = Encoding::Float32;
        }
    }
    let Description { channels, sample_rate_hz, .. } = description;
    Pcm { format, channels, sample_rate_hz, encoding, order, offset: data.offset, length, frames: None }.open(source)
}

/// Returns the length of the data from the 64-bit sizes of RF64 and BW64 (EBU Tech 3306), where 32
/// bits do not hold it.
fn long_length(source: &mut Source, sizes: &Chunk, data: &Chunk) -> Option<u64> {
    if data.declared_bytes != u64::from(u32::MAX) {
        return None;
    }
    let content = source.read_at(sizes.offset, 16);
    Some(u64::from_le_bytes(*content.last_chunk()?)).filter(|_| content.len() == 16)
}

/// Content of a format chunk.
struct Description {
    tag: u16,
    channels: usize,
    sample_rate_hz: u32,
    frame_bytes: usize,
    /// Bits that count in each sample.
    bits: usize,
    /// True if the tag is that of a known subformat, or needs none.
    is_known: bool,
}

impl Description {
    fn read(source: &mut Source, format: Format, order: ByteOrder, chunk: &Chunk) -> Result<Self, AudioError> {
        let length = chunk.present_bytes.min(FORMAT_BYTES as u64) as usize;
        let bytes = source.read_at(chunk.offset, length);
        if chunk.present_bytes < chunk.declared_bytes {
            return Err(source.header_cut_short(format));
        }
        if bytes.len() < FORMAT_BYTES_MIN {
            let reason = format!("its format chunk has {} bytes, at least {FORMAT_BYTES_MIN} are needed", bytes.len());
            return Err(source.undecodable(format, reason));
        }
        let word = |at: usize| bytes.get(at..at + 2).and_then(|word| word.try_into().ok()).map(|word| order.u16(word));
        let field = |at: usize| usize::from(word(at).unwrap_or(0));
        let rate = bytes.get(4..8).and_then(|rate| rate.try_into().ok()).map_or(0, |rate| order.u32(rate));
        let mut description = Self {
            tag: word(0).unwrap_or(0),
            channels: field(2),
            sample_rate_hz: rate,
            frame_bytes: field(12),
            bits: field(14),
            is_known: true,
        };
        if description.tag == TAG_EXTENSIBLE {
            let subformat = bytes.get(24..40).unwrap_or_default();
            description.tag = word(24).unwrap_or(0);
            description.is_known = SUBFORMATS.iter().any(|known| subformat.ends_with(known));
            // Some programs leave the number of valid bits open.
            if let Some(valid @ 1..) = word(18).map(usize::from) {
                description.bits = valid;
            }
        }
        Ok(description)
    }

    fn encoding(&self, source: &Source, format: Format) -> Result<Encoding, AudioError> {
        let &Self { tag, channels, frame_bytes, bits, .. } = self;
        if !self.is_known {
            return Err(source.compressed(format, "an unknown subformat"));
        }
        let bytes = if frame_bytes == 0 { bits.div_ceil(8) } else { frame_bytes / channels };
        let is_whole = frame_bytes == 0 || bytes * channels == frame_bytes;
        match (tag, bytes) {
            (TAG_PCM | TAG_FLOAT | TAG_A_LAW | TAG_MU_LAW, _) if !is_whole || bits > 8 * bytes => {
                let reason = format!("its frames of {frame_bytes} bytes do not hold {channels} samples of {bits} bits");
                Err(source.undecodable(format, reason))
            }
            (TAG_PCM, 1) => Ok(Encoding::Unsigned8),
            (TAG_PCM, 2..=4) => Ok(Encoding::Signed { bytes }),
            (TAG_FLOAT, 4) => Ok(Encoding::Float32),
            (TAG_FLOAT, 8) => Ok(Encoding::Float64),
            (TAG_A_LAW, 1) => Ok(Encoding::ALaw),
            (TAG_MU_LAW, 1) => Ok(Encoding::MuLaw),
            (TAG_PCM, _) => {
                Err(source.undecodable(format, format!("its integers have {bytes} bytes, 1 to 4 can be read")))
            }
            (TAG_FLOAT, _) => {
                Err(source.undecodable(format, format!("its floats have {bytes} bytes, 4 or 8 can be read")))
            }
            _ => Err(source.compressed(format, codec(tag))),
        }
    }
}

/// Returns the name of a compressed format, by its tag in Microsoft's `mmreg.h`.
fn codec(tag: u16) -> String {
    match tag {
        0x0002 => "Microsoft ADPCM".into(),
        0x0010 => "OKI ADPCM".into(),
        0x0011 => "IMA ADPCM".into(),
        0x0014 | 0x0040 | 0x0045 | 0x0064 => "G.72x ADPCM".into(),
        0x0031 => "GSM 6.10".into(),
        0x0050 => "MP2".into(),
        0x0055 => "MP3".into(),
        0x0160..=0x0163 => "WMA".into(),
        0x00ff | 0x1600 | 0x1602 | 0x1610 => "AAC".into(),
        0x2000 => "AC-3".into(),
        0x566f | 0x674f..=0x6751 | 0x676f..=0x6771 => "Ogg Vorbis".into(),
        0xf1ac => "FLAC".into(),
        tag => format!("compressed audio of type {tag:#06x}"),
    }
}

/// Fewest samples from which 32 bits are told to be floats.
const FLOATS_MIN: usize = 1000;

/// Returns whether 32 bits that are labelled as integers are floats, as some programs write them.
///
/// Integers of sound near 0 are no floats of that size: the negative ones are NaN.
fn are_floats(mut data: impl Read, order: ByteOrder) -> bool {
    let mut count = 0;
    let mut word = [0; 4];
    while data.read_exact(&mut word).is_ok() {
        let sample = f32::from_bits(order.u32(word)).abs();
        if sample != 0.0 {
            count += 1;
            if !(1e-20..=16.0).contains(&sample) {
                return false;
            }
        }
    }
    count >= FLOATS_MIN
}

/// Returns whether samples of 24 bits fill the upper three of 4 bytes, as `WAVE_FORMAT_EXTENSIBLE`
/// demands.
///
/// Other programs fill the lower three, with the sign or 0 above. Samples of the upper three that
/// are 48 dB below full scale look the same; the mistake changes their gain alone.
fn is_left_justified(mut data: impl Read, order: ByteOrder) -> bool {
    let (mut is_sign_extended, mut is_zero_extended) = (true, true);
    let mut word = [0; 4];
    while data.read_exact(&mut word).is_ok() {
        let sample = order.u32(word).cast_signed();
        is_sign_extended &= (-(1 << 23)..1 << 23).contains(&sample);
        is_zero_extended &= (0..1 << 24).contains(&sample);
        if !is_sign_extended && !is_zero_extended {
            return true;
        }
    }
    false
}
