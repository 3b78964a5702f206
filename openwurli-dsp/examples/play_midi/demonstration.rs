//! Short demonstration piece for two hands and sustain pedal, as a Standard MIDI File.

use midly::num::{u4, u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, Smf, Timing, Track, TrackEvent, TrackEventKind};

const TICKS_PER_QUARTER: u64 = 480;
const BAR: u64 = 4 * TICKS_PER_QUARTER;
const EIGHTH: u64 = TICKS_PER_QUARTER / 2;

/// Four bars: bass note and chord, which the right hand plays as an arpeggio.
const BARS: [(u8, [u8; 4]); 4] =
    [(36, [58, 62, 63, 67]), (41, [57, 60, 63, 67]), (34, [56, 60, 62, 65]), (39, [55, 58, 62, 65])];

/// Velocities of the eighth notes of a bar.
const PULSE: [u8; 8] = [92, 54, 70, 60, 84, 50, 76, 64];

/// Returns the bytes of the file.
///
/// Eight bars of arpeggios, slower the second time, and a final chord of twenty notes.
pub(crate) fn file() -> std::io::Result<Vec<u8>> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (i, (bass, chord)) in BARS.iter().chain(&BARS).enumerate() {
        let start = i as u64 * BAR;
        add_note(&mut left, start, start + BAR - 60, *bass, 100);
        add_note(&mut left, start + 3 * EIGHTH, start + BAR / 2 + EIGHTH, bass + 12, 62);
        // Legato pedalling: pedal down shortly after the chord change.
        left.push((start + 30, controller(64, 127)));
        left.push((start + BAR - 10, controller(64, 0)));
        for (eighth, velocity) in PULSE.iter().enumerate() {
            let octave = if i < BARS.len() { 0 } else { 12 * (eighth as u8 / 4) };
            let at = start + eighth as u64 * EIGHTH;
            add_note(&mut right, at, at + EIGHTH - 20, chord[[0, 2, 1, 3, 2, 0, 3, 1][eighth]] + octave, *velocity);
        }
    }
    // Twenty notes with the pedal down.
    let last = 2 * BARS.len() as u64 * BAR;
    left.push((last, controller(64, 127)));
    for i in 0..20u8 {
        let at = last + u64::from(i) * TICKS_PER_QUARTER / 6;
        let key = 27 + 12 * (i / 4) + [0, 7, 10, 14][usize::from(i % 4)];
        add_note(&mut right, at, at + EIGHTH, key, 60 + 2 * i);
    }
    left.push((last + 3 * BAR, controller(64, 0)));

    let tempo = |bar: usize, per_minute: u32| {
        (bar as u64 * BAR, TrackEventKind::Meta(MetaMessage::Tempo(u24::new(60_000_000 / per_minute))))
    };
    let conductor = vec![tempo(0, 96), tempo(BARS.len(), 84), tempo(2 * BARS.len(), 72)];
    let mut bytes = Vec::new();
    Smf {
        header: Header { format: Format::Parallel, timing: Timing::Metrical(u15::new(TICKS_PER_QUARTER as u16)) },
        tracks: [conductor, left, right].map(track).to_vec(),
    }
    .write_std(&mut bytes)?;
    Ok(bytes)
}

type Timed = (u64, TrackEventKind<'static>);

fn add_note(events: &mut Vec<Timed>, from: u64, until: u64, key: u8, velocity: u8) {
    let (key, vel) = (u7::new(key), u7::new(velocity));
    events.push((from, channel(MidiMessage::NoteOn { key, vel })));
    events.push((until, channel(MidiMessage::NoteOff { key, vel: u7::new(64) })));
}

fn controller(controller: u8, value: u8) -> TrackEventKind<'static> {
    channel(MidiMessage::Controller { controller: u7::new(controller), value: u7::new(value) })
}

fn channel(message: MidiMessage) -> TrackEventKind<'static> {
    TrackEventKind::Midi { channel: u4::new(0), message }
}

/// Sorts the events and converts times to deltas.
fn track(mut events: Vec<Timed>) -> Track<'static> {
    events.sort_by_key(|(tick, _)| *tick);
    let mut last = 0;
    let mut track: Track<'static> = Vec::new();
    for (tick, kind) in events {
        track.push(TrackEvent { delta: u28::new((tick - last) as u32), kind });
        last = tick;
    }
    track.push(TrackEvent { delta: u28::new(0), kind: TrackEventKind::Meta(MetaMessage::EndOfTrack) });
    track
}
