//! Where corrections do harm, and what to record next.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::Assessment;
use crate::dynamics::{DYNAMICS, index_of};
use crate::evaluation::summary::REGISTERS;
use crate::evaluation::{CarryOver, Errors, NoteComparison};
use crate::note_name::note_name;
use crate::targets::TrainingSet;

/// Ratio of the errors with and without corrections above which they do harm. Repeated trainings
/// scatter by less.
const HARM_RATIO: f64 = 1.03;
/// Least increase of the error that counts, dB.
const HARM_DB: f64 = 0.1;
/// Fewest levels that show harm: those of one note.
const MIN_LEVELS: usize = 7;
/// Most keys that a line names.
const NAMED_KEYS: usize = 3;

/// Recorded dynamics of each key, as indices of [`DYNAMICS`].
type Recorded = BTreeMap<u8, BTreeSet<usize>>;

/// Returns a warning for each dynamic and each register in which corrections make levels worse than
/// uncorrected, with what to record against it.
#[must_use]
pub fn harm_warnings(set: &TrainingSet, assessment: &Assessment) -> Vec<String> {
    let recorded = recorded(set);
    let dynamics = DYNAMICS.iter().enumerate().filter_map(|(index, dynamic)| {
        let (before, after) = harm(&assessment.other_dynamics, |note| dynamic.range.contains(&note.velocity))?;
        let keys = without_dynamic(&recorded, index);
        let keys = if keys.is_empty() { "it on more keys".to_owned() } else { format!("it on {}", named(&keys)) };
        Some(format!(
            "corrections make levels worse at the dynamic {} of keys that were not recorded at it: {before:.2} dB \
             without, {after:.2} dB with; record {keys}",
            dynamic.label()
        ))
    });
    let registers = REGISTERS.iter().filter_map(|(name, keys)| {
        let (before, after) = harm(&assessment.other_keys, |note| keys.contains(&note.midi))?;
        let what = widest_gap(&recorded, keys).map_or_else(|| "more keys there".to_owned(), |gap| gap.to_string());
        Some(format!(
            "corrections make levels worse on keys that were not recorded, MIDI {name}: {before:.2} dB without, \
             {after:.2} dB with; record {what}"
        ))
    });
    dynamics.chain(registers).collect()
}

/// Returns what to record next, to correct more of the keyboard: a key in the widest gap, and the
/// recorded dynamic that the fewest keys lack. `None` if neither exists.
#[must_use]
pub fn record_next(set: &TrainingSet) -> Option<String> {
    let recorded = recorded(set);
    let gap = widest_gap(&recorded, &(0..=127)).map(|gap| gap.to_string());
    let dynamics: BTreeSet<usize> = recorded.values().flatten().copied().collect();
    let lacking = dynamics.iter().map(|index| (index, without_dynamic(&recorded, *index)));
    let nearly_whole = lacking.filter(|(_, keys)| !keys.is_empty()).min_by_key(|(_, keys)| keys.len());
    let dynamic = match nearly_whole {
        Some((index, keys)) => Some(format!("the dynamic {} on {}", DYNAMICS[*index].label(), named(&keys))),
        None => (dynamics.len() == 1).then(|| "a second dynamic".to_owned()),
    };
    let other_keys = (recorded.len() == 1).then(|| "other keys".to_owned());
    let parts: Vec<String> = other_keys.into_iter().chain(gap).chain(dynamic).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Gap between two recorded keys.
struct Gap {
    below: u8,
    above: u8,
}

impl std::fmt::Display for Gap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [middle, below, above] = [self.below.midpoint(self.above), self.below, self.above].map(note_name);
        write!(f, "{middle}, between {below} and {above}")
    }
}

fn recorded(set: &TrainingSet) -> Recorded {
    let mut keys = Recorded::new();
    for row in set.rows.iter().filter(|row| row.weight > 0.0) {
        keys.entry(row.midi).or_default().insert(index_of(row.velocity));
    }
    keys
}

