//! Writes the weights to `OUT_DIR`, where `src/corrections.rs` reads them.
//!
//! These are the shipped weights, or newly trained ones if the recordings differ from those of the
//! shipped weights. Only `OUT_DIR` and `WURLI_CACHE_DIR` are written to. `OUT_DIR/wurli-report.txt`
//! has the origin of the weights and every warning: cargo shows them for path dependencies only.

use std::path::{Path, PathBuf};
use std::{env, fs};

const SHIPPED: &str = "weights/default.weights";
const WEIGHTS: &str = "wurli.weights";
const REPORT: &str = "wurli-report.txt";

type Error = Box<dyn std::error::Error>;

/// Weights with the lines of the report: their origin, then warnings.
struct Built {
    weights: Vec<u8>,
    report: Vec<String>,
}

fn main() {
    if let Err(error) = write_weights() {
        // An error returned from `main` would be printed with `Debug`.
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn write_weights() -> Result<(), Error> {
    println!("cargo::rerun-if-changed={SHIPPED}");
    for variable in ["WURLI_RETRAIN", "WURLI_DATA", "WURLI_CACHE_DIR"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set; build with cargo")?);
    let shipped = fs::read(SHIPPED).map_err(|error| format!("{SHIPPED}: {error}"))?;
    let built = match train(&out, &shipped)? {
        Some(built) => built,
        None => Built { weights: shipped, report: vec![format!("shipped weights ({SHIPPED})")] },
    };
    write_if_changed(&out.join(WEIGHTS), &built.weights)?;
    let report: String = built.report.iter().map(|line| format!("{line}\n")).collect();
    write_if_changed(&out.join(REPORT), report.as_bytes())
}

/// rustc tracks the weights: an unchanged file must keep its time stamp.
fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if fs::read(path).ok().as_deref() != Some(bytes) {
        fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Returns whether `WURLI_RETRAIN` asks for a training.
fn is_retrain_requested() -> Result<bool, Error> {
    let value = env::var_os("WURLI_RETRAIN").unwrap_or_default();
    match value.to_str() {
        Some("1") => Ok(true),
        Some("" | "0") => Ok(false),
        _ => Err(format!("WURLI_RETRAIN = {value:?}, expected 1 or 0").into()),
    }
}

/// Returns the absolute path in an environment variable, if it is set.
fn folder(variable: &str) -> Result<Option<PathBuf>, Error> {
    match env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from) {
        // Build scripts run in the folder of their package, not in the caller's.
        Some(path) if path.is_relative() => {
            Err(format!("{variable} = {0} is relative; use {variable}=\"$PWD/{0}\"", path.display()).into())
        }
        path => Ok(path),
    }
}

/// Returns trained weights, or none if the shipped ones match the data folder.
#[cfg(feature = "train")]
fn train(out: &Path, shipped: &[u8]) -> Result<Option<Built>, Error> {
    use wurli_train::pipeline::build::{self, build};
    use wurli_weights::Weights;

    let retrain = is_retrain_requested()?;
    let requested = folder("WURLI_DATA")?;
    if retrain || requested.is_some() {
        // Cargo compares times, and would not notice a recording that is replaced by an older one.
        // A file that does not exist makes it run this script always, which compares contents.
        println!("cargo::rerun-if-changed={}", out.join("always").display());
    }
    let default_data = Path::new("../data");
    let data = match requested {
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

    let trained = last_trained(out);
    let mut known = Vec::new();
    if !retrain {
        known.push(shipped);
    }
    known.extend(trained.as_ref().map(|trained| &trained.weights[..]));
    let parsed: Vec<Weights> = known.iter().filter_map(|bytes| Weights::from_bytes(bytes).ok()).collect();
    let built = match build(&data, &cache, &parsed, retrain && trained.is_none())? {
        build::Built::Known(weights) if weights.to_bytes() == shipped && !retrain => return Ok(None),
        // The warnings are repeated, or cargo would show those of the last run only.
        build::Built::Known(_) => trained,
        build::Built::Trained { outcome, warnings } => {
            let (before, after) = (&outcome.closed_loop.uncorrected, &outcome.closed_loop.corrected);
            let origin = format!(
                "trained on {} {} of {}: mean level error of these trained notes {:.1} dB, {:.1} dB uncorrected; `wurli-train \
                 evaluate --leave-one-out keys` has that of keys left out",
                after.notes,
                if after.notes == 1 { "note" } else { "notes" },
                data.display(),
                after.level_db,
                before.level_db
            );
            let report = [vec![origin], warnings].concat();
            Some(Built { weights: outcome.weights.to_bytes().to_vec(), report })
        }
    };
    for line in built.iter().flat_map(|built| &built.report) {
        println!("cargo::warning={line}");
    }
    Ok(built)
}

/// Returns what the last run of this script trained, if it did.
#[cfg(feature = "train")]
fn last_trained(out: &Path) -> Option<Built> {
    let report: Vec<String> = fs::read_to_string(out.join(REPORT)).ok()?.lines().map(str::to_owned).collect();
    report.first().filter(|origin| origin.starts_with("trained on"))?;
    Some(Built { weights: fs::read(out.join(WEIGHTS)).ok()?, report })
}

/// Without the trainer, a request to train is an error: cargo would hide a warning from most users.
#[cfg(not(feature = "train"))]
fn train(_: &Path, _: &[u8]) -> Result<Option<Built>, Error> {
    let request = match folder("WURLI_DATA")? {
        Some(data) => format!("WURLI_DATA = {}", data.display()),
        None if is_retrain_requested()? => "WURLI_RETRAIN = 1".into(),
        None => return Ok(None),
    };
    Err(format!(
        "{request}, but feature `train` of openwurli-dsp is off, so that nothing would be trained; omit \
         `--no-default-features` or `default-features = false`, add `features = [\"train\"]`, or unset the variable"
    )
    .into())
}
