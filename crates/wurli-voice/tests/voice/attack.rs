//! Attack: hammer contact, upper modes and the limit on decay ratios.

use wurli_voice::instrument::midi_to_hz;
use wurli_voice::{Instrument, LEVEL_REFERENCE_S, MlpCorrections, hammer, harmonic_amplitudes, high_pass, reed};

use crate::*;

/// A soft note has no harmonic near the second mode. Expected level: `reed` and `hammer`, relative
/// to H1 in closed form.
#[test]
fn second_mode_has_the_level_of_the_hammer_model() {
    let instrument = Instrument::EP200;
    let soft = MlpCorrections { displacement_scale: 0.5, ..MlpCorrections::IDENTITY };
    for midi in [57, 64, 69, 76, 81] {
        let f0_hz = midi_to_hz(midi);
        let samples = render(midi, 0.03, &soft, 0.2);
        let [ratio, _] = reed::mode_ratios(midi);
        let mode_hz = f0_hz * f64::from(ratio);
        let dwell_s = hammer::dwell_s(midi);
        let felt = hammer::spectrum(mode_hz as f32, dwell_s) / hammer::spectrum(f0_hz as f32, dwell_s);
        let struck = 10f64.powf(-f64::from(reed::UPPER_MODE_LOSS_DB) / 20.0) * f64::from(felt / ratio);
        let onset_db = instrument.decay_db_per_s(midi) * f64::from(LEVEL_REFERENCE_S);
        let displacement = 0.5 * instrument.displacement_at(midi, f64::from(0.03f32)) * 10f64.powf(onset_db / 20.0);
        let mode =
            instrument.pickup.slope_at_rest() * displacement * struck * high_pass::gain(mode_hz, instrument.corner_hz);
        // Mean of the decaying mode under the window, relative to its value at the onset.
        let (centre_s, width_s) = (0.04, 0.06);
        let mut first = [0.0];
        harmonic_amplitudes(&instrument, midi, f64::from(0.03f32), 0.5, centre_s, &mut first);
        let per_s = mode_hz / f64::from(reed::UPPER_MODE_PERIODS);
        let steps = 1000;
        let window = |i: u32| 0.5 - 0.5 * (std::f64::consts::TAU * f64::from(i) / f64::from(steps)).cos();
        let at_s = |i: u32| centre_s + width_s * (f64::from(i) / f64::from(steps) - 0.5);
        let mean = (0..steps).map(|i| window(i) * (-per_s * at_s(i)).exp()).sum::<f64>() / f64::from(steps) * 2.0;
        let found = amplitude(&samples, mode_hz, centre_s, width_s) / amplitude(&samples, f0_hz, centre_s, width_s);
        let error_db = 20.0 * (found / (mode * mean / first[0])).log10();
        assert!(error_db.abs() < 0.1, "midi {midi}: {error_db} dB");
    }
}

#[test]
fn note_starts_with_the_hammer_contact() {
    for midi in [33, 45, 57] {
        let sample_rate = 384_000.0;
        let samples = render_at_rate(sample_rate, midi, 0.03, &MlpCorrections::IDENTITY, 0.1);
        let peak = |samples: &[f32]| samples.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
        let half = (0.5 * hammer::dwell_s(midi) * sample_rate) as usize;
        let (before, after) = (peak(&samples[..half]), peak(&samples[2 * half..]));
        // The displacement reaches one half after half of the dwell.
        assert!(before < 0.6 * after, "midi {midi}: {before} while the hammer pushes, then {after}");
    }
}

/// Control ticks fall into the hammer contact at 192 kHz, and none does at 44.1 kHz.
#[test]
fn decay_ratio_raises_attack_by_at_most_12_db() {
    for rate in [44_100.0, 192_000.0] {
        assert_attack_is_limited(rate);
    }
}

fn assert_attack_is_limited(rate: f32) {
    let velocity = 0.6;
    let mut third = MlpCorrections::IDENTITY;
    third.decay_ratios[1] = 0.3;
    let reed = MlpCorrections { decay_ratios: [0.3; 7], ..MlpCorrections::IDENTITY };
    for (corrections, midi, k) in [(third, 90, 3), (reed, 105, 1)] {
        // The displacement is small in the treble, so that the edge ratio decays like the reed.
        let faster_db_per_s = Instrument::EP200.decay_db_per_s(midi) * (1.0 / 0.3 - 1.0);
        let both = [MlpCorrections::IDENTITY, corrections].map(|c| render_at_rate(rate, midi, velocity, &c, 0.6));
        for at_s in [0.02, 0.05, 0.2, 0.3, 0.34] {
            let unlimited_db = k as f64 * faster_db_per_s * (f64::from(LEVEL_REFERENCE_S) - at_s);
            let changed = change_db(rate, &both, midi, k, at_s);
            let is_near = (changed - unlimited_db.min(12.0)).abs() < 1.0;
            assert!(is_near, "H{k} at {at_s} s, {rate} Hz: {changed} dB, without limit {unlimited_db}");
        }
    }
}
