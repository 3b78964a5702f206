//! Damaged and foreign audio files: errors with a message, never a panic.

use std::path::Path;

use wurli_testkit::audio_files::{aiff, extension, flac, format_chunk, small_files, wav, wav_by_hand, wav_of_floats};
use wurli_train::audio::{Audio, AudioError, decode, read};

use super::files::decoded;

#[test]
fn a_flac_that_overflows_the_decoder_is_an_error_and_no_panic() {
    // Correct checksums, absurd samples. Where overflow wraps, they are samples like others.
    if let Err(message) = decoded(flac(32, 0x7fff_ffff, 0x7fff_ffff)) {
        assert_eq!(
            message,
            "a.wav cannot be decoded as FLAC: the decoder overflowed, as it does on damaged files and on 32 bits in stereo (save \
             that with 24 bits); copy it again, or save it anew in an audio editor"
        );
    }
}

#[test]
fn a_flac_that_was_cut_or_altered_is_an_error() {
    let Some(folder) = wurli_testkit::recordings::ep200() else { return };
    let whole = std::fs::read(folder.join("a1pp.flac")).unwrap();
    let message = |bytes: &[u8]| decode(Path::new("a.flac"), bytes.to_vec()).unwrap_err().to_string();

    let half = message(&whole[..whole.len() / 2]);
    assert!(half.starts_with("a.flac is cut short: its header promises 106736 frames, "), "{half}");
    assert_eq!(
        message(&whole[..20]),
        "a.flac is cut short: its FLAC header does not end within its 20 bytes; copy it again"
    );

    // Bytes 26..42: the MD5 checksum, the last field of the first metadata block.
    let mut altered = whole.clone();
    altered[26] ^= 1;
    assert_eq!(
        message(&altered),
        "a.flac cannot be decoded as FLAC: its samples do not match its MD5 checksum; copy it again, or save it anew in an audio editor"
    );

    // A frame whose own checksum fails is left out by the decoder.
    let mut altered = whole.clone();
    let middle = whole.len() / 2;
    altered[middle] ^= 0x10;
    let damaged = message(&altered);
    // Up to that frame the half file was read.
    let read: f64 = half.split(' ').rev().find_map(|word| word.parse().ok()).unwrap();
    let begins =
        format!("a.flac cannot be decoded as FLAC: what it holds from {:.2} s on is damaged; ", read / 44_100.0);
    assert!(damaged.starts_with(&begins), "{damaged}, not {begins}");
}

