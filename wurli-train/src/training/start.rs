//! Initial parameters of a training.

use crate::random::Random;
use wurli_weights::{HIDDEN, INPUTS, Network, PARAMETERS};

/// Standard deviations of the initial weights: first layer, second (times the root of its inputs), third.
///
/// Compared with the usual initialisation (uniform within the reciprocal root of the inputs, random corners) on 34
/// recordings: after 4,000 epochs the best of eight losses is 3.5 instead of 4.9.
const FIRST: f64 = 2.0;
const SECOND: f64 = 1.5;
const THIRD: f64 = 0.2;

/// Returns random parameters such that the corner of each hidden neuron passes through a note.
///
/// With two inputs in 0..=1, random biases would put most corners where no note is.
pub(super) fn parameters(notes: &[[f32; INPUTS]], random: &mut Random) -> [f32; PARAMETERS] {
    let mut network = Network::ZERO;
    fill(network.w1.as_flattened_mut(), FIRST, random);
    for (weights, bias) in network.w1.iter().zip(&mut network.b1) {
        *bias = -dot(weights, &notes.get(random.index(notes.len())).copied().unwrap_or_default());
    }
    fill(network.w2.as_flattened_mut(), SECOND / (HIDDEN as f64).sqrt(), random);
    for (weights, bias) in network.w2.iter().zip(&mut network.b2) {
        let note = notes.get(random.index(notes.len())).copied().unwrap_or_default();
        let hidden: [f32; HIDDEN] = std::array::from_fn(|i| (dot(&network.w1[i], &note) + network.b1[i]).max(0.0));
        *bias = -dot(weights, &hidden);
    }
    fill(network.w3.as_flattened_mut(), THIRD, random);
    let mut all = [0.0; PARAMETERS];
    all.iter_mut().zip(network.parameters()).for_each(|(to, from)| *to = from);
    all
}

/// Fills `weights` with uniform numbers of a standard deviation.
fn fill(weights: &mut [f32], deviation: f64, random: &mut Random) {
    weights.iter_mut().for_each(|weight| *weight = (3f64.sqrt() * deviation * random.within_one()) as f32);
}

fn dot(weights: &[f32], inputs: &[f32]) -> f32 {
    weights.iter().zip(inputs).map(|(weight, input)| weight * input).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_corner_passes_through_a_note() {
        let notes = [[0.1, 0.2], [0.5, 0.9], [0.8, 0.4]];
        let at = |seed| parameters(&notes, &mut Random(seed));
        assert_eq!(at(1), at(1));
        assert_ne!(at(1), at(2));
        let network = Network::from_parameters(&at(1));
        for (weights, bias) in network.w1.iter().zip(network.b1) {
            let on_a_corner = |note: &[f32; INPUTS]| (dot(weights, note) + bias).abs() < 1e-6;
            assert!(notes.iter().any(on_a_corner));
        }
    }
}
