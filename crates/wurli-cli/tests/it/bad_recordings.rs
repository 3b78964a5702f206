//! Files that users really put into a data folder: they work, or a message names the file and what
//! is wrong with it.

use std::path::Path;
use std::process::{Command, Stdio};

use hound::{SampleFormat, WavSpec, WavWriter};
use wurli_testkit::folder::{Played, folder_of, instrument};
use wurli_train::audio::Audio;
use wurli_train::catalogue::Selection;
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::settings::Settings;
use wurli_train::pipeline::{Analysed, Pipeline};
use wurli_train::progress::Silent;
use wurli_train::random::Random;
use wurli_train::renderer::{Note, ReferenceVoice};
use wurli_train::stage::Stage;
use wurli_voice::MlpCorrections;

const MIDI: u8 = 57;
const VELOCITY: u8 = 78;

/// Returns a second and a half of the voice, peak 0.9.
fn sound(sample_rate: u32) -> Audio {
    let corrections = MlpCorrections::IDENTITY;
    let note = Note { midi: MIDI, velocity: VELOCITY, corrections, seconds: 1.5, sample_rate };
    let mut audio = ReferenceVoice::EP200.play(&note);
    let peak = audio.samples.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
    audio.samples.iter_mut().for_each(|s| *s *= 0.9 / peak);
    audio
}

/// A WAV of these samples on every channel; 32 bits are floats if `float`.
fn wav(path: &Path, audio: &Audio, bits: u16, float: bool, channels: u16) {
    let sample_format = if float { SampleFormat::Float } else { SampleFormat::Int };
    let spec = WavSpec { channels, sample_rate: audio.sample_rate, bits_per_sample: bits, sample_format };
    let mut writer = WavWriter::create(path, spec).unwrap();
    for sample in audio.samples.iter().flat_map(|sample| std::iter::repeat_n(*sample, usize::from(channels))) {
        if float {
            writer.write_sample(sample).unwrap();
        } else {
            let full_scale = f64::from(bits - 1).exp2();
            let step = (f64::from(sample) * full_scale).round().clamp(-full_scale, full_scale - 1.0);
            writer.write_sample(step as i32).unwrap();
        }
    }
    writer.finalize().unwrap();
}

fn analysed(data: &Path) -> Vec<Analysed> {
    let cache = Cache::none();
    let pipeline = Pipeline::open(data, Selection::All, Settings::default(), &cache, &Silent).unwrap();
    pipeline.analyse(Stage::Residuals).unwrap_or_else(|error| panic!("{error}"))
}

/// Returns the fundamental and the levels of H2 to H8 of the only note, Hz and dB.
fn measured(data: &Path) -> (f64, Vec<Option<f64>>) {
    let all = analysed(data);
    let found = all[0].measured[0].measurement.as_ref().unwrap();
    (found.f0_hz, found.harmonics[1..].iter().map(|harmonic| harmonic.levels.early_db.valid()).collect())
}

/// Returns a WAV of the note in a folder of its own.
fn folder_with(write: impl FnOnce(&Path)) -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    write(&data.path().join("057_v78.wav"));
    data
}

