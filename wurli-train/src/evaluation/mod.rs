//! The closed loop: notes rendered with their corrections, measured again, beside the same without.

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
use wurli_weights::Weights;

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

/// Errors of every note, rendered with what `corrections` says of it; notes that cannot be measured are left out. The notes are
/// rendered side by side, their order is kept. `progress` is told how many of how many are done; it may be called from several threads.
///
/// # Errors
/// [`RenderError`], the first in the order of the notes, where `renderer` does not play one of them.
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

/// Renders every measured note with the corrections of `weights` and compares it with the recording, beside the uncorrected renderings that
/// stage 4 has measured. Notes of which either could not be measured are left out of both. `progress` is told how many of how many are done;
/// it may be called from several threads.
///
/// # Errors
/// [`RenderError`] where `renderer` does not play one of them.
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

impl ClosedLoop {
    /// What corrections are judged by, `without` those that a synth has no means for: the first of levels, decays and frequencies that is
    /// corrected and was compared. Its name with its unit, and its error before and after.
    #[must_use]
    pub fn primary_metric(&self, without: Without) -> (&'static str, f64, f64) {
        let (before, after) = (&self.uncorrected, &self.corrected);
        let levels = before.levels > 0 && !(without.levels && without.displacement);
        if levels || (without.decays && without.frequencies) {
            ("dB in the levels of H2-H8", before.level_db, after.level_db)
        } else if !without.decays {
            ("octaves in the decays", before.decay_log2, after.decay_log2)
        } else {
            ("cents", before.frequency_cents, after.frequency_cents)
        }
    }
}

impl Errors {
    /// Means over notes.
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
