//! MIDI file reader of the example `play_midi`.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "../examples/play_midi/demonstration.rs"]
mod demonstration;
#[path = "../examples/play_midi/score/mod.rs"]
mod score;

use score::Score;

const END: [u8; 4] = [0, 0xFF, 0x2F, 0];

/// Returns a file of the given tracks, each ended by [`END`].
fn file(format: u8, division: i16, tracks: &[&[u8]]) -> Vec<u8> {
    let mut bytes = [&b"MThd\0\0\0\x06\0"[..], &[format, 0, tracks.len() as u8][..]].concat();
    bytes.extend(division.to_be_bytes());
    for track in tracks {
        bytes.extend(chunk(b"MTrk", track.len() + END.len(), &[track, &END[..]].concat()));
    }
    bytes
}

fn chunk(kind: &[u8; 4], length: usize, content: &[u8]) -> Vec<u8> {
    [&kind[..], &(length as u32).to_be_bytes(), content].concat()
}

fn header() -> Vec<u8> {
    file(0, 480, &[])
}

/// Returns time and message of all events.
fn events(bytes: &[u8]) -> Vec<(f64, [u8; 3])> {
    Score::read(bytes).unwrap().events.iter().map(|event| (event.time_s, event.message)).collect()
}

fn times(bytes: &[u8]) -> Vec<(f64, u8)> {
    events(bytes).into_iter().map(|(time_s, message)| (time_s, message[1])).collect()
}

fn warnings(bytes: &[u8]) -> Vec<String> {
    Score::read(bytes).unwrap().warnings
}

fn error(bytes: &[u8]) -> String {
    Score::read(bytes).err().unwrap()
}

/// C4 from 0 to 0.5 s at 480 ticks per quarter.
const NOTE: [u8; 9] = [0, 0x90, 60, 100, 0x83, 0x60, 0x80, 60, 64];

fn note_events() -> Vec<(f64, [u8; 3])> {
    vec![(0.0, [0x90, 60, 100]), (0.5, [0x80, 60, 64])]
}

#[test]
fn merges_tracks_and_applies_tempo_changes() {
    let tempo = &[0x81, 0x48, 0xFF, 0x51, 3, 0x0F, 0x42, 0x40];
    let second = &[100, 0x90, 60, 64, 0x81, 0x48, 0x95, 61, 64];
    let third = &[0x81, 0x7A, 0x90, 62, 64];
    let bytes = file(1, 100, &[tempo, second, third]);
    // 120 bpm for two quarters, then 60 bpm.
    assert_eq!(times(&bytes), [(0.5, 60), (1.5, 62), (2.0, 61)]);
    assert_eq!(events(&bytes)[2].1, [0x95, 61, 64], "the channel is kept");
    assert_eq!(warnings(&bytes), [""; 0]);
}

#[test]
fn timecode_ignores_tempo() {
    let track = &[0, 0xFF, 0x51, 3, 0x0F, 0x42, 0x40, 0x87, 0x68, 0x90, 60, 64];
    for (frames, expected_s) in [(-24, 1_000.0 / 960.0), (-25, 1.0), (-29, 1_001.0 / 1_200.0), (-30, 1_000.0 / 1_200.0)]
    {
        let time_s = times(&file(0, frames << 8 | 40, &[track]))[0].0;
        assert!((time_s - expected_s).abs() < 1e-12, "{frames}: {time_s} for {expected_s}");
    }
}

#[test]
fn running_status_outlives_other_events() {
    let with = |between: &[u8]| {
        let track = [&[0, 0x90, 60, 100], between, &[0x83, 0x60, 60, 0]].concat();
        events(&file(0, 480, &[&track]))
    };
    let expected = with(&[]);
    assert_eq!(expected, [(0.0, [0x90, 60, 100]), (0.5, [0x90, 60, 0])]);
    for between in [
        &[0, 0xFF, 1, 2, b'h', b'i'][..],
        &[0, 0xF0, 3, 0x7E, 9, 0xF7],
        &[0, 0xF7, 1, 0xF8],
        &[0, 0xF1, 1],
        &[0, 0xF2, 1, 2],
        &[0, 0xF3, 1],
        &[0, 0xF4, 0, 0xF5, 0, 0xF6],
        &[0, 0xF8, 0, 0xF9, 0, 0xFA, 0, 0xFB, 0, 0xFC, 0, 0xFD, 0, 0xFE],
    ] {
        assert_eq!(with(between), expected, "{between:02X?}");
    }
}

