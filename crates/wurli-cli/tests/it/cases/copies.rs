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
            &["left out: 1 copy of recordings that are imported: C4_mf_rr2.wav of C4_mf.wav"],
        ),
        case(
            "folders",
            &|p| {
                pack(p, |pack| {
                    for (i, midi) in KEYS.into_iter().enumerate() {
                        copy("C4_mf.wav", "again/C4_mf.wav")(pack);
                        fs::copy(
                            pack.join(format!("{}_mf.wav", name(midi))),
                            pack.join(format!("again/{}_mf.wav", name(midi))),
                        )
                        .unwrap();
                        fs::copy(pack.join("C4_mf.wav"), pack.join(format!("again/C4_mf_rr{i}.wav"))).unwrap();
                    }
                })
            },
            Notes(&notes),
            &[
                "left out: 6 copies of recordings that are imported: again/A3_mf.wav of A3_mf.wav, again/C4_mf.wav of C4_mf.wav, \
               again/C4_mf_rr0.wav of C4_mf.wav, …",
            ],
        ),
        case(
            "a lower key",
            &|p| pack(p, copy("C4_mf.wav", "B3_mf.wav")),
            Notes(&notes),
            &[
                "1 copy of recordings that are imported under another label: B3_mf.wav of C4_mf.wav; are their labels right?",
            ],
        ),
        case(
            "another dynamic",
            &|p| pack(p, copy("C4_mf.wav", "C4_pp.wav")),
            Notes(&notes),
            &[
                "1 copy of recordings that are imported under another label: C4_pp.wav of C4_mf.wav; are their labels right?",
            ],
        ),
        case(
            "two strikes",
            &|p| pack(p, |p| write(&p.join("C4_mf_rr2.wav"), &[silence(0.2), note(60, 80, 0.9)])),
            Notes(&[(57, 80), (60, 80), (60, 80), (64, 80)]),
            &["1 note was recorded more than once (round robins): all 2 recordings are imported"],
        ),
    ]);
}
