//! Reads the folder of a finished sweep again: its manifest, and whether its files still are what
//! the sweep wrote.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::folder::MANIFEST;
use super::manifest::{DefaultRecord, FORMAT_VERSION, FileHash};
use super::reader::{ReadError, SCENARIO, difference, unreadable};

/// A sweep's folder whose files are those that its manifest names.
#[derive(Clone, PartialEq, Debug)]
pub struct FinishedSweep {
    /// The folder.
    pub path: PathBuf,
    /// What `manifest.json` says.
    pub manifest: Value,
}

impl FinishedSweep {
    /// Whether `folder` has a manifest that calls it a sweep's.
    pub fn is_at(folder: &Path) -> bool {
        let bytes = fs::read(folder.join(MANIFEST)).unwrap_or_default();
        serde_json::from_slice(&bytes).is_ok_and(|manifest: Value| manifest["kind"] == "sweep")
    }

    /// Reads the manifest of the sweep in `folder` and holds the folder's files to it.
    ///
    /// # Errors
    /// If it can't be read, or a file of it is gone or changed.
    pub fn open(folder: &Path) -> Result<Self, ReadError> {
        let path = folder.join(MANIFEST);
        let bytes = fs::read(&path).map_err(|_| ReadError::NoManifest(folder.to_owned()))?;
        let manifest: Value =
            serde_json::from_slice(&bytes).map_err(|error| unreadable(&path, &error))?;
        let format = manifest["format"].as_u64();
        if format != Some(u64::from(FORMAT_VERSION)) {
            let version = manifest["fleetcast"].as_str();
            return Err(ReadError::OtherFormat {
                path: folder.to_owned(),
                found: format.map_or(0, |it| u32::try_from(it).unwrap_or(u32::MAX)),
                version: version.unwrap_or("of an unknown version").to_owned(),
            });
        }
        let files: Vec<FileHash> = serde_json::from_value(manifest["files"].clone())
            .map_err(|error| unreadable(&path, &error))?;
        let changed = files.iter().filter_map(|file| {
            let what = difference(folder, file)?;
            Some(format!("{} ({what})", file.name))
        });
        let changed: Vec<String> = changed.collect();
        if !changed.is_empty() {
            return Err(ReadError::Changed {
                path: folder.to_owned(),
                files: changed,
            });
        }
        Ok(FinishedSweep {
            path: folder.to_owned(),
            manifest,
        })
    }

    /// A text of the manifest; empty if there is none.
    pub fn text(&self, key: &str) -> &str {
        self.manifest[key].as_str().unwrap_or("")
    }

    /// The defaults that applied.
    pub fn defaults(&self) -> Vec<DefaultRecord> {
        serde_json::from_value(self.manifest["defaults"].clone()).unwrap_or_default()
    }

    /// `cells.json`
    ///
    /// # Errors
    /// If it can't be read.
    pub fn cells(&self) -> Result<Value, ReadError> {
        let path = self.path.join("cells.json");
        let bytes = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
        serde_json::from_slice(&bytes).map_err(|error| unreadable(&path, &error))
    }

    /// The scenario that it was played from.
    pub fn scenario(&self) -> PathBuf {
        self.path.join(SCENARIO)
    }
}
