//! `include/openwurli.h`, which is installed, is what cbindgen makes of `src/capi.rs`.

use std::path::Path;
use std::{env, fs};

#[test]
fn the_header_is_what_the_c_interface_makes_of_it() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(package.join("cbindgen.toml")).unwrap();
    let bindings =
        cbindgen::Builder::new().with_config(config).with_src(package.join("src/capi.rs")).generate().unwrap();
    let mut made = Vec::new();
    bindings.write(&mut made);
    let path = package.join("include/openwurli.h");
    if fs::read(&path).unwrap() != made {
        let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openwurli.h");
        fs::write(&fresh, made).unwrap();
        panic!("{} is not what src/capi.rs declares: copy {} over it", path.display(), fresh.display());
    }
}
