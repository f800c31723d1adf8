//! Reads the folder of a finished run again: its manifest, and whether its files still are what the
//! run wrote.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::folder::MANIFEST;
use super::manifest::{FORMAT_VERSION, FileHash, Manifest};

/// The resolved scenario of a run's folder.
pub const SCENARIO: &str = "scenario.yaml";

/// A run's folder whose inputs are those that its manifest names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FinishedRun {
    /// The folder.
    pub path: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// Files beside the inputs that are gone, or are not as the run wrote them.
    pub changed: Vec<String>,
}

/// Why a folder can't be read as a run's.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing is there.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
    /// It is a file.
    #[error("{} is a file; name the run's folder", .0.display())]
    IsFile(PathBuf),
    /// It is the folder of a sweep.
    #[error(
        "{} is the folder of a sweep, whose runs leave no folders of their own; play the one cell \
         with `fleetcast run` and --set",
        .0.display()
    )]
    IsSweep(PathBuf),
    /// It is the folder of something else that plays a scenario often.
    #[error(
        "{} is the folder of a {kind}, whose runs leave no folders of their own; play one with \
         `fleetcast run`",
        .path.display()
    )]
    IsNoRun {
        /// The folder.
        path: PathBuf,
        /// What it is, as its manifest says.
        kind: String,
    },
    /// It holds no manifest.
    #[error("{} is not the folder of a run: it has no {MANIFEST}", .0.display())]
    NoManifest(PathBuf),
    /// Its manifest can't be read.
    #[error("can't read {}: {problem}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
    /// Its format is one that this program does not know.
    #[error(
        "{} has format {found} (fleetcast {version} wrote it), this program reads {FORMAT_VERSION}",
        .path.display()
    )]
    OtherFormat {
        /// The folder.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The program that wrote it.
        version: String,
    },
    /// What it was played from is no longer there.
    #[error(
        "{} is not what the run was played from ({what}); restore it, or play the scenario again",
        .path.display()
    )]
    InputChanged {
        /// The scenario or the trace.
        path: PathBuf,
        /// Whether it is gone or changed.
        what: &'static str,
    },
    /// Files of the results are not as the run wrote them.
    #[error(
        "{} is not as the run left it: {}; restore it, or play the scenario again",
        .path.display(),
        .files.join(", ")
    )]
    Changed {
        /// The folder.
        path: PathBuf,
        /// The files, each with how it differs.
        files: Vec<String>,
    },
}

impl FinishedRun {
    /// Reads the manifest of the run in `folder` and holds the folder's files to it.
    pub fn open(folder: &Path) -> Result<Self, ReadError> {
        let path = folder.to_owned();
        let kind = fs::metadata(folder).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ReadError::Missing(path.clone()),
            _ => unreadable(folder, &error),
        })?;
        if !kind.is_dir() {
            return Err(ReadError::IsFile(path));
        }
        let manifest = read_manifest(folder)?;
        for input in &manifest.inputs {
            if let Some(what) = difference(folder, input) {
                let path = folder.join(&input.name);
                return Err(ReadError::InputChanged { path, what });
            }
        }
        let is_input = |file: &FileHash| manifest.inputs.iter().any(|i| i.name == file.name);
        let changed = manifest.files.iter().filter(|file| !is_input(file));
        let changed = changed.filter_map(|file| {
            let what = difference(folder, file)?;
            Some(format!("{} ({what})", file.name))
        });
        Ok(FinishedRun {
            changed: changed.collect(),
            path,
            manifest,
        })
    }

    /// Holds all files to the manifest, pictures only to be there.
    ///
    /// # Errors
    /// With the files that are gone or changed.
    pub fn expect_unchanged(&self) -> Result<(), ReadError> {
        match self.changed.is_empty() {
            true => Ok(()),
            false => Err(ReadError::Changed {
                path: self.path.clone(),
                files: self.changed.clone(),
            }),
        }
    }

    /// A file that the run wrote; `None` if it wrote none of this name.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn file(&self, name: &str) -> Result<Option<Vec<u8>>, ReadError> {
        if self.manifest.files.iter().all(|file| file.name != name) {
            return Ok(None);
        }
        let path = self.path.join(name);
        let bytes = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
        Ok(Some(bytes))
    }

    /// The same, read as it goes: series of a large run are gigabytes.
    ///
    /// # Errors
    /// If it can't be opened.
    pub fn reader(&self, name: &str) -> Result<Option<impl Read>, ReadError> {
        if self.manifest.files.iter().all(|file| file.name != name) {
            return Ok(None);
        }
        let path = self.path.join(name);
        let file = File::open(&path).map_err(|error| unreadable(&path, &error))?;
        Ok(Some(file))
    }

    /// The scenario that it was played from.
    pub fn scenario(&self) -> PathBuf {
        self.path.join(SCENARIO)
    }
}

fn read_manifest(folder: &Path) -> Result<Manifest, ReadError> {
    let path = folder.join(MANIFEST);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ReadError::NoManifest(folder.to_owned()));
        }
        Err(error) => return Err(unreadable(&path, &error)),
    };
    // The format first: another one may have other keys.
    let value: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|error| unreadable(&path, &error))?;
    if !value.is_object() {
        let problem = "it holds no object of names and values as a run writes it; restore it, or \
                       play the scenario again";
        return Err(unreadable(&path, &problem));
    }
    match value.get("kind").and_then(serde_json::Value::as_str) {
        None => {}
        Some("sweep") => return Err(ReadError::IsSweep(folder.to_owned())),
        Some(kind) => {
            return Err(ReadError::IsNoRun {
                path: folder.to_owned(),
                kind: kind.to_owned(),
            });
        }
    }
    let format = value.get("format").and_then(serde_json::Value::as_u64);
    if let Some(found) = format
        && found != u64::from(FORMAT_VERSION)
    {
        let version = value.get("fleetcast").and_then(serde_json::Value::as_str);
        return Err(ReadError::OtherFormat {
            path: folder.to_owned(),
            found: u32::try_from(found).unwrap_or(u32::MAX),
            version: version.unwrap_or("of an unknown version").to_owned(),
        });
    }
    serde_json::from_value(value).map_err(|error| unreadable(&path, &error))
}

pub(super) fn unreadable(path: &Path, problem: &impl ToString) -> ReadError {
    ReadError::Unreadable {
        path: path.to_owned(),
        problem: problem.to_string(),
    }
}

/// How a file differs from what the manifest says; pictures are only to be there.
pub(super) fn difference(folder: &Path, file: &FileHash) -> Option<&'static str> {
    let Ok(text) = File::open(folder.join(&file.name)) else {
        return Some("it is gone");
    };
    let wanted = file.blake3.as_ref()?;
    let mut hasher = blake3::Hasher::new();
    if hasher.update_reader(text).is_err() {
        return Some("it can't be read");
    }
    let found = hasher.finalize().to_hex();
    (*wanted != *found.as_str()).then_some("it was changed")
}
