//! `compute_corrections` is defined for every key and every `f32`.

use openwurli_dsp::{MlpCorrections, TRAINING, compute_corrections};
use wurli_voice::corrections::{IDENTITY_OUTPUTS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS};
use wurli_weights::{FADE_SEMITONES, Network, Weights};

const KEYS: usize = 256;

/// Corrections of every key at one velocity, computed by the compiler.
static AT_COMPILE_TIME: [MlpCorrections; KEYS] = {
    let mut all = [MlpCorrections::IDENTITY; KEYS];
    let mut midi = 0;
    while midi < KEYS {
        all[midi] = compute_corrections(midi as u8, 0.63);
        midi += 1;
    }
    all
};

/// Returns all MIDI velocities, scaled to 0..=1.
fn midi_velocities() -> impl Iterator<Item = f32> {
    (0..=127_u8).map(|velocity| f32::from(velocity) / 127.0)
}

/// Velocities that no keyboard sends: NaNs, infinities, subnormals, negative and huge numbers.
const SPECIAL_VELOCITIES: [f32; 17] = [
    f32::NAN,
    -f32::NAN,
    f32::from_bits(0x7f80_0001),
    f32::from_bits(0xffff_ffff),
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::MAX,
    f32::MIN,
    f32::MIN_POSITIVE,
    f32::from_bits(1),
    f32::from_bits(0x8000_0001),
    -0.0,
    -1.0,
    -1e-3,
    1.0 + f32::EPSILON,
    2.0,
    127.0,
];

/// Returns ten million keys, with any of the 2³² bit patterns for a velocity.
fn spread_inputs() -> impl Iterator<Item = (u8, f32)> {
    (0..10_000_000_u64).map(|index| {
        // Multiples of 2⁶⁴ divided by the golden ratio spread evenly over all bit patterns.
        let spread = index.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((spread >> 24) as u8, f32::from_bits((spread >> 32) as u32))
    })
}

fn semitones_beyond_training(midi: u8) -> u8 {
    midi.abs_diff(midi.clamp(TRAINING.lowest_midi, TRAINING.highest_midi))
}

fn bits(corrections: &MlpCorrections) -> [u32; OUTPUTS] {
    corrections.to_outputs().map(f32::to_bits)
}

fn assert_valid(midi: u8, velocity: f32) {
    let corrections = compute_corrections(midi, velocity);
    for (i, output) in corrections.to_outputs().into_iter().enumerate() {
        // A range never contains NaN.
        assert!((MIN_OUTPUTS[i]..=MAX_OUTPUTS[i]).contains(&output), "output {i} at {midi}, {velocity}: {output}");
    }
    if semitones_beyond_training(midi) >= FADE_SEMITONES {
        let identity = bits(&MlpCorrections::IDENTITY);
        assert_eq!(bits(&corrections), identity, "at {midi}, {velocity}: {corrections:?}");
    }
}

#[test]
fn all_inputs_give_finite_outputs_within_bounds() {
    for midi in 0..=255 {
        midi_velocities().chain(SPECIAL_VELOCITIES).for_each(|velocity| assert_valid(midi, velocity));
    }
    spread_inputs().for_each(|(midi, velocity)| assert_valid(midi, velocity));
}

#[test]
fn corrections_depend_on_key_and_velocity() {
    let outputs = compute_corrections(TRAINING.lowest_midi, 0.5).to_outputs();
    assert_ne!(outputs, compute_corrections(TRAINING.highest_midi, 0.5).to_outputs());
    assert_ne!(outputs, compute_corrections(TRAINING.lowest_midi, 0.6).to_outputs());
    assert_ne!(outputs, IDENTITY_OUTPUTS);
}

#[test]
fn unobserved_outputs_are_exactly_the_identity() {
    for midi in 0..=255 {
        for velocity in midi_velocities() {
            let outputs = compute_corrections(midi, velocity).to_outputs();
            for i in (0..OUTPUTS).filter(|&i| !TRAINING.observed[i]) {
                assert_eq!(outputs[i].to_bits(), IDENTITY_OUTPUTS[i].to_bits(), "output {i} at {midi}, {velocity}");
            }
        }
    }
}

