//! Paths as packs write them: with backslashes, in another case, and with accents encoded otherwise.

use std::fs;
use std::path::{Component, Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

/// Returns the file that a pack means by `path`, relative to `folder`. Where the path as written
/// leads nowhere, each of its parts is looked for in either case; of several that differ in nothing
/// else, the first in order.
///
/// `Err` with the path as written if there is none.
pub(super) fn resolve(folder: &Path, path: &str) -> Result<PathBuf, PathBuf> {
    let slashed = path.replace('\\', "/");
    let absolute = folder.join(&slashed);
    if absolute.exists() {
        return Ok(absolute);
    }
    // `\\Samples\\` is meant to lie below the pack.
    let relative = slashed.trim_start_matches('/').to_owned();
    let written = folder.join(&relative);
    if written.exists() {
        return Ok(written);
    }
    let mut found = folder.to_path_buf();
    for component in Path::new(&relative).components() {
        let next = found.join(component);
        let is_name = matches!(component, Component::Normal(_));
        found = match next.exists() || !is_name {
            true => next,
            false => other_case(&found, &component.as_os_str().to_string_lossy()).ok_or_else(|| written.clone())?,
        };
    }
    if found.exists() { Ok(found) } else { Err(written) }
}

fn other_case(folder: &Path, name: &str) -> Option<PathBuf> {
    // A relative path without folders has an empty parent.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let name = comparable(name);
    let entries = fs::read_dir(folder).ok()?.flatten();
    entries.filter(|entry| comparable(&entry.file_name().to_string_lossy()) == name).map(|entry| entry.path()).min()
}

/// Returns a name in lower case, its accents in one encoding: macOS stores them apart from their
/// letters.
pub(super) fn comparable(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_slash_and_either_case_lead_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let samples = folder.path().join("pack/Samples/Soft");
        fs::create_dir_all(&samples).unwrap();
        fs::write(samples.join("A3 pp.WAV"), "").unwrap();
        let pack = folder.path().join("pack");
        for path in [
            "Samples/Soft/A3 pp.WAV",
            "samples\\soft\\a3 PP.wav",
            "..\\PACK\\Samples/./soft/A3 pp.wav",
            "\\Samples\\Soft\\A3 pp.wav",
        ] {
            let found = resolve(&pack, path).unwrap();
            assert_eq!(found.canonicalize().unwrap(), samples.join("A3 pp.WAV").canonicalize().unwrap(), "{path}");
        }
        fs::write(samples.join("Da\u{308}mpfer.wav"), "").unwrap();
        assert!(resolve(&pack, "Samples/Soft/D\u{e4}mpfer.wav").is_ok());
        assert_eq!(resolve(&pack, "samples\\b.wav"), Err(pack.join("samples/b.wav")));
    }
}
