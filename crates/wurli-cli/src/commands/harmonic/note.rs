//! What there is to know of one harmonic of one note.

use rayon::prelude::*;
use serde::Serialize;
use wurli_train::comparison::{NoteErrors, corrections_of, rerender};
use wurli_train::dsp::interval_cents;
use wurli_train::isolation::MeasuredNote;
use wurli_train::isolation::Tier;
use wurli_train::measure::{Harmonic, Measurement, Reading, Status};
use wurli_train::note_name::note_name;
use wurli_train::pipeline::Analysed;
use wurli_train::renderer::{RenderError, Renderer};
use wurli_train::targets::Row;
use wurli_train::targets::decays::{SLOWEST_DECAY_DB_PER_S, usable_decay_db_per_s};
use wurli_voice::MlpCorrections;
use wurli_voice::corrections::{DECAYS, FREQUENCIES, LEVELS};
use wurli_voice::instrument::midi_to_hz;
use wurli_weights::Weights;

/// The recording says something, but the model could not be measured, or it does not decay.
const MODEL_UNCLEAR: &str = "model unclear";

/// The window in which a level was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Window {
    /// 50–450 ms after the onset.
    Steady,
    /// 50–200 ms: the note is too short for the other.
    Early,
}

/// One quantity in the recording and in both renderings, and whether the training learns from it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Quantity {
    pub(super) recorded: Option<Reading>,
    pub(super) model: Option<Reading>,
    pub(super) corrected: Option<Reading>,
    /// Whether it is a target of the training.
    pub(super) target: bool,
    /// Why it is not, or by what else it is.
    pub(super) why: Option<&'static str>,
}

/// One harmonic of one note.
#[derive(Debug, Serialize)]
pub(super) struct NoteOfHarmonic {
    pub(super) file: String,
    pub(super) onset_s: f64,
    pub(super) midi: u8,
    pub(super) note: String,
    pub(super) velocity: u8,
    pub(super) velocity_known: bool,
    tier: Tier,
    pub(super) window: Window,
    /// Noise about the recorded harmonic, dB re H1.
    pub(super) floor_db: Option<f64>,
    /// Level, dB re H1.
    pub(super) level_db: Quantity,
    /// Distance from the multiple of the key's frequency in equal temperament at A4 = 440 Hz.
    pub(super) frequency_cents: Quantity,
    pub(super) decay_db_per_s: Quantity,
    /// Errors of all harmonics, without and with corrections.
    #[serde(skip)]
    pub(super) before: Option<NoteErrors>,
    #[serde(skip)]
    pub(super) after: Option<NoteErrors>,
}

/// The `index`-th harmonic from H1 on, in every note of a recording.
pub(super) fn notes_of(
    renderer: &dyn Renderer,
    found: &Analysed,
    weights: Option<&Weights>,
    index: usize,
) -> Result<Vec<NoteOfHarmonic>, RenderError> {
    let notes = found.measured.par_iter().zip(&found.rendered).enumerate().map(|(i, (note, plain))| {
        let row = found.rows.iter().find(|row| row.note == i);
        of_note(renderer, &found.recording.file, note, (plain.as_ref(), row), weights, index)
    });
    notes.collect()
}

fn of_note(
    renderer: &dyn Renderer,
    file: &str,
    note: &MeasuredNote,
    (plain, row): (Option<&Measurement>, Option<&Row>),
    weights: Option<&Weights>,
    index: usize,
) -> Result<NoteOfHarmonic, RenderError> {
    let event = &note.note.event;
    let real = note.measurement.as_ref();
    let errors_of =
        |(real, model)| NoteErrors::compare(renderer, real, model, &MlpCorrections::IDENTITY, event.velocity_known);
    let corrected =
        weights.map(|weights| rerender(renderer, note, &corrections_of(weights, note))).transpose()?.flatten();
    let measurements = [real, plain, corrected.as_ref().map(|rendered| &rendered.measurement)];
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
    let quantity = |reading: &dyn Fn(&Harmonic) -> Reading, (target, why): (bool, Option<&'static str>)| {
        let [recorded, model, corrected] = harmonics.map(|harmonic| harmonic.map(reading));
        let (target, why) = if excluded { (false, Some("of another key")) } else { (target, why) };
        Quantity { recorded, model, corrected, target, why }
    };
    let reasons = Reasons { note, plain, row, index };
    let compared = |model| real.filter(|_| !excluded).zip(model).map(errors_of);
    Ok(NoteOfHarmonic {
        file: file.to_owned(),
        onset_s: event.onset_s,
        midi: event.midi,
        note: note_name(event.midi),
        velocity: event.velocity,
        velocity_known: event.velocity_known,
        tier: note.note.tier,
        window,
        floor_db: harmonics[0].map(|harmonic| harmonic.floor_db),
        level_db: quantity(&level, reasons.of_level(&level)),
        frequency_cents: quantity(&cents, reasons.of_frequency()),
        decay_db_per_s: quantity(&|harmonic| harmonic.decay_db_per_s, reasons.of_decay()),
        before: compared(plain),
        after: corrected.filter(|_| !excluded).map(|rendered| rendered.errors),
    })
}

