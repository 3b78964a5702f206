//! `wurli-train restarts`: how near to the best there is the training of a network ends.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use wurli_train::catalogue::{Fit, Selection};
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::settings::Settings;
use wurli_train::pipeline::{Pipeline, examples, warnings};
use wurli_train::stage::Stage;
use wurli_train::training;
use wurli_train::training::refinement::training_set;
use wurli_train::training::{Trained, TrainingSettings};

use wurli_cli::commands::bars::Bars;
use wurli_cli::commands::fail::{Failure, print, warn};
use wurli_cli::commands::places::{OUT, cache_folder};

/// Compares the loss at which the training ends with that of many trainings from other beginnings, each gone through to its end.
///
/// The training itself goes on with a few of its beginnings only, and no gradient finds the best network there is. How much better it
/// could be is told by the lowest loss of many restarts.
#[derive(Args)]
#[command(after_help = "Example: wurli-train restarts --data my-piano --count 200")]
pub(crate) struct Arguments {
    /// The data folder: recordings, and recordings.toml if there is one
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// The fit whose training is examined
    #[arg(long, default_value_t = Fit::Notes)]
    fit: Fit,
    /// Trainings to compare with
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
    /// Print all losses as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let cache = Cache::at(cache_folder(None, OUT.as_ref()));
    let bars = Bars::default();
    let pipeline = Pipeline::open(&arguments.data, Selection::All, Settings::default(), &cache, &bars)?;
    let analysed = pipeline.analyse(Stage::Residuals)?;
    let set = training_set(&examples(&analysed));
    let settings = TrainingSettings::for_fit(arguments.fit);
    // Another seed: the restarts know nothing of the beginnings that they are compared with.
    let restarts = TrainingSettings {
        seed: settings.seed + 1,
        starts: arguments.count,
        finalists: arguments.count,
        ..settings.clone()
    };
    let losses = |name, settings: &TrainingSettings| {
        let progress = |_: &'static str, epochs, total| bars.show(name, epochs, total);
        let ends = training::train_finalists(&set, settings, &progress)
            .map_err(|problem| Failure::Work(format!("{}: {problem}", arguments.data.display())))?;
        Ok::<Vec<f32>, Failure>(ends.iter().map(Trained::loss).collect())
    };
    let (own, all) = (losses("training", &settings)?, losses("restarts", &restarts)?);
    bars.clear();
    warnings(&analysed).chain(cache.warnings()).for_each(warn);
    if arguments.json {
        return print(json!({ "fit": arguments.fit.to_string(), "finalists": own, "restarts": all }));
    }
    let at = |share: f64| all[((all.len() - 1) as f64 * share).round() as usize];
    let (TrainingSettings { starts, finalists, .. }, best) = (&settings, own[0]);
    print(format!("training: {best:.3}, lowest of {finalists} finalists of {starts} beginnings"))?;
    print(format!(
        "{} restarts: lowest {:.3}, 5 % below {:.3}, half below {:.3}, highest {:.3}",
        all.len(),
        at(0.0),
        at(0.05),
        at(0.5),
        at(1.0)
    ))?;
    let lower = all.iter().filter(|loss| **loss < best).count();
    print(format!(
        "{lower} of {} restarts end lower; the lowest is {:.2} x the loss of the training",
        all.len(),
        at(0.0) / best
    ))
}
