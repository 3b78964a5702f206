//! Writes the placeholder that stands in for trained weights: `cargo test -p openwurli-dsp --test placeholder -- --ignored`.

use wurli_train::weights::{Network, PARAMETERS, TrainedRange, Weights};
use wurli_voice::corrections::{DECAYS, FREQUENCIES, IDENTITY_OUTPUTS, OUTPUTS};

#[test]
#[ignore = "overwrites weights/default.weights"]
fn write_default_weights() {
    let mut state = 9_u32;
    // A linear congruential generator (Numerical Recipes); its upper 24 bits as −1..1.
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    let mut parameters = [0.0; PARAMETERS];
    parameters.fill_with(&mut next);
    let mut observed = [true; OUTPUTS];
    // What recordings rarely show: the decay of H8.
    observed[DECAYS + 6] = false;
    let weights = Weights {
        range: TrainedRange { lowest_midi: 33, highest_midi: 96, lowest_velocity: 26, highest_velocity: 120 },
        observed,
        means: std::array::from_fn(|i| IDENTITY_OUTPUTS[i] + 0.1 * next()),
        deviations: std::array::from_fn(|i| match i {
            0..FREQUENCIES => 8.0,
            FREQUENCIES..DECAYS => 4.0,
            _ => 0.4,
        }),
        network: Network::from_parameters(&parameters),
        ..Weights::IDENTITY
    };
    assert_eq!(weights.check(), Ok(()));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/weights/default.weights");
    std::fs::write(file, weights.encode()).unwrap();
}
