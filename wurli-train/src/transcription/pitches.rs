//! Which notes begin at an onset: key after key, that which lowers the cost of the explanation most, all weighed anew
//! among each other after each.

use super::NoteMoment;
use super::candidate::Candidate;
use super::evidence::Judged;
use super::explanation::{Explanation, Key, Sound};
use super::partials::{Partial, Partials, db_to_amplitude};
use super::review::{LEAST_SAVED, Review};
use super::settings::TranscriptionSettings;
use super::timbre::{Timbres, midi_to_hz};

/// Gain of a held note's harmonic from which on it may be the fundamental of a new note, as amplitude; 12 dB,
/// assumed.
const STRUCK_ON_HELD: f32 = 4.0;
/// Candidates that are fitted, loudest partial first.
const FITTED_CANDIDATES: usize = 48;
/// Fundamentals under which a candidate may start from a higher harmonic, Hz, and the highest such harmonic.
const BASS_HZ: f64 = 180.0;
const HIGHEST_START: u32 = 5;
/// Harmonics of the first six that a bass note must show of its own; a thump and mains hum have one.
const BASS_HARMONICS: usize = 3;
/// The same of a note whose fundamental is hidden.
const HARMONICS_FOR_HIDDEN: usize = 3;
/// Distance, in parts of the frequency, under which two candidates are one: a tenth of a semitone.
const SAME_PITCH: f64 = 0.006;

/// A note that begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pitch {
    pub(super) midi: u8,
    pub(super) f0_hz: f64,
    /// Root of the summed powers that the note explains.
    pub(super) amplitude: f64,
}

/// The notes that explain the new partials at the least cost, as the review leaves them. `judged` takes how it judged
/// all keys in the end.
pub(super) fn estimate(
    partials: &Partials,
    timbres: &Timbres,
    moment: &NoteMoment,
    settings: &TranscriptionSettings,
    judged: Option<&mut Vec<Judged>>,
) -> Vec<Pitch> {
    let loudest = partials.peaks.iter().map(|peak| peak.after).fold(0.0, f32::max);
    let least = moment.weakest.max(f64::from(loudest * db_to_amplitude(-settings.weakest_in_chord_db)));
    let mut explanation = Explanation::new(partials, moment.is_faint, &settings.explanation);
    let keys = candidates(partials, settings).into_iter().filter_map(|candidate| explanation.key(candidate));
    let saved = |key: &Key| explanation.best(key, timbres.of(key.midi)).map_or(0.0, |(_, cost)| -cost);
    let keys: Vec<(Key, f32)> = keys
        .map(|key| (saved(&key), key))
        .filter(|(saved, _)| *saved > LEAST_SAVED)
        .map(|(saved, key)| (key, saved))
        .collect();
    // What does not pay for itself alone never does beside others.
    let (likely, others): (Vec<_>, Vec<_>) = keys
        .into_iter()
        .partition(|(key, saved)| is_believable(partials, &key.candidate) && *saved > settings.explanation.key);
    let likely_keys = likely.len();
    let pool: Vec<Key> = likely.into_iter().chain(others).map(|(key, _)| key).collect();
    let keys = pool.get(..likely_keys).unwrap_or_default();
    let mut chosen: Vec<(usize, Sound)> = Vec::new();
    // Prices depend on what was chosen before, so that choices may go round in a circle.
    for _ in 0..2 * settings.polyphony {
        let mut best: Option<(usize, Sound, f32)> = None;
        if chosen.len() < settings.polyphony {
            for (index, key) in keys.iter().enumerate() {
                if chosen.iter().any(|(other, _)| keys[*other].midi == key.midi) {
                    continue;
                }
                let Some((sound, cost)) = explanation.best(key, timbres.of(key.midi)) else { continue };
                let cost = cost + explanation.price(key);
                if cost < best.map_or(0.0, |(_, _, least)| least)
                    && explanation.amplitude(key, timbres.of(key.midi), sound) >= least
                {
                    best = Some((index, sound, cost));
                }
            }
        }
        let Some((index, sound, _)) = best else { break };
        explanation.change(&keys[index], timbres.of(keys[index].midi), sound, 1.0);
        chosen.push((index, sound));
        for _ in 0..2 {
            settle(&mut explanation, keys, timbres, &mut chosen);
        }
    }
    let rises_db: Vec<f64> = pool.iter().map(|key| (moment.rise_db)(key.candidate.f0_hz, &[])).collect();
    let review = Review { partials, timbres, keys: &pool, rises_db: &rises_db, moment, least };
    review.settle(&mut explanation, &mut chosen, settings);
    if let Some(judged) = judged {
        *judged = review.primary_metric(&mut explanation, &chosen);
    }
    let pitch = |(index, sound): &(usize, Sound)| {
        let key = &pool[*index];
        let amplitude = explanation.amplitude(key, timbres.of(key.midi), *sound);
        Pitch { midi: key.midi, f0_hz: key.candidate.f0_hz, amplitude }
    };
    chosen.iter().map(pitch).collect()
}

