//! Network of 2 → 8 → 8 → 22 neurons with two ReLUs, as plain arrays.

use wurli_voice::corrections::OUTPUTS;

/// Inputs: note and velocity, each scaled to 0..=1.
pub const INPUTS: usize = 2;
/// Neurons of each hidden layer.
pub const HIDDEN: usize = 8;
/// Sizes of the layers, from the inputs to the outputs.
pub const LAYER_SIZES: [usize; 4] = [INPUTS, HIDDEN, HIDDEN, OUTPUTS];
/// Number of weights and biases.
pub const PARAMETERS: usize = (INPUTS + 1) * HIDDEN + (HIDDEN + 1) * HIDDEN + (HIDDEN + 1) * OUTPUTS;

/// Weights, row-major `[output][input]`, and biases of the three layers.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Weight of layer 1, inputs to first hidden layer.
    pub w1: [[f32; INPUTS]; HIDDEN],
    /// Bias of layer 1.
    pub b1: [f32; HIDDEN],
    /// Weight of layer 2, first to second hidden layer.
    pub w2: [[f32; HIDDEN]; HIDDEN],
    /// Bias of layer 2.
    pub b2: [f32; HIDDEN],
    /// Weight of layer 3, second hidden layer to outputs.
    pub w3: [[f32; HIDDEN]; OUTPUTS],
    /// Bias of layer 3.
    pub b3: [f32; OUTPUTS],
}

impl Network {
    /// Network whose parameters and outputs are all 0.
    pub const ZERO: Self = Self {
        w1: [[0.0; INPUTS]; HIDDEN],
        b1: [0.0; HIDDEN],
        w2: [[0.0; HIDDEN]; HIDDEN],
        b2: [0.0; HIDDEN],
        w3: [[0.0; HIDDEN]; OUTPUTS],
        b3: [0.0; OUTPUTS],
    };

    /// Iterates over the parameters in the order of the file: per layer the weight, row-major, then the bias.
    pub fn parameters(&self) -> impl Iterator<Item = f32> {
        let first = self.w1.as_flattened().iter().chain(&self.b1);
        let second = self.w2.as_flattened().iter().chain(&self.b2);
        let third = self.w3.as_flattened().iter().chain(&self.b3);
        first.chain(second).chain(third).copied()
    }

    /// Makes a network of `parameters`, in the order of [`parameters`](Self::parameters).
    #[must_use]
    pub fn from_parameters(parameters: &[f32; PARAMETERS]) -> Self {
        let mut network = Self::ZERO;
        for (to, from) in network.parameters_mut().zip(parameters) {
            *to = *from;
        }
        network
    }

    /// Computes the normalised outputs for scaled inputs.
    #[must_use]
    pub fn forward(&self, inputs: [f64; INPUTS]) -> [f64; OUTPUTS] {
        let first = affine(&self.w1, &self.b1, inputs).map(relu);
        let second = affine(&self.w2, &self.b2, first).map(relu);
        affine(&self.w3, &self.b3, second)
    }

    fn parameters_mut(&mut self) -> impl Iterator<Item = &mut f32> {
        let first = self.w1.as_flattened_mut().iter_mut().chain(&mut self.b1);
        let second = self.w2.as_flattened_mut().iter_mut().chain(&mut self.b2);
        let third = self.w3.as_flattened_mut().iter_mut().chain(&mut self.b3);
        first.chain(second).chain(third)
    }
}

fn affine<const I: usize, const O: usize>(weight: &[[f32; I]; O], bias: &[f32; O], inputs: [f64; I]) -> [f64; O] {
    let mut outputs = bias.map(f64::from);
    for (output, row) in outputs.iter_mut().zip(weight) {
        for (weight, input) in row.iter().zip(inputs) {
            *output += f64::from(*weight) * input;
        }
    }
    outputs
}

fn relu(x: f64) -> f64 {
    if x > 0.0 { x } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_ordered_layer_by_layer() {
        let mut numbers = [0.0; PARAMETERS];
        for (i, number) in numbers.iter_mut().enumerate() {
            *number = i as f32;
        }
        let network = Network::from_parameters(&numbers);
        assert_eq!(PARAMETERS, 294);
        assert_eq!(network.w1[7], [14.0, 15.0]);
        assert_eq!(network.b1[0], 16.0);
        assert_eq!(network.w2[1][0], 32.0);
        assert_eq!(network.b2[7], 95.0);
        assert_eq!(network.w3[21][7], 271.0);
        assert_eq!(network.b3[21], 293.0);
        assert!(network.parameters().eq(numbers));
    }

    #[test]
    fn relu_zeroes_negative_hidden_neurons() {
        let mut network = Network::ZERO;
        network.w1[0] = [2.0, 4.0];
        network.b1[0] = 1.0;
        network.w1[1] = [-1.0, 0.0];
        network.w2[3][0] = 10.0;
        network.w2[3][1] = 1000.0;
        network.b2[4] = -5.0;
        network.w3[21][3] = -1.0;
        network.w3[21][4] = 1000.0;
        network.b3[21] = 0.5;
        // Neuron 0: 1 + 2·0.5 + 4·0.25 = 3; neuron 1 and, in the second layer, neuron 4 are negative.
        let outputs = network.forward([0.5, 0.25]);
        assert_eq!(outputs[21], 0.5 - 30.0);
        assert_eq!(outputs[0], 0.0);
    }
}
