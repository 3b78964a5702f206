#![no_implicit_prelude]
#![deny(warnings)]

::wurli_macros::corrections! {
    const fn compute(midi: u8, velocity: f32) -> ::wurli_voice::MlpCorrections
        = concat!(env!("CARGO_MANIFEST_DIR"), "/plausible.weights");
    fn compute_all(notes: &[(u8, f32)], corrections: &mut [::wurli_voice::MlpCorrections]);
}

fn main() {
    let mut all = [::wurli_voice::MlpCorrections::IDENTITY; 2];
    compute_all(&[(60, 0.5); 2], &mut all);
    ::std::assert_eq!(all[1], compute(60, 0.5));
}