#[test]
fn real_time_bytes_within_a_message_are_skipped() {
    let track = [0, 0x90, 0xF8, 60, 0xFE, 100, 0x83, 0x60, 0x80, 60, 64];
    assert_eq!(events(&file(0, 480, &[&track])), note_events());
}

#[test]
fn data_bytes_above_127_lose_their_highest_bit() {
    let track = [0, 0x90, 60, 0x80 | 100, 0x83, 0x60, 0x80, 60, 64];
    let bytes = file(0, 480, &[&track]);
    assert_eq!(events(&bytes), note_events());
    assert_eq!(warnings(&bytes), ["track 1 has data bytes above 127, first at byte 25: their highest bit is ignored"]);
}

#[test]
fn reads_tracks_of_any_declared_length() {
    let track = [&NOTE[..], &END].concat();
    for length in [0, 4, 12, 14, 400, u32::MAX as usize] {
        let one = [header(), chunk(b"MTrk", length, &track)].concat();
        assert_eq!(events(&one), note_events(), "{length}");
        assert_eq!(warnings(&one), [format!("track 1: its header says {length} bytes, 13 were read")]);
        let two = [one, chunk(b"MTrk", length, &track)].concat();
        assert_eq!(events(&two).len(), 4, "{length}");
    }
    // An end-of-track event is missing as well.
    let two = [header(), chunk(b"MTrk", 2, &NOTE), chunk(b"MTrk", track.len(), &track)].concat();
    assert_eq!(events(&two).len(), 4);
    assert!(warnings(&two).contains(&"track 1 ends at byte 31, without an end-of-track event".to_owned()));
}

#[test]
fn damaged_tracks_are_read_up_to_the_damage() {
    let second =
        |rest: &[u8]| [file(1, 480, &[&[]]), chunk(b"MTrk", 9 + rest.len(), &[&NOTE[..], rest].concat())].concat();
    for (rest, warning) in [
        (&[][..], "track 2 ends at byte 43, without an end-of-track event"),
        (&[0, 0x90, 60], "track 2 ends at byte 43: it is cut short within an event"),
        (&[0, 0xFF, 1, 50, b'a'], "track 2 ends at byte 43: an event is longer than the rest"),
        (
            &[0, 0xFF, 1, 0, 0x80, 0x80, 0x80, 0x80, 0],
            "track 2 ends at byte 47: a time or length of more than four bytes",
        ),
    ] {
        assert_eq!(events(&second(rest)), note_events());
        assert_eq!(warnings(&second(rest)), [warning]);
    }
    let stray = [&[0, 60, 100][..], &NOTE].concat();
    let tracks = file(1, 480, &[&stray, &NOTE]);
    assert_eq!(events(&tracks), note_events());
    assert_eq!(warnings(&tracks), ["track 1 ends at byte 22: a data byte without a status byte before it"]);
}

#[test]
fn skips_what_is_no_track() {
    let riff = [&b"RIFF\0\0\0\0RMIDdata\0\0\0\0"[..], &file(0, 480, &[&NOTE])[..]].concat();
    let junk = [header(), chunk(b"Junk", 5, b"MTrk!"), file(0, 480, &[&NOTE])[14..].to_vec()].concat();
    let long_header = [&header()[..4], &[0, 0, 0, 8], &header()[8..], b"??", &file(0, 480, &[&NOTE])[14..]].concat();
    let trailing = [file(0, 480, &[&NOTE]), b"*".to_vec()].concat();
    for bytes in [riff, junk, long_header, trailing] {
        assert_eq!(events(&bytes), note_events());
    }
}

