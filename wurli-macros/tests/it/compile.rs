//! rustc, called directly: trybuild would compile the macro and all that it uses once more.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use std::{env, fs};

/// Compiles a file in which relative paths start at `folder`, with other dependencies than the two
/// crates as (name, crate). Returns whether that succeeds, and the errors.
pub(crate) fn compile(source: &Path, folder: &Path, renamed: &[(&str, &str)]) -> (bool, String) {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--edition=2024", "--emit=metadata", "--color=never", "--out-dir"])
        .arg(folder)
        .arg("--extern")
        .arg(dependency("wurli_macros", DLL_PREFIX, DLL_SUFFIX))
        .arg("--extern")
        .arg(dependency("wurli_voice", "lib", ".rlib"))
        .args(renamed.iter().flat_map(|(name, of)| {
            let path = dependency(of, "lib", ".rlib");
            ["--extern".to_owned(), path.replacen(of, name, 1)]
        }))
        .arg("-L")
        .arg(format!("dependency={}", dependencies().display()))
        .arg(source)
        .env("CARGO_MANIFEST_DIR", folder)
        .env_remove("WURLI_NO_SUCH_FOLDER")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    // The summary at the end is not of the macro.
    let errors = errors.split("\nerror: aborting due to").next().unwrap().to_owned();
    (output.status.success(), errors)
}

/// Folder in which cargo has left this test and all that it uses.
fn dependencies() -> PathBuf {
    env::current_exe().unwrap().parent().unwrap().to_owned()
}

/// `NAME=PATH` of a compiled crate: the newest one, because older builds may lie beside it.
fn dependency(name: &str, prefix: &str, suffix: &str) -> String {
    let begin = format!("{prefix}{name}-");
    let built = fs::read_dir(dependencies()).unwrap().map(|entry| entry.unwrap()).filter(|entry| {
        let file = entry.file_name().into_string().unwrap();
        file.starts_with(&begin) && file.ends_with(suffix)
    });
    let changed = |path: &fs::DirEntry| -> SystemTime { path.metadata().unwrap().modified().unwrap() };
    let newest = built.max_by_key(changed).unwrap_or_else(|| panic!("{begin}*{suffix} is not built"));
    format!("{name}={}", newest.path().display())
}
