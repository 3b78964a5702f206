//! When a note's damper fell, to some milliseconds: read after all notes are known, on harmonics that no other disturbs.
//!
//! Each harmonic is brought down to 0 Hz and summed over cells of 5 ms; a Hann window over some of these is short enough to
//! time a damper and long enough to keep most harmonics apart. A release is a fall that lasts.

use std::f64::consts::TAU;

use super::Note;
use super::settings::TranscriptionSettings;
use super::signal::Signal;

/// Harmonics that are read.
const HARMONICS: usize = 8;
const CELL_S: f64 = 0.005;
/// Cells in a window. 70 ms are four periods of A1; 140 ms keep harmonics apart that the shorter one blurs, so that a fall is
/// seen which it does not show. The earlier end counts.
const WINDOWS: [usize; 2] = [14, 28];
/// Fall that makes a release, dB.
const FALL_DB: f64 = 13.0;
/// The same where the key is struck again so soon that it cannot be seen to stay down, dB.
const FALL_BEFORE_STRIKE_DB: f64 = 4.0;
/// Level under that before the release at which the damper is said to have fallen, dB: half of a window is then damped.
const AT_RELEASE_DB: f64 = 3.5;
/// What the moment found is late by, seconds: the damper takes time, and so does the window.
const LATE_S: f64 = 0.010;
/// Power of a harmonic that is asked, in parts of the strongest's.
const AUDIBLE: f64 = 0.003;
/// Part of its power after the onset that a harmonic may have had before, to have a vote.
const MOST_BEFORE: f64 = 0.2;
/// Vote of a harmonic that another note disturbs, one that is free having 1, and the part of the votes that decides.
const DISTURBED: f64 = 0.3;
const MAJORITY: f64 = 0.6;
/// Cells after an onset in which levels still rise.
const RISING: usize = 8;
/// Distance at which another note's harmonic disturbs, in reciprocals of the window's length.
const DISTURBED_WITHIN: f64 = 1.6;
/// Harmonics of another note that may disturb.
const DISTURBING: f64 = 12.0;
/// How long another note still disturbs after its end, seconds.
const RINGING_S: f64 = 0.1;
/// Longest note that is followed, seconds: A1 falls by 40 dB in 31 s.
pub(super) const LONGEST_S: f64 = 60.0;
/// Stretch that is read at a time, cells.
const CHUNK: usize = 64;

type Powers = [f64; HARMONICS];

/// Sets the ends of all notes, which are sorted by onset.
pub(super) fn refine(signal: &Signal, notes: &mut [Note], settings: &TranscriptionSettings) {
    let before: Vec<Note> = notes.to_vec();
    for (index, note) in notes.iter_mut().enumerate() {
        note.offset_s = released_s(signal, &before, index, settings);
    }
}

/// The end of one of the notes, which are sorted by onset. Of others than those less than [`LONGEST_S`] before and after it, nothing is
/// asked.
pub(super) fn released_s(signal: &Signal, notes: &[Note], index: usize, settings: &TranscriptionSettings) -> f64 {
    let Some(note) = notes.get(index) else { return 0.0 };
    let next_s = notes
        .get(index + 1..)
        .unwrap_or_default()
        .iter()
        .take_while(|n| n.onset_s < note.onset_s + LONGEST_S)
        .find(|n| n.midi == note.midi && n.onset_s > note.onset_s + 0.02)
        .map(|n| n.onset_s);
    let last_s = next_s.unwrap_or(signal.duration_s());
    // Only notes near in time are looked at: a long recording costs no more per note.
    let from = notes.partition_point(|other| other.onset_s < note.onset_s - LONGEST_S);
    let others: Vec<&Note> = notes
        .iter()
        .enumerate()
        .skip(from)
        .take_while(|(_, other)| other.onset_s < last_s.min(note.onset_s + LONGEST_S))
        .filter(|(at, other)| *at != index && other.midi != note.midi && other.offset_s + RINGING_S > note.onset_s)
        .map(|(_, other)| other)
        .collect();
    let is_again = notes
        .get(..index)
        .unwrap_or_default()
        .iter()
        .rev()
        .take_while(|n| n.onset_s > note.onset_s - LONGEST_S)
        .any(|n| n.midi == note.midi && n.offset_s + RINGING_S > note.onset_s);
    let ends_s = WINDOWS.map(|window| end_s(signal, note, &others, (next_s, is_again), window, settings));
    ends_s.into_iter().fold(f64::INFINITY, f64::min)
}

