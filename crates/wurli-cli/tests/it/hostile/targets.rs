//! Readers of input from outside.

use std::path::Path;
use std::process::{Command, Stdio};

use wurli_cli::import;
use wurli_cli::import::{ImportError, ImportOptions};
use wurli_train::audio;
use wurli_train::catalogue::{self, Selection};
use wurli_train::key::Key;
use wurli_train::note_event::NoteEvent;
use wurli_train::pipeline::cache::Cache;
use wurli_train::stage::Stage;
use wurli_train::stages::notes::RecordingNotes;
use wurli_train::training::Trained;
use wurli_weights::Weights;

use wurli_testkit::audio_files::{aiff, flac, format_chunk, wav, wav_by_hand, wav_of_floats};
use wurli_testkit::recordings::repository;

/// Returns true if bytes were read, false if they were refused, and an error for a defect.
type Take = dyn Fn(&[u8]) -> Result<bool, String>;

/// A reader of input.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Inputs that are altered, each valid as it stands.
    pub(crate) seeds: Vec<Vec<u8>>,
    /// Byte strings that occur in such files.
    pub(crate) words: &'static [&'static [u8]],
    /// Repairs what would keep an altered input from being looked at: a checksum.
    pub(crate) mend: Option<fn(Vec<u8>) -> Vec<u8>>,
    /// The reader.
    pub(crate) take: Box<Take>,
}

pub(crate) fn all_targets() -> Vec<Target> {
    vec![audio(), catalogue(), sfz(), weights(), artifact(), command_line()]
}

fn audio() -> Target {
    let tone: Vec<f64> = (0..400).map(|i| 0.5 * (0.1 * f64::from(i)).sin()).collect();
    let floats: Vec<f32> = tone.iter().map(|sample| *sample as f32).collect();
    Target {
        name: "audio",
        seeds: vec![
            wav(16, 2, 1, 44_100, &tone),
            wav(24, 3, 2, 48_000, &tone),
            wav(24, 4, 1, 44_100, &tone),
            wav(8, 1, 1, 22_050, &tone),
            wav_of_floats(1, 96_000, &floats),
            wav_by_hand(&format_chunk(3, 1, 44_100, 64, 8), b"", &0.5f64.to_le_bytes().repeat(9)),
            aiff(None, 16, 1, 44_100, 40, &[0x40, 1].repeat(40)),
            aiff(Some(b"fl32"), 32, 1, 44_100, 9, &0.5f32.to_be_bytes().repeat(9)),
            flac(16, 0x2000, 0x1000),
        ],
        words: &[
            b"RIFF",
            b"WAVE",
            b"fmt ",
            b"data",
            b"LIST",
            b"fLaC",
            b"FORM",
            b"AIFC",
            b"COMM",
            b"SSND",
            b"\xff\xf8\x69\xa0",
        ],
        mend: None,
        take: Box::new(|bytes| {
            let path = Path::new("a/hostile.file");
            match audio::decode(path, bytes.to_vec()) {
                Ok(audio) if audio.samples.is_empty() || !audio.samples.iter().all(|sample| sample.is_finite()) => {
                    Err("samples that are none".into())
                }
                Ok(_) => Ok(true),
                Err(error) => named(&error.to_string(), path).map(|()| false),
            }
        }),
    }
}