/// With 8 bits, one bin of 150 ms carries noise 58 + 10·log10(6615/3) = 91 dB below full scale: a
/// harmonic 10 dB above it is off by up to 3 dB, one 30 dB above it by 0.3 dB. H2 to H5 of this
/// note lie more than 40 dB above it.
#[test]
fn every_kind_of_wav_says_the_same() {
    let (f0_hz, levels_db) = measured(folder_with(|path| wav(path, &sound(44_100), 32, true, 1)).path());
    assert!((f0_hz / 220.0 - 1.0).abs() < 1e-4, "{f0_hz} Hz");
    for (bits, float, channels, rate_hz) in [
        (8, false, 1, 44_100),
        (16, false, 1, 44_100),
        (24, false, 2, 44_100),
        (32, false, 1, 44_100),
        (32, true, 2, 44_100),
        (16, false, 2, 22_050),
        (16, false, 1, 32_000),
        (24, false, 1, 48_000),
        (24, false, 1, 88_200),
        (24, false, 2, 96_000),
        (32, true, 1, 192_000),
    ] {
        let what = format!("{bits} bit, float {float}, {channels} channels, {rate_hz} Hz");
        let (found_hz, found_db) =
            measured(folder_with(|path| wav(path, &sound(rate_hz), bits, float, channels)).path());
        assert!((found_hz / f0_hz - 1.0).abs() < 1e-5, "{what}: {found_hz} Hz, not {f0_hz} Hz");
        let tolerance_db = if bits == 8 { 0.3 } else { 0.05 };
        for (found, expected) in found_db.iter().zip(&levels_db).take(if bits == 8 { 4 } else { 7 }) {
            // A harmonic this weak passes a null of the pickup: its level depends on where between
            // two samples the onset lies.
            if expected.unwrap() < -40.0 {
                continue;
            }
            let error_db = found.unwrap_or_else(|| panic!("{what}: {found_db:?}")) - expected.unwrap();
            assert!(error_db.abs() < tolerance_db, "{what}: {found_db:?}, not {levels_db:?}");
        }
    }
}

#[test]
fn a_clipped_recording_is_used_and_said_to_be_clipped() {
    let mut loud = sound(44_100);
    loud.samples.iter_mut().for_each(|s| *s = (*s * 1.5).clamp(-1.0, 1.0));
    let data = folder_with(|path| wav(path, &loud, 16, false, 1));
    let all = analysed(data.path());
    assert!(all[0].notes.warnings[0].contains("at full scale"), "{:?}", all[0].notes.warnings);
    assert_eq!(all[0].rows.len(), 1);
    let (status, stderr, _) = run(data.path(), &[]);
    assert!(status == 0 && stderr.contains("057_v78.wav") && stderr.contains("at full scale"), "{stderr}");
    let place = tempfile::tempdir().unwrap();
    let (data, into) = (data.path().to_str().unwrap(), place.path().join("imported"));
    for arguments in [&["measure", data][..], &["import", data, "--into", into.to_str().unwrap()]] {
        let output = Command::new(crate::WURLI_TRAIN).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("; record it again at a lower gain"), "{arguments:?}: {said}");
    }
}

/// Runs `run` on this folder. Returns exit status, standard error, and what lies in the output
/// folder.
fn run(data: &Path, more: &[&str]) -> (i32, String, Vec<String>) {
    let out = tempfile::tempdir().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let output = Command::new(crate::WURLI_TRAIN)
        .args(["run", "--epochs", "50", "--data"])
        .arg(data)
        .arg("--out")
        .arg(out.path())
        .arg("--cache")
        .arg(cache.path())
        .args(more)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let left = std::fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap(), left.collect())
}

