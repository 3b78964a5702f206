//! Note names and dynamics in other languages.

use std::path::Path;

use super::synth::write_note;
use super::table::{Notes, Refused, call, case, check, each, name};

const KEYS: [u8; 6] = [57, 58, 59, 61, 63, 66];
const GERMAN: [&str; 12] = ["C", "Cis", "D", "Dis", "E", "F", "Fis", "G", "Gis", "A", "B", "H"];
const DUTCH: [&str; 12] = ["C", "Cis", "D", "Dis", "E", "F", "Fis", "G", "Gis", "A", "Ais", "B"];
const FLATS: [&str; 12] = ["C", "Des", "D", "Es", "E", "F", "Ges", "G", "As", "A", "Bes", "B"];
const SWEDISH: [&str; 12] = ["C", "Ciss", "D", "Diss", "E", "F", "Fiss", "G", "Giss", "A", "B", "H"];
const SYLLABLES: [&str; 12] = ["Do", "Reb", "Re", "Mib", "Mi", "Fa", "Solb", "Sol", "Lab", "La", "Sib", "Si"];

fn pack(place: &Path, file: impl Fn(u8, (&str, &str, &str)) -> String) {
    for midi in KEYS {
        for (velocity, words) in [(48, ("p", "piano", "soft")), (96, ("f", "forte", "loud"))] {
            write_note(&place.join("pack").join(file(midi, words)), midi, velocity);
        }
    }
}

fn of(names: [&str; 12], midi: u8) -> String {
    format!("{}{}", names[usize::from(midi % 12)], midi / 12 - 1)
}

