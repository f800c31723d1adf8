//! How much of a Savings Plan to buy: the hourly commitment of least expected cost, over all hours
//! of all replications.
//!
//! Who commits to `c` an hour pays it whether it is used or not, and on demand for what is used
//! above it. Where the plan's rates are 1 − s of what on demand costs, one dollar more saves
//! s / (1 − s) in an hour that uses it and costs one in an hour that does not. So cost is least
//! where the share of hours whose use, at the plan's rates, is above `c` has fallen to 1 − s: at
//! the s quantile of hourly use (the newsvendor's rule: Arrow, Harris and Marschak 1951), and
//! neither at its mean nor at its minimum. With several savings percentages the same is read off
//! the slope of the expected cost, which changes only where some hour's use ends.
//!
//! Hours of one run are not independent, runs are: the slope has an interval over replications at
//! each commitment, and those at which it may be zero are the interval of the best one (Woodruff
//! 1952, for quantiles of clustered samples).

mod answer;

use rayon::ThreadPool;
use rayon::prelude::*;

use super::run::{PlayedRun, play};
use super::statistics::{CONFIDENCE, MeanInterval, mean_interval, student_t_quantile};
use crate::billing::{Charge, EligibleHour, EligibleUse, HOURS_PER_MONTH, eligible_hours};
use crate::scenario::plan::Plan;
use crate::simulation::outcome::RunLimits;
use crate::units::PicoUsd;

pub use answer::{Answer, Mark, WEEK_HOURS};

/// A slope nearer to zero than this is zero: sums of many hours' rounding.
const FLAT: f64 = 1e-6;

/// What one replication says of a commitment.
#[derive(Clone, PartialEq, Debug)]
pub struct RunUse {
    /// What the commitment may cover, hour by hour.
    pub hours: Vec<EligibleHour>,
    /// The cost of a month of such runs without the commitment, USD.
    pub month_without_usd: f64,
    /// What of it on-demand instances cost to which the plan does not apply, USD a month.
    pub instances_not_covered_usd: f64,
}

/// What is used over all replications.
#[derive(Clone, PartialEq, Debug)]
pub struct CommitmentUses {
    runs: Vec<RunUse>,
}

/// What a commitment does.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CommitmentPoint {
    /// USD an hour.
    pub per_hour_usd: f64,
    /// What a month costs with it, USD.
    pub month_usd: MeanInterval,
    /// What it saves a month, USD; paired by replication.
    pub saving_usd: MeanInterval,
    /// What of the commitment is used, of 1; none of no commitment.
    pub utilization: Option<f64>,
    /// What of what it may cover it does, at on-demand prices, of 1; none where there is nothing.
    pub coverage: Option<f64>,
}

/// The commitment of least expected cost.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LeastCost {
    /// USD an hour.
    pub per_hour_usd: f64,
    /// The ends of its 95 % interval; none with a single replication.
    pub interval: Option<(f64, f64)>,
}

/// Plays `plan` several times, and prices it without its `at`th commitment (in the order of
/// application); runs that did not go to their end are left out, so there may be fewer.
pub fn play_uses(
    plan: &Plan,
    (at, replications): (usize, u32),
    (pool, limits): (&ThreadPool, &RunLimits),
    on_run: &(dyn Fn() + Sync),
) -> CommitmentUses {
    let mut plan = plan.clone();
    plan.prices = plan.prices.with_commitment(at, PicoUsd(0));
    let plan = &plan;
    let one = |replication: u32| {
        let played = play(plan, u64::from(replication), limits);
        on_run();
        played.is_complete().then(|| run_use(plan, at, &played))
    };
    let runs: Vec<Option<RunUse>> =
        pool.install(|| (0..replications).into_par_iter().map(one).collect());
    CommitmentUses::of(runs.into_iter().flatten().collect())
}

