//! Resynthesis: stand-ins for recordings that may not be published.
//!
//! A stand-in has up to [`PARTIALS`] harmonics with the measured levels, frequencies and envelopes,
//! and noise with the measured spectrum. Every partial starts at phase zero, so that no part of the
//! recording itself remains.

mod noise;
mod performance;
mod track;

pub use performance::perform;

use wurli_train::audio::Audio;
use wurli_train::measure::{Bounds, locate};

/// Most harmonics of a stand-in.
pub const PARTIALS: usize = 24;
/// Longest stand-in, s. Nothing is measured later than 1.5 s after the onset.
pub const LONGEST_S: f64 = 2.5;
/// Silence before the onset, s.
pub const LEAD_S: f64 = 0.01;
/// Peak of a stand-in relative to full scale: normalised, with 1 dB of headroom.
const PEAK: f32 = 0.9;
/// Length of the fade-out, s.
const FADE_OUT_S: f64 = 0.01;

/// Resynthesises the note between `bounds` with a fundamental near `expected_hz`.
///
/// `seed` is that of the noise. Returns `None` if no partial is found near `expected_hz`.
#[must_use]
pub fn resynthesize(audio: &Audio, bounds: Bounds, expected_hz: f64, seed: u64) -> Option<Audio> {
    let rate = audio.sample_rate;
    let end_s = bounds.end_s.min(bounds.onset_s + LONGEST_S - LEAD_S);
    let body = locate::segment(&audio.samples, rate, bounds.onset_s, end_s);
    let located = locate::locate(body, rate, expected_hz, PARTIALS)?;
    let tracks: Vec<_> = (0..PARTIALS).filter_map(|i| track::track(body, rate, &located, i)).collect();
    let mut made = synthesize(&tracks, rate, body.len());
    // Measuring the stand-in shows how much the measurement windows smooth envelopes.
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

fn synthesize(tracks: &[track::Track], sample_rate: u32, length: usize) -> Vec<f32> {
    let mut sum = vec![0.0; length];
    for track in tracks {
        track.add_to(&mut sum, sample_rate);
    }
    sum
}
