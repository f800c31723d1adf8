//! A file written whole or not at all.

use std::path::Path;
use std::{fs, io};

/// Writes a file under another name beside its place, then renames it.
///
/// # Errors
/// Those of the disk; the file is then what it was.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::Error::other("it is a folder; name a file"));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.partial-{}", std::process::id()));
    let written = fs::write(&beside, bytes).and_then(|()| {
        // What one may do to it stays as it was.
        if let Ok(known) = fs::metadata(path) {
            fs::set_permissions(&beside, known.permissions())?;
        }
        fs::rename(&beside, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}
