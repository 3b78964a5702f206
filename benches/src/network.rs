//! Baselines of `compute_corrections`: clamping, network, bounds, fade and coverage, from the same
//! weights file.

use dfdx::prelude::*;
use openwurli_dsp::MlpCorrections;
use openwurli_dsp::voice::corrections::{DECAYS, FREQUENCIES, IDENTITY_OUTPUTS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS};
use wurli_weights::{
    COVERAGE_KEYS, COVERAGE_VELOCITIES, FADE_SEMITONES, FULL_COVERAGE, HIDDEN, INPUTS, LOWEST_MIDI, Weights,
    midi_to_input, velocity_to_input,
};

static FILE: &[u8] = include_bytes!("../../openwurli-dsp/weights/default.weights");

/// Returns the shipped weights, which `compute_corrections` uses unless others were trained.
///
/// `--bench cost` compares the results.
///
/// # Panics
///
/// If the shipped file is damaged.
#[must_use]
pub fn weights() -> Weights {
    Weights::from_bytes(FILE).expect("the shipped weights must be valid")
}

/// Defines a forward pass as plain loops over `[output][input]`, for one number type.
///
/// It avoids `if` and `clamp`, whose branches would slow down the baseline unnecessarily.
macro_rules! naive {
    ($(#[$doc:meta])* $name:ident, $number:ty) => {
        $(#[$doc])*
        pub struct $name {
            w1: [[$number; INPUTS]; HIDDEN],
            b1: [$number; HIDDEN],
            w2: [[$number; HIDDEN]; HIDDEN],
            b2: [$number; HIDDEN],
            w3: [[$number; HIDDEN]; OUTPUTS],
            b3: [$number; OUTPUTS],
            means: [$number; OUTPUTS],
            deviations: [$number; OUTPUTS],
            identity: [$number; OUTPUTS],
            lowest: [$number; OUTPUTS],
            highest: [$number; OUTPUTS],
            velocities: [$number; 2],
            notes: [u8; 2],
            /// Shares, 0..=1.
            coverage: [[$number; COVERAGE_VELOCITIES]; COVERAGE_KEYS],
            /// Least shares of the frequencies, 0..=1.
            tuning: [$number; COVERAGE_KEYS],
        }

        impl $name {
            /// Converts the weights.
            #[must_use]
            pub fn new(weights: &Weights) -> Self {
                let number = |x: f32| x as $number;
                let network = &weights.network;
                // Unobserved outputs are the identity: zero deviation, and the identity as mean.
                let observed = |i: usize, value: f32, otherwise: f32| {
                    number(if weights.observed[i] { value } else { otherwise })
                };
                let range = &weights.range;
                Self {
                    w1: network.w1.map(|row| row.map(number)),
                    b1: network.b1.map(number),
                    w2: network.w2.map(|row| row.map(number)),
                    b2: network.b2.map(number),
                    w3: network.w3.map(|row| row.map(number)),
                    b3: network.b3.map(number),
                    means: std::array::from_fn(|i| observed(i, weights.means[i], IDENTITY_OUTPUTS[i])),
                    deviations: std::array::from_fn(|i| observed(i, weights.deviations[i], 0.0)),
                    identity: IDENTITY_OUTPUTS.map(number),
                    lowest: MIN_OUTPUTS.map(number),
                    highest: MAX_OUTPUTS.map(number),
                    velocities: [range.lowest_velocity, range.highest_velocity]
                        .map(|velocity| velocity_to_input(velocity) as $number),
                    notes: [range.lowest_midi, range.highest_midi],
                    coverage: weights.coverage.0.map(|row| {
                        row.map(|share| <$number>::from(share) / <$number>::from(FULL_COVERAGE))
                    }),
                    tuning: std::array::from_fn(|key| {
                        <$number>::from(weights.coverage.tuning(LOWEST_MIDI + key as u8)) / <$number>::from(FULL_COVERAGE)
                    }),
                }
            }

            /// Returns the corrections of one note.
            #[must_use]
            #[inline(never)]
            pub fn compute(&self, midi: u8, velocity: f32) -> MlpCorrections {
                let clamped = midi.max(self.notes[0]).min(self.notes[1]);
                let given = velocity as $number;
                let velocity = given.max(self.velocities[0]).min(self.velocities[1]);
                let inputs = [midi_to_input(clamped) as $number, velocity];
                let mut first = self.b1;
                for j in 0..HIDDEN {
                    for i in 0..INPUTS {
                        first[j] += self.w1[j][i] * inputs[i];
                    }
                    first[j] = first[j].max(0.0);
                }
                let mut second = self.b2;
                for j in 0..HIDDEN {
                    for i in 0..HIDDEN {
                        second[j] += self.w2[j][i] * first[i];
                    }
                    second[j] = second[j].max(0.0);
                }
                let fade = 1.0 - (midi.abs_diff(clamped) as $number) / (FADE_SEMITONES as $number);
                let position = given.max(0.0).min(1.0) * (COVERAGE_VELOCITIES - 1) as $number;
                let below = (position as usize).min(COVERAGE_VELOCITIES - 2);
                let key = usize::from(clamped - LOWEST_MIDI);
                let row = &self.coverage[key];
                let share = row[below] + (row[below + 1] - row[below]) * (position - below as $number);
                let tuning = fade.max(0.0) * share.max(self.tuning[key]);
                let fade = fade.max(0.0) * share;
                let mut outputs = [0.0; OUTPUTS];
                for j in 0..OUTPUTS {
                    let mut output = self.b3[j];
                    for i in 0..HIDDEN {
                        output += self.w3[j][i] * second[i];
                    }
                    let full = self.means[j] + self.deviations[j] * output;
                    let full = full.max(self.lowest[j]).min(self.highest[j]);
                    let fade = if (FREQUENCIES..DECAYS).contains(&j) { tuning } else { fade };
                    outputs[j] = (self.identity[j] + fade * (full - self.identity[j])) as f32;
                }
                MlpCorrections::from_outputs(&outputs)
            }
        }
    };
}

naive!(
    /// Reference of all ratios: loops in `f64`.
    NaiveF64,
    f64
);
naive!(
    /// Loops in `f32`.
    NaiveF32,
    f32
);

type Model = (Linear<INPUTS, HIDDEN>, ReLU, Linear<HIDDEN, HIDDEN>, ReLU, Linear<HIDDEN, OUTPUTS>);

/// Forward pass in dfdx, the library used for training.
pub struct Dfdx {
    device: Cpu,
    model: <Model as BuildOnDevice<Cpu, f32>>::Built,
    weights: Weights,
}

impl Dfdx {
    /// Loads the weights.
    #[must_use]
    pub fn new(weights: Weights) -> Self {
        let device = Cpu::default();
        let mut model = device.build_module::<Model, f32>();
        let network = &weights.network;
        model.0.weight = device.tensor(network.w1);
        model.0.bias = device.tensor(network.b1);
        model.2.weight = device.tensor(network.w2);
        model.2.bias = device.tensor(network.b2);
        model.4.weight = device.tensor(network.w3);
        model.4.bias = device.tensor(network.b3);
        Self { device, model, weights }
    }

    /// Returns the corrections of one note.
    #[must_use]
    #[inline(never)]
    pub fn compute(&self, midi: u8, velocity: f32) -> MlpCorrections {
        let clamped = self.weights.range.clamp_midi(midi);
        let inputs = [midi_to_input(clamped) as f32, self.weights.range.clamp_velocity(velocity) as f32];
        let normalised = self.model.forward(self.device.tensor(inputs)).array();
        let beyond = (1.0 - f32::from(midi.abs_diff(clamped)) / f32::from(FADE_SEMITONES)).max(0.0);
        let coverage = &self.weights.coverage;
        let [fade, tuning] =
            [coverage.at(clamped, velocity), coverage.tuning_at(clamped, velocity)].map(|share| beyond * share as f32);
        let mut outputs = IDENTITY_OUTPUTS;
        for (i, output) in outputs.iter_mut().enumerate().filter(|(i, _)| self.weights.observed[*i]) {
            let full = self.weights.means[i] + self.weights.deviations[i] * normalised[i];
            let fade = if (FREQUENCIES..DECAYS).contains(&i) { tuning } else { fade };
            *output += fade * (full.clamp(MIN_OUTPUTS[i], MAX_OUTPUTS[i]) - *output);
        }
        MlpCorrections::from_outputs(&outputs)
    }
}
