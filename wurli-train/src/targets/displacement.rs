//! How much of a note's level residuals a change of displacement explains.

use serde::{Deserialize, Serialize};
use wurli_voice::corrections::{CORRECTED_HARMONICS, DISPLACEMENT, MAX_OUTPUTS, MIN_OUTPUTS};
use wurli_voice::{Instrument, harmonic_amplitudes};

use crate::dsp::amplitude_to_db;
use crate::measure::{HARMONICS, locate};

/// The window in which levels are read, s, and the instants at which the closed form is taken in it.
const WINDOW_S: (f64, f64) = locate::STEADY_S;
const INSTANTS: usize = 8;
/// What a level of one reed differs from the law of the keyboard by, dB: the scatter that a per-note fit of displacement leaves
/// (2.5–3.4 dB on 42 recordings).
const SCATTER_DB: f64 = 3.0;
/// By how much one reed's displacement differs from the law, natural logarithm: 3 dB, the play of hammers and of reeds' heights in
/// their slots.
const PLAY: f64 = 0.35;
/// Scales that are tried, evenly in their logarithm.
const STEPS: usize = 65;
/// Scales at which a synth without a closed form is listened to.
const HEARD_STEPS: usize = 9;

/// What is known of one harmonic's level: recording less model, dB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Evidence {
    /// It was measured.
    Measured(f64),
    /// It lies in the noise, so that it is this at the most.
    AtMost(f64),
}

/// The scale of displacement, 0.5..=2.5, that explains `levels` (H1–H8): the mean of what it may be, given
/// how far displacements and levels differ from reed to reed. `None` where fewer than two harmonics were observed: one of them alone could be
/// anything.
#[must_use]
pub fn explain(swing: &Swing, levels: &[Option<Evidence>; HARMONICS]) -> Option<f64> {
    if levels.iter().skip(1).filter(|level| matches!(level, Some(Evidence::Measured(_)))).count() < 2 {
        return None;
    }
    let cost = |ln_scale: f64, scaled: &[f64; HARMONICS]| {
        let unexplained: f64 = levels
            .iter()
            .zip(scaled.iter().zip(&swing.plain_db))
            .skip(1)
            .filter_map(|(level, (scaled, plain))| {
                let missing_db = match level.as_ref()? {
                    Evidence::Measured(residual) => residual - (scaled - plain),
                    Evidence::AtMost(residual) => (residual - (scaled - plain)).min(0.0),
                };
                Some(huber(missing_db / SCATTER_DB))
            })
            .sum();
        unexplained + 0.5 * (ln_scale / PLAY).powi(2)
    };
    let costs: Vec<(f64, f64)> =
        ln_scales().zip(&swing.levels_db).map(|(ln_scale, scaled)| (ln_scale, cost(ln_scale, scaled))).collect();
    let least = costs.iter().fold(f64::INFINITY, |least, (_, cost)| least.min(*cost));
    // The mean of the posterior, not its peak: where a null of the pickup gives it two, a hair's breadth decides which is higher.
    let (mut sum, mut weight) = (0.0, 0.0);
    for (ln_scale, cost) in costs {
        let likelihood = (least - cost).exp();
        sum += likelihood * ln_scale;
        weight += likelihood;
    }
    Some((sum / weight).exp())
}

/// Levels of a note at every scale of its displacement.
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    /// H1–H8 at scale 1, dB re H1.
    plain_db: [f64; HARMONICS],
    /// The same at the scales that are tried.
    levels_db: Vec<[f64; HARMONICS]>,
}

impl Swing {
    /// By the closed form of the reference voice.
    #[must_use]
    pub fn of_instrument(instrument: &Instrument, midi: u8, velocity: u8) -> Self {
        let levels = |ln_scale: f64| levels_db(instrument, midi, velocity, ln_scale.exp());
        Self { plain_db: levels(0.0), levels_db: ln_scales().map(levels).collect() }
    }

    /// By listening: `levels_db` tells the levels of H1–H8, dB re H1, at a few scales, between which they are taken to be linear in the
    /// logarithm; `plain_db` are those at scale 1. `None` where it does not know one of them.
    ///
    /// # Errors
    /// The first of `levels_db`.
    pub fn heard<E>(
        plain_db: [f64; HARMONICS],
        levels_db: impl Fn(f64) -> Result<Option<[f64; HARMONICS]>, E>,
    ) -> Result<Option<Self>, E> {
        let all: Vec<f64> = ln_scales().collect();
        let apart = (STEPS - 1) / (HEARD_STEPS - 1);
        let nodes = all.iter().step_by(apart).map(|ln_scale| levels_db(ln_scale.exp()));
        let Some(nodes) = nodes.collect::<Result<Option<Vec<_>>, E>>()? else { return Ok(None) };
        let between = |i: usize| {
            let (node, share) = (i / apart, (i % apart) as f64 / apart as f64);
            let next = nodes[(node + 1).min(nodes.len() - 1)];
            std::array::from_fn(|k| nodes[node][k] + share * (next[k] - nodes[node][k]))
        };
        Ok(Some(Self { plain_db, levels_db: (0..all.len()).map(between).collect() }))
    }
}

