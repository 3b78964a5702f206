//! Has the linker refuse what is not defined, which it lets pass in a shared library otherwise, and
//! drop what is not used. The C library is there for `memset`, which the compiler calls to clear an
//! array.

fn main() {
    for argument in ["-nostartfiles", "-Wl,--no-undefined", "-Wl,--gc-sections", "-lc"] {
        println!("cargo::rustc-link-arg={argument}");
    }
}