fn catalogue() -> Target {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.wav", "b.wav", "C4_v64.wav"] {
        std::fs::write(folder.path().join(name), b"").unwrap();
    }
    let listed = "fit = \"notes\"\n[[source]]\nid = \"s\"\ntitle = \"t\"\nauthor = \"a\"\nlicence = \"l\"\naddress = \"x\"\n\
                  [[recording]]\nfile = \"a.wav\"\nsource = \"s\"\nkind = \"note\"\nmidi = 60\nvelocity = 64\n\
                  [[recording]]\nfile = \"b.wav\"\nkind = \"performance\"\n";
    Target {
        name: "catalogue",
        seeds: vec![listed.into()],
        words: &[
            b"[[recording]]\n",
            b"[[source]]\n",
            b"midi = 999999999999999999999\n",
            b"velocity = -1\n",
            b"file = \"../../a.wav\"\n",
            b"file = \"a.wav\"\n",
            b"\"\"\"",
            b"[",
            b"{",
            b"a.",
            b"= 1e999\n",
            b"\xff",
            b"\0",
            b"\n",
            b"nan",
            b"0x",
        ],
        mend: None,
        take: Box::new(move |bytes| {
            let path = folder.path().join("recordings.toml");
            std::fs::write(&path, bytes).unwrap();
            match catalogue::read(folder.path(), Selection::All) {
                Ok(catalogue) => {
                    let inside = |file: &str| !file.contains("..") && !file.starts_with('/');
                    let all = catalogue.recordings.iter().all(|recording| inside(&recording.file));
                    if all { Ok(true) } else { Err("a recording outside the folder".into()) }
                }
                Err(error) => named(&error.to_string(), folder.path()).map(|()| false),
            }
        }),
    }
}

fn sfz() -> Target {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("C4.wav"), wav(16, 2, 1, 44_100, &[0.5; 9])).unwrap();
    std::fs::write(folder.path().join("keys.sfzh"), "#define $K 60\n<group> hivel=90\n").unwrap();
    Target {
        name: "sfz",
        seeds: vec![
            b"<control> default_path=./\n<global> ampeg_release=0.4\n<group> lovel=1 hivel=64\n<region> sample=C4.wav key=60\n".to_vec(),
            b"#include \"keys.sfzh\"\n<region>sample=C4.wav lokey=c4 hikey=$K pitch_keycenter=$K tune=-3 // tuned\n".to_vec(),
        ],
        words: &[
            b"<region>", b"<group>", b"<control>", b"#include \"hostile.sfz\"\n", b"#include \"keys.sfzh\"\n", b"#define $K $K$K\n", b"$K",
            b"sample=C4.wav ", b"key=", b"-99999999999999999999", b"c#4", b"/*", b"*/", b"\n", b"\xff", b"=", b" ", b"../", b"note_offset=127 ",
        ],
        mend: None,
        take: Box::new(move |bytes| {
            let path = folder.path().join("hostile.sfz");
            std::fs::write(&path, bytes).unwrap();
            match import::read(&path, &ImportOptions::default(), &|_, _, _| {}) {
                Ok(pack) if pack.notes.is_empty() => Err("a pack of no notes".into()),
                Ok(_) => Ok(true),
                Err(error) => {
                    // Its text was followed to the end. The only sample is too short to be heard,
                    // so that hearing takes no time here.
                    let followed = matches!(error, ImportError::Nothing { .. });
                    named(&error.to_string(), folder.path()).map(|()| followed)
                }
            }
        }),
    }
}

