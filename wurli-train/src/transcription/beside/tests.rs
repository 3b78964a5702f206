//! Sounds beside a note, synthesized.

use std::f64::consts::TAU;

use wurli_voice::instrument::midi_to_hz;

use super::*;
use crate::random::Random;
use crate::transcription::{Labels, identify_note};

const RATE: u32 = 44_100;

/// A tone: key, onset, end by the damper, s, and amplitude.
type Tone = (u8, f64, f64, f64);

/// Renders tones over faint noise, with a thump at a time and amplitude.
fn audio(tones: &[Tone], thump: Option<(f64, f64)>, seconds: f64) -> Audio {
    let (mut random, mut brown) = (Random(5), 0.0);
    let sample = |n: u32| {
        let time_s = f64::from(n) / f64::from(RATE);
        let mut x = 6e-5 * random.between(-1.0, 1.0);
        for (midi, onset_s, end_s, amplitude) in tones {
            let age = time_s - onset_s;
            if age >= 0.0 {
                let damped = (-(time_s - end_s).max(0.0) / 0.03).exp();
                let harmonic = |k: f64| {
                    let level_db = -8.0 * (k - 1.0) - (3.0 + 1.5 * k) * age;
                    10f64.powf(level_db / 20.0) * (TAU * k * midi_to_hz(*midi) * age + k).sin()
                };
                x += amplitude * damped * (age / 0.003).min(1.0) * (1..=8).map(|k| harmonic(k.into())).sum::<f64>();
            }
        }
        if let Some((at_s, amplitude)) = thump
            && (0.0..0.12).contains(&(time_s - at_s))
        {
            brown = 0.99 * brown + 0.3 * random.between(-1.0, 1.0);
            x += amplitude * brown * (-(time_s - at_s) / 0.03).exp();
        }
        x as f32
    };
    Audio { samples: (0..(seconds * f64::from(RATE)) as u32).map(sample).collect(), sample_rate: RATE }
}

/// Returns onset and end of the note, and the finding.
fn beside(audio: &Audio, label: u8) -> (f64, f64, String) {
    let (note, finding) = identify_note(audio, Some(label), 64, Labels::Kept).unwrap();
    assert_eq!((finding, note.midi), (None, label));
    let found = sounds_beside(audio, &note);
    let end_s = found.as_ref().and_then(|found| found.end_s).unwrap_or(note.offset_s);
    (note.onset_s, end_s, found.map_or_else(String::new, |found| found.finding))
}

