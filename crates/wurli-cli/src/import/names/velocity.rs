//! Choice of the part of the file names that is the velocity. A folder decides as a whole.
//!
//! A number that equals the key, counts with the files or is the same everywhere is no velocity.

use std::collections::{BTreeMap, BTreeSet};

use super::file::NamedFile;
use super::mapping::Mapping;
use crate::import::dynamics::velocity_of_layer;

/// Numbers up to this count layers or takes.
pub(super) const LAYERS_MAX: u32 = 16;
/// From this many files on, numbers that are different in all of them are taken for running
/// numbers.
const ALL_DIFFERENT: usize = 5;
/// Last hour and minute of a day.
const CLOCK: (u32, u32) = (23, 59);

/// Part of a name that gives the velocity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum VelocityIn {
    /// The nth number behind `v`.
    Marked(usize),
    /// The nth number behind `v` and the first number behind nothing, which bound layers as in
    /// `V1-40`.
    MarkedRange(usize, usize),
    /// The nth number behind `v`, which counts layers.
    Layer(usize, BTreeSet<u32>),
    /// A word.
    Word,
    /// The nth number behind `v`, which counts the layers that the user named.
    CountedMark(usize, BTreeMap<u32, u8>),
    /// The nth number, which counts the layers that the user named; their velocities by number.
    Counted(usize, BTreeMap<u32, u8>),
    /// The nth and the next number, which bound layers as in `001-040`.
    Range(usize),
    /// The nth number.
    Number(usize),
    /// The nth number in percent, of the highest velocity.
    Percent(usize),
    /// The nth number with a sign, decimals or a unit, which orders the layers that the user named.
    CountedQuantity(usize, BTreeMap<i64, u8>),
    /// None: all have this velocity.
    Given(u8),
}

/// Velocities that the user gives.
pub(crate) struct Given<'a> {
    /// Velocity of all notes.
    pub(crate) velocity: Option<u8>,
    /// Velocities of the layers that names count.
    pub(crate) layers: &'a [u8],
}

impl VelocityIn {
    /// Returns the velocity of a file.
    pub(crate) fn read(&self, file: &NamedFile) -> Option<u8> {
        let bounded = |number: u32| u8::try_from(number).ok().filter(|velocity| (1..=127).contains(velocity));
        match self {
            Self::Marked(place) => file.marked(*place).and_then(bounded),
            Self::Layer(place, layers) => {
                let layer = file.marked(*place)?;
                Some(velocity_of_layer(layers.iter().position(|l| *l == layer)?, layers.len()))
            }
            Self::MarkedRange(place, number) => {
                let (low, high) = (file.marked(*place)?, file.number(*number)?);
                bounded((low.max(1) + high).div_ceil(2))
            }
            Self::Word => file.word,
            Self::CountedMark(place, layers) => layers.get(&file.marked(*place)?).copied(),
            Self::Counted(place, layers) => layers.get(&file.number(*place)?).copied(),
            Self::Range(place) => {
                let (low, high) = (file.number(*place)?, file.number(place + 1)?);
                bounded((low.max(1) + high).div_ceil(2))
            }
            Self::Number(place) => file.number(*place).and_then(bounded),
            Self::Percent(place) => percent(*file.percents.get(*place)?),
            Self::CountedQuantity(place, layers) => layers.get(file.quantities.get(*place)?).copied(),
            Self::Given(velocity) => Some(*velocity),
        }
    }

