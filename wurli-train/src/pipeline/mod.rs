//! Pipeline of seven stages, with a cache of their artifacts.
//!
//! Every artifact is cached under the hash of all inputs that it was made from. Keys combine the
//! keys of inputs, not their contents. The bytes of the recordings and the settings determine every
//! key, so that [`Pipeline::key`] measures nothing.

mod analysed;
pub mod assessment;
pub mod build;
pub mod cache;
pub mod coverage;
pub mod error;
mod keys;
mod left_out;
pub mod mistuned;
pub mod record_next;
pub mod settings;
mod source;
pub mod takes;

use std::collections::BTreeSet;
use std::path::Path;

use crate::audio::AudioError;
use crate::catalogue::{self, Catalogue, Kind, Recording, Selection};
use crate::evaluation::{ClosedLoop, PrimaryMetric, closed_loop};
use crate::isolation::MeasuredNote;
use crate::key::Key;
use crate::parallel::in_order;
use crate::pipeline::cache::Cache;
use crate::pipeline::error::Error;
use crate::pipeline::settings::Settings;
use crate::progress::{Counter, Progress};
use crate::renderer::{ReferenceVoice, Renderer};
use crate::stage::Stage;
use crate::stages::notes::RecordingNotes;
use crate::stages::{harmonics, isolation, notes, render, residuals, train, weights};
use crate::targets::{Model, request};
use crate::training::{Trained, TrainingSettings};
pub use analysed::{Analysed, compared_notes, examples, measured_notes, training_set, warnings_by_kind};
pub use assessment::Assessment;
use keys::RecordingKeys;
use source::{Content, Source};
use wurli_weights::Weights;

/// A data folder with the settings and the cache of a run.
pub struct Pipeline<'a> {
    /// Recordings of the folder.
    pub catalogue: Catalogue,
    /// Settings of stage 6.
    pub training: TrainingSettings,
    settings: Settings,
    renderer: &'a dyn Renderer,
    renderer_key: Key,
    cache: &'a Cache,
    progress: &'a dyn Progress,
}

/// Recordings by file name, and `all`, each with its stages and whether their artifacts are cached.
pub type Plan = Vec<(String, Vec<(Stage, bool)>)>;

/// Result of a training.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Trained weights.
    pub weights: Weights,
    /// Losses, see [`Trained::losses`].
    pub losses: Vec<f32>,
    /// Errors without and with the corrections.
    pub closed_loop: ClosedLoop,
}

impl<'a> Pipeline<'a> {
    /// Opens the data folder `data`.
    ///
    /// # Errors
    /// [`Error::Catalogue`] if the folder cannot be used.
    pub fn open(
        data: &Path,
        selection: Selection,
        settings: Settings,
        cache: &'a Cache,
        progress: &'a dyn Progress,
    ) -> Result<Self, Error> {
        let catalogue = catalogue::read(data, selection)?;
        let training = settings.training.clone().unwrap_or_else(|| TrainingSettings::for_fit(catalogue.fit));
        let renderer = &ReferenceVoice::EP200;
        Ok(Self { catalogue, training, settings, renderer, renderer_key: renderer.key(), cache, progress })
    }

    /// Replaces the reference voice by another renderer.
    ///
    /// # Errors
    /// [`Error::Displacement`] if it cannot scale displacement and [`Settings::without`] does not
    /// exclude it.
    pub fn rendered_by(self, renderer: &'a dyn Renderer) -> Result<Self, Error> {
        if !renderer.scales_displacement() && !self.settings.without.displacement {
            return Err(Error::Displacement);
        }
        Ok(Self { renderer, renderer_key: renderer.key(), ..self })
    }

