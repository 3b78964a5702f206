//! What can go wrong between a data folder and a weights file.

use std::path::PathBuf;

use crate::audio::AudioError;
use crate::catalogue::CatalogueError;
use crate::renderer::RenderError;
use crate::training::TrainError;
use crate::transcription::NotesError;
use wurli_weights::WeightsError;

/// Why a run of the pipeline ended without a result. No weights come of it.
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
        /// What is wrong.
        problem: NotesError,
    },
    /// An entry of the data folder that cannot be read, where none may be left out.
    #[error("{0}")]
    LeftOut(String),
    /// A note of the model was not played.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Displacement was to be trained for a synth that has none.
    #[error(
        "the renderer cannot scale displacement: say so with --without displacement, and levels take its share; or let it read \
         {{corrections}}, if it can"
    )]
    Displacement,
    /// There is nothing to learn, or learning failed.
    #[error("{}: {problem}", data.display())]
    Train {
        /// The data folder.
        data: PathBuf,
        /// What is wrong.
        problem: TrainError,
    },
    /// The network cannot be written.
    #[error("the trained network is unusable: {0}")]
    Weights(#[from] WeightsError),
    /// The corrections make the model worse on the very notes they were trained on.
    #[error(
        "the corrected model is {after:.2} {quantity} from the recordings of {}, not below the {before:.2} of the uncorrected one ({notes} \
         notes): no weights were written; record more notes, or look for wrong ones in the catalogue",
        data.display()
    )]
    NoGain {
        /// The data folder.
        data: PathBuf,
        /// What is judged, with its unit.
        quantity: &'static str,
        /// Its mean error without corrections.
        before: f64,
        /// The same with corrections.
        after: f64,
        /// Notes that were compared.
        notes: usize,
    },
    /// A result cannot be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Unwritable {
        /// Where it should have gone.
        path: PathBuf,
        /// What the file system says.
        source: std::io::Error,
    },
}
