//! Ends of notes to some milliseconds, refined when all notes are known, on harmonics that no other
//! note disturbs.
//!
//! A release is a fall of most harmonics that lasts: see [`HarmonicTrack`] for how their powers are
//! read.

use std::ops::Range;

use super::TrackedNote;
use super::harmonic_track::{CELL_S, HARMONICS, HarmonicTrack, Powers, RISING};
use super::settings::TranscriptionSettings;
use super::signal::Signal;
use crate::dsp::db_to_power;

/// Cells in a window. 70 ms are four periods of A1. 140 ms separate harmonics that the shorter
/// window blurs. The earlier end counts.
const WINDOWS: [usize; 2] = [14, 28];
/// Fall that makes a release, dB.
const FALL_DB: f64 = 13.0;
/// Fall that makes a release where the key is struck again too soon to see whether the fall lasts,
/// dB.
const FALL_BEFORE_STRIKE_DB: f64 = 4.0;
/// Level, below that before the release, at the moment when the damper falls, dB: half of the
/// window is then damped.
const AT_RELEASE_DB: f64 = 3.5;
/// Delay of the moment found, seconds: the damper and the window take time.
const DELAY_S: f64 = 0.010;
/// Least power of a harmonic that votes, relative to the strongest.
const AUDIBLE: f64 = 0.003;
/// Vote of a harmonic that another note disturbs; an undisturbed one has 1.
const DISTURBED_VOTE: f64 = 0.3;
/// Fraction of the votes that makes a release.
const MAJORITY: f64 = 0.6;
/// Distance at which another note's harmonic disturbs, in reciprocals of the window's length.
const DISTURBED_WITHIN: f64 = 1.6;
/// Highest harmonic of another note that may disturb.
const DISTURBING: f64 = 12.0;
/// Time for which another note still disturbs after its end, seconds.
const RINGING_S: f64 = 0.1;
/// Longest time for which a note is followed, seconds: A1 falls by 40 dB in 31 s.
pub(super) const LONGEST_S: f64 = 60.0;

/// Refines the ends of all notes, which are sorted by onset.
pub(super) fn refine(signal: &Signal, notes: &mut [TrackedNote], settings: &TranscriptionSettings) {
    let before: Vec<TrackedNote> = notes.to_vec();
    for (index, note) in notes.iter_mut().enumerate() {
        note.offset_s = released_s(signal, &before, index, settings);
    }
}

/// Returns the end of one of the notes, which are sorted by onset.
///
/// Only notes less than [`LONGEST_S`] before and after it are read: a long recording costs no more
/// per note.
pub(super) fn released_s(
    signal: &Signal,
    notes: &[TrackedNote],
    index: usize,
    settings: &TranscriptionSettings,
) -> f64 {
    let Some(note) = notes.get(index) else { return 0.0 };
    let neighbours = Neighbours::new(signal, notes, index, note);
    let ends_s = WINDOWS.map(|window| ReleaseSearch::new(signal, note, &neighbours, window, settings).end_s());
    ends_s.into_iter().fold(f64::INFINITY, f64::min)
}

/// Notes near a note in time.
struct Neighbours<'a> {
    /// Next strike of the same key, s.
    next_s: Option<f64>,
    /// `true` if the same key sounded until shortly before.
    restruck: bool,
    /// Notes of other keys that may disturb.
    others: Vec<&'a TrackedNote>,
}

