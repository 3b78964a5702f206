//! Features of a key at an onset, by which the classifier decides.

use super::cost::{CostModel, KeyHypothesis, Sound};
use super::onset_analysis::OnsetContext;
use super::peaks::OnsetPeaks;
use super::restrike::distance_to_harmonic_hz;

/// Number of features.
pub const FEATURES: usize = 13;

/// Meanings of [`KeyFeatures::features`], in their order.
pub const FEATURE_NAMES: [&str; FEATURES] = [
    "length of the spectrum after the onset, s",
    "ln(1 + cost that the key saves)",
    "peak of H1 over the loudest new peak, dB",
    "peak of H1 over what the other keys explain of it, dB",
    "peak of H1 over its amplitude before the onset, dB",
    "new peaks among H2 to H6 that are 6 dB over what the other keys explain",
    "distance of H1 to another key's harmonic, relative to the resolution, at most 2",
    "octaves above C4",
    "1 at a faint onset",
    "number of other keys",
    "level over the loudest other key's, dB",
    "rise at the onset by short probes, dB",
    "1 if the key sounds already",
];

/// Features of a key that may have been struck.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyFeatures {
    /// Onset, seconds.
    pub onset_s: f64,
    /// Key.
    pub midi: u8,
    /// See [`FEATURE_NAMES`].
    pub features: [f32; FEATURES],
}

/// Least excess over what other keys explain of a harmonic that is the key's own, dB; assumed.
const OWN_DB: f32 = 6.0;
/// Range of levels, dB. A missing peak has the lowest.
const LEVELS_DB: (f32, f32) = (-60.0, 6.0);
/// Range of excesses, dB. A missing peak has the lowest.
const EXCESSES_DB: (f32, f32) = (-10.0, 30.0);
/// Range of gains, dB.
const GAINS_DB: (f32, f32) = (-6.0, 40.0);
/// Range of rises, dB.
const RISES_DB: (f32, f32) = (-20.0, 40.0);
/// Distance at which two peaks are apart, relative to the resolution: half a main lobe.
const APART: f64 = 2.0;

/// A key with the sound that is taken for it.
#[derive(Clone, Copy)]
pub(super) struct ChosenKey<'a> {
    pub(super) key: &'a KeyHypothesis<'a>,
    pub(super) sound: Sound,
}

/// Features of a key and its best sound; `None` if it has none.
///
/// The cost model contains the `others`, but not the key. `rise_db` is the rise of its harmonics at
/// the onset.
pub(super) fn features(
    peaks: &OnsetPeaks,
    model: &CostModel,
    key: &KeyHypothesis,
    others: &[ChosenKey],
    rise_db: f64,
    context: &OnsetContext,
) -> Option<([f32; FEATURES], Sound)> {
    let best = model.best_sound(key)?;
    let first = key.candidate.peaks.first().copied().flatten();
    let peak = first.and_then(|index| peaks.all.get(index));
    let ratio_db = |amplitude: f32, other: f32| 20.0 * (amplitude.max(1e-9) / other.max(1e-9)).log10();
    let loudest = peaks.all.iter().map(|peak| peak.new).fold(0.0, f32::max);
    let level_db = peak.map_or(LEVELS_DB.0, |peak| ratio_db(peak.after, loudest));
    let excess_db = first.map_or(EXCESSES_DB.0, |index| model.excess_db(index));
    let gain_db = peak.map_or(0.0, |peak| ratio_db(peak.after, peak.measured_before));
    let harmonics = key.candidate.peaks.iter().take(6).skip(1).flatten();
    let own = harmonics
        .filter(|index| peaks.all.get(**index).is_some_and(|peak| peak.is_new()) && model.excess_db(**index) > OWN_DB);
    let hz = peak.map_or(key.candidate.f0_hz, |peak| peak.frequency_hz);
    let distance = others
        .iter()
        .map(|other| distance_to_harmonic_hz(hz, other.key.candidate.f0_hz) / peaks.resolution_hz)
        .fold(APART, f64::min);
    let amplitude = |key: &KeyHypothesis, sound| model.amplitude(key, sound) as f32;
    let loudest_other = others.iter().map(|other| amplitude(other.key, other.sound)).fold(0.0, f32::max);
    let below_db = if others.is_empty() { 0.0 } else { ratio_db(amplitude(key, best.sound), loudest_other) };
    let flag = |is_so: bool| f32::from(u8::from(is_so));
    let features = [
        context.length_s as f32,
        (-best.cost).max(0.0).ln_1p(),
        level_db.clamp(LEVELS_DB.0, LEVELS_DB.1),
        excess_db.clamp(EXCESSES_DB.0, EXCESSES_DB.1),
        gain_db.clamp(GAINS_DB.0, GAINS_DB.1),
        own.count() as f32,
        distance as f32,
        (f32::from(key.midi) - 60.0) / 12.0,
        flag(context.is_faint),
        others.len() as f32,
        below_db.clamp(-GAINS_DB.1, GAINS_DB.1),
        (rise_db as f32).clamp(RISES_DB.0, RISES_DB.1),
        flag(context.sounding.contains(&key.midi)),
    ];
    Some((features, best.sound))
}
