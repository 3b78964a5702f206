//! Pitches that begin at an onset.
//!
//! Keys are chosen greedily: in each round the key that lowers the cost most, after which all
//! chosen keys are reassigned. A classifier then reviews the choice.

use wurli_voice::instrument::midi_to_hz;

use super::candidate::Candidate;
use super::cost::{CostModel, KeyHypothesis, Sound};
use super::features::KeyFeatures;
use super::onset_analysis::OnsetContext;
use super::peaks::{OnsetPeaks, SpectralPeak};
use super::review::{LEAST_SAVED, Review};
use super::settings::TranscriptionSettings;
use super::timbre::Timbres;
use crate::dsp::{db_to_amplitude, greatest_common_divisor};

/// Gain of a sustained note's harmonic from which on it may be a new note's fundamental, as
/// amplitude; 12 dB, assumed.
const STRUCK_ON_SUSTAINED: f32 = 4.0;
/// Candidates that are fitted, loudest peak first.
const FITTED_CANDIDATES: usize = 48;
/// Fundamentals below this may start from a higher harmonic, Hz.
const BASS_HZ: f64 = 180.0;
/// Highest harmonic from which a candidate may start.
const HIGHEST_START: u32 = 5;
/// New harmonics among the first six that a bass note must have. A thump and mains hum have one.
const BASS_HARMONICS: usize = 3;
/// New harmonics that a note with a hidden fundamental must have.
const HARMONICS_FOR_HIDDEN: usize = 3;
/// Distance below which two candidates are one, relative to the frequency: a tenth of a semitone.
const SAME_PITCH: f64 = 0.006;
/// Ratios of fundamentals between which a chosen key may be reassigned.
const RELATED_RATIOS: [f64; 4] = [2.0, 0.5, 3.0, 1.0 / 3.0];
/// Times that all chosen keys are reassigned after each choice.
const REASSIGNMENTS: usize = 2;

/// A note that begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pitch {
    pub(super) midi: u8,
    pub(super) f0_hz: f64,
    /// Root of the summed powers that the note explains.
    pub(super) amplitude: f64,
}

/// A chosen key.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    /// Index among the hypotheses.
    pub(super) index: usize,
    pub(super) sound: Sound,
}

/// A choice with the cost that it adds.
struct CostedChoice {
    choice: Choice,
    cost: f32,
}

/// Estimates the notes that explain the new peaks at the least cost, as reviewed by the classifier.
///
/// `features` receives the features of all keys in the end.
pub(super) fn estimate(
    peaks: &OnsetPeaks,
    timbres: &Timbres,
    context: &OnsetContext,
    settings: &TranscriptionSettings,
    features: Option<&mut Vec<KeyFeatures>>,
) -> Vec<Pitch> {
    let loudest = peaks.all.iter().map(|peak| peak.after).fold(0.0, f32::max);
    let least = context.weakest.max(f64::from(loudest * db_to_amplitude(-settings.weakest_in_chord_db) as f32));
    let mut model = CostModel::new(peaks, context.is_faint, &settings.cost);
    let saved = |key: &KeyHypothesis| model.best_sound(key).map_or(0.0, |best| -best.cost);
    // A key that does not pay for itself alone never does beside others.
    let (likely, unlikely): (Vec<_>, Vec<_>) = candidates(peaks, settings)
        .into_iter()
        .filter_map(|candidate| model.hypothesis(candidate, timbres))
        .map(|key| (saved(&key), key))
        .filter(|(saved, _)| *saved > LEAST_SAVED)
        .partition(|(saved, key)| is_believable(peaks, &key.candidate) && *saved > settings.cost.key);
    let likely_count = likely.len();
    let keys: Vec<KeyHypothesis> = likely.into_iter().chain(unlikely).map(|(_, key)| key).collect();
    let likely = keys.get(..likely_count).unwrap_or_default();
    let mut chosen: Vec<Choice> = Vec::new();
    // Prices depend on the choices before, so that choices may go in circles: the rounds are
    // limited.
    for _ in 0..2 * settings.polyphony {
        if chosen.len() >= settings.polyphony {
            break;
        }
        let Some(choice) = best_choice(&model, likely, &chosen, least) else { break };
        model.add(&likely[choice.index], choice.sound);
        chosen.push(choice);
        for _ in 0..REASSIGNMENTS {
            reassign(&mut model, likely, &mut chosen);
        }
    }
    let rises_db: Vec<f64> = keys.iter().map(|key| (context.rise_db)(key.candidate.f0_hz, &[])).collect();
    let review = Review { peaks, keys: &keys, rises_db: &rises_db, context, least };
    review.revise(&mut model, &mut chosen, settings);
    if let Some(features) = features {
        *features = review.features(&mut model, &chosen);
    }
    let pitch = |choice: &Choice| {
        let key = &keys[choice.index];
        Pitch { midi: key.midi, f0_hz: key.candidate.f0_hz, amplitude: model.amplitude(key, choice.sound) }
    };
    chosen.iter().map(pitch).collect()
}

