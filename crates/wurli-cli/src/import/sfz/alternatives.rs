//! Recordings of one key and velocity, of which a controller or another key chooses one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::conditions::Range;
use super::samples::{Sample, Samples};
use crate::import::left_out::LeftOut;
use crate::import::warning::ImportWarning;

/// A controller that chooses among the recordings of a key.
pub(super) struct ControllerLayers {
    /// Number of the controller.
    pub(super) number: String,
    /// Its ranges, from the lowest up.
    pub(super) ranges: Vec<Range>,
}

impl ControllerLayers {
    /// Finds the controller that tells most ranges apart.
    pub(super) fn find(samples: &Samples) -> Option<Self> {
        let numbers: BTreeSet<&String> = samples.values().flat_map(|sample| sample.controllers.keys()).collect();
        let layers = numbers.into_iter().filter_map(|number| {
            let ranges = ranges_apart(samples, number);
            (ranges.len() > 1).then(|| Self { number: number.clone(), ranges: ranges.into_iter().collect() })
        });
        layers.max_by_key(|layers| layers.ranges.len())
    }

    /// Returns the index of a sample among the ranges.
    pub(super) fn index_of(&self, sample: &Sample) -> Option<usize> {
        let range = sample.controllers.get(&self.number)?;
        self.ranges.iter().position(|known| known == range)
    }

    /// Keeps the recordings of the lowest range, and those that the controller has no part in.
    pub(super) fn keep_lowest(&self, path: &Path, samples: &mut Samples) -> ImportWarning {
        let before = samples.len();
        samples.retain(|_, sample| self.index_of(sample).is_none_or(|index| index == 0));
        let mut ranges = self.ranges.iter().map(|range| self.name(range));
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
                let why =
                    format!("controller {} does not choose it, and --layers names those that it chooses", self.number);
                warnings.push(ImportWarning::File { path: path.clone(), why });
            }
            kept
        });
    }

    /// Returns why its ranges are no dynamics, and the fix.
    pub(super) fn not_dynamics(&self) -> String {
        let ranges: Vec<String> = self.ranges.iter().map(|(low, high)| format!("{low}-{high}")).collect();
        format!(
            "controller {} chooses among recordings of a key ({}), and nothing says how hard each was struck; give --layers p,f, one \
             dynamic for each of its ranges from low to high, or --velocity if all were struck alike",
            self.number,
            ranges.join(", ")
        )
    }

    fn name(&self, (low, high): &Range) -> String {
        format!("controller {} = {low}-{high}", self.number)
    }
}

/// Range of a controller, and velocities.
type Answer = (Range, (u8, u8));

/// Returns the ranges of a controller in which different recordings answer one key and velocity.
fn ranges_apart(samples: &Samples, number: &str) -> BTreeSet<Range> {
    let mut of_key: BTreeMap<i16, BTreeSet<Answer>> = BTreeMap::new();
    for sample in samples.values() {
        let Some(range) = sample.controllers.get(number) else { continue };
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
