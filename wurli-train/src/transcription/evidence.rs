//! What speaks for a key at an onset, and against it, beside what its explanation costs.

use super::NoteMoment;
use super::explanation::{Explanation, Key, Sound};
use super::partials::Partials;
use super::timbre::Timbres;

/// Numbers by which a key is judged.
pub const EVIDENCE: usize = 13;

/// What they are, in the order of [`Judged::evidence`].
pub const EVIDENCE_NAMES: [&str; EVIDENCE] = [
    "length of the spectrum after the onset, s",
    "logarithm of 1 + the cost that the key saves",
    "partial of H1 over the loudest new one, dB",
    "the same over what the other keys explain of it, dB",
    "the same over what was there before, dB",
    "new partials 6 dB over what the other keys explain, among H2 to H6",
    "distance of H1 to another key's harmonic, in parts of the resolution, at most 2",
    "key over C4, octaves",
    "1 at a faint onset",
    "other keys",
    "level over the loudest other key's, dB",
    "rise at the onset, by short probes, dB",
    "1 if the key sounds already",
];

/// A key that may have been struck, and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// When, seconds.
    pub onset_s: f64,
    /// Which key.
    pub midi: u8,
    /// See [`EVIDENCE_NAMES`].
    pub evidence: [f32; EVIDENCE],
}

/// Excess over what other keys explain that makes a harmonic a key's own, dB; assumed.
const OWN_DB: f32 = 6.0;
/// Lowest and highest level that is told from lower and higher ones, dB. Where something is missing, the lowest.
const LEVELS_DB: (f32, f32) = (-60.0, 6.0);
const EXCESSES_DB: (f32, f32) = (-10.0, 30.0);
const GAINS_DB: (f32, f32) = (-6.0, 40.0);
const RISES_DB: (f32, f32) = (-20.0, 40.0);
/// Distance at which two partials are apart, in parts of the resolution: half a main lobe.
const APART: f64 = 2.0;

/// Evidence for a key, and the sound that explains it best. The other chosen keys are part of the explanation, the key
/// is not. `rise_db` is the rise of its harmonics at the onset.
pub(super) fn evidence(
    partials: &Partials,
    explanation: &Explanation,
    timbres: &Timbres,
    key: &Key,
    others: &[(&Key, Sound)],
    rise_db: f64,
    moment: &NoteMoment,
) -> Option<([f32; EVIDENCE], Sound)> {
    let (sound, cost) = explanation.best(key, timbres.of(key.midi))?;
    let first = key.candidate.partials.first().copied().flatten();
    let peak = first.and_then(|index| partials.peaks.get(index));
    let in_db = |amplitude: f32, other: f32| 20.0 * (amplitude.max(1e-9) / other.max(1e-9)).log10();
    let loudest = partials.peaks.iter().map(|peak| peak.new).fold(0.0, f32::max);
    let level_db = peak.map_or(LEVELS_DB.0, |peak| in_db(peak.after, loudest));
    let excess_db = first.map_or(EXCESSES_DB.0, |index| explanation.excess_db(index));
    let gain_db = peak.map_or(0.0, |peak| in_db(peak.after, peak.was));
    let own = key.candidate.partials.iter().take(6).skip(1).flatten();
    let own = own.filter(|index| {
        partials.peaks.get(**index).is_some_and(|peak| peak.is_new()) && explanation.excess_db(**index) > OWN_DB
    });
    let hz = peak.map_or(key.candidate.f0_hz, |peak| peak.frequency_hz);
    let distance_hz = |f0_hz: f64| (hz - (hz / f0_hz).round().max(1.0) * f0_hz).abs();
    let distance = others
        .iter()
        .map(|(other, _)| distance_hz(other.candidate.f0_hz) / partials.resolution_hz)
        .fold(APART, f64::min);
    let amplitude = |key: &Key, sound| explanation.amplitude(key, timbres.of(key.midi), sound) as f32;
    let loudest_other = others.iter().map(|(other, sound)| amplitude(other, *sound)).fold(0.0, f32::max);
    let below_db = if others.is_empty() { 0.0 } else { in_db(amplitude(key, sound), loudest_other) };
    let flag = |is_so: bool| f32::from(u8::from(is_so));
    let evidence = [
        moment.length_s as f32,
        (-cost).max(0.0).ln_1p(),
        level_db.clamp(LEVELS_DB.0, LEVELS_DB.1),
        excess_db.clamp(EXCESSES_DB.0, EXCESSES_DB.1),
        gain_db.clamp(GAINS_DB.0, GAINS_DB.1),
        own.count() as f32,
        distance as f32,
        (f32::from(key.midi) - 60.0) / 12.0,
        flag(moment.is_faint),
        others.len() as f32,
        below_db.clamp(-GAINS_DB.1, GAINS_DB.1),
        (rise_db as f32).clamp(RISES_DB.0, RISES_DB.1),
        flag(moment.sounding.contains(&key.midi)),
    ];
    Some((evidence, sound))
}
