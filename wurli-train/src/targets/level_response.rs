//! Change of a note's levels with its displacement scale.

use serde::{Deserialize, Serialize};
use wurli_voice::corrections::{CORRECTED_HARMONICS, DISPLACEMENT, MAX_OUTPUTS, MIN_OUTPUTS};

use super::level_table::{LevelTable, SCALE_STEPS};
use crate::measure::HARMONICS;

/// Levels of H2–H8 as a function of the displacement scale, relative to a reference scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelResponse {
    /// Levels at each tabulated scale, dB above the level at the reference scale.
    levels_db: Vec<[f32; CORRECTED_HARMONICS]>,
}

/// Level change at one displacement scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelShift {
    /// Levels of H2–H8, dB above those at the reference scale.
    pub levels_db: [f32; CORRECTED_HARMONICS],
    /// Slopes of the levels, dB per unit of scale.
    pub slopes_db: [f32; CORRECTED_HARMONICS],
}

impl LevelResponse {
    /// Returns the response of a note whose displacement cannot be scaled.
    #[must_use]
    pub fn zero() -> Self {
        Self { levels_db: vec![[0.0; CORRECTED_HARMONICS]; SCALE_STEPS] }
    }

    /// Returns the response relative to the levels of `table` at the scale `reference`.
    #[must_use]
    pub fn relative_to(table: &LevelTable, reference: f64) -> Self {
        let levels = |levels: &[f64; HARMONICS]| {
            let [_, corrected @ ..] = levels;
            corrected.map(|level_db| level_db as f32)
        };
        let mut response = Self { levels_db: table.levels_db.iter().map(levels).collect() };
        // Interpolated like every other scale, so that the shift at the reference is exactly 0.
        let at_reference = response.at(reference as f32).levels_db;
        for row in &mut response.levels_db {
            row.iter_mut().zip(at_reference).for_each(|(level, reference)| *level -= reference);
        }
        response
    }

    /// Returns the level change at `scale`, clamped to 0.5..=2.5. Linear in ln(scale) between
    /// tabulated scales.
    #[must_use]
    pub fn at(&self, scale: f32) -> LevelShift {
        let (lowest, highest) = (MIN_OUTPUTS[DISPLACEMENT], MAX_OUTPUTS[DISPLACEMENT]);
        let step = (highest / lowest).ln() / (SCALE_STEPS - 1) as f32;
        let scale = scale.clamp(lowest, highest);
        let position = (scale / lowest).ln() / step;
        let index = (position as usize).min(SCALE_STEPS - 2);
        let fraction = position - index as f32;
        let mut shift = LevelShift { levels_db: [0.0; CORRECTED_HARMONICS], slopes_db: [0.0; CORRECTED_HARMONICS] };
        if let Some([low, high]) = self.levels_db.get(index..index + 2) {
            for i in 0..CORRECTED_HARMONICS {
                let rise = high[i] - low[i];
                shift.levels_db[i] = low[i] + fraction * rise;
                shift.slopes_db[i] = rise / (step * scale);
            }
        }
        shift
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::level_table::instrument_levels_db;
    use wurli_voice::Instrument;

    #[test]
    fn response_follows_the_closed_form_and_its_slope() {
        let instrument = Instrument::EP200;
        let reference = instrument_levels_db(&instrument, 56, 78, 0.8);
        let response = LevelResponse::relative_to(&LevelTable::from_instrument(&instrument, 56, 78), 0.8);
        for scale in [0.5f32, 0.77, 0.8, 1.3, 2.5] {
            let closed = instrument_levels_db(&instrument, 56, 78, f64::from(scale));
            let shift = response.at(scale);
            let (low, high) = (response.at(scale * 0.9999), response.at(scale * 1.0001));
            for i in 0..CORRECTED_HARMONICS {
                let expected = closed[i + 1] - reference[i + 1];
                // Tabulated scales are 2.5 % apart; except at a null, a level bends by less than
                // this in between.
                if expected > -20.0 {
                    assert!((f64::from(shift.levels_db[i]) - expected).abs() < 0.3, "H{} at {scale}", i + 2);
                }
                let slope = (high.levels_db[i] - low.levels_db[i]) / (0.0002 * scale);
                // At a bound or a tabulated scale the two-sided difference is not the slope.
                if (0.6..2.4).contains(&scale) && scale != 0.8 {
                    assert!((shift.slopes_db[i] - slope).abs() < 0.05 * slope.abs() + 0.5, "H{} at {scale}", i + 2);
                }
            }
        }
        assert_eq!(response.at(0.1), response.at(0.5));
    }
}
