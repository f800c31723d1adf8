//! A sweep under way: what is to be played next, what was played, its journal and its folder.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use fleetcast::cli::{Console, begin_journal, open_sweep_folder};
use fleetcast::experiment::analysis::{Analysis, analyse};
use fleetcast::experiment::cell::{Asked, Grid, grid};
use fleetcast::experiment::comparison::{CellResult, compare};
use fleetcast::experiment::pilots::{SweepWarmUp, settle, settle_at};
use fleetcast::experiment::sweep::{
    Conduct, Rounds, RunRow, SweepRuns, play_runs, runs_of, sweep, threads,
};
use fleetcast::report::results::{RunFolder, RunInputs};
use fleetcast::report::sweep_files::{SweepResults, sweep_name};
use fleetcast::report::sweep_journal::{Heading, Journal};
use fleetcast::report::sweep_row;
use fleetcast::simulation::outcome::RunLimits;
use pyo3::prelude::*;

use crate::arrow::Table;
use crate::errors;
use crate::interrupt::interruptible;
use crate::scenario::Scenario;

/// A sweep: the part of whoever asks for it, and of whoever plays units of it.
#[pyclass(frozen, module = "fleetcast._native")]
pub(crate) struct SweepRunner {
    scenario: Py<Scenario>,
    grid: Grid,
    inputs: RunInputs,
    name: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rounds: Rounds,
    rows: BTreeMap<(usize, u32), RunRow>,
    journal: Option<Journal>,
    folder: Option<RunFolder>,
    finished: Option<Finished>,
}

impl State {
    /// Takes a run's row; whether it is new.
    ///
    /// # Errors
    /// If the same run had another result before, or the journal can't be written.
    fn take(&mut self, row: RunRow) -> Result<bool, String> {
        let key = (row.cell, row.replication);
        if let Some(known) = self.rows.get(&key) {
            return match *known == row {
                true => Ok(false),
                false => Err(format!(
                    "replication {} of cell {} was played twice with two results: a machine is \
                     broken, or two versions of fleetcast have the same number",
                    row.replication, row.cell
                )),
            };
        }
        if let Some(journal) = &self.journal {
            journal.add(&row);
            if journal.has_failed() {
                return Err(self.close_journal(false).err().unwrap_or_default());
            }
        }
        self.rows.insert(key, row);
        Ok(true)
    }

    fn close_journal(&mut self, is_finished: bool) -> Result<(), String> {
        let closed = self.journal.take().map(|it| it.close(is_finished));
        closed.transpose().map(drop).map_err(|it| it.to_string())
    }
}

#[pymethods]
impl SweepRunner {
    /// The sweep of a scenario, all its cells checked; the warm-up of its runs found by pilot runs
    /// if it asks for that, unless those of the same sweep found it elsewhere.
    #[new]
    #[pyo3(signature = (scenario, *, replications=None, max_cells=None, warm_up_s=None))]
    fn new(
        py: Python<'_>,
        scenario: Py<Scenario>,
        replications: Option<u32>,
        max_cells: Option<u64>,
        warm_up_s: Option<f64>,
    ) -> PyResult<Self> {
        let Scenario { loaded, options } = scenario.get();
        let asked = Asked {
            replications,
            cells_max: max_cells,
        };
        let grid = interruptible(py, |cancelled| {
            let mut grid = grid(loaded, options, asked)?;
            match warm_up_s {
                Some(warm_up_s) => settle_at(&mut grid, warm_up_s)?,
                None => settle(&mut grid, &limits(cancelled), &|_| ())?,
            }
            Ok(grid)
        })?;
        let grid = grid.map_err(|error| errors::grid(py, &error))?;
        let inputs = scenario.get().inputs(0);
        Ok(SweepRunner {
            name: sweep_name(&loaded.plan, &inputs, &grid),
            scenario,
            grid,
            inputs,
            state: Mutex::default(),
        })
    }

    /// Its name, a hash of all that decides its results.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    /// The warm-up that pilot runs found, seconds; `None` where the sweep asks for none.
    #[getter]
    fn warm_up_s(&self) -> Option<f64> {
        match &self.grid.warm_up {
            Some(SweepWarmUp::Found(found)) => Some(found.warm_up_s),
            Some(SweepWarmUp::Asked(_)) | None => None,
        }
    }