    /// Returns the renderer of the notes that recordings are compared with.
    #[must_use]
    pub fn renderer(&self) -> &'a dyn Renderer {
        self.renderer
    }

    /// Returns the key of the weights that [`train`](Self::train) would make.
    ///
    /// Reads every recording, measures none.
    ///
    /// # Errors
    /// [`Error::Audio`] if a recording cannot be read.
    pub fn key(&self) -> Result<Key, Error> {
        let keys = self.catalogue.recordings.iter().map(|recording| Ok(self.recording_keys(recording)?.residuals));
        Ok(self.weights_key(&keys.collect::<Result<Vec<_>, Error>>()?))
    }

    /// Returns the key of the weights for recordings that were already analysed. Reads nothing.
    #[must_use]
    pub fn key_of(&self, analysed: &[Analysed]) -> Key {
        self.weights_key(&analysed.iter().map(|found| found.keys.residuals).collect::<Vec<_>>())
    }

    /// Returns which artifacts are cached: stages 1–5 of each recording, then stages 6 and 7.
    ///
    /// # Errors
    /// [`Error::Audio`] if a recording cannot be read.
    pub fn plan(&self) -> Result<Plan, Error> {
        let mut plan = Vec::new();
        let mut last = Vec::new();
        for recording in &self.catalogue.recordings {
            let keys = self.recording_keys(recording)?;
            let cached = keys.by_stage().map(|(stage, key)| (stage, self.cache.holds(stage, key)));
            plan.push((recording.file.clone(), cached.to_vec()));
            last.push(keys.residuals);
        }
        let (train, weights) = (self.train_key(&last), self.weights_key(&last));
        let both = [(Stage::Train, train), (Stage::Weights, weights)];
        plan.push(("all".into(), both.map(|(stage, key)| (stage, self.cache.holds(stage, key))).to_vec()));
        Ok(plan)
    }

    /// Runs stages 1–5, at most up to `through`, on every recording.
    ///
    /// # Errors
    /// [`Error::Audio`] or [`Error::Notes`] for a recording that cannot be used, [`Error::Render`]
    /// for a note that cannot be rendered.
    pub fn analyse(&self, through: Stage) -> Result<Vec<Analysed>, Error> {
        let through = through.min(Stage::Residuals);
        let recordings: Vec<&Recording> = self.catalogue.recordings.iter().collect();
        let mut all = self.each(through.min(Stage::Harmonics), recordings, |recording| {
            self.measure_or_leave_out(recording, through)
        })?;
        self.check_left_out(&all, through)?;
        if through >= Stage::Render {
            let notes: BTreeSet<_> = all.iter().flat_map(|found| &found.measured).map(key_and_velocity).collect();
            self.renderer.prepare(&Vec::from_iter(notes))?;
            all = self.each(through, all, |found| self.compare(found, through))?;
            mistuned::exclude_mistuned(&mut all);
        }
        Ok(all)
    }

    /// Runs `work` on each of `items` in parallel and reports progress of `stage`.
    ///
    /// Returns the error of the first failing item.
    fn each<T: Send, U: Send>(
        &self,
        stage: Stage,
        items: Vec<T>,
        work: impl Fn(T) -> Result<U, Error> + Sync,
    ) -> Result<Vec<U>, Error> {
        let counter = Counter::start(self.progress, stage.name(), items.len());
        let one = |item| {
            let result = work(item);
            counter.advance(1);
            result
        };
        in_order(items, one)
    }

    /// Runs stages 6 and 7 on analysed recordings and evaluates the result in the closed loop.
    ///
    /// # Errors
    /// [`Error::Train`] or [`Error::Weights`] if training fails, [`Error::NoGain`] if the
    /// corrections are no improvement.
    pub fn train(&self, analysed: &[Analysed]) -> Result<Outcome, Error> {
        let keys: Vec<Key> = analysed.iter().map(|found| found.keys.residuals).collect();
        let epochs = (self.training.total_epochs() + self.training.max_refinement_epochs()) as usize;
        let trained: Trained = self.cache.artifact(Stage::Train, self.train_key(&keys), || {
            train::train_network(self.renderer, &examples(analysed), &self.training, self.progress)
                .map_err(|problem| Error::Train { data: self.catalogue.folder.clone(), problem })
        })?;
        self.progress.report(Stage::Train.name(), epochs, epochs);

        let key = self.weights_key(&keys);
        let mut weights = weights::to_weights(&trained, &self.training, self.renderer.closed_form(), key)?;
        let closed_loop = self.cache.artifact(Stage::Weights, key, || {
            let closed_loop = closed_loop(self.renderer, &compared_notes(analysed), &weights, self.progress)?;
            let PrimaryMetric { quantity, before, after } = closed_loop.primary_metric(self.settings.without);
            if after < before {
                Ok(closed_loop)
            } else {
                let notes = closed_loop.corrected.notes;
                Err(Error::NoGain { data: self.catalogue.folder.clone(), quantity, before, after, notes })
            }
        })?;
        weights.errors = closed_loop.training_errors();
        let notes = compared_notes(analysed).len();
        self.progress.report(Stage::Weights.name(), notes, notes);
        Ok(Outcome { weights, losses: trained.losses, closed_loop })
    }

    /// Runs stages 1–3 on a recording, at most up to `through`.
    fn measure(&self, recording: &Recording, through: Stage) -> Result<Analysed, Error> {
        let path = self.catalogue.path(recording);
        let (content, keys) = self.read(recording)?;
        let mut audio = content.source(&path)?;
        let (cache, progress) = (self.cache, self.progress);

        let notes: RecordingNotes = cache.artifact(Stage::Notes, keys.notes, || match &mut audio {
            Source::InMemory(audio) => {
                let found = notes::find_notes(
                    audio.get()?,
                    &recording.kind,
                    &self.settings.transcription,
                    self.settings.labels,
                );
                let mut found = found.map_err(|problem| Error::Notes { path: path.clone(), problem })?;
                found.warnings.splice(0..0, audio.warnings());
                Ok(found)
            }
            Source::Streamed(take) => {
                let notes = takes::transcribe_take(take, keys.notes, &self.settings.transcription, cache, progress)?;
                notes.require_notes().map_err(|problem| Error::Notes { path: path.clone(), problem })
            }
        })?;
        let mut found = Analysed {
            recording: recording.clone(),
            notes,
            scored: Vec::new(),
            measured: Vec::new(),
            rendered: Vec::new(),
            rows: Vec::new(),
            excluded: BTreeSet::new(),
            keys,
        };
        if through >= Stage::Isolation {
            let (events, duration_s) = (&found.notes.notes, found.notes.duration_s);
            found.scored = cache.artifact(Stage::Isolation, keys.isolation, || {
                Ok::<_, Error>(isolation::isolate(events, duration_s, &self.settings.isolation))
            })?;
        }
        if through >= Stage::Harmonics {
            found.measured = cache.artifact(Stage::Harmonics, keys.harmonics, || {
                Ok::<_, Error>(match &mut audio {
                    Source::InMemory(audio) => harmonics::measure_notes(audio.get()?, &found.scored),
                    Source::Streamed(take) => harmonics::measure_take(take, &found.scored, progress)?,
                })
            })?;
        }
        Ok(found)
    }

    /// Runs stages 4 and 5 on a measured recording, at most up to `through`.
    fn compare(&self, mut found: Analysed, through: Stage) -> Result<Analysed, Error> {
        let cache = self.cache;
        found.rendered = cache.artifact(Stage::Render, found.keys.render, || {
            let render = |note| render::render_and_measure(self.renderer, &request(note));
            in_order(&found.measured, render)
        })?;
        if through >= Stage::Residuals {
            let model = Model { renderer: self.renderer, without: self.settings.without };
            found.rows = cache.artifact(Stage::Residuals, found.keys.residuals, || {
                residuals::residual_rows(model, &found.recording.file, &found.measured, &found.rendered)
            })?;
        }
        Ok(found)
    }

    /// Reads the file of a recording once. Performances may be long and are not kept in memory.
    fn read(&self, recording: &Recording) -> Result<(Content, RecordingKeys), Error> {
        let path = self.catalogue.path(recording);
        let builder = self.content_builder(recording);
        let (content, key) = match recording.kind {
            Kind::Performance => {
                let (take, key) = takes::open(&path, builder)?;
                (Content::Take(take), key)
            }
            Kind::Note { .. } | Kind::Unlabelled { .. } => {
                let bytes = std::fs::read(&path).map_err(|source| AudioError::Unreadable { path, source })?;
                let key = builder.bytes("audio", &bytes).finish();
                (Content::Bytes(bytes), key)
            }
        };
        Ok((content, self.keys(key)))
    }
}

/// Returns the key and velocity of a note.
fn key_and_velocity(note: &MeasuredNote) -> (u8, u8) {
    (note.note.event.midi, note.note.event.velocity)
}
