//! Installed files for C and C++: `openwurli-dsp/include/openwurli.h` matches `src/capi.rs` and
//! `src/capi/`, and `openwurli-dsp/cmake` the version.

use std::path::Path;
use std::{env, fs};

#[test]
fn header_matches_the_c_interface() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openwurli-dsp");
    let config = cbindgen::Config::from_file(package.join("cbindgen.toml")).unwrap();
    let sources = ["capi.rs", "capi/training.rs", "capi/polyphony.rs", "capi/tremolo.rs"];
    let builder = cbindgen::Builder::new().with_config(config);
    let builder = sources.iter().fold(builder, |builder, source| builder.with_src(package.join("src").join(source)));
    let bindings = builder.generate().unwrap();
    let mut generated = Vec::new();
    bindings.write(&mut generated);
    let path = package.join("include/openwurli.h");
    if fs::read(&path).unwrap() != generated {
        let new_header = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openwurli.h");
        fs::write(&new_header, generated).unwrap();
        panic!("{} does not match src/capi.rs and src/capi/; replace it by {}", path.display(), new_header.display());
    }
}

#[test]
fn cmake_files_have_the_version_of_the_crate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let version = manifest.lines().find_map(|line| line.strip_prefix("version = ")).unwrap();
    let path = root.join("openwurli-dsp/cmake/openwurliConfigVersion.cmake");
    let expected = format!("set(PACKAGE_VERSION {version})");
    assert!(fs::read_to_string(&path).unwrap().contains(&expected), "{}: expected {expected}", path.display());
}
