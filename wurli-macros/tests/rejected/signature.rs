wurli_macros::corrections! {
    pub const fn compute(midi: u8, velocity: f64) -> wurli_voice::MlpCorrections = "plausible.weights";
}

fn main() {}
