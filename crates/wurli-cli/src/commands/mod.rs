//! The commands of `wurli-train`, one file each, and shared parts.

pub mod bars;
mod completions;
mod ctrl_c;
mod evaluate;
pub mod fail;
mod harmonic;
mod import;
mod measure;
mod npz;
pub mod paths;
mod render;
mod report;
mod run;
pub mod session;
pub mod synth;
pub mod table;
mod transcribe;
mod values;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Trains corrections for a modelled Wurlitzer electric piano from recordings, and reports how good
/// they are.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Command {
    #[command(subcommand)]
    call: Call,
}

#[derive(Subcommand)]
enum Call {
    Import(import::Arguments),
    Run(run::Arguments),
    Measure(measure::Arguments),
    Transcribe(transcribe::Arguments),
    Render(render::Arguments),
    Evaluate(evaluate::Arguments),
    Harmonic(harmonic::Arguments),
    Completions(completions::Arguments),
    Report(report::Arguments),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let call = Command::parse().call;
    ctrl_c::install_handler();
    let result = match call {
        Call::Import(arguments) => import::call(&arguments),
        Call::Run(arguments) => run::call(&arguments),
        Call::Measure(arguments) => measure::call(&arguments),
        Call::Transcribe(arguments) => transcribe::call(&arguments),
        Call::Render(arguments) => render::call(&arguments),
        Call::Evaluate(arguments) => evaluate::call(&arguments),
        Call::Harmonic(arguments) => harmonic::call(&arguments),
        Call::Completions(arguments) => completions::call(&arguments),
        Call::Report(arguments) => report::call(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
