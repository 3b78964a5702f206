//! `wurli-train harmonic`: everything known about one harmonic, note by note.

mod note;
mod tables;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;
use rayon::prelude::*;
use serde_json::json;
use wurli_report::plot::{ResidualPoint, residuals};
use wurli_train::catalogue::Selection;
use wurli_train::evaluation::{Compared, Summary};
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::{Pipeline, noticed};
use wurli_train::stage::Stage;
use wurli_weights::Weights;

use super::bars::Bars;
use super::fail::{Failure, print, warn};
use super::places::{OUT, cache_folder, check_writable, default_weights, read_weights, write};
use super::synth::Synth;
use super::values::DataFolder;
use note::{NoteOfHarmonic, notes_of};

/// Shows one harmonic note by note: the recording, the model, the corrected model, and what the training learns from.
///
/// Levels are relative to H1, frequencies to the multiple of the key's own in equal temperament at A4 = 440 Hz. Numbers in
/// brackets were read but do not count; the column "target" says why.
#[derive(Args)]
#[command(after_help = "Example: wurli-train harmonic 3 --data my-piano --plot h3.svg")]
pub(crate) struct Arguments {
    /// Which harmonic, 1-8; 1 is the fundamental
    #[arg(value_name = "K", value_parser = clap::value_parser!(u8).range(1..=8))]
    harmonic: u8,
    #[command(flatten)]
    data: DataFolder,
    /// The corrections to look at [default: wurli.weights in wurli-out, if it is there]
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Draw what is wrong with the level of every note, before and after correction
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    synth: Synth,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let harmonic = usize::from(arguments.harmonic);
    if arguments.plot.is_some() && harmonic == 1 {
        return Err(Failure::call("--plot draws levels against H1, and that of H1 is 0 dB: choose one of 2-8"));
    }
    let weights = weights(arguments)?;
    arguments.plot.as_deref().map(check_writable).transpose()?;
    let cache = Cache::at(cache_folder(None, OUT.as_ref()));
    let bars = Bars::default();
    let renderer = arguments.synth.renderer()?;
    let pipeline = Pipeline::open(arguments.data.path(), Selection::All, arguments.synth.settings(), &cache, &bars)?
        .rendered_by(renderer.as_ref())?;
    let analysed = pipeline.analyse(Stage::Residuals)?;
    let weights_read = weights.as_ref().map(|(_, weights)| weights);
    let done = AtomicUsize::new(0);
    let of_recording = |found| {
        let notes = notes_of(renderer.as_ref(), found, weights_read, harmonic - 1);
        bars.show("corrected", done.fetch_add(1, Ordering::Relaxed) + 1, analysed.len());
        notes
    };
    let of_recordings: Vec<_> = analysed.par_iter().map(of_recording).collect();
    let mut notes: Vec<NoteOfHarmonic> =
        of_recordings.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    bars.clear();
    // Stable: notes alike stay in the order of their files and onsets.
    notes.sort_by_key(|note| (note.midi, note.velocity));
    let [before, after] = [|note: &NoteOfHarmonic| note.before, |note: &NoteOfHarmonic| note.after].map(|errors| {
        let errors = notes.iter().filter_map(|note| Some((note.midi, note.velocity, errors(note)?)));
        errors.collect::<Vec<Compared>>()
    });

    let mut written = None;
    if let Some(path) = &arguments.plot {
        let title = format!("Level of H{harmonic} on every key, recording less voice");
        let svg = residuals(&title, &[harmonic], &ResidualPoint::of(&before, &after));
        written = Some(write(path.clone(), svg.as_bytes())?);
    }
    noticed(&analysed).chain(cache.warnings()).for_each(warn);
    let means = |notes: &[Compared]| Summary::of(notes).per_harmonic[harmonic - 1];
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

/// The weights to look at and where they come from. Those that nobody asked for may be missing.
fn weights(arguments: &Arguments) -> Result<Option<(PathBuf, Weights)>, Failure> {
    let path = arguments.weights.clone().unwrap_or_else(default_weights);
    if arguments.weights.is_none() && matches!(path.try_exists(), Ok(false)) {
        warn(format!(
            "{} is missing: the corrected columns are left out; give --weights FILE, or train some with `run --train`",
            path.display()
        ));
        return Ok(None);
    }
    let weights = read_weights(&path, "give another --weights FILE, or train some with `run --train`")?;
    Ok(Some((path, weights)))
}
