//! Velocity layers of SFZ packs: by bounds and crossfades, under conditions, behind keyswitches.

use std::fs;
use std::path::Path;

use super::synth::write_note;
use super::table::{Case, Notes, case, check, each, name};

const KEYS: [u8; 3] = [57, 60, 63];

fn pack(place: &Path, text: &str) {
    for midi in KEYS {
        for (dynamic, velocity) in [("p", 40), ("f", 110)] {
            write_note(&place.join(format!("{}_{dynamic}.wav", name(midi))), midi, velocity);
        }
    }
    // `{p}` and `{f}` stand for the regions of a layer.
    let layer = |dynamic: &str| -> String {
        KEYS.map(|midi| format!("<region> sample={}_{dynamic}.wav key={midi}\n", name(midi))).concat()
    };
    fs::write(place.join("pack.sfz"), text.replace("{p}", &layer("p")).replace("{f}", &layer("f"))).unwrap();
}

#[test]
fn layers_are_those_in_which_a_recording_is_played() {
    const FADES: &str = "<group> xfout_lovel=50 xfout_hivel=80\n{p}<group> xfin_lovel=50 xfin_hivel=80\n{f}";
    const BOUNDS: &str = "<group> lovel=1 hivel=64\n{p}<group> lovel=65\n{f}";
    let notes = |soft: u8, hard: u8| each(&KEYS, &[soft, hard]);
    let one = |velocity: u8| each(&KEYS, &[velocity]);
    let articulations = format!("<master> sw_last=24\n{FADES}<master> sw_last=25 sw_label=bright\n{BOUNDS}");
    let default = format!("<global> sw_default=25\n{articulations}");
    let rows = [
        ("bounds", BOUNDS.to_owned(), notes(33, 96), ""),
        ("crossfades", FADES.to_owned(), notes(33, 96), ""),
        ("bounds and crossfades", FADES.replace("<group> xfin", "<group> lovel=45 xfin"), notes(33, 96), ""),
        (
            "two articulations",
            articulations,
            notes(33, 96),
            "only the articulation sw_last=24 is imported; left out: sw_last=25 (bright)",
        ),
        (
            "the default articulation",
            default,
            notes(33, 96),
            "only the articulation sw_last=25 (bright) is imported; left out: sw_last=24",
        ),
        ("resonance under the pedal", format!("<group> locc64=65 volume=-20\n{{p}}{BOUNDS}"), notes(33, 96), "opcodes"),
        ("resonance behind", format!("{BOUNDS}<group> locc64=65\n{{p}}"), notes(33, 96), ""),
        ("while a key is held", format!("<group> sw_down=20\n{{f}}{BOUNDS}"), notes(33, 96), ""),
        ("while a controller is moved", format!("<group> locc1=64 hicc1=127\n{{f}}{BOUNDS}"), notes(33, 96), ""),
        (
            "other recordings while a controller is moved",
            "{p}<group> locc1=64\n{f}".to_owned(),
            one(64),
            "only under a condition (a controller or another key)",
        ),
        (
            "other recordings faded in",
            "{p}<group> xfin_locc1=0 xfin_hicc1=64\n{f}".to_owned(),
            one(64),
            "only under a condition (a controller or another key)",
        ),
        (
            "other recordings, by set_hdcc",
            "<control> set_hdcc20=0.8\n<group> lohdcc20=0.5\n{p}<group> hihdcc20=0.4\n{f}".into(),
            one(64),
            "only under a condition (a controller or another key)",
        ),
        (
            "other velocities while a key is held",
            "<group> sw_down=20 hivel=63\n{p}<group> lovel=64\n{f}".to_owned(),
            notes(32, 96),
            "",
        ),
        ("layers in the file names alone", "{p}{f}".into(), notes(48, 96), "the words for dynamics in the file names"),
        ("a condition that holds", BOUNDS.replace("<group>", "<group> locc64=0 hicc64=63"), notes(33, 96), ""),
        ("all under a condition", BOUNDS.replace("<group>", "<group> locc64=64"), notes(33, 96), ""),
    ];
    for (name, text, notes, warned) in rows {
        let make = |place: &Path| pack(place, &text);
        let warned: &[&str] = if warned.is_empty() { &[] } else { &[warned] };
        check(&[Case { pack: "pack.sfz", ..case(name, &make, Notes(&notes), warned) }]);
    }
}
