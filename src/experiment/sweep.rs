//! A sweep's runs, spread over threads; what comes back stands in the order of cells and
//! replications, whoever was done first.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::cell::{Cell, Grid};
use super::comparison::mean;
use super::futures::play_futures;
use super::measure::Measure;
use super::pilots::SweepWarmUp;
use super::run::{PlayedRun, prepare_tables};
use crate::engine::SimTime;
use crate::scenario::plan::Plan;
use crate::scenario::sweep::Replications;
use crate::simulation::outcome::{RunEnd, RunLimits};

/// Replications of a round: between rounds a sweep looks whether its intervals are narrow enough.
pub const ROUND: u32 = 10;

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
    /// How many runs there were to be.
    pub asked: usize,
    /// Whether all runs were played to their ends.
    pub complete: bool,
}

impl SweepRuns {
    /// The runs of a sweep in their order, of so many that there were to be.
    pub fn new(grid: &Grid, mut rows: Vec<RunRow>, asked: usize) -> Self {
        rows.sort_by_key(|row| (row.cell, row.replication));
        SweepRuns {
            measures: grid.measures.clone(),
            complete: rows.len() == asked && rows.iter().all(RunRow::is_complete),
            rows,
            asked,
        }
    }
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

/// How a sweep is played and who is told.
#[derive(Clone, Copy)]
pub struct Conduct<'a> {
    /// Who plays.
    pub pool: &'a ThreadPool,
    /// When to give up.
    pub limits: &'a RunLimits,
    /// Runs that were played before; these are taken as they are.
    pub known: &'a [RunRow],
    /// The slice to play; without one all runs are.
    pub shard: Option<Shard>,
    /// Is told of every run that ended, with its cell.
    pub on_run: &'a (dyn Fn(&Cell, &RunRow) + Sync),
    /// Is told how many more runs are to be played, before each round.
    pub on_round: &'a (dyn Fn(usize) + Sync),
}

/// One slice of a sweep, for one machine of many.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Shard {
    /// Which one, from 1 on.
    pub index: u32,
    /// How many there are.
    pub count: u32,
}

impl Shard {
    /// Whether a run belongs to it: runs are dealt in turn, replication by replication, so that
    /// slices are alike.
    pub fn holds(self, grid: &Grid, (cell, replication): (usize, u32)) -> bool {
        let unit = u64::from(replication) * grid.cells.len() as u64 + cell as u64;
        unit % u64::from(self.count) == u64::from(self.index) - 1
    }
}

/// Plays all runs of the grid. A replication has the same draws in every cell (common random
/// numbers). Runs that `limits` cancelled are left out.
///
/// Where intervals are to be narrow, each cell goes on in rounds of [`ROUND`] replications, and is
/// looked at between them only: what is played does not depend on who is done first.
///
/// # Panics
/// If the grid asks for pilot runs that nobody has played ([`super::pilots::settle`]).
pub fn sweep(grid: &Grid, conduct: &Conduct<'_>) -> SweepRuns {
    let is_settled = !matches!(grid.warm_up, Some(SweepWarmUp::Asked(_)));
    assert!(
        is_settled,
        "pilot runs find the warm-up before others are played"
    );
    conduct.pool.install(|| {
        let cells = grid.cells.par_iter();
        cells.for_each(|cell| prepare_tables(&cell.plan));
    });
    let mut rounds = Rounds::default();
    let mut rows = Vec::new();
    while let Some((cells, replications)) = rounds.next(grid, &rows) {
        rows.extend(round(grid, (&cells, replications), conduct));
        // Sums of the same values in another order have other last digits.
        rows.sort_by_key(|row: &RunRow| (row.cell, row.replication));
        // A slice knows its own runs only: it has no say in how many more are needed.
        if conduct.shard.is_some() || is_cancelled(conduct) {
            break;
        }
    }
    let mut asked = rounds.asked;
    if let Some(shard) = conduct.shard {
        let cells = grid.cells.len();
        let unit = |run: usize| (run % cells, (run / cells) as u32);
        asked = (0..asked)
            .filter(|run| shard.holds(grid, unit(*run)))
            .count();
    }
    SweepRuns::new(grid, rows, asked)
}

