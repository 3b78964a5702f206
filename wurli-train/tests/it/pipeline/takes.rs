//! Takes that are too long to be kept in memory: the notes are those of the whole, memory does not
//! grow, an interrupted run resumes, and a file that changes is detected.

use std::io::{Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use wurli_testkit::additive::{Additive, RATE_HZ, Struck, perform};
use wurli_testkit::counting::peak_of;
use wurli_testkit::long_take::{artifacts, notes, take};
use wurli_train::audio::{Audio, AudioError, write_wav_float};
use wurli_train::isolation::{IsolationSettings, isolate};
use wurli_train::key::KeyBuilder;
use wurli_train::note_event::NoteEvent;
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::takes;
use wurli_train::progress::{Progress, Silent};
use wurli_train::stages::harmonics;
use wurli_train::stages::notes::RecordingNotes;
use wurli_train::transcription::{TranscriptionSettings, transcribe};

/// Error by rounding of a time, seconds, and of a fundamental, in parts: both are read at the
/// resolution of a sample and better.
const ROUNDING_S: f64 = 1e-6;
const ROUNDING: f64 = 1e-6;

/// Returns a take of three stretches, and its notes when it is transcribed as a whole.
fn fixture() -> &'static (Audio, Vec<NoteEvent>) {
    static FIXTURE: OnceLock<(Audio, Vec<NoteEvent>)> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let audio = take(130.0);
        let whole = transcribe(&audio, &TranscriptionSettings::default());
        (audio, whole)
    })
}

fn streamed(path: &Path, cache: &Cache, progress: &dyn Progress) -> Result<RecordingNotes, AudioError> {
    let (take, key) = takes::open(path, KeyBuilder::new("test", 1))?;
    takes::transcribe_take(&take, key, &TranscriptionSettings::default(), cache, progress)
}

fn assert_same(found: &[NoteEvent], expected: &[NoteEvent]) {
    for (found, expected) in found.iter().zip(expected) {
        let what = format!("{found:?} instead of {expected:?}");
        assert_eq!((found.midi, found.velocity), (expected.midi, expected.velocity), "{what}");
        assert!((found.onset_s - expected.onset_s).abs() < ROUNDING_S, "{what}");
        assert!((found.offset_s - expected.offset_s).abs() < ROUNDING_S, "{what}");
        assert!((found.f0_hz / expected.f0_hz - 1.0).abs() < ROUNDING, "{what}");
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn a_long_take_has_the_notes_of_the_whole_whatever_lies_on_a_seam() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("take.wav");
    let (audio, whole) = fixture();
    write_wav_float(&path, audio).unwrap();
    let found = streamed(&path, &Cache::none(), &Silent).unwrap();
    assert!((found.duration_s - audio.duration_s()).abs() < 1e-9);
    let over_seams = whole.iter().filter(|note| (note.onset_s / 60.0) as usize != (note.offset_s / 60.0) as usize);
    assert!(over_seams.count() >= 6, "something lies on the seams");
    assert_same(&found.notes, whole);
}

#[test]
fn other_rates_and_a_tail_after_the_last_note_make_no_difference() {
    let folder = tempfile::tempdir().unwrap();
    // Played slower or faster: other keys, other times, other seams. Each take has one at least.
    for (sample_rate, end_s) in [(22_050, 65.0), (96_000, 125.0)] {
        let (mut audio, _) = perform(&Additive, &notes(end_s));
        // Half a minute in which nothing is struck, and the last keys ring.
        audio.samples.extend(std::iter::repeat_n(0.0, 30 * RATE_HZ as usize));
        let audio = Audio { sample_rate, samples: audio.samples };
        assert!(audio.duration_s() > 60.0);
        let path = folder.path().join("take.wav");
        write_wav_float(&path, &audio).unwrap();
        let whole = transcribe(&audio, &TranscriptionSettings::default());
        assert!(whole.len() > 50, "{} notes", whole.len());
        assert_same(&streamed(&path, &Cache::none(), &Silent).unwrap().notes, &whole);
    }
}

#[test]
fn memory_does_not_grow_with_the_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("take.wav");
    // A note every two seconds, the same each minute, at half of the rate: an octave lower.
    let struck =
        |index: u8| Struck { onset_s: f64::from(index), offset_s: f64::from(index) + 0.8, midi: 69, velocity: 90 };
    let (mut minute, _) = perform(&Additive, &(0..30).map(struck).collect::<Vec<_>>());
    minute.samples.resize(30 * RATE_HZ as usize, 0.0);
    let minute = minute.samples;
    let minutes = |count: usize| {
        write_wav_float(&path, &Audio { samples: minute.repeat(count), sample_rate: 22_050 }).unwrap();
        let (found, peak) = peak_of(|| streamed(&path, &Cache::none(), &Silent).unwrap());
        assert_eq!(found.notes.len(), 30 * count);
        peak
    };
    let (short, long) = (minutes(4), minutes(8));
    println!("{short} bytes for 4 minutes, {long} for 8");
    assert!(long < 60 << 20, "{long} bytes");
    // Each minute more leaves 12,000 energies of 8 bytes, in a list that grows by doubling, and 30
    // notes.
    assert!(long - short < 4 * (3 * 12_000 * 8 + 30 * 200), "{} bytes more for 4 minutes more", long - short);
}

