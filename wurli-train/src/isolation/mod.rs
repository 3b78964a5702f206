//! How far each note stands alone.
//!
//! Every note gets four sub-scores in 0..=1 (1: nothing else sounds), their weighted geometric mean, a tier,
//! and for each of H1–H8 whether what other notes have where it would be measured is too loud beside it. How loud that is says
//! the closed form of the reference voice's harmonics.
//! Only events are read, no audio: how loud a note is when is a model, see [`LevelModel`].

use serde::{Deserialize, Serialize};

use crate::measure::{HARMONICS, decay};

use crate::note_event::NoteEvent;
use overlap::{Disturbance, Span, covered_s, disturbing};

mod fading;
mod measured_note;
mod overlap;
mod stretch;
mod tier;

pub use measured_note::MeasuredNote;
pub use tier::Tier;

/// How loud a note is, for want of audio: an initial level by velocity, then a steady decay by key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelModel {
    /// Exponent of amplitude over velocity. 0.78: the displacement law fitted on the EP200 recordings.
    pub velocity_exponent: f64,
    /// Decay at MIDI 0, dB per second. 0.26: fit of the fundamental's decay on 200A recordings.
    pub decay_at_zero_db_per_s: f64,
    /// Growth of the decay's logarithm per semitone. 0.049: the same fit.
    pub decay_growth_per_semitone: f64,
    /// Decay under the damper, dB per second. 300, an assumption: inaudible (30 dB down) after
    /// [`IsolationSettings::ringing_s`]. No recording at hand contains a release.
    pub damped_db_per_s: f64,
}

impl Default for LevelModel {
    fn default() -> Self {
        Self {
            velocity_exponent: 0.78,
            decay_at_zero_db_per_s: 0.26,
            decay_growth_per_semitone: 0.049,
            damped_db_per_s: 300.0,
        }
    }
}

/// Constants of the stage; they are part of its cache key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IsolationSettings {
    /// Length of the window in which stage 3 measures, seconds from the onset. 0.8: end of the sustain window.
    pub window_s: f64,
    /// How long a note still counts as sounding after its offset, seconds.
    pub ringing_s: f64,
    /// Distance within which another harmonic may be taken for a note's own, cents, beyond what the window blurs. With `collided_db`, the
    /// pair that struck out fewest of the others where 95 % of the harmonics that are off by more than 3 dB were to be (the example
    /// `isolation`, seeds 101 to 106, what stage 3 itself recognises as foreign included), by an earlier way to expect; this one strikes out
    /// 96 % with it.
    pub collision_cents: f64,
    /// Level of what is foreign, under a harmonic's own, from which on it counts as collided, dB.
    pub collided_db: f64,
    /// Mean error expected of a note's harmonics at which the collision sub-score is a half, dB.
    pub half_error_db: f64,
    /// Temporal sub-score of a note that is overlapped throughout. Above 0, because overlap alone does no harm:
    /// a chord note whose harmonics are all free remains silver.
    pub overlapped_score: f64,
    /// Length at and below which nothing but the attack is there to measure, seconds: sub-score 0.
    pub shortest_s: f64,
    /// Length from which on a note is long enough, seconds: sub-score 1. 0.5: single notes
    /// of half a second are to be gold.
    pub sufficient_s: f64,
    /// Shape of the rise between the two. 2: a note of 0.2 s, alone, ends at the border of silver and bronze.
    pub duration_exponent: f64,
    /// Exponents of temporal, collision, dominance, duration in the geometric mean. Fitted to the errors of harmonics measured in
    /// mixtures (the example `isolation`, seeds 1001 to 1040; `docs/transcription.md` has others). Published: 0.20, 0.35, 0.20, 0.25.
    pub weights: [f64; 4],
    /// Lowest score of gold, silver and bronze, as published.
    pub tiers: [f64; 3],
    /// How loud notes are.
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
    /// Share of the measuring window in which no other note sounds, on the scale from `overlapped_score` to 1.
    pub temporal: f64,
    /// 1 / (1 + e/[`half_error_db`](IsolationSettings::half_error_db)), e being the mean error in dB to be expected of the eight harmonics, each
    /// counted as surely as it is heard, H1–H4 double.
    pub collision: f64,
    /// Share of the window's energy that is the note's own.
    pub dominance: f64,
    /// Whether the note is long enough to be measured.
    pub duration: f64,
}

