//! One note of the training set.

use serde::{Deserialize, Serialize};
use wurli_voice::corrections::OUTPUTS;

use super::decays::DecayResponse;
use super::displacement::LevelResponse;
use crate::isolation::Tier;

/// One note of the training set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The recording that it comes from.
    pub file: String,
    /// Which of the recording's notes it is.
    pub note: usize,
    /// Key, MIDI.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
    /// Isolation tier.
    pub tier: Tier,
    /// Scaled note and velocity, 0..=1.
    pub inputs: [f32; 2],
    /// Corrections that would make the model sound like the recording, in the order of [`wurli_voice::corrections`]; the identity
    /// where `mask` is false.
    pub targets: [f32; OUTPUTS],
    /// Which targets were observed.
    pub mask: [bool; OUTPUTS],
    /// What another displacement than the target does to the levels.
    pub response: LevelResponse,
    /// What other decay ratios than the targets do.
    pub decays: DecayResponse,
    /// Weight in the loss: that of the tier.
    pub weight: f32,
}

/// The training set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingSet {
    /// Its notes, by file and onset.
    pub rows: Vec<Row>,
}
