//! Both functions, on all notes and velocities, against the specification in `wurli_train`.

mod plausible {
    use wurli_voice::MlpCorrections;

    wurli_macros::corrections! {
        pub const fn compute(midi: u8, velocity: f32) -> MlpCorrections = "../../../tmp/plausible.weights";
        pub const TRAINING: super::Training;
    }
}

mod saturating {
    // Parameters, fields of the result and the kernel's own names do not meet.
    wurli_macros::corrections! {
        /// Docs.
        #[must_use]
        pub(super) const fn compute(held: u8, share: f32) -> wurli_voice::MlpCorrections
            = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tmp/saturating.weights");
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
    assert_eq!(AT_COMPILE_TIME, plausible::compute(60, 0.5));
    assert_eq!((plausible::TRAINING.lowest_midi, plausible::TRAINING.highest_velocity), (33, 110));
    assert!(!plausible::TRAINING.observed[21] && plausible::TRAINING.observed[20]);
}

fn compare(name: &str, compute: fn(u8, f32) -> wurli_voice::MlpCorrections) {
    let file = format!("{}/../../../tmp/{name}.weights", env!("CARGO_MANIFEST_DIR"));
    let weights = wurli_train::weights::Weights::decode(&std::fs::read(file).unwrap()).unwrap();
    let reach = weights.reach().unwrap();
    for midi in 0..=255 {
        for velocity in (0..=127).map(|velocity| velocity as f32 / 127.0).chain([f32::NAN, -1.0, 9.0]) {
            let expected = weights.forward(midi, velocity);
            let computed = compute(midi, velocity).to_outputs();
            for i in 0..22 {
                // A pass has fewer than 32 roundings of 2⁻²⁴, each of no more than the reach; bounds cut it short.
                let allowed = 32.0 * 2.0_f64.powi(-24) * reach[i].min(100.0);
                let error = (f64::from(computed[i]) - f64::from(expected[i])).abs();
                assert!(error <= allowed, "{name}, output {i} at {midi}, {velocity}: {computed:?} for {expected:?}");
            }
        }
    }
}
