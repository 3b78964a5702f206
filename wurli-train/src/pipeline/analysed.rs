//! What stages 1–5 found, and what later stages ask of it.

use serde::Serialize;

use super::RecordingKeys;
use crate::catalogue::Recording;
use crate::measure::Measurement;
use crate::refinement::Lesson;
use crate::stages::harmonics::MeasuredNote;
use crate::stages::isolation::ScoredNote;
use crate::stages::notes::RecordingNotes;
use crate::stages::residuals::{Row, TrainingSet};

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
    /// The keys of all this.
    #[serde(skip)]
    pub(super) keys: RecordingKeys,
}

/// The training set of all recordings.
#[must_use]
pub fn training_set(analysed: &[Analysed]) -> TrainingSet {
    TrainingSet { rows: analysed.iter().flat_map(|found| found.rows.clone()).collect() }
}

/// The rows of all recordings, each with its note.
#[must_use]
pub fn lessons(analysed: &[Analysed]) -> Vec<Lesson<'_>> {
    analysed
        .iter()
        .flat_map(|found| found.rows.iter().filter_map(|row| Some(Lesson { row, note: found.measured.get(row.note)? })))
        .collect()
}

/// The measured notes of all recordings, each with the model's rendering of it.
#[must_use]
pub fn compared_notes(analysed: &[Analysed]) -> Vec<(&MeasuredNote, Option<&Measurement>)> {
    let pairs = analysed.iter().flat_map(|found| found.measured.iter().zip(&found.rendered));
    pairs.map(|(note, rendered)| (note, rendered.as_ref())).collect()
}

/// The measured notes of all recordings.
#[must_use]
pub fn measured_notes(analysed: &[Analysed]) -> Vec<&MeasuredNote> {
    analysed.iter().flat_map(|found| &found.measured).collect()
}

/// What is to be said of the recordings, each with the name of its file.
pub fn noticed(analysed: &[Analysed]) -> impl Iterator<Item = String> {
    let of_recording = |found: &Analysed| {
        let file = found.recording.file.clone();
        found.notes.warnings.clone().into_iter().map(move |warning| format!("{file}: {warning}"))
    };
    analysed.iter().flat_map(of_recording)
}
