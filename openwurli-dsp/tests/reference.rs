//! The generated code means what the weights file means.

use openwurli_dsp::{TRAINING, compute_corrections};
use wurli_voice::corrections::OUTPUTS;
use wurli_weights::Weights;

static FILE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/wurli.weights"));

/// Rounding errors are proportional to what is summed, not to what is left of it: the tolerance of each output is
/// relative to its reach, the largest magnitude that its sum can pass through.
///
/// Roundings of at most 2⁻²⁴ each on a path from an input to an output: 1 of the velocity's bounds and 1 of its distance from the middle; in the first layer 1
/// of the folded numbers, 1 product and 2 sums; in the second 1 product and 5 sums (4 in an accumulator, 1 of the two); in
/// the third the same and 1 of the folded numbers; 3 in the fade; 1 in the reference. 2 + 4 + 6 + 7 + 3 + 1 = 23.
const RELATIVE_TOLERANCE: f64 = 23.0 / (1 << 24) as f64;

#[test]
fn every_key_and_velocity_agrees_with_the_weights_file() {
    let weights = Weights::from_bytes(FILE).unwrap();
    let reach = weights.reach().unwrap();
    let mut worst = [0.0_f64; OUTPUTS];
    for midi in 0..=255 {
        for velocity in (0..=127_u8).map(|velocity| f32::from(velocity) / 127.0) {
            let expected = weights.forward(midi, velocity);
            let computed = compute_corrections(midi, velocity).to_outputs();
            for i in 0..OUTPUTS {
                let error = (f64::from(computed[i]) - f64::from(expected[i])).abs();
                let allowed = RELATIVE_TOLERANCE * reach[i].max(1.0);
                assert!(error <= allowed, "output {i} at {midi}, {velocity}: {} for {}", computed[i], expected[i]);
                worst[i] = worst[i].max(error / f64::from(expected[i].abs()).max(1.0));
            }
        }
    }
    // Against the output itself, or against 1 dB, 1 cent, ratio 1 or scale 1 where it is less.
    println!("worst error per output: {worst:?}");
    assert!(worst.iter().all(|worst| *worst < 1e-5), "{worst:?}");
}

#[test]
fn the_constant_says_what_the_weights_file_says() {
    let weights = Weights::from_bytes(FILE).unwrap();
    let range = weights.range;
    assert_eq!((TRAINING.lowest_midi, TRAINING.highest_midi), (range.lowest_midi, range.highest_midi));
    assert_eq!((TRAINING.lowest_velocity, TRAINING.highest_velocity), (range.lowest_velocity, range.highest_velocity));
    assert_eq!(TRAINING.observed, weights.observed);
    assert_eq!((TRAINING.seed, TRAINING.epochs, TRAINING.loss), (weights.seed, weights.epochs, weights.loss));
    assert_eq!(TRAINING.key, weights.key);
}
