//! Numbers and names of the seven stages.

use std::fmt;
use std::str::FromStr;

/// A stage of the pipeline, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// 1: recordings to note events.
    Notes,
    /// 2: note events to scores, tiers and collision masks.
    Isolation,
    /// 3: audio and scored notes to measured harmonics.
    Harmonics,
    /// 4: the same notes rendered by the model and measured.
    Render,
    /// 5: recording minus model, the training set.
    Residuals,
    /// 6: training set to network.
    Train,
    /// 7: network to weights file.
    Weights,
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Self; 7] =
        [Self::Notes, Self::Isolation, Self::Harmonics, Self::Render, Self::Residuals, Self::Train, Self::Weights];

    /// Returns the number, 1..=7.
    #[must_use]
    pub fn number(self) -> usize {
        self as usize + 1
    }

    /// Returns the name of the stage, which is also its folder in the cache.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Notes => "notes",
            Self::Isolation => "isolation",
            Self::Harmonics => "harmonics",
            Self::Render => "render",
            Self::Residuals => "residuals",
            Self::Train => "train",
            Self::Weights => "weights",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Error of parsing a stage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a stage: give 1..=7 or one of notes, isolation, harmonics, render, residuals, train, weights")]
pub struct UnknownStage(String);

impl FromStr for Stage {
    type Err = UnknownStage;

    fn from_str(text: &str) -> Result<Self, UnknownStage> {
        Self::ALL
            .into_iter()
            .find(|stage| stage.name() == text || stage.number().to_string() == text)
            .ok_or_else(|| UnknownStage(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_numbers_and_names() {
        for (i, stage) in Stage::ALL.into_iter().enumerate() {
            assert_eq!(stage.number(), i + 1);
            assert_eq!(stage.name().parse(), Ok(stage));
            assert_eq!((i + 1).to_string().parse(), Ok(stage));
        }
        for wrong in ["0", "8", "", "note", "Notes"] {
            assert_eq!(wrong.parse::<Stage>(), Err(UnknownStage(wrong.to_owned())));
        }
    }
}
