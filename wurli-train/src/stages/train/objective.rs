//! What a training makes small: the errors that the corrected notes are expected to have, in the units in which they are heard.
//!
//! A network is not asked for numbers but for a sound. The level of a harmonic that the model will play is known in closed form for
//! every displacement, so what is counted is the level that comes of both corrections together: nothing is corrected twice, and
//! a displacement that the network cannot hit exactly is made up for by the levels.

use wurli_voice::corrections::{
    CORRECTED_HARMONICS, DECAYS, DISPLACEMENT, FREQUENCIES, IDENTITY_OUTPUTS, LEVELS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS,
};

use super::aims::Aims;

/// What an octave of a decay's ratio, and a cent, weigh beside a dB of a level, each in the mean of its kind. Chosen so that the
/// figures of the closed loop come down together: with the double of either, it gains a tenth at the cost of two tenths of a dB.
pub(crate) const DECAY_WEIGHT: f32 = 4.0;
pub(crate) const FREQUENCY_WEIGHT: f32 = 0.7;
/// What a level of H2, H3, … H8 weighs: the first two are those that a listener hears as the instrument's timbre.
const LEVEL_WEIGHTS: [f32; CORRECTED_HARMONICS] = [4.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0];
/// By how many dB a neper of displacement moves a level, in the mean over harmonics, keys and dynamics.
const DB_PER_NEPER: f32 = 8.0;
/// What the distance from the displacement that explains a note best weighs, beside its levels.
const DISPLACEMENT_WEIGHT: f32 = 0.1;
/// Errors below these count by their square, larger ones by themselves, so that a reed that is badly adjusted does not bend what is
/// said of the others: dB, cents, octaves.
const LEVEL_CORNER: f32 = 0.3;
const FREQUENCY_CORNER: f32 = 0.3;
const DECAY_CORNER: f32 = 0.05;

/// The loss of outputs, and its slope.
#[derive(Clone, Debug)]
pub struct Objective<'a> {
    aims: &'a Aims,
    /// Of notes, then of anchors.
    weights: Vec<[f32; OUTPUTS]>,
}

impl<'a> Objective<'a> {
    /// Of `aims`; all anchors together weigh `anchor_weight` times as much as all levels.
    #[must_use]
    pub fn of(aims: &'a Aims, anchor_weight: f32) -> Self {
        let mut weights: Vec<[f32; OUTPUTS]> = Vec::with_capacity(aims.notes.len() + aims.anchors.len());
        for aim in &aims.notes {
            let mut row = [0.0; OUTPUTS];
            // What the harmonics share is one fact, however many of them were heard.
            let heard = aim.mask[FREQUENCIES..DECAYS].iter().filter(|mask| **mask).count();
            for (output, weight) in row.iter_mut().enumerate().filter(|(output, _)| aim.mask[*output]) {
                *weight = aim.weight
                    * match output {
                        DISPLACEMENT => 1.0,
                        DECAYS.. => 1.0,
                        FREQUENCIES.. => 1.0 / heard as f32,
                        _ => LEVEL_WEIGHTS[output - LEVELS],
                    };
            }
            weights.push(row);
        }
        for (kind, share) in [
            (LEVELS..FREQUENCIES, 1.0),
            (FREQUENCIES..DECAYS, FREQUENCY_WEIGHT),
            (DECAYS..DISPLACEMENT, DECAY_WEIGHT),
            (DISPLACEMENT..OUTPUTS, DISPLACEMENT_WEIGHT),
        ] {
            let total: f32 = weights.iter().flat_map(|row| &row[kind.clone()]).sum();
            let factor = if total > 0.0 { share / total } else { 0.0 };
            weights.iter_mut().flat_map(|row| &mut row[kind.clone()]).for_each(|weight| *weight *= factor);
        }
        let mut anchor = [0.0; OUTPUTS];
        let each = anchor_weight / aims.anchors.len().max(1) as f32;
        anchor[LEVELS..FREQUENCIES].fill(each / CORRECTED_HARMONICS as f32);
        anchor[DECAYS..DISPLACEMENT].fill(each * ANCHORED_DECAY / CORRECTED_HARMONICS as f32);
        anchor[DISPLACEMENT] = each;
        weights.extend(aims.anchors.iter().map(|_| anchor));
        Self { aims, weights }
    }

    /// The loss of `outputs`, one row a note and then one an anchor, in dB, cents, ratio and scale; writes its slope along each of
    /// them into `slopes`.
    pub fn loss(&self, outputs: &[[f32; OUTPUTS]], slopes: &mut [[f32; OUTPUTS]]) -> f64 {
        let mut loss = 0.0;
        for (row, ((outputs, weights), slopes)) in outputs.iter().zip(&self.weights).zip(slopes).enumerate() {
            let aim = self.aims.notes.get(row);
            let targets = aim.map_or(&IDENTITY_OUTPUTS, |aim| &aim.targets);
            let held: [f32; OUTPUTS] = std::array::from_fn(|o| outputs[o].clamp(MIN_OUTPUTS[o], MAX_OUTPUTS[o]));
            *slopes = [0.0; OUTPUTS];
            let scale = held[DISPLACEMENT];
            let response = aim.map(|aim| aim.response.at(scale));
            for output in (0..OUTPUTS).filter(|output| weights[*output] > 0.0) {
                let (value, target, weight) = (held[output], targets[output], weights[output]);
                let (error, corner, slope) = match output {
                    DISPLACEMENT => (DB_PER_NEPER * (value / target).ln(), LEVEL_CORNER, DB_PER_NEPER / value),
                    DECAYS.. => ((value / target).log2(), DECAY_CORNER, std::f32::consts::LOG2_E / value),
                    FREQUENCIES.. => (value - target, FREQUENCY_CORNER, 1.0),
                    _ => {
                        let moved = response.as_ref().map_or(0.0, |response| response.levels_db[output - LEVELS]);
                        (value + moved - target, LEVEL_CORNER, 1.0)
                    }
                };
                let steepness = weight * (error / corner).clamp(-1.0, 1.0);
                loss += f64::from(weight * huber(error, corner));
                slopes[output] += steepness * slope;
                if let Some(response) = response.as_ref().filter(|_| output < FREQUENCIES) {
                    slopes[DISPLACEMENT] += steepness * response.slopes_db[output - LEVELS];
                }
            }
            for (output, slope) in slopes.iter_mut().enumerate() {
                // Beyond its bound an output changes nothing; it may come back, and go no further.
                let outward = if outputs[output] > MAX_OUTPUTS[output] { *slope < 0.0 } else { *slope > 0.0 };
                if outputs[output] != held[output] && outward {
                    *slope = 0.0;
                }
            }
        }
        loss
    }
}

/// What an anchor's decays weigh beside its levels: what is known of a decay between two keys is about as little, but an octave of
/// it is less heard there than 1.5 dB.
const ANCHORED_DECAY: f32 = 0.5;

/// |error| but for a parabola within `corner` of 0, which it joins with its slope.
fn huber(error: f32, corner: f32) -> f32 {
    let size = error.abs();
    if size < corner { 0.5 * size * size / corner } else { size - 0.5 * corner }
}
