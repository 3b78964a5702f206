//! Has the linker refuse what is not defined, which it lets pass in a shared library otherwise, and drop what is not used.

fn main() {
    for argument in ["-nostartfiles", "-Wl,--no-undefined", "-Wl,--gc-sections"] {
        println!("cargo::rustc-link-arg={argument}");
    }
}
