//! `lab choose-fit`: errors on trained notes against those on dynamics left out, for several fades.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use wurli_report::plot::{TradeOff, trade_off};
use wurli_train::catalogue::Fit;
use wurli_train::evaluation::{Errors, Fold, LeftOut, NoteComparison, leave_one_out};
use wurli_train::pipeline::examples;
use wurli_train::progress::Silent;
use wurli_train::stage::Stage;
use wurli_train::training::TrainingSettings;
use wurli_train::training::reach::Reach;

use wurli_cli::commands::fail::{Failure, print};
use wurli_cli::commands::paths::write;
use wurli_cli::commands::session::{Input, Session};
use wurli_cli::commands::table::table;

/// Velocities at which corrections have faded out, logarithm of the ratio to the recorded one.
const LOG_VELOCITIES: [f64; 6] = [0.1, 0.25, 0.4, 0.55, 0.8, 1.2];

/// Compares fades over the velocity by leaving out one dynamic after the other.
///
/// The wider the fade, the more do errors on dynamics left out follow those of their neighbours; the
/// narrower, the less is left of a training whose levels grow with the velocity.
#[derive(Args)]
#[command(after_help = "Example: lab choose-fit --data my-piano --plot trade-off.svg")]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Seeds per setting; its errors are the mean over them
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    seeds: u32,
    /// Skips the fit "notes", whose training takes most of the time
    #[arg(long)]
    without_notes: bool,
    /// Draws the errors of all settings
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// Errors of one setting.
struct Candidate {
    settings: TrainingSettings,
    trained: Errors,
    uncorrected: Errors,
    left_out: Errors,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let session = Session::open(&arguments.input)?;
    let pipeline = session.pipeline(&arguments.input)?;
    let analysed = pipeline.analyse(Stage::Residuals)?;
    let examples = examples(&analysed);

    let keyboard = TrainingSettings::for_fit(Fit::Keyboard);
    let mut settings: Vec<TrainingSettings> = [true, false]
        .into_iter()
        .flat_map(|levels_grow| LOG_VELOCITIES.map(|log_velocity| (levels_grow, log_velocity)))
        .map(|(levels_grow, log_velocity)| TrainingSettings {
            levels_grow,
            reach: Reach { log_velocity, ..keyboard.reach },
            ..keyboard.clone()
        })
        .collect();
    if !arguments.without_notes {
        settings.push(TrainingSettings::for_fit(Fit::Notes));
    }
    let mut candidates = Vec::new();
    for (i, setting) in settings.iter().enumerate() {
        session.bars.show("settings", i, settings.len());
        // Fitting every note takes long, and one seed shows its errors well enough.
        let seeds = if setting.fit == Fit::Notes { 1 } else { arguments.seeds };
        let with_seed = |seed: u32| {
            let settings = TrainingSettings { seed: setting.seed + u64::from(seed), ..setting.clone() };
            leave_one_out(pipeline.renderer(), &examples, Fold::Dynamics, &settings, &[settings.shrinkage], &Silent)
        };
        let results = (0..seeds).map(with_seed).collect::<Result<Vec<_>, _>>()?.concat();
        let each = |notes: fn(&LeftOut) -> &[NoteComparison]| {
            mean(&results.iter().map(|result| Errors::mean(notes(result))).collect::<Vec<_>>())
        };
        candidates.push(Candidate {
            settings: setting.clone(),
            trained: each(|found| &found.trained),
            uncorrected: each(|found| &found.uncorrected),
            left_out: each(|found| &found.network),
        });
    }
    session.finish(&pipeline, &analysed);
    let uncorrected_db = candidates.first().map_or(f64::NAN, |candidate| candidate.uncorrected.level_db);
    let written = match &arguments.plot {
        Some(path) => {
            let points: Vec<TradeOff> = candidates.iter().map(point).collect();
            let title = "Level errors, trained on against left out";
            Some(write(path.clone(), trade_off(title, &points, uncorrected_db).as_bytes())?)
        }
        None => None,
    };
    if arguments.json {
        let all = candidates.iter().map(|candidate| {
            json!({ "settings": candidate.settings, "trained": candidate.trained,
                "uncorrected": candidate.uncorrected, "left_out": candidate.left_out })
        });
        return print(json!(all.collect::<Vec<_>>()));
    }
    print(rows(&candidates))?;
    print(format!("\ndynamics left out, uncorrected: {uncorrected_db:.2} dB"))?;
    if let Some(path) = written {
        print(format!("wrote {}", path.display()))?;
    }
    Ok(())
}

fn mean(errors: &[Errors]) -> Errors {
    let mean = |quantity: fn(&Errors) -> f64| errors.iter().map(quantity).sum::<f64>() / errors.len().max(1) as f64;
    Errors {
        level_db: mean(|errors| errors.level_db),
        frequency_cents: mean(|errors| errors.frequency_cents),
        decay_log2: mean(|errors| errors.decay_log2),
        ..errors.first().copied().unwrap_or_default()
    }
}

/// Returns whether these are the settings of their fit.
fn chosen(settings: &TrainingSettings) -> bool {
    *settings == TrainingSettings::for_fit(settings.fit)
}

fn growth(settings: &TrainingSettings) -> &'static str {
    if settings.levels_grow { "levels grow" } else { "levels may fall" }
}

fn point(candidate: &Candidate) -> TradeOff {
    let Candidate { settings, trained, left_out, .. } = candidate;
    TradeOff {
        label: format!("{}", settings.reach.log_velocity),
        group: format!("{}, {}", settings.fit, growth(settings)),
        trained_db: trained.level_db,
        left_out_db: left_out.level_db,
        chosen: chosen(settings),
    }
}

fn rows(candidates: &[Candidate]) -> String {
    let heading = ["fit", "levels", "fade, ln v", "trained dB", "left out dB", "log2", "cents", ""];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for Candidate { settings, trained, left_out, .. } in candidates {
        rows.push(vec![
            settings.fit.to_string(),
            growth(settings).trim_start_matches("levels ").to_owned(),
            format!("{}", settings.reach.log_velocity),
            format!("{:.2}", trained.level_db),
            format!("{:.2}", left_out.level_db),
            format!("{:.2}", left_out.decay_log2),
            format!("{:.1}", left_out.frequency_cents),
            if chosen(settings) { "<- chosen".to_owned() } else { String::new() },
        ]);
    }
    table(&rows)
}
