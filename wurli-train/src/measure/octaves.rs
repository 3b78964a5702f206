//! Octaves of a note in which a partial sounds.

use super::own_harmonics::{drop_foreign, is_faint_fundamental};
use super::{find_note_bounds, locate};
use crate::audio::Audio;
use crate::dsp::{db_to_amplitude, goertzel};

/// Octaves around a note's name that are searched. Middle C is called C3, C4 or C5; a mistake may
/// add another.
pub const OCTAVES: [i16; 5] = [-2, -1, 0, 1, 2];
/// Partials further below the strongest octave are not the note's, dB, unless they have harmonics of
/// their own. 30 lies between two groups
/// in 34 EP200 notes: fundamentals lie at most 17 dB below H2 and H4, hum and other reeds at least
/// 41 dB.
const FAINT_DB: f64 = 30.0;

/// Returns the `octaves` from `fundamental_hz` with a sounding partial, and its frequency in Hz.
///
/// Octaves are given in ascending order. The first one found is the fundamental, the others are its
/// harmonics.
pub fn sounding(audio: &Audio, fundamental_hz: f64, octaves: impl IntoIterator<Item = i16>) -> Vec<(i16, f64)> {
    let Some(bounds) = find_note_bounds(audio, fundamental_hz) else { return Vec::new() };
    let body = locate::segment(&audio.samples, audio.sample_rate, bounds.onset_s, bounds.end_s);
    let steady = locate::steady_segment(body, audio.sample_rate);
    let window = goertzel::hann(steady.len());
    let amplitude = |octave: i16| {
        let located = locate::locate(body, audio.sample_rate, fundamental_hz * f64::from(octave).exp2(), 1)?;
        Some((octave, located.f0_hz, goertzel::phasor(steady, &window, located.f0_hz, audio.sample_rate).norm()))
    };
    let mut found: Vec<_> = octaves.into_iter().filter_map(amplitude).collect();
    let faint = found.iter().fold(0.0f64, |strongest, (.., a)| strongest.max(*a)) * db_to_amplitude(-FAINT_DB);
    found.retain(|(_, hz, amplitude)| *amplitude >= faint || is_faint_fundamental(*hz, body, audio.sample_rate, faint));
    drop_foreign(&mut found, body, audio.sample_rate, faint);
    found.into_iter().map(|(octave, hz, _)| (octave, hz)).collect()
}
