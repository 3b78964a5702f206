//! Standard deviations of readings, from their signal-to-noise ratios.
//!
//! White noise of variance σ² adds to each quadrature of a bin's phasor the variance s² = 2·B·σ²/N,
//! N samples being in the window. B = 1 gives the Cramér–Rao bound of a real sinusoid's amplitude
//! (Rife and Boorstyn 1974); the Hann window has B = 1.5 (Harris 1978). A sinusoid of amplitude A
//! is then read with the relative error s/A, which is also the error of its phase in radians.
//! Errors of frequency and decay follow by propagation.
//!
//! Overlaps, beating and nulls are not noise: the [status](super::Status) of a reading covers them.

use std::f64::consts::{LN_2, TAU};

use serde::Serialize;

use super::note::LEVEL_WINDOWS_S;
use super::{HARMONICS, Harmonic, Measurement, decay};
use crate::dsp::{DB_PER_NEPER, db_to_amplitude};

/// Standard deviations of one harmonic's readings; `None` for a reading that is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HarmonicUncertainty {
    /// Standard deviation of the frequency, Hz.
    pub frequency_hz: Option<f64>,
    /// Standard deviation of the level 0–50 ms after the onset, dB; 0 for H1, to which levels are
    /// relative.
    pub attack_db: Option<f64>,
    /// Standard deviation of the level 50–200 ms after the onset, dB.
    pub early_db: Option<f64>,
    /// Standard deviation of the level 200–800 ms after the onset, dB.
    pub sustain_db: Option<f64>,
    /// Standard deviation of the level 50–450 ms after the onset, dB.
    pub steady_db: Option<f64>,
    /// Standard deviation of the decay, dB/s.
    pub decay_db_per_s: Option<f64>,
}

impl Measurement {
    /// Returns the standard deviations of the readings of a note that sounds for `duration_s`.
    #[must_use]
    pub fn uncertainty(&self, duration_s: f64) -> [HarmonicUncertainty; HARMONICS] {
        std::array::from_fn(|index| {
            let harmonic = &self.harmonics[index];
            let levels = &harmonic.levels;
            let readings = [levels.attack_db, levels.early_db, levels.sustain_db, levels.steady_db];
            let [attack_db, early_db, sustain_db, steady_db] = std::array::from_fn(|w| {
                // Levels are relative to H1.
                let deviation_db = |level_db| match index {
                    0 => 0.0,
                    _ => self.level_deviation_db(harmonic, level_db, LEVEL_WINDOWS_S[w], duration_s),
                };
                readings[w].valid().map(deviation_db)
            });
            HarmonicUncertainty {
                frequency_hz: harmonic.frequency_hz.valid().map(|_| self.frequency_deviation_hz(harmonic)),
                attack_db,
                early_db,
                sustain_db,
                steady_db,
                decay_db_per_s: harmonic
                    .decay_db_per_s
                    .valid()
                    .and_then(|decay| self.decay_deviation_db_per_s(harmonic, decay, duration_s)),
            }
        })
    }

    /// Returns the relative error of a harmonic's amplitude in a window of `length_s`, at
    /// `level_db` relative to H1 in the steady part.
    fn relative_error(&self, harmonic: &Harmonic, level_db: f64, length_s: f64) -> f64 {
        let noise = db_to_amplitude(harmonic.floor_db - level_db) * (self.floor_window_s / length_s).sqrt();
        // The floor is a median. Amplitudes of noise are Rayleigh distributed, with the median
        // s·√(2 ln 2).
        noise / (2.0 * LN_2).sqrt()
    }

    /// Returns the standard deviation of a level, to which the error of H1 in the same window adds.
    fn level_deviation_db(
        &self,
        harmonic: &Harmonic,
        level_db: f64,
        (from_s, to_s): (f64, f64),
        duration_s: f64,
    ) -> f64 {
        let [first, ..] = &self.harmonics;
        let to_s = to_s.min(duration_s);
        // H1 has another level in this window than in the steady part.
        let [.., steady_s] = LEVEL_WINDOWS_S;
        let later_s = 0.5 * (from_s + to_s) - 0.5 * (steady_s.0 + steady_s.1.min(duration_s));
        let first_db = -first.decay_db_per_s.valid().unwrap_or(0.0) * later_s;
        let own = self.relative_error(harmonic, first_db + level_db, to_s - from_s);
        DB_PER_NEPER * own.hypot(self.relative_error(first, first_db, to_s - from_s))
    }

