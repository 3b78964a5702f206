//! One note of the report: what was recorded, and what both models make of it.

use wurli_voice::MlpCorrections;
use wurli_voice::corrections::OUTPUTS;

use wurli_train::audio::Audio;
use wurli_train::catalogue::Kind;
use wurli_train::comparison::{NoteErrors, Rendered, corrections_of, rerender};
use wurli_train::evaluation::NoteComparison;
use wurli_train::evaluation::summary::DYNAMICS;
use wurli_train::isolation::MeasuredNote;
use wurli_train::measure::HARMONICS;
use wurli_train::note_name::note_name;
use wurli_train::pipeline::Analysed;
use wurli_train::renderer::Renderer;
use wurli_weights::Weights;

use crate::ReportError;
use crate::clip::Clips;

/// One note.
#[derive(Clone, Debug)]
pub(super) struct Note {
    /// Key and dynamic in words, as in `A1 ff`; with the velocity, `A1 ff 109`, where several notes are of both.
    pub(super) name: String,
    /// The recording that it sounds in.
    pub(super) file: String,
    /// The source of that.
    pub(super) source: Option<String>,
    /// Whether other notes sound in it.
    pub(super) of_performance: bool,
    /// What was measured.
    pub(super) measured: MeasuredNote,
    /// How many of the network's outputs are trained on it.
    pub(super) targets: usize,
    /// The model.
    pub(super) plain: Option<Rendered>,
    /// The corrected model.
    pub(super) corrected: Option<Rendered>,
    /// What there is to listen to; `None` where nothing sounds.
    pub(super) clips: Option<Clips>,
}

impl Note {
    /// The `index`-th note of a recording whose audio is `audio`.
    pub(super) fn of(
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
            plain: rerender(renderer, &measured, &MlpCorrections::IDENTITY)?,
            corrected: rerender(renderer, &measured, &corrections)?,
            clips: Clips::of(renderer, audio, &measured.note.event, &corrections)?,
            measured,
        })
    }

    /// Key, MIDI.
    pub(super) fn midi(&self) -> u8 {
        self.measured.note.event.midi
    }

    /// Velocity, 1..=127.
    pub(super) fn velocity(&self) -> u8 {
        self.measured.note.event.velocity
    }

    /// The note with its errors without corrections, and with them.
    pub(super) fn compared(&self) -> [Option<NoteComparison>; 2] {
        [&self.plain, &self.corrected].map(|rendered| {
            let rendered = rendered.as_ref()?;
            Some(NoteComparison { midi: self.midi(), velocity: self.velocity(), errors: rendered.errors })
        })
    }

    /// Mean absolute errors of one quantity, without corrections and with them.
    pub(super) fn mean_errors(&self, quantity: fn(&NoteErrors) -> &[Option<f64>; HARMONICS]) -> [Option<f64>; 2] {
        [&self.plain, &self.corrected].map(|rendered| {
            let errors: Vec<f64> = quantity(&rendered.as_ref()?.errors).iter().flatten().copied().collect();
            (!errors.is_empty()).then(|| errors.iter().map(|error| error.abs()).sum::<f64>() / errors.len() as f64)
        })
    }
}

/// Adds the velocity to names that several notes have.
pub(super) fn tell_apart(notes: &mut [Note]) {
    let names: Vec<String> = notes.iter().map(|note| note.name.clone()).collect();
    for note in notes {
        if names.iter().filter(|name| **name == note.name).count() > 1 {
            note.name = format!("{} {}", note.name, note.velocity());
        }
    }
}

/// The word for a velocity, as the EP200's pack divides them.
pub(super) fn dynamic(velocity: u8) -> &'static str {
    DYNAMICS[dynamic_index(velocity)].0.split(' ').next().unwrap_or_default()
}

/// Which of [`DYNAMICS`] a velocity belongs to.
pub(super) fn dynamic_index(velocity: u8) -> usize {
    DYNAMICS.iter().position(|(_, velocities)| velocities.contains(&velocity)).unwrap_or(0)
}

/// Targets that a note can have at the most.
pub(super) const MOST_TARGETS: usize = OUTPUTS;
