//! The command as a user calls it.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use wurli_testkit::folder::{folder_of, instrument};
use wurli_testkit::user::text;
use wurli_train::audio;
use wurli_weights::Weights;

fn wurli_train(arguments: &[&str]) -> Command {
    let mut command = Command::new(crate::WURLI_TRAIN);
    command.args(arguments).env_remove("WURLI_CACHE_DIR").stdin(Stdio::null());
    command
}

/// Runs the command; answers with exit status, standard output and standard error.
fn call(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = wurli_train(arguments).output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), stderr)
}

fn succeed(arguments: &[&str]) -> String {
    let (status, stdout, stderr) = call(arguments);
    assert_eq!(status, 0, "{arguments:?}: {stderr}");
    stdout
}

fn files(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_wrong_call_ends_with_2_and_names_what_is_wrong() {
    let wrong: [(&[&str], &str); 13] = [
        (&[], "Usage"),
        (&["sing"], "sing"),
        (&["run", "--from-stage", "8"], "8"),
        (&["run", "--through-stage", "note"], "note"),
        (&["run", "--train", "--through-stage", "5"], "--through-stage residuals"),
        (&["run", "--from-stage", "weights", "--through-stage", "train"], "--from-stage weights"),
        (&["run", "--from-stage", "6"], "--from-stage train"),
        (&["run", "--fit", "loosely"], "loosely"),
        (&["run", "--train", "--epochs", "0"], "0"),
        (&["measure"], "FILE"),
        (&["measure", "--midi", "20", "a.wav"], "20"),
        (&["render", "--midi", "60", "--velocity", "78", "--seconds", "-1", "--out", "a.wav"], "-1"),
        (&["render", "--midi", "60", "--velocity", "78", "--seconds=NaN", "--no-mlp", "--out", "a.wav"], "NaN"),
    ];
    for (arguments, named) in wrong {
        let (status, stdout, stderr) = call(arguments);
        assert_eq!(status, 2, "{arguments:?}: {stderr}");
        assert!(stderr.contains(named) && stdout.is_empty(), "{arguments:?}: {stderr}");
    }
    let both =
        ["render", "--midi", "60", "--velocity", "78", "--seconds", "1", "--out", "a", "--no-mlp", "--weights", "b"];
    assert_eq!(call(&both).0, 2);
}

#[test]
fn work_that_fails_ends_with_1_and_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let file = folder.path().join("text.wav");
    std::fs::write(&file, "no audio").unwrap();
    for (arguments, named) in [
        (vec!["run", "--data", text(&missing)], &missing),
        (vec!["run", "--data", text(folder.path())], &file),
        (vec!["measure", text(&missing)], &missing),
        (vec!["transcribe", text(&file)], &file),
    ] {
        let (status, stdout, stderr) = call(&arguments);
        assert_eq!(status, 1, "{arguments:?}: {stderr}");
        assert!(stderr.contains(text(named)) && stdout.is_empty(), "{arguments:?}: {stderr}");
        assert!(!missing.exists(), "{arguments:?}");
    }
}

