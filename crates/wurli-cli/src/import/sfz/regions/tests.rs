//! Regions of short texts.

use super::*;
use crate::import::sfz::text::Reader;

/// Sample, key and layer.
type Read = (String, i16, (u8, u8));

fn read(text: &str) -> (Vec<Read>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sfz");
    std::fs::write(&path, text).unwrap();
    let (mut reader, mut regions) = (Reader::new(false), Regions::default());
    reader.read(&path, &mut |place, item| regions.add(place, item)).unwrap();
    let (regions, warnings) = regions.finish(&reader.files);
    let prefix = format!("{} ", path.display());
    (
        regions.into_iter().map(|region| (region.sample, region.midi.unwrap_or(-1), region.layer)).collect(),
        warnings.iter().map(|warning| warning.to_string().replace(&prefix, "")).collect(),
    )
}

#[test]
fn a_region_inherits_from_the_last_group_master_and_global() {
    let text = "<control> default_path=S/ <global> lovel=10 sample=g.wav <master> hivel=90\n\
                <group> key=40 hivel=50 <region> <region> sample=r.wav lovel=20\n\
                <group> <region> key=c#4\n<master> <region> key=62 <global> <region> sample=x.wav";
    let (regions, warnings) = read(text);
    let expected = [
        ("S/g.wav", 40, (10, 50)),
        ("S/r.wav", 40, (20, 50)),
        ("S/g.wav", 61, (10, 90)),
        ("S/g.wav", 62, (10, 127)),
        ("S/x.wav", 60, (0, 127)),
    ];
    assert_eq!(regions, expected.map(|(sample, midi, layer)| (sample.to_owned(), midi, layer)));
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn the_note_recorded_is_the_keycenter_less_what_the_player_transposes() {
    for (opcodes, midi) in [
        ("pitch_keycenter=61 lokey=60 hikey=62", 61),
        ("key=60 pitch_keycenter=a4", 69),
        ("pitch_keycenter=60.0", 60),
        ("pitch_keycenter=60 transpose=12", 48),
        ("pitch_keycenter=60 tune=12", 60),
        ("pitch_keycenter=60 tune=-1200", 72),
        ("pitch_keycenter=60 tune=49.4", 60),
        ("pitch_keycenter=60 tune=51", 59),
        ("lokey=40 hikey=50", 60),
        ("key=c♯4", 61),
    ] {
        assert_eq!(read(&format!("<region> sample=a.wav {opcodes}")).0[0].1, midi, "{opcodes}");
    }
    let offset = "<control> note_offset=-2 octave_offset=1\n<region> sample=a.wav key=50";
    assert_eq!(read(offset).0[0].1, 60);
}

#[test]
fn crossfades_and_conditions_bound_a_layer() {
    for (opcodes, layer) in [
        ("xfout_lovel=50 xfout_hivel=80", (0, 65)),
        ("xfin_lovel=50 xfin_hivel=80", (65, 127)),
        ("lovel=40 xfin_lovel=50 xfin_hivel=80 hivel=100", (65, 100)),
        ("lovel=70 xfin_lovel=50 xfin_hivel=80", (70, 127)),
        ("xfin_lovel=20 xfin_hivel=40 xfout_lovel=80 xfout_hivel=100", (30, 90)),
        ("amp_velcurve_63=1 amp_velcurve_64=0", (0, 63)),
        ("amp_velcurve_63=0 amp_velcurve_64=1", (64, 127)),
        ("amp_velcurve_1=0.1 amp_velcurve_127=1 lovel=20", (20, 127)),
    ] {
        assert_eq!(read(&format!("<region> sample=a.wav {opcodes}")).0[0].2, layer, "{opcodes}");
    }
}

#[test]
fn what_never_sounds_its_note_is_left_out() {
    for (opcodes, why) in [
        ("lovel=0 hivel=0", "hivel = 0: no note has that velocity"),
        ("amplitude=0", "amplitude=0 makes it silent"),
        ("volume=-144.5", "volume=-144.5 makes it silent"),
        ("direction=reverse", "direction=reverse plays it backwards"),
        ("amp_velcurve_0=0 amp_velcurve_127=0", "amp_velcurve is 0 at every velocity"),
        (
            "pitch_keytrack=10 lokey=40 hikey=50 pitch_keycenter=60",
            "pitch_keytrack=10 on keys 40-50 without its centre 60: none of them is the key that was recorded",
        ),
    ] {
        let (regions, warnings) = read(&format!("<region> sample=a.wav {opcodes}"));
        assert!(regions.is_empty(), "{opcodes}: {regions:?}");
        assert_eq!(warnings, [format!("line 1: region left out: {why}")], "{opcodes}");
    }
    for opcodes in [
        "amplitude=0.4",
        "volume=-60",
        "volume=-144 volume=-6",
        "direction=forward",
        "pitch_keytrack=10 lokey=40 hikey=70",
        "pitch_keytrack=10 key=60",
        "hivel=128",
    ] {
        let (regions, _) = read(&format!("<region> sample=a.wav {opcodes}"));
        assert_eq!(regions, [("a.wav".to_owned(), 60, (0, 127))], "{opcodes}");
    }
    let (_, warnings) = read("<region> sample=a.wav hivel=128\n<region> sample=b.wav hivel=128");
    assert_eq!(warnings, ["line 1: hivel = 128 is above 127, and taken as 127 (and 1 more)"]);
}

#[test]
fn what_is_no_struck_note_is_left_out_and_said_once_per_reason() {
    let text = "<region>sample=a.wav trigger=release\n<region>sample=b.wav trigger=release\n<region>key=1\n\
                <region>sample=*sine\n<region>sample=c.wav on_locc64=1 on_hicc64=127\n<region>sample=d.wav end=-1\n\
                <region>sample=e.wav hikey=-1\n<region>sample=f.wav hivel=129\n<region>sample=g.wav lovel=9 hivel=8\n\
                <region>sample=h.wav key=H4\n<region>sample=i.wav pitch_keycenter=sample\n\
                <region>sample=j.wav trigger=sometimes\n<region>sample=k.wav loop_mode=x loop_mode=y pan=2";
    let (regions, warnings) = read(text);
    // The note of i.wav is that of the file.
    assert_eq!(regions.iter().map(|region| region.1).collect::<Vec<_>>(), [-1, 60]);
    for said in [
        "line 1: region left out: it is a release sample, not a struck note (and 1 more)",
        "line 3: region left out: it names no sample",
        "line 4: region left out: its sample is made by the player, not recorded",
        "line 5: region left out: a controller starts it, not a key",
        "line 6: region left out: end=-1 turns it off",
        "line 7: region left out: hikey=-1 leaves it without a key",
        "line 8: region left out: hivel = 129 is outside 0..=127",
        "line 9: region left out: lovel = 9 is above hivel = 8",
        "line 10: region left out: key = \"H4\" is neither a whole number nor a note such as c#4; it must be within 0..=127",
        "line 12: region left out: trigger = \"sometimes\" is none of attack, first, release and legato",
        "ignored opcodes: loop_mode, pan (they affect playback only)",
    ] {
        assert!(warnings.iter().any(|warning| warning == said), "{said}: {warnings:#?}");
    }
}
