//! Cache keys of all artifacts of a run.

use super::{Analysed, Pipeline};
use crate::catalogue::Recording;
use crate::key::{Key, KeyBuilder};
use crate::stage::Stage;
use crate::stages::{harmonics, isolation, notes, render, residuals, train, weights};
use crate::transcription::Labels;

/// Keys of the artifacts of one recording, from the bytes of its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordingKeys {
    /// Key of the file and its label.
    pub(super) content: Key,
    pub(super) notes: Key,
    pub(super) isolation: Key,
    pub(super) harmonics: Key,
    pub(super) render: Key,
    pub(super) residuals: Key,
}

impl Pipeline<'_> {
    /// Starts the key of a recording's content. The bytes of the recording are still to be added as
    /// `audio`.
    pub(super) fn content_builder(&self, recording: &Recording) -> KeyBuilder {
        KeyBuilder::new("notes", notes::VERSION)
            .bytes("file", recording.file.as_bytes())
            .value("kind", &recording.kind)
            .value("transcription", &self.settings.transcription)
    }

    /// Derives all keys of a recording from that of its content.
    pub(super) fn keys(&self, content: Key) -> RecordingKeys {
        let notes = match self.settings.labels {
            // The default adds nothing, so that caches from before this setting stay valid.
            Labels::Kept => content,
            labels => {
                KeyBuilder::new("labels", notes::VERSION).key("content", content).value("labels", &labels).finish()
            }
        };
        let isolation = KeyBuilder::new("isolation", isolation::VERSION)
            .value("settings", &self.settings.isolation)
            .key("notes", notes)
            .finish();
        let harmonics = KeyBuilder::new("harmonics", harmonics::VERSION).key("isolation", isolation).finish();
        let render = KeyBuilder::new("render", render::VERSION)
            .key("renderer", self.renderer_key)
            .key("harmonics", harmonics)
            .finish();
        let residuals = KeyBuilder::new("residuals", residuals::VERSION)
            .value("without", &self.settings.without)
            .key("render", render)
            .finish();
        RecordingKeys { content, notes, isolation, harmonics, render, residuals }
    }

    /// Returns the key of the contents and labels of all recordings, whatever the settings.
    #[must_use]
    pub fn recordings_key(analysed: &[Analysed]) -> Key {
        let builder = KeyBuilder::new("recordings", 1);
        analysed.iter().fold(builder, |builder, found| builder.key("content", found.keys.content)).finish()
    }

    /// Returns the key of the network trained on rows under these keys.
    pub(super) fn train_key(&self, residuals: &[Key]) -> Key {
        let builder = KeyBuilder::new("train", train::VERSION).value("settings", &self.training);
        residuals.iter().fold(builder, |builder, key| builder.key("residuals", *key)).finish()
    }

    /// Returns the key of the weights of that network.
    pub(super) fn weights_key(&self, residuals: &[Key]) -> Key {
        KeyBuilder::new("weights", weights::VERSION)
            .value("layout", &wurli_weights::VERSION)
            .key("train", self.train_key(residuals))
            .finish()
    }
}

impl RecordingKeys {
    pub(super) fn by_stage(&self) -> [(Stage, Key); 5] {
        [
            (Stage::Notes, self.notes),
            (Stage::Isolation, self.isolation),
            (Stage::Harmonics, self.harmonics),
            (Stage::Render, self.render),
            (Stage::Residuals, self.residuals),
        ]
    }
}
