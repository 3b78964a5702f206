//! Results of stages 1–5.

use std::collections::BTreeSet;

use serde::Serialize;

use super::RecordingKeys;
use crate::catalogue::Recording;
use crate::findings::one_line_per_kind;
use crate::isolation::MeasuredNote;
use crate::isolation::ScoredNote;
use crate::measure::Measurement;
use crate::stages::notes::RecordingNotes;
use crate::targets::{Row, TrainingSet};
use crate::training::refinement::Example;

/// Results of stages 1–5 for one recording.
#[derive(Clone, Debug, Serialize)]
pub struct Analysed {
    /// The recording.
    pub recording: Recording,
    /// Notes, stage 1.
    pub notes: RecordingNotes,
    /// Notes with scores, stage 2; empty if the run ended before.
    pub scored: Vec<ScoredNote>,
    /// Measured notes, stage 3; empty if the run ended before.
    pub measured: Vec<MeasuredNote>,
    /// Measured renderings of the notes, stage 4; empty if the run ended before.
    pub rendered: Vec<Option<Measurement>>,
    /// Rows of the training set, stage 5; empty if the run ended before.
    pub rows: Vec<Row>,
    /// Indices of mislabelled notes, which are not trained on.
    pub excluded: BTreeSet<usize>,
    /// Cache keys of the results.
    #[serde(skip)]
    pub(super) keys: RecordingKeys,
}

/// Collects the training set of all recordings.
#[must_use]
pub fn training_set(analysed: &[Analysed]) -> TrainingSet {
    TrainingSet { rows: analysed.iter().flat_map(|found| found.rows.clone()).collect() }
}

impl Analysed {
    /// Iterates over the measured notes that are not excluded, with their indices.
    fn included(&self) -> impl Iterator<Item = (usize, &MeasuredNote)> {
        self.measured.iter().enumerate().filter(|(index, _)| !self.excluded.contains(index))
    }
}

/// Collects the training examples of all recordings.
#[must_use]
pub fn examples<'a>(analysed: &'a [Analysed]) -> Vec<Example<'a>> {
    let of_recording = |found: &'a Analysed| {
        let rows = found.rows.iter().filter(|row| !found.excluded.contains(&row.note));
        rows.filter_map(|row| Some(Example { row, note: found.measured.get(row.note)? }))
    };
    analysed.iter().flat_map(of_recording).collect()
}

/// Collects the measured notes that are not excluded, each with the measured rendering.
#[must_use]
pub fn compared_notes<'a>(analysed: &'a [Analysed]) -> Vec<(&'a MeasuredNote, Option<&'a Measurement>)> {
    let of_recording = |found: &'a Analysed| {
        found.included().filter_map(move |(index, note)| Some((note, found.rendered.get(index)?.as_ref())))
    };
    analysed.iter().flat_map(of_recording).collect()
}

/// Collects the measured notes that are not excluded.
#[must_use]
pub fn measured_notes(analysed: &[Analysed]) -> Vec<&MeasuredNote> {
    analysed.iter().flat_map(|found| found.included().map(|(_, note)| note)).collect()
}

/// Formats the warnings of all recordings, one line for each kind.
#[must_use]
pub fn warnings_by_kind(analysed: &[Analysed]) -> Vec<String> {
    one_line_per_kind(findings(analysed), |file| file)
}

fn findings(analysed: &[Analysed]) -> impl Iterator<Item = (String, String)> {
    let of_recording = |found: &Analysed| {
        let file = found.recording.file.clone();
        found.notes.warnings.clone().into_iter().map(move |warning| (file.clone(), warning))
    };
    analysed.iter().flat_map(of_recording)
}
