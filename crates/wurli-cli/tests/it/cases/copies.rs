//! Copies of a recording under another name.

use std::fs;
use std::path::Path;

use super::synth::{note, silence, write, write_note};
use super::table::{Notes, case, check, each, name};

const KEYS: [u8; 3] = [57, 60, 64];

fn pack(place: &Path, more: impl Fn(&Path)) {
    for midi in KEYS {
        write_note(&place.join(format!("pack/{}_mf.wav", name(midi))), midi, 80);
    }
    more(&place.join("pack"));
}

#[test]
fn one_of_several_copies_is_imported() {
    let notes = each(&KEYS, &[80]);
    let copy = |from: &'static str, to: &'static str| {
        move |pack: &Path| {
            fs::create_dir_all(pack.join(to).parent().unwrap()).unwrap();
            fs::copy(pack.join(from), pack.join(to)).unwrap();
        }
    };
    check(&[
        case(
            "a round robin",
            &|p| pack(p, copy("C4_mf.wav", "C4_mf_rr2.wav")),
            Notes(&notes),
            &["C4_mf_rr2.wav: left out: a copy; "],
        ),
        case("a folder", &|p| pack(p, copy("C4_mf.wav", "again/C4_mf.wav")), Notes(&notes), &["left out: a copy; "]),
        case(
            "a lower key",
            &|p| pack(p, copy("C4_mf.wav", "B3_mf.wav")),
            Notes(&notes),
            &["B3_mf.wav: left out: a copy under another label; "],
        ),
        case(
            "another dynamic",
            &|p| pack(p, copy("C4_mf.wav", "C4_pp.wav")),
            Notes(&notes),
            &["C4_pp.wav: left out: a copy under another label; "],
        ),
        case(
            "two strikes",
            &|p| pack(p, |p| write(&p.join("C4_mf_rr2.wav"), &[silence(0.2), note(60, 80, 0.9)])),
            Notes(&[(57, 80), (60, 80), (60, 80), (64, 80)]),
            &["1 note was recorded more than once (round robins): all 2 recordings are imported"],
        ),
    ]);
}
