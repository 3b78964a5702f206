//! Settings of a run. Each is part of the cache keys of the stages that it affects.

use serde::{Deserialize, Serialize};

use crate::isolation::IsolationSettings;
use crate::training::TrainingSettings;
use crate::transcription::Labels;
use crate::transcription::TranscriptionSettings;
use crate::without::Without;

/// Settings of all stages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Transcription of performances, stage 1.
    pub transcription: TranscriptionSettings,
    /// Treatment of labels that contradict the sound, stage 1.
    pub labels: Labels,
    /// Isolation, stage 2.
    pub isolation: IsolationSettings,
    /// Quantities that the synth cannot correct, stage 5.
    pub without: Without,
    /// Training, stage 6. `None` selects the settings of the catalogue's `fit`.
    pub training: Option<TrainingSettings>,
    /// Fails on a recording that cannot be used, instead of leaving it out. Part of no key.
    pub strict: bool,
}
