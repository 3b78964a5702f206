//! `lab fit-voice`: fits the constants of the reference voice to recordings.

use std::path::PathBuf;

use clap::Args;
use openwurli_lab::voice_fit::{FitNote, FitSettings, UpperLevels, fit};
use wurli_train::audio;
use wurli_train::catalogue::{Kind, Selection};
use wurli_train::pipeline::Pipeline;
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::settings::Settings;
use wurli_train::stage::Stage;
use wurli_voice::Instrument;

use wurli_cli::commands::bars::Bars;
use wurli_cli::commands::fail::{Failure, print};

/// Fits the constants of the reference voice to single notes, and prints them as Rust.
///
/// Needed only to make the model describe another instrument; corrections are trained on what this
/// fit leaves.
#[derive(Args)]
#[command(after_help = "Example: lab fit-voice --data ep200")]
pub(crate) struct Arguments {
    /// Data folder with recordings of single notes
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// Weight of a decay error of one octave, in dB of level error
    #[arg(long, default_value_t = FitSettings::default().decay_weight_db)]
    decay_weight: f64,
    /// Weight of the levels of H9-H32 relative to those of H2-H8
    #[arg(long, default_value_t = FitSettings::default().upper_weight)]
    upper_weight: f64,
    /// Seed of the starting points
    #[arg(long, default_value_t = FitSettings::default().seed)]
    seed: u64,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let cache = Cache::none();
    let bars = Bars::default();
    let pipeline = Pipeline::open(&arguments.data, Selection::All, Settings::default(), &cache, &bars)?;
    let analysed = pipeline.analyse(Stage::Harmonics)?;
    let notes: Vec<FitNote> = analysed
        .into_iter()
        .filter(|one| !matches!(one.recording.kind, Kind::Performance))
        .flat_map(|one| {
            let path = pipeline.catalogue.path(&one.recording);
            one.measured.into_iter().map(move |measured| (path.clone(), measured))
        })
        .filter_map(|(path, measured)| {
            let event = measured.note.event;
            let measurement = measured.measurement?;
            let upper = audio::read(&path)
                .map(|audio| UpperLevels::measure(&audio, (event.onset_s, event.offset_s), measurement.f0_hz));
            Some(upper.map(|upper| FitNote {
                midi: event.midi,
                velocity: event.velocity,
                duration_s: event.offset_s - event.onset_s,
                measurement,
                upper,
            }))
        })
        .collect::<Result<_, _>>()
        .map_err(|problem| Failure::Work(problem.to_string()))?;
    if notes.is_empty() {
        return Err(Failure::Work(format!(
            "{}: no recordings of single notes; record or import some",
            arguments.data.display()
        )));
    }
    let settings = FitSettings {
        decay_weight_db: arguments.decay_weight,
        upper_weight: arguments.upper_weight,
        seed: arguments.seed,
        ..FitSettings::default()
    };
    let result = fit(&notes, &Instrument::EP200, &settings, &mut |progress| {
        bars.show("fit", progress.done, progress.searches);
    });
    bars.clear();
    print(result)
}
