//! Stage 6, `train`: training set to network.
//!
//! Full-batch Adam on the masked Huber loss of the normalised targets, weighted by tier. Where an output was observed on a part of
//! the keyboard only, anchors pull it toward the identity on the rest.

use dfdx::nn::builders::{Linear, ReLU};
use dfdx::optim::{Adam, AdamConfig, WeightDecay};
use dfdx::prelude::*;
use serde::{Deserialize, Serialize};
use wurli_voice::corrections::{IDENTITY_OUTPUTS, OUTPUTS};

use crate::catalogue::Fit;
use crate::normalisation::Normalisation;
use crate::weights::{HIDDEN, INPUTS, Network, PARAMETERS, TrainedRange, midi_to_input, velocity_to_input};

use super::residuals::TrainingSet;

/// Changes with whatever changes a trained network.
pub const VERSION: u32 = 1;

/// The network as dfdx sees it.
pub type Architecture = (Linear<INPUTS, HIDDEN>, ReLU, Linear<HIDDEN, HIDDEN>, ReLU, Linear<HIDDEN, OUTPUTS>);
/// [`Architecture`] on the processor.
pub type Model = <Architecture as BuildOnDevice<Cpu, f32>>::Built;

/// How the network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingSettings {
    /// What the other values were chosen for.
    pub fit: Fit,
    /// Passes over the training set. 10,000: the published system's.
    pub epochs: u32,
    /// Seed of the initial parameters. 9: the published system's.
    pub seed: u64,
    /// Step of Adam at the beginning; it falls to a hundredth along half a cosine.
    pub learning_rate: f64,
    /// Weight of the squared parameters in the loss' gradient.
    pub weight_decay: f64,
    /// Error, in deviations, from which on the loss grows linearly.
    pub huber_delta: f32,
    /// Weight of an anchor beside an observed target of a gold note.
    pub anchor_weight: f32,
}

