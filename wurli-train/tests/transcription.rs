//! Transcription of performances with known notes: additive ones over the whole keyboard, and ones that are mixed
//! from real recordings. `SHOW_NOTES=1 cargo test -p wurli-train --test transcription -- --nocapture` lists what
//! was missed and what was made up.

#![cfg(feature = "train")]

#[path = "common/flac.rs"]
mod flac;
#[path = "common/performance.rs"]
mod performance;
#[path = "common/random.rs"]
mod random;
#[path = "common/score.rs"]
mod score;

use std::path::{Path, PathBuf};

use performance::{Additive, Instrument, Recorded, Struck, perform};
use random::Random;
use score::Score;
use wurli_train::audio::Audio;
use wurli_train::transcription::{TranscriptionSettings, transcribe};

const SEEDS: std::ops::Range<u64> = 1..7;

fn recordings() -> Option<Recorded> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings/ep200");
    Recorded::open(&std::env::var_os("WURLI_EP200").map_or(default, PathBuf::from))
}

/// Plays what `compose` writes, for every seed, and sums up.
fn scored(what: &str, instrument: &dyn Instrument, compose: impl Fn(&[u8], &mut Random) -> Vec<Struck>) -> Score {
    let keys = instrument.keys();
    let mut score = Score::default();
    for seed in SEEDS {
        let (audio, played) = perform(instrument, &compose(&keys, &mut Random(seed)));
        score.add(&played, &transcribe(&audio, &TranscriptionSettings::default()));
    }
    println!("{what}: {score}");
    score
}

fn pick<T: Copy>(items: &[T], random: &mut Random) -> T {
    items[(random.unit() * items.len() as f64) as usize]
}

fn velocity(random: &mut Random) -> u8 {
    random.between(25.0, 127.0) as u8
}

/// All keys upwards, one after the other, mixed velocities.
fn scale(keys: &[u8], random: &mut Random) -> Vec<Struck> {
    let mut onset_s = 0.3;
    let mut one = |midi: u8| {
        let struck = Struck { onset_s, offset_s: onset_s + random.between(0.2, 0.4), midi, velocity: velocity(random) };
        onset_s = struck.offset_s + random.between(-0.05, 0.2);
        struck
    };
    keys.iter().map(|midi| one(*midi)).collect()
}

/// Eight keys, each struck six times, 3–7 times a second.
fn repeated(keys: &[u8], random: &mut Random) -> Vec<Struck> {
    let mut notes = Vec::new();
    let mut onset_s = 0.3;
    for _ in 0..8 {
        let midi = pick(keys, random);
        let period_s = random.between(0.14, 0.33);
        for _ in 0..6 {
            let offset_s = onset_s + period_s - random.between(0.03, 0.06);
            notes.push(Struck { onset_s, offset_s, midi, velocity: velocity(random) });
            onset_s += period_s;
        }
        onset_s += 0.3;
    }
    notes
}

/// Sixteen chords of two to four keys, struck within 20 ms.
fn chords(keys: &[u8], random: &mut Random) -> Vec<Struck> {
    let mut notes = Vec::new();
    for chord in 0..16 {
        let onset_s = 0.3 + 0.9 * f64::from(chord);
        let offset_s = onset_s + random.between(0.4, 0.8);
        let loudness = velocity(random);
        let mut struck: Vec<u8> = Vec::new();
        while struck.len() < 2 + chord as usize % 3 {
            let midi = pick(keys, random);
            if !struck.contains(&midi) {
                struck.push(midi);
            }
        }
        for midi in struck {
            let velocity = (f64::from(loudness) * random.between(0.75, 1.25)).clamp(1.0, 127.0) as u8;
            notes.push(Struck { onset_s: onset_s + random.between(0.0, 0.02), offset_s, midi, velocity });
        }
    }
    notes
}

/// Forty notes, one every 150–350 ms, each held over the next two to five.
fn overlapping(keys: &[u8], random: &mut Random) -> Vec<Struck> {
    let mut notes: Vec<Struck> = Vec::new();
    let mut onset_s = 0.3;
    for _ in 0..40 {
        let midi = pick(keys, random);
        let offset_s = onset_s + random.between(0.5, 1.2);
        // A key that is struck again must have been released before.
        for earlier in notes.iter_mut().filter(|note| note.midi == midi && note.offset_s > onset_s - 0.04) {
            earlier.offset_s = onset_s - 0.04;
        }
        notes.push(Struck { onset_s, offset_s, midi, velocity: velocity(random) });
        onset_s += random.between(0.15, 0.35);
    }
    notes
}

#[test]
fn additive_scales_are_transcribed() {
    assert!(scored("additive scale", &Additive, scale).f1() >= 0.95);
}

#[test]
fn additive_repeated_notes_are_transcribed() {
    assert!(scored("additive repeated", &Additive, repeated).f1() >= 0.95);
}

#[test]
fn additive_chords_are_transcribed() {
    assert!(scored("additive chords", &Additive, chords).f1() >= 0.85);
}

#[test]
fn additive_overlapping_notes_are_transcribed() {
    assert!(scored("additive overlapping", &Additive, overlapping).f1() >= 0.85);
}

#[test]
fn recorded_scales_are_transcribed() {
    let Some(piano) = recordings() else { return };
    assert!(scored("recorded scale", &piano, scale).f1() >= 0.95);
}

#[test]
fn recorded_repeated_notes_are_transcribed() {
    let Some(piano) = recordings() else { return };
    assert!(scored("recorded repeated", &piano, repeated).f1() >= 0.95);
}

#[test]
fn recorded_chords_are_transcribed() {
    let Some(piano) = recordings() else { return };
    assert!(scored("recorded chords", &piano, chords).f1() >= 0.85);
}

#[test]
fn recorded_overlapping_notes_are_transcribed() {
    let Some(piano) = recordings() else { return };
    assert!(scored("recorded overlapping", &piano, overlapping).f1() >= 0.85);
}

#[test]
fn what_holds_no_notes_gives_none() {
    let mut random = Random(7);
    let noise: Vec<f32> = (0..10 * 44_100).map(|_| random.between(-0.5, 0.5) as f32).collect();
    let mut late_noise = vec![0.0; 44_100];
    late_noise.extend(&noise[..44_100]);
    let cases: [(&str, Vec<f32>); 8] = [
        ("nothing", vec![]),
        ("one sample", vec![0.5]),
        ("silence", vec![0.0; 44_100]),
        ("offset", vec![0.7; 44_100]),
        ("white noise", noise),
        ("noise after silence", late_noise),
        ("no numbers", vec![f32::NAN; 5000]),
        ("an impulse", (0..44_100).map(|n| if n == 20_000 { 1.0 } else { 0.0 }).collect()),
    ];
    for (what, samples) in cases {
        for sample_rate in [22_050, 44_100, 192_000] {
            let found = transcribe(&Audio { samples: samples.clone(), sample_rate }, &TranscriptionSettings::default());
            assert_eq!(found, [], "{what} at {sample_rate} Hz");
        }
    }
}
#[test]
fn dbg_one() {
    let n = |midi, onset_s: f64, l: f64| Struck { onset_s, offset_s: onset_s + l, midi, velocity: 70 };
    for pair in [[n(43, 0.3, 0.4), n(44, 0.73, 0.3)], [n(37, 0.3, 0.4), n(38, 0.73, 0.3)]] {
        eprintln!("DBG ----");
        let (audio, played) = perform(&Additive, &pair);
        let mut score = Score::default();
        score.add(&played, &transcribe(&audio, &TranscriptionSettings::default()));
    }
}
