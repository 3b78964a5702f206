//! Network of `compute_corrections` in general-purpose inference libraries, used as documented.
#![forbid(unsafe_code)]

pub mod candle;
pub mod tract;

use openwurli_dsp::MlpCorrections;
use openwurli_dsp::voice::corrections::{IDENTITY_OUTPUTS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS};
use wurli_weights::{FADE_SEMITONES, INPUTS, Weights, midi_to_input, velocity_to_input};

/// Returns the network inputs: key and velocity, clamped to the trained range.
#[must_use]
pub fn inputs(weights: &Weights, midi: u8, velocity: f32) -> [f32; INPUTS] {
    let range = &weights.range;
    let (lowest, highest) = (velocity_to_input(range.lowest_velocity), velocity_to_input(range.highest_velocity));
    let velocity = f64::from(velocity).max(lowest).min(highest);
    [midi_to_input(midi.max(range.lowest_midi).min(range.highest_midi)) as f32, velocity as f32]
}

/// Converts network outputs to corrections: units, bounds, and the fade beyond the trained keys.
#[must_use]
pub fn corrections(weights: &Weights, midi: u8, normalised: &[f32]) -> MlpCorrections {
    let clamped = midi.max(weights.range.lowest_midi).min(weights.range.highest_midi);
    let fade = (1.0 - f32::from(midi.abs_diff(clamped)) / f32::from(FADE_SEMITONES)).max(0.0);
    let mut outputs: [f32; OUTPUTS] = IDENTITY_OUTPUTS;
    for (i, (output, normalised)) in
        outputs.iter_mut().zip(normalised).enumerate().filter(|(i, _)| weights.observed[*i])
    {
        let full = weights.means[i] + weights.deviations[i] * normalised;
        *output += fade * (full.max(MIN_OUTPUTS[i]).min(MAX_OUTPUTS[i]) - *output);
    }
    MlpCorrections::from_outputs(&outputs)
}
