//! Behaviour of the voice: levels, tuning, decays, attack, damper, bounds and corrections.

use wurli_voice::corrections::{MAX_OUTPUTS, MIN_OUTPUTS};
use wurli_voice::instrument::midi_to_hz;
use wurli_voice::{
    Instrument, LEVEL_REFERENCE_S, MlpCorrections, Voice, edge_decay_db_per_s, harmonic_amplitudes, harmonic_levels_db,
};
use wurli_voice::{damper, hammer, high_pass, reed};

const SAMPLE_RATE: f32 = 44_100.0;

fn render(midi: u8, velocity: f32, corrections: &MlpCorrections, seconds: f32) -> Vec<f32> {
    render_at_rate(SAMPLE_RATE, midi, velocity, corrections, seconds)
}

fn render_at_rate(sample_rate: f32, midi: u8, velocity: f32, corrections: &MlpCorrections, seconds: f32) -> Vec<f32> {
    let mut voice = Voice::new(sample_rate);
    voice.note_on(midi, velocity, corrections);
    let mut samples = vec![0.0; (seconds * sample_rate) as usize];
    voice.render(&mut samples);
    samples
}

/// Returns the amplitude at `frequency_hz` in a Hann window of `width_s` about `centre_s`.
fn amplitude(samples: &[f32], frequency_hz: f64, centre_s: f64, width_s: f64) -> f64 {
    amplitude_at_rate(samples, SAMPLE_RATE, frequency_hz, centre_s, width_s)
}

fn amplitude_at_rate(samples: &[f32], sample_rate: f32, frequency_hz: f64, centre_s: f64, width_s: f64) -> f64 {
    let rate = f64::from(sample_rate);
    let length = (width_s * rate) as usize;
    let first = ((centre_s - width_s / 2.0) * rate) as usize;
    let (mut real, mut imaginary, mut sum) = (0.0, 0.0, 0.0);
    for (i, sample) in samples[first..first + length].iter().enumerate() {
        let window = 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / length as f64).cos();
        let phase = std::f64::consts::TAU * frequency_hz * i as f64 / rate;
        real += window * f64::from(*sample) * phase.cos();
        imaginary -= window * f64::from(*sample) * phase.sin();
        sum += window;
    }
    2.0 * real.hypot(imaginary) / sum
}

