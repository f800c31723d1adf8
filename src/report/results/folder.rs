//! The folder of a run on disk: made under a temporary name beside its place, put there by rename,
//! so that a run is there whole or not at all. What a limit or Ctrl-C ended never takes the place
//! of what was played to its end.

mod alone;
mod unfinished;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;
use thiserror::Error;

use super::manifest::FileHash;
use super::output::Output;
use super::{TraceCopy, WriteError};
use unfinished::Unfinished;

pub use alone::Alone;
pub use unfinished::remove_unfinished;

/// The name of the file that makes a folder a run's folder.
pub const MANIFEST: &str = "manifest.json";

/// The page that `fleetcast report` puts beside a run's own files.
pub const PAGE: &str = "report.html";

/// Why a run can't be written where it was asked to be.
#[derive(Debug, Error)]
pub enum FolderError {
    /// A file stands where the folder should be.
    #[error("{} is a file; name a folder that does not exist yet, or an empty one", .0.display())]
    IsFile(PathBuf),
    /// The folder holds something that this run did not write.
    #[error(
        "{} is not empty and not this run's own folder ({found}); name another folder with --out, \
         or remove it yourself",
        .path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// What stands there.
        found: String,
    },
    /// Another process is about to fill it.
    #[error(
        "{} is being written by {holder}; wait for it, or name another folder with --out",
        .path.display()
    )]
    Busy {
        /// The folder.
        path: PathBuf,
        /// Who fills it: `process 4711 on host`.
        holder: String,
    },
    /// The folder can't be made or written.
    #[error("can't write to {}: {}", .path.display(), reason(.source))]
    Unwritable {
        /// What could not be written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The system's reason in plain words, with what to do where that is not plain.
fn reason(error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::StorageFull | Kind::QuotaExceeded => {
            "the disk is full; nothing new is left there, and what was there before is as it was. \
             Free some space, name another place with --out, or record less (record: summary)"
                .to_owned()
        }
        Kind::NotADirectory | Kind::AlreadyExists => {
            "a file stands where a folder should be; remove it, or name another place with --out"
                .to_owned()
        }
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem => {
            format!("{}; name another place with --out", error.kind())
        }
        Kind::NotFound => "there is no such folder, and none can be made".to_owned(),
        Kind::InvalidFilename => "the name is too long, or no file may have it".to_owned(),
        _ => error.kind().to_string(),
    }
}

/// A run's folder in the making. Dropped without [`RunFolder::put_in_place`], it leaves nothing
/// behind.
#[derive(Debug)]
pub struct RunFolder {
    target: PathBuf,
    temporary: Unfinished,
}

/// Where a finished run stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placed {
    /// The folder.
    pub path: PathBuf,
    /// Whether an earlier folder of the same run was replaced.
    pub replaced: bool,
    /// The folder of the same run, played to its end, in whose place this incomplete one would
    /// have come.
    pub kept: Option<PathBuf>,
}

impl Placed {
    /// What became of an earlier folder of the same run, in brackets; empty if there was none.
    pub fn note(&self) -> String {
        match (&self.kept, self.replaced) {
            (Some(kept), _) => {
                let kept = kept.display();
                format!(" (not complete; the complete results in {kept} stay as they are)")
            }
            (None, true) => " (the same run's earlier results were replaced)".to_owned(),
            (None, false) => String::new(),
        }
    }
}

impl RunFolder {
    /// Makes the temporary folder beside `target`, which must be free: not there, empty, or an
    /// earlier folder of run `run` without anything that this run did not write. To be called
    /// before the run is played, so that nobody waits for a result that can't be written.
    pub fn open(target: &Path, run: &str) -> Result<Self, FolderError> {
        RunFolder::opened(target, run, false)
    }

    /// The same for what one process at a time may fill: until the folder stands in its place, or
    /// is dropped, nobody else can open it so. The system's lock: what a killed process held is
    /// free.
    pub fn open_alone(target: &Path, run: &str) -> Result<Self, FolderError> {
        RunFolder::opened(target, run, true)
    }

