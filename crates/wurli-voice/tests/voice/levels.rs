//! Levels and tuning: harmonics and their corrections.

use wurli_voice::instrument::midi_to_hz;
use wurli_voice::{Instrument, LEVEL_REFERENCE_S, MlpCorrections, harmonic_levels_db};

use crate::*;

#[test]
fn rendered_harmonics_match_the_closed_form() {
    for midi in [33, 45, 56, 61, 73, 85] {
        for velocity in [19.0, 52.0, 78.0, 109.0] {
            let samples = render(midi, velocity / 127.0, &MlpCorrections::IDENTITY, 0.6);
            let mut closed = [0.0; 8];
            let at = f64::from(LEVEL_REFERENCE_S);
            harmonic_levels_db(&Instrument::EP200, midi, f64::from(velocity) / 127.0, 1.0, at, &mut closed);
            for k in 2..=8usize {
                if closed[k - 1] < -50.0 || f64::from(k as u32) * midi_to_hz(midi) > 18_000.0 {
                    continue;
                }
                let error = level_db(&samples, midi, k, 0.0) - closed[k - 1];
                assert!(error.abs() < 0.2, "midi {midi} velocity {velocity} H{k}: {error} dB");
            }
        }
    }
}

#[test]
fn level_offset_changes_only_its_harmonic() {
    let plain = render(61, 0.6, &MlpCorrections::IDENTITY, 0.6);
    for k in 2..=8usize {
        for offset_db in [-12.0f32, 6.0] {
            let mut corrections = MlpCorrections::IDENTITY;
            corrections.amp_offsets_db[k - 2] = offset_db;
            let corrected = render(61, 0.6, &corrections, 0.6);
            for other in 2..=8usize {
                let change_db = level_db(&corrected, 61, other, 0.0) - level_db(&plain, 61, other, 0.0);
                let expected = if other == k { f64::from(offset_db) } else { 0.0 };
                assert!(
                    (change_db - expected).abs() < 0.05,
                    "H{k} offset by {offset_db} dB: H{other} changed by {change_db} dB"
                );
            }
        }
    }
}

#[test]
fn frequency_offsets_tune_reed_and_harmonics() {
    let tuned = render(61, 0.6, &MlpCorrections { freq_offsets_cents: [20.0; 7], ..MlpCorrections::IDENTITY }, 1.2);
    let f0 = midi_to_hz(61);
    let mut single = MlpCorrections::IDENTITY;
    single.freq_offsets_cents[2] = 20.0;
    let detuned = render(61, 0.6, &single, 1.2);
    let sharp = |cents: f64| (cents / 1200.0).exp2();
    for (samples, k, cents) in [(&tuned, 1.0, 20.0), (&tuned, 4.0, 20.0), (&detuned, 4.0, 20.0), (&detuned, 3.0, 0.0)] {
        let found = (-40..=40)
            .map(f64::from)
            .max_by(|a, b| {
                let at = |c: f64| amplitude(samples, k * f0 * sharp(c), 0.6, 1.0);
                at(*a).total_cmp(&at(*b))
            })
            .unwrap();
        // One second resolves a hundredth of its main lobe's 4 Hz.
        assert!((found - cents).abs() <= 1.0, "H{k}: {found} cents, not {cents}");
    }
}

#[test]
fn displacement_scale_changes_harmonics_as_in_closed_form() {
    for scale in [0.5f32, 2.0] {
        let change_db = render(61, 0.6, &MlpCorrections { displacement_scale: scale, ..MlpCorrections::IDENTITY }, 0.6);
        let mut closed = [0.0; 8];
        let at = f64::from(LEVEL_REFERENCE_S);
        harmonic_levels_db(&Instrument::EP200, 61, f64::from(0.6f32), f64::from(scale), at, &mut closed);
        for k in 2..=5usize {
            let error = level_db(&change_db, 61, k, 0.0) - closed[k - 1];
            assert!(error.abs() < 1.0, "scale {scale} H{k}: {error} dB");
        }
    }
}
