//! SFZ packs: which recordings there are, with their notes and velocities.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

mod conditions;
pub(crate) mod region;
mod regions;
mod syntax;
pub(crate) mod text;
mod unity_note;
mod unused;

use self::region::Region;
use self::regions::Regions;
use self::text::Reader;
use crate::commands::table::counted;
use crate::import::dynamics::DynamicWords;
use crate::import::error::ImportError;
use crate::import::warning::ImportWarning;
use crate::import::{Claim, names, paths};
use wurli_train::catalogue::scan::READ_EXTENSIONS;

/// Velocity assumed for a pack without layers: the middle.
const ONE_LAYER_VELOCITY: u8 = 64;

/// Reads an SFZ file: which recordings there are, with the pack's notes and velocities.
///
/// If regions play one recording in several layers, it was nevertheless struck at one velocity:
/// that of the layer whose other recordings have the same word for their dynamic in their names, if
/// there is just one, else the centre of all its layers.
pub(super) fn read(
    path: &Path,
    velocity: Option<u8>,
    warnings: &mut Vec<ImportWarning>,
) -> Result<Vec<Claim>, ImportError> {
    let mut pack = Parsed::read(path, false)?;
    if pack.ambiguous && pack.missing > 0 {
        let other = Parsed::read(path, true)?;
        if other.missing < pack.missing {
            pack = other;
        }
    }
    warnings.append(&mut pack.warnings);
    if pack.samples.is_empty() {
        return Err(ImportError::Nothing { path: path.into(), why: pack.why_nothing(path, warnings) });
    }
    let layered = pack.regions.iter().any(|region| region.layer != Region::EVERY_VELOCITY);
    let named = if layered || velocity.is_some() { BTreeMap::new() } else { named_velocities(&pack.samples) };
    if !layered && velocity.is_none() {
        warnings.push(match named.is_empty() {
            true => ImportWarning::NoLayers { velocity: ONE_LAYER_VELOCITY },
            false => ImportWarning::NamedLayers,
        });
    }
    let words = words_of_layers(&pack.samples);
    let claims = pack.samples.iter().map(|((path, cut), sample)| Claim {
        path: path.clone(),
        cut: *cut,
        midi: sample.notes(path),
        velocity: match velocity {
            Some(velocity) if !layered => velocity,
            _ if named.contains_key(path) => named[path],
            _ => sample.velocity(path, &words, warnings),
        },
    });
    Ok(claims.collect())
}

/// An SFZ file with its samples.
struct Parsed {
    regions: Vec<Region>,
    samples: Samples,
    /// Samples that are not there.
    missing: usize,
    /// True if its variables can be read in another way.
    ambiguous: bool,
    warnings: Vec<ImportWarning>,
}

impl Parsed {
    fn read(path: &Path, shortest: bool) -> Result<Self, ImportError> {
        let mut reader = Reader::new(shortest);
        let mut regions = Regions::default();
        reader.read(path, &mut |place, item| regions.add(place, item))?;
        let (mut regions, found) = regions.finish(&reader.files);
        let mut warnings = std::mem::take(&mut reader.warnings);
        warnings.extend(found);
        one_articulation(&mut regions, path, &mut warnings);
        without_noises(&mut regions, &reader, &mut warnings);
        let folder = path.parent().unwrap_or(Path::new(""));
        let samples = samples(folder, &regions, &reader, &mut warnings);
        let missing = warnings.iter().filter(|warning| matches!(warning, ImportWarning::SampleMissing { .. })).count();
        Ok(Self { regions, samples, missing, ambiguous: reader.ambiguous, warnings })
    }

