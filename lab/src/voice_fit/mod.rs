//! The constants of the reference voice, from measured notes: the fit that [`wurli_voice::Instrument::EP200`] came from.
//!
//! The pickup's harmonics have a closed form, so an instrument is tried in a fraction of a millisecond. The objective is the
//! mean absolute error of the levels of H2–H8, in dB (two thirds of it 50–450 ms after the onset, one third in the windows that
//! divide it), plus [`FitSettings::decay_weight_db`] times the mean |log₂ ratio| of the decays, plus what is known of the
//! circuit: absolute errors, because a reed that is badly adjusted shall not bend the law for the others. It has many
//! minima, so the search begins at several seeded places.

use std::collections::BTreeSet;

use wurli_voice::Instrument;

use wurli_train::measure::Measurement;
use wurli_train::random::Random;
use wurli_train::renderer::measured;
use wurli_train::renderer::measured::Request;

mod errors;
mod objective;
mod parameters;
mod report;
mod simplex;

pub use errors::{Errors, Mean};
use objective::Target;
use simplex::{Minimum, Search};

/// Reach of the places around the start and around the best place, in steps of the search.
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
    /// What was measured.
    pub measurement: Measurement,
}

/// How to search. The same settings give the same bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitSettings {
    /// What an octave of error in a decay weighs, in dB of level.
    pub decay_weight_db: f64,
    /// What a deviation of the circuit from its schematics weighs: dB at √2 standard deviations.
    pub prior_weight_db: f64,
    /// Places where the search begins: the start itself, others around it, and for the second half, others around the best
    /// place found so far.
    pub starts: usize,
    /// Where those places are drawn from.
    pub seed: u64,
    /// Evaluations of the objective in each of the first searches; the best of them is refined with ten times as many.
    pub evaluations: usize,
    /// Whether to fit once more without each key, for [`FitResult::left_out`].
    pub leave_one_out: bool,
}

impl Default for FitSettings {
    fn default() -> Self {
        Self { decay_weight_db: 2.0, prior_weight_db: 0.1, starts: 64, seed: 9, evaluations: 1000, leave_one_out: true }
    }
}

/// How far a fit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FitProgress {
    /// Searches done.
    pub done: usize,
    /// Searches in all.
    pub searches: usize,
}

/// What a fit found; its `Display` is the constants as Rust, and the errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitResult {
    /// The instrument with the fitted constants.
    pub instrument: Instrument,
    /// Errors of the instrument that the fit began with, by the closed form.
    pub before: Errors,
    /// Errors of the fitted one, by the closed form.
    pub after: Errors,
    /// Errors of the fitted one, rendered and measured as the recordings were.
    pub rendered: Errors,
    /// Errors on each key of a fit to the other keys; empty if it was not asked for. It shows a law with too many terms.
    pub left_out: Errors,
}

/// Fits the constants of an instrument to `notes`, beginning at `start`; `progress` hears of every search that is done.
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
        // First from afar around the start, then nearer by around the best place yet.
        let (mut place, reach) = match &best {
            Some(best) if 2 * attempt >= settings.starts => (best.point.clone(), NEAR),
            Some(_) => (parameters::coordinates(start), FAR),
            None => (parameters::coordinates(start), 0.0),
        };
        for (coordinate, step) in place.iter_mut().zip(parameters::steps()) {
            *coordinate += reach * step * random.within_one();
        }
        let found = search(&all, start, &place, settings, settings.evaluations);
        if best.as_ref().is_none_or(|best| found.value < best.value) {
            best = Some(found);
        }
        report();
    }
    let place = best.map_or_else(|| parameters::coordinates(start), |best| best.point);
    let place = search(&all, start, &place, settings, 10 * settings.evaluations).point;
    let instrument = parameters::instrument_at(start, &place);
    report();

    let mut left_out = Errors::default();
    for key in keys {
        let (of_key, others): (Vec<&Target>, Vec<&Target>) = targets.iter().partition(|target| target.midi == key);
        let found = search(&others, start, &place, settings, 2 * settings.evaluations);
        let without = parameters::instrument_at(start, &found.point);
        of_key.iter().for_each(|target| target.compare(&without, &mut left_out));
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

/// Errors of an instrument that is rendered and measured as the recordings were.
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
    place: &[f64],
    settings: &FitSettings,
    evaluations: usize,
) -> Minimum {
    let search = Search { evaluations, tolerance: 1e-5, worthwhile: 1e-3 };
    simplex::minimise(place, &parameters::steps(), &search, |coordinates| {
        let errors = errors(targets, &parameters::instrument_at(around, coordinates));
        let [steady_db, course_db] = [errors.level_db, errors.course_db].map(|mean| mean.value().unwrap_or(0.0));
        (2.0 * steady_db + course_db) / 3.0
            + settings.decay_weight_db * errors.decay_log2.value().unwrap_or(0.0)
            + settings.prior_weight_db * parameters::neg_log_prior(coordinates)
    })
}

fn errors(targets: &[&Target], instrument: &Instrument) -> Errors {
    let mut errors = Errors::default();
    targets.iter().for_each(|target| target.compare(instrument, &mut errors));
    errors
}
