//! A synth that is not the reference voice: driven, found fault with, and corrected.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use wurli_testkit::folder::instrument;
use wurli_testkit::user::{User, text};
use wurli_train::audio;
use wurli_train::renderer::{CommandRenderer, Note, ReferenceVoice, Renderer, Template};
use wurli_voice::MlpCorrections;

/// A synth of somebody's own: the voice, as a program that knows nothing of this one.
const SYNTH: &str = concat!(
    env!("CARGO_BIN_EXE_wurli-train"),
    " render --midi {midi} --velocity {velocity} --seconds {seconds} --rate {rate} --out {out}"
);

fn note(midi: u8) -> Note {
    Note { midi, velocity: 78, corrections: MlpCorrections::IDENTITY, seconds: 1.0, sample_rate: 44_100 }
}

/// Returns the audio of a note that `command` plays, or its error.
fn played(command: &str, timeout: Duration) -> Result<audio::Audio, String> {
    let renderer = CommandRenderer::new(Template::parse(command).unwrap(), timeout);
    renderer.render(&note(60)).map_err(|error| error.to_string())
}

fn refused(command: &str) -> String {
    played(command, Duration::from_secs(30)).unwrap_err()
}

#[test]
fn a_command_plays_what_the_voice_plays() {
    let audio = played(&format!("{SYNTH} --no-mlp"), Duration::from_secs(30)).unwrap();
    let voice = ReferenceVoice::EP200.play(&note(60));
    assert_eq!((audio.samples.len(), audio.sample_rate), (voice.samples.len(), 44_100));
    // 16 bits on the way.
    assert!(audio.samples.iter().zip(&voice.samples).all(|(a, b)| (a - b).abs() < 1.0 / 32_768.0));
}

#[test]
fn what_a_command_does_wrong_is_named_with_the_command() {
    let script = |body: &str| format!("sh -c '{body}' {{midi}} {{velocity}} {{out}}");
    let said = refused(&script("echo first >&2; echo no such sound font >&2; exit 3"));
    assert!(said.starts_with("`sh -c 'echo first") && said.contains("exit status: 3"), "{said}");
    assert!(said.ends_with("stderr: first / no such sound font"), "{said}");
    let said = refused(&script("exit 0"));
    assert!(said.ends_with("succeeded, but did not write {out}"), "{said}");
    let said = refused(&script("echo no audio > \"$2\""));
    assert!(said.contains("is not audio that is read here"), "{said}");
    let said = refused("no-such-synth {midi} {velocity} {out}");
    assert!(said.starts_with("`no-such-synth 60 78 {out}` cannot") && said.contains("cannot be started"), "{said}");

    let place = tempfile::tempdir().unwrap();
    let started = place.path().join("pid");
    let begun = Instant::now();
    let wrapper = script(&format!("sleep 20 & echo $! >{}; wait", started.display()));
    let said = played(&wrapper, Duration::from_millis(500)).unwrap_err();
    assert!(said.contains("did not end within 0.5 s and was stopped"), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(10), "it was waited for");
    assert!(ends(&std::fs::read_to_string(started).unwrap()), "what the command had started goes on");
}

/// Returns true once the process of that number is gone.
fn ends(pid: &str) -> bool {
    let alive = || Command::new("kill").args(["-0", pid.trim()]).output().unwrap().status.success();
    (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        !alive()
    })
}

#[test]
fn ctrl_c_leaves_no_program_and_no_file_behind() {
    let user = crate::user();
    let temporary = tempfile::tempdir().unwrap();
    let started = user.place.path().join("pid");
    let synth = format!("sh -c 'sleep 30 & echo $! >{}; wait' {{midi}} {{velocity}} {{out}}", started.display());
    let mut command = Command::new(crate::WURLI_TRAIN);
    command.args(["run", "--data", text(user.data.path()), "--without", "displacement", "--renderer", &synth]);
    command.current_dir(user.place.path()).env("TMPDIR", temporary.path()).env_remove("WURLI_CACHE_DIR");
    let mut running = command.spawn().unwrap();
    let begun = Instant::now();
    while !started.exists() && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(std::fs::read_dir(temporary.path()).unwrap().count() > 0);
    let interrupted = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    assert_eq!(running.wait().unwrap().code(), Some(130));
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
    assert!(ends(&std::fs::read_to_string(started).unwrap()), "what the command had started goes on");
}

