//! A scored note with its measurement.

use serde::{Deserialize, Serialize};

use crate::measure::Measurement;

use super::ScoredNote;

/// A scored note with the measurement of its harmonics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredNote {
    /// The note as scored by stage 2.
    pub note: ScoredNote,
    /// Its harmonics; `None` for a rejected note, and for one too short or too faint to measure.
    pub measurement: Option<Measurement>,
}
