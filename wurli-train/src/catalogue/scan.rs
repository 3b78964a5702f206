//! Recursive search for audio files.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::CatalogueError;
use crate::audio::FileType;

/// Extensions of recordings that can be read. They decide only where the content does not: in a
/// damaged file.
pub const READ_EXTENSIONS: [&str; 16] = [
    "wav", "wave", "wavex", "bwf", "rf64", "bw64", "rifx", "w64", "wav64", "flac", "aif", "aiff", "aifc", "au", "snd",
    "caf",
];

/// Extensions of audio that is reported because it cannot be read: training without it would go
/// unnoticed.
const UNREAD_EXTENSIONS: [&str; 83] = [
    "mp3", "ogg", "oga", "opus", "m4a", "aac", "wma", "wv", "ape", "mp2", "mpc", "tta", "ofr", "shn", "dsf", "dff",
    "ac3", "amr", "m4b", "m4p", "mp4", "3gp", "mka", "webm", "ra", "rm", "spx", "la", "qoa", "adx", "dss", "gsm",
    "paf", "iff", "svx", "8svx", "16sv", "maud", "sf", "ircam", "voc", "avr", "sd2", "nist", "sph", "pvf", "wve", "xi",
    "smp", "sf2", "sf3", "dls", "gig", "rex", "rx2", "ncw", "nkx", "pcm", "raw", "tak", "ofs", "mp1", "mpa", "mpga",
    "weba", "mogg", "eac3", "ec3", "dts", "thd", "mlp", "at3", "aa3", "oma", "vqf", "vox", "ul", "ulaw", "al", "alaw",
    "sds", "ksf", "rcy",
];

/// Extensions of downloads that have not ended, behind that of the file.
const PARTIAL_EXTENSIONS: [&str; 6] = ["part", "partial", "crdownload", "download", "opdownload", "icloud"];

/// A file that holds audio, by its content or its extension.
#[derive(Debug, PartialEq)]
pub struct ScannedFile {
    /// Path below the folder, separated by `/`.
    pub key: String,
    /// `false` for audio in a format that cannot be read.
    pub is_read: bool,
}

/// Returns true for the extension of a supported format, in either case.
pub fn is_read(file: &str) -> bool {
    has_extension(Path::new(file), &READ_EXTENSIONS)
}

/// Returns true for the extension of an unsupported audio format.
pub fn is_unread(file: &str) -> bool {
    has_extension(Path::new(file), &UNREAD_EXTENSIONS)
}

/// Returns true for a recording whose download has not ended: `A3.wav.part`, `.A3.wav.icloud`.
pub fn is_partial(file: &str) -> bool {
    let path = Path::new(file);
    has_extension(path, &PARTIAL_EXTENSIONS)
        && path.file_stem().is_some_and(|stem| audio_by_name(Path::new(stem)).is_some())
}

