//! Where the files of a scenario are read from: the disk, or a table of texts in memory.
//!
//! Knows nothing of what stands in them. Every read is bounded: a file that is larger than its
//! reader takes, endless or no file at all is an error, and costs neither the memory nor the wait.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::scenario::diagnostic::nearest;

/// Where the files of a scenario are read from.
#[derive(Clone, Debug, Default)]
pub enum Files {
    /// The disk.
    #[default]
    Disk,
    /// These and no others, by their paths; the disk is not touched.
    Memory(Arc<BTreeMap<PathBuf, Vec<u8>>>),
    /// The disk, but for these, which somebody is editing: by their paths as they are read.
    Edited(Arc<BTreeMap<PathBuf, Vec<u8>>>),
}

/// Why a file can't be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is none of that name.
    #[error("no such file")]
    Missing,
    /// A folder stands there.
    #[error("it is a directory, a file was expected")]
    Directory,
    /// A pipe, a device, a socket: a file is read more than once, and has an end.
    #[error("it is a pipe or a device, a file was expected")]
    Special,
    /// Larger than its reader takes.
    #[error("it has {bytes} bytes, at most {max} are read")]
    TooLarge {
        /// Its size, as far as it was read where the disk does not say it.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// The system refuses.
    #[error("{}", reason(.0))]
    System(#[from] io::Error),
}

impl Files {
    /// A table of texts by their paths; `./` and `a/../` in paths mean what they mean on disk.
    pub fn in_memory<N: Into<PathBuf>>(files: impl IntoIterator<Item = (N, Vec<u8>)>) -> Files {
        let files = files.into_iter();
        let plain = files.map(|(path, bytes)| (plain_path(&path.into()), bytes));
        Files::Memory(Arc::new(plain.collect()))
    }

    /// The disk, but for the file at `path`, of which `text` is what somebody makes of it.
    pub fn edited(path: &Path, text: &str) -> Files {
        let file = (path.to_owned(), text.as_bytes().to_vec());
        Files::Edited(Arc::new(BTreeMap::from([file])))
    }

    /// A file's bytes, `max` of them at most.
    ///
    /// # Errors
    /// As [`FileError`] lists them.
    pub fn read(&self, path: &Path, max: u64) -> Result<Vec<u8>, FileError> {
        match self {
            Files::Disk => read_on_disk(path, max),
            Files::Edited(files) => match files.get(path) {
                Some(bytes) => {
                    check_size(bytes.len() as u64, max)?;
                    Ok(bytes.clone())
                }
                None => read_on_disk(path, max),
            },
            Files::Memory(files) => {
                let bytes = files.get(&plain_path(path)).ok_or(FileError::Missing)?;
                check_size(bytes.len() as u64, max)?;
                Ok(bytes.clone())
            }
        }
    }

    /// The bytes in memory, if these files are; nothing where the disk has to be asked.
    pub fn in_memory_bytes(&self, path: &Path) -> Option<Result<&[u8], FileError>> {
        match self {
            Files::Disk => None,
            Files::Edited(files) => files.get(path).map(|bytes| Ok(bytes.as_slice())),
            Files::Memory(files) => {
                let bytes = files.get(&plain_path(path)).map(Vec::as_slice);
                Some(bytes.ok_or(FileError::Missing))
            }
        }
    }

    /// The file beside `path` whose name is nearest, for who named one that is missing.
    pub fn nearest(&self, path: &Path) -> Option<String> {
        const LISTED_MAX: usize = 1_000;
        let folder = path.parent()?;
        let names: Vec<String> = match self {
            Files::Disk | Files::Edited(_) => {
                let is_here = folder.as_os_str().is_empty();
                let folder = if is_here { Path::new(".") } else { folder };
                let entries = fs::read_dir(folder).ok()?.take(LISTED_MAX).flatten();
                let files = entries.filter(|entry| !entry.path().is_dir());
                files
                    .filter_map(|entry| entry.file_name().into_string().ok())
                    .collect()
            }
            Files::Memory(files) => {
                let folder = plain_path(folder);
                let beside = files.keys().filter(|path| path.parent() == Some(&folder));
                beside
                    .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
                    .collect()
            }
        };
        let name = path.file_name()?.to_str()?;
        let names = names.iter().map(String::as_str);
        let near = nearest(name, names.filter(|other| is_near(name, other)));
        near.first().map(|name| (*name).to_owned())
    }

    /// One path for all spellings of it; a missing file keeps its own.
    pub fn real<'a>(&self, path: &'a Path) -> Cow<'a, Path> {
        match self {
            Files::Disk | Files::Edited(_) => {
                path.canonicalize().map_or(Cow::Borrowed(path), Cow::Owned)
            }
            Files::Memory(_) => Cow::Owned(plain_path(path)),
        }
    }
}

/// Whether one file's name may have been meant by another: what stands before the endings, which
/// most files of a folder share, differs in a third of its letters at most.
fn is_near(name: &str, other: &str) -> bool {
    let stem = |name: &str| {
        let stem = Path::new(name).file_stem().unwrap_or_default();
        stem.to_string_lossy().to_lowercase()
    };
    let (stem, other) = (stem(name), stem(other));
    let letters = other.chars().count();
    let distance = strsim::damerau_levenshtein(&stem, &other);
    distance == 0 || (distance < letters && distance <= 1.max(letters / 3))
}

fn open_on_disk(path: &Path, max: u64) -> Result<File, FileError> {
    // Asked before it is opened: to open a pipe waits for its writer.
    let facts = fs::metadata(path).map_err(missing_or_system)?;
    if facts.is_dir() {
        return Err(FileError::Directory);
    }
    if !facts.is_file() {
        return Err(FileError::Special);
    }
    check_size(facts.len(), max)?;
    File::open(path).map_err(missing_or_system)
}

fn read_on_disk(path: &Path, max: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    // The size that the disk says may be no promise: a file grows, those of /proc say zero.
    open_on_disk(path, max)?
        .take(max + 1)
        .read_to_end(&mut bytes)?;
    check_size(bytes.len() as u64, max)?;
    Ok(bytes)
}

fn check_size(bytes: u64, max: u64) -> Result<(), FileError> {
    match bytes <= max {
        true => Ok(()),
        false => Err(FileError::TooLarge { bytes, max }),
    }
}

fn missing_or_system(error: io::Error) -> FileError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => FileError::Missing,
        _ => FileError::System(error),
    }
}

/// The system's reason without its error number and capital letter.
fn reason(error: &io::Error) -> String {
    error.kind().to_string()
}

/// The path without `.` and without `..` behind a folder's name.
fn plain_path(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