#[test]
fn every_defect_has_its_message() {
    let sound = wav(16, 2, 1, 44_100, &[0.5, -0.5, 0.25, -0.25]);
    let stereo = wav(16, 2, 2, 44_100, &[0.5, -0.5, 0.25, -0.25]);
    let mut lying = sound.clone();
    lying[40..44].copy_from_slice(&0x4000_0000_u32.to_le_bytes());
    let shouting = |value| wav_of_floats(2, 44_100, &[0.5, 0.5, 0.5, value, 0.5, 0.5]);
    let upper_three = [format_chunk(0xfffe, 1, 44_100, 32, 4), extension(24, 4, 1)].concat();
    let mut cut_upper_three = wav_by_hand(&upper_three, b"", &[0, 0, 0, 0x40, 0, 0, 0, 0x40]);
    cut_upper_three.truncate(cut_upper_three.len() - 3);
    let sound_aiff = aiff(None, 16, 1, 44_100, 4, &[0x40, 0, 0x40, 0, 0x40, 0, 0x40, 0]);
    let f64_in_wav = wav_by_hand(&format_chunk(3, 1, 44_100, 64, 8), b"", &0.5f64.to_le_bytes().repeat(4));

    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", vec![], "a.wav holds 0 bytes; copy or record it again"),
        (
            "an MP3",
            b"ID3\x03\0\0\0\0\0\0\0\0\0".to_vec(),
            r#"a.wav starts with "ID3\x03" and is not audio that is read here; convert it to WAV, FLAC or AIFF"#,
        ),
        ("no frames", wav(16, 2, 1, 44_100, &[]), "a.wav holds 0 frames; copy or record it again"),
        (
            "header cut",
            sound[..30].to_vec(),
            "a.wav is cut short: its WAV header does not end within its 30 bytes; copy it again",
        ),
        (
            "data cut",
            sound[..sound.len() - 3].to_vec(),
            "a.wav is cut short: its header promises 4 frames, 2 are there; copy it again",
        ),
        (
            "stereo data cut in mid-frame",
            stereo[..stereo.len() - 2].to_vec(),
            "a.wav is cut short: its header promises 4 frames, 3 are there; copy it again",
        ),
        (
            "64-bit floats cut",
            f64_in_wav[..f64_in_wav.len() - 1].to_vec(),
            "a.wav is cut short: its header promises 4 frames, 3 are there; copy it again",
        ),
        (
            "24 bits in the upper three of 4 bytes, cut",
            cut_upper_three,
            "a.wav is cut short: its header promises 2 frames, 1 are there; copy it again",
        ),
        (
            "a length beyond the file",
            lying,
            "a.wav is cut short: its header promises 536870912 frames, 4 are there; copy it again",
        ),
        (
            "ADPCM",
            wav_by_hand(&format_chunk(2, 1, 44_100, 4, 256), b"", &[0; 256]),
            "a.wav is WAV that holds Microsoft ADPCM, which is not read; convert it to FLAC or to WAV without compression",
        ),
        (
            "MPEG in WAV",
            wav_by_hand(&format_chunk(0x55, 1, 44_100, 16, 2), b"", &[0; 256]),
            "a.wav is WAV that holds MP3, which is not read; convert it to FLAC or to WAV without compression",
        ),
        (
            "channels",
            wav_of_floats(9, 44_100, &[0.5; 9]),
            "a.wav: 9 channels are outside 1..=8; mix it to mono or stereo",
        ),
        (
            "too slow",
            wav(16, 2, 1, 8_000, &[0.5]),
            "a.wav: sample rate 8000 Hz is outside 22050..=192000 Hz; resample it",
        ),
        (
            "too fast",
            wav(16, 2, 1, 384_000, &[0.5]),
            "a.wav: sample rate 384000 Hz is outside 22050..=192000 Hz; resample it",
        ),
        (
            "NaN",
            shouting(f32::NAN),
            "a.wav: sample 1 of channel 2 is NaN, not a finite number; save it anew in an audio editor",
        ),
        (
            "infinity",
            shouting(f32::INFINITY),
            "a.wav: sample 1 of channel 2 is inf, not a finite number; save it anew in an audio editor",
        ),
        (
            "silence",
            wav(16, 2, 1, 44_100, &[0.0; 9]),
            "a.wav is silent: no sample is above -100 dBFS (peak 0e0, bound 1e-5); record it again",
        ),
        (
            "AIFF cut",
            sound_aiff[..sound_aiff.len() - 3].to_vec(),
            "a.wav is cut short: its header promises 4 frames, 2 are there; copy it again",
        ),
        (
            "AIFF of fewer frames than promised",
            aiff(None, 16, 1, 44_100, 5, &[0x40, 0].repeat(4)),
            "a.wav is cut short: its header promises 5 frames, 4 are there; copy it again",
        ),
        (
            "AIFF header cut",
            sound_aiff[..25].to_vec(),
            "a.wav is cut short: its AIFF header does not end within its 25 bytes; copy it again",
        ),
        (
            "AIFF of many channels",
            aiff(None, 16, 9, 44_100, 1, &[0x40; 18]),
            "a.wav: 9 channels are outside 1..=8; mix it to mono or stereo",
        ),
        (
            "no format chunk",
            [&b"RIFF\x10\0\0\0WAVEdata\x04\0\0\0"[..], &[1, 2, 3, 4]].concat(),
            "a.wav cannot be decoded as WAV: it has no format chunk; copy it again, or save it anew in an audio editor",
        ),
        (
            "AIFF-C compressed",
            aiff(Some(b"ima4"), 16, 1, 44_100, 4, &[0; 8]),
            "a.wav is AIFF that holds ima4, which is not read; convert it to FLAC or to AIFF without compression",
        ),
    ];
    for (name, bytes, message) in table {
        assert_eq!(decoded(bytes), Err(message.into()), "{name}");
    }
}

#[test]
fn a_missing_file_says_so() {
    let error = read(Path::new("no/such/note.wav")).unwrap_err();
    assert!(matches!(error, AudioError::Unreadable { .. }));
    assert!(error.to_string().starts_with("no/such/note.wav cannot be read: "), "{error}");
}

#[test]
fn a_file_cut_anywhere_is_an_error_and_never_a_panic() {
    for (name, whole) in small_files() {
        // All of a header, and of a longer file every 97th byte.
        for length in (0..whole.len()).filter(|&length| length < 300 || length % 97 == 0) {
            let outcome = decoded(whole[..length].to_vec());
            assert!(outcome.is_err(), "{name} cut to {length} of {} bytes was read", whole.len());
        }
    }
}

#[test]
fn a_header_with_one_wrong_byte_never_panics() {
    for (_, whole) in small_files() {
        for position in 0..whole.len().min(120) {
            // A FLAC takes a millisecond to decode: fewer values.
            let step = if whole.len() < 300 { 1 } else { 51 };
            for value in (0..=255).step_by(step) {
                let mut altered = whole.clone();
                altered[position] = value;
                let _: Result<Audio, String> = decoded(altered);
            }
        }
    }
}
