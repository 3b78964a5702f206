//! Evaluation of stage 2: scores, tiers and masks against harmonic errors in mixtures of known
//! notes.
//!
//! A harmonic's error is the level difference between the mixture and the same note alone, within
//! the same bounds. A note's error is the mean over the harmonics that are valid alone. H1 to H4
//! count double.

use std::path::PathBuf;

use clap::Args;
use wurli_cli::commands::fail::{Failure, print};
use wurli_testkit::performances::{Conditions, Kind, Performance, Piano, Struck, damped, perform};
use wurli_train::audio::Audio;
use wurli_train::isolation::{IsolationSettings, ScoredNote, Tier, isolate};
use wurli_train::measure::{Bounds, HARMONICS, Measurement, measure};
use wurli_train::note_event::NoteEvent;
use wurli_train::stages::harmonics::measure_notes;

/// Error from which a harmonic should be masked, dB.
const WRONG_DB: f64 = 3.0;
/// Error from which a decay should be masked, |log2|.
const WRONG_DECAY_LOG2: f64 = 0.5;

/// Compares scores, tiers and masks of stage 2 with errors measured in mixtures
#[derive(Args)]
#[command(after_help = "Example: lab isolation --seed 2001 --seeds 10")]
pub(crate) struct Arguments {
    /// Folder of single notes, with its recordings.toml
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/recordings/ep200"))]
    data: PathBuf,
    /// First seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of seeds
    #[arg(long, default_value_t = 4)]
    seeds: u64,
}

/// Score and tier of a note, its error in dB, and its harmonics.
struct KeyFeatures {
    score: f64,
    tier: Tier,
    error_db: f64,
    harmonics: Vec<Harmonic>,
    decays: Vec<Decay>,
}

/// Decay that is measured both alone and in the mixture.
struct Decay {
    /// |log2| of the ratio of both decays. Infinite if exactly one of them grows.
    off: f64,
    /// Masked together with the level.
    with_level: bool,
    /// Masked together with the level, or for interference while the decay is measured.
    masked: bool,
}

/// Harmonic that is measured in the mixture.
struct Harmonic {
    error_db: f64,
    /// Masked on the basis of the note events alone.
    expected: bool,
    /// Masked for that reason, or because the component found is not a multiple of the fundamental.
    masked: bool,
    /// Rejected by stage 3, for any reason.
    refused: bool,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let mut piano = Piano::open(&arguments.data).map_err(|error| Failure::Work(error.to_string()))?;
    let mut judged = Vec::new();
    for seed in arguments.seed..arguments.seed + arguments.seeds {
        for kind in Kind::ALL {
            let conditions = Conditions { noise_db: None, tremolo: false };
            let performance = perform(&mut piano, kind, conditions, seed);
            judged.extend(judge(&mut piano, &performance));
        }
    }
    report(&judged)
}

fn judge(piano: &mut Piano, performance: &Performance) -> Vec<KeyFeatures> {
    let events: Vec<NoteEvent> = performance.notes.iter().map(Struck::event).collect();
    let scored = isolate(&events, performance.audio.duration_s(), &IsolationSettings::default());
    let stage = measure_notes(&performance.audio, &scored);
    let mut judged = Vec::new();
    for ((note, scored), stage) in performance.notes.iter().zip(scored).zip(stage) {
        let (start, samples) = damped(piano, note);
        let mut alone = Audio { samples: vec![0.0; start], sample_rate: performance.audio.sample_rate };
        alone.samples.extend(samples);
        let bounds = Bounds { onset_s: note.onset_s, end_s: note.offset_s };
        let Some(truth) = measure(&alone, bounds, scored.event.f0_hz) else { continue };
        let mixed = measure(&performance.audio, bounds, scored.event.f0_hz);
        let heard: Vec<usize> =
            (0..HARMONICS).filter(|index| truth.harmonics[*index].levels.steady_db.valid().is_some()).collect();
        // A note that is not found has the largest error. None of its harmonics is measured.
        let error_db = |index: usize| {
            let error_db = mixed.as_ref().map_or(MOST_DB, |mixed| (level(mixed, index) - level(&truth, index)).abs());
            error_db.min(MOST_DB)
        };
        let harmonics = match &mixed {
            None => Vec::new(),
            Some(mixed) => {
                let foreign = if scored.scores.temporal < 1.0 { mixed.foreign() } else { [false; HARMONICS] };
                let level = |index: usize| stage.measurement.as_ref()?.harmonics[index].levels.steady_db.valid();
                let of_index = |index: &usize| Harmonic {
                    error_db: error_db(*index),
                    expected: scored.collided[*index],
                    masked: scored.collided[*index] || foreign[*index],
                    refused: level(*index).is_none(),
                };
                heard.iter().map(of_index).collect()
            }
        };
        let weight = |index: &usize| if *index < 4 { 2.0 } else { 1.0 };
        let total: f64 = heard.iter().map(weight).sum();
        if total <= 0.0 {
            continue;
        }
        let error_db = heard.iter().map(|index| weight(index) * error_db(*index)).sum::<f64>() / total;
        let decays = decays(&truth, mixed.as_ref(), &scored);
        judged.push(KeyFeatures { score: scored.score, tier: scored.tier, error_db, harmonics, decays });
    }
    judged
}

