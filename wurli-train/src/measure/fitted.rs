//! A recorded note's harmonics as a fit of sinusoids reads them: near the Cramér–Rao bound where a harmonic is a sinusoid in noise, and everywhere
//! with how uncertain the reading is.
//!
//! Stage 3 reads lines of spectra, which say the same of most recordings: what a line and a fit differ by on 34 of them is a tenth of a decibel, and
//! trained on either, the closed loop differs by no more than from seed to seed.

use serde::Serialize;

use crate::audio::Audio;
use crate::dsp::interval_cents;
use crate::sinusoids::{Estimate, Segment, fit};

use super::partials::{self, segment};
use super::{Bounds, HARMONICS, Measurement, Status, decay};

/// A second sinusoid so near to a harmonic beats with it, cents: the distance at which another note's harmonic collides.
const BEATING_CENTS: f64 = 50.0;
/// Further below the harmonic than this, a second sinusoid moves its level by less than a decibel, dB.
const BEATING_DB: f64 = 20.0;

/// A number and its standard deviation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Uncertain {
    /// The number.
    pub value: f64,
    /// Its standard deviation; `None` where it cannot be told.
    pub deviation: Option<f64>,
}

/// A harmonic as it was fitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fitted {
    /// Level 50–450 ms after the onset, dB re full scale.
    pub level_dbfs: Uncertain,
    /// Frequency in the same window, Hz.
    pub frequency_hz: Uncertain,
    /// Decay from 0.1 s to 1.5 s after the onset, or to the end of the note, dB/s; `None` of a note too short.
    pub decay_db_per_s: Option<Uncertain>,
    /// Whether it is a decaying sinusoid and all else beside it noise. If not, what strays is counted as noise.
    pub clean: bool,
    /// Whether a second sinusoid beats with it: less than 50 cents away and less than 20 dB below.
    pub beating: bool,
}

/// Fits the harmonics that `measurement` found of the note between `bounds`; `None` for each that the noise hides.
#[must_use]
pub fn fitted(audio: &Audio, bounds: Bounds, measurement: &Measurement) -> [Option<Fitted>; HARMONICS] {
    let rate = audio.sample_rate;
    let body = segment(&audio.samples, rate, bounds.onset_s, bounds.end_s);
    let heard =
        |i: &usize| !matches!(measurement.harmonics[*i].frequency_hz.status, Status::BeyondBand | Status::UnderNoise);
    let heard: Vec<usize> = (0..HARMONICS).filter(heard).collect();
    let frequencies: Vec<f64> = heard.iter().map(|i| measurement.harmonics[*i].frequency_hz.value).collect();
    let mut all = [None; HARMONICS];

    let steady = partials::steady(body, rate);
    let span = Segment { length: steady.len(), sample_rate: f64::from(rate) };
    let Some(estimates) = fit(steady, rate, &frequencies, 0.0) else { return all };
    let end_s = decay::LATEST_S.min(body.len() as f64 / f64::from(rate) - decay::MARGIN_S);
    let longer = fit(segment(body, rate, decay::BEGIN_S, end_s), rate, &frequencies, 0.0);
    let (harmonics, neighbours) = estimates.split_at(heard.len());
    for (index, (i, estimate)) in heard.iter().zip(harmonics).enumerate().filter(|(_, (_, e))| e.found) {
        let later = longer.as_ref().and_then(|longer| longer.get(index)).filter(|later| later.found);
        all[*i] = Some(Fitted {
            level_dbfs: uncertain(estimate.sinusoid.level_db(span), estimate.deviations.level_db),
            frequency_hz: uncertain(estimate.sinusoid.frequency_hz, estimate.deviations.frequency_hz),
            decay_db_per_s: later
                .map(|later| uncertain(later.sinusoid.decay_db_per_s, later.deviations.decay_db_per_s)),
            clean: estimate.clean,
            beating: neighbours.iter().any(|neighbour| beats(estimate, neighbour, span)),
        });
    }
    all
}

fn uncertain(value: f64, deviation: f64) -> Uncertain {
    Uncertain { value, deviation: Some(deviation).filter(|deviation| deviation.is_finite()) }
}

fn beats(harmonic: &Estimate, neighbour: &Estimate, span: Segment) -> bool {
    let interval = interval_cents(neighbour.sinusoid.frequency_hz, harmonic.sinusoid.frequency_hz).abs();
    let below_db = harmonic.sinusoid.level_db(span) - neighbour.sinusoid.level_db(span);
    neighbour.found && interval < BEATING_CENTS && below_db < BEATING_DB
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::measure;
    use crate::random::Random;

    /// H1–H8 of A3 in noise of 70 dB below full scale, and a second sinusoid 30 cents above H2 if asked for.
    fn note(beating: bool) -> Audio {
        let mut random = Random(5);
        let partial = |hz: f64, level: f64, decay_db_per_s: f64, n: usize| {
            let time_s = n as f64 / 44_100.0;
            level * 10f64.powf(-decay_db_per_s * time_s / 20.0) * (std::f64::consts::TAU * hz * time_s + hz).cos()
        };
        let sample = |n: usize| {
            let harmonics: f64 = (1..=8).map(|k| partial(220.0 * f64::from(k), 0.2 / f64::from(k), 10.0, n)).sum();
            let second = if beating { partial(440.0 * (30.0f64 / 1200.0).exp2(), 0.05, 8.0, n) } else { 0.0 };
            (harmonics + second + 3e-4 * random.within_one()) as f32
        };
        Audio { samples: (0..88_200).map(sample).collect(), sample_rate: 44_100 }
    }

    #[test]
    fn a_note_in_noise_is_fitted_within_its_deviations_and_what_beats_is_said() {
        let bounds = Bounds { onset_s: 0.0, end_s: 2.0 };
        for beating in [false, true] {
            let audio = note(beating);
            let found = fitted(&audio, bounds, &measure(&audio, bounds, 220.0).unwrap());
            for (i, fitted) in found.iter().enumerate() {
                let fitted = fitted.unwrap_or_else(|| panic!("H{} was not found", i + 1));
                assert_eq!(fitted.beating, beating && i == 1, "H{}", i + 1);
                let decay = fitted.decay_db_per_s.unwrap();
                let frequency = fitted.frequency_hz;
                for (reading, truth) in [(frequency, 220.0 * (i + 1) as f64), (decay, 10.0)] {
                    let deviation = reading.deviation.unwrap();
                    assert!((reading.value - truth).abs() < 4.0 * deviation, "H{}: {reading:?} for {truth}", i + 1);
                    assert!(deviation < 0.05, "H{}: {reading:?}", i + 1);
                }
            }
        }
    }
}
