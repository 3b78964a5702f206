//! Corrections applied to the audio of a note, harmonic by harmonic.
//!
//! Windows cos²(π/2 · (f/f₀ − k)) split the spectrum into harmonics. They add up to 1, and the
//! window of H_k passes all of H_k and nothing of the other harmonics. Each band is scaled, shifted
//! and given another decay; the difference is added from the onset, faded in over one period.
//! Everything above H8 stays.

use std::f64::consts::{FRAC_PI_2, TAU};

use rustfft::{Fft, num_complex::Complex64};
use wurli_fft::Planner64;
use wurli_voice::{LEVEL_REFERENCE_S, MlpCorrections};

use crate::audio::Audio;
use crate::dsp::db_to_amplitude;
use crate::measure::Measurement;

/// Largest gain of a decay ratio before [`LEVEL_REFERENCE_S`], dB, that of the reference voice.
const ATTACK_GAIN_LIMIT_DB: f64 = 12.0;
/// Largest gain of a decay ratio later, dB. A higher gain would raise the noise.
const GAIN_LIMIT_DB: f64 = 30.0;

/// Change of one harmonic.
struct Change {
    level_db: f64,
    shift_hz: f64,
    /// Reduction of the decay, dB/s.
    slower_db_per_s: f64,
}

/// Applies `corrections` to a note that starts at `onset_s` and was measured as `plain`.
///
/// The displacement scale has no effect, nor has the decay ratio of a harmonic whose decay could
/// not be measured.
#[must_use]
pub fn correct(audio: &Audio, plain: &Measurement, onset_s: f64, corrections: &MlpCorrections) -> Audio {
    let rate = f64::from(audio.sample_rate);
    let f0_hz = plain.f0_hz;
    // Two periods of silence keep the circular convolution from wrapping the start to the end.
    let length = (audio.samples.len() + (2.0 * rate / f0_hz).ceil() as usize).next_power_of_two();
    let mut planner = Planner64::new();
    let (forward, inverse) = (planner.forward(length), planner.inverse(length));
    let mut spectrum: Vec<_> = audio.samples.iter().map(|s| Complex64::new(f64::from(*s), 0.0)).collect();
    spectrum.resize(length, Complex64::default());
    forward.process(&mut spectrum);

    let mut corrected: Vec<f64> = audio.samples.iter().map(|s| f64::from(*s)).collect();
    for index in 0..plain.harmonics.len() {
        let Some(change) = change(plain, index, corrections, 0.5 * rate - f0_hz) else { continue };
        let band = band(&spectrum, f0_hz * length as f64 / rate, index + 1, inverse.as_ref());
        for (i, (sample, was)) in corrected.iter_mut().zip(band).enumerate() {
            let time_s = i as f64 / rate - onset_s;
            if time_s > 0.0 {
                let turned = Complex64::from_polar(change.gain(time_s), TAU * change.shift_hz * time_s);
                *sample += rise(time_s * f0_hz) * (was * turned - was).re;
            }
        }
    }
    Audio { samples: corrected.into_iter().map(|s| s as f32).collect(), sample_rate: audio.sample_rate }
}

/// Returns the change of harmonic `index`, `None` without a change or above `highest_hz`.
fn change(plain: &Measurement, index: usize, corrections: &MlpCorrections, highest_hz: f64) -> Option<Change> {
    let harmonic = &plain.harmonics[index];
    // H1 has the tuning and the decay of the reed; levels are relative to it.
    let (level_db, cents, ratio) = match index.checked_sub(1) {
        None => (0.0, corrections.tuning_cents(), corrections.reed_decay_ratio()),
        Some(k) => (corrections.amp_offsets_db[k], corrections.freq_offsets_cents[k], corrections.decay_ratios[k]),
    };
    let decay_db_per_s = harmonic.decay_db_per_s.valid().unwrap_or(0.0);
    let change = Change {
        level_db: f64::from(level_db),
        shift_hz: harmonic.frequency_hz.value * ((f64::from(cents) / 1200.0).exp2() - 1.0),
        slower_db_per_s: decay_db_per_s * (1.0 - 1.0 / f64::from(ratio)),
    };
    let changes = change.level_db != 0.0 || change.shift_hz != 0.0 || change.slower_db_per_s != 0.0;
    (changes && (index + 1) as f64 * plain.f0_hz < highest_hz).then_some(change)
}

/// Fades in from 0 to 1 over one period.
fn rise(periods: f64) -> f64 {
    0.5 - 0.5 * (std::f64::consts::PI * periods.min(1.0)).cos()
}

impl Change {
    fn gain(&self, time_s: f64) -> f64 {
        let time_s = time_s - f64::from(LEVEL_REFERENCE_S);
        let limit_db = if time_s < 0.0 { ATTACK_GAIN_LIMIT_DB } else { GAIN_LIMIT_DB };
        db_to_amplitude(self.level_db + (self.slower_db_per_s * time_s).min(limit_db))
    }
}

