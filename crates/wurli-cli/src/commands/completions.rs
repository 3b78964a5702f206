//! `wurli-train completions`: what a shell needs to complete calls of this command.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::fail::{Failure, print};

/// Prints what a shell needs to complete calls of this command.
#[derive(Args)]
#[command(
    after_help = "Example: wurli-train completions bash > ~/.local/share/bash-completion/completions/wurli-train"
)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut super::Command::command(), "wurli-train", &mut script);
    print(String::from_utf8_lossy(&script).trim_end())
}