#[test]
fn names_of_other_languages_are_read() {
    let (usual, soft) = (each(&KEYS, &[48, 96]), each(&KEYS, &[48, 112]));
    check(&[
        case(
            "sharp sign",
            &|p| pack(p, |m, w| format!("{} {}.wav", name(m).replace('#', "\u{266f}"), w.0)),
            Notes(&usual),
            &[],
        ),
        case(
            "flat sign",
            &|p| {
                pack(p, |m, w| {
                    format!(
                        "{} {}.wav",
                        ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"][usize::from(m % 12)]
                            .replace('b', "\u{266d}")
                            + &(m / 12 - 1).to_string(),
                        w.0
                    )
                })
            },
            Notes(&usual),
            &[],
        ),
        case("German", &|p| pack(p, |m, w| format!("{} {}.wav", of(GERMAN, m), w.0)), Notes(&usual), &[]),
        case("Dutch", &|p| pack(p, |m, w| format!("{} {}.wav", of(DUTCH, m), w.0)), Notes(&usual), &[]),
        case("Dutch flats", &|p| pack(p, |m, w| format!("{} {}.wav", of(FLATS, m), w.0)), Notes(&usual), &[]),
        case("Swedish", &|p| pack(p, |m, w| format!("{} {}.wav", of(SWEDISH, m), w.0)), Notes(&usual), &[]),
        case(
            "German words",
            &|p| pack(p, |m, w| format!("{} {}.wav", of(GERMAN, m), if w.0 == "p" { "weich" } else { "hart" })),
            Notes(&soft),
            &[],
        ),
        case(
            "B is B flat on one key and B on another",
            &|p| {
                pack(p, |m, w| format!("{} {}.wav", of(GERMAN, m), w.0));
                for (velocity, word) in [(48, "p"), (96, "f")] {
                    write_note(&p.join(format!("pack/B2 {word}.wav")), 47, velocity);
                }
            },
            Notes(&[each(&[47], &[48, 96]), usual.clone()].concat()),
            &["B2 f.wav: its name is MIDI 46 or 47, by language; the sound decides"],
        ),
        case("syllables", &|p| pack(p, |m, w| format!("{}_{}.wav", of(SYLLABLES, m), w.0)), Notes(&usual), &[]),
        case(
            "French octaves",
            &|p| pack(p, |m, w| format!("{}_{}.wav", of(SYLLABLES, m - 12), w.0)),
            Notes(&usual),
            &["1 octave higher"],
        ),
        case(
            "accents",
            &|p| pack(p, |m, w| format!("{}_{}.wav", of(SYLLABLES, m).replace("Re", "Re\u{301}"), w.0)),
            Notes(&usual),
            &[],
        ),
        case("whole words", &|p| pack(p, |m, w| format!("{} {}.wav", name(m), w.1)), Notes(&usual), &[]),
        case("folders of whole words", &|p| pack(p, |m, w| format!("{}/{}.wav", w.1, name(m))), Notes(&usual), &[]),
        case(
            "the instrument is called piano",
            &|p| pack(p, |m, w| format!("Piano {} {}.wav", name(m), w.0)),
            Notes(&usual),
            &[],
        ),
        case(
            "very soft and very loud",
            &|p| {
                pack(p, |m, w| format!("{} {}.wav", name(m), w.2));
                write_note(&p.join("pack/A3 very soft.wav"), 57, 30);
                write_note(&p.join("pack/A3_Very_Loud.wav"), 57, 120);
            },
            Notes(&[vec![(57, 40), (57, 48), (57, 112), (57, 120)], soft[2..].to_vec()].concat()),
            &[],
        ),
        case(
            "signs behind dynamics",
            &|p| pack(p, |m, w| format!("{} mf{}.wav", name(m), if w.0 == "p" { "-" } else { "+" })),
            Notes(&each(&KEYS, &[72, 88])),
            &[],
        ),
        case(
            "hyphens around dynamics",
            &|p| pack(p, |m, w| format!("{}-{}-(1).wav", name(m), w.0)),
            Notes(&usual),
            &[],
        ),
        case(
            "a hyphen behind dynamics",
            &|p| pack(p, |m, w| format!("{} {}-_close1.wav", name(m), w.0)),
            Notes(&usual),
            &[],
        ),
        case(
            "a hyphen behind all dynamics",
            &|p| pack(p, |m, w| format!("{} {}- close.wav", name(m), w.0)),
            Notes(&usual),
            &[],
        ),
        case(
            "a plus behind dynamics",
            &|p| pack(p, |m, w| format!("{} {}+pedal.wav", name(m), w.0)),
            Notes(&usual),
            &[],
        ),
        case(
            "unknown words",
            &|p| pack(p, |m, w| format!("{} {}.wav", name(m), if w.0 == "p" { "doux" } else { "fort" })),
            Refused(&["not how hard", "--dynamics word=90"]),
            &[],
        ),
        case(
            "mezzo apart",
            &|p| pack(p, |m, w| format!("{} {}.wav", name(m), if w.0 == "p" { "mezzo piano" } else { "mezzo-forte" })),
            Notes(&each(&KEYS, &[64, 80])),
            &[],
        ),
        case(
            "a word that changes the next one",
            &|p| {
                pack(p, |m, w| format!("{} {}.wav", name(m), w.2));
                write_note(&p.join("pack/A3 extra loud.wav"), 57, 120);
            },
            Notes(&soft),
            &["A3 extra loud.wav: left out: its name says no velocity"],
        ),
        case("soft and loud", &|p| pack(p, |m, w| format!("{} {}.wav", name(m), w.2)), Notes(&soft), &[]),
        case(
            "piano is no dynamic",
            &|p| pack(p, |m, w| format!("Piano {} {}.wav", name(m), w.2.len() % 2)),
            Refused(&["not how hard"]),
            &[],
        ),
        case(
            "no names",
            &|p| pack(p, |m, w| format!("x{}y {}.wav", m % 12, w.0)),
            Refused(&["do not say which notes", "Cis4"]),
            &[],
        ),
    ]);
}

#[test]
fn many_unread_names_are_one_line() {
    let place = tempfile::tempdir().unwrap();
    pack(place.path(), |m, w| format!("{} {}.wav", name(m), w.0));
    for i in 0..20 {
        write_note(&place.path().join(format!("pack/what is this {}.wav", "x".repeat(i + 1))), 60, 60);
    }
    let (status, said, warned) = call(place.path(), &["import", "pack", "--into", "data", "--dry-run"]);
    assert_eq!(status, 0, "{warned}");
    let start = "warning: 20 files (what is this x.wav, what is this xx.wav, what is this xxx.wav, …): left out: its name says no note";
    assert!(warned.starts_with(start) && warned.contains("(note names: A3") && warned.lines().count() == 1, "{warned}");
    assert!(said.contains("12 recordings, A3 to F#4; left out: 20 (listed above)"), "{said}");
}