/// What the levels of H2–H8 do when the displacement scale of a note is changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// At scales that are even in their logarithm, dB above the level at the scale of reference.
    levels_db: Vec<[f32; CORRECTED_HARMONICS]>,
}

/// [`Response`] at one scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// Levels of H2–H8, dB above those at the scale of reference.
    pub levels_db: [f32; CORRECTED_HARMONICS],
    /// Their slopes, dB per unit of scale.
    pub slopes_db: [f32; CORRECTED_HARMONICS],
}

impl Response {
    /// Of a note whose displacement cannot be scaled.
    #[must_use]
    pub fn none() -> Self {
        Self { levels_db: vec![[0.0; CORRECTED_HARMONICS]; STEPS] }
    }

    /// Of a note, against its levels at the scale `reference`.
    #[must_use]
    pub fn of(swing: &Swing, reference: f64) -> Self {
        let levels = |levels: &[f64; HARMONICS]| {
            let [_, corrected @ ..] = levels;
            corrected.map(|level_db| level_db as f32)
        };
        let mut response = Self { levels_db: swing.levels_db.iter().map(levels).collect() };
        // By what the table says there, so that nothing is moved at the reference itself.
        let there = response.at(reference as f32).levels_db;
        for row in &mut response.levels_db {
            row.iter_mut().zip(there).for_each(|(level, there)| *level -= there);
        }
        response
    }

    /// At a scale, which is held in 0.5..=2.5; linear in its logarithm between the tabulated ones.
    #[must_use]
    pub fn at(&self, scale: f32) -> Moved {
        let (lowest, highest) = (MIN_OUTPUTS[DISPLACEMENT], MAX_OUTPUTS[DISPLACEMENT]);
        let step = (highest / lowest).ln() / (STEPS - 1) as f32;
        let scale = scale.clamp(lowest, highest);
        let place = (scale / lowest).ln() / step;
        let index = (place as usize).min(STEPS - 2);
        let share = place - index as f32;
        let mut moved = Moved { levels_db: [0.0; CORRECTED_HARMONICS], slopes_db: [0.0; CORRECTED_HARMONICS] };
        if let Some([low, high]) = self.levels_db.get(index..index + 2) {
            for i in 0..CORRECTED_HARMONICS {
                let rise = high[i] - low[i];
                moved.levels_db[i] = low[i] + share * rise;
                moved.slopes_db[i] = rise / (step * scale);
            }
        }
        moved
    }
}

/// Logarithms of the scales that are tried, from the lowest to the highest.
fn ln_scales() -> impl Iterator<Item = f64> {
    let (lowest, highest) = (f64::from(MIN_OUTPUTS[DISPLACEMENT]).ln(), f64::from(MAX_OUTPUTS[DISPLACEMENT]).ln());
    (0..STEPS).map(move |i| lowest + (highest - lowest) * i as f64 / (STEPS - 1) as f64)
}

/// Levels of H1–H8 as a Hann window reads them, dB re H1: the mean of signed amplitudes, for a harmonic that turns round at a
/// null cancels part of itself.
fn levels_db(instrument: &Instrument, midi: u8, velocity: u8, scale: f64) -> [f64; HARMONICS] {
    let mut sums = [0.0; HARMONICS];
    for i in 0..INSTANTS {
        let share = (i as f64 + 0.5) / INSTANTS as f64;
        let time_s = WINDOW_S.0 + (WINDOW_S.1 - WINDOW_S.0) * share;
        let weight = (std::f64::consts::PI * share).sin().powi(2);
        let mut amplitudes = [0.0; HARMONICS];
        harmonic_amplitudes(instrument, midi, f64::from(velocity) / 127.0, scale, time_s, &mut amplitudes);
        for (sum, amplitude) in sums.iter_mut().zip(amplitudes) {
            *sum += weight * amplitude;
        }
    }
    let levels = sums.map(|sum| amplitude_to_db(sum.abs()));
    levels.map(|level| level - levels[0])
}

