//! Names that allow several readings, of which the sounds agree with one, or with none.

use std::path::Path;

use wurli_cli::import::ImportOptions;
use wurli_train::transcription::Labels;

use super::synth::write_note;
use super::table::{Case, KEYS, Notes, Refused, case, check, each, name};

const DYNAMICS: [(u8, &str); 2] = [(30, "p"), (110, "ff")];
const GERMAN: [&str; 12] = ["C", "Cis", "D", "Es", "E", "F", "Fis", "G", "As", "A", "B", "H"];

fn pack(place: &Path, keys: &[u8], file: impl Fn(usize, u8, (u8, &str)) -> String) {
    for (i, midi) in keys.iter().enumerate() {
        for (j, dynamic) in DYNAMICS.into_iter().enumerate() {
            write_note(&place.join("pack").join(file(2 * i + j, *midi, dynamic)), *midi, dynamic.0);
        }
    }
}

#[test]
fn the_reading_that_the_sounds_agree_with_is_taken() {
    let (numbers, words) = (each(&KEYS, &[30, 110]), each(&KEYS, &[48, 112]));
    let german = [51, 56, 58, 63, 67];
    let german_words = each(&german, &[48, 112]);
    let retuned = ImportOptions { labels: Labels::Retuned, ..ImportOptions::default() };
    let shifted = |p: &Path| pack(p, &KEYS, |_, m, d| format!("{} {}.wav", name(m + 5), d.1));
    check(&[
        case(
            "velocity before key",
            &|p| pack(p, &KEYS, |_, m, d| format!("{:03}_{m:03}.wav", d.0)),
            Notes(&numbers),
            &[],
        ),
        case(
            "key before velocity",
            &|p| pack(p, &KEYS, |_, m, d| format!("{m:03}_{:03}.wav", d.0)),
            Notes(&numbers),
            &[],
        ),
        case(
            "running number first",
            &|p| pack(p, &KEYS, |i, m, d| format!("{i:03} note{m} vel{}.wav", d.0)),
            Notes(&numbers),
            &[],
        ),
        case(
            "bare key among numbers",
            &|p| pack(p, &KEYS, |i, m, d| format!("{:03} {m} v{}.wav", 40 + i, d.0)),
            Notes(&numbers),
            &[],
        ),
        case(
            "German octaves, three too low",
            &|p| pack(p, &[60, 62, 64, 69], |_, m, d| format!("{} {}.wav", name(m - 36).to_lowercase(), d.1)),
            Refused(&["8 of 8 recordings sound other keys", "is labelled A1, and A4 sounds", "--retune"]),
            &[],
        ),
        case(
            "German",
            &|p| pack(p, &german, |_, m, d| format!("{}{} {}.wav", GERMAN[usize::from(m % 12)], m / 12 - 1, d.1)),
            Notes(&german_words),
            &[],
        ),
        case(
            "As and Es alone",
            &|p| pack(p, &german[..2], |_, m, d| format!("{}{} {}.wav", GERMAN[usize::from(m % 12)], m / 12 - 1, d.1)),
            Notes(&german_words[..4]),
            &[],
        ),
        case(
            "sharps written s",
            &|p| pack(p, &[46, 51, 56], |_, m, d| format!("{} {}.wav", name(m).replace('#', "s"), d.1)),
            Notes(&each(&[46, 51, 56], &[48, 112])),
            &[],
        ),
        case(
            "no reading agrees",
            &|p| pack(p, &KEYS, |i, m, d| format!("{} {}.wav", name(m + [1, 5, 9, 3, 7][i / 2]), d.1)),
            Refused(&["sound other keys", "--retune"]),
            &[],
        ),
        case(
            "all five semitones off",
            &shifted,
            Refused(&["sound other keys", "B3 ff.wav is labelled B3, and F#3 sounds"]),
            &[],
        ),
        Case { options: retuned, ..case("retuned", &shifted, Notes(&words), &["taken as A2 (MIDI 45)"]) },
        case(
            "one of ten",
            &|p| pack(p, &KEYS, |i, m, d| format!("{} {}.wav", name(if i == 0 { m + 1 } else { m }), d.1)),
            Notes(&[&[(45, 112), (46, 48)], &words[2..]].concat()),
            &["labelled A#2"],
        ),
        case(
            "an octave off",
            &|p| pack(p, &KEYS, |_, m, d| format!("{} {}.wav", name(m - 12), d.1)),
            Notes(&words),
            &["1 octave higher"],
        ),
    ]);
}

/// Harmonics of sounds that are off coincide with octaves of their names, or with the names.
#[test]
fn packs_that_sound_another_interval_are_refused() {
    let keys = [52, 57, 63];
    let shifted = |shift: i16| {
        move |p: &Path| {
            for midi in keys {
                let label = u8::try_from(i16::from(midi) - shift).unwrap();
                write_note(&p.join("pack").join(format!("{}_mp.wav", name(label))), midi, 64);
            }
        }
    };
    for (shift, words) in [
        (-19, "3 of 3 recordings sound other keys than they are labelled, most of them 19 semitones lower"),
        (-7, "most of them 7 semitones lower"),
        (-5, "most of them 5 semitones lower"),
        (-1, "most of them 1 semitone lower"),
        (1, "most of them 1 semitone higher"),
        (5, "most of them 5 semitones higher"),
        (7, "most of them 7 semitones higher"),
    ] {
        let make = shifted(shift);
        check(&[case(&format!("{shift} semitones"), &make, Refused(&[words]), &[])]);
    }
}
