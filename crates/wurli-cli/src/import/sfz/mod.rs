//! SFZ packs: which recordings there are, with their notes and velocities.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

mod alternatives;
mod conditions;
mod missing;
pub(crate) mod region;
mod regions;
mod samples;
mod syntax;
pub(crate) mod text;
mod unity_note;
mod unused;
mod velocity_curve;

use self::alternatives::Choice;
use self::region::Region;
use self::regions::Regions;
use self::samples::{Sample, Samples};
use self::text::Reader;
use crate::commands::table::counted;
use crate::import::dynamics::DynamicWords;
use crate::import::error::ImportError;
use crate::import::left_out::LeftOut;
use crate::import::warning::ImportWarning;
use crate::import::{Claim, ImportOptions, names};

/// Velocity assumed for a pack without layers: the middle.
const ONE_LAYER_VELOCITY: u8 = 64;

/// Reads an SFZ file: which recordings there are, with the pack's notes and velocities.
///
/// If regions play one recording in several layers, it was nevertheless struck at one velocity:
/// that of the layer whose other recordings have the same word for their dynamic in their names, if
/// there is just one, else the centre of all its layers.
pub(super) fn read(
    path: &Path,
    options: &ImportOptions,
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
    let nothing = |why| ImportError::Nothing { path: path.into(), why };
    if pack.samples.is_empty() {
        return Err(nothing(pack.why_nothing(path, warnings)));
    }
    let layered = pack.regions.iter().any(|region| region.layer != Region::EVERY_VELOCITY);
    if layered && options.words != DynamicWords::default() {
        let pack = path.display();
        return Err(ImportError::Flag(format!("--dynamics is for words in file names; {pack} says velocities itself")));
    }
    let velocity = options.velocity.filter(|_| !layered);
    let by_controller = pack.by_controller(path, layered, &options.layers, warnings)?;
    let named = match layered || velocity.is_some() {
        true => BTreeMap::new(),
        false => named_velocities(folder(path), &pack.samples, &options.words),
    };
    let given = velocity.is_some() || !options.layers.is_empty();
    if let Some(layers) = by_controller.as_ref().filter(|_| named.is_empty() && !given) {
        return Err(nothing(layers.not_dynamics()));
    }
    if !layered && !given {
        warnings.push(match named.is_empty() {
            true => ImportWarning::NoLayers { velocity: ONE_LAYER_VELOCITY },
            false => ImportWarning::NamedLayers,
        });
    }
    let words = words_of_layers(&pack.samples);
    let claims = pack.samples.iter().map(|((path, cut), sample)| {
        let of_controller = || options.layers.get(by_controller.as_ref()?.index_of(sample)?).copied();
        let velocity = velocity.or_else(of_controller).or_else(|| named.get(path).copied());
        let velocity = velocity.unwrap_or_else(|| sample.velocity(path, &words, warnings));
        Claim { path: path.clone(), cut: *cut, midi: sample.notes(path), velocity }
    });
    Ok(claims.collect())
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
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
        without_labelled(&mut regions, &reader, &mut warnings);
        let samples = samples::samples(folder(path), &regions, &reader, &mut warnings);
        let missing = warnings.iter().filter(|warning| matches!(warning, ImportWarning::SampleMissing { .. })).count();
        Ok(Self { regions, samples, missing, ambiguous: reader.ambiguous, warnings })
    }

    /// Reduces recordings of one key and velocity, of which a controller or another key chooses one,
    /// and returns the ranges of a controller that may be dynamics.
    fn by_controller(
        &mut self,
        path: &Path,
        layered: bool,
        layers: &[u8],
        warnings: &mut Vec<ImportWarning>,
    ) -> Result<Option<Choice>, ImportError> {
        let all = Choice::find(&self.samples).filter(|choice| !layered && choice.may_be_dynamics());
        if !layers.is_empty() {
            let Some(all) = all.filter(|all| all.ranges.len() == layers.len()) else {
                let count = layers.len();
                return Err(ImportError::Flag(format!(
                    "--layers names {count} dynamics, and no controller of {} chooses among {count} recordings of a key",
                    path.display()
                )));
            };
            all.keep_ranges(&mut self.samples, warnings);
            return Ok(Some(all));
        }
        let remedy = all.map_or("", |_| "; --layers p,f imports both if they are dynamics");
        alternatives::leave_out(&mut self.samples, remedy, warnings);
        while let Some(choice) = Choice::find(&self.samples) {
            if !layered && choice.may_be_dynamics() {
                return Ok(Some(choice));
            }
            // Articulations: one is imported.
            warnings.push(choice.keep_lowest(path, &mut self.samples));
        }
        Ok(None)
    }

    fn why_nothing(&self, path: &Path, warnings: &mut Vec<ImportWarning>) -> String {
        let is_missing = |warning: &ImportWarning| matches!(warning, ImportWarning::SampleMissing { .. });
        let Some(first) = self.regions.first().filter(|_| warnings.iter().any(is_missing)) else {
            return "no region in it is a recording of a struck note".to_owned();
        };
        warnings.retain(|warning| !is_missing(warning));
        let hint = missing::hint(folder(path), first);
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
    let before = regions.len();
    regions.retain(|region| region.keyswitch.is_none_or(|key| key == imported.0));
    let left_out = LeftOut::regions(before - regions.len());
    if !others.is_empty() {
        let (imported, others) = (name(&imported), others.join(", "));
        warnings.push(ImportWarning::Articulations { path: path.into(), imported, others, left_out });
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

/// Leaves out the regions whose labels say that they are no struck notes.
fn without_labelled(regions: &mut Vec<Region>, reader: &Reader, warnings: &mut Vec<ImportWarning>) {
    let labels: Vec<String> = regions.iter().map(|region| region.names.clone()).collect();
    warnings.extend(names::not_struck::all_named(&labels));
    let reasons = names::not_struck::not_struck(&labels);
    let mut left_out: BTreeMap<&String, (text::Place, usize)> = BTreeMap::new();
    regions.retain(|region| {
        let why = reasons.get(&region.names);
        if let Some(why) = why {
            left_out.entry(why).or_insert((region.place, 0)).1 += 1;
        }
        why.is_none()
    });
    for (why, (place, count)) in left_out {
        let why = why.replacen("its name says", "its label says", 1);
        warnings.push(ImportWarning::Region { path: reader.path(place), line: place.line, why, others: count - 1 });
    }
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

/// Returns the velocities of the words for dynamics in file and folder names, if all have one.
fn named_velocities(folder: &Path, samples: &Samples, words: &DynamicWords) -> BTreeMap<PathBuf, u8> {
    let keys: Vec<String> = samples.keys().map(|(path, _)| samples::key(folder, path)).collect();
    let files = names::file::NamedFile::all(&keys, names::naming::Naming::English, words);
    let velocities = samples.keys().zip(&files).map(|((path, _), file)| Some((path.clone(), file.word?)));
    velocities.collect::<Option<_>>().unwrap_or_default()
}

fn word_of(path: &Path) -> Option<String> {
    let stem = names::naming::normalised(&path.file_stem()?.to_string_lossy());
    names::tokens::word(&stem, &DynamicWords::default())
}

impl Sample {
    /// Returns the velocity at which a recording was struck.
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
