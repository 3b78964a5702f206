//! Errors of the pipeline.

use std::path::PathBuf;

use crate::audio::AudioError;
use crate::catalogue::CatalogueError;
use crate::renderer::RenderError;
use crate::training::TrainError;
use crate::transcription::NotesError;
use wurli_weights::WeightsError;

/// Error that ends a run of the pipeline. No weights are written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data folder cannot be used.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A recording cannot be read.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A recording does not hold what the catalogue says.
    #[error("{}: {problem}", path.display())]
    Notes {
        /// The recording.
        path: PathBuf,
        /// Cause.
        problem: NotesError,
    },
    /// An entry of the data folder that cannot be read, where none may be left out.
    #[error("{0}")]
    LeftOut(String),
    /// A note could not be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Displacement is trained for a renderer that cannot scale it.
    #[error(
        "the renderer cannot scale the displacement: give --without displacement, so that levels take its part, or let it \
         read {{corrections}}"
    )]
    Displacement,
    /// Training failed.
    #[error("{}: {problem}", data.display())]
    Train {
        /// The data folder.
        data: PathBuf,
        /// Cause.
        problem: TrainError,
    },
    /// The trained weights are not usable.
    #[error("the trained network is unusable: {0}")]
    Weights(#[from] WeightsError),
    /// The corrections do not reduce the error on the training notes.
    #[error(
        "the corrected model is {after:.2} {quantity} from the recordings of {}, not below the {before:.2} of the uncorrected one ({notes} \
         notes): no weights were written; record more notes, or look for wrong ones in the catalogue",
        data.display()
    )]
    NoGain {
        /// The data folder.
        data: PathBuf,
        /// Quantity that decides, with its unit.
        quantity: &'static str,
        /// Its mean error without corrections.
        before: f64,
        /// Its mean error with corrections.
        after: f64,
        /// Notes that were compared.
        notes: usize,
    },
    /// A result cannot be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Unwritable {
        /// Path of the file.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
}
