//! Hum and offsets in recordings, as a user has them: said, and not measured as music.

use std::f64::consts::TAU;

use wurli_testkit::user::{User, text};
use wurli_train::audio::{self, write_wav_16};

/// Returns a sample of hum at 60 Hz and two of its multiples.
fn hum(n: usize) -> f32 {
    let time_s = n as f64 / 44_100.0;
    [(1.0, 0.004), (2.0, 0.0015), (3.0, 0.001)].map(|(k, a)| a * (TAU * 59.98 * k * time_s).sin()).iter().sum::<f64>()
        as f32
}

/// Warnings about the user's notes.
fn told(user: &User) -> String {
    let (status, _, warned) = user.call(&["run", "--data", text(user.data.path()), "--through-stage", "harmonics"]);
    assert_eq!(status, 0, "{warned}");
    warned
}

#[test]
fn hum_and_an_offset_are_said_of_the_recording_that_has_them() {
    let user = crate::user();
    assert_eq!(told(&user), "");
    let path = user.data.path().join("057_v40.wav");
    let mut audio = audio::read(&path).unwrap();
    for (n, sample) in audio.samples.iter_mut().enumerate() {
        *sample = 0.8 * *sample + hum(n) + 0.01;
    }
    write_wav_16(&path, &audio).unwrap();
    let warned = told(&user);
    assert_eq!(warned.lines().count(), 2, "{warned}");
    assert!(warned.contains("warning: 057_v40.wav: a DC offset of +0.009"), "{warned}");
    assert!(
        warned
            .contains("warning: 057_v40.wav: hum at 60 Hz and 2 multiples, -48 dBFS; harmonics near it are not used: "),
        "{warned}"
    );
}

#[test]
fn a_report_has_one_line_per_kind_of_hum() {
    let user = crate::user();
    for entry in std::fs::read_dir(user.data.path()).unwrap() {
        let path = entry.unwrap().path();
        let mut audio = audio::read(&path).unwrap();
        for (n, sample) in audio.samples.iter_mut().enumerate() {
            *sample = 0.8 * *sample + hum(n);
        }
        write_wav_16(&path, &audio).unwrap();
    }
    let data = text(user.data.path());
    let call = ["report", "--data", data, "--without-leave-one-out", "--out", "r.html"];
    let (status, _, warned) = user.call(&call);
    assert_eq!(status, 0, "{warned}");
    let page = std::fs::read_to_string(user.place.path().join("r.html")).unwrap();
    let lines = page.split("<li>").filter(|item| item.contains("hum at ")).count();
    // In some, a partial hides one of the multiples.
    assert!(page.contains(" files (") && lines == 2, "{lines} lines: {warned}");
}
