//! Fit of the reference voice's constants to measured notes, the source of
//! [`wurli_voice::Instrument::EP200`].
//!
//! The objective is the mean absolute level error of H2–H8, in dB, plus
//! [`FitSettings::upper_weight`] times that of H9–H32, plus [`FitSettings::decay_weight_db`] times
//! the mean |log₂ ratio| of the decays, plus the prior of the circuit. Two thirds of the level error
//! are from 50–450 ms after the onset, one third from the windows 50–200 and 200–800 ms. Absolute
//! errors keep badly adjusted reeds from bending the laws for the others. The pickup's closed form
//! makes an evaluation fast; many minima make several starts necessary.

use std::collections::BTreeSet;

use wurli_voice::Instrument;

use wurli_train::measure::Measurement;
use wurli_train::random::Random;
use wurli_train::renderer::measured;
use wurli_train::renderer::measured::Request;

mod display;
mod errors;
mod nelder_mead;
mod objective;
mod parameters;
mod upper;

pub use errors::{Errors, Mean};
use nelder_mead::{Minimum, SearchLimits};
use objective::Target;
pub use upper::UpperLevels;

/// Spread of the starting points around the first one, and around the best minimum, in steps of the
/// search.
const FAR: f64 = 2.0;
const NEAR: f64 = 0.7;

/// A measured note.
#[derive(Clone, Debug, PartialEq)]
pub struct FitNote {
    /// Key, MIDI.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
    /// Length from onset to end, s.
    pub duration_s: f64,
    /// Measurement of the recording.
    pub measurement: Measurement,
    /// Levels of its harmonics above H8.
    pub upper: Vec<UpperLevels>,
}

/// Settings of a fit, which is deterministic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitSettings {
    /// Weight of a decay error of one octave, in dB of level error.
    pub decay_weight_db: f64,
    /// Weight of the levels of H9–H32 relative to those of H2–H8.
    pub upper_weight: f64,
    /// Weight of the circuit's prior: dB at √2 standard deviations.
    pub prior_weight_db: f64,
    /// Number of starting points: the given one, others around it, and for the second half, around
    /// the best minimum.
    pub starts: usize,
    /// Seed of the starting points.
    pub seed: u64,
    /// Evaluations of the objective per search; the best one is refined with ten times as many.
    pub evaluations: usize,
    /// Runs leave-one-key-out cross-validation for [`FitResult::left_out`].
    pub leave_one_out: bool,
}

impl Default for FitSettings {
    fn default() -> Self {
        Self {
            decay_weight_db: 2.0,
            upper_weight: 3.0,
            prior_weight_db: 0.1,
            starts: 64,
            seed: 9,
            evaluations: 1000,
            leave_one_out: true,
        }
    }
}

/// Progress of a fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FitProgress {
    /// Finished searches.
    pub done: usize,
    /// All searches.
    pub searches: usize,
}

/// Result of a fit. `Display` prints the constants as Rust, and the errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitResult {
    /// Instrument with the fitted constants.
    pub instrument: Instrument,
    /// Errors of the initial instrument, by the closed form.
    pub before: Errors,
    /// Errors of the fitted instrument, by the closed form.
    pub after: Errors,
    /// Errors of the fitted instrument, rendered and measured like the recordings.
    pub rendered: Errors,
    /// Cross-validated errors: on each key, of a fit to the other keys. Empty without
    /// [`FitSettings::leave_one_out`].
    pub left_out: Errors,
}

/// Fits the constants of an instrument to `notes`, from `start` on. Calls `progress` after every
/// search.
pub fn fit(
    notes: &[FitNote],
    start: &Instrument,
    settings: &FitSettings,
    progress: &mut dyn FnMut(FitProgress),
) -> FitResult {
    let targets: Vec<Target> = notes.iter().map(Target::new).collect();
    let keys: BTreeSet<u8> = targets.iter().filter(|_| settings.leave_one_out).map(|target| target.midi).collect();
    let searches = settings.starts.max(1) + 1 + keys.len();
    let mut done = 0;
    let mut report = || {
        done += 1;
        progress(FitProgress { done, searches });
    };

    let all: Vec<&Target> = targets.iter().collect();
    let mut random = Random(settings.seed);
    let mut best: Option<Minimum> = None;
    for attempt in 0..settings.starts.max(1) {
        // First a wide spread around the start, then a narrow one around the best minimum.
        let (mut point, spread) = match &best {
            Some(best) if 2 * attempt >= settings.starts => (best.point.clone(), NEAR),
            Some(_) => (parameters::coordinates(start), FAR),
            None => (parameters::coordinates(start), 0.0),
        };
        for (coordinate, step) in point.iter_mut().zip(parameters::steps()) {
            *coordinate += spread * step * random.within_one();
        }
        let found = search(&all, start, &point, settings, settings.evaluations);
        if best.as_ref().is_none_or(|best| found.value < best.value) {
            best = Some(found);
        }
        report();
    }
    let point = best.map_or_else(|| parameters::coordinates(start), |best| best.point);
    let point = search(&all, start, &point, settings, 10 * settings.evaluations).point;
    let instrument = parameters::instrument_at(start, &point);
    report();

    let mut left_out = Errors::default();
    for key in keys {
        let (left_out_notes, others): (Vec<&Target>, Vec<&Target>) =
            targets.iter().partition(|target| target.midi == key);
        let found = search(&others, start, &point, settings, 2 * settings.evaluations);
        let without = parameters::instrument_at(start, &found.point);
        left_out_notes.iter().for_each(|target| target.add_errors(&without, &mut left_out));
        report();
    }
    FitResult {
        instrument,
        before: errors(&all, start),
        after: errors(&all, &instrument),
        rendered: rendered_errors(notes, &instrument),
        left_out,
    }
}

/// Returns the errors of an instrument, rendered and measured like the recordings.
#[must_use]
pub fn rendered_errors(notes: &[FitNote], instrument: &Instrument) -> Errors {
    let mut errors = Errors::default();
    for note in notes {
        let request = Request::plain(note.midi, note.velocity, note.duration_s);
        if let Some(rendering) = measured::render_instrument(*instrument, &request) {
            errors.add_rendering(note.midi, &note.measurement, &rendering);
        }
    }
    errors
}

fn search(
    targets: &[&Target],
    around: &Instrument,
    start: &[f64],
    settings: &FitSettings,
    evaluations: usize,
) -> Minimum {
    let limits = SearchLimits { evaluations, tolerance: 1e-5, least_gain: 1e-3 };
    nelder_mead::minimise(start, &parameters::steps(), &limits, |coordinates| {
        let errors = errors(targets, &parameters::instrument_at(around, coordinates));
        let [steady_db, course_db] = [errors.level_db, errors.course_db].map(|mean| mean.value().unwrap_or(0.0));
        (2.0 * steady_db + course_db) / 3.0
            + settings.upper_weight * errors.upper_db.value().unwrap_or(0.0)
            + settings.decay_weight_db * errors.decay_log2.value().unwrap_or(0.0)
            + settings.prior_weight_db * parameters::neg_log_prior(coordinates)
    })
}

fn errors(targets: &[&Target], instrument: &Instrument) -> Errors {
    let mut errors = Errors::default();
    targets.iter().for_each(|target| target.add_errors(instrument, &mut errors));
    errors
}
