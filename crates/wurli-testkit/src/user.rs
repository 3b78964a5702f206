//! A user in a folder of their own who calls the command.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::folder::{folder_of, instrument};

/// A user's folder: `wurli-out` lies in it once something was trained.
pub struct User {
    /// The command that is called.
    pub command: PathBuf,
    /// Working directory of the command.
    pub place: TempDir,
    /// Data folder with the notes of [`instrument`].
    pub data: TempDir,
}

impl User {
    /// Creates the two folders. `command` is the path of the binary,
    /// `env!("CARGO_BIN_EXE_wurli-train")`.
    pub fn new(command: impl Into<PathBuf>) -> Self {
        Self { command: command.into(), place: tempfile::tempdir().unwrap(), data: folder_of(&instrument()) }
    }

    /// Runs the command in the user's folder and returns exit status, standard output and standard
    /// error.
    ///
    /// # Panics
    ///
    /// If the command panics, or cannot be run.
    pub fn call(&self, arguments: &[&str]) -> (i32, String, String) {
        call(&self.command, self.place.path(), arguments)
    }

    /// Trains weights into `wurli-out`.
    pub fn train(&self) {
        let (status, _, stderr) =
            self.call(&["run", "--data", text(self.data.path()), "--train", "--epochs", "300", "--fit", "notes"]);
        assert_eq!(status, 0, "{stderr}");
    }
}

/// Runs `command` in the folder `place` and returns exit status, standard output and standard
/// error.
///
/// # Panics
///
/// If the command panics, or cannot be run.
pub fn call(command: &Path, place: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(command);
    command.args(arguments).env_remove("WURLI_CACHE_DIR").current_dir(place).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), stderr)
}

/// Returns a path as text.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
