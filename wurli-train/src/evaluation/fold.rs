//! Folds of a cross-validation: notes that are left out together.

use std::fmt;
use std::str::FromStr;

use super::summary::DYNAMICS;
use crate::training::refinement::Example;

/// Notes that are left out of a training together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// A key with all its dynamics.
    Keys,
    /// A dynamic, see [`DYNAMICS`]. Only keys that were recorded at another one are judged.
    Dynamics,
}

impl Fold {
    /// Returns the number of the fold that a note belongs to.
    pub(super) fn number(self, example: &Example<'_>) -> usize {
        match self {
            Self::Keys => example.row.midi.into(),
            Self::Dynamics => {
                DYNAMICS.iter().position(|(_, velocities)| velocities.contains(&example.row.velocity)).unwrap_or(0)
            }
        }
    }

    /// Returns whether a note that was left out is judged, given those trained on.
    pub(super) fn judges(self, left_out: &Example<'_>, trained: &[Example<'_>]) -> bool {
        match self {
            Self::Keys => true,
            Self::Dynamics => trained.iter().any(|example| example.row.midi == left_out.row.midi),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Dynamics => "dynamics",
        }
    }
}

impl fmt::Display for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Error returned for a word that names no fold.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0:?} cannot be left out; expected \"keys\" or \"dynamics\"")]
pub struct UnknownFold(pub String);

impl FromStr for Fold {
    type Err = UnknownFold;

    fn from_str(word: &str) -> Result<Self, UnknownFold> {
        [Self::Keys, Self::Dynamics]
            .into_iter()
            .find(|fold| fold.name() == word)
            .ok_or_else(|| UnknownFold(word.into()))
    }
}
