//! FLAC, through symphonia.

use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::formats::FlacReader;

use super::decoder::{BLOCK_FRAMES, Decoder, Layout, ReadSeek, Source};
use super::mixer::CHANNELS_MAX;
use super::{AudioError, Format};

/// Most samples that one byte may stand for. Recorded sound takes at least half a byte per sample.
const SAMPLES_PER_BYTE_MAX: u64 = 256;
/// Samples that are read however short the file is: a minute and a half at 44.1 kHz.
const SAMPLES_ALWAYS: u64 = 1 << 22;

pub(super) fn open(source: Source) -> Result<Box<dyn Decoder>, AudioError> {
    let length_bytes = source.length_bytes;
    let max_samples = length_bytes.saturating_mul(SAMPLES_PER_BYTE_MAX).max(SAMPLES_ALWAYS).min(source.max_samples);
    let guard = Guard { path: source.path.clone(), length_bytes, max_samples };
    let media = Media { file: source.into_reader(0)?, length_bytes };
    let packets = guard.run(|| {
        let stream = MediaSourceStream::new(Box::new(media), Default::default());
        let reader = FlacReader::try_new(stream, FormatOptions::default()).map_err(Failure::Header)?;
        Packets::new(Box::new(reader), max_samples)
    })?;
    Ok(Box::new(FlacDecoder { packets, guard }))
}

/// A file as symphonia reads it.
struct Media<R> {
    file: R,
    length_bytes: u64,
}

impl<R: Read> Read for Media<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.file.read(buffer)
    }
}

impl<R: Seek> Seek for Media<R> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

impl<R: ReadSeek> MediaSource for Media<R> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length_bytes)
    }
}

struct FlacDecoder {
    packets: Packets,
    guard: Guard,
}

impl Decoder for FlacDecoder {
    fn layout(&self) -> Layout {
        let Packets { channels, sample_rate_hz, promised_frames: frames, .. } = self.packets;
        Layout { channels, sample_rate_hz, frames, warning: None }
    }

