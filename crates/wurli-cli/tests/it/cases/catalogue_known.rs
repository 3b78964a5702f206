//! `OldBassMan`'s pack: known by its file names, its keys are those that sound.

use std::path::Path;

use super::synth::write_note;
use super::table::{Notes, call, case, check};

/// File names, and the key that the name gives.
const FILES: [(&str, u8); 4] = [
    ("87994__oldbassman__d3", 50),
    ("87998__oldbassman__f3", 53),
    ("87989__oldbassman__a4", 69),
    ("87996__oldbassman__d6", 86),
];

/// Returns the keys that sound: an octave below the names, A and F a semitone above that.
fn octave_lower(key: u8) -> u8 {
    if [5, 9].contains(&(key % 12)) { key - 11 } else { key - 12 }
}

fn pack(place: &Path, sounds: impl Fn(u8) -> u8) {
    for (file, key) in FILES {
        write_note(&place.join(format!("pack/{file}.wav")), sounds(key), 80);
    }
}

#[test]
fn keys_are_those_that_sound() {
    let lower: Vec<_> = FILES.iter().map(|(_, key)| (octave_lower(*key), 80)).collect();
    let named: Vec<_> = FILES.iter().map(|(_, key)| (*key, 80)).collect();
    let warned = &["no key was given; taken as"][..];
    check(&[
        case("an octave below their names", &|p| pack(p, octave_lower), Notes(&lower), warned),
        case("as they are named", &|p| pack(p, |key| key), Notes(&named), warned),
    ]);
    for (sounds, expected) in [(octave_lower as fn(u8) -> u8, &lower), (|key| key, &named)] {
        let place = tempfile::tempdir().unwrap();
        pack(place.path(), sounds);
        let (status, found, warned) =
            call(place.path(), &["run", "--data", "pack", "--obm-only", "--through-stage", "1", "--json"]);
        assert_eq!(status, 0, "{warned}");
        let found: serde_json::Value = serde_json::from_str(&found).unwrap();
        let recordings = found["recordings"].as_array().unwrap();
        let mut keys: Vec<_> = recordings
            .iter()
            .map(|recording| {
                assert_eq!(recording["recording"]["source"], "obm");
                let note = &recording["notes"]["notes"][0];
                (note["midi"].as_u64().unwrap() as u8, note["velocity"].as_u64().unwrap() as u8)
            })
            .collect();
        keys.sort_unstable();
        assert_eq!(&keys, expected);
    }
}
