//! `wurli-train report`: a data folder and its corrections as one HTML page.

use std::path::PathBuf;

use clap::Args;
use wurli_report::{Corrections, Origin, Report};
use wurli_train::catalogue::Fit;
use wurli_train::evaluation::{Fold, LeftOut, leave_one_out, left_out};
use wurli_train::key::KeyBuilder;
use wurli_train::pipeline::error::Error;
use wurli_train::pipeline::{Analysed, Assessment, Pipeline, examples};
use wurli_train::stage::Stage;
use wurli_train::training::TrainingSettings;

use super::fail::{Failure, print, warn};
use super::paths::{check_output, read_weights, write};
use super::session::{Input, Session};

/// Size beyond which a phone takes long to open the page, bytes.
const LARGE_BYTES: usize = 20 << 20;

/// Writes one HTML page with errors, charts and audio of every note, before and after correction.
///
/// The page is one file that needs no network: keyboard maps of the errors, loss curve,
/// cross-validation on keys left out, corrections over the keyboard, and players for the recording,
/// the model and the corrected model of each note.
///
/// Without --weights it trains first if needed, as `run --train` does, with the same cache in
/// wurli-out. The cross-validation trains once per key, which takes a second or two each with --fit
/// keyboard and longer with --fit notes. It is cached too, and --without-leave-one-out skips it. The
/// page contains the recordings: publish it only as their licence allows.
#[derive(Args)]
#[command(after_help = "Example: wurli-train report --data my-piano --out report.html")]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// HTML file to write
    #[arg(long, value_name = "FILE.html")]
    out: PathBuf,
    /// Weights file to report on [default: trained on the data folder]
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Fit: keyboard or notes [default: that of recordings.toml, or keyboard]
    #[arg(long)]
    fit: Option<Fit>,
    /// Skips the cross-validation
    #[arg(long)]
    without_leave_one_out: bool,
}

pub(crate) fn call(arguments: &Arguments) -> Result<(), Failure> {
    // Minutes of work must not end at a path that cannot be written.
    check_output("--out", &arguments.out, "HTML", &["html", "htm"])?;
    let given = match &arguments.weights {
        Some(path) => Some((path, read_weights(path, "give another --weights FILE, or none to train")?)),
        None => None,
    };
    let session = Session::open(&arguments.input)?;
    let mut pipeline = session.pipeline(&arguments.input)?;
    if let Some(fit) = arguments.fit {
        pipeline.training = TrainingSettings::for_fit(fit);
    }
    let analysed = pipeline.analyse(Stage::Residuals)?;
    let corrections = match given {
        Some((path, weights)) => {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            let of_this_folder = weights.key == pipeline.key_of(&analysed).0;
            Corrections { weights, origin: Origin::File { name, of_this_folder } }
        }
        None => {
            let outcome = pipeline.train(&analysed).inspect_err(|_| session.finish(&pipeline, &analysed))?;
            Corrections { weights: outcome.weights, origin: Origin::Trained { losses: outcome.losses } }
        }
    };
    let left_out = match arguments.without_leave_one_out {
        true => None,
        false => match Fold::Keys.check(&examples(&analysed)) {
            Ok(()) => Some(cross_validate(&session, &pipeline, &analysed)?),
            Err(problem) => {
                warn(format!("no cross-validation: {problem}"));
                None
            }
        },
    };
    let mut assessment = pipeline.assess(&analysed, &corrections.weights)?;
    if matches!(corrections.origin, Origin::File { of_this_folder: false, .. }) {
        // The predictions are of trainings on this folder, which these weights are not from.
        assessment = Assessment { whole_notes: assessment.whole_notes, ..Assessment::default() };
    }
    let report = Report::new(&pipeline, &analysed, corrections, left_out, assessment, &session.bars)?;
    session.finish(&pipeline, &analysed);
    let page = report.to_html();
    if page.len() > LARGE_BYTES {
        warn(format!("the page has {:.1} MB, most of it audio", page.len() as f64 / 1e6));
    }
    let path = write(arguments.out.clone(), page.as_bytes())?;
    print(format!("wrote {} ({:.1} MB)", path.display(), page.len() as f64 / 1e6))
}

/// Runs leave-one-key-out cross-validation, or reads it from the cache.
fn cross_validate(session: &Session, pipeline: &Pipeline<'_>, analysed: &[Analysed]) -> Result<LeftOut, Failure> {
    let key = KeyBuilder::new("left out", left_out::VERSION).key("weights", pipeline.key_of(analysed)).finish();
    let settings = &pipeline.training;
    Ok(session.cache.artifact(Stage::Weights, key, || {
        let found = leave_one_out(
            pipeline.renderer(),
            &examples(analysed),
            Fold::Keys,
            settings,
            &[settings.shrinkage],
            &session.bars,
        );
        let found = found.map_err(|problem| Error::Train { data: pipeline.catalogue.folder.clone(), problem })?;
        Ok::<_, Error>(found.into_iter().next().unwrap_or_default())
    })?)
}