#[test]
fn a_synth_is_known_by_its_sound() {
    let place = tempfile::tempdir().unwrap();
    let preset = place.path().join("velocity");
    let synth = SYNTH.replace("{velocity}", "$(cat PRESET)").replace("PRESET", text(&preset)).replace("{out}", "$OUT");
    let synth = format!(
        "sh -c 'OUT=\"$2\"; {} --no-mlp' {{midi}} {{velocity}} {{out}} {{rate}}",
        synth.replace("{midi}", "$0")
    );
    let synth = synth.replace("{seconds}", "1").replace("--rate {rate}", "--rate 44100");
    let key = || CommandRenderer::new(Template::parse(&synth).unwrap(), Duration::from_secs(20)).key();
    std::fs::write(&preset, "60").unwrap();
    let first = key();
    assert_eq!(first, key());
    std::fs::write(&preset, "61").unwrap();
    assert_ne!(first, key(), "nothing in the command names the preset's file as a word");
}

#[test]
fn whatever_a_synth_does_without_is_the_identity_and_the_rest_is_trained() {
    let user = crate::user();
    let without = |list: &str| {
        trained(&user, &["--without", list]);
        let weights = std::fs::read(user.place.path().join("wurli-out/wurli.weights")).unwrap();
        wurli_weights::Weights::from_bytes(&weights).unwrap().observed
    };
    let observed = |levels, frequencies, decays, displacement| {
        let mut all = [displacement; 22];
        all[..7].fill(levels);
        all[7..14].fill(frequencies);
        all[14..21].fill(decays);
        all
    };
    assert_eq!(without("levels,displacement"), observed(false, true, true, false));
    assert_eq!(without("frequencies"), observed(true, false, true, true));
    assert_eq!(without("decays, displacement"), observed(true, true, false, false));
    assert_eq!(without("levels,decays,displacement"), observed(false, true, false, false));
}

#[test]
fn another_note_another_rate_and_silence_are_rejected() {
    let with = |from: &str, to: &str| refused(&format!("{} --no-mlp", SYNTH.replace(from, to)));
    // A synth that was given one for the other plays MIDI 78.
    let said = with("--midi {midi} --velocity {velocity}", "--midi {velocity} --velocity {midi}");
    assert!(said.contains("`") && said.contains("but C4 (MIDI 60) is 261.6 Hz"), "{said}");
    let said = refused(&format!(
        "sh -c '{} render --midi 60 --velocity 78 --seconds 1 --rate 48000 --no-mlp --out \"$2\"' {{midi}} {{velocity}} {{out}} {{rate}}",
        env!("CARGO_BIN_EXE_wurli-train")
    ));
    assert!(said.contains("rendered at 48000 Hz instead of 44100 Hz"), "{said}");
    let silent = tempfile::tempdir().unwrap();
    let path = silent.path().join("silence.wav");
    let quiet = audio::Audio { samples: vec![0.0; 44_100], sample_rate: 44_100 };
    audio::write_wav_16(&path, &quiet).unwrap();
    let said = refused(&format!("cp {} {{out}} --suffix={{midi}}{{velocity}}", path.display()));
    assert!(said.starts_with("`cp ") && said.contains("silent"), "{said}");
}

/// Returns the levels of the closed loop, uncorrected and corrected, after training with `more`.
fn trained(user: &User, more: &[&str]) -> (f64, f64) {
    let call = ["run", "--data", text(user.data.path()), "--train", "--epochs", "1000", "--json"];
    let (status, stdout, stderr) = user.call(&[&call[..], more].concat());
    assert_eq!(status, 0, "{stderr}");
    let json: Value = serde_json::from_str(&stdout).unwrap();
    let level = |which: &str| json["training"]["closed_loop"][which]["level_db"].as_f64().unwrap();
    (level("uncorrected"), level("corrected"))
}