#[test]
fn help_and_version_end_with_0() {
    for arguments in [&["--help"][..], &["--version"], &["run", "--help"], &["render", "--help"]] {
        assert!(!succeed(arguments).is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_run_leaves_a_training_set_and_weights_that_others_can_read() {
    let notes = instrument();
    let (data, out) = (folder_of(&notes), tempfile::tempdir().unwrap());
    let base = ["run", "--data", text(data.path()), "--out", text(out.path()), "--epochs", "300"];
    let with = |more: &[&str]| succeed(&[&base[..], more].concat());

    let said = with(&["--train", "--dry-run"]);
    assert_eq!(files(out.path()), Vec::<String>::new());
    for (note, line) in notes.iter().zip(said.lines().skip(1)) {
        assert!(
            line.starts_with(&note.file()) && line.ends_with("notes isolation harmonics render residuals"),
            "{said}"
        );
    }
    assert!(
        said.lines().last().is_some_and(|line| line.starts_with("all") && line.ends_with("train weights")),
        "{said}"
    );

    with(&["--through-stage", "isolation"]);
    assert_eq!(files(out.path()), ["cache"]);
    assert_eq!(files(&out.path().join("cache")), ["isolation", "notes"]);
    with(&["--through-stage", "4"]);
    assert_eq!(files(&out.path().join("cache")), ["harmonics", "isolation", "notes", "render"]);
    with(&[]);
    assert_eq!(files(out.path()), ["cache", "training_data.npz"]);
    let said = with(&["--train"]);
    assert_eq!(files(out.path()), ["cache", "training_data.npz", "wurli.weights", "wurli.weights.json"]);
    assert!(said.contains("closed loop") && said.contains("wurli.weights"), "{said}");

    let weights = Weights::from_bytes(&std::fs::read(out.path().join("wurli.weights")).unwrap()).unwrap();
    assert_eq!((weights.epochs, weights.range.lowest_midi, weights.range.highest_midi), (300, 45, 69));
    arrays(&out.path().join("training_data.npz"), notes.len());

    // --dry-run lists the stages that --from-stage repeats.
    let made = |said: &str, stage: &str| said.lines().any(|line| line.ends_with(stage));
    assert!(!made(&with(&["--train", "--dry-run"]), "train weights"));
    assert!(made(&with(&["--train", "--dry-run", "--from-stage", "6"]), "train weights"));
    assert!(made(&with(&["--dry-run", "--from-stage", "render"]), "render residuals"));
    let before = std::fs::read(out.path().join("wurli.weights")).unwrap();
    let again = with(&["--train", "--from-stage", "train"]);
    let row = |stage: &str| {
        again
            .lines()
            .find(|line| line.starts_with(stage))
            .map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
            .unwrap()
    };
    assert_eq!(row("5 residuals")[2..4], ["5", "0"], "{again}");
    assert_eq!(row("6 train")[2..4], ["0", "1"], "{again}");
    assert_eq!(std::fs::read(out.path().join("wurli.weights")).unwrap(), before);

    let json: Value = serde_json::from_str(&with(&["--train", "--json"])).unwrap();
    assert_eq!(json["recordings"].as_array().unwrap().len(), notes.len());
    assert_eq!(json["training"]["parameters"].as_array().unwrap().len(), 294);
    assert!(json["training"]["closed_loop"]["corrected"]["level_db"].is_f64());
    render_with(out.path());
}

/// Checks a zip of four arrays, with headers as NumPy's format has them.
fn arrays(path: &Path, rows: usize) {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut names: Vec<_> = archive.file_names().map(str::to_owned).collect();
    names.sort();
    assert_eq!(names, ["inputs.npy", "mask.npy", "targets.npy", "weights.npy"]);
    let mut data = |name: &str, header: &str| {
        let mut bytes = Vec::new();
        archive.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00", "{name}");
        let begin = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!(begin % 64, 0, "{name}");
        let text = std::str::from_utf8(&bytes[10..begin]).unwrap();
        assert_eq!((text.trim_end_matches([' ', '\n']), text.ends_with('\n')), (header, true), "{name}");
        bytes.split_off(begin)
    };
    let mut floats = |name: &str, shape: &str| -> Vec<f32> {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}");
        let bytes = data(name, &header);
        bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
    };
    let inputs = floats("inputs.npy", &format!("{rows},2,"));
    assert!(inputs.len() == 2 * rows && inputs.iter().all(|input| (0.0..=1.0).contains(input)));
    assert_eq!(inputs[0], (45.0 - 21.0) / 87.0);
    let targets = floats("targets.npy", &format!("{rows},22,"));
    let weights = floats("weights.npy", &format!("{rows},"));
    assert!(weights.len() == rows && weights.iter().all(|weight| *weight == 1.0));
    let header = format!("{{'descr': '|b1', 'fortran_order': False, 'shape': ({rows},22,), }}");
    let mask = data("mask.npy", &header);
    assert!(mask.len() == 22 * rows && mask.iter().all(|observed| *observed <= 1));
    assert!(mask.contains(&1) && targets.len() == 22 * rows && targets.iter().all(|target| target.is_finite()));
}

/// `render` in a folder that holds `weights`.
fn render_with(weights: &Path) {
    let place = tempfile::tempdir().unwrap();
    let render = |name: &str, more: &[&str]| {
        let out = place.path().join(name);
        let arguments = ["render", "--midi", "57", "--velocity", "60", "--seconds", "0.5", "--out", text(&out)];
        let output = wurli_train(&[&arguments[..], more].concat()).current_dir(place.path()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap(), audio::read(&out).ok())
    };
    let (status, stderr, nothing) = render("neither.wav", &[]);
    assert_eq!(status, Some(1));
    assert!(nothing.is_none() && stderr.contains("wurli-out/wurli.weights") && stderr.contains("--no-mlp"), "{stderr}");

    let file = weights.join("wurli.weights");
    let (_, _, plain) = render("plain.wav", &["--no-mlp"]);
    let (_, _, corrected) = render("corrected.wav", &["--weights", text(&file)]);
    let plain = plain.unwrap();
    assert_eq!((plain.samples.len(), plain.sample_rate), (22_050, 44_100));
    assert_ne!(Some(&plain), corrected.as_ref());
    std::fs::create_dir(place.path().join("wurli-out")).unwrap();
    std::fs::copy(&file, place.path().join("wurli-out/wurli.weights")).unwrap();
    assert_eq!(render("default.wav", &[]).2, corrected);
    let (_, _, fast) = render("fast.wav", &["--no-mlp", "--rate", "96000"]);
    assert_eq!(fast.map(|audio| audio.sample_rate), Some(96_000));

    let damaged = place.path().join("damaged.weights");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[700] ^= 1;
    std::fs::write(&damaged, bytes).unwrap();
    let (status, stderr, nothing) = render("damaged.wav", &["--weights", text(&damaged)]);
    assert!(status == Some(1) && nothing.is_none() && stderr.contains(text(&damaged)), "{stderr}");
}

#[test]
fn every_shell_gets_completions_that_know_the_calls() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = succeed(&["completions", shell]);
        assert!(script.contains("transcribe") && script.contains("leave-one-out"), "{shell}: {script}");
    }
}