fn weights() -> Target {
    Target {
        name: "weights",
        seeds: vec![
            std::fs::read(repository().join("openwurli-dsp/weights/default.weights")).unwrap(),
            Weights::IDENTITY.to_bytes().to_vec(),
        ],
        words: &[b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\0\0\x80\xff", b"\xff\xff\x7f\x7f", b"\x01\0\0\0", b"\0\0\0\x80"],
        mend: Some(with_checksum),
        take: Box::new(|bytes| {
            let Ok(weights) = Weights::from_bytes(bytes) else { return Ok(false) };
            if weights.to_bytes() != bytes {
                return Err("read, and written differently".into());
            }
            for midi in [0, 21, 60, 108, 255] {
                for velocity in [0.0, 0.5, 1.0] {
                    let answer = weights.forward(midi, velocity);
                    if answer.iter().any(|value| !value.is_finite()) {
                        return Err(format!("key {midi}, velocity {velocity}: {answer:?}"));
                    }
                }
            }
            Ok(true)
        }),
    }
}

/// Artifacts of the first stage and of the training, in turn under the same key.
fn artifact() -> Target {
    let folder = tempfile::tempdir().unwrap();
    const KEY: Key = Key([7; 32]);
    let path = |stage: Stage| folder.path().join(stage.name()).join(format!("{KEY}.bin"));
    let paths = [path(Stage::Notes), path(Stage::Train)];
    let note = NoteEvent { onset_s: 0.1, offset_s: 1.0, midi: 60, velocity: 64, velocity_known: true, f0_hz: 261.6 };
    let notes = RecordingNotes { duration_s: 2.0, notes: vec![note; 3], warnings: vec!["clipped".into()] };
    let cache = Cache::at(folder.path());
    cache.artifact(Stage::Notes, KEY, || Ok::<_, ()>(notes)).unwrap();
    let seed = std::fs::read(&paths[0]).unwrap();
    Target {
        name: "artifact",
        seeds: vec![seed],
        words: &[
            b"\xfd\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\xfc\xff\xff\xff\x3f",
            b"\xfb\xff\xff",
            b"\0",
            b"\x01",
            b"\xff\xfe",
        ],
        mend: Some(with_checksum),
        take: Box::new(move |bytes| {
            let _ = &folder;
            for path in &paths {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, bytes).unwrap();
            }
            let cache = Cache::at(folder.path());
            let notes = cache.artifact::<RecordingNotes, _>(Stage::Notes, KEY, || Err(())).is_ok();
            let _ = cache.artifact::<Trained, _>(Stage::Train, KEY, || Err(()));
            Ok(notes)
        }),
    }
}

/// Words in any order. Folders that are named are not there, so that nothing is done in earnest.
fn command_line() -> Target {
    let folder = tempfile::tempdir().unwrap();
    Target {
        name: "command-line",
        seeds: vec![
            b"help".to_vec(),
            b"run\n--help".to_vec(),
            b"render\n--midi\n60\n--velocity\n64\n--seconds\n0.1\n--no-mlp\n--out\na.wav".to_vec(),
        ],
        words: &[
            b"\n",
            b"\nrun\n",
            b"\nmeasure\n",
            b"\ntranscribe\n",
            b"\nrender\n",
            b"\nevaluate\n",
            b"\nharmonic\n",
            b"\nimport\n",
            b"\nreport\n",
            b"\n--data\n",
            b"\n--midi\n",
            b"\n--velocity\n",
            b"\n--seconds\n",
            b"\n--out\n",
            b"\n--from-stage\n",
            b"\n--fit\n",
            b"\n--json\n",
            b"-1",
            b"nan",
            b"1e308",
            b"99999999999999999999",
            b"a.wav",
            b"\xff",
            b"--",
            b"=",
        ],
        mend: None,
        take: Box::new(move |bytes| {
            use std::os::unix::ffi::OsStrExt;
            let words = bytes.split(|byte| *byte == b'\n').filter(|word| !word.is_empty() && !word.contains(&0));
            // A slash could lead out of the folder.
            let words = words.take(40).map(|word| std::ffi::OsStr::from_bytes(word).to_owned());
            let words: Vec<_> = words.filter(|word| !word.as_bytes().contains(&b'/')).collect();
            let mut command = Command::new(env!("CARGO_BIN_EXE_wurli-train"));
            command.args(&words).env_remove("WURLI_CACHE_DIR").current_dir(folder.path()).stdin(Stdio::null());
            let output = command.output().map_err(|error| error.to_string())?;
            let said = String::from_utf8_lossy(&output.stderr);
            match output.status.code() {
                Some(0) => Ok(true),
                Some(1 | 2) if !said.is_empty() && !said.contains("panicked") => Ok(false),
                _ => Err(format!("{words:?}: {:?}: {said}", output.status)),
            }
        }),
    }
}

/// A message that says which file.
fn named(message: &str, path: &Path) -> Result<(), String> {
    if message.contains(path.to_str().unwrap()) { Ok(()) } else { Err(format!("no file is named in {message:?}")) }
}

/// Returns the bytes with the CRC-32 of all others in the last four.
fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some((covered, checksum)) = bytes.split_last_chunk_mut::<4>() {
        *checksum = crc32fast::hash(covered).to_le_bytes();
    }
    bytes
}
