//! Everything that can be set about a run, each part of the key of what it changes.

use serde::{Deserialize, Serialize};

use crate::isolation::IsolationSettings;
use crate::training::TrainingSettings;
use crate::transcription::Labels;
use crate::transcription::TranscriptionSettings;
use crate::without::Without;

/// Settings of all stages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Stage 1, for performances.
    pub transcription: TranscriptionSettings,
    /// Stage 1, for single notes.
    pub labels: Labels,
    /// Stage 2.
    pub isolation: IsolationSettings,
    /// Stage 5: what the synth cannot correct.
    pub without: Without,
    /// Stage 6; `None` leaves the choice to the catalogue's `fit`.
    pub training: Option<TrainingSettings>,
    /// Fails on a recording that cannot be used, instead of leaving it out. Part of no key.
    pub strict: bool,
}
