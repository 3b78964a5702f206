//! FLAC, through symphonia.

use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
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

/// Decodes packet after packet.
struct Packets {
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track_id: u32,
    channels: usize,
    sample_rate_hz: u32,
    /// `None` where the stream leaves its length open: then its last frame is its end.
    promised_frames: Option<u64>,
    max_samples: u64,
    done_samples: u64,
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
            reader,
            decoder,
            track_id,
            channels,
            sample_rate_hz,
            promised_frames,
            max_samples,
            done_samples: 0,
            packet: Vec::new(),
        })
    }

    /// Appends the samples of the next packet. Returns `false` if there was none.
    fn append(&mut self, samples: &mut Vec<f32>) -> Result<bool, Failure> {
        let packet = loop {
            match self.reader.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track_id => break packet,
                Ok(Some(_)) => {}
                Ok(None) => return self.finish(),
                // The promised number of frames decides whether the file may end here.
                Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => return self.finish(),
                Err(error) => return Err(Failure::Packet(error)),
            }
        };
        let buffer = self.decoder.decode(&packet).map_err(Failure::Packet)?;
        if buffer.num_planes() != self.channels {
            return Err(Failure::Packet(Error::DecodeError("the number of channels changes")));
        }
        buffer.copy_to_vec_interleaved::<f32>(&mut self.packet);
        self.done_samples += self.packet.len() as u64;
        if self.done_samples > self.max_samples {
            return Err(Failure::Inflated(self.done_samples));
        }
        samples.extend_from_slice(&self.packet);
        Ok(true)
    }

    fn finish(&mut self) -> Result<bool, Failure> {
        let frames = self.done_samples / self.channels as u64;
        let is_complete = self.promised_frames.is_none_or(|promised| frames >= promised);
        // For a file cut short, the count says more than the checksum.
        if is_complete && self.decoder.finalize().verify_ok == Some(false) {
            return Err(Failure::Checksum);
        }
        Ok(false)
    }
}
