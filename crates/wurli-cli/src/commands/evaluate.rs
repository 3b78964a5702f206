//! `wurli-train evaluate`: errors before and after correction.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use wurli_report::plot::{LEVEL_HARMONICS, ResidualPoint, residuals};
use wurli_train::catalogue::Fit;
use wurli_train::comparison::corrections_of;
use wurli_train::dynamics::DYNAMICS;
use wurli_train::evaluation::summary::REGISTERS;
use wurli_train::evaluation::{Fold, Mean, Means, NoteComparison, Summary, errors_with, leave_one_out};
use wurli_train::measure::HARMONICS;
use wurli_train::pipeline::assessment::WholeNotes;
use wurli_train::pipeline::{examples, measured_notes};
use wurli_train::stage::Stage;
use wurli_train::training::TrainingSettings;
use wurli_voice::MlpCorrections;
use wurli_weights::Weights;

use super::assessment::whole_note_lines;
use super::fail::{Failure, print};
use super::paths::{check_plot, default_weights, read_weights, write};
use super::session::{Input, Session};
use super::table::{counted, table};
use super::trained_on::{TrainedOn, warn_of_others};

/// Reports errors with and without corrections, per harmonic, register and dynamic.
///
/// Errors are mean absolute values with their 95 % bootstrap intervals over the notes.
/// --leave-one-out adds cross-validation on keys, or on the other dynamics of recorded keys, and
/// two baselines: the mean of the other notes' corrections, and those of the nearest recorded note.
#[derive(Args)]
#[command(after_help = "Example: wurli-train evaluate --data my-piano --leave-one-out --plot residuals.svg")]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Weights file to evaluate [default: wurli.weights in wurli-out]
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Adds cross-validation: trains without each of the keys, or of the dynamics, in turn, and
    /// measures it
    #[arg(long, value_name = "keys|dynamics", num_args = 0..=1, default_missing_value = "keys")]
    leave_one_out: Option<Fold>,
    /// Fit of the cross-validation: keyboard or notes [default: that of recordings.toml, or
    /// keyboard]
    #[arg(long, requires = "leave_one_out")]
    fit: Option<Fit>,
    /// Draws the level errors of every note, before and after correction
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    arguments.plot.as_deref().map(check_plot).transpose()?;
    let session = Session::open(&arguments.input)?;
    let pipeline = session.pipeline(&arguments.input)?;
    let path = arguments.weights.clone().unwrap_or_else(default_weights);
    // Dynamics that are left out are corrected by networks of their own.
    let dynamics_alone = arguments.leave_one_out == Some(Fold::Dynamics) && arguments.plot.is_none();
    let needs_weights = arguments.weights.is_some() || !dynamics_alone;
    let read = || read_weights(&path, "give --weights FILE, or train with `run --train`");
    let weights = if needs_weights { read()? } else { Weights::IDENTITY };
    let (bars, renderer) = (&session.bars, pipeline.renderer());
    let analysed = pipeline.analyse(Stage::Residuals)?;
    let examples = examples(&analysed);
    if let Some((folds, Err(problem))) = arguments.leave_one_out.map(|folds| (folds, folds.check(&examples))) {
        session.finish(&pipeline, &analysed);
        return Err(Failure::Work(format!("--leave-one-out {folds}: {problem}")));
    }
    if arguments.weights.is_none() && needs_weights {
        session.bars.clear();
        warn_of_others(&path, &weights, &pipeline, &analysed);
    }
    let notes = measured_notes(&analysed);
    let progress = |_: &'static str, done, notes| bars.show("uncorrected", done, notes);
    let before = errors_with(renderer, &notes, |_| MlpCorrections::IDENTITY, &progress)?;
    let progress = |_: &'static str, done, notes| bars.show("corrected", done, notes);
    let after = errors_with(renderer, &notes, |note| corrections_of(&weights, note), &progress)?;

    let mut columns: Vec<(&str, Vec<NoteComparison>)> =
        vec![("uncorrected", before.clone()), ("corrected", after.clone())];
    if let Some(folds) = arguments.leave_one_out {
        let settings = arguments.fit.map_or_else(|| pipeline.training.clone(), TrainingSettings::for_fit);
        let progress = |_: &'static str, done, keys| bars.show("left out", done, keys);
        let left_out =
            leave_one_out(renderer, &examples, folds, &settings, &[settings.shrinkage], &progress)?.swap_remove(0);
        if folds == Fold::Dynamics {
            // Not all notes are judged: every column is of those that are.
            columns = vec![("uncorrected", left_out.uncorrected)];
        }
        columns.extend([
            ("left out", left_out.network),
            ("mean offset", left_out.mean_offset),
            ("nearest", left_out.nearest),
        ]);
    }
    let whole_notes = if needs_weights { pipeline.whole_notes(&analysed, &weights)? } else { WholeNotes::default() };
    session.finish(&pipeline, &analysed);
    let columns: Vec<(&str, Summary)> =
        columns.iter().map(|(name, notes)| (*name, Summary::from_notes(notes))).collect();
    let written = match &arguments.plot {
        Some(path) => {
            let points = ResidualPoint::from_errors(&before, &after);
            let svg = residuals("Levels of H2-H8 on every key, recording \u{2212} voice", &LEVEL_HARMONICS, &points);
            Some(write(path.clone(), svg.as_bytes())?)
        }
        None => None,
    };
    if arguments.json {
        let summaries: serde_json::Map<_, _> =
            columns.iter().map(|(name, summary)| (name.replace(' ', "_"), json!(summary))).collect();
        let weights = needs_weights.then_some(&path);
        return print(json!({ "weights": weights, "errors": summaries, "whole_notes": whole_notes }));
    }
    for (title, quantity, decimals) in [
        ("levels of H2-H8 relative to H1, dB", (|means| &means.level_db) as fn(&Means) -> &Mean, 2),
        ("decays of H1-H8, |log2 ratio|", |means| &means.decay_log2, 2),
        ("frequencies of H1-H8, cents", |means| &means.frequency_cents, 1),
    ] {
        print(format!("{title}\n{}\n", error_table(&columns, quantity, decimals)))?;
    }
    let lines = whole_note_lines(&whole_notes);
    if !lines.is_empty() {
        let heading = ["whole notes", "uncorrected", "corrected"].map(str::to_owned);
        let rows: Vec<_> = std::iter::once(heading).chain(lines).map(Vec::from).collect();
        print(format!("{}\n", table(&rows)))?;
    }
    if let Some(path) = written {
        print(format!("wrote {}", path.display()))?;
    }
    let notes = counted(columns[0].1.notes, "note");
    if arguments.leave_one_out == Some(Fold::Dynamics) {
        return print(format!(
            "{notes} of keys with several dynamics, each left out of a training with all notes of its dynamic"
        ));
    }
    let trained_on = TrainedOn::read(&path, &weights);
    let trained_on = trained_on.map_or_else(String::new, |found| format!(", trained on {}", found.folder.display()));
    print(format!("{notes}, corrected by {}{trained_on}", path.display()))
}

