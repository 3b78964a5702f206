//! Numbers in file names that are velocities, and those that are not.

use std::path::Path;

use wurli_cli::import::ImportOptions;

use super::synth::write_note;
use super::table::{Case, KEYS, Notes, Refused, case, check, each, name};

/// Layers: number, velocity, word.
const LAYERS: [(usize, u8, &str); 3] = [(1, 30, "p"), (2, 75, "mf"), (3, 110, "f")];

/// Writes every key at every layer, with the name that `file` gives index, key and layer.
fn layered(place: &Path, file: impl Fn(usize, u8, (usize, u8, &str)) -> String) {
    for (i, midi) in KEYS.into_iter().enumerate() {
        for (j, layer) in LAYERS.into_iter().enumerate() {
            write_note(&place.join("pack").join(file(3 * i + j, midi, layer)), midi, layer.1);
        }
    }
}

/// Writes three takes of every key at two dynamics, with the name that `file` gives key, word and
/// take.
fn robins(place: &Path, file: impl Fn(u8, &str, u8) -> String) {
    for midi in KEYS {
        for (velocity, word) in [(48, "p"), (112, "ff")] {
            for take in 1..=3 {
                // Copies of one another would be left out.
                write_note(&place.join("pack").join(file(midi, word, take)), midi, velocity + take);
            }
        }
    }
}

/// Writes every key once.
fn single(place: &Path, file: impl Fn(usize, u8) -> String) {
    for (i, midi) in KEYS.into_iter().enumerate() {
        write_note(&place.join("pack").join(file(i, midi)), midi, 75);
    }
}