    /// Returns the possible parts, the most explicit first. `key` reads the key of a file, `mapping`
    /// is where the names have the range of its keys.
    pub(crate) fn candidates(
        files: &[NamedFile],
        key: &dyn Fn(&NamedFile) -> Option<i16>,
        given: &Given<'_>,
        mapping: Option<Mapping>,
    ) -> Vec<Self> {
        let mut found = Vec::new();
        let mut constant = Vec::new();
        let has_words = say_dynamics(files, key);
        for place in 0..most(files, |file| file.velocities.len()) {
            let values = values(files, key, |file| file.marked(place));
            let numbers: BTreeSet<u32> = values.iter().map(|(_, number)| *number).collect();
            let upper = (0..most(files, |file| file.numbers.len()))
                .find(|number| are_ranges(files, key, |file| Some((file.marked(place)?, file.number(*number)?))));
            if let Some(number) = upper {
                found.push(Self::MarkedRange(place, number));
                continue;
            }
            if given.layers.len() == numbers.len() && numbers.len() > 1 {
                found.push(Self::CountedMark(place, numbers.into_iter().zip(given.layers.iter().copied()).collect()));
                continue;
            }
            match layers(&values) {
                // Takes of what the words say.
                Some(_) if has_words => {}
                Some(layers) => found.push(Self::Layer(place, layers)),
                // A number that is the same everywhere is a version, unless nothing else gives the
                // velocity.
                None if values.len() > 1 && numbers.len() == 1 => {
                    if numbers.first().is_some_and(|number| *number > LAYERS_MAX) {
                        constant.push(Self::Marked(place));
                    }
                }
                // Some of a pack's layers, or a count of files: nobody strikes all notes that
                // softly.
                None if numbers.len() > 1 && numbers.iter().all(|n| *n <= LAYERS_MAX) => {}
                None => found.push(Self::Marked(place)),
            }
        }
        let word_in_title = has_title_word(files, key);
        if !word_in_title {
            found.push(Self::Word);
        }
        let percents = 0..most(files, |file| file.percents.len());
        found.extend(percents.filter(|place| are_percents(files, *place)).map(Self::Percent));
        found.extend(Self::counted(files, key, given.layers));
        found.extend(Self::counted_quantities(files, given.layers));
        found.append(&mut constant);
        // The user's value precedes what a bare number might mean.
        found.extend(given.velocity.map(Self::Given));
        if let Some(mapping) = mapping {
            found.extend(mapping.has_layers(files).then_some(Self::Range(mapping.layer())));
            return found;
        }
        let numbers = most(files, |file| file.numbers.len());
        found.extend(
            (0..numbers)
                .filter(|place| are_ranges(files, key, |file| Some((file.number(*place)?, file.number(place + 1)?))))
                .map(Self::Range),
        );
        found.extend((0..numbers).filter(|place| is_velocity(files, key, *place)).map(Self::Number));
        if word_in_title {
            found.push(Self::Word);
        }
        found
    }

    /// Returns the first quantity that has as many values as the user gives layers.
    fn counted_quantities(files: &[NamedFile], velocities: &[u8]) -> Option<Self> {
        let (place, values) = differing_quantities(files).find(|(_, values)| values.len() == velocities.len())?;
        Some(Self::CountedQuantity(place, values.into_iter().zip(velocities.iter().copied()).collect()))
    }

    /// Returns the last number that counts as many layers as the user gives.
    fn counted(files: &[NamedFile], key: &dyn Fn(&NamedFile) -> Option<i16>, velocities: &[u8]) -> Option<Self> {
        let places = (0..most(files, |file| file.numbers.len())).rev();
        let counts = places.filter_map(|place| {
            let values = values(files, key, |file| file.number(place));
            let numbers: BTreeSet<u32> = values.iter().map(|(_, number)| *number).collect();
            let (first, last) = (*numbers.first()?, *numbers.last()?);
            let counts = first <= 1 && last - first + 1 == numbers.len() as u32 && numbers.len() == velocities.len();
            counts.then(|| Self::Counted(place, numbers.into_iter().zip(velocities.iter().copied()).collect()))
        });
        counts.into_iter().next()
    }
}

/// Returns the places of quantities that differ between names, with their values.
pub(crate) fn differing_quantities(files: &[NamedFile]) -> impl Iterator<Item = (usize, BTreeSet<i64>)> + '_ {
    let places = 0..most(files, |file| file.quantities.len());
    let values = |place: usize| files.iter().filter_map(|file| file.quantities.get(place).copied()).collect();
    places.map(move |place| (place, values(place))).filter(|(_, values): &(usize, BTreeSet<i64>)| values.len() > 1)
}

