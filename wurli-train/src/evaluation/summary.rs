//! Mean errors over many notes with bootstrap confidence intervals.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::NoteComparison;
use crate::comparison::NoteErrors;
use crate::dynamics::DYNAMICS;
use crate::measure::HARMONICS;
use crate::random::Random;

/// Bootstrap resamplings per interval. The ends of an interval scatter by a fortieth of its length.
const RESAMPLINGS: usize = 1000;
/// Confidence level of the intervals.
const CONFIDENCE: f64 = 0.95;
const SEED: u64 = 9;

/// Registers by key, MIDI.
pub const REGISTERS: [(&str, RangeInclusive<u8>); 3] = [("below 48", 0..=47), ("48-66", 48..=66), ("67 up", 67..=127)];

/// A mean of absolute errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// Mean, 0 without errors.
    pub value: f64,
    /// Interval that contains 95 % of bootstrap resamplings of the notes (Efron 1979).
    pub interval: (f64, f64),
    /// Number of errors.
    pub count: usize,
}

/// Mean absolute errors of notes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Means {
    /// Levels of H2–H8, dB.
    pub level_db: Mean,
    /// Binary logarithms of the decays' ratios, H1–H8.
    pub decay_log2: Mean,
    /// Frequencies, H1–H8, cents.
    pub frequency_cents: Mean,
}

/// Mean errors of notes, in total and by harmonic, register and dynamic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Notes that were compared.
    pub notes: usize,
    /// All notes.
    pub all: Means,
    /// Means per harmonic, H1–H8.
    pub per_harmonic: [Means; HARMONICS],
    /// Means per register, see [`REGISTERS`].
    pub per_register: [Means; REGISTERS.len()],
    /// Means per dynamic, see [`DYNAMICS`].
    pub per_dynamic: [Means; DYNAMICS.len()],
}

impl Summary {
    /// Summarises the errors of `notes`.
    #[must_use]
    pub fn from_notes(notes: &[NoteComparison]) -> Self {
        let all = |_: &NoteComparison| true;
        Self {
            notes: notes.len(),
            all: means(notes, 0..HARMONICS, all),
            per_harmonic: std::array::from_fn(|i| means(notes, i..i + 1, all)),
            per_register: REGISTERS.map(|(_, keys)| means(notes, 0..HARMONICS, |note| keys.contains(&note.midi))),
            per_dynamic: DYNAMICS
                .map(|dynamic| means(notes, 0..HARMONICS, |note| dynamic.range.contains(&note.velocity))),
        }
    }
}

fn means(
    notes: &[NoteComparison],
    harmonics: std::ops::Range<usize>,
    belongs: impl Fn(&NoteComparison) -> bool,
) -> Means {
    let mean = |quantity: fn(&NoteErrors) -> &[Option<f64>; HARMONICS]| {
        let per_note = notes.iter().filter(|note| belongs(note)).map(|note| {
            let errors = quantity(&note.errors)[harmonics.clone()].iter().flatten();
            errors.fold((0.0, 0), |(sum, count), error| (sum + error.abs(), count + 1))
        });
        Mean::from_sums(&per_note.filter(|(_, count)| *count > 0).collect::<Vec<_>>())
    };
    Means {
        level_db: mean(|errors| &errors.level_db),
        decay_log2: mean(|errors| &errors.decay_log2),
        frequency_cents: mean(|errors| &errors.frequency_cents),
    }
}

impl Mean {
    /// Averages notes, each given as the sum of its absolute errors and their number.
    fn from_sums(notes: &[(f64, usize)]) -> Self {
        let mean = |notes: &mut dyn Iterator<Item = &(f64, usize)>| {
            let (sum, count) = notes.fold((0.0, 0), |(sum, count), note| (sum + note.0, count + note.1));
            if count == 0 { 0.0 } else { sum / count as f64 }
        };
        let mut random = Random(SEED);
        let mut resampled: Vec<f64> = (0..if notes.is_empty() { 0 } else { RESAMPLINGS })
            .map(|_| mean(&mut (0..notes.len()).map(|_| &notes[random.index(notes.len())])))
            .collect();
        resampled.sort_by(f64::total_cmp);
        let quantile = |fraction: f64| {
            let index = (fraction * resampled.len().saturating_sub(1) as f64).round() as usize;
            resampled.get(index).copied().unwrap_or(0.0)
        };
        Self {
            value: mean(&mut notes.iter()),
            interval: (quantile(0.5 - CONFIDENCE / 2.0), quantile(0.5 + CONFIDENCE / 2.0)),
            count: notes.iter().map(|(_, count)| count).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(midi: u8, velocity: u8, level_db: f64) -> NoteComparison {
        let mut errors = NoteErrors::default();
        errors.level_db[1] = Some(level_db);
        errors.level_db[2] = Some(-level_db);
        NoteComparison { midi, velocity, errors }
    }

    #[test]
    fn divides_notes_by_harmonic_register_and_dynamic() {
        let notes = [note(40, 20, 1.0), note(60, 60, -2.0), note(80, 127, 6.0)];
        let summary = Summary::from_notes(&notes);
        let level = |means: &Means| (means.level_db.value, means.level_db.count);
        assert_eq!(level(&summary.all), (3.0, 6));
        assert_eq!(summary.per_harmonic.each_ref().map(level)[..4], [(0.0, 0), (3.0, 3), (3.0, 3), (0.0, 0)]);
        assert_eq!(summary.per_register.each_ref().map(level), [(1.0, 2), (2.0, 2), (6.0, 2)]);
        let none = (0.0, 0);
        let per_dynamic = [(1.0, 2), none, none, (2.0, 2), none, none, none, (6.0, 2)];
        assert_eq!(summary.per_dynamic.each_ref().map(level), per_dynamic);
        assert_eq!(summary.all.decay_log2, Mean::default());
    }

    #[test]
    fn interval_width_follows_the_scatter() {
        let same = Mean::from_sums(&[(2.0, 1); 30]);
        assert_eq!(same.interval, (2.0, 2.0));
        // 400 notes that are 0 or 2: the mean scatters by 1/20, 95 % of it within 0.098.
        let scattered: Vec<(f64, usize)> = (0..400).map(|i| (f64::from(i % 2) * 2.0, 1)).collect();
        let mean = Mean::from_sums(&scattered);
        assert_eq!(mean.value, 1.0);
        for end in [1.0 - mean.interval.0, mean.interval.1 - 1.0] {
            assert!((end - 0.098).abs() < 0.02, "{mean:?}");
        }
    }
}
