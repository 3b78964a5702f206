//! Adam on a dfdx network, driven by the gradient of our own objective.

use dfdx::nn::builders::{Linear, ReLU};
use dfdx::optim::{Adam, AdamConfig, WeightDecay};
use dfdx::prelude::*;
use wurli_voice::corrections::OUTPUTS;

use crate::progress::Counter;
use crate::targets::normalisation::Normalisation;
use crate::training::TrainError;
use crate::training::objective::Objective;
use crate::training::targets::Targets;
use wurli_weights::{HIDDEN, INPUTS, PARAMETERS};

/// Network as a dfdx type.
pub type Architecture = (Linear<INPUTS, HIDDEN>, ReLU, Linear<HIDDEN, HIDDEN>, ReLU, Linear<HIDDEN, OUTPUTS>);
/// [`Architecture`] built on the CPU.
pub type Model = <Architecture as BuildOnDevice<Cpu, f32>>::Built;

/// Length and step size of one optimisation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    pub(super) epochs: u32,
    /// Initial learning rate of Adam. Decays to a hundredth along half a cosine.
    pub(super) learning_rate: f64,
    pub(super) weight_decay: f64,
}

/// Result of an optimisation.
#[derive(Clone, Debug)]
pub(super) struct Optimized {
    pub(super) parameters: [f32; PARAMETERS],
    /// Loss at every hundredth of the epochs, and at the end.
    pub(super) losses: Vec<f32>,
}

impl Optimized {
    pub(super) fn loss(&self) -> f32 {
        self.losses.last().copied().unwrap_or(f32::INFINITY)
    }
}

/// Minimises `objective` from `start`. `counter` counts epochs.
pub(super) fn optimize(
    start: &[f32; PARAMETERS],
    targets: &Targets,
    objective: &Objective<'_>,
    normalisation: &Normalisation,
    schedule: Schedule,
    counter: &Counter<'_>,
) -> Result<Optimized, TrainError> {
    // The seed has no effect: the parameters are overwritten.
    let device = Cpu::seed_from_u64(0);
    let mut model: Model = device.build_module::<Architecture, f32>();
    set_parameters(&mut model, start);
    let rows = targets.inputs();
    let count = rows.len();
    let inputs = device.tensor_from_vec(rows.concat(), (count, Const::<INPUTS>));
    let config = AdamConfig {
        lr: schedule.learning_rate,
        weight_decay: Some(WeightDecay::L2(schedule.weight_decay)),
        ..AdamConfig::default()
    };
    let mut optimizer = Adam::new(&model, config);
    let mut gradients = model.alloc_grads();
    let mut gradient = vec![[0.0; OUTPUTS]; count];
    let report = report_epochs(schedule.epochs);
    let mut losses = Vec::new();
    for epoch in 0..schedule.epochs {
        let phase = std::f64::consts::PI * f64::from(epoch) / f64::from(schedule.epochs);
        optimizer.cfg.lr = schedule.learning_rate * (0.01 + 0.99 * (0.5 + 0.5 * phase.cos()));
        let predicted = model.forward_mut(inputs.trace(gradients));
        let loss = objective.loss(&normalisation.outputs(&predicted.as_vec()), &mut gradient) as f32;
        if !loss.is_finite() {
            return Err(TrainError::Diverged { loss, epoch, learning_rate: schedule.learning_rate });
        }
        if epoch % report == 0 {
            losses.push(loss);
            counter.advance(report as usize);
        }
        // The product with its gradient has the gradient of the objective; dfdx propagates it through the layers.
        let gradient = device.tensor_from_vec(normalisation.output_gradient(&gradient), (count, Const::<OUTPUTS>));
        gradients = (predicted * gradient).sum::<Rank0, _>().backward();
        // Fails only for a parameter without influence on the loss; this network has none.
        let _ = optimizer.update(&mut model, &gradients);
        model.zero_grads(&mut gradients);
    }
    let last = objective.loss(&normalisation.outputs(&model.forward(inputs).as_vec()), &mut gradient) as f32;
    if !last.is_finite() {
        return Err(TrainError::Diverged { loss: last, epoch: schedule.epochs, learning_rate: schedule.learning_rate });
    }
    losses.push(last);
    Ok(Optimized { parameters: parameters(&model), losses })
}

/// Returns the number of epochs between reported losses.
pub(super) fn report_epochs(epochs: u32) -> u32 {
    (epochs / 100).max(1)
}

fn parameters(model: &Model) -> [f32; PARAMETERS] {
    let (first, _, second, _, third) = model;
    let mut all = [0.0; PARAMETERS];
    let [first_weight, first_bias, second_weight, second_bias, third_weight, third_bias] = split_mut(&mut all);
    first.weight.copy_into(first_weight);
    first.bias.copy_into(first_bias);
    second.weight.copy_into(second_weight);
    second.bias.copy_into(second_bias);
    third.weight.copy_into(third_weight);
    third.bias.copy_into(third_bias);
    all
}

fn set_parameters(model: &mut Model, all: &[f32; PARAMETERS]) {
    let (first, _, second, _, third) = model;
    let mut all = *all;
    let [first_weight, first_bias, second_weight, second_bias, third_weight, third_bias] = split_mut(&mut all);
    first.weight.copy_from(first_weight);
    first.bias.copy_from(first_bias);
    second.weight.copy_from(second_weight);
    second.bias.copy_from(second_bias);
    third.weight.copy_from(third_weight);
    third.bias.copy_from(third_bias);
}

/// Splits parameters by layer into weight and bias, in the order of the weights file.
fn split_mut(all: &mut [f32; PARAMETERS]) -> [&mut [f32]; 6] {
    let (first_weight, rest) = all.split_at_mut(INPUTS * HIDDEN);
    let (first_bias, rest) = rest.split_at_mut(HIDDEN);
    let (second_weight, rest) = rest.split_at_mut(HIDDEN * HIDDEN);
    let (second_bias, rest) = rest.split_at_mut(HIDDEN);
    let (third_weight, third_bias) = rest.split_at_mut(HIDDEN * OUTPUTS);
    [first_weight, first_bias, second_weight, second_bias, third_weight, third_bias]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_round_trip() {
        let all = std::array::from_fn(|i| i as f32);
        let mut model: Model = Cpu::seed_from_u64(0).build_module::<Architecture, f32>();
        set_parameters(&mut model, &all);
        assert_eq!(parameters(&model), all);
    }
}
