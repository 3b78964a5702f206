//! Damaged and extreme SFZ files.

use std::fs;

use wurli_cli::import;
use wurli_cli::import::{ImportError, ImportOptions};
use wurli_train::random::Random;

use super::sfz_pack;

#[test]
fn whatever_stands_in_an_sfz_file_it_is_read_or_refused_in_bounded_time() {
    let place = tempfile::tempdir().unwrap();
    sfz_pack(place.path());
    let pack = place.path().join("pack");
    let sound = fs::read(pack.join("my piano.sfz")).unwrap();
    let path = pack.join("mutated.sfz");
    let mut read = 0;
    let mut random = Random(5);
    let rounds = 150;
    let pieces: [&[u8]; 12] = [
        b"<region>",
        b"#include \"mutated.sfz\"",
        b"#define $A $A$A ",
        b"$A",
        b"=",
        b"/*",
        b"//",
        b"sample=/dev/zero ",
        b"<",
        b"\xff\xfe",
        b"key=99999999999999999999 ",
        b"sample=../../../../../../etc ",
    ];
    for round in 0..rounds {
        let mut bytes = if round % 4 == 0 {
            (0..random.index(3000)).map(|_| random.index(256) as u8).collect()
        } else {
            sound.clone()
        };
        for _ in 0..random.index(20) {
            let at = random.index(bytes.len());
            let end = (at + random.index(30)).min(bytes.len());
            match random.index(3) {
                0 => drop(bytes.splice(at..end, [])),
                1 => drop(bytes.splice(at..at, pieces[random.index(pieces.len())].iter().copied())),
                _ => bytes[at..end].iter_mut().for_each(|byte| *byte = random.index(256) as u8),
            }
        }
        fs::write(&path, &bytes).unwrap();
        match import::read(&path, &ImportOptions::default(), &|_, _, _| {}) {
            Ok(pack) => {
                read += 1;
                assert!(
                    pack.notes.iter().all(|note| (1..=127).contains(&note.velocity) && note.midi < 128),
                    "{pack:?}"
                );
            }
            Err(error) => {
                // The error may be in an included file.
                let said = error.to_string();
                assert!(said.contains("mutated.sfz") || said.contains("keys.sfzh"), "round {round}: {said}");
            }
        }
    }
    println!("{read} of {rounds} were read");
    assert!(
        (rounds / 20..rounds - rounds / 20).contains(&read),
        "{read} of {rounds} were read: both ways are to be tried"
    );
}

#[test]
fn an_sfz_file_of_millions_of_repetitions_is_read_or_refused() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("long.sfz");
    for piece in [
        "<",
        "<region>",
        "a",
        "=",
        "$",
        "a=b ",
        "$a=",
        "#include ",
        "#define ",
        "/*",
        "\n",
        "é",
        "<region>sample=a key=1 ",
    ] {
        fs::write(&path, piece.repeat((1 << 21) / piece.len())).unwrap();
        let error = import::read(&path, &ImportOptions::default(), &|_, _, _| {}).unwrap_err();
        assert!(!matches!(error, ImportError::Unreadable { .. }), "{piece:?}: {error}");
        assert!(error.to_string().len() < 1000, "{piece:?}: {error}");
    }
}
