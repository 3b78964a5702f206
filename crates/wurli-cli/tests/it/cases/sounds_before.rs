//! Sounds before the note, and several strikes in one file.

use std::path::Path;

use super::synth::{RATE, damped, gain, noise, note, samples, silence, thump, tone, write};
use super::table::{KEYS, Notes, case, check, each, name};
use wurli_voice::instrument::midi_to_hz;

/// Sounds behind one another.
type Sounds = Vec<Vec<f64>>;

fn pack(place: &Path, keys: &[u8], sounds: impl Fn(u8) -> Sounds) {
    for midi in keys {
        write(&place.join("pack").join(format!("{}_mf.wav", name(*midi))), &sounds(*midi));
    }
}

fn sum(mut a: Vec<f64>, b: &[f64]) -> Vec<f64> {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    a
}

fn breath(peak: f64) -> Vec<f64> {
    let swell = |t: f64| (t / 0.4).min(1.0) * ((0.5 - t) / 0.1).clamp(0.0, 1.0);
    samples(0.5).enumerate().map(|(n, t)| peak * swell(t) * noise(n)).collect()
}

fn click(peak: f64) -> Vec<f64> {
    samples(0.004).enumerate().map(|(n, _)| peak * noise(n)).collect()
}

#[test]
fn a_note_begins_where_its_partials_do() {
    let all = each(&KEYS, &[80]);
    let before = &["other sounds come before its note"][..];
    let loud = |midi| note(midi, 80, 1.2);
    check(&[
        case("note alone", &|p| pack(p, &KEYS, |m| vec![silence(0.1), loud(m)]), Notes(&all), &[]),
        case(
            "thump",
            &|p| pack(p, &KEYS, |m| vec![silence(0.3), thump(0.06), silence(0.8), loud(m)]),
            Notes(&all),
            before,
        ),
        case(
            "thump right before",
            &|p| pack(p, &KEYS, |m| vec![silence(0.3), thump(0.06), silence(0.1), loud(m)]),
            Notes(&all),
            before,
        ),
        case(
            "breath",
            &|p| pack(p, &KEYS, |m| vec![silence(0.2), breath(0.04), silence(0.3), loud(m)]),
            Notes(&all),
            before,
        ),
        case(
            "click louder than the note",
            &|p| pack(p, &KEYS, |m| vec![silence(0.2), click(0.9), silence(0.6), loud(m)]),
            Notes(&all),
            before,
        ),
        case(
            "thump in one of them",
            &|p| {
                pack(p, &KEYS, |m| {
                    if m == 54 {
                        vec![silence(0.2), thump(0.06), silence(0.6), loud(m)]
                    } else {
                        vec![silence(0.1), loud(m)]
                    }
                })
            },
            Notes(&all),
            before,
        ),
        case(
            "soft stroke first",
            &|p| {
                pack(p, &KEYS, |m| vec![silence(0.4), gain(damped(note(m, 40, 0.8), 0.3), 0.3), silence(0.4), loud(m)])
            },
            Notes(&all),
            &["2 notes sound in it"],
        ),
        case(
            "softer strike on the ringing note",
            &|p| {
                pack(p, &KEYS, |m| {
                    vec![silence(0.2), sum(note(m, 80, 2.0), &[silence(1.1), gain(note(m, 50, 0.9), 0.4)].concat())]
                })
            },
            Notes(&all),
            &["2 notes sound in it"],
        ),
        case(
            "two keys at once",
            &|p| pack(p, &KEYS, |m| vec![silence(0.2), sum(note(m, 80, 1.5), &note(m + 3, 80, 1.5))]),
            Notes(&all),
            &["two keys sound in it"],
        ),
        case(
            "another key afterwards",
            &|p| pack(p, &KEYS, |m| vec![silence(0.2), damped(loud(m), 0.9), note(m + 5, 80, 1.2)]),
            Notes(&all),
            &["another key, "],
        ),
        case(
            "release noise",
            &|p| {
                pack(p, &KEYS, |m| vec![silence(0.1), sum(damped(loud(m), 0.9), &[silence(0.9), thump(0.05)].concat())])
            },
            Notes(&all),
            &[],
        ),
        case(
            "two whole strikes",
            &|p| pack(p, &KEYS, |m| vec![silence(0.2), damped(loud(m), 1.0), silence(0.2), loud(m)]),
            Notes(&all),
            &["2 notes sound in it"],
        ),
        case(
            "last strike cut short",
            &|p| pack(p, &KEYS, |m| vec![silence(0.2), damped(loud(m), 1.0), silence(0.2), note(m, 80, 0.15)]),
            Notes(&all),
            &["2 notes sound in it"],
        ),
    ]);
}

#[test]
fn one_file_does_not_move_a_pack() {
    let off = |p: &Path| write(&p.join("pack/C4_mf.wav"), &[silence(0.1), note(72, 80, 1.0)]);
    let noisy = |p: &Path| pack(p, &[61], |m| vec![silence(0.3), thump(0.1), silence(0.8), note(m, 80, 1.0)]);
    check(&[
        case("one note with a thump", &noisy, Notes(&[(61, 80)]), &["other sounds come before"]),
        case("one note an octave off", &off, Notes(&[(60, 80)]), &["labelled C4, sounds 12"]),
    ]);
}

/// Tremolo and beating reeds are no strikes.
#[test]
fn a_note_that_beats_is_one_note() {
    let beats = |p: &Path| {
        pack(p, &[69, 57], |m| {
            let (a, b) = (note(m, 80, 2.0), gain(tone(midi_to_hz(m) * 1.002, 80, 2.0), 0.6));
            vec![silence(0.1), a.iter().zip(b).map(|(a, b)| a + b).collect()]
        });
    };
    let tremolo = |p: &Path, depth: f64| {
        pack(p, &[69, 57], |m| {
            let level = |n: usize| 1.0 + depth * (std::f64::consts::TAU * 5.5 * n as f64 / f64::from(RATE)).sin();
            vec![silence(0.1), note(m, 80, 2.0).into_iter().enumerate().map(|(n, x)| 0.5 * level(n) * x).collect()]
        });
    };
    let notes = [(57, 80), (69, 80)];
    check(&[
        case("beating reeds", &beats, Notes(&notes), &[]),
        case("tremolo", &|p| tremolo(p, 0.5), Notes(&notes), &[]),
        case("tremolo of full depth", &|p| tremolo(p, 1.0), Notes(&notes), &["as by a tremolo of full depth"]),
    ]);
}