    /// The cells' names.
    #[getter]
    fn cell_names(&self) -> Vec<&str> {
        self.grid.cells.iter().map(|it| it.name.as_str()).collect()
    }

    /// All files that it was read from, as paths and bytes.
    fn files(&self, py: Python<'_>) -> PyResult<Vec<(PathBuf, Vec<u8>)>> {
        let files = self.scenario.get().files(&self.grid.trace_files);
        files.map_err(|error| errors::mistake(py, format!("can't read a trace again: {error}")))
    }

    /// Opens the folder `place` and the journal beside it; what is to be said of an earlier sweep.
    fn begin(&self, py: Python<'_>, place: PathBuf, resume: bool) -> PyResult<String> {
        let heading = Heading {
            sweep: self.name.clone(),
            version: self.inputs.version.to_owned(),
            measures: self.grid.measures.len(),
        };
        let folder = open_sweep_folder(&place, &self.name, &self.inputs);
        let folder = folder.map_err(|error| errors::mistake(py, error))?;
        let mut said = Vec::new();
        let mut console = Console::plain(std::io::sink(), &mut said);
        let begun = begin_journal(&self.grid, (&place, &heading), resume, &mut console);
        let (journal, known) = begun.map_err(|stop| errors::mistake(py, stop))?;
        drop(console);
        let mut state = self.state();
        let known = known
            .into_iter()
            .map(|row| ((row.cell, row.replication), row));
        state.rows.extend(known);
        (state.folder, state.journal) = (Some(folder), Some(journal));
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    /// The runs of the next round that are not known yet, as (cell, replication); `None` when the
    /// sweep is over.
    fn next_round(&self) -> Option<Vec<(usize, u32)>> {
        let mut state = self.state();
        let rows: Vec<RunRow> = state.rows.values().cloned().collect();
        let (cells, replications) = state.rounds.next(&self.grid, &rows)?;
        let is_open = |run: &(usize, u32)| !state.rows.contains_key(run);
        Some(runs_of(&cells, replications).filter(is_open).collect())
    }

    /// Plays some runs, the common past of those that share one once; their lines, and the seconds
    /// that each took.
    fn play(&self, py: Python<'_>, runs: Vec<(usize, u32)>) -> PyResult<(String, Vec<f64>)> {
        let fits = |(cell, _): &(usize, u32)| *cell < self.grid.cells.len();
        if !runs.iter().all(fits) {
            return Err(errors::mistake(py, "there is no such cell"));
        }
        interruptible(py, |cancelled| {
            let mut played: BTreeMap<(usize, u32), (String, f64)> = BTreeMap::new();
            let mut clock = wall_clock();
            play_runs(&self.grid, &runs, &limits(cancelled), |rows| {
                // What runs have in common is shared out among them.
                let each = clock.elapsed().as_secs_f64() / rows.len().max(1) as f64;
                for row in rows {
                    let key = (row.cell, row.replication);
                    played.insert(key, (sweep_row::line(&row), each));
                }
                clock = wall_clock();
            });
            let in_order = runs.iter().filter_map(|run| played.remove(run));
            in_order.unzip()
        })
    }

    /// Takes the lines of played runs; how many of them are new. Nothing is counted twice.
    fn take(&self, py: Python<'_>, lines: &str) -> PyResult<usize> {
        let measures = self.grid.measures.len();
        let mut state = self.state();
        let mut new = 0;
        for line in lines.lines() {
            let row = sweep_row::row(line, measures);
            let row = row.ok_or_else(|| errors::mistake(py, "a run's line is damaged"))?;
            let taken = state.take(row);
            new += usize::from(taken.map_err(|error| errors::mistake(py, error))?);
        }
        Ok(new)
    }

    /// Plays all that is left on this machine's threads; without `jobs` one for each processor.
    #[pyo3(signature = (jobs=None))]
    fn play_here(&self, py: Python<'_>, jobs: Option<usize>) -> PyResult<()> {
        let pool = threads(jobs).map_err(|error| errors::mistake(py, error))?;
        let known: Vec<RunRow> = self.state().rows.values().cloned().collect();
        let failed = Mutex::new(None);
        let runs = interruptible(py, |cancelled| {
            let on_run = |_: &_, row: &RunRow| {
                if let Err(error) = self.state().take(row.clone()) {
                    let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                    failed.get_or_insert(error);
                    cancelled.store(true, Ordering::Relaxed);
                }
            };
            let conduct = Conduct {
                pool: &pool,
                limits: &limits(cancelled),
                known: &known,
                shard: None,
                on_run: &on_run,
                on_round: &|_| (),
            };
            sweep(&self.grid, &conduct)
        })?;
        if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(errors::mistake(py, error));
        }
        self.state().finished = Some(Finished::of(&self.grid, runs));
        Ok(())
    }

