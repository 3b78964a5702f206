//! Recursive search for audio files.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::CatalogueError;
use crate::audio::Format;

/// Audio formats that are refused: ignoring a recording silently would train without it.
const UNREAD_EXTENSIONS: [&str; 7] = ["mp3", "ogg", "oga", "opus", "m4a", "aac", "wma"];

/// A file with the extension of an audio format, supported or not.
#[derive(Debug, PartialEq)]
pub struct AudioFile {
    /// Path below the folder, separated by `/`.
    pub key: String,
}

/// Returns true for the extension of a supported format, in either case.
pub fn is_read(file: &str) -> bool {
    has_extension(Path::new(file), &Format::EXTENSIONS)
}

/// Returns true for the extension of an unsupported audio format.
pub fn is_unread(file: &str) -> bool {
    has_extension(Path::new(file), &UNREAD_EXTENSIONS)
}

fn has_extension(file: &Path, extensions: &[&str]) -> bool {
    let extension = file.extension().and_then(OsStr::to_str);
    extension.is_some_and(|extension| extensions.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// All audio files below the folder, sorted by key. Hidden files and folders are skipped.
///
/// A folder that several links lead to is read once: under its own name if that lies below the
/// folder, else under the first link's. So a link to a folder above it ends, instead of starting
/// again.
pub fn audio_files(folder: &Path) -> Result<Vec<AudioFile>, CatalogueError> {
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    // Links wait until every folder has been met under its own name.
    let mut links = BTreeSet::from([(String::new(), folder.to_path_buf())]);
    while let Some((key, path)) = links.pop_first() {
        let mut folders = vec![(key, path)];
        while let Some((key, path)) = folders.pop() {
            let unreadable = |source| CatalogueError::Unreadable { path: path.clone(), source };
            if !seen.insert(fs::canonicalize(&path).map_err(unreadable)?) {
                continue;
            }
            for entry in fs::read_dir(&path).map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                match Entry::of(&key, &entry)? {
                    Entry::Other => {}
                    Entry::Audio(key) => files.push(AudioFile { key }),
                    Entry::Folder(key, path) => folders.push((key, path)),
                    Entry::Link(key, path) => {
                        links.insert((key, path));
                    }
                }
            }
        }
    }
    files.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(files)
}

enum Entry {
    Other,
    Audio(String),
    Folder(String, PathBuf),
    Link(String, PathBuf),
}

impl Entry {
    fn of(folder_key: &str, entry: &fs::DirEntry) -> Result<Self, CatalogueError> {
        let (name, path) = (entry.file_name(), entry.path());
        if name.as_encoded_bytes().starts_with(b".") {
            return Ok(Self::Other);
        }
        let unreadable = |source| CatalogueError::Unreadable { path: path.clone(), source };
        let file_type = entry.file_type().map_err(unreadable)?;
        let is_audio = has_extension(&path, &Format::EXTENSIONS) || has_extension(&path, &UNREAD_EXTENSIONS);
        let is_folder = match fs::metadata(&path) {
            Ok(metadata) => metadata.is_dir(),
            // A link to nothing: of interest only if a recording should be there.
            Err(source) if is_audio => return Err(unreadable(source)),
            Err(_) => return Ok(Self::Other),
        };
        if !is_folder && !is_audio {
            return Ok(Self::Other);
        }
        let Some(name) = name.to_str() else { return Err(CatalogueError::NameNotUnicode { path }) };
        let key = if folder_key.is_empty() { name.to_string() } else { format!("{folder_key}/{name}") };
        Ok(match (is_folder, file_type.is_symlink()) {
            (false, _) => Self::Audio(key),
            (true, false) => Self::Folder(key, path),
            (true, true) => Self::Link(key, path),
        })
    }
}
