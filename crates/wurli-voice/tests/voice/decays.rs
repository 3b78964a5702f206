//! Decays: reed, damper, near edge and decay ratios.

use wurli_voice::instrument::midi_to_hz;
use wurli_voice::{Instrument, MlpCorrections, Voice, damper, edge_decay_db_per_s, harmonic_amplitudes};

use crate::*;

#[test]
fn decay_ratios_act_on_reed_and_harmonics() {
    let f0 = midi_to_hz(73);
    let decay = |samples: &[f32], k: f64| {
        20.0 * (amplitude(samples, k * f0, 0.3, 0.1) / amplitude(samples, k * f0, 0.6, 0.1)).log10() / 0.3
    };
    let plain = render(73, 0.4, &MlpCorrections::IDENTITY, 1.0);
    for ratio in [0.5f32, 2.0] {
        let reed = MlpCorrections { decay_ratios: [ratio; 7], ..MlpCorrections::IDENTITY };
        let mut third = MlpCorrections::IDENTITY;
        third.decay_ratios[1] = ratio;
        for (corrections, slowed) in [(reed, [true, true, true]), (third, [false, false, true])] {
            let corrected = render(73, 0.4, &corrections, 1.0);
            for (k, slowed) in (1..=3usize).zip(slowed) {
                let measured = decay(&plain, k as f64) / decay(&corrected, k as f64);
                let expected = if slowed { f64::from(ratio) } else { 1.0 };
                // The pickup is nonlinear, so that decays are exponential for small displacements
                // only.
                assert!((measured / expected - 1.0).abs() < 0.1, "H{k} ratio {ratio}: {measured}");
                if k > 1 {
                    let change_db = level_db(&corrected, 73, k, 0.0) - level_db(&plain, 73, k, 0.0);
                    assert!(change_db.abs() < 0.6, "H{k} ratio {ratio}: level changed by {change_db} dB");
                }
            }
        }
    }
}

#[test]
fn damper_silences_every_key() {
    for midi in (21..=108).step_by(3) {
        let mut voice = Voice::new(SAMPLE_RATE);
        let slow = MlpCorrections { decay_ratios: [3.0; 7], ..MlpCorrections::IDENTITY };
        voice.note_on(midi, 1.0, &slow);
        let mut samples = vec![0.0; 22_050];
        voice.render(&mut samples);
        assert!(voice.is_active(), "midi {midi} ended within half a second without a note-off");
        let before = samples[11_025..].iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
        voice.note_off();
        voice.render(&mut samples);
        let after = samples[17_640..].iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
        assert!(after < before * 0.01, "midi {midi}: peak {after} 0.4 s after the note-off, {before} before it");
        voice.render(&mut vec![0.0; 44_100]);
        assert!(!voice.is_active(), "midi {midi} still sounds");
        voice.render(&mut samples);
        assert!(samples.iter().all(|s| *s == 0.0));
    }
}

/// A soft note keeps the pickup nearly linear, so that H1 decays like the reed.
#[test]
fn released_reed_decays_by_reed_and_damper_rates() {
    for midi in [57, 69, 81, 93] {
        let f0_hz = midi_to_hz(midi);
        let mut voice = Voice::new(SAMPLE_RATE);
        voice.note_on(midi, 0.03, &MlpCorrections::IDENTITY);
        voice.render(&mut vec![0.0; 8820]);
        voice.note_off();
        let mut samples = vec![0.0; 8820];
        voice.render(&mut samples);
        let width_s = 6.0 / f0_hz;
        let level_db = |centre_s: f64| 20.0 * amplitude(&samples, f0_hz, centre_s, width_s).log10();
        let apart_s = 4.0 / f0_hz;
        let falls_db_per_s = (level_db(0.6 * width_s) - level_db(0.6 * width_s + apart_s)) / apart_s;
        let expected = Instrument::EP200.decay_db_per_s(midi) + damper::decay_db_per_s(f0_hz);
        assert!((falls_db_per_s / expected - 1.0).abs() < 0.02, "midi {midi}: {falls_db_per_s}, not {expected} dB/s");
    }
}

