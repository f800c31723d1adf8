//! The cheapest cell of a sweep that keeps all objectives: feasibility first, then Kim's and
//! Nelson's selection among those that are left, all under the same draws.
//!
//! Source: feasibility and selection side by side: Andradóttir and Kim 2010 (Naval Research
//! Logistics 57). A cell that was given up for another one comes back when that one turns out to
//! break an objective.

use super::cell::Grid;
use super::selection::Selection;
use super::statistics::{MeanInterval, mean_interval, wilson};
use super::sweep::{Conduct, ROUND, RunRow, is_cancelled, round};
use super::verdict::{OverRuns, over_runs};
use crate::scenario::sweep::Precision;

pub use crate::scenario::sweep::optimize::OptimizePlan;

/// Runs of each cell at the first stage.
pub const FIRST_STAGE: u32 = 10;

/// What became of a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It may be the best.
    Left,
    /// It breaks an objective, by its index.
    Breaks(usize),
    /// Another cell is better, or not worse by more than is no matter.
    Beaten(usize),
}

/// A cell with what its runs say.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidate {
    /// The cell's index.
    pub cell: usize,
    /// What became of it.
    pub standing: Standing,
    /// Its runs, by replication.
    pub rows: Vec<RunRow>,
    /// What is to be least.
    pub value: Option<MeanInterval>,
    /// Each objective over its runs.
    pub objectives: Vec<OverRuns>,
}

/// What a search came to.
#[derive(Clone, PartialEq, Debug)]
pub struct Optimum {
    /// All cells, in the grid's order.
    pub candidates: Vec<Candidate>,
    /// The best cell that keeps all objectives; `None` if there is none.
    pub best: Option<usize>,
    /// Whether the selection came to its end: one is as sure of it as was asked.
    pub is_settled: bool,
    /// Runs that were played.
    pub runs: u64,
    /// Differences below it are no matter, in the measure's unit.
    pub indifference: f64,
    /// About how many runs more would settle it.
    pub runs_more: Option<u64>,
}

/// The cheapest cell that keeps all objectives. Looks between rounds only, so that the result is
/// the same on any number of threads.
pub fn optimize(grid: &Grid, plan: &OptimizePlan, conduct: &Conduct<'_>) -> Optimum {
    let measure = grid.measures.iter().position(|it| it.name == plan.minimize);
    let mut search = Search {
        grid,
        plan,
        measure: measure.unwrap_or(0),
        kn: None,
        candidates: (0..grid.cells.len()).map(Candidate::new).collect(),
    };
    search.play(FIRST_STAGE, conduct);
    loop {
        search.judge();
        let left = search.left();
        let is_over = left.is_empty() || (left.len() == 1 && search.is_sure(left[0]));
        if is_over || is_cancelled(conduct) || plan.runs <= search.runs() {
            let is_settled = is_over && !is_cancelled(conduct);
            return search.finish(is_settled);
        }
        let most = left
            .iter()
            .map(|cell| search.candidates[*cell].rows.len())
            .max();
        let played = most.unwrap_or(0) as u32;
        // Those that came back catch up first.
        let behind = |cell: &usize| search.candidates[*cell].rows.len() < played as usize;
        let target = match left.iter().any(behind) {
            true => played,
            false => played + ROUND,
        };
        search.play(target, conduct);
    }
}

struct Search<'a> {
    grid: &'a Grid,
    plan: &'a OptimizePlan,
    measure: usize,
    kn: Option<Selection>,
    candidates: Vec<Candidate>,
}

impl Candidate {
    fn new(cell: usize) -> Self {
        Candidate {
            cell,
            standing: Standing::Left,
            rows: Vec::new(),
            value: None,
            objectives: Vec::new(),
        }
    }

    fn values(&self, measure: usize) -> Vec<f64> {
        let whole = self.rows.iter().filter(|row| row.is_complete());
        whole.filter_map(|row| row.values[measure]).collect()
    }

    /// The first objective that it breaks: held too seldom for sure, or nothing to judge.
    fn broken(&self) -> Option<usize> {
        self.objectives.iter().position(|over| match over.holds {
            None => true,
            Some(holds) => !holds && over.is_sure,
        })
    }
}

