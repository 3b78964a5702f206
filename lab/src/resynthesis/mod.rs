//! Stand-ins for recordings that may not be shipped: what was measured of a note, made audible again.
//!
//! A stand-in carries up to [`PARTIALS`] harmonics, each with its measured level, frequency and envelope over time, and noise of the
//! measured spectrum. Phases are not measured and not carried: every partial begins at zero, so that no stretch of the
//! recording itself survives.

mod noise;
mod partial;
mod performance;

pub use performance::perform;

use wurli_train::audio::Audio;
use wurli_train::measure::{Bounds, locate};

/// Harmonics that a stand-in carries at most.
pub const PARTIALS: usize = 24;
/// Longest stand-in, s: nothing is measured later than 1.5 s after the onset.
pub const LONGEST_S: f64 = 2.5;
/// Silence before the onset, s, so that there is an onset to find.
pub const LEAD_S: f64 = 0.01;
/// Peak of a stand-in, full scale being 1: peak-normalised, as the recordings are, with a decibel of headroom.
const PEAK: f32 = 0.9;
/// The last stretch fades out, s.
const FADE_OUT_S: f64 = 0.01;

/// The stand-in of the note between `bounds` whose fundamental is near `expected_hz`; `None` where nothing sounds near it. `seed`
/// chooses the noise.
#[must_use]
pub fn resynthesize(audio: &Audio, bounds: Bounds, expected_hz: f64, seed: u64) -> Option<Audio> {
    let rate = audio.sample_rate;
    let end_s = bounds.end_s.min(bounds.onset_s + LONGEST_S - LEAD_S);
    let body = locate::segment(&audio.samples, rate, bounds.onset_s, end_s);
    let located = locate::locate(body, rate, expected_hz, PARTIALS)?;
    let tracks: Vec<_> = (0..PARTIALS).filter_map(|i| partial::track(body, rate, &located, i)).collect();
    let mut made = synthesize(&tracks, rate, body.len());
    // The windows of the measurement smooth what they measure; measuring the stand-in shows by how much.
    for _ in 0..2 {
        let corrected: Vec<_> = tracks.iter().map(|track| track.sharpened(body, &made, rate)).collect();
        made = synthesize(&corrected, rate, body.len());
    }
    noise::add(&mut made, body, rate, &located, seed);

    let lead = (LEAD_S * f64::from(rate)) as usize;
    let fade = (FADE_OUT_S * f64::from(rate)) as usize;
    let length = made.len();
    for (i, sample) in made.iter_mut().enumerate().skip(length.saturating_sub(fade)) {
        *sample *= (length - i) as f32 / fade as f32;
    }
    let peak = made.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
    let gain = if peak > 0.0 { PEAK / peak } else { 0.0 };
    let mut samples = vec![0.0; lead];
    samples.extend(made.iter().map(|s| s * gain));
    Some(Audio { samples, sample_rate: rate })
}

fn synthesize(tracks: &[partial::Track], sample_rate: u32, length: usize) -> Vec<f32> {
    let mut sum = vec![0.0; length];
    for track in tracks {
        track.add_to(&mut sum, sample_rate);
    }
    sum
}
