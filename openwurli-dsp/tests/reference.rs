//! Generated code agrees with the weights file.

use openwurli_dsp::{TRAINING, compute_corrections};
use wurli_voice::corrections::OUTPUTS;
use wurli_weights::Weights;

static FILE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/wurli.weights"));

/// Tolerance relative to an output's reach, the largest magnitude of its partial sums.
///
/// Roundings of at most 2⁻²⁴ on a path from input to output:
///
/// | step | roundings |
/// |---|---|
/// | velocity: bound, offset from the middle | 2 |
/// | first layer: folded weight, product, 2 sums | 4 |
/// | second layer: product, 5 sums (4 in an accumulator, 1 of the two) | 6 |
/// | third layer: folded weight, product, 5 sums | 7 |
/// | fade | 3 |
/// | reference | 1 |
/// | sum | 23 |
const RELATIVE_TOLERANCE: f64 = 23.0 / (1 << 24) as f64;

#[test]
fn generated_code_agrees_with_the_weights_file() {
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
    // Relative to the output, or to 1 dB, 1 cent, ratio 1 or scale 1 if it is smaller.
    println!("worst error per output: {worst:?}");
    assert!(worst.iter().all(|worst| *worst < 1e-5), "{worst:?}");
}

#[test]
fn training_constant_matches_the_weights_file() {
    let weights = Weights::from_bytes(FILE).unwrap();
    let range = weights.range;
    assert_eq!((TRAINING.lowest_midi, TRAINING.highest_midi), (range.lowest_midi, range.highest_midi));
    assert_eq!((TRAINING.lowest_velocity, TRAINING.highest_velocity), (range.lowest_velocity, range.highest_velocity));
    assert_eq!(TRAINING.observed, weights.observed);
    assert_eq!((TRAINING.seed, TRAINING.epochs, TRAINING.loss), (weights.seed, weights.epochs, weights.loss));
    assert_eq!(TRAINING.key, weights.key);
}
