//! What stages 1–5 found, and what later stages ask of it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::RecordingKeys;
use crate::catalogue::Recording;
use crate::isolation::MeasuredNote;
use crate::isolation::ScoredNote;
use crate::measure::Measurement;
use crate::stages::notes::RecordingNotes;
use crate::targets::{Row, TrainingSet};
use crate::training::refinement::Example;

/// What stages 1–5 found in one recording.
#[derive(Clone, Debug, Serialize)]
pub struct Analysed {
    /// The recording.
    pub recording: Recording,
    /// Its notes, stage 1.
    pub notes: RecordingNotes,
    /// Its notes with their scores, stage 2; empty if the run ended before.
    pub scored: Vec<ScoredNote>,
    /// Its notes with their harmonics, stage 3; empty if the run ended before.
    pub measured: Vec<MeasuredNote>,
    /// What the model plays for them, stage 4; empty if the run ended before.
    pub rendered: Vec<Option<Measurement>>,
    /// Its rows of the training set, stage 5; empty if the run ended before.
    pub rows: Vec<Row>,
    /// Which of its notes sound another key than they are called, and are not trained on.
    pub excluded: BTreeSet<usize>,
    /// The keys of all this.
    #[serde(skip)]
    pub(super) keys: RecordingKeys,
}

/// The training set of all recordings.
#[must_use]
pub fn training_set(analysed: &[Analysed]) -> TrainingSet {
    TrainingSet { rows: analysed.iter().flat_map(|found| found.rows.clone()).collect() }
}

impl Analysed {
    /// Its measured notes that were not set aside, each with its index.
    fn kept(&self) -> impl Iterator<Item = (usize, &MeasuredNote)> {
        self.measured.iter().enumerate().filter(|(index, _)| !self.excluded.contains(index))
    }
}

/// The rows of all recordings that are trained on, each with its note.
#[must_use]
pub fn examples<'a>(analysed: &'a [Analysed]) -> Vec<Example<'a>> {
    let of_recording = |found: &'a Analysed| {
        let rows = found.rows.iter().filter(|row| !found.excluded.contains(&row.note));
        rows.filter_map(|row| Some(Example { row, note: found.measured.get(row.note)? }))
    };
    analysed.iter().flat_map(of_recording).collect()
}

/// The measured notes of all recordings but those set aside, each with the model's rendering of it.
#[must_use]
pub fn compared_notes<'a>(analysed: &'a [Analysed]) -> Vec<(&'a MeasuredNote, Option<&'a Measurement>)> {
    let of_recording = |found: &'a Analysed| {
        found.kept().filter_map(move |(index, note)| Some((note, found.rendered.get(index)?.as_ref())))
    };
    analysed.iter().flat_map(of_recording).collect()
}

/// The measured notes of all recordings but those set aside.
#[must_use]
pub fn measured_notes(analysed: &[Analysed]) -> Vec<&MeasuredNote> {
    analysed.iter().flat_map(|found| found.kept().map(|(_, note)| note)).collect()
}

/// What is to be said of the recordings, each with the name of its file.
pub fn warnings(analysed: &[Analysed]) -> impl Iterator<Item = String> {
    let of_recording = |found: &Analysed| {
        let file = found.recording.file.clone();
        found.notes.warnings.clone().into_iter().map(move |warning| format!("{file}: {warning}"))
    };
    analysed.iter().flat_map(of_recording)
}