/// Returns the errors of the levels without and with corrections, if they do harm to the notes that
/// `belongs` selects.
fn harm(notes: &CarryOver, belongs: impl Fn(&NoteComparison) -> bool) -> Option<(f64, f64)> {
    let [before, after] = [&notes.uncorrected, &notes.corrected]
        .map(|notes| Errors::mean(&notes.iter().filter(|note| belongs(note)).copied().collect::<Vec<_>>()));
    let is_harm = after.level_db > HARM_RATIO * before.level_db && after.level_db > before.level_db + HARM_DB;
    (before.levels >= MIN_LEVELS && is_harm).then_some((before.level_db, after.level_db))
}

fn without_dynamic(recorded: &Recorded, dynamic: usize) -> Vec<u8> {
    recorded.iter().filter(|(_, dynamics)| !dynamics.contains(&dynamic)).map(|(midi, _)| *midi).collect()
}

/// Returns the widest gap whose middle is one of `keys`, if a key lies in it.
fn widest_gap(recorded: &Recorded, keys: &RangeInclusive<u8>) -> Option<Gap> {
    let midi: Vec<u8> = recorded.keys().copied().collect();
    let gaps = midi.windows(2).map(|pair| Gap { below: pair[0], above: pair[1] });
    gaps.filter(|gap| gap.above - gap.below > 1 && keys.contains(&gap.below.midpoint(gap.above)))
        .max_by_key(|gap| gap.above - gap.below)
}

/// Names keys; of many, the first few and the number of the others.
fn named(keys: &[u8]) -> String {
    let first = keys.iter().take(NAMED_KEYS).map(|midi| note_name(*midi)).collect::<Vec<_>>().join(", ");
    match keys.len().saturating_sub(NAMED_KEYS) {
        0 => first,
        others => format!("{first} and {others} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::NoteErrors;
    use crate::targets::Row;

    fn set(notes: &[(u8, u8)]) -> TrainingSet {
        TrainingSet { rows: notes.iter().map(|(midi, velocity)| Row::identity(*midi, *velocity)).collect() }
    }

    /// One note whose levels are all off by `before`, and by `after` with corrections.
    fn judged(midi: u8, velocity: u8, before: f64, after: f64) -> CarryOver {
        let note = |error: f64| {
            let mut errors = NoteErrors::default();
            errors.level_db[1..].fill(Some(error));
            vec![NoteComparison { midi, velocity, errors }]
        };
        CarryOver { uncorrected: note(before), corrected: note(after) }
    }

    #[test]
    fn names_the_widest_gap_and_a_nearly_complete_dynamic() {
        let notes = [(40, 20), (40, 52), (40, 78), (40, 109), (45, 52), (45, 78), (45, 109), (57, 52), (57, 78)];
        assert_eq!(record_next(&set(&notes)).as_deref(), Some("D#3, between A2 and A3; the dynamic ff 104-119 on A3"));
        let whole: Vec<(u8, u8)> =
            (60..64).flat_map(|midi| [20, 52, 78, 109].map(|velocity| (midi, velocity))).collect();
        assert_eq!(record_next(&set(&whole)), None);
        assert_eq!(record_next(&set(&[(60, 52), (61, 52)])).as_deref(), Some("a second dynamic"));
        assert_eq!(record_next(&set(&[(60, 52)])).as_deref(), Some("other keys; a second dynamic"));
        assert_eq!(record_next(&set(&[])), None);
    }

    #[test]
    fn names_where_corrections_do_harm() {
        let notes = set(&[(40, 52), (45, 52), (45, 109), (52, 52), (55, 52)]);
        let warnings = |other_dynamics, other_keys| {
            harm_warnings(&notes, &Assessment { other_dynamics, other_keys, ..Assessment::default() })
        };
        assert_eq!(
            warnings(judged(45, 109, 4.0, 4.5), judged(40, 52, 4.0, 4.5)),
            [
                "corrections make levels worse at the dynamic ff 104-119 of keys that were not recorded at it: 4.00 dB \
                 without, 4.50 dB with; record it on E2, E3, G3",
                "corrections make levels worse on keys that were not recorded, MIDI below 48: 4.00 dB without, 4.50 dB \
                 with; record F#2, between E2 and A2"
            ]
        );
        // No harm, and harm within the scatter of trainings.
        assert!(warnings(judged(45, 109, 4.0, 3.0), judged(40, 52, 4.0, 4.1)).is_empty());
    }
}
