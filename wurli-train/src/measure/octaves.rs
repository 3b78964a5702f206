//! Octaves of a note in which a partial sounds.

use super::own_harmonics::{OctavePartial, drop_foreign, is_faint_fundamental, lower_fundamental_hz};
use super::steady_partials::SteadyPartials;
use super::{find_note_bounds, locate};
use crate::audio::Audio;
use crate::dsp::db_to_amplitude;

/// Octaves around a note's name that are searched. Middle C is called C3, C4 or C5; a mistake may
/// add another.
pub const OCTAVES: [i16; 5] = [-2, -1, 0, 1, 2];
/// Partials further below the strongest octave are not the note's, dB, unless they have harmonics of
/// their own. 30 lies between two groups
/// in 34 EP200 notes: fundamentals lie at most 17 dB below H2 and H4, hum and other reeds at least
/// 41 dB.
const FAINT_DB: f64 = 30.0;

/// Octaves of a claimed note that sound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Octaves {
    /// Octaves from the claim with their frequencies, Hz, in ascending order. The first one is the
    /// fundamental, the others are its harmonics.
    pub octaves: Vec<(i16, f64)>,
    /// Fundamental of a lower note whose harmonic sounds at the claim, Hz. Then no octave sounds.
    pub lower_hz: Option<f64>,
}

/// Returns those of `octaves` from `fundamental_hz` in which a partial sounds.
pub fn listen(audio: &Audio, fundamental_hz: f64, octaves: impl IntoIterator<Item = i16>) -> Octaves {
    let Some(bounds) = find_note_bounds(audio, fundamental_hz) else { return Octaves::default() };
    let body = locate::segment(&audio.samples, audio.sample_rate, bounds.onset_s, bounds.end_s);
    let partials = SteadyPartials::new(body, audio.sample_rate);
    let amplitude = |octave: i16| {
        let hz = partials.near(fundamental_hz * f64::from(octave).exp2())?;
        Some((octave, hz, partials.amplitude(hz)))
    };
    let mut found: Vec<OctavePartial> = octaves.into_iter().filter_map(amplitude).collect();
    let strongest = found.iter().fold(0.0f64, |strongest, (.., a)| strongest.max(*a));
    let faint = strongest * db_to_amplitude(-FAINT_DB);
    found.retain(|(_, hz, amplitude)| *amplitude >= faint || is_faint_fundamental(*hz, &partials, strongest, faint));
    drop_foreign(&mut found, &partials);
    let lower_hz = found.first().and_then(|(_, hz, _)| lower_fundamental_hz(*hz, &partials, FAINT_DB));
    match lower_hz {
        Some(_) => Octaves { octaves: Vec::new(), lower_hz },
        None => Octaves { octaves: found.into_iter().map(|(octave, hz, _)| (octave, hz)).collect(), lower_hz },
    }
}