fn level_db(samples: &[f32], midi: u8, k: usize, detune_cents: f64) -> f64 {
    let f0 = midi_to_hz(midi);
    let at = f64::from(LEVEL_REFERENCE_S);
    // Six periods separate neighbouring harmonics. Longer windows average the fast treble decay.
    let width_s = 6.0 / f0;
    let harmonic = amplitude(samples, k as f64 * f0 * (detune_cents / 1200.0).exp2(), at, width_s);
    20.0 * (harmonic / amplitude(samples, f0, at, width_s)).log10()
}

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
fn common_frequency_offset_tunes_reed_single_one_detunes_harmonic() {
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
fn common_decay_ratio_acts_on_reed_single_one_on_harmonic() {
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
                // The pickup is nonlinear, so that decays are exponential for small displacements only.
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

#[test]
fn block_length_does_not_change_samples() {
    let whole = render(45, 0.8, &MlpCorrections::IDENTITY, 0.2);
    for block in [1, 7, 64, 65, 1000] {
        let mut voice = Voice::new(SAMPLE_RATE);
        voice.note_on(45, 0.8, &MlpCorrections::IDENTITY);
        let mut samples = vec![0.0; whole.len()];
        for chunk in samples.chunks_mut(block) {
            voice.render(chunk);
        }
        assert!(samples == whole, "blocks of {block} samples");
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

#[test]
fn all_notes_are_finite_dc_free_and_below_full_scale() {
    let mut loudest = 0.0f32;
    for midi in 21..=108 {
        for velocity in (0..16).map(|i| (i * 8 + 7) as f32 / 127.0) {
            let samples = render(midi, velocity, &MlpCorrections::IDENTITY, 0.3);
            let peak = samples.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
            let mean = (amplitude(&samples, 0.0, 0.15, 0.29) / 2.0) as f32;
            assert!(samples.iter().all(|s| s.is_finite()) && peak > 0.0, "midi {midi} velocity {velocity}");
            assert!(mean < 1e-3 * peak, "midi {midi} velocity {velocity}: DC {mean} under a peak of {peak}");
            loudest = loudest.max(peak);
        }
    }
    assert!((0.25..0.9).contains(&loudest), "the loudest note peaks at {loudest}");
}

#[test]
fn extreme_arguments_give_finite_samples() {
    let wild = [[0.0; 22], [f32::NAN; 22], [f32::INFINITY; 22], [f32::NEG_INFINITY; 22], [f32::MIN_POSITIVE; 22]];
    let extremes = [[MIN_OUTPUTS, MAX_OUTPUTS].as_slice(), &wild]
        .concat()
        .into_iter()
        .map(|outputs| MlpCorrections::from_outputs(&outputs))
        .collect::<Vec<_>>();
    for sample_rate in [8_000.0, 44_100.0, 192_000.0, f32::NAN, f32::INFINITY, -1.0] {
        let mut voice = Voice::new(sample_rate);
        for midi in [0, 21, 60, 108, 255] {
            for velocity in [f32::NAN, f32::NEG_INFINITY, 0.0, 0.5, 1.0, f32::INFINITY] {
                for corrections in &extremes {
                    voice.note_on(midi, velocity, corrections);
                    let mut samples = [0.0; 3000];
                    voice.render(&mut samples);
                    voice.note_off();
                    voice.render(&mut samples[..500]);
                    assert!(samples.iter().all(|s| s.is_finite()), "{sample_rate} Hz midi {midi} velocity {velocity}");
                }
            }
        }
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
fn harmonics_above_nyquist_do_not_alias() {
    for (sample_rate, midi) in [(8_000.0, 84), (16_000.0, 96), (22_050.0, 100)] {
        let f0_hz = midi_to_hz(midi);
        let mut voice = Voice::new(sample_rate);
        voice.note_on(midi, 1.0, &MlpCorrections::IDENTITY);
        let mut samples = vec![0.0; sample_rate as usize / 2];
        voice.render(&mut samples);
        let level = |frequency_hz: f64| amplitude_at_rate(&samples, sample_rate, frequency_hz, 0.2, 0.2);
        for k in 2..=20 {
            let rate = f64::from(sample_rate);
            let hz = f64::from(k) * f0_hz;
            let folded_hz = (hz - (hz / rate).round() * rate).abs();
            if hz > rate / 2.0 && (1..=4).all(|k| (folded_hz - f64::from(k) * f0_hz).abs() > 100.0) {
                let below_db = 20.0 * (level(folded_hz) / level(f0_hz)).log10();
                assert!(
                    below_db < -80.0,
                    "{sample_rate} Hz, midi {midi}: H{k} folded to {folded_hz} Hz, {below_db} dB"
                );
            }
        }
    }
}

/// A soft note has no harmonic near the second mode. Expected level: `reed` and `hammer`, relative to
/// H1 in closed form.
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
fn near_edge_decays_like_the_reed_and_slower_when_overdriven() {
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

/// At 768 kHz a control tick ends before the upper harmonics of the attack become audible.
#[test]
fn sample_rate_does_not_change_the_sound() {
    let [slow, fast] = [48_000.0, 768_000.0].map(|rate| render_at_rate(rate, 33, 1.0, &MlpCorrections::IDENTITY, 0.1));
    let mut worst = 0.0f32;
    let peak = slow.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
    for (i, sample) in slow.iter().enumerate().skip(960) {
        worst = worst.max((sample - fast[16 * i]).abs());
    }
    assert!(worst < 1e-3 * peak, "{worst} of {peak}");
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

/// Returns the change of H`k` by the corrections about `at_s`, dB.
fn change_db(sample_rate: f32, [plain, corrected]: &[Vec<f32>; 2], midi: u8, k: usize, at_s: f64) -> f64 {
    let hz = k as f64 * midi_to_hz(midi);
    let level = |samples| amplitude_at_rate(samples, sample_rate, hz, at_s, 6.0 / midi_to_hz(midi));
    20.0 * (level(corrected) / level(plain)).log10()
}

/// Control ticks fall into the hammer contact at 192 kHz, and none does at 44.1 kHz.
#[test]
fn decay_ratio_raises_the_attack_by_at_most_12_db() {
    for rate in [44_100.0, 192_000.0] {
        assert_attack_is_limited(rate);
    }
}

fn assert_attack_is_limited(rate: f32) {
    let velocity = 0.6;
    let mut third = MlpCorrections::IDENTITY;
    third.decay_ratios[1] = 0.3;
    let reed = MlpCorrections { decay_ratios: [0.3; 7], ..MlpCorrections::IDENTITY };
    for (corrections, midi, k) in [(third, 93, 3), (reed, 105, 1)] {
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
    assert!(asked_db > lost_db + 4.0, "requested {asked_db} dB, lost {lost_db} dB");
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