impl<'a> Neighbours<'a> {
    fn new(signal: &Signal, notes: &'a [TrackedNote], index: usize, note: &TrackedNote) -> Self {
        let (earlier, later) = (notes.get(..index).unwrap_or_default(), notes.get(index + 1..).unwrap_or_default());
        let next_s = later
            .iter()
            .take_while(|n| n.onset_s < note.onset_s + LONGEST_S)
            .find(|n| n.midi == note.midi && n.onset_s > note.onset_s + 0.02)
            .map(|n| n.onset_s);
        let last_s = next_s.unwrap_or(signal.duration_s());
        let from = notes.partition_point(|other| other.onset_s < note.onset_s - LONGEST_S);
        let others = notes
            .iter()
            .enumerate()
            .skip(from)
            .take_while(|(_, other)| other.onset_s < last_s.min(note.onset_s + LONGEST_S))
            .filter(|(at, other)| *at != index && other.midi != note.midi && other.offset_s + RINGING_S > note.onset_s)
            .map(|(_, other)| other)
            .collect();
        let restruck = earlier
            .iter()
            .rev()
            .take_while(|n| n.onset_s > note.onset_s - LONGEST_S)
            .any(|n| n.midi == note.midi && n.offset_s + RINGING_S > note.onset_s);
        Self { next_s, restruck, others }
    }

    /// Returns, for each harmonic of `note`, `true` if no other note disturbs it at a cell and
    /// shortly after.
    fn undisturbed(&self, note: &TrackedNote, cell: usize, window: usize) -> [bool; HARMONICS] {
        let (from_s, to_s) = (note.onset_s + cell as f64 * CELL_S, note.onset_s + (cell + 2 * window) as f64 * CELL_S);
        let near_hz = DISTURBED_WITHIN / (window as f64 * CELL_S);
        let sounds = |other: &TrackedNote| other.onset_s < to_s && other.offset_s + RINGING_S > from_s;
        let is_near = |other: &TrackedNote, frequency_hz: f64| {
            let order = (frequency_hz / other.f0_hz).round().clamp(1.0, DISTURBING);
            (frequency_hz - order * other.f0_hz).abs() < near_hz
        };
        std::array::from_fn(|index| {
            let frequency_hz = (index + 1) as f64 * note.f0_hz;
            !self.others.iter().any(|other| sounds(other) && is_near(other, frequency_hz))
        })
    }
}

/// Cells after a possible release, and how far harmonics must have fallen there.
struct Observation {
    cells: Range<usize>,
    fall_db: f64,
}

/// Search for the end of a note through one window.
struct ReleaseSearch<'a> {
    note: &'a TrackedNote,
    neighbours: &'a Neighbours<'a>,
    track: HarmonicTrack<'a>,
    /// Length of the window, cells.
    window: usize,
    /// Latest end: the next strike of the key, the end of the recording, or [`LONGEST_S`].
    limit_s: f64,
    /// Latest end, cells after the onset.
    limit: usize,
    /// Least power, relative to the peak, at which a note still sounds.
    least: f64,
}

impl<'a> ReleaseSearch<'a> {
    fn new(
        signal: &'a Signal,
        note: &'a TrackedNote,
        neighbours: &'a Neighbours<'a>,
        window: usize,
        settings: &TranscriptionSettings,
    ) -> Self {
        let limit_s = neighbours.next_s.unwrap_or(signal.duration_s()).min(note.onset_s + LONGEST_S);
        let limit = ((limit_s - note.onset_s) / CELL_S) as usize;
        let least = db_to_power(-settings.end_below_peak_db);
        Self { note, neighbours, track: HarmonicTrack::new(signal, note, window), window, limit_s, limit, least }
    }

    /// Returns the time at which the note has died away or a damper falls; at the latest, the
    /// limit.
    fn end_s(mut self) -> f64 {
        self.track.read_to(RISING);
        let gained = self.track.gained(self.note.onset_s, self.neighbours.restruck);
        let mut peak = 0.0_f64;
        for cell in 0..self.limit {
            self.track.read_to(cell + 2 * self.window + 1);
            let total: f64 = self.track.powers(cell).iter().sum();
            peak = peak.max(total);
            if cell < RISING {
                continue;
            }
            if total < self.least * peak {
                return self.note.onset_s + cell as f64 * CELL_S;
            }
            let Some(observation) = self.observation(cell) else { continue };
            if let Some(falling) = self.released(cell, &observation, &gained, peak) {
                return self.damper_s(cell, falling);
            }
        }
        self.limit_s
    }