#[test]
fn notes_beside_the_note_are_reported() {
    let long = 2.6;
    for (name, tones, label, onset_s, end_s, finding) in [
        ("alone", vec![(57, 0.1, long, 0.3)], 57, 0.1, long, ""),
        (
            "two keys",
            vec![(57, 0.1, long, 0.3), (60, 0.1, long, 0.2)],
            57,
            0.1,
            long,
            "two keys sound in it (A3 and C4); record",
        ),
        (
            "two keys, the higher one",
            vec![(57, 0.1, long, 0.3), (60, 0.1, long, 0.2)],
            60,
            0.1,
            long,
            "two keys sound in it (A3 and C4)",
        ),
        (
            "three keys",
            vec![(57, 0.1, long, 0.2), (61, 0.1, long, 0.2), (66, 0.1, long, 0.2)],
            61,
            0.1,
            long,
            "3 keys sound in it (A3, C#4 and F#4)",
        ),
        (
            "another key later",
            vec![(57, 0.1, 1.0, 0.3), (64, 1.2, long, 0.3)],
            57,
            0.1,
            1.2,
            "another key, E4, sounds in it at 1.20 s",
        ),
        (
            "its octave later",
            vec![(57, 0.1, long, 0.3), (69, 1.2, long, 0.3)],
            57,
            0.1,
            1.2,
            "another key, A4, sounds in it at 1.20 s",
        ),
        (
            "another key before",
            vec![(57, 0.1, 0.8, 0.3), (60, 1.0, long, 0.3)],
            60,
            1.0,
            long,
            "another key, A3, sounds in it at 0.10 s",
        ),
        (
            "a semitone before",
            vec![(60, 0.1, long, 0.3), (61, 1.0, long, 0.2)],
            61,
            1.0,
            long,
            "another key, C4, sounds in it at 0.10 s",
        ),
        (
            "softer on the ringing note",
            vec![(57, 0.1, long, 0.3), (57, 1.3, long, 0.17)],
            57,
            0.1,
            1.3,
            "2 notes sound in it, another one at 1.30 s; it is used from 0.10 s to 1.30 s: cut the others off",
        ),
        (
            "soon on the ringing note",
            vec![(57, 0.1, long, 0.3), (57, 0.4, long, 0.25)],
            57,
            0.1,
            0.4,
            "2 notes sound in it, another one at 0.4",
        ),
        (
            "much softer on the ringing note",
            vec![(57, 0.1, long, 0.3), (57, 1.3, long, 0.06)],
            57,
            0.1,
            1.3,
            "2 notes sound in it, another one at 1.30 s; it is used from 0.10 s to 1.30 s: cut the others off",
        ),
        (
            "softer after the damper",
            vec![(57, 0.1, 1.0, 0.3), (57, 1.1, 1.5, 0.1)],
            57,
            0.1,
            1.1,
            "2 notes sound in it, another one at 1.10 s; the one at 0.10 s is used: cut the others off",
        ),
        (
            "as loud",
            vec![(57, 0.1, 1.0, 0.3), (57, 1.2, long, 0.3)],
            57,
            1.2,
            long,
            "2 notes sound in it, another one at 0.10 s; the last whole one, at 1.20 s, is used: cut the others off",
        ),
    ] {
        let audio = audio(&tones, None, long);
        let found = beside(&audio, label);
        assert!((found.0 - onset_s).abs() < 0.03 && (found.1 - end_s).abs() < 0.05, "{name}: {found:?}");
        assert!(found.2.starts_with(finding) && found.2.is_empty() == finding.is_empty(), "{name}: {found:?}");
    }
}

#[test]
fn thumps_are_no_notes() {
    let before = "other sounds come before its note, which begins at 0.60 s";
    for midi in [33, 45, 60, 72, 84] {
        for (name, tone, thump, finding) in [
            ("thump before", (0.6, 2.6), (0.2, 0.15), before),
            ("thump right before", (0.6, 2.6), (0.48, 0.15), before),
            ("release", (0.1, 1.3), (1.3, 0.15), ""),
            // A thump may have the pitch of the key, but is no note.
            ("while it rings", (0.1, 2.6), (1.3, 0.15), ""),
        ] {
            let audio = audio(&[(midi, tone.0, tone.1, 0.3)], Some(thump), 2.6);
            assert_eq!(beside(&audio, midi).2, finding, "{name}, MIDI {midi}");
        }
    }
}

/// A thump after the release is reported if it is loud at the partials of the key.
#[test]
fn a_thump_after_the_note_is_another_sound() {
    let found = [33, 45, 60, 72, 84].map(|midi| {
        let audio = audio(&[(midi, 0.1, 1.3, 0.3)], Some((1.9, 0.15)), 2.6);
        beside(&audio, midi).2.split(" at ").next().unwrap_or_default().to_owned()
    });
    let sound = "another sound follows its note";
    assert_eq!(found, ["", sound, "", "", ""]);
}

#[test]
fn a_softer_strike_on_a_ringing_key_is_another_note() {
    for midi in [33, 45, 57, 69, 81, 93] {
        for amplitude in [0.3, 0.15, 0.08] {
            let audio = audio(&[(midi, 0.1, 3.0, 0.3), (midi, 1.2, 3.0, amplitude)], None, 3.0);
            let found = beside(&audio, midi);
            assert!(
                found.2.starts_with("2 notes sound in it, another one at 1.") && (found.1 - 1.2).abs() < 0.05,
                "MIDI {midi}, {amplitude}: {found:?}"
            );
        }
    }
}

