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

use clap::{Parser, Subcommand};

/// Tools that chose openwurli's constants and made its stand-in recordings.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Command {
    #[command(subcommand)]
    call: Call,
}

#[derive(Subcommand)]
enum Call {
    Resynthesize(resynthesize::Arguments),
    FitVoice(fit_voice::Arguments),
    ChooseFit(choose_fit::Arguments),
    Restarts(restarts::Arguments),
    Performances(performances::Arguments),
    Judgement(judgement::Arguments),
    Isolation(isolation::Arguments),
    CompareWeights(compare_weights::Arguments),
}

fn main() -> ExitCode {
    let result = match Command::parse().call {
        Call::Resynthesize(arguments) => resynthesize::call(&arguments),
        Call::FitVoice(arguments) => fit_voice::call(&arguments),
        Call::ChooseFit(arguments) => choose_fit::call(&arguments),
        Call::Restarts(arguments) => restarts::call(&arguments),
        Call::Performances(arguments) => performances::call(&arguments),
        Call::Judgement(arguments) => judgement::call(&arguments),
        Call::Isolation(arguments) => isolation::call(&arguments),
        Call::CompareWeights(arguments) => compare_weights::call(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