fn run_use(plan: &Plan, at: usize, played: &PlayedRun) -> RunUse {
    let lines = played.bill.lines.iter();
    let commitment = &plan.prices.commitments()[at];
    let not_covered = lines.filter(|line| match line.item {
        Charge::OnDemand(id) => commitment.savings_ppm(Some(id)).is_none(),
        _ => false,
    });
    RunUse {
        hours: eligible_hours(&played.outcome.observed.usage, &plan.prices, at),
        month_without_usd: played.bill.total_month.usd(),
        instances_not_covered_usd: not_covered.map(|line| line.cost_month.usd()).sum(),
    }
}

impl RunUse {
    fn length(&self) -> f64 {
        self.hours.iter().map(|hour| hour.length).sum()
    }

    /// What a commitment saves over the run, what of it is used, and what that would have cost on
    /// demand.
    fn with(&self, per_hour: f64) -> (f64, f64, f64) {
        let (mut used, mut covered) = (0.0, 0.0);
        for hour in &self.hours {
            let mut left = per_hour * hour.length;
            for its in &hour.uses {
                let spent = its.at_plan_rates_usd.min(left);
                left -= spent;
                used += spent;
                covered += its.on_demand_usd * (spent / its.at_plan_rates_usd);
            }
        }
        (covered - per_hour * self.length(), used, covered)
    }

    fn on_demand(&self) -> f64 {
        let uses = self.hours.iter().flat_map(|hour| &hour.uses);
        uses.map(|its| its.on_demand_usd).sum()
    }
}

/// At the plan's rates, USD an hour.
fn level(hour: &EligibleHour) -> f64 {
    let uses = hour.uses.iter();
    uses.map(|its| its.at_plan_rates_usd).sum::<f64>() / hour.length
}

impl CommitmentUses {
    /// The uses of some replications.
    pub fn of(runs: Vec<RunUse>) -> Self {
        CommitmentUses { runs }
    }

    /// The replications that were played to their ends.
    pub fn runs(&self) -> &[RunUse] {
        &self.runs
    }

    /// What a commitment of so many USD an hour does; none without runs.
    pub fn at(&self, per_hour_usd: f64) -> Option<CommitmentPoint> {
        let (mut months, mut savings) = (Vec::new(), Vec::new());
        let (mut committed, mut used, mut covered, mut on_demand) = (0.0, 0.0, 0.0, 0.0);
        for run in &self.runs {
            let length = run.length();
            let (saved, its_used, its_covered) = run.with(per_hour_usd);
            let saving = match 0.0 < length {
                true => saved * HOURS_PER_MONTH as f64 / length,
                false => 0.0,
            };
            savings.push(saving);
            months.push(run.month_without_usd - saving);
            committed += per_hour_usd * length;
            used += its_used;
            covered += its_covered;
            on_demand += run.on_demand();
        }
        let share = |part: f64, whole: f64| (0.0 < whole).then(|| part / whole);
        Some(CommitmentPoint {
            per_hour_usd,
            month_usd: mean_interval(&months)?,
            saving_usd: mean_interval(&savings)?,
            utilization: share(used, committed),
            coverage: share(covered, on_demand),
        })
    }

    /// What is used in each hour at the plan's rates, USD an hour, with the hour's length; in no
    /// order.
    pub fn levels(&self) -> Vec<(f64, f64)> {
        let hours = self.runs.iter().flat_map(|run| &run.hours);
        hours.map(|hour| (level(hour), hour.length)).collect()
    }

    /// The commitment of least expected cost: the least one at which a little more saves nothing.
    pub fn least_cost(&self) -> Option<LeastCost> {
        let mut slopes = Slopes::of(&self.runs)?;
        let mut found = Found::default();
        found.look(0.0, &slopes);
        let mut changes = slopes.changes(&self.runs);
        changes.sort_by(|a, b| a.level.total_cmp(&b.level));
        for together in changes.chunk_by(|a, b| a.level == b.level) {
            together.iter().for_each(|change| slopes.change(change));
            found.look(together[0].level, &slopes);
        }
        let interval = (2 <= self.runs.len())
            .then_some(found.low.zip(found.high))
            .flatten();
        Some(LeastCost {
            per_hour_usd: found.best?,
            interval,
        })
    }
}

