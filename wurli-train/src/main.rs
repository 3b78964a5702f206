//! The command `wurli-train`: recordings in, weights out, and what one wants to know on the way.

#![forbid(unsafe_code)]

mod commands;

use std::process::ExitCode;

fn main() -> ExitCode {
    commands::main()
}
