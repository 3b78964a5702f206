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
    /// Its ranges, from the lowest up.
    pub(super) ranges: Vec<Range>,
}

impl Choice {
    /// Finds the condition that tells most ranges apart.
    pub(super) fn find(samples: &Samples) -> Option<Self> {
        let names: BTreeSet<&String> = samples.values().flat_map(|sample| sample.ranges.keys()).collect();
        let choices = names.into_iter().filter_map(|name| {
            let ranges = ranges_apart(samples, name);
            (ranges.len() > 1).then(|| Self { name: name.clone(), ranges: ranges.into_iter().collect() })
        });
        choices.max_by_key(|choice| choice.ranges.len())
    }

    /// Returns true for a controller, by which some packs are played soft and loud.
    pub(super) fn may_be_dynamics(&self) -> bool {
        self.name.starts_with("cc")
    }

    /// Returns the index of a sample among the ranges.
    pub(super) fn index_of(&self, sample: &Sample) -> Option<usize> {
        let range = sample.ranges.get(&self.name)?;
        self.ranges.iter().position(|known| known == range)
    }

    /// Keeps the recordings of the lowest range, and those that it has no part in.
    pub(super) fn keep_lowest(&self, path: &Path, samples: &mut Samples) -> ImportWarning {
        let before = samples.len();
        samples.retain(|_, sample| self.index_of(sample).is_none_or(|index| index == 0));
        let mut ranges = self.ranges.iter().map(|range| format!("{} = {}", self.shown(), shown(range)));
        ImportWarning::Articulations {
            path: path.into(),
            imported: ranges.next().unwrap_or_default(),
            others: ranges.collect::<Vec<_>>().join(", "),
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

/// Returns the ranges of a condition in which different recordings answer one key and velocity.
fn ranges_apart(samples: &Samples, name: &str) -> BTreeSet<Range> {
    let mut of_key: BTreeMap<i16, BTreeSet<Answer>> = BTreeMap::new();
    for sample in samples.values() {
        let Some(range) = sample.ranges.get(name) else { continue };
        for midi in &sample.midi {
            of_key.entry(*midi).or_default().extend(sample.layers.iter().map(|layer| (*range, *layer)));
        }
    }
    let mut apart = BTreeSet::new();
    for answers in of_key.values() {
        for (a, a_layer) in answers {
            for (b, b_layer) in answers.iter().filter(|(b, _)| a.1 <= b.0 && a != b) {
                if overlap(*a_layer, *b_layer) {
                    apart.extend([*a, *b]);
                }
            }
        }
    }
    apart
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
