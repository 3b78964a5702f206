//! Stage 5, `residuals`: what the recordings show less what the model shows, as a training set.
//!
//! Displacement first: what a change of the reed's swing explains of a note's levels goes to `displacement_scale`, and the model is
//! measured again with it; only what then remains goes to levels and decays. A quantity that was not observed has no
//! target.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use wurli_voice::MlpCorrections;
use wurli_voice::corrections::{
    DECAYS, DISPLACEMENT, FREQUENCIES, IDENTITY_OUTPUTS, LEVELS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS,
};

use crate::decays::DecayResponse;
use crate::displacement::{self, Evidence, Response, Swing};
use crate::dsp::interval_cents;
use crate::measure::{HARMONICS, Measurement, Status};
use crate::parallel::in_order;
use crate::renderer::{RenderError, Renderer, sounding_hz};
use crate::settings::Without;
use crate::weights::{midi_to_input, velocity_to_input};

use super::harmonics::MeasuredNote;
use super::isolation::Tier;
use super::render::{self, Request};

/// Changes with whatever changes a residual.
pub const VERSION: u32 = 5;

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
    /// What another displacement than the target does to the levels.
    pub response: Response,
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

/// The model that recordings are compared with: who plays it, and what of it is not to be corrected.
#[derive(Clone, Copy)]
pub struct Model<'a> {
    /// Who plays.
    pub renderer: &'a dyn Renderer,
    /// What has no target.
    pub without: Without,
}

/// Residuals of the notes of one recording; `rendered` are the model's measurements of the same notes. Notes of which either
/// could not be measured have no row.
///
/// # Errors
/// [`RenderError`] where the model does not play a note.
pub fn run(
    model: Model<'_>,
    file: &str,
    recorded: &[MeasuredNote],
    rendered: &[Option<Measurement>],
) -> Result<Vec<Row>, RenderError> {
    let of_note = |(index, (note, plain)): (usize, (&MeasuredNote, &Option<Measurement>))| -> Result<_, RenderError> {
        let (Some(real), Some(plain)) = (&note.measurement, plain) else { return Ok(None) };
        Ok(row(model, file, note, real, plain)?.map(|row| Row { note: index, ..row }))
    };
    let rows = in_order(recorded.par_iter().zip(rendered).enumerate(), of_note)?;
    Ok(rows.into_iter().flatten().collect())
}

fn row(
    model: Model<'_>,
    file: &str,
    measured: &MeasuredNote,
    real: &Measurement,
    plain: &Measurement,
) -> Result<Option<Row>, RenderError> {
    let Model { renderer, without } = model;
    let event = &measured.note.event;
    let mut targets = IDENTITY_OUTPUTS;
    let mut mask = [false; OUTPUTS];
    let mut set = |output: usize, value: f64| {
        targets[output] = (value as f32).clamp(MIN_OUTPUTS[output], MAX_OUTPUTS[output]);
        mask[output] = true;
    };

    let swing = if without.displacement { None } else { swing(renderer, measured, plain)? };
    let scale = swing.as_ref().and_then(|swing| displacement::explain(swing, &evidence(real, plain)));
    let explained = match scale {
        Some(scale) => Some(render::run(renderer, &request(measured).corrected(&scaled(scale)))?),
        None => None,
    };
    let model = match &explained {
        Some(Some(again)) => again,
        Some(None) => return Ok(None),
        None => plain,
    };
    // Displacement and levels belong to a velocity: of a note whose velocity is an estimate they would teach the wrong one. Tuning
    // and decays hardly depend on it.
    if let Some(scale) = scale.filter(|_| event.velocity_known) {
        set(DISPLACEMENT, scale);
    }

    let levels = if event.velocity_known { level_residuals_db(real, model) } else { [None; HARMONICS] };
    for (i, real_harmonic) in real.harmonics.iter().enumerate().skip(1) {
        let output = i - 1;
        if let Some(residual_db) = levels[i].filter(|_| !without.levels) {
            set(LEVELS + output, residual_db);
        }
        let frequency_hz = real_harmonic.frequency_hz.valid().filter(|_| !without.frequencies);
        if let (Some(frequency_hz), Some(model_hz)) = (frequency_hz, sounding_hz(renderer, model, i)) {
            set(FREQUENCIES + output, interval_cents(frequency_hz, model_hz));
        }
    }
    if !mask.contains(&true) {
        return Ok(None);
    }
    let place = (event.midi, event.velocity);
    let (decays, known) = DecayResponse::of(renderer.closed_form(), place, scale.unwrap_or(1.0), real, model);
    let known = known.map(|known| known && !without.decays);
    for (output, ratio) in decays.ratios().into_iter().enumerate().filter(|(output, _)| known[*output]) {
        targets[DECAYS + output] = ratio.clamp(MIN_OUTPUTS[DECAYS], MAX_OUTPUTS[DECAYS]);
        mask[DECAYS + output] = true;
    }
    // The tuning of the reed is that of H2, which has an output; where it was not heard, H1 says the same.
    let reed_hz = real.harmonics[0].frequency_hz.valid().filter(|_| !mask[FREQUENCIES] && !without.frequencies);
    if let Some(f0_hz) = reed_hz {
        targets[FREQUENCIES] = interval_cents(f0_hz, model.f0_hz) as f32;
        mask[FREQUENCIES] = true;
    }
    let response = swing.map_or_else(Response::none, |swing| Response::of(&swing, f64::from(targets[DISPLACEMENT])));
    Ok(Some(Row {
        file: file.to_owned(),
        note: 0,
        midi: event.midi,
        velocity: event.velocity,
        tier: measured.note.tier,
        inputs: [midi_to_input(event.midi) as f32, velocity_to_input(event.velocity) as f32],
        targets,
        mask,
        response,
        decays,
        weight: measured.note.tier.weight() as f32,
    }))
}

fn scaled(displacement_scale: f64) -> MlpCorrections {
    MlpCorrections { displacement_scale: displacement_scale as f32, ..MlpCorrections::IDENTITY }
}

/// Levels of a note at every scale of its displacement: known of the reference voice, and heard of any other. `None` where one of them
/// cannot be heard.
fn swing(renderer: &dyn Renderer, measured: &MeasuredNote, plain: &Measurement) -> Result<Option<Swing>, RenderError> {
    if let Some(instrument) = renderer.closed_form() {
        let event = &measured.note.event;
        return Ok(Some(Swing::of_instrument(instrument, event.midi, event.velocity)));
    }
    let levels = |heard: &Measurement| heard.harmonics.map(|harmonic| harmonic.levels.steady_db.value);
    Swing::heard(levels(plain), |scale| {
        let heard = render::run(renderer, &request(measured).corrected(&scaled(scale)))?;
        Ok(heard.as_ref().map(levels))
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
