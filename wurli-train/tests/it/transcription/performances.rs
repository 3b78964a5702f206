//! Transcription of what `lab performances` mixes: four kinds, three levels of noise, without and
//! with tremolo, on seeds with which nothing was tuned. `docs/transcription.md` has the figures by
//! mir_eval.

use std::path::Path;

use wurli_testkit::marks::Score;
use wurli_testkit::performances::{Conditions, Kind, Piano, Struck, perform};
use wurli_testkit::recordings::{ep200, shipped_data};
use wurli_train::note_event::NoteEvent;
use wurli_train::transcription::{TranscriptionSettings, transcribe};

/// Constants were tuned on 101 to 112.
const SEEDS: std::ops::Range<u64> = 7001..7002;

/// Returns all kinds under all conditions, played on the notes of a folder.
fn scored(what: &str, folder: &Path) -> Score {
    let mut piano = Piano::open(folder).unwrap();
    let mut score = Score::default();
    for seed in SEEDS {
        for kind in Kind::ALL {
            for noise_db in [None, Some(60.0), Some(30.0)] {
                for tremolo in [false, true] {
                    let performance = perform(&mut piano, kind, Conditions { noise_db, tremolo }, seed);
                    let played: Vec<NoteEvent> = performance.notes.iter().map(Struck::event).collect();
                    score.add(&played, &transcribe(&performance.audio, &TranscriptionSettings::default()));
                }
            }
        }
    }
    println!("{what}: {score}");
    score
}

/// Bounds a little under what is reached, which each test prints.
fn assert_good(score: &Score, least_f1: f64, least_with_offsets: f64) {
    assert!(score.f1() >= least_f1, "F1 {:.3} is under {least_f1}", score.f1());
    assert!(score.f1_with_offsets() >= least_with_offsets, "with offsets, F1 {:.3}", score.f1_with_offsets());
    assert!(score.octave_errors * 50 < score.found, "{} octave errors of {}", score.octave_errors, score.found);
    assert!(score.median_onset_error_s() < 0.005, "{} s", score.median_onset_error_s());
}

#[test]
fn performances_on_the_stand_ins_are_transcribed() {
    assert_good(&scored("stand-ins", &shipped_data()), 0.965, 0.92);
}

#[test]
fn performances_on_recordings_are_transcribed() {
    let Some(folder) = ep200() else { return };
    assert_good(&scored("recordings", &folder), 0.965, 0.92);
}
