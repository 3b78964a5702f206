//! Calls and messages as a person expects them.

use std::fs;

use super::synth::write_note;
use super::table::{call, name};

fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    for midi in [57, 60, 64] {
        write_note(&place.path().join(format!("high/{}_mf.wav", name(midi + 12))), midi, 80);
        write_note(&place.path().join(format!("data/{midi:03}_v080.wav")), midi, 80);
    }
    fs::write(place.path().join("file"), "").unwrap();
    fs::create_dir(place.path().join("kindless")).unwrap();
    fs::create_dir(place.path().join("empty")).unwrap();
    write_note(&place.path().join("kindless/a.wav"), 57, 80);
    fs::write(place.path().join("kindless/recordings.toml"), "[[recording]]\nfile = \"a.wav\"\n").unwrap();
    place
}

#[test]
fn calls_do_what_a_person_expects() {
    let place = place();
    let render = ["render", "--velocity", "64", "--seconds", "0.2", "--no-mlp"];
    for (arguments, status, said, warned) in [
        (
            &["import", "high", "--into", "none", "--dry-run"][..],
            0,
            "3 recordings, A3 to E4",
            "sound 1 octave lower than the pack says",
        ),
        (&["import", "high", "--into", "my piano"], 0, "next: wurli-train run --data 'my piano' --train", ""),
        (&["import", "high", "--into", "it's"], 0, "next: wurli-train run --data 'it'\\''s' --train", ""),
        (
            &["import", "kindless", "--velocity", "80", "--into", "again", "--dry-run"],
            1,
            "",
            "kindless is a data folder already, as it holds recordings.toml; `wurli-train run --data kindless` reads it",
        ),
        (&["harmonic", "H3"], 2, "", "\"H3\" is not a whole number in 1..=8; give 3 for the third harmonic"),
        (&["harmonic", "9"], 2, "", "9 is not in 1..=8; give 3 for the third harmonic"),
        (
            &["import", "high", "--into", "x", "--velocity", "ff"],
            2,
            "",
            "\"ff\" is not a whole number in 1..=127; give a number such as 80 for mf",
        ),
        (
            &["run", "data", "--epochs", "1e3"],
            2,
            "",
            "\"1e3\" is not a whole number in 1..=4294967295; give digits only",
        ),
        (
            &[&render[..], &["--midi", "60", "--out", "x.wav", "--rate", "44.1"]].concat(),
            2,
            "",
            "; give Hz, such as 44100 for 44.1 kHz",
        ),
        (
            &["render", "--midi", "60", "--velocity", "64", "--out", "x.wav", "--seconds", "2,5"],
            2,
            "",
            "\"2,5\" is not a number above 0 and up to 3600; give seconds with a point, such as 2.5",
        ),
        (&["import", "high", "--into", "plain"], 0, "next: wurli-train run --data plain --train", ""),
        (
            &[&render[..], &["--midi", "60", "--out", "x.flac"]].concat(),
            2,
            "",
            "--out x.flac: WAV is written; name the file .wav",
        ),
        (&[&render[..], &["--midi", "C4", "--out", "c4.wav"]].concat(), 0, "wrote c4.wav", ""),
        (&[&render[..], &["--midi", "c#4", "--out", "cis4.wav"]].concat(), 0, "wrote cis4.wav", ""),
        (&[&render[..], &["--midi", "c\u{266f}4", "--out", "sharp.wav"]].concat(), 0, "wrote sharp.wav", ""),
        (&[&render[..], &["--midi", "X4", "--out", "x.wav"]].concat(), 2, "", "a note such as C4, from A0 to C8"),
        (&["measure", "--midi", "A3", "data/057_v080.wav"], 0, "A3 at 220", ""),
        (&["run", "data", "--through-stage", "1"], 0, "3 recordings", ""),
        (&["run", "data", "--data", "data"], 2, "", "cannot be used with"),
        (&["run", "kindless"], 1, "", "has no kind; add kind = \"note\" or kind = \"performance\""),
        (&["report", "--data", "gone", "--out", "file/page.html"], 1, "", "file/page.html: cannot be written"),
        (&["report", "data", "--out", "r.pdf"], 2, "", "--out r.pdf: HTML is written; name the file .html"),
        (&["evaluate", "data", "--plot", "x.png"], 2, "", "--plot x.png: SVG is written; name the file .svg"),
        (&["harmonic", "2", "data", "--plot", "x.PNG"], 2, "", "--plot x.PNG: SVG is written; name the file .svg"),
        (&["export", "--c", "x.txt"], 2, "", "--c x.txt: a C header is written; name the file .h"),
        (&["evaluate", "gone"], 1, "", "gone does not exist; give the folder that holds the recordings"),
        (&["harmonic", "2", "--data", "gone"], 1, "", "gone does not exist; give the folder that holds the recordings"),
        (&["run", "file"], 1, "", "file is a file; give the folder that holds the recordings"),
        (&["measure", "data"], 0, "data/064_v080.wav: E4 at 329", ""),
        (&["measure", "empty"], 1, "", "empty holds no recording; put WAV, FLAC, AIFF, AU, CAF or Wave64 files there"),
        (
            &["transcribe", "data"],
            2,
            "",
            "data is a folder; give a file in it, or have `wurli-train run data` read all",
        ),
        (
            &["evaluate", "data", "--leave-one-out", "dynamics"],
            1,
            "",
            "--leave-one-out dynamics: all 3 measured notes are of one dynamic, mf 72-87, and without it nothing is left",
        ),
    ] {
        let (found, stdout, stderr) = call(place.path(), arguments);
        assert_eq!(found, status, "{arguments:?}: {stdout}{stderr}");
        assert!(stdout.contains(said) && stderr.contains(warned), "{arguments:?}: {stdout}{stderr}");
    }
    assert!(!place.path().join("x.flac").exists());
}

#[test]
fn a_folder_without_a_measured_note_reports_each_file_once() {
    let place = place();
    let (status, _, stderr) = call(place.path(), &["measure", "--midi", "101", "data"]);
    assert_eq!(status, 1, "{stderr}");
    for file in ["data/057_v080.wav", "data/060_v080.wav", "data/064_v080.wav"] {
        assert_eq!(stderr.matches(file).count(), 1, "{file}: {stderr}");
    }
    assert!(stderr.contains("data: no note measured in its 3 recordings; see the warnings above"), "{stderr}");
}
