//! Lints that a careful crate denies.
#![forbid(unsafe_code)]
#![deny(
    warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused_qualifications, unused_results,
    unused_import_braces, single_use_lifetimes, trivial_casts, trivial_numeric_casts, variant_size_differences,
    elided_lifetimes_in_paths, let_underscore_drop, non_ascii_idents
)]

wurli_macros::corrections! {
    const fn compute(midi: u8, velocity: f32) -> wurli_voice::MlpCorrections = "plausible.weights";
    fn compute_all(notes: &[(u8, f32)], corrections: &mut [wurli_voice::MlpCorrections]);
}

fn main() {
    let mut all = [compute(60, 0.5); 2];
    compute_all(&[(60, 0.5)], &mut all);
}