#[test]
fn only_what_can_be_a_velocity_is_one() {
    let no_velocity = || Refused(&["not how hard they were struck", "--velocity"]);
    let (played, words) = (each(&KEYS, &[30, 75, 110]), each(&KEYS, &[48, 80, 96]));
    let takes = each(&KEYS, &[48, 48, 48, 112, 112, 112]);
    let robins_warned = &["recorded more than once (round robins)"][..];
    let thirds = each(&KEYS, &[21, 64, 106]);
    let layers = ImportOptions { layers: vec![30, 75, 110], ..ImportOptions::default() };
    let given = ImportOptions { velocity: Some(90), ..ImportOptions::default() };
    check(&[
        case(
            "key and velocity",
            &|p| layered(p, |_, m, l| format!("EP_{m:03}_{}_{:03}.wav", name(m), l.1)),
            Notes(&played),
            &[],
        ),
        case("velocity and key", &|p| layered(p, |_, m, l| format!("{:03}_{}.wav", l.1, name(m))), Notes(&played), &[]),
        case(
            "key and layer",
            &|p| layered(p, |_, m, l| format!("A_{m:03}__{}_{}.wav", name(m), l.0)),
            Refused(&["--layers p,mf,ff"]),
            &[],
        ),
        Case {
            options: layers,
            ..case(
                "layers that the user names",
                &|p| layered(p, |_, m, l| format!("A_{m:03}__{}_{}.wav", name(m), l.0)),
                Notes(&played),
                &[],
            )
        },
        Case {
            options: ImportOptions { layers: vec![30, 75, 110], ..ImportOptions::default() },
            ..case(
                "marked layers that the user names",
                &|p| layered(p, |_, m, l| format!("{} v{}.wav", name(m), 5 * l.0)),
                Notes(&played),
                &[],
            )
        },
        case(
            "some of sixteen layers",
            &|p| layered(p, |_, m, l| format!("{}v{}.wav", name(m), 5 * l.0 - 4)),
            Refused(&["not how hard they were struck", "--layers p,mf,ff"]),
            &[],
        ),
        case(
            "bounds of layers behind V",
            &|p| layered(p, |_, m, l| format!("EP-{}-V{}-{}.wav", name(m), [0, 1, 43, 85][l.0], [0, 42, 84, 127][l.0])),
            Notes(&each(&KEYS, &[22, 64, 106])),
            &[],
        ),
        case(
            "percent",
            &|p| layered(p, |_, m, l| format!("{} {}%.wav", name(m), [0, 25, 50, 100][l.0])),
            Notes(&each(&KEYS, &[32, 64, 127])),
            &[],
        ),
        case(
            "dyn and key number",
            &|p| layered(p, |_, m, l| format!("Player_dyn{}_rr1_{m:03}.wav", l.0)),
            Notes(&thirds),
            &[],
        ),
        case("marked layers", &|p| layered(p, |_, m, l| format!("{} v{}.wav", name(m), l.0)), Notes(&thirds), &[]),
        case(
            "layers behind L",
            &|p| layered(p, |i, m, l| format!("L{}_{}_{}.wav", l.0, name(m), i % 2)),
            Notes(&thirds),
            &[],
        ),
        case(
            "an instrument behind L",
            &|p| layered(p, |_, m, l| format!("L100 {} {}.wav", name(m), l.2)),
            Notes(&words),
            &[],
        ),
        case("layers by word", &|p| layered(p, |_, m, l| format!("{}_layer{}.wav", name(m), l.0)), Notes(&thirds), &[]),
        case(
            "round robins marked v beside words",
            &|p| robins(p, |m, word, n| format!("{}_{word}_v{n}.wav", name(m))),
            Notes(&takes),
            robins_warned,
        ),
        case(
            "round robins marked v in folders of words",
            &|p| robins(p, |m, word, n| format!("{word}/{} v{n}.wav", name(m))),
            Notes(&takes),
            robins_warned,
        ),
        case(
            "round robins called layer beside words",
            &|p| robins(p, |m, word, n| format!("{} {word} layer{n}.wav", name(m))),
            Notes(&takes),
            robins_warned,
        ),
        case(
            "round robins marked v beside one word",
            &|p| robins(p, |m, word, n| format!("{}_hard_v{}.wav", name(m), if word == "p" { n } else { n + 3 })),
            Notes(&each(&KEYS, &[112; 6])),
            robins_warned,
        ),
        case(
            "velocities marked v beside words",
            &|p| layered(p, |_, m, l| format!("{}_{}_v{}.wav", name(m), l.2, l.1)),
            Notes(&played),
            &[],
        ),
        case(
            "bounds of layers",
            &|p| layered(p, |_, m, l| format!("{}_{}.wav", name(m), ["1-40", "41-90", "91-127"][l.0 - 1])),
            Notes(&each(&KEYS, &[21, 66, 109])),
            &[],
        ),
        case(
            "note in the title",
            &|p| layered(p, |_, m, l| format!("Studio A1 {} {}.wav", name(m), l.2)),
            Notes(&words),
            &[],
        ),
        case(
            "running number",
            &|p| single(p, |i, m| format!("Track {:02} {}.wav", i + 1, name(m))),
            no_velocity(),
            &[],
        ),
        case(
            "running number beside dynamics",
            &|p| layered(p, |i, m, l| format!("{:03} {} {}.wav", i + 17, name(m), l.2)),
            Notes(&words),
            &[],
        ),
        case("high running number", &|p| single(p, |i, m| format!("{}_{}.wav", name(m), i + 41)), no_velocity(), &[]),
        case(
            "running number downwards",
            &|p| single(p, |i, m| format!("{}_{}.wav", name(m), 99 - i)),
            no_velocity(),
            &[],
        ),
        case(
            "running number in disorder",
            &|p| single(p, |i, m| format!("{}_{}.wav", name(m), [23, 20, 24, 21, 22][i])),
            no_velocity(),
            &[],
        ),
        Case {
            options: given,
            ..case(
                "running number and a given velocity",
                &|p| single(p, |i, m| format!("{}_{}.wav", name(m), i + 41)),
                Notes(&each(&KEYS, &[90])),
                &[],
            )
        },
        case("version", &|p| layered(p, |_, m, l| format!("Rhodes V3 {} {}.wav", l.2, name(m))), Notes(&words), &[]),
        case(
            "version and velocity",
            &|p| layered(p, |_, m, l| format!("EP v2 {} v{}.wav", name(m), l.1)),
            Notes(&played),
            &[],
        ),
        case("version alone", &|p| single(p, |_, m| format!("Rhodes V3 {}.wav", name(m))), no_velocity(), &[]),
        case(
            "model number",
            &|p| layered(p, |_, m, l| format!("Stage 73 {} {}.wav", name(m), l.2)),
            Notes(&words),
            &[],
        ),
        case("minute", &|p| single(p, |i, m| format!("{} 14-{}.wav", name(m), 20 + 2 * i)), no_velocity(), &[]),
        case(
            "minutes of some takes",
            &|p| single(p, |i, m| format!("{} 14-{}.wav", name(m), [20, 20, 21, 21, 22][i])),
            no_velocity(),
            &[],
        ),
        case(
            "another numbering of keys",
            &|p| single(p, |_, m| format!("{} {:02}.wav", name(m), m - 20)),
            no_velocity(),
            &[],
        ),
        case("key number twice", &|p| single(p, |_, m| format!("{m}_{m}.wav")), Refused(&["not how hard"]), &[]),
        case(
            "all at one marked velocity",
            &|p| single(p, |_, m| format!("{} v75.wav", name(m))),
            Notes(&each(&KEYS, &[75])),
            &[],
        ),
    ]);
}
