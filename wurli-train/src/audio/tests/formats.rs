//! Containers and sample formats, by their content.

use super::super::FileType;
use super::files::{
    TRUE, aiff, au, be_16, caf, chunk, extensible, flac, format, le_16, rifx, wav, wav_16, wav_of, wave64,
};
use super::{LoadedAudio, loaded, read, refusal};

/// Samples that all formats hold: steps of 1/128, which fit into 8 bits.
const STEPS: [i8; 6] = [64, -64, 32, -128, 127, 1];

fn samples() -> Vec<f32> {
    STEPS.iter().map(|step| f32::from(*step) / 128.0).collect()
}

/// Returns every sample as big-endian bytes, the step on top.
fn big(bytes: usize) -> Vec<u8> {
    STEPS.iter().flat_map(|step| [&[*step as u8][..], &vec![0; bytes - 1]].concat()).collect()
}

fn little(bytes: usize) -> Vec<u8> {
    STEPS.iter().flat_map(|step| [&vec![0; bytes - 1][..], &[*step as u8]].concat()).collect()
}

fn f32_be() -> Vec<u8> {
    samples().iter().flat_map(|sample| sample.to_be_bytes()).collect()
}

fn f32_le() -> Vec<u8> {
    samples().iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

fn f64_be() -> Vec<u8> {
    samples().iter().flat_map(|sample| f64::from(*sample).to_be_bytes()).collect()
}

fn f64_le() -> Vec<u8> {
    samples().iter().flat_map(|sample| f64::from(*sample).to_le_bytes()).collect()
}

fn unsigned() -> Vec<u8> {
    STEPS.iter().map(|step| *step as u8 ^ 0x80).collect()
}

/// Files of every container and sample format that hold [`samples`].
fn every_format() -> Vec<(&'static str, Vec<u8>)> {
    let pcm_16 = format(1, 1, 2, 16, b"");
    let ext = |bytes: u16, bits: u16, valid: u16, tag: u16, surplus: usize| {
        format(0xfffe, 1, bytes, bits, &extensible(valid, tag, surplus))
    };
    let words: Vec<i32> = STEPS.iter().map(|step| i32::from(*step) << 16).collect();
    let low_24: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    vec![
        ("WAV, 8 bits", wav(&format(1, 1, 1, 8, b""), &unsigned())),
        ("WAV, 16 bits", wav(&pcm_16, &little(2))),
        ("WAV, 24 bits", wav(&format(1, 1, 3, 24, b""), &little(3))),
        ("WAV, 32 bits", wav(&format(1, 1, 4, 32, b""), &little(4))),
        ("WAV, 12 bits in 2 bytes", wav(&format(1, 1, 2, 12, b""), &little(2))),
        ("WAV, format chunk without bits", wav(&pcm_16[..14], &little(2))),
        ("WAV, format chunk of 18 bytes", wav(&format(1, 1, 4, 32, b"\0\0"), &little(4))),
        ("WAV, 32-bit floats", wav(&format(3, 1, 4, 32, b""), &f32_le())),
        ("WAV, 32-bit floats, extension of 22 bytes", wav(&format(3, 1, 4, 32, &[0; 24]), &f32_le())),
        ("WAV, 64-bit floats", wav(&format(3, 1, 8, 64, b""), &f64_le())),
        ("WAV, extensible", wav(&ext(2, 16, 16, 1, 0), &little(2))),
        ("WAV, extensible, 0 valid bits", wav(&ext(2, 16, 0, 1, 0), &little(2))),
        ("WAV, extensible, 24 bits, 0 valid bits", wav(&ext(3, 24, 0, 1, 0), &little(3))),
        ("WAV, extensible, floats, 0 valid bits", wav(&ext(4, 32, 0, 3, 0), &f32_le())),
        ("WAV, extensible, 20 of 24 bits", wav(&ext(3, 24, 20, 1, 0), &little(3))),
        ("WAV, extensible, 16 of 32 bits", wav(&ext(4, 32, 16, 1, 0), &little(4))),
        ("WAV, extensible, 24 of 32 bits", wav(&ext(4, 32, 24, 1, 0), &little(4))),
        ("WAV, 24 bits in the lower three of 4 bytes", wav(&format(1, 1, 4, 24, b""), &low_24)),
        ("WAV, extensible, longer extension", wav(&ext(3, 24, 24, 1, 8), &little(3))),
        ("WAV, extensible, odd extension", wav(&ext(3, 24, 24, 1, 7), &little(3))),
        ("WAV, extensible, floats, longer extension", wav(&ext(4, 32, 32, 3, 18), &f32_le())),
        ("WAV, wrong bytes per second", {
            let mut bytes = wav(&pcm_16, &little(2));
            bytes[28] = 1;
            bytes
        }),
        ("WAV, list of odd length before the data", {
            wav_of(b"RIFF", &[chunk(b"fmt ", &pcm_16), chunk(b"LIST", b"abc")], &little(2), TRUE)
        }),
        ("WAV, list of odd length without padding", {
            wav_of(b"RIFF", &[chunk(b"fmt ", &pcm_16), b"LIST\x03\0\0\0abc".to_vec()], &little(2), TRUE)
        }),
        ("WAV, data before the format", {
            let chunks = [chunk(b"data", &little(2)), chunk(b"fmt ", &pcm_16)].concat();
            [&b"RIFF\x30\0\0\0WAVE"[..], &chunks].concat()
        }),
        ("RIFX, 8 bits", rifx(1, 8, &unsigned())),
        ("RIFX, 16 bits", rifx(1, 16, &big(2))),
        ("RIFX, 24 bits", rifx(1, 24, &big(3))),
        ("RIFX, 32 bits", rifx(1, 32, &big(4))),
        ("RIFX, 32-bit floats", rifx(3, 32, &f32_be())),
        ("AIFF, 8 bits", aiff(None, 8, 6, &big(1), None)),
        ("AIFF, 16 bits", aiff(None, 16, 6, &big(2), None)),
        ("AIFF, 20 bits", aiff(None, 20, 6, &big(3), None)),
        ("AIFF, 24 bits", aiff(None, 24, 6, &big(3), None)),
        ("AIFF, 32 bits", aiff(None, 32, 6, &big(4), None)),
        ("AIFF-C, NONE", aiff(Some(b"NONE"), 24, 6, &big(3), None)),
        ("AIFF-C, twos, 24 bits", aiff(Some(b"twos"), 24, 6, &big(3), None)),
        ("AIFF-C, sowt, 8 bits", aiff(Some(b"sowt"), 8, 6, &little(1), None)),
        ("AIFF-C, sowt, 16 bits", aiff(Some(b"sowt"), 16, 6, &little(2), None)),
        ("AIFF-C, sowt, 24 bits", aiff(Some(b"sowt"), 24, 6, &little(3), None)),
        ("AIFF-C, sowt, 32 bits", aiff(Some(b"sowt"), 32, 6, &little(4), None)),
        ("AIFF-C, raw, 8 bits", aiff(Some(b"raw "), 8, 6, &unsigned(), None)),
        ("AIFF-C, in24", aiff(Some(b"in24"), 24, 6, &big(3), None)),
        ("AIFF-C, in24 of QuickTime", aiff(Some(b"in24"), 16, 6, &big(3), None)),
        ("AIFF-C, 42ni", aiff(Some(b"42ni"), 24, 6, &little(3), None)),
        ("AIFF-C, 42n1", aiff(Some(b"42n1"), 24, 6, &little(3), None)),
        ("AIFF-C, 42ni of QuickTime", aiff(Some(b"42ni"), 16, 6, &little(3), None)),
        ("AIFF-C, in32", aiff(Some(b"in32"), 16, 6, &big(4), None)),
        ("AIFF-C, 23ni", aiff(Some(b"23ni"), 16, 6, &little(4), None)),
        ("AIFF-C, fl32", aiff(Some(b"fl32"), 32, 6, &f32_be(), None)),
        ("AIFF-C, fl32 of QuickTime", aiff(Some(b"fl32"), 16, 6, &f32_be(), None)),
        ("AIFF-C, FL32", aiff(Some(b"FL32"), 32, 6, &f32_be(), None)),
        ("AIFF-C, 23lf", aiff(Some(b"23lf"), 32, 6, &f32_le(), None)),
        ("AIFF-C, fl64", aiff(Some(b"fl64"), 64, 6, &f64_be(), None)),
        ("AU, 8 bits", au(2, 6, &big(1))),
        ("AU, 16 bits", au(3, 12, &big(2))),
        ("AU, 24 bits", au(4, 18, &big(3))),
        ("AU, 32 bits", au(5, 24, &big(4))),
        ("AU, 32-bit floats", au(6, 24, &f32_be())),
        ("AU, 64-bit floats", au(7, 48, &f64_be())),
        ("AU of open length", au(3, u32::MAX, &big(2))),
        ("CAF, 16 bits, big-endian", caf(b"lpcm", 0, 16, &big(2), None)),
        ("CAF, 24 bits, little-endian", caf(b"lpcm", 2, 24, &little(3), None)),
        ("CAF, 32-bit floats, big-endian", caf(b"lpcm", 1, 32, &f32_be(), None)),
        ("CAF, 32-bit floats, little-endian", caf(b"lpcm", 3, 32, &f32_le(), None)),
        ("CAF, 64-bit floats", caf(b"lpcm", 3, 64, &f64_le(), None)),
        ("CAF of open length", caf(b"lpcm", 2, 16, &little(2), Some(-1))),
        ("Wave64, 16 bits", wave64(&pcm_16, &little(2), None)),
        ("Wave64, 24 bits", wave64(&format(1, 1, 3, 24, b""), &little(3), None)),
        ("Wave64, floats", wave64(&format(3, 1, 4, 32, b""), &f32_le(), None)),
    ]
}

#[test]
fn reads_every_container_and_sample_format() {
    for (name, bytes) in every_format() {
        assert_eq!(read(name, &bytes), (samples(), vec![]), "{name}");
    }
}

#[test]
fn one_wrong_byte_never_panics() {
    for (_, whole) in every_format() {
        for position in 0..whole.len() {
            for value in [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff] {
                let mut altered = whole.clone();
                altered[position] = value;
                let _: Result<LoadedAudio, String> = loaded(&altered);
            }
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    // Streams of open length end with the file.
    for (name, whole) in every_format().into_iter().filter(|(name, _)| !name.ends_with("open length")) {
        for length in 0..whole.len() {
            assert!(loaded(&whole[..length]).is_err(), "{name} cut to {length} of {} bytes", whole.len());
        }
    }
}

#[test]
fn companded_samples_are_expanded() {
    // ITU-T G.711: the codes of the largest magnitudes and of the smallest.
    let a_law = [0xaa, 0x2a, 0xd5].map(|code: u8| code);
    let expected_a: Vec<f32> = [32_256, -32_256, 8].map(|step: i16| f32::from(step) / 32_768.0).to_vec();
    let mu_law = [0x80, 0x00, 0xff];
    let expected_mu: Vec<f32> = [32_124, -32_124, 0].map(|step: i16| f32::from(step) / 32_768.0).to_vec();
    for (name, bytes, expected) in [
        ("WAV, A-law", wav(&format(6, 1, 1, 8, b"\0\0"), &a_law), &expected_a),
        ("WAV, µ-law", wav(&format(7, 1, 1, 8, b"\0\0"), &mu_law), &expected_mu),
        ("WAV, extensible, A-law", wav(&format(0xfffe, 1, 1, 8, &extensible(8, 6, 0)), &a_law), &expected_a),
        ("AIFF-C, alaw", aiff(Some(b"alaw"), 16, 3, &a_law, None), &expected_a),
        ("AIFF-C, ulaw", aiff(Some(b"ulaw"), 8, 3, &mu_law, None), &expected_mu),
        ("AU, µ-law", au(1, 3, &mu_law), &expected_mu),
        ("AU, A-law", au(27, 3, &a_law), &expected_a),
        ("CAF, ulaw", caf(b"ulaw", 0, 8, &mu_law, None), &expected_mu),
    ] {
        assert_eq!(&read(name, &bytes).0, expected, "{name}");
    }
}

#[test]
fn names_what_it_does_not_read() {
    let in_wav = |tag: u16| wav(&format(tag, 1, 1, 0, b"\0\0"), &[1; 64]);
    let compressed = |format: &str, codec: &str| {
        format!(
            "a.xyz is {format} that holds {codec}, which is not read; convert it to FLAC or to {format} without compression"
        )
    };
    let unread = |name: &str| format!("a.xyz is {name}, which is not read; convert it to WAV, FLAC or AIFF");
    let instead = |name: &str, fix: &str| format!("a.xyz: {name}, not the recording; {fix}");
    let page = || instead("a web page (HTML or XML)", "download the recording again");
    let head = |magic: &[u8]| [magic, &[0; 60]].concat();
    let unknown = |start: &str| {
        format!("a.xyz starts with {start} and is not audio that is read here; convert it to WAV, FLAC or AIFF")
    };
    let table: Vec<(Vec<u8>, String)> = vec![
        (wav(&format(2, 1, 256, 4, b"\0\0"), &[1; 256]), compressed("WAV", "Microsoft ADPCM")),
        (in_wav(0x11), compressed("WAV", "IMA ADPCM")),
        (in_wav(0x55), compressed("WAV", "MP3")),
        (in_wav(0x50), compressed("WAV", "MP2")),
        (in_wav(0x31), compressed("WAV", "GSM 6.10")),
        (in_wav(0x674f), compressed("WAV", "Ogg Vorbis")),
        (in_wav(0x1234), compressed("WAV", "compressed audio of type 0x1234")),
        (wav(&format(0xfffe, 1, 1, 8, &extensible(0, 0x11, 0)), &[1; 64]), compressed("WAV", "IMA ADPCM")),
        (aiff(Some(b"ima4"), 16, 1, &[1; 34], None), compressed("AIFF", "ima4")),
        (aiff(Some(b"MAC6"), 16, 1, &[1; 34], None), compressed("AIFF", "MAC6")),
        (au(23, 8, &[1; 8]), compressed("AU", "G.72x ADPCM")),
        (caf(b"alac", 0, 16, &[1; 8], None), compressed("CAF", "alac")),
        (head(b"wvpk"), unread("WavPack")),
        (head(b"OggS"), unread("Ogg")),
        (head(b"MAC "), unread("Monkey's Audio")),
        (head(b"\xff\xfb\x90\x64"), unread("MP3")),
        (head(b"ID3\x03\0\0\0\0\0\x02\0\0\xff\xf3\x40\xc0"), unread("MP3")),
        (head(b"\xff\xf1\x50\x80"), unread("AAC")),
        (head(b"\0\0\0\x20ftypM4A "), unread("M4A")),
        (head(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"), unread("WMA")),
        (head(b"FORM\0\0\0\x248SVXVHDR"), unread("IFF 8SVX")),
        (head(b"\0\0\0\x20ftypisom"), unread("MP4")),
        (head(b"RIFF\0\0\0\x10sfbk"), unread("a SoundFont")),
        (head(b"FORM\0\0\0\x2416SVVHDR"), unread("IFF 16SV")),
        (head(b" paf\0\0\0\0"), unread("Ensoniq PARIS")),
        (head(b"Creative Voice File\x1a"), unread("Creative Voice")),
        (head(b"\x64\xa3\x02\0"), unread("IRCAM")),
        (head(b"\0\x02\xa3\x64"), unread("IRCAM")),
        (head(b"NIST_1A\n   1024\n"), unread("NIST SPHERE")),
        (head(b"PK\x03\x04\x14"), instead("a ZIP archive", "unpack it")),
        (head(b"Rar!\x1a\x07\x01\0"), instead("a RAR archive", "unpack it")),
        ([&[b'a'; 257][..], b"ustar\0"].concat(), instead("a tar archive", "unpack it")),
        (head(b"<!DOCTYPE html>\n<html>"), page()),
        (head(b"\xef\xbb\xbf\r\n  <HTML lang=en>"), page()),
        (head(b"<?xml version=\"1.0\"?><Error>"), page()),
        (head(b"%PDF-1.7"), instead("a PDF document", "replace it by the recording")),
        (head(b"\xff\xfeh\0e\0"), unknown(r#""\xff\xfeh\x00""#)),
        (head(b"MThd"), instead("MIDI events, which hold no sound", "render them to a recording")),
    ];
    for (bytes, message) in table {
        assert_eq!(refusal(&message, &bytes), message);
    }
}

#[test]
fn the_content_of_a_file_on_disk_is_recognised() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let tag = [&b"ID3\x03\0\0\0\0\x02\0"[..], &[0; 256]].concat();
    for (bytes, expected) in [
        (wav_16(1, &[1]), "Readable(Wav)"),
        ([&tag[..], &flac(1)].concat(), "Readable(Flac)"),
        ([&tag[..], b"\xff\xfb\x90\x64"].concat(), "Unreadable(\"MP3\")"),
        (b"wvpk".to_vec(), "Unreadable(\"WavPack\")"),
        (be_16(&[1, 2, 3]), "Other"),
        (le_16(&[]), "Other"),
    ] {
        std::fs::write(file.path(), bytes).unwrap();
        assert_eq!(format!("{:?}", FileType::read(file.path()).unwrap()), expected);
    }
}
