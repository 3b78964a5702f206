//! Objective of the training: predicted errors of the corrected notes, weighted by audibility.
//!
//! The objective compares sounds, not outputs. It predicts the level of a harmonic in closed form
//! from the displacement and the level correction together. Nothing is corrected twice, and levels
//! compensate for an inexact displacement.

use wurli_voice::corrections::{
    CORRECTED_HARMONICS, DECAYS, DISPLACEMENT, FREQUENCIES, IDENTITY_OUTPUTS, LEVELS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS,
};

use crate::comparison::NoteErrors;
use crate::measure::HARMONICS;
use crate::targets::decays::MIN_RELATIVE_DECAY;
use crate::targets::huber;
use crate::training::growth::Growth;
use crate::training::targets::{NoteTargets, Targets};

/// Weight of an octave of decay ratio relative to 1 dB of level, each in the mean of its quantity.
///
/// This and the next four weights are judgements of audibility. On 34 recordings the closed loop of
/// the fit `notes` depends on them no more than on the seed: levels 1.6–2.1 dB, decays 0.35–0.43
/// octaves, tuning 1.1–1.7 cents.
const DECAY_WEIGHT: f32 = 4.0;
/// Weight of a cent relative to 1 dB of level.
const FREQUENCY_WEIGHT: f32 = 0.7;
/// Weights of the levels of H2–H8. H2 and H3 dominate the perceived timbre.
const LEVEL_WEIGHTS: [f32; CORRECTED_HARMONICS] = [4.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0];
/// Weights of the decays of H2–H8. The first is the reed's decay, shared by H1 and H2.
const DECAY_WEIGHTS: [f32; CORRECTED_HARMONICS] = [2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
/// Weights of the frequencies of H2–H8. The first is the tuning of the reed.
const FREQUENCY_WEIGHTS: [f32; CORRECTED_HARMONICS] = [6.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
/// Level change in dB per neper of displacement, mean over harmonics, keys and dynamics.
const DB_PER_NEPER: f32 = 8.0;
/// Weight of the error of the displacement relative to that of the levels.
const DISPLACEMENT_WEIGHT: f32 = 0.1;
/// Corner of the Huber loss of levels, dB. It keeps badly adjusted reeds from dominating the fit.
const LEVEL_CORNER: f32 = 0.3;
/// Corner of the Huber loss of frequencies, cents.
const FREQUENCY_CORNER: f32 = 0.3;
/// Corner of the Huber loss of decays, octaves.
const DECAY_CORNER: f32 = 0.05;

/// Weight of a level that was not observed on a recorded note, relative to an observed one. Its target is 0 dB.
///
/// Without it such a level is whatever the network extrapolates, and is carried on to H9 and above.
/// At 0.1 the fit `notes` misses the observed levels of 34 recordings by 2.06 dB instead of 1.80 dB.
const MASKED_LEVEL_WEIGHT: f32 = 0.03;

/// Weight of a level that falls with the velocity, relative to the mean weight of a level.
///
/// At 4 the coverage of the 34 recorded notes is reduced to 0.91 on average, at 12 to 0.95.
const GROWTH_WEIGHT: f32 = 12.0;

/// Weight of an anchor's decays relative to its levels.
///
/// An octave of decay is less audible than 1.5 dB.
const ANCHOR_DECAY_WEIGHT: f32 = 0.5;

/// Loss as a function of the network's outputs, with its gradient.
#[derive(Clone, Debug)]
pub struct Objective<'a> {
    /// Targets of the recorded notes, then the carried ones.
    examples: Vec<&'a NoteTargets>,
    /// Weights of the outputs, for examples, then for anchors.
    weights: Vec<[f32; OUTPUTS]>,
    growth: &'a Growth,
    /// Weight of a level that falls.
    growth_weight: f32,
}

impl<'a> Objective<'a> {
    /// Makes the objective for `targets`.
    ///
    /// The target of an anchor is the identity, which regularises the fit. All anchors together
    /// weigh `anchor_weight` times as much as all levels of recorded notes. Carried targets add to
    /// the loss of the recorded ones, and so do levels that fall with the velocity.
    #[must_use]
    pub fn new(targets: &'a Targets, anchor_weight: f32) -> Self {
        let examples: Vec<&NoteTargets> = targets.examples().collect();
        let mut weights: Vec<[f32; OUTPUTS]> = Vec::with_capacity(examples.len() + targets.anchors.len());
        for note in &examples {
            let mut row = [0.0; OUTPUTS];
            // All frequencies of a note share one deviation, so their weights are divided by their
            // number.
            let observed = note.mask[FREQUENCIES..DECAYS].iter().filter(|mask| **mask).count();
            for (output, weight) in row.iter_mut().enumerate().filter(|(output, _)| note.mask[*output]) {
                *weight = note.weight
                    * match output {
                        DISPLACEMENT => 1.0,
                        DECAYS.. => DECAY_WEIGHTS[output - DECAYS],
                        FREQUENCIES.. => FREQUENCY_WEIGHTS[output - FREQUENCIES] / observed as f32,
                        _ => LEVEL_WEIGHTS[output - LEVELS],
                    };
            }
            weights.push(row);
        }
        for (quantity, share) in [
            (LEVELS..FREQUENCIES, 1.0),
            (FREQUENCIES..DECAYS, FREQUENCY_WEIGHT),
            (DECAYS..DISPLACEMENT, DECAY_WEIGHT),
            (DISPLACEMENT..OUTPUTS, DISPLACEMENT_WEIGHT),
        ] {
            let recorded = &weights[..targets.notes.len()];
            let total: f32 = recorded.iter().flat_map(|row| &row[quantity.clone()]).sum();
            let factor = if total > 0.0 { share / total } else { 0.0 };
            weights.iter_mut().flat_map(|row| &mut row[quantity.clone()]).for_each(|weight| *weight *= factor);
        }
        let level_weights = weights.iter().flat_map(|row| &row[LEVELS..FREQUENCIES]).filter(|weight| **weight > 0.0);
        let (sum, count) = level_weights.fold((0.0, 0_u16), |(sum, count), weight| (sum + weight, count + 1));
        let masked = MASKED_LEVEL_WEIGHT * sum / f32::from(count.max(1));
        for (row, note) in weights.iter_mut().zip(&targets.notes) {
            for (weight, _) in row[LEVELS..FREQUENCIES].iter_mut().zip(&note.mask[LEVELS..]).filter(|(_, mask)| !**mask)
            {
                *weight = masked * note.weight;
            }
        }
        let mut anchor = [0.0; OUTPUTS];
        let each = anchor_weight / targets.anchors.len().max(1) as f32;
        anchor[LEVELS..FREQUENCIES].fill(each / CORRECTED_HARMONICS as f32);
        anchor[DECAYS..DISPLACEMENT].fill(each * ANCHOR_DECAY_WEIGHT / CORRECTED_HARMONICS as f32);
        anchor[DISPLACEMENT] = each;
        weights.extend(targets.anchors.iter().map(|_| anchor));
        Self {
            examples,
            weights,
            growth: &targets.growth,
            growth_weight: GROWTH_WEIGHT * sum / f32::from(count.max(1)),
        }
    }

    /// Returns the loss and writes its gradient into `gradient`.
    ///
    /// `outputs` has a row for each example, then for each anchor and each point of the growth.
    /// Units are dB, cents, ratio and scale.
    pub fn loss(&self, outputs: &[[f32; OUTPUTS]], gradient: &mut [[f32; OUTPUTS]]) -> f64 {
        let mut loss = 0.0;
        for (row, ((outputs, weights), slopes)) in
            outputs.iter().zip(&self.weights).zip(gradient.iter_mut()).enumerate()
        {
            let note = self.examples.get(row).copied();
            let targets = note.map_or(&IDENTITY_OUTPUTS, |note| &note.targets);
            let clamped: [f32; OUTPUTS] = std::array::from_fn(|o| outputs[o].clamp(MIN_OUTPUTS[o], MAX_OUTPUTS[o]));
            *slopes = [0.0; OUTPUTS];
            let scale = clamped[DISPLACEMENT];
            let response = note.map(|note| note.response.at(scale));
            let masked = |output: usize| note.is_some_and(|note| !note.mask[output]);
            for output in (0..OUTPUTS).filter(|output| weights[*output] > 0.0) {
                let (value, target, weight) = (clamped[output], targets[output], weights[output]);
                let (error, corner, slope) = match output {
                    DECAYS..DISPLACEMENT if note.is_some() => continue,
                    DISPLACEMENT => (DB_PER_NEPER * (value / target).ln(), LEVEL_CORNER, DB_PER_NEPER / value),
                    DECAYS.. => ((value / target).log2(), DECAY_CORNER, std::f32::consts::LOG2_E / value),
                    FREQUENCIES.. => (value - target, FREQUENCY_CORNER, 1.0),
                    _ if masked(output) => (value - IDENTITY_OUTPUTS[output], LEVEL_CORNER, 1.0),
                    _ => {
                        let shift_db = response.as_ref().map_or(0.0, |response| response.levels_db[output - LEVELS]);
                        (value + shift_db - target, LEVEL_CORNER, 1.0)
                    }
                };
                let steepness = weight * (error / corner).clamp(-1.0, 1.0);
                loss += f64::from(weight * huber(error, corner));
                slopes[output] += steepness * slope;
                if let Some(response) = response.as_ref().filter(|_| output < FREQUENCIES && !masked(output)) {
                    slopes[DISPLACEMENT] += steepness * response.slopes_db[output - LEVELS];
                }
            }
            if let Some(note) = note {
                loss += decay_loss(note, &clamped, weights, slopes);
            }
            for (output, slope) in slopes.iter_mut().enumerate() {
                // A clamped output has no effect. Its gradient may only point back into the range.
                let outward = if outputs[output] > MAX_OUTPUTS[output] { *slope < 0.0 } else { *slope > 0.0 };
                if outputs[output] != clamped[output] && outward {
                    *slope = 0.0;
                }
            }
        }
        let growth = self.weights.len();
        loss + self.growth.loss(&outputs[growth..], &mut gradient[growth..], self.growth_weight)
    }
}

/// Returns the overall error of rendered notes: the weighted sum of their mean errors in level,
/// frequency and decay.
///
/// Harmonics are weighted as in the objective, notes by the weights given. A weight shared by H1
/// and H2 is split in half. Returns infinity without notes.
#[must_use]
pub fn distance(notes: &[(f32, NoteErrors)]) -> f64 {
    if notes.is_empty() {
        return f64::INFINITY;
    }
    let split_reed = |weights: &[f32; CORRECTED_HARMONICS]| {
        let [reed, others @ ..] = *weights;
        [&[reed / 2.0; 2], others.as_slice()].concat()
    };
    let levels = [&[0.0], LEVEL_WEIGHTS.as_slice()].concat();
    let mean = |errors: fn(&NoteErrors) -> &[Option<f64>; HARMONICS], weights: &[f32]| {
        let (mut sum, mut total) = (0.0, 0.0);
        for (note_weight, note) in notes {
            for (error, weight) in errors(note).iter().zip(weights) {
                if let Some(error) = error {
                    sum += f64::from(note_weight * weight) * error.abs();
                    total += f64::from(note_weight * weight);
                }
            }
        }
        if total > 0.0 { sum / total } else { 0.0 }
    };
    mean(|note| &note.level_db, &levels)
        + f64::from(FREQUENCY_WEIGHT) * mean(|note| &note.frequency_cents, &split_reed(&FREQUENCY_WEIGHTS))
        + f64::from(DECAY_WEIGHT) * mean(|note| &note.decay_log2, &split_reed(&DECAY_WEIGHTS))
}

/// Returns the loss of a note's decays and adds its gradient to `slopes`.
fn decay_loss(
    note: &NoteTargets,
    clamped: &[f32; OUTPUTS],
    weights: &[f32; OUTPUTS],
    slopes: &mut [f32; OUTPUTS],
) -> f64 {
    let reed_ratio = clamped[DECAYS];
    let mut loss = 0.0;
    for output in (DECAYS..DISPLACEMENT).filter(|output| weights[*output] > 0.0) {
        let (harmonic, weight) = (output - DECAYS, weights[output]);
        let (error, slope) = octaves(note.decays.relative_decay(harmonic, clamped[output], reed_ratio));
        loss += f64::from(weight * huber(error, DECAY_CORNER));
        let steepness = weight * (error / DECAY_CORNER).clamp(-1.0, 1.0) * slope;
        let [own, reed] = note.decays.gradient(harmonic, clamped[output], reed_ratio);
        slopes[output] += steepness * own;
        slopes[DECAYS] += steepness * reed;
    }
    loss
}

/// Returns the binary logarithm and its slope, linear below [`MIN_RELATIVE_DECAY`].
fn octaves(relative: f32) -> (f32, f32) {
    let slope = std::f32::consts::LOG2_E / relative.max(MIN_RELATIVE_DECAY);
    (relative.max(MIN_RELATIVE_DECAY).log2() + (relative - MIN_RELATIVE_DECAY).min(0.0) * slope, slope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::targets::decays::DecayResponse;
    use crate::targets::{level_response::LevelResponse, level_table::LevelTable};
    use wurli_voice::Instrument;

    fn targets(anchors: usize) -> Targets {
        let mut random = Random(3);
        let mut near = |value: f32, by: f64| value + (by * random.within_one()) as f32;
        let notes = [(40, 30), (56, 78), (67, 109)].map(|(midi, velocity)| {
            let mut targets = IDENTITY_OUTPUTS;
            targets[LEVELS..FREQUENCIES].iter_mut().for_each(|level| *level = near(*level, 8.0));
            targets[FREQUENCIES..DECAYS].iter_mut().for_each(|cents| *cents = near(*cents, 8.0));
            targets[DECAYS..].iter_mut().for_each(|ratio| *ratio = near(*ratio, 0.4));
            let mut mask = [true; OUTPUTS];
            mask[LEVELS + 4] = midi == 40;
            mask[DECAYS + 2] = midi == 56;
            let response = LevelResponse::relative_to(
                &LevelTable::from_instrument(&Instrument::EP200, midi, velocity),
                f64::from(targets[DISPLACEMENT]),
            );
            let decays = DecayResponse::from_ratios(std::array::from_fn(|i| targets[DECAYS + i]));
            NoteTargets { inputs: [0.0; 2], targets, mask, weight: 1.0, response, decays }
        });
        Targets {
            notes: notes.to_vec(),
            carried: Vec::new(),
            anchors: vec![[0.5, 0.5]; anchors],
            growth: Growth::default(),
        }
    }

    /// Returns the targets of each note; those that were not observed are the identity.
    fn exact(targets: &Targets) -> Vec<[f32; OUTPUTS]> {
        let targets = targets.notes.iter();
        targets.map(|n| std::array::from_fn(|o| if n.mask[o] { n.targets[o] } else { IDENTITY_OUTPUTS[o] })).collect()
    }

    fn loss(objective: &Objective<'_>, outputs: &[[f32; OUTPUTS]]) -> f64 {
        objective.loss(outputs, &mut vec![[0.0; OUTPUTS]; outputs.len()])
    }

    #[test]
    fn gradient_matches_finite_differences() {
        let targets = targets(1);
        let objective = Objective::new(&targets, 0.3);
        let mut random = Random(4);
        let outputs: Vec<[f32; OUTPUTS]> =
            (0..4).map(|_| std::array::from_fn(|o| IDENTITY_OUTPUTS[o] + (0.3 * random.within_one()) as f32)).collect();
        let mut slopes = vec![[0.0; OUTPUTS]; 4];
        objective.loss(&outputs, &mut slopes);
        for row in 0..4 {
            for output in 0..OUTPUTS {
                let at = |by: f32| {
                    let mut moved = outputs.clone();
                    moved[row][output] += by;
                    loss(&objective, &moved)
                };
                let difference = (at(1e-3) - at(-1e-3)) / 2e-3;
                // Rounding in f32 adds some 1e-7 of a loss of 10 over 2e-3. A corner of the
                // tabulated response adds some percent.
                let slope = f64::from(slopes[row][output]);
                assert!((slope - difference).abs() < 2e-3 + 0.05 * slope.abs(), "{row} {output}: {slope} {difference}");
            }
        }
    }

    #[test]
    fn distance_is_the_weighted_mean_error() {
        let mut note = NoteErrors::default();
        let alone = |note| distance(&[(1.0, note)]);
        assert_eq!(alone(note), 0.0);
        assert_eq!(distance(&[]), f64::INFINITY);
        note.level_db[1] = Some(-2.0);
        note.level_db[4] = Some(1.0);
        // Errors of H2 and H5, whose weights are 4 and 1.
        assert!((alone(note) - 1.8).abs() < 1e-6);
        note.decay_log2[0] = Some(0.5);
        note.decay_log2[7] = Some(0.0);
        assert!((alone(note) - 1.8 - f64::from(DECAY_WEIGHT) * 0.25).abs() < 1e-6);
        note.frequency_cents[1] = Some(-1.0);
        assert!((alone(note) - 1.8 - f64::from(DECAY_WEIGHT) * 0.25 - f64::from(FREQUENCY_WEIGHT)).abs() < 1e-6);
        // Second note with a third of the weight. Only its H2 was measured.
        let mut other = NoteErrors::default();
        other.level_db[1] = Some(6.0);
        let both = (4.0 * 2.0 + 1.0 + 4.0 / 3.0 * 6.0) / (5.0 + 4.0 / 3.0);
        assert!((distance(&[(1.0, note), (1.0 / 3.0, other)]) - both - (alone(note) - 1.8)).abs() < 1e-6);
    }

    #[test]
    fn levels_fixed_by_displacement_are_not_corrected_twice() {
        let targets = targets(0);
        let objective = Objective::new(&targets, 0.0);
        let exact = exact(&targets);
        assert!(loss(&objective, &exact) < 1e-9);
        // Levels compensate for another displacement. Only the loss of the displacement itself
        // remains.
        let mut moved = exact.clone();
        for (row, note) in moved.iter_mut().zip(&targets.notes) {
            row[DISPLACEMENT] *= 1.1;
            let response = note.response.at(row[DISPLACEMENT]);
            let levels = row[LEVELS..FREQUENCIES].iter_mut().zip(response.levels_db);
            levels.zip(&note.mask[LEVELS..]).filter(|(_, mask)| **mask).for_each(|((level, by), _)| *level -= by);
        }
        let of_displacement = f64::from(DISPLACEMENT_WEIGHT * huber(DB_PER_NEPER * 1.1f32.ln(), LEVEL_CORNER));
        assert!((loss(&objective, &moved) - of_displacement).abs() < 1e-5);
        // Uncompensated levels count the displacement twice and add to the loss.
        let mut twice = exact;
        twice.iter_mut().for_each(|row| row[DISPLACEMENT] *= 1.1);
        assert!(loss(&objective, &twice) > of_displacement + 0.05);
    }

    #[test]
    fn unobserved_outputs_and_anchors_pull_to_the_identity() {
        let targets = targets(2);
        let objective = Objective::new(&targets, 0.3);
        let mut outputs = exact(&targets);
        outputs.extend([IDENTITY_OUTPUTS; 2]);
        let exact = loss(&objective, &outputs);
        assert!(exact < 1e-9);
        // Neither the decay of H4 of the first note nor the level of H6 of the second was observed. The
        // level counts 0.03 of the mean weight of the 19 levels that were: their weights add up to 1.
        outputs[0][DECAYS + 2] *= 1.5;
        assert!(loss(&objective, &outputs) < 1e-9);
        outputs[1][LEVELS + 4] = 5.0;
        assert!((loss(&objective, &outputs) - 0.03 / 19.0 * 4.85).abs() < 1e-5);
        outputs[1][LEVELS + 4] = 0.0;
        outputs[3][LEVELS + 4] += 5.0;
        // Weight of one of two anchors and one of seven levels, times 5 dB less half the Huber
        // corner.
        assert!((loss(&objective, &outputs) - exact - 0.3 / 14.0 * 4.85).abs() < 1e-5);
    }

    #[test]
    fn carried_targets_add_their_frequencies_alone() {
        let recorded = targets(1);
        let mut with_carried = recorded.clone();
        let mut carried = recorded.notes[1].clone().carried_to(0.9);
        carried.weight = 0.5;
        with_carried.carried.push(carried);
        let [before, after] = [&recorded, &with_carried].map(|targets| Objective::new(targets, 0.3));
        let mut outputs = exact(&recorded);
        outputs.push([5.0; OUTPUTS]); // The anchor.
        let recorded_loss = loss(&before, &outputs);
        outputs.insert(3, recorded.notes[1].targets);
        assert!((loss(&after, &outputs) - recorded_loss).abs() < 1e-6);
        outputs[3][LEVELS] += 9.0;
        outputs[3][DECAYS] += 0.5;
        outputs[3][DISPLACEMENT] += 0.5;
        assert!((loss(&after, &outputs) - recorded_loss).abs() < 1e-6);
        // Half the weight of one of three notes whose tuning has 6 of 12 parts, times 3 cents less half the Huber corner.
        outputs[3][FREQUENCIES] += 3.0;
        let expected = FREQUENCY_WEIGHT * 0.5 / 3.0 * 6.0 / 12.0 * 2.85;
        assert!((loss(&after, &outputs) - recorded_loss - f64::from(expected)).abs() < 1e-5);
    }

    #[test]
    fn a_clamped_output_is_not_pushed_further() {
        let targets = targets(0);
        let objective = Objective::new(&targets, 0.0);
        let mut outputs: Vec<[f32; OUTPUTS]> = targets.notes.iter().map(|note| note.targets).collect();
        let mut slopes = vec![[0.0; OUTPUTS]; 3];
        outputs[0][LEVELS] = MAX_OUTPUTS[LEVELS] + 1.0;
        objective.loss(&outputs, &mut slopes);
        // Above the upper bound: the gradient may still lower the level.
        assert!(slopes[0][LEVELS] > 0.0);
        outputs[0][DECAYS + 1] = MIN_OUTPUTS[DECAYS + 1] - 0.5;
        objective.loss(&outputs, &mut slopes);
        assert!(slopes[0][DECAYS + 1] < 0.0, "the way back is upward");
    }
}
