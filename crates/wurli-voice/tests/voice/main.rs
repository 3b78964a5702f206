//! Behaviour of the voice. Here: bounds, block lengths and sample rates, and helpers of all tests.

mod attack;
mod decays;
mod levels;

use wurli_voice::corrections::{MAX_OUTPUTS, MIN_OUTPUTS};
use wurli_voice::instrument::midi_to_hz;
use wurli_voice::{LEVEL_REFERENCE_S, MlpCorrections, Voice};

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

/// Returns the change of H`k` by the corrections about `at_s`, dB.
fn change_db(sample_rate: f32, [plain, corrected]: &[Vec<f32>; 2], midi: u8, k: usize, at_s: f64) -> f64 {
    let hz = k as f64 * midi_to_hz(midi);
    let level = |samples| amplitude_at_rate(samples, sample_rate, hz, at_s, 6.0 / midi_to_hz(midi));
    20.0 * (level(corrected) / level(plain)).log10()
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
fn all_notes_are_finite_dc_free_and_unclipped() {
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