/// Returns the key that lowers the cost most; `None` if none does.
fn best_choice(model: &CostModel, keys: &[KeyHypothesis], chosen: &[Choice], least: f64) -> Option<Choice> {
    let mut best: Option<CostedChoice> = None;
    for (index, key) in keys.iter().enumerate() {
        if chosen.iter().any(|choice| keys[choice.index].midi == key.midi) {
            continue;
        }
        let Some(found) = model.best_sound(key) else { continue };
        let cost = found.cost + model.price(key);
        if cost < best.as_ref().map_or(0.0, |best| best.cost) && model.amplitude(key, found.sound) >= least {
            best = Some(CostedChoice { choice: Choice { index, sound: found.sound }, cost });
        }
    }
    best.map(|best| best.choice)
}

/// Replaces or drops each chosen key in turn where that costs less.
fn reassign(model: &mut CostModel, keys: &[KeyHypothesis], chosen: &mut Vec<Choice>) {
    let mut place = 0;
    while let Some(&current) = chosen.get(place) {
        model.remove(&keys[current.index], current.sound);
        let mut best: Option<CostedChoice> = None;
        for (index, key) in keys.iter().enumerate() {
            let mut others = chosen.iter().enumerate().filter(|(at, _)| *at != place);
            let is_taken = others.any(|(_, other)| keys[other.index].midi == key.midi);
            let ratio = key.candidate.f0_hz / keys[current.index].candidate.f0_hz;
            let is_related =
                index == current.index || RELATED_RATIOS.iter().any(|related| (ratio / related - 1.0).abs() < 0.02);
            if is_taken || !is_related {
                continue;
            }
            let Some(found) = model.best_sound(key) else { continue };
            let cost = found.cost + model.price(key);
            if cost < best.as_ref().map_or(0.0, |best| best.cost) {
                best = Some(CostedChoice { choice: Choice { index, sound: found.sound }, cost });
            }
        }
        match best {
            Some(CostedChoice { choice, .. }) => {
                model.add(&keys[choice.index], choice.sound);
                chosen[place] = choice;
                place += 1;
            }
            None => {
                chosen.remove(place);
            }
        }
    }
}

