//! Recordings of one key and velocity, of which a controller or another key chooses one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::conditions::Range;
use super::samples::{Sample, Samples};
use crate::import::left_out::LeftOut;
use crate::import::warning::ImportWarning;

/// A controller, or another condition, that chooses among the recordings of a key.
pub(super) struct Choice {
    /// Name of the condition: `cc1`, `bend`, `sw_down`.
    name: String,
    /// Ranges of the key that has most, from the lowest up.
    pub(super) ranges: Vec<Range>,
    /// Ranges of each key, from the lowest up.
    of_key: BTreeMap<i16, Vec<Range>>,
}

impl Choice {
    /// Finds the condition that tells most ranges of a key apart.
    pub(super) fn find(samples: &Samples) -> Option<Self> {
        let names: BTreeSet<&String> = samples.values().flat_map(|sample| sample.ranges.keys()).collect();
        let choices = names.into_iter().filter_map(|name| {
            let of_key = ranges_apart(samples, name);
            // The lowest of the keys with most.
            let ranges = of_key.values().rev().max_by_key(|ranges| ranges.len())?.clone();
            Some(Self { name: name.clone(), ranges, of_key })
        });
        choices.max_by_key(|choice| choice.ranges.len())
    }

    /// Returns true for a controller, by which some packs are played soft and loud.
    pub(super) fn may_be_dynamics(&self) -> bool {
        self.name.starts_with("cc")
    }

    /// Returns the index of a sample among the ranges of its key. On a key with fewer ranges than
    /// others have, it is that of the same range there.
    pub(super) fn index_of(&self, sample: &Sample) -> Option<usize> {
        let range = sample.ranges.get(&self.name)?;
        let own = sample.midi.iter().filter_map(|midi| self.of_key.get(midi));
        let mut complete = own.chain(self.of_key.values()).filter(|ranges| ranges.len() == self.ranges.len());
        complete.find_map(|ranges| ranges.iter().position(|known| known == range))
    }

    /// Keeps, of recordings of one key and velocity, those of the lowest range.
    pub(super) fn keep_lowest(&self, path: &Path, samples: &mut Samples) -> ImportWarning {
        let before = samples.len();
        let mut by_range: Vec<_> =
            samples.iter().filter_map(|(part, sample)| Some((*sample.ranges.get(&self.name)?, part.clone()))).collect();
        by_range.sort();
        let mut kept: BTreeMap<i16, BTreeSet<Answer>> = BTreeMap::new();
        let (mut imported, mut others) = (BTreeSet::new(), BTreeSet::new());
        for (range, part) in by_range {
            let Some(sample) = samples.get(&part) else { continue };
            let answers: Vec<Answer> = sample.layers.iter().map(|layer| (range, *layer)).collect();
            let of_keys = sample.midi.iter().filter_map(|midi| kept.get(midi)).flatten();
            let lower: Vec<Range> = of_keys
                .filter(|lower| answers.iter().any(|answer| are_apart(lower, answer)))
                .map(|(range, _)| *range)
                .collect();
            if lower.is_empty() {
                for midi in &sample.midi {
                    kept.entry(*midi).or_default().extend(&answers);
                }
            } else {
                imported.extend(lower);
                others.insert(range);
                samples.remove(&part);
            }
        }
        let list = |ranges: BTreeSet<Range>| {
            let ranges: Vec<String> =
                ranges.iter().map(|range| format!("{} = {}", self.shown(), shown(range))).collect();
            ranges.join(", ")
        };
        ImportWarning::Articulations {
            path: path.into(),
            imported: list(imported),
            others: list(others),
            left_out: LeftOut::recordings(before - samples.len()),
        }
    }

    /// Keeps the recordings of its ranges.
    pub(super) fn keep_ranges(&self, samples: &mut Samples, warnings: &mut Vec<ImportWarning>) {
        samples.retain(|(path, _), sample| {
            let kept = self.index_of(sample).is_some();
            if !kept {
                let why = format!("{} does not choose it, and --layers names those that it chooses", self.shown());
                warnings.push(ImportWarning::File { path: path.clone(), why });
            }
            kept
        });
    }

    /// Returns why its ranges are no dynamics, and the fix.
    pub(super) fn not_dynamics(&self) -> String {
        let ranges: Vec<String> = self.ranges.iter().map(shown).collect();
        format!(
            "{} chooses among recordings of a key ({}), and nothing says how hard each was struck; give --layers p,f, one \
             dynamic for each of its ranges from low to high, or --velocity if all were struck alike",
            self.shown(),
            ranges.join(", ")
        )
    }

    fn shown(&self) -> String {
        self.name.strip_prefix("cc").map_or_else(|| self.name.clone(), |number| format!("controller {number}"))
    }
}

fn shown((low, high): &Range) -> String {
    match (*low, *high) {
        (low, high) if low == high => low.to_string(),
        (low, i32::MAX) => format!("{low} up"),
        (i32::MIN, high) => format!("up to {high}"),
        (low, high) => format!("{low}-{high}"),
    }
}

/// Range of a condition, and velocities.
type Answer = (Range, (u8, u8));

/// Returns the ranges of a condition in which different recordings answer one key and velocity, for
/// each key that has such recordings.
fn ranges_apart(samples: &Samples, name: &str) -> BTreeMap<i16, Vec<Range>> {
    let mut of_key: BTreeMap<i16, BTreeSet<Answer>> = BTreeMap::new();
    for sample in samples.values() {
        let Some(range) = sample.ranges.get(name) else { continue };
        for midi in &sample.midi {
            of_key.entry(*midi).or_default().extend(sample.layers.iter().map(|layer| (*range, *layer)));
        }
    }
    let apart = of_key.into_iter().map(|(midi, answers)| {
        let has_other = |answer: &&Answer| answers.iter().any(|other| are_apart(answer, other));
        let ranges: BTreeSet<Range> = answers.iter().filter(has_other).map(|(range, _)| *range).collect();
        (midi, ranges.into_iter().collect::<Vec<_>>())
    });
    apart.filter(|(_, ranges)| !ranges.is_empty()).collect()
}

/// Returns true for answers to the same velocities in ranges that at most touch.
fn are_apart((a, a_layer): &Answer, (b, b_layer): &Answer) -> bool {
    a != b && (a.1 <= b.0 || b.1 <= a.0) && overlap(*a_layer, *b_layer)
}

fn overlap(a: (u8, u8), b: (u8, u8)) -> bool {
    a.0 <= b.1 && b.0 <= a.1
}

/// Leaves out recordings that sound under a condition alone, where another one answers the same key
/// and velocities without it. `remedy` tells how to import them.
pub(super) fn leave_out(samples: &mut Samples, remedy: &str, warnings: &mut Vec<ImportWarning>) {
    let usual: Vec<(i16, (u8, u8))> = samples
        .values()
        .filter(|sample| !sample.conditional)
        .flat_map(|sample| sample.midi.iter().flat_map(|midi| sample.layers.iter().map(|layer| (*midi, *layer))))
        .collect();
    samples.retain(|(path, _), sample| {
        let answered =
            |layer: &(u8, u8)| usual.iter().any(|(midi, other)| sample.midi.contains(midi) && overlap(*layer, *other));
        let alternative = sample.conditional && sample.layers.iter().all(answered);
        if alternative {
            let why = format!(
                "it sounds only under a condition (a controller or another key); its note is imported from a recording \
                 without one{remedy}"
            );
            warnings.push(ImportWarning::File { path: path.clone(), why });
        }
        !alternative
    });
}
