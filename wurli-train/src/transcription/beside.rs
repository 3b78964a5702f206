//! Sounds beside the note of a recording of one.

use crate::audio::Audio;
use crate::dsp::interval_cents;
use crate::measure::strikes::{Struck, find_struck};
use crate::note_event::NoteEvent;
use crate::note_name::note_name;

use super::ringing::ClearOnsets;
use super::{TranscriptionSettings, foreign, ringing, transcribe};

/// Notes nearer than this begin together, s.
const TOGETHER_S: f64 = 0.1;
/// Notes that differ by less are the same key, cents.
const SAME_KEY_CENTS: f64 = 50.0;
/// Highest harmonic that is transcribed as a key of its own at times.
const HARMONIC_MAX: i32 = 12;
/// A note softer than this share of the loudest one's velocity may be a noise.
const SOFTEST_SHARE: f64 = 0.04;
/// A note shorter than this may be a noise, s.
const SHORTEST_S: f64 = 0.1;
/// A note is measured up to the next one if it is at least this long, s.
const MEASURED_S: f64 = 0.4;

/// Sound beside the note of a recording of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// Description, with a remedy.
    pub finding: String,
    /// End of the note, s, where another one begins while it sounds.
    pub end_s: Option<f64>,
}

/// Returns what sounds in the recording beside `note`, if anything.
#[must_use]
pub fn sounds_beside(audio: &Audio, note: &NoteEvent) -> Option<Beside> {
    let onsets = ClearOnsets::find(audio)?;
    // A transcription takes many times as long as both checks.
    let is_alone = onsets.times_s.iter().all(|time_s| (time_s - note.onset_s).abs() < TOGETHER_S)
        && !foreign::has_foreign_partials(audio, note);
    let heard = if is_alone { Vec::new() } else { transcribe(audio, &TranscriptionSettings::default()) };
    let others = other_keys(&heard, note);
    let mut strikes = strikes(&heard, note);
    for onset_s in ringing::restrikes(&onsets, note) {
        if strikes.iter().all(|known_s| (known_s - onset_s).abs() >= TOGETHER_S) {
            strikes.push(onset_s);
        }
    }
    strikes.sort_by(f64::total_cmp);
    let next_s = others.iter().map(|other| other.onset_s).chain(strikes.iter().copied());
    let next_s = next_s.filter(|onset_s| *onset_s > note.onset_s + MEASURED_S).fold(f64::INFINITY, f64::min);
    let end_s = (next_s < note.offset_s).then_some(next_s);
    if let Some(finding) = keys_finding(&others, note).or_else(|| strikes_finding(&strikes, note, end_s)) {
        return Some(Beside { finding, end_s });
    }
    // Strikes that the transcription does not confirm are noises.
    let onset_s = note.onset_s;
    let is_note = |struck: &Struck| (struck.bounds.onset_s - onset_s).abs() < TOGETHER_S;
    let struck = find_struck(audio, note.f0_hz).filter(is_note)?;
    if struck.preceded || struck.others_s.iter().any(|time_s| *time_s < onset_s) {
        return Some(Beside {
            finding: format!("other sounds come before its note, which begins at {onset_s:.2} s"),
            end_s: None,
        });
    }
    let after_s = struck.others_s.first()?;
    Some(Beside { finding: format!("another sound follows its note at {after_s:.2} s"), end_s: None })
}

/// Returns the names of the keys that begin together in a recording, if they are several.
pub(super) fn several_keys(heard: &[NoteEvent]) -> Option<String> {
    let lowest = heard.iter().min_by_key(|event| event.midi)?;
    let others = other_keys(heard, lowest);
    let together = others.iter().filter(|other| (other.onset_s - lowest.onset_s).abs() < TOGETHER_S);
    let names: Vec<String> = together.map(|other| note_name(other.midi)).collect();
    (!names.is_empty()).then(|| list(&[vec![note_name(lowest.midi)], names].concat()))
}

fn keys_finding(others: &[&NoteEvent], note: &NoteEvent) -> Option<String> {
    let is_together = |other: &&&NoteEvent| (other.onset_s - note.onset_s).abs() < TOGETHER_S;
    let mut together: Vec<u8> = others.iter().filter(is_together).map(|other| other.midi).collect();
    if together.is_empty() {
        let other = others.first()?;
        let (name, at_s) = (note_name(other.midi), other.onset_s);
        return Some(format!("another key, {name}, sounds in it at {at_s:.2} s; cut it off"));
    }
    together.push(note.midi);
    together.sort_unstable();
    together.dedup();
    let count = if together.len() == 2 { "two".to_owned() } else { together.len().to_string() };
    let names: Vec<String> = together.iter().map(|midi| note_name(*midi)).collect();
    Some(format!("{count} keys sound in it ({}); record each key alone", list(&names)))
}

