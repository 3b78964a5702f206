//! Audio files as users have them: every sample format, and every way to break one.

use std::path::Path;

use wurli_testkit::audio_files::{aiff, extension, flac, format_chunk, small_files, wav, wav_by_hand, wav_of_floats};
use wurli_train::audio::{Audio, AudioError, AudioFile, Stream, decode, read, write_wav_16};

/// Returns half a second of a decaying 220 Hz, within ±0.8.
fn note(sample_rate: u32) -> Vec<f64> {
    let at_s = |n: u32| f64::from(n) / f64::from(sample_rate);
    (0..sample_rate / 2)
        .map(|n| 0.8 * (-3.0 * at_s(n)).exp() * (std::f64::consts::TAU * 220.0 * at_s(n)).sin())
        .collect()
}

fn decoded(bytes: Vec<u8>) -> Result<Audio, String> {
    decode(Path::new("a.wav"), bytes).map_err(|error| error.to_string())
}

/// Every sample within half a step of what was written, and one more for the extremes.
fn assert_close(audio: &Audio, expected: &[f64], bits: i32, name: &str) {
    assert_eq!(audio.samples.len(), expected.len(), "{name}");
    // Half a step of the file, and half a step of the f32 that it becomes, near full scale.
    let tolerance = 0.5 / 2f64.powi(bits - 1) + 0.5 / 2f64.powi(24);
    for (n, (sample, expected)) in audio.samples.iter().zip(expected).enumerate() {
        assert!((f64::from(*sample) - expected).abs() <= tolerance, "{name}: sample {n} is {sample}, not {expected}");
    }
}

#[test]
fn integers_of_every_width_reach_full_scale_1() {
    for (bits, bytes) in [(8, 1), (16, 2), (24, 3), (24, 4), (32, 4)] {
        for channels in [1, 2] {
            let name = format!("{bits} bits in {bytes} bytes, {channels} channels");
            let audio = decoded(wav(bits, bytes, channels, 44_100, &note(44_100))).expect(&name);
            assert_close(&audio, &note(44_100), i32::from(bits), &name);
        }
    }
}

#[test]
fn every_sample_rate_that_is_promised_is_read() {
    for sample_rate in [22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000] {
        let audio = decoded(wav(16, 2, 1, sample_rate, &note(sample_rate))).unwrap();
        assert_eq!((audio.sample_rate, audio.samples.len() as u32), (sample_rate, sample_rate / 2));
        assert!((audio.duration_s() - 0.5).abs() < 1e-9);
    }
}

#[test]
fn floats_are_read_as_they_are_and_may_exceed_full_scale() {
    let samples = vec![0.0, 0.1, -2.5, 1e-7, 0.999];
    assert_eq!(decoded(wav_of_floats(1, 48_000, &samples)), Ok(Audio { samples, sample_rate: 48_000 }));
}

