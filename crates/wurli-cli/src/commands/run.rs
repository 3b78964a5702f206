//! `wurli-train run`: the seven stages.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use wurli_train::catalogue::{Fit, Selection};
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::coverage::lacks;
use wurli_train::pipeline::settings::Settings;
use wurli_train::pipeline::{Analysed, Outcome, Pipeline, noticed, training_set};
use wurli_train::stage::Stage;
use wurli_train::targets::TrainingSet;
use wurli_train::training::TrainingSettings;
use wurli_train::transcription::Labels;

use super::bars::Bars;
use super::fail::{Failure, print, warn};
use super::npz;
use super::places::{OUT, WEIGHTS_FILE, cache_folder, check_writable, write};
use super::synth::Synth;
use super::table::table;
use super::values::DataFolder;

/// Measures recordings and the model (stages 1-5), and trains the corrections (6-7) with --train.
#[derive(Args)]
#[command(after_help = "Example: wurli-train run --data my-piano --train --out my-weights")]
pub(crate) struct Arguments {
    #[command(flatten)]
    data: DataFolder,
    /// Make the artifacts of this and all later stages again (1-7 or a name)
    #[arg(long, value_name = "STAGE")]
    from_stage: Option<Stage>,
    /// Stop after this stage (1-7 or a name); 6 and 7 train
    #[arg(long, value_name = "STAGE")]
    through_stage: Option<Stage>,
    /// Train the network and write the weights
    #[arg(long)]
    train: bool,
    /// How strongly to fit: keyboard or notes [default: that of recordings.toml, or keyboard]
    #[arg(long)]
    fit: Option<Fit>,
    /// Use the 13 OBM recordings alone
    #[arg(long)]
    obm_only: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Where training_data.npz and wurli.weights go
    #[arg(long, value_name = "DIR", default_value = OUT)]
    out: PathBuf,
    /// Where artifacts are kept between runs [default: WURLI_CACHE_DIR, or the folder cache in --out]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Take a note for the key that sounds where its label is more than half a semitone off; otherwise that is only said
    #[arg(long)]
    retune: bool,
    /// Passes over the training set, at the most in each of its phases
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Seed of the initial parameters
    #[arg(long)]
    seed: Option<u64>,
    #[command(flatten)]
    synth: Synth,
    /// Fail on a recording that cannot be used, instead of leaving it out
    #[arg(long)]
    strict: bool,
    /// Print the artifacts of all stages as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let through = match (arguments.train, arguments.through_stage) {
        (true, None) => Stage::Weights,
        (false, None) => Stage::Residuals,
        (true, Some(stage)) if stage < Stage::Train => {
            return Err(Failure::call(format!("--train needs stage 6, but --through-stage {stage} ends before")));
        }
        (_, Some(stage)) => stage,
    };
    if let Some(from) = arguments.from_stage.filter(|from| *from > through) {
        return Err(Failure::call(format!("--from-stage {from} comes after the last stage of this run, {through}")));
    }
    let folder = cache_folder(arguments.cache.as_deref(), &arguments.out);
    let cache = match arguments.from_stage {
        Some(stage) => Cache::at(folder).refreshed_from(stage),
        None => Cache::at(folder),
    };
    let selection = if arguments.obm_only { Selection::ObmOnly } else { Selection::All };
    let bars = Bars::default();
    let renderer = arguments.synth.renderer()?;
    let labels = if arguments.retune { Labels::Retuned } else { Labels::Kept };
    let settings = Settings { labels, strict: arguments.strict, ..arguments.synth.settings() };
    let mut pipeline =
        Pipeline::open(arguments.data.path(), selection, settings, &cache, &bars)?.rendered_by(renderer.as_ref())?;
    pipeline.training = training(arguments, pipeline.training);

    if arguments.dry_run {
        return plan(&pipeline, through);
    }
    if through >= Stage::Residuals {
        check_writable(&arguments.out.join(WEIGHTS_FILE))?;
    }
    let analysed = pipeline.analyse(through)?;
    let outcome = (through >= Stage::Train).then(|| pipeline.train(&analysed));
    bars.clear();
    // Said of what did not come to an end too: it may be why.
    let left_out = pipeline.catalogue.left_out.iter().cloned();
    left_out.chain(noticed(&analysed)).chain(cache.warnings()).for_each(warn);
    let outcome = outcome.transpose()?;

    let mut written = Vec::new();
    if through >= Stage::Residuals {
        let bytes = npz::encode(&training_set(&analysed))?;
        written.push(write(arguments.out.join("training_data.npz"), &bytes)?);
    }
    if let Some(outcome) = outcome.as_ref().filter(|_| through >= Stage::Weights) {
        written.push(write(arguments.out.join(WEIGHTS_FILE), &outcome.weights.encode())?);
    }
    if outcome.is_some() {
        lacks(&training_set(&analysed)).into_iter().for_each(warn);
    }
    if arguments.json {
        return print(json(&analysed, outcome.as_ref()));
    }
    print(stages(&cache))?;
    print(format!("\n{}", summary(&training_set(&analysed), &analysed)))?;
    if let Some(outcome) = &outcome {
        print(format!("\n{}", trained(outcome)))?;
    }
    for path in written {
        print(format!("wrote {}", path.display()))?;
    }
    Ok(())
}

