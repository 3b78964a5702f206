//! Both functions, on all notes and velocities, against `wurli_weights::Weights::forward`.
//!
//! The weights files are made from the sample weights; a test compares them.

use std::path::{Path, PathBuf};

use wurli_voice::corrections::OUTPUTS;
use wurli_weights::{RuntimeNetwork, Weights, sample_weights};

pub(crate) mod plausible {
    use wurli_voice::MlpCorrections;

    wurli_macros::corrections! {
        pub(crate) const fn compute(midi: u8, velocity: f32) -> MlpCorrections = "tests/weights/plausible.weights";
        pub fn compute_all(notes: &[(u8, f32)], results: &mut [MlpCorrections]);
        pub(crate) const TRAINING: super::Training;
    }
}

pub(crate) mod saturating {
    // Parameter names that collide with the kernel's own variables.
    wurli_macros::corrections! {
        /// Docs.
        #[must_use]
        pub(crate) const fn compute(clamped: u8, fade: f32) -> wurli_voice::MlpCorrections
            = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/weights/saturating.weights");
        pub(crate) fn compute_all(tables: &[(u8, f32)], hidden: &mut [wurli_voice::MlpCorrections]);
    }
}

/// All that the macro says about a training.
#[derive(Debug, PartialEq)]
pub(crate) struct Training {
    pub(crate) lowest_midi: u8,
    pub(crate) highest_midi: u8,
    pub(crate) lowest_velocity: u8,
    pub(crate) highest_velocity: u8,
    pub(crate) observed: [bool; 22],
    pub(crate) seed: u64,
    pub(crate) epochs: u32,
    pub(crate) loss: f32,
    pub(crate) key: [u8; 32],
    pub(crate) notes: u32,
    pub(crate) level_db: [f32; 2],
    pub(crate) frequency_cents: [f32; 2],
    pub(crate) decay_log2: [f32; 2],
}

const AT_COMPILE_TIME: wurli_voice::MlpCorrections = plausible::compute(60, 0.5);

/// Weights that drive every output to one of its bounds, with a range of a single note and velocity.
fn saturating_weights() -> Weights {
    let mut weights = sample_weights();
    weights.range.lowest_midi = 60;
    weights.range.highest_midi = 60;
    weights.range.lowest_velocity = 64;
    weights.range.highest_velocity = 64;
    weights.observed = [true; OUTPUTS];
    weights.network.w3 = [[0.0; 8]; OUTPUTS];
    weights.network.b3 = std::array::from_fn(|i| if i % 2 == 0 { 1e30 } else { -1e30 });
    weights
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/weights/{name}.weights"))
}

#[test]
fn files_hold_the_sample_weights() {
    for (name, weights) in [("plausible", sample_weights()), ("saturating", saturating_weights())] {
        let (path, bytes) = (file(name), weights.to_bytes());
        if std::fs::read(&path).ok().is_none_or(|stored| stored != bytes) {
            let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.weights"));
            std::fs::write(&fresh, bytes).unwrap();
            panic!("{} is out of date: copy {} over it", path.display(), fresh.display());
        }
    }
}

#[test]
fn expanded_functions_agree_with_their_files() {
    compare("plausible", plausible::compute);
    compare("saturating", saturating::compute);
    compare_batch(plausible::compute, plausible::compute_all);
    compare_batch(saturating::compute, saturating::compute_all);
    assert_eq!(AT_COMPILE_TIME, plausible::compute(60, 0.5));
}

/// A file that a host reads at run time corrects like the compiled one.
#[test]
fn a_file_read_at_run_time_gives_the_same_bits() {
    for (name, compute) in [("plausible", plausible::compute as fn(u8, f32) -> _), ("saturating", saturating::compute)]
    {
        let network = RuntimeNetwork::from_bytes(&std::fs::read(file(name)).unwrap()).unwrap();
        let special = [f32::NAN, f32::NEG_INFINITY, -1.0, -0.0, f32::MIN_POSITIVE, 1.5, f32::INFINITY];
        for midi in 0..=255 {
            for velocity in (0..=4096_u16).map(|step| f32::from(step) / 4096.0).chain(special) {
                let [read, compiled]: [wurli_voice::MlpCorrections; 2] =
                    [network.compute_corrections(midi, velocity), compute(midi, velocity)];
                let bits = |corrections: wurli_voice::MlpCorrections| corrections.to_outputs().map(f32::to_bits);
                assert_eq!(bits(read), bits(compiled), "{name} at {midi}, {velocity}");
            }
        }
    }
}

#[test]
fn the_constant_holds_what_the_file_says_about_its_training() {
    let weights = sample_weights();
    let expected = Training {
        lowest_midi: 33,
        highest_midi: 96,
        lowest_velocity: 20,
        highest_velocity: 110,
        observed: weights.observed,
        seed: weights.seed,
        epochs: weights.epochs,
        loss: weights.loss,
        key: weights.key,
        notes: weights.errors.notes,
        level_db: weights.errors.level_db,
        frequency_cents: weights.errors.frequency_cents,
        decay_log2: weights.errors.decay_log2,
    };
    assert!(!expected.observed[11] && expected.observed[12]);
    assert_eq!(plausible::TRAINING, expected);
}

fn compare(name: &str, compute: fn(u8, f32) -> wurli_voice::MlpCorrections) {
    let weights = Weights::from_bytes(&std::fs::read(file(name)).unwrap()).unwrap();
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
