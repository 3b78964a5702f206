//! WAV through hound, and through symphonia what hound refuses.

use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use hound::{Error, SampleFormat, WavReader};

use super::blocks::{BLOCK_FRAMES, Blocks, Bytes, Layout};
use super::chunks::{Chunk, Chunks, LengthOrder};
use super::flac_aiff;
use super::mono::check_channels;
use super::{AudioError, Format};

/// Bytes of a format chunk that are read: more than any kind of it has.
const FORMAT_BYTES: usize = 64;
/// What a reader fetches at a time, bytes.
const BUFFER_BYTES: usize = 1 << 16;

pub(super) fn open(path: &Path, bytes: &impl Bytes) -> Result<Box<dyn Blocks>, AudioError> {
    let header = Header::of(bytes)?;
    if let Some(header) = &header {
        check_channels(path, header.channels)?;
        if header.data.declared_bytes == u32::MAX {
            return Err(AudioError::Unfinished { path: path.into(), placeholder: u32::MAX });
        }
    }
    match with_hound(path, bytes, header.as_ref()) {
        // 64-bit floats, companded samples, 32-bit integers in an old header, a chunk of odd length.
        Err(refusal @ (AudioError::Undecodable { .. } | AudioError::HeaderCutShort { .. })) => match header {
            Some(header) if header.is_packed() => {
                let masked = Masked { file: bytes.reader()?, hidden: header.channel_mask, at: 0 };
                match flac_aiff::open_wav(path, masked, bytes) {
                    Ok(blocks) => Ok(Box::new(SecondChoice { blocks, refusal: Some(refusal) })),
                    Err(error) => Err(more_exact(error, refusal)),
                }
            }
            _ => Err(refusal),
        },
        outcome => outcome,
    }
}

/// Two decoders refuse: hound's reason is the more exact one.
fn more_exact(error: AudioError, refusal: AudioError) -> AudioError {
    match error {
        AudioError::Undecodable { .. } | AudioError::HeaderCutShort { .. } => refusal,
        error => error,
    }
}

/// What symphonia decodes because hound refused.
struct SecondChoice {
    blocks: Box<dyn Blocks>,
    refusal: Option<AudioError>,
}

impl Blocks for SecondChoice {
    fn layout(&self) -> Layout {
        self.blocks.layout()
    }

    fn append(&mut self, samples: &mut Vec<f32>) -> Result<bool, AudioError> {
        self.blocks.append(samples).map_err(|error| match self.refusal.take() {
            Some(refusal) => more_exact(error, refusal),
            None => error,
        })
    }
}

/// The file with the loudspeakers' mask set to "none named": symphonia 0.6.1 fills up a mask of too few, and overflows if it ends
/// with the highest bit. Here the channels are mixed, whatever they are called.
struct Masked<R> {
    file: R,
    hidden: Range<u64>,
    at: u64,
}

impl<R: Read> Read for Masked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.file.read(buffer)?;
        for (position, byte) in (self.at..).zip(buffer.iter_mut().take(length)) {
            if position >= self.hidden.end {
                break;
            }
            if self.hidden.contains(&position) {
                *byte = 0;
            }
        }
        self.at += length as u64;
        Ok(length)
    }
}

impl<R: Seek> Seek for Masked<R> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

/// What two of the file's chunks say, read without trusting either.
struct Header {
    channels: usize,
    frame_bytes: usize,
    bits_per_sample: usize,
    data: Chunk,
    /// Where the extended format names loudspeakers; empty if it does not.
    channel_mask: Range<u64>,
}

impl Header {
    fn of(bytes: &impl Bytes) -> Result<Option<Self>, AudioError> {
        const EXTENSIBLE: &[u8] = &0xfffe_u16.to_le_bytes();
        let mut chunks = Chunks::of(bytes.reader()?, bytes.length(), LengthOrder::LittleEndian);
        let Some(chunk) = chunks.find(b"fmt ") else { return Ok(None) };
        let format = chunks.start_of(&chunk, FORMAT_BYTES);
        let field = |offset: usize| {
            let bytes = format.get(offset..offset + 2)?.try_into().ok()?;
            Some(usize::from(u16::from_le_bytes(bytes)))
        };
        let is_extended = format.starts_with(EXTENSIBLE) && format.len() >= 24;
        let channel_mask = if is_extended { chunk.offset + 20..chunk.offset + 24 } else { 0..0 };
        let fields = || Some((field(2)?, field(12)?, field(14)?));
        let Some((channels, frame_bytes, bits_per_sample)) = fields() else { return Ok(None) };
        Ok(chunks.find(b"data").map(|data| Self { channels, frame_bytes, bits_per_sample, data, channel_mask }))
    }

