//! Writer of the data folder: copies of the recordings, and their catalogue.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use crate::commands::paths::without_links;
use crate::import::error::ImportError;
use crate::import::{Note, Pack};
use wurli_train::audio::{AudioFile, Format, Passages, write_wav_float};
use wurli_train::catalogue;
use wurli_train::catalogue::{CATALOGUE_FILE, Fit, Kind, Recording, Source};

/// Subfolder of the recordings.
const RECORDINGS: &str = "recordings";
/// Longest name without its extension, characters.
const STEM_MAX: usize = 80;

/// Checks that the target is missing or an empty folder, and lies outside the pack.
///
/// # Errors
/// [`ImportError::NotEmpty`] and [`ImportError::IntoItself`], or what the file system answers.
pub fn check_target(into: &Path, pack: &Path) -> Result<(), ImportError> {
    match fs::read_dir(into) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(ImportError::NotEmpty { path: into.into() });
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(source) => return Err(ImportError::Unwritable { path: into.into(), source }),
    }
    // The nearest folder above that exists says where the new one will lie.
    let target = without_links(into);
    let above = target.ancestors().find_map(|folder| folder.canonicalize().ok());
    let read = if pack.is_dir() { pack.canonicalize().ok() } else { None };
    match (above, read) {
        (Some(above), Some(read)) if above.starts_with(&read) => {
            Err(ImportError::IntoItself { path: into.into(), pack: pack.into() })
        }
        _ => Ok(()),
    }
}

/// Returns a unique file name for each note that every system allows.
#[must_use]
pub fn files(notes: &[Note]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    notes.iter().map(|note| file(note, &mut taken)).collect()
}

fn file(note: &Note, taken: &mut BTreeSet<String>) -> String {
    let stem = match note.cut {
        // Takes have no names of their own; these say what they are.
        Some(_) => format!("{:03}_v{:03}", note.midi, note.velocity),
        None => stem(&note.path),
    };
    name(&stem, note.format, taken)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn name(stem: &str, format: Format, taken: &mut BTreeSet<String>) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '#' | '-' | '+' | '_' | '.') { c } else { '_' };
    // As one letter each, accents stay.
    let stem: String = stem.nfc().take(STEM_MAX).map(safe).collect();
    // Hidden files are not read, and Windows drops trailing dots.
    let stem = stem.trim_matches('.');
    let stem = if stem.is_empty() || is_device(stem) { format!("note_{stem}") } else { stem.to_owned() };
    let extension = format.extension();
    let numbered = (2..).map(|n| format!("{stem}_{n}"));
    let mut names =
        std::iter::once(stem.clone()).chain(numbered).map(|stem| format!("{RECORDINGS}/{stem}.{extension}"));
    // Names that differ in case alone are one file on some systems.
    names.find(|name| taken.insert(name.to_lowercase())).unwrap_or_default()
}

/// Returns true for device names of Windows, with any extension.
fn is_device(stem: &str) -> bool {
    let name = stem.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered =
        |prefix| name.strip_prefix(prefix).is_some_and(|n: &str| n.len() == 1 && n.as_bytes()[0].is_ascii_digit());
    matches!(name.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

/// Writes the data folder atomically: to a temporary folder that is renamed into place.
///
/// Recordings are copied byte for byte; notes of a take are cut out. `path` is the pack. `stop` is
/// polled before each file.
///
/// # Errors
/// [`ImportError`] as by [`check_target`], if stopped, or from the file system. Nothing is left at
/// `into` then.
pub fn write(
    into: &Path,
    path: &Path,
    pack: &Pack,
    source: &Source,
    stop: &dyn Fn() -> bool,
) -> Result<(), ImportError> {
    check_target(into, path)?;
    let unwritable = |path: &Path| {
        let path = path.to_path_buf();
        move |source| ImportError::Unwritable { path, source }
    };
    // `.`, and what a link leads to, have a name of their own.
    let target = without_links(into);
    let parent = target.parent().unwrap_or(&target);
    fs::create_dir_all(parent).map_err(unwritable(parent))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".wurli-import-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Temporary folders are private; this one becomes a folder like any other, as far as the
        // umask allows.
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    let folder = builder.tempdir_in(parent).map_err(unwritable(parent))?;
    let recordings = folder.path().join(RECORDINGS);
    fs::create_dir(&recordings).map_err(unwritable(&recordings))?;

    let check_stop = || if stop() { Err(ImportError::Stopped { path: into.into() }) } else { Ok(()) };
    let source_id = Some(source.id.clone());
    let mut listed = Vec::new();
    if let Some(format) = pack.whole {
        let file = name(&stem(path), format, &mut BTreeSet::new());
        copy(path, &folder.path().join(&file)).map_err(unwritable(&into.join(&file)))?;
        let origin = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        listed.push((Recording { file, source: source_id, kind: Kind::Performance }, origin));
    } else {
        let files = files(&pack.notes);
        write_cuts(pack.notes.iter().zip(&files), folder.path(), &check_stop)?;
        for (note, file) in pack.notes.iter().zip(files) {
            if note.cut.is_none() {
                check_stop()?;
                copy(&note.path, &folder.path().join(&file)).map_err(unwritable(&into.join(&file)))?;
            }
            let kind = Kind::Note { midi: note.midi, velocity: note.velocity };
            listed.push((Recording { file, source: source_id.clone(), kind }, origin(note, path)));
        }
    }
    let heading = "Written by `wurli-train import`. Correct what it got wrong: midi is the key that was struck (C4 is 60), velocity how\n\
                   hard, 1..=127. Fill in what is empty before others get these recordings.";
    let text = catalogue::describe(
        heading,
        Fit::default(),
        std::slice::from_ref(source),
        listed.iter().map(|(recording, origin)| (recording, Some(origin.as_str()))),
    );
    let catalogue = folder.path().join(CATALOGUE_FILE);
    wurli_train::files::write_atomic(&catalogue, text.as_bytes()).map_err(unwritable(&into.join(CATALOGUE_FILE)))?;

    check_stop()?;
    // Fails if anything has come to lie there meanwhile; only some systems rename onto an empty
    // folder.
    match fs::remove_dir(&target) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(unwritable(into)(error)),
        _ => {}
    }
    fs::rename(folder.path(), &target).map_err(unwritable(into))?;
    // The temporary path no longer exists.
    let _ = folder.keep();
    Ok(())
}

/// Writes the notes that are cut out of files. Each file is streamed once, in order of time.
fn write_cuts<'a>(
    notes: impl Iterator<Item = (&'a Note, &'a String)>,
    folder: &Path,
    check_stop: &dyn Fn() -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let mut cuts: Vec<_> = notes.filter_map(|(note, file)| Some((&note.path, note.cut?, file))).collect();
    cuts.sort_by(|(a, a_s, _), (b, b_s, _)| a.cmp(b).then(a_s.0.total_cmp(&b_s.0)));
    for cuts in cuts.chunk_by(|(a, ..), (b, ..)| a == b) {
        let Some((path, ..)) = cuts.first() else { continue };
        let mut passages = Passages::open(&AudioFile::open(path, |_| {})?)?;
        for (_, (from_s, to_s), file) in cuts {
            check_stop()?;
            write_wav_float(&folder.join(file), &passages.read(*from_s, *to_s)?)?;
        }
    }
    Ok(())
}