/// Converts percent, in thousandths, to a velocity.
fn percent(thousandths: i64) -> Option<u8> {
    u8::try_from((127 * thousandths + 50_000) / 100_000).ok().filter(|velocity| (1..=127).contains(velocity))
}

/// Returns true if the numbers in percent can be shares of the highest velocity.
fn are_percents(files: &[NamedFile], place: usize) -> bool {
    let values: BTreeSet<i64> = files.iter().filter_map(|file| file.percents.get(place).copied()).collect();
    (values.len() > 1 || files.len() == 1) && values.iter().all(|value| (1000..=100_000).contains(value))
}

/// Returns true if the last number of the names counts from 0 or 1, as layers and takes do.
pub(crate) fn counts_layers(files: &[NamedFile]) -> bool {
    let last = files.iter().filter_map(|file| file.velocities.last().or(file.numbers.last()).copied());
    let numbers: BTreeSet<u32> = last.collect();
    numbers.len() > 1 && numbers.first().is_some_and(|n| *n <= 1) && numbers.last().is_some_and(|n| *n <= LAYERS_MAX)
}

fn most(files: &[NamedFile], count: impl Fn(&NamedFile) -> usize) -> usize {
    files.iter().map(count).max().unwrap_or(0).min(8)
}

/// Returns key and value of the files that have both, in order of file names.
fn values(
    files: &[NamedFile],
    key: &dyn Fn(&NamedFile) -> Option<i16>,
    value: impl Fn(&NamedFile) -> Option<u32>,
) -> Vec<(i16, u32)> {
    files.iter().filter_map(|file| Some((key(file)?, value(file)?))).collect()
}

/// Returns true if words for dynamics differ between the notes, or every note has one.
fn say_dynamics(files: &[NamedFile], key: &dyn Fn(&NamedFile) -> Option<i16>) -> bool {
    let words: BTreeSet<Option<u8>> = files.iter().filter(|file| key(file).is_some()).map(|file| file.word).collect();
    words.iter().flatten().count() > 1 || words.len() == 1 && !words.contains(&None)
}

/// Returns true if the word for a dynamic is part of the title.
///
/// All names then have the same word, and every key has the same velocities by number: `Soft` in
/// `Soft Tines C2 40` and `Soft Tines C2 110`.
fn has_title_word(files: &[NamedFile], key: &dyn Fn(&NamedFile) -> Option<i16>) -> bool {
    let words: BTreeSet<Option<u8>> = files.iter().map(|file| file.word).collect();
    let of_keys = |value: &dyn Fn(&NamedFile) -> Option<i64>| {
        let mut of_key: BTreeMap<i16, BTreeSet<i64>> = BTreeMap::new();
        for (key, value) in files.iter().filter_map(|file| Some((key(file)?, value(file)?))) {
            of_key.entry(key).or_default().insert(value);
        }
        let sets: BTreeSet<&BTreeSet<i64>> = of_key.values().collect();
        of_key.len() > 1 && sets.len() == 1 && sets.iter().all(|set| set.len() > 1)
    };
    let number = |place: usize| is_velocity(files, key, place) && of_keys(&|file| file.number(place).map(i64::from));
    let percent = |place: usize| are_percents(files, place) && of_keys(&|file| file.percents.get(place).copied());
    words.len() == 1
        && !words.contains(&None)
        && ((0..most(files, |file| file.numbers.len())).any(number)
            || (0..most(files, |file| file.percents.len())).any(percent))
}

/// Returns the layers, if the numbers count them: all of 1, 2, … or 0, 1, …, and at most sixteen.
fn layers(values: &[(i16, u32)]) -> Option<BTreeSet<u32>> {
    let found: BTreeSet<u32> = values.iter().map(|(_, number)| *number).collect();
    let (first, last) = (*found.first()?, *found.last()?);
    let counts = first <= 1 && last <= LAYERS_MAX && found.len() as u32 == last - first + 1 && last > first;
    (counts && !counts_files(values)).then_some(found)
}