    /// Whether the frames hold nothing but samples, which symphonia takes for granted.
    fn is_packed(&self) -> bool {
        self.frame_bytes * 8 == self.channels * self.bits_per_sample
    }

    /// The content of the data chunk.
    fn data<R: Read + Seek>(&self, path: &Path, file: R) -> Result<impl Read + use<R>, AudioError> {
        let mut file = BufReader::with_capacity(BUFFER_BYTES, file);
        let found = file.seek(SeekFrom::Start(self.data.offset));
        found.map_err(|source| AudioError::Unreadable { path: path.into(), source })?;
        Ok(file.take(self.data.present_bytes))
    }
}

/// Whether samples of 24 bits in 4 bytes fill the upper three. So says the specification of
/// `WAVE_FORMAT_EXTENSIBLE`; other programs fill the lower three and extend the sign, hound fills them and leaves 0 above.
///
/// A recording of the upper three that is 48 dB below full scale cannot be told from one of the lower three; all that
/// the mistake changes is its gain.
fn is_left_justified(mut data: impl Read) -> bool {
    let (mut is_sign_extended, mut is_zero_extended) = (true, true);
    while let Ok(sample) = word(&mut data) {
        is_sign_extended &= (-(1 << 23)..1 << 23).contains(&sample);
        is_zero_extended &= (0..1 << 24).contains(&sample);
        if !is_sign_extended && !is_zero_extended {
            return true;
        }
    }
    false
}

fn word(data: &mut impl Read) -> std::io::Result<i32> {
    let mut word = [0; 4];
    data.read_exact(&mut word)?;
    Ok(i32::from_le_bytes(word))
}

fn with_hound(path: &Path, bytes: &impl Bytes, header: Option<&Header>) -> Result<Box<dyn Blocks>, AudioError> {
    let length_bytes = bytes.length();
    let reader = WavReader::new(BufReader::with_capacity(BUFFER_BYTES, bytes.reader()?))
        .map_err(|error| refusal(path, length_bytes, &error))?;
    let spec = reader.spec();
    let channels = usize::from(spec.channels);
    check_channels(path, channels)?;
    let promised = reader.len() as usize;
    let samples: Box<dyn Samples> = match (spec.sample_format, spec.bits_per_sample, header) {
        (SampleFormat::Float, ..) => Box::new(Floats(reader)),
        (SampleFormat::Int, 24, Some(header))
            if header.frame_bytes == 4 * header.channels && is_left_justified(header.data(path, bytes.reader()?)?) =>
        {
            let whole = (header.data.present_bytes / 4) as usize;
            if whole < promised {
                return Err(cut_short(path, promised, whole, header.channels));
            }
            Box::new(Packed::new(header.data(path, bytes.reader()?)?, 4))
        }
        // As hound reads them, in a tenth of the time.
        (SampleFormat::Int, 16 | 24 | 32, Some(header))
            if header.is_packed() && header.bits_per_sample == usize::from(spec.bits_per_sample) =>
        {
            Box::new(Packed::new(header.data(path, bytes.reader()?)?, header.bits_per_sample / 8))
        }
        (SampleFormat::Int, bits, _) => Box::new(Integers(reader, bits)),
    };
    let layout = Layout { channels, sample_rate_hz: spec.sample_rate, frames: Some((promised / channels) as u64) };
    let mut blocks =
        Wav { path: path.into(), length_bytes, layout, promised, done: 0, samples, first: Vec::new(), more: true };
    // Hound says with the first sample that it does not read the kind.
    let mut first = Vec::new();
    blocks.more = blocks.append(&mut first)?;
    blocks.first = first;
    Ok(Box::new(blocks))
}

/// Samples of one kind, from the beginning of the data on.
trait Samples: Send {
    /// Appends at most `count` samples.
    fn append(&mut self, count: usize, samples: &mut Vec<f32>) -> Result<(), Error>;
}

struct Floats<R>(WavReader<R>);

