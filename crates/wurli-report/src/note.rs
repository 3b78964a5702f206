//! A note of the report: measurements of the recording and of both renderings, and clips.

use wurli_voice::MlpCorrections;

use wurli_train::audio::Audio;
use wurli_train::catalogue::Kind;
use wurli_train::comparison::{NoteErrors, Rendered, corrections_of, rerender};
use wurli_train::dynamics::{DYNAMICS, index_of};
use wurli_train::evaluation::NoteComparison;
use wurli_train::isolation::MeasuredNote;
use wurli_train::measure::HARMONICS;
use wurli_train::note_name::note_name;
use wurli_train::pipeline::Analysed;
use wurli_train::renderer::Renderer;
use wurli_weights::Weights;

use crate::ReportError;
use crate::clip::Clips;

/// A recorded note with its renderings and clips.
#[derive(Clone, Debug)]
pub(super) struct ReportedNote {
    /// Key and dynamic, such as `A1 ff`; `A1 ff 109` if several notes share both.
    pub(super) name: String,
    /// Recording that contains the note.
    pub(super) file: String,
    /// Source of the recording.
    pub(super) source: Option<String>,
    /// The recording is a performance.
    pub(super) of_performance: bool,
    /// Measurement of the recording.
    pub(super) measured: MeasuredNote,
    /// Number of network outputs with a target.
    pub(super) targets: usize,
    /// Rendering without corrections.
    pub(super) uncorrected: Option<Rendered>,
    /// Rendering with corrections.
    pub(super) corrected: Option<Rendered>,
    /// Clips; `None` for a silent note.
    pub(super) clips: Option<Clips>,
}

impl ReportedNote {
    /// Renders the `index`-th note of a recording, with and without corrections; `audio` is the
    /// whole recording.
    pub(super) fn render(
        renderer: &dyn Renderer,
        found: &Analysed,
        index: usize,
        audio: &Audio,
        weights: &Weights,
    ) -> Result<Self, ReportError> {
        let measured = found.measured[index].clone();
        let corrections = corrections_of(weights, &measured);
        let row = found.rows.iter().find(|row| row.note == index);
        let event = &measured.note.event;
        Ok(Self {
            name: format!("{} {}", note_name(event.midi), dynamic(event.velocity)),
            file: found.recording.file.clone(),
            source: found.recording.source.clone(),
            of_performance: found.recording.kind == Kind::Performance,
            targets: row.map_or(0, |row| row.mask.iter().filter(|observed| **observed).count()),
            uncorrected: rerender(renderer, &measured, &MlpCorrections::IDENTITY)?,
            corrected: rerender(renderer, &measured, &corrections)?,
            clips: Clips::render(renderer, audio, &measured.note.event, &corrections)?,
            measured,
        })
    }

    /// Returns the MIDI key.
    pub(super) fn midi(&self) -> u8 {
        self.measured.note.event.midi
    }

    /// Returns the velocity, 1..=127.
    pub(super) fn velocity(&self) -> u8 {
        self.measured.note.event.velocity
    }

    /// Returns the errors without and with corrections.
    pub(super) fn errors(&self) -> [Option<NoteComparison>; 2] {
        [&self.uncorrected, &self.corrected].map(|rendered| {
            let rendered = rendered.as_ref()?;
            Some(NoteComparison { midi: self.midi(), velocity: self.velocity(), errors: rendered.errors })
        })
    }

    /// Returns the mean absolute errors of one quantity, without and with corrections.
    pub(super) fn mean_errors(&self, quantity: fn(&NoteErrors) -> &[Option<f64>; HARMONICS]) -> [Option<f64>; 2] {
        [&self.uncorrected, &self.corrected].map(|rendered| {
            let errors: Vec<f64> = quantity(&rendered.as_ref()?.errors).iter().flatten().copied().collect();
            (!errors.is_empty()).then(|| errors.iter().map(|error| error.abs()).sum::<f64>() / errors.len() as f64)
        })
    }
}

/// Adds the velocity to names that several notes share.
pub(super) fn disambiguate_names(notes: &mut [ReportedNote]) {
    let names: Vec<String> = notes.iter().map(|note| note.name.clone()).collect();
    for note in notes {
        if names.iter().filter(|name| **name == note.name).count() > 1 {
            note.name = format!("{} {}", note.name, note.velocity());
        }
    }
}

/// Returns the dynamic of a velocity, such as `mp`.
pub(super) fn dynamic(velocity: u8) -> &'static str {
    DYNAMICS[index_of(velocity)].mark
}
