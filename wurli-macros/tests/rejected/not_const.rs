wurli_macros::corrections! {
    pub fn compute(midi: u8, velocity: f32) -> wurli_voice::MlpCorrections = "plausible.weights";
}

fn main() {}
