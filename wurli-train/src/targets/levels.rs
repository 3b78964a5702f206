//! Level residuals of a note: recorded less rendered.

use crate::measure::{HARMONICS, Measurement, Status};

use super::displacement::Evidence;

/// Levels of H1–H8, recording less model, dB, 50–450 ms after the onset: the window about [`wurli_voice::LEVEL_REFERENCE_S`], where
/// level offsets act; of a note too short for it, in the early sustain. A model quieter than the recording's noise is taken
/// to be at that noise.
#[must_use]
pub fn level_residuals_db(real: &Measurement, model: &Measurement) -> [Option<f64>; HARMONICS] {
    evidence(real, model).map(|level| match level? {
        Evidence::Measured(residual_db) => Some(residual_db),
        Evidence::AtMost(_) => None,
    })
}

pub(super) fn evidence(real: &Measurement, model: &Measurement) -> [Option<Evidence>; HARMONICS] {
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