#[test]
fn what_hound_refuses_is_read_all_the_same() {
    let expected = note(44_100);
    let each =
        |to_bytes: &dyn Fn(f64) -> Vec<u8>| expected.iter().flat_map(|&sample| to_bytes(sample)).collect::<Vec<u8>>();
    let i32_le = |sample: f64| ((sample * 2f64.powi(31)).round() as i32).to_le_bytes().to_vec();
    let i24_upper_le = |sample: f64| (((sample * 2f64.powi(23)).round() as i32) << 8).to_le_bytes().to_vec();
    let i20_upper_le = |sample: f64| (((sample * 2f64.powi(19)).round() as i32) << 4).to_le_bytes()[..3].to_vec();
    let i16_le = |sample: f64| ((sample * 32_768.0).round() as i16).to_le_bytes().to_vec();
    let f64_le = |sample: f64| sample.to_le_bytes().to_vec();

    let extensible = |container, valid, subformat| {
        [format_chunk(0xfffe, 1, 44_100, container, container / 8), extension(valid, 4, subformat)].concat()
    };
    let f32_le = |sample: f64| (sample as f32).to_le_bytes().to_vec();
    let table: [(&str, i32, Vec<u8>); 8] = [
        ("floats labelled as integers", 24, wav_by_hand(&format_chunk(1, 1, 44_100, 32, 4), b"", &each(&f32_le))),
        (
            "32-bit integers in a header of 18 bytes",
            32,
            wav_by_hand(&[format_chunk(1, 1, 44_100, 32, 4), vec![0, 0]].concat(), b"", &each(&i32_le)),
        ),
        ("64-bit floats", 32, wav_by_hand(&format_chunk(3, 1, 44_100, 64, 8), b"", &each(&f64_le))),
        ("64-bit floats, extensible", 32, wav_by_hand(&extensible(64, 64, 3), b"", &each(&f64_le))),
        ("24 bits in the upper three of 4 bytes", 24, wav_by_hand(&extensible(32, 24, 1), b"", &each(&i24_upper_le))),
        ("20 bits in the upper part of 3 bytes", 20, wav_by_hand(&extensible(24, 20, 1), b"", &each(&i20_upper_le))),
        (
            "64-bit floats of two channels whose mask names one impossible loudspeaker",
            32,
            wav_by_hand(
                &[format_chunk(0xfffe, 2, 44_100, 64, 16), extension(64, 0x8000_0000, 3)].concat(),
                b"",
                &each(&|sample| f64_le(sample).repeat(2)),
            ),
        ),
        (
            "a chunk of odd length before the data",
            16,
            wav_by_hand(&format_chunk(1, 1, 44_100, 16, 2), b"note\x03\0\0\0abc\0", &each(&i16_le)),
        ),
    ];
    for (name, bits, bytes) in table {
        let audio = decoded(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_close(&audio, &expected, bits, name);
    }
}

#[test]
fn aiff_is_read_in_every_width_and_byte_order() {
    let expected = note(44_100);
    let frames = expected.len() as u32;
    let each =
        |to_bytes: &dyn Fn(f64) -> Vec<u8>| expected.iter().flat_map(|&sample| to_bytes(sample)).collect::<Vec<u8>>();
    let scaled = |sample: f64, bits: i32| (sample * 2f64.powi(bits - 1)).round() as i32;
    let table: [(&str, i32, Vec<u8>); 7] = [
        ("8 bits", 8, aiff(None, 8, 1, 44_100, frames, &each(&|s| vec![scaled(s, 8) as i8 as u8]))),
        ("16 bits", 16, aiff(None, 16, 1, 44_100, frames, &each(&|s| (scaled(s, 16) as i16).to_be_bytes().to_vec()))),
        ("24 bits", 24, aiff(None, 24, 1, 44_100, frames, &each(&|s| scaled(s, 24).to_be_bytes()[1..].to_vec()))),
        ("32 bits", 32, aiff(None, 32, 1, 44_100, frames, &each(&|s| scaled(s, 32).to_be_bytes().to_vec()))),
        ("stereo", 16, aiff(None, 16, 2, 44_100, frames, &each(&|s| (scaled(s, 16) as i16).to_be_bytes().repeat(2)))),
        (
            "little-endian",
            16,
            aiff(Some(b"sowt"), 16, 1, 44_100, frames, &each(&|s| (scaled(s, 16) as i16).to_le_bytes().to_vec())),
        ),
        ("floats", 25, aiff(Some(b"fl32"), 32, 1, 44_100, frames, &each(&|s| (s as f32).to_be_bytes().to_vec()))),
    ];
    for (name, bits, bytes) in table {
        let audio = decoded(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(audio.sample_rate, 44_100, "{name}");
        assert_close(&audio, &expected, bits, name);
    }
}

#[test]
fn the_channels_of_a_flac_are_mixed() {
    // Middle 0.25, side 0.125: left 0.3125, right 0.1875.
    let audio = decoded(flac(16, 0x2000, 0x1000)).unwrap();
    assert_eq!(audio, Audio { samples: vec![0.25; 16], sample_rate: 44_100 });
}

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
fn the_content_decides_and_not_the_extension() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("really_a_wav.flac");
    std::fs::write(&path, wav(16, 2, 1, 44_100, &note(44_100))).unwrap();
    assert_eq!(read(&path).unwrap().samples.len(), 22_050);
}

#[test]
fn real_recordings_are_read_whole_and_match_their_checksums() {
    let Some(folder) = wurli_testkit::recordings::ep200() else { return };
    // Lengths as their headers say.
    for (file, frames) in
        [("a1f.flac", 197_609), ("a1ff.flac", 246_208), ("a1pp.flac", 106_736), ("db5pp.flac", 15_788)]
    {
        let audio = read(&folder.join(file)).unwrap();
        assert_eq!((audio.samples.len(), audio.sample_rate), (frames, 44_100), "{file}");
        let peak = audio.samples.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
        assert!((0.85..=1.0).contains(&peak), "{file}: peak-normalised, but its peak is {peak}");
    }
}

#[test]
fn a_recording_survives_being_written_and_read_again() {
    let Some(folder) = wurli_testkit::recordings::ep200() else { return };
    let recording = read(&folder.join("db5pp.flac")).unwrap();
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy.wav");
    write_wav_16(&copy, &recording).unwrap();
    assert_eq!(read(&copy).unwrap(), recording);
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

    // A frame whose own checksum fails is left out by the decoder, and missed by the count.
    let mut altered = whole.clone();
    let middle = whole.len() / 2;
    altered[middle] ^= 0x10;
    let damaged = message(&altered);
    assert!(damaged.starts_with("a.flac is cut short: its header promises 106736 frames, "), "{damaged}");
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
fn padding_behind_the_promised_frames_of_an_aiff_is_no_sound() {
    let audio = decoded(aiff(None, 16, 1, 44_100, 2, &[0x40, 0, 0x40, 0, 0x7f, 0])).unwrap();
    assert_eq!(audio.samples, [0.5, 0.5]);
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

/// Reads a file block by block.
fn streamed(bytes: &[u8]) -> Result<Audio, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let read = || {
        let take = AudioFile::open(file.path(), |_| {})?;
        let mut stream = Stream::open(&take)?;
        let mut samples = Vec::new();
        while let Some(block) = stream.next_block()? {
            samples.extend_from_slice(block);
        }
        Ok(Audio { samples, sample_rate: stream.sample_rate() })
    };
    read().map_err(|error: AudioError| error.to_string().replace(&file.path().display().to_string(), "a.wav"))
}

#[test]
fn block_by_block_a_file_gives_the_same_samples_and_the_same_errors() {
    let mut files = small_files();
    // Several blocks.
    files.push(("stereo of 24 bits", wav(24, 3, 2, 48_000, &note(96_000))));
    files.push(("24 bits in 4 bytes", wav(24, 4, 1, 48_000, &note(96_000))));
    for (name, whole) in files {
        assert_eq!(streamed(&whole), decoded(whole.clone()), "{name}");
        for length in [0, 20, whole.len() / 2, whole.len() - 1] {
            assert_eq!(streamed(&whole[..length]), decoded(whole[..length].to_vec()), "{name} cut to {length}");
        }
    }
}
