//! Single and batch functions against `Weights::forward`, on all keys and velocities.

mod plausible {
    use wurli_voice::MlpCorrections;

    wurli_macros::corrections! {
        pub const fn compute(midi: u8, velocity: f32) -> MlpCorrections = "../../../tmp/plausible.weights";
        pub fn compute_all(notes: &[(u8, f32)], results: &mut [MlpCorrections]);
        pub const TRAINING: super::Training;
    }
}

mod saturating {
    // Parameter names that collide with the kernel's own variables.
    wurli_macros::corrections! {
        /// Docs.
        #[must_use]
        pub(super) const fn compute(clamped: u8, fade: f32) -> wurli_voice::MlpCorrections
            = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tmp/saturating.weights");
        pub(super) fn compute_all(tables: &[(u8, f32)], hidden: &mut [wurli_voice::MlpCorrections]);
    }
}

#[derive(Debug)]
#[allow(dead_code)]
pub struct Training {
    lowest_midi: u8,
    highest_midi: u8,
    lowest_velocity: u8,
    highest_velocity: u8,
    observed: [bool; 22],
    seed: u64,
    epochs: u32,
    loss: f32,
    key: [u8; 32],
}

const AT_COMPILE_TIME: wurli_voice::MlpCorrections = plausible::compute(60, 0.5);

fn main() {
    compare("plausible", plausible::compute);
    compare("saturating", saturating::compute);
    compare_batch(plausible::compute, plausible::compute_all);
    compare_batch(saturating::compute, saturating::compute_all);
    assert_eq!(AT_COMPILE_TIME, plausible::compute(60, 0.5));
    assert_eq!((plausible::TRAINING.lowest_midi, plausible::TRAINING.highest_velocity), (33, 110));
    assert!(!plausible::TRAINING.observed[21] && plausible::TRAINING.observed[20]);
}

fn compare(name: &str, compute: fn(u8, f32) -> wurli_voice::MlpCorrections) {
    let file = format!("{}/../../../tmp/{name}.weights", env!("CARGO_MANIFEST_DIR"));
    let weights = wurli_weights::Weights::from_bytes(&std::fs::read(file).unwrap()).unwrap();
    let reach = weights.reach().unwrap();
    for midi in 0..=255 {
        for velocity in (0..=127).map(|velocity| velocity as f32 / 127.0).chain([f32::NAN, -1.0, 9.0]) {
            let expected = weights.forward(midi, velocity);
            let computed = compute(midi, velocity).to_outputs();
            for i in 0..22 {
                // Fewer than 32 roundings of 2⁻²⁴, each relative to the reach or the bounds.
                let allowed = 32.0 * 2.0_f64.powi(-24) * reach[i].min(100.0);
                let error = (f64::from(computed[i]) - f64::from(expected[i])).abs();
                assert!(error <= allowed, "{name}, output {i} at {midi}, {velocity}: {computed:?} for {expected:?}");
            }
        }
    }
}

fn compare_batch(
    compute: fn(u8, f32) -> wurli_voice::MlpCorrections,
    compute_all: fn(&[(u8, f32)], &mut [wurli_voice::MlpCorrections]),
) {
    let notes: Vec<_> = (0..=255).map(|midi| (midi, f32::from(midi) / 255.0)).collect();
    let mut all = vec![wurli_voice::MlpCorrections::IDENTITY; notes.len()];
    compute_all(&notes, &mut all);
    for ((midi, velocity), corrections) in notes.into_iter().zip(&all) {
        let bits = |corrections: &wurli_voice::MlpCorrections| corrections.to_outputs().map(f32::to_bits);
        assert_eq!(bits(corrections), bits(&compute(midi, velocity)), "{midi}, {velocity}");
    }
}
