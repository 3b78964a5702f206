//! Everything that can be set about a run, each part of the key of what it changes.

use serde::{Deserialize, Serialize};

use crate::stages::isolation::IsolationSettings;
use crate::stages::train::TrainingSettings;
use crate::transcription::TranscriptionSettings;

/// Settings of all stages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Stage 1, for performances.
    pub transcription: TranscriptionSettings,
    /// Stage 2.
    pub isolation: IsolationSettings,
    /// Stage 6; `None` leaves the choice to the catalogue's `fit`.
    pub training: Option<TrainingSettings>,
}
