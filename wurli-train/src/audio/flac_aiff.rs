//! FLAC, AIFF and the WAV files that hound refuses, through symphonia.

use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::default::formats::{AiffReader, FlacReader, WavReader};

use super::blocks::{BLOCK_FRAMES, Blocks, Bytes, Layout};
use super::chunks::{Chunks, LengthOrder};
use super::mono::{CHANNELS_MAX, check_channels};
use super::{AudioError, Format};

/// Most samples that one byte may stand for. Recorded sound takes half a byte a sample and more; a recording that is digital silence but
/// for a five-hundredth of its length is still read.
const SAMPLES_PER_BYTE_MAX: u64 = 256;
/// Samples that are read however short the file is: a minute and a half at 44.1 kHz.
const SAMPLES_ALWAYS: u64 = 1 << 22;
/// Bytes of a common chunk that are read: channels and frames.
const COMMON_BYTES: usize = 6;

pub(super) fn open_flac(path: &Path, bytes: &impl Bytes) -> Result<Box<dyn Blocks>, AudioError> {
    // A stream may leave its length open; then its last frame is where it ends.
    open(path, Format::Flac, bytes.reader()?, bytes, None)
}

/// `file` are the bytes, but for what symphonia should not see of them.
pub(super) fn open_wav(
    path: &Path,
    file: impl Read + Seek + Send + Sync + 'static,
    bytes: &impl Bytes,
) -> Result<Box<dyn Blocks>, AudioError> {
    open(path, Format::Wav, file, bytes, None)
}

pub(super) fn open_aiff(path: &Path, bytes: &impl Bytes) -> Result<Box<dyn Blocks>, AudioError> {
    // Symphonia counts the bytes of the sound chunk and says of a short one only that the file ended.
    let promise = Promise::of(bytes)?;
    if let Some(promise) = &promise {
        check_channels(path, promise.channels)?;
        if promise.present_frames < promise.frames {
            return Err(AudioError::CutShort {
                path: path.into(),
                promised_frames: promise.frames,
                present_frames: promise.present_frames,
            });
        }
    }
    open(path, Format::Aiff, bytes.reader()?, bytes, promise.map(|promise| promise.frames))
}

/// What the common chunk of an AIFF file promises, and how much of it the sound chunk holds.
struct Promise {
    channels: usize,
    frames: u64,
    present_frames: u64,
}

impl Promise {
    /// `None` without either chunk: symphonia's refusal says the rest.
    fn of(bytes: &impl Bytes) -> Result<Option<Self>, AudioError> {
        let mut chunks = Chunks::of(bytes.reader()?, bytes.length(), LengthOrder::BigEndian);
        let mut read = || {
            let common = chunks.find(b"COMM")?;
            let common = chunks.start_of(&common, COMMON_BYTES);
            let (channels, rest) = common.split_first_chunk::<2>()?;
            let (frames, _) = rest.split_first_chunk::<4>()?;
            let frames = u64::from(u32::from_be_bytes(*frames));
            let sound = chunks.find(b"SSND")?;
            // Offset and block size stand before the samples.
            let (declared, present) =
                (u64::from(sound.declared_bytes).saturating_sub(8), sound.present_bytes.saturating_sub(8));
            let present_frames = if present < declared { frames * present / declared } else { frames };
            Some(Self { channels: usize::from(u16::from_be_bytes(*channels)), frames, present_frames })
        };
        Ok(read())
    }
}

/// What symphonia reads from.
struct Source<R> {
    file: R,
    length_bytes: u64,
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.file.read(buffer)
    }
}

impl<R: Seek> Seek for Source<R> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

impl<R: Read + Seek + Send + Sync> MediaSource for Source<R> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length_bytes)
    }
}

/// A file of which symphonia decodes packet after packet.
struct Packets {
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track_id: u32,
    channels: usize,
    sample_rate_hz: u32,
    promised_frames: Option<u64>,
    max_samples: u64,
    done_samples: u64,
    packet: Vec<f32>,
}

/// The same with what messages say of it.
struct Decoding {
    packets: Packets,
    about: About,
    /// What was promised, by another chunk if the container does not say.
    promised_frames: Option<u64>,
}

#[derive(Clone)]
struct About {
    path: PathBuf,
    format: Format,
    length_bytes: u64,
    max_samples: u64,
}

fn open(
    path: &Path,
    format: Format,
    file: impl Read + Seek + Send + Sync + 'static,
    bytes: &impl Bytes,
    promised_frames: Option<u64>,
) -> Result<Box<dyn Blocks>, AudioError> {
    let length_bytes = bytes.length();
    let most = length_bytes.saturating_mul(SAMPLES_PER_BYTE_MAX).max(SAMPLES_ALWAYS).min(bytes.samples_max());
    let about = About { path: path.into(), format, length_bytes, max_samples: most };
    let source = Source { file, length_bytes };
    let packets = about.guarded(|| {
        let stream = MediaSourceStream::new(Box::new(source), Default::default());
        let options = FormatOptions::default();
        let reader: Box<dyn FormatReader> = match format {
            Format::Wav => Box::new(WavReader::try_new(stream, options).map_err(Failure::Header)?),
            Format::Aiff => Box::new(AiffReader::try_new(stream, options).map_err(Failure::Header)?),
            Format::Flac => Box::new(FlacReader::try_new(stream, options).map_err(Failure::Header)?),
        };
        Packets::of(reader, most)
    })?;
    let promised_frames = promised_frames.or(packets.promised_frames);
    Ok(Box::new(Decoding { packets, about, promised_frames }))
}

