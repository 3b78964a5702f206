//! Formats that the content decides, whatever the name.

use std::fs;
use std::path::Path;

use wurli_cli::import::ImportOptions;
use wurli_train::audio;

use super::synth::{RATE, note, silence, write, write_note};
use super::table::{Case, KEYS, Notes, Refused, case, check, each, name};

/// Writes notes with that extension, converted from WAV.
fn pack(place: &Path, extension: &str, convert: impl Fn(&Path) -> Vec<u8>) {
    for midi in KEYS {
        let wav = place.join("note.wav");
        write_note(&wav, midi, 80);
        let target = place.join(format!("pack/{}_mf{extension}", name(midi)));
        fs::create_dir_all(place.join("pack")).unwrap();
        fs::write(target, convert(&wav)).unwrap();
    }
}

fn same(wav: &Path) -> Vec<u8> {
    fs::read(wav).unwrap()
}

fn samples(wav: &Path) -> Vec<i16> {
    audio::read(wav).unwrap().samples.iter().map(|sample| (sample * 32_768.0) as i16).collect()
}

fn au(wav: &Path) -> Vec<u8> {
    let header = [24, u32::MAX, 3, RATE, 1].map(u32::to_be_bytes).concat();
    let data: Vec<u8> = samples(wav).iter().flat_map(|sample| sample.to_be_bytes()).collect();
    [b".snd", &header[..], &data].concat()
}

fn rifx(wav: &Path) -> Vec<u8> {
    let data: Vec<u8> = samples(wav).iter().flat_map(|sample| sample.to_be_bytes()).collect();
    let length = |bytes: usize| (bytes as u32).to_be_bytes();
    let description = [&[0, 1, 0, 1][..], &RATE.to_be_bytes(), &(2 * RATE).to_be_bytes(), &[0, 2, 0, 16]].concat();
    let chunks = [&b"WAVEfmt "[..], &length(16), &description, b"data", &length(data.len()), &data].concat();
    [&b"RIFX"[..], &length(chunks.len()), &chunks].concat()
}

#[test]
fn the_content_decides_what_is_imported() {
    let all = each(&KEYS, &[80]);
    let with = |file: &'static str, bytes: &'static [u8]| {
        move |place: &Path| {
            pack(place, ".wav", same);
            fs::write(place.join("pack").join(file), bytes).unwrap();
        }
    };
    let unread: [(&str, &[u8], &str); 12] = [
        (
            "D4_mf.paf",
            b" paf\0\0\0\0",
            "D4_mf.paf: left out: it is Ensoniq PARIS, which is not read; convert it to WAV",
        ),
        ("D4_mf.iff", b"FORM\0\0\0\x088SVX", "D4_mf.iff: left out: it is IFF 8SVX, which is not read"),
        ("D4_mf.sf", b"\x64\xa3\x02\0", "D4_mf.sf: left out: it is IRCAM, which is not read"),
        ("D4_mf.voc", b"Creative Voice File\x1a", "D4_mf.voc: left out: it is Creative Voice, which is not read"),
        ("D4_mf.sd2", b"\0\0\0\0", "D4_mf.sd2: left out: of a format that is not read"),
        ("D4_mf.wav", b"OggS\0\x02", "D4_mf.wav: left out: it is Ogg, which is not read"),
        ("D4_mf.wav", b"<!DOCTYPE html><html>", "D4_mf.wav: left out: a web page (HTML or XML), not the recording"),
        ("D4_mf.wav", b"PK\x03\x04\x14\0", "D4_mf.wav: left out: a ZIP archive, not the recording; unpack it"),
        ("D4_mf.wav.part", b"RIFF\x24\0\0\0WAVEfmt ", "D4_mf.wav.part: left out: its download has not ended"),
        ("D4_mf.flac.crdownload", b"fLaC", "D4_mf.flac.crdownload: left out: its download has not ended"),
        (
            ".D4_mf.wav.icloud",
            b"bplist00",
            ".D4_mf.wav.icloud: left out: its download has not ended; download it again",
        ),
        ("D4_mf.snd", b"\0\x01\0\x01", "D4_mf.snd: left out: it starts with"),
    ];
    for (file, bytes, warned) in unread {
        check(&[case(warned, &with(file, bytes), Notes(&all), &[warned])]);
    }
    check(&[
        case("AU as .snd", &|p| pack(p, ".snd", au), Notes(&all), &[]),
        case("WAV as .wavex", &|p| pack(p, ".wavex", same), Notes(&all), &[]),
        case("WAV as .bak", &|p| pack(p, ".bak", same), Notes(&all), &[]),
        case("RIFX", &|p| pack(p, ".wav", rifx), Notes(&all), &[]),
        case("no extension", &|p| pack(p, "", same), Notes(&all), &[]),
        case("no extension, and a point", &|p| pack(p, " of 1.2 a", same), Notes(&all), &[]),
    ]);
}

#[test]
fn the_content_decides_what_is_a_take() {
    let take = |file: &'static str| {
        move |place: &Path| {
            write(&place.join(file), &[silence(0.5), note(57, 80, 1.2), silence(0.3)]);
        }
    };
    let options = || ImportOptions { played: vec![80], ..ImportOptions::default() };
    let row = |name, make| Case { pack: name, options: options(), ..case(name, make, Notes(&[(57, 80)]), &[]) };
    check(&[row("scale", &take("scale")), row("scale.bak", &take("scale.bak"))]);
    let ogg = |place: &Path| fs::write(place.join("scale.xyz"), b"OggS\0\x02").unwrap();
    let text = |place: &Path| fs::write(place.join("scale.txt"), b"A3, C4").unwrap();
    check(&[
        Case { pack: "scale.xyz", ..case("Ogg", &ogg, Refused(&["scale.xyz is Ogg, which is not read"]), &[]) },
        Case { pack: "scale.txt", ..case("text", &text, Refused(&["is none of an SFZ file"]), &[]) },
    ]);
}
