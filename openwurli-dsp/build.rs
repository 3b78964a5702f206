//! Writes the weights to `OUT_DIR`, where `src/corrections.rs` reads them.
//!
//! These are the shipped weights, or newly trained ones if the recordings differ from those of the
//! shipped weights. Only `OUT_DIR` and `WURLI_CACHE_DIR` are written to.

use std::path::{Path, PathBuf};
use std::{env, fs};

const SHIPPED: &str = "weights/default.weights";

fn main() {
    if let Err(error) = write_weights() {
        // An error returned from `main` would be printed with `Debug`.
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn write_weights() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={SHIPPED}");
    for variable in ["WURLI_RETRAIN", "WURLI_DATA", "WURLI_CACHE_DIR"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set; build with cargo")?);
    let shipped = fs::read(SHIPPED).map_err(|error| format!("{SHIPPED}: {error}"))?;
    let weights = train(&out, &shipped)?.unwrap_or(shipped);
    let path = out.join("wurli.weights");
    // rustc tracks the file: an unchanged one must keep its time stamp.
    if fs::read(&path).ok().as_ref() != Some(&weights) {
        fs::write(&path, weights).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Returns newly trained weights, or none if the shipped ones match the data folder.
#[cfg(feature = "train")]
fn train(out: &Path, shipped: &[u8]) -> Result<Option<Vec<u8>>, Box<dyn std::error::Error>> {
    use wurli_train::pipeline::build::{Built, build};
    use wurli_weights::Weights;

    let retrain = match env::var("WURLI_RETRAIN").unwrap_or_default().as_str() {
        "1" => true,
        "" | "0" => false,
        other => return Err(format!("WURLI_RETRAIN = {other:?}, expected 1 or 0").into()),
    };
    let folder = |variable: &str| match env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from) {
        // Build scripts run in the folder of their package, not in the caller's.
        Some(path) if path.is_relative() => {
            Err(format!("{variable} = {0} is relative; use {variable}=\"$PWD/{0}\"", path.display()))
        }
        path => Ok(path),
    };
    let default_data = Path::new("../data");
    let data = match folder("WURLI_DATA")? {
        Some(data) => data,
        // An unrelated folder of this name has no catalogue.
        None if default_data.join("recordings.toml").is_file() => default_data.into(),
        None if retrain => {
            return Err("WURLI_RETRAIN = 1, but there are no recordings; set WURLI_DATA to a folder".into());
        }
        None => return Ok(None),
    };
    println!("cargo::rerun-if-changed={}", data.display());
    let cache = folder("WURLI_CACHE_DIR")?.unwrap_or_else(|| out.join("cache"));
    match build(&data, &cache, Weights::from_bytes(shipped).ok().as_ref(), retrain)? {
        Built::Known => Ok(None),
        Built::Trained { outcome, warnings } => {
            let (before, after) = (&outcome.closed_loop.uncorrected, &outcome.closed_loop.corrected);
            println!(
                "cargo::warning=trained on {} notes of {}: mean level error {:.1} dB, {:.1} dB uncorrected",
                after.notes,
                data.display(),
                after.level_db,
                before.level_db
            );
            warnings.iter().for_each(|warning| println!("cargo::warning={warning}"));
            Ok(Some(outcome.weights.to_bytes().to_vec()))
        }
    }
}

#[cfg(not(feature = "train"))]
fn train(_: &Path, _: &[u8]) -> Result<Option<Vec<u8>>, Box<dyn std::error::Error>> {
    for variable in ["WURLI_RETRAIN", "WURLI_DATA"].into_iter().filter(|variable| env::var_os(variable).is_some()) {
        println!("cargo::warning={variable} is ignored, because feature `train` is off: using the shipped weights");
    }
    Ok(None)
}
