//! The selection: feasibility first, then Kim's and Nelson's elimination among those that are left.
//!
//! Source: feasibility and selection side by side: Andradóttir and Kim 2010 (Naval Research
//! Logistics 57). A cell that was given up for another one comes back when that one turns out to
//! break an objective.

use super::{Bench, Candidate, Ended, FIRST_STAGE, OptimizePlan, Optimum, Standing};
use crate::experiment::selection::Selection;
use crate::experiment::statistics::mean_interval;
use crate::experiment::sweep::ROUND;
use crate::scenario::sweep::Precision;

/// A selection among the cells that are left.
pub struct Selecting<'a> {
    bench: &'a dyn Bench,
    plan: &'a OptimizePlan,
    /// Runs that may be played, those that were played already among them.
    runs: u64,
    measure: usize,
    /// The first replication that counts.
    first: u32,
    kn: Option<Selection>,
    candidates: Vec<Candidate>,
}

impl<'a> Selecting<'a> {
    /// Among the candidates, each at the place of its cell's index, with so many runs at most.
    pub fn new(
        bench: &'a dyn Bench,
        (plan, runs): (&'a OptimizePlan, u64),
        candidates: Vec<Candidate>,
    ) -> Self {
        let named = |it: &super::Measure| it.name == plan.minimize;
        Selecting {
            bench,
            plan,
            runs,
            measure: bench.measures().iter().position(named).unwrap_or(0),
            first: 0,
            kn: None,
            candidates,
        }
    }

    /// The same from a replication on that had no part in choosing the candidates.
    pub fn afresh(self, first: u32) -> Self {
        Selecting { first, ..self }
    }

    /// Plays until one candidate is left and its objectives are sure, or something is used up.
    pub fn run(&mut self) -> Ended {
        let systems = self.left().len();
        self.play(FIRST_STAGE);
        loop {
            self.judge(systems);
            if let Some(ended) = self.bench.ended() {
                return ended;
            }
            let left = self.left();
            if left.is_empty() || (left.len() == 1 && self.is_sure(left[0])) {
                return Ended::Settled;
            }
            let length = |cell: &usize| self.candidates[*cell].rows.len();
            let played = left.iter().map(length).max().unwrap_or(0);
            // Those that came back catch up first.
            let missing: usize = left.iter().map(|cell| played - length(cell)).sum();
            let remaining = self.runs.saturating_sub(self.played());
            let rounds = (remaining / left.len() as u64).min(u64::from(ROUND)) as u32;
            let target = match missing {
                0 if rounds == 0 => return Ended::Runs,
                0 => played as u32 + rounds,
                _ if remaining < missing as u64 => return Ended::Runs,
                _ => played as u32,
            };
            self.play(target);
        }
    }

    /// Cells that may be the best.
    fn left(&self) -> Vec<usize> {
        left(&self.candidates)
    }

    fn played(&self) -> u64 {
        self.candidates.iter().map(|it| it.runs() as u64).sum()
    }

    /// Plays the cells that are left up to so many replications.
    fn play(&mut self, target: u32) {
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
            let replications = self.first + count..self.first + target;
            for row in self.bench.play(&cells, replications) {
                self.candidates[row.cell].rows.push(row);
            }
        }
    }

    /// Who breaks an objective, who comes back, who is beaten.
    fn judge(&mut self, systems: usize) {
        for candidate in &mut self.candidates {
            if candidate.standing != Standing::Dropped {
                candidate.judge(self.bench, self.measure);
            }
        }
        for cell in 0..self.candidates.len() {
            if let Standing::Beaten(by) = self.candidates[cell].standing
                && matches!(self.candidates[by].standing, Standing::Breaks(_))
            {
                self.candidates[cell].standing = Standing::Left;
            }
        }
        self.select(systems);
    }

    /// Kim's and Nelson's elimination among those that are left.
    fn select(&mut self, systems: usize) {
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
                systems: systems.max(2),
                first: FIRST_STAGE as usize,
            });
        }
        let Some(kn) = self.kn else {
            return;
        };
        for (index, cell) in left.iter().enumerate() {
            let beats = |other: &usize| {
                let (mine, its) = (&values[index], &values[*other]);
                // Of two that are even the first one stays.
                (*other != index && kn.is_beaten(mine, its))
                    || (*other < index && kn.are_even(mine, its))
            };
            // The one that beats it most, so that the word of it is the plainest.
            let mean = |at: usize| self.candidates[left[at]].mean();
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

    /// What it came to.
    pub fn finish(self, ended: Ended) -> Optimum {
        let left = self.left();
        let is_settled = ended == Ended::Settled;
        let runs_more = (!is_settled).then(|| self.runs_more(&left)).flatten();
        let indifference = self.kn.map(|kn| kn.indifference);
        Optimum {
            indifference,
            runs_more,
            ..Optimum::of(self.candidates, ended)
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

fn left(candidates: &[Candidate]) -> Vec<usize> {
    let is_left = |it: &&Candidate| it.standing == Standing::Left;
    let left = candidates.iter().filter(is_left);
    left.map(|it| it.cell).collect()
}

impl Optimum {
    /// The best of those that are left, without a word of how sure that is.
    pub(in crate::experiment) fn of(candidates: Vec<Candidate>, ended: Ended) -> Self {
        let mean = |cell: &usize| candidates[*cell].mean();
        let left = left(&candidates);
        let known = left
            .into_iter()
            .filter(|it| candidates[*it].value.is_some());
        let best = known.min_by(|a, b| mean(a).total_cmp(&mean(b)));
        let played = candidates.iter().filter(|it| 0 < it.runs());
        let nearest = played.min_by(|a, b| {
            let miss = a.miss.total_cmp(&b.miss);
            miss.then(a.mean().total_cmp(&b.mean()))
        });
        Optimum {
            best,
            nearest: nearest.map(|it| it.cell).filter(|_| best.is_none()),
            is_settled: ended == Ended::Settled,
            ended,
            runs: candidates.iter().map(|it| it.runs() as u64).sum(),
            indifference: None,
            runs_more: None,
            search: None,
            candidates,
        }
    }
}
