//! Closed-loop evaluation: notes are rendered with and without corrections and compared with the recordings.

pub mod carry_over;
pub mod fold;
pub mod left_out;
pub mod summary;

use serde::{Deserialize, Serialize};
use wurli_voice::MlpCorrections;

use crate::comparison::{NoteErrors, corrections_of, rerender};
use crate::isolation::MeasuredNote;
use crate::measure::Measurement;
use crate::parallel::in_order;
use crate::progress::{Counter, Progress};
use crate::renderer::{RenderError, Renderer};
use crate::stage::Stage;
use crate::without::Without;
use wurli_weights::{TrainingErrors, Weights};

pub use carry_over::{CarryOver, carry_over};
pub use fold::Fold;
pub use left_out::{LeftOut, leave_one_out};
pub use summary::{Mean, Means, Summary};

/// Mean absolute errors of renderings against recordings.
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

/// Errors without and with corrections on the same notes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClosedLoop {
    /// Errors without corrections.
    pub uncorrected: Errors,
    /// Errors with corrections.
    pub corrected: Errors,
}

/// Errors of one rendered note.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoteComparison {
    /// Key, MIDI.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
    /// Rendering minus recording.
    pub errors: NoteErrors,
}

/// Renders every note with the corrections that `corrections` returns for it, and compares it with its recording.
///
/// Notes are rendered in parallel and returned in order. Notes that cannot be measured are omitted.
///
/// # Errors
/// The first [`RenderError`] in the order of the notes.
pub fn errors_with(
    renderer: &dyn Renderer,
    notes: &[&MeasuredNote],
    corrections: impl Fn(&MeasuredNote) -> MlpCorrections + Sync,
    progress: &dyn Progress,
) -> Result<Vec<NoteComparison>, RenderError> {
    let counter = Counter::start(progress, "evaluate", notes.len());
    let of_note = |note: &&MeasuredNote| -> Result<_, RenderError> {
        let event = &note.note.event;
        let rendered = rerender(renderer, note, &corrections(note))?;
        counter.advance(1);
        Ok(rendered.map(|rendered| NoteComparison {
            midi: event.midi,
            velocity: event.velocity,
            errors: rendered.errors,
        }))
    };
    Ok(in_order(notes, of_note)?.into_iter().flatten().collect())
}

/// Compares uncorrected and corrected renderings with the recordings.
///
/// `notes` are recorded notes with the uncorrected rendering of stage 4. Corrected ones are rendered with `weights`. Notes
/// that cannot be measured in both are omitted.
///
/// # Errors
/// The first [`RenderError`] in the order of the notes.
pub fn closed_loop(
    renderer: &dyn Renderer,
    notes: &[(&MeasuredNote, Option<&Measurement>)],
    weights: &Weights,
    progress: &dyn Progress,
) -> Result<ClosedLoop, RenderError> {
    let counter = Counter::start(progress, Stage::Weights.name(), notes.len());
    let of_note = |(note, plain): &(&MeasuredNote, Option<&Measurement>)| -> Result<_, RenderError> {
        let (Some(real), Some(plain)) = (&note.measurement, plain) else { return Ok(None) };
        let event = &note.note.event;
        let before = NoteErrors::compare(renderer, real, plain, &MlpCorrections::IDENTITY, event.velocity_known);
        let after = rerender(renderer, note, &corrections_of(weights, note))?;
        counter.advance(1);
        Ok(after.map(|after| {
            [before, after.errors].map(|errors| NoteComparison { midi: event.midi, velocity: event.velocity, errors })
        }))
    };
    let both: Vec<[NoteComparison; 2]> = in_order(notes, of_note)?.into_iter().flatten().collect();
    let [uncorrected, corrected] =
        [0, 1].map(|which| Errors::mean(&both.iter().map(|of_note| of_note[which]).collect::<Vec<_>>()));
    Ok(ClosedLoop { uncorrected, corrected })
}

/// Error by which corrections are judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrimaryMetric {
    /// Quantity with its unit.
    pub quantity: &'static str,
    /// Mean absolute error without corrections.
    pub before: f64,
    /// Mean absolute error with corrections.
    pub after: f64,
}

impl ClosedLoop {
    /// Returns the errors as they stand in a weights file.
    #[must_use]
    pub fn training_errors(&self) -> TrainingErrors {
        let both = |error: fn(&Errors) -> f64| [&self.uncorrected, &self.corrected].map(|errors| error(errors) as f32);
        TrainingErrors {
            notes: u32::try_from(self.corrected.notes).unwrap_or(u32::MAX),
            level_db: both(|errors| errors.level_db),
            frequency_cents: both(|errors| errors.frequency_cents),
            decay_log2: both(|errors| errors.decay_log2),
        }
    }

    /// Returns the error that decides whether corrections are an improvement.
    ///
    /// It is the first of levels, decays and frequencies that is corrected and was compared.
    #[must_use]
    pub fn primary_metric(&self, without: Without) -> PrimaryMetric {
        let (before, after) = (&self.uncorrected, &self.corrected);
        let levels = before.levels > 0 && !(without.levels && without.displacement);
        if levels || (without.decays && without.frequencies) {
            PrimaryMetric { quantity: "dB in the levels of H2-H8", before: before.level_db, after: after.level_db }
        } else if !without.decays {
            PrimaryMetric { quantity: "octaves in the decays", before: before.decay_log2, after: after.decay_log2 }
        } else {
            PrimaryMetric { quantity: "cents", before: before.frequency_cents, after: after.frequency_cents }
        }
    }
}

impl Errors {
    /// Averages the absolute errors of `notes`.
    #[must_use]
    pub fn mean(notes: &[NoteComparison]) -> Self {
        let mean = |all: &mut dyn Iterator<Item = f64>| {
            let (sum, count) = all.fold((0.0, 0usize), |(sum, count), error| (sum + error.abs(), count + 1));
            (if count == 0 { 0.0 } else { sum / count as f64 }, count)
        };
        let errors = || notes.iter().map(|note| &note.errors);
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
