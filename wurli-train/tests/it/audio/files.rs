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

pub(super) fn decoded(bytes: Vec<u8>) -> Result<Audio, String> {
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
fn padding_behind_the_promised_frames_of_an_aiff_is_no_sound() {
    let audio = decoded(aiff(None, 16, 1, 44_100, 2, &[0x40, 0, 0x40, 0, 0x7f, 0])).unwrap();
    assert_eq!(audio.samples, [0.5, 0.5]);
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
