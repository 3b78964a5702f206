//! `wurli-train harmonic`: one harmonic of every note.

mod reasons;
mod row;
mod tables;

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use wurli_report::plot::{ResidualPoint, residuals};
use wurli_train::evaluation::{NoteComparison, Summary};
use wurli_train::parallel::in_order;
use wurli_train::progress::Counter;
use wurli_train::stage::Stage;
use wurli_weights::Weights;

use super::fail::{Failure, print, warn};
use super::paths::{check_plot, default_weights, read_weights, write};
use super::session::{Input, Session};
use super::trained_on::warn_of_others;
use super::values;
use row::{HarmonicRow, harmonic_rows};

/// Lists one harmonic of every note: recording, model, corrected model, and whether it is a
/// training target.
///
/// Levels are relative to H1, frequencies to the multiple of the key's frequency in equal
/// temperament at A4 = 440 Hz. Values in brackets were measured but are excluded; the column
/// "target" gives the reason.
#[derive(Args)]
#[command(after_help = "Example: wurli-train harmonic 3 --data my-piano --plot h3.svg")]
pub(crate) struct Arguments {
    /// Number of the harmonic, 1-8; 1 is the fundamental
    #[arg(value_name = "K", value_parser = values::whole_number::<u8>(1..=8, "give 3 for the third harmonic"))]
    harmonic: u8,
    #[command(flatten)]
    input: Input,
    /// Weights file with the corrections [default: wurli.weights in wurli-out, if it exists]
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Draws the level error of every note, before and after correction
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let harmonic = usize::from(arguments.harmonic);
    if arguments.plot.is_some() && harmonic == 1 {
        return Err(Failure::call("--plot draws levels relative to H1: choose one of the harmonics 2-8"));
    }
    arguments.plot.as_deref().map(check_plot).transpose()?;
    let session = Session::open(&arguments.input)?;
    let pipeline = session.pipeline(&arguments.input)?;
    let weights = weights(arguments)?;
    let analysed = pipeline.analyse(Stage::Residuals)?;
    if let Some((path, weights)) = weights.as_ref().filter(|_| arguments.weights.is_none()) {
        session.bars.clear();
        warn_of_others(path, weights, &pipeline, &analysed);
    }
    let counter = Counter::start(&session.bars, "corrected", analysed.len());
    let rows_in = |recording| {
        let weights = weights.as_ref().map(|(_, weights)| weights);
        let rows = harmonic_rows(pipeline.renderer(), recording, weights, harmonic - 1);
        counter.advance(1);
        rows
    };
    let mut notes: Vec<HarmonicRow> = in_order(&analysed, rows_in)?.into_iter().flatten().collect();
    session.finish(&pipeline, &analysed);
    // The sort is stable: equal notes keep the order of files and onsets.
    notes.sort_by_key(|note| (note.midi, note.velocity));
    let [before, after] = [|note: &HarmonicRow| note.before, |note: &HarmonicRow| note.after].map(|errors| {
        let errors = notes.iter().filter_map(|note| {
            Some(NoteComparison { midi: note.midi, velocity: note.velocity, errors: errors(note)? })
        });
        errors.collect::<Vec<NoteComparison>>()
    });

    let mut written = None;
    if let Some(path) = &arguments.plot {
        let title = format!("Level of H{harmonic} on every key, recording \u{2212} voice");
        let svg = residuals(&title, &[harmonic], &ResidualPoint::from_errors(&before, &after));
        written = Some(write(path.clone(), svg.as_bytes())?);
    }
    let means = |notes: &[NoteComparison]| Summary::from_notes(notes).per_harmonic[harmonic - 1];
    let (before, after) = (means(&before), weights.is_some().then(|| means(&after)));
    if arguments.json {
        return print(json!({
            "harmonic": harmonic,
            "weights": weights.map(|(path, _)| path),
            "notes": notes,
            "mean_absolute_error": { "before": before, "after": after },
        }));
    }
    let with_corrected = weights.is_some();
    print(format!("H{harmonic}: level, dB re H1\n{}\n", tables::levels(&notes, with_corrected)))?;
    let frequencies = tables::quantity(&notes, with_corrected, |note| &note.frequency_cents);
    let multiple = if harmonic == 1 { "the key's frequency".to_owned() } else { format!("{harmonic} x the key's") };
    print(format!("H{harmonic}: frequency, cents from {multiple} at A4 = 440 Hz\n{frequencies}\n"))?;
    let decays = tables::quantity(&notes, with_corrected, |note| &note.decay_db_per_s);
    print(format!("H{harmonic}: decay, dB/s\n{decays}\n"))?;
    if let Some(path) = written {
        print(format!("wrote {}", path.display()))?;
    }
    print(tables::mean_errors(&before, after.as_ref()))
}

/// Reads the weights; returns `None` if the default file does not exist.
fn weights(arguments: &Arguments) -> Result<Option<(PathBuf, Weights)>, Failure> {
    let path = arguments.weights.clone().unwrap_or_else(default_weights);
    if arguments.weights.is_none() && matches!(path.try_exists(), Ok(false)) {
        warn(format!(
            "{} is missing, so there are no corrected columns; give --weights FILE, or train with `run --train`",
            path.display()
        ));
        return Ok(None);
    }
    let weights = read_weights(&path, "give another --weights FILE, or train with `run --train`")?;
    Ok(Some((path, weights)))
}
