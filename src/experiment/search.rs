//! The cheapest configuration among more than can be played, or in a continuous space: points are
//! proposed, most of them are given up after few runs, and a selection among the last ones says how
//! sure it is.
//!
//! Sources: successive halving with replications as what is shared out: Jamieson and Talwalkar 2016
//! (AISTATS), Li et al. 2018 (JMLR 18); with points of a model instead of random ones: Falkner,
//! Klein and Hutter 2018 (ICML). A selection after a search, on draws of its own: Boesel, Nelson
//! and Kim 2003 (Operations Research 51).

use std::cmp::Ordering;

use super::cell::{Grid, GridError, check_least};
use super::design;
use super::optimize::{
    Bench, Budget, Candidate, Ended, FIRST_STAGE, OptimizePlan, Optimum, SearchPlan, Searching,
    Selecting, Standing,
};
use super::pilots::refused;
use super::sweep::Conduct;
use crate::scenario::sweep::{Design, SweepPlan, SweepValue};
use crate::scenario::{LoadOptions, Loaded};

mod grown;
mod proposals;
#[cfg(test)]
mod tests;

use grown::Grown;
use proposals::{Proposal, Proposer};

/// Replications of each rung.
pub const RUNGS: [u32; 3] = [3, 9, 27];
/// Of so many cells on a rung one goes on to the next.
const HALVING: usize = 3;
/// Cells of a selection at most.
pub const FINALISTS: usize = 10;
/// Of so many candidates one is proposed before anything is known.
const EVEN: usize = 4;
/// So many times the model is asked; all it proposes at once is played at once.
const BATCHES: usize = 16;
/// The fewest candidates of a batch, so that two threads have something to do.
const BATCH_MIN: usize = 8;
/// The share of the runs and of the time that may be used before the selection.
const BEFORE_SELECTION: f64 = 0.5;
/// The share of the time after which no further rung is begun.
const RUNGS_UNTIL: f64 = 0.75;

/// How a sweep's best is looked for: as its scenario says, or by a search where the first stage of
/// playing every combination would not fit into the runs. `None`: every cell is played.
pub fn wanted(sweep: &SweepPlan, plan: &OptimizePlan) -> Option<SearchPlan> {
    let all = design::count(sweep).saturating_mul(u64::from(FIRST_STAGE));
    let is_too_many = sweep.design == Design::Grid && plan.runs < all;
    plan.search.or(is_too_many.then(SearchPlan::default))
}

/// Searches a loaded scenario's sweep; `options` are those that it was loaded with. The grid has
/// the cells that were played. Without a time to keep the result is the same on any number of
/// threads.
///
/// # Errors
/// If there is no sweep, nothing is varied, there is no such measure, or one of the first points is no legal scenario; then
/// nothing was played.
pub fn search(
    (loaded, options): (&Loaded, &LoadOptions),
    (plan, wanted): (&OptimizePlan, SearchPlan),
    conduct: &Conduct<'_>,
    budget: Budget<'_>,
) -> Result<(Grid, Optimum), GridError> {
    let sweep = loaded.sweep.as_ref().ok_or(GridError::NoSweep)?;
    if let Some(asked) = &sweep.warm_up {
        let reason = "a search proposes its cells as it goes".to_owned();
        let help = "give it yourself (run: { warmUp: 1h }), or play the design without a search";
        return Err(refused(loaded, asked, reason, help));
    }
    let mut proposer = Proposer::new(&sweep.parameters, loaded.plan.run.seed);
    let candidates = affordable(wanted.candidates as usize, budget.runs);
    let first = first_points(sweep, &mut proposer, candidates);
    let values = first.iter().map(|it| it.values.clone()).collect();
    let mut grown = Grown::new((loaded, options), values, (conduct, budget.time_used))?;
    check_least(loaded, plan, grown.measures())?;
    let hunt = Hunt::new((plan, budget.runs), proposer, candidates);
    let mut optimum = hunt.run(&mut grown, first);
    if let Some(search) = &mut optimum.search
        && candidates < wanted.candidates as usize
    {
        let note = format!(
            "{} runs are enough for {candidates} candidates, not for {}: half of the runs are \
             kept for the selection",
            budget.runs, wanted.candidates
        );
        search.notes.push(note);
    }
    Ok((grown.into_grid(), optimum))
}

/// As many candidates as half of the runs are enough for, if all keep the objectives.
fn affordable(wanted: usize, runs: u64) -> usize {
    let mut each = f64::from(RUNGS[0]);
    let mut share = 1.0;
    for two in RUNGS.windows(2) {
        share /= HALVING as f64;
        each += share * f64::from(two[1] - two[0]);
    }
    let most = runs as f64 * BEFORE_SELECTION / each;
    wanted.min(most as usize).max(1)
}

