//! Constant folding of the network, and the layout of its tables.
//!
//! `wurli-macros` writes these tables into the generated function; [`RuntimeNetwork`](crate::RuntimeNetwork)
//! evaluates them in the same order.

use crate::{HIDDEN, INPUTS, LOWEST_MIDI, Network, Weights, midi_to_input, velocity_to_input};
use wurli_voice::corrections::{
    CORRECTED_HARMONICS, DECAYS, DISPLACEMENT, FREQUENCIES, IDENTITY_OUTPUTS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS,
};

/// Number of outputs, padded to whole vectors of 4 or 8 lanes.
pub const PADDED: usize = OUTPUTS.next_multiple_of(8);

/// Index of the first frequency in the tables. Frequencies have a share of their own.
///
/// It is a whole number of vectors, so that each vector has one share.
pub const FIRST_FREQUENCY: usize = 2 * (CORRECTED_HARMONICS + 1);

/// Returns the index of a network output in the tables: 7 levels, displacement, 7 decays, padding, 7
/// frequencies, padding.
#[must_use]
pub const fn table_index(output: usize) -> usize {
    match output {
        ..FREQUENCIES => output,
        DISPLACEMENT => CORRECTED_HARMONICS,
        DECAYS.. => CORRECTED_HARMONICS + 1 + (output - DECAYS),
        _ => FIRST_FREQUENCY + (output - FREQUENCIES),
    }
}

/// Magnitude below which a number is rounded to 0: 2⁻⁶³.
///
/// Weight decay makes unused weights subnormal, and a single subnormal product slows a call by
/// half. The product of two numbers of at least 2⁻⁶³ is never subnormal. The error is below 2⁻³⁹ of
/// the rounding of the other terms, which are of the order of 1.
const NEGLIGIBLE: f64 = 1.0 / (1_u64 << 63) as f64;

/// Tables of the forward pass in `f32`.
///
/// Weights are column-major, `[input][output]`, so that a loop over outputs vectorises.
#[derive(Clone, Debug, PartialEq)]
pub struct Folded {
    /// First layer. Inputs: semitones above [`middle`](Self::middle), and velocity minus
    /// [`middle_velocity`](Self::middle_velocity).
    pub first: Layer<INPUTS, HIDDEN>,
    /// Second layer.
    pub second: Layer<HIDDEN, HIDDEN>,
    /// Output layer. Outputs: dB, cents, ratio and scale minus their identities.
    ///
    /// 0 for padding and for outputs that were not observed.
    pub third: Layer<HIDDEN, PADDED>,
    /// Lower bounds minus the identity.
    pub lowest: [f32; PADDED],
    /// Upper bounds minus the identity.
    pub highest: [f32; PADDED],
    /// Identity of each output.
    pub identity: [f32; PADDED],
    /// Middle of the trained keys, MIDI.
    ///
    /// The origin of the note input. An origin of 0 would raise the worst rounding error by 1.5
    /// times.
    pub middle: u8,
    /// Middle of the trained velocities, 0..=1, the origin of the velocity input.
    pub middle_velocity: f32,
    /// Lowest trained velocity, 0..=1.
    pub lowest_velocity: f32,
    /// Highest trained velocity, 0..=1.
    pub highest_velocity: f32,
}

/// Affine map.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer<const I: usize, const O: usize> {
    /// Weights, `[input][output]`.
    pub columns: [[f32; O]; I],
    /// Biases.
    pub bias: [f32; O],
}

/// Folds weights that passed `Weights::check`. All resulting numbers are finite.
#[must_use]
pub fn fold(weights: &Weights) -> Folded {
    let middle = weights.range.lowest_midi.midpoint(weights.range.highest_midi);
    let [lowest_velocity, highest_velocity] =
        [weights.range.lowest_velocity, weights.range.highest_velocity].map(|v| velocity_to_input(v) as f32);
    let middle_velocity = lowest_velocity.midpoint(highest_velocity);
    Folded {
        first: fold_inputs(&weights.network, middle, middle_velocity),
        second: Layer::from_rows(&weights.network.w2.map(|row| row.map(f64::from)), &weights.network.b2.map(f64::from)),
        third: fold_outputs(weights),
        lowest: padded(&from_identity(&MIN_OUTPUTS)),
        highest: padded(&from_identity(&MAX_OUTPUTS)),
        identity: padded(&IDENTITY_OUTPUTS),
        middle,
        middle_velocity,
        lowest_velocity,
        highest_velocity,
    }
}

