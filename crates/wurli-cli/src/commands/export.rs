//! `wurli-train export`: the corrections as source code for other languages.

use std::path::PathBuf;

use clap::Args;

use super::fail::{Failure, print};
use super::paths::{check_output, default_weights, read_weights, write};
use crate::c_header;

/// Writes the corrections as a C99 header, for C synths and microcontrollers.
///
/// The header holds the tables and one function, and needs nothing but <stdint.h>. With IEEE floats
/// its answers are those of the Rust function, bit for bit. Compile it without -ffast-math, and
/// with -ffp-contract=off where the processor fuses products and sums.
#[derive(Args)]
#[command(after_help = "Example: wurli-train export --c wurli_corrections.h")]
pub(crate) struct Arguments {
    /// C header to write
    #[arg(long, value_name = "FILE.h")]
    c: PathBuf,
    /// Weights file [default: wurli.weights in wurli-out]
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    check_output("--c", &arguments.c, "a C header", &["h", "hh", "hpp", "hxx", "inc"])?;
    let path = arguments.weights.clone().unwrap_or_else(default_weights);
    let weights = read_weights(&path, "give --weights FILE, or train with `run --train`")?;
    let written = write(arguments.c.clone(), c_header::header(&weights).as_bytes())?;
    print(format!("wrote {}", written.display()))
}
