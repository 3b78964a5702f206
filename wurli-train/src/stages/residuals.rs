//! Stage 5, `residuals`: what the recordings show less what the model shows, as a training set.
//!
//! Displacement first: what a change of the reed's swing explains of a note's levels goes to `displacement_scale`, and the model is
//! measured again with it; only what then remains goes to levels and decays. A quantity that was not observed has no
//! target.

use serde::{Deserialize, Serialize};
use wurli_voice::corrections::{
    DECAYS, DISPLACEMENT, FREQUENCIES, IDENTITY_OUTPUTS, LEVELS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS,
};
use wurli_voice::{Instrument, MlpCorrections};

use crate::decays::DecayResponse;
use crate::displacement::{self, Evidence};
use crate::dsp::interval_cents;
use crate::measure::{HARMONICS, Measurement, Status};
use crate::weights::{midi_to_input, velocity_to_input};

use super::harmonics::MeasuredNote;
use super::isolation::Tier;
use super::render::{self, Request};

/// Changes with whatever changes a residual.
pub const VERSION: u32 = 4;

/// One note of the training set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The recording that it comes from.
    pub file: String,
    /// Which of the recording's notes it is.
    pub note: usize,
    /// Key, MIDI.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
    /// Isolation tier.
    pub tier: Tier,
    /// Scaled note and velocity, 0..=1.
    pub inputs: [f32; 2],
    /// Corrections that would make the model sound like the recording, in the order of [`wurli_voice::corrections`]; the identity
    /// where `mask` is false.
    pub targets: [f32; OUTPUTS],
    /// Which targets were observed.
    pub mask: [bool; OUTPUTS],
    /// What other decay ratios than the targets do.
    pub decays: DecayResponse,
    /// Weight in the loss: that of the tier.
    pub weight: f32,
}

/// The training set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingSet {
    /// Its notes, by file and onset.
    pub rows: Vec<Row>,
}

/// How the model's rendering of a note was measured: with the length and the velocity of the recorded one.
#[must_use]
pub fn request(measured: &MeasuredNote) -> Request {
    let event = &measured.note.event;
    Request::plain(event.midi, event.velocity, event.offset_s - event.onset_s)
}

/// Residuals of the notes of one recording; `rendered` are the model's measurements of the same notes. Notes of which either
/// could not be measured have no row.
#[must_use]
pub fn run(file: &str, recorded: &[MeasuredNote], rendered: &[Option<Measurement>]) -> Vec<Row> {
    recorded
        .iter()
        .zip(rendered)
        .enumerate()
        .filter_map(|(index, (note, model))| {
            Some(Row { note: index, ..row(file, note, note.measurement.as_ref()?, model.as_ref()?)? })
        })
        .collect()
}

fn row(file: &str, measured: &MeasuredNote, real: &Measurement, model: &Measurement) -> Option<Row> {
    let event = &measured.note.event;
    let mut targets = IDENTITY_OUTPUTS;
    let mut mask = [false; OUTPUTS];
    let mut set = |output: usize, value: f64| {
        targets[output] = (value as f32).clamp(MIN_OUTPUTS[output], MAX_OUTPUTS[output]);
        mask[output] = true;
    };

    let scale = displacement::explain(&Instrument::EP200, event.midi, event.velocity, &evidence(real, model));
    let explained = scale.map(|scale| {
        let corrections = MlpCorrections { displacement_scale: scale as f32, ..MlpCorrections::IDENTITY };
        render::run(&request(measured).corrected(&corrections))
    });
    let model = match &explained {
        Some(again) => again.as_ref()?,
        None => model,
    };
    // Displacement and levels belong to a velocity: of a note whose velocity is an estimate they would teach the wrong one. Tuning
    // and decays hardly depend on it.
    if let Some(scale) = scale.filter(|_| event.velocity_known) {
        set(DISPLACEMENT, scale);
    }

    let levels = if event.velocity_known { level_residuals_db(real, model) } else { [None; HARMONICS] };
    for (i, real_harmonic) in real.harmonics.iter().enumerate().skip(1) {
        let output = i - 1;
        if let Some(residual_db) = levels[i] {
            set(LEVELS + output, residual_db);
        }
        if let Some(frequency_hz) = real_harmonic.frequency_hz.valid() {
            // The model's harmonics are exact multiples, also where a null of the pickup hides one.
            set(FREQUENCIES + output, interval_cents(frequency_hz, (i + 1) as f64 * model.f0_hz));
        }
    }
    if !mask.contains(&true) {
        return None;
    }
    let place = (event.midi, event.velocity);
    let (decays, known) = DecayResponse::of(&Instrument::EP200, place, scale.unwrap_or(1.0), real, model);
    for (output, ratio) in decays.ratios().into_iter().enumerate().filter(|(output, _)| known[*output]) {
        targets[DECAYS + output] = ratio.clamp(MIN_OUTPUTS[DECAYS], MAX_OUTPUTS[DECAYS]);
        mask[DECAYS + output] = true;
    }
    // The tuning of the reed is that of H2, which has an output; where it was not heard, H1 says the same.
    if let Some(f0_hz) = real.harmonics[0].frequency_hz.valid().filter(|_| !mask[FREQUENCIES]) {
        targets[FREQUENCIES] = interval_cents(f0_hz, model.f0_hz) as f32;
        mask[FREQUENCIES] = true;
    }
    Some(Row {
        file: file.to_owned(),
        note: 0,
        midi: event.midi,
        velocity: event.velocity,
        tier: measured.note.tier,
        inputs: [midi_to_input(event.midi) as f32, velocity_to_input(event.velocity) as f32],
        targets,
        mask,
        decays,
        weight: measured.note.tier.weight() as f32,
    })
}

/// Levels of H1–H8, recording less model, dB, 50–450 ms after the onset: the window about [`wurli_voice::LEVEL_REFERENCE_S`], where
/// level offsets act; of a note too short for it, in the early sustain. A model quieter than the recording's noise is taken
/// to be at that noise.
#[must_use]
pub fn level_residuals_db(real: &Measurement, model: &Measurement) -> [Option<f64>; HARMONICS] {
    evidence(real, model).map(|level| match level? {
        Evidence::Measured(residual_db) => Some(residual_db),
        Evidence::AtMost(_) => None,
    })
}

fn evidence(real: &Measurement, model: &Measurement) -> [Option<Evidence>; HARMONICS] {
    std::array::from_fn(|i| {
        let (recorded, rendered) = (&real.harmonics[i], &model.harmonics[i]);
        let (recorded_db, rendered_db) = match recorded.levels.steady_db.status {
            Status::TooShort => (recorded.levels.early_db, rendered.levels.early_db),
            _ => (recorded.levels.steady_db, rendered.levels.steady_db),
        };
        let residual_db = recorded_db.value.max(recorded.floor_db) - rendered_db.value.max(recorded.floor_db);
        match recorded_db.status {
            Status::Valid => Some(Evidence::Measured(residual_db)),
            Status::UnderNoise => Some(Evidence::AtMost(residual_db)),
            _ => None,
        }
    })
}
