//! Errors of rendering a note.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use crate::audio::AudioError;
use crate::catalogue::CatalogueError;
use crate::measure::SHORTEST_S;
use crate::note_name::note_name;

/// Error of rendering a note. `origin` is the command or the file that the rendering comes from.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The program cannot be started.
    #[error("`{command}` cannot be started: {source}; write it as for a shell in this folder")]
    NotStarted {
        /// Command.
        command: String,
        /// Cause.
        source: io::Error,
    },
    /// A temporary file cannot be created.
    #[error("{}: {source}; `{command}` was not started", path.display())]
    Workplace {
        /// Command, or its template.
        command: String,
        /// The temporary file or folder.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The program failed.
    #[error("`{command}` ended with {status}{}", quoted(stderr))]
    Failed {
        /// Command.
        command: String,
        /// Exit status.
        status: ExitStatus,
        /// Last lines of its standard error.
        stderr: String,
    },
    /// The program exceeded its time limit.
    #[error("`{command}` did not end within {limit_s} s and was stopped; raise --renderer-timeout{}", quoted(stderr))]
    TimedOut {
        /// Command.
        command: String,
        /// Time limit, s.
        limit_s: f64,
        /// Last lines of its standard error.
        stderr: String,
    },
    /// The run was interrupted.
    #[error("`{command}` was stopped")]
    Interrupted {
        /// Command.
        command: String,
    },
    /// The program succeeded without an output file.
    #[error("`{command}` succeeded, but did not write {{out}}")]
    NothingWritten {
        /// Command.
        command: String,
    },
    /// The rendering cannot be read or is silent.
    #[error("`{origin}`: {problem}")]
    Audio {
        /// Command or file that it came from.
        origin: String,
        /// Cause.
        problem: Box<AudioError>,
    },
    /// The rendering has another sample rate than requested.
    #[error(
        "`{origin}` rendered at {received} Hz instead of {expected} Hz; remove {{rate}} from the command if its rate is fixed"
    )]
    Rate {
        /// Command or file that it came from.
        origin: String,
        /// Sample rate of the file, Hz.
        received: u32,
        /// Requested sample rate, Hz.
        expected: u32,
    },
    /// The rendering is too short.
    #[error("`{origin}`: {received_s:.3} s of sound, at least {SHORTEST_S} s is needed")]
    Short {
        /// Command or file that it came from.
        origin: String,
        /// Length of the sound, s.
        received_s: f64,
    },
    /// Another note sounds, or none.
    #[error(
        "`{origin}`: lowest pitch {received_hz:.1} Hz, but {} (MIDI {midi}) is {expected_hz:.1} Hz; check the pitch of the synth \
         (half a semitone is tolerated)",
        note_name(*midi)
    )]
    Pitch {
        /// Command or file that it came from.
        origin: String,
        /// Requested note, MIDI.
        midi: u8,
        /// Its frequency, Hz.
        expected_hz: f64,
        /// Lowest octave of the note that sounds, otherwise the strongest partial, Hz.
        received_hz: f64,
    },
    /// Renderings are missing.
    #[error("{} holds no rendering of {} of the notes: render {}", folder.display(), names.len(), names.join(" "))]
    Missing {
        /// The folder of renderings.
        folder: PathBuf,
        /// Expected file names.
        names: Vec<String>,
    },
    /// The folder of renderings cannot be used.
    #[error(transparent)]
    Folder(Box<CatalogueError>),
    /// Two files are of one note.
    #[error("{} and {} are both MIDI {midi} at velocity {velocity}: remove one", first.display(), second.display())]
    Twice {
        /// First file.
        first: PathBuf,
        /// Second file.
        second: PathBuf,
        /// Key, MIDI.
        midi: u8,
        /// Velocity.
        velocity: u8,
    },
}

impl RenderError {
    /// Makes the error for a rendering from `origin` that cannot be read.
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

fn quoted(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!("; stderr: {stderr}") }
}