/// The points that are played before anything is known: the baseline, and some that fill the space;
/// all where that are no more than are wanted.
fn first_points(
    sweep: &SweepPlan,
    proposer: &mut Proposer<'_>,
    candidates: usize,
) -> Vec<Proposal> {
    let mut points = Vec::new();
    if let Some(baseline) = &sweep.baseline {
        points.extend(proposer.take(baseline));
    }
    if proposer.space().is_some_and(|it| it <= candidates as u64) {
        let all = design::combinations(&sweep.parameters);
        points.extend(all.iter().filter_map(|point| proposer.take(point)));
    } else {
        let count = candidates.div_ceil(EVEN).max(BATCH_MIN).min(candidates);
        points.extend(proposer.even(count - points.len().min(count)));
    }
    points
}

/// A bench that new cells come to.
pub(super) trait Growing: Bench {
    /// Makes cells of points, with the next indices; says of each whether it is a legal scenario.
    fn add(&mut self, points: &[Vec<SweepValue>]) -> Vec<bool>;
    /// What to say of points that are none.
    fn notes(&self) -> Vec<String>;
}

/// A search under way.
struct Hunt<'a> {
    plan: &'a OptimizePlan,
    runs: u64,
    proposer: Proposer<'a>,
    wanted: usize,
    /// Where each cell's point lies.
    places: Vec<Option<Vec<f64>>>,
    candidates: Vec<Candidate>,
    told: Searching,
}