/// Which runs a sweep plays next: every cell as often as is asked at least, then round by round the
/// cells whose interval is still too wide. Whoever plays them, in whatever order, is asked for the
/// same ones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rounds {
    /// Replications of the cells that went on all along.
    played: u32,
    /// Runs that were asked for so far.
    asked: usize,
}

impl Rounds {
    /// The next round's cells and replications, judged by the runs of all rounds before; `None`
    /// when no more are needed.
    pub fn next(&mut self, grid: &Grid, rows: &[RunRow]) -> Option<(Vec<usize>, Range<u32>)> {
        let Replications {
            at_least, at_most, ..
        } = grid.replications;
        let (cells, until) = match self.played {
            0 => ((0..grid.cells.len()).collect(), at_least),
            played if at_most <= played => return None,
            played => (unsure(grid, rows, played), (played + ROUND).min(at_most)),
        };
        if cells.is_empty() {
            return None;
        }
        let replications = self.played..until;
        self.asked += cells.len() * replications.len();
        self.played = until;
        Some((cells, replications))
    }

    /// Runs of all rounds so far.
    pub fn asked(&self) -> usize {
        self.asked
    }
}

/// The runs of a round, replication by replication, so that a sweep that is cut short has compared
/// all cells alike: cells and replications.
pub fn runs_of(cells: &[usize], replications: Range<u32>) -> impl Iterator<Item = (usize, u32)> {
    replications.flat_map(move |replication| cells.iter().map(move |cell| (*cell, replication)))
}

pub(super) fn is_cancelled(conduct: &Conduct<'_>) -> bool {
    conduct.limits.cancelled.load(Ordering::Relaxed)
}

/// The cells of which an interval is too wide after so many replications, and the baseline with
/// them: a difference needs both. `rows` stand in the order of cells and replications, so that sums
/// do not depend on who was done first, and the interval is the one that the results say.
fn unsure(grid: &Grid, rows: &[RunRow], played: u32) -> Vec<usize> {
    let Some(until) = &grid.replications.until else {
        return Vec::new();
    };
    let named = |measure: &Measure| measure.name == until.measure;
    let Some(measure) = grid.measures.iter().position(named) else {
        return Vec::new();
    };
    let is_unsure = |rows: &&[RunRow]| {
        let interval = mean(rows, (&grid.measures[measure], measure));
        let half_width = interval.and_then(|it| Some((it.mean, it.half_width?)));
        let narrow = half_width.is_some_and(|(mean, half)| until.within.is_met(mean, half));
        let last = rows.last().map_or(0, |row| row.replication + 1);
        // A cell that was sure once is done; one without values will never be.
        last == played && !narrow && interval.is_some()
    };
    let of_cells = rows.chunk_by(|a, b| a.cell == b.cell);
    let mut cells: Vec<usize> = of_cells
        .filter(is_unsure)
        .map(|rows| rows[0].cell)
        .collect();
    if !cells.is_empty() && until.all_together {
        return (0..grid.cells.len()).collect();
    }
    if !cells.is_empty() && !cells.contains(&grid.baseline) {
        cells.push(grid.baseline);
        cells.sort_unstable();
    }
    cells
}

/// Plays a stretch of replications of some cells.
pub(super) fn round(
    grid: &Grid,
    (cells, replications): (&[usize], Range<u32>),
    conduct: &Conduct<'_>,
) -> Vec<RunRow> {
    let key = |row: &RunRow| (row.cell, row.replication);
    let known: BTreeMap<(usize, u32), &RunRow> =
        conduct.known.iter().map(|row| (key(row), row)).collect();
    let (mut rows, mut open) = (Vec::new(), Vec::new());
    for run in runs_of(cells, replications) {
        match known.get(&run) {
            _ if conduct.shard.is_some_and(|shard| !shard.holds(grid, run)) => {}
            Some(row) => rows.push((*row).clone()),
            None => open.push(run),
        }
    }
    (conduct.on_round)(open.len());
    rows.extend(play_all(grid, &open, conduct));
    rows
}

