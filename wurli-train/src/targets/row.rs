//! Training set.

use serde::{Deserialize, Serialize};
use wurli_voice::corrections::OUTPUTS;

use super::decays::DecayResponse;
use super::level_response::LevelResponse;
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

/// Rows that a network is trained on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingSet {
    /// Rows, by file and onset.
    pub rows: Vec<Row>,
}

impl TrainingSet {
    /// Returns key (MIDI) and velocity of the rows with a weight above 0.
    #[must_use]
    pub fn notes(&self) -> Vec<(u8, u8)> {
        self.rows.iter().filter(|row| row.weight > 0.0).map(|row| (row.midi, row.velocity)).collect()
    }
}

#[cfg(test)]
impl Row {
    /// Returns the row of a note that needs no correction, all of whose targets were observed.
    pub(crate) fn identity(midi: u8, velocity: u8) -> Self {
        Self {
            file: String::new(),
            note: 0,
            midi,
            velocity,
            tier: Tier::Gold,
            inputs: [0.5; 2],
            targets: wurli_voice::corrections::IDENTITY_OUTPUTS,
            mask: [true; OUTPUTS],
            response: LevelResponse::zero(),
            decays: DecayResponse::default(),
            weight: 1.0,
        }
    }
}
