//! `lab restarts`: the final loss of the training against that of many restarts.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use wurli_train::catalogue::{Fit, Selection};
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::settings::Settings;
use wurli_train::pipeline::{Pipeline, examples, warnings_by_kind};
use wurli_train::stage::Stage;
use wurli_train::training;
use wurli_train::training::refinement::training_set;
use wurli_train::training::{Trained, TrainingSettings};

use wurli_cli::commands::bars::Bars;
use wurli_cli::commands::fail::{Failure, print, warn};
use wurli_cli::commands::paths::{OUT, cache_folder};

/// Compares the final loss of the training with that of many restarts, each trained to its end.
///
/// The training fine-tunes only a few of its restarts. The lowest loss of many restarts shows how
/// much it misses.
#[derive(Args)]
#[command(after_help = "Example: lab restarts --data my-piano --count 200")]
pub(crate) struct Arguments {
    /// Data folder: recordings, and recordings.toml if there is one
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// Fit to examine: keyboard or notes
    #[arg(long, default_value_t = Fit::Notes)]
    fit: Fit,
    /// Number of restarts
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
    /// Prints all losses as JSON
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
    // Another seed makes the restarts independent of the training.
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
    warnings_by_kind(&analysed).into_iter().chain(cache.warnings()).for_each(warn);
    if arguments.json {
        return print(json!({ "fit": arguments.fit.to_string(), "finalists": own, "restarts": all }));
    }
    let quantile = |fraction: f64| all[((all.len() - 1) as f64 * fraction).round() as usize];
    let (TrainingSettings { starts, finalists, .. }, best) = (&settings, own[0]);
    print(format!("training: {best:.3}, lowest of {finalists} finalists of {starts} restarts"))?;
    print(format!(
        "{} restarts: lowest {:.3}, 5 % below {:.3}, half below {:.3}, highest {:.3}",
        all.len(),
        quantile(0.0),
        quantile(0.05),
        quantile(0.5),
        quantile(1.0)
    ))?;
    let lower = all.iter().filter(|loss| **loss < best).count();
    print(format!(
        "{lower} of {} restarts end lower; the lowest is {:.2} x the loss of the training",
        all.len(),
        quantile(0.0) / best
    ))
}
