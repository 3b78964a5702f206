//! Five numbers of a mapping in file names: lowest key, highest key, recorded key, lowest velocity,
//! highest velocity, as in `EP_45_48_46_1_64`.

use std::collections::BTreeSet;

use super::file::NamedFile;

/// Numbers of a mapping.
const NUMBERS: usize = 5;
/// Most keys for which a recording is.
const KEYS_MAX: u32 = 36;

/// Place of a mapping among the numbers of the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mapping(usize);

impl Mapping {
    /// Finds the mapping that most names agree on. The recorded key must lie within the keys, and
    /// the keys of different recordings may not overlap.
    pub(super) fn find(files: &[NamedFile]) -> Option<Self> {
        let most = files.iter().map(|file| file.numbers.len()).max()?.min(8);
        (0..(most + 1).saturating_sub(NUMBERS)).map(Self).find(|mapping| mapping.is_consistent(files))
    }

    /// Returns the place of the recorded key.
    pub(super) const fn root(self) -> usize {
        self.0 + 2
    }

    /// Returns the place of the lowest velocity.
    pub(super) const fn layer(self) -> usize {
        self.0 + 3
    }

    /// Returns true if the velocities are bounds of layers, and not of all velocities.
    pub(super) fn has_layers(self, files: &[NamedFile]) -> bool {
        let layers: BTreeSet<(u32, u32)> =
            self.of(files).map(|(.., low_velocity, high_velocity)| (low_velocity, high_velocity)).collect();
        layers.iter().any(|(low, high)| *low > 1 || *high < 127)
    }

    fn of(self, files: &[NamedFile]) -> impl Iterator<Item = (u32, u32, u32, u32, u32)> + '_ {
        files.iter().filter_map(move |file| match file.numbers.get(self.0..self.0 + NUMBERS)? {
            [low, high, root, low_velocity, high_velocity] => Some((*low, *high, *root, *low_velocity, *high_velocity)),
            _ => None,
        })
    }

    fn is_consistent(self, files: &[NamedFile]) -> bool {
        let is_one = |(low, high, root, low_velocity, high_velocity): &(u32, u32, u32, u32, u32)| {
            low <= root && root <= high && *high <= 127 && high - low < KEYS_MAX && low_velocity <= high_velocity
        };
        let velocities_fit = |(.., high_velocity): &(u32, u32, u32, u32, u32)| (1..=127).contains(high_velocity);
        let count = self.of(files).count();
        let keys: BTreeSet<(u32, u32, u32)> = self.of(files).map(|(low, high, root, ..)| (low, high, root)).collect();
        let keys: Vec<_> = keys.into_iter().collect();
        2 * count > files.len()
            && self.of(files).all(|mapped| is_one(&mapped) && velocities_fit(&mapped))
            && keys.windows(2).all(|pair| pair[1].0 > pair[0].1)
    }
}
