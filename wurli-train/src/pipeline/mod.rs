//! The seven stages in a row, each artifact under the key of all that it was made of.
//!
//! A key is made of the keys of the inputs, not of their contents, so that every key, that of the weights included, is known from
//! the bytes of the recordings and the settings alone: [`Pipeline::key`] says without measuring anything whether there is
//! something to do.

mod analysed;
pub mod build;
pub mod cache;
pub mod coverage;
pub mod error;
mod keys;
mod left_out;
mod misnamed;
pub mod settings;
pub mod takes;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::audio;
use crate::audio::{Audio, AudioError, Take};
use crate::catalogue::{self, Catalogue, Kind, Recording, Selection};
use crate::evaluation::{ClosedLoop, closed_loop};
use crate::isolation::MeasuredNote;
use crate::key::Key;
use crate::parallel::in_order;
use crate::pipeline::cache::Cache;
use crate::pipeline::error::Error;
use crate::pipeline::settings::Settings;
use crate::progress::Progress;
use crate::renderer::{ReferenceVoice, Renderer};
use crate::stage::Stage;
use crate::stages::notes::RecordingNotes;
use crate::stages::{harmonics, isolation, notes, render, residuals, train, weights};
use crate::targets::{Model, request};
use crate::training::{Trained, TrainingSettings};
pub use analysed::{Analysed, compared_notes, lessons, measured_notes, noticed, training_set};
use keys::RecordingKeys;
use wurli_weights::Weights;

/// A data folder that was read, with the settings and the cache of a run.
pub struct Pipeline<'a> {
    /// What the folder holds.
    pub catalogue: Catalogue,
    /// How the network is trained.
    pub training: TrainingSettings,
    settings: Settings,
    renderer: &'a dyn Renderer,
    renderer_key: Key,
    cache: &'a Cache,
    progress: &'a dyn Progress,
}

/// What is named by its file, or `all`, with its stages and whether the artifact of each is there.
pub type Plan = Vec<(String, Vec<(Stage, bool)>)>;

/// A finished training.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the weights file holds.
    pub weights: Weights,
    /// Loss along the training.
    pub losses: Vec<f32>,
    /// Errors of the rendered notes without and with the corrections.
    pub closed_loop: ClosedLoop,
}