fn end_s(
    signal: &Signal,
    note: &Note,
    others: &[&Note],
    (next_s, is_again): (Option<f64>, bool),
    window: usize,
    settings: &TranscriptionSettings,
) -> f64 {
    // From a window's length after a moment on, the level must have fallen and stay.
    let after = window + 1..2 * window;
    let limit_s = next_s.unwrap_or(signal.duration_s()).min(note.onset_s + LONGEST_S);
    let mut track = Track::new(signal, note, window);
    let limit = ((limit_s - note.onset_s) / CELL_S) as usize;
    let least = 10.0_f64.powf(-settings.end_below_peak_db / 10.0);
    let mut peak = 0.0_f64;
    track.read_to(RISING);
    let gained = track.gained(note.onset_s, is_again);
    for cell in 0..limit {
        track.read_to(cell + after.end + 1);
        let all: f64 = track.powers(cell).iter().sum();
        peak = peak.max(all);
        if cell < RISING {
            continue;
        }
        if all < least * peak {
            return note.onset_s + cell as f64 * CELL_S;
        }
        let free = free(note, others, cell, window);
        let now = track.powers(cell);
        let strongest = now.iter().copied().fold(0.0, f64::max);
        let end = (after.end + cell).min(limit.saturating_sub(window / 2));
        // A strike of the same key ends the time in which a fall can be seen to last.
        let is_cut = end < after.end + cell;
        let (fallen, fall_db) = if is_cut {
            (end.saturating_sub(1)..end, FALL_BEFORE_STRIKE_DB)
        } else {
            (after.start + cell..end, FALL_DB)
        };
        if fallen.start <= cell || (is_cut && next_s.is_none()) {
            continue;
        }
        let share = 10.0_f64.powf(-fall_db / 10.0);
        let (mut for_it, mut against) = (0.0, 0.0);
        let mut falls = [false; HARMONICS];
        for index in 0..HARMONICS {
            if now[index] < AUDIBLE * strongest || now[index] < least * peak {
                continue;
            }
            let weight = gained[index].sqrt() * if free[index] { 1.0 } else { DISTURBED };
            falls[index] = fallen.clone().all(|at| track.powers(at)[index] < share * now[index]);
            if falls[index] { for_it += weight } else { against += weight }
        }
        if for_it > MAJORITY * (for_it + against) {
            let level = |cell: usize| -> f64 {
                track.powers(cell).iter().zip(falls).filter(|(_, falls)| *falls).map(|(p, _)| p).sum()
            };
            let target = level(cell) * 10.0_f64.powf(-AT_RELEASE_DB / 10.0);
            let at = (cell..cell + after.end).find(|at| level(*at) < target).unwrap_or(cell);
            return (note.onset_s + at as f64 * CELL_S - LATE_S).clamp(note.onset_s, limit_s);
        }
    }
    limit_s
}

/// Which harmonics no other note disturbs at a cell and shortly after.
fn free(note: &Note, others: &[&Note], cell: usize, window: usize) -> [bool; HARMONICS] {
    let (from_s, to_s) = (note.onset_s + cell as f64 * CELL_S, note.onset_s + (cell + 2 * window) as f64 * CELL_S);
    let near_hz = DISTURBED_WITHIN / (window as f64 * CELL_S);
    let free: [bool; HARMONICS] = std::array::from_fn(|index| {
        let frequency_hz = (index + 1) as f64 * note.f0_hz;
        let is_near = |other: &&&Note| {
            let order = (frequency_hz / other.f0_hz).round().clamp(1.0, DISTURBING);
            (frequency_hz - order * other.f0_hz).abs() < near_hz
        };
        let sounds = |other: &&&Note| other.onset_s < to_s && other.offset_s + RINGING_S > from_s;
        !others.iter().filter(sounds).any(|other| is_near(&other))
    });
    free
}

/// Powers of a note's harmonics, one value per cell from the onset on.
struct Track<'a> {
    signal: &'a Signal,
    frequencies_hz: Powers,
    /// Radians per sample, and their cosines and sines.
    steps: Powers,
    turns: [[f32; HARMONICS]; 2],
    first: isize,
    cell: usize,
    /// Sums over cells, from half a window before the onset on.
    sums: Vec<[(f32, f32); HARMONICS]>,
    powers: Vec<Powers>,
    window: Vec<f32>,
}

impl<'a> Track<'a> {
    fn new(signal: &'a Signal, note: &Note, length: usize) -> Self {
        let cell = ((CELL_S * signal.rate_hz).round() as usize).max(1);
        let first = signal.index_at(note.onset_s) - (cell * length / 2) as isize;
        let hann = |n: usize| (0.5 - 0.5 * (TAU * (n as f64 + 0.5) / length as f64).cos()) as f32;
        let window = (0..length).map(hann).collect();
        let frequencies_hz: Powers = std::array::from_fn(|index| (index + 1) as f64 * note.f0_hz);
        let steps = frequencies_hz.map(|frequency_hz| TAU * frequency_hz / signal.rate_hz);
        let turns = [steps.map(|step| step.cos() as f32), steps.map(|step| step.sin() as f32)];
        Self { signal, frequencies_hz, steps, turns, first, cell, sums: Vec::new(), powers: Vec::new(), window }
    }

    fn powers(&self, cell: usize) -> Powers {
        self.powers.get(cell).copied().unwrap_or([0.0; HARMONICS])
    }

