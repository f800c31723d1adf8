//! The lock of a place that one process at a time may fill, for what takes long and keeps more than
//! its own temporary folder beside it, as a sweep keeps a journal. The system holds the lock: it is
//! gone with the process, however that ended; the file that stays of a killed one says nothing.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::FolderError;

/// Tries to lock a file that others remove as they end.
const TRIES: u32 = 100;

/// A lock that is held; dropped, it is given back and its file is gone.
#[derive(Debug)]
pub struct Alone {
    path: PathBuf,
    /// None where the file system has no locks.
    file: Option<File>,
}

impl Alone {
    /// Takes the lock of what is to stand at `target` in `parent`.
    ///
    /// # Errors
    /// If another one holds it, or no file can be made there.
    pub(super) fn take(parent: &Path, target: &Path) -> Result<Self, FolderError> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let path = parent.join(format!(".{name}.lock"));
        let unwritable = |source| FolderError::Unwritable {
            path: target.to_owned(),
            source,
        };
        for _ in 0..TRIES {
            let mut open = OpenOptions::new();
            let open = open.read(true).write(true).create(true).truncate(false);
            let mut file = open.open(&path).map_err(unwritable)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(FolderError::Busy {
                        path: target.to_owned(),
                        holder: read_holder(&mut file),
                    });
                }
                Err(TryLockError::Error(_)) => {
                    let _ = fs::remove_file(&path);
                    return Ok(Alone { path, file: None });
                }
            }
            // Who held it before may have removed the file between the two steps: then another one
            // may lock the next file of this name.
            if is_at(&file, &path) {
                let written = file
                    .set_len(0)
                    .and_then(|()| file.write_all(holder().as_bytes()));
                written.map_err(unwritable)?;
                let file = Some(file);
                return Ok(Alone { path, file });
            }
        }
        Err(unwritable(io::Error::from(io::ErrorKind::ResourceBusy)))
    }

    /// The file that is locked.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // Removed while it is held: afterwards it might be another one's.
        if self.file.is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Who this process is, for others to read: its id, and the machine's name where it has one.
fn holder() -> String {
    let process = std::process::id();
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match host.trim() {
        "" => format!("process {process}"),
        host => format!("process {process} on {host}"),
    }
}

fn read_holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) if !text.is_empty() => text,
        // It was locked a moment ago, or the system lets nobody read what is locked.
        Ok(_) | Err(_) => "another process".to_owned(),
    }
}

/// Whether `file` is the one that has this path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |found: fs::Metadata| (found.dev(), found.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(file), Ok(found)) => id(file) == id(found),
        (_, _) => false,
    }
}

/// Elsewhere an open file keeps its name.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_held_by_one_and_free_after_it() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("sweep-1");
        let held = Alone::take(home.path(), &target).unwrap();
        let refused = Alone::take(home.path(), &target).unwrap_err().to_string();
        let process = std::process::id();
        assert!(refused.contains(&format!("process {process}")), "{refused}");
        let other = Alone::take(home.path(), &home.path().join("sweep-2"));
        assert!(other.is_ok(), "another place is free");
        drop((held, other));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
        // What a killed process leaves is a file that nobody holds.
        fs::write(home.path().join(".sweep-1.lock"), "process 1").unwrap();
        assert!(Alone::take(home.path(), &target).is_ok());
    }

    /// Many threads at once, each of which takes the lock again and again: never two.
    #[test]
    fn two_never_hold_it_though_its_file_comes_and_goes() {
        use std::sync::atomic::{AtomicU32, Ordering};
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("sweep-1");
        let holding = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut taken = 0;
                    while taken < 200 {
                        if let Ok(held) = Alone::take(home.path(), &target) {
                            assert_eq!(holding.fetch_add(1, Ordering::SeqCst), 0);
                            holding.fetch_sub(1, Ordering::SeqCst);
                            taken += 1;
                            drop(held);
                        }
                    }
                });
            }
        });
    }
}
