//! The weights that `openwurli-dsp` ships are those of the data in this repository, by the code in this repository.

#![cfg(feature = "train")]

use std::path::Path;

use wurli_train::cache::Cache;
use wurli_train::catalogue::Selection;
use wurli_train::pipeline::{Pipeline, Silent};
use wurli_train::settings::Settings;
use wurli_train::stages::Stage;
use wurli_train::weights::Weights;
use wurli_voice::corrections::{DECAYS, FREQUENCIES};

const HOW: &str = "make them again: `cargo run --release -p wurli-train -- run --train`, then copy wurli-out/wurli.weights to \
                   openwurli-dsp/weights/default.weights";

/// Matrix kernels differ between kinds of processors in their last bits, which ten thousand epochs may spread: on such a machine the
/// answers may differ by this much and still be the same training. On one like that which made them they are equal.
const SAME_DB: f32 = 0.5;
const SAME_CENTS: f32 = 0.5;
const SAME_RATIO: f32 = 0.05;

#[test]
fn shipped_weights_are_what_the_data_folder_gives() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shipped = std::fs::read(repository.join("openwurli-dsp/weights/default.weights")).unwrap();
    let shipped = Weights::decode(&shipped).unwrap();
    let cache = Cache::none();
    let pipeline =
        Pipeline::open(&repository.join("data"), Selection::All, Settings::default(), &cache, &Silent).unwrap();
    assert_eq!(pipeline.key().unwrap().0, shipped.key, "the shipped weights are of other data or settings: {HOW}");

    let analysed = pipeline.analyse(Stage::Residuals).unwrap();
    let trained = pipeline.train(&analysed).unwrap().weights;
    for midi in 21..=108 {
        for velocity in [1, 19, 52, 78, 109, 127] {
            let velocity = f32::from(velocity as u8) / 127.0;
            let pairs = shipped.forward(midi, velocity).into_iter().zip(trained.forward(midi, velocity));
            for (output, (shipped, trained)) in pairs.enumerate() {
                let same = match output {
                    ..FREQUENCIES => SAME_DB,
                    FREQUENCIES..DECAYS => SAME_CENTS,
                    _ => SAME_RATIO,
                };
                assert!(
                    (shipped - trained).abs() <= same,
                    "midi {midi} velocity {velocity} output {output}: shipped {shipped}, trained {trained}: {HOW}"
                );
            }
        }
    }
}
