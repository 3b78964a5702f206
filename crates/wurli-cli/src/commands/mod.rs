//! The calls of the command, one file each.

pub mod bars;
mod completions;
mod evaluate;
pub mod fail;
mod harmonic;
mod import;
mod measure;
mod npz;
pub mod places;
mod render;
mod report;
mod run;
pub mod synth;
pub mod table;
mod transcribe;
mod values;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use wurli_train::interrupt::interrupt;

/// Learns from recordings of a Wurlitzer electric piano by how much a physical model of it is wrong.
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

/// How long Ctrl-C waits for what is under way to be taken away.
const PATIENCE: Duration = Duration::from_secs(5);
/// The exit status of a command that SIGINT ended, as shells have it.
const INTERRUPTED: i32 = 130;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let call = Command::parse().call;
    // An import takes away what it has written so far, and has a handler of its own.
    if !matches!(call, Call::Import(_)) {
        let end = || {
            interrupt(PATIENCE);
            std::process::exit(INTERRUPTED);
        };
        if let Err(error) = ctrlc::set_handler(end) {
            fail::warn(format!("Ctrl-C may leave temporary files behind: {error}"));
        }
    }
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
