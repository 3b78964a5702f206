//! Audio of a recording, in memory or streamed.

use std::path::Path;

use crate::audio::{Audio, AudioError, AudioFile, LoadedAudio};
use crate::pipeline::takes;

/// Content of a recording's file, read once.
pub(super) enum Content {
    Bytes(Vec<u8>),
    Take(AudioFile),
}

impl Content {
    /// Returns the audio of the content, streamed if it is a long take.
    pub(super) fn source(self, path: &Path) -> Result<Source<'_>, AudioError> {
        let bytes = match self {
            Self::Take(take) if takes::is_long(&take)? => return Ok(Source::Streamed(take)),
            Self::Take(take) => take.bytes()?,
            Self::Bytes(bytes) => bytes,
        };
        Ok(Source::InMemory(Decoded { path, bytes, audio: None }))
    }
}

/// Audio that the stages read.
pub(super) enum Source<'a> {
    InMemory(Decoded<'a>),
    Streamed(AudioFile),
}

/// Audio of a recording, decoded at first use.
pub(super) struct Decoded<'a> {
    path: &'a Path,
    bytes: Vec<u8>,
    audio: Option<LoadedAudio>,
}

impl Decoded<'_> {
    pub(super) fn get(&mut self) -> Result<&Audio, AudioError> {
        let loaded = match &mut self.audio {
            Some(loaded) => loaded,
            empty => empty.insert(LoadedAudio::decode(self.path, std::mem::take(&mut self.bytes))?),
        };
        Ok(&loaded.audio)
    }

    /// Returns the warnings about the file, once it has been decoded.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.audio.iter().flat_map(|loaded| &loaded.warnings).map(ToString::to_string).collect()
    }
}