    /// Cells in which a release at `cell` would show; `None` where there is none.
    ///
    /// From a window's length after the release on, levels must have fallen and stay low. A strike
    /// of the same key cuts that short: then the last cell before it decides.
    fn observation(&self, cell: usize) -> Option<Observation> {
        let full_end = cell + 2 * self.window;
        let end = full_end.min(self.limit.saturating_sub(self.window / 2));
        let observation = if end == full_end {
            Observation { cells: cell + self.window + 1..end, fall_db: FALL_DB }
        } else {
            self.neighbours.next_s?;
            Observation { cells: end.saturating_sub(1)..end, fall_db: FALL_BEFORE_STRIKE_DB }
        };
        (observation.cells.start > cell).then_some(observation)
    }

    /// Returns the harmonics that fall after `cell` if they have the majority of the votes.
    fn released(
        &self,
        cell: usize,
        observation: &Observation,
        gained: &Powers,
        peak: f64,
    ) -> Option<[bool; HARMONICS]> {
        let undisturbed = self.neighbours.undisturbed(self.note, cell, self.window);
        let now = self.track.powers(cell);
        let strongest = now.iter().copied().fold(0.0, f64::max);
        let fallen = db_to_power(-observation.fall_db);
        let (mut for_release, mut against) = (0.0, 0.0);
        let mut falling = [false; HARMONICS];
        for index in 0..HARMONICS {
            if now[index] < AUDIBLE * strongest || now[index] < self.least * peak {
                continue;
            }
            let vote = gained[index].sqrt() * if undisturbed[index] { 1.0 } else { DISTURBED_VOTE };
            falling[index] = observation.cells.clone().all(|at| self.track.powers(at)[index] < fallen * now[index]);
            if falling[index] { for_release += vote } else { against += vote }
        }
        (for_release > MAJORITY * (for_release + against)).then_some(falling)
    }

    /// Time of the damper's fall after `cell`, from the power of the harmonics that fall.
    fn damper_s(&self, cell: usize, falling: [bool; HARMONICS]) -> f64 {
        let power = |cell: usize| -> f64 {
            self.track.powers(cell).iter().zip(falling).filter(|(_, falls)| *falls).map(|(power, _)| power).sum()
        };
        let target = power(cell) * db_to_power(-AT_RELEASE_DB);
        let at = (cell..cell + 2 * self.window).find(|at| power(*at) < target).unwrap_or(cell);
        (self.note.onset_s + at as f64 * CELL_S - DELAY_S).clamp(self.note.onset_s, self.limit_s)
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;
    use crate::audio::Audio;

    fn note(onset_s: f64, offset_s: f64, midi: u8, f0_hz: f64) -> TrackedNote {
        TrackedNote { onset_s, offset_s, midi, f0_hz, level_db: 0.0 }
    }

    /// Ends found for notes of four harmonics, each damped at its end with a time constant of 25
    /// ms.
    fn ends_s(notes: &[TrackedNote]) -> Vec<f64> {
        let samples = (0..3 * 22_050).map(|n| {
            let time_s = f64::from(n) / 22_050.0;
            let tone = |note: &TrackedNote| {
                let since_s = time_s - note.onset_s;
                let damped = (-(time_s - note.offset_s).max(0.0) / 0.025 - since_s).exp();
                let sum: f64 = (1..=4).map(|k| (TAU * f64::from(k) * note.f0_hz * since_s).sin() / f64::from(k)).sum();
                if since_s < 0.0 { 0.0 } else { 0.2 * damped * sum }
            };
            notes.iter().map(tone).sum::<f64>() as f32
        });
        let signal = Signal::from_audio(&Audio { samples: samples.collect(), sample_rate: 22_050 }).unwrap();
        let mut found: Vec<TrackedNote> =
            notes.iter().map(|note| TrackedNote { offset_s: 2.5, ..note.clone() }).collect();
        refine(&signal, &mut found, &TranscriptionSettings::default());
        found.iter().map(|note| note.offset_s).collect()
    }

    #[test]
    fn finds_releases_to_thirty_milliseconds() {
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
