//! Placeholder: leaves the shipped weights in `OUT_DIR`, where `src/corrections.rs` looks for them.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=weights/default.weights");
    let out_dir = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set: run by cargo only"))?;
    // Read and written, not copied: a copy would be read-only where the source tree is.
    fs::write(Path::new(&out_dir).join("wurli.weights"), fs::read("weights/default.weights")?)
}
