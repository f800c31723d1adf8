//! The selection: feasibility first, then Kim's and Nelson's elimination among those that are left.
//!
//! Source: feasibility and selection side by side: Andradóttir and Kim 2010 (Naval Research
//! Logistics 57). A cell that was given up for another one comes back when that one turns out to
//! break an objective.

use super::indifference::indifference;
use super::{Bench, Candidate, Ended, FIRST_STAGE, OptimizePlan, Optimum, Standing};
use crate::experiment::selection::{Selection, paired};
use crate::experiment::sweep::ROUND;

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
            // The others have no new runs.
            if candidate.standing == Standing::Left {
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
        for cell in self.left() {
            if self.candidates[cell].value.is_none() {
                self.candidates[cell].standing = Standing::Valueless;
            }
        }
        let left = self.left();
        let Some(kn) = self.kn.or_else(|| self.asked(systems, &left)) else {
            return;
        };
        self.kn = Some(kn);
        let values: Vec<Vec<(u32, f64)>> = left
            .iter()
            .map(|cell| self.candidates[*cell].values(self.measure))
            .collect();
        for (index, cell) in left.iter().enumerate() {
            let beats = |other: &usize| {
                if *other == index {
                    return false;
                }
                let differences = paired(&values[index], &values[*other]);
                // Of two that are even the first one stays.
                kn.is_beaten(&differences) || (*other < index && kn.are_even(&differences))
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

    /// What the selection is held to, by the means of those that are left at the first look.
    fn asked(&self, systems: usize, left: &[usize]) -> Option<Selection> {
        let means = left.iter().filter_map(|cell| self.candidates[*cell].value);
        let least = means.map(|it| it.mean.abs()).reduce(f64::min)?;
        let measure = self.bench.measures().get(self.measure)?;
        let objectives = self.bench.objectives(*left.first()?);
        Some(Selection {
            indifference: indifference(self.plan.indifference, least, (measure, objectives)),
            confidence: self.plan.confidence,
            systems: systems.max(2),
            first: FIRST_STAGE as usize,
        })
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
        let still = self.still();
        let indifference = self.kn.map(|kn| kn.indifference);
        Optimum {
            indifference,
            still,
            runs_more,
            ..Optimum::of(self.candidates, ended)
        }
    }

    /// Cells that were given up for one from which their difference never varied, and the fewest
    /// runs that both had.
    fn still(&self) -> Option<(usize, usize)> {
        let kn = self.kn?;
        let runs = self.candidates.iter().filter_map(|candidate| {
            let Standing::Beaten(by) = candidate.standing else {
                return None;
            };
            let others = self.candidates[by].values(self.measure);
            let differences = paired(&candidate.values(self.measure), &others);
            kn.is_still(&differences).then_some(differences.len())
        });
        let runs: Vec<usize> = runs.collect();
        Some((runs.len(), runs.iter().copied().min()?))
    }

    /// About how many runs more: each cell beside the best until it or the best is given up, and
    /// the best as long as the last of them, or until its objectives are sure. `None`: nobody
    /// would wait for it, or it cannot be said.
    fn runs_more(&self, left: &[usize]) -> Option<u64> {
        let kn = self.kn?;
        let mean = |cell: &&usize| self.candidates[**cell].mean();
        let best = *left.iter().min_by(|a, b| mean(a).total_cmp(&mean(b)))?;
        let values = self.candidates[best].values(self.measure);
        let others = left.iter().filter(|cell| **cell != best);
        let more = others.map(|cell| {
            let others = self.candidates[*cell].values(self.measure);
            kn.runs_more(&paired(&others, &values))
        });
        let more: Vec<f64> = more.collect();
        let mut longest = more.iter().copied().fold(0.0, f64::max);
        for over in &self.candidates[best].objectives {
            if over.probability.is_some() && !over.is_sure {
                longest = longest.max(over.runs_more? as f64);
            }
        }
        let all = longest + more.iter().sum::<f64>();
        Some(libm::ceil(all.max(1.0)) as u64)
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
            still: None,
            runs_more: None,
            search: None,
            candidates,
        }
    }
}