impl<R: Read + Send> Samples for Floats<R> {
    fn append(&mut self, count: usize, samples: &mut Vec<f32>) -> Result<(), Error> {
        self.0.samples::<f32>().take(count).try_for_each(|sample| {
            samples.push(sample?);
            Ok(())
        })
    }
}

/// Of that many bits, 1..=32.
struct Integers<R>(WavReader<R>, u16);

impl<R: Read + Send> Samples for Integers<R> {
    fn append(&mut self, count: usize, samples: &mut Vec<f32>) -> Result<(), Error> {
        let step = step(self.1);
        self.0.samples::<i32>().take(count).try_for_each(|sample| {
            samples.push((f64::from(sample?) * step) as f32);
            Ok(())
        })
    }
}

/// Integers that fill 2 to 4 bytes, one after the other.
struct Packed<R> {
    data: R,
    width: usize,
    bytes: Vec<u8>,
}

impl<R> Packed<R> {
    fn new(data: R, width: usize) -> Self {
        Self { data, width, bytes: Vec::new() }
    }
}

impl<R: Read + Send> Samples for Packed<R> {
    fn append(&mut self, count: usize, samples: &mut Vec<f32>) -> Result<(), Error> {
        let Self { data, width, bytes } = self;
        bytes.clear();
        let read = data.by_ref().take((count * *width) as u64).read_to_end(bytes);
        // Shifted to the top of 32 bits, all widths have the same full scale.
        let scaled = |word: i32| (f64::from(word) * step(32)) as f32;
        match *width {
            2 => samples.extend(bytes.as_chunks().0.iter().map(|&[a, b]| scaled(i32::from_le_bytes([0, 0, a, b])))),
            3 => samples.extend(bytes.as_chunks().0.iter().map(|&[a, b, c]| scaled(i32::from_le_bytes([0, a, b, c])))),
            _ => samples.extend(bytes.as_chunks().0.iter().map(|&word| scaled(i32::from_le_bytes(word)))),
        }
        read.map_err(Error::IoError)?;
        if bytes.len() < count * *width { Err(Error::IoError(ErrorKind::UnexpectedEof.into())) } else { Ok(()) }
    }
}

/// What 1 is in a signed integer of that many bits, full scale being 1; a power of two, so that products with it are exact. Hound has made
/// 8-bit samples signed.
fn step(bits: u16) -> f64 {
    2f64.powi(1 - i32::from(bits))
}

struct Wav {
    path: PathBuf,
    length_bytes: u64,
    layout: Layout,
    /// Samples of all channels, and how many were read.
    promised: usize,
    done: usize,
    samples: Box<dyn Samples>,
    /// The first block, and whether more follow it.
    first: Vec<f32>,
    more: bool,
}

impl Blocks for Wav {
    fn layout(&self) -> Layout {
        self.layout
    }

    fn append(&mut self, samples: &mut Vec<f32>) -> Result<bool, AudioError> {
        if !self.first.is_empty() {
            samples.append(&mut self.first);
            return Ok(self.more);
        }
        let (before, count) = (samples.len(), (self.promised - self.done).min(BLOCK_FRAMES * self.layout.channels));
        let outcome = self.samples.append(count, samples);
        self.done += samples.len() - before;
        match outcome {
            Ok(()) => Ok(self.done < self.promised),
            Err(Error::IoError(_)) => Err(cut_short(&self.path, self.promised, self.done, self.layout.channels)),
            Err(error) => Err(refusal(&self.path, self.length_bytes, &error)),
        }
    }
}

fn cut_short(path: &Path, promised_samples: usize, present_samples: usize, channels: usize) -> AudioError {
    let frames = |samples: usize| (samples / channels) as u64;
    AudioError::CutShort {
        path: path.into(),
        promised_frames: frames(promised_samples),
        present_frames: frames(present_samples),
    }
}

/// Hound's reason in this crate's words; the end of the file is the only I/O error within a header.
fn refusal(path: &Path, length_bytes: u64, error: &Error) -> AudioError {
    let reason = match error {
        Error::IoError(_) => {
            return AudioError::HeaderCutShort { path: path.into(), format: Format::Wav, length_bytes };
        }
        Error::FormatError(reason) => (*reason).to_string(),
        Error::Unsupported => "neither integer samples of 8, 16, 24 or 32 bits nor floats".to_string(),
        Error::TooWide => "samples wider than 32 bits".to_string(),
        other => other.to_string(),
    };
    AudioError::Undecodable { path: path.into(), format: Format::Wav, reason }
}