/// Returns every new peak as a fundamental; in the bass, where spectra blur, also as H2 to H5.
fn candidates(peaks: &OnsetPeaks, settings: &TranscriptionSettings) -> Vec<Candidate> {
    let half_semitone = (0.5_f64 / 12.0).exp2();
    let lowest_hz = midi_to_hz(settings.lowest_midi) / half_semitone;
    let highest_hz = midi_to_hz(settings.highest_midi) * half_semitone;
    let new = peaks.all.iter().filter(|peak| peak.is_new());
    let mut starts: Vec<(f32, f64)> = Vec::new();
    for peak in new {
        for order in 1..=HIGHEST_START {
            let frequency_hz = peak.frequency_hz / f64::from(order);
            let in_range = (lowest_hz..highest_hz).contains(&frequency_hz);
            let is_fundamental = order == 1 && may_be_fundamental(peak);
            let is_harmonic = order > 1 && (frequency_hz < BASS_HZ || has_sustained_peak(peaks, frequency_hz));
            if in_range && (is_fundamental || is_harmonic) {
                starts.push((peak.new, frequency_hz));
            }
        }
    }
    starts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut candidates: Vec<Candidate> = Vec::new();
    for (_, frequency_hz) in starts {
        let candidate = Candidate::follow(peaks, frequency_hz);
        let is_known = candidates.iter().any(|known| (known.f0_hz / candidate.f0_hz - 1.0).abs() < SAME_PITCH);
        if !is_known {
            candidates.push(candidate);
        }
        if candidates.len() >= FITTED_CANDIDATES {
            break;
        }
    }
    candidates
}

/// Returns `true` if the peak is new, and not a sustained note's that has grown.
fn may_be_fundamental(peak: &SpectralPeak) -> bool {
    peak.is_new() && (!peak.is_sustained || peak.after > STRUCK_ON_SUSTAINED * peak.before)
}

/// Returns `true` if a sustained note has a peak here, which would hide the fundamental of a new
/// one.
fn has_sustained_peak(peaks: &OnsetPeaks, frequency_hz: f64) -> bool {
    let near = peaks.loudest_within(frequency_hz, peaks.resolution_hz);
    near.and_then(|index| peaks.all.get(index)).is_some_and(|peak| peak.is_sustained)
}

/// Returns `true` if the fundamental is new or, where it is hidden, enough harmonics are.
fn is_believable(peaks: &OnsetPeaks, candidate: &Candidate) -> bool {
    let is_fresh = match candidate.peak(peaks, 1) {
        Some(peak) if may_be_fundamental(peak) => true,
        Some(_) => has_independent_harmonics(peaks, candidate),
        None => candidate.f0_hz < BASS_HZ && has_independent_harmonics(peaks, candidate),
    };
    let new_harmonics = (1..=6).filter(|order| is_new(peaks, candidate, *order)).count();
    is_fresh && (candidate.f0_hz > BASS_HZ || new_harmonics >= BASS_HARMONICS)
}

fn is_new(peaks: &OnsetPeaks, candidate: &Candidate, order: usize) -> bool {
    candidate.peak(peaks, order).is_some_and(SpectralPeak::is_new)
}

