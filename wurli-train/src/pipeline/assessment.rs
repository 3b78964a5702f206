//! Assessment of corrections on whole notes, other dynamics and other keys of a data folder.

use serde::{Deserialize, Serialize};
use wurli_voice::MlpCorrections;
use wurli_weights::Weights;

use super::{Analysed, Pipeline, examples};
use crate::audio::{self, Audio};
use crate::catalogue::Kind;
use crate::comparison::{LogMel, WholeNoteErrors, corrections_of, whole_note_errors};
use crate::evaluation::{CarryOver, Fold, carry_over};
use crate::isolation::MeasuredNote;
use crate::key::KeyBuilder;
use crate::parallel::in_order;
use crate::pipeline::error::Error;
use crate::renderer::measured::SAMPLE_RATE;
use crate::stage::Stage;

/// Version of the results, part of their cache key beside the key of the weights.
const VERSION: u32 = 1;
/// Part of a recording before the onset that belongs to the note, s: that of a slow rise.
const BEFORE_ONSET_S: f64 = 0.02;

/// Errors beyond those of the harmonics of trained notes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// Whole notes of recordings of a single note.
    pub whole_notes: WholeNotes,
    /// Recorded keys at dynamics that were left out of the training.
    pub other_dynamics: CarryOver,
    /// Keys that were left out of the training.
    pub other_keys: CarryOver,
}

/// Errors of whole notes, see [`WholeNoteErrors`]. Both lists have the same notes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WholeNotes {
    /// Without corrections.
    pub uncorrected: Vec<WholeNoteErrors>,
    /// With the corrections of the weights.
    pub corrected: Vec<WholeNoteErrors>,
}

impl Pipeline<'_> {
    /// Assesses `weights` on analysed recordings. The cross-validation trains anew, with the settings
    /// of this pipeline.
    ///
    /// # Errors
    /// [`Error::Audio`] if a recording cannot be read, [`Error::Render`] if a note cannot be rendered,
    /// [`Error::Train`] if a loss diverges.
    pub fn assess(&self, analysed: &[Analysed], weights: &Weights) -> Result<Assessment, Error> {
        let key = KeyBuilder::new("assessment", VERSION)
            .key("weights", self.key_of(analysed))
            .bytes("file", &weights.to_bytes())
            .finish();
        self.cache.part(Stage::Weights, key, || {
            let examples = examples(analysed);
            let carry_over = |folds: Fold| {
                carry_over(&examples, folds, &self.training)
                    .map_err(|problem| Error::Train { data: self.catalogue.folder.clone(), problem })
            };
            Ok(Assessment {
                whole_notes: self.whole_notes(analysed, weights)?,
                other_dynamics: carry_over(Fold::Dynamics)?,
                other_keys: carry_over(Fold::Keys)?,
            })
        })
    }

    /// Compares the whole notes of all recordings of a single note.
    ///
    /// # Errors
    /// [`Error::Audio`] if a recording cannot be read, [`Error::Render`] if a note cannot be rendered.
    pub fn whole_notes(&self, analysed: &[Analysed], weights: &Weights) -> Result<WholeNotes, Error> {
        let of_recording = |found: &Analysed| -> Result<_, Error> {
            let [note] = found.measured.as_slice() else { return Ok(None) };
            if found.recording.kind == Kind::Performance || !found.excluded.is_empty() {
                return Ok(None);
            }
            let audio = audio::read(&self.catalogue.path(&found.recording))?;
            let Some(recording) = LogMel::from_recording(&cut(&audio, note)) else { return Ok(None) };
            let event = &note.note.event;
            let errors = |corrections: &MlpCorrections| {
                let (renderer, note) = (self.renderer, (event.midi, event.velocity));
                whole_note_errors(renderer, &recording, note, corrections, SAMPLE_RATE)
            };
            Ok(errors(&MlpCorrections::IDENTITY)?.zip(errors(&corrections_of(weights, note))?))
        };
        let notes = in_order(analysed, of_recording)?.into_iter().flatten();
        let (uncorrected, corrected) = notes.unzip();
        Ok(WholeNotes { uncorrected, corrected })
    }
}

/// Returns the part of a recording that contains the note.
fn cut(audio: &Audio, note: &MeasuredNote) -> Audio {
    let event = &note.note.event;
    let rate = f64::from(audio.sample_rate);
    let at = |time_s: f64| ((time_s.max(0.0) * rate) as usize).min(audio.samples.len());
    let (begin, end) = (at(event.onset_s - BEFORE_ONSET_S), at(event.offset_s));
    Audio { samples: audio.samples[begin..end.max(begin)].to_vec(), sample_rate: audio.sample_rate }
}
