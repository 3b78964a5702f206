//! The weights that `openwurli-dsp` ships are those of the data in this repository, by the code in
//! this repository.

use std::path::Path;

use wurli_train::catalogue::Selection;
use wurli_train::evaluation::{ClosedLoop, closed_loop};
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::settings::Settings;
use wurli_train::pipeline::{Pipeline, compared_notes};
use wurli_train::progress::Silent;
use wurli_train::stage::Stage;
use wurli_voice::corrections::{DECAYS, DISPLACEMENT, FREQUENCIES, LEVELS, OUTPUTS};
use wurli_weights::Weights;

const HOW: &str = "make them again: `cargo run --release -p wurli-cli -- run --train`, then copy wurli-out/wurli.weights to \
                   openwurli-dsp/weights/default.weights";

/// Matrix kernels differ between kinds of processors in their last bits, which three thousand
/// epochs spread: without AVX, a level differs by 2 dB somewhere, and half of them by less than
/// 0.05 (`docs/proofs.md`). So it is the median of each output's differences that is asked for: dB,
/// cents, ratio, scale.
const SAME: [(std::ops::Range<usize>, f32); 4] = [
    (LEVELS..FREQUENCIES, 0.4),
    (FREQUENCIES..DECAYS, 1.0),
    (DECAYS..DISPLACEMENT, 0.1),
    (DISPLACEMENT..OUTPUTS, 0.02),
];
/// And both bring the model as near to the recordings, dB, cents, log2.
const AS_NEAR: [f64; 3] = [0.1, 0.2, 0.03];

#[test]
fn shipped_weights_are_what_the_data_folder_gives() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shipped = std::fs::read(repository.join("openwurli-dsp/weights/default.weights")).unwrap();
    let shipped = Weights::from_bytes(&shipped).unwrap();
    let cache = Cache::none();
    let pipeline =
        Pipeline::open(&repository.join("data"), Selection::All, Settings::default(), &cache, &Silent).unwrap();
    assert_eq!(pipeline.key().unwrap().0, shipped.key, "the shipped weights are of other data or settings: {HOW}");

    let analysed = pipeline.analyse(Stage::Residuals).unwrap();
    let outcome = pipeline.train(&analysed).unwrap();
    let mut differences = vec![Vec::new(); OUTPUTS];
    for midi in 33..=92 {
        for velocity in [19, 52, 78, 109] {
            let velocity = f32::from(velocity as u8) / 127.0;
            let pairs = shipped.forward(midi, velocity).into_iter().zip(outcome.weights.forward(midi, velocity));
            differences.iter_mut().zip(pairs).for_each(|(all, (shipped, trained))| all.push((shipped - trained).abs()));
        }
    }
    for (outputs, same) in SAME {
        for output in outputs {
            let all = &mut differences[output];
            all.sort_by(f32::total_cmp);
            let median = all[all.len() / 2];
            println!("output {output}: {median} in the median");
            assert!(median <= same, "output {output}: shipped and trained differ by {median} in the median: {HOW}");
        }
    }

    let by_shipped = closed_loop(pipeline.renderer(), &compared_notes(&analysed), &shipped, &Silent).unwrap();
    let errors = |closed_loop: &ClosedLoop| {
        let corrected = &closed_loop.corrected;
        [corrected.level_db, corrected.frequency_cents, corrected.decay_log2]
    };
    let (shipped, trained) = (errors(&by_shipped), errors(&outcome.closed_loop));
    println!("level dB, cents, decays: shipped {shipped:?}, trained {trained:?}");
    let is_near = |i: usize| (shipped[i] - trained[i]).abs() <= AS_NEAR[i];
    assert!((0..AS_NEAR.len()).all(is_near), "shipped weights leave {shipped:?}, trained ones {trained:?}: {HOW}");
}
