//! `openwurli-dsp/include/openwurli.h` matches `src/capi.rs` and `src/capi/`.

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
