//! Files that are whole or not there.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::interrupt::Pending;

/// Writes a file beside its place and renames it, making its folder first: a reader sees all of it or nothing, and whoever stops in
/// between leaves no half of it.
///
/// # Errors
/// What the file system answers.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // Renamed before its bytes are on disk, it could be found empty after a power cut.
    write(path, bytes, |file| file.sync_all())
}

/// The same for what is checked when it is read and can be made again: the system may take its time to put it on disk.
///
/// # Errors
/// What the file system answers.
pub fn write_checked(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    write(path, bytes, |_| Ok(()))
}

fn write(path: &Path, bytes: &[u8], finish: impl FnOnce(&File) -> std::io::Result<()>) -> std::io::Result<()> {
    let _pending = Pending::begin();
    // `parent` of a bare file name is empty.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    // A scan of a data folder skips hidden files.
    builder.prefix(".").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private; this one becomes a file like any other, as far as the umask allows.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    finish(file.as_file())?;
    file.persist(path)?;
    Ok(())
}