/// Why the training learns from a note, or does not.
struct Reasons<'a> {
    note: &'a MeasuredNote,
    plain: Option<&'a Measurement>,
    row: Option<&'a Row>,
    index: usize,
}

type Reason = (bool, Option<&'static str>);

impl Reasons<'_> {
    /// H1 has no level of its own: it is what levels are relative to.
    fn of_level(&self, level: &dyn Fn(&Harmonic) -> Reading) -> Reason {
        let Some(output) = self.index.checked_sub(1) else { return (false, Some("the reference")) };
        if self.is_target(LEVELS + output) {
            return (true, None);
        }
        let of_measured = || if self.note.note.event.velocity_known { None } else { Some("velocity guessed") };
        (false, self.first_reason(level).or_else(of_measured).or(Some(MODEL_UNCLEAR)))
    }

    /// The tuning of the reed is learnt from H2; where that was not heard, from H1.
    fn of_frequency(&self) -> Reason {
        let reading = |harmonic: &Harmonic| harmonic.frequency_hz;
        let (own, target) = (self.first_reason(&reading), self.is_target(FREQUENCIES + self.index.saturating_sub(1)));
        match (self.index, own) {
            (0, None) if target && self.harmonic(1).is_some_and(|second| second.frequency_hz.valid().is_some()) => {
                (false, Some("H2 says it"))
            }
            (0, None) if target => (true, Some("for H2")),
            (1, Some(_)) if target => (true, Some("from H1")),
            (_, None) if target => (true, None),
            (_, own) => (false, own.or(Some(MODEL_UNCLEAR))),
        }
    }

    /// The decay of the reed is learnt from H1 and H2 alike.
    fn of_decay(&self) -> Reason {
        let usable = |note: &Measurement| usable_decay_db_per_s(&note.harmonics[self.index]).is_some();
        let slow = || {
            let decay = self.harmonic(self.index)?.decay_db_per_s.value;
            (decay <= SLOWEST_DECAY_DB_PER_S).then_some(if decay < 0.0 { "growing" } else { "hardly decays" })
        };
        let own = match &self.note.measurement {
            Some(recorded) if usable(recorded) => None,
            _ => self.first_reason(&|harmonic| harmonic.decay_db_per_s).or_else(slow),
        };
        // The training reads the model at the displacement that explains the levels. That says for sure whether H3-H8 are targets;
        // whether it was H1 or H2 that the reed's decay came from is told by the plain model.
        let model = || (!self.plain.is_some_and(usable)).then_some(MODEL_UNCLEAR);
        let target = self.is_target(DECAYS + self.index.saturating_sub(1));
        match (self.index, own.or_else(model)) {
            (0, None) if target => (true, Some("for H2")),
            (1, Some(_)) if target => (true, Some("from H1")),
            (2.., _) if target => (true, None),
            (_, None) if target => (true, None),
            (_, reason) => (false, reason.or(Some(MODEL_UNCLEAR))),
        }
    }

    fn is_target(&self, output: usize) -> bool {
        self.row.is_some_and(|row| row.mask[output])
    }

    fn harmonic(&self, index: usize) -> Option<&Harmonic> {
        Some(&self.note.measurement.as_ref()?.harmonics[index])
    }

    /// What is wrong with the recorded note, or with the reading.
    fn first_reason(&self, reading: &dyn Fn(&Harmonic) -> Reading) -> Option<&'static str> {
        match self.harmonic(self.index) {
            None if self.note.note.tier == Tier::Reject => Some("note rejected"),
            None => Some("note unreadable"),
            Some(harmonic) => in_words(reading(harmonic).status),
        }
    }
}

/// What keeps a reading from counting.
fn in_words(status: Status) -> Option<&'static str> {
    match status {
        Status::Valid => None,
        Status::UnderNoise => Some("under the noise"),
        Status::TooShort => Some("too short"),
        Status::Collided => Some("collided"),
        Status::BeyondBand => Some("beyond the band"),
        Status::NotExponential => Some("not exponential"),
        Status::Unsteady => Some("unsteady"),
        Status::Hum => Some("under hum"),
    }
}
