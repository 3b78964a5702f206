//! Hum and offsets in recordings, as a user has them: said, and not measured as music.

use std::f64::consts::TAU;

use wurli_testkit::user::{User, text};
use wurli_train::audio::{self, write_wav_16};

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
        let time_s = n as f64 / 44_100.0;
        let hum: f64 =
            [(1.0, 0.004), (2.0, 0.0015), (3.0, 0.001)].map(|(k, a)| a * (TAU * 59.98 * k * time_s).sin()).iter().sum();
        *sample = 0.8 * *sample + hum as f32 + 0.01;
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