/// Among good recordings, one bad one: what is wrong with it, and words of the message beside its
/// name.
fn bad_files() -> Vec<(&'static str, Vec<u8>, &'static str, Vec<&'static str>)> {
    let bytes = |audio: &Audio, bits, float| {
        let folder = folder_with(|path| wav(path, audio, bits, float, 1));
        std::fs::read(folder.path().join("057_v78.wav")).unwrap()
    };
    let good = sound(44_100);
    let with = |index: usize, value: f32| {
        let mut audio = good.clone();
        audio.samples[index] = value;
        bytes(&audio, 32, true)
    };
    let whole = bytes(&good, 16, false);
    let of = |samples: Vec<f32>, sample_rate| bytes(&Audio { samples, sample_rate }, 16, false);
    let mut random = Random(3);
    let noise: Vec<f32> = (0..44_100).map(|_| random.between(-0.5, 0.5) as f32).collect();
    vec![
        ("cut short", whole[..whole.len() / 2].to_vec(), "057_v78.wav", vec!["cut short", "66150"]),
        ("cut in its header", whole[..30].to_vec(), "057_v78.wav", vec!["cut short"]),
        ("empty file", Vec::new(), "057_v78.wav", vec!["0 bytes"]),
        ("no frames", of(Vec::new(), 44_100), "057_v78.wav", vec!["0 frames"]),
        ("silent", of(vec![0.0; 44_100], 44_100), "057_v78.wav", vec!["silent"]),
        ("not a number", with(1234, f32::NAN), "057_v78.wav", vec!["sample 1234", "NaN"]),
        ("infinite", with(99, f32::NEG_INFINITY), "057_v78.wav", vec!["sample 99", "-inf"]),
        ("text", b"These are not the samples you are looking for.".to_vec(), "057_v78.wav", vec!["not audio"]),
        ("too slow", of(good.samples.clone(), 11_025), "057_v78.wav", vec!["11025", "22050..=192000"]),
        ("too fast", of(good.samples.clone(), 384_000), "057_v78.wav", vec!["384000", "22050..=192000"]),
        ("noise", of(noise, 44_100), "057_v78.wav", vec!["A3", "220.0 Hz"]),
        (
            "a click",
            of([vec![0.9; 3], vec![0.0; 44_100]].concat(), 44_100),
            "057_v78.wav",
            vec!["0.000 s", "at least 0.1 s"],
        ),
        ("a short note", of(good.samples[..2_000].to_vec(), 44_100), "057_v78.wav", vec!["0.04", "at least 0.1 s"]),
        ("note too high", whole.clone(), "109_v78.wav", vec!["midi 109", "21..=108"]),
        ("velocity too high", whole.clone(), "057_v128.wav", vec!["velocity 128", "1..=127"]),
        ("no note in its name", whole.clone(), "take 3.wav", vec!["name", "recordings.toml"]),
        ("another format", b"ID3\x03\0\0\0\0\0\0\xff\xfb\x90\x64".to_vec(), "057_v78.mp3", vec!["convert"]),
    ]
}

#[test]
fn one_bad_recording_among_good_ones_is_named_and_nothing_is_written() {
    let data = folder_of(&instrument()[..2]);
    for (what, bytes, name, words) in bad_files() {
        let path = data.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let (status, stderr, left) = run(data.path(), &["--train", "--strict"]);
        assert_eq!(status, 1, "{what}: {stderr}");
        assert!(stderr.contains(path.to_str().unwrap()) && !stderr.contains("panicked"), "{what}: {stderr}");
        for word in words {
            assert!(stderr.contains(word), "{what}: no {word:?} in {stderr}");
        }
        assert_eq!(stderr.trim_end().lines().count(), 1, "{what}: {stderr}");
        assert_eq!(left, Vec::<String>::new(), "{what}");
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_wrong_line_of_the_catalogue_is_named_and_nothing_is_written() {
    let note: &Played = &instrument()[0];
    let data = folder_of(std::slice::from_ref(note));
    let catalogue = data.path().join("recordings.toml");
    let entry = |file: &str, midi: &str, velocity: &str| {
        format!("[[recording]]\nfile = {file:?}\nkind = \"note\"\nmidi = {midi}\nvelocity = {velocity}\n")
    };
    let good = entry(&note.file(), "45", "52");
    for (what, text, words) in [
        ("note", entry(&note.file(), "140", "52"), ["line 4", "midi = 140 is outside 21..=108"]),
        ("velocity", entry(&note.file(), "45", "0"), ["line 5", "velocity = 0 is outside 1..=127"]),
        ("huge velocity", entry(&note.file(), "45", "1e9"), ["line 5", "velocity = 1"]),
        ("listed twice", [good.clone(), good].concat(), ["line 7", "listed already in line 2"]),
        ("a path that leads out", entry("../a.wav", "45", "52"), ["line 2", "\"../a.wav\" is not a path below"]),
        ("no catalogue", "midi 45".to_owned(), ["line 1", "recordings.toml"]),
    ] {
        std::fs::write(&catalogue, text).unwrap();
        let (status, stderr, left) = run(data.path(), &["--train"]);
        assert_eq!(status, 1, "{what}: {stderr}");
        assert!(stderr.contains(catalogue.to_str().unwrap()) && !stderr.contains("panicked"), "{what}: {stderr}");
        for word in words {
            assert!(stderr.contains(word), "{what}: no {word:?} in {stderr}");
        }
        assert_eq!(left, Vec::<String>::new(), "{what}");
    }
}
