//! A user in a folder of their own, and what the command answers them.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::folder::{folder_of, instrument};

/// A user's folder: `wurli-out` lies in it once something was trained.
pub(crate) struct User {
    pub(crate) place: tempfile::TempDir,
    pub(crate) data: tempfile::TempDir,
}

impl User {
    pub(crate) fn new() -> Self {
        Self { place: tempfile::tempdir().unwrap(), data: folder_of(&instrument()) }
    }

    /// Runs the command in the user's folder; answers with exit status, standard output and standard error.
    pub(crate) fn call(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wurli-train"));
        command.args(arguments).env_remove("WURLI_CACHE_DIR").current_dir(self.place.path()).stdin(Stdio::null());
        let Output { status, stdout, stderr } = command.output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
        (status.code().unwrap(), String::from_utf8(stdout).unwrap(), stderr)
    }

    // Not by every test that uses this file.
    #[allow(dead_code)]
    /// Trains weights, and leaves them in `wurli-out`.
    pub(crate) fn train(&self) {
        let (status, _, stderr) =
            self.call(&["run", "--data", text(self.data.path()), "--train", "--epochs", "300", "--fit", "notes"]);
        assert_eq!(status, 0, "{stderr}");
    }
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