/// Weighs each chosen key anew among the others, and replaces or drops it where that costs less.
fn settle(explanation: &mut Explanation, keys: &[Key], timbres: &Timbres, chosen: &mut Vec<(usize, Sound)>) {
    let mut place = 0;
    while let Some(&(index, sound)) = chosen.get(place) {
        explanation.change(&keys[index], timbres.of(keys[index].midi), sound, -1.0);
        let mut best: Option<(usize, Sound, f32)> = None;
        for (other, key) in keys.iter().enumerate() {
            let is_taken = chosen.iter().enumerate().any(|(at, (held, _))| at != place && keys[*held].midi == key.midi);
            let ratio = key.candidate.f0_hz / keys[index].candidate.f0_hz;
            let is_akin =
                other == index || [2.0, 0.5, 3.0, 1.0 / 3.0].iter().any(|r: &f64| (ratio / r - 1.0).abs() < 0.02);
            if is_taken || !is_akin {
                continue;
            }
            if let Some((sound, cost)) = explanation.best(key, timbres.of(key.midi))
                && cost + explanation.price(key) < best.map_or(0.0, |(_, _, least)| least)
            {
                best = Some((other, sound, cost + explanation.price(key)));
            }
        }
        match best {
            Some((index, sound, _)) => {
                explanation.change(&keys[index], timbres.of(keys[index].midi), sound, 1.0);
                chosen[place] = (index, sound);
                place += 1;
            }
            None => {
                chosen.remove(place);
            }
        }
    }
}

