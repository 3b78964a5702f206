//! One harmonic of one note: readings, targets and errors.

use rayon::prelude::*;
use serde::Serialize;
use wurli_train::comparison::{NoteErrors, corrections_of, rerender};
use wurli_train::dsp::interval_cents;
use wurli_train::isolation::{MeasuredNote, Tier};
use wurli_train::measure::{Harmonic, Measurement, Reading, Status};
use wurli_train::note_name::note_name;
use wurli_train::pipeline::Analysed;
use wurli_train::renderer::{RenderError, Renderer};
use wurli_train::targets::Row;
use wurli_voice::MlpCorrections;
use wurli_voice::instrument::midi_to_hz;
use wurli_weights::Weights;

use super::reasons::{Reason, Reasons};

/// Window in which a level is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Window {
    /// 50–450 ms after the onset.
    Steady,
    /// 50–200 ms, for notes too short for [`Steady`](Self::Steady).
    Early,
}

/// Readings of one quantity in the recording and in both renderings.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Quantity {
    pub(super) recorded: Option<Reading>,
    pub(super) model: Option<Reading>,
    pub(super) corrected: Option<Reading>,
    /// The reading of the recording is a training target.
    pub(super) target: bool,
    /// Reason if it is none, or a remark.
    pub(super) why: Option<&'static str>,
}

/// One harmonic of one note.
#[derive(Debug, Serialize)]
pub(super) struct HarmonicRow {
    pub(super) file: String,
    pub(super) onset_s: f64,
    pub(super) midi: u8,
    pub(super) note: String,
    pub(super) velocity: u8,
    pub(super) velocity_known: bool,
    tier: Tier,
    pub(super) window: Window,
    /// Noise floor around the recorded harmonic, dB re H1.
    pub(super) floor_db: Option<f64>,
    /// Level, dB re H1.
    pub(super) level_db: Quantity,
    /// Interval from the multiple of the key's frequency in equal temperament at A4 = 440 Hz.
    pub(super) frequency_cents: Quantity,
    pub(super) decay_db_per_s: Quantity,
    /// Errors of all harmonics without corrections, and below with them.
    #[serde(skip)]
    pub(super) before: Option<NoteErrors>,
    #[serde(skip)]
    pub(super) after: Option<NoteErrors>,
}

/// Collects the harmonic with this index (0 is H1) in every note of a recording.
pub(super) fn harmonic_rows(
    renderer: &dyn Renderer,
    analysed: &Analysed,
    weights: Option<&Weights>,
    index: usize,
) -> Result<Vec<HarmonicRow>, RenderError> {
    let notes = analysed.measured.par_iter().zip(&analysed.rendered).enumerate().map(|(i, (note, uncorrected))| {
        let row = analysed.rows.iter().find(|row| row.note == i);
        harmonic_row(renderer, &analysed.recording.file, note, (uncorrected.as_ref(), row), weights, index)
    });
    notes.collect()
}

fn harmonic_row(
    renderer: &dyn Renderer,
    file: &str,
    note: &MeasuredNote,
    (uncorrected, row): (Option<&Measurement>, Option<&Row>),
    weights: Option<&Weights>,
    index: usize,
) -> Result<HarmonicRow, RenderError> {
    let event = &note.note.event;
    let real = note.measurement.as_ref();
    let errors =
        |(real, model)| NoteErrors::compare(renderer, real, model, &MlpCorrections::IDENTITY, event.velocity_known);
    let corrected =
        weights.map(|weights| rerender(renderer, note, &corrections_of(weights, note))).transpose()?.flatten();
    let measurements = [real, uncorrected, corrected.as_ref().map(|rendered| &rendered.measurement)];
    let harmonics = measurements.map(|measurement| measurement.map(|m| &m.harmonics[index]));

    let short = |harmonic: &Harmonic| harmonic.levels.steady_db.status == Status::TooShort;
    let window = if harmonics[0].is_some_and(short) { Window::Early } else { Window::Steady };
    let level = |harmonic: &Harmonic| match window {
        Window::Early => harmonic.levels.early_db,
        Window::Steady => harmonic.levels.steady_db,
    };
    let excluded = row.is_some_and(|row| row.weight == 0.0);
    let multiple_hz = (index + 1) as f64 * midi_to_hz(event.midi);
    let cents = |harmonic: &Harmonic| {
        let Reading { value, status } = harmonic.frequency_hz;
        Reading { value: interval_cents(value, multiple_hz), status }
    };
    let quantity = |reading: &dyn Fn(&Harmonic) -> Reading, (target, why): Reason| {
        let [recorded, model, corrected] = harmonics.map(|harmonic| harmonic.map(reading));
        let (target, why) = if excluded { (false, Some("of another key")) } else { (target, why) };
        Quantity { recorded, model, corrected, target, why }
    };
    let reasons = Reasons { note, uncorrected, row, index };
    let compared = |model| real.filter(|_| !excluded).zip(model).map(errors);
    Ok(HarmonicRow {
        file: file.to_owned(),
        onset_s: event.onset_s,
        midi: event.midi,
        note: note_name(event.midi),
        velocity: event.velocity,
        velocity_known: event.velocity_known,
        tier: note.note.tier,
        window,
        floor_db: harmonics[0].map(|harmonic| harmonic.floor_db),
        level_db: quantity(&level, reasons.level(&level)),
        frequency_cents: quantity(&cents, reasons.frequency()),
        decay_db_per_s: quantity(&|harmonic| harmonic.decay_db_per_s, reasons.decay()),
        before: compared(uncorrected),
        after: corrected.filter(|_| !excluded).map(|rendered| rendered.errors),
    })
}
