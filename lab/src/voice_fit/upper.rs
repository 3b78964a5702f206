//! Levels of H9–H32, by which the lip of the pickup is fitted.

use wurli_train::audio::Audio;
use wurli_train::dsp::{amplitude_to_db, goertzel};
use wurli_train::measure::locate::{self, Located};

/// Highest harmonic that is compared.
pub(super) const HIGHEST: usize = 32;
/// Lowest harmonic here. Those below are measured with the note.
const LOWEST: usize = 9;
/// Windows, s after the onset.
const WINDOWS_S: [(f64, f64); 2] = [(0.1, 0.4), (0.4, 0.8)];
/// Least fraction of a window that the note must fill.
const MIN_FILLED: f64 = 0.9;
/// Levels this far below the loudest harmonic are clamped, dB: below it nothing is audible beside it.
const RANGE_DB: f64 = 60.0;

/// Measured levels of H9–H32 in one window, dB relative to H1.
#[derive(Clone, Debug, PartialEq)]
pub struct UpperLevels {
    pub(super) from_s: f64,
    pub(super) to_s: f64,
    /// Harmonic with its level. 1 is H1.
    pub(super) levels: Vec<(usize, f64)>,
    /// Level to which measured and modelled ones are clamped.
    pub(super) floor_db: f64,
}

impl UpperLevels {
    /// Measures a recorded note near `expected_hz`, from its onset to its end.
    #[must_use]
    pub fn measure(audio: &Audio, (onset_s, end_s): (f64, f64), expected_hz: f64) -> Vec<Self> {
        let rate = audio.sample_rate;
        let body = locate::segment(&audio.samples, rate, onset_s, end_s);
        let Some(located) = locate::locate(body, rate, expected_hz, HIGHEST) else { return Vec::new() };
        WINDOWS_S.into_iter().filter_map(|(from_s, to_s)| in_window(body, rate, &located, from_s, to_s)).collect()
    }
}

fn in_window(body: &[f32], rate: u32, located: &Located, from_s: f64, to_s: f64) -> Option<UpperLevels> {
    let samples = locate::segment(body, rate, from_s, to_s);
    if (samples.len() as f64) < MIN_FILLED * (to_s - from_s) * f64::from(rate) {
        return None;
    }
    let window = goertzel::hann(samples.len());
    let level_db = |hz: f64| amplitude_to_db(goertzel::phasor(samples, &window, hz, rate).norm());
    let in_band = (1..=HIGHEST).take_while(|k| *k as f64 * located.f0_hz <= located.band_hz);
    let levels_db: Vec<f64> = in_band.map(|k| level_db(k as f64 * located.f0_hz)).collect();
    let first_db = *levels_db.first()?;
    // The noise between the partials, in a window of this length.
    let noise = located.floors.iter().take(levels_db.len()).fold(0.0, |a: f64, b| a.max(*b));
    let noise_db = amplitude_to_db(noise) + 10.0 * (located.floor_samples as f64 / samples.len() as f64).log10();
    let loudest_db = levels_db.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
    let levels = (1..).zip(&levels_db).skip(LOWEST - 1).map(|(k, level_db)| (k, level_db - first_db));
    Some(UpperLevels {
        from_s,
        to_s,
        levels: levels.collect(),
        floor_db: noise_db.max(loudest_db - RANGE_DB) - first_db,
    })
}
