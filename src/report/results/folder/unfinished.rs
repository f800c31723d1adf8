//! The temporary folder of a run that is not finished. Who works in it holds a lock there, so that
//! what a killed process left behind can be told from what another one is about to finish.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::alone::Alone;

/// The file whose lock is held, and its name until it is.
const LOCK: &str = ".lock";
const LOCK_TO_BE: &str = ".lock-to-be";
/// Tries to remove a folder that somebody still writes to.
const REMOVE_TRIES: u32 = 20;

/// The temporary folders of this process and what was made for them.
static OPEN: Mutex<Vec<(PathBuf, Made)>> = Mutex::new(Vec::new());

/// What was made for a temporary folder, and goes with it.
struct Made {
    /// The parents, as far as they are empty.
    parents: Vec<PathBuf>,
    /// The lock's file of a place that is held alone.
    lock: Option<PathBuf>,
}

fn open() -> MutexGuard<'static, Vec<(PathBuf, Made)>> {
    // Whole entries are put in and taken out, so a panic in between left none of them half.
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the folders of all runs of this process that are not finished, then does `and_then`,
/// before which no other folder is put in its place.
pub fn remove_unfinished(and_then: impl FnOnce()) {
    let open = open();
    for (path, made) in open.iter() {
        for _ in 0..REMOVE_TRIES {
            if fs::remove_dir_all(path).is_ok() || !path.exists() {
                break;
            }
        }
        if let Some(lock) = &made.lock {
            let _ = fs::remove_file(lock);
        }
        remove_parents(&made.parents);
    }
    and_then();
}

/// A temporary folder; dropped, it is gone.
#[derive(Debug)]
pub(super) struct Unfinished {
    path: PathBuf,
    lock: Option<File>,
    alone: Option<Alone>,
}

impl Unfinished {
    /// Makes the temporary folder of `name` in `parent`, after those that killed processes left of
    /// the same name were removed. Should it go, the `parents` that were made for it go too, as far
    /// as they are empty. The place stays `alone` until it is finished.
    pub(super) fn make(
        (parent, name): (&Path, &str),
        parents: Vec<PathBuf>,
        alone: Option<Alone>,
    ) -> io::Result<Self> {
        let beginning = format!(".{name}.partial-");
        remove_stale(parent, &beginning);
        let process = std::process::id();
        let mut path = parent.join(format!("{beginning}{process}"));
        let mut open = open();
        // The same run may be asked for twice.
        let mut further = 1;
        while open.iter().any(|(known, _)| *known == path) {
            further += 1;
            path = parent.join(format!("{beginning}{process}-{further}"));
        }
        // Without a lock of its own, as on a file system that has none: of a process of this id.
        let _ = fs::remove_dir_all(&path);
        let made = Made {
            parents,
            lock: alone.as_ref().map(|it| it.path().to_owned()),
        };
        open.push((path.clone(), made));
        drop(open);
        let mut unfinished = Unfinished {
            path,
            lock: None,
            alone,
        };
        unfinished.lock = fs::create_dir(&unfinished.path).and_then(|()| lock(&unfinished.path))?;
        Ok(unfinished)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn keep_alone(&mut self) -> Option<Alone> {
        self.alone.take()
    }

    /// Calls `put` with the folder, which has nothing of ours in it any more; as it succeeds, the
    /// folder is finished. Meanwhile the process can't be ended by [`remove_unfinished`].
    pub(super) fn finish<T, E>(mut self, put: impl FnOnce(&Path) -> Result<T, E>) -> Result<T, E> {
        let mut open = open();
        drop(self.lock.take());
        let _ = fs::remove_file(self.path.join(LOCK));
        let put = put(&self.path);
        if put.is_ok() {
            open.retain(|(path, _)| *path != self.path);
            drop(self.alone.take());
        }
        put
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut open = open();
        let Some(index) = open.iter().position(|(path, _)| *path == self.path) else {
            return;
        };
        let (path, made) = open.remove(index);
        drop(self.lock.take());
        let _ = fs::remove_dir_all(path);
        drop(self.alone.take());
        remove_parents(&made.parents);
    }
}

/// Removes the folders that are empty, the innermost first.
fn remove_parents(made: &[PathBuf]) {
    for made in made.iter().rev() {
        let _ = fs::remove_dir(made);
    }
}

/// Takes the lock of a folder; none where the file system has no locks. The file gets its name when
/// it is locked, so that nobody finds it otherwise.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    let (unlocked, locked) = (folder.join(LOCK_TO_BE), folder.join(LOCK));
    let file = File::create_new(&unlocked)?;
    if file.try_lock().is_err() {
        drop(file);
        fs::remove_file(&unlocked)?;
        return Ok(None);
    }
    fs::rename(&unlocked, &locked)?;
    Ok(Some(file))
}

/// Removes the folders that killed processes left: those whose lock nobody holds.
fn remove_stale(parent: &Path, beginning: &str) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|it| it.strip_prefix(beginning));
        let is_ours = process.is_some_and(|it| {
            it.starts_with(|first: char| first.is_ascii_digit())
                && it.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        });
        if !is_ours {
            continue;
        }
        let Ok(lock) = File::open(entry.path().join(LOCK)) else {
            continue;
        };
        if lock.try_lock().is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
