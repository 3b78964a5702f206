//! Stage 6, `train`: training set to network.
//!
//! From several beginnings, full-batch Adam makes an [objective] small that counts what will be heard; the best of them go on.
//! Where nothing was recorded, anchors pull the corrections toward the identity: what a reed differs from its law by says little of its
//! neighbours.

pub mod aims;
mod descent;
pub mod objective;
mod start;

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use wurli_voice::corrections::{DISPLACEMENT, FREQUENCIES, LEVELS, OUTPUTS};

use crate::catalogue::Fit;
use crate::normalisation::Normalisation;
use crate::random::Random;
use crate::renderer::RenderError;
use crate::weights::{HIDDEN, Network, PARAMETERS, TrainedRange};

use super::residuals::TrainingSet;
use aims::Aims;
pub use descent::{Architecture, Model};
use descent::{Descended, Descent, descend};
use objective::Objective;

/// Changes with whatever changes a trained network.
pub const VERSION: u32 = 3;

/// How the network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingSettings {
    /// What the other values were chosen for.
    pub fit: Fit,
    /// Beginnings.
    pub starts: u32,
    /// Passes over the training set from each of them.
    pub start_epochs: u32,
    /// How many of them go on: those with the lowest loss.
    pub finalists: u32,
    /// Passes over the training set from there on.
    pub epochs: u32,
    /// Seed of the beginnings. 9: the published system's.
    pub seed: u64,
    /// Step of Adam at the beginning; it falls to a hundredth along half a cosine.
    pub learning_rate: f64,
    /// Weight of the squared parameters in the loss' gradient.
    pub weight_decay: f64,
    /// Weight of all anchors beside that of all levels.
    pub anchor_weight: f32,
    /// Share of the learned levels and displacements that is kept, 0..=1. The pull toward the identity that anchors exert ends where
    /// notes were recorded; what is then left over for a key between them is still more than that key can be told (Stein 1956).
    pub kept: f32,
    /// How often, at the most, targets are refined by what re-rendering still shows.
    pub refinements: u32,
    /// Passes over the training set after each.
    pub refinement_epochs: u32,
}

impl TrainingSettings {
    /// The settings of a fit, chosen by `wurli-train choose-fit` on 34 recordings of an EP200 (README.md has its table).
    /// [`Fit::Notes`]: the beginnings and epochs after which more of either stopped helping. [`Fit::Keyboard`]: the least pull
    /// toward the identity with which keys that were left out are not worse than uncorrected.
    #[must_use]
    pub fn of(fit: Fit) -> Self {
        let notes = Self {
            fit,
            starts: 64,
            start_epochs: 1500,
            finalists: 8,
            epochs: 32_000,
            seed: 9,
            learning_rate: 0.03,
            weight_decay: 1e-5,
            anchor_weight: 0.0,
            kept: 1.0,
            refinements: 12,
            refinement_epochs: 2000,
        };
        match fit {
            Fit::Notes => notes,
            Fit::Keyboard => Self {
                starts: 4,
                start_epochs: 800,
                finalists: 1,
                epochs: 3000,
                learning_rate: 0.015,
                weight_decay: 6e-3,
                anchor_weight: 0.8,
                kept: 0.8,
                refinements: 2,
                refinement_epochs: 500,
                ..notes
            },
        }
    }

    /// Loss along a training, [`Trained::losses`], by passes: the descent, then each refinement, as epochs of the whole and losses.
    #[must_use]
    pub fn passes(&self, losses: &[f32]) -> Vec<Vec<(u32, f32)>> {
        let (mut passes, mut rest, mut begun, mut epochs) = (Vec::new(), losses, 0, self.epochs);
        while !rest.is_empty() {
            let step = descent::report_epochs(epochs);
            let (pass, after) = rest.split_at(rest.len().min(epochs.div_ceil(step) as usize + 1));
            let epoch = |i: usize| begun + (i as u32 * step).min(epochs);
            passes.push(pass.iter().enumerate().map(|(i, loss)| (epoch(i), *loss)).collect());
            (rest, begun, epochs) = (after, begun + epochs, self.refinement_epochs);
        }
        passes
    }

    /// Passes over the training set in all, refinements aside.
    #[must_use]
    pub fn total_epochs(&self) -> u32 {
        self.starts.saturating_mul(self.start_epochs).saturating_add(self.finalists.saturating_mul(self.epochs))
    }

    /// Epochs of all refinements, if none of them ends early.
    #[must_use]
    pub fn refinement_epochs_in_all(&self) -> u32 {
        self.finalists.max(1).saturating_mul(self.refinements).saturating_mul(self.refinement_epochs)
    }
}