/// Folds the input scaling into the first layer.
///
/// w·(midi − origin)·step + b = (w·step)·(midi − middle) + (b + w·step·(middle − origin)), and
/// likewise for the velocity.
fn fold_inputs(network: &Network, middle: u8, middle_velocity: f32) -> Layer<INPUTS, HIDDEN> {
    let step = midi_to_input(LOWEST_MIDI + 1) - midi_to_input(LOWEST_MIDI);
    let mut rows = network.w1.map(|row| row.map(f64::from));
    let mut bias = network.b1.map(f64::from);
    for (row, bias) in rows.iter_mut().zip(&mut bias) {
        *bias += row[0] * midi_to_input(middle) + row[1] * f64::from(middle_velocity);
        row[0] *= step;
    }
    Layer::from_rows(&rows, &bias)
}

/// Folds means and deviations into the output layer.
///
/// mean + deviation·(w·hidden + b) − identity
/// = (deviation·w)·hidden + (mean + deviation·b − identity)
fn fold_outputs(weights: &Weights) -> Layer<HIDDEN, PADDED> {
    let network = &weights.network;
    let mut rows = [[0.0; HIDDEN]; PADDED];
    let mut bias = [0.0; PADDED];
    for output in (0..OUTPUTS).filter(|&output| weights.observed[output]) {
        let deviation = f64::from(weights.deviations[output]);
        rows[table_index(output)] = network.w3[output].map(|weight| deviation * f64::from(weight));
        let mean = f64::from(weights.means[output]) + deviation * f64::from(network.b3[output]);
        bias[table_index(output)] = mean - f64::from(IDENTITY_OUTPUTS[output]);
    }
    Layer::from_rows(&rows, &bias)
}

fn from_identity(outputs: &[f32; OUTPUTS]) -> [f32; OUTPUTS] {
    core::array::from_fn(|output| outputs[output] - IDENTITY_OUTPUTS[output])
}

fn padded(outputs: &[f32; OUTPUTS]) -> [f32; PADDED] {
    let mut all = [0.0; PADDED];
    outputs.iter().enumerate().for_each(|(output, value)| all[table_index(output)] = *value);
    all
}

impl<const I: usize, const O: usize> Layer<I, O> {
    /// Transposes and rounds. [Negligible](NEGLIGIBLE) numbers become 0.
    fn from_rows(rows: &[[f64; I]; O], bias: &[f64; O]) -> Self {
        let mut columns = [[0.0; O]; I];
        for (output, row) in rows.iter().enumerate() {
            for (input, weight) in row.iter().enumerate() {
                columns[input][output] = rounded(*weight);
            }
        }
        Self { columns, bias: bias.map(rounded) }
    }
}

fn rounded(number: f64) -> f32 {
    if number.abs() < NEGLIGIBLE { 0.0 } else { number as f32 }
}

#[cfg(test)]
mod tests {
    use crate::sample_weights as sample;

    use super::*;

    fn apply<const I: usize, const O: usize>(layer: &Layer<I, O>, inputs: [f64; I]) -> [f64; O] {
        core::array::from_fn(|output| {
            let sum: f64 = (0..I).map(|input| f64::from(layer.columns[input][output]) * inputs[input]).sum();
            f64::from(layer.bias[output]) + sum
        })
    }

    #[test]
    fn first_layer_counts_semitones_from_the_middle_key() {
        let weights = sample();
        let folded = fold(&weights);
        assert_eq!(folded.middle, 64, "of 33 to 96");
        for midi in 21..=108 {
            let inputs = [midi_to_input(midi), 0.4];
            let neurons = apply(
                &folded.first,
                [f64::from(midi) - f64::from(folded.middle), 0.4 - f64::from(folded.middle_velocity)],
            );
            for (j, neuron) in neurons.iter().enumerate() {
                let row = weights.network.w1[j].map(f64::from);
                let expected = row[0] * inputs[0] + row[1] * inputs[1] + f64::from(weights.network.b1[j]);
                // Two roundings, a weight below 1 and a bias below 1.5: (44/87 + 1.5)·2⁻²⁴.
                assert!((neuron - expected).abs() < 1.2e-7, "neuron {j} at {midi}: {neuron} for {expected}");
            }
        }
    }

    #[test]
    fn second_layer_is_transposed() {
        let weights = sample();
        let second = fold(&weights).second;
        assert_eq!(second.bias, weights.network.b2);
        for (input, column) in second.columns.iter().enumerate() {
            for (output, weight) in column.iter().enumerate() {
                assert_eq!(*weight, weights.network.w2[output][input]);
            }
        }
    }