#[test]
fn measure_and_transcribe_print_json() {
    let data = folder_of(&instrument()[2..4]);
    let [first, second] = ["057_v40.wav", "064_v90.wav"].map(|name| data.path().join(name));
    let printed = succeed(&["measure", "--json", text(&first), text(&second)]);
    let json: Value = serde_json::from_str(&printed).unwrap();
    let notes = json.as_array().unwrap();
    assert_eq!(notes.iter().map(|note| note["midi"].as_u64().unwrap()).collect::<Vec<_>>(), [57, 64]);
    assert_eq!(notes[0]["file"], text(&first));
    assert!(notes[0]["onset_s"].as_f64().unwrap() < notes[0]["end_s"].as_f64().unwrap());
    let measurement = &notes[0]["measurement"];
    assert!((measurement["f0_hz"].as_f64().unwrap() / 220.0 - 1.0).abs() < 0.01);
    let harmonics = measurement["harmonics"].as_array().unwrap();
    assert_eq!(harmonics.len(), 8);
    for harmonic in harmonics {
        let levels = &harmonic["levels"];
        let readings = [
            &harmonic["frequency_hz"],
            &harmonic["decay_db_per_s"],
            &levels["attack_db"],
            &levels["early_db"],
            &levels["sustain_db"],
        ];
        for reading in readings {
            assert!(reading["value"].is_f64() && reading["status"].is_string(), "{harmonic}");
        }
        assert!(harmonic["floor_db"].is_f64());
    }
    let table = succeed(&["measure", "--midi", "57", text(&first)]);
    assert_eq!(table.lines().filter(|line| line.starts_with('H')).count(), 8, "{table}");

    let printed = succeed(&["transcribe", "--json", text(&first)]);
    let json: Value = serde_json::from_str(&printed).unwrap();
    let [note] = json.as_array().unwrap().as_slice() else { panic!("{printed}") };
    assert_eq!(note["midi"], 57);
    assert!(note["onset_s"].as_f64().unwrap() < note["offset_s"].as_f64().unwrap());
    assert!((1..=127).contains(&note["velocity"].as_u64().unwrap()));
    assert_eq!(note.as_object().unwrap().len(), 4);
}

/// Permissions do not bind whoever may do everything, a file in the place of a folder does.
#[test]
fn an_output_folder_that_cannot_be_written_ends_with_1_and_is_named() {
    let data = folder_of(&instrument()[..1]);
    let file = data.path().join("occupied");
    std::fs::write(&file, "").unwrap();
    let out = file.join("out");
    let (status, _, stderr) = call(&["run", "--data", text(data.path()), "--out", text(&out)]);
    assert_eq!(status, 1, "{stderr}");
    assert!(stderr.contains(text(&out.join("training_data.npz"))), "{stderr}");
    let wav = file.join("a.wav");
    let arguments = ["render", "--midi", "60", "--velocity", "60", "--seconds", "0.1", "--no-mlp", "--out", text(&wav)];
    let (status, _, stderr) = call(&arguments);
    assert!(status == 1 && stderr.contains(text(&wav)), "{stderr}");
}

#[test]
fn whoever_stops_reading_ends_the_command_quietly() {
    let data = folder_of(&instrument()[..1]);
    let file = data.path().join("045_v52.wav");
    for arguments in [["measure", "--midi", "45", text(&file)].as_slice(), &["transcribe", text(&file)]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output =
            wurli_train(arguments).stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{arguments:?}");
    }
    // A cache that cannot be written must not fail the run, even if nobody reads the warning.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let out = tempfile::tempdir().unwrap();
    let occupied = out.path().join("occupied");
    std::fs::write(&occupied, "").unwrap();
    let arguments = ["run", "--data", text(data.path()), "--out", text(out.path()), "--cache", text(&occupied)];
    let status = wurli_train(&arguments).stdout(Stdio::null()).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(0));
}
