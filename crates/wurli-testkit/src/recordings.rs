//! The real recordings that may not be shipped.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Environment variable that makes tests fail where the recordings are missing.
pub const REQUIRE_RECORDINGS: &str = "WURLI_REQUIRE_RECORDINGS";

/// Returns the folder of the EP200 recordings, `shared/recordings/ep200` beside the repository.
///
/// Returns `None` where it is missing, and reports on standard error that the test was not run.
///
/// # Panics
///
/// If it is missing and [`REQUIRE_RECORDINGS`] is set to `1`.
pub fn ep200() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings/ep200");
    if folder.is_dir() {
        return Some(folder);
    }
    let required = std::env::var_os(REQUIRE_RECORDINGS).is_some_and(|value| value == "1");
    assert!(!required, "{} is missing", folder.display());
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    // Written directly, because the test harness captures `eprintln!`. A closed stream is no
    // failure.
    let _ = writeln!(std::io::stderr(), "{test}: not run: {} is missing", folder.display());
    None
}

/// Returns the folder of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the data folder of the repository.
pub fn shipped_data() -> PathBuf {
    repository().join("data")
}