#[test]
fn closed_form_follows_the_decay() {
    let instrument = Instrument::EP200;
    for (midi, velocity) in [(45, 0.3f32), (61, 0.6), (73, 0.8)] {
        let samples = render(midi, velocity, &MlpCorrections::IDENTITY, 1.2);
        let closed = |at_s: f64| {
            let mut amplitudes = [0.0; 3];
            harmonic_amplitudes(&instrument, midi, f64::from(velocity), 1.0, at_s, &mut amplitudes);
            amplitudes
        };
        let width_s = 6.0 / midi_to_hz(midi);
        let (before, after) = (closed(0.1), closed(1.0));
        for k in 1..=3usize {
            let sounding = |at_s: f64| amplitude(&samples, k as f64 * midi_to_hz(midi), at_s, width_s);
            let fallen_db = 20.0 * (sounding(0.1) / sounding(1.0)).log10();
            let expected_db = 20.0 * (before[k - 1] / after[k - 1]).abs().log10();
            assert!((fallen_db - expected_db).abs() < 0.2, "midi {midi} H{k}: {fallen_db} dB, not {expected_db} dB");
        }
    }
}

/// Scaling the displacement of a decaying reed is equivalent to a shift in time.
#[test]
fn near_edge_decays_slower_when_overdriven() {
    let instrument = Instrument::EP200;
    let (midi, velocity) = (45, 0.8);
    let reed_db_per_s = instrument.decay_db_per_s(midi);
    let edge =
        |scale: f64, from_s: f64, to_s: f64| edge_decay_db_per_s(&instrument, midi, velocity, scale, (from_s, to_s));
    assert!((edge(1e-4, 0.3, 0.7) / reed_db_per_s - 1.0).abs() < 1e-6);
    assert!(edge(2.0, 0.3, 0.7) < 0.5 * reed_db_per_s);
    let later_s = 20.0 * 2f64.log10() / reed_db_per_s;
    assert!((edge(2.0, 0.3 + later_s, 0.7 + later_s) - edge(1.0, 0.3, 0.7)).abs() < 1e-9);
    // The rate over an interval is the mean of those over its halves.
    let whole = edge(1.0, 0.3, 0.7);
    assert!((whole - 0.5 * (edge(1.0, 0.3, 0.5) + edge(1.0, 0.5, 0.7))).abs() < 1e-9);
}

#[test]
fn longer_decay_restores_the_loss_and_hardly_more() {
    // H8 of this note grows while the reed decays.
    let (midi, velocity, k) = (53, 109.0 / 127.0, 8usize);
    let (from_s, to_s) = (0.1, 0.8);
    let mut longer = MlpCorrections::IDENTITY;
    longer.decay_ratios[k - 2] = 3.0;
    let both = [MlpCorrections::IDENTITY, longer].map(|corrections| render(midi, velocity, &corrections, 1.0));
    let level_db = |at_s: f64| {
        let mut amplitudes = [0.0; 8];
        harmonic_amplitudes(&Instrument::EP200, midi, f64::from(velocity), 1.0, at_s, &mut amplitudes);
        20.0 * amplitudes[k - 1].abs().log10()
    };
    let at_s = |i: u32| from_s + (to_s - from_s) * f64::from(i) / 500.0;
    let lost_db: f64 = (0..500).map(|i| (level_db(at_s(i)) - level_db(at_s(i + 1))).max(0.0)).sum();
    let edge = edge_decay_db_per_s(&Instrument::EP200, midi, f64::from(velocity), 1.0, (from_s, to_s));
    let asked_db = k as f64 * (1.0 - 1.0 / 3.0) * edge * (to_s - from_s);
    let changed = |at_s: f64| change_db(SAMPLE_RATE, &both, midi, k, at_s);
    let given_db = changed(to_s) - changed(from_s);
    assert!(asked_db > lost_db + 1.5, "requested {asked_db} dB, lost {lost_db} dB");
    // A steady harmonic is raised by at most 0.8 dB.
    assert!((lost_db - 0.1..lost_db + 0.9).contains(&given_db), "restored {given_db} dB, lost {lost_db} dB");
}

#[test]
fn damper_freezes_decay_corrections() {
    let midi = 73;
    for ratio in [0.5, 2.0] {
        let mut third = MlpCorrections::IDENTITY;
        third.decay_ratios[1] = ratio;
        let both = [MlpCorrections::IDENTITY, third].map(|corrections| {
            let mut voice = Voice::new(SAMPLE_RATE);
            voice.note_on(midi, 0.4, &corrections);
            let mut samples = vec![0.0; 22_050];
            voice.render(&mut samples[..17_640]);
            voice.note_off();
            voice.render(&mut samples[17_640..]);
            samples
        });
        let changed = |at_s: f64| change_db(SAMPLE_RATE, &both, midi, 3, at_s);
        // Within this time the damper lowers H3 by more than 10 dB, the ratio alone by 0.4 dB.
        let (before, after) = (changed(0.39), changed(0.41));
        assert!((after - before).abs() < 0.6, "ratio {ratio}: {before} dB, then {after} dB");
    }
}
