//! `lab choose-fit`: cross-validated errors for several strengths of regularisation.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use wurli_report::plot::{TradeOff, trade_off};
use wurli_train::catalogue::Fit;
use wurli_train::evaluation::{Errors, Fold, LeftOut, NoteComparison, errors_with, leave_one_out};
use wurli_train::pipeline::{examples, measured_notes};
use wurli_train::progress::Silent;
use wurli_train::stage::Stage;
use wurli_train::training::TrainingSettings;
use wurli_voice::MlpCorrections;

use wurli_cli::commands::fail::{Failure, print};
use wurli_cli::commands::paths::write;
use wurli_cli::commands::session::{Input, Session};
use wurli_cli::commands::table::table;

/// Regularisation strengths to try: weights of the identity prior, relative to that of all levels.
const ANCHOR_WEIGHTS: [f32; 5] = [0.0, 0.15, 0.3, 0.5, 0.8];
/// Factors on the learned level corrections to try with each.
const LEVEL_FACTORS: [f32; 5] = [1.0, 0.9, 0.8, 0.6, 0.4];

/// Compares regularisation strengths by leave-one-key-out cross-validation.
///
/// Weaker regularisation lowers the error on trained notes; the error on keys left out falls and
/// rises again. The fit "keyboard" is the weakest regularisation with an error on keys left out not
/// above that of the uncorrected voice.
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
    left_out: Errors,
    mean_offset_db: f64,
    nearest_db: f64,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let session = Session::open(&arguments.input)?;
    let pipeline = session.pipeline(&arguments.input)?;
    let renderer = pipeline.renderer();
    let analysed = pipeline.analyse(Stage::Residuals)?;
    let examples = examples(&analysed);
    let uncorrected =
        Errors::mean(&errors_with(renderer, &measured_notes(&analysed), |_| MlpCorrections::IDENTITY, &Silent)?);

    let chosen = TrainingSettings::for_fit(Fit::Keyboard);
    let regularised = |anchor_weight| {
        (TrainingSettings { anchor_weight, ..chosen.clone() }, LEVEL_FACTORS.as_slice(), arguments.seeds)
    };
    // Fitting every note takes long, and one seed shows its errors well enough.
    let notes = (!arguments.without_notes).then(|| (TrainingSettings::for_fit(Fit::Notes), [1.0].as_slice(), 1));
    let settings: Vec<_> = notes.into_iter().chain(ANCHOR_WEIGHTS.map(regularised)).collect();
    let mut candidates = Vec::new();
    for (i, (setting, factors, seeds)) in settings.iter().enumerate() {
        session.bars.show("settings", i, settings.len());
        let with_seed = |seed: u32| {
            let settings = TrainingSettings { seed: setting.seed + u64::from(seed), ..setting.clone() };
            leave_one_out(renderer, &examples, Fold::Keys, &settings, factors, &Silent)
        };
        let results = (0..*seeds).map(with_seed).collect::<Result<Vec<_>, _>>()?;
        for (i, kept) in factors.iter().enumerate() {
            let each = |notes: fn(&LeftOut) -> &[NoteComparison]| {
                mean(&results.iter().map(|result| Errors::mean(notes(&result[i]))).collect::<Vec<_>>())
            };
            candidates.push(Candidate {
                settings: TrainingSettings { shrinkage: *kept, ..setting.clone() },
                trained: each(|found| &found.trained),
                left_out: each(|found| &found.network),
                mean_offset_db: each(|found| &found.mean_offset).level_db,
                nearest_db: each(|found| &found.nearest).level_db,
            });
        }
    }
    session.finish(&pipeline, &analysed);
    let written = match &arguments.plot {
        Some(path) => {
            let points: Vec<TradeOff> = candidates.iter().map(|candidate| point(candidate, &chosen)).collect();
            let title = "Level errors, trained on against left out";
            Some(write(path.clone(), trade_off(title, &points, uncorrected.level_db).as_bytes())?)
        }
        None => None,
    };
    if arguments.json {
        let all = candidates.iter().map(|candidate| {
            json!({ "settings": candidate.settings, "trained": candidate.trained, "left_out": candidate.left_out,
                "mean_offset_db": candidate.mean_offset_db, "nearest_db": candidate.nearest_db })
        });
        return print(json!({ "uncorrected": uncorrected, "tried": all.collect::<Vec<_>>() }));
    }
    print(rows(&candidates, &chosen))?;
    if let Some(first) = candidates.first() {
        print(format!(
            "\nuncorrected {:.2} dB, {:.2}, {:.1} cents; keys left out: mean offset {:.2} dB, nearest note {:.2} dB",
            uncorrected.level_db,
            uncorrected.decay_log2,
            uncorrected.frequency_cents,
            first.mean_offset_db,
            first.nearest_db
        ))?;
    }
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

fn point(candidate: &Candidate, chosen: &TrainingSettings) -> TradeOff {
    let TrainingSettings { fit, anchor_weight, shrinkage: kept, .. } = &candidate.settings;
    TradeOff {
        label: if *fit == Fit::Notes { "notes".into() } else { format!("{kept}") },
        group: if *fit == Fit::Notes { "fit = notes".into() } else { format!("anchors {anchor_weight}") },
        trained_db: candidate.trained.level_db,
        left_out_db: candidate.left_out.level_db,
        chosen: candidate.settings == *chosen,
    }
}

fn rows(candidates: &[Candidate], chosen: &TrainingSettings) -> String {
    let heading = ["fit", "anchors", "kept", "trained dB", "left out dB", "log2", "cents", ""];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for Candidate { settings, trained, left_out, .. } in candidates {
        rows.push(vec![
            settings.fit.to_string(),
            format!("{}", settings.anchor_weight),
            format!("{}", settings.shrinkage),
            format!("{:.2}", trained.level_db),
            format!("{:.2}", left_out.level_db),
            format!("{:.2}", left_out.decay_log2),
            format!("{:.1}", left_out.frequency_cents),
            if settings == chosen { "<- keyboard".to_owned() } else { String::new() },
        ]);
    }
    table(&rows)
}
