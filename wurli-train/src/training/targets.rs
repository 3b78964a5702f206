//! Targets of a network: those of the recorded notes, the tuning of recorded keys at other dynamics,
//! and the identity on the keys in between.

use std::collections::BTreeSet;

use wurli_voice::corrections::{DECAYS, FREQUENCIES, OUTPUTS};

use crate::targets::decays::DecayResponse;
use crate::targets::level_response::LevelResponse;
use crate::targets::{Row, TrainingSet};
use crate::training::growth::Growth;
use crate::training::reach::Reach;
use wurli_voice::Instrument;
use wurli_weights::{INPUTS, midi_to_input, velocity_to_input};

/// Velocities of the anchors, as fractions of the trained range.
const ANCHOR_VELOCITIES: [f64; 3] = [0.0, 0.5, 1.0];

/// Velocities at which a recorded key has carried targets, as fractions of the trained range.
const CARRIED_VELOCITIES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// Least distance of a carried target from a recorded note of its key, natural logarithm of the
/// velocities' ratio.
const CARRIED_DISTANCE: f64 = 0.2;
/// Weight of a carried target relative to that of the note that it is carried from.
///
/// On 34 recordings, weights of 0.05 to 0.3 carry the tuning over alike and leave the recorded notes as
/// they are, within the scatter of six seeds.
const CARRIED_WEIGHT: f32 = 0.2;

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
    /// Frequencies of recorded keys at other dynamics: those of the nearest recorded one.
    ///
    /// The tuning is a property of the reed. Without these targets the network extrapolates it.
    pub carried: Vec<NoteTargets>,
    /// Network inputs on keys between the recorded ones, where corrections are regularised towards the identity.
    pub anchors: Vec<[f32; INPUTS]>,
    /// Growth of the levels of recorded keys with the velocity, see [`Self::growing`].
    pub growth: Growth,
}

impl Targets {
    /// Takes the rows with a weight above 0, carries their frequencies to other dynamics, and places anchors on
    /// all keys between them.
    #[must_use]
    pub fn from_set(set: &TrainingSet) -> Self {
        let rows = || set.rows.iter().filter(|row| row.weight > 0.0);
        let notes = rows().map(NoteTargets::from_row).collect();
        let (mut carried, mut anchors) = (Vec::new(), Vec::new());
        if let Some(((lowest, highest), (softest, loudest))) = spans(set) {
            for midi in rows().map(|row| row.midi).collect::<BTreeSet<_>>() {
                for fraction in CARRIED_VELOCITIES {
                    let softest = velocity_to_input(softest);
                    let velocity = softest + fraction * (velocity_to_input(loudest) - softest);
                    let distance = |row: &Row| (velocity_to_input(row.velocity) / velocity).ln().abs();
                    let of_key = rows().filter(|row| row.midi == midi);
                    let nearest = of_key.min_by(|a, b| distance(a).total_cmp(&distance(b)));
                    carried.extend(
                        nearest
                            .filter(|row| distance(row) > CARRIED_DISTANCE)
                            .map(|row| NoteTargets::from_row(row).carried_to(velocity)),
                    );
                }
            }
            for midi in (lowest..=highest).filter(|midi| rows().all(|row| row.midi != *midi)) {
                for fraction in ANCHOR_VELOCITIES {
                    let softest = velocity_to_input(softest);
                    let velocity = softest + fraction * (velocity_to_input(loudest) - softest);
                    anchors.push([midi_to_input(midi) as f32, velocity as f32]);
                }
            }
        }
        Self { notes, carried, anchors, growth: Growth::default() }
    }

    /// Adds the growth of the levels of `voice`, whose notes are corrected within `reach`.
    ///
    /// A synth without a closed form has none.
    #[must_use]
    pub fn growing(mut self, set: &TrainingSet, voice: Option<&Instrument>, reach: Reach) -> Self {
        if let Some(voice) = voice {
            self.growth = Growth::new(voice, reach, &set.notes());
        }
        self
    }

    /// Returns the recorded notes, then the carried ones.
    pub(super) fn examples(&self) -> impl Iterator<Item = &NoteTargets> {
        self.notes.iter().chain(&self.carried)
    }

    /// Returns the inputs of all examples, then of all anchors, then of the points of the growth.
    pub(super) fn inputs(&self) -> Vec<[f32; INPUTS]> {
        self.examples()
            .map(|note| note.inputs)
            .chain(self.anchors.iter().copied())
            .chain(self.growth.inputs())
            .collect()
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

    /// Returns its frequencies as targets at another velocity, 0..=1.
    pub(super) fn carried_to(mut self, velocity: f64) -> Self {
        let [midi, _] = self.inputs;
        self.inputs = [midi, velocity as f32];
        self.mask[..FREQUENCIES].fill(false);
        self.mask[DECAYS..].fill(false);
        self.weight *= CARRIED_WEIGHT;
        self
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isolation::Tier;
    use wurli_voice::corrections::IDENTITY_OUTPUTS;

    fn row(midi: u8, velocity: u8, cents: f32) -> Row {
        let mut targets = IDENTITY_OUTPUTS;
        targets[FREQUENCIES] = cents;
        Row {
            file: String::new(),
            note: 0,
            midi,
            velocity,
            tier: Tier::Gold,
            inputs: [midi_to_input(midi) as f32, velocity_to_input(velocity) as f32],
            targets,
            mask: [true; OUTPUTS],
            response: LevelResponse::zero(),
            decays: DecayResponse::default(),
            weight: 0.5,
        }
    }

    #[test]
    fn tuning_is_carried_from_the_nearest_dynamic_of_the_key() {
        let rows = vec![row(40, 20, -7.0), row(40, 110, 4.0), row(45, 50, 2.0)];
        let targets = Targets::from_set(&TrainingSet { rows });
        let carried = |midi: u8| {
            let of_key = targets.carried.iter().filter(move |note| note.inputs[0] == midi_to_input(midi) as f32);
            of_key.map(|note| ((note.inputs[1] * 127.0).round(), note.targets[FREQUENCIES])).collect::<Vec<_>>()
        };
        // The grid is 20, 42.5, 65, 87.5 and 110. Nothing is carried to within 0.2 of a recording.
        assert_eq!(carried(40), [(43.0, -7.0), (65.0, 4.0), (88.0, 4.0)]);
        assert_eq!(carried(45), [(20.0, 2.0), (65.0, 2.0), (88.0, 2.0), (110.0, 2.0)]);
        for note in &targets.carried {
            assert_eq!(note.weight, 0.5 * CARRIED_WEIGHT);
            assert!(note.mask.iter().enumerate().all(|(o, mask)| *mask == (FREQUENCIES..DECAYS).contains(&o)));
        }
    }

    #[test]
    fn one_dynamic_carries_nothing() {
        let rows = vec![row(40, 60, -7.0), row(45, 60, 2.0)];
        assert_eq!(Targets::from_set(&TrainingSet { rows }).carried, []);
    }
}
