//! Velocity layers of SFZ packs: by bounds and crossfades, under conditions, behind keyswitches.

use std::fs;
use std::path::Path;

use wurli_cli::import::ImportOptions;

use super::synth::write_note;
use super::table::{Case, Notes, Refused, call, case, check, each, name};

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
        ("resonance under the pedal", format!("<group> locc64=65 pan=-20\n{{p}}{BOUNDS}"), notes(33, 96), "opcodes"),
        ("resonance behind", format!("{BOUNDS}<group> locc64=65\n{{p}}"), notes(33, 96), ""),
        ("while a key is held", format!("<group> sw_down=20\n{{f}}{BOUNDS}"), notes(33, 96), ""),
        ("while a controller is moved", format!("<group> locc1=64 hicc1=127\n{{f}}{BOUNDS}"), notes(33, 96), ""),
        (
            "other recordings while a controller is moved",
            "{p}<group> locc1=64\n{f}".to_owned(),
            one(48),
            "only under a condition (a controller or another key)",
        ),
        (
            "other recordings faded in",
            "{p}<group> xfin_locc1=0 xfin_hicc1=64\n{f}".to_owned(),
            one(48),
            "only under a condition (a controller or another key)",
        ),
        (
            "other recordings crossfaded",
            "<group> xfout_locc1=0 xfout_hicc1=127\n{p}<group> xfin_locc1=0 xfin_hicc1=127\n{f}".to_owned(),
            one(48),
            "without one; --layers p,f imports both if they are dynamics",
        ),
        (
            "crossfaded by a controller that is in the middle",
            "<control> set_cc1=64\n<group> xfout_locc1=0 xfout_hicc1=127\n{p}<group> xfin_locc1=0 xfin_hicc1=127\n{f}"
                .to_owned(),
            one(96),
            "only under a condition (a controller or another key)",
        ),
        (
            "other recordings, by set_hdcc",
            "<control> set_hdcc20=0.8\n<group> lohdcc20=0.5\n{p}<group> hihdcc20=0.4\n{f}".into(),
            one(48),
            "only under a condition (a controller or another key)",
        ),
        (
            "all crossfaded by a controller, with words",
            "<group> locc1=1 xfout_locc1=40 xfout_hicc1=80\n{p}<group> xfin_locc1=40 xfin_hicc1=80\n{f}".to_owned(),
            notes(48, 96),
            "the words for dynamics in the file names",
        ),
        (
            "other velocities while a key is held",
            "<group> sw_down=20 hivel=63\n{p}<group> lovel=64\n{f}".to_owned(),
            notes(32, 96),
            "",
        ),
        ("layers in the file names alone", "{p}{f}".into(), notes(48, 96), "the words for dynamics in the file names"),
        ("one word in the file names", "{f}".into(), one(96), "the words for dynamics in the file names"),
        ("another MIDI channel", format!("<group> lochan=2 hichan=2\n{{f}}{BOUNDS}"), notes(33, 96), ""),
        (
            "gains by velocity",
            "<group> amp_velcurve_63=1 amp_velcurve_64=0\n{p}<group> amp_velcurve_63=0 amp_velcurve_64=1\n{f}"
                .to_owned(),
            notes(32, 96),
            "",
        ),
        (
            "a group that is labelled",
            format!("<group> group_label=Rel\u{e2}chement\n{{p}}{BOUNDS}"),
            notes(33, 96),
            "its label says that it is a release sample",
        ),
        (
            "all labelled alike",
            format!("<global> global_label=Releases\n{BOUNDS}").replace("<group>", "<master>"),
            notes(33, 96),
            "all names say a release sample",
        ),
        ("a condition that holds", BOUNDS.replace("<group>", "<group> locc64=0 hicc64=63"), notes(33, 96), ""),
        ("all under a condition", BOUNDS.replace("<group>", "<group> locc64=64"), notes(33, 96), ""),
    ];
    for (name, text, notes, warned) in rows {
        let make = |place: &Path| pack(place, &text);
        let warned: &[&str] = if warned.is_empty() { &[] } else { &[warned] };
        check(&[Case { pack: "pack.sfz", ..case(name, &make, Notes(&notes), warned) }]);
    }
}

/// Writes a pack whose file names say no dynamics.
fn unnamed(place: &Path, text: &str) {
    for midi in KEYS {
        for (layer, velocity) in [("one", 40), ("two", 110)] {
            write_note(&place.join(format!("S/{} {layer}.wav", name(midi))), midi, velocity);
        }
    }
    let layer = |layer: &str| -> String {
        KEYS.map(|midi| format!("<region> sample=S/{} {layer}.wav key={midi}\n", name(midi))).concat()
    };
    fs::write(place.join("pack.sfz"), text.replace("{1}", &layer("one")).replace("{2}", &layer("two"))).unwrap();
}

