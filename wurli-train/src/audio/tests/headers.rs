//! Headers that were never completed.

use super::files::{Lengths, TRUE, aiff, au, be_16, caf, chunk, format, le_16, wav_16, wav_of, wave64};
use super::{read, refusal};

/// Enough samples for the file's length to differ from every header's.
const SAMPLES: [i16; 200] = [4096; 200];

fn is_read_to_the_end(name: &str, bytes: &[u8], container: &str) {
    let (samples, warnings) = read(name, bytes);
    assert_eq!(samples, vec![0.125; SAMPLES.len()], "{name}");
    let expected = format!(
        "its {container} header was never completed: 200 frames are read, to the end of the file; open it in an audio editor \
         and save it again"
    );
    assert_eq!(warnings, [expected], "{name}");
}

fn wav_with(outer: u32, data: u32) -> Vec<u8> {
    let lengths = Lengths { outer: Some(outer), data: Some(data) };
    wav_of(b"RIFF", &[chunk(b"fmt ", &format(1, 1, 2, 16, b""))], &le_16(&SAMPLES), lengths)
}

#[test]
fn data_of_placeholder_length_are_read_to_the_end_of_the_file() {
    for (name, outer, data) in [
        ("power lost", 0, 0),
        ("crashed", 4088, 0),
        ("pipe", u32::MAX, u32::MAX),
        ("pipe, less the header", u32::MAX, u32::MAX - 36),
        ("pipe, outer length 0", 0, u32::MAX),
        ("pipe, longer header", u32::MAX, u32::MAX - 1023),
        ("largest signed length", i32::MAX as u32, i32::MAX as u32),
        ("largest signed length, less the header", i32::MAX as u32, i32::MAX as u32 - 36),
        ("SoX", 0x7fff_f024, 0x7fff_f000),
        ("2 GiB", 0x8000_0024, 0x8000_0000),
        ("length of the file less 8 for the data", 436, 436),
        ("length of the file for the data", 444, 444),
        ("an earlier flush, a quarter", 136, 100),
        ("an earlier flush, half", 236, 200),
        ("one byte", 37, 1),
    ] {
        is_read_to_the_end(name, &wav_with(outer, data), "WAV");
    }
    let with_list = wav_of(
        b"RIFF",
        &[chunk(b"fmt ", &format(1, 1, 2, 16, b"")), chunk(b"LIST", b"INFOISFT\x04\0\0\0Lavf")],
        &le_16(&SAMPLES),
        Lengths { outer: Some(u32::MAX), data: Some(u32::MAX) },
    );
    is_read_to_the_end("FFmpeg", &with_list, "WAV");
    let format = format(1, 1, 2, 16, b"");
    for (name, length) in [("0", 0), ("24", 24), ("largest", u64::MAX), ("largest signed", i64::MAX as u64)] {
        is_read_to_the_end(&format!("Wave64, {name}"), &wave64(&format, &le_16(&SAMPLES), Some(length)), "Wave64");
    }
    let data = be_16(&SAMPLES);
    for (name, frames, sound) in [
        ("nothing entered", 0, Some(0)),
        ("no data", 0, Some(8)),
        ("pipe", u32::MAX, Some(u32::MAX)),
        ("SoX", 0x7fff_f000 / 2, Some(0x7fff_f008)),
        ("length alone", 0, None),
        ("frames alone", 200, Some(0)),
    ] {
        is_read_to_the_end(&format!("AIFF, {name}"), &aiff(None, 16, frames, &data, sound), "AIFF");
    }
    is_read_to_the_end("AU, 0", &au(3, 0, &data), "AU");
    is_read_to_the_end("AU, largest signed", &au(3, i32::MAX as u32, &data), "AU");
    is_read_to_the_end("CAF, 0", &caf(b"lpcm", 0, 16, &data, Some(0)), "CAF");
    is_read_to_the_end("CAF, largest", &caf(b"lpcm", 0, 16, &data, Some(i64::MAX)), "CAF");
}

