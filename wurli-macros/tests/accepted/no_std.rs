#![no_std]
#![crate_type = "lib"]
#![deny(warnings)]
#![allow(missing_docs)]

wurli_macros::corrections! {
    pub const fn compute(midi: u8, velocity: f32) -> wurli_voice::MlpCorrections = "plausible.weights";
    pub fn compute_all(notes: &[(u8, f32)], corrections: &mut [wurli_voice::MlpCorrections]);
}
