//! FLAC, AIFF and the WAV files that hound refuses, through symphonia.

use std::io::{Cursor, ErrorKind};
use std::panic::catch_unwind;
use std::path::Path;

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::default::formats::{AiffReader, FlacReader, WavReader};

use super::chunks::{Chunks, LengthOrder};
use super::mono::{CHANNELS_MAX, Interleaved, check_channels};
use super::{AudioError, Format};

/// Most samples that one byte may stand for. Recorded sound takes half a byte a sample and more; a recording that is digital silence but
/// for a five-hundredth of its length is still read.
const SAMPLES_PER_BYTE_MAX: u64 = 256;
/// Samples that are read however short the file is: a minute and a half at 44.1 kHz.
const SAMPLES_ALWAYS: u64 = 1 << 22;
/// Samples that are read at the most, 1 GiB of them: 50 minutes in stereo at 44.1 kHz.
const SAMPLES_MAX: u64 = 1 << 28;

pub(super) fn decode_flac(path: &Path, bytes: Vec<u8>) -> Result<Interleaved, AudioError> {
    let (decoded, promised_frames) = decode(path, Format::Flac, bytes)?;
    // A stream may leave its length open; then its last frame is where it ends.
    complete(path, decoded, promised_frames)
}

pub(super) fn decode_wav(path: &Path, bytes: Vec<u8>) -> Result<Interleaved, AudioError> {
    let (decoded, promised_frames) = decode(path, Format::Wav, bytes)?;
    complete(path, decoded, promised_frames)
}

pub(super) fn decode_aiff(path: &Path, bytes: Vec<u8>) -> Result<Interleaved, AudioError> {
    // Symphonia counts the bytes of the sound chunk and says of a short one only that the file ended.
    let promise = Promise::of(&bytes);
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
    let (decoded, _) = decode(path, Format::Aiff, bytes)?;
    complete(path, decoded, promise.map(|promise| promise.frames))
}

/// What the common chunk of an AIFF file promises, and how much of it the sound chunk holds.
struct Promise {
    channels: usize,
    frames: u64,
    present_frames: u64,
}

impl Promise {
    /// `None` without either chunk: symphonia's refusal says the rest.
    fn of(file: &[u8]) -> Option<Self> {
        let common = Chunks::of(file, LengthOrder::BigEndian).find(b"COMM")?.body;
        let (channels, rest) = common.split_first_chunk::<2>()?;
        let (frames, _) = rest.split_first_chunk::<4>()?;
        let frames = u64::from(u32::from_be_bytes(*frames));
        let sound = Chunks::of(file, LengthOrder::BigEndian).find(b"SSND")?;
        // Offset and block size stand before the samples.
        let (declared, present) =
            (u64::from(sound.declared_bytes).saturating_sub(8), sound.body.len().saturating_sub(8) as u64);
        let present_frames = if present < declared { frames * present / declared } else { frames };
        Some(Self { channels: usize::from(u16::from_be_bytes(*channels)), frames, present_frames })
    }
}

/// Fewer frames than promised are an error; more are padding, and dropped.
fn complete(path: &Path, mut decoded: Interleaved, promised_frames: Option<u64>) -> Result<Interleaved, AudioError> {
    if let Some(promised_frames) = promised_frames {
        let present_frames = (decoded.samples.len() / decoded.channels) as u64;
        if present_frames < promised_frames {
            return Err(AudioError::CutShort { path: path.into(), promised_frames, present_frames });
        }
        decoded.samples.truncate((promised_frames as usize).saturating_mul(decoded.channels));
    }
    Ok(decoded)
}

/// All samples, and how many frames the container says that there are.
fn decode(path: &Path, format: Format, bytes: Vec<u8>) -> Result<(Interleaved, Option<u64>), AudioError> {
    let length_bytes = bytes.len();
    let max = (length_bytes as u64).saturating_mul(SAMPLES_PER_BYTE_MAX).clamp(SAMPLES_ALWAYS, SAMPLES_MAX);
    let undecodable = |reason: String| AudioError::Undecodable { path: path.into(), format, reason };
    // Symphonia 0.6.1 adds FLAC's side channel without regard to overflow, and asks for 33 bits at once of 32-bit stereo:
    // panics where overflow is checked. One damaged file must not end a build that has others to read.
    let outcome = catch_unwind(|| {
        let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
        let options = FormatOptions::default();
        let reader: Box<dyn FormatReader> = match format {
            Format::Wav => Box::new(WavReader::try_new(stream, options).map_err(Failure::Header)?),
            Format::Aiff => Box::new(AiffReader::try_new(stream, options).map_err(Failure::Header)?),
            Format::Flac => Box::new(FlacReader::try_new(stream, options).map_err(Failure::Header)?),
        };
        decode_packets(reader, max)
    });
    match outcome {
        Ok(Ok(decoded)) => Ok(decoded),
        Ok(Err(Failure::Header(Error::IoError(error)))) if error.kind() == ErrorKind::UnexpectedEof => {
            Err(AudioError::HeaderCutShort { path: path.into(), format, length_bytes })
        }
        Ok(Err(Failure::Header(error) | Failure::Packet(error))) => Err(undecodable(error.to_string())),
        Ok(Err(Failure::Channels(channels))) => {
            Err(AudioError::Channels { path: path.into(), channels, max: CHANNELS_MAX })
        }
        Ok(Err(Failure::Inflated(samples))) => {
            Err(AudioError::Inflated { path: path.into(), format, length_bytes, samples, max })
        }
        Ok(Err(Failure::Checksum)) => Err(undecodable("its samples do not match its MD5 checksum".into())),
        Err(_) => Err(undecodable(
            "the decoder overflowed, as it does on damaged files and on 32 bits in stereo; save it with 24 bits".into(),
        )),
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

fn decode_packets(mut reader: Box<dyn FormatReader>, max_samples: u64) -> Result<(Interleaved, Option<u64>), Failure> {
    let track = reader.default_track(TrackType::Audio).ok_or(Failure::Header(Error::DecodeError("no audio track")))?;
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
    let bounded = |samples: u64| if samples > max_samples { Err(Failure::Inflated(samples)) } else { Ok(()) };
    bounded(promised_frames.unwrap_or(0).saturating_mul(channels as u64))?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default().verify(true))
        .map_err(Failure::Header)?;

    let (mut samples, mut block) = (Vec::new(), Vec::new());
    loop {
        let packet = match reader.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            // Whether the file may end here, the promised number of frames decides.
            Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(Failure::Packet(error)),
        };
        if packet.track_id != track_id {
            continue;
        }
        let buffer = decoder.decode(&packet).map_err(Failure::Packet)?;
        if buffer.num_planes() != channels {
            return Err(Failure::Packet(Error::DecodeError("the number of channels changes")));
        }
        buffer.copy_to_vec_interleaved::<f32>(&mut block);
        bounded((samples.len() + block.len()) as u64)?;
        samples.extend_from_slice(&block);
    }

    let frames = (samples.len() / channels) as u64;
    let is_complete = promised_frames.is_none_or(|promised| frames >= promised);
    // The checksum is over all samples: of a file cut short it says nothing that the count does not say better.
    if is_complete && decoder.finalize().verify_ok == Some(false) {
        return Err(Failure::Checksum);
    }
    Ok((Interleaved { samples, channels, sample_rate_hz }, promised_frames))
}
