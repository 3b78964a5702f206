//! Errors of the compiler, compared with the `.stderr` beside each file of `tests/rejected`.
//!
//! rustc is called directly: trybuild would compile the macro and all that it uses once more.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use std::{env, fs};

use wurli_weights::sample_weights;

#[test]
fn invalid_files_are_errors_at_the_path() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    let whole = sample_weights().to_bytes();
    write("cut_short.weights", &whole[..1_000]);
    write("foreign.weights", b"RIFF\x24\x00\x00\x00WAVEfmt ");
    let mut damaged = whole;
    damaged[700] ^= 1;
    write("damaged.weights", &damaged);
    let mut not_a_number = sample_weights();
    not_a_number.network.w3[3][5] = f32::NAN;
    write("not_a_number.weights", &not_a_number.to_bytes());
    write("plausible.weights", &whole);

    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut compiled, mut different) = (0, Vec::new());
    for entry in fs::read_dir(package.join("tests/rejected")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension() != Some(OsStr::new("rs")) {
            continue;
        }
        let source = path.strip_prefix(package).unwrap();
        let (succeeded, found) = compile(source, folder.path());
        let expected = path.with_extension("stderr");
        assert!(!succeeded, "{} compiles", source.display());
        if fs::read_to_string(&expected).unwrap_or_default() != found {
            let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join(expected.file_name().unwrap());
            fs::write(&fresh, &found).unwrap();
            different.push(format!("{}, now in {}:\n{found}", expected.display(), fresh.display()));
        }
        compiled += 1;
    }
    assert!(different.is_empty(), "other errors than in {}", different.join("\n"));
    assert_eq!(compiled, 8);
}

/// Compiles a file in which relative paths start at `folder`. Returns whether that succeeds, and the errors.
fn compile(source: &Path, folder: &Path) -> (bool, String) {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--edition=2024", "--emit=metadata", "--color=never", "--out-dir"])
        .arg(folder)
        .arg("--extern")
        .arg(dependency("wurli_macros", DLL_PREFIX, DLL_SUFFIX))
        .arg("--extern")
        .arg(dependency("wurli_voice", "lib", ".rlib"))
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
