//! The report: one page that shows what was recorded, what the corrections make of the model, and lets one listen to it.
//!
//! The page is a single file that fetches nothing: drawings are inline SVG, clips are FLAC in `data:` addresses, style and script are
//! allowed by their hashes. The same recordings, settings and weights give the same bytes.

mod base64;
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
use wurli_train::pipeline::{Analysed, Pipeline, warnings};
use wurli_train::progress::{Counter, Progress};
use wurli_train::renderer::RenderError;
use wurli_train::training::TrainingSettings;
use wurli_weights::Weights;

pub use clip::Played;
use note::Note;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A recording cannot be read again.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A note is not played.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A clip cannot be encoded.
    #[error("a clip of {samples} samples cannot be encoded as FLAC: {reason}")]
    Encoder {
        /// Its length.
        samples: usize,
        /// What the encoder says.
        reason: String,
    },
}

/// The corrections that are reported on.
#[derive(Clone, Debug)]
pub struct Corrections {
    /// The weights.
    pub weights: Weights,
    /// Where they come from.
    pub origin: Origin,
}

/// Where weights come from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// Trained on the folder that is reported on.
    Trained {
        /// Loss along the training, as [`Outcome`](wurli_train::pipeline::Outcome) has it.
        losses: Vec<f32>,
    },
    /// A file.
    File {
        /// Its name.
        name: String,
        /// Whether they carry the key of the folder and settings that are reported on.
        of_this_folder: bool,
    },
}

/// Everything on the page.
pub struct Report {
    folder: String,
    sources: Vec<Source>,
    recordings: usize,
    warnings: Vec<String>,
    notes: Vec<Note>,
    corrections: Corrections,
    settings: TrainingSettings,
    left_out: Option<LeftOut>,
}

impl Report {
    /// Of the data folder of `pipeline`, whose recordings were analysed through stage 5. Reads every recording and plays every note once
    /// more, for the clips. `progress` is told how many of how many recordings are done; it may be called
    /// from several threads.
    ///
    /// # Errors
    /// [`ReportError`] if a recording cannot be read any more, or a note not be played.
    pub fn of(
        pipeline: &Pipeline<'_>,
        analysed: &[Analysed],
        corrections: Corrections,
        left_out: Option<LeftOut>,
        progress: &dyn Progress,
    ) -> Result<Self, ReportError> {
        let (catalogue, renderer) = (&pipeline.catalogue, pipeline.renderer());
        let counter = Counter::start(progress, "clips", analysed.len());
        let of_recording = |found: &Analysed| -> Result<_, ReportError> {
            let audio = audio::read(&catalogue.path(&found.recording))?;
            let weights = &corrections.weights;
            let notes = (0..found.measured.len())
                .filter(|index| !found.excluded.contains(index))
                .map(|index| Note::of(renderer, found, index, &audio, weights));
            let notes = notes.collect::<Result<Vec<_>, ReportError>>()?;
            counter.advance(1);
            Ok(notes)
        };
        let of_recordings = in_order(analysed, of_recording)?;
        let mut notes: Vec<Note> = of_recordings.into_iter().flatten().collect();
        // Stable: notes alike stay in the order of their files and onsets.
        notes.sort_by_key(|note| (note.midi(), note.velocity()));
        note::tell_apart(&mut notes);
        let used = |source: &&Source| notes.iter().any(|note| note.source.as_deref() == Some(&source.id));
        Ok(Self {
            folder: folder_name(&catalogue.folder),
            sources: catalogue.sources.iter().filter(used).cloned().collect(),
            recordings: analysed.len(),
            warnings: warnings(analysed).collect(),
            notes,
            corrections,
            settings: pipeline.training.clone(),
            left_out,
        })
    }

    /// The page.
    #[must_use]
    pub fn to_html(&self) -> String {
        page::page(self)
    }

    /// Errors of all notes that could be compared, without corrections and with them.
    fn compared(&self) -> [Vec<NoteComparison>; 2] {
        [0, 1].map(|which| self.notes.iter().filter_map(|note| note.compared()[which]).collect())
    }
}

/// The last part of a folder's path: a page that is passed on says nothing of the machine that it was made on.
fn folder_name(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    whole.file_name().map_or_else(|| "recordings".to_owned(), |name| name.to_string_lossy().into_owned())
}
