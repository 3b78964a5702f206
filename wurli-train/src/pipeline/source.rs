//! Audio of a recording, in memory or streamed.

use std::path::Path;

use crate::audio::{self, Audio, AudioError, Take};
use crate::pipeline::takes;

/// Content of a recording's file, read once.
pub(super) enum Content {
    Bytes(Vec<u8>),
    Take(Take),
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
    Streamed(Take),
}

/// Audio of a recording, decoded at first use.
pub(super) struct Decoded<'a> {
    path: &'a Path,
    bytes: Vec<u8>,
    audio: Option<Audio>,
}

impl Decoded<'_> {
    pub(super) fn get(&mut self) -> Result<&Audio, AudioError> {
        Ok(match &mut self.audio {
            Some(audio) => audio,
            empty => empty.insert(audio::decode(self.path, std::mem::take(&mut self.bytes))?),
        })
    }
}