    /// The frequency is the phase gained between the halves of the steady part, over the time
    /// between them.
    fn frequency_deviation_hz(&self, harmonic: &Harmonic) -> f64 {
        let half_s = 0.5 * self.floor_window_s;
        let fall_db = 0.5 * harmonic.decay_db_per_s.valid().unwrap_or(0.0) * half_s;
        let level_db = harmonic.levels.steady_db.value;
        let [earlier, later] =
            [level_db + fall_db, level_db - fall_db].map(|level_db| self.relative_error(harmonic, level_db, half_s));
        earlier.hypot(later) / (TAU * half_s)
    }

    /// Propagates the errors of the envelope's points, which overlap, through the linear
    /// regression.
    fn decay_deviation_db_per_s(&self, harmonic: &Harmonic, decay_db_per_s: f64, duration_s: f64) -> Option<f64> {
        let window_s = decay::window_s(self.f0_hz);
        let end_s = decay::LATEST_S.min(duration_s - decay::MARGIN_S);
        let steady_s = LEVEL_WINDOWS_S[3].0 + 0.5 * self.floor_window_s;
        let floor_db = harmonic.floor_db + 10.0 * (self.floor_window_s / window_s).log10();
        let points: Vec<(f64, f64)> = (0..)
            .map(|point| decay::BEGIN_S + decay::HOP_S * f64::from(point))
            .take_while(|time_s| *time_s <= end_s)
            .map(|time_s| (time_s, harmonic.levels.steady_db.value - decay_db_per_s * (time_s - steady_s)))
            .take_while(|(_, level_db)| *level_db >= floor_db + decay::ABOVE_FLOOR_DB)
            .collect();
        let mean_s = points.iter().map(|(time_s, _)| time_s).sum::<f64>() / points.len() as f64;
        let square: f64 = points.iter().map(|(time_s, _)| (time_s - mean_s).powi(2)).sum();
        let weighted: Vec<(f64, f64)> = points
            .iter()
            .map(|(time_s, level_db)| {
                let deviation_db = DB_PER_NEPER * self.relative_error(harmonic, *level_db, window_s);
                (*time_s, (time_s - mean_s) * deviation_db)
            })
            .collect();
        let pairs = weighted.iter().flat_map(|a| weighted.iter().map(move |b| (a, b)));
        let variance: f64 = pairs.map(|(a, b)| a.1 * b.1 * hann_correlation((a.0 - b.0).abs() / window_s)).sum();
        (square > 0.0).then(|| variance.max(0.0).sqrt() / square)
    }
}

