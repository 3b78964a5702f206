//! MIDI file reader of the example `play_midi`.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "../examples/play_midi/demonstration.rs"]
mod demonstration;
#[path = "../examples/play_midi/score.rs"]
mod score;

use midly::num::{u4, u7, u15, u24, u28};
use midly::{Format, Fps, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind};
use score::Score;

fn file(format: Format, timing: Timing, tracks: &[&[(u32, TrackEventKind<'static>)]]) -> Vec<u8> {
    let track = |events: &&[(u32, TrackEventKind<'static>)]| {
        events.iter().map(|(delta, kind)| TrackEvent { delta: u28::new(*delta), kind: *kind }).collect()
    };
    let mut bytes = Vec::new();
    Smf { header: Header { format, timing }, tracks: tracks.iter().map(track).collect() }
        .write_std(&mut bytes)
        .unwrap();
    bytes
}

fn strike(channel: u8, key: u8) -> TrackEventKind<'static> {
    let message = MidiMessage::NoteOn { key: u7::new(key), vel: u7::new(64) };
    TrackEventKind::Midi { channel: u4::new(channel), message }
}

fn times(bytes: &[u8]) -> Vec<(f64, u8)> {
    Score::read(bytes).unwrap().events.iter().map(|event| (event.time_s, event.message[1])).collect()
}

#[test]
fn merges_tracks_and_applies_tempo_changes() {
    let tempo = TrackEventKind::Meta(MetaMessage::Tempo(u24::new(1_000_000)));
    let tracks: [&[_]; 3] = [&[(200, tempo)], &[(100, strike(0, 60)), (200, strike(5, 61))], &[(250, strike(0, 62))]];
    let bytes = file(Format::Parallel, Timing::Metrical(u15::new(100)), &tracks);
    // 120 bpm for two quarters, then 60 bpm.
    assert_eq!(times(&bytes), [(0.5, 60), (1.5, 62), (2.0, 61)]);
}

#[test]
fn timecode_ignores_tempo() {
    let tempo = TrackEventKind::Meta(MetaMessage::Tempo(u24::new(1_000_000)));
    let tracks: [&[_]; 1] = [&[(0, tempo), (1_000, strike(0, 60))]];
    let bytes = file(Format::SingleTrack, Timing::Timecode(Fps::Fps25, 40), &tracks);
    assert_eq!(times(&bytes), [(1.0, 60)]);
}

#[test]
fn skips_the_drum_channel() {
    let tracks: [&[_]; 1] = [&[(0, strike(9, 36)), (0, strike(8, 60))]];
    let bytes = file(Format::SingleTrack, Timing::Metrical(u15::new(96)), &tracks);
    assert_eq!(times(&bytes), [(0.0, 60)]);
}

#[test]
fn rejects_unsupported_files_with_a_reason() {
    let error = |bytes: &[u8]| Score::read(bytes).err().unwrap();
    assert!(error(b"RIFF").contains("not a Standard MIDI File"));
    let track: &[_] = &[(0, strike(0, 60))];
    let songs = file(Format::Sequential, Timing::Metrical(u15::new(96)), &[track; 2]);
    assert!(error(&songs).contains("format 2: 2 songs"));
    let timeless = file(Format::SingleTrack, Timing::Metrical(u15::new(0)), &[track]);
    assert!(error(&timeless).contains("0 ticks"));
    // One tick per quarter, 0.5 s each.
    let endless: &[_] = &[(0, strike(0, 60)), ((1 << 28) - 1, strike(0, 62))];
    let endless = file(Format::SingleTrack, Timing::Metrical(u15::new(1)), &[endless]);
    assert!(error(&endless).contains("134217728 s; at most 14400 s"), "{}", error(&endless));
}

#[test]
fn demonstration_has_the_length_of_its_tempos() {
    let score = Score::read(&demonstration::file().unwrap()).unwrap();
    assert_eq!(score.note_count(), 8 * (2 + 8) + 20);
    // Four bars of four quarters each at 96 and 84 bpm, and three bars at 72 bpm until pedal up.
    let expected_s = 16.0 * 60.0 / 96.0 + 16.0 * 60.0 / 84.0 + 12.0 * 60.0 / 72.0;
    let last_s = score.events.last().unwrap().time_s;
    // Tempos are rounded to whole microseconds per quarter.
    assert!((last_s - expected_s).abs() < 44.0 * 1e-6, "{last_s} for {expected_s}");
}