impl<'a> Hunt<'a> {
    fn new((plan, runs): (&'a OptimizePlan, u64), proposer: Proposer<'a>, wanted: usize) -> Self {
        Hunt {
            plan,
            runs,
            told: Searching {
                space: proposer.space(),
                ..Searching::default()
            },
            proposer,
            wanted,
            places: Vec::new(),
            candidates: Vec::new(),
        }
    }

    /// Searches from the first points on, which are cells of the bench already.
    fn run(mut self, bench: &mut dyn Growing, first: Vec<Proposal>) -> Optimum {
        let searched = self.explore(bench, first).and_then(|()| self.halve(bench));
        self.told.notes = bench.notes();
        match searched {
            Err(ended) => {
                let optimum = Optimum::of(self.candidates, ended);
                let search = Some(self.told);
                Optimum { search, ..optimum }
            }
            Ok(()) => self.select(bench),
        }
    }

    /// Proposes and plays until there are as many candidates as are wanted.
    fn explore(&mut self, bench: &mut dyn Growing, first: Vec<Proposal>) -> Result<(), Ended> {
        let batch = self.wanted.div_ceil(BATCHES).max(BATCH_MIN);
        let mut open = self.wanted.saturating_sub(first.len());
        self.admit(first.into_iter().map(|it| it.at).collect());
        let mut from = 0;
        loop {
            let cells: Vec<usize> = (from..self.candidates.len()).collect();
            from = self.candidates.len();
            self.play(bench, (&cells, RUNGS[0]))?;
            if open == 0 || BEFORE_SELECTION <= bench.time_used() {
                break;
            }
            let ranked = self.ranked().into_iter().zip(0u32..);
            let told: Vec<(Vec<f64>, f64)> = ranked
                .filter_map(|(cell, rank)| Some((self.places[cell].clone()?, f64::from(rank))))
                .collect();
            let proposed = self.proposer.promising(batch.min(open), &told);
            if proposed.is_empty() {
                break;
            }
            open -= proposed.len();
            let values: Vec<Vec<SweepValue>> =
                proposed.iter().map(|it| it.values.clone()).collect();
            let places = proposed.into_iter().zip(bench.add(&values));
            self.admit(places.filter(|it| it.1).map(|it| it.0.at).collect());
        }
        self.told.rungs.push((RUNGS[0], self.candidates.len()));
        Ok(())
    }

    fn admit(&mut self, places: Vec<Option<Vec<f64>>>) {
        for place in places {
            self.candidates.push(Candidate::new(self.candidates.len()));
            self.places.push(place);
        }
    }

    /// Goes up the rungs, with fewer cells on each. Cells that break an objective stay behind, all
    /// of them: no further run would mend that. A rung that would leave no runs or no time for the
    /// selection is left out.
    fn halve(&mut self, bench: &dyn Growing) -> Result<(), Ended> {
        for replications in &RUNGS[1..] {
            let kept = self.kept();
            let most = self.on_last_rung().div_ceil(HALVING).max(FINALISTS);
            let (on, off) = kept.split_at(kept.len().min(most));
            for cell in off {
                self.candidates[*cell].standing = Standing::Dropped;
            }
            let more = u64::from(*replications) * on.len() as u64;
            let selection = u64::from(FIRST_STAGE) * on.len().min(FINALISTS) as u64;
            let has_room = self.fits(bench, more + selection).is_ok();
            if on.is_empty() || !has_room || RUNGS_UNTIL <= bench.time_used() {
                return Ok(());
            }
            self.play(bench, (on, *replications))?;
            self.told.rungs.push((*replications, on.len()));
        }
        Ok(())
    }

    /// Selects among the best; where all of them turn out to break an objective the next best are
    /// tried, until none is left that may keep them.
    fn select(mut self, bench: &dyn Growing) -> Optimum {
        for cell in self.kept() {
            self.candidates[cell].standing = Standing::Dropped;
        }
        loop {
            let finalists = self.next_finalists();
            self.told.finalists += finalists.len();
            for cell in &finalists {
                self.candidates[*cell].standing = Standing::Left;
            }
            let first_stage = finalists.len() as u64 * u64::from(FIRST_STAGE);
            let ended = self.fits(bench, first_stage).err();
            let candidates = std::mem::take(&mut self.candidates);
            let is_none = finalists.is_empty();
            let optimum = match ended {
                Some(ended) => Optimum::of(candidates, ended),
                None => {
                    let selecting = Selecting::new(bench, (self.plan, self.runs), candidates);
                    let mut selecting = selecting.afresh(RUNGS[RUNGS.len() - 1]);
                    let ended = selecting.run();
                    selecting.finish(ended)
                }
            };
            if is_none || optimum.best.is_some() || optimum.ended != Ended::Settled {
                let search = Some(self.told);
                return Optimum { search, ..optimum };
            }
            self.candidates = optimum.candidates;
        }
    }

    /// The best that were dropped, those that were played most first.
    fn next_finalists(&self) -> Vec<usize> {
        let dropped = |cell: &usize| self.candidates[*cell].standing == Standing::Dropped;
        let mut dropped: Vec<usize> = (0..self.candidates.len()).filter(dropped).collect();
        dropped.sort_by(|a, b| {
            let runs = |cell: &usize| self.candidates[*cell].runs();
            runs(b).cmp(&runs(a)).then(self.order(*a, *b))
        });
        let room = self.runs.saturating_sub(self.played()) / u64::from(FIRST_STAGE);
        dropped.truncate(FINALISTS.min((room as usize).max(1)));
        dropped
    }

    /// Plays cells up to so many replications, and judges them.
    fn play(&mut self, bench: &dyn Growing, (cells, target): (&[usize], u32)) -> Result<(), Ended> {
        let Some(first) = cells.first() else {
            return Ok(());
        };
        let played = self.candidates[*first].searched.len() as u32;
        self.fits(bench, cells.len() as u64 * u64::from(target - played))?;
        for row in bench.play(cells, played..target) {
            self.candidates[row.cell].searched.push(row);
        }
        let named = |it: &super::measure::Measure| it.name == self.plan.minimize;
        let measure = bench.measures().iter().position(named).unwrap_or(0);
        for cell in cells {
            self.candidates[*cell].judge(bench, measure);
        }
        bench.ended().map_or(Ok(()), Err)
    }

    /// Whether so many runs more may be played.
    fn fits(&self, bench: &dyn Growing, more: u64) -> Result<(), Ended> {
        match bench.ended() {
            Some(ended) => Err(ended),
            None if self.runs < self.played() + more => Err(Ended::Runs),
            None => Ok(()),
        }
    }

    fn played(&self) -> u64 {
        self.candidates.iter().map(|it| it.runs() as u64).sum()
    }

    fn on_last_rung(&self) -> usize {
        self.told.rungs.last().map_or(0, |rung| rung.1)
    }

    /// Cells that may be the best, the one that promises most first.
    fn kept(&self) -> Vec<usize> {
        let mut ranked = self.ranked();
        ranked.retain(|cell| self.candidates[*cell].standing == Standing::Left);
        ranked
    }

    /// All cells that were played, the one that promises most first.
    fn ranked(&self) -> Vec<usize> {
        let played = |cell: &usize| 0 < self.candidates[*cell].runs();
        let mut ranked: Vec<usize> = (0..self.candidates.len()).filter(played).collect();
        ranked.sort_by(|a, b| self.order(*a, *b));
        ranked
    }

    /// Those that keep all objectives stand before those that break one; among the ones the value
    /// counts, among the others how far they miss.
    fn order(&self, a: usize, b: usize) -> Ordering {
        let (a, b) = (&self.candidates[a], &self.candidates[b]);
        let breaks = |it: &Candidate| matches!(it.standing, Standing::Breaks(_));
        let miss = |it: &Candidate| if breaks(it) { it.miss } else { 0.0 };
        breaks(a)
            .cmp(&breaks(b))
            .then(miss(a).total_cmp(&miss(b)))
            .then(a.mean().total_cmp(&b.mean()))
            .then(a.cell.cmp(&b.cell))
    }
}