#[test]
fn lengths_of_64_bits_are_read() {
    let sizes = |riff: u64, data: u64| {
        chunk(
            b"ds64",
            &[riff.to_le_bytes(), data.to_le_bytes(), 200_u64.to_le_bytes()]
                .concat()
                .iter()
                .copied()
                .chain([0; 4])
                .collect::<Vec<u8>>(),
        )
    };
    let format = chunk(b"fmt ", &format(1, 1, 2, 16, b""));
    let beyond = Lengths { outer: Some(u32::MAX), data: Some(u32::MAX) };
    for id in [b"RF64", b"BW64"] {
        let name = id.escape_ascii().to_string();
        let complete = wav_of(id, &[sizes(480, 400), format.clone()], &le_16(&SAMPLES), beyond);
        assert_eq!(read(&name, &complete), (vec![0.125; 200], vec![]), "{name}");
        // The data end where the header says, not where the file does.
        let followed = [&complete[..], &chunk(b"LIST", b"abcd")].concat();
        assert_eq!(read(&name, &followed), (vec![0.125; 200], vec![]), "{name} with a chunk behind");
        let short = wav_of(id, &[sizes(64, 400), format.clone()], &le_16(&SAMPLES), TRUE);
        assert_eq!(read(&name, &short), (vec![0.125; 200], vec![]), "{name} with a length of 32 bits");
        for length in [0, u64::MAX] {
            let unfinished = wav_of(id, &[sizes(length, length), format.clone()], &le_16(&SAMPLES), beyond);
            is_read_to_the_end(&name, &unfinished, "WAV");
        }
        let cut = wav_of(id, &[sizes(480, 402), format.clone()], &le_16(&SAMPLES), beyond);
        let message = "a.xyz is cut short: its header promises 201 frames, 200 are there; copy it again";
        assert_eq!(refusal(&name, &cut), message);
    }
}

#[test]
fn complete_files_that_were_cut_are_refused() {
    let promise = |promised: usize, present: usize| {
        format!("a.xyz is cut short: its header promises {promised} frames, {present} are there; copy it again")
    };
    let whole = wav_16(1, &SAMPLES);
    for (name, bytes, message) in [
        ("a byte less", whole[..whole.len() - 1].to_vec(), promise(200, 199)),
        ("half", whole[..244].to_vec(), promise(200, 100)),
        ("data twice as long", wav_with(836, 800), promise(400, 200)),
        ("a gigabyte", wav_with(0x4000_0024, 0x4000_0000), promise(0x2000_0000, 200)),
        ("AIFF", aiff(None, 16, 400, &be_16(&SAMPLES), Some(808)), promise(400, 200)),
        ("AIFF, too many frames", aiff(None, 16, 201, &be_16(&SAMPLES), None), promise(201, 200)),
        ("AU", au(3, 800, &be_16(&SAMPLES)), promise(400, 200)),
        ("CAF", caf(b"lpcm", 0, 16, &be_16(&SAMPLES), Some(804)), promise(400, 200)),
    ] {
        assert_eq!(refusal(name, &bytes), message, "{name}");
    }
}

#[test]
fn data_without_frames_are_none() {
    let empty = wav_16(1, &[]);
    let followed = [&empty[..], &chunk(b"LIST", b"INFOISFT\x04\0\0\0Lavf")].concat();
    for (name, bytes) in [
        ("WAV", empty),
        ("WAV with a chunk behind", followed),
        ("AIFF", aiff(None, 16, 0, &[], None)),
        ("AU", au(3, 0, &[])),
        ("CAF", caf(b"lpcm", 0, 16, &[], None)),
    ] {
        assert_eq!(refusal(name, &bytes), "a.xyz holds 0 frames; copy or record it again", "{name}");
    }
}

#[test]
fn what_follows_the_data_is_no_sound() {
    let whole = wav_16(1, &SAMPLES);
    for (name, behind) in [("a chunk", chunk(b"LIST", b"abcd")), ("zeros", vec![0; 999]), ("a tag", vec![b'T'; 128])] {
        let bytes = [&whole[..], &behind].concat();
        assert_eq!(read(name, &bytes), (vec![0.125; 200], vec![]), "{name}");
    }
}
