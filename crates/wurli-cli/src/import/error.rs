//! Errors of an import.

use std::io;
use std::path::PathBuf;

use wurli_train::audio::{AudioError, Format};
use wurli_train::catalogue::CatalogueError;

/// An import that failed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The operating system denied access.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// File or folder.
        path: PathBuf,
        /// Reason given by the system.
        source: io::Error,
    },
    /// Neither an SFZ file, a folder nor an audio file.
    #[error(
        "{} is none of an SFZ file, a folder of recordings and a recording; give PACK.sfz, or the folder that holds the {} files",
        path.display(), Format::READ
    )]
    NoPack {
        /// Path that was given.
        path: PathBuf,
    },
    /// A flag that has no effect on this pack.
    #[error("{0}")]
    Flag(String),
    /// The folder cannot be listed.
    #[error(transparent)]
    Folder(#[from] CatalogueError),
    /// A take cannot be read again, or its notes cannot be written.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A line of an SFZ file that cannot be parsed.
    #[error("{} line {line}: {problem}", path.display())]
    Line {
        /// SFZ file, or a file that it includes.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// Problem on that line.
        problem: SfzProblem,
    },
    /// An SFZ file that is not text.
    #[error("{} is not text: byte {offset} is 0; is it an SFZ file, and not saved as UTF-16?", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Offset of the first zero byte.
        offset: usize,
    },
    /// SFZ text above the size limit.
    #[error("{} with what it includes is longer than {max} bytes", path.display())]
    TooMuchText {
        /// File that exceeded the limit.
        path: PathBuf,
        /// Limit.
        max: usize,
    },
    /// The user interrupted the import.
    #[error("stopped: nothing was written to {}", path.display())]
    Stopped {
        /// Target folder.
        path: PathBuf,
    },
    /// Nothing usable was found.
    #[error("{}: {why}", path.display())]
    Nothing {
        /// The pack.
        path: PathBuf,
        /// Reason and fix.
        why: String,
    },
    /// The target folder is not empty.
    #[error("{} is not empty, and nothing in it is overwritten; give --into a folder that does not exist yet", path.display())]
    NotEmpty {
        /// Target folder.
        path: PathBuf,
    },
    /// The target lies inside the pack; a second import would read it again.
    #[error("{} lies in the folder that is imported, {}; give --into a folder elsewhere", path.display(), pack.display())]
    IntoItself {
        /// Target folder.
        path: PathBuf,
        /// The pack.
        pack: PathBuf,
    },
    /// The target cannot be created.
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable {
        /// File or folder.
        path: PathBuf,
        /// Reason given by the system.
        source: io::Error,
    },
}

/// Problem with a line of an SFZ file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SfzProblem {
    /// Files that include each other.
    #[error("#include {file:?} includes itself, directly or through others")]
    IncludeLoop {
        /// Text as written.
        file: String,
    },
    /// Includes nested too deeply.
    #[error("#include {file:?} is more than {max} files deep")]
    IncludeDepth {
        /// Text as written.
        file: String,
        /// Limit.
        max: usize,
    },
    /// Too many includes in total.
    #[error("#include {file:?} is one more than the {max} that are followed")]
    IncludeCount {
        /// Text as written.
        file: String,
        /// Limit.
        max: usize,
    },
    /// A value that becomes too long when its variables are expanded.
    #[error("{name} becomes longer than {max} bytes once its variables are replaced")]
    Expansion {
        /// Opcode or variable.
        name: String,
        /// Limit, bytes.
        max: usize,
    },
    /// Too many regions.
    #[error("this is region {max} and one more; no more are read")]
    Regions {
        /// Limit.
        max: usize,
    },
}
