//! `wurli-train choose-fit`: how strongly to fit, by what it costs on keys that were left out.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use wurli_report::plot::{TradeOff, trade_off};
use wurli_train::catalogue::{Fit, Selection};
use wurli_train::evaluation::{Errors, LeftOut, NoteComparison, errors_with, leave_one_out};
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::{Pipeline, examples, measured_notes, warnings};
use wurli_train::progress::Silent;
use wurli_train::stage::Stage;
use wurli_train::training::TrainingSettings;
use wurli_voice::MlpCorrections;

use wurli_cli::commands::bars::Bars;
use wurli_cli::commands::fail::{Failure, print, warn};
use wurli_cli::commands::places::{OUT, cache_folder, write};
use wurli_cli::commands::synth::Synth;
use wurli_cli::commands::table::table;

/// Weights of the anchors that are tried, beside that of all levels.
const ANCHOR_WEIGHTS: [f32; 5] = [0.0, 0.15, 0.3, 0.5, 0.8];
/// Shares of the levels that are kept with each.
const KEPT: [f32; 5] = [1.0, 0.9, 0.8, 0.6, 0.4];

/// Trains with more and less pull toward the identity, leaving every key out in turn, and shows what each costs.
///
/// The errors of levels on notes that were trained on fall with the strength of the fit; those on keys left out fall and rise again. The
/// fit "keyboard" is the strongest whose error on keys left out is not above that of the uncorrected voice.
#[derive(Args)]
#[command(after_help = "Example: wurli-train choose-fit --data my-piano --plot trade-off.svg")]
pub(crate) struct Arguments {
    /// The data folder: recordings, and recordings.toml if there is one
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// How many seeds each setting is tried with; its errors are their mean
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    seeds: u32,
    /// Leave the fit "notes" out, whose training takes most of the time
    #[arg(long)]
    without_notes: bool,
    /// Draw the errors of all settings
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    synth: Synth,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

/// What one setting costs.
struct Tried {
    settings: TrainingSettings,
    trained: Errors,
    left_out: Errors,
    mean_offset_db: f64,
    nearest_db: f64,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    let cache = Cache::at(cache_folder(None, OUT.as_ref()));
    let bars = Bars::default();
    let renderer = arguments.synth.renderer()?;
    let pipeline = Pipeline::open(&arguments.data, Selection::All, arguments.synth.settings(), &cache, &bars)?
        .rendered_by(renderer.as_ref())?;
    let analysed = pipeline.analyse(Stage::Residuals)?;
    let examples = examples(&analysed);
    let uncorrected = Errors::mean(&errors_with(
        renderer.as_ref(),
        &measured_notes(&analysed),
        |_| MlpCorrections::IDENTITY,
        &Silent,
    )?);

    let chosen = TrainingSettings::for_fit(Fit::Keyboard);
    let of_anchors =
        |anchor_weight| (TrainingSettings { anchor_weight, ..chosen.clone() }, KEPT.as_slice(), arguments.seeds);
    // The network that follows every note takes its time; one seed of it is enough to see where it stands.
    let notes = (!arguments.without_notes).then(|| (TrainingSettings::for_fit(Fit::Notes), [1.0].as_slice(), 1));
    let candidates: Vec<_> = notes.into_iter().chain(ANCHOR_WEIGHTS.map(of_anchors)).collect();
    let mut tried = Vec::new();
    for (i, (settings, shares, seeds)) in candidates.iter().enumerate() {
        bars.show("settings", i, candidates.len());
        let of_seed = |seed: u32| {
            let settings = TrainingSettings { seed: settings.seed + u64::from(seed), ..settings.clone() };
            leave_one_out(renderer.as_ref(), &examples, &settings, shares, &Silent)
        };
        let of_seeds = (0..*seeds).map(of_seed).collect::<Result<Vec<_>, _>>()?;
        for (i, kept) in shares.iter().enumerate() {
            let each = |notes: fn(&LeftOut) -> &[NoteComparison]| {
                mean(&of_seeds.iter().map(|of_shares| Errors::mean(notes(&of_shares[i]))).collect::<Vec<_>>())
            };
            tried.push(Tried {
                settings: TrainingSettings { shrinkage: *kept, ..settings.clone() },
                trained: each(|found| &found.trained),
                left_out: each(|found| &found.network),
                mean_offset_db: each(|found| &found.mean_offset).level_db,
                nearest_db: each(|found| &found.nearest).level_db,
            });
        }
    }
    bars.clear();
    warnings(&analysed).chain(cache.warnings()).for_each(warn);
    let written = match &arguments.plot {
        Some(path) => {
            let points: Vec<TradeOff> = tried.iter().map(|tried| point(tried, &chosen)).collect();
            let title = "How strongly to fit: levels, trained on against left out";
            Some(write(path.clone(), trade_off(title, &points, uncorrected.level_db).as_bytes())?)
        }
        None => None,
    };
    if arguments.json {
        let all = tried.iter().map(|tried| {
            json!({ "settings": tried.settings, "trained": tried.trained, "left_out": tried.left_out,
                "mean_offset_db": tried.mean_offset_db, "nearest_db": tried.nearest_db })
        });
        return print(json!({ "uncorrected": uncorrected, "tried": all.collect::<Vec<_>>() }));
    }
    print(rows(&tried, &chosen))?;
    if let Some(first) = tried.first() {
        print(format!(
            "\nuncorrected {:.2} dB, {:.2}, {:.1} cents; left out, by the mean offset {:.2} dB, by the nearest note {:.2} dB",
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
    let of = |quantity: fn(&Errors) -> f64| errors.iter().map(quantity).sum::<f64>() / errors.len().max(1) as f64;
    Errors {
        level_db: of(|errors| errors.level_db),
        frequency_cents: of(|errors| errors.frequency_cents),
        decay_log2: of(|errors| errors.decay_log2),
        ..errors.first().copied().unwrap_or_default()
    }
}

fn point(tried: &Tried, chosen: &TrainingSettings) -> TradeOff {
    let TrainingSettings { fit, anchor_weight, shrinkage: kept, .. } = &tried.settings;
    TradeOff {
        label: if *fit == Fit::Notes { "notes".into() } else { format!("{kept}") },
        group: if *fit == Fit::Notes { "fit = notes".into() } else { format!("anchors {anchor_weight}") },
        trained_db: tried.trained.level_db,
        left_out_db: tried.left_out.level_db,
        chosen: tried.settings == *chosen,
    }
}

fn rows(tried: &[Tried], chosen: &TrainingSettings) -> String {
    let heading = ["fit", "anchors", "kept", "trained dB", "left out dB", "log2", "cents", ""];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for Tried { settings, trained, left_out, .. } in tried {
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
