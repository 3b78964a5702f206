//! `wurli-train run`: measures recordings and trains corrections.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use wurli_train::catalogue::{CATALOGUE_FILE, Fit, Selection};
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::settings::Settings;
use wurli_train::pipeline::{Analysed, Assessment, Outcome, Pipeline, training_set, warnings_by_kind};
use wurli_train::pipeline::{coverage, record_next};
use wurli_train::stage::Stage;
use wurli_train::targets::TrainingSet;
use wurli_train::training::TrainingSettings;
use wurli_train::transcription::Labels;

use super::assessment::{carry_over_lines, whole_note_lines};
use super::bars::Bars;
use super::fail::{Failure, print, warn};
use super::npz;
use super::paths::{self, OUT, WEIGHTS_FILE, cache_folder, check_writable, default_weights, quoted, write};
use super::synth::Synth;
use super::table::{counted, table};
use super::trained_on::TrainedOn;
use super::values::{self, DataFolder};

/// Trains correction weights on a folder of recordings (with --train).
///
/// Stages 1-5 measure the recordings and the model, stages 6 and 7 train the network and write
/// wurli.weights. Without --train only stages 1-5 run.
#[derive(Args)]
#[command(after_help = "Example: wurli-train run --data my-piano --train --out my-weights")]
pub(crate) struct Arguments {
    #[command(flatten)]
    data: DataFolder,
    /// Repeats this stage and all later ones (1-7 or a name)
    #[arg(long, value_name = "STAGE")]
    from_stage: Option<Stage>,
    /// Stops after this stage (1-7 or a name); 6 and 7 train
    #[arg(long, value_name = "STAGE")]
    through_stage: Option<Stage>,
    /// Trains the network and writes the weights
    #[arg(long)]
    train: bool,
    /// Fit: keyboard or notes [default: that of recordings.toml, or keyboard]
    #[arg(long)]
    fit: Option<Fit>,
    /// Uses only the 13 OBM recordings
    #[arg(long)]
    obm_only: bool,
    /// Lists the stages to run, and runs none
    #[arg(long)]
    dry_run: bool,
    /// Output folder for training_data.npz and wurli.weights
    #[arg(long, value_name = "DIR", default_value = OUT)]
    out: PathBuf,
    /// Cache folder [default: WURLI_CACHE_DIR, or the folder cache in --out]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Relabels notes that sound more than half a semitone from their label; otherwise they are
    /// only reported
    #[arg(long)]
    retune: bool,
    /// Most epochs in each phase of the training
    #[arg(long, value_parser = values::whole_number::<u32>(1..=u64::from(u32::MAX), "give digits only"))]
    epochs: Option<u32>,
    /// Seed of the initial parameters
    #[arg(long)]
    seed: Option<u64>,
    #[command(flatten)]
    synth: Synth,
    /// Fails on a recording that cannot be used, instead of leaving it out
    #[arg(long)]
    strict: bool,
    /// Prints the artifacts of all stages as JSON
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
        check_writable(&arguments.out.join("training_data.npz"))?;
    }
    let analysed = pipeline.analyse(through)?;
    let outcome = (through >= Stage::Train).then(|| pipeline.train(&analysed));
    bars.clear();
    // Printed before the error of a failed training: a warning may explain it.
    let left_out = pipeline.catalogue.left_out.iter().cloned();
    left_out.chain(warnings_by_kind(&analysed)).chain(cache.warnings()).for_each(warn);
    let outcome = outcome.transpose()?;
    let assessment = match outcome.as_ref().filter(|_| through >= Stage::Weights) {
        Some(outcome) => pipeline.assess(&analysed, &outcome.weights)?,
        None => Assessment::default(),
    };

    let mut written = Vec::new();
    if through >= Stage::Residuals {
        let bytes = npz::encode(&training_set(&analysed))?;
        written.push(write(arguments.out.join("training_data.npz"), &bytes)?);
    }
    if let Some(outcome) = outcome.as_ref().filter(|_| through >= Stage::Weights) {
        let path = write(arguments.out.join(WEIGHTS_FILE), &outcome.weights.to_bytes())?;
        TrainedOn::write(&path, &outcome.weights, &pipeline, &analysed)?;
        written.push(path);
    }
    if outcome.is_some() {
        let set = training_set(&analysed);
        let harm = record_next::harm_warnings(&set, &assessment);
        coverage::coverage_warnings(&set).into_iter().chain(harm).for_each(warn);
    }
    if arguments.json {
        return print(json(&analysed, outcome.as_ref(), &assessment));
    }
    print(stage_table(&cache))?;
    print(format!("\n{}", summary(&training_set(&analysed), &analysed)))?;
    if let Some(outcome) = &outcome {
        print(format!("\n{}", training_summary(outcome, &assessment)))?;
        if let Some(next) = record_next::record_next(&training_set(&analysed)) {
            print(format!("to correct more of the keyboard, record {next}"))?;
        }
    }
    for path in written {
        print(format!("wrote {}", path.display()))?;
    }
    match outcome.filter(|_| through >= Stage::Weights) {
        Some(_) => print(next_steps(arguments, pipeline.catalogue.fit)),
        None => Ok(()),
    }
}

