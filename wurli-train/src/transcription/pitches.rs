//! Which notes begin at an onset: the candidate that explains most, its octave checked, what it explains taken
//! away, and again.

use super::partials::{Partials, db_to_amplitude};
use super::salience::{Candidate, Fit, fit};
use super::settings::TranscriptionSettings;
use super::timbre::{Timbres, midi_to_hz};

/// Level of the odd harmonics under the even ones at which the note is taken for the octave above, dB. Real
/// notes have H1 or H3 within 6 dB of their strongest even harmonic (all 34 recordings).
const ODD_BELOW_EVEN_DB: f64 = 14.0;
/// Part of the new amplitude of its fundamental that must be unexplained yet, or the note is a remainder of another.
const FRESH_SHARE: f32 = 0.4;
/// Part of the fundamental's amplitude after the onset that must be new.
const NEW_SHARE: f32 = 0.5;
/// Candidates that are fitted, strongest first: more than twice the polyphony.
const FITTED_CANDIDATES: usize = 24;

/// A note that begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pitch {
    pub(super) midi: u8,
    pub(super) f0_hz: f64,
    /// Root of the summed powers that the note explains.
    pub(super) amplitude: f64,
}

/// The notes that explain the new partials. `sounding` are keys that sounded before: of these, all harmonics
/// together must have gained `restrike_db`. `weakest` is the least amplitude that a note may have.
pub(super) fn estimate(
    partials: &mut Partials,
    timbres: &Timbres,
    sounding: &[u8],
    weakest: f64,
    settings: &TranscriptionSettings,
) -> Vec<Pitch> {
    let tolerance = db_to_amplitude(settings.timbre_tolerance_db);
    let mut candidates = candidates(partials, settings);
    let mut found: Vec<Pitch> = Vec::new();
    while found.len() < settings.polyphony {
        let fitted = candidates.iter().enumerate().filter_map(|(index, candidate)| {
            Some((index, fit(partials, candidate, timbres.of(candidate.midi()?), tolerance)?))
        });
        let Some((index, best)) = fitted.max_by(|(_, a), (_, b)| a.salience.total_cmp(&b.salience)) else { break };
        let candidate = candidates.swap_remove(index);
        if best.salience <= 0.0 {
            break;
        }
        let (candidate, best) = octave_checked(partials, candidate, best, timbres, tolerance);
        let Some(midi) = candidate.midi() else { continue };
        let loudest = found.iter().map(|pitch| pitch.amplitude).fold(0.0, f64::max);
        let least = weakest.max(loudest * f64::from(db_to_amplitude(-settings.weakest_in_chord_db)));
        let amplitude = explained_amplitude(partials, &candidate, &best);
        let known = found.iter().any(|pitch| pitch.midi == midi);
        if known || amplitude < least || !is_believable(partials, &candidate, &best, settings) {
            continue;
        }
        if sounding.contains(&midi) && gain_db(partials, &candidate) < settings.restrike_db {
            continue;
        }
        claim(partials, &candidate, &best);
        found.push(Pitch { midi, f0_hz: candidate.f0_hz, amplitude });
    }
    found
}

/// Every new partial that may be a fundamental.
fn candidates(partials: &Partials, settings: &TranscriptionSettings) -> Vec<Candidate> {
    let lowest_hz = midi_to_hz(f64::from(settings.lowest_midi) - 0.5);
    let highest_hz = midi_to_hz(f64::from(settings.highest_midi) + 0.5);
    let mut starts: Vec<(f32, f64)> = partials
        .peaks
        .iter()
        .filter(|peak| (lowest_hz..highest_hz).contains(&peak.frequency_hz) && peak.new > NEW_SHARE * peak.after)
        .map(|peak| (peak.new, peak.frequency_hz))
        .collect();
    starts.sort_by(|a, b| b.0.total_cmp(&a.0));
    starts.truncate(FITTED_CANDIDATES);
    starts.into_iter().map(|(_, frequency_hz)| Candidate::follow(partials, frequency_hz)).collect()
}

/// The candidate, or the octave above if hardly anything lies on its odd harmonics, or the octave below if that
/// explains more although its fundamental is not to be seen.
fn octave_checked(
    partials: &Partials,
    candidate: Candidate,
    best: Fit,
    timbres: &Timbres,
    tolerance: f32,
) -> (Candidate, Fit) {
    let power = |parity: usize| -> f32 {
        (1..=8).filter(|order| order % 2 == parity).map(|order| candidate.fresh(partials, order).powi(2)).sum()
    };
    let fit_at = |f0_hz: f64| {
        let octave = Candidate::follow(partials, f0_hz);
        let fit = fit(partials, &octave, timbres.of(octave.midi()?), tolerance)?;
        Some((octave, fit))
    };
    if power(1) < power(0) * db_to_amplitude(-ODD_BELOW_EVEN_DB).powi(2)
        && let Some(above) = fit_at(2.0 * candidate.f0_hz)
    {
        return above;
    }
    if let Some((below, below_fit)) = fit_at(0.5 * candidate.f0_hz)
        && [3, 5, 7].iter().all(|order| below.fresh(partials, *order) > 0.0)
        && below_fit.salience > best.salience
    {
        return (below, below_fit);
    }
    (candidate, best)
}

fn is_believable(partials: &Partials, candidate: &Candidate, best: &Fit, settings: &TranscriptionSettings) -> bool {
    let fundamental = candidate.peak(partials, 1);
    let is_fresh = fundamental.is_none_or(|peak| peak.fresh > FRESH_SHARE * peak.new);
    is_fresh && f64::from(best.evidence) >= settings.least_evidence
}

fn explained_amplitude(partials: &Partials, candidate: &Candidate, best: &Fit) -> f64 {
    let powers = best.claims.iter().enumerate().map(|(index, claim)| {
        let explained = f64::from(claim.min(candidate.fresh(partials, index + 1)));
        explained * explained
    });
    powers.sum::<f64>().sqrt()
}

/// Gain of all harmonics together over the onset, dB.
fn gain_db(partials: &Partials, candidate: &Candidate) -> f64 {
    let peaks = || candidate.partials.iter().flatten().filter_map(|index| partials.peaks.get(*index));
    let after: f64 = peaks().map(|peak| f64::from(peak.after).powi(2)).sum();
    let before: f64 = peaks().map(|peak| f64::from(peak.before).powi(2)).sum();
    10.0 * (after / before.max(f64::MIN_POSITIVE)).log10()
}

/// Takes from the fresh amplitudes what the note explains.
fn claim(partials: &mut Partials, candidate: &Candidate, best: &Fit) {
    for (index, claim) in candidate.partials.iter().zip(best.claims) {
        if let Some(peak) = index.and_then(|index| partials.peaks.get_mut(index)) {
            let taken = claim.min(peak.fresh);
            peak.fresh = (peak.fresh * peak.fresh - taken * taken).max(0.0).sqrt();
        }
    }
}