impl Default for TrainingSettings {
    fn default() -> Self {
        Self::of(Fit::default())
    }
}

/// A trained network and what is needed to use it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// The parameters of the network.
    pub parameters: Parameters,
    /// What its outputs are relative to.
    pub normalisation: Normalisation,
    /// Lowest and highest note and velocity of the training set.
    pub midi: (u8, u8),
    /// Lowest and highest velocity.
    pub velocity: (u8, u8),
    /// Loss at every hundredth of the descent, and at its end; then the same of each refinement. See [`TrainingSettings::passes`].
    pub losses: Vec<f32>,
}

/// Layer by layer, weight before bias, row-major `[output][input]`. On disk, a list of another length is no artifact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f32>", into = "Vec<f32>")]
pub struct Parameters(pub [f32; PARAMETERS]);

impl From<Parameters> for Vec<f32> {
    fn from(parameters: Parameters) -> Self {
        parameters.0.to_vec()
    }
}

impl TryFrom<Vec<f32>> for Parameters {
    type Error = String;

    fn try_from(list: Vec<f32>) -> Result<Self, String> {
        let received = list.len();
        list.try_into().map(Self).map_err(|_| format!("{received} parameters, expected {PARAMETERS}"))
    }
}

/// Why there is no network.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A note of the closed loop was not played.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Nothing to learn from.
    #[error("the training set holds no usable target: {rows} notes, none of them measured above the noise")]
    NoTargets {
        /// Notes of the training set.
        rows: usize,
    },
    /// The loss is no number.
    #[error("the loss became {loss} in epoch {epoch}: lower learning_rate = {learning_rate}")]
    Diverged {
        /// The loss.
        loss: f32,
        /// The epoch.
        epoch: u32,
        /// The learning rate that it began with.
        learning_rate: f64,
    },
}

/// Trains networks on `set`: the finalists, lowest loss first, at least one. `progress` is told how many epochs are done, of all beginnings together, every hundredth of each; it may
/// be called from several threads.
///
/// # Errors
/// [`TrainError`] if there is nothing to learn from, or if the loss diverges.
pub fn run(
    set: &TrainingSet,
    settings: &TrainingSettings,
    progress: &(dyn Fn(u32) + Sync),
) -> Result<Vec<Trained>, TrainError> {
    let normalisation = Normalisation::of(set);
    let (Some((midi, velocity)), true) = (aims::spans(set), normalisation.observed.contains(&true)) else {
        return Err(TrainError::NoTargets { rows: set.rows.len() });
    };
    let aims = Aims::of(set);
    let objective = Objective::of(&aims, settings.anchor_weight);
    let done = AtomicU32::new(0);
    let count = |epochs: u32| progress(done.fetch_add(epochs, Ordering::Relaxed) + epochs);
    let best = |starts: Vec<[f32; PARAMETERS]>, epochs: u32| {
        let descent = Descent { epochs, learning_rate: settings.learning_rate, weight_decay: settings.weight_decay };
        let mut ends = starts
            .par_iter()
            .map(|start| descend(start, &aims, &objective, &normalisation, descent, &count))
            .collect::<Result<Vec<_>, TrainError>>()?;
        // Stable: of two equal losses the earlier beginning goes on, whichever thread was first.
        ends.sort_by(|a, b| a.loss().total_cmp(&b.loss()));
        Ok::<_, TrainError>(ends)
    };
    let notes: Vec<_> = aims.notes.iter().map(|aim| aim.inputs).collect();
    let mut random = Random(settings.seed);
    let starts = (0..settings.starts.max(1)).map(|_| start::parameters(&notes, &mut random)).collect();
    let mut begun: Vec<Descended> = best(starts, settings.start_epochs)?;
    begun.truncate(settings.finalists.max(1) as usize);
    let ended = best(begun.iter().map(|end| end.parameters).collect(), settings.epochs)?;
    let trained = |end: Descended| Trained {
        parameters: Parameters(end.parameters),
        normalisation: normalisation.clone(),
        midi,
        velocity,
        losses: end.losses,
    };
    Ok(ended.into_iter().map(trained).collect())
}