    fn opened(target: &Path, run: &str, is_alone: bool) -> Result<Self, FolderError> {
        let target = followed(target);
        check_free(&target, run)?;
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            Some(_) | None => Path::new("."),
        };
        let parents = make_parents(parent)?;
        let alone = is_alone.then(|| Alone::take(parent, &target)).transpose()?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let temporary = Unfinished::make((parent, &name), parents, alone);
        // Named as the user did: nobody asked for the temporary one.
        let temporary = temporary.map_err(unwritable(&target))?;
        let folder = RunFolder { target, temporary };
        if folder.target.is_dir() {
            folder.probe()?;
        }
        Ok(folder)
    }

    /// Keeps the place alone beyond the folder, for what is to be done when that is in its place.
    pub fn keep_alone(&mut self) -> Option<Alone> {
        self.temporary.keep_alone()
    }

    /// The folder to write to.
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Where the run will stand.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Writes one file, with the folders of its path.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<FileHash, WriteError> {
        self.write_with(name, |out| {
            out.write_all(bytes).map_err(|error| error.to_string())
        })
    }

    /// Writes one file piece by piece, with the folders of its path: `fill` writes it.
    pub fn write_with(
        &self,
        name: &str,
        fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), String>,
    ) -> Result<FileHash, WriteError> {
        let path = self.path().join(name);
        // Errors name where the file would stand, not the temporary folder.
        let shown = self.target.join(name);
        let parents = Path::new(name).ancestors().skip(1).collect::<Vec<_>>();
        for parent in parents.into_iter().rev().skip(1) {
            // The temporary folder itself is not made again: if it is gone, the run was ended.
            let parent = self.path().join(parent);
            match fs::create_dir(&parent) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(unwritable(&shown)(error).into());
                }
                Ok(()) | Err(_) => {}
            }
        }
        let file = fs::File::create(&path).map_err(unwritable(&shown))?;
        let mut output = Output::new(BufWriter::with_capacity(1 << 16, file));
        let filled = fill(&mut output);
        // A failure of the disk is the reason of one of `fill`.
        let hash = output.finish().map_err(unwritable(&shown))?;
        filled.map_err(|problem| {
            let name = name.to_owned();
            WriteError::Table { name, problem }
        })?;
        Ok(FileHash::new(name, hash))
    }

    /// Copies a trace, which has to be what was loaded.
    pub fn copy(&self, trace: &TraceCopy) -> Result<FileHash, WriteError> {
        let copied = self.write_with(&trace.name, |out| {
            let mut file = fs::File::open(&trace.path).map_err(|error| error.to_string())?;
            let copied = io::copy(&mut file, out);
            copied.map(drop).map_err(|error| error.to_string())
        })?;
        let expected = FileHash::new(&trace.name, trace.hash);
        match copied == expected {
            true => Ok(copied),
            false => Err(WriteError::ChangedTrace(trace.path.clone())),
        }
    }

    /// Gives the folder its name. An earlier folder of the same run is moved aside first and
    /// removed afterwards; it comes back if the new one can't take its place. A run that is not
    /// complete leaves one that is where it is, and stands beside it: `<target>-incomplete`.
    pub fn put_in_place(mut self, run: &str, is_complete: bool) -> Result<Placed, FolderError> {
        let mut kept = None;
        if !is_complete && read_manifest(&self.target.join(MANIFEST)).is_some_and(|it| it.complete)
        {
            let name = self.target.file_name().unwrap_or_default();
            let name = format!("{}-incomplete", name.to_string_lossy());
            let beside = self.target.with_file_name(name);
            kept = Some(std::mem::replace(&mut self.target, beside));
        }
        let target = self.target;
        // Somebody may have written there while the run was played.
        check_free(&target, run)?;
        let replaced = target.join(MANIFEST).exists();
        self.temporary.finish(|temporary| {
            if !replaced {
                // An empty folder gives way by itself.
                return fs::rename(temporary, &target).map_err(unwritable(&target));
            }
            let aside = temporary.with_extension("replaced");
            fs::rename(&target, &aside).map_err(unwritable(&target))?;
            if let Err(source) = fs::rename(temporary, &target) {
                let _ = fs::rename(&aside, &target);
                return Err(unwritable(&target)(source));
            }
            keep_page(&aside, &target);
            let _ = fs::remove_dir_all(&aside);
            Ok(())
        })?;
        Ok(Placed {
            path: target,
            replaced,
            kept,
        })
    }

    /// A folder that is there may be read-only while its parent is not.
    fn probe(&self) -> Result<(), FolderError> {
        let metadata = fs::metadata(&self.target).map_err(unwritable(&self.target))?;
        if metadata.permissions().readonly() {
            let denied = io::Error::from(io::ErrorKind::PermissionDenied);
            return Err(unwritable(&self.target)(denied));
        }
        Ok(())
    }
}

