//! What several scenario tests need.

use std::path::{Path, PathBuf};

/// The folder of real recordings that lies beside the repository on the developers' machines and in CI.
///
/// `None`, with a note in the test's output, where it is missing.
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
    println!("not run: {} is missing", folder.display());
    None
}