    /// Compares the cells, and writes the folder if one was opened; where it stands.
    fn finish(&self, py: Python<'_>, charts: bool) -> PyResult<Option<PathBuf>> {
        let finished = py.detach(|| self.finished(charts));
        finished.map_err(|error| errors::mistake(py, error))
    }

    /// Leaves the sweep unfinished: its journal stays, for whoever goes on with it.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        let mut state = self.state();
        // The folder's lock covers the journal: given back after it is closed.
        let closed = state.close_journal(false);
        state.folder = None;
        closed.map_err(|error| errors::mistake(py, error))
    }

    /// Whether all runs were played to their ends.
    #[getter]
    fn complete(&self) -> bool {
        let state = self.state();
        state.finished.as_ref().is_some_and(|it| it.runs.complete)
    }

    /// `runs.csv` as a table.
    fn runs(&self, py: Python<'_>) -> PyResult<Table> {
        self.with_results(py, |results| results.runs_table().map(Table::new))?
            .map_err(|error| errors::mistake(py, error))?
    }

    /// `cells.csv` as a table.
    fn cells(&self, py: Python<'_>) -> PyResult<Table> {
        self.with_results(py, |results| results.cells_table().map(Table::new))?
            .map_err(|error| errors::mistake(py, error))?
    }

    /// The content of `cells.json`.
    fn cells_json(&self, py: Python<'_>) -> PyResult<String> {
        self.with_results(py, |results| results.cells_json().to_string())
    }
}

/// A finished sweep's runs and what they say.
struct Finished {
    runs: SweepRuns,
    cells: Vec<CellResult>,
    analysis: Analysis,
}

impl Finished {
    fn of(grid: &Grid, runs: SweepRuns) -> Self {
        let cells = compare(grid, &runs);
        Finished {
            analysis: analyse(grid, &runs, &cells),
            runs,
            cells,
        }
    }
}

impl SweepRunner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finished(&self, charts: bool) -> Result<Option<PathBuf>, String> {
        let mut state = self.state();
        if state.finished.is_none() {
            let rows = std::mem::take(&mut state.rows).into_values().collect();
            let runs = SweepRuns::new(&self.grid, rows, state.rounds.asked());
            state.finished = Some(Finished::of(&self.grid, runs));
        }
        let mut folder = state.folder.take();
        // Until the journal is gone too.
        let _alone = folder.as_mut().and_then(RunFolder::keep_alone);
        let Some(finished) = &state.finished else {
            return Ok(None);
        };
        let (results, is_complete) = (self.results(finished, charts), finished.runs.complete);
        let placed = folder.map(|folder| results.write(folder));
        let placed = placed.transpose().map_err(|error| error.to_string())?;
        state.close_journal(is_complete)?;
        Ok(placed.map(|placed| placed.path))
    }

    fn results<'a>(&'a self, finished: &'a Finished, with_charts: bool) -> SweepResults<'a> {
        SweepResults {
            plan: &self.scenario.get().loaded.plan,
            inputs: &self.inputs,
            grid: &self.grid,
            runs: &finished.runs,
            cells: &finished.cells,
            analysis: &finished.analysis,
            with_charts,
        }
    }

    fn with_results<T>(
        &self,
        py: Python<'_>,
        of: impl FnOnce(&SweepResults<'_>) -> T,
    ) -> PyResult<T> {
        let state = self.state();
        match &state.finished {
            Some(finished) => Ok(of(&self.results(finished, false))),
            None => Err(errors::mistake(py, "the sweep is not finished")),
        }
    }
}

fn limits(cancelled: &'static AtomicBool) -> RunLimits {
    RunLimits {
        cancelled,
        ..RunLimits::default()
    }
}

/// How long a run took decides how much a unit of work holds, and reaches no result.
#[allow(
    clippy::disallowed_methods,
    reason = "sizes units of work; reaches no result"
)]
fn wall_clock() -> Instant {
    Instant::now()
}