fn strikes_finding(strikes: &[f64], note: &NoteEvent, end_s: Option<f64>) -> Option<String> {
    let (first_s, count, onset_s) = (strikes.first()?, strikes.len() + 1, note.onset_s);
    let used = match end_s {
        Some(end_s) => format!("it is used from {onset_s:.2} s to {end_s:.2} s"),
        None if strikes.iter().all(|strike_s| *strike_s < onset_s) => {
            format!("the last whole one, at {onset_s:.2} s, is used")
        }
        None => format!("the one at {onset_s:.2} s is used"),
    };
    Some(format!("{count} notes sound in it, another one at {first_s:.2} s; {used}: cut the others off"))
}

/// Returns the notes of other keys. Harmonics of `note`, and noises, are none.
pub(super) fn other_keys<'a>(heard: &'a [NoteEvent], note: &NoteEvent) -> Vec<&'a NoteEvent> {
    let is_related = |event: &NoteEvent| is_multiple(note.f0_hz, event.f0_hz) || is_multiple(event.f0_hz, note.f0_hz);
    // Another time is that of another blow, whatever the interval. Harmonics of such a note may be
    // transcribed with it.
    let is_apart = |event: &NoteEvent| {
        let from_others = |other: &NoteEvent| {
            let is_own = is_near(other.f0_hz, event.f0_hz) || is_multiple(event.f0_hz, other.f0_hz);
            is_own || (other.onset_s - event.onset_s).abs() >= TOGETHER_S
        };
        (event.onset_s - note.onset_s).abs() >= TOGETHER_S && heard.iter().all(from_others)
    };
    let is_other = |event: &&NoteEvent| {
        is_note(event, heard) && !is_near(event.f0_hz, note.f0_hz) && (is_apart(event) || !is_related(event))
    };
    heard.iter().filter(is_other).collect()
}

/// Returns the onsets of other strikes of the same key, s.
fn strikes(heard: &[NoteEvent], note: &NoteEvent) -> Vec<f64> {
    let is_strike = |event: &&NoteEvent| {
        let is_another = (event.onset_s - note.onset_s).abs() >= TOGETHER_S;
        is_another && is_near(event.f0_hz, note.f0_hz) && is_note(event, heard)
    };
    heard.iter().filter(is_strike).map(|event| event.onset_s).collect()
}

fn is_near(a_hz: f64, b_hz: f64) -> bool {
    interval_cents(a_hz, b_hz).abs() < SAME_KEY_CENTS
}

fn is_multiple(low_hz: f64, high_hz: f64) -> bool {
    (2..=HARMONIC_MAX).any(|harmonic| is_near(f64::from(harmonic) * low_hz, high_hz))
}

/// Returns whether it is loud and long enough for a note; thumps and clicks are not.
fn is_note(event: &NoteEvent, heard: &[NoteEvent]) -> bool {
    let loudest = heard.iter().map(|event| event.velocity).max().unwrap_or(0);
    let is_loud = f64::from(event.velocity) >= SOFTEST_SHARE * f64::from(loudest);
    is_loud && event.offset_s - event.onset_s >= SHORTEST_S
}

/// Joins names: `A3, C4 and E4`.
fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
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
                ("after the release", (0.1, 1.3), (1.9, 0.15), "another sound follows its note at 1."),
            ] {
                let audio = audio(&[(midi, tone.0, tone.1, 0.3)], Some(thump), 2.6);
                let found = beside(&audio, midi).2;
                let is_right =
                    found == finding || name == "after the release" && (found.is_empty() || found.starts_with(finding));
                assert!(is_right, "{name}, MIDI {midi}: {found:?}");
            }
        }
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
            let hum =
                |time_s: f64, x: f64| x + 0.004 * (TAU * 50.0 * time_s).sin() + 0.003 * (TAU * 150.0 * time_s).sin();
            for (name, change) in
                [("beats", &beating as &dyn Fn(f64, f64) -> f64), ("tremolo", &tremolo), ("hum", &hum)]
            {
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
            Err("A3 and E4 sound in it at once: record each key alone, or catalogue it with kind = \"performance\""
                .into())
        );
    }
}
