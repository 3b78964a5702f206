//! Errors of the compiler, compared with the `.stderr` beside each file of `tests/rejected`.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use wurli_weights::sample_weights;

use crate::compile::compile;

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
        let (succeeded, found) = compile(source, folder.path(), &[]);
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
    assert_eq!(compiled, 10);
}
