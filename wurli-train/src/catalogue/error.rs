//! What can be wrong with a data folder.

use std::io;
use std::path::PathBuf;

use super::file_name::PATTERN;
use crate::audio::Format;

/// Why a data folder was not read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The operating system refused.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// A file or a folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The catalogue is not text.
    #[error("{} is not UTF-8 text: byte {offset} is wrong", path.display())]
    NotText {
        /// The catalogue.
        path: PathBuf,
        /// Where its text ends, bytes from 0.
        offset: usize,
    },
    /// A line of the catalogue.
    #[error("{} line {line}: {problem}", path.display())]
    Line {
        /// The catalogue.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        problem: LineProblem,
    },
    /// A file that is not listed, and whose name does not say what it is.
    #[error(
        "{} is not listed in recordings.toml and its name does not say its note; list it, name it {PATTERN}, or \
         have `wurli-train import` read the folder as it is",
        path.display()
    )]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// A file whose name says a note or a velocity that there is not.
    #[error("{}: {key} {value} in its name is outside {min}..={max}", path.display())]
    NameOutOfRange {
        /// The file.
        path: PathBuf,
        /// `midi` or `velocity`.
        key: &'static str,
        /// What the name says.
        value: String,
        /// Lowest value.
        min: u8,
        /// Highest value.
        max: u8,
    },
    /// A file name that is not Unicode, which no catalogue can list.
    #[error("the name of {} is not Unicode; rename it", path.display())]
    NameNotUnicode {
        /// The file.
        path: PathBuf,
    },
    /// Audio, but of a format that is not read.
    #[error("{} is of a format that is not read; convert it to {}", path.display(), Format::NAMES)]
    UnreadFormat {
        /// The file.
        path: PathBuf,
    },
    /// A folder without audio.
    #[error("{} holds no recording; put {} files there, named {PATTERN} or listed in recordings.toml", folder.display(), Format::NAMES)]
    NoRecording {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder without an OBM file.
    #[error(
        "{} and the folders in it hold none of the 13 OBM files, such as obm/87994__oldbassman__d3.wav",
        folder.display()
    )]
    NoObm {
        /// The folder.
        folder: PathBuf,
    },
}

/// What can be wrong with a line of `recordings.toml`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineProblem {
    /// Not TOML, or a key that there is not.
    #[error("{0}")]
    Syntax(String),
    /// A whole number that no 64 bits hold.
    #[error("{value} is beyond 64 bits")]
    Huge {
        /// What stands there.
        value: String,
    },
    /// A number beyond its bounds.
    #[error("{key} = {value} is outside {min}..={max}")]
    OutOfRange {
        /// `midi` or `velocity`.
        key: &'static str,
        /// What stands there.
        value: i64,
        /// Lowest value.
        min: u8,
        /// Highest value.
        max: u8,
    },
    /// Something else where a whole number belongs.
    #[error("{key} = {value} is not a whole number; it must be within {min}..={max}")]
    NotInteger {
        /// `midi` or `velocity`.
        key: &'static str,
        /// What stands there, as TOML.
        value: String,
        /// Lowest value.
        min: u8,
        /// Highest value.
        max: u8,
    },
    /// Something else where text belongs.
    #[error("{key} = {value} is not text; put it in quotes")]
    NotText {
        /// The key.
        key: &'static str,
        /// What stands there, as TOML.
        value: String,
    },
    /// A key without which the entry says nothing.
    #[error("the {entry} that starts here has no {key}")]
    Missing {
        /// `recording`, `note` or `source`.
        entry: &'static str,
        /// The key.
        key: &'static str,
    },
    /// A word that is none of two.
    #[error("{key} = {value:?} is neither {first:?} nor {second:?}")]
    UnknownWord {
        /// `kind` or `fit`.
        key: &'static str,
        /// What stands there.
        value: String,
        /// One word that it may be.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A note's key on a performance.
    #[error("{key} = {value} is a note's, and this recording is a performance; remove it")]
    OfNote {
        /// `midi` or `velocity`.
        key: &'static str,
        /// What stands there, as TOML.
        value: String,
    },
    /// A path that leads elsewhere.
    #[error("file = {file:?} is not a path below the folder of recordings.toml")]
    FileOutside {
        /// What stands there.
        file: String,
    },
    /// A separator that only one system knows.
    #[error("file = {file:?} contains a backslash; separate folders by /")]
    FileBackslash {
        /// What stands there.
        file: String,
    },
    /// A path to nothing.
    #[error("file = {file:?} does not exist")]
    FileMissing {
        /// What stands there.
        file: String,
    },
    /// A path to something that is no file.
    #[error("file = {file:?} is a folder")]
    FileIsFolder {
        /// What stands there.
        file: String,
    },
    /// Audio, but of a format that is not read.
    #[error("file = {file:?} is of a format that is not read; convert it to {}", Format::NAMES)]
    FileFormat {
        /// What stands there.
        file: String,
    },
    /// The same file again.
    #[error("file = {file:?} is listed already in line {first_line}")]
    FileTwice {
        /// What stands there.
        file: String,
        /// Where it stands first.
        first_line: usize,
    },
    /// A source that is not described.
    #[error("source = {id:?} is the id of no [[source]] in this file")]
    UnknownSource {
        /// What stands there.
        id: String,
    },
    /// The same source again.
    #[error("id = {id:?} is that of the source in line {first_line} already")]
    SourceTwice {
        /// What stands there.
        id: String,
        /// Where it stands first.
        first_line: usize,
    },
    /// Empty text where something must stand.
    #[error("{key} = \"\" is empty")]
    Empty {
        /// The key.
        key: &'static str,
    },
}