fn training(arguments: &Arguments, catalogued: TrainingSettings) -> TrainingSettings {
    let settings = arguments.fit.map_or(catalogued, TrainingSettings::for_fit);
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
    let names = |stages: &[(Stage, bool)], cached: bool| {
        let names: Vec<_> = stages
            .iter()
            .filter(|(stage, is_cached)| *is_cached == cached && *stage <= through)
            .map(|(stage, _)| stage.name())
            .collect();
        if names.is_empty() { "-".to_owned() } else { names.join(" ") }
    };
    for (file, stages) in pipeline.plan()? {
        rows.push(vec![file, names(&stages, true), names(&stages, false)]);
    }
    print(table(&rows))
}

fn stage_table(cache: &Cache) -> String {
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
    // Excluded recordings have no notes.
    let recordings = analysed.iter().filter(|found| !found.notes.notes.is_empty()).count();
    let notes: usize = analysed.iter().map(|found| found.notes.notes.len()).sum();
    let trained_on = || set.rows.iter().filter(|row| row.weight > 0.0);
    let targets: usize = trained_on().map(|row| row.mask.iter().filter(|m| **m).count()).sum();
    let excluded = match set.rows.len() - trained_on().count() {
        0 => String::new(),
        excluded => format!("; {excluded} excluded"),
    };
    let [recordings, notes] = [(recordings, "recording"), (notes, "note")].map(|(count, noun)| counted(count, noun));
    let [rows, targets] =
        [(trained_on().count(), "row"), (targets, "target")].map(|(count, noun)| counted(count, noun));
    format!("{recordings}, {notes}, {rows} with {targets}{excluded}")
}

fn training_summary(outcome: &Outcome, assessment: &Assessment) -> String {
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
    let (whole_notes, carry_over) = (whole_note_lines(&assessment.whole_notes), carry_over_lines(assessment));
    let predicted = match carry_over.is_empty() {
        true => "",
        false => "other dynamics and keys are predicted, by short trainings without them\n",
    };
    rows.extend(whole_notes.into_iter().chain(carry_over).map(Vec::from));
    let range = &outcome.weights.range;
    format!(
        "{}\nerrors of the trained notes; `evaluate --leave-one-out keys` has those of keys left out\n{predicted}\
         loss {:.4} after {} epochs; trained on MIDI {}-{}, velocity {}-{}",
        table(&rows),
        outcome.weights.loss,
        outcome.weights.epochs,
        range.lowest_midi,
        range.highest_midi,
        range.lowest_velocity,
        range.highest_velocity
    )
}

/// Lists what to do with new weights: judge them, look and listen, play them. `catalogued` is the
/// fit of the data folder.
fn next_steps(arguments: &Arguments, catalogued: Fit) -> String {
    let synth = arguments.synth.options();
    let data = format!("{}{synth}", quoted(arguments.data.path()));
    let weights = arguments.out.join(WEIGHTS_FILE);
    let named = format!(" --weights {}", quoted(&weights));
    let is_default = weights == default_weights();
    // A report trains by itself, and knows neither of these options.
    let is_plain = arguments.epochs.is_none() && arguments.seed.is_none();
    let of_evaluate = if is_default { "" } else { &named };
    let of_report = if is_default && is_plain { "" } else { &named };
    let other_fit = arguments.fit.filter(|fit| *fit != catalogued);
    let fit = other_fit.map_or_else(String::new, |fit| format!(" --fit {fit}"));
    let absolute = |path: &Path| quoted(&paths::absolute(path));
    let folder = arguments.data.path();
    let in_catalogue = other_fit.map_or_else(String::new, |fit| {
        format!("  # with fit = \"{fit}\" in {}", absolute(&folder.join(CATALOGUE_FILE)))
    });
    let build = match synth.is_empty() {
        true => format!("WURLI_DATA={} cargo build --release{in_catalogue}", absolute(folder)),
        // A build trains on the reference voice.
        false => format!("wurli_macros::corrections! with {}", absolute(&weights)),
    };
    format!(
        "next, errors of keys left out: wurli-train evaluate --data {data}{of_evaluate} --leave-one-out keys{fit}\n\
         next, charts and players:      wurli-train report --data {data}{of_report}{fit} --out report.html\n\
         next, in the plugin:           set WURLI_WEIGHTS={} where its host is started\n\
         next, in your synth:           {build}",
        absolute(&weights),
    )
}

fn json(analysed: &[Analysed], outcome: Option<&Outcome>, assessment: &Assessment) -> serde_json::Value {
    json!({
        "recordings": analysed,
        "training": outcome.map(|outcome| json!({
            "closed_loop": outcome.closed_loop,
            "assessment": assessment,
            "loss": outcome.losses,
            "parameters": outcome.weights.network.parameters().collect::<Vec<_>>(),
            "means": outcome.weights.means,
            "deviations": outcome.weights.deviations,
            "observed": outcome.weights.observed,
        })),
    })
}