    #[test]
    fn numbers_with_subnormal_products_become_zero() {
        let mut weights = sample();
        // Values found in trained weights.
        weights.network.w2[3][5] = 5.297e-42;
        weights.network.b2[6] = -1e-20;
        weights.network.w1[1][1] = f32::MIN_POSITIVE;
        weights.network.w3[4][2] = -1e-30;
        weights.network.w3[4][3] = 1.1e-19;
        weights.deviations[4] = 1.0;
        let folded = fold(&weights);
        assert_eq!((folded.second.columns[5][3], folded.second.bias[6]), (0.0, 0.0));
        assert_eq!((folded.first.columns[1][1], folded.third.columns[2][4]), (0.0, 0.0));
        assert_eq!(folded.third.columns[3][4], 1.1e-19);
        assert!(NEGLIGIBLE as f32 * NEGLIGIBLE as f32 >= f32::MIN_POSITIVE);
        assert_eq!((rounded(NEGLIGIBLE), rounded(-NEGLIGIBLE)), (NEGLIGIBLE as f32, -NEGLIGIBLE as f32));
    }

    #[test]
    fn third_layer_returns_physical_units() {
        let weights = sample();
        let hidden = [0.0, 1.0, 0.5, 0.25, 2.0, 0.0, 0.125, 3.0];
        let outputs = apply(&fold(&weights).third, hidden);
        for output in (0..OUTPUTS).filter(|&output| weights.observed[output]) {
            let row = weights.network.w3[output].iter().zip(hidden);
            let normalised: f64 = row.map(|(weight, hidden)| f64::from(*weight) * hidden).sum();
            let normalised = normalised + f64::from(weights.network.b3[output]);
            let expected = f64::from(weights.means[output]) + f64::from(weights.deviations[output]) * normalised
                - f64::from(IDENTITY_OUTPUTS[output]);
            // Nine roundings, weights below 1.2, sum of hidden neurons 6.9: (1.2·6.9 + 2.3)·2⁻²⁴.
            assert!((outputs[table_index(output)] - expected).abs() < 6.4e-7, "output {output}");
        }
    }

    #[test]
    fn unobserved_outputs_and_padding_are_the_identity() {
        let folded = fold(&sample());
        for column in folded.third.columns.iter().chain([&folded.third.bias]) {
            assert_eq!((column[table_index(11)], column[15], column[23]), (0.0, 0.0, 0.0));
        }
        for table in [folded.lowest, folded.highest, folded.identity] {
            assert_eq!((table[15], table[23]), (0.0, 0.0));
        }
        let mut none = sample();
        none.observed = [false; OUTPUTS];
        assert_eq!(fold(&none).third.bias, [0.0; PADDED]);
    }

    #[test]
    fn every_output_has_a_place_of_its_own() {
        let mut outputs = [None; PADDED];
        for output in 0..OUTPUTS {
            assert_eq!(outputs[table_index(output)].replace(output), None, "output {output}");
            assert_eq!(
                table_index(output) >= FIRST_FREQUENCY,
                (FREQUENCIES..DECAYS).contains(&output),
                "output {output}"
            );
        }
    }

    #[test]
    fn identity_plus_bounds_is_bit_exact() {
        let folded = fold(&sample());
        for output in 0..OUTPUTS {
            let sum = |bounds: &[f32; PADDED]| folded.identity[table_index(output)] + bounds[table_index(output)];
            assert_eq!(sum(&folded.lowest), MIN_OUTPUTS[output], "output {output}");
            assert_eq!(sum(&folded.highest), MAX_OUTPUTS[output], "output {output}");
        }
    }

    #[test]
    fn extreme_valid_weights_stay_finite() {
        let mut weights = sample();
        weights.network.w1[0] = [-0.8e38, 0.0];
        weights.network.b1[0] = 0.8e38;
        weights.network.w2 = [[0.0; HIDDEN]; HIDDEN];
        weights.network.w3[0] = [0.02e38; HIDDEN];
        weights.deviations[0] = 5.0;
        assert_eq!(weights.check(), Ok(()));
        let folded = fold(&weights);
        let first = folded.first.columns.as_flattened().iter().chain(&folded.first.bias);
        let third = folded.third.columns.as_flattened().iter().chain(&folded.third.bias);
        assert!(first.chain(third).all(|number| number.is_finite()));
    }
}
