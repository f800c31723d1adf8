//! The folder of a run: what it holds, how it gets its name, and how it comes to stand there whole.
//!
//! `docs/results.md` describes every file, column and unit for its readers.

use std::path::{Path, PathBuf};

use crate::experiment::run::PlayedRun;
use crate::scenario::plan::Plan;

pub mod charts;
pub mod files;
pub mod folder;
pub mod manifest;
mod output;
pub mod reader;
pub mod summary;
pub mod sweep_reader;
mod whole;

pub use folder::{FolderError, Placed, RunFolder};
pub use manifest::{FORMAT_VERSION, FileHash, Manifest, RunInputs, TraceCopy};
pub use reader::{FinishedRun, ReadError};
pub use sweep_reader::FinishedSweep;
pub use whole::write_whole;

/// Why a run could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The folder or a file in it.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A trace that is no more what was loaded.
    #[error("{} changed while it was read; run the command again", .0.display())]
    ChangedTrace(PathBuf),
    /// A table or a picture that can't be made; a defect of ours.
    #[error("can't write {name}: {problem}")]
    Table {
        /// The file.
        name: String,
        /// What went wrong.
        problem: String,
    },
}

/// A played run with everything that its files say.
#[derive(Clone, Copy, Debug)]
pub struct Results<'a> {
    /// What was played.
    pub plan: &'a Plan,
    /// What it was made from.
    pub inputs: &'a RunInputs,
    /// What came out.
    pub played: &'a PlayedRun,
    /// Whether charts are drawn.
    pub with_charts: bool,
}

/// The folder of a run below the folder of all results: `<scenario>/<run>`.
pub fn default_place(results: &Path, plan: &Plan, inputs: &RunInputs) -> std::path::PathBuf {
    results
        .join(&plan.name)
        .join(inputs.run_name(plan.run.seed))
}

impl Results<'_> {
    /// The run's name.
    pub fn run_name(&self) -> String {
        self.inputs.run_name(self.plan.run.seed)
    }

    /// Writes all files into `folder`, which has the traces already, and puts it in its place.
    pub fn write(&self, folder: RunFolder) -> Result<Placed, WriteError> {
        let (files, pictures) = rayon::join(
            || files::write(self, &folder),
            || match self.with_charts {
                true => charts::pictures(self),
                false => Ok(Vec::new()),
            },
        );
        let mut files = files?;
        for picture in pictures? {
            files.push(folder.write(&picture.name, &picture.bytes)?);
        }
        files.extend(self.inputs.trace_hashes());
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let manifest = manifest::manifest(self, files);
        folder.write(folder::MANIFEST, &files::json_bytes(&manifest))?;
        Ok(folder.put_in_place(&self.run_name(), self.played.is_complete())?)
    }
}
