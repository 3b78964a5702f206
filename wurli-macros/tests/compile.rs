//! Compilation tests of the macro: accepted input, computed values and error messages.
//!
//! The weights files are written into the target folder. Their paths are relative to the crates
//! that trybuild creates there, so that error messages do not depend on the machine.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::io::Write;
use std::path::Path;

use wurli_voice::corrections::{IDENTITY_OUTPUTS, OUTPUTS};
use wurli_weights::{Network, PARAMETERS, TrainedRange, Weights};

#[test]
fn invalid_files_are_errors_at_the_path() {
    let whole = plausible().to_bytes();
    write("cut_short.weights", &whole[..1_000]);
    write("foreign.weights", b"RIFF\x24\x00\x00\x00WAVEfmt ");
    let mut damaged = whole.clone();
    damaged[700] ^= 1;
    write("damaged.weights", &damaged);
    let mut not_a_number = plausible();
    not_a_number.network.w3[3][5] = f32::NAN;
    write("not_a_number.weights", &not_a_number.to_bytes());
    write("plausible.weights", &whole);
    trybuild::TestCases::new().compile_fail("tests/rejected/*.rs");
}

#[test]
fn expanded_functions_agree_with_their_files() {
    write("plausible.weights", &plausible().to_bytes());
    write("saturating.weights", &saturating().to_bytes());
    trybuild::TestCases::new().pass("tests/expanded/*.rs");
}

fn write(name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Atomic, because the two tests run in parallel and share a file.
    let mut file = tempfile::NamedTempFile::new_in(folder).unwrap();
    file.write_all(bytes).unwrap();
    file.persist(folder.join(name)).unwrap();
}

/// Returns weights of realistic magnitude. Outputs 4 and 21 are not observed.
fn plausible() -> Weights {
    let mut parameters = [0.0; PARAMETERS];
    for (i, parameter) in parameters.iter_mut().enumerate() {
        // Multiples of the golden ratio are evenly distributed modulo 1.
        *parameter = ((i as f64 * 0.618_033_988_749_894_9).fract() * 2.0 - 1.0) as f32;
    }
    let mut observed = [true; OUTPUTS];
    observed[4] = false;
    observed[21] = false;
    Weights {
        range: TrainedRange { lowest_midi: 33, highest_midi: 96, lowest_velocity: 20, highest_velocity: 110 },
        observed,
        means: IDENTITY_OUTPUTS,
        deviations: std::array::from_fn(|i| if i < 14 { 5.0 } else { 0.2 }),
        seed: 9,
        epochs: 10_000,
        loss: 0.074,
        key: [7; 32],
        network: Network::from_parameters(&parameters),
    }
}

/// Returns weights that drive every output to a bound, trained on a single note and velocity.
fn saturating() -> Weights {
    let mut weights = plausible();
    weights.range = TrainedRange { lowest_midi: 60, highest_midi: 60, lowest_velocity: 64, highest_velocity: 64 };
    weights.observed = [true; OUTPUTS];
    weights.network.w3 = [[0.0; 8]; OUTPUTS];
    weights.network.b3 = std::array::from_fn(|i| if i % 2 == 0 { 1e30 } else { -1e30 });
    weights
}