fn training(arguments: &Arguments, catalogued: TrainingSettings) -> TrainingSettings {
    let settings = arguments.fit.map_or(catalogued, TrainingSettings::of);
    let epochs = arguments.epochs.unwrap_or(settings.epochs);
    TrainingSettings {
        epochs,
        start_epochs: settings.start_epochs.min(epochs),
        refinement_epochs: settings.refinement_epochs.min(epochs),
        seed: arguments.seed.unwrap_or(settings.seed),
        ..settings
    }
}

fn plan(pipeline: &Pipeline<'_>, through: Stage) -> Result<(), Failure> {
    let mut rows = vec![vec!["recording".to_owned(), "found".to_owned(), "to do".to_owned()]];
    let names = |stages: &[(Stage, bool)], held: bool| {
        let names: Vec<_> = stages
            .iter()
            .filter(|(stage, is)| *is == held && *stage <= through)
            .map(|(stage, _)| stage.name())
            .collect();
        if names.is_empty() { "-".to_owned() } else { names.join(" ") }
    };
    for (file, stages) in pipeline.plan()? {
        rows.push(vec![file, names(&stages, true), names(&stages, false)]);
    }
    print(table(&rows))
}

fn stages(cache: &Cache) -> String {
    let mut rows = vec![["stage", "reused", "made", "seconds", "bytes"].map(str::to_owned).to_vec()];
    for (stage, usage) in cache.usage() {
        rows.push(vec![
            format!("{} {stage}", stage.number()),
            usage.reused.to_string(),
            usage.made.to_string(),
            format!("{:.3}", usage.time.as_secs_f64()),
            usage.bytes.to_string(),
        ]);
    }
    table(&rows)
}

fn summary(set: &TrainingSet, analysed: &[Analysed]) -> String {
    // Those that were left out have no notes.
    let recordings = analysed.iter().filter(|found| !found.notes.notes.is_empty()).count();
    let notes: usize = analysed.iter().map(|found| found.notes.notes.len()).sum();
    let counted = || set.rows.iter().filter(|row| row.weight > 0.0);
    let targets: usize = counted().map(|row| row.mask.iter().filter(|m| **m).count()).sum();
    let aside = match set.rows.len() - counted().count() {
        0 => String::new(),
        aside => format!("; {aside} set aside"),
    };
    format!("{recordings} recordings, {notes} notes, {} rows with {targets} targets{aside}", counted().count())
}

fn trained(outcome: &Outcome) -> String {
    let closed = &outcome.closed_loop;
    let mut rows = vec![["closed loop", "uncorrected", "corrected"].map(str::to_owned).to_vec()];
    let (before, after) = (&closed.uncorrected, &closed.corrected);
    for (name, before, after) in [
        ("level H2-H8, mean error, dB", before.level_db, after.level_db),
        ("frequency H1-H8, mean error, cents", before.frequency_cents, after.frequency_cents),
        ("decay, mean |log2 ratio|", before.decay_log2, after.decay_log2),
    ] {
        rows.push(vec![name.to_owned(), format!("{before:.2}"), format!("{after:.2}")]);
    }
    let range = &outcome.weights.range;
    format!(
        "{}\nloss {:.4} after {} epochs; trained on MIDI {}-{}, velocity {}-{}",
        table(&rows),
        outcome.weights.loss,
        outcome.weights.epochs,
        range.lowest_midi,
        range.highest_midi,
        range.lowest_velocity,
        range.highest_velocity
    )
}

fn json(analysed: &[Analysed], outcome: Option<&Outcome>) -> serde_json::Value {
    json!({
        "recordings": analysed,
        "training": outcome.map(|outcome| json!({
            "closed_loop": outcome.closed_loop,
            "loss": outcome.losses,
            "parameters": outcome.weights.network.parameters().collect::<Vec<_>>(),
            "means": outcome.weights.means,
            "deviations": outcome.weights.deviations,
            "observed": outcome.weights.observed,
        })),
    })
}