impl Search<'_> {
    /// Cells that may be the best.
    fn left(&self) -> Vec<usize> {
        let is_left = |it: &&Candidate| it.standing == Standing::Left;
        self.candidates
            .iter()
            .filter(is_left)
            .map(|it| it.cell)
            .collect()
    }

    fn runs(&self) -> u64 {
        self.candidates.iter().map(|it| it.rows.len() as u64).sum()
    }

    /// Plays the cells that are left up to so many replications.
    fn play(&mut self, target: u32, conduct: &Conduct<'_>) {
        let mut counts: Vec<u32> = Vec::new();
        let left = self.left();
        for cell in &left {
            let count = self.candidates[*cell].rows.len() as u32;
            if !counts.contains(&count) {
                counts.push(count);
            }
        }
        for count in counts {
            let alike = |cell: &&usize| self.candidates[**cell].rows.len() as u32 == count;
            let cells: Vec<usize> = left.iter().filter(alike).copied().collect();
            let mut rows = round(self.grid, (&cells, count..target), conduct);
            rows.sort_by_key(|row| (row.cell, row.replication));
            for row in rows {
                self.candidates[row.cell].rows.push(row);
            }
        }
    }

    /// Who breaks an objective, who comes back, who is beaten.
    fn judge(&mut self) {
        let measure = self.measure;
        for candidate in &mut self.candidates {
            let plan = &self.grid.cells[candidate.cell].plan;
            let rows = &candidate.rows;
            let judged = |index: usize| {
                let held = rows.iter().filter(|row| row.is_complete());
                let held: Vec<bool> = held.filter_map(|row| row.held[index]).collect();
                wilson(held.iter().filter(|held| **held).count(), held.len())
            };
            let objectives = plan.objectives.iter().zip(0..);
            candidate.objectives = objectives
                .map(|(objective, index)| over_runs(objective, &judged(index)))
                .collect();
            candidate.value = mean_interval(&candidate.values(measure));
            if let Some(objective) = candidate.broken() {
                candidate.standing = Standing::Breaks(objective);
            }
        }
        for cell in 0..self.candidates.len() {
            if let Standing::Beaten(by) = self.candidates[cell].standing
                && matches!(self.candidates[by].standing, Standing::Breaks(_))
            {
                self.candidates[cell].standing = Standing::Left;
            }
        }
        self.select();
    }

    /// Kim's and Nelson's elimination among those that are left.
    fn select(&mut self) {
        let left = self.left();
        let values: Vec<Vec<f64>> = left
            .iter()
            .map(|cell| self.candidates[*cell].values(self.measure))
            .collect();
        if self.kn.is_none() {
            let means = left.iter().filter_map(|cell| self.candidates[*cell].value);
            let least = means.map(|it| it.mean.abs()).reduce(f64::min);
            let indifference = match (self.plan.indifference, least) {
                (Precision::Absolute(width), _) => width,
                (Precision::Relative(share), Some(least)) if 0.0 < least => share * least,
                (Precision::Relative(_), _) => return,
            };
            self.kn = Some(Selection {
                indifference,
                confidence: self.plan.confidence,
                systems: self.candidates.len().max(2),
                first: FIRST_STAGE as usize,
            });
        }
        let Some(kn) = self.kn else {
            return;
        };
        for (index, cell) in left.iter().enumerate() {
            let beats =
                |other: &usize| *other != index && kn.is_beaten(&values[index], &values[*other]);
            // The one that beats it most, so that the word of it is the plainest.
            let mean = |at: usize| {
                self.candidates[left[at]]
                    .value
                    .map_or(f64::MAX, |it| it.mean)
            };
            let by = (0..left.len())
                .filter(beats)
                .min_by(|a, b| mean(*a).total_cmp(&mean(*b)));
            if let Some(by) = by {
                self.candidates[*cell].standing = Standing::Beaten(left[by]);
            }
        }
    }

    /// Whether one is sure of all objectives that have a probability.
    fn is_sure(&self, cell: usize) -> bool {
        let objectives = &self.candidates[cell].objectives;
        objectives
            .iter()
            .all(|over| over.probability.is_none() || over.is_sure)
    }

    fn finish(self, is_settled: bool) -> Optimum {
        let mean = |cell: usize| self.candidates[cell].value.map_or(f64::MAX, |it| it.mean);
        let left = self.left();
        let best = left
            .iter()
            .copied()
            .min_by(|a, b| mean(*a).total_cmp(&mean(*b)));
        let runs_more = (!is_settled).then(|| self.runs_more(&left)).flatten();
        Optimum {
            runs: self.runs(),
            best,
            is_settled,
            indifference: self.kn.map_or(0.0, |kn| kn.indifference),
            runs_more,
            candidates: self.candidates,
        }
    }

    /// About how many runs more: each pair that is left until its slack is used up, each objective
    /// until it is sure.
    fn runs_more(&self, left: &[usize]) -> Option<u64> {
        let kn = self.kn?;
        let mut most: f64 = 0.0;
        for (index, cell) in left.iter().enumerate() {
            let mine = self.candidates[*cell].values(self.measure);
            for other in &left[index + 1..] {
                let others = self.candidates[*other].values(self.measure);
                let pairs: Vec<f64> = mine.iter().zip(&others).map(|(a, b)| a - b).collect();
                let interval = mean_interval(&pairs[..pairs.len().min(kn.first)])?;
                let mean = interval.mean;
                let squares = pairs
                    .iter()
                    .take(kn.first)
                    .map(|it| (it - mean) * (it - mean));
                let variance = squares.sum::<f64>() / (kn.first - 1) as f64;
                most = most.max(kn.longest(variance) - pairs.len() as f64);
            }
            for over in &self.candidates[*cell].objectives {
                most = most.max(over.runs_more.unwrap_or(0) as f64);
            }
        }
        Some(libm::ceil(most.max(1.0)) as u64 * left.len().max(1) as u64)
    }
}
