//! Synthetic notes: eight decaying harmonics, brighter when struck harder, over faint noise.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use wurli_train::audio::{Audio, write_wav_16};
use wurli_voice::instrument::midi_to_hz;

/// Sample rate, Hz.
pub(crate) const RATE: u32 = 44_100;
/// Levels of H1 to H8, dB.
const LEVELS_DB: [f64; 8] = [0.0, -8.0, -17.0, -24.0, -30.0, -36.0, -42.0, -48.0];

/// Returns a note, from its onset.
pub(crate) fn note(midi: u8, velocity: u8, seconds: f64) -> Vec<f64> {
    tone(midi_to_hz(midi), velocity, seconds)
}

/// Returns a note of any pitch.
pub(crate) fn tone(f0_hz: f64, velocity: u8, seconds: f64) -> Vec<f64> {
    let hard = (f64::from(velocity) - 64.0) / 63.0;
    let partials: Vec<(f64, f64, f64)> = (1..=8u8)
        .map(f64::from)
        .zip(LEVELS_DB)
        .take_while(|(k, _)| k * f0_hz < 0.45 * f64::from(RATE))
        .map(|(k, level)| (k, level + 6.0 * hard * (k - 1.0), (3.0 + 1.5 * k) * (f0_hz / 262.0).sqrt()))
        .collect();
    let amplitude = 0.25 * (0.3 + 0.7 * f64::from(velocity) / 127.0);
    samples(seconds)
        .map(|t| {
            let partial = |(k, level, decay): &(f64, f64, f64)| {
                10f64.powf((level - decay * t) / 20.0) * (TAU * k * f0_hz * t + k).sin()
            };
            amplitude * (t / 0.003).min(1.0) * partials.iter().map(partial).sum::<f64>()
        })
        .collect()
}

/// Returns the times of so many seconds, s.
pub(crate) fn samples(seconds: f64) -> impl Iterator<Item = f64> {
    (0..(seconds * f64::from(RATE)) as u32).map(|n| f64::from(n) / f64::from(RATE))
}

/// Silence.
pub(crate) fn silence(seconds: f64) -> Vec<f64> {
    samples(seconds).map(|_| 0.0).collect()
}

/// Returns a short low thump.
pub(crate) fn thump(peak: f64) -> Vec<f64> {
    let mut level = 0.0;
    let walk: Vec<f64> = samples(0.12)
        .enumerate()
        .map(|(n, t)| {
            level = 0.99 * level + noise(n);
            level * (-t / 0.03).exp()
        })
        .collect();
    let loudest = walk.iter().fold(0.0f64, |loudest, x| loudest.max(x.abs()));
    walk.into_iter().map(|x| x * peak / loudest).collect()
}

/// Returns a sound that a damper ends.
pub(crate) fn damped(sound: Vec<f64>, hold_s: f64) -> Vec<f64> {
    let left = |n: usize| (-(n as f64 / f64::from(RATE) - hold_s).max(0.0) / 0.03).exp();
    sound.into_iter().enumerate().map(|(n, x)| x * left(n)).collect()
}

pub(crate) fn gain(sound: Vec<f64>, factor: f64) -> Vec<f64> {
    sound.into_iter().map(|x| x * factor).collect()
}

/// Deterministic noise within ±1.
pub(crate) fn noise(n: usize) -> f64 {
    let mut z = (n as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    2.0 * ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 - 1.0
}

/// Writes sounds behind one another, over faint noise.
pub(crate) fn write(path: &Path, sounds: &[Vec<f64>]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let samples = sounds.iter().flatten().enumerate().map(|(n, x)| (x + 6e-5 * noise(n)) as f32).collect();
    write_wav_16(path, &Audio { samples, sample_rate: RATE }).unwrap();
}

/// Writes a note after a tenth of a second. Each is rendered once.
pub(crate) fn write_note(path: &Path, midi: u8, velocity: u8) {
    static RENDERED: Mutex<BTreeMap<(u8, u8), Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut rendered = RENDERED.lock().unwrap_or_else(PoisonError::into_inner);
    match rendered.get(&(midi, velocity)) {
        Some(bytes) => {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        None => {
            write(path, &[silence(0.1), note(midi, velocity, 0.7)]);
            rendered.insert((midi, velocity), fs::read(path).unwrap());
        }
    }
}