#[test]
fn layers_of_a_controller_are_dynamics_if_the_user_says_so() {
    const ALL: &str = "<group> locc1=1 xfout_locc1=40 xfout_hicc1=80\n{1}<group> xfin_locc1=40 xfin_hicc1=80\n{2}";
    const SOME: &str = "<group> xfout_locc1=0 xfout_hicc1=127\n{1}<group> xfin_locc1=0 xfin_hicc1=127\n{2}";
    // The controller splits A3 elsewhere than C4, and chooses D#4 as it does the upper C4.
    const SPLITS: &str = "<region> sample=S/A3 one.wav key=57 locc1=1 hicc1=31\n\
        <region> sample=S/A3 two.wav key=57 locc1=32\n\
        <region> sample=S/C4 one.wav key=60 locc1=1 hicc1=63\n\
        <region> sample=S/C4 two.wav key=60 locc1=64\n\
        <region> sample=S/D#4 two.wav key=63 locc1=64\n";
    let layered_splits = format!("<global> hivel=100\n{SPLITS}");
    let split = [each(&KEYS[..2], &[48, 96]), vec![(63, 96)]].concat();
    let layers = |layers: &[u8]| ImportOptions { layers: layers.to_vec(), ..ImportOptions::default() };
    let refused = &["controller 1 chooses among recordings of a key (1-60, 60-127)", "--layers p,f", "--velocity"];
    let both = each(&KEYS, &[48, 96]);
    for (name, text, options, expected, warned) in [
        ("not said", ALL, layers(&[]), Refused(refused), &[][..]),
        ("said", ALL, layers(&[48, 96]), Notes(&both), &[]),
        ("said of one that sounds by default", SOME, layers(&[48, 96]), Notes(&both), &[]),
        ("said of others", ALL, layers(&[48, 80, 96]), Refused(&["names 3 dynamics, and no controller"]), &[]),
        (
            "one sounds by default",
            SOME,
            layers(&[]),
            Notes(&each(&KEYS, &[64])),
            &["--layers p,f imports both if they are dynamics", "no region says lovel or hivel"],
        ),
        (
            "keys that are held",
            "<group> sw_down=24\n{1}<group> sw_down=c#1\n{2}",
            layers(&[]),
            Notes(&each(&KEYS, &[64])),
            &["only the articulation sw_down = 24 is imported; left out: sw_down = 25 (3 recordings)"],
        ),
        (
            "bends",
            "<group> lobend=1\n{1}<group> hibend=-1\n{2}",
            layers(&[]),
            Notes(&each(&KEYS, &[64])),
            &["only the articulation bend = up to -1 is imported; left out: bend = 1 up (3 recordings)"],
        ),
        (
            "articulations with layers",
            "<global> hivel=100\n<group> locc32=1 hicc32=1\n{1}<group> locc32=2 hicc32=2\n{2}",
            layers(&[]),
            Notes(&each(&KEYS, &[51])),
            &["only the articulation controller 32 = 1 is imported; left out: controller 32 = 2 (3 recordings)"],
        ),
        (
            "articulations whose ranges differ by key",
            &layered_splits,
            layers(&[]),
            Notes(&each(&KEYS, &[51])),
            &[
                "only the articulation controller 1 = 1-31, controller 1 = 1-63 is imported; left out: controller 1 = 32-127, \
               controller 1 = 64-127 (2 recordings)",
            ],
        ),
        ("dynamics whose ranges differ by key", SPLITS, layers(&[48, 96]), Notes(&split), &[]),
    ] {
        check(&[Case { pack: "pack.sfz", options, ..case(name, &|place| unnamed(place, text), expected, warned) }]);
    }
}

#[test]
fn the_summary_counts_regions_that_are_left_out() {
    let place = tempfile::tempdir().unwrap();
    let more = "<group> trigger=release\n{p}<region> sample=gone.wav key=70 trigger=attack\n";
    pack(place.path(), &format!("<group> hivel=63\n{{p}}<group> lovel=64\n{{f}}{more}"));
    let (status, said, warned) = call(place.path(), &["import", "pack.sfz", "--into", "data", "--dry-run"]);
    assert_eq!(status, 0, "{warned}");
    assert!(said.contains("6 recordings, A3 to D#4; left out: 1 and 3 regions (listed above)"), "{said}");
}