#[test]
fn tremolo_beats_and_hum_are_no_strikes() {
    let whole = |midi: u8, change: &dyn Fn(f64, f64) -> f64| {
        let mut audio = audio(&[(midi, 0.1, 3.0, 0.3)], None, 3.0);
        let changed = |(n, x): (usize, &f32)| change(n as f64 / f64::from(RATE), f64::from(*x)) as f32;
        audio.samples = audio.samples.iter().enumerate().map(changed).collect();
        beside(&audio, midi)
    };
    for midi in [33, 45, 57, 69, 81, 93] {
        let beating = |time_s: f64, x: f64| x * (1.0 + 0.6 * (TAU * 2.3 * time_s).cos());
        let tremolo = |time_s: f64, x: f64| 0.6 * x * (1.0 + 0.6 * (TAU * 5.6 * time_s).sin());
        let hum = |time_s: f64, x: f64| x + 0.004 * (TAU * 50.0 * time_s).sin() + 0.003 * (TAU * 150.0 * time_s).sin();
        for (name, change) in [("beats", &beating as &dyn Fn(f64, f64) -> f64), ("tremolo", &tremolo), ("hum", &hum)] {
            assert_eq!(whole(midi, change).2, "", "{name}, MIDI {midi}");
        }
    }
}

#[test]
fn a_key_that_does_not_stand_alone_is_refused_with_its_reason() {
    let refusal = |tones: &[Tone], label| {
        let found = identify_note(&audio(tones, None, 2.0), Some(label), 64, Labels::Kept);
        found.map(|(note, _)| note.midi).map_err(|error| error.to_string())
    };
    let fifth = refusal(&[(57, 0.1, 2.0, 0.3), (64, 0.11, 2.0, 0.3)], 57);
    assert_eq!(
        fifth,
        Err("A3 and E4 sound in it at once: record each key alone, or catalogue it with kind = \"performance\"".into())
    );
}

/// Bursts of noise, a breath and hum are transcribed as keys at times.
#[test]
fn noises_and_hum_are_neither_strikes_nor_keys() {
    let bursts = |time_s: f64| f64::from([0.6, 1.0, 1.5].iter().any(|at_s| (*at_s..at_s + 0.05).contains(&time_s)));
    let breath = |time_s: f64| 0.6 * ((time_s - 1.4) / 0.3).clamp(0.0, 1.0) * ((2.4 - time_s) / 0.2).clamp(0.0, 1.0);
    let none = |_: f64| 0.0;
    for midi in [45, 57, 63] {
        for (name, noise, end_s, hum) in [
            ("bursts", &bursts as &dyn Fn(f64) -> f64, 2.6, 0.0),
            ("breath", &breath, 1.0, 0.0),
            ("hum", &none, 2.6, 0.03),
        ] {
            let mut audio = audio(&[(midi, 0.1, end_s, 0.3)], None, 2.6);
            let (mut random, mut brown) = (Random(7), 0.0);
            for (n, x) in audio.samples.iter_mut().enumerate() {
                let time_s = n as f64 / f64::from(RATE);
                let white = random.between(-1.0, 1.0);
                brown = 0.95 * brown + 0.1 * white;
                let noise = noise(time_s) * if name == "breath" { 0.2 * brown } else { 0.05 * white };
                let hum: f64 = (1..=3).map(f64::from).map(|k| hum / k * (TAU * 50.0 * k * time_s).sin()).sum();
                *x += (noise + hum) as f32;
            }
            let (_, end_s, finding) = beside(&audio, midi);
            let is_note = ["notes sound in it", "key"].iter().any(|word| finding.contains(word));
            assert!(!is_note && end_s > 0.9, "{name}, MIDI {midi}: {end_s} s, {finding}");
        }
    }
}
