//! A loaded scenario: from a file, a text, or files that came with a unit of work.

use std::path::PathBuf;
use std::sync::Mutex;

use fleetcast::cli::{inputs, open_folder};
use fleetcast::experiment::run::play;
use fleetcast::report::results::RunInputs;
use fleetcast::scenario::files::Files;
use fleetcast::scenario::{LoadOptions, Loaded, TraceFile, load, load_text};
use fleetcast::simulation::outcome::RunLimits;
use pyo3::prelude::*;

use crate::errors;
use crate::interrupt::interruptible;
use crate::run::PlayedScenario;

/// What a scenario of no file is called in messages and results.
const NAME_OF_TEXT: &str = "scenario";

/// A scenario that may run.
#[pyclass(frozen, module = "fleetcast._native")]
pub(crate) struct Scenario {
    pub(crate) loaded: Loaded,
    pub(crate) options: LoadOptions,
}

#[pymethods]
impl Scenario {
    /// Loads the file `source`, or `source` itself if `is_text`; `files`, paths and bytes, stand in
    /// for the disk.
    #[new]
    #[pyo3(signature = (source, *, is_text, set, seed, strict_prices, files=None, max_cells=None))]
    #[allow(
        clippy::too_many_arguments,
        reason = "the arguments of the Python class, by their names"
    )]
    fn new(
        py: Python<'_>,
        source: &str,
        is_text: bool,
        set: Vec<(String, String)>,
        seed: Option<u64>,
        strict_prices: bool,
        files: Option<Vec<(PathBuf, Vec<u8>)>>,
        max_cells: Option<u64>,
    ) -> PyResult<Self> {
        let path = PathBuf::from(source);
        let base = match is_text {
            true => PathBuf::new(),
            false => path.parent().map(PathBuf::from).unwrap_or_default(),
        };
        let options = LoadOptions {
            set,
            seed,
            strict_prices,
            // Who allows so many cells allows a range of so many values.
            values_max: max_cells,
            base,
            files: files.map_or(Files::Disk, Files::in_memory),
            ..LoadOptions::default()
        };
        let loaded = py.detach(|| match is_text {
            true => load_text(NAME_OF_TEXT, source, &options),
            false => load(&path, &options),
        });
        let loaded = loaded.map_err(|failure| errors::failure(py, &failure))?;
        Ok(Scenario { loaded, options })
    }

    /// Its name.
    #[getter]
    fn name(&self) -> &str {
        &self.loaded.plan.name
    }

    /// Warnings and notes, as text.
    #[getter]
    fn notes(&self) -> String {
        let Loaded {
            diagnostics,
            sources,
            ..
        } = &self.loaded;
        diagnostics.render(sources, false)
    }

    /// Plays it with the draws of `replication`; the folder `place` is opened before, so that
    /// nobody waits for a result that can't be written.
    #[pyo3(signature = (replication, place=None))]
    fn play(
        &self,
        py: Python<'_>,
        replication: u64,
        place: Option<PathBuf>,
    ) -> PyResult<PlayedScenario> {
        let plan = &self.loaded.plan;
        let inputs = self.inputs(replication);
        let name = inputs.run_name(plan.run.seed);
        let folder = place.map(|place| open_folder(&place, &name, &inputs));
        let folder = folder.transpose();
        let folder = folder.map_err(|error| errors::mistake(py, error))?;
        let played = interruptible(py, |cancelled| {
            let limits = RunLimits {
                cancelled,
                ..RunLimits::default()
            };
            play(plan, replication, &limits)
        })?;
        Ok(PlayedScenario {
            plan: plan.clone(),
            inputs,
            played,
            folder: Mutex::new(folder),
        })
    }
}

impl Scenario {
    pub(crate) fn inputs(&self, replication: u64) -> RunInputs {
        inputs(&self.loaded, replication)
    }

    /// All files that it was read from, `traces` among them, as paths and bytes.
    ///
    /// # Errors
    /// If a trace can't be read again.
    pub(crate) fn files(&self, traces: &[TraceFile]) -> std::io::Result<Vec<(PathBuf, Vec<u8>)>> {
        let read = self.loaded.sources.files_read();
        let texts = read.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        let mut files: Vec<(PathBuf, Vec<u8>)> = texts.collect();
        for trace in traces.iter().chain(&self.loaded.trace_files) {
            if !files.iter().any(|(path, _)| *path == trace.path) {
                files.push((trace.path.clone(), std::fs::read(&trace.path)?));
            }
        }
        Ok(files)
    }
}
