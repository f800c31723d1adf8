//! A sweep's runs, spread over threads; what comes back stands in the order of cells and
//! replications, whoever was done first.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::cell::{Cell, Grid};
use super::measure::{Measure, measures};
use super::run::{play, prepare_tables};
use crate::simulation::outcome::{RunEnd, RunLimits};

/// What is kept of a run.
#[derive(Clone, PartialEq, Debug)]
pub struct RunRow {
    /// The cell's index.
    pub cell: usize,
    /// Which of its replications.
    pub replication: u32,
    /// Each measure's value.
    pub values: Vec<Option<f64>>,
    /// Whether each objective held; `None` where there was nothing to judge.
    pub held: Vec<Option<bool>>,
    /// Events played.
    pub events: u64,
    /// The hash of the sequence of events: equal for runs that went the same way.
    pub event_hash: u64,
    /// Why it ended.
    pub end: RunEnd,
    /// What a reader of its numbers should know; kept of a cell's first replication only.
    pub caveats: Vec<String>,
}

impl RunRow {
    /// Whether the run went to its end.
    pub fn is_complete(&self) -> bool {
        self.end == RunEnd::Horizon
    }
}

/// What a sweep left.
#[derive(Clone, PartialEq, Debug)]
pub struct SweepRuns {
    /// What each row's values are.
    pub measures: Vec<Measure>,
    /// The runs by cell, then replication.
    pub rows: Vec<RunRow>,
    /// Whether all runs were played to their ends.
    pub complete: bool,
}

/// Threads for a sweep; without `jobs` one for each processor.
///
/// # Errors
/// If the system refuses to make threads.
pub fn threads(jobs: Option<usize>) -> Result<ThreadPool, rayon::ThreadPoolBuildError> {
    ThreadPoolBuilder::new()
        .num_threads(jobs.unwrap_or(0))
        .build()
}

/// Plays all runs of the grid. A replication has the same draws in every cell (common random
/// numbers). `on_run` is told of every run that ended, with its cell. Runs that `limits` cancelled
/// are left out.
pub fn sweep(
    grid: &Grid,
    pool: &ThreadPool,
    limits: &RunLimits,
    on_run: &(dyn Fn(&Cell) + Sync),
) -> SweepRuns {
    pool.install(|| {
        let cells = grid.cells.par_iter();
        cells.for_each(|cell| prepare_tables(&cell.plan));
    });
    let measures = measures(grid.cells.iter().map(|cell| &cell.plan));
    let cells = grid.cells.len();
    let runs = cells * grid.replications as usize;
    let next = AtomicUsize::new(0);
    // Replication by replication, so that a sweep that is cut short has compared all cells alike;
    // each thread takes the next run, so that none idles while there is work.
    let work = |_: rayon::BroadcastContext<'_>| {
        let mut rows = Vec::new();
        loop {
            let run = next.fetch_add(1, Ordering::Relaxed);
            if runs <= run || limits.cancelled.load(Ordering::Relaxed) {
                return rows;
            }
            let (replication, cell) = (run / cells, run % cells);
            let row = row(grid, (cell, replication as u32), &measures, limits);
            if row.end != RunEnd::Cancelled {
                on_run(&grid.cells[cell]);
                rows.push(row);
            }
        }
    };
    let mut rows: Vec<RunRow> = pool.broadcast(work).into_iter().flatten().collect();
    rows.sort_by_key(|row| (row.cell, row.replication));
    let complete = rows.len() == runs && rows.iter().all(RunRow::is_complete);
    SweepRuns {
        measures,
        rows,
        complete,
    }
}

fn row(
    grid: &Grid,
    (cell, replication): (usize, u32),
    measures: &[Measure],
    limits: &RunLimits,
) -> RunRow {
    let plan = &grid.cells[cell].plan;
    let played = play(plan, u64::from(replication), limits);
    RunRow {
        cell,
        replication,
        values: measures.iter().map(|it| it.kind.of(&played)).collect(),
        held: played.objectives.iter().map(|it| it.held).collect(),
        events: played.outcome.events,
        event_hash: played.outcome.event_hash,
        end: played.outcome.end,
        caveats: match replication {
            0 => played.caveats,
            _ => Vec::new(),
        },
    }
}
