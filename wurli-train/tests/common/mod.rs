//! What several scenario tests need.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of real recordings, which may not be shipped: `shared/recordings/ep200` beside the repository.
///
/// `None`, said past the test harness' capturing, where it is missing.
///
/// # Panics
///
/// If it is missing and the environment says `CI`: there, nothing may be left out.
pub(crate) fn ep200() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings/ep200");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing", folder.display());
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    // A harness whose standard error is closed has nobody to tell.
    let _ = writeln!(std::io::stderr(), "{test}: not run: {} is missing", folder.display());
    None
}
