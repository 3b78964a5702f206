//! `::core` is not the core library, here and by `--extern core=…`.
#![deny(warnings)]

extern crate wurli_voice as core;

wurli_macros::corrections! {
    pub const fn compute(midi: u8, velocity: f32) -> core::MlpCorrections = "plausible.weights";
    pub fn compute_all(notes: &[(u8, f32)], corrections: &mut [core::MlpCorrections]);
}

fn main() {
    assert_ne!(compute(60, 0.5), ::core::MlpCorrections::IDENTITY);
}