impl TrainingSettings {
    /// The settings of a fit. What differs was compared in the closed loop on 34 recordings of an EP200, every key left out in turn with
    /// all its velocities, 4.75 dB being the mean absolute level error without corrections. [`Fit::Notes`]: 3.5 dB on its own notes,
    /// 6.1 dB on those left out. [`Fit::Keyboard`]: 4.5 and 4.9 dB, the least harm of the settings tried that still do some good.
    #[must_use]
    pub fn of(fit: Fit) -> Self {
        let notes = Self {
            fit,
            epochs: 10_000,
            seed: 9,
            learning_rate: 0.01,
            weight_decay: 1e-4,
            huber_delta: 1.0,
            anchor_weight: 0.1,
        };
        match fit {
            Fit::Notes => notes,
            Fit::Keyboard => Self { weight_decay: 3e-3, huber_delta: 0.3, ..notes },
        }
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
    /// Loss at every hundredth of the training, and at its end.
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
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrainError {
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

/// Trains the network. `progress` is told the epoch, every hundredth of the training.
///
/// # Errors
/// [`TrainError`] if there is nothing to learn from, or if the loss diverges.
pub fn run(
    set: &TrainingSet,
    settings: &TrainingSettings,
    progress: &mut dyn FnMut(u32),
) -> Result<Trained, TrainError> {
    let normalisation = Normalisation::of(set);
    let span = |value: fn(&super::residuals::Row) -> u8| {
        let values = || set.rows.iter().filter(|row| row.weight > 0.0).map(value);
        Some((values().min()?, values().max()?))
    };
    let (Some(midi), Some(velocity), true) =
        (span(|row| row.midi), span(|row| row.velocity), normalisation.observed.contains(&true))
    else {
        return Err(TrainError::NoTargets { rows: set.rows.len() });
    };

    let batch = Batch::of(set, &normalisation, settings.anchor_weight, midi, velocity);
    let device = Cpu::seed_from_u64(settings.seed);
    let rows = batch.inputs.len() / INPUTS;
    let inputs = device.tensor_from_vec(batch.inputs, (rows, Const::<INPUTS>));
    let targets = device.tensor_from_vec(batch.targets, (rows, Const::<OUTPUTS>));
    let weights = device.tensor_from_vec(batch.weights, (rows, Const::<OUTPUTS>));

    let mut model: Model = device.build_module::<Architecture, f32>();
    let config = AdamConfig {
        lr: settings.learning_rate,
        weight_decay: Some(WeightDecay::L2(settings.weight_decay)),
        ..AdamConfig::default()
    };
    let mut optimizer = Adam::new(&model, config);
    let mut gradients = model.alloc_grads();
    let report = (settings.epochs / 100).max(1);
    let mut losses = Vec::new();
    for epoch in 0..settings.epochs {
        let turn = std::f64::consts::PI * f64::from(epoch) / f64::from(settings.epochs);
        optimizer.cfg.lr = settings.learning_rate * (0.01 + 0.99 * (0.5 + 0.5 * turn.cos()));
        let predicted = model.forward_mut(inputs.trace(gradients));
        let loss = (predicted.huber_error(targets.clone(), settings.huber_delta) * weights.clone()).sum::<Rank0, _>();
        let value = loss.array();
        if !value.is_finite() {
            return Err(TrainError::Diverged { loss: value, epoch, learning_rate: settings.learning_rate });
        }
        if epoch % report == 0 {
            losses.push(value);
            progress(epoch);
        }
        gradients = loss.backward();
        // The only error is a parameter that took no part in the loss; every one of this network does.
        let _ = optimizer.update(&mut model, &gradients);
        model.zero_grads(&mut gradients);
    }
    let last = model.forward(inputs).huber_error(targets, settings.huber_delta) * weights;
    losses.push(last.sum::<Rank0, _>().array());
    Ok(Trained { parameters: parameters(&model), normalisation, midi, velocity, losses })
}

fn parameters(model: &Model) -> Parameters {
    let (first, _, second, _, third) = model;
    let mut all = [0.0; PARAMETERS];
    let (first_weight, rest) = all.split_at_mut(INPUTS * HIDDEN);
    let (first_bias, rest) = rest.split_at_mut(HIDDEN);
    let (second_weight, rest) = rest.split_at_mut(HIDDEN * HIDDEN);
    let (second_bias, rest) = rest.split_at_mut(HIDDEN);
    let (third_weight, third_bias) = rest.split_at_mut(HIDDEN * OUTPUTS);
    first.weight.copy_into(first_weight);
    first.bias.copy_into(first_bias);
    second.weight.copy_into(second_weight);
    second.bias.copy_into(second_bias);
    third.weight.copy_into(third_weight);
    third.bias.copy_into(third_bias);
    Parameters(all)
}

impl Trained {
    /// The network as plain arrays.
    #[must_use]
    pub fn network(&self) -> Network {
        Network::from_parameters(&self.parameters.0)
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

/// Semitones around an observation in which an output needs no anchor.
const REACH: u8 = 4;
/// Semitones from one anchor to the next.
const ANCHOR_STEP: usize = 3;
/// Velocities at which anchors stand, as shares of the trained range.
const ANCHOR_VELOCITIES: [f64; 3] = [0.0, 0.5, 1.0];

/// Rows of the loss, the weights summing to 1 over the observed targets.
struct Batch {
    inputs: Vec<f32>,
    targets: Vec<f32>,
    weights: Vec<f32>,
}

impl Batch {
    fn of(
        set: &TrainingSet,
        normalisation: &Normalisation,
        anchor_weight: f32,
        midi: (u8, u8),
        velocity: (u8, u8),
    ) -> Self {
        let mut batch = Self { inputs: Vec::new(), targets: Vec::new(), weights: Vec::new() };
        for row in set.rows.iter().filter(|row| row.weight > 0.0) {
            batch.push(row.inputs, |o| (row.mask[o].then_some(row.weight), normalisation.normalise(o, row.targets[o])));
        }
        let observed: f32 = batch.weights.iter().sum();
        for note in (midi.0..=midi.1).step_by(ANCHOR_STEP) {
            let far = |output: usize| {
                normalisation.observed[output]
                    && !set
                        .rows
                        .iter()
                        .any(|row| row.mask[output] && row.weight > 0.0 && row.midi.abs_diff(note) <= REACH)
            };
            if !(0..OUTPUTS).any(far) {
                continue;
            }
            for share in ANCHOR_VELOCITIES {
                let lowest = velocity_to_input(velocity.0);
                let input = lowest + share * (velocity_to_input(velocity.1) - lowest);
                batch.push([midi_to_input(note) as f32, input as f32], |o| {
                    (far(o).then_some(anchor_weight), normalisation.normalise(o, IDENTITY_OUTPUTS[o]))
                });
            }
        }
        batch.weights.iter_mut().for_each(|weight| *weight /= observed);
        batch
    }

    fn push(&mut self, inputs: [f32; INPUTS], target: impl Fn(usize) -> (Option<f32>, f32)) {
        self.inputs.extend(inputs);
        for output in 0..OUTPUTS {
            let (weight, value) = target(output);
            self.weights.push(weight.unwrap_or(0.0));
            self.targets.push(if weight.is_some() { value } else { 0.0 });
        }
    }
}
