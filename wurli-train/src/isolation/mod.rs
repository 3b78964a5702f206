//! Isolation of each note from the others.
//!
//! Every note gets four sub-scores in 0..=1 (1: nothing else sounds), their weighted geometric
//! mean, and a tier. Each of H1–H8 is marked where other notes are too loud in its bin. Only events
//! are read, no audio: levels come from [`LevelModel`], spectra from the closed form of the
//! reference voice.

use serde::{Deserialize, Serialize};

use crate::dsp::db_to_power;
use crate::measure::{DecayLaw, HARMONICS, decay};

use crate::note_event::NoteEvent;
use overlap::{Interference, NoteSpan, covered_s, effective_interference};

mod decay_overlap;
mod leakage;
mod measured_note;
mod overlap;
mod tier;

pub use measured_note::MeasuredNote;
pub use tier::Tier;

/// Level of a note: an initial level by velocity, then a steady decay by key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelModel {
    /// Exponent of amplitude over velocity. 0.78: the displacement law fitted on the EP200
    /// recordings.
    pub velocity_exponent: f64,
    /// Decay by key.
    pub decay: DecayLaw,
    /// Decay under the damper, dB per second. 300 is assumed: 30 dB down after
    /// [`IsolationSettings::ringing_s`]. No available recording contains a release.
    pub damped_db_per_s: f64,
}

impl Default for LevelModel {
    fn default() -> Self {
        Self { velocity_exponent: 0.78, decay: DecayLaw::WURLITZER_200A, damped_db_per_s: 300.0 }
    }
}

/// Settings of the stage. They are part of its cache key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IsolationSettings {
    /// Length of the window in which stage 3 measures, seconds. 0.8: the end of the sustain window.
    pub window_s: f64,
    /// Time for which a note still sounds after its offset, seconds.
    pub ringing_s: f64,
    /// Largest mistuning of another note's harmonic, cents, in addition to the window's main lobe.
    ///
    /// `collision_cents` and `collided_db` were chosen together on `lab isolation` (seeds
    /// 101 to 106): they mask 96 % of the harmonics that are off by more than 3 dB, and the fewest
    /// others.
    pub collision_cents: f64,
    /// A harmonic collides if the interference is less than this below it, dB.
    pub collided_db: f64,
    /// Expected mean error of a note's harmonics at which the collision sub-score is ½, dB.
    pub half_error_db: f64,
    /// Temporal sub-score of a note that is overlapped throughout. Overlap alone does no harm:
    /// above 0, a chord note whose harmonics are all free remains silver.
    pub overlapped_score: f64,
    /// Length of a note that consists of its attack alone, seconds: sub-score 0.
    pub shortest_s: f64,
    /// Length from which on a note is long enough, seconds: sub-score 1. Single notes of 0.5 s are
    /// gold.
    pub sufficient_s: f64,
    /// Exponent of the rise between the two. With 2, a single note of 0.2 s is at the border of
    /// silver and bronze.
    pub duration_exponent: f64,
    /// Exponents of temporal, collision, dominance and duration in the geometric mean.
    ///
    /// Fitted to the errors of harmonics measured in mixtures (example `isolation`, seeds 1001 to
    /// 1040; `docs/transcription.md` lists others). Published: 0.20, 0.35, 0.20, 0.25.
    pub weights: [f64; 4],
    /// Lowest score of gold, silver and bronze, as published.
    pub tiers: [f64; 3],
    /// Levels of notes.
    pub level: LevelModel,
}

impl Default for IsolationSettings {
    fn default() -> Self {
        Self {
            window_s: 0.8,
            ringing_s: 0.1,
            collision_cents: 60.0,
            collided_db: 20.0,
            half_error_db: 1.0,
            overlapped_score: 0.1,
            shortest_s: 0.05,
            sufficient_s: 0.5,
            duration_exponent: 2.0,
            weights: [0.10, 0.75, 0.05, 0.10],
            tiers: [0.85, 0.55, 0.15],
            level: LevelModel::default(),
        }
    }
}