    /// What of each harmonic the onset brought, the strongest 1; nothing where most was there before.
    fn gained(&self, onset_s: f64, is_again: bool) -> Powers {
        let length_s = self.window.len() as f64 * CELL_S;
        // A Hann window's sum is half its length, and half of a real tone turns the other way.
        let scale = 0.25 * (self.window.len() * self.cell) as f64;
        let after = self.powers(RISING);
        let gained: Powers = std::array::from_fn(|index| {
            let before = scale * self.signal.amplitude_at(self.frequencies_hz[index], onset_s - length_s, length_s);
            if is_again || before * before < MOST_BEFORE * after[index] { after[index] } else { 0.0 }
        });
        let most = gained.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        gained.map(|power| power / most)
    }

    fn read_to(&mut self, cell: usize) {
        while self.powers.len() <= cell {
            for _ in 0..CHUNK {
                self.sums.push(self.sum(self.sums.len()));
            }
            while self.powers.len() + self.window.len() <= self.sums.len() {
                let cells = self.sums.get(self.powers.len()..self.powers.len() + self.window.len()).unwrap_or_default();
                let mut total = [(0.0_f32, 0.0_f32); HARMONICS];
                for (sums, weight) in cells.iter().zip(&self.window) {
                    for ((re, im), sum) in total.iter_mut().zip(sums) {
                        (*re, *im) = (*re + weight * sum.0, *im + weight * sum.1);
                    }
                }
                self.powers.push(total.map(|(re, im)| f64::from(re * re + im * im)));
            }
        }
    }

    /// The signal times a turning pointer of each harmonic, over one cell.
    fn sum(&self, cell: usize) -> [(f32, f32); HARMONICS] {
        let start = self.first + (cell * self.cell) as isize;
        let (missing, samples) = self.signal.slice(start, self.cell);
        // All harmonics side by side, which the compiler can do at once.
        let (mut c, mut s) = ([0.0_f32; HARMONICS], [0.0_f32; HARMONICS]);
        for ((c, s), step) in c.iter_mut().zip(&mut s).zip(self.steps) {
            // The phase counts from the first cell, so that cells add up.
            // Without whole turns: a division that rounds is a tenth of a remainder's time, and as good to 10^-9 rad in a minute.
            let angle = step * (cell * self.cell + missing) as f64;
            let (sine, cosine) = (angle - TAU * (angle / TAU).floor()).sin_cos();
            (*s, *c) = (sine as f32, cosine as f32);
        }
        let (mut re, mut im) = ([0.0_f32; HARMONICS], [0.0_f32; HARMONICS]);
        let [rc, rs] = self.turns;
        for sample in samples {
            for lane in 0..HARMONICS {
                re[lane] += sample * c[lane];
                im[lane] -= sample * s[lane];
                let (cosine, sine) = (c[lane], s[lane]);
                c[lane] = cosine * rc[lane] - sine * rs[lane];
                s[lane] = sine * rc[lane] + cosine * rs[lane];
            }
        }
        // Beyond the band there is nothing but what folds back.
        std::array::from_fn(|lane| if self.steps[lane] > 0.45 * TAU { (0.0, 0.0) } else { (re[lane], im[lane]) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Audio;

    fn note(onset_s: f64, offset_s: f64, midi: u8, f0_hz: f64) -> Note {
        Note { onset_s, offset_s, midi, f0_hz, level_db: 0.0 }
    }

    /// Notes of four harmonics, each damped at its end with 25 ms; what is found where their ends are not known.
    fn ends_s(notes: &[Note]) -> Vec<f64> {
        let samples = (0..3 * 22_050).map(|n| {
            let time_s = f64::from(n) / 22_050.0;
            let tone = |note: &Note| {
                let since_s = time_s - note.onset_s;
                let damped = (-(time_s - note.offset_s).max(0.0) / 0.025 - since_s).exp();
                let sum: f64 = (1..=4).map(|k| (TAU * f64::from(k) * note.f0_hz * since_s).sin() / f64::from(k)).sum();
                if since_s < 0.0 { 0.0 } else { 0.2 * damped * sum }
            };
            notes.iter().map(tone).sum::<f64>() as f32
        });
        let signal = Signal::of(&Audio { samples: samples.collect(), sample_rate: 22_050 }).unwrap();
        let mut found: Vec<Note> = notes.iter().map(|note| Note { offset_s: 2.5, ..note.clone() }).collect();
        refine(&signal, &mut found, &TranscriptionSettings::default());
        found.iter().map(|note| note.offset_s).collect()
    }

    #[test]
    fn a_release_is_found_to_thirty_milliseconds_alone_under_others_and_before_the_next_strike() {
        let alone = [note(0.2, 0.9, 57, 220.0)];
        let under = [note(0.2, 2.0, 45, 110.3), note(0.5, 1.1, 61, 277.2)];
        let again = [note(0.2, 0.45, 57, 220.0), note(0.5, 1.2, 57, 220.0)];
        for notes in [&alone[..], &under[..], &again[..]] {
            for (found_s, note) in ends_s(notes).into_iter().zip(notes) {
                assert!((found_s - note.offset_s).abs() < 0.03, "{found_s} for {note:?}");
            }
        }
    }
}
