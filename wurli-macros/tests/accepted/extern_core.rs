//! Compiled with `--extern core=…` of the crate wurli-voice, as after renaming it in Cargo.toml.
#![deny(warnings)]

wurli_macros::corrections! {
    pub const fn compute(midi: u8, velocity: f32) -> core::MlpCorrections = "plausible.weights";
}

fn main() {
    assert_ne!(compute(60, 0.5), ::core::MlpCorrections::IDENTITY);
}
