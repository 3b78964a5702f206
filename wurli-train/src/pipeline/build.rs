//! Entry point of build scripts: the weights of a data folder, trained first if needed.

use std::path::Path;

use crate::catalogue::Selection;
use crate::pipeline::cache::Cache;
use crate::pipeline::coverage::coverage_warnings;
use crate::pipeline::error::Error;
use crate::pipeline::settings::Settings;
use crate::pipeline::{Outcome, Pipeline, training_set, warnings_by_kind};
use crate::progress::Silent;
use crate::stage::Stage;
use wurli_weights::Weights;

/// Origin of the weights of a data folder.
#[derive(Debug)]
pub enum Built {
    /// These given weights were made from this folder.
    Known(Box<Weights>),
    /// The weights were trained.
    Trained {
        /// Result of the training.
        outcome: Box<Outcome>,
        /// Warnings about the recordings, the cache and the coverage of the keyboard.
        warnings: Vec<String>,
    },
}

/// Returns the weights of `data`, and trains unless some of `known` carry the key of the folder or
/// `retrain` is set.
///
/// The key is of the contents of the folder. Artifacts are written to `cache`, nothing else is
/// written.
///
/// # Errors
/// [`Error`] where the folder, a recording in it or what was learned from them is unusable.
pub fn build(data: &Path, cache: &Path, known: &[Weights], retrain: bool) -> Result<Built, Error> {
    let cache = Cache::at(cache);
    let cache = if retrain { cache.refreshed_from(Stage::Train) } else { cache };
    let pipeline = Pipeline::open(data, Selection::All, Settings::default(), &cache, &Silent)?;
    if !retrain && !known.is_empty() {
        let key = pipeline.key()?.0;
        if let Some(known) = known.iter().find(|known| known.key == key) {
            return Ok(Built::Known(Box::new(known.clone())));
        }
    }
    let analysed = pipeline.analyse(Stage::Residuals)?;
    let outcome = Box::new(pipeline.train(&analysed)?);
    let left_out = pipeline.catalogue.left_out.iter().cloned();
    let warnings = left_out
        .chain(warnings_by_kind(&analysed))
        .chain(cache.warnings())
        .chain(coverage_warnings(&training_set(&analysed)))
        .collect();
    Ok(Built::Trained { outcome, warnings })
}
