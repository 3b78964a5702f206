//! The macro as a user meets it: what compiles, what it computes, and what the compiler says when it cannot.
//!
//! The weights files are written here, into the target folder, and named by paths relative to the crates that trybuild
//! sets up beside it, so that messages read the same everywhere.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::io::Write;
use std::path::Path;

use wurli_voice::corrections::{IDENTITY_OUTPUTS, OUTPUTS};
use wurli_weights::{TrainedRange, Weights, sample_weights};

#[test]
fn files_that_are_no_weights_are_errors_at_the_path() {
    let whole = plausible().to_bytes();
    write("cut_short.weights", &whole[..1_000]);
    write("foreign.weights", b"RIFF\x24\x00\x00\x00WAVEfmt ");
    let mut damaged = whole;
    damaged[700] ^= 1;
    write("damaged.weights", &damaged);
    let mut not_a_number = plausible();
    not_a_number.network.w3[3][5] = f32::NAN;
    write("not_a_number.weights", &not_a_number.to_bytes());
    write("plausible.weights", &whole);
    trybuild::TestCases::new().compile_fail("tests/refused/*.rs");
}

#[test]
fn expanded_functions_compute_what_their_files_mean() {
    write("plausible.weights", &plausible().to_bytes());
    write("saturating.weights", &saturating().to_bytes());
    trybuild::TestCases::new().pass("tests/expanded/*.rs");
}

fn write(name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Renamed into place: the two tests run at the same time and share a file.
    let mut file = tempfile::NamedTempFile::new_in(folder).unwrap();
    file.write_all(bytes).unwrap();
    file.persist(folder.join(name)).unwrap();
}

/// Weights of the size that training gives; outputs 4 and 21 were not observed.
fn plausible() -> Weights {
    let mut observed = [true; OUTPUTS];
    observed[4] = false;
    observed[21] = false;
    Weights {
        observed,
        means: IDENTITY_OUTPUTS,
        deviations: std::array::from_fn(|i| if i < 14 { 5.0 } else { 0.2 }),
        key: [7; 32],
        ..sample_weights()
    }
}

/// Weights that drive every output to one of its bounds, with a range of a single note and velocity.
fn saturating() -> Weights {
    let mut weights = plausible();
    weights.range = TrainedRange { lowest_midi: 60, highest_midi: 60, lowest_velocity: 64, highest_velocity: 64 };
    weights.observed = [true; OUTPUTS];
    weights.network.w3 = [[0.0; 8]; OUTPUTS];
    weights.network.b3 = std::array::from_fn(|i| if i % 2 == 0 { 1e30 } else { -1e30 });
    weights
}
