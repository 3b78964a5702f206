//! Mono WAV files.

use std::io::{self, Cursor};
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

use super::{Audio, AudioError};
use crate::files::write_atomic;

/// Writes a 16-bit mono WAV atomically: a reader finds the old file or all of the new one.
///
/// # Errors
///
/// [`AudioError`] as from [`encode_wav_16`], or [`AudioError::Unwritable`] if the folder cannot be
/// created or is full.
pub fn write_wav_16(path: &Path, audio: &Audio) -> Result<(), AudioError> {
    let bytes = encode_wav_16(path, audio)?;
    write_atomic(path, &bytes).map_err(|source| AudioError::Unwritable { path: path.into(), source })
}

/// Writes a mono WAV of 32-bit floats atomically. Read back, the samples are the same bits.
///
/// # Errors
///
/// [`AudioError`] as from [`write_wav_16`].
pub fn write_wav_float(path: &Path, audio: &Audio) -> Result<(), AudioError> {
    // Hound writes floats of 32 bits alone.
    let spec = WavSpec { bits_per_sample: 32, sample_format: SampleFormat::Float, ..spec(audio) };
    let bytes = encode(path, audio, spec, |writer, sample| writer.write_sample(sample))?;
    write_atomic(path, &bytes).map_err(|source| AudioError::Unwritable { path: path.into(), source })
}

/// Returns the bytes of a 16-bit mono WAV. Samples are rounded to the nearest step of 1/32768;
/// beyond ±1 they are clipped.
///
/// `path` is for messages alone.
///
/// # Errors
///
/// [`AudioError::NotFinite`] and [`AudioError::TooLong`].
pub fn encode_wav_16(path: &Path, audio: &Audio) -> Result<Vec<u8>, AudioError> {
    encode(path, audio, spec(audio), |writer, sample| {
        writer.write_sample((sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16)
    })
}

/// Returns the format of one channel of 16-bit integers.
fn spec(audio: &Audio) -> WavSpec {
    WavSpec { channels: 1, sample_rate: audio.sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int }
}

fn encode(
    path: &Path,
    audio: &Audio,
    spec: WavSpec,
    write: impl Fn(&mut WavWriter<&mut Cursor<Vec<u8>>>, f32) -> Result<(), hound::Error>,
) -> Result<Vec<u8>, AudioError> {
    if let Some((frame, &value)) = audio.samples.iter().enumerate().find(|(_, sample)| !sample.is_finite()) {
        return Err(AudioError::NotFinite { path: path.into(), frame, channel: 1, value });
    }
    let sample_bytes = usize::from(spec.bits_per_sample / 8);
    check_length(path, audio.samples.len(), spec.bits_per_sample)?;
    // The longest header, that of a float file, has 68 bytes.
    let mut bytes = Cursor::new(Vec::with_capacity(68 + sample_bytes * audio.samples.len()));
    let encode = || -> Result<(), hound::Error> {
        let mut writer = WavWriter::new(&mut bytes, spec)?;
        for sample in &audio.samples {
            write(&mut writer, *sample)?;
        }
        writer.finalize()
    };
    match { encode }() {
        Ok(()) => Ok(bytes.into_inner()),
        Err(error) => Err(AudioError::Unwritable { path: path.into(), source: io::Error::other(error) }),
    }
}

fn check_length(path: &Path, frames: usize, bits: u16) -> Result<(), AudioError> {
    // The outer length counts 36 bytes of header with the data; of floats 60.
    let header = if bits == 16 { 36 } else { 60 };
    let max = (u32::MAX as usize - header) / usize::from(bits / 8);
    if frames > max {
        return Err(AudioError::TooLong { path: path.into(), frames, bits, max });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{check_length, encode_wav_16, write_wav_16, write_wav_float};
    use crate::audio::{Audio, decode};

    fn audio(samples: &[f32]) -> Audio {
        Audio { samples: samples.to_vec(), sample_rate: 44_100 }
    }

    fn steps(samples: &[f32]) -> Vec<i32> {
        let bytes = encode_wav_16(Path::new("a.wav"), &audio(samples)).unwrap();
        decode(Path::new("a.wav"), bytes).unwrap().samples.iter().map(|sample| (sample * 32_768.0) as i32).collect()
    }

    #[test]
    fn samples_are_rounded_to_the_nearest_step_and_clipped_at_full_scale() {
        let step = 1.0 / 32_768.0;
        assert_eq!(steps(&[0.4 * step, 0.6 * step, -0.4 * step, -0.6 * step, 7.0 * step]), [0, 1, 0, -1, 7]);
        assert_eq!(
            steps(&[1.0, 1.5, f32::MAX, -1.0, -1.5, f32::MIN]),
            [32_767, 32_767, 32_767, -32_768, -32_768, -32_768]
        );
    }

    #[test]
    fn what_was_16_bit_is_read_back_bit_for_bit() {
        let every_step: Vec<i32> = (-32_768..=32_767).collect();
        let samples: Vec<f32> = every_step.iter().map(|&step| step as f32 / 32_768.0).collect();
        assert_eq!(steps(&samples), every_step);
    }

    #[test]
    fn floats_are_read_back_bit_for_bit_beyond_full_scale_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note.wav");
        let written = audio(&[0.1, -1.0 / 3.0, 1e-30, 1.5, f32::MIN_POSITIVE, -0.0]);
        write_wav_float(&path, &written).unwrap();
        let read = crate::audio::read(&path).unwrap();
        let bits = |audio: &Audio| audio.samples.iter().map(|sample| sample.to_bits()).collect::<Vec<_>>();
        assert_eq!((bits(&read), read.sample_rate), (bits(&written), written.sample_rate));
        assert!(write_wav_float(&path, &audio(&[f32::NAN])).is_err());
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note.wav");
        std::fs::write(&path, "an older file").unwrap();
        write_wav_16(&path, &audio(&[0.5])).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), encode_wav_16(&path, &audio(&[0.5])).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_has_the_permissions_of_an_ordinary_one() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (ordinary, written) = (folder.path().join("ordinary"), folder.path().join("note.wav"));
        std::fs::write(&ordinary, "").unwrap();
        write_wav_16(&written, &audio(&[0.5])).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&written), mode(&ordinary));
    }

    #[test]
    fn a_failed_write_leaves_the_older_file_and_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note.wav");
        std::fs::write(&path, "an older file").unwrap();
        let message = write_wav_16(&path, &audio(&[0.5, f32::INFINITY])).unwrap_err().to_string();
        assert_eq!(
            message,
            format!(
                "{}: sample 1 of channel 1 is inf, not a finite number; save it anew in an audio editor",
                path.display()
            )
        );
        assert_eq!(std::fs::read(&path).unwrap(), b"an older file");

        // A file cannot be a folder.
        let path = path.join("note.wav");
        let message = write_wav_16(&path, &audio(&[0.5])).unwrap_err().to_string();
        assert!(message.starts_with(&format!("{} cannot be written: ", path.display())), "{message}");
    }

    #[test]
    fn the_longest_file_is_the_longest_that_32_bits_can_count() {
        assert!(check_length(Path::new("a.wav"), 2_147_483_629, 16).is_ok());
        assert_eq!(
            check_length(Path::new("a.wav"), 2_147_483_630, 16).unwrap_err().to_string(),
            "a.wav: 2147483630 frames are outside 0..=2147483629, the most that a 16-bit WAV file holds",
        );
    }
}
