//! Ways of writing SFZ.

use std::fs;
use std::path::Path;

use super::synth::{RATE, note, silence, write, write_note};
use super::table::{Case, Notes, case, check, name};

/// Appends a `smpl` chunk with that note to a WAV file.
fn add_unity_note(path: &Path, midi: u8) {
    let mut bytes = fs::read(path).unwrap();
    let mut chunk = [b"smpl".as_slice(), &36u32.to_le_bytes(), &[0; 36]].concat();
    chunk[8 + 12] = midi;
    bytes.extend(chunk);
    let size = u32::try_from(bytes.len() - 8).unwrap();
    bytes[4..8].copy_from_slice(&size.to_le_bytes());
    fs::write(path, bytes).unwrap();
}

fn pack(place: &Path, text: &str) {
    for midi in [57, 61] {
        write_note(&place.join(format!("Dir/{}.wav", name(midi))), midi, 64);
        write_note(&place.join(format!("unity/{}.wav", name(midi))), midi, 64);
        add_unity_note(&place.join(format!("unity/{}.wav", name(midi))), midi);
    }
    write(&place.join("all.wav"), &[silence(0.1), note(57, 64, 0.8), silence(0.2), note(61, 64, 0.9)]);
    fs::write(place.join("pack.sfz"), text).unwrap();
}

#[test]
fn sfz_is_read_as_people_write_it() {
    let cut = format!(
        "<region> sample=all.wav key=57 end={} lovel=1\n<region> sample=all.wav key=61 offset={0} lovel=1",
        RATE - 1
    );
    let rows = [
        (
            "spaces around =",
            "<region> sample = Dir/A3.wav key = 57 lovel = 1\n<region>\nsample= Dir/C#4.wav\nkey =61 lovel=1",
        ),
        (
            "signs in keys",
            "<group> lovel=1\n<region> sample=Dir/A3.wav key=a3\n<region> sample=Dir/C#4.wav key=c\u{266f}4",
        ),
        ("flat sign", "<group> lovel=1\n<region> sample=Dir/A3.wav key=a3\n<region> sample=Dir/C#4.wav key=d\u{266d}4"),
        (
            "default_path from the root",
            "<control> default_path=\\Dir\\\n<group> lovel=1\n<region> sample=A3.wav key=57\n<region> sample=C#4.wav key=61",
        ),
        (
            "prefix_sfz_path",
            "<control> prefix_sfz_path=Dir/\n<group> lovel=1\n<region> sample=A3.wav key=57\n<region> sample=C#4.wav key=61",
        ),
        (
            "longest variable",
            "#define $N X\n#define $NOTE A3\n<group> lovel=1\n<region> sample=Dir/$NOTE.wav key=57\n<region> sample=Dir/C#4.wav key=61",
        ),
        (
            "shortest variable",
            "#define $N A\n#define $N3 X\n<group> lovel=1\n<region> sample=Dir/$N3.wav key=57\n<region> sample=Dir/C#4.wav key=61",
        ),
        (
            "note in the file",
            "<group> lovel=1\n<region> sample=unity/A3.wav pitch_keycenter=sample\n<region> sample=unity/C#4.wav pitch_keycenter=sample",
        ),
        ("parts of a file", cut.as_str()),
    ];
    for (name, text) in rows {
        let make = |place: &Path| pack(place, text);
        check(&[Case { pack: "pack.sfz", ..case(name, &make, Notes(&[(57, 64), (61, 64)]), &[]) }]);
    }
    let by_ear = "<group> lovel=1\n<region> sample=Dir/A3.wav pitch_keycenter=sample\n<region> sample=Dir/C#4.wav pitch_keycenter=sample";
    let make = |place: &Path| pack(place, by_ear);
    let warned = &["no key was given; taken as A3"];
    check(&[Case { pack: "pack.sfz", ..case("note by ear", &make, Notes(&[(57, 64), (61, 64)]), warned) }]);
}