fn decays(truth: &Measurement, mixed: Option<&Measurement>, scored: &ScoredNote) -> Vec<Decay> {
    let of_index = |index: usize| {
        let (alone, mixed) = (&truth.harmonics[index], &mixed?.harmonics[index]);
        let (alone, mixed) = (alone.decay_db_per_s.valid()?, mixed.decay_db_per_s.valid()?);
        let off = if alone * mixed > 0.0 { (mixed / alone).log2().abs() } else { f64::INFINITY };
        let with_level = scored.collided[index];
        Some(Decay { off, with_level, masked: with_level || scored.decay_collided[index] })
    };
    (0..HARMONICS).filter_map(of_index).collect()
}

/// Largest error that is counted, dB.
const MOST_DB: f64 = 40.0;

fn level(measurement: &Measurement, index: usize) -> f64 {
    measurement.h1_dbfs + measurement.harmonics[index].levels.steady_db.value
}

fn report(judged: &[KeyFeatures]) -> Result<(), Failure> {
    let scores: Vec<f64> = judged.iter().map(|note| note.score).collect();
    let errors: Vec<f64> = judged.iter().map(|note| note.error_db).collect();
    print(format!(
        "{} notes, Spearman of score and error {:.3}",
        judged.len(),
        correlation(&ranks(&scores), &ranks(&errors))
    ))?;
    for tier in [Tier::Gold, Tier::Silver, Tier::Bronze, Tier::Reject] {
        let errors: Vec<f64> = judged.iter().filter(|note| note.tier == tier).map(|note| note.error_db).collect();
        print(format!("{tier:?}: {} notes, median error {:.3} dB", errors.len(), median(errors)))?;
    }
    let harmonics: Vec<&Harmonic> = judged.iter().flat_map(|note| &note.harmonics).collect();
    let (wrong, right): (Vec<&Harmonic>, Vec<&Harmonic>) =
        harmonics.iter().partition(|harmonic| harmonic.error_db > WRONG_DB);
    print(format!("{} harmonics measured, {} of them off by more than {WRONG_DB} dB", harmonics.len(), wrong.len()))?;
    let share = |of: &[&Harmonic], taken: fn(&Harmonic) -> bool| {
        100.0 * of.iter().filter(|harmonic| taken(harmonic)).count() as f64 / of.len().max(1) as f64
    };
    let row = |name: &str, taken: fn(&Harmonic) -> bool| {
        print(format!("{name}: {:.1} % of those, {:.1} % of the others", share(&wrong, taken), share(&right, taken)))
    };
    row("masked by what the events let expect", |harmonic| harmonic.expected)?;
    row("masked by that, or off their multiple", |harmonic| harmonic.masked)?;
    row("not taken by stage 3", |harmonic| harmonic.refused)?;
    let decays: Vec<&Decay> = judged.iter().flat_map(|note| &note.decays).collect();
    let (off, near): (Vec<&Decay>, Vec<&Decay>) = decays.iter().partition(|decay| decay.off > WRONG_DECAY_LOG2);
    print(format!(
        "{} decays measured, {} of them off by more than a factor of 2^{WRONG_DECAY_LOG2}",
        decays.len(),
        off.len()
    ))?;
    let row = |name: &str, taken: fn(&Decay) -> bool| {
        let share =
            |of: &[&Decay]| 100.0 * of.iter().filter(|decay| taken(decay)).count() as f64 / of.len().max(1) as f64;
        print(format!("{name}: {:.1} % of those, {:.1} % of the others", share(&off), share(&near)))
    };
    row("masked with their levels", |decay| decay.with_level)?;
    row("masked by that, or while they are followed", |decay| decay.masked)
}

/// Returns ranks. Equal values share their mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let same = order[from..].iter().take_while(|index| values[**index] == values[order[from]]).count();
        for index in &order[from..from + same] {
            ranks[*index] = from as f64 + 0.5 * (same as f64 - 1.0);
        }
        from += same;
    }
    ranks
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let (ma, mb) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(x, y)| f(x - ma, y - mb)).sum::<f64>();
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
