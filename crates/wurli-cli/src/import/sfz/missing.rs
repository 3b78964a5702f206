//! Hints where the samples of a pack may be, if none is where its SFZ file says.

use std::fs;
use std::path::{Path, PathBuf};

use super::region::Region;
use crate::import::paths;
use wurli_train::catalogue::scan::READ_EXTENSIONS;

/// Folders that are searched for a sample.
const FOLDERS_MAX: usize = 1000;

/// Returns the likely reason why the sample of a region is missing, and the fix.
pub(super) fn hint(folder: &Path, region: &Region) -> String {
    let sample = &region.sample;
    let is_there = |name: &String| paths::resolve(folder, name).is_ok();
    let with_extension =
        |stem: &str| READ_EXTENSIONS.iter().map(|extension| format!("{stem}.{extension}")).find(is_there);
    if let Some(name) = with_extension(sample) {
        return format!("{name:?} is there: write its extension");
    }
    if let Some(name) = sample.rsplit_once('.').and_then(|(stem, _)| with_extension(stem)) {
        return format!("{name:?} is there: correct the extensions in the SFZ file");
    }
    let slashed = sample.replace('\\', "/");
    let name = paths::comparable(slashed.rsplit('/').next().unwrap_or(&slashed));
    let prefix: String = region.prefix.chars().take(200).collect();
    match (find(folder, &name), prefix.is_empty()) {
        (Some(at), true) => format!("it lies in {}: set default_path, or correct sample", at.display()),
        (Some(at), false) => format!("it lies in {}: is default_path={prefix} right?", at.display()),
        (None, true) => format!("no file of that name lies in {}: unpack the samples there", shown(folder)),
        (None, false) => format!("no file of that name lies in {}: is default_path={prefix} right?", shown(folder)),
    }
}

fn shown(folder: &Path) -> String {
    if folder.as_os_str().is_empty() { "this folder".to_owned() } else { folder.display().to_string() }
}

/// Returns the folder of a file of that name, in either case.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let start = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut folders = vec![start.to_path_buf()];
    for i in 0..FOLDERS_MAX {
        let folder = folders.get(i)?.clone();
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            if paths::comparable(&entry.file_name().to_string_lossy()) == name {
                return Some(folder);
            }
            // Links to folders may lead in circles.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            }
        }
    }
    None
}
