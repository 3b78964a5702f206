//! What a build script asks for: the weights of a data folder, trained only if nothing at hand belongs to it.

use std::path::Path;

use crate::catalogue::Selection;
use crate::pipeline::cache::Cache;
use crate::pipeline::coverage::lacks;
use crate::pipeline::error::Error;
use crate::pipeline::settings::Settings;
use crate::pipeline::{Outcome, Pipeline, noticed, training_set};
use crate::progress::Silent;
use crate::stage::Stage;
use wurli_weights::Weights;

/// Where the weights of a data folder come from.
#[derive(Debug)]
pub enum Built {
    /// The weights at hand were made from this very folder.
    Known,
    /// They were not, or training was asked for.
    Trained {
        /// What came of it.
        outcome: Box<Outcome>,
        /// What was noticed on the way and did not keep it from ending.
        warnings: Vec<String>,
    },
}

/// The weights of `data`. Nothing is trained where `known` carries the key of the folder, unless `retrain`; artifacts are kept in
/// `cache`, and nothing else is written.
///
/// # Errors
/// [`Error`] where the folder, a recording in it or what was learned from them is unusable.
pub fn build(data: &Path, cache: &Path, known: Option<&Weights>, retrain: bool) -> Result<Built, Error> {
    let cache = Cache::at(cache);
    let cache = if retrain { cache.refreshed_from(Stage::Train) } else { cache };
    let pipeline = Pipeline::open(data, Selection::All, Settings::default(), &cache, &Silent)?;
    if let Some(known) = known.filter(|_| !retrain)
        && known.key == pipeline.key()?.0
    {
        return Ok(Built::Known);
    }
    let analysed = pipeline.analyse(Stage::Residuals)?;
    let outcome = Box::new(pipeline.train(&analysed)?);
    let left_out = pipeline.catalogue.left_out.iter().cloned();
    let warnings =
        left_out.chain(noticed(&analysed)).chain(cache.warnings()).chain(lacks(&training_set(&analysed))).collect();
    Ok(Built::Trained { outcome, warnings })
}
