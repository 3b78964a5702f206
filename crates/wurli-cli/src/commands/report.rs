//! `wurli-train report`: everything about a data folder and its corrections on one page, to look at and to listen to.

use std::path::PathBuf;

use clap::Args;
use wurli_report::{Corrections, Origin, Report};
use wurli_train::catalogue::{Fit, Selection};
use wurli_train::evaluation::{LeftOut, leave_one_out, left_out};
use wurli_train::key::KeyBuilder;
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::error::Error;
use wurli_train::pipeline::{Analysed, Pipeline, lessons, noticed};
use wurli_train::stage::Stage;
use wurli_train::training::TrainingSettings;

use super::bars::Bars;
use super::fail::{Failure, print, warn};
use super::places::{OUT, cache_folder, check_writable, read_weights, write};
use super::synth::Synth;
use super::values::DataFolder;

/// A page of this size takes a phone a while to open, bytes.
const LARGE_BYTES: usize = 20 << 20;

/// Writes one page that shows what was recorded, how far the model is from it before and after correction, and plays both.
///
/// The page is one file that needs no network and opens in any browser: keyboard maps of the errors, the loss, keys left out of the
/// training against baselines, the corrections as surfaces, and for each note the recording, the model and the corrected model side by side.
///
/// Without --weights, trains as `run --train` does, so that this is the only call one needs; what `run --train` already did is taken
/// from its cache in wurli-out. Leaving every key out takes about a minute with the fit keyboard and many with notes; it is kept too, and
/// --without-leave-one-out skips it. Recordings are on the page: pass it on as their licence allows.
#[derive(Args)]
#[command(after_help = "Example: wurli-train report --data my-piano --out report.html")]
pub(crate) struct Arguments {
    #[command(flatten)]
    data: DataFolder,
    /// The page to write
    #[arg(long, value_name = "FILE.html")]
    out: PathBuf,
    /// The corrections to report on [default: those that training on the folder gives]
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// How strongly to fit: keyboard or notes [default: that of recordings.toml, or keyboard]
    #[arg(long)]
    fit: Option<Fit>,
    /// Do not train once more without each key
    #[arg(long)]
    without_leave_one_out: bool,
    #[command(flatten)]
    synth: Synth,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    // Minutes of work must not end at a path that cannot be written.
    check_writable(&arguments.out)?;
    let given = match &arguments.weights {
        Some(path) => Some((path, read_weights(path, "give another --weights FILE, or none to train some")?)),
        None => None,
    };
    let cache = Cache::at(cache_folder(None, OUT.as_ref()));
    let bars = Bars::default();
    let renderer = arguments.synth.renderer()?;
    let mut pipeline =
        Pipeline::open(arguments.data.path(), Selection::All, arguments.synth.settings(), &cache, &bars)?
            .rendered_by(renderer.as_ref())?;
    if let Some(fit) = arguments.fit {
        pipeline.training = TrainingSettings::of(fit);
    }
    let analysed = pipeline.analyse(Stage::Residuals)?;
    let corrections = match given {
        Some((path, weights)) => {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            let of_this_folder = weights.key == pipeline.key_of(&analysed).0;
            Corrections { weights, origin: Origin::File { name, of_this_folder } }
        }
        None => {
            let outcome = pipeline.train(&analysed).inspect_err(|_| {
                bars.clear();
                noticed(&analysed).for_each(warn);
            })?;
            Corrections { weights: outcome.weights, origin: Origin::Trained { losses: outcome.losses } }
        }
    };
    let left_out =
        if arguments.without_leave_one_out { None } else { Some(keys_left_out(&pipeline, &analysed, &cache, &bars)?) };
    let progress = |done, recordings| bars.show("clips", done, recordings);
    let report = Report::of(&pipeline, &analysed, corrections, left_out, &progress)?;
    bars.clear();
    noticed(&analysed).chain(cache.warnings()).for_each(warn);
    let page = report.to_html();
    if page.len() > LARGE_BYTES {
        warn(format!("the page has {:.1} MB: most of it is what it plays", page.len() as f64 / 1e6));
    }
    let path = write(arguments.out.clone(), page.as_bytes())?;
    print(format!("wrote {} ({:.1} MB)", path.display(), page.len() as f64 / 1e6))
}

/// Leaves every key out in turn, unless that was done before with the same recordings and settings.
fn keys_left_out(
    pipeline: &Pipeline<'_>,
    analysed: &[Analysed],
    cache: &Cache,
    bars: &Bars,
) -> Result<LeftOut, Failure> {
    let key = KeyBuilder::new("left out", left_out::VERSION).key("weights", pipeline.key_of(analysed)).finish();
    let settings = &pipeline.training;
    let progress = |done, keys| bars.show("left out", done, keys);
    Ok(cache.artifact(Stage::Weights, key, || {
        let found = leave_one_out(pipeline.renderer(), &lessons(analysed), settings, &[settings.kept], &progress);
        let found = found.map_err(|problem| Error::Train { data: pipeline.catalogue.folder.clone(), problem })?;
        Ok::<_, Error>(found.into_iter().next().unwrap_or_default())
    })?)
}