fn has_extension(file: &Path, extensions: &[&str]) -> bool {
    let extension = file.extension().and_then(OsStr::to_str);
    extension.is_some_and(|extension| extensions.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// Returns whether the extension is that of audio that can be read; `None` if it is not that of
/// audio.
fn audio_by_name(path: &Path) -> Option<bool> {
    if has_extension(path, &READ_EXTENSIONS) {
        Some(true)
    } else {
        has_extension(path, &UNREAD_EXTENSIONS).then_some(false)
    }
}

/// Returns whether a file holds audio that can be read; `None` if it holds no audio. `named` counts
/// where the content is unknown, so that damaged recordings are reported.
fn audio_by_content(path: &Path, named: Option<bool>) -> Option<bool> {
    match FileType::read(path) {
        Ok(FileType::Readable(_)) => Some(true),
        Ok(FileType::Unreadable(_)) => Some(false),
        Ok(FileType::Placeholder { .. } | FileType::Other) | Err(_) => named,
    }
}

/// Audio files below a folder, and the entries that could not be read.
#[derive(Debug)]
pub struct Scan {
    /// Audio files, sorted by key.
    pub files: Vec<ScannedFile>,
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
            match entry.map_err(unreadable).and_then(|entry| Entry::read(key, &entry)) {
                Ok(Entry::Other) => {}
                Ok(Entry::Audio(file)) => self.files.push(file),
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
    Audio(ScannedFile),
    Folder(String, PathBuf),
    Link(String, PathBuf),
}

impl Entry {
    fn read(folder_key: &str, entry: &fs::DirEntry) -> Result<Self, CatalogueError> {
        let (name, path) = (entry.file_name(), entry.path());
        let is_partial = is_partial(&name.to_string_lossy());
        if name.as_encoded_bytes().starts_with(b".") && !is_partial {
            return Ok(Self::Other);
        }
        let unreadable = |source| CatalogueError::Unreadable { path: path.clone(), source };
        let file_type = entry.file_type().map_err(unreadable)?;
        let named = if is_partial { Some(false) } else { audio_by_name(&path) };
        let (is_folder, audio) = match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() && is_partial => (false, named),
            Ok(metadata) if metadata.is_file() => (false, audio_by_content(&path, named)),
            Ok(metadata) if metadata.is_dir() => (true, named),
            // A pipe would wait for a writer.
            Ok(_) if named.is_some() => return Err(unreadable(io::Error::other("it is neither a file nor a folder"))),
            Ok(_) => return Ok(Self::Other),
            // A link to nothing: of interest only if a recording should be there.
            Err(source) if named.is_some() => return Err(unreadable(source)),
            Err(_) => return Ok(Self::Other),
        };
        if !is_folder && audio.is_none() {
            return Ok(Self::Other);
        }
        let Some(name) = name.to_str() else { return Err(CatalogueError::NameNotUnicode { path }) };
        let key = if folder_key.is_empty() { name.to_string() } else { format!("{folder_key}/{name}") };
        Ok(match (is_folder, file_type.is_symlink()) {
            (false, _) => Self::Audio(ScannedFile { key, is_read: audio == Some(true) }),
            (true, false) => Self::Folder(key, path),
            (true, true) => Self::Link(key, path),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::audio_files;

    #[test]
    fn the_content_decides_which_files_are_recordings() {
        const WAV: &[u8] = b"RIFF\x24\0\0\0WAVEfmt ";
        let cases: [(&str, &[u8], Option<bool>); 35] = [
            ("a.wav", WAV, Some(true)),
            ("a.wave", WAV, Some(true)),
            ("a.bwf", WAV, Some(true)),
            ("a.bak", WAV, Some(true)),
            ("no extension", b"fLaC\0\0\0\x22\x10\0\x10\0", Some(true)),
            ("a.aifc", b"FORM\0\0\0\x24AIFCFVER", Some(true)),
            ("a.caf", b"caff\0\x01\0\0desc", Some(true)),
            ("a.w64", b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb", Some(true)),
            ("a.snd", b".snd\0\0\0\x18", Some(true)),
            ("a.mp3", b"RF64\xff\xff\xff\xffWAVEds64", Some(true)),
            ("a.wv", b"wvpk\0\0\0\0", Some(false)),
            ("b.wav", b"OggS\0\x02", Some(false)),
            ("b.dat", b"ID3\x03\0\0\0\0\0\0\xff\xfb\x90\x64", Some(false)),
            // Damaged recordings are reported when they are read.
            ("c.wav", b"", Some(true)),
            ("d.wav", b"version https://git-lfs.github.com/spec/v1\n", Some(true)),
            ("c.opus", b"", Some(false)),
            ("a.wavex", b"", Some(true)),
            ("b.snd", b"", Some(true)),
            ("a.rifx", b"RIFX\0\0\0\x24WAVEfmt ", Some(true)),
            ("a.paf", b"", Some(false)),
            ("a.raw", b"\x01\x02\x03", Some(false)),
            ("a.RX2", b"\x01\x02\x03", Some(false)),
            ("a.tak", b"\x01\x02\x03", Some(false)),
            ("a.iff", b"FORM\0\0\0\x248SVXVHDR", Some(false)),
            ("a.sf", b"\x64\xa3\x02\0", Some(false)),
            ("a sound", b"Creative Voice File\x1a", Some(false)),
            ("d.wav.part", WAV, Some(false)),
            ("d.flac.CRDOWNLOAD", b"fLaC\0\0\0\x22\x10\0\x10\0", Some(false)),
            (".d.wav.icloud", b"bplist00", Some(false)),
            (".e.wav", WAV, None),
            ("a.nkx", b"\x01\x02\x03", Some(false)),
            ("more.zip", b"PK\x03\x04", None),
            ("index.html", b"<!DOCTYPE html>", None),
            ("notes.txt", b"RIFF is what I played", None),
            ("picture.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0", None),
        ];
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes, _) in cases {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let found = audio_files(folder.path()).unwrap().files;
        for (name, _, expected) in cases {
            let file = found.iter().find(|file| file.key == name);
            assert_eq!(file.map(|file| file.is_read), expected, "{name}");
        }
        assert_eq!(found.len(), 30);
    }

    #[cfg(unix)]
    #[test]
    fn pipes_and_sockets_are_reported_and_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("A2_v80.wav")).unwrap();
        let _other = std::os::unix::net::UnixListener::bind(folder.path().join("control")).unwrap();
        let scan = audio_files(folder.path()).unwrap();
        assert!(scan.files.is_empty());
        let problems: Vec<String> = scan.problems.iter().map(ToString::to_string).collect();
        assert!(problems.len() == 1 && problems[0].contains("A2_v80.wav"), "{problems:?}");
        assert!(problems[0].contains("it is neither a file nor a folder"), "{problems:?}");
    }
}