/// Every new partial as a fundamental; in the bass, where spectra blur, also as H2 to H5.
fn candidates(partials: &Partials, settings: &TranscriptionSettings) -> Vec<Candidate> {
    let lowest_hz = midi_to_hz(f64::from(settings.lowest_midi) - 0.5);
    let highest_hz = midi_to_hz(f64::from(settings.highest_midi) + 0.5);
    let new = partials.peaks.iter().filter(|peak| peak.is_new());
    let mut starts: Vec<(f32, f64)> = Vec::new();
    for peak in new {
        for order in 1..=HIGHEST_START {
            let frequency_hz = peak.frequency_hz / f64::from(order);
            let in_range = (lowest_hz..highest_hz).contains(&frequency_hz);
            let is_fundamental = order == 1 && may_be_fundamental(peak);
            let is_harmonic = order > 1 && (frequency_hz < BASS_HZ || has_held_partial(partials, frequency_hz));
            if in_range && (is_fundamental || is_harmonic) {
                starts.push((peak.new, frequency_hz));
            }
        }
    }
    starts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut candidates: Vec<Candidate> = Vec::new();
    for (_, frequency_hz) in starts {
        let candidate = Candidate::follow(partials, frequency_hz);
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

/// Whether the partial is new, and not merely a held note's that has grown.
fn may_be_fundamental(peak: &Partial) -> bool {
    peak.is_new() && (!peak.held || peak.after > STRUCK_ON_HELD * peak.before)
}

/// Whether a held note has a partial here, which would hide the fundamental of a new one.
fn has_held_partial(partials: &Partials, frequency_hz: f64) -> bool {
    let near = partials.loudest_within(frequency_hz, partials.resolution_hz);
    near.and_then(|index| partials.peaks.get(index)).is_some_and(|peak| peak.held)
}

/// Whether the fundamental is new, or enough else is where it cannot be seen.
fn is_believable(partials: &Partials, candidate: &Candidate) -> bool {
    let is_fresh = match candidate.peak(partials, 1) {
        Some(peak) if may_be_fundamental(peak) => true,
        Some(_) => has_independent_harmonics(partials, candidate),
        None => candidate.f0_hz < BASS_HZ && has_independent_harmonics(partials, candidate),
    };
    let own_harmonics = (1..=6).filter(|order| is_own(partials, candidate, *order)).count();
    is_fresh && (candidate.f0_hz > BASS_HZ || own_harmonics >= BASS_HARMONICS)
}

fn is_own(partials: &Partials, candidate: &Candidate, order: usize) -> bool {
    candidate.peak(partials, order).is_some_and(Partial::is_new)
}

/// Whether the new harmonics alone, without the fundamental, tell the pitch: at least three of the first eight,
/// and without a common factor, or they would be another note's.
fn has_independent_harmonics(partials: &Partials, candidate: &Candidate) -> bool {
    let own = (1..=8).filter(|order| is_own(partials, candidate, *order));
    let (count, common) =
        own.fold((0, 0), |(count, common), order| (count + 1, greatest_common_divisor(order, common)));
    count >= HARMONICS_FOR_HIDDEN && common == 1
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcription::spectrum::Spectrum;

    /// A spectrum of 2 Hz per bin with lobes of the given frequencies and amplitudes on a low floor.
    fn spectrum(tones: &[(f64, f64)]) -> Spectrum {
        let amplitude = |bin: usize| {
            let lobe = |(hz, a): &(f64, f64)| a * (-(bin as f64 * 2.0 - hz).powi(2) / 18.0).exp();
            (1e-6 + tones.iter().map(lobe).sum::<f64>()) as f32
        };
        Spectrum { amplitudes: (0..5000).map(amplitude).collect(), bin_hz: 2.0, resolution_hz: 5.0 }
    }

    fn note(midi: u8, levels: &[f64]) -> Vec<(f64, f64)> {
        let f0_hz = midi_to_hz(f64::from(midi));
        (1..).zip(levels).map(|(order, level)| (f64::from(order) * f0_hz, *level)).collect()
    }

    fn keys(before: &[(f64, f64)], after: &[(f64, f64)], held: &[(u8, f64)]) -> Vec<u8> {
        let settings = TranscriptionSettings::default();
        let partials = Partials::of(&spectrum(before), &spectrum(after), held, &[], |_| f32::MAX, &settings);
        let sounding: Vec<u8> = held.iter().map(|(midi, _)| *midi).collect();
        let moment = NoteMoment {
            onset_s: 0.0,
            length_s: 0.186,
            is_faint: false,
            weakest: 1e-4,
            sounding: &sounding,
            rise_db: &|_, _| 20.0,
        };
        let found = estimate(&partials, &Timbres::new(21, 108), &moment, &settings, None);
        let mut keys: Vec<u8> = found.iter().map(|pitch| pitch.midi).collect();
        keys.sort_unstable();
        keys
    }

    /// a1ff, b2f and ab4f of the EP200 recordings: the fundamental weakest, H4 missing, H1 above all.
    const BASS: [f64; 8] = [0.1, 0.71, 0.65, 0.72, 0.87, 0.44, 0.8, 0.2];
    const LOW: [f64; 8] = [0.3, 0.3, 0.43, 0.05, 0.26, 0.06, 0.12, 0.06];
    const MIDDLE: [f64; 6] = [0.5, 0.05, 0.16, 0.05, 0.02, 0.02];

    #[test]
    fn one_note_is_one_key_whatever_its_timbre() {
        for (midi, levels) in [(33, &BASS[..]), (47, &LOW[..]), (68, &MIDDLE[..]), (92, &[0.5, 0.01][..])] {
            assert_eq!(keys(&[], &note(midi, levels), &[]), [midi]);
        }
    }

    #[test]
    fn a_note_with_next_to_nothing_on_its_odd_harmonics_is_the_octave_above() {
        assert_eq!(keys(&[], &note(56, &[0.02, 0.5, 0.008, 0.05, 0.004, 0.16, 0.001, 0.02]), &[]), [68]);
    }

    #[test]
    fn a_bass_note_without_a_fundamental_is_not_the_octave_above() {
        assert_eq!(keys(&[], &note(40, &[0.0, 0.4, 0.4, 0.4, 0.4, 0.3, 0.3, 0.2]), &[]), [40]);
    }

    #[test]
    fn a_chord_of_three_is_three_keys() {
        let chord = [note(47, &LOW), note(68, &MIDDLE), note(73, &MIDDLE)].concat();
        assert_eq!(keys(&[], &chord, &[]), [47, 68, 73]);
    }

    #[test]
    fn held_notes_are_not_reported_again_even_if_a_harmonic_of_theirs_grows() {
        let held = note(47, &LOW);
        let mut grown = held.clone();
        grown[3].1 *= 3.0;
        let with_new = [grown.clone(), note(68, &MIDDLE)].concat();
        let key = [(47, midi_to_hz(47.0))];
        assert_eq!(keys(&held, &grown, &key), [0_u8; 0]);
        assert_eq!(keys(&held, &with_new, &key), [68]);
    }

    #[test]
    fn a_fundamental_hidden_under_a_held_note_is_told_by_the_harmonics_above() {
        // H1 of B3 lies on H2 of the held B2.
        let held = note(47, &LOW);
        let both = [held.clone(), note(59, &[0.05, 0.4, 0.5, 0.3, 0.3])].concat();
        assert_eq!(keys(&held, &both, &[(47, midi_to_hz(47.0))]), [59]);
    }

    #[test]
    fn nothing_new_is_no_note() {
        assert_eq!(keys(&note(60, &MIDDLE), &note(60, &MIDDLE), &[]), [0_u8; 0]);
        assert_eq!(keys(&[], &[], &[]), [0_u8; 0]);
    }
}
