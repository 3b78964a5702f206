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

/// Audio files below a folder, and the entries that could not be read.
#[derive(Debug)]
pub struct Scan {
    /// Audio files, sorted by key.
    pub files: Vec<AudioFile>,
    /// Broken links, unreadable folders and names that are not Unicode, sorted by path.
    pub problems: Vec<CatalogueError>,
}

/// Finds all audio files below the folder. Hidden files and folders are skipped.
///
/// A folder that several links lead to is read once: under its own name if that lies below the
/// folder, else under the first link's. So a link to a parent folder ends the search there.
///
/// # Errors
/// [`CatalogueError::Unreadable`] if `folder` itself cannot be read.
pub fn audio_files(folder: &Path) -> Result<Scan, CatalogueError> {
    fs::read_dir(folder).map_err(|source| CatalogueError::Unreadable { path: folder.into(), source })?;
    let mut scan = Scan { files: Vec::new(), problems: Vec::new() };
    let mut seen = BTreeSet::new();
    // Links wait until every folder was met under its own name.
    let mut links = BTreeSet::from([(String::new(), folder.to_path_buf())]);
    while let Some((key, path)) = links.pop_first() {
        let mut folders = vec![(key, path)];
        while let Some((key, path)) = folders.pop() {
            if let Err(problem) = scan.add_folder(&key, &path, &mut seen, &mut folders, &mut links) {
                scan.problems.push(problem);
            }
        }
    }
    scan.files.sort_by(|a, b| a.key.cmp(&b.key));
    scan.problems.sort_by_key(ToString::to_string);
    Ok(scan)
}

impl Scan {
    fn add_folder(
        &mut self,
        key: &str,
        path: &Path,
        seen: &mut BTreeSet<PathBuf>,
        folders: &mut Vec<(String, PathBuf)>,
        links: &mut BTreeSet<(String, PathBuf)>,
    ) -> Result<(), CatalogueError> {
        let unreadable = |source| CatalogueError::Unreadable { path: path.into(), source };
        if !seen.insert(fs::canonicalize(path).map_err(unreadable)?) {
            return Ok(());
        }
        for entry in fs::read_dir(path).map_err(unreadable)? {
            match entry.map_err(unreadable).and_then(|entry| Entry::of(key, &entry)) {
                Ok(Entry::Other) => {}
                Ok(Entry::Audio(key)) => self.files.push(AudioFile { key }),
                Ok(Entry::Folder(key, path)) => folders.push((key, path)),
                Ok(Entry::Link(key, path)) => {
                    links.insert((key, path));
                }
                Err(problem) => self.problems.push(problem),
            }
        }
        Ok(())
    }
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
