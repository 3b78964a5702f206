//! The commands of `wurli-train`, one file each, and shared parts.

mod assessment;
pub mod bars;
mod completions;
mod ctrl_c;
mod evaluate;
mod export;
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
mod subcommands;
pub mod synth;
pub mod table;
mod trained_on;
mod transcribe;
mod values;

use std::process::ExitCode;

use clap::Parser;

/// Trains corrections for a modelled Wurlitzer electric piano from recordings, and reports how good
/// they are.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Command {
    #[command(subcommand)]
    call: Call,
}

crate::subcommands! {
    Import: import,
    Run: run,
    Measure: measure,
    Transcribe: transcribe,
    Render: render,
    Evaluate: evaluate,
    Export: export,
    Harmonic: harmonic,
    Completions: completions,
    Report: report,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let call = Command::parse().call;
    ctrl_c::install_handler();
    fail::exit_code(call.run())
}
