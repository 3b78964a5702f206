//! Stage 2 on note lists: what must hold for any performance.

use wurli_train::audio::Audio;
use wurli_train::isolation::{IsolationSettings, ScoredNote, Tier, isolate};
use wurli_train::measure::Status;
use wurli_train::note_event::NoteEvent;
use wurli_train::random::Random;
use wurli_train::stages::harmonics;

const DURATION_S: f64 = 12.0;

fn note(midi: u8, onset_s: f64, length_s: f64, velocity: u8) -> NoteEvent {
    let f0_hz = 440.0 * f64::exp2((f64::from(midi) - 69.0) / 12.0);
    NoteEvent { onset_s, offset_s: onset_s + length_s, midi, velocity, velocity_known: true, f0_hz }
}

fn random_notes(random: &mut Random, count: usize) -> Vec<NoteEvent> {
    let mut one = || {
        let (onset_s, length_s) = (random.between(0.0, DURATION_S - 1.0), random.between(0.05, 2.0));
        note(random.between(33.0, 97.0) as u8, onset_s, length_s, random.between(1.0, 128.0) as u8)
    };
    (0..count).map(|_| one()).collect()
}

fn scored(notes: &[NoteEvent]) -> Vec<ScoredNote> {
    isolate(notes, DURATION_S, &IsolationSettings::default())
}

#[test]
fn scores_and_sub_scores_stay_within_zero_and_one() {
    let mut random = Random(1);
    for _ in 0..100 {
        for note in scored(&random_notes(&mut random, 20)) {
            let parts = note.scores;
            for value in [note.score, parts.temporal, parts.collision, parts.dominance, parts.duration] {
                assert!((0.0..=1.0).contains(&value), "{note:?}");
            }
        }
    }
}

#[test]
fn a_note_more_never_raises_the_score_of_another() {
    let mut random = Random(2);
    for _ in 0..200 {
        let all = random_notes(&mut random, 9);
        let before = scored(&all[..8]);
        for (with, without) in scored(&all).iter().zip(&before) {
            assert!(with.score <= without.score + 1e-12, "{with:?} after {without:?}");
            assert!(with.collided.iter().zip(without.collided).all(|(now, then)| *now || !then));
        }
    }
}

#[test]
fn moving_two_notes_apart_lets_them_overlap_less_until_neither_disturbs_the_other() {
    // So long a recording that no shift pushes a note over its end.
    let scored = |notes: &[NoteEvent]| isolate(notes, 1000.0, &IsolationSettings::default());
    let mut random = Random(3);
    for _ in 0..300 {
        let mut pair = random_notes(&mut random, 2);
        pair.sort_by(|a, b| a.onset_s.total_cmp(&b.onset_s));
        let mut last = scored(&pair);
        for _ in 0..50 {
            pair[1].onset_s += 0.05;
            pair[1].offset_s += 0.05;
            let now = scored(&pair);
            for (after, before) in now.iter().zip(&last) {
                // Collisions may grow: an onset in the middle of a window is heard in more lines
                // than a tone throughout.
                let (after, before) = (after.scores, before.scores);
                assert!(after.temporal >= before.temporal - 1e-12, "{after:?} before {before:?}");
                assert!(after.dominance >= before.dominance - 1e-12, "{after:?} before {before:?}");
            }
            last = now;
        }
        // The longest lasts 2 s, and rings for a tenth of a second more.
        for (apart, note) in last.iter().zip(&pair) {
            assert_eq!(*apart, scored(std::slice::from_ref(note))[0]);
        }
    }
}

#[test]
fn a_note_that_enters_while_decays_are_followed_masks_those_that_it_lies_on_and_no_level() {
    let masked = |midi: u8, onset_s: f64| {
        let scored = scored(&[note(60, 0.0, 3.0, 80), note(midi, onset_s, 2.0, 80)]);
        assert_eq!(scored[0].collided, [false; 8], "levels are read until 0.45 s");
        scored[0].decay_collided
    };
    // C5 lies on the even harmonics of C4, G4 (its H2) on the third and the sixth, C3 on all.
    assert!([1, 3, 5, 7].iter().all(|index| masked(72, 0.5)[*index]), "{:?}", masked(72, 0.5));
    assert!(masked(67, 0.5)[2] && masked(67, 0.5)[5], "{:?}", masked(67, 0.5));
    assert_eq!(masked(48, 0.6), [true; 8]);
    // The windows behind an envelope are 40 ms long: the H1 of a key two octaves up is nowhere near
    // H1, nor is H1 near to it.
    assert!(!masked(84, 0.5)[0] && !masked(84, 1.4)[0]);
    // Decays are followed for 1.5 s.
    assert_eq!(masked(72, 1.6), [false; 8]);
}

