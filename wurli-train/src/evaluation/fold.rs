//! Folds of a cross-validation: notes that are left out together.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::dynamics::{DYNAMICS, index_of};
use crate::note_name::note_name;
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
            Self::Dynamics => index_of(example.row.velocity),
        }
    }

    /// Returns whether a note that was left out is judged, given those trained on.
    pub(super) fn judges(self, left_out: &Example<'_>, trained: &[Example<'_>]) -> bool {
        match self {
            Self::Keys => true,
            Self::Dynamics => trained.iter().any(|example| example.row.midi == left_out.row.midi),
        }
    }

    /// Checks that a note can be left out and judged by the others.
    ///
    /// # Errors
    /// [`NothingLeftOut`] if there are too few keys or dynamics.
    pub fn check(self, examples: &[Example<'_>]) -> Result<(), NothingLeftOut> {
        let numbers: BTreeSet<usize> = examples.iter().map(|example| self.number(example)).collect();
        let mut of_key: BTreeMap<u8, BTreeSet<usize>> = BTreeMap::new();
        for example in examples {
            of_key.entry(example.row.midi).or_default().insert(self.number(example));
        }
        let notes = examples.len();
        match (self, numbers.first(), numbers.len()) {
            (Self::Keys, Some(key), 1) => {
                let key = u8::try_from(*key).map(note_name).unwrap_or_default();
                Err(NothingLeftOut::OneKey { notes, key })
            }
            (Self::Dynamics, Some(dynamic), 1) => {
                Err(NothingLeftOut::OneDynamic { notes, dynamic: DYNAMICS[*dynamic].label() })
            }
            (Self::Dynamics, Some(_), _) if of_key.values().all(|dynamics| dynamics.len() == 1) => {
                Err(NothingLeftOut::NoKeyTwice { notes })
            }
            (_, Some(_), _) => Ok(()),
            (_, None, _) => Err(NothingLeftOut::NoNotes),
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

/// A cross-validation that has nothing to leave out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NothingLeftOut {
    /// No note was measured.
    #[error("no note was measured, and so none can be left out")]
    NoNotes,
    /// All notes are of one key.
    #[error("all {notes} measured notes are {key}, and without it nothing is left to train on; record other keys")]
    OneKey {
        /// Number of notes.
        notes: usize,
        /// Name of the key.
        key: String,
    },
    /// All notes are of one dynamic.
    #[error(
        "all {notes} measured notes are of one dynamic, {dynamic}, and without it nothing is left to train on; record the keys at another \
         one, or leave out keys instead"
    )]
    OneDynamic {
        /// Number of notes.
        notes: usize,
        /// Mark and velocities.
        dynamic: String,
    },
    /// No key was recorded at several dynamics.
    #[error(
        "no key of the {notes} measured notes was recorded at several dynamics, which are ranges of velocity such as mf 72-87; record a key \
         at another one, or leave out keys instead"
    )]
    NoKeyTwice {
        /// Number of notes.
        notes: usize,
    },
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
