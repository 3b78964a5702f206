//! Random performances of four kinds, within the reach of two hands and a pedal.

use wurli_train::note_event::NoteEvent;
use wurli_train::random::Random;
use wurli_voice::instrument::midi_to_hz;

/// Keys that sound together at most.
const POLYPHONY: usize = 6;
/// Shortest time between a key's release and its next strike, seconds.
const LIFTED_S: f64 = 0.04;
/// Keys that one hand spans, semitones: a tenth.
const HAND: u8 = 16;
/// The highest key of the left hand: B3.
const LEFT_UP_TO: u8 = 59;
/// Semitones of the scales from the first key on, without the octave.
const SCALES: [&[u8]; 5] = [
    &[0, 2, 4, 5, 7, 9, 11],
    &[0, 2, 3, 5, 7, 8, 11],
    &[0, 2, 4, 7, 9],
    &[0, 3, 5, 6, 7, 10],
    &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
];

/// A note to be played.
#[derive(Clone, Copy, Debug)]
pub struct Struck {
    /// Time of the onset, seconds.
    pub onset_s: f64,
    /// Time at which the key is released, seconds.
    pub offset_s: f64,
    /// Key.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
}

impl Struck {
    /// Returns the note as stage 1 should find it.
    pub fn event(&self) -> NoteEvent {
        let Self { onset_s, offset_s, midi, velocity } = *self;
        NoteEvent { onset_s, offset_s, midi, velocity, velocity_known: true, f0_hz: midi_to_hz(midi) }
    }
}

/// Kind of a performance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Two octaves up and down, one key after the other.
    Scale,
    /// Eight keys, each struck six times.
    Repeated,
    /// Chords of two to six keys in two hands.
    Chords,
    /// Single keys, each held over the next two to five.
    Sustained,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Scale, Self::Repeated, Self::Chords, Self::Sustained];

    /// Returns the name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scale => "scale",
            Self::Repeated => "repeated",
            Self::Chords => "chords",
            Self::Sustained => "sustained",
        }
    }

    /// Composes notes, by onset, on `keys`, at `tempo` beats a minute.
    pub fn compose(self, keys: &[u8], tempo: f64, random: &mut Random) -> Vec<Struck> {
        let beat_s = 60.0 / tempo;
        match self {
            Self::Scale => scale(keys, beat_s, random),
            Self::Repeated => repeated(keys, beat_s, random),
            Self::Chords => chords(keys, beat_s, random),
            Self::Sustained => sustained(keys, beat_s, random),
        }
    }
}

fn velocity(random: &mut Random) -> u8 {
    random.between(20.0, 128.0) as u8
}

/// Eighths or sixteenths, from staccato to a legato in which the next key is down before the last
/// is up.
fn scale(keys: &[u8], beat_s: f64, random: &mut Random) -> Vec<Struck> {
    let step_s = (beat_s / if random.next_f64() < 0.5 { 2.0 } else { 4.0 }).max(0.1);
    let legato = random.between(0.5, 1.15);
    let steps = SCALES[random.index(SCALES.len())];
    let first = keys[random.index(keys.len().saturating_sub(24).max(1))];
    let upwards = (0..2_u8).flat_map(|octave| steps.iter().map(move |step| first + 12 * octave + step));
    let mut line: Vec<u8> = upwards.chain([first + 24]).filter(|midi| keys.contains(midi)).collect();
    line.extend(line.clone().iter().rev().skip(1));
    let note = |(index, midi): (usize, u8), random: &mut Random| {
        let onset_s = 0.3 + index as f64 * step_s + random.between(-0.01, 0.01);
        Struck { onset_s, offset_s: onset_s + (legato * step_s).max(0.08), midi, velocity: velocity(random) }
    };
    line.into_iter().enumerate().map(|item| note(item, random)).collect()
}

/// Eighths or triplets, never faster than eight a second.
fn repeated(keys: &[u8], beat_s: f64, random: &mut Random) -> Vec<Struck> {
    let mut notes = Vec::new();
    let mut onset_s = 0.3;
    for _ in 0..8 {
        let midi = keys[random.index(keys.len())];
        let period_s = (beat_s / if random.next_f64() < 0.5 { 2.0 } else { 3.0 }).max(0.125);
        for _ in 0..6 {
            let length_s = (period_s * random.between(0.5, 0.9)).min(period_s - LIFTED_S);
            notes.push(Struck { onset_s, offset_s: onset_s + length_s, midi, velocity: velocity(random) });
            onset_s += period_s;
        }
        onset_s += 0.5 * beat_s;
    }
    notes
}

/// Returns a chord a beat, sizes in turn from two to six, struck within 20 ms, each hand within a
/// tenth.
fn chords(keys: &[u8], beat_s: f64, random: &mut Random) -> Vec<Struck> {
    let mut notes = Vec::new();
    let beat_s = beat_s.max(0.4);
    for chord in 0..15_usize {
        let size = 2 + chord % (POLYPHONY - 1);
        let left = size / 2;
        let mut struck = hand(keys, 0..=LEFT_UP_TO, left, random);
        struck.extend(hand(keys, LEFT_UP_TO + 1..=127, size - left, random));
        let onset_s = 0.3 + chord as f64 * beat_s;
        let offset_s = onset_s + beat_s * random.between(0.5, 0.92);
        let loudness = f64::from(velocity(random));
        for midi in struck {
            let velocity = (loudness * random.between(0.75, 1.25)).clamp(20.0, 127.0) as u8;
            let late_s = random.between(0.0, 0.02);
            let offset_s = offset_s + random.between(-0.02, 0.02);
            notes.push(Struck { onset_s: onset_s + late_s, offset_s, midi, velocity });
        }
    }
    notes.sort_by(|a, b| a.onset_s.total_cmp(&b.onset_s));
    notes
}

/// Returns `count` different keys of a range within one hand's span.
fn hand(keys: &[u8], range: std::ops::RangeInclusive<u8>, count: usize, random: &mut Random) -> Vec<u8> {
    let in_range: Vec<u8> = keys.iter().copied().filter(|midi| range.contains(midi)).collect();
    let Some(highest) = in_range.last().copied() else { return Vec::new() };
    let lowest = in_range[random.index(in_range.iter().filter(|midi| **midi + HAND <= highest).count().max(1))];
    let mut spanned: Vec<u8> = in_range.into_iter().filter(|midi| (lowest..=lowest + HAND).contains(midi)).collect();
    (0..count.min(spanned.len())).map(|_| spanned.swap_remove(random.index(spanned.len()))).collect()
}

/// Returns forty eighths of single keys anywhere, each held over the next two to five; no more
/// sound at once than two hands hold.
fn sustained(keys: &[u8], beat_s: f64, random: &mut Random) -> Vec<Struck> {
    let step_s = (beat_s / 2.0).max(0.12);
    let mut notes: Vec<Struck> = Vec::new();
    for index in 0..40 {
        let onset_s = 0.3 + f64::from(index) * step_s + random.between(-0.02, 0.02);
        let midi = keys[random.index(keys.len())];
        for earlier in notes.iter_mut().filter(|note| note.midi == midi && note.offset_s > onset_s - LIFTED_S) {
            earlier.offset_s = onset_s - LIFTED_S;
        }
        let mut held: Vec<usize> = (0..notes.len()).filter(|at| notes[*at].offset_s > onset_s).collect();
        while held.len() >= POLYPHONY {
            notes[held.remove(0)].offset_s = onset_s;
        }
        let offset_s = onset_s + step_s * random.between(2.0, 5.0);
        notes.push(Struck { onset_s, offset_s, midi, velocity: velocity(random) });
    }
    notes
}
