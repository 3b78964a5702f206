//! Atomic writes.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::interrupt::Pending;

/// Durability of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The file is on disk when the write returns. Without this, it may be empty after a power
    /// failure.
    Synced,
    /// The system writes when it likes. For files that are verified when read and can be made
    /// again.
    Fast,
}

/// Writes a file atomically and durably: readers see the whole file or none. Creates missing
/// folders.
///
/// # Errors
/// The error of the file system.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    write_atomic_with(path, bytes, Durability::Synced)
}

/// Writes a file like [`write_atomic`], with a choice of durability.
///
/// # Errors
/// The error of the file system.
pub fn write_atomic_with(path: &Path, bytes: &[u8], durability: Durability) -> std::io::Result<()> {
    let _pending = Pending::begin();
    // `parent` of a bare file name is empty.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = temporary_file(folder)?;
    file.write_all(bytes)?;
    if durability == Durability::Synced {
        File::sync_all(file.as_file())?;
    }
    file.persist(path)?;
    Ok(())
}

fn temporary_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    // The scan of a data folder skips hidden files.
    builder.prefix(".").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private by default; this one gets the permissions that the umask
        // allows.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