impl<'a> Pipeline<'a> {
    /// Reads the catalogue of `data`.
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
        let training = settings.training.clone().unwrap_or_else(|| TrainingSettings::of(catalogue.fit));
        let renderer = &ReferenceVoice::EP200;
        Ok(Self { catalogue, training, settings, renderer, renderer_key: renderer.key(), cache, progress })
    }

    /// Corrects another synth than the reference voice.
    ///
    /// # Errors
    /// [`Error::Displacement`] if it cannot scale displacement and [`Settings::without`] does not say so.
    pub fn rendered_by(self, renderer: &'a dyn Renderer) -> Result<Self, Error> {
        if !renderer.scales_displacement() && !self.settings.without.displacement {
            return Err(Error::Displacement);
        }
        Ok(Self { renderer, renderer_key: renderer.key(), ..self })
    }

    /// Who plays the notes that recordings are compared with.
    #[must_use]
    pub fn renderer(&self) -> &'a dyn Renderer {
        self.renderer
    }

    /// The key of the weights that [`train`](Self::train) makes. Reads every recording, measures none.
    ///
    /// # Errors
    /// [`Error::Audio`] if a recording cannot be read.
    pub fn key(&self) -> Result<Key, Error> {
        let keys = self.catalogue.recordings.iter().map(|recording| Ok(self.recording_keys(recording)?.residuals));
        Ok(self.weights_key(&keys.collect::<Result<Vec<_>, Error>>()?))
    }

    /// The same of what [`analyse`](Self::analyse) found, whatever lies in the folder by now.
    #[must_use]
    pub fn key_of(&self, analysed: &[Analysed]) -> Key {
        self.weights_key(&analysed.iter().map(|found| found.keys.residuals).collect::<Vec<_>>())
    }

    /// For every recording in turn, which artifacts of stages 1–5 are there; then those of stages 6 and 7.
    ///
    /// # Errors
    /// [`Error::Audio`] if a recording cannot be read.
    pub fn plan(&self) -> Result<Plan, Error> {
        let mut plan = Vec::new();
        let mut last = Vec::new();
        for recording in &self.catalogue.recordings {
            let keys = self.recording_keys(recording)?;
            let held = keys.by_stage().map(|(stage, key)| (stage, self.cache.holds(stage, key)));
            plan.push((recording.file.clone(), held.to_vec()));
            last.push(keys.residuals);
        }
        let (train, weights) = (self.train_key(&last), self.weights_key(&last));
        let both = [(Stage::Train, train), (Stage::Weights, weights)];
        plan.push(("all".into(), both.map(|(stage, key)| (stage, self.cache.holds(stage, key))).to_vec()));
        Ok(plan)
    }

    /// Runs stages 1–5, or as far as `through`, on every recording.
    ///
    /// # Errors
    /// [`Error::Audio`] or [`Error::Notes`] with the name of the recording that cannot be used, [`Error::Render`] with the note
    /// that was not played.
    pub fn analyse(&self, through: Stage) -> Result<Vec<Analysed>, Error> {
        let through = through.min(Stage::Residuals);
        let recordings: Vec<&Recording> = self.catalogue.recordings.iter().collect();
        let mut all = self
            .each(through.min(Stage::Harmonics), recordings, |recording| self.heard_or_left_out(recording, through))?;
        self.check_left_out(&all, through)?;
        if through >= Stage::Render {
            let notes: BTreeSet<_> = all.iter().flat_map(|found| &found.measured).map(place).collect();
            self.renderer.prepare(&Vec::from_iter(notes))?;
            all = self.each(through, all, |found| self.compared(found, through))?;
            misnamed::set_aside(&mut all);
        }
        Ok(all)
    }

    /// Does `work` on each of `items`, on all cores, and counts them as steps of `stage`. The first error is that of the first item that has
    /// one, whichever thread was first.
    fn each<T: Send, U: Send>(
        &self,
        stage: Stage,
        items: Vec<T>,
        work: impl Fn(T) -> Result<U, Error> + Sync,
    ) -> Result<Vec<U>, Error> {
        let total = items.len();
        let done = AtomicUsize::new(0);
        self.progress.step(stage, 0, total);
        let one = |item| {
            let result = work(item);
            self.progress.step(stage, done.fetch_add(1, Ordering::Relaxed) + 1, total);
            result
        };
        in_order(items, one)
    }

    /// Runs stages 6 and 7 on what [`analyse`](Self::analyse) found, and closes the loop.
    ///
    /// # Errors
    /// [`Error::Train`] or [`Error::Weights`] if no usable network comes of it, [`Error::NoGain`] if it makes the model worse.
    pub fn train(&self, analysed: &[Analysed]) -> Result<Outcome, Error> {
        let keys: Vec<Key> = analysed.iter().map(|found| found.keys.residuals).collect();
        let epochs = (self.training.total_epochs() + self.training.refinement_epochs_in_all()) as usize;
        let trained: Trained = self.cache.artifact(Stage::Train, self.train_key(&keys), || {
            let progress = self.progress;
            let report = |epoch: u32| progress.step(Stage::Train, epoch as usize, epochs);
            train::train(self.renderer, &lessons(analysed), &self.training, &report)
                .map_err(|problem| Error::Train { data: self.catalogue.folder.clone(), problem })
        })?;
        self.progress.step(Stage::Train, epochs, epochs);

        let key = self.weights_key(&keys);
        let weights = weights::to_weights(&trained, &self.training, key)?;
        let closed_loop = self.cache.artifact(Stage::Weights, key, || {
            let closed_loop = closed_loop(self.renderer, &compared_notes(analysed), &weights, &|done, notes| {
                self.progress.step(Stage::Weights, done, notes);
            })?;
            let (quantity, before, after) = closed_loop.judged(self.settings.without);
            if after < before {
                Ok(closed_loop)
            } else {
                let notes = closed_loop.corrected.notes;
                Err(Error::NoGain { data: self.catalogue.folder.clone(), quantity, before, after, notes })
            }
        })?;
        let notes = compared_notes(analysed).len();
        self.progress.step(Stage::Weights, notes, notes);
        Ok(Outcome { weights, losses: trained.losses, closed_loop })
    }

    /// Stages 1–3.
    fn heard(&self, recording: &Recording, through: Stage) -> Result<Analysed, Error> {
        let path = self.catalogue.path(recording);
        let (content, keys) = self.read(recording)?;
        let mut audio = content.source(&path)?;
        let (cache, progress) = (self.cache, self.progress);
        let report = |what, done, total| progress.take(what, done, total);

        let notes: RecordingNotes = cache.artifact(Stage::Notes, keys.notes, || match &mut audio {
            Source::Whole(audio) => {
                notes::find_notes(audio.get()?, &recording.kind, &self.settings.transcription, self.settings.labels)
                    .map_err(|problem| Error::Notes { path: path.clone(), problem })
            }
            Source::Long(take) => {
                let notes = takes::transcribe(take, keys.notes, &self.settings.transcription, cache, &report)?;
                notes.heard().map_err(|problem| Error::Notes { path: path.clone(), problem })
            }
        })?;
        let mut found = Analysed {
            recording: recording.clone(),
            notes,
            scored: Vec::new(),
            measured: Vec::new(),
            rendered: Vec::new(),
            rows: Vec::new(),
            set_aside: BTreeSet::new(),
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
                    Source::Whole(audio) => harmonics::measure_notes(audio.get()?, &found.scored),
                    Source::Long(take) => harmonics::measure_take(take, &found.scored, &report)?,
                })
            })?;
        }
        Ok(found)
    }

    /// Stages 4 and 5.
    fn compared(&self, mut found: Analysed, through: Stage) -> Result<Analysed, Error> {
        let cache = self.cache;
        found.rendered = cache.artifact(Stage::Render, found.keys.render, || {
            let of_note = |note| render::render_and_measure(self.renderer, &request(note));
            in_order(&found.measured, of_note)
        })?;
        if through >= Stage::Residuals {
            let model = Model { renderer: self.renderer, without: self.settings.without };
            found.rows = cache.artifact(Stage::Residuals, found.keys.residuals, || {
                residuals::residual_rows(model, &found.recording.file, &found.measured, &found.rendered)
            })?;
        }
        Ok(found)
    }

    /// Reads the file of a recording once: what it holds, and all keys. Performances may be long, and are not kept.
    fn read(&self, recording: &Recording) -> Result<(Content, RecordingKeys), Error> {
        let path = self.catalogue.path(recording);
        let builder = self.notes_builder(recording);
        let (content, notes) = match recording.kind {
            Kind::Performance => {
                let (take, notes) = takes::open(&path, builder)?;
                (Content::Take(take), notes)
            }
            Kind::Note { .. } | Kind::Unlabelled { .. } => {
                let bytes = std::fs::read(&path).map_err(|source| AudioError::Unreadable { path, source })?;
                let notes = builder.bytes("audio", &bytes).finish();
                (Content::Bytes(bytes), notes)
            }
        };
        Ok((content, self.keys(notes)))
    }
}

