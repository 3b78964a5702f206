//! WAV through hound, and through symphonia what hound refuses.

use std::path::Path;

use hound::{Error, SampleFormat, WavReader};

use super::chunks::{Chunks, LengthOrder};
use super::flac_aiff;
use super::mono::{Interleaved, check_channels};
use super::{AudioError, Format};

pub(super) fn decode(path: &Path, mut bytes: Vec<u8>) -> Result<Interleaved, AudioError> {
    let layout = Layout::of(&bytes);
    if let Some(layout) = &layout {
        check_channels(path, layout.channels)?;
        if layout.data_declared_bytes == u32::MAX {
            return Err(AudioError::Unfinished { path: path.into(), placeholder: u32::MAX });
        }
    }
    match decode_with_hound(path, &bytes, layout.as_ref()) {
        // 64-bit floats, companded samples, 32-bit integers in an old header, a chunk of odd length.
        Err(refusal @ (AudioError::Undecodable { .. } | AudioError::HeaderCutShort { .. }))
            if layout.as_ref().is_some_and(Layout::is_packed) =>
        {
            clear_channel_mask(&mut bytes);
            match flac_aiff::decode_wav(path, bytes) {
                // Two decoders refuse: hound's reason is the more exact one.
                Err(AudioError::Undecodable { .. } | AudioError::HeaderCutShort { .. }) => Err(refusal),
                outcome => outcome,
            }
        }
        outcome => outcome,
    }
}

/// Sets the loudspeakers' mask to "none named": symphonia 0.6.1 fills up a mask of too few, and overflows if it ends
/// with the highest bit. Here the channels are mixed, whatever they are called.
fn clear_channel_mask(file: &mut [u8]) {
    const EXTENSIBLE: &[u8] = &0xfffe_u16.to_le_bytes();
    let Some(format) = Chunks::of(file, LengthOrder::LittleEndian).find(b"fmt ") else { return };
    if format.body.starts_with(EXTENSIBLE) && format.body.len() >= 24 {
        let offset = format.offset + 20;
        if let Some(mask) = file.get_mut(offset..offset + 4) {
            mask.fill(0);
        }
    }
}

/// What two of the file's chunks say, read without trusting either.
struct Layout<'a> {
    channels: usize,
    frame_bytes: usize,
    bits_per_sample: usize,
    data: &'a [u8],
    data_declared_bytes: u32,
}

impl<'a> Layout<'a> {
    fn of(file: &'a [u8]) -> Option<Layout<'a>> {
        let format = Chunks::of(file, LengthOrder::LittleEndian).find(b"fmt ")?.body;
        let field = |offset: usize| {
            let bytes = format.get(offset..offset + 2)?.try_into().ok()?;
            Some(usize::from(u16::from_le_bytes(bytes)))
        };
        let data = Chunks::of(file, LengthOrder::LittleEndian).find(b"data")?;
        Some(Layout {
            channels: field(2)?,
            frame_bytes: field(12)?,
            bits_per_sample: field(14)?,
            data: data.body,
            data_declared_bytes: data.declared_bytes,
        })
    }

    /// Whether the frames hold nothing but samples, which symphonia takes for granted.
    fn is_packed(&self) -> bool {
        self.frame_bytes * 8 == self.channels * self.bits_per_sample
    }

    /// Whether samples of 24 bits in 4 bytes fill the upper three. So says the specification of
    /// `WAVE_FORMAT_EXTENSIBLE`; other programs fill the lower three and extend the sign, hound fills them and leaves 0 above.
    ///
    /// A recording of the upper three that is 48 dB below full scale cannot be told from one of the lower three; all that
    /// the mistake changes is its gain.
    fn is_left_justified(&self) -> bool {
        let samples = || self.data.as_chunks::<4>().0.iter().map(|&bytes| i32::from_le_bytes(bytes));
        let is_sign_extended = samples().all(|sample| (-(1 << 23)..1 << 23).contains(&sample));
        let is_zero_extended = samples().all(|sample| (0..1 << 24).contains(&sample));
        !is_sign_extended && !is_zero_extended
    }
}

fn decode_with_hound(path: &Path, bytes: &[u8], layout: Option<&Layout>) -> Result<Interleaved, AudioError> {
    let reader = WavReader::new(bytes).map_err(|error| refusal(path, bytes.len(), &error))?;
    let spec = reader.spec();
    check_channels(path, usize::from(spec.channels))?;
    let samples = match (spec.sample_format, spec.bits_per_sample, layout) {
        (SampleFormat::Float, _, _) => collect(path, bytes.len(), reader, |sample: f32| sample)?,
        (SampleFormat::Int, 24, Some(layout))
            if layout.frame_bytes == 4 * layout.channels && layout.is_left_justified() =>
        {
            let reader = WavReader::new(bytes).map_err(|error| refusal(path, bytes.len(), &error))?;
            let promised = reader.len() as usize;
            let whole = layout.data.as_chunks::<4>().0;
            if whole.len() < promised {
                return Err(cut_short(path, promised, whole.len(), layout.channels));
            }
            whole.iter().map(|&bytes| scaled(i32::from_le_bytes(bytes), 32)).collect()
        }
        (SampleFormat::Int, bits, _) => collect(path, bytes.len(), reader, |sample: i32| scaled(sample, bits))?,
    };
    Ok(Interleaved { samples, channels: usize::from(spec.channels), sample_rate_hz: spec.sample_rate })
}

/// A signed integer of that many bits, 1..=32, to full scale 1. Hound has made 8-bit samples signed.
fn scaled(sample: i32, bits: u16) -> f32 {
    (f64::from(sample) / 2f64.powi(i32::from(bits) - 1)) as f32
}

/// All samples of the file, or how many of those promised there are.
fn collect<S: hound::Sample>(
    path: &Path,
    length_bytes: usize,
    mut reader: WavReader<&[u8]>,
    to_full_scale: impl Fn(S) -> f32,
) -> Result<Vec<f32>, AudioError> {
    let (promised, channels) = (reader.len() as usize, usize::from(reader.spec().channels));
    // No sample is shorter than a byte: a lying header does not get to choose the size of the allocation.
    let mut samples = Vec::with_capacity(promised.min(length_bytes));
    for sample in reader.samples::<S>() {
        match sample {
            Ok(sample) => samples.push(to_full_scale(sample)),
            Err(Error::IoError(_)) => return Err(cut_short(path, promised, samples.len(), channels)),
            Err(error) => return Err(refusal(path, length_bytes, &error)),
        }
    }
    Ok(samples)
}

fn cut_short(path: &Path, promised_samples: usize, present_samples: usize, channels: usize) -> AudioError {
    let frames = |samples: usize| (samples / channels) as u64;
    AudioError::CutShort {
        path: path.into(),
        promised_frames: frames(promised_samples),
        present_frames: frames(present_samples),
    }
}

/// Hound's reason in this crate's words; the end of the file within the header is the only I/O error of a slice.
fn refusal(path: &Path, length_bytes: usize, error: &Error) -> AudioError {
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
