//! The network of dfdx against plain arithmetic.
//!
//! dfdx 0.13 without its `cpu` feature compiles, and multiplies matrices wrongly: only the last
//! term of each sum survives, in the forward pass and in the gradient alike. Nothing but a
//! comparison with another implementation notices.

use dfdx::prelude::*;
use wurli_train::random::Random;
use wurli_train::training::{Architecture, Model};
use wurli_voice::corrections::OUTPUTS;
use wurli_weights::{HIDDEN, INPUTS, Network, PARAMETERS, midi_to_input, velocity_to_input};

const DELTA: f32 = 1.0;
const ROWS: usize = 24;

/// Returns a network as training begins with it, and its parameters in the order of the weights
/// file.
fn model(device: &Cpu) -> (Model, [f32; PARAMETERS]) {
    let model: Model = device.build_module::<Architecture, f32>();
    let parameters = flat([
        &model.0.weight.as_vec(),
        &model.0.bias.as_vec(),
        &model.2.weight.as_vec(),
        &model.2.bias.as_vec(),
        &model.4.weight.as_vec(),
        &model.4.bias.as_vec(),
    ]);
    (model, parameters)
}

fn flat(parts: [&Vec<f32>; 6]) -> [f32; PARAMETERS] {
    parts.map(Vec::as_slice).concat().try_into().unwrap()
}

/// Rows of a loss like that of training: some targets far off, some near, some masked.
struct Rows {
    inputs: [[f32; INPUTS]; ROWS],
    targets: [[f32; OUTPUTS]; ROWS],
    weights: [[f32; OUTPUTS]; ROWS],
}

fn rows() -> Rows {
    let mut random = Random(5);
    let mut number = |low, high| random.between(low, high) as f32;
    Rows {
        inputs: std::array::from_fn(|_| std::array::from_fn(|_| number(0.0, 1.0))),
        targets: std::array::from_fn(|_| std::array::from_fn(|_| number(-2.5, 2.5))),
        weights: std::array::from_fn(|_| std::array::from_fn(|_| number(-0.01, 0.02).max(0.0))),
    }
}

/// The loss of training, in `f64`.
fn loss(parameters: &[f32; PARAMETERS], rows: &Rows) -> f64 {
    let network = Network::from_parameters(parameters);
    let delta = f64::from(DELTA);
    let huber = |error: f64| {
        if error.abs() < delta { 0.5 * error * error } else { delta * (error.abs() - 0.5 * delta) }
    };
    let of_row = |row: usize| {
        let outputs = network.forward(rows.inputs[row].map(f64::from));
        let terms =
            (0..OUTPUTS).map(|o| f64::from(rows.weights[row][o]) * huber(outputs[o] - f64::from(rows.targets[row][o])));
        terms.sum::<f64>()
    };
    (0..ROWS).map(of_row).sum()
}

/// Differences in `f64` are exact but for the corners of ReLU and Huber loss, which a step of 1e-4
/// rarely meets; what remains is dfdx's rounding, 528 terms of 6e-8 each.
#[test]
fn gradients_equal_differences_of_the_loss() {
    let device = Cpu::seed_from_u64(9);
    let (mut model, parameters) = model(&device);
    let rows = rows();
    let gradients = model.alloc_grads();
    let predicted = model.forward_mut(device.tensor(rows.inputs).trace(gradients));
    let weighted = predicted.huber_error(device.tensor(rows.targets), DELTA) * device.tensor(rows.weights);
    let total = weighted.sum::<Rank0, _>();
    let expected = loss(&parameters, &rows);
    assert!((f64::from(total.array()) / expected - 1.0).abs() < 1e-5, "loss {}, not {expected}", total.array());

    let gradients = total.backward();
    let gradients = flat([
        &gradients.get(&model.0.weight).as_vec(),
        &gradients.get(&model.0.bias).as_vec(),
        &gradients.get(&model.2.weight).as_vec(),
        &gradients.get(&model.2.bias).as_vec(),
        &gradients.get(&model.4.weight).as_vec(),
        &gradients.get(&model.4.bias).as_vec(),
    ]);
    let largest = gradients.iter().fold(0.0f32, |largest, g| largest.max(g.abs()));
    let mut compared = 0;
    for (i, gradient) in gradients.into_iter().enumerate() {
        let moved = |step: f32| {
            let mut moved = parameters;
            moved[i] += step;
            (f64::from(moved[i]), loss(&moved, &rows))
        };
        let ((above, loss_above), (below, loss_below)) = (moved(1e-4), moved(-1e-4));
        let difference = (loss_above - loss_below) / (above - below);
        let error = (f64::from(gradient) - difference).abs();
        assert!(
            error < 1e-3 * difference.abs() + 1e-6 * f64::from(largest),
            "parameter {i}: gradient {gradient}, difference {difference}"
        );
        compared += usize::from(difference != 0.0);
    }
    // A hidden neuron that no row wakes has no gradient.
    assert!(compared > PARAMETERS / 2, "{compared} of {PARAMETERS} parameters move the loss");
}

/// How far rounding in `f32` may take the outputs: of each sum of n products the n-th part of a bit
/// per term, and what the layer before has brought, taken with absolute values throughout (Higham,
/// Accuracy and Stability of Numerical Algorithms, 3.1).
fn rounding(network: &Network, inputs: [f64; INPUTS]) -> [f64; OUTPUTS] {
    const UNIT: f64 = f32::EPSILON as f64 / 2.0;
    fn layer<const I: usize, const O: usize>(
        weight: &[[f32; I]; O],
        bias: &[f32; O],
        (sizes, errors): ([f64; I], [f64; I]),
    ) -> ([f64; O], [f64; O]) {
        let product = |o: usize, values: &[f64; I]| -> f64 {
            weight[o].iter().zip(values).map(|(w, v)| f64::from(w.abs()) * v).sum()
        };
        let size = std::array::from_fn(|o| product(o, &sizes) + f64::from(bias[o].abs()));
        let error = std::array::from_fn(|o| product(o, &errors) + (I + 2) as f64 * UNIT * size[o]);
        (size, error)
    }
    let first = layer(&network.w1, &network.b1, (inputs, [0.0; INPUTS]));
    let second = layer(&network.w2, &network.b2, first);
    layer(&network.w3, &network.b3, second).1
}

#[test]
fn the_forward_pass_is_the_same_on_every_note_at_every_velocity() {
    let device = Cpu::seed_from_u64(9);
    let (model, parameters) = model(&device);
    let network = Network::from_parameters(&parameters);
    assert!(network.w1.as_flattened().iter().all(|weight| *weight != 0.0), "{HIDDEN} neurons of two weights");
    let grid: Vec<[f32; INPUTS]> = (0..128u8)
        .flat_map(|note| {
            (0..128u8).map(move |velocity| [midi_to_input(note) as f32, velocity_to_input(velocity) as f32])
        })
        .collect();
    let inputs = device.tensor_from_vec(grid.concat(), (grid.len(), Const::<INPUTS>));
    let outputs = model.forward(inputs).as_vec();
    for (input, found) in grid.iter().zip(outputs.chunks(OUTPUTS)) {
        let exact = network.forward(input.map(f64::from));
        let bound = rounding(&network, input.map(|value| f64::from(value.abs())));
        for (o, found) in found.iter().enumerate() {
            let error = (f64::from(*found) - exact[o]).abs();
            assert!(error <= bound[o], "{input:?}, output {o}: {found}, not {}", exact[o]);
            assert!(bound[o] < 1e-5, "a bound of {} says nothing", bound[o]);
        }
    }
}