/// Key and velocity of a note.
fn place(note: &MeasuredNote) -> (u8, u8) {
    (note.note.event.midi, note.note.event.velocity)
}

/// The file of a recording, which was read once.
enum Content {
    Bytes(Vec<u8>),
    Take(Take),
}

impl Content {
    fn source(self, path: &Path) -> Result<Source<'_>, AudioError> {
        let bytes = match self {
            Self::Take(take) if takes::is_long(&take)? => return Ok(Source::Long(take)),
            Self::Take(take) => take.bytes()?,
            Self::Bytes(bytes) => bytes,
        };
        Ok(Source::Whole(Decoded { path, bytes, audio: None }))
    }
}

/// Where the stages have samples from.
enum Source<'a> {
    Whole(Decoded<'a>),
    /// Too long to be kept.
    Long(Take),
}

/// The audio of a recording, decoded once and only if some stage needs it.
struct Decoded<'a> {
    path: &'a Path,
    bytes: Vec<u8>,
    audio: Option<Audio>,
}

impl Decoded<'_> {
    fn get(&mut self) -> Result<&Audio, AudioError> {
        Ok(match &mut self.audio {
            Some(audio) => audio,
            empty => empty.insert(audio::decode(self.path, std::mem::take(&mut self.bytes))?),
        })
    }
}
