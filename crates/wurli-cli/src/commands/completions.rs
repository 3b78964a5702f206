//! `wurli-train completions`: completion scripts for shells.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::fail::{Failure, print};

/// Prints a completion script for a shell.
#[derive(Args)]
#[command(
    after_help = "Example: wurli-train completions bash > ~/.local/share/bash-completion/completions/wurli-train"
)]
pub(crate) struct Arguments {
    /// Shell to complete in
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut super::Command::command(), "wurli-train", &mut script);
    print(String::from_utf8_lossy(&script).trim_end())
}
