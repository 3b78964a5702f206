wurli_macros::corrections! {
    pub const fn compute(midi: u8, velocity: f32) -> wurli_voice::MlpCorrections = "no/such.weights";
}

// The function is defined nevertheless, so that the missing file is the only error.
pub const MIDDLE_C: wurli_voice::MlpCorrections = compute(60, 0.5);

fn main() {}
