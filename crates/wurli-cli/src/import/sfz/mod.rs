//! SFZ packs: which recordings there are, with their notes and velocities.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) mod region;
mod syntax;
pub(crate) mod text;

use self::region::{Region, Regions};
use self::text::Reader;
use crate::import::dynamics::DynamicWords;
use crate::import::error::{ImportError, ImportWarning};
use crate::import::{Claim, names, paths};

/// Velocity assumed for a pack without layers: the middle.
const ONE_LAYER_VELOCITY: u8 = 64;

/// Reads an SFZ file: which recordings there are, and what the pack says each of them is.
///
/// Where regions play one recording in several layers, it was nevertheless struck at one velocity:
/// that of the layer whose other recordings have the same word for their dynamic in their names, if
/// there is just one, and else the centre of all its layers.
pub(super) fn read(
    path: &Path,
    velocity: Option<u8>,
    warnings: &mut Vec<ImportWarning>,
) -> Result<Vec<Claim>, ImportError> {
    let mut reader = Reader::new();
    let mut regions = Regions::default();
    reader.read(path, &mut |place, item| regions.add(place, item))?;
    let (regions, found) = regions.finish(&reader.files);
    warnings.append(&mut reader.warnings);
    warnings.extend(found);

    let folder = path.parent().unwrap_or(Path::new(""));
    let samples = samples(folder, &regions, &reader, warnings);
    if samples.is_empty() {
        let why = match regions.len() {
            0 => "no region in it is a recording of a struck note".to_owned(),
            count => {
                let sample =
                    regions.first().map_or_else(String::new, |region| region.sample.chars().take(200).collect());
                format!(
                    "of the samples of its {count} regions none is there, the first is {sample:?}; is default_path right?"
                )
            }
        };
        warnings.retain(|warning| !matches!(warning, ImportWarning::SampleMissing { .. }));
        return Err(ImportError::Nothing { path: path.into(), why });
    }
    let layered = regions.iter().any(|region| region.layer != Region::EVERY_VELOCITY);
    if !layered && velocity.is_none() {
        warnings.push(ImportWarning::NoLayers { velocity: ONE_LAYER_VELOCITY });
    }
    let words = words_of_layers(&samples);
    let claims = samples.iter().map(|(path, sample)| Claim {
        path: path.clone(),
        midi: sample.midi.clone(),
        velocity: match velocity {
            Some(velocity) if !layered => velocity,
            _ => sample.velocity(path, &words, warnings),
        },
    });
    Ok(claims.collect())
}

/// Notes and layers of one file, from all its regions.
#[derive(Default)]
struct Sample {
    midi: Vec<i16>,
    layers: Vec<(u8, u8)>,
}

fn samples(
    folder: &Path,
    regions: &[Region],
    reader: &Reader,
    warnings: &mut Vec<ImportWarning>,
) -> BTreeMap<PathBuf, Sample> {
    let mut found: BTreeMap<&str, Option<PathBuf>> = BTreeMap::new();
    let mut samples: BTreeMap<PathBuf, Sample> = BTreeMap::new();
    for region in regions {
        let path = found.entry(&region.sample).or_insert_with(|| match paths::resolve(folder, &region.sample) {
            Ok(path) => Some(path),
            Err(sample) => {
                warnings.push(ImportWarning::SampleMissing {
                    path: reader.path(region.place),
                    line: region.place.line,
                    sample,
                });
                None
            }
        });
        let Some(path) = path else { continue };
        let sample = samples.entry(path.clone()).or_default();
        if !sample.midi.contains(&region.midi) {
            sample.midi.push(region.midi);
        }
        if !sample.layers.contains(&region.layer) {
            sample.layers.push(region.layer);
        }
    }
    samples
}

/// For each layer, how many of the files that are played in no other have which word for their
/// dynamic in their names.
type Words = BTreeMap<(u8, u8), BTreeMap<String, usize>>;

fn words_of_layers(samples: &BTreeMap<PathBuf, Sample>) -> Words {
    let mut words = Words::new();
    for (path, sample) in samples {
        let ([layer], Some(word)) = (sample.layers.as_slice(), word_of(path)) else { continue };
        *words.entry(*layer).or_default().entry(word).or_default() += 1;
    }
    words
}

fn word_of(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_string_lossy();
    names::tokens::word(&stem, &DynamicWords::default())
}

impl Sample {
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

/// The velocity that a layer's recording is taken for: the centre of `lovel..=hivel`.
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
