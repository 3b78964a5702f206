wurli_macros::corrections! {
    pub const fn compute(midi: u8, velocity: f32) -> wurli_voice::MlpCorrections
        = concat!(env!("WURLI_NO_SUCH_FOLDER"), "/a.weights");
}

fn main() {}
