//! Errors of a data folder.

use std::io;
use std::path::PathBuf;

use super::file_name::PATTERN;
use super::scan::is_partial;
use crate::audio::Format;

/// A data folder that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The operating system denied access.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// File or folder.
        path: PathBuf,
        /// Reason given by the system.
        source: io::Error,
    },
    /// Nothing lies at the path of the data folder.
    #[error("{} does not exist; give the folder that holds the recordings", folder.display())]
    NoFolder {
        /// The path.
        folder: PathBuf,
    },
    /// The path of the data folder leads to a file.
    #[error("{} is a file; give the folder that holds the recordings", folder.display())]
    NotFolder {
        /// The path.
        folder: PathBuf,
    },
    /// The catalogue is not text.
    #[error("{} is not UTF-8 text: byte {offset} is wrong", path.display())]
    NotText {
        /// The catalogue.
        path: PathBuf,
        /// Offset of the first invalid byte.
        offset: usize,
    },
    /// A problem on a line of the catalogue.
    #[error("{} line {line}: {problem}", path.display())]
    Line {
        /// The catalogue.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// Problem on that line.
        problem: LineProblem,
    },
    /// A file that is neither listed nor named after its note.
    #[error(
        "{} is not listed in recordings.toml and its name does not say its note; list it, name it {PATTERN}, or \
         have `wurli-train import` read the folder as it is",
        path.display()
    )]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// A file name with a note or velocity out of range.
    #[error("{}: {key} {value} in its name is outside {min}..={max}", path.display())]
    NameOutOfRange {
        /// The file.
        path: PathBuf,
        /// `midi` or `velocity`.
        key: &'static str,
        /// Value in the name.
        value: String,
        /// Lowest value.
        min: u8,
        /// Highest value.
        max: u8,
    },
    /// A file name that is not Unicode, so that no catalogue can list it.
    #[error("the name of {} is not Unicode; rename it", path.display())]
    NameNotUnicode {
        /// The file.
        path: PathBuf,
    },
    /// Audio in a format that cannot be read, or not downloaded to its end.
    #[error("{} {}", path.display(), if is_partial(&path.to_string_lossy()) {
        "is a download that has not ended; download it again".into()
    } else {
        format!("is of a format that is not read; convert it to {}", Format::NAMES)
    })]
    UnreadFormat {
        /// The file.
        path: PathBuf,
    },
    /// A folder without audio.
    #[error("{} holds no recording; put {} files there, named {PATTERN} or listed in recordings.toml", folder.display(), Format::READ)]
    NoRecording {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder without OBM files.
    #[error(
        "{} and the folders in it hold none of the 13 OBM files, such as obm/87994__oldbassman__d3.wav",
        folder.display()
    )]
    NoObm {
        /// The folder.
        folder: PathBuf,
    },
}

/// Problem on a line of `recordings.toml`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineProblem {
    /// Invalid TOML, or an unknown key.
    #[error("{0}")]
    Syntax(String),
    /// An integer beyond 64 bits.
    #[error("{value} is beyond 64 bits")]
    Huge {
        /// Value as written.
        value: String,
    },
    /// A number out of range.
    #[error("{key} = {value} is outside {min}..={max}")]
    OutOfRange {
        /// `midi` or `velocity`.
        key: &'static str,
        /// Value as written.
        value: i64,
        /// Lowest value.
        min: u8,
        /// Highest value.
        max: u8,
    },
    /// A value that is not an integer.
    #[error("{key} = {value} is not a whole number; it must be within {min}..={max}")]
    NotInteger {
        /// `midi` or `velocity`.
        key: &'static str,
        /// Value as written, in TOML.
        value: String,
        /// Lowest value.
        min: u8,
        /// Highest value.
        max: u8,
    },
    /// A value that is not a string.
    #[error("{key} = {value} is not text; put it in quotes")]
    NotText {
        /// The key.
        key: &'static str,
        /// Value as written, in TOML.
        value: String,
    },
    /// A required key is missing.
    #[error("the {entry} that starts here has no {key}{}", choices(key))]
    Missing {
        /// `recording`, `note` or `source`.
        entry: &'static str,
        /// The key.
        key: &'static str,
    },
    /// A word outside its two choices.
    #[error("{key} = {value:?} is neither {first:?} nor {second:?}")]
    UnknownWord {
        /// `kind` or `fit`.
        key: &'static str,
        /// Value as written.
        value: String,
        /// First choice.
        first: &'static str,
        /// Second choice.
        second: &'static str,
    },
    /// A key of notes on a performance.
    #[error("{key} = {value} is a note's, and this recording is a performance; remove it")]
    OfNote {
        /// `midi` or `velocity`.
        key: &'static str,
        /// Value as written, in TOML.
        value: String,
    },
    /// A path outside the data folder.
    #[error("file = {file:?} is not a path below the folder of recordings.toml")]
    FileOutside {
        /// Value as written.
        file: String,
    },
    /// A backslash in a path.
    #[error("file = {file:?} contains a backslash; separate folders by /")]
    FileBackslash {
        /// Value as written.
        file: String,
    },
    /// A path to a missing file.
    #[error("file = {file:?} does not exist")]
    FileMissing {
        /// Value as written.
        file: String,
    },
    /// A path to a folder.
    #[error("file = {file:?} is a folder")]
    FileIsFolder {
        /// Value as written.
        file: String,
    },
    /// Audio in a format that cannot be read.
    #[error("file = {file:?} is of a format that is not read; convert it to {}", Format::NAMES)]
    FileFormat {
        /// Value as written.
        file: String,
    },
    /// A file that is listed twice.
    #[error("file = {file:?} is listed already in line {first_line}")]
    FileTwice {
        /// Value as written.
        file: String,
        /// Line of its first entry.
        first_line: usize,
    },
    /// A source without a `[[source]]` entry.
    #[error("source = {id:?} is the id of no [[source]] in this file")]
    UnknownSource {
        /// Value as written.
        id: String,
    },
    /// A source that is listed twice.
    #[error("id = {id:?} is that of the source in line {first_line} already")]
    SourceTwice {
        /// Value as written.
        id: String,
        /// Line of its first entry.
        first_line: usize,
    },
    /// An empty value of a required key.
    #[error("{key} = \"\" is empty")]
    Empty {
        /// The key.
        key: &'static str,
    },
}

/// Returns the values of a key, if it has few.
fn choices(key: &str) -> &'static str {
    match key {
        "kind" => "; add kind = \"note\" or kind = \"performance\"",
        _ => "",
    }
}
