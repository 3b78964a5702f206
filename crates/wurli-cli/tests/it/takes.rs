//! Long takes as a user has them transcribed and trained on.

use std::process::Command;

use wurli_testkit::long_take::{artifacts, take};
use wurli_train::audio::{self, write_wav_float};
use wurli_train::transcription::{TranscriptionSettings, transcribe};

#[test]
fn the_command_streams_a_long_take_and_keeps_what_it_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("take.wav");
    let audio = take(130.0);
    write_wav_float(&path, &audio).unwrap();
    let call = || {
        let mut command = Command::new(crate::WURLI_TRAIN);
        let output = command.args(["transcribe", "take.wav", "--cache", "kept", "--json"]).current_dir(folder.path());
        let output = output.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let first = call();
    let kept = artifacts(&folder.path().join("kept"));
    assert_eq!(kept.len(), 4, "an overview and three stretches");
    assert!(call() == first && artifacts(&folder.path().join("kept")) == kept);
    let whole = transcribe(&audio::read(&path).unwrap(), &TranscriptionSettings::default()).len();
    assert_eq!(String::from_utf8(first).unwrap().matches("midi").count(), whole);
}

#[test]
fn a_run_streams_a_long_performance_through_stage_5() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    write_wav_float(&data.join("take.wav"), &take(130.0)).unwrap();
    std::fs::write(
        data.join("recordings.toml"),
        "[[source]]\nid = \"a\"\ntitle = \"\"\nauthor = \"\"\nlicence = \"\"\naddress = \"\"\n\n\
         [[recording]]\nfile = \"take.wav\"\nsource = \"a\"\nkind = \"performance\"\n",
    )
    .unwrap();
    let call = || {
        let mut command = Command::new(crate::WURLI_TRAIN);
        let output =
            command.args(["run", "--data", "data", "--out", "out"]).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let made = call();
    assert!(made.contains("1 recording, "), "{made}");
    assert_eq!(artifacts(&folder.path().join("out/cache")).len(), 5, "an overview, three stretches, all notes");
    assert!(call().lines().any(|line| line.starts_with("1 notes") && line.contains(" 1  ")), "found again");
}