fn huber(x: f64) -> f64 {
    if x.abs() < 1.0 { 0.5 * x * x } else { x.abs() - 0.5 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_struck_harder_is_explained_by_its_displacement() {
        let instrument = Instrument::EP200;
        for midi in [40, 56, 67, 79] {
            for scale in [0.6, 0.8, 1.3, 2.0] {
                let plain = levels_db(&instrument, midi, 78, 1.0);
                let real = levels_db(&instrument, midi, 78, scale);
                let residuals = std::array::from_fn(|i| Some(Evidence::Measured(real[i] - plain[i])));
                let found = explain(&Swing::of_instrument(&instrument, midi, 78), &residuals).unwrap();
                // The pull toward 1 takes a share that shrinks as the evidence of seven harmonics grows.
                assert!((found / scale).ln().abs() < 0.25 * scale.ln().abs(), "midi {midi}: {found}, not {scale}");
                assert!((found - 1.0) * (scale - 1.0) > 0.0);
            }
        }
    }

    #[test]
    fn a_response_is_that_of_the_closed_form_and_its_slope_that_of_the_response() {
        let instrument = Instrument::EP200;
        let reference = levels_db(&instrument, 56, 78, 0.8);
        let response = Response::of(&Swing::of_instrument(&instrument, 56, 78), 0.8);
        for scale in [0.5f32, 0.77, 0.8, 1.3, 2.5] {
            let closed = levels_db(&instrument, 56, 78, f64::from(scale));
            let moved = response.at(scale);
            let (low, high) = (response.at(scale * 0.9999), response.at(scale * 1.0001));
            for i in 0..CORRECTED_HARMONICS {
                let expected = closed[i + 1] - reference[i + 1];
                // Between two tabulated scales, 2.5 % apart, a level bends by less than this but at a null.
                if expected > -20.0 {
                    assert!((f64::from(moved.levels_db[i]) - expected).abs() < 0.3, "H{} at {scale}", i + 2);
                }
                let slope = (high.levels_db[i] - low.levels_db[i]) / (0.0002 * scale);
                // At the bounds, and at a tabulated scale, one of the two steps stays or bends.
                if (0.6..2.4).contains(&scale) && scale != 0.8 {
                    assert!((moved.slopes_db[i] - slope).abs() < 0.05 * slope.abs() + 0.5, "H{} at {scale}", i + 2);
                }
            }
        }
        assert_eq!(response.at(0.1), response.at(0.5));
    }

    #[test]
    fn what_is_heard_at_nine_scales_is_nearly_the_closed_form() {
        let instrument = Instrument::EP200;
        let closed = Swing::of_instrument(&instrument, 56, 78);
        let plain = levels_db(&instrument, 56, 78, 1.0);
        let asked = std::cell::Cell::new(0);
        let heard = Swing::heard(plain, |scale| {
            asked.set(asked.get() + 1);
            Ok::<_, ()>(Some(levels_db(&instrument, 56, 78, scale)))
        });
        let heard = heard.unwrap().unwrap();
        assert_eq!(
            (asked.get(), heard.levels_db[0], heard.levels_db[64]),
            (9, closed.levels_db[0], closed.levels_db[64])
        );
        let residuals = levels_db(&instrument, 56, 78, 1.4);
        let residuals = std::array::from_fn(|i| Some(Evidence::Measured(residuals[i] - plain[i])));
        let [by_ear, by_form] = [&heard, &closed].map(|swing| explain(swing, &residuals).unwrap());
        assert!((by_ear / by_form - 1.0).abs() < 0.03, "{by_ear} {by_form}");
        assert_eq!(Swing::heard(plain, |_| Ok::<_, ()>(None)), Ok(None));
    }

    #[test]
    fn residuals_without_a_common_cause_leave_the_displacement_alone() {
        let mut residuals = [Some(Evidence::Measured(0.0)); HARMONICS];
        let same = explain(&Swing::of_instrument(&Instrument::EP200, 60, 78), &residuals).unwrap();
        // The posterior is not symmetrical: a hundredth is a tenth of a dB.
        assert!((same - 1.0).abs() < 0.01, "{same}");
        residuals[4] = Some(Evidence::Measured(20.0));
        let outlier = explain(&Swing::of_instrument(&Instrument::EP200, 60, 78), &residuals).unwrap();
        assert!((outlier.ln()).abs() < 0.15, "{outlier}");
    }

    #[test]
    fn one_harmonic_alone_explains_nothing() {
        let mut residuals = [None; HARMONICS];
        residuals[1] = Some(Evidence::Measured(6.0));
        assert_eq!(explain(&Swing::of_instrument(&Instrument::EP200, 60, 78), &residuals), None);
        residuals[2] = Some(Evidence::Measured(6.0));
        assert!(explain(&Swing::of_instrument(&Instrument::EP200, 60, 78), &residuals).is_some());
    }

    #[test]
    fn a_harmonic_in_the_noise_speaks_only_against_a_louder_model() {
        let explained = |sixth| {
            let mut levels = [Some(Evidence::Measured(0.0)); HARMONICS];
            levels[5] = Some(sixth);
            explain(&Swing::of_instrument(&Instrument::EP200, 60, 78), &levels).unwrap()
        };
        let undisturbed = explained(Evidence::AtMost(30.0));
        assert!(explained(Evidence::AtMost(-10.0)) < undisturbed - 0.01);
        assert_eq!(explained(Evidence::AtMost(60.0)), undisturbed);
        // So far below the model, it makes no difference whether it was measured or drowned.
        let difference = explained(Evidence::AtMost(-10.0)) - explained(Evidence::Measured(-10.0));
        assert!(difference.abs() < 0.02, "{difference}");
    }

    #[test]
    fn the_scale_stays_inside_its_bounds() {
        for level in [-1e3, 1e3] {
            let scale = explain(
                &Swing::of_instrument(&Instrument::EP200, 60, 78),
                &[Some(Evidence::Measured(level)); HARMONICS],
            )
            .unwrap();
            assert!((0.5..=2.5).contains(&scale), "{scale}");
        }
    }
}
