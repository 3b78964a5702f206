//! Rows of the tables: a pack, and what comes of its import.

use std::path::Path;
use std::process::{Command, Stdio};

use wurli_cli::import::{self, ImportOptions};
use wurli_train::note_name::note_name;

/// Expected result of an import.
pub(crate) enum Expected<'a> {
    /// Keys and velocities, from the lowest up.
    Notes(&'a [(u8, u8)]),
    /// Words of the reason.
    Refused(&'a [&'a str]),
}

pub(crate) use Expected::{Notes, Refused};

/// A pack, and what is right for it.
pub(crate) struct Case<'a> {
    /// Name of the case.
    pub(crate) name: &'a str,
    /// Writes the pack into a folder.
    pub(crate) make: &'a dyn Fn(&Path),
    /// Path of the pack in that folder.
    pub(crate) pack: &'a str,
    pub(crate) options: ImportOptions,
    pub(crate) expected: Expected<'a>,
    /// Words that one warning has; none if there is to be no warning.
    pub(crate) warned: &'a [&'a str],
}

/// Returns a folder called `pack`, imported without options.
pub(crate) fn case<'a>(
    name: &'a str,
    make: &'a dyn Fn(&Path),
    expected: Expected<'a>,
    warned: &'a [&'a str],
) -> Case<'a> {
    Case { name, make, pack: "pack", options: ImportOptions::default(), expected, warned }
}

/// Imports each pack.
pub(crate) fn check(cases: &[Case<'_>]) {
    let mut failed = Vec::new();
    for case in cases {
        let place = tempfile::tempdir().unwrap();
        (case.make)(place.path());
        let result = import::read(&place.path().join(case.pack), &case.options, &|_, _, _| {});
        let fault = match (result, &case.expected) {
            (Ok(pack), Notes(expected)) => {
                let notes: Vec<_> = pack.notes.iter().map(|note| (note.midi, note.velocity)).collect();
                let warnings: Vec<_> = pack.warnings.iter().map(ToString::to_string).collect();
                let warned = |words: &&&str| warnings.iter().any(|warning| warning.contains(**words));
                let missing: Vec<_> = case.warned.iter().filter(|words| !warned(words)).collect();
                (notes != *expected || !missing.is_empty() || case.warned.is_empty() != warnings.is_empty())
                    .then(|| format!("{notes:?}, warnings {warnings:#?}"))
            }
            (Err(error), Refused(words)) => {
                let message = error.to_string();
                (!words.iter().all(|words| message.contains(words))).then_some(message)
            }
            (Ok(pack), Refused(_)) => Some(format!("imported: {:?}", pack.notes)),
            (Err(error), Notes(_)) => Some(error.to_string()),
        };
        failed.extend(fault.map(|fault| format!("{}: {fault}", case.name)));
    }
    assert!(failed.is_empty(), "{} of {} cases:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

/// Runs the command in a folder; returns exit status, standard output and standard error.
pub(crate) fn call(place: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wurli-train"));
    command.args(arguments).env_remove("WURLI_CACHE_DIR").current_dir(place).stdin(Stdio::null());
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap(), stderr)
}

/// Keys that are not multiples of one another.
pub(crate) const KEYS: [u8; 5] = [45, 49, 54, 59, 63];

/// Returns the name of a key: `C#4`.
pub(crate) fn name(midi: u8) -> String {
    note_name(midi)
}

/// Returns the keys with velocities, as [`Notes`] lists them.
pub(crate) fn each(keys: &[u8], velocities: &[u8]) -> Vec<(u8, u8)> {
    keys.iter().flat_map(|midi| velocities.iter().map(|velocity| (*midi, *velocity))).collect()
}