/// Returns the correlation of white noise in two Hann windows, `shift` of a window's length apart
/// (Harris 1978).
fn hann_correlation(shift: f64) -> f64 {
    if shift >= 1.0 {
        return 0.0;
    }
    let angle = TAU * shift;
    (1.0 - shift) * (2.0 + angle.cos()) / 3.0 + angle.sin() / TAU
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Audio;
    use crate::dsp::amplitude_to_db;
    use crate::measure::{Bounds, measure};
    use crate::random::Random;

    const RATE_HZ: u32 = 22_050;
    const DURATION_S: f64 = 1.2;
    const F0_HZ: f64 = 220.0;
    const SEEDS: u64 = 150;
    /// Standard deviation of the noise.
    const NOISE: f64 = 0.01;

    /// Returns the amplitude of a harmonic at the onset.
    fn amplitude(order: f64) -> f64 {
        0.3 / order.sqrt()
    }

    /// Returns a decaying note of eight harmonics in white noise.
    fn noisy_note(seed: u64) -> Measurement {
        let mut random = Random(seed);
        let sample = |n: u32| {
            let time_s = f64::from(n) / f64::from(RATE_HZ);
            let tone: f64 = (1..=8)
                .map(f64::from)
                .map(|order| amplitude(order) * (TAU * order * F0_HZ * time_s + order * order).sin())
                .sum();
            // Uniform in ±√3 has variance 1.
            (tone * db_to_amplitude(-10.0 * time_s) + NOISE * 3f64.sqrt() * random.within_one()) as f32
        };
        let samples = (0..(DURATION_S * f64::from(RATE_HZ)) as u32).map(sample).collect();
        let bounds = Bounds { onset_s: 0.0, end_s: DURATION_S };
        measure(&Audio { samples, sample_rate: RATE_HZ }, bounds, F0_HZ).unwrap()
    }

    /// Returns the value of each reading of a harmonic.
    fn values(harmonic: &Harmonic) -> [f64; 6] {
        let levels = &harmonic.levels;
        [
            harmonic.frequency_hz,
            levels.attack_db,
            levels.early_db,
            levels.sustain_db,
            levels.steady_db,
            harmonic.decay_db_per_s,
        ]
        .map(|reading| reading.valid().unwrap())
    }

    fn deviations(found: &HarmonicUncertainty) -> [f64; 6] {
        [found.frequency_hz, found.attack_db, found.early_db, found.sustain_db, found.steady_db, found.decay_db_per_s]
            .map(|deviation| deviation.unwrap())
    }

    /// Sets the noise floors to those of the noise that was added.
    fn with_true_floors(mut measurement: Measurement) -> Measurement {
        let samples = measurement.floor_window_s * f64::from(RATE_HZ);
        let median = NOISE * (2.0 * 1.5 / samples).sqrt() * (2.0 * LN_2).sqrt();
        for harmonic in &mut measurement.harmonics {
            harmonic.floor_db = amplitude_to_db(median) - measurement.h1_dbfs;
        }
        measurement
    }

    #[test]
    fn predicts_the_scatter_of_readings_over_noise_seeds() {
        let measured: Vec<Measurement> = (0..SEEDS).map(|seed| noisy_note(1000 + seed)).collect();
        let predicted = with_true_floors(measured[0].clone()).uncertainty(DURATION_S);
        let mut ratios = [const { Vec::new() }; 6];
        for (harmonic, predicted) in predicted.iter().enumerate() {
            let rows: Vec<[f64; 6]> = measured.iter().map(|note| values(&note.harmonics[harmonic])).collect();
            for (reading, predicted) in deviations(predicted).into_iter().enumerate() {
                let mean = rows.iter().map(|row| row[reading]).sum::<f64>() / SEEDS as f64;
                let square: f64 = rows.iter().map(|row| (row[reading] - mean).powi(2)).sum();
                let empirical = (square / (SEEDS - 1) as f64).sqrt();
                if predicted == 0.0 {
                    assert_eq!(empirical, 0.0, "levels of H1 are 0 dB");
                } else {
                    ratios[reading].push(empirical / predicted);
                }
            }
        }
        // A standard deviation from n values has the relative error 1/√(2(n − 1)): 5.8 %. Four
        // times that is 23 %.
        let single = 4.0 / (2.0 * (SEEDS - 1) as f64).sqrt();
        assert!(ratios.iter().flatten().all(|ratio| (ratio - 1.0).abs() < single), "{ratios:?}");
        for ratios in &ratios {
            // The mean over seven or eight harmonics is known √7 times as well; levels share the
            // error of H1, a third.
            let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
            assert!((mean - 1.0).abs() < 0.6 * single, "{mean}: {ratios:?}");
        }
    }

    #[test]
    fn measured_floors_predict_like_the_true_ones() {
        let ratios = (0..SEEDS / 5).flat_map(|seed| {
            let note = noisy_note(2000 + seed);
            let [measured, exact] = [note.uncertainty(DURATION_S), with_true_floors(note).uncertainty(DURATION_S)];
            measured
                .map(|harmonic| deviations(&harmonic)[0])
                .into_iter()
                .zip(exact.map(|harmonic| deviations(&harmonic)[0]))
        });
        let mut ratios: Vec<f64> = ratios.map(|(measured, exact)| measured / exact).collect();
        let median = crate::dsp::median(&mut ratios).unwrap();
        assert!((median - 1.0).abs() < 0.1, "{median}");
    }

    #[test]
    fn correlation_of_half_overlapping_windows_is_a_sixth() {
        assert_eq!(hann_correlation(0.0), 1.0);
        assert!((hann_correlation(0.5) - 1.0 / 6.0).abs() < 1e-12);
        assert_eq!(hann_correlation(1.0), 0.0);
    }

    #[test]
    fn readings_that_are_not_valid_have_no_uncertainty() {
        let mut note = noisy_note(1);
        note.mask_collisions(&[false, true, false, false, false, false, false, false]);
        let [first, second, ..] = note.uncertainty(DURATION_S);
        assert_eq!((second.frequency_hz, second.steady_db, second.decay_db_per_s), (None, None, None));
        assert!(first.frequency_hz.is_some() && first.decay_db_per_s.is_some());
    }
}
