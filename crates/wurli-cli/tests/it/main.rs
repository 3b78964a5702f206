//! Tests of the command `wurli-train`, as a user calls it.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking, their shared functions too")]

mod bad_recordings;
mod cases;
mod command;
mod evaluate;
mod export;
#[cfg(unix)]
mod faults;
mod harmonic;
mod hostile;
mod hum;
mod import;
mod labels;
#[cfg(unix)]
mod renderer;
mod report;
mod same_bits;
mod takes;
mod trained_on;

use wurli_testkit::counting::CountingAllocator;
use wurli_testkit::user::User;

// Counts what each thread allocates, for the tests that bound memory.
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Path of the command under test.
const WURLI_TRAIN: &str = env!("CARGO_BIN_EXE_wurli-train");

/// Returns a user of the command under test.
fn user() -> User {
    User::new(WURLI_TRAIN)
}