/// Copies the content without permissions, so that a read-only recording has a writable copy.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = fs::File::open(from)?;
    let mut target = fs::File::create_new(to)?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()
}

/// Returns the origin and fundamental of a recording.
fn origin(note: &Note, pack: &Path) -> String {
    let folder = if pack.is_dir() { pack } else { pack.parent().unwrap_or(Path::new("")) };
    let path: PathBuf = note.path.strip_prefix(folder).unwrap_or(&note.path).into();
    match note.cut {
        None => format!("{}, {:.2} Hz", path.display(), note.f0_hz),
        Some((from_s, to_s)) => format!("{}, {from_s:.2}-{to_s:.2} s, {:.2} Hz", path.display(), note.f0_hz),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_as_far_as_they_are_safe_and_unique() {
        let note = |path: &str| Note {
            path: path.into(),
            cut: None,
            format: Format::Wav,
            midi: 60,
            velocity: 64,
            f0_hz: 261.6,
            samples: None,
        };
        let paths = [
            "soft/C#4.wav",
            "loud/C#4.wav",
            "x/c#4.WAV",
            "a b/é:*?.wav",
            "..hidden..wav",
            "con.wav",
            "lpt1.x.wav",
            "q\"\n'.wav",
            "c#4_2.wav",
        ];
        let files = files(&paths.map(note));
        assert_eq!(
            files,
            [
                "C#4.wav",
                "C#4_2.wav",
                "c#4_3.wav",
                "é___.wav",
                "hidden.wav",
                "note_con.wav",
                "note_lpt1.x.wav",
                "q___.wav",
                "c#4_2_2.wav",
            ]
            .map(|name| format!("recordings/{name}"))
        );
        assert!(files_of_long_name().len() < 110);
    }

    fn files_of_long_name() -> String {
        let path = format!("{}.flac", "x".repeat(250)).into();
        files(&[Note { path, cut: None, format: Format::Flac, midi: 60, velocity: 64, f0_hz: 261.6, samples: None }])
            .remove(0)
    }

    #[test]
    fn only_nothing_and_an_empty_folder_are_written_to() {
        let place = tempfile::tempdir().unwrap();
        let pack = place.path().join("pack");
        fs::create_dir_all(place.path().join("empty")).unwrap();
        fs::create_dir_all(pack.join("sub")).unwrap();
        fs::write(place.path().join("file"), "").unwrap();
        assert!(check_target(&place.path().join("new/er"), &pack).is_ok());
        assert!(check_target(&place.path().join("empty"), &pack).is_ok());
        assert!(matches!(check_target(place.path(), &pack), Err(ImportError::NotEmpty { .. })));
        assert!(matches!(check_target(&place.path().join("file"), &pack), Err(ImportError::Unwritable { .. })));
        for within in ["sub", "new/er"] {
            assert!(matches!(check_target(&pack.join(within), &pack), Err(ImportError::IntoItself { .. })), "{within}");
        }
    }
}
