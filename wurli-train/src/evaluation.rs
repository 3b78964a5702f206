//! The closed loop: notes rendered with their corrections, measured again, beside the same without.

use serde::{Deserialize, Serialize};
use wurli_voice::MlpCorrections;

use crate::dsp::interval_cents;
use crate::measure::Measurement;
use crate::stages::harmonics::MeasuredNote;
use crate::stages::render;
use crate::stages::residuals::{SLOWEST_DECAY_DB_PER_S, level_residuals_db, request};
use crate::weights::Weights;

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

/// Renders every measured note twice, with and without the corrections of `weights`, and compares both with the recording.
#[must_use]
pub fn closed_loop<'a>(notes: impl IntoIterator<Item = &'a MeasuredNote>, weights: &Weights) -> ClosedLoop {
    let (mut plain, mut corrected) = (Sums::default(), Sums::default());
    for note in notes {
        let Some(real) = &note.measurement else { continue };
        let request = request(note);
        let velocity = f32::from(note.note.event.velocity) / 127.0;
        let outputs = weights.forward(note.note.event.midi, velocity);
        // The level of a note belongs to its velocity, which of a transcribed note is an estimate.
        let known = note.note.event.velocity_known;
        for (sums, corrections) in
            [(&mut plain, MlpCorrections::IDENTITY), (&mut corrected, MlpCorrections::from_outputs(&outputs))]
        {
            if let Some(model) = render::run(&request.corrected(&corrections)) {
                sums.add(real, &model, &corrections, known);
            }
        }
    }
    ClosedLoop { uncorrected: plain.means(), corrected: corrected.means() }
}

#[derive(Default)]
struct Sums {
    level: Mean,
    frequency: Mean,
    decay: Mean,
    notes: usize,
}

#[derive(Default)]
struct Mean {
    sum: f64,
    count: usize,
}

impl Mean {
    fn add(&mut self, error: f64) {
        self.sum += error.abs();
        self.count += 1;
    }

    fn value(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum / self.count as f64 }
    }
}

impl Sums {
    fn add(&mut self, real: &Measurement, model: &Measurement, corrections: &MlpCorrections, velocity_known: bool) {
        self.notes += 1;
        for residual_db in level_residuals_db(real, model).into_iter().skip(1).flatten().filter(|_| velocity_known) {
            self.level.add(residual_db);
        }
        for (i, (recorded, rendered)) in real.harmonics.iter().zip(&model.harmonics).enumerate() {
            if let Some(frequency_hz) = recorded.frequency_hz.valid() {
                // Where the voice sounds a harmonic is known exactly, also where a null of the pickup hides it.
                let offsets_cents = &corrections.freq_offsets_cents;
                let detune_cents = i.checked_sub(1).map_or(0.0, |k| offsets_cents[k] - corrections.tuning_cents());
                let error_cents = interval_cents(frequency_hz, (i + 1) as f64 * model.f0_hz) - f64::from(detune_cents);
                self.frequency.add(error_cents);
            }
            let decays = [recorded, rendered].map(|harmonic| harmonic.decay_db_per_s.valid());
            if let [Some(recorded), Some(rendered)] = decays
                && recorded.min(rendered) > SLOWEST_DECAY_DB_PER_S
            {
                self.decay.add((rendered / recorded).log2());
            }
        }
    }

    fn means(&self) -> Errors {
        Errors {
            level_db: self.level.value(),
            frequency_cents: self.frequency.value(),
            decay_log2: self.decay.value(),
            notes: self.notes,
            levels: self.level.count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::render::Request;

    #[test]
    fn every_detuned_partial_counts() {
        let real = render::run(&Request::plain(57, 60, 1.5)).unwrap();
        let mut corrections = MlpCorrections::IDENTITY;
        corrections.freq_offsets_cents[3] = 30.0;
        let model = render::run(&Request::plain(57, 60, 1.5).corrected(&corrections)).unwrap();
        let error = |of: &MlpCorrections| {
            let mut sums = Sums::default();
            sums.add(&real, &model, of, true);
            sums.means().frequency_cents
        };
        assert!(error(&MlpCorrections::IDENTITY) < 0.05);
        // H5 is one of eight.
        assert!((error(&corrections) - 30.0 / 8.0).abs() < 0.05, "{}", error(&corrections));
    }

    #[test]
    fn levels_of_an_estimated_velocity_do_not_count() {
        let real = render::run(&Request::plain(57, 60, 1.5)).unwrap();
        let model = render::run(&Request::plain(57, 100, 1.5)).unwrap();
        let levels = |known| {
            let mut sums = Sums::default();
            sums.add(&real, &model, &MlpCorrections::IDENTITY, known);
            sums.means().levels
        };
        assert!(levels(true) > 0);
        assert_eq!(levels(false), 0);
    }
}
