//! A played run: its numbers, its tables, its folder.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use fleetcast::cli::open_folder;
use fleetcast::experiment::run::PlayedRun;
use fleetcast::report::results::{Results, RunFolder, RunInputs, summary};
use fleetcast::report::run_tables;
use fleetcast::scenario::plan::Plan;
use pyo3::prelude::*;

use crate::arrow::Table;
use crate::errors;

/// A played run.
#[pyclass(frozen, module = "fleetcast._native")]
pub(crate) struct PlayedScenario {
    pub(crate) plan: Plan,
    pub(crate) inputs: RunInputs,
    pub(crate) played: PlayedRun,
    /// The folder that was opened before it was played.
    pub(crate) folder: Mutex<Option<RunFolder>>,
}

impl PlayedScenario {
    fn results(&self, with_charts: bool) -> Results<'_> {
        Results {
            plan: &self.plan,
            inputs: &self.inputs,
            played: &self.played,
            with_charts,
        }
    }
}

#[pymethods]
impl PlayedScenario {
    /// The content of `summary.json`.
    fn summary_json(&self) -> String {
        summary::summary(&self.results(false)).to_string()
    }

    /// The table of a file's name without its ending; `None` where the run has none.
    fn table(&self, py: Python<'_>, name: &str) -> PyResult<Option<Table>> {
        let table = py.detach(|| run_tables::table(&self.results(false), name));
        let table = table.map_err(|error| errors::mistake(py, error))?;
        table.map(Table::new).transpose()
    }

    /// Writes the run's folder to `place`, or to the folder that was opened before it was played;
    /// where it stands.
    fn write(&self, py: Python<'_>, place: PathBuf, charts: bool) -> PyResult<PathBuf> {
        let results = self.results(charts);
        let mut opened = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = opened.take();
        let placed = py.detach(|| match opened {
            Some(folder) => results.write(folder),
            None => results.write(open_folder(&place, &results.run_name(), &self.inputs)?),
        });
        let placed = placed.map_err(|error| errors::mistake(py, error))?;
        Ok(placed.path)
    }
}
