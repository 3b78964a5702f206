//! The calls of the command, one file each.

mod bars;
mod choose_fit;
mod completions;
mod evaluate;
mod fail;
mod fit_voice;
mod harmonic;
mod import;
mod measure;
mod npz;
mod places;
mod render;
mod report;
mod restarts;
mod resynthesize;
mod run;
mod synth;
mod table;
mod transcribe;

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
    Resynthesize(resynthesize::Arguments),
    FitVoice(fit_voice::Arguments),
    Evaluate(evaluate::Arguments),
    ChooseFit(choose_fit::Arguments),
    Restarts(restarts::Arguments),
    Harmonic(harmonic::Arguments),
    Completions(completions::Arguments),
    Report(report::Arguments),
}

/// How long Ctrl-C waits for what is under way to be taken away.
const PATIENCE: Duration = Duration::from_secs(5);
/// The exit status of a command that SIGINT ended, as shells have it.
const INTERRUPTED: i32 = 130;

pub(crate) fn main() -> ExitCode {
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
        Call::Resynthesize(arguments) => resynthesize::call(&arguments),
        Call::FitVoice(arguments) => fit_voice::call(&arguments),
        Call::Evaluate(arguments) => evaluate::call(&arguments),
        Call::ChooseFit(arguments) => choose_fit::call(&arguments),
        Call::Restarts(arguments) => restarts::call(&arguments),
        Call::Harmonic(arguments) => harmonic::call(&arguments),
        Call::Completions(arguments) => completions::call(&arguments),
        Call::Report(arguments) => report::call(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
