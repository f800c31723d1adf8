//! The cheapest cell of a sweep that keeps all objectives: all cells under the same draws, with
//! those left out round by round that break an objective or are beaten.

use std::ops::Range;

use super::cell::Grid;
use super::measure::Measure;
use super::statistics::{MeanInterval, PairedDifference, mean_interval, paired_difference, wilson};
use super::sweep::{Conduct, RunRow, is_cancelled, round};
use super::verdict::{Looks, OverRuns, over_runs};
use crate::scenario::plan::ObjectivePlan;

pub use crate::scenario::sweep::optimize::{OptimizePlan, SearchPlan};

mod indifference;
mod miss;
mod selecting;
#[cfg(test)]
mod tests;

pub use indifference::NOTHING;
pub(super) use selecting::Selecting;

/// Runs of each cell at the first stage.
pub const FIRST_STAGE: u32 = 10;
/// Runs between two looks at the clock where there is a time to keep.
const RUNS_A_LOOK: usize = 32;

/// What became of a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It may be the best.
    Left,
    /// It breaks an objective, by its index.
    Breaks(usize),
    /// Another cell is better, or not worse by more than is no matter.
    Beaten(usize),
    /// None of its runs has a value of what is to be least.
    Valueless,
    /// A search went on without it after its few runs: others promised more, which is not sure.
    Dropped,
}

/// A cell with what its runs say.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidate {
    /// The cell's index.
    pub cell: usize,
    /// What became of it.
    pub standing: Standing,
    /// Its runs of the selection, by replication.
    pub rows: Vec<RunRow>,
    /// Its runs of a search before; these say nothing any more once there are others.
    pub searched: Vec<RunRow>,
    /// What is to be least.
    pub value: Option<MeanInterval>,
    /// Each objective over its runs.
    pub objectives: Vec<OverRuns>,
    /// How far its runs miss the objectives on average: 0 where all held, less than 1 for each.
    pub miss: f64,
}

/// Why no more was played.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// There was no more to find out.
    Settled,
    /// The runs were used up.
    Runs,
    /// The time was.
    Time,
    /// Somebody asked to end.
    Cancelled,
}

/// How a search went before its selection.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Searching {
    /// How many points there are; `None`: it is continuous.
    pub space: Option<u64>,
    /// Each rung's replications, and the cells that were played so often.
    pub rungs: Vec<(u32, usize)>,
    /// Cells among which the selection was made.
    pub finalists: usize,
    /// What else is to be said.
    pub notes: Vec<String>,
}

/// What a search came to.
#[derive(Clone, PartialEq, Debug)]
pub struct Optimum {
    /// All cells, in the grid's order.
    pub candidates: Vec<Candidate>,
    /// The best cell that keeps all objectives; `None` if none is known.
    pub best: Option<usize>,
    /// Where none keeps them the one that came nearest.
    pub nearest: Option<usize>,
    /// Whether the selection came to its end: one is as sure of it as was asked.
    pub is_settled: bool,
    /// Why no more was played.
    pub ended: Ended,
    /// Runs that were played.
    pub runs: u64,
    /// Differences below it are no matter, in the measure's unit; `None`: nothing was selected.
    pub indifference: Option<f64>,
    /// Cells that the best was told from though their difference never varied, and in how many
    /// runs: what happens more seldom was not met.
    pub still: Option<(usize, usize)>,
    /// About how many runs more would settle it, if they went like these.
    pub runs_more: Option<u64>,
    /// How it was searched; `None`: every cell was played.
    pub search: Option<Searching>,
}

/// What may be used.
#[derive(Clone, Copy)]
pub struct Budget<'a> {
    /// Runs at most.
    pub runs: u64,
    /// Says what share of the time is used, 1 and above when it is over; `None`: there is no end.
    /// With it the result depends on the machine.
    pub time_used: Option<&'a dyn Fn() -> f64>,
}

/// Who plays cells, and knows them.
pub(super) trait Bench {
    /// Plays a stretch of replications of some cells, replication by replication; fewer where it is
    /// over.
    fn play(&self, cells: &[usize], replications: Range<u32>) -> Vec<RunRow>;
    /// A cell's objectives.
    fn objectives(&self, cell: usize) -> &[ObjectivePlan];
    /// What a row's values are.
    fn measures(&self) -> &[Measure];
    /// What share of the time is used; 0 where there is no end.
    fn time_used(&self) -> f64;
    /// Whether somebody asked to end.
    fn is_cancelled(&self) -> bool;

    /// Why nothing more may be played, but for runs.
    fn ended(&self) -> Option<Ended> {
        match self.is_cancelled() {
            true => Some(Ended::Cancelled),
            false => (1.0 <= self.time_used()).then_some(Ended::Time),
        }
    }
}

/// The cells of a grid, played by a pool.
pub(super) struct Played<'a> {
    pub(super) grid: &'a Grid,
    pub(super) conduct: &'a Conduct<'a>,
    pub(super) time_used: Option<&'a dyn Fn() -> f64>,
}

