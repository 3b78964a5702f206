//! Errors of commands with their exit status, warnings and output.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

/// Error of a command.
pub enum Failure {
    /// The work failed: exit status 1.
    Work(String),
    /// The arguments were wrong: exit status 2.
    Call(String),
    /// The reader of the output has closed it: exit status 0.
    Closed,
}

impl Failure {
    /// Creates an error about wrong arguments.
    pub fn call(message: impl Display) -> Self {
        Self::Call(message.to_string())
    }

    /// Prints the error and returns the exit status.
    fn report(self) -> ExitCode {
        let (message, status) = match self {
            Self::Work(message) => (message, 1),
            Self::Call(message) => (message, 2),
            Self::Closed => return ExitCode::SUCCESS,
        };
        // Without standard error, the status has to do.
        let _ = writeln!(std::io::stderr(), "wurli-train: {message}");
        ExitCode::from(status)
    }
}

/// Returns the exit status of a command. An error is printed.
pub fn exit_code(result: Result<(), Failure>) -> ExitCode {
    result.map_or_else(Failure::report, |()| ExitCode::SUCCESS)
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Work(error.to_string())
    }
}

/// Prints a warning to standard error.
pub fn warn(text: impl Display) {
    // `eprintln` panics if standard error is closed.
    let _ = writeln!(std::io::stderr(), "warning: {text}");
}

/// Prints a line to standard output.
///
/// # Errors
/// [`Failure::Closed`] if the reader has closed it, which ends the command quietly.
pub fn print(text: impl Display) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(Failure::Closed),
        other => Ok(other?),
    }
}
