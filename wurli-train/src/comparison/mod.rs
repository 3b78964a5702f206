//! Comparison of a rendered note with its recording: its harmonics, or the whole sound.

pub mod errors;
mod mel;
mod whole_note;

use wurli_voice::MlpCorrections;
use wurli_weights::Weights;

use crate::isolation::MeasuredNote;
use crate::measure::Measurement;
use crate::renderer::measured;
use crate::renderer::{RenderError, Renderer};
use crate::targets::request;

pub use errors::NoteErrors;
pub use mel::LogMel;
pub use whole_note::{WholeNoteErrors, whole_note_errors};

/// Corrected rendering of one note.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// Measurement of the rendering.
    pub measurement: Measurement,
    /// Errors against the recording.
    pub errors: NoteErrors,
}

/// Renders a note with corrections and compares it with the recording. `None` if either cannot be
/// measured.
///
/// # Errors
/// [`RenderError`] if the note cannot be rendered.
pub fn rerender(
    renderer: &dyn Renderer,
    note: &MeasuredNote,
    corrections: &MlpCorrections,
) -> Result<Option<Rendered>, RenderError> {
    let Some(real) = &note.measurement else { return Ok(None) };
    let Some(measurement) = measured::render_and_measure(renderer, &request(note).corrected(corrections))? else {
        return Ok(None);
    };
    let errors = NoteErrors::compare(renderer, real, &measurement, corrections, note.note.event.velocity_known);
    Ok(Some(Rendered { measurement, errors }))
}

/// Returns the corrections of `weights` for a measured note.
#[must_use]
pub fn corrections_of(weights: &Weights, note: &MeasuredNote) -> MlpCorrections {
    let event = &note.note.event;
    MlpCorrections::from_outputs(&weights.forward(event.midi, f32::from(event.velocity) / 127.0))
}
