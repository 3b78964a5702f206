//! The command `wurli-train`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    wurli_cli::commands::main()
}