#[test]
fn the_order_of_the_notes_does_not_change_a_bit_of_their_scores() {
    let mut random = Random(4);
    for _ in 0..50 {
        let notes = random_notes(&mut random, 12);
        let mut shuffled: Vec<_> = notes.iter().rev().cloned().collect();
        shuffled.rotate_left(5);
        let (mut expected, mut found) = (scored(&notes), scored(&shuffled));
        let key = |n: &ScoredNote| (n.event.onset_s.to_bits(), n.event.midi);
        expected.sort_by_key(key);
        found.sort_by_key(key);
        assert_eq!(expected, found);
    }
}

#[test]
fn a_scale_of_separate_notes_is_gold_and_a_cluster_chord_is_not_even_silver() {
    let scale: Vec<_> = (0..8).map(|step| note(60 + step, f64::from(step), 0.6, 80)).collect();
    assert!(scored(&scale).iter().all(|n| n.tier == Tier::Gold));
    let chord: Vec<_> = (0..8).map(|step| note(60 + step, 1.0, 0.6, 80)).collect();
    assert!(scored(&chord).iter().all(|n| n.tier < Tier::Silver));
}

#[test]
fn times_and_pitches_that_are_no_numbers_are_rejected_or_replaced_and_disturb_nobody() {
    let good = note(60, 1.0, 1.0, 90);
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let broken = NoteEvent { onset_s: bad, ..good.clone() };
        let result = scored(&[good.clone(), broken]);
        assert_eq!((result[0].score, result[0].tier, result[1].tier), (1.0, Tier::Gold, Tier::Reject));
        let untuned = NoteEvent { f0_hz: bad, ..good.clone() };
        assert_eq!(scored(&[untuned])[0].tier, Tier::Gold);
        assert_eq!(isolate(std::slice::from_ref(&good), bad, &IsolationSettings::default())[0].tier, Tier::Reject);
    }
    assert!(scored(&[]).is_empty());
}

/// Returns half a second of a tone of four harmonics, the third of them off its multiple by so many
/// cents.
fn tone(f0_hz: f64, third_off_cents: f64) -> Audio {
    let sample_rate = 44_100;
    let off = [0.0, 0.0, third_off_cents, 0.0];
    let sample = |i: u32| {
        let t = f64::from(i) / f64::from(sample_rate);
        let partial =
            |(k, cents): (f64, &f64)| 0.1 * (std::f64::consts::TAU * k * f0_hz * f64::exp2(cents / 1200.0) * t).sin();
        [1.0, 2.0, 3.0, 4.0].into_iter().zip(&off).map(partial).sum::<f64>() as f32
    };
    Audio { samples: (0..sample_rate).map(sample).collect(), sample_rate }
}

#[test]
fn what_lies_beside_its_multiple_is_anothers_if_another_sounds() {
    let mut alone = scored(&[note(57, 0.0, 1.0, 90)]);
    let status = |notes: &[ScoredNote], off_cents: f64| {
        let found = harmonics::measure_notes(&tone(220.0, off_cents), notes).remove(0).measurement.unwrap();
        [1, 2, 3].map(|i| found.harmonics[i].levels.steady_db.status)
    };
    assert_eq!(status(&alone, 8.0), [Status::Valid; 3]);
    alone[0].scores.temporal = 0.9;
    assert_eq!(status(&alone, 2.0), [Status::Valid; 3]);
    for off_cents in [8.0, -8.0] {
        assert_eq!(status(&alone, off_cents), [Status::Valid, Status::Collided, Status::Valid]);
    }
}
