//! Errors of an instrument's closed form relative to measured notes, without rendering.

use wurli_voice::{Instrument, harmonic_amplitudes};

use crate::voice_fit::FitNote;
use crate::voice_fit::errors::{DecayError, Errors, LevelError};
use crate::voice_fit::upper::{self, UpperLevels};
use wurli_train::dsp::{amplitude_to_db, line};
use wurli_train::measure::note::LEVEL_WINDOWS_S;
use wurli_train::measure::{HARMONICS, Harmonic, Levels, Reading, decay};

/// Points per window at which amplitudes are evaluated.
const WINDOW_POINTS: usize = 6;
/// Points per decay at which levels are evaluated.
const DECAY_POINTS: usize = 12;
/// Fewest points of a slope.
const MIN_DECAY_POINTS: usize = 3;

/// A measured note, prepared for comparison.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) midi: u8,
    velocity: f64,
    windows: Vec<Window>,
    upper: Vec<UpperLevels>,
    decay_times_s: [f64; DECAY_POINTS],
    decays: Vec<Decay>,
}

#[derive(Clone, Debug)]
struct Window {
    from_s: f64,
    to_s: f64,
    /// The steady window, 50–450 ms.
    steady: bool,
    levels: Vec<Level>,
}

#[derive(Clone, Copy, Debug)]
struct Level {
    /// 1 is H1.
    harmonic: usize,
    measured_db: f64,
    floor_db: f64,
}

#[derive(Clone, Copy, Debug)]
struct Decay {
    harmonic: usize,
    measured_db_per_s: f64,
    /// Number of points above the noise of the recording.
    points: usize,
}

impl Target {
    /// Collects the levels of H2–H8 and the decays of a note. The attack is excluded: it depends on
    /// the hammer.
    pub(super) fn new(note: &FitNote) -> Self {
        let measured = &note.measurement;
        let harmonics = || measured.harmonics.iter().zip(1..);
        let floor_db = |harmonic: &Harmonic, window_s: f64| {
            // The noise in one bin grows as the window shortens.
            harmonic.floor_db + 10.0 * (measured.floor_window_s / window_s).max(f64::MIN_POSITIVE).log10()
        };
        let [_, early, sustain, steady] = LEVEL_WINDOWS_S;
        let levels = |read: fn(&Levels) -> Reading, (from_s, to_s): (f64, f64), steady: bool| {
            let to_s = to_s.min(note.duration_s);
            let level = |(harmonic, number): (&Harmonic, usize)| {
                let reading = read(&harmonic.levels);
                let measured_db = reading.valid().filter(|_| number > 1)?;
                Some(Level { harmonic: number, measured_db, floor_db: floor_db(harmonic, to_s - from_s) })
            };
            Window { from_s, to_s, steady, levels: harmonics().filter_map(level).collect() }
        };
        let windows = vec![
            levels(|levels| levels.steady_db, steady, true),
            levels(|levels| levels.early_db, early, false),
            levels(|levels| levels.sustain_db, sustain, false),
        ];

        let until_s = decay::LATEST_S.min(note.duration_s - decay::MARGIN_S);
        let fraction = |i: usize| i as f64 / (DECAY_POINTS - 1) as f64;
        let decay_times_s = std::array::from_fn(|i| decay::BEGIN_S + fraction(i) * (until_s - decay::BEGIN_S));
        let decays = harmonics().filter_map(|(harmonic, number)| {
            let measured_db_per_s = harmonic.decay_db_per_s.valid()?;
            // The harmonic falls from the centre of the early window to the noise floor.
            let level_db = harmonic.levels.early_db.value;
            let window_s = decay::window_s(measured.f0_hz);
            let above_db = level_db - floor_db(harmonic, window_s) - decay::ABOVE_FLOOR_DB;
            let followed_s = (early.0 + early.1) / 2.0 + above_db / measured_db_per_s.max(f64::MIN_POSITIVE);
            let points = decay_times_s.iter().take_while(|time_s| **time_s <= followed_s).count();
            Some(Decay { harmonic: number, measured_db_per_s, points: points.max(MIN_DECAY_POINTS) })
        });
        Self {
            midi: note.midi,
            velocity: f64::from(note.velocity) / 127.0,
            windows,
            upper: note.upper.clone(),
            decay_times_s,
            decays: decays.collect(),
        }
    }

    /// Adds the errors of `instrument` on this note.
    pub(super) fn add_errors(&self, instrument: &Instrument, errors: &mut Errors) {
        for window in self.windows.iter().filter(|window| !window.levels.is_empty()) {
            let amplitudes: [f64; HARMONICS] = self.windowed_amplitudes((window.from_s, window.to_s), instrument);
            let [first, ..] = amplitudes;
            for level in &window.levels {
                let amplitude = amplitudes.get(level.harmonic - 1).copied().unwrap_or(0.0);
                let model_db = amplitude_to_db(amplitude.abs()) - amplitude_to_db(first.abs());
                errors.add_level(LevelError {
                    midi: self.midi,
                    harmonic: level.harmonic,
                    steady: window.steady,
                    error_db: model_db.max(level.floor_db) - level.measured_db,
                });
            }
        }
        for window in &self.upper {
            let amplitudes: [f64; upper::HIGHEST] = self.windowed_amplitudes((window.from_s, window.to_s), instrument);
            let first_db = amplitude_to_db(amplitudes[0].abs());
            for (harmonic, measured_db) in &window.levels {
                let model_db = amplitude_to_db(amplitudes[harmonic - 1].abs()) - first_db;
                errors.add_upper(model_db.max(window.floor_db) - measured_db.max(window.floor_db));
            }
        }
        if self.decays.is_empty() {
            return;
        }
        let envelopes = self.decay_times_s.map(|time_s| {
            let mut amplitudes = [0.0; HARMONICS];
            harmonic_amplitudes(instrument, self.midi, self.velocity, 1.0, time_s, &mut amplitudes);
            amplitudes
        });
        for decay in &self.decays {
            let mut points = [(0.0, 0.0); DECAY_POINTS];
            for ((point, time_s), envelope) in points.iter_mut().zip(self.decay_times_s).zip(&envelopes) {
                let amplitude = envelope.get(decay.harmonic - 1).copied().unwrap_or(0.0);
                *point = (time_s, amplitude_to_db(amplitude.abs()));
            }
            let followed = points.get(..decay.points).unwrap_or(&points);
            if let Some(line) = line::fit(followed) {
                let (model_db_per_s, measured_db_per_s) = (-line.slope, decay.measured_db_per_s);
                errors.add_decay(DecayError { model_db_per_s, measured_db_per_s });
            }
        }
    }

    /// Returns the Hann-weighted mean of the signed amplitudes, in which a change of sign cancels
    /// as in a DFT.
    fn windowed_amplitudes<const N: usize>(&self, (from_s, to_s): (f64, f64), instrument: &Instrument) -> [f64; N] {
        let mut sums = [0.0; N];
        for i in 0..WINDOW_POINTS {
            let fraction = (i as f64 + 0.5) / WINDOW_POINTS as f64;
            let weight = (std::f64::consts::PI * fraction).sin().powi(2);
            let mut amplitudes = [0.0; N];
            let time_s = from_s + fraction * (to_s - from_s);
            harmonic_amplitudes(instrument, self.midi, self.velocity, 1.0, time_s, &mut amplitudes);
            for (sum, amplitude) in sums.iter_mut().zip(amplitudes) {
                *sum += weight * amplitude;
            }
        }
        sums
    }
}
