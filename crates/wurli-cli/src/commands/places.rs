//! Where the calls of the command find and leave what they share.

use std::path::{Path, PathBuf};

use wurli_train::files::write_whole;
use wurli_train::pipeline::error::Error;
use wurli_weights::Weights;

use super::fail::Failure;

/// Name of the weights file in the output folder.
pub const WEIGHTS_FILE: &str = "wurli.weights";
/// Where results go unless told otherwise.
pub const OUT: &str = "wurli-out";

/// The weights file that is used unless told otherwise.
pub fn default_weights() -> PathBuf {
    Path::new(OUT).join(WEIGHTS_FILE)
}

/// Where artifacts are kept: in the folder that was chosen, or that WURLI_CACHE_DIR names, or in the output folder.
pub fn cache_folder(chosen: Option<&Path>, out: &Path) -> PathBuf {
    named_cache(chosen).unwrap_or_else(|| out.join("cache"))
}

/// The folder that was chosen, or that WURLI_CACHE_DIR names.
pub fn named_cache(chosen: Option<&Path>) -> Option<PathBuf> {
    // Empty is unset, as in a build.
    let named = || std::env::var_os("WURLI_CACHE_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    chosen.map(Path::to_owned).or_else(named)
}

/// Reads a weights file; `instead` is what a user may do who has none.
pub fn read_weights(path: &Path, instead: &str) -> Result<Weights, Failure> {
    let bytes =
        std::fs::read(path).map_err(|error| Failure::Work(format!("{}: {error}: {instead}", path.display())))?;
    Weights::decode(&bytes).map_err(|error| Failure::Work(format!("{}: {error}", path.display())))
}

/// Fails if a file cannot be written at that path. Creates nothing.
pub fn check_writable(path: &Path) -> Result<(), Error> {
    let is_writable = || {
        if path.is_dir() {
            return Err(std::io::ErrorKind::IsADirectory.into());
        }
        // Folders that are missing are created in the nearest one that exists.
        let path = std::path::absolute(path)?;
        let folder = path.ancestors().skip(1).find(|folder| folder.exists()).unwrap_or(Path::new("."));
        tempfile::Builder::new().prefix(".").suffix(".part").tempfile_in(folder).map(drop)
    };
    is_writable().map_err(|source| Error::Unwritable { path: path.into(), source })
}

/// Writes a result, whole or not at all; answers with its path.
pub fn write(path: PathBuf, bytes: &[u8]) -> Result<PathBuf, Error> {
    match write_whole(&path, bytes) {
        Ok(()) => Ok(path),
        Err(source) => Err(Error::Unwritable { path, source }),
    }
}
