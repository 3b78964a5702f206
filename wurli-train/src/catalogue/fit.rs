//! Regularisation strength.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Regularisation strength: `fit` in `recordings.toml`, `--fit` of the command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// Regularised, so that keys between the recorded ones do not get worse.
    #[default]
    Keyboard,
    /// Follows every recorded note as closely as the network can.
    Notes,
}

impl Fit {
    /// Returns the name used in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keyboard => "keyboard",
            Self::Notes => "notes",
        }
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// An unknown name of a [`Fit`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fit {0:?} is neither \"keyboard\" nor \"notes\"")]
pub struct UnknownFit(pub String);

impl FromStr for Fit {
    type Err = UnknownFit;

    fn from_str(word: &str) -> Result<Self, UnknownFit> {
        [Self::Keyboard, Self::Notes].into_iter().find(|fit| fit.name() == word).ok_or_else(|| UnknownFit(word.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::Fit;

    #[test]
    fn a_fit_is_read_as_it_is_written() {
        for fit in [Fit::Keyboard, Fit::Notes] {
            assert_eq!(fit.to_string().parse(), Ok(fit));
            assert_eq!(serde_json::to_string(&fit).unwrap(), format!("\"{fit}\""));
        }
        assert_eq!(Fit::default(), Fit::Keyboard);
    }

    #[test]
    fn another_word_is_repeated() {
        let message = "Notes".parse::<Fit>().unwrap_err().to_string();
        assert_eq!(message, r#"fit "Notes" is neither "keyboard" nor "notes""#);
    }
}