#[test]
fn songs_of_format_2_follow_each_other() {
    assert_eq!(events(&file(2, 480, &[&NOTE])), note_events());
    let slow = [&[0, 0xFF, 0x51, 3, 0x0F, 0x42, 0x40][..], &NOTE].concat();
    // Each song has its own tempo.
    assert_eq!(times(&file(2, 480, &[&slow, &NOTE])), [(0.0, 60), (1.0, 60), (1.0, 60), (1.5, 60)]);
}

#[test]
fn names_what_is_left_out() {
    let track =
        [&[0, 0x99, 36, 64, 0, 0x90, 20, 9, 0, 0x90, 109, 9, 0, 0xB0, 7, 1, 0, 0xC0, 4, 0, 0xD0, 64][..], &NOTE];
    let bytes = file(0, 480, &[&track.concat()]);
    assert_eq!(events(&bytes), note_events());
    let expected = "left out: 1 note of channel 10 (drums); 2 notes outside keys 21-108 (20, 109); controllers 7; \
                    aftertouch; program changes";
    assert_eq!(warnings(&bytes), [expected]);
}

#[test]
fn stray_events_do_not_lengthen_the_score() {
    // One tick per quarter: pedal up 9 and 12 s, and 37 hours, after the last note.
    let pedal = |delta: &[u8]| [delta, &[0xB0, 64, 0]].concat();
    let track =
        [&[0, 0x90, 60, 64, 2, 0x80, 60, 0][..], &pedal(&[18]), &pedal(&[6]), &pedal(&[0x90, 0x80, 0])].concat();
    assert_eq!(times(&file(0, 1, &[&track])), [(0.0, 60), (1.0, 60), (10.0, 64)]);
}

#[test]
fn rejects_unsupported_files_with_a_reason() {
    assert!(error(b"").contains("not a Standard MIDI File"));
    assert!(error(b"RIFF").contains("not a Standard MIDI File"));
    assert!(error(&header()[..10]).contains("cut short at byte 10, within the header"));
    assert!(error(&file(0, 0, &[&NOTE])).contains("0 ticks per quarter"));
    assert!(error(&file(0, -25 << 8, &[&NOTE])).contains("0 ticks per frame"));
    // One tick per quarter, 0.5 s each.
    let endless = error(&file(0, 1, &[&[0, 0x90, 60, 64, 0xFF, 0xFF, 0xFF, 0x7F, 0x90, 62, 64]]));
    assert!(endless.contains("after 134217728 s, at most 14400 s"), "{endless}");
}

#[test]
fn rejects_files_without_playable_notes() {
    assert_eq!(error(&header()), "no notes");
    assert_eq!(error(&file(0, 480, &[&[0, 0xB0, 64, 127]])), "no notes");
    let drums = error(&file(0, 480, &[&[0, 0x99, 36, 64]]));
    assert_eq!(drums, "no notes that the instrument can play; left out: 1 note of channel 10 (drums)");
}

#[test]
fn random_bytes_are_read_or_rejected() {
    let mut state = 1u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    let whole = demonstration::file();
    for _ in 0..2_000 {
        let mut bytes = whole[..usize::from(random()) * 8 % whole.len()].to_vec();
        for _ in 0..random() % 8 {
            let at = usize::from(random()) * 256 + usize::from(random());
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random();
            }
        }
        if let Ok(score) = Score::read(&bytes) {
            assert!(score.note_count() > 0);
            assert!(score.events.is_sorted_by(|a, b| a.time_s <= b.time_s));
        }
    }
}

#[test]
fn demonstration_has_the_length_of_its_tempos() {
    let score = Score::read(&demonstration::file()).unwrap();
    assert_eq!(score.note_count(), 8 * (2 + 8) + 20);
    assert!(score.warnings.is_empty());
    // Four bars of four quarters each at 96 and 84 bpm, and three bars at 72 bpm until pedal up.
    let expected_s = 16.0 * 60.0 / 96.0 + 16.0 * 60.0 / 84.0 + 12.0 * 60.0 / 72.0;
    let last_s = score.events.last().unwrap().time_s;
    // Tempos are rounded to whole microseconds per quarter.
    assert!((last_s - expected_s).abs() < 44.0 * 1e-6, "{last_s} for {expected_s}");
}