/// A note with what stage 2 says about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredNote {
    /// The note, as given.
    pub event: NoteEvent,
    /// What the score is made of.
    pub scores: SubScores,
    /// Weighted geometric mean of the sub-scores, 0..=1.
    pub score: f64,
    /// Class by score.
    pub tier: Tier,
    /// For H1..=H8: whether a harmonic of another note that sounds while levels are read may lie on it.
    pub collided: [bool; HARMONICS],
    /// The same while decays are followed.
    pub decay_collided: [bool; HARMONICS],
}

/// Scores the notes of one recording of `duration_s` seconds. The result has the order of `notes`, and the
/// scores do not depend on it. Total: a note with times that are no numbers has score 0 and disturbs nobody.
#[must_use]
pub fn isolate(notes: &[NoteEvent], duration_s: f64, settings: &IsolationSettings) -> Vec<ScoredNote> {
    let spans: Vec<Span> = notes.iter().map(|note| Span::new(note, duration_s)).collect();
    // A total order on all that is read, so that sums are rounded alike however the notes were ordered.
    let mut by_onset: Vec<&Span> = spans.iter().filter(|span| span.start_s < span.end_s).collect();
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
            let own = span.own(settings);
            let others: Vec<Disturbance> = by_onset
                .get(first..last)
                .unwrap_or_default()
                .iter()
                .filter(|other| !std::ptr::eq(**other, span))
                .filter_map(|other| Disturbance::of(span, window, &own, other, settings))
                .collect();
            score_note(event, (span, &own), window, &others, settings)
        })
        .collect()
}

fn score_note(
    event: &NoteEvent,
    (span, own_parts): (&Span, &[f64; HARMONICS]),
    window: (f64, f64),
    others: &[Disturbance],
    settings: &IsolationSettings,
) -> ScoredNote {
    let length_s = window.1 - window.0;
    let overlap = if length_s > 0.0 { (covered_s(others) / length_s).clamp(0.0, 1.0) } else { 0.0 };
    let sum = |of: fn(&Disturbance) -> f64| others.iter().map(of).sum::<f64>();
    let sums = |of: fn(&Disturbance) -> &[f64; HARMONICS]| -> [f64; HARMONICS] {
        std::array::from_fn(|index| others.iter().map(|other| of(other)[index]).sum())
    };
    let (foreign, mistaken, near) = (sums(|o| &o.foreign), sums(|o| &o.mistaken), sums(|o| &o.near));
    let least = 10.0_f64.powf(-settings.collided_db / 10.0);
    let collided = std::array::from_fn(|index| near[index] > least * own_parts[index]);
    let decay_collided = sums(|o| &o.beside).map(|ratio| ratio > least);
    let ratios = std::array::from_fn(|index| disturbing(own_parts[index], foreign[index], mistaken[index]));
    let error_db = expected_error_db(&ratios, &span.heard(own_parts));
    let own = span.energy(window, settings);
    let energy = sum(|other| other.energy);
    let rise = (span.end_s - span.start_s - settings.shortest_s) / (settings.sufficient_s - settings.shortest_s);
    let scores = SubScores {
        temporal: 1.0 - overlap * (1.0 - settings.overlapped_score),
        collision: unit(1.0 / (1.0 + error_db / settings.half_error_db)),
        dominance: if own > 0.0 { own / (own + energy) } else { 0.0 },
        duration: unit(rise).powf(settings.duration_exponent),
    };
    let score = geometric_mean(scores, settings.weights);
    let tier = Tier::of_score(score, settings.tiers);
    ScoredNote { event: event.clone(), scores, score, tier, collided, decay_collided }
}

