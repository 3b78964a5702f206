//! Tags around the audio, and files that stand for a recording.

use super::files::{aiff, be_16, flac, wav_16};
use super::{read, refusal};

#[test]
fn tags_are_skipped() {
    let id3v1 = [&b"TAG"[..], &[b'x'; 125]].concat();
    let id3v2 = |version: u8, flags: u8, content: &[u8]| {
        let size = [0, 0, (content.len() >> 7) as u8, (content.len() & 0x7f) as u8];
        [&b"ID3"[..], &[version, 0, flags], &size, content].concat()
    };
    let short = id3v2(3, 0, &[0; 10]);
    let long = id3v2(4, 0, &[b'f'; 300]);
    let footed = [&id3v2(4, 0x10, &[0; 20])[..], b"3DI\x04\0\x10\0\0\0\x14"].concat();
    let ape_fields = |flags: u32| {
        let fields = [2000_u32, 42, 1, flags].map(u32::to_le_bytes).concat();
        [&b"APETAGEX"[..], &fields, &[0; 8]].concat()
    };
    let ape = [&ape_fields(0xa000_0000)[..], b"\x01\0\0\0\0\0\0\0a\0", &ape_fields(0x8000_0000)].concat();
    let bare_ape = [&b"\x01\0\0\0\0\0\0\0a\0"[..], &ape_fields(0)].concat();
    for (name, file, samples) in [
        ("FLAC", flac(4096), 16),
        ("WAV", wav_16(1, &[4096; 90]), 90),
        ("AIFF", aiff(None, 16, 90, &be_16(&[4096; 90]), None), 90),
    ] {
        for (tag, before, behind) in [
            ("no tag", vec![], vec![]),
            ("ID3v1 behind", vec![], id3v1.clone()),
            ("ID3v2 before", short.clone(), vec![]),
            ("long ID3v2 before", long.clone(), vec![]),
            ("ID3v2 with footer before", footed.clone(), vec![]),
            ("two tags before", [&short[..], &long].concat(), vec![]),
            ("APEv2 behind", vec![], ape.clone()),
            ("APEv2 without header behind", vec![], bare_ape.clone()),
            ("APEv2 and ID3v1 behind", vec![], [&ape[..], &id3v1].concat()),
            ("both sides", long.clone(), id3v1.clone()),
            ("zeros behind", vec![], vec![0; 5000]),
            ("APEv2 and zeros behind", vec![], [&ape[..], &[0; 64]].concat()),
            ("ID3v2 behind", vec![], long.clone()),
            ("ID3v2 with footer behind", vec![], footed.clone()),
            ("text behind", vec![], b"\r\nLYRICSBEGIN and what else a player writes".to_vec()),
            ("a start of a frame behind", vec![], b"\xff\xf8\x69\x08 and no more".to_vec()),
        ] {
            let bytes = [&before[..], &file, &behind].concat();
            assert_eq!(read(&format!("{name}, {tag}"), &bytes), (vec![0.125; samples], vec![]), "{name}, {tag}");
        }
    }
}

#[test]
fn a_damaged_tag_does_not_hide_the_file() {
    for (bytes, message) in [
        // A tag that claims 256 MB.
        (
            &b"ID3\x03\0\0\x7f\x7f\x7f\x7f\0\0"[..],
            r#"a.xyz starts with "ID3\x03" and is not audio that is read here; convert it to WAV, FLAC or AIFF"#,
        ),
        (b"ID3", r#"a.xyz starts with "ID3" and is not audio that is read here; convert it to WAV, FLAC or AIFF"#),
        (b"TAG", r#"a.xyz starts with "TAG" and is not audio that is read here; convert it to WAV, FLAC or AIFF"#),
    ] {
        assert_eq!(refusal(message, bytes), message);
    }
}

#[test]
fn pointers_to_a_recording_are_called_so() {
    let lfs = "a.xyz: a Git LFS pointer, not the recording; run `git lfs pull`";
    let oid = "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    for (text, message) in [
        (format!("version https://git-lfs.github.com/spec/v1\n{oid}"), lfs),
        (format!("version https://git-lfs.github.com/spec/v1\next-0-foo sha256:00\n{oid}"), lfs),
        (format!("version https://hawser.github.com/spec/v1\n{oid}"), lfs),
        (
            "/annex/objects/SHA256E-s12345--4d7a.wav\n".into(),
            "a.xyz: a git-annex pointer, not the recording; run `git annex get`",
        ),
        (
            "../.git/annex/objects/7X/k1/SHA256E-s12345--4d7a.wav/SHA256E-s12345--4d7a.wav".into(),
            "a.xyz: a git-annex pointer, not the recording; run `git annex get`",
        ),
    ] {
        assert_eq!(refusal(&text, text.as_bytes()), message);
    }
}
