//! Arguments, cache, progress bars, synth and warnings of the commands on a data folder.

use clap::Args;
use wurli_train::catalogue::Selection;
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::{Analysed, Pipeline, warnings_by_kind};
use wurli_train::renderer::Renderer;

use super::bars::Bars;
use super::fail::{Failure, warn};
use super::paths::{OUT, cache_folder};
use super::synth::Synth;
use super::values::DataFolder;

/// A data folder and the synth to compare it with.
#[derive(Args)]
pub struct Input {
    #[command(flatten)]
    pub(crate) data: DataFolder,
    #[command(flatten)]
    pub(crate) synth: Synth,
}

/// Everything that a [`Pipeline`] borrows.
pub struct Session {
    /// Artifacts of earlier runs, in the default folder.
    pub cache: Cache,
    /// Progress bars.
    pub bars: Bars,
    renderer: Box<dyn Renderer>,
}

impl Session {
    /// Opens the default cache and the synth.
    ///
    /// # Errors
    /// [`Failure`] if the synth cannot be used.
    pub fn open(input: &Input) -> Result<Self, Failure> {
        let cache = Cache::at(cache_folder(None, OUT.as_ref()));
        Ok(Self { cache, bars: Bars::default(), renderer: input.synth.renderer()? })
    }

    /// Reads the catalogue of the data folder.
    ///
    /// # Errors
    /// [`Failure`] if the folder cannot be used.
    pub fn pipeline(&self, input: &Input) -> Result<Pipeline<'_>, Failure> {
        let settings = input.synth.settings();
        let pipeline = Pipeline::open(input.data.path(), Selection::All, settings, &self.cache, &self.bars)?;
        Ok(pipeline.rendered_by(self.renderer.as_ref())?)
    }

    /// Clears the progress bars and prints the warnings about the recordings and the cache.
    pub fn finish(&self, pipeline: &Pipeline<'_>, analysed: &[Analysed]) {
        self.bars.clear();
        let left_out = pipeline.catalogue.left_out.iter().cloned();
        left_out.chain(warnings_by_kind(analysed)).chain(self.cache.warnings()).for_each(warn);
    }
}