    /// Fewer frames than promised are an error; surplus frames are padding, and dropped.
    fn append(&mut self, samples: &mut Vec<f32>) -> Result<bool, AudioError> {
        let Self { packets, guard } = self;
        let channels = packets.channels;
        let before = samples.len();
        let more = guard.run(|| {
            while samples.len() - before < BLOCK_FRAMES * channels {
                if !packets.append(samples)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        if let Some(promised_frames) = packets.promised_frames {
            let present_frames = packets.done_samples / channels as u64;
            if !more && present_frames < promised_frames {
                if let Some(missing_s) = packets.missing_s() {
                    return Err(AudioError::Undecodable {
                        path: guard.path.clone(),
                        format: Format::Flac,
                        reason: format!("what it holds from {missing_s:.2} s on is damaged"),
                    });
                }
                return Err(AudioError::CutShort { path: guard.path.clone(), promised_frames, present_frames });
            }
            let surplus = present_frames.saturating_sub(promised_frames).saturating_mul(channels as u64) as usize;
            samples.truncate(samples.len().saturating_sub(surplus).max(before));
        }
        Ok(more)
    }
}

/// Turns symphonia's failures and panics into errors.
struct Guard {
    path: PathBuf,
    length_bytes: u64,
    max_samples: u64,
}

impl Guard {
    /// Symphonia 0.6.1 overflows on damaged side channels, and on 32 bits in stereo: it panics
    /// where overflow is checked. One damaged file must not end a build that has others to read.
    fn run<T>(&self, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, AudioError> {
        let (path, format, length_bytes) = (self.path.clone(), Format::Flac, self.length_bytes);
        let undecodable = |reason: String| AudioError::Undecodable { path: self.path.clone(), format, reason };
        // After a panic, nothing more is asked of the decoder.
        let failure = match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(failure)) => failure,
            Err(_) => Failure::Overflow,
        };
        Err(match failure {
            Failure::Header(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                AudioError::HeaderCutShort { path, format, length_bytes }
            }
            Failure::Header(error) | Failure::Packet(error) => undecodable(error.to_string()),
            Failure::Channels(channels) => AudioError::Channels { path, channels, max: CHANNELS_MAX },
            Failure::Inflated(samples) => {
                AudioError::Inflated { path, format, length_bytes, samples, max: self.max_samples }
            }
            Failure::Checksum => undecodable("its samples do not match its MD5 checksum".into()),
            Failure::Overflow => undecodable(
                "the decoder overflowed, as it does on damaged files and on 32 bits in stereo (save that with 24 bits)"
                    .into(),
            ),
        })
    }
}

enum Failure {
    /// Before the first packet.
    Header(Error),
    /// In a packet.
    Packet(Error),
    /// More channels than are mixed.
    Channels(usize),
    /// More samples than are decoded of a file of this length.
    Inflated(u64),
    /// After the last packet.
    Checksum,
    /// The decoder panicked.
    Overflow,
}

/// `fLaC`.
const MAGIC_BYTES: u64 = 4;
/// Bit of the first byte of the last metadata block.
const LAST_METADATA_BLOCK: u8 = 0x80;
/// Most bytes that are searched for the end of the last frame: more than a frame has.
const LAST_FRAME_BYTES_MAX: usize = 1 << 24;
/// Most ends of the last frame that are tried. By chance, one of 65536 bytes seems to be an end; if
/// zeros follow one, each of them does.
const LAST_FRAME_ENDS_MAX: usize = 64;

/// Decodes packet after packet.
struct Packets {
    /// `None` once all packets were read.
    reader: Option<Box<dyn FormatReader>>,
    /// Bytes of the packets so far.
    done_bytes: u64,
    decoder: Box<dyn AudioDecoder>,
    track_id: u32,
    channels: usize,
    sample_rate_hz: u32,
    /// `None` where the stream leaves its length open: then its last frame is its end.
    promised_frames: Option<u64>,
    max_samples: u64,
    done_samples: u64,
    /// End of the last packet by its place in the stream, frames.
    end_frame: i64,
    /// First frame that is missing between two packets.
    missing_frame: Option<i64>,
    packet: Vec<f32>,
}

impl Packets {
    fn new(reader: Box<dyn FormatReader>, max_samples: u64) -> Result<Self, Failure> {
        let missing = |what| Failure::Header(Error::DecodeError(what));
        let track = reader.default_track(TrackType::Audio).ok_or_else(|| missing("no audio track"))?;
        let (track_id, promised_frames) = (track.id, track.num_frames);
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        let parameters = parameters.ok_or_else(|| missing("no codec parameters"))?;
        let channels = parameters.channels.as_ref().map_or(0, |channels| channels.count());
        let sample_rate_hz = parameters.sample_rate.unwrap_or(0);
        // The decoder allocates memory for each channel.
        if !(1..=CHANNELS_MAX).contains(&channels) {
            return Err(Failure::Channels(channels));
        }
        let promised = promised_frames.unwrap_or(0).saturating_mul(channels as u64);
        if promised > max_samples {
            return Err(Failure::Inflated(promised));
        }
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &AudioDecoderOptions::default().verify(true))
            .map_err(Failure::Header)?;
        Ok(Self {
            reader: Some(reader),
            done_bytes: 0,
            decoder,
            track_id,
            channels,
            sample_rate_hz,
            promised_frames,
            max_samples,
            done_samples: 0,
            end_frame: 0,
            missing_frame: None,
            packet: Vec::new(),
        })
    }

    /// Appends the samples of the next packet. Returns `false` if there was none.
    fn append(&mut self, samples: &mut Vec<f32>) -> Result<bool, Failure> {
        // What follows the promised frames is no audio.
        if self.promised_frames.is_some_and(|promised| self.done_frames() >= promised) {
            return self.finish();
        }
        let Some(reader) = &mut self.reader else { return self.finish() };
        let packet = loop {
            match reader.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track_id => break packet,
                Ok(Some(_)) => {}
                Ok(None) => return self.append_last(samples),
                // The promised number of frames decides whether the file may end here.
                Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                    return self.append_last(samples);
                }
                Err(error) => return Err(Failure::Packet(error)),
            }
        };
        self.done_bytes += packet.data.len() as u64;
        // Symphonia leaves out a frame whose checksum fails.
        if packet.pts.get() > self.end_frame {
            self.missing_frame.get_or_insert(self.end_frame);
        }
        self.end_frame = packet.pts.get().saturating_add_unsigned(packet.dur.get());
        self.decode(&packet, samples)?;
        Ok(true)
    }

    fn decode(&mut self, packet: &Packet, samples: &mut Vec<f32>) -> Result<(), Failure> {
        let buffer = self.decoder.decode(packet).map_err(Failure::Packet)?;
        if buffer.num_planes() != self.channels {
            return Err(Failure::Packet(Error::DecodeError("the number of channels changes")));
        }
        buffer.copy_to_vec_interleaved::<f32>(&mut self.packet);
        self.done_samples += self.packet.len() as u64;
        if self.done_samples > self.max_samples {
            return Err(Failure::Inflated(self.done_samples));
        }
        samples.extend_from_slice(&self.packet);
        Ok(())
    }

    /// Appends the last frame, if other bytes follow it. Symphonia looks for its checksum at the
    /// end of the file, and drops the frame.
    fn append_last(&mut self, samples: &mut Vec<f32>) -> Result<bool, Failure> {
        let bytes = self.reader.take().and_then(|reader| bytes_behind(reader, self.done_bytes)).unwrap_or_default();
        for end in frame_ends(&bytes) {
            let frame = bytes.get(..end).unwrap_or_default();
            let packet = Packet::new(self.track_id, Timestamp::ZERO, Duration::ZERO, frame);
            // A checksum may also match within the frame, which is then too short to be decoded.
            match self.decode(&packet, samples) {
                Ok(()) => return Ok(true),
                Err(Failure::Packet(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        self.finish()
    }

    /// Returns where the first frame that is missing before the end would begin, s.
    fn missing_s(&self) -> Option<f64> {
        self.missing_frame.map(|frame| frame as f64 / f64::from(self.sample_rate_hz.max(1)))
    }

    fn done_frames(&self) -> u64 {
        self.done_samples / self.channels as u64
    }

    fn finish(&mut self) -> Result<bool, Failure> {
        let is_complete = self.promised_frames.is_none_or(|promised| self.done_frames() >= promised);
        // For a file cut short, the count says more than the checksum.
        if is_complete && self.decoder.finalize().verify_ok == Some(false) {
            return Err(Failure::Checksum);
        }
        Ok(false)
    }
}

/// Returns what follows that many bytes of frames, or nothing if it does not begin like a frame.
fn bytes_behind(reader: Box<dyn FormatReader>, frames_bytes: u64) -> Option<Vec<u8>> {
    let mut file = reader.into_inner();
    let mut offset = MAGIC_BYTES;
    loop {
        file.seek(SeekFrom::Start(offset)).ok()?;
        let mut header = [0; 4];
        file.read_exact(&mut header).ok()?;
        let [kind, length @ ..] = header;
        offset += 4 + length.iter().fold(0, |length, byte| length << 8 | u64::from(*byte));
        if kind & LAST_METADATA_BLOCK != 0 {
            break;
        }
    }
    file.seek(SeekFrom::Start(offset + frames_bytes)).ok()?;
    let mut bytes = Vec::new();
    file.take(LAST_FRAME_BYTES_MAX as u64).read_to_end(&mut bytes).ok()?;
    matches!(bytes.as_slice(), [0xff, 0xf8 | 0xf9, ..]).then_some(bytes)
}

/// Returns the first lengths at which `bytes`, up to there, end with their CRC-16, so that their
/// remainder is 0.
fn frame_ends(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let mut remainder = 0_u16;
    let ends = bytes.iter().enumerate().filter_map(move |(index, byte)| {
        remainder ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            let carry = remainder >> 15;
            remainder = (remainder << 1) ^ (carry * 0x8005);
        }
        (remainder == 0 && index > 1).then_some(index + 1)
    });
    ends.take(LAST_FRAME_ENDS_MAX)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::audio::decode;

    #[test]
    fn tries_few_ends_of_a_last_frame_before_zeros() {
        let mut bytes = wurli_testkit::audio_files::flac(16, 0x2000, 0x1000);
        // Header with its CRC-8, two subframes of 24 and 25 bits, CRC-16.
        const FRAME_BYTES: usize = 7 + 7 + 2;
        let frame_at = bytes.len() - FRAME_BYTES;
        // A reserved type of subframe.
        bytes[frame_at + 7] = 0x04;
        let crc_at = bytes.len() - 2;
        let matches = |crc: &u16| {
            let frame = [&bytes[frame_at..crc_at], &crc.to_be_bytes()].concat();
            frame_ends(&frame).last() == Some(frame.len())
        };
        let crc = (0..=u16::MAX).find(matches).unwrap();
        bytes[crc_at..].copy_from_slice(&crc.to_be_bytes());
        bytes.resize(bytes.len() + (1 << 20), 0);
        // Not for symphonia, which would take all of it for the frame.
        bytes.push(1);
        assert_eq!(frame_ends(&bytes[frame_at..]).count(), LAST_FRAME_ENDS_MAX);
        let error = decode(Path::new("a.flac"), bytes).unwrap_err();
        assert!(matches!(error, AudioError::CutShort { promised_frames: 16, present_frames: 0, .. }), "{error}");
    }
}