impl Bench for Played<'_> {
    fn play(&self, cells: &[usize], replications: Range<u32>) -> Vec<RunRow> {
        let mut rows = Vec::new();
        if self.time_used.is_none() {
            rows = round(self.grid, (cells, replications), self.conduct);
        } else {
            for replication in replications {
                for cells in cells.chunks(RUNS_A_LOOK) {
                    if self.ended().is_some() {
                        break;
                    }
                    let replications = replication..replication + 1;
                    rows.extend(round(self.grid, (cells, replications), self.conduct));
                }
            }
        }
        rows.sort_by_key(|row| (row.cell, row.replication));
        rows
    }

    fn objectives(&self, cell: usize) -> &[ObjectivePlan] {
        &self.grid.cells[cell].plan.objectives
    }

    fn measures(&self) -> &[Measure] {
        &self.grid.measures
    }

    fn time_used(&self) -> f64 {
        self.time_used.map_or(0.0, |used| used())
    }

    fn is_cancelled(&self) -> bool {
        is_cancelled(self.conduct)
    }
}

impl Candidate {
    /// A cell that was not played yet.
    pub(super) fn new(cell: usize) -> Self {
        Candidate {
            cell,
            standing: Standing::Left,
            rows: Vec::new(),
            searched: Vec::new(),
            value: None,
            objectives: Vec::new(),
            miss: 0.0,
        }
    }

    /// The runs that count.
    pub fn counted(&self) -> &[RunRow] {
        match self.rows.is_empty() {
            true => &self.searched,
            false => &self.rows,
        }
    }

    /// All runs that were played.
    pub fn runs(&self) -> usize {
        self.rows.len() + self.searched.len()
    }

    /// The mean of what is to be least; worse than all where there is none.
    pub fn mean(&self) -> f64 {
        self.value.map_or(f64::MAX, |it| it.mean)
    }

    /// The values of its runs of the selection, by replication: runs without one are left out.
    pub(super) fn values(&self, measure: usize) -> Vec<(u32, f64)> {
        values(&self.rows, measure)
    }

    /// How far it lies above another cell, paired by replication; `None` if no run has both.
    pub fn above(&self, other: &Candidate, measure: usize) -> Option<PairedDifference> {
        let of = |mine: &[RunRow], others: &[RunRow]| {
            let others = values(others, measure);
            let pair = |(replication, mine): (u32, f64)| {
                let at = others.binary_search_by_key(&replication, |it| it.0);
                Some((mine, others[at.ok()?].1))
            };
            let pairs = values(mine, measure).into_iter().filter_map(pair);
            paired_difference(&pairs.collect::<Vec<(f64, f64)>>())
        };
        // Of a search that went on without one of them both have the runs before.
        of(self.counted(), other.counted()).or_else(|| of(&self.searched, &other.searched))
    }

    /// Judges its runs; one that was not played is not judged.
    pub(super) fn judge(&mut self, bench: &dyn Bench, measure: usize) {
        if self.counted().is_empty() {
            return;
        }
        let complete = |row: &&RunRow| row.is_complete();
        let rows: Vec<&RunRow> = self.counted().iter().filter(complete).collect();
        let judged = |index: usize| {
            let held = rows.iter().filter_map(|row| row.held[index]);
            let held: Vec<bool> = held.collect();
            wilson(held.iter().filter(|held| **held).count(), held.len())
        };
        let values = rows.iter().filter_map(|row| row.values[measure]);
        let value = mean_interval(&values.collect::<Vec<f64>>());
        let plans = bench.objectives(self.cell);
        let objectives = plans.iter().zip(0..);
        let objectives: Vec<OverRuns> = objectives
            .map(|(objective, index)| over_runs(objective, &judged(index), Looks::Any))
            .collect();
        self.miss = miss::miss(plans, bench.measures(), self.counted());
        (self.value, self.objectives) = (value, objectives);
        if let Some(objective) = self.broken() {
            self.standing = Standing::Breaks(objective);
        }
    }

    /// The first objective that it breaks: held too seldom for sure, or nothing to judge.
    fn broken(&self) -> Option<usize> {
        self.objectives.iter().position(|over| match over.holds {
            None => true,
            Some(holds) => !holds && over.is_sure,
        })
    }
}

/// The values of complete runs, by replication.
fn values(rows: &[RunRow], measure: usize) -> Vec<(u32, f64)> {
    let whole = rows.iter().filter(|row| row.is_complete());
    let value = |row: &RunRow| Some((row.replication, row.values[measure]?));
    whole.filter_map(value).collect()
}

/// The cheapest cell that keeps all objectives; every cell is played. Looks between rounds only, so
/// that without a time to keep the result is the same on any number of threads.
pub fn optimize(
    grid: &Grid,
    plan: &OptimizePlan,
    conduct: &Conduct<'_>,
    budget: Budget<'_>,
) -> Optimum {
    let bench = Played {
        grid,
        conduct,
        time_used: budget.time_used,
    };
    let candidates = (0..grid.cells.len()).map(Candidate::new).collect();
    let mut selecting = Selecting::new(&bench, (plan, budget.runs), candidates);
    let ended = selecting.run();
    selecting.finish(ended)
}
