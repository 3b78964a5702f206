//! Why a synth did not play a note as it was asked to.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use crate::audio::AudioError;
use crate::catalogue::CatalogueError;
use crate::measure::SHORTEST_S;
use crate::note_name::note_name;

/// Why there is no rendering. `origin` is the command, or the file, that was to bring it.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The program is not there, or may not be run.
    #[error("`{command}` cannot be started: {source}; write it as it would be typed in this folder")]
    NotStarted {
        /// The whole command.
        command: String,
        /// What the system says.
        source: io::Error,
    },
    /// No place for what a command needs or leaves.
    #[error("{}: {source}; `{command}` was not started", path.display())]
    Workplace {
        /// The whole command, or its template.
        command: String,
        /// The temporary file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The program says that it failed.
    #[error("`{command}` ended with {status}{}", quoted(said))]
    Failed {
        /// The whole command.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it wrote to standard error.
        said: String,
    },
    /// The program did not end.
    #[error(
        "`{command}` did not end within {limit_s} s and was stopped; a longer --renderer-timeout gives it more{}",
        quoted(said)
    )]
    TimedOut {
        /// The whole command.
        command: String,
        /// How long it had, s.
        limit_s: f64,
        /// The end of what it wrote to standard error.
        said: String,
    },
    /// This program was told to end.
    #[error("`{command}` was stopped")]
    Interrupted {
        /// The whole command.
        command: String,
    },
    /// The program says that it succeeded.
    #[error("`{command}` ended well, but did not write {{out}}")]
    NothingWritten {
        /// The whole command.
        command: String,
    },
    /// What came cannot be read, or holds no sound.
    #[error("`{origin}`: {problem}")]
    Audio {
        /// Where it came from.
        origin: String,
        /// What is wrong with it.
        problem: Box<AudioError>,
    },
    /// The program was told which sample rate to use.
    #[error(
        "`{origin}` rendered {received} Hz, but was asked for {expected} Hz; take {{rate}} out of the command if it cannot choose"
    )]
    Rate {
        /// Where it came from.
        origin: String,
        /// The file's sample rate, Hz.
        received: u32,
        /// What the command was told, Hz.
        expected: u32,
    },
    /// Too little to measure.
    #[error("`{origin}`: {received_s:.3} s of sound are less than the {SHORTEST_S} s that can be measured")]
    Short {
        /// Where it came from.
        origin: String,
        /// How long it sounds, s.
        received_s: f64,
    },
    /// Another note, or none.
    #[error(
        "`{origin}`: the lowest that sounds of it is {heard_hz:.1} Hz, but {} (MIDI {midi}) has {expected_hz:.1} Hz; within half a \
         semitone is right",
        note_name(*midi)
    )]
    Pitch {
        /// Where it came from.
        origin: String,
        /// The note that was asked for, MIDI.
        midi: u8,
        /// Its frequency, Hz.
        expected_hz: f64,
        /// What sounds, Hz: the lowest octave of the note, or else the strongest partial.
        heard_hz: f64,
    },
    /// Notes that nobody rendered.
    #[error("{} holds no rendering of {} of the notes: render {}", folder.display(), names.len(), names.join(" "))]
    Missing {
        /// The folder of renderings.
        folder: PathBuf,
        /// Names that the files would have.
        names: Vec<String>,
    },
    /// A folder that is no folder of notes.
    #[error(transparent)]
    Folder(Box<CatalogueError>),
    /// Two files for one note.
    #[error("{} and {} are both MIDI {midi} at velocity {velocity}: take one of them away", first.display(), second.display())]
    Twice {
        /// The one.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// Key, MIDI.
        midi: u8,
        /// Velocity.
        velocity: u8,
    },
}

impl RenderError {
    /// What `origin` brought cannot be read.
    #[must_use]
    pub fn audio(origin: &str, problem: AudioError) -> Self {
        Self::Audio { origin: origin.into(), problem: Box::new(problem) }
    }
}

impl From<CatalogueError> for RenderError {
    fn from(problem: CatalogueError) -> Self {
        Self::Folder(Box::new(problem))
    }
}

fn quoted(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!("; it said: {said}") }
}