/// The four sub-scores, each 0..=1; 1 is undisturbed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubScores {
    /// Fraction of the measuring window in which no other note sounds, mapped to
    /// `overlapped_score`..=1.
    pub temporal: f64,
    /// 1 / (1 + e/[`half_error_db`](IsolationSettings::half_error_db)), where e is the expected
    /// mean error in dB.
    ///
    /// Harmonics are weighted by the probability that they are audible, H1–H4 twice.
    pub collision: f64,
    /// Fraction of the window's energy that is the note's own.
    pub dominance: f64,
    /// Length of the note, from too short (0) to long enough (1).
    pub duration: f64,
}

/// A note with its isolation scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredNote {
    /// The note.
    pub event: NoteEvent,
    /// Sub-scores.
    pub scores: SubScores,
    /// Weighted geometric mean of the sub-scores, 0..=1.
    pub score: f64,
    /// Class of the score.
    pub tier: Tier,
    /// For H1–H8, `true` if another note may disturb the harmonic while levels are read.
    pub collided: [bool; HARMONICS],
    /// For H1–H8, `true` if another note may disturb the harmonic while decays are followed.
    pub decay_collided: [bool; HARMONICS],
}

/// Scores the notes of one recording of `duration_s` seconds, in the order of `notes`.
///
/// The scores do not depend on that order. A note with times that are not finite has score 0 and
/// disturbs no other.
#[must_use]
pub fn isolate(notes: &[NoteEvent], duration_s: f64, settings: &IsolationSettings) -> Vec<ScoredNote> {
    let spans: Vec<NoteSpan> = notes.iter().map(|note| NoteSpan::new(note, duration_s)).collect();
    // A total order makes sums round alike for every order of the notes.
    let mut by_onset: Vec<&NoteSpan> = spans.iter().filter(|span| span.start_s < span.end_s).collect();
    by_onset.sort_by(|a, b| a.compare(b));
    let longest_s = by_onset.iter().map(|span| span.end_s - span.start_s).fold(0.0, f64::max) + settings.ringing_s;

    notes
        .iter()
        .zip(&spans)
        .map(|(event, span)| {
            let window = span.window(settings);
            let first = by_onset.partition_point(|other| other.start_s < window.0 - longest_s);
            let measured_s = window.1.max(span.start_s + decay::LATEST_S);
            let last = by_onset.partition_point(|other| other.start_s < measured_s);
            let own = span.own_powers(settings);
            let others: Vec<Interference> = by_onset
                .get(first..last)
                .unwrap_or_default()
                .iter()
                .filter(|other| !std::ptr::eq(**other, span))
                .filter_map(|other| Interference::between(span, window, &own, other, settings))
                .collect();
            score_note(event, &Subject { span, own: &own, window }, &others, settings)
        })
        .collect()
}

/// A note that is scored.
struct Subject<'a> {
    span: &'a NoteSpan,
    /// Powers of its harmonics.
    own: &'a [f64; HARMONICS],
    /// Start and end of the time in which it is measured, s.
    window: (f64, f64),
}

fn score_note(
    event: &NoteEvent,
    subject: &Subject<'_>,
    others: &[Interference],
    settings: &IsolationSettings,
) -> ScoredNote {
    let Subject { span, own: own_powers, window } = *subject;
    let length_s = window.1 - window.0;
    let overlap = if length_s > 0.0 { (covered_s(others) / length_s).clamp(0.0, 1.0) } else { 0.0 };
    let sums = |powers: fn(&Interference) -> &[f64; HARMONICS]| -> [f64; HARMONICS] {
        std::array::from_fn(|index| others.iter().map(|other| powers(other)[index]).sum())
    };
    let in_bin = sums(|other| &other.in_bin);
    let in_search_range = sums(|other| &other.in_search_range);
    let in_bin_detuned = sums(|other| &other.in_bin_detuned);
    let least = db_to_power(-settings.collided_db);
    let collided = std::array::from_fn(|index| in_bin_detuned[index] > least * own_powers[index]);
    let decay_collided = sums(|other| &other.on_decay).map(|ratio| ratio > least);
    let ratios =
        std::array::from_fn(|index| effective_interference(own_powers[index], in_bin[index], in_search_range[index]));
    let error_db = expected_error_db(&ratios, &span.audibility(own_powers));
    let own = span.energy(window, settings);
    let energy = others.iter().map(|other| other.energy).sum::<f64>();
    let rise = (span.end_s - span.start_s - settings.shortest_s) / (settings.sufficient_s - settings.shortest_s);
    let scores = SubScores {
        temporal: 1.0 - overlap * (1.0 - settings.overlapped_score),
        collision: unit(1.0 / (1.0 + error_db / settings.half_error_db)),
        dominance: if own > 0.0 { own / (own + energy) } else { 0.0 },
        duration: unit(rise).powf(settings.duration_exponent),
    };
    let score = geometric_mean(scores, settings.weights);
    let tier = Tier::from_score(score, settings.tiers);
    ScoredNote { event: event.clone(), scores, score, tier, collided, decay_collided }
}