    fn why_nothing(&self, path: &Path, warnings: &mut Vec<ImportWarning>) -> String {
        let Some(first) = self.regions.first() else {
            return "no region in it is a recording of a struck note".to_owned();
        };
        warnings.retain(|warning| !matches!(warning, ImportWarning::SampleMissing { .. }));
        let folder = path.parent().unwrap_or(Path::new(""));
        let with_extension = READ_EXTENSIONS.iter().map(|extension| format!("{}.{extension}", first.sample));
        let hint = with_extension.into_iter().find(|name| paths::resolve(folder, name).is_ok()).map_or_else(
            || "is default_path right?".to_owned(),
            |name| format!("{name:?} is there: write its extension"),
        );
        let sample: String = first.sample.chars().take(200).collect();
        let regions = counted(self.regions.len(), "region");
        format!("none of the samples of its {regions} is there, the first is {sample:?}; {hint}")
    }
}

/// Keeps one keyswitch's regions: the one that is selected at first, or the first in the file.
fn one_articulation(regions: &mut Vec<Region>, path: &Path, warnings: &mut Vec<ImportWarning>) {
    let mut switches: Vec<(i32, Option<String>)> = Vec::new();
    for region in regions.iter() {
        if let Some(key) = region.keyswitch
            && !switches.iter().any(|(known, _)| *known == key)
        {
            switches.push((key, region.label.clone()));
        }
    }
    let default = regions.iter().find_map(|region| region.default_keyswitch);
    let Some(imported) = switches.iter().find(|(key, _)| Some(*key) == default).or(switches.first()).cloned() else {
        return;
    };
    let name = |(key, label): &(i32, Option<String>)| match label {
        Some(label) => format!("sw_last={key} ({label})"),
        None => format!("sw_last={key}"),
    };
    let others: Vec<String> = switches.iter().filter(|(key, _)| *key != imported.0).map(name).collect();
    regions.retain(|region| region.keyswitch.is_none_or(|key| key == imported.0));
    if !others.is_empty() {
        let (imported, others) = (name(&imported), others.join(", "));
        warnings.push(ImportWarning::Articulations { path: path.into(), imported, others });
    }
}

/// Leaves out the regions that sound alike on all keys, where others follow the keys.
fn without_noises(regions: &mut Vec<Region>, reader: &Reader, warnings: &mut Vec<ImportWarning>) {
    let noises: Vec<Region> = regions.iter().filter(|region| !region.keytracked).cloned().collect();
    let Some(first) = noises.first().filter(|_| noises.len() < regions.len()) else { return };
    regions.retain(|region| region.keytracked);
    warnings.push(ImportWarning::Region {
        path: reader.path(first.place),
        line: first.place.line,
        why: "pitch_keytrack=0 plays it alike on all keys: a noise, not a struck note".into(),
        others: noises.len() - 1,
    });
}

/// Notes and layers of one file, or of a part of it, from all its regions.
#[derive(Default)]
struct Sample {
    midi: Vec<i16>,
    layers: Vec<(u8, u8)>,
    /// True if a region leaves the note to the file.
    by_file: bool,
    /// True while only regions with conditions were seen.
    conditional: bool,
}

/// Samples by path and part.
type Samples = BTreeMap<(PathBuf, Option<(u64, u64)>), Sample>;

fn samples(folder: &Path, regions: &[Region], reader: &Reader, warnings: &mut Vec<ImportWarning>) -> Samples {
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
    without_alternatives(&mut samples, warnings);
    samples
}

/// Leaves out recordings that sound under a condition alone, where another one answers the same key
/// and velocities without it.
fn without_alternatives(samples: &mut Samples, warnings: &mut Vec<ImportWarning>) {
    let usual: Vec<(i16, (u8, u8))> = samples
        .values()
        .filter(|sample| !sample.conditional)
        .flat_map(|sample| sample.midi.iter().flat_map(|midi| sample.layers.iter().map(|layer| (*midi, *layer))))
        .collect();
    let overlap = |a: (u8, u8), b: (u8, u8)| a.0 <= b.1 && b.0 <= a.1;
    samples.retain(|(path, _), sample| {
        let answered =
            |layer: &(u8, u8)| usual.iter().any(|(midi, other)| sample.midi.contains(midi) && overlap(*layer, *other));
        let alternative = sample.conditional && sample.layers.iter().all(answered);
        if alternative {
            let why = "it sounds only under a condition (a controller or another key); its note is imported from a \
                       recording without one";
            warnings.push(ImportWarning::File { path: path.clone(), why: why.to_owned() });
        }
        !alternative
    });
}