/// What one dollar an hour more adds to the expected cost of an hour, replication by replication.
struct Slopes {
    of_runs: Vec<f64>,
    /// Hours of each replication.
    lengths: Vec<f64>,
    sum: f64,
    squares: f64,
    /// Student's factor of the 95 % interval.
    t: f64,
}

/// Where some hour's use of one savings percentage ends.
struct Change {
    /// USD an hour.
    level: f64,
    run: usize,
    /// By how much the slope of the run goes up.
    by: f64,
}

/// Where the slope turns.
#[derive(Default)]
struct Found {
    low: Option<f64>,
    best: Option<f64>,
    high: Option<f64>,
}

/// The slope within a use: what is committed less what is not paid on demand.
fn slope_within(its: &EligibleUse) -> f64 {
    1.0 - its.on_demand_usd / its.at_plan_rates_usd
}

impl Slopes {
    /// The slopes at no commitment; none without hours.
    fn of(runs: &[RunUse]) -> Option<Self> {
        let lengths: Vec<f64> = runs.iter().map(RunUse::length).collect();
        if lengths.is_empty() || lengths.iter().any(|length| *length <= 0.0) {
            return None;
        }
        let first = |hour: &EligibleHour| hour.uses.first().map_or(1.0, slope_within);
        let of_run = |(run, length): (&RunUse, &f64)| {
            let sum: f64 = (run.hours.iter())
                .map(|hour| first(hour) * hour.length)
                .sum();
            sum / length
        };
        let of_runs: Vec<f64> = runs.iter().zip(&lengths).map(of_run).collect();
        let t = match of_runs.len() {
            1 => 0.0,
            count => student_t_quantile(0.5 + CONFIDENCE / 2.0, (count - 1) as f64),
        };
        Some(Slopes {
            sum: of_runs.iter().sum(),
            squares: of_runs.iter().map(|slope| slope * slope).sum(),
            of_runs,
            lengths,
            t,
        })
    }

    fn changes(&self, runs: &[RunUse]) -> Vec<Change> {
        let mut changes = Vec::new();
        for (run, hours) in runs.iter().map(|run| &run.hours).enumerate() {
            for hour in hours {
                let mut spent = 0.0;
                for (place, its) in hour.uses.iter().enumerate() {
                    spent += its.at_plan_rates_usd;
                    let next = hour.uses.get(place + 1).map_or(1.0, slope_within);
                    changes.push(Change {
                        level: spent / hour.length,
                        run,
                        by: (next - slope_within(its)) * hour.length / self.lengths[run],
                    });
                }
            }
        }
        changes
    }

    fn change(&mut self, change: &Change) {
        let slope = &mut self.of_runs[change.run];
        self.squares -= *slope * *slope;
        *slope += change.by;
        self.squares += *slope * *slope;
        self.sum += change.by;
    }

    /// The mean over replications, and half of its interval.
    fn mean(&self) -> (f64, f64) {
        let count = self.of_runs.len() as f64;
        let mean = self.sum / count;
        if count < 2.0 {
            return (mean, 0.0);
        }
        let variance = ((self.squares - count * mean * mean) / (count - 1.0)).max(0.0);
        (mean, self.t * libm::sqrt(variance / count))
    }
}

impl Found {
    fn look(&mut self, level: f64, slopes: &Slopes) {
        let (mean, half) = slopes.mean();
        let turns = |slope: f64| (-FLAT <= slope).then_some(level);
        self.low = self.low.or_else(|| turns(mean + half));
        self.best = self.best.or_else(|| turns(mean));
        self.high = self.high.or_else(|| turns(mean - half));
    }
}

#[cfg(test)]
mod tests;
