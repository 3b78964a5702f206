//! Notes into audio: each cut by a damper, then tremolo, then noise.

use std::f64::consts::TAU;

use wurli_train::audio::Audio;
use wurli_train::random::Random;

use super::piano::Piano;
use super::score::{Kind, Struck};

/// Time constant of the damper, seconds.
const RELEASE_S: f64 = 0.025;
/// Silence after the last note, seconds.
const TAIL_S: f64 = 0.5;
/// Rate of the tremolo.
pub const TREMOLO_HZ: f64 = 6.0;
/// Tempo, beats a minute.
const TEMPO: (f64, f64) = (60.0, 180.0);
/// Least and greatest depth of the tremolo, in parts of the mean amplitude.
const TREMOLO_DEPTH: (f64, f64) = (0.2, 0.5);

/// Conditions under which a performance is recorded.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// Power of the performance over that of white noise, dB; `None` for no noise but the
    /// recordings' own.
    pub noise_db: Option<f64>,
    /// Under a tremolo.
    pub tremolo: bool,
}

/// A performance with its truth.
pub struct Performance {
    /// The recording.
    pub audio: Audio,
    /// The notes in it, by onset.
    pub notes: Vec<Struck>,
    /// Beats a minute.
    pub tempo: f64,
}

/// Mixes the performance of a seed.
pub fn perform(piano: &mut Piano, kind: Kind, conditions: Conditions, seed: u64) -> Performance {
    // Kinds of one seed differ too. The first number of a small seed is as random as any other.
    let mut random = Random(seed.wrapping_mul(0x0100_0000_01b3).wrapping_add(kind as u64));
    let tempo = random.between(TEMPO.0, TEMPO.1);
    let notes = kind.compose(&piano.keys(), tempo, &mut random);
    let (mut audio, notes) = mix(piano, &notes);
    if conditions.tremolo {
        tremolo(&mut audio, random.between(TREMOLO_DEPTH.0, TREMOLO_DEPTH.1), TAU * random.next_f64());
    }
    if let Some(noise_db) = conditions.noise_db {
        add_noise(&mut audio, noise_db, &mut random);
    }
    Performance { audio, notes, tempo }
}

/// Mixes notes, and returns them as they sound: each ends where the damper falls or the recording
/// ends.
pub fn mix(piano: &mut Piano, notes: &[Struck]) -> (Audio, Vec<Struck>) {
    let last_s = notes.iter().map(|note| note.offset_s).fold(0.0, f64::max);
    let rate = f64::from(piano.rate_hz);
    let mut samples = vec![0.0_f32; ((last_s + TAIL_S) * rate) as usize];
    let mut played = Vec::new();
    for note in notes {
        let (start, source) = damped(piano, note);
        for (target, sample) in samples.iter_mut().skip(start).zip(&source) {
            *target += sample;
        }
        let recorded_s = (start + source.len()) as f64 / rate;
        played.push(Struck { offset_s: note.offset_s.min(recorded_s), ..*note });
    }
    (Audio { samples, sample_rate: piano.rate_hz }, played)
}

/// Returns one note as it stands in the mixture: the index of its first sample, and its samples.
pub fn damped(piano: &mut Piano, note: &Struck) -> (usize, Vec<f32>) {
    let rate = f64::from(piano.rate_hz);
    let lead = (piano.lead_s() * rate).round() as usize;
    let start = ((note.onset_s * rate).round() as usize).saturating_sub(lead);
    let held = lead + ((note.offset_s - note.onset_s) * rate).max(0.0) as usize;
    let mut samples = piano.note(note.midi, note.velocity);
    // 20 time constants are 174 dB.
    samples.truncate(held + (20.0 * RELEASE_S * rate) as usize);
    for (index, sample) in samples.iter_mut().enumerate().skip(held) {
        *sample *= (-((index - held) as f64) / rate / RELEASE_S).exp() as f32;
    }
    (start, samples)
}

fn tremolo(audio: &mut Audio, depth: f64, phase: f64) {
    let step = TAU * TREMOLO_HZ / f64::from(audio.sample_rate);
    for (index, sample) in audio.samples.iter_mut().enumerate() {
        *sample *= (1.0 + depth * (step * index as f64 + phase).sin()) as f32;
    }
}

fn add_noise(audio: &mut Audio, below_db: f64, random: &mut Random) {
    let power = audio.samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / audio.samples.len().max(1) as f64;
    // Uniform noise has a third of its peak's square as power.
    let peak = (3.0 * power * 10.0_f64.powf(-below_db / 10.0)).sqrt();
    for sample in &mut audio.samples {
        *sample += (peak * random.within_one()) as f32;
    }
}
