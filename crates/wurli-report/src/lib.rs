//! The report: one HTML page with the recordings, the errors before and after correction, and clips
//! to compare.
//!
//! The page is a single file that loads nothing: charts are inline SVG, clips are FLAC in `data:`
//! addresses, and the Content-Security-Policy allows style and script by their hashes. Equal
//! recordings, settings and weights give an identical page.

mod clip;
mod findings;
mod flac;
mod html;
mod loudness;
mod note;
mod page;
pub mod plot;
mod resample;
mod sections;

use std::path::Path;

use wurli_train::audio;
use wurli_train::audio::AudioError;
use wurli_train::catalogue::Source;
use wurli_train::evaluation::{LeftOut, NoteComparison};
use wurli_train::parallel::in_order;
use wurli_train::pipeline::{Analysed, Assessment, Pipeline, warnings_by_kind};
use wurli_train::progress::{Counter, Progress};
use wurli_train::renderer::RenderError;
use wurli_train::training::TrainingSettings;
use wurli_weights::Weights;

pub use clip::ClipKind;
use note::ReportedNote;

/// Error of a report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A recording cannot be read.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A note cannot be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A clip cannot be encoded.
    #[error("a clip of {samples} samples cannot be encoded as FLAC: {reason}")]
    Encoder {
        /// Length of the clip, samples.
        samples: usize,
        /// Message of the encoder.
        reason: String,
    },
}

/// The corrections that are reported on.
#[derive(Clone, Debug)]
pub struct Corrections {
    /// The weights.
    pub weights: Weights,
    /// Origin of the weights.
    pub origin: Origin,
}

/// Origin of weights.
#[derive(Clone, Debug)]
pub enum Origin {
    /// Trained on the folder that is reported on.
    Trained {
        /// Loss curve, as in [`Outcome`](wurli_train::pipeline::Outcome).
        losses: Vec<f32>,
    },
    /// Read from a file.
    File {
        /// Name of the file.
        name: String,
        /// The weights carry the key of this folder and these settings.
        of_this_folder: bool,
    },
}

/// Contents of the page.
pub struct Report {
    folder: String,
    sources: Vec<Source>,
    recordings: usize,
    warnings: Vec<String>,
    notes: Vec<ReportedNote>,
    corrections: Corrections,
    settings: TrainingSettings,
    left_out: Option<LeftOut>,
    assessment: Assessment,
}

impl Report {
    /// Builds the report on the data folder of `pipeline`, analysed through stage 5.
    ///
    /// Reads every recording and renders every note for the clips.
    ///
    /// # Errors
    /// [`ReportError`] if a recording cannot be read, a note cannot be rendered or a clip cannot be
    /// encoded.
    pub fn new(
        pipeline: &Pipeline<'_>,
        analysed: &[Analysed],
        corrections: Corrections,
        left_out: Option<LeftOut>,
        assessment: Assessment,
        progress: &dyn Progress,
    ) -> Result<Self, ReportError> {
        let (catalogue, renderer) = (&pipeline.catalogue, pipeline.renderer());
        let counter = Counter::start(progress, "clips", analysed.len());
        let notes_in = |found: &Analysed| -> Result<_, ReportError> {
            let audio = audio::read(&catalogue.path(&found.recording))?;
            let weights = &corrections.weights;
            let notes = (0..found.measured.len())
                .filter(|index| !found.excluded.contains(index))
                .map(|index| ReportedNote::render(renderer, found, index, &audio, weights));
            let notes = notes.collect::<Result<Vec<_>, ReportError>>()?;
            counter.advance(1);
            Ok(notes)
        };
        let mut notes: Vec<ReportedNote> = in_order(analysed, notes_in)?.into_iter().flatten().collect();
        // The sort is stable: equal notes keep the order of files and onsets.
        notes.sort_by_key(|note| (note.midi(), note.velocity()));
        note::disambiguate_names(&mut notes);
        let used = |source: &&Source| notes.iter().any(|note| note.source.as_deref() == Some(&source.id));
        Ok(Self {
            folder: folder_name(&catalogue.folder),
            sources: catalogue.sources.iter().filter(used).cloned().collect(),
            recordings: analysed.len(),
            warnings: warnings_by_kind(analysed),
            notes,
            corrections,
            settings: pipeline.training.clone(),
            left_out,
            assessment,
        })
    }

    /// Returns the page as the text of an HTML file.
    #[must_use]
    pub fn to_html(&self) -> String {
        page::page(self)
    }

    /// Returns the errors of all measured notes, without and with corrections.
    fn note_errors(&self) -> [Vec<NoteComparison>; 2] {
        [0, 1].map(|which| self.notes.iter().filter_map(|note| note.errors()[which]).collect())
    }
}

/// Returns the last part of a folder's path. The full path would reveal the machine to readers of
/// the page.
fn folder_name(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    whole.file_name().map_or_else(|| "recordings".to_owned(), |name| name.to_string_lossy().into_owned())
}
