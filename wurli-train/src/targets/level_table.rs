//! Levels of a note at every displacement scale.

use wurli_voice::corrections::{DISPLACEMENT, MAX_OUTPUTS, MIN_OUTPUTS};
use wurli_voice::{Instrument, harmonic_amplitudes};

use crate::dsp::amplitude_to_db;
use crate::measure::{HARMONICS, locate};

/// Tabulated scales, evenly spaced in their logarithm.
pub(super) const SCALE_STEPS: usize = 65;
/// Scales at which a synth without a closed form is rendered.
const RENDERED_STEPS: usize = 9;
/// Instants per window at which the closed form is evaluated.
const INSTANTS: usize = 8;

/// Levels of H1–H8 of one note as a function of its displacement scale.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelTable {
    /// Levels at scale 1, dB re H1.
    pub(super) plain_db: [f64; HARMONICS],
    /// Levels at each tabulated scale, dB re H1.
    pub(super) levels_db: Vec<[f64; HARMONICS]>,
}

impl LevelTable {
    /// Evaluates the closed form of the reference voice.
    #[must_use]
    pub fn from_instrument(instrument: &Instrument, midi: u8, velocity: u8) -> Self {
        let levels = |ln_scale: f64| instrument_levels_db(instrument, midi, velocity, ln_scale.exp());
        Self { plain_db: levels(0.0), levels_db: ln_scales().map(levels).collect() }
    }

    /// Tabulates a synth without a closed form.
    ///
    /// `measure_db` returns the levels of H1–H8 at a scale, dB re H1. It is called at nine scales;
    /// levels in between are interpolated linearly in the logarithm of the scale. `None` if
    /// `measure_db` returns `None`.
    ///
    /// # Errors
    /// The first error of `measure_db`.
    pub fn from_renderings<E>(
        plain_db: [f64; HARMONICS],
        measure_db: impl Fn(f64) -> Result<Option<[f64; HARMONICS]>, E>,
    ) -> Result<Option<Self>, E> {
        let scales: Vec<f64> = ln_scales().map(f64::exp).collect();
        let spacing = (SCALE_STEPS - 1) / (RENDERED_STEPS - 1);
        let nodes = scales.iter().step_by(spacing).map(|scale| measure_db(*scale));
        let Some(nodes) = nodes.collect::<Result<Option<Vec<_>>, E>>()? else { return Ok(None) };
        let interpolate = |i: usize| {
            let (node, fraction) = (i / spacing, (i % spacing) as f64 / spacing as f64);
            let next = nodes[(node + 1).min(nodes.len() - 1)];
            std::array::from_fn(|k| nodes[node][k] + fraction * (next[k] - nodes[node][k]))
        };
        Ok(Some(Self { plain_db, levels_db: (0..scales.len()).map(interpolate).collect() }))
    }
}

/// Returns the natural logarithms of the tabulated scales, ascending.
pub(super) fn ln_scales() -> impl Iterator<Item = f64> {
    let (lowest, highest) = (f64::from(MIN_OUTPUTS[DISPLACEMENT]).ln(), f64::from(MAX_OUTPUTS[DISPLACEMENT]).ln());
    (0..SCALE_STEPS).map(move |i| lowest + (highest - lowest) * i as f64 / (SCALE_STEPS - 1) as f64)
}

/// Returns the levels of H1–H8 in the steady window by the closed form, dB re H1.
pub(super) fn instrument_levels_db(instrument: &Instrument, midi: u8, velocity: u8, scale: f64) -> [f64; HARMONICS] {
    let velocity = f64::from(velocity) / 127.0;
    let amplitudes = hann_mean_amplitudes(instrument, midi, velocity, scale, locate::STEADY_S, INSTANTS);
    let levels = amplitudes.map(|amplitude| amplitude_to_db(amplitude.abs()));
    levels.map(|level| level - levels[0])
}

/// Returns the Hann-weighted sums of the signed amplitudes of H1–H8 at `instants` points of a
/// window.
///
/// Amplitudes are signed because a harmonic that passes a null of the pickup partly cancels within
/// the window. The common factor of the sums is arbitrary; only their ratios matter.
#[must_use]
pub fn hann_mean_amplitudes(
    instrument: &Instrument,
    midi: u8,
    velocity: f64,
    scale: f64,
    window_s: (f64, f64),
    instants: usize,
) -> [f64; HARMONICS] {
    let mut sums = [0.0; HARMONICS];
    for i in 0..instants {
        let position = (i as f64 + 0.5) / instants as f64;
        let time_s = window_s.0 + (window_s.1 - window_s.0) * position;
        let weight = (std::f64::consts::PI * position).sin().powi(2);
        let mut amplitudes = [0.0; HARMONICS];
        harmonic_amplitudes(instrument, midi, velocity, scale, time_s, &mut amplitudes);
        for (sum, amplitude) in sums.iter_mut().zip(amplitudes) {
            *sum += weight * amplitude;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::displacement::{Evidence, estimate_scale};

    #[test]
    fn nine_renderings_nearly_give_the_closed_form() {
        let instrument = Instrument::EP200;
        let closed = LevelTable::from_instrument(&instrument, 56, 78);
        let plain = instrument_levels_db(&instrument, 56, 78, 1.0);
        let calls = std::cell::Cell::new(0);
        let rendered = LevelTable::from_renderings(plain, |scale| {
            calls.set(calls.get() + 1);
            Ok::<_, ()>(Some(instrument_levels_db(&instrument, 56, 78, scale)))
        });
        let rendered = rendered.unwrap().unwrap();
        assert_eq!(
            (calls.get(), rendered.levels_db[0], rendered.levels_db[64]),
            (9, closed.levels_db[0], closed.levels_db[64])
        );
        let residuals = instrument_levels_db(&instrument, 56, 78, 1.4);
        let residuals = std::array::from_fn(|i| Some(Evidence::Measured(residuals[i] - plain[i])));
        let [by_rendering, by_form] = [&rendered, &closed].map(|table| estimate_scale(table, &residuals).unwrap());
        assert!((by_rendering / by_form - 1.0).abs() < 0.03, "{by_rendering} {by_form}");
        assert_eq!(LevelTable::from_renderings(plain, |_| Ok::<_, ()>(None)), Ok(None));
    }
}