/// Goes on with `trained` on other targets of the same notes.
///
/// # Errors
/// [`TrainError::Diverged`].
pub fn go_on(trained: &Trained, aims: &Aims, settings: &TrainingSettings) -> Result<Trained, TrainError> {
    let objective = Objective::of(aims, settings.anchor_weight);
    let descent = Descent {
        epochs: settings.refinement_epochs,
        learning_rate: settings.learning_rate / 4.0,
        weight_decay: settings.weight_decay,
    };
    let start = &trained.parameters.0;
    let end = descend(start, aims, &objective, &trained.normalisation, descent, &|_| ())?;
    let losses = [trained.losses.as_slice(), &end.losses].concat();
    Ok(Trained { parameters: Parameters(end.parameters), losses, ..trained.clone() })
}

impl Trained {
    /// The loss at the end.
    #[must_use]
    pub fn loss(&self) -> f32 {
        self.losses.last().copied().unwrap_or(f32::INFINITY)
    }

    /// The network as plain arrays.
    #[must_use]
    pub fn network(&self) -> Network {
        Network::from_parameters(&self.parameters.0)
    }

    /// The same with a share of its levels and displacements.
    #[must_use]
    pub fn keeping(mut self, share: f32) -> Self {
        let outputs = (LEVELS..FREQUENCIES).chain([DISPLACEMENT]);
        let (weights, biases) = (PARAMETERS - OUTPUTS * (HIDDEN + 1), PARAMETERS - OUTPUTS);
        for output in outputs {
            let row = weights + output * HIDDEN;
            self.parameters.0[row..row + HIDDEN].iter_mut().for_each(|weight| *weight *= share);
            self.parameters.0[biases + output] *= share;
        }
        self
    }

    /// Where it was trained.
    #[must_use]
    pub fn range(&self) -> TrainedRange {
        TrainedRange {
            lowest_midi: self.midi.0,
            highest_midi: self.midi.1,
            lowest_velocity: self.velocity.0,
            highest_velocity: self.velocity.1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decays::DecayResponse;
    use crate::displacement::Response;
    use crate::stages::isolation::Tier;
    use crate::stages::residuals::Row;
    use crate::weights::{midi_to_input, velocity_to_input};
    use wurli_voice::corrections::IDENTITY_OUTPUTS;

    #[test]
    fn keeping_half_halves_levels_and_displacement_and_nothing_else() {
        let trained = Trained {
            parameters: Parameters(std::array::from_fn(|i| (i as f32 * 0.37).sin())),
            normalisation: Normalisation {
                means: IDENTITY_OUTPUTS,
                deviations: [2.0; OUTPUTS],
                observed: [true; OUTPUTS],
            },
            midi: (33, 96),
            velocity: (20, 110),
            losses: Vec::new(),
        };
        let whole = trained.network().forward([0.3, 0.6]);
        let half = trained.keeping(0.5).network().forward([0.3, 0.6]);
        for output in 0..OUTPUTS {
            let share = if output < FREQUENCIES || output == DISPLACEMENT { 0.5 } else { 1.0 };
            assert!((half[output] - share * whole[output]).abs() < 1e-6, "output {output}");
        }
    }

    #[test]
    fn the_losses_of_a_refined_training_are_those_of_its_passes() {
        let mut targets = IDENTITY_OUTPUTS;
        targets[LEVELS] = 3.0;
        let mut mask = [false; OUTPUTS];
        mask[LEVELS] = true;
        let row = |midi, velocity| Row {
            file: String::new(),
            note: 0,
            midi,
            velocity,
            tier: Tier::Gold,
            inputs: [midi_to_input(midi) as f32, velocity_to_input(velocity) as f32],
            targets,
            mask,
            response: Response::none(),
            decays: DecayResponse::default(),
            weight: 1.0,
        };
        let set = TrainingSet { rows: vec![row(40, 40), row(60, 90)] };
        // Reported every second epoch, and every one; the first count is odd.
        let settings = TrainingSettings {
            starts: 1,
            start_epochs: 10,
            epochs: 251,
            refinement_epochs: 30,
            ..TrainingSettings::of(Fit::Keyboard)
        };
        let first = run(&set, &settings, &|_| ()).unwrap().swap_remove(0);
        let second = go_on(&first, &Aims::of(&set), &settings).unwrap();
        let passes = settings.passes(&second.losses);
        assert_eq!(passes.iter().map(Vec::len).collect::<Vec<_>>(), [126 + 1, 30 + 1]);
        let ends = passes.iter().map(|pass| (pass[0].0, pass[pass.len() - 1].0)).collect::<Vec<_>>();
        assert_eq!(ends, [(0, 251), (251, 281)]);
        assert_eq!(passes[0].last().map(|(_, loss)| *loss), Some(first.loss()));
        assert_eq!(passes[1].last().map(|(_, loss)| *loss), Some(second.loss()));
        assert!(settings.passes(&[]).is_empty());
    }
}
