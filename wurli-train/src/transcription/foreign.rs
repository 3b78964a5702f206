//! Partials that do not belong to a note.

use crate::audio::Audio;
use crate::dsp::spectrum::Spectrum;
use crate::note_event::NoteEvent;

/// Length of a window, s.
const WINDOW_S: f64 = 0.4;
/// Least amplitude of a foreign partial, relative to the loudest of all windows: −34 dB. Softer keys
/// are not told from noises.
const AUDIBLE: f32 = 0.02;
/// Distance from a harmonic within which a peak belongs to it: two and a half bins of the window, the
/// main lobe and its foot, Hz.
const MAIN_LOBE_HZ: f64 = 2.5 / WINDOW_S;
/// Distance as a fraction of the frequency, for partials of a stretched tuning: 17 cents.
const STRETCH: f64 = 0.01;
/// Highest frequency at which partials are looked for, Hz.
const HIGHEST_HZ: f64 = 3_000.0;

/// Returns whether something sounds between the harmonics of `note` anywhere in the recording.
///
/// Also `true` for a note whose harmonics lie too close together to tell.
pub(super) fn has_foreign_partials(audio: &Audio, note: &NoteEvent) -> bool {
    if note.f0_hz < 3.0 * MAIN_LOBE_HZ {
        return true;
    }
    let window = (WINDOW_S * f64::from(audio.sample_rate)) as usize;
    let (mut loudest, mut foreign) = (0.0f32, 0.0f32);
    for samples in audio.samples.chunks(window).filter(|samples| 2 * samples.len() > window) {
        let spectrum = Spectrum::new(samples, audio.sample_rate);
        let (first, band) = spectrum.band(0.5 * note.f0_hz, HIGHEST_HZ);
        for (bin, amplitude) in (first..).zip(band) {
            let hz = bin as f64 * spectrum.bin_hz;
            let nearest_hz = (hz / note.f0_hz).round().max(1.0) * note.f0_hz;
            let is_own = (hz - nearest_hz).abs() < MAIN_LOBE_HZ.max(STRETCH * hz);
            let largest = if is_own { &mut loudest } else { &mut foreign };
            *largest = largest.max(*amplitude);
        }
    }
    foreign > AUDIBLE * loudest.max(foreign)
}
