//! Sounds beside the note of a recording of one.

use crate::audio::Audio;
use crate::dsp::interval_cents;
use crate::measure::strikes::{Struck, find_struck};
use crate::note_event::NoteEvent;
use crate::note_name::note_name;

use super::ringing::ClearOnsets;
use super::{foreign, label, ringing};

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
const MEASURED_S: f64 = crate::measure::SHORTEST_S;
/// Partials of another key lie this far above the sound between them, dB, where the note may be.
const OTHER_KEY_DB: f64 = 3.0;

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
    let is_note = |struck: &Struck| (struck.bounds.onset_s - note.onset_s).abs() < TOGETHER_S;
    let struck = find_struck(audio, note.f0_hz).filter(is_note);
    if struck.as_ref().is_some_and(|struck| struck.is_interrupted) {
        let finding =
            "its level falls to nothing at regular intervals, as by a tremolo of full depth; record it without".into();
        return Some(Beside { finding, end_s: None });
    }
    let onsets = ClearOnsets::find(audio)?;
    // A transcription takes many times as long as both checks.
    let is_alone = onsets.times_s.iter().all(|time_s| (time_s - note.onset_s).abs() < TOGETHER_S)
        && !foreign::has_foreign_partials(audio, note);
    let heard = if is_alone { Vec::new() } else { label::heard(audio) };
    let is_apart = |other: &NoteEvent| (other.onset_s - note.onset_s).abs() >= TOGETHER_S;
    let is_key = |other: &NoteEvent| ringing::is_tonal(&onsets, other.f0_hz, other.onset_s, OTHER_KEY_DB);
    let mut others = other_keys(&heard, note);
    others.retain(|other| !is_apart(other) || is_key(other));
    let mut strikes = strikes(&heard, note);
    strikes.retain(|onset_s| ringing::is_struck(&onsets, note, *onset_s));
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
    let struck = struck?;
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
mod tests;