/// The page of a run stays with the same results; of others it would tell what is not there.
fn keep_page(earlier: &Path, now: &Path) {
    let manifest = |folder: &Path| fs::read(folder.join(MANIFEST)).ok();
    if manifest(earlier) == manifest(now) {
        // Without one there is nothing to keep.
        let _ = fs::rename(earlier.join(PAGE), now.join(PAGE));
    }
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> FolderError + use<> {
    let path = path.to_owned();
    move |source| FolderError::Unwritable { path, source }
}

/// A link to a folder is replaced where it points to; any other path is left as it was given.
fn followed(target: &Path) -> PathBuf {
    let is_link = fs::symlink_metadata(target).is_ok_and(|found| found.is_symlink());
    // `..` and `.` at the end have no name that a temporary folder could take.
    match is_link || target.file_name().is_none() {
        true => fs::canonicalize(target).unwrap_or_else(|_| target.to_owned()),
        false => target.to_owned(),
    }
}

/// Makes the folders of `parent` that are missing.
fn make_parents(parent: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let missing = parent
        .ancestors()
        .filter(|path| !path.as_os_str().is_empty() && !path.exists());
    let mut missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
    missing.reverse();
    fs::create_dir_all(parent).map_err(unwritable(parent))?;
    Ok(missing)
}

/// Whether run `run` may be put at `target`.
fn check_free(target: &Path, run: &str) -> Result<(), FolderError> {
    let metadata = match fs::symlink_metadata(target) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(unwritable(target)(source)),
    };
    if !metadata.is_dir() {
        return Err(FolderError::IsFile(target.to_owned()));
    }
    let foreign = |found: String| FolderError::Foreign {
        path: target.to_owned(),
        found,
    };
    let Some(its) = read_manifest(&target.join(MANIFEST)) else {
        let first = files_below(target, 1).map_err(unwritable(target))?;
        return match first.is_empty() {
            true => Ok(()),
            false => Err(foreign("it has no manifest.json of a run".to_owned())),
        };
    };
    if its.run != run {
        let its_run = its.run;
        return Err(foreign(format!(
            "it holds run {its_run}, this is run {run}"
        )));
    }
    let present = files_below(target, usize::MAX).map_err(unwritable(target))?;
    match present
        .iter()
        .find(|file| *file != MANIFEST && *file != PAGE && !its.files.contains(file))
    {
        Some(file) => Err(foreign(format!("the run did not write {file}"))),
        None => Ok(()),
    }
}

/// What a manifest says of its folder.
struct Held {
    run: String,
    files: Vec<String>,
    complete: bool,
}

/// Whether a folder holds a run that was played to its end.
pub fn is_complete(folder: &Path) -> bool {
    read_manifest(&folder.join(MANIFEST)).is_some_and(|it| it.complete)
}

fn read_manifest(path: &Path) -> Option<Held> {
    let manifest: Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let files = manifest.get("files")?.as_array()?.iter();
    let names = files.filter_map(|file| Some(file.get("name")?.as_str()?.to_owned()));
    Some(Held {
        run: manifest.get("run")?.as_str()?.to_owned(),
        files: names.collect(),
        complete: manifest.get("complete").and_then(Value::as_bool) == Some(true),
    })
}

