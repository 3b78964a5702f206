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

use clap::{Parser, Subcommand};

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

pub(crate) fn main() -> ExitCode {
    let result = match Command::parse().call {
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