impl About {
    /// Symphonia 0.6.1 adds FLAC's side channel without regard to overflow, and asks for 33 bits at once of 32-bit stereo:
    /// panics where overflow is checked. One damaged file must not end a build that has others to read.
    fn guarded<T>(&self, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, AudioError> {
        let Self { path, format, length_bytes, max_samples } = self.clone();
        let undecodable = |reason: String| Err(AudioError::Undecodable { path: self.path.clone(), format, reason });
        // After a panic, nothing more is asked of what it has left.
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(Failure::Header(Error::IoError(error)))) if error.kind() == ErrorKind::UnexpectedEof => {
                Err(AudioError::HeaderCutShort { path, format, length_bytes })
            }
            Ok(Err(Failure::Header(error) | Failure::Packet(error))) => undecodable(error.to_string()),
            Ok(Err(Failure::Channels(channels))) => Err(AudioError::Channels { path, channels, max: CHANNELS_MAX }),
            Ok(Err(Failure::Inflated(samples))) => {
                Err(AudioError::Inflated { path, format, length_bytes, samples, max: max_samples })
            }
            Ok(Err(Failure::Checksum)) => undecodable("its samples do not match its MD5 checksum".into()),
            Err(_) => undecodable(
                "the decoder overflowed, as it does on damaged files and on 32 bits in stereo; save it with 24 bits"
                    .into(),
            ),
        }
    }
}

impl Blocks for Decoding {
    fn layout(&self) -> Layout {
        let Packets { channels, sample_rate_hz, .. } = self.packets;
        Layout { channels, sample_rate_hz, frames: self.promised_frames }
    }

    /// Fewer frames than promised are an error; more are padding, and dropped.
    fn append(&mut self, samples: &mut Vec<f32>) -> Result<bool, AudioError> {
        let Self { packets, about, promised_frames } = self;
        let channels = packets.channels;
        let before = samples.len();
        let more = about.guarded(|| {
            while samples.len() - before < BLOCK_FRAMES * channels {
                if !packets.append(samples)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        if let Some(promised_frames) = *promised_frames {
            let present_frames = packets.done_samples / channels as u64;
            if !more && present_frames < promised_frames {
                return Err(AudioError::CutShort { path: about.path.clone(), promised_frames, present_frames });
            }
            let surplus = present_frames.saturating_sub(promised_frames).saturating_mul(channels as u64) as usize;
            samples.truncate(samples.len().saturating_sub(surplus).max(before));
        }
        Ok(more)
    }
}

enum Failure {
    /// Before the first packet.
    Header(Error),
    /// In a packet.
    Packet(Error),
    /// So many channels.
    Channels(usize),
    /// So many samples, or more.
    Inflated(u64),
    /// After the last.
    Checksum,
}

impl Packets {
    fn of(reader: Box<dyn FormatReader>, max_samples: u64) -> Result<Self, Failure> {
        let track =
            reader.default_track(TrackType::Audio).ok_or(Failure::Header(Error::DecodeError("no audio track")))?;
        let (track_id, promised_frames) = (track.id, track.num_frames);
        let parameters = track
            .codec_params
            .as_ref()
            .and_then(|parameters| parameters.audio())
            .ok_or(Failure::Header(Error::DecodeError("no codec parameters")))?;
        let channels = parameters.channels.as_ref().map_or(0, |channels| channels.count());
        let sample_rate_hz = parameters.sample_rate.unwrap_or(0);
        if channels == 0 {
            return Err(Failure::Header(Error::DecodeError("no channels")));
        }
        // The decoder makes room for each of them.
        if channels > CHANNELS_MAX {
            return Err(Failure::Channels(channels));
        }
        let promised = promised_frames.unwrap_or(0).saturating_mul(channels as u64);
        if promised > max_samples {
            return Err(Failure::Inflated(promised));
        }
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &AudioDecoderOptions::default().verify(true))
            .map_err(Failure::Header)?;
        let (done_samples, packet) = (0, Vec::new());
        Ok(Self {
            reader,
            decoder,
            track_id,
            channels,
            sample_rate_hz,
            promised_frames,
            max_samples,
            done_samples,
            packet,
        })
    }

    /// Appends the samples of the next packet; whether there was one.
    fn append(&mut self, samples: &mut Vec<f32>) -> Result<bool, Failure> {
        let packet = loop {
            match self.reader.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track_id => break packet,
                Ok(Some(_)) => {}
                Ok(None) => return self.finish(),
                // Whether the file may end here, the promised number of frames decides.
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
        // The checksum is over all samples: of a file cut short it says nothing that the count does not say better.
        if is_complete && self.decoder.finalize().verify_ok == Some(false) {
            return Err(Failure::Checksum);
        }
        Ok(false)
    }
}
