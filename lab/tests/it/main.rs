//! Tests of the authors' tools.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking, their shared functions too")]

mod closed_pipe;
mod fit;
mod naive_voice;
mod restarts;
mod resynthesize;
mod stand_ins;

use wurli_testkit::user::User;

/// Path of the tools under test.
const LAB: &str = env!("CARGO_BIN_EXE_lab");

/// Returns a user of the tools, who has a data folder.
fn user() -> User {
    User::new(LAB)
}
