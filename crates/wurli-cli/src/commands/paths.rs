//! Files and folders that several commands use.

use std::path::{Path, PathBuf};

use wurli_train::files::write_atomic;
use wurli_train::pipeline::error::Error;
use wurli_weights::Weights;

use super::fail::Failure;

/// Name of the weights file in the output folder.
pub const WEIGHTS_FILE: &str = "wurli.weights";
/// Default output folder.
pub const OUT: &str = "wurli-out";

/// Returns the default weights file.
pub fn default_weights() -> PathBuf {
    Path::new(OUT).join(WEIGHTS_FILE)
}

/// Returns the cache folder: `chosen`, WURLI_CACHE_DIR, or the folder cache in `out`.
pub fn cache_folder(chosen: Option<&Path>, out: &Path) -> PathBuf {
    named_cache(chosen).unwrap_or_else(|| out.join("cache"))
}

/// Returns `chosen` or WURLI_CACHE_DIR, if any.
pub fn named_cache(chosen: Option<&Path>) -> Option<PathBuf> {
    // As in a build, an empty variable counts as unset.
    let named = || std::env::var_os("WURLI_CACHE_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    chosen.map(Path::to_owned).or_else(named)
}

/// Reads a weights file; `remedy` tells the user what to do if there is none.
pub fn read_weights(path: &Path, remedy: &str) -> Result<Weights, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::Work(format!("{}: {error}: {remedy}", path.display())))?;
    Weights::from_bytes(&bytes).map_err(|error| Failure::Work(format!("{}: {error}", path.display())))
}

/// Quotes a path for the shell, if it needs quotes.
pub fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    if !path.is_empty() && path.chars().all(plain) { path } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

/// Returns an absolute path, without `.`. On Windows it is one that people and other programs read.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Returns an absolute path without links, or without `.` if nothing lies there.
pub fn without_links(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| absolute(path))
}

/// Fails if a file cannot be written at that path. Creates nothing.
pub fn check_writable(path: &Path) -> Result<(), Error> {
    let is_writable = || {
        if path.is_dir() {
            return Err(std::io::ErrorKind::IsADirectory.into());
        }
        // Missing folders are created in the nearest one that exists.
        let path = std::path::absolute(path)?;
        let folder = path.ancestors().skip(1).find(|folder| folder.exists()).unwrap_or(Path::new("."));
        tempfile::Builder::new().prefix(".").suffix(".part").tempfile_in(folder).map(drop)
    };
    is_writable().map_err(|source| Error::Unwritable { path: path.into(), source })
}

/// Fails if an output has an extension that is not one of its format's, or if it cannot be written.
/// `what` names the format, `extensions` are those that it may have.
pub fn check_output(flag: &str, path: &Path, what: &str, extensions: &[&str]) -> Result<(), Failure> {
    let is_other = |extension: &std::ffi::OsStr| !extensions.iter().any(|known| extension.eq_ignore_ascii_case(known));
    if path.extension().is_some_and(is_other) {
        return Err(Failure::call(format!(
            "{flag} {}: {what} is written; name the file .{}",
            path.display(),
            extensions.first().copied().unwrap_or_default()
        )));
    }
    Ok(check_writable(path)?)
}

/// Fails if a chart cannot be written at that path.
pub fn check_plot(path: &Path) -> Result<(), Failure> {
    check_output("--plot", path, "SVG", &["svg"])
}

/// Writes a result atomically and returns its path.
pub fn write(path: PathBuf, bytes: &[u8]) -> Result<PathBuf, Error> {
    match write_atomic(&path, bytes) {
        Ok(()) => Ok(path),
        Err(source) => Err(Error::Unwritable { path, source }),
    }
}
