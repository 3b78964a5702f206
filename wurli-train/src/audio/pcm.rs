//! Decoder of uncompressed samples: what all containers but FLAC hold.

use std::io::{BufReader, Read};
use std::path::PathBuf;

use super::decoder::{BLOCK_FRAMES, Decoder, Layout, ReadSeek, Source};
use super::length::DataLength;
use super::mixer::check_channels;
use super::{AudioError, AudioWarning, Format};

/// Bytes that are read at a time.
const BUFFER_BYTES: usize = 1 << 16;
/// One step of 32-bit integers, full scale 1. A power of two, so that products with it are exact.
const STEP_32: f64 = 1.0 / (1u64 << 31) as f64;

/// Encoding of one sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// 8 bits, 128 is silence.
    Unsigned8,
    /// 1 to 4 bytes; full scale is that of the bytes.
    Signed {
        bytes: usize,
    },
    /// 24 bits in the lower three of 4 bytes.
    Signed24InLow,
    Float32,
    Float64,
    ALaw,
    MuLaw,
}

/// Order of the bytes of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    pub(super) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    pub(super) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }
}

/// Everything that a header says of uncompressed samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pcm {
    pub(super) format: Format,
    pub(super) channels: usize,
    pub(super) sample_rate_hz: u32,
    pub(super) encoding: Encoding,
    pub(super) order: ByteOrder,
    /// Position of the first sample, bytes.
    pub(super) offset: u64,
    pub(super) length: DataLength,
    /// Frames according to the header, where it counts them apart from the data's length.
    pub(super) frames: Option<u64>,
}

impl Encoding {
    /// Returns the encoding of integers of that many bits, which fill the upper part of whole
    /// bytes.
    pub(super) fn signed(bits: usize) -> Option<Self> {
        (1..=32).contains(&bits).then(|| Self::Signed { bytes: bits.div_ceil(8) })
    }

    /// Returns the size of a sample, bytes.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Unsigned8 | Self::ALaw | Self::MuLaw => 1,
            Self::Signed { bytes } => bytes,
            Self::Signed24InLow | Self::Float32 => 4,
            Self::Float64 => 8,
        }
    }

    /// Appends the samples in little-endian `bytes`, full scale 1.
    fn decode(self, bytes: &[u8], samples: &mut Vec<f32>) {
        // Shifted to the top of 32 bits, all integers have the same full scale.
        let integer = |bytes| (f64::from(i32::from_le_bytes(bytes)) * STEP_32) as f32;
        let expanded = |word: i16| f32::from(word) / 32_768.0;
        match self {
            Self::Unsigned8 => samples.extend(bytes.iter().map(|a| integer([0, 0, 0, a ^ 0x80]))),
            Self::Signed { bytes: 1 } => samples.extend(bytes.iter().map(|a| integer([0, 0, 0, *a]))),
            Self::Signed { bytes: 2 } => samples.extend(each(bytes).map(|[a, b]| integer([0, 0, a, b]))),
            Self::Signed { bytes: 3 } => samples.extend(each(bytes).map(|[a, b, c]| integer([0, a, b, c]))),
            Self::Signed { .. } => samples.extend(each(bytes).map(integer)),
            Self::Signed24InLow => samples.extend(each(bytes).map(|[a, b, c, _]| integer([0, a, b, c]))),
            Self::Float32 => samples.extend(each(bytes).map(f32::from_le_bytes)),
            Self::Float64 => samples.extend(each(bytes).map(|sample| f64::from_le_bytes(sample) as f32)),
            Self::ALaw => samples.extend(bytes.iter().map(|code| expanded(a_law(*code)))),
            Self::MuLaw => samples.extend(bytes.iter().map(|code| expanded(mu_law(*code)))),
        }
    }
}

/// Splits bytes into samples of `N` bytes.
fn each<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks().0.iter().copied()
}

/// Expands A-law to 16 bits (ITU-T G.711, table 1).
fn a_law(code: u8) -> i16 {
    let code = code ^ 0x55;
    let (segment, step) = (code >> 4 & 7, i16::from(code & 15));
    let magnitude = match segment {
        0 => step << 4 | 8,
        segment => (step << 4 | 0x108) << (segment - 1),
    };
    if code & 0x80 == 0 { -magnitude } else { magnitude }
}

/// Expands µ-law to 16 bits (ITU-T G.711, table 2).
fn mu_law(code: u8) -> i16 {
    let code = !code;
    let magnitude = ((i16::from(code & 15) << 3 | 0x84) << (code >> 4 & 7)) - 0x84;
    if code & 0x80 == 0 { magnitude } else { -magnitude }
}

impl Pcm {
    fn frame_bytes(&self) -> usize {
        self.channels * self.encoding.bytes()
    }

    /// Begins to decode.
    ///
    /// # Errors
    /// A number of channels that is not mixed, and fewer frames than promised.
    pub(super) fn open(self, source: Source) -> Result<Box<dyn Decoder>, AudioError> {
        check_channels(&source.path, self.channels)?;
        let path = source.path.clone();
        let frame_bytes = self.frame_bytes() as u64;
        let in_data = self.length.bytes() / frame_bytes;
        let present_frames = source.length_bytes.saturating_sub(self.offset) / frame_bytes;
        let (frames, warning) = match self.length {
            DataLength::Declared(_) => (self.frames.unwrap_or(in_data), None),
            DataLength::ToEnd(_) => {
                // A count that fits into the file was entered although the length was not.
                let frames = self.frames.filter(|frames| (1..=in_data).contains(frames)).unwrap_or(in_data);
                (frames, Some(AudioWarning::UnfinishedHeader { format: self.format, frames }))
            }
        };
        let present_frames = present_frames.min(in_data);
        if present_frames < frames {
            return Err(AudioError::CutShort { path, promised_frames: frames, present_frames });
        }
        let layout =
            Layout { channels: self.channels, sample_rate_hz: self.sample_rate_hz, frames: Some(frames), warning };
        let reader = BufReader::with_capacity(BUFFER_BYTES, source.into_reader(self.offset)?);
        Ok(Box::new(PcmDecoder { path, reader, pcm: self, layout, left_frames: frames, bytes: Vec::new() }))
    }
}

struct PcmDecoder<R> {
    path: PathBuf,
    reader: BufReader<R>,
    pcm: Pcm,
    layout: Layout,
    left_frames: u64,
    bytes: Vec<u8>,
}

impl<R: ReadSeek> Decoder for PcmDecoder<R> {
    fn layout(&self) -> Layout {
        self.layout.clone()
    }

    fn append(&mut self, samples: &mut Vec<f32>) -> Result<bool, AudioError> {
        let frames = self.left_frames.min(BLOCK_FRAMES as u64);
        self.bytes.resize(frames as usize * self.pcm.frame_bytes(), 0);
        let read = self.reader.read_exact(&mut self.bytes);
        read.map_err(|source| AudioError::Unreadable { path: self.path.clone(), source })?;
        let Pcm { encoding, order, .. } = self.pcm;
        if order == ByteOrder::Big {
            self.bytes.chunks_exact_mut(encoding.bytes()).for_each(<[u8]>::reverse);
        }
        encoding.decode(&self.bytes, samples);
        self.left_frames -= frames;
        Ok(self.left_frames > 0)
    }
}
