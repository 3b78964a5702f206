//! Level residuals of a note, recording minus model.

use super::displacement::Evidence;
use crate::measure::{HARMONICS, Measurement, Status};

/// Returns the level residuals of H1–H8, dB. `None` where the recorded level was not measured.
///
/// Levels are read 50–450 ms after the onset, around [`wurli_voice::LEVEL_REFERENCE_S`], where
/// level offsets act; for a note too short for that, in the early sustain. A model below the
/// recording's noise floor counts as being at that floor.
#[must_use]
pub fn level_residuals_db(real: &Measurement, model: &Measurement) -> [Option<f64>; HARMONICS] {
    level_evidence(real, model).map(|level| match level? {
        Evidence::Measured(residual_db) => Some(residual_db),
        Evidence::AtMost(_) => None,
    })
}

/// Returns the level residuals of H1–H8, with an upper bound where the recording lies below its
/// noise floor.
pub(super) fn level_evidence(real: &Measurement, model: &Measurement) -> [Option<Evidence>; HARMONICS] {
    std::array::from_fn(|i| {
        let (recorded, rendered) = (&real.harmonics[i], &model.harmonics[i]);
        let (recorded_db, rendered_db) = match recorded.levels.steady_db.status {
            Status::TooShort => (recorded.levels.early_db, rendered.levels.early_db),
            _ => (recorded.levels.steady_db, rendered.levels.steady_db),
        };
        let residual_db = recorded_db.value.max(recorded.floor_db) - rendered_db.value.max(recorded.floor_db);
        match recorded_db.status {
            Status::Valid => Some(Evidence::Measured(residual_db)),
            Status::UnderNoise => Some(Evidence::AtMost(residual_db)),
            _ => None,
        }
    })
}
