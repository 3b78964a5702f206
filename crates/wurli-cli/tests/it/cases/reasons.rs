//! A pack that is refused as a whole is refused with its first known reason.

use std::fs;
use std::path::Path;

use super::synth::write_note;
use super::table::{Case, Notes, Refused, call, case, check};

fn sfz(place: &Path, text: &str) {
    write_note(&place.join("C4.wav"), 60, 80);
    write_note(&place.join("Samples/D4.wav"), 62, 80);
    fs::write(place.join("pack.sfz"), text).unwrap();
}

#[test]
fn the_first_reason_is_given() {
    for (name, text, words) in [
        ("include is missing", "#include \"Data/regions.sfz\"", "#include \"Data/regions.sfz\" cannot be read"),
        ("key is no note", "<region> sample=C4.wav key=do4", "key = \"do4\" is neither a whole number nor a note"),
        ("no header", "sample=C4.wav key=60", "line 1: region left out: it stands before any <region> header"),
        ("no extension", "<region> sample=C4 key=60", "\"C4.wav\" is there: write its extension"),
        ("no sample", "<region> sample=gone.wav key=60", "the first is \"gone.wav\"; no file of that name lies in "),
        ("nor default_path", "<region> sample=gone.wav key=60", ": unpack the samples there"),
        ("another extension", "<region> sample=c4.flac key=60", "\"c4.wav\" is there: correct the extensions"),
        ("elsewhere", "<region> sample=d4.WAV key=60", "Samples: set default_path, or correct sample"),
        (
            "default_path",
            "<control> default_path=Sampels\\\n<region> sample=D4.wav key=60",
            "Samples: is default_path=Sampels\\ right?",
        ),
        (
            "default_path alone",
            "<control> default_path=Samples/\n<region> sample=E4.wav key=60",
            ": is default_path=Samples/ right?",
        ),
        (
            "a pointer",
            "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
            "it is a Git LFS pointer, not the SFZ file; run `git lfs pull`",
        ),
        ("release samples alone", "<region> sample=C4.wav key=60 trigger=release", "it is a release sample"),
    ] {
        let make = |place: &Path| sfz(place, text);
        check(&[Case { pack: "pack.sfz", ..case(name, &make, Refused(&[words]), &[]) }]);
    }
    let unread = |p: &Path| {
        fs::create_dir(p.join("pack")).unwrap();
        for i in 0..3 {
            fs::write(p.join(format!("pack/C{i}_mf.mp3")), "ID3").unwrap();
        }
    };
    let broken = |p: &Path| {
        fs::create_dir(p.join("pack")).unwrap();
        for i in 1..4 {
            fs::write(p.join(format!("pack/C{i}_mf.wav")), "no audio").unwrap();
        }
    };
    check(&[
        case("MP3 alone", &unread, Refused(&["holds no WAV", "C0_mf.mp3", "(and 2 more warnings)"]), &[]),
        case(
            "no audio in any",
            &broken,
            Refused(&["none of its 3 recordings", "C1_mf.wav: left out", "(and 2 more warnings)"]),
            &[],
        ),
        case("no such pack", &|_| {}, Refused(&["pack cannot be read"]), &[]),
        case(
            "one key, named as advised",
            &|p| {
                write_note(&p.join("pack/060_v040.wav"), 60, 40);
                write_note(&p.join("pack/060_v100.wav"), 60, 100);
            },
            Notes(&[(60, 40), (60, 100)]),
            &[],
        ),
    ]);
}

#[test]
fn a_take_that_is_missing_is_said_to_be() {
    let place = tempfile::tempdir().unwrap();
    let (status, _, warned) = call(place.path(), &["import", "gone.wav", "--played", "pp,ff", "--into", "data"]);
    assert!(status == 1 && warned.contains("gone.wav cannot be read: No such file"), "{warned}");
}