/// `value` in 0..=1; 0 for what is no number.
fn unit(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) }
}

fn geometric_mean(scores: SubScores, weights: [f64; 4]) -> f64 {
    let parts = [scores.temporal, scores.collision, scores.dominance, scores.duration];
    let total: f64 = weights.iter().sum();
    unit(parts.iter().zip(weights).map(|(part, weight)| unit(*part).powf(weight / total)).product())
}

/// Mean error of the harmonics' levels, dB, for the ratios of foreign power to their own: by how much a level rises if both are
/// in step. Each counts as surely as it is heard; H1–H4 double, because they carry the tone and the training.
fn expected_error_db(ratios: &[f64; HARMONICS], heard: &[f64; HARMONICS]) -> f64 {
    let weight = |index: usize| heard[index] * if index < 4 { 2.0 } else { 1.0 };
    let total: f64 = (0..HARMONICS).map(weight).sum();
    let error_db = |ratio: f64| (20.0 * (1.0 + ratio.sqrt()).log10()).min(MOST_ERROR_DB);
    let sum: f64 = ratios.iter().enumerate().map(|(index, ratio)| weight(index) * error_db(*ratio)).sum();
    sum / total.max(f64::MIN_POSITIVE)
}

/// Error that counts at most, dB: what is 20 dB too loud is not there.
const MOST_ERROR_DB: f64 = 20.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn note(midi: u8, onset_s: f64, offset_s: f64) -> NoteEvent {
        let f0_hz = 440.0 * ((f64::from(midi) - 69.0) / 12.0).exp2();
        NoteEvent { onset_s, offset_s, midi, velocity: 100, velocity_known: true, f0_hz }
    }

    fn isolate_default(notes: &[NoteEvent]) -> Vec<ScoredNote> {
        isolate(notes, 60.0, &IsolationSettings::default())
    }

    #[test]
    fn a_note_alone_has_full_marks_and_is_gold() {
        let scored = isolate_default(&[note(60, 1.0, 1.5)]);
        let full = SubScores { temporal: 1.0, collision: 1.0, dominance: 1.0, duration: 1.0 };
        assert_eq!((scored[0].scores, scored[0].tier, scored[0].collided), (full, Tier::Gold, [false; 8]));
    }

    #[test]
    fn a_short_note_loses_by_its_length() {
        // ((0.2 − 0.05) / 0.45)² = 1/9, to the power 0.1; at 0.05 s nothing is left.
        let scored = isolate_default(&[note(60, 1.0, 1.2), note(60, 5.0, 5.05)]);
        assert!((scored[0].score - (1.0_f64 / 9.0).powf(0.1)).abs() < 1e-9, "{}", scored[0].score);
        assert_eq!(scored.iter().map(|n| n.tier).collect::<Vec<_>>(), [Tier::Silver, Tier::Reject]);
    }

    #[test]
    fn the_octave_below_hits_every_harmonic_and_the_octave_above_the_even_ones() {
        let scored = isolate_default(&[note(48, 0.0, 2.0), note(60, 0.0, 2.0)]);
        assert_eq!(scored[0].collided, [false, true, false, true, false, true, false, true]);
        assert_eq!(scored[1].collided, [true; 8]);
        assert!(scored.iter().all(|note| note.scores.collision < 0.7), "{scored:?}");
    }

    #[test]
    fn a_soft_note_hits_less_of_a_loud_one_than_the_other_way_round() {
        let mut notes = [note(60, 0.0, 2.0), note(67, 0.0, 2.0)];
        notes[1].velocity = 5;
        let scored = isolate_default(&notes);
        assert!(scored[0].scores.collision > 2.0 * scored[1].scores.collision, "{scored:?}");
    }

    #[test]
    fn harmonics_of_equal_energy_are_expected_to_be_six_decibels_off() {
        // In step, two equal amplitudes are twice one: 6.02 dB. Only H1 is hit: 2 of 12.
        let mut ratios = [0.0; HARMONICS];
        ratios[0] = 1.0;
        assert!((expected_error_db(&ratios, &[1.0; HARMONICS]) - 20.0 * 2.0_f64.log10() / 6.0).abs() < 1e-12);
        // Where H1 to H3 alone are heard: 2 of 6.
        let heard = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert!((expected_error_db(&ratios, &heard) - 20.0 * 2.0_f64.log10() / 3.0).abs() < 1e-12);
    }

    #[test]
    fn overlap_of_a_quarter_of_the_window_costs_a_quarter_of_the_temporal_scale() {
        // Another note enters at 0.6 s of a window of 0.8 s: 1 − 0.25 · 0.9.
        let scored = isolate_default(&[note(60, 1.0, 3.0), note(67, 1.6, 3.0)]);
        assert!((scored[0].scores.temporal - 0.775).abs() < 1e-9, "{}", scored[0].scores.temporal);
        assert!((scored[1].scores.temporal - 0.1).abs() < 1e-9, "{}", scored[1].scores.temporal);
    }

    #[test]
    fn two_notes_that_overlap_the_same_stretch_are_counted_once_in_time() {
        let scored = isolate_default(&[note(60, 1.0, 3.0), note(67, 1.6, 3.0), note(71, 1.6, 3.0)]);
        assert!((scored[0].scores.temporal - 0.775).abs() < 1e-9, "{}", scored[0].scores.temporal);
    }

    #[test]
    fn equal_notes_share_the_energy_and_a_louder_one_dominates() {
        let mut notes = [note(60, 0.0, 2.0), note(60, 0.0, 2.0)];
        let scored = isolate_default(&notes);
        assert!((scored[0].scores.dominance - 0.5).abs() < 1e-12);
        notes[1].velocity = 50;
        // Half the velocity is 15.6 · log10 2 = 4.696 dB less: 1 / (1 + 10^−0.4696) = 0.7467.
        let scored = isolate_default(&notes);
        assert!((scored[0].scores.dominance - 0.7467).abs() < 1e-4, "{}", scored[0].scores.dominance);
    }

    #[test]
    fn what_rings_after_a_key_is_released_still_disturbs_for_a_tenth_of_a_second() {
        let disturbed = |gap_s: f64| isolate_default(&[note(48, 0.0, 1.0), note(60, 1.0 + gap_s, 3.0)])[1].scores;
        let soon = disturbed(0.02);
        assert!(soon.temporal < 1.0 && soon.dominance < 1.0 && soon.collision < 1.0, "{soon:?}");
        // Levels are read from 50 ms on: what is silent by then makes none wrong.
        let later = disturbed(0.06);
        assert!(later.temporal < 1.0 && later.dominance < 1.0 && later.collision == 1.0, "{later:?}");
        assert_eq!(disturbed(0.11), isolate_default(&[note(60, 1.11, 3.0)])[0].scores);
    }

    #[test]
    fn a_note_that_has_been_held_for_long_still_disturbs() {
        let held_through = [note(48, 0.0, 20.0), note(72, 5.0, 5.5), note(60, 15.0, 16.0)];
        let scored = isolate_default(&held_through);
        assert!((scored[2].scores.temporal - 0.1).abs() < 1e-9, "{}", scored[2].scores.temporal);
    }

    #[test]
    fn a_key_struck_again_does_not_disturb_itself() {
        let scored = isolate_default(&[note(60, 0.0, 1.0), note(60, 1.0, 2.0)]);
        assert_eq!((scored[0].tier, scored[1].tier, scored[1].score), (Tier::Gold, Tier::Gold, 1.0));
    }
}