/// Returns the analytic signal of H_k. `spacing` is the frequency of the fundamental in bins.
fn band(spectrum: &[Complex64], spacing: f64, k: usize, inverse: &dyn Fft<f64>) -> Vec<Complex64> {
    let mut bins = vec![Complex64::default(); spectrum.len()];
    let bin_of = |harmonic: f64| (harmonic * spacing) as usize;
    for bin in bin_of(k as f64 - 1.0) + 1..=bin_of(k as f64 + 1.0).min(spectrum.len() / 2 - 1) {
        let window = (FRAC_PI_2 * (bin as f64 / spacing - k as f64)).cos().powi(2);
        // Positive frequencies only, at twice the amplitude; the inverse transform is not
        // normalised.
        bins[bin] = spectrum[bin] * (2.0 * window / spectrum.len() as f64);
    }
    inverse.process(&mut bins);
    bins
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Bounds, HARMONICS, measure};

    const F0_HZ: f64 = 220.0;
    const ONSET_S: f64 = 0.1;

    /// Harmonics of −3 dB and 2 dB/s each more than the one before.
    fn tone() -> Audio {
        let sample = |i: usize| {
            let time_s = i as f64 / 44_100.0 - ONSET_S;
            let partial = |k: usize| {
                let level_db = -3.0 * k as f64 - (4.0 + 2.0 * k as f64) * time_s;
                db_to_amplitude(level_db) * (TAU * F0_HZ * k as f64 * time_s).sin()
            };
            if time_s < 0.0 { 0.0 } else { 0.2 * (1..=HARMONICS).map(partial).sum::<f64>() as f32 }
        };
        Audio { samples: (0..88_200).map(sample).collect(), sample_rate: 44_100 }
    }

    fn measured(audio: &Audio) -> Measurement {
        measure(audio, Bounds { onset_s: ONSET_S, end_s: 1.8 }, F0_HZ).unwrap()
    }

    #[test]
    fn every_harmonic_becomes_what_its_corrections_say() {
        let plain = tone();
        let before = measured(&plain);
        let corrections = MlpCorrections {
            amp_offsets_db: [6.0, -6.0, 3.0, 12.0, -12.0, 0.0, 1.0],
            freq_offsets_cents: [10.0, 10.0, 25.0, 10.0, -10.0, 10.0, 10.0],
            decay_ratios: [1.25, 1.25, 0.8, 1.5, 1.25, 1.25, 2.0],
            displacement_scale: 1.0,
        };
        let after = measured(&correct(&plain, &before, ONSET_S, &corrections));
        let cents =
            |i: usize| 1200.0 * (after.harmonics[i].frequency_hz.value / before.harmonics[i].frequency_hz.value).log2();
        let ratio = |i: usize| before.harmonics[i].decay_db_per_s.value / after.harmonics[i].decay_db_per_s.value;
        assert!((cents(0) - 10.0).abs() < 0.1 && (ratio(0) - 1.25).abs() < 0.01, "{} {}", cents(0), ratio(0));
        for i in 1..HARMONICS {
            let level_db = after.harmonics[i].levels.steady_db.value - before.harmonics[i].levels.steady_db.value;
            let seen = (level_db, cents(i), ratio(i));
            let k = i - 1;
            // A level is a mean over 0.4 s, in which another decay is another curve.
            assert!((level_db - f64::from(corrections.amp_offsets_db[k])).abs() < 0.3, "H{}: {seen:?}", i + 1);
            assert!((seen.1 - f64::from(corrections.freq_offsets_cents[k])).abs() < 0.3, "H{}: {seen:?}", i + 1);
            assert!((seen.2 / f64::from(corrections.decay_ratios[k]) - 1.0).abs() < 0.02, "H{}: {seen:?}", i + 1);
        }
    }

    #[test]
    fn one_corrected_harmonic_leaves_the_others_unchanged() {
        let plain = tone();
        let before = measured(&plain);
        assert_eq!(correct(&plain, &before, ONSET_S, &MlpCorrections::IDENTITY), plain);
        let mut corrections = MlpCorrections::IDENTITY;
        corrections.amp_offsets_db[2] = 20.0;
        let after = measured(&correct(&plain, &before, ONSET_S, &corrections));
        for (i, (before, after)) in before.harmonics.iter().zip(&after.harmonics).enumerate() {
            let gained = after.levels.steady_db.value - before.levels.steady_db.value;
            let expected = if i == 3 { 20.0 } else { 0.0 };
            assert!((gained - expected).abs() < 0.02, "H{}: {gained} dB", i + 1);
        }
    }

    #[test]
    fn nothing_changes_before_the_onset_and_gains_stay_bounded() {
        let plain = tone();
        let corrections =
            MlpCorrections { decay_ratios: [3.0; 7], amp_offsets_db: [6.0; 7], ..MlpCorrections::IDENTITY };
        let corrected = correct(&plain, &measured(&plain), ONSET_S, &corrections);
        let onset = (ONSET_S * 44_100.0) as usize;
        let peak = |samples: &[f32]| samples.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
        assert_eq!(corrected.samples[..onset], plain.samples[..onset]);
        assert!(peak(&corrected.samples) < 5.0 * peak(&plain.samples));
    }
}
