//! Samples of an SFZ pack: notes and layers of each file, from all its regions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::conditions::Range;
use super::region::Region;
use super::text::Reader;
use super::unity_note;
use crate::import::warning::ImportWarning;
use crate::import::{names, paths};

/// Notes and layers of one file, or of a part of it, from all its regions.
#[derive(Default)]
pub(super) struct Sample {
    pub(super) midi: Vec<i16>,
    pub(super) layers: Vec<(u8, u8)>,
    /// Ranges of what it depends on.
    pub(super) ranges: BTreeMap<String, Range>,
    /// True if a region leaves the note to the file.
    by_file: bool,
    /// True while only regions with conditions were seen.
    pub(super) conditional: bool,
}

/// Samples by path and part.
pub(super) type Samples = BTreeMap<(PathBuf, Option<(u64, u64)>), Sample>;

/// Returns the samples that are there and are struck notes.
pub(super) fn samples(
    folder: &Path,
    regions: &[Region],
    reader: &Reader,
    warnings: &mut Vec<ImportWarning>,
) -> Samples {
    let mut found: BTreeMap<&str, Option<PathBuf>> = BTreeMap::new();
    for region in regions {
        found.entry(&region.sample).or_insert_with(|| match paths::resolve(folder, &region.sample) {
            Ok(path) => Some(path),
            Err(sample) => {
                let (path, line) = (reader.path(region.place), region.place.line);
                warnings.push(ImportWarning::SampleMissing { path, line, sample });
                None
            }
        });
    }
    let present = || regions.iter().filter_map(|region| Some((found.get(region.sample.as_str())?.as_ref()?, region)));
    let mut parts: BTreeMap<&PathBuf, BTreeSet<(u64, u64)>> = BTreeMap::new();
    for (path, region) in present() {
        parts.entry(path).or_default().insert(region.part);
    }
    let mut samples = Samples::new();
    for (path, region) in present() {
        let cut = parts.get(path).is_some_and(holds_several).then_some(region.part);
        let sample =
            samples.entry((path.clone(), cut)).or_insert_with(|| Sample { conditional: true, ..Sample::default() });
        sample.add(region);
    }
    without_others(folder, &mut samples, warnings);
    samples
}

/// Leaves out what the names of files and folders call no struck note.
fn without_others(folder: &Path, samples: &mut Samples, warnings: &mut Vec<ImportWarning>) {
    let keys: Vec<String> = samples.keys().map(|(path, _)| key(folder, path)).collect();
    warnings.extend(names::not_struck::all_named(&keys));
    let reasons = names::not_struck::not_struck(&keys);
    samples.retain(|(path, _), _| {
        let why = reasons.get(&key(folder, path));
        warnings.extend(why.map(|why| ImportWarning::File { path: path.clone(), why: why.clone() }));
        why.is_none()
    });
}

/// Returns the path below the folder of the pack, with slashes.
pub(super) fn key(folder: &Path, path: &Path) -> String {
    path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Returns true if the parts of a file that regions play lie behind one another.
fn holds_several(parts: &BTreeSet<(u64, u64)>) -> bool {
    let parts: Vec<_> = parts.iter().collect();
    parts.len() > 1 && parts.windows(2).all(|pair| pair[0].1 <= pair[1].0)
}

impl Sample {
    /// Adds a region. Conditional ones say nothing where an unconditional one exists: a resonance
    /// under the pedal plays one dynamic's samples at every velocity.
    fn add(&mut self, region: &Region) {
        if region.conditional && !self.conditional {
            return;
        }
        if self.conditional && !region.conditional {
            *self = Self::default();
        }
        if self.layers.is_empty() {
            self.ranges = region.ranges.clone();
        } else {
            self.ranges.retain(|name, range| region.ranges.get(name) == Some(range));
        }
        match region.midi {
            Some(midi) if !self.midi.contains(&midi) => self.midi.push(midi),
            Some(_) => {}
            None => self.by_file = true,
        }
        if !self.layers.contains(&region.layer) {
            self.layers.push(region.layer);
        }
    }

    /// Returns the notes that are claimed; none if the sound decides.
    pub(super) fn notes(&self, path: &Path) -> Vec<i16> {
        let of_file = self.by_file.then(|| unity_note::unity_note(path)).flatten();
        self.midi.iter().copied().chain(of_file).collect()
    }
}
