//! Errors of a model relative to measurements, and their means.

use std::fmt;

use wurli_train::measure::{HARMONICS, Measurement};

/// Slowest decay that is compared, dB/s. A slower one comes from the fading overdrive of the
/// pickup. Measured ones below are ignored, modelled ones are clamped.
const LEAST_DECAY_DB_PER_S: f64 = 0.5;

/// Registers: keys below 48, 48–66, 67 and above.
const REGISTERS: [(u8, &str); 3] = [(48, "below 48"), (67, "48-66"), (u8::MAX, "67 up")];

/// Model minus measurement of one harmonic's level.
#[derive(Clone, Copy, Debug)]
pub(super) struct LevelError {
    pub(super) midi: u8,
    /// 1 is H1.
    pub(super) harmonic: usize,
    /// Measured in the steady window, 50–450 ms, and not in the early or the sustain window.
    pub(super) steady: bool,
    pub(super) error_db: f64,
}

/// Decay of one harmonic in the model and in the measurement.
#[derive(Clone, Copy, Debug)]
pub(super) struct DecayError {
    pub(super) model_db_per_s: f64,
    pub(super) measured_db_per_s: f64,
}

/// A running mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mean {
    sum: f64,
    count: usize,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    /// Returns the mean, or `None` without values.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// Returns the number of values.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }
}

/// Mean absolute errors of a model. Levels are those 50–450 ms after the onset, unless stated
/// otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Errors {
    /// Levels of H2–H8, dB.
    pub level_db: Mean,
    /// Levels of H2, H3, … H8, dB.
    pub per_harmonic_db: [Mean; HARMONICS - 1],
    /// Levels of the keys below 48, 48–66, and 67 and above, dB.
    pub per_register_db: [Mean; REGISTERS.len()],
    /// Levels of H2–H8 in 50–200 and in 200–800 ms, dB.
    pub course_db: Mean,
    /// Levels of H9–H32 in 100–400 and in 400–800 ms, down to 60 dB below the loudest harmonic, dB.
    pub upper_db: Mean,
    /// |log₂(model / measured)| of the decays of H1–H8 that were measured above 0.5 dB/s.
    pub decay_log2: Mean,
}

impl Errors {
    pub(super) fn add_level(&mut self, LevelError { midi, harmonic, steady, error_db }: LevelError) {
        let error_db = error_db.abs();
        if !steady {
            self.course_db.add(error_db);
            return;
        }
        self.level_db.add(error_db);
        let harmonic_mean = harmonic.checked_sub(2).and_then(|i| self.per_harmonic_db.get_mut(i));
        let register = REGISTERS.iter().position(|(end, _)| midi < *end);
        let register_mean = register.and_then(|i| self.per_register_db.get_mut(i));
        for mean in harmonic_mean.into_iter().chain(register_mean) {
            mean.add(error_db);
        }
    }

    pub(super) fn add_upper(&mut self, error_db: f64) {
        self.upper_db.add(error_db.abs());
    }

    pub(super) fn add_decay(&mut self, DecayError { model_db_per_s, measured_db_per_s }: DecayError) {
        if measured_db_per_s > LEAST_DECAY_DB_PER_S {
            self.decay_log2.add((model_db_per_s.max(LEAST_DECAY_DB_PER_S) / measured_db_per_s).log2().abs());
        }
    }

    /// Adds the errors of a rendering, measured like the recording.
    pub(super) fn add_rendering(&mut self, midi: u8, recording: &Measurement, rendering: &Measurement) {
        for ((recorded, rendered), harmonic) in recording.harmonics.iter().zip(&rendering.harmonics).zip(1..) {
            let windows = [
                (recorded.levels.steady_db, rendered.levels.steady_db, true),
                (recorded.levels.early_db, rendered.levels.early_db, false),
                (recorded.levels.sustain_db, rendered.levels.sustain_db, false),
            ];
            for (measured, model, steady) in windows.into_iter().filter(|_| harmonic > 1) {
                if let Some(measured_db) = measured.valid() {
                    let error_db = model.value.max(recorded.floor_db) - measured_db;
                    self.add_level(LevelError { midi, harmonic, steady, error_db });
                }
            }
            if let (Some(measured_db_per_s), Some(model_db_per_s)) =
                (recorded.decay_db_per_s.valid(), rendered.decay_db_per_s.valid())
            {
                self.add_decay(DecayError { model_db_per_s, measured_db_per_s });
            }
        }
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |mean: &Mean| mean.value().map_or("-".into(), |value| format!("{value:.2}"));
        write!(formatter, "levels {} dB ({})", number(&self.level_db), self.level_db.count())?;
        for (mean, harmonic) in self.per_harmonic_db.iter().zip(2..) {
            write!(formatter, " H{harmonic} {}", number(mean))?;
        }
        for (mean, (_, register)) in self.per_register_db.iter().zip(REGISTERS) {
            write!(formatter, ", {register}: {}", number(mean))?;
        }
        write!(formatter, "; early and sustain {} dB ({})", number(&self.course_db), self.course_db.count())?;
        write!(formatter, "; H9-H32 {} dB ({})", number(&self.upper_db), self.upper_db.count())?;
        write!(formatter, "; decay |log2 ratio| {} ({})", number(&self.decay_log2), self.decay_log2.count())
    }
}
