//! The command `lab`: fitting the voice, choosing the fit, making stand-ins for recordings.

#![forbid(unsafe_code)]

mod choose_fit;
mod compare_weights;
mod fit_voice;
mod isolation;
mod judgement;
mod performances;
mod restarts;
mod resynthesize;

use std::process::ExitCode;

use clap::Parser;
use wurli_cli::commands::fail::exit_code;

/// Tools that chose openwurli's constants and made its stand-in recordings.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Command {
    #[command(subcommand)]
    call: Call,
}

wurli_cli::subcommands! {
    Resynthesize: resynthesize,
    FitVoice: fit_voice,
    ChooseFit: choose_fit,
    Restarts: restarts,
    Performances: performances,
    Judgement: judgement,
    Isolation: isolation,
    CompareWeights: compare_weights,
}

fn main() -> ExitCode {
    exit_code(Command::parse().call.run())
}
