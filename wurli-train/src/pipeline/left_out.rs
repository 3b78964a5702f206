//! Recordings that cannot be used: left out with a warning, unless [`Settings::strict`] is set.
//!
//! [`Settings::strict`]: super::settings::Settings::strict

use std::collections::BTreeSet;

use super::keys::RecordingKeys;
use super::{Analysed, Pipeline};
use crate::catalogue::Recording;
use crate::findings::without_path;
use crate::pipeline::error::Error;
use crate::stage::Stage;
use crate::stages::notes::RecordingNotes;

impl Pipeline<'_> {
    /// Runs stages 1–3 on a recording. One that cannot be read, or does not hold its note, becomes
    /// an entry without notes, with the reason as its warning.
    pub(super) fn measure_or_leave_out(&self, recording: &Recording, through: Stage) -> Result<Analysed, Error> {
        match self.measure(recording, through) {
            Err(error @ (Error::Audio(_) | Error::Notes { .. })) if !self.settings.strict => {
                let reason = without_path(&error.to_string(), &self.catalogue.path(recording));
                Ok(Analysed {
                    recording: recording.clone(),
                    notes: RecordingNotes {
                        duration_s: 0.0,
                        notes: Vec::new(),
                        warnings: vec![format!("left out: {reason}")],
                    },
                    scored: Vec::new(),
                    measured: Vec::new(),
                    rendered: Vec::new(),
                    rows: Vec::new(),
                    excluded: BTreeSet::new(),
                    keys: self.recording_keys(recording)?,
                })
            }
            other => other,
        }
    }

    /// Fails if nothing is left, with the reason of the first recording, or if something was left
    /// out that may not be.
    pub(super) fn check_left_out(&self, all: &[Analysed], through: Stage) -> Result<(), Error> {
        if let Some(first) = self.catalogue.left_out.first().filter(|_| self.settings.strict) {
            return Err(Error::LeftOut(first.clone()));
        }
        match self.catalogue.recordings.first() {
            Some(first) if all.iter().all(|found| found.notes.notes.is_empty()) => {
                self.measure(first, through).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// Returns the keys of a recording; of one that cannot be read, those without its bytes.
    pub(super) fn recording_keys(&self, recording: &Recording) -> Result<RecordingKeys, Error> {
        match self.read(recording) {
            Ok((_, keys)) => Ok(keys),
            Err(_) if !self.settings.strict => Ok(self.keys(self.content_builder(recording).finish())),
            Err(error) => Err(error),
        }
    }
}
