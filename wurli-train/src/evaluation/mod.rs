//! The closed loop: notes rendered with their corrections, measured again, beside the same without.

pub mod errors;
pub mod left_out;
pub mod summary;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use wurli_voice::MlpCorrections;

use crate::measure::Measurement;
use crate::renderer::{RenderError, Renderer};
use crate::stages::harmonics::MeasuredNote;
use crate::stages::render;
use crate::stages::residuals::request;
use crate::weights::Weights;

pub use errors::NoteErrors;
pub use left_out::{LeftOut, leave_one_out};
pub use summary::{Mean, Means, Summary};

/// Errors of renderings against recordings, each the mean over everything observed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Errors {
    /// Mean absolute error of the levels of H2–H8, dB.
    pub level_db: f64,
    /// Mean absolute error of the frequencies of H1–H8, cents.
    pub frequency_cents: f64,
    /// Mean absolute binary logarithm of the ratio of decays, H1–H8.
    pub decay_log2: f64,
    /// Notes that were compared.
    pub notes: usize,
    /// Levels that were compared.
    pub levels: usize,
}

/// Errors of the plain voice and of the corrected one on the same notes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClosedLoop {
    /// The plain voice.
    pub uncorrected: Errors,
    /// The voice with the corrections.
    pub corrected: Errors,
}

/// Key, MIDI, velocity, 1..=127, and errors of a note.
pub type Compared = (u8, u8, NoteErrors);

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
    let Some(measurement) = render::run(renderer, &request(note).corrected(corrections))? else { return Ok(None) };
    let errors = NoteErrors::of(renderer, real, &measurement, corrections, note.note.event.velocity_known);
    Ok(Some(Rendered { measurement, errors }))
}

/// The corrections of `weights` for a measured note.
#[must_use]
pub fn corrections_of(weights: &Weights, note: &MeasuredNote) -> MlpCorrections {
    let event = &note.note.event;
    MlpCorrections::from_outputs(&weights.forward(event.midi, f32::from(event.velocity) / 127.0))
}

/// Errors of every note, rendered with what `corrections` says of it; notes that cannot be measured are left out. The notes are
/// rendered side by side, their order is kept.
///
/// # Errors
/// [`RenderError`], the first in the order of the notes, where `renderer` does not play one of them.
pub fn errors_with(
    renderer: &dyn Renderer,
    notes: &[&MeasuredNote],
    corrections: impl Fn(&MeasuredNote) -> MlpCorrections + Sync,
) -> Result<Vec<Compared>, RenderError> {
    let of_note = |note: &&MeasuredNote| {
        let event = &note.note.event;
        let rendered = rerender(renderer, note, &corrections(note))?;
        Ok(rendered.map(|rendered| (event.midi, event.velocity, rendered.errors)))
    };
    let compared: Vec<_> = notes.par_iter().map(of_note).collect();
    compared.into_iter().filter_map(Result::transpose).collect()
}

/// Renders every measured note with the corrections of `weights` and compares it with the recording, beside the uncorrected renderings that
/// stage 4 has measured.
///
/// # Errors
/// [`RenderError`] where `renderer` does not play one of them.
pub fn closed_loop(
    renderer: &dyn Renderer,
    notes: &[(&MeasuredNote, Option<&Measurement>)],
    weights: &Weights,
) -> Result<ClosedLoop, RenderError> {
    let uncorrected = notes.iter().filter_map(|(note, plain)| {
        let (event, real) = (&note.note.event, note.measurement.as_ref()?);
        let errors = NoteErrors::of(renderer, real, (*plain)?, &MlpCorrections::IDENTITY, event.velocity_known);
        Some((event.midi, event.velocity, errors))
    });
    let recorded: Vec<&MeasuredNote> = notes.iter().map(|(note, _)| *note).collect();
    Ok(ClosedLoop {
        uncorrected: Errors::of(&uncorrected.collect::<Vec<_>>()),
        corrected: Errors::of(&errors_with(renderer, &recorded, |note| corrections_of(weights, note))?),
    })
}

impl Errors {
    /// Means over notes.
    #[must_use]
    pub fn of(notes: &[Compared]) -> Self {
        let mean = |all: &mut dyn Iterator<Item = f64>| {
            let (sum, count) = all.fold((0.0, 0usize), |(sum, count), error| (sum + error.abs(), count + 1));
            (if count == 0 { 0.0 } else { sum / count as f64 }, count)
        };
        let errors = || notes.iter().map(|(.., errors)| errors);
        let (level_db, levels) = mean(&mut errors().flat_map(|errors| errors.level_db).flatten());
        Self {
            level_db,
            frequency_cents: mean(&mut errors().flat_map(|errors| errors.frequency_cents).flatten()).0,
            decay_log2: mean(&mut errors().flat_map(|errors| errors.decay_log2).flatten()).0,
            notes: notes.len(),
            levels,
        }
    }
}
