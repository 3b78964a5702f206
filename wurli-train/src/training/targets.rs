//! Targets of a network: those of the recorded notes, and the identity on the keys in between.

use wurli_voice::corrections::OUTPUTS;

use crate::targets::decays::DecayResponse;
use crate::targets::level_response::LevelResponse;
use crate::targets::{Row, TrainingSet};
use wurli_weights::{INPUTS, midi_to_input, velocity_to_input};

/// Velocities of the anchors, as fractions of the trained range.
const ANCHOR_VELOCITIES: [f64; 3] = [0.0, 0.5, 1.0];

/// Targets of one note.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteTargets {
    /// Scaled note and velocity.
    pub inputs: [f32; INPUTS],
    /// Corrections that make the model sound like the recording, at the displacement target.
    pub targets: [f32; OUTPUTS],
    /// Observed targets.
    pub mask: [bool; OUTPUTS],
    /// Weight in the loss, given by the tier.
    pub weight: f32,
    /// Level change at other displacements than the target.
    pub response: LevelResponse,
    /// Decays at other ratios than the targets.
    pub decays: DecayResponse,
}

/// Targets of all notes, and anchors.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets {
    /// Targets of the recorded notes.
    pub notes: Vec<NoteTargets>,
    /// Network inputs on keys between the recorded ones, where corrections are regularised towards the identity.
    pub anchors: Vec<[f32; INPUTS]>,
}

impl Targets {
    /// Takes the rows with a weight above 0, and places anchors on all keys between them.
    #[must_use]
    pub fn from_set(set: &TrainingSet) -> Self {
        let rows = || set.rows.iter().filter(|row| row.weight > 0.0);
        let notes = rows().map(NoteTargets::from_row).collect();
        let mut anchors = Vec::new();
        if let Some(((lowest, highest), (softest, loudest))) = spans(set) {
            for midi in (lowest..=highest).filter(|midi| rows().all(|row| row.midi != *midi)) {
                for fraction in ANCHOR_VELOCITIES {
                    let softest = velocity_to_input(softest);
                    let velocity = softest + fraction * (velocity_to_input(loudest) - softest);
                    anchors.push([midi_to_input(midi) as f32, velocity as f32]);
                }
            }
        }
        Self { notes, anchors }
    }

    /// Returns the inputs of all notes, then of all anchors.
    pub(super) fn inputs(&self) -> Vec<[f32; INPUTS]> {
        self.notes.iter().map(|note| note.inputs).chain(self.anchors.iter().copied()).collect()
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

/// Returns the range of keys and the range of velocities of the rows with a weight above 0.
#[must_use]
fn spans(set: &TrainingSet) -> Option<((u8, u8), (u8, u8))> {
    let span = |value: fn(&Row) -> u8| {
        let values = || set.rows.iter().filter(|row| row.weight > 0.0).map(value);
        Some((values().min()?, values().max()?))
    };
    Some((span(|row| row.midi)?, span(|row| row.velocity)?))
}