/// Clamps to 0..=1; not-a-number becomes 0.
fn unit(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) }
}

fn geometric_mean(scores: SubScores, weights: [f64; 4]) -> f64 {
    let parts = [scores.temporal, scores.collision, scores.dominance, scores.duration];
    let total: f64 = weights.iter().sum();
    unit(parts.iter().zip(weights).map(|(part, weight)| unit(*part).powf(weight / total)).product())
}

/// Expected mean error of the harmonics' levels, dB, for the ratios of interference to own power.
///
/// A level rises most if both are in phase. Harmonics are weighted by their audibility; H1–H4
/// twice, because they carry the tone and the training.
fn expected_error_db(ratios: &[f64; HARMONICS], audibility: &[f64; HARMONICS]) -> f64 {
    let weight = |index: usize| audibility[index] * if index < 4 { 2.0 } else { 1.0 };
    let total: f64 = (0..HARMONICS).map(weight).sum();
    let error_db = |ratio: f64| (20.0 * (1.0 + ratio.sqrt()).log10()).min(MAX_ERROR_DB);
    let sum: f64 = ratios.iter().enumerate().map(|(index, ratio)| weight(index) * error_db(*ratio)).sum();
    sum / total.max(f64::MIN_POSITIVE)
}

/// Largest error of a harmonic that counts, dB.
const MAX_ERROR_DB: f64 = 20.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn note(midi: u8, onset_s: f64, offset_s: f64) -> NoteEvent {
        let f0_hz = wurli_voice::instrument::midi_to_hz(midi);
        NoteEvent { onset_s, offset_s, midi, velocity: 100, velocity_known: true, f0_hz }
    }

    fn isolate_default(notes: &[NoteEvent]) -> Vec<ScoredNote> {
        isolate(notes, 60.0, &IsolationSettings::default())
    }

    #[test]
    fn a_single_note_is_gold() {
        let scored = isolate_default(&[note(60, 1.0, 1.5)]);
        let full = SubScores { temporal: 1.0, collision: 1.0, dominance: 1.0, duration: 1.0 };
        assert_eq!((scored[0].scores, scored[0].tier, scored[0].collided), (full, Tier::Gold, [false; 8]));
    }

    #[test]
    fn a_short_note_scores_by_its_length() {
        // ((0.2 − 0.05) / 0.45)² = 1/9, to the power 0.1; at 0.05 s nothing is left.
        let scored = isolate_default(&[note(60, 1.0, 1.2), note(60, 5.0, 5.05)]);
        assert!((scored[0].score - (1.0_f64 / 9.0).powf(0.1)).abs() < 1e-9, "{}", scored[0].score);
        assert_eq!(scored.iter().map(|n| n.tier).collect::<Vec<_>>(), [Tier::Silver, Tier::Reject]);
    }

    #[test]
    fn octaves_collide_on_shared_harmonics() {
        let scored = isolate_default(&[note(48, 0.0, 2.0), note(60, 0.0, 2.0)]);
        assert_eq!(scored[0].collided, [false, true, false, true, false, true, false, true]);
        assert_eq!(scored[1].collided, [true; 8]);
        assert!(scored.iter().all(|note| note.scores.collision < 0.7), "{scored:?}");
    }

    #[test]
    fn a_soft_note_disturbs_a_loud_one_less() {
        let mut notes = [note(60, 0.0, 2.0), note(67, 0.0, 2.0)];
        notes[1].velocity = 5;
        let scored = isolate_default(&notes);
        assert!(scored[0].scores.collision > 2.0 * scored[1].scores.collision, "{scored:?}");
    }

    #[test]
    fn equal_interference_costs_six_decibels() {
        // In phase, two equal amplitudes are twice one: 6.02 dB. H1 has 2 of 12 weights.
        let mut ratios = [0.0; HARMONICS];
        ratios[0] = 1.0;
        assert!((expected_error_db(&ratios, &[1.0; HARMONICS]) - 20.0 * 2.0_f64.log10() / 6.0).abs() < 1e-12);
        // If only H1 to H3 are audible, H1 has 2 of 6.
        let audible = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert!((expected_error_db(&ratios, &audible) - 20.0 * 2.0_f64.log10() / 3.0).abs() < 1e-12);
    }

    #[test]
    fn temporal_score_falls_with_the_overlap() {
        // Another note enters at 0.6 s of a window of 0.8 s: 1 − 0.25 · 0.9.
        let scored = isolate_default(&[note(60, 1.0, 3.0), note(67, 1.6, 3.0)]);
        assert!((scored[0].scores.temporal - 0.775).abs() < 1e-9, "{}", scored[0].scores.temporal);
        assert!((scored[1].scores.temporal - 0.1).abs() < 1e-9, "{}", scored[1].scores.temporal);
    }

    #[test]
    fn overlapping_notes_count_once_in_time() {
        let scored = isolate_default(&[note(60, 1.0, 3.0), note(67, 1.6, 3.0), note(71, 1.6, 3.0)]);
        assert!((scored[0].scores.temporal - 0.775).abs() < 1e-9, "{}", scored[0].scores.temporal);
    }

    #[test]
    fn dominance_is_the_fraction_of_energy() {
        let mut notes = [note(60, 0.0, 2.0), note(60, 0.0, 2.0)];
        let scored = isolate_default(&notes);
        assert!((scored[0].scores.dominance - 0.5).abs() < 1e-12);
        notes[1].velocity = 50;
        // Half the velocity is 15.6 · log10 2 = 4.696 dB less: 1 / (1 + 10^−0.4696) = 0.7467.
        let scored = isolate_default(&notes);
        assert!((scored[0].scores.dominance - 0.7467).abs() < 1e-4, "{}", scored[0].scores.dominance);
    }

    #[test]
    fn a_released_note_rings_for_a_tenth_of_a_second() {
        let disturbed = |gap_s: f64| isolate_default(&[note(48, 0.0, 1.0), note(60, 1.0 + gap_s, 3.0)])[1].scores;
        let soon = disturbed(0.02);
        assert!(soon.temporal < 1.0 && soon.dominance < 1.0 && soon.collision < 1.0, "{soon:?}");
        // Levels are read from 50 ms on: ringing that has ended by then disturbs none.
        let later = disturbed(0.06);
        assert!(later.temporal < 1.0 && later.dominance < 1.0 && later.collision == 1.0, "{later:?}");
        assert_eq!(disturbed(0.11), isolate_default(&[note(60, 1.11, 3.0)])[0].scores);
    }

    #[test]
    fn a_long_note_disturbs_until_its_end() {
        let held_through = [note(48, 0.0, 20.0), note(72, 5.0, 5.5), note(60, 15.0, 16.0)];
        let scored = isolate_default(&held_through);
        assert!((scored[2].scores.temporal - 0.1).abs() < 1e-9, "{}", scored[2].scores.temporal);
    }

    #[test]
    fn a_restruck_key_does_not_disturb_itself() {
        let scored = isolate_default(&[note(60, 0.0, 1.0), note(60, 1.0, 2.0)]);
        assert_eq!((scored[0].tier, scored[1].tier, scored[1].score), (Tier::Gold, Tier::Gold, 1.0));
    }
}
