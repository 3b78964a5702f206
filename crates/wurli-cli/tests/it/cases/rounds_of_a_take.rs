//! Takes of a scale in which a key was forgotten, or struck once too often.

use std::path::Path;

use wurli_cli::import::ImportOptions;

use super::synth::{damped, gain, note, silence, write};
use super::table::{Case, Notes, case, check};

/// Writes a take: keys and velocities in the order in which they are struck.
fn take(place: &Path, strikes: &[(u8, u8)]) {
    let mut sounds = vec![silence(0.5)];
    for (midi, velocity) in strikes {
        let loudness = 0.05 + 0.95 * (f64::from(*velocity) / 127.0).powf(1.5);
        sounds.push(gain(damped(note(*midi, *velocity, 1.2), 0.9), loudness));
        sounds.push(silence(0.4));
    }
    write(&place.join("take.wav"), &sounds);
}

/// Softly, then hard; `missing` is left out of the soft round and struck twice in the hard one.
fn rounds(keys: &[u8], missing: Option<u8>) -> Vec<(u8, u8)> {
    let soft = keys.iter().filter(|key| Some(**key) != missing).map(|key| (*key, 35));
    let hard = keys.iter().flat_map(|key| vec![(*key, 105); if Some(*key) == missing { 2 } else { 1 }]);
    soft.chain(hard).collect()
}

#[test]
fn strikes_are_checked_against_the_rounds() {
    let keys = [45, 52, 59, 64, 69];
    let notes = |keys: &[u8]| super::table::each(keys, &[32, 112]);
    let without = |missing: u8| keys.iter().copied().filter(|key| *key != missing).collect::<Vec<_>>();
    let in_a_row: Vec<(u8, u8)> = keys.iter().flat_map(|key| [(*key, 35), (*key, 105)]).collect();
    let rows = [
        ("all struck", rounds(&keys, None), notes(&keys), ""),
        ("each key in turn", in_a_row, notes(&keys), ""),
        (
            "up and down",
            [45, 52, 59].map(|k| (k, 35)).into_iter().chain([59, 52, 45].map(|k| (k, 105))).collect(),
            notes(&keys[..3]),
            "",
        ),
        ("a key in the middle", rounds(&keys, Some(59)), notes(&without(59)), "B3: strike 1 lies after round 1"),
        (
            "the lowest key",
            rounds(&keys, Some(45)),
            notes(&without(45)),
            "A2: it was struck twice between rounds 1 and 2",
        ),
        (
            "the highest key at the turn",
            keys.map(|k| (k, if k == 69 { 105 } else { 35 }))
                .into_iter()
                .chain([69, 64, 59, 52, 45].map(|k| (k, 105)))
                .collect(),
            notes(&without(69)),
            "A4: strikes 1 and 2 are 0 dB apart",
        ),
        ("struck once", rounds(&keys, None)[..9].to_vec(), notes(&without(69)), "A4: struck 1 time, not 2"),
    ];
    for (name, strikes, notes, warned) in rows {
        let make = |place: &Path| take(place, &strikes);
        let options = ImportOptions { played: vec![32, 112], ..ImportOptions::default() };
        let warned: &[&str] = if warned.is_empty() { &[] } else { &[warned] };
        check(&[Case { pack: "take.wav", options, ..case(name, &make, Notes(&notes), warned) }]);
    }
}