/// Plays runs; each thread takes the next ones, so that none idles while there is work. Runs of one
/// replication whose cells share a past are taken together.
fn play_all(grid: &Grid, open: &[(usize, u32)], conduct: &Conduct<'_>) -> Vec<RunRow> {
    let units = together(grid, open, conduct.pool.current_num_threads());
    let next = AtomicUsize::new(0);
    let work = |_: rayon::BroadcastContext<'_>| {
        let mut rows = Vec::new();
        loop {
            let unit = next.fetch_add(1, Ordering::Relaxed);
            let Some(unit) = units.get(unit).filter(|_| !is_cancelled(conduct)) else {
                return rows;
            };
            let plans: Vec<&Plan> = unit.cells.iter().map(|it| &grid.cells[*it].plan).collect();
            let of = (u64::from(unit.replication), unit.until);
            play_futures(&plans, of, conduct.limits, |index, played| {
                let row = row(grid, (unit.cells[index], unit.replication), played);
                if row.end != RunEnd::Cancelled {
                    (conduct.on_run)(&grid.cells[row.cell], &row);
                    rows.push(row);
                }
            });
        }
    };
    let rows = conduct.pool.broadcast(work);
    rows.into_iter().flatten().collect()
}

/// Runs that one thread plays together.
struct Unit {
    cells: Vec<usize>,
    replication: u32,
    /// Until when their cells are the same.
    until: SimTime,
}

/// The runs as units for so many threads: those with a past in common together, but for what keeps
/// all threads busy.
fn together(grid: &Grid, open: &[(usize, u32)], threads: usize) -> Vec<Unit> {
    let most = open.len().div_ceil(threads).max(1);
    let mut units: Vec<Unit> = Vec::new();
    // The unit that each past's runs go to, of the replication at hand.
    let mut of_past: BTreeMap<(u32, usize), usize> = BTreeMap::new();
    for (cell, replication) in open {
        let past = grid.pasts.of(*cell);
        let unit = of_past.entry((*replication, past)).or_insert(usize::MAX);
        match units.get_mut(*unit).filter(|it| it.cells.len() < most) {
            Some(unit) if SimTime::ZERO < unit.until => unit.cells.push(*cell),
            _ => {
                *unit = units.len();
                units.push(Unit {
                    cells: vec![*cell],
                    replication: *replication,
                    until: grid.pasts.until(past),
                });
            }
        }
    }
    units
}

/// Plays runs of the grid on this thread, one stretch after another; of a stretch, runs of one
/// replication whose cells share a past, that is played once. Each stretch is handed on as it ends.
/// Ends early where `limits` cancelled.
pub fn play_runs(
    grid: &Grid,
    runs: &[(usize, u32)],
    limits: &RunLimits,
    mut on_stretch: impl FnMut(Vec<RunRow>),
) {
    for unit in together(grid, runs, 1) {
        let plans: Vec<&Plan> = unit.cells.iter().map(|it| &grid.cells[*it].plan).collect();
        let of = (u64::from(unit.replication), unit.until);
        let mut rows = Vec::new();
        play_futures(&plans, of, limits, |index, played| {
            let row = row(grid, (unit.cells[index], unit.replication), played);
            if row.end != RunEnd::Cancelled {
                rows.push(row);
            }
        });
        let is_whole = rows.len() == unit.cells.len();
        on_stretch(rows);
        if !is_whole {
            return;
        }
    }
}

fn row(grid: &Grid, (cell, replication): (usize, u32), played: PlayedRun) -> RunRow {
    RunRow {
        cell,
        replication,
        values: grid.measures.iter().map(|it| it.kind.of(&played)).collect(),
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