#[test]
fn a_run_that_was_ended_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("take.wav");
    let (audio, whole) = fixture();
    write_wav_float(&path, audio).unwrap();
    let cache = || Cache::at(folder.path().join("cache"));

    // Ended when two of three stretches are done.
    let end = |what: &'static str, done: usize, total: usize| {
        if what == "transcribe" && done >= total / 2 {
            resume_unwind(Box::new("ended"));
        }
    };
    assert!(catch_unwind(AssertUnwindSafe(|| streamed(&path, &cache(), &end))).is_err());
    let before = artifacts(&folder.path().join("cache"));
    assert_eq!(before.len(), 3, "an overview and two stretches: {before:?}");

    let read = AtomicUsize::new(0);
    let note = |what: &'static str, _: usize, _: usize| {
        read.fetch_add(usize::from(what == "read"), Ordering::Relaxed);
    };
    let found = streamed(&path, &cache(), &note).unwrap();
    assert_eq!(read.into_inner(), 0, "the overview is there");
    let after = artifacts(&folder.path().join("cache"));
    assert_eq!(after.len(), 4);
    assert!(before.iter().all(|artifact| after.contains(artifact)), "what was there was not written again");
    assert_same(&found.notes, whole);
}

#[test]
fn a_file_that_changes_meanwhile_is_detected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("take.wav");
    write_wav_float(&path, &fixture().0).unwrap();
    let change = |what: &'static str, done: usize, _: usize| {
        if what == "transcribe" && done > 0 {
            // One byte of the last minute.
            let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.seek(SeekFrom::End(-1000)).unwrap();
            file.write_all(&[0x55]).unwrap();
        }
    };
    let error = streamed(&path, &Cache::none(), &change).map(|found| found.notes.len()).unwrap_err();
    assert!(matches!(error, AudioError::Changed { .. }), "{error}");
    assert!(error.to_string().ends_with("take.wav has changed while it was read; run again once nothing writes to it"));
}

#[test]
fn the_harmonics_of_a_long_take_are_those_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("take.wav");
    // At this rate the cells in which ends are read are whole samples: no end lies half-way between
    // two.
    let audio = Audio { sample_rate: 48_000, ..take(130.0) };
    write_wav_float(&path, &audio).unwrap();
    let mut events = transcribe(&audio, &TranscriptionSettings::default());
    // Half a minute and more in which nothing is struck, a note that begins at once, and some where
    // a minute's reading ends.
    events.retain(|note| note.onset_s < 20.0 || (55.0..65.0).contains(&note.onset_s) || note.onset_s > 100.0);
    let scored = isolate(&events, audio.duration_s(), &IsolationSettings::default());
    let (take, _) = takes::open(&path, KeyBuilder::new("test", 1)).unwrap();
    let streamed = harmonics::measure_take(&take, &scored, &Silent).unwrap();
    let whole = harmonics::measure_notes(&audio, &scored);
    assert!(whole.iter().filter(|note| note.measurement.is_some()).count() > 20);
    assert!(streamed == whole);
}
