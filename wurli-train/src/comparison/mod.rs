//! One rendered note against its recording.

pub mod errors;

use wurli_voice::MlpCorrections;
use wurli_weights::Weights;

use crate::isolation::MeasuredNote;
use crate::measure::Measurement;
use crate::renderer::measured;
use crate::renderer::{RenderError, Renderer};
use crate::targets::request;

pub use errors::NoteErrors;

/// What was heard of one note when it was rendered with some corrections.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The measured rendering.
    pub measurement: Measurement,
    /// How far it is from the recording.
    pub errors: NoteErrors,
}

/// Renders `note` with `corrections`, measures it and compares it with the recording. `None` where either cannot be measured.
///
/// # Errors
/// [`RenderError`] where `renderer` does not play it.
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

/// The corrections of `weights` for a measured note.
#[must_use]
pub fn corrections_of(weights: &Weights, note: &MeasuredNote) -> MlpCorrections {
    let event = &note.note.event;
    MlpCorrections::from_outputs(&weights.forward(event.midi, f32::from(event.velocity) / 127.0))
}
