//! Quantities that a synth cannot correct.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use wurli_voice::MlpCorrections;
use wurli_voice::corrections::CORRECTED_HARMONICS;

/// Quantities that a synth cannot correct. They have no targets, and their outputs are exactly the
/// identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Without {
    /// Levels of H2–H8.
    pub levels: bool,
    /// Frequencies, the tuning included.
    pub frequencies: bool,
    /// Decays.
    pub decays: bool,
    /// The displacement in the pickup. Levels then take its part.
    pub displacement: bool,
}

/// Error of parsing a quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown quantity {received}, expected levels, frequencies, decays or displacement")]
pub struct UnknownQuantity {
    /// The name.
    pub received: String,
}

impl Without {
    /// Replaces the uncorrected quantities of `corrections` by the identity.
    #[must_use]
    pub fn masked(self, corrections: &MlpCorrections) -> MlpCorrections {
        let or = |without: bool, list: [f32; CORRECTED_HARMONICS], identity| if without { identity } else { list };
        let identity = MlpCorrections::IDENTITY;
        MlpCorrections {
            amp_offsets_db: or(self.levels, corrections.amp_offsets_db, identity.amp_offsets_db),
            freq_offsets_cents: or(self.frequencies, corrections.freq_offsets_cents, identity.freq_offsets_cents),
            decay_ratios: or(self.decays, corrections.decay_ratios, identity.decay_ratios),
            displacement_scale: if self.displacement { 1.0 } else { corrections.displacement_scale },
        }
    }
}

impl FromStr for Without {
    type Err = UnknownQuantity;

    /// Parses names separated by commas.
    fn from_str(names: &str) -> Result<Self, UnknownQuantity> {
        let mut without = Self::default();
        for name in names.split(',').map(str::trim) {
            match name {
                "levels" => without.levels = true,
                "frequencies" => without.frequencies = true,
                "decays" => without.decays = true,
                "displacement" => without.displacement = true,
                received => return Err(UnknownQuantity { received: received.into() }),
            }
        }
        Ok(without)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_a_list_of_names() {
        let expected = Without { decays: true, displacement: true, ..Without::default() };
        assert_eq!("displacement, decays".parse(), Ok(expected));
        let error = "displacements".parse::<Without>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown quantity displacements, expected levels, frequencies, decays or displacement"
        );
        assert!("".parse::<Without>().is_err());
    }
}
