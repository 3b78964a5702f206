//! In which octaves of a note something sounds.

use super::own_harmonics::drop_foreign;
use super::{find_note_bounds, partials};
use crate::audio::Audio;
use crate::dsp::{db_to_amplitude, goertzel};

/// Octaves about a note in which it is looked for: middle C is called C3, C4 or C5, and a mistake may add another.
pub const OCTAVES: [i16; 5] = [-2, -1, 0, 1, 2];
/// What is further below the strongest of these octaves is none of the note, dB: halfway between what 34 recordings of an EP200 have. Their
/// fundamentals are at most 17 dB below H2 and H4, and what else sounds octaves below them (hum, other reeds) is at least 41 dB below.
const FAINT_DB: f64 = 30.0;

/// Of the `octaves` from `fundamental_hz`, given from the lowest up, those in which a partial sounds, with its frequency in Hz. The
/// lowest is the fundamental, the others are its harmonics.
pub fn sounding(audio: &Audio, fundamental_hz: f64, octaves: impl IntoIterator<Item = i16>) -> Vec<(i16, f64)> {
    let Some(bounds) = find_note_bounds(audio, fundamental_hz) else { return Vec::new() };
    let body = partials::segment(&audio.samples, audio.sample_rate, bounds.onset_s, bounds.end_s);
    let steady = partials::steady(body, audio.sample_rate);
    let window = goertzel::hann(steady.len());
    let amplitude = |octave: i16| {
        let located = partials::locate(body, audio.sample_rate, fundamental_hz * f64::from(octave).exp2(), 1)?;
        Some((octave, located.f0_hz, goertzel::line(steady, &window, located.f0_hz, audio.sample_rate).norm()))
    };
    let mut found: Vec<_> = octaves.into_iter().filter_map(amplitude).collect();
    let faint = found.iter().fold(0.0f64, |strongest, (.., a)| strongest.max(*a)) * db_to_amplitude(-FAINT_DB);
    found.retain(|(.., amplitude)| *amplitude >= faint);
    drop_foreign(&mut found, body, audio.sample_rate, faint);
    found.into_iter().map(|(octave, hz, _)| (octave, hz)).collect()
}