fn render_all(folder: &Path, notes: &[(u8, u8)]) {
    for (midi, velocity) in notes {
        let audio = ReferenceVoice::EP200.play(&Note { velocity: *velocity, seconds: 2.0, ..note(*midi) });
        audio::write_wav_16(&folder.join(format!("{midi}_v{velocity}.wav")), &audio).unwrap();
    }
}

#[test]
fn a_synth_that_knows_nothing_of_corrections_is_corrected_by_its_audio() {
    let user = crate::user();
    let command = format!("{SYNTH} --no-mlp");
    let data = text(user.data.path());
    let (status, _, stderr) = user.call(&["run", "--data", data, "--renderer", &command]);
    assert!(status == 1 && stderr.contains("--without displacement"), "{stderr}");

    let (before, after) = trained(&user, &["--renderer", &command, "--without", "displacement"]);
    assert!(after < 0.4 * before, "{before} -> {after}");
    let weights = std::fs::read(user.place.path().join("wurli-out/wurli.weights")).unwrap();
    let weights = wurli_weights::Weights::from_bytes(&weights).unwrap();
    assert_eq!(weights.forward(57, 0.5)[21], 1.0, "displacement is not corrected");

    // Notes that were rendered beforehand teach nearly the same: 16 bits are rounded at another
    // length.
    let renders = tempfile::tempdir().unwrap();
    let notes: Vec<_> = instrument().iter().map(|played| (played.midi, played.velocity)).collect();
    let folder = ["--renders", text(renders.path()), "--without", "displacement"];
    let (status, _, stderr) = user.call(&[&["run", "--data", data], &folder[..]].concat());
    assert!(status == 1 && stderr.contains("5 of the notes: render 045_v52.wav 052_v78.wav"), "{stderr}");
    render_all(renders.path(), &notes[1..]);
    let (status, _, stderr) = user.call(&[&["run", "--data", data], &folder[..]].concat());
    assert!(status == 1 && stderr.contains("1 of the notes: render 045_v52.wav\n"), "{stderr}");
    render_all(renders.path(), &notes[..1]);
    let (same, corrected) = trained(&user, &folder);
    assert!((same - before).abs() < 0.02 && (corrected - after).abs() < 0.3, "{same} -> {corrected}");

    // A note of it can be heard corrected, and all of it evaluated.
    let (status, stdout, stderr) = user.call(&[&["evaluate", "--data", data], &folder[..]].concat());
    assert!(status == 0 && stdout.contains("corrected"), "{stderr}");
    let one = ["render", "--midi", "57", "--velocity", "40", "--seconds", "1", "--out", "c.wav"];
    let (status, _, stderr) = user.call(&[&one[..], &folder[..2]].concat());
    assert_eq!(status, 0, "{stderr}");
    let corrected = audio::read(&user.place.path().join("c.wav")).unwrap();
    assert_ne!(corrected.samples[..44_100], audio::read(&renders.path().join("57_v40.wav")).unwrap().samples[..44_100]);
}

#[test]
fn a_synth_that_reads_its_corrections_applies_them_itself() {
    let user = crate::user();
    let command = format!("{SYNTH} --corrections {{corrections}}");
    let (before, after) = trained(&user, &["--renderer", &command]);
    let (voice_before, voice_after) = trained(&user, &[]);
    // This synth is the voice, so its displacement sounds as the closed form predicts.
    assert!((before - voice_before).abs() < 0.02, "{before} {voice_before}");
    assert!(after < 0.4 * before && (after - voice_after).abs() < 0.5, "{after} {voice_after}");
}

#[test]
fn a_wrong_template_ends_with_2() {
    let user = crate::user();
    let (status, _, stderr) = user.call(&["run", "--renderer", "mysynth {note}"]);
    assert!(status == 2 && stderr.contains("unknown placeholder {note}"), "{stderr}");
    let (status, _, stderr) = user.call(&["run", "--renderer", "s {midi} {velocity} {out}", "--renders", "."]);
    assert!(status == 2 && stderr.contains("cannot be used with"), "{stderr}");
}