/// Returns true if the parts of a file that regions play lie behind one another.
fn holds_several(parts: &BTreeSet<(u64, u64)>) -> bool {
    let parts: Vec<_> = parts.iter().collect();
    parts.len() > 1 && parts.windows(2).all(|pair| pair[0].1 <= pair[1].0)
}

/// For each layer, how many of the files that are played in no other have which word for their
/// dynamic in their names.
type Words = BTreeMap<(u8, u8), BTreeMap<String, usize>>;

fn words_of_layers(samples: &Samples) -> Words {
    let mut words = Words::new();
    for ((path, _), sample) in samples {
        let ([layer], Some(word)) = (sample.layers.as_slice(), word_of(path)) else { continue };
        *words.entry(*layer).or_default().entry(word).or_default() += 1;
    }
    words
}

/// Returns the velocities of the words in all file names, if keys have several.
fn named_velocities(samples: &Samples) -> BTreeMap<PathBuf, u8> {
    let known = DynamicWords::default();
    let velocity = |path: &PathBuf| Some((path.clone(), known.velocity(&word_of(path)?)?));
    let named: Option<BTreeMap<_, _>> = samples.keys().map(|(path, _)| velocity(path)).collect();
    let named = named.unwrap_or_default();
    if named.values().collect::<BTreeSet<_>>().len() > 1 { named } else { BTreeMap::new() }
}

fn word_of(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_string_lossy();
    names::tokens::word(&stem, &DynamicWords::default())
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
    fn notes(&self, path: &Path) -> Vec<i16> {
        let of_file = self.by_file.then(|| unity_note::unity_note(path)).flatten();
        self.midi.iter().copied().chain(of_file).collect()
    }

    fn velocity(&self, path: &Path, words: &Words, warnings: &mut Vec<ImportWarning>) -> u8 {
        let low = self.layers.iter().map(|layer| layer.0).min().unwrap_or(1);
        let high = self.layers.iter().map(|layer| layer.1).max().unwrap_or(127);
        let [_, _, ..] = self.layers.as_slice() else { return centre((low, high)) };
        let word = word_of(path);
        let named: Vec<_> = self
            .layers
            .iter()
            .filter(|layer| {
                word.as_ref().is_some_and(|word| words.get(*layer).is_some_and(|words| words.contains_key(word)))
            })
            .collect();
        let (velocity, why) = match named.as_slice() {
            [layer] => (centre(**layer), "the layer whose other recordings are named alike"),
            _ => (centre((low, high)), "the centre of these layers"),
        };
        warnings.push(ImportWarning::SeveralLayers { sample: path.into(), layers: self.layers.len(), velocity, why });
        velocity
    }
}

/// Returns the velocity that a layer's recording is taken for: the centre of `lovel..=hivel`.
///
/// A pack does not say how hard its notes were struck, only which velocities they answer. Whoever
/// makes one sets the borders between layers about halfway between what was struck, so the centre
/// is nearest to it; and whatever was struck, the centre is at most half the layer away. The upper
/// border, at which a player's volume is that of the file, says how loud, not how hard.
fn centre((low, high): (u8, u8)) -> u8 {
    // The lowest velocity is 1: 0 means note-off. Halves are rounded up.
    let sum = u16::from(low.max(1)) + u16::from(high.max(1)) + 1;
    u8::try_from(sum / 2).unwrap_or(127).clamp(1, 127)
}

#[cfg(test)]
mod tests {
    use crate::import::sfz::centre;

    #[test]
    fn a_layer_is_taken_for_its_centre() {
        for (layer, velocity) in
            [((0, 127), 64), ((1, 37), 19), ((38, 65), 52), ((66, 89), 78), ((90, 127), 109), ((0, 0), 1)]
        {
            assert_eq!(centre(layer), velocity, "{layer:?}");
        }
    }
}
