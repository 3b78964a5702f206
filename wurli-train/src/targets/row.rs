//! Training set.

use serde::{Deserialize, Serialize};
use wurli_voice::MlpCorrections;
use wurli_voice::corrections::{DECAYS, FREQUENCIES, LEVELS, OUTPUTS};

use super::decays::{DecayResponse, MIN_RELATIVE_DECAY};
use super::level_response::LevelResponse;
use crate::comparison::NoteErrors;
use crate::isolation::Tier;

/// One note of the training set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Recording, as named in the catalogue.
    pub file: String,
    /// Index of the note in the recording.
    pub note: usize,
    /// Key, MIDI.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
    /// Isolation tier.
    pub tier: Tier,
    /// Scaled note and velocity, 0..=1.
    pub inputs: [f32; 2],
    /// Corrections that make the model sound like the recording, in the order of
    /// [`wurli_voice::corrections`]; the identity where `mask` is false.
    pub targets: [f32; OUTPUTS],
    /// Observed targets.
    pub mask: [bool; OUTPUTS],
    /// Level change at other displacements than the target.
    pub response: LevelResponse,
    /// Decays at other ratios than the targets.
    pub decays: DecayResponse,
    /// Weight in the loss, given by the tier. 0 excludes the note.
    pub weight: f32,
}

impl Row {
    /// Predicts the errors of the model with `corrections`, in closed form. Nothing is rendered.
    ///
    /// The decay of the reed, which H1 and H2 share, is that of H2.
    #[must_use]
    pub fn predicted_errors(&self, corrections: &MlpCorrections) -> NoteErrors {
        let outputs = corrections.to_outputs();
        let shift = self.response.at(corrections.displacement_scale).levels_db;
        let reed_ratio = corrections.reed_decay_ratio();
        let observed = |output: usize, error: f32| self.mask[output].then_some(f64::from(error));
        let mut errors = NoteErrors::default();
        for (harmonic, shift_db) in shift.into_iter().enumerate() {
            let [level, cents, ratio] = [LEVELS, FREQUENCIES, DECAYS].map(|first| first + harmonic);
            errors.level_db[harmonic + 1] = observed(level, outputs[level] + shift_db - self.targets[level]);
            errors.frequency_cents[harmonic + 1] = observed(cents, outputs[cents] - self.targets[cents]);
            let relative = self.decays.relative_decay(harmonic, outputs[ratio], reed_ratio).max(MIN_RELATIVE_DECAY);
            errors.decay_log2[harmonic + 1] = observed(ratio, relative.log2());
        }
        errors
    }
}

/// Rows that a network is trained on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingSet {
    /// Rows, by file and onset.
    pub rows: Vec<Row>,
}