/// Files below a folder, `max` at most, as paths with `/`, sorted; an empty folder counts as
/// nothing.
fn files_below(folder: &Path, max: usize) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    let mut open = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = open.pop() {
        for entry in fs::read_dir(&path)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                open.push((entry.path(), format!("{name}/")));
            } else {
                files.push(name);
                if max <= files.len() {
                    return Ok(files);
                }
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(run: &str, files: &[&str]) -> Vec<u8> {
        let files: Vec<Value> = files
            .iter()
            .map(|name| serde_json::json!({ "name": name }))
            .collect();
        serde_json::to_vec(&serde_json::json!({ "run": run, "files": files })).unwrap()
    }

    fn write_run(target: &Path, run: &str, text: &str) -> Result<Placed, WriteError> {
        let folder = RunFolder::open(target, run)?;
        folder.write("charts/a.svg", text.as_bytes())?;
        folder.write(MANIFEST, &manifest(run, &["charts/a.svg"]))?;
        Ok(folder.put_in_place(run, true)?)
    }

    fn entries(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = names
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_run_is_put_in_place_and_nothing_else_is_left() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("results/web/abc");
        let placed = write_run(&target, "abc", "1").unwrap();
        assert!(!placed.replaced);
        assert_eq!(entries(&home.path().join("results/web")), ["abc"]);
        assert_eq!(fs::read(target.join("charts/a.svg")).unwrap(), b"1");
    }

    #[test]
    fn the_same_run_replaces_its_own_folder_and_an_empty_one_is_taken() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("abc");
        fs::create_dir(&target).unwrap();
        assert!(!write_run(&target, "abc", "1").unwrap().replaced);
        assert!(write_run(&target, "abc", "2").unwrap().replaced);
        assert_eq!(fs::read(target.join("charts/a.svg")).unwrap(), b"2");
        assert_eq!(entries(home.path()), ["abc"]);
    }

    #[test]
    fn a_full_disk_is_said_right_whether_or_not_an_earlier_run_is_there() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let said = unwritable(Path::new("results/web/abc/usage.csv"))(full).to_string();
        assert_eq!(
            said,
            "can't write to results/web/abc/usage.csv: the disk is full; nothing new is left \
             there, and what was there before is as it was. Free some space, name another place \
             with --out, or record less (record: summary)"
        );
    }

    #[test]
    fn nothing_that_is_not_this_runs_own_is_touched() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("abc");
        write_run(&target, "abc", "1").unwrap();
        let other = RunFolder::open(&target, "def").unwrap_err().to_string();
        assert!(
            other.contains("it holds run abc, this is run def"),
            "{other}"
        );
        fs::write(target.join("charts/mine.txt"), "notes").unwrap();
        let edited = RunFolder::open(&target, "abc").unwrap_err().to_string();
        assert!(
            edited.contains("the run did not write charts/mine.txt"),
            "{edited}"
        );
        fs::write(home.path().join("file"), "").unwrap();
        let file = RunFolder::open(&home.path().join("file"), "abc").unwrap_err();
        assert!(matches!(file, FolderError::IsFile(_)));
        assert_eq!(entries(home.path()), ["abc", "file"]);
    }

    #[test]
    fn a_run_that_is_not_finished_leaves_no_trace() {
        let home = tempfile::tempdir().unwrap();
        let folder = RunFolder::open(&home.path().join("results/web/abc"), "abc").unwrap();
        folder.write("usage.csv", b"half").unwrap();
        drop(folder);
        assert!(entries(home.path()).is_empty());
    }

    #[test]
    fn a_folder_below_a_file_is_refused_before_the_run() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("file"), "").unwrap();
        let error = RunFolder::open(&home.path().join("file/abc"), "abc").unwrap_err();
        assert!(matches!(error, FolderError::Unwritable { .. }), "{error}");
    }
}