/// Returns true if the numbers differ between all files, and so count them.
fn counts_files(values: &[(i16, u32)]) -> bool {
    let numbers: BTreeSet<u32> = values.iter().map(|(_, number)| *number).collect();
    let keys: BTreeSet<i16> = values.iter().map(|(key, _)| *key).collect();
    values.len() > 2 && numbers.len() == values.len() && keys.len() == values.len()
}

/// Returns true if the numbers at that place can be velocities.
fn is_velocity(files: &[NamedFile], key: &dyn Fn(&NamedFile) -> Option<i16>, place: usize) -> bool {
    let values = values(files, key, |file| file.number(place));
    let numbers: BTreeSet<u32> = values.iter().map(|(_, number)| *number).collect();
    let count = values.len();
    let small = numbers.iter().all(|number| *number <= LAYERS_MAX);
    let constant = numbers.len() < 2 && files.len() > 1;
    let all_different = numbers.len() == count;
    let consecutive = numbers.last().zip(numbers.first()).is_some_and(|(last, first)| last - first + 1 == count as u32);
    let counts = count > 2 && all_different && (consecutive || count >= ALL_DIFFERENT);
    !small && !constant && !counts && !follows_key(&values) && !is_minute(files, place, &numbers)
}

/// Returns true if these numbers are bounds of layers that adjoin, and not of the keys that a file
/// is for.
fn are_ranges(
    files: &[NamedFile],
    key: &dyn Fn(&NamedFile) -> Option<i16>,
    range: impl Fn(&NamedFile) -> Option<(u32, u32)>,
) -> bool {
    let of_key: BTreeSet<(i16, (u32, u32))> =
        files.iter().filter_map(|file| Some((key(file)?, range(file)?))).collect();
    let keys: BTreeSet<i16> = of_key.iter().map(|(key, _)| *key).collect();
    let ranges: BTreeSet<(u32, u32)> = files.iter().filter_map(range).collect();
    let ranges: Vec<_> = ranges.into_iter().collect();
    let adjoin = ranges.windows(2).all(|pair| pair[1].0 == pair[0].1 + 1);
    let follows_key = keys.len() > 1 && of_key.len() == keys.len();
    ranges.len() > 1 && adjoin && !follows_key && ranges.iter().all(|(low, high)| low < high && *high <= 127)
}

/// Returns true if the number depends on the key alone: a key number in some numbering, or a count
/// along the keyboard.
fn follows_key(values: &[(i16, u32)]) -> bool {
    let mut of_key: BTreeMap<i16, BTreeMap<u32, usize>> = BTreeMap::new();
    for (key, number) in values {
        *of_key.entry(*key).or_default().entry(*number).or_default() += 1;
    }
    let equal = values.iter().filter(|(key, number)| i64::from(*key) == i64::from(*number)).count();
    // Bounds of keys, or another numbering.
    let distances: BTreeSet<i64> = values.iter().map(|(key, number)| i64::from(*number) - i64::from(*key)).collect();
    if 2 * equal > values.len() || of_key.len() > 1 && distances.len() == 1 {
        return true;
    }
    let single: Vec<u32> = of_key
        .values()
        .filter(|numbers| numbers.len() == 1)
        .filter_map(|numbers| numbers.keys().next().copied())
        .collect();
    let rises = single.windows(2).all(|pair| pair[1] > pair[0]);
    let falls = single.windows(2).all(|pair| pair[1] < pair[0]);
    single.len() == of_key.len() && single.len() > 2 && (rises || falls)
}

/// Returns true if the number and the one before it read as a time of day.
fn is_minute(files: &[NamedFile], place: usize, numbers: &BTreeSet<u32>) -> bool {
    let before = |file: &NamedFile| place.checked_sub(1).and_then(|before| file.number(before));
    let hours: Option<BTreeSet<u32>> = files.iter().map(before).collect();
    let is_hour = hours.is_some_and(|hours| hours.len() <= 2 && hours.last().is_some_and(|hour| *hour <= CLOCK.0));
    is_hour && numbers.last().is_some_and(|minute| *minute <= CLOCK.1)
}
