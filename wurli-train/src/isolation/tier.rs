//! Classes of notes by isolation.

use serde::{Deserialize, Serialize};

/// Class of a note, which decides its weight in training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tier {
    /// Not used.
    Reject,
    /// Weight 0.3.
    Bronze,
    /// Weight 0.6.
    Silver,
    /// Weight 1.
    Gold,
}

impl Tier {
    /// Returns the weight of the note in training, 0..=1.
    #[must_use]
    pub const fn weight(self) -> f64 {
        match self {
            Self::Gold => 1.0,
            Self::Silver => 0.6,
            Self::Bronze => 0.3,
            Self::Reject => 0.0,
        }
    }

    /// Class of a score. `lowest` holds the least scores of gold, silver and bronze.
    pub(super) fn from_score(score: f64, lowest: [f64; 3]) -> Self {
        let [gold, silver, bronze] = lowest;
        if score >= gold {
            Self::Gold
        } else if score >= silver {
            Self::Silver
        } else if score >= bronze {
            Self::Bronze
        } else {
            Self::Reject
        }
    }
}
