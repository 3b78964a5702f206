//! Leaves the weights in `OUT_DIR`, where `src/corrections.rs` takes them up: the shipped ones, or, where the recordings are not
//! those that they were made from, freshly trained ones. Writes to `OUT_DIR` and to `WURLI_CACHE_DIR`, nowhere else.

use std::path::{Path, PathBuf};
use std::{env, fs};

const SHIPPED: &str = "weights/default.weights";

fn main() {
    if let Err(error) = run() {
        // In its own words: returned from here, it would be printed for debugging.
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={SHIPPED}");
    for variable in ["WURLI_RETRAIN", "WURLI_DATA", "WURLI_CACHE_DIR"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: this is run by cargo")?);
    let shipped = fs::read(SHIPPED).map_err(|error| format!("{SHIPPED}: {error}"))?;
    let weights = train(&out, &shipped)?.unwrap_or(shipped);
    let path = out.join("wurli.weights");
    // The macro has rustc track the file: left alone, nothing is compiled again.
    if fs::read(&path).ok().as_ref() != Some(&weights) {
        fs::write(&path, weights).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Weights for the data folder, where the shipped ones are not made from it.
#[cfg(feature = "train")]
fn train(out: &Path, shipped: &[u8]) -> Result<Option<Vec<u8>>, Box<dyn std::error::Error>> {
    use wurli_train::pipeline::build::{Built, build};
    use wurli_weights::Weights;

    let retrain = match env::var("WURLI_RETRAIN").unwrap_or_default().as_str() {
        "1" => true,
        "" | "0" => false,
        other => return Err(format!("WURLI_RETRAIN = {other:?} is neither 1 nor 0").into()),
    };
    let folder = |variable: &str| match env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from) {
        // A build script runs in the folder of its package, not in that of the caller.
        Some(path) if path.is_relative() => {
            Err(format!("{variable} = {0} is relative: write {variable}=\"$PWD/{0}\"", path.display()))
        }
        path => Ok(path),
    };
    let beside = Path::new("../data");
    let data = match folder("WURLI_DATA")? {
        Some(data) => data,
        // Any folder may be called so; ours has a catalogue.
        None if beside.join("recordings.toml").is_file() => beside.into(),
        None if retrain => {
            return Err("WURLI_RETRAIN = 1, but there are no recordings: name a folder in WURLI_DATA".into());
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
                "cargo::warning=trained on {} notes of {}: levels {:.1} dB from the recordings, {:.1} dB uncorrected",
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
        println!("cargo::warning={variable} is set, but the feature `train` is off: the shipped weights are used");
    }
    Ok(None)
}
