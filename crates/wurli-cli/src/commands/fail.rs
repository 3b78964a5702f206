//! How a call ends that did not do its work: 1 if the work failed, 2 if the call was wrong.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

/// Why the command ends without success.
pub enum Failure {
    /// The work failed.
    Work(String),
    /// The call was wrong.
    Call(String),
    /// Whoever read the output has gone: no error of ours.
    Closed,
}

impl Failure {
    /// The call cannot be meant.
    pub fn call(message: impl Display) -> Self {
        Self::Call(message.to_string())
    }

    /// Says what happened, and answers with the exit status.
    pub fn report(self) -> ExitCode {
        let (message, status) = match self {
            Self::Work(message) => (message, 1),
            Self::Call(message) => (message, 2),
            Self::Closed => return ExitCode::SUCCESS,
        };
        // If not even standard error can be written, the status is all that is left to say.
        let _ = writeln!(std::io::stderr(), "wurli-train: {message}");
        ExitCode::from(status)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Work(error.to_string())
    }
}

/// Says on standard error what did not keep the work from being done.
pub fn warn(text: impl Display) {
    // `eprintln` would panic where nobody listens.
    let _ = writeln!(std::io::stderr(), "warning: {text}");
}

/// Prints to standard output; a reader that has gone ends the command quietly.
pub fn print(text: impl Display) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(Failure::Closed),
        other => Ok(other?),
    }
}
