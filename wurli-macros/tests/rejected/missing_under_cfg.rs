wurli_macros::corrections! {
    #[cfg(any())]
    pub const fn removed(midi: u8, velocity: f32) -> wurli_voice::MlpCorrections = "no/removed.weights";
    pub fn batch(notes: &[(u8, f32)], corrections: &mut [wurli_voice::MlpCorrections]);
}

fn main() {}
