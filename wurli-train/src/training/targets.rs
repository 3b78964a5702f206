//! What a network is asked to say: for every recorded note its targets, and between the recorded keys as little as possible.

use wurli_voice::corrections::OUTPUTS;

use crate::targets::decays::DecayResponse;
use crate::targets::level_response::LevelResponse;
use crate::targets::{Row, TrainingSet};
use wurli_weights::{INPUTS, midi_to_input, velocity_to_input};

/// Velocities at which anchors stand, as shares of the trained range.
const ANCHOR_VELOCITIES: [f64; 3] = [0.0, 0.5, 1.0];

/// One note to learn.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteTargets {
    /// Scaled note and velocity.
    pub inputs: [f32; INPUTS],
    /// Corrections that would make the model sound like the recording, given its own displacement target.
    pub targets: [f32; OUTPUTS],
    /// Which of them were observed.
    pub mask: [bool; OUTPUTS],
    /// Weight of its tier.
    pub weight: f32,
    /// What another displacement than that of the targets does to the levels.
    pub response: LevelResponse,
    /// What decay ratios do to the decays.
    pub decays: DecayResponse,
}

/// All that is asked of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets {
    /// The recorded notes.
    pub notes: Vec<NoteTargets>,
    /// Places at which nothing was recorded: inputs on the keys between the recorded ones.
    pub anchors: Vec<[f32; INPUTS]>,
}

impl Targets {
    /// Of the rows of a training set that weigh anything.
    #[must_use]
    pub fn from_set(set: &TrainingSet) -> Self {
        let rows = || set.rows.iter().filter(|row| row.weight > 0.0);
        let notes = rows().map(NoteTargets::from_row).collect();
        let mut anchors = Vec::new();
        if let Some(((lowest, highest), (softest, loudest))) = spans(set) {
            for midi in (lowest..=highest).filter(|midi| rows().all(|row| row.midi != *midi)) {
                for share in ANCHOR_VELOCITIES {
                    let softest = velocity_to_input(softest);
                    let velocity = softest + share * (velocity_to_input(loudest) - softest);
                    anchors.push([midi_to_input(midi) as f32, velocity as f32]);
                }
            }
        }
        Self { notes, anchors }
    }

    /// Inputs of all notes, then of all anchors.
    pub(super) fn inputs(&self) -> Vec<[f32; INPUTS]> {
        self.notes.iter().map(|target| target.inputs).chain(self.anchors.iter().copied()).collect()
    }
}

impl NoteTargets {
    fn from_row(row: &Row) -> Self {
        Self {
            inputs: row.inputs,
            targets: row.targets,
            mask: row.mask,
            weight: row.weight,
            response: row.response.clone(),
            decays: row.decays,
        }
    }
}

/// Lowest and highest note, lowest and highest velocity of the rows that weigh anything.
#[must_use]
pub(super) fn spans(set: &TrainingSet) -> Option<((u8, u8), (u8, u8))> {
    let span = |value: fn(&Row) -> u8| {
        let values = || set.rows.iter().filter(|row| row.weight > 0.0).map(value);
        Some((values().min()?, values().max()?))
    };
    Some((span(|row| row.midi)?, span(|row| row.velocity)?))
}
