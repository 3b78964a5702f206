//! Recordings that are no struck notes.

use std::fs;
use std::path::Path;

use super::synth::{damped, gain, note, silence, thump, write, write_note};
use super::table::{Case, Notes, case, check, each, name};

const KEYS: [u8; 3] = [57, 60, 64];

/// Writes the notes, and beside each a release sample.
fn released(place: &Path, struck: impl Fn(String) -> String, release: impl Fn(String) -> String) {
    for midi in KEYS {
        write_note(&place.join("pack").join(struck(name(midi))), midi, 64);
        let sound = gain(damped(note(midi, 30, 0.5), 0.15), 0.1);
        write(&place.join("pack").join(release(name(midi))), &[silence(0.1), sound]);
    }
}

fn sfz(place: &Path, text: &str) {
    for midi in KEYS {
        write_note(&place.join(format!("{}.wav", name(midi))), midi, 64);
    }
    write(&place.join("thump.wav"), &[silence(0.1), thump(0.3)]);
    write_note(&place.join("low.wav"), 36, 20);
    fs::write(place.join("pack.sfz"), text).unwrap();
}

#[test]
fn release_samples_and_noises_are_left_out_and_reported() {
    let notes = each(&KEYS, &[64]);
    let regions = "<region> sample=A3.wav key=57\n<region> sample=C4.wav key=60\n<region> sample=E4.wav key=64\n";
    let noise = format!("{regions}<region> sample=low.wav pitch_keytrack=0 lokey=0 hikey=127\n");
    let by_trigger = format!("{regions}<region> sample=low.wav key=36 trigger=release\n");
    let untracked = regions.replace(" key", " pitch_keytrack=0 key");
    let case = |name, make, pack, warned| Case { pack, ..case(name, make, Notes(&notes), warned) };
    let release = &["a release sample, not a struck note"][..];
    check(&[
        case(
            "folder and name",
            &|p| released(p, |n| format!("Sustain MP/EP_MP_{n}.wav"), |n| format!("Release Triggers/Rlse_MP_{n}.wav")),
            "pack",
            release,
        ),
        case(
            "folder",
            &|p| released(p, |n| format!("notes/{n}_mp.wav"), |n| format!("Key Off/{n}_mp.wav")),
            "pack",
            release,
        ),
        case("name", &|p| released(p, |n| format!("{n}_mp.wav"), |n| format!("{n}_mp_rel.wav")), "pack", release),
        case("RT", &|p| released(p, |n| format!("{n}_mp.wav"), |n| format!("RT {n}_mp.wav")), "pack", release),
        case(
            "an RT folder",
            &|p| released(p, |n| format!("{n}_mp.wav"), |n| format!("RT/{n}_mp.wav")),
            "pack",
            release,
        ),
        case(
            "below a folder with a point, without extension",
            &|p| released(p, |n| format!("Wurli 1.2/Soft/{n}_mp"), |n| format!("Wurli 1.2/Release/{n}_mp")),
            "pack",
            release,
        ),
        case(
            "German",
            &|p| released(p, |n| format!("{n}_mp.wav"), |n| format!("loslassen/{n}_mp.wav")),
            "pack",
            release,
        ),
        case(
            "SFZ, a folder of releases without trigger",
            &|p| {
                sfz(p, &format!("{regions}<region> sample=Releases\\C4.wav key=60\n"));
                write_note(&p.join("Releases/C4.wav"), 60, 20);
            },
            "pack.sfz",
            release,
        ),
        case(
            "dampers",
            &|p| released(p, |n| format!("{n}_mp.wav"), |n| format!("Damper_{n}_mp.wav")),
            "pack",
            &["a noise, not a struck note"],
        ),
        case(
            "an effect",
            &|p| released(p, |n| format!("dry/{n}_mp.wav"), |n| format!("tremolo/{n}_mp.wav")),
            "pack",
            &["played in another way or with an effect"],
        ),
        case(
            "an effect that is off",
            &|p| released(p, |n| format!("Tremolo Off/{n}_mp.wav"), |n| format!("Tremolo On/{n}_mp.wav")),
            "pack",
            &["played in another way or with an effect"],
        ),
        case(
            "no effect",
            &|p| released(p, |n| format!("No Tremolo/{n}_mp.wav"), |n| format!("Tremolo/{n}_mp.wav")),
            "pack",
            &["played in another way or with an effect"],
        ),
        case(
            "without an effect",
            &|p| released(p, |n| format!("Without Reverb/{n}_mp.wav"), |n| format!("Reverb/{n}_mp.wav")),
            "pack",
            &["played in another way or with an effect"],
        ),
        case(
            "noises",
            &|p| released(p, |n| format!("{n}_mp.wav"), |n| format!("MechNoise {n}_mp.wav")),
            "pack",
            &["a noise, not a struck note"],
        ),
        case(
            "SFZ, pitch_keytrack=0",
            &|p| sfz(p, &noise),
            "pack.sfz",
            &["pitch_keytrack=0 plays it alike on all keys"],
        ),
        case("SFZ, trigger=release", &|p| sfz(p, &by_trigger), "pack.sfz", &["it is a release sample"]),
        case(
            "SFZ, no region follows the keys",
            &|p| sfz(p, &untracked),
            "pack.sfz",
            &["no region says lovel or hivel"],
        ),
    ]);
}