/// Formats the errors of one quantity: a line for all notes and for each part of them, a column for
/// each correction.
fn error_table(columns: &[(&str, Summary)], quantity: fn(&Means) -> &Mean, decimals: usize) -> String {
    let heading = std::iter::once(String::new()).chain(columns.iter().map(|(name, _)| (*name).to_owned()));
    let mut rows = vec![heading.collect::<Vec<_>>()];
    let mut row = |name: &str, part: &dyn Fn(&Summary) -> Means| {
        let means: Vec<Mean> = columns.iter().map(|(_, summary)| *quantity(&part(summary))).collect();
        if means.iter().any(|mean| mean.count > 0) {
            let cells = means.iter().map(|mean| cell(mean, decimals));
            rows.push(std::iter::once(name.to_owned()).chain(cells).collect());
        }
    };
    row("all", &|summary| summary.all);
    for i in 0..HARMONICS {
        row(&format!("H{}", i + 1), &|summary| summary.per_harmonic[i]);
    }
    for (i, (name, _)) in REGISTERS.iter().enumerate() {
        row(name, &|summary| summary.per_register[i]);
    }
    for (i, dynamic) in DYNAMICS.iter().enumerate() {
        row(&dynamic.label(), &|summary| summary.per_dynamic[i]);
    }
    table(&rows)
}

fn cell(mean: &Mean, decimals: usize) -> String {
    let Mean { value, interval: (low, high), count } = mean;
    if *count == 0 { "-".to_owned() } else { format!("{value:.decimals$} {low:.1}-{high:.1}") }
}
