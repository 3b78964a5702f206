//! Short demonstration piece for two hands and sustain pedal, as a Standard MIDI File.

const TICKS_PER_QUARTER: u16 = 480;
const BAR: u32 = 4 * TICKS_PER_QUARTER as u32;
const EIGHTH: u32 = TICKS_PER_QUARTER as u32 / 2;

/// Four bars: bass note and chord, which the right hand plays as an arpeggio.
const BARS: [(u8, [u8; 4]); 4] =
    [(36, [58, 62, 63, 67]), (41, [57, 60, 63, 67]), (34, [56, 60, 62, 65]), (39, [55, 58, 62, 65])];

/// Velocities of the eighth notes of a bar.
const PULSE: [u8; 8] = [92, 54, 70, 60, 84, 50, 76, 64];

/// Returns the bytes of the file.
///
/// Eight bars of arpeggios, slower the second time, and a final chord of twenty notes.
pub(crate) fn file() -> Vec<u8> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (i, (bass, chord)) in BARS.iter().chain(&BARS).enumerate() {
        let start = i as u32 * BAR;
        add_note(&mut left, start, start + BAR - 60, *bass, 100);
        add_note(&mut left, start + 3 * EIGHTH, start + BAR / 2 + EIGHTH, bass + 12, 62);
        // Legato pedalling: pedal down shortly after the chord change.
        left.push((start + 30, controller(64, 127)));
        left.push((start + BAR - 10, controller(64, 0)));
        for (eighth, velocity) in PULSE.iter().enumerate() {
            let octave = if i < BARS.len() { 0 } else { 12 * (eighth as u8 / 4) };
            let at = start + eighth as u32 * EIGHTH;
            add_note(&mut right, at, at + EIGHTH - 20, chord[[0, 2, 1, 3, 2, 0, 3, 1][eighth]] + octave, *velocity);
        }
    }
    // Twenty notes with the pedal down.
    let last = 2 * BARS.len() as u32 * BAR;
    left.push((last, controller(64, 127)));
    for i in 0..20u8 {
        let at = last + u32::from(i) * EIGHTH / 3;
        let key = 27 + 12 * (i / 4) + [0, 7, 10, 14][usize::from(i % 4)];
        add_note(&mut right, at, at + EIGHTH, key, 60 + 2 * i);
    }
    left.push((last + 3 * BAR, controller(64, 0)));

    let conductor = vec![tempo(0, 96), tempo(BARS.len() as u32, 84), tempo(2 * BARS.len() as u32, 72)];
    let mut bytes = b"MThd\0\0\0\x06\0\x01\0\x03".to_vec();
    bytes.extend(TICKS_PER_QUARTER.to_be_bytes());
    for events in [conductor, left, right] {
        let track = track(events);
        bytes.extend(b"MTrk");
        bytes.extend((track.len() as u32).to_be_bytes());
        bytes.extend(track);
    }
    bytes
}

/// Event and its time, ticks.
type Timed = (u32, Vec<u8>);

fn add_note(events: &mut Vec<Timed>, from: u32, until: u32, key: u8, velocity: u8) {
    events.push((from, vec![0x90, key, velocity]));
    events.push((until, vec![0x80, key, 64]));
}

fn controller(controller: u8, value: u8) -> Vec<u8> {
    vec![0xB0, controller, value]
}

fn tempo(bar: u32, per_minute: u32) -> Timed {
    let [_, high, middle, low] = (60_000_000 / per_minute).to_be_bytes();
    (bar * BAR, vec![0xFF, 0x51, 3, high, middle, low])
}

/// Sorts the events, converts times to deltas, and ends the track.
fn track(mut events: Vec<Timed>) -> Vec<u8> {
    events.sort_by_key(|(tick, _)| *tick);
    let (mut last, mut track) = (0, Vec::new());
    for (tick, event) in events {
        let delta = tick - last;
        last = tick;
        // Seven bits a byte, the most significant first.
        for shift in [21, 14, 7].into_iter().filter(|shift| delta >> shift > 0) {
            track.push((delta >> shift) as u8 | 0x80);
        }
        track.push(delta as u8 & 0x7F);
        track.extend(event);
    }
    track.extend([0, 0xFF, 0x2F, 0]);
    track
}