/// Returns `true` if the new harmonics tell the pitch without the fundamental.
///
/// At least three of the first eight must be new, without a common factor: with one, they may be
/// another note's.
fn has_independent_harmonics(peaks: &OnsetPeaks, candidate: &Candidate) -> bool {
    let new: Vec<usize> = (1..=8).filter(|order| is_new(peaks, candidate, *order)).collect();
    let common = new.iter().fold(0, |common, order| greatest_common_divisor(*order, common));
    new.len() >= HARMONICS_FOR_HIDDEN && common == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcription::SoundingKey;
    use crate::transcription::analyser::SegmentSpectrum;

    /// Returns a spectrum of 2 Hz per bin with lobes of the given frequencies and amplitudes on a
    /// low floor.
    fn spectrum(tones: &[(f64, f64)]) -> SegmentSpectrum {
        let amplitude = |bin: usize| {
            let lobe = |(hz, a): &(f64, f64)| a * (-(bin as f64 * 2.0 - hz).powi(2) / 18.0).exp();
            (1e-6 + tones.iter().map(lobe).sum::<f64>()) as f32
        };
        SegmentSpectrum { amplitudes: (0..5000).map(amplitude).collect(), bin_hz: 2.0, resolution_hz: 5.0 }
    }

    fn note(midi: u8, levels: &[f64]) -> Vec<(f64, f64)> {
        let f0_hz = midi_to_hz(midi);
        (1..).zip(levels).map(|(order, level)| (f64::from(order) * f0_hz, *level)).collect()
    }

    fn keys(before: &[(f64, f64)], after: &[(f64, f64)], sounding: &[u8]) -> Vec<u8> {
        let settings = TranscriptionSettings::default();
        let sustained: Vec<SoundingKey> =
            sounding.iter().map(|midi| SoundingKey { midi: *midi, f0_hz: midi_to_hz(*midi) }).collect();
        let peaks = OnsetPeaks::find(&spectrum(before), &spectrum(after), &sustained, &[], |_| f32::MAX, &settings);
        let context = OnsetContext {
            onset_s: 0.0,
            length_s: 0.186,
            is_faint: false,
            weakest: 1e-4,
            sounding,
            rise_db: &|_, _| 20.0,
        };
        let found = estimate(&peaks, &Timbres::new(21, 108), &context, &settings, None);
        let mut keys: Vec<u8> = found.iter().map(|pitch| pitch.midi).collect();
        keys.sort_unstable();
        keys
    }

    /// a1ff, b2f and ab4f of the EP200 recordings: the fundamental weakest, H4 missing, H1 above
    /// all.
    const BASS: [f64; 8] = [0.1, 0.71, 0.65, 0.72, 0.87, 0.44, 0.8, 0.2];
    const LOW: [f64; 8] = [0.3, 0.3, 0.43, 0.05, 0.26, 0.06, 0.12, 0.06];
    const MIDDLE: [f64; 6] = [0.5, 0.05, 0.16, 0.05, 0.02, 0.02];

    #[test]
    fn one_note_of_any_timbre_is_one_key() {
        for (midi, levels) in [(33, &BASS[..]), (47, &LOW[..]), (68, &MIDDLE[..]), (92, &[0.5, 0.01][..])] {
            assert_eq!(keys(&[], &note(midi, levels), &[]), [midi]);
        }
    }

    #[test]
    fn weak_odd_harmonics_mean_the_octave_above() {
        assert_eq!(keys(&[], &note(56, &[0.02, 0.5, 0.008, 0.05, 0.004, 0.16, 0.001, 0.02]), &[]), [68]);
    }

    #[test]
    fn finds_a_bass_note_without_a_fundamental() {
        assert_eq!(keys(&[], &note(40, &[0.0, 0.4, 0.4, 0.4, 0.4, 0.3, 0.3, 0.2]), &[]), [40]);
    }

    #[test]
    fn finds_three_keys_of_a_chord() {
        let chord = [note(47, &LOW), note(68, &MIDDLE), note(73, &MIDDLE)].concat();
        assert_eq!(keys(&[], &chord, &[]), [47, 68, 73]);
    }

    #[test]
    fn sustained_notes_are_not_reported_again() {
        let sustained = note(47, &LOW);
        let mut grown = sustained.clone();
        grown[3].1 *= 3.0;
        let with_new = [grown.clone(), note(68, &MIDDLE)].concat();
        let key = [47];
        assert_eq!(keys(&sustained, &grown, &key), [0_u8; 0]);
        assert_eq!(keys(&sustained, &with_new, &key), [68]);
    }

    #[test]
    fn finds_a_fundamental_hidden_by_a_sustained_note() {
        // H1 of B3 lies on H2 of the sustained B2.
        let sustained = note(47, &LOW);
        let both = [sustained.clone(), note(59, &[0.05, 0.4, 0.5, 0.3, 0.3])].concat();
        assert_eq!(keys(&sustained, &both, &[47]), [59]);
    }

    #[test]
    fn reports_nothing_without_new_peaks() {
        assert_eq!(keys(&note(60, &MIDDLE), &note(60, &MIDDLE), &[]), [0_u8; 0]);
        assert_eq!(keys(&[], &[], &[]), [0_u8; 0]);
    }
}