#[test]
fn beyond_the_trained_velocities_corrections_move_towards_the_identity() {
    let lowest = f32::from(TRAINING.lowest_velocity) / 127.0;
    let highest = f32::from(TRAINING.highest_velocity) / 127.0;
    for midi in 0..=255 {
        for velocity in midi_velocities().chain(SPECIAL_VELOCITIES) {
            let clamped = if velocity > highest { highest } else { velocity.max(lowest) };
            let [beyond, edge] = [velocity, clamped].map(|velocity| compute_corrections(midi, velocity).to_outputs());
            for i in 0..OUTPUTS {
                let [beyond, edge] = [beyond, edge].map(|outputs| outputs[i] - IDENTITY_OUTPUTS[i]);
                let between = if edge < 0.0 { edge..=0.0 } else { 0.0..=edge };
                assert!(between.contains(&beyond), "output {i} at {midi}, {velocity}: {beyond}, at the edge {edge}");
            }
        }
    }
}

#[test]
fn corrections_fade_linearly_beyond_the_trained_keys() {
    for velocity in midi_velocities() {
        for beyond in 0..=FADE_SEMITONES {
            let below = TRAINING.lowest_midi.checked_sub(beyond).map(|midi| (TRAINING.lowest_midi, midi));
            let above = TRAINING.highest_midi.checked_add(beyond).map(|midi| (TRAINING.highest_midi, midi));
            for (edge_midi, midi) in [below, above].into_iter().flatten() {
                let edge = compute_corrections(edge_midi, velocity).to_outputs();
                let faded = compute_corrections(midi, velocity).to_outputs();
                let fade = 1.0 - f64::from(beyond) / f64::from(FADE_SEMITONES);
                for i in 0..OUTPUTS {
                    let (edge, identity) = (f64::from(edge[i]), f64::from(IDENTITY_OUTPUTS[i]));
                    let expected = identity + fade * (edge - identity);
                    // One rounding of 2⁻²⁴ each in the edge, the fade, the product and the sum.
                    let allowed = 4.0 * 2.0_f64.powi(-24) * edge.abs().max(identity);
                    let error = (f64::from(faded[i]) - expected).abs();
                    assert!(error <= allowed, "output {i} at {midi}, {velocity}: {} for {expected}", faded[i]);
                }
            }
        }
    }
}

/// Returns a bound on each output's slope over velocity: the summed magnitudes of all network
/// paths.
fn max_slope(weights: &Weights) -> [f64; OUTPUTS] {
    let Network { w1, w2, w3, .. } = &weights.network;
    let magnitude = |weight: f32| f64::from(weight.abs());
    let second =
        w2.map(|row| row.iter().zip(w1).map(|(weight, first)| magnitude(*weight) * magnitude(first[1])).sum::<f64>());
    std::array::from_fn(|i| {
        let normalised: f64 = w3[i].iter().zip(second).map(|(weight, second)| magnitude(*weight) * second).sum();
        magnitude(weights.deviations[i]) * normalised
    })
}

#[test]
fn corrections_are_continuous_in_velocity() {
    const STEPS: u16 = 127 * 32;
    let weights = Weights::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/wurli.weights"))).unwrap();
    let (max_slope, reach) = (max_slope(&weights), weights.reach().unwrap());
    for midi in 0..=255 {
        let mut before = (0.0, compute_corrections(midi, 0.0).to_outputs());
        // Steps across the whole range, and to the adjacent floating-point number.
        let steps = (0..=STEPS).map(|step| f32::from(step) / f32::from(STEPS));
        for velocity in steps.flat_map(|velocity| [velocity, velocity.next_up()]) {
            let outputs = compute_corrections(midi, velocity).to_outputs();
            for i in 0..OUTPUTS {
                let change = (f64::from(outputs[i]) - f64::from(before.1[i])).abs();
                // Each of the two calls has at most 24 roundings of 2⁻²⁴ (tests/reference.rs).
                let rounded = 2.0 * 24.0 * 2.0_f64.powi(-24) * reach[i].max(1.0);
                let allowed = max_slope[i] * (f64::from(velocity) - before.0) + rounded;
                assert!(change <= allowed, "output {i} at {midi}, {velocity}: changed by {change}, allowed {allowed}");
            }
            before = (f64::from(velocity), outputs);
        }
    }
}

#[test]
fn compile_time_and_run_time_results_are_identical() {
    for (midi, corrections) in (0..=255).zip(&AT_COMPILE_TIME) {
        // `black_box` keeps the optimiser from evaluating this call.
        let at_run_time = compute_corrections(std::hint::black_box(midi), std::hint::black_box(0.63));
        assert_eq!(bits(&at_run_time), bits(corrections), "{midi}");
    }
}
