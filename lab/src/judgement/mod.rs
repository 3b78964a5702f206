//! Fits how the transcription judges keys: mixes performances, asks it for the evidence of every
//! key that it weighs at an onset, and prints `src/transcription/classifier_weights.rs`.
//!
//! The evidence depends on which other keys were chosen, and thus on the weights in use: paste, and
//! run again. From the second round on, weights move by tenths and the F1 by less than 0.001.
//! Weights of 0 change no choice.

use std::path::PathBuf;

use clap::Args;
use wurli_cli::commands::fail::{Failure, print};
use wurli_testkit::performances::{Conditions, Kind, Piano, Struck, perform};
use wurli_train::transcription::{KeyFeatures, TranscriptionSettings, transcribe_with_features};

mod logistic;

use logistic::{Fit, Row};

/// Distance of a key's onset to the chord's first, seconds, within which it was struck there.
const NEAR_S: f64 = 0.06;

/// Fits the weights by which the transcription chooses keys, and prints them as Rust
#[derive(Args)]
#[command(after_help = "Example: lab judgement --seed 101 --seeds 12")]
pub(crate) struct Arguments {
    /// Folder of single notes, with its recordings.toml
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/recordings/ep200"))]
    data: PathBuf,
    /// First seed
    #[arg(long, default_value_t = 101)]
    seed: u64,
    /// Number of seeds
    #[arg(long, default_value_t = 12)]
    seeds: u64,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let mut piano = Piano::open(&arguments.data).map_err(|error| Failure::Work(error.to_string()))?;
    // With weights of 0, a belief of a half changes nothing.
    let settings = TranscriptionSettings { min_probability: 0.5, ..TranscriptionSettings::default() };
    let mut rows: Vec<Row> = Vec::new();
    for seed in arguments.seed..arguments.seed + arguments.seeds {
        for kind in Kind::ALL {
            for noise_db in [None, Some(60.0), Some(30.0)] {
                for tremolo in [false, true] {
                    let performance = perform(&mut piano, kind, Conditions { noise_db, tremolo }, seed);
                    let mut judged = Vec::new();
                    transcribe_with_features(&performance.audio, &settings, Some(&mut judged));
                    rows.extend(labelled(&judged, &performance.notes));
                }
            }
        }
    }
    let struck = rows.iter().filter(|row| row.is_struck).count();
    print(format!("// {} keys weighed, {struck} of them struck", rows.len()))?;
    print(Fit::of(&rows).to_string().trim_end())
}

/// Each note belongs to the nearest onset.
fn labelled(judged: &[KeyFeatures], notes: &[Struck]) -> Vec<Row> {
    let mut onsets_s: Vec<f64> = judged.iter().map(|key| key.onset_s).collect();
    onsets_s.dedup();
    let nearest = |note: &Struck| {
        let distance = |onset_s: &f64| (onset_s - note.onset_s).abs();
        let nearest = onsets_s.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
        (distance(&nearest) < NEAR_S).then_some((nearest, note.midi))
    };
    let struck: Vec<(f64, u8)> = notes.iter().filter_map(nearest).collect();
    let row = |key: &KeyFeatures| Row { evidence: key.features, is_struck: struck.contains(&(key.onset_s, key.midi)) };
    judged.iter().map(row).collect()
}
