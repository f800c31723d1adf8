//! The warm-up of a sweep's runs, found by pilot runs.
//!
//! Each cell is played a few times with draws that no replication of a sweep has, so that the cut
//! does not know the runs that it cuts. What has to settle is averaged over a cell's pilots minute
//! by minute (Welch 1983), and cut by MSER-5. All cells get the same cut, the largest found: a cell
//! that is cut too late loses some precision, one that is cut too early is biased.

use rayon::prelude::*;
use serde::Serialize;

use super::cell::{Cell, Grid};
use super::grid_error::GridError;
use super::statistics::mser5;
use crate::engine::SimDuration;
use crate::ids::ServiceId;
use crate::observe::series::{Metric, MetricRun, MetricStore};
use crate::scenario::diagnostic::{Diagnostic, Diagnostics};
use crate::scenario::plan::Plan;
use crate::scenario::sweep::{PilotMetric, SweepPlan, WarmUpPlan};
use crate::scenario::{Failure, Loaded};
use crate::simulation::Simulation;
use crate::simulation::outcome::RunLimits;

/// The replication of the first pilot run: beyond any of a sweep.
const FIRST_PILOT: u64 = 1 << 40;
/// What a minute of a series is.
const MINUTE: SimDuration = SimDuration::from_secs(60);

/// The warm-up of a sweep's runs, where pilot runs find it.
#[derive(Clone, PartialEq, Debug)]
pub enum SweepWarmUp {
    /// Nobody has looked yet.
    Asked(WarmUpPlan),
    /// What all runs have.
    Found(FoundWarmUp),
}

/// What pilot runs found.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FoundWarmUp {
    /// The rule.
    pub method: &'static str,
    /// The warm-up of all runs, seconds.
    pub warm_up_s: f64,
    /// Pilot runs of each cell.
    pub pilots: u32,
    /// Whose cut it is: the cell's name, and what settles last there; `None`: nothing had to.
    pub of: Option<Settling>,
    /// What had not settled in half of the run, as far as one can tell.
    pub too_short: Vec<Settling>,
}

/// A series that settles.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Settling {
    /// The cell's name.
    pub cell: String,
    /// The metric's name, and of what.
    pub series: String,
}

/// A series' cut.
struct Cut {
    minutes: usize,
    too_short: bool,
    series: String,
}

/// The warm-up that a scenario's sweep asks for, if pilot runs can find it.
///
/// # Errors
/// If `run.warmUp` says it already, or what is asked of a cell changes with time: it never settles.
pub(super) fn asked(
    loaded: &Loaded,
    sweep: &SweepPlan,
    cells: &[Cell],
) -> Result<Option<SweepWarmUp>, GridError> {
    let Some(asked) = &sweep.warm_up else {
        return Ok(None);
    };
    let given = cells.iter().find(|cell| !cell.plan.run.warm_up.is_zero());
    if given.is_some() {
        let reason = "run.warmUp says already how long it is".to_owned();
        return Err(refused(loaded, asked, reason, "leave one of the two out"));
    }
    let changing = cells
        .iter()
        .find_map(|cell| Some((cell, cell.plan.changing_demand()?)));
    if let Some((cell, change)) = changing {
        let of_cell = match cells.len() {
            1 => String::new(),
            _ => format!(" in the cell {}", cell.name),
        };
        let reason = format!("{change}{of_cell}, so that the cluster never settles");
        let help = "give the warm-up yourself (run: { warmUp: 1h }), or none where all of the run \
                    is asked about, as of a day with its peak";
        return Err(refused(loaded, asked, reason, help));
    }
    Ok(Some(SweepWarmUp::Asked(asked.clone())))
}

/// That no warm-up can be found, at its place in the file.
pub(super) fn refused(
    loaded: &Loaded,
    asked: &WarmUpPlan,
    reason: String,
    help: &str,
) -> GridError {
    let message = format!("no warm-up can be found by pilot runs: {reason}");
    let wrong = Diagnostic::error("no-warm-up", message).at(asked.place);
    let mut diagnostics = Diagnostics::new();
    diagnostics.push(wrong.path("sweep.warmUp").help(help));
    GridError::WarmUp {
        reason,
        failure: Box::new(Failure {
            diagnostics,
            sources: loaded.sources.clone(),
        }),
    }
}

/// Plays the pilot runs of a grid that asks for some, on as many threads as the present pool has,
/// and gives all its cells the warm-up that they find. The same grid gets the same one on any
/// number of threads. `on_pilot` is told of each pilot run that ended, with its cell. Nothing is
/// found where `limits` cancelled: then no run is played either.
///
/// # Errors
/// If nothing would be left of a cell's runs.
pub fn settle(
    grid: &mut Grid,
    limits: &RunLimits,
    on_pilot: &(dyn Fn(&Cell) + Sync),
) -> Result<(), GridError> {
    let Some(SweepWarmUp::Asked(asked)) = &grid.warm_up else {
        return Ok(());
    };
    let of_cells: Vec<Vec<Cut>> = grid
        .cells
        .par_iter()
        .map(|cell| cuts(&cell.plan, (asked, limits), &|| on_pilot(cell)))
        .collect();
    let found = largest(&grid.cells, of_cells, asked.pilots);
    give(grid, found)
}

/// Pilot runs that [`settle`] would play.
pub fn pilots(grid: &Grid) -> usize {
    match &grid.warm_up {
        Some(SweepWarmUp::Asked(asked)) => grid.cells.len() * asked.pilots as usize,
        Some(SweepWarmUp::Found(_)) | None => 0,
    }
}

/// Gives a grid that asks for pilot runs the warm-up that those of the same grid found elsewhere.
///
/// # Errors
/// As [`settle`]'s.
pub fn settle_at(grid: &mut Grid, warm_up_s: f64) -> Result<(), GridError> {
    let Some(SweepWarmUp::Asked(asked)) = &grid.warm_up else {
        return Ok(());
    };
    let found = FoundWarmUp {
        method: "mser5",
        warm_up_s,
        pilots: asked.pilots,
        of: None,
        too_short: Vec::new(),
    };
    give(grid, found)
}

/// All cells get the warm-up that was found.
fn give(grid: &mut Grid, found: FoundWarmUp) -> Result<(), GridError> {
    let warm_up = SimDuration::from_secs(found.warm_up_s as u64);
    let is_longer = |cell: &&Cell| cell.plan.run.duration <= warm_up;
    if let Some(cell) = grid.cells.iter().find(is_longer) {
        return Err(GridError::WarmUpTooLong {
            of: found.of.map_or_else(String::new, |it| it.cell),
            warm_up,
            cell: cell.name.clone(),
        });
    }
    for cell in &mut grid.cells {
        cell.plan.run.warm_up = warm_up;
    }
    grid.notes.extend(found.notes());
    grid.warm_up = Some(SweepWarmUp::Found(found));
    Ok(())
}

/// The largest cut; of equal ones the first.
fn largest(cells: &[Cell], of_cells: Vec<Vec<Cut>>, pilots: u32) -> FoundWarmUp {
    let mut found = FoundWarmUp {
        method: "mser5",
        warm_up_s: 0.0,
        pilots,
        of: None,
        too_short: Vec::new(),
    };
    let mut most = 0;
    for (cell, cuts) in cells.iter().zip(of_cells) {
        for cut in cuts {
            let settling = Settling {
                cell: cell.name.clone(),
                series: cut.series,
            };
            if cut.too_short {
                found.too_short.push(settling.clone());
            }
            if most < cut.minutes {
                (most, found.of) = (cut.minutes, Some(settling));
            }
        }
    }
    found.warm_up_s = most as f64 * MINUTE.as_secs_f64();
    found
}

impl FoundWarmUp {
    /// What to say of it.
    pub fn notes(&self) -> Vec<String> {
        let warm_up = SimDuration::from_secs(self.warm_up_s as u64);
        let by = format!("MSER-5 of {} pilot runs of each cell", self.pilots);
        let mut notes = vec![match &self.of {
            None => format!("no warm-up is needed: everything is settled from the start ({by})"),
            Some(of) => format!(
                "all figures are of the time after a warm-up of {warm_up}: {} in {} settles last \
                 ({by})",
                of.series, of.cell
            ),
        }];
        if let Some(first) = self.too_short.first() {
            let more = match self.too_short.len() {
                1 => String::new(),
                some => format!(" and {} more", some - 1),
            };
            notes.push(format!(
                "the runs are too short to tell when {} in {}{more} has settled: half of them is \
                 the most that is cut; make run.duration longer",
                first.series, first.cell
            ));
        }
        notes
    }
}

/// The cut of each series of a plan. None where its pilots were cancelled.
fn cuts(
    plan: &Plan,
    (asked, limits): (&WarmUpPlan, &RunLimits),
    on_pilot: &(dyn Fn() + Sync),
) -> Vec<Cut> {
    let mut plan = plan.clone();
    plan.record.metrics = Some(MINUTE);
    let wanted = wanted(&plan, &asked.metrics);
    let pilots: Vec<Vec<Vec<Option<f64>>>> = (0..u64::from(asked.pilots))
        .into_par_iter()
        .map(|pilot| {
            let outcome = Simulation::new(&plan, FIRST_PILOT + pilot).run(limits);
            on_pilot();
            let minutes = (outcome.stopped_at.as_micros() / MINUTE.as_micros()) as usize;
            let store = outcome.observed.metrics;
            let store = store.expect("pilot runs record their series");
            wanted
                .iter()
                .map(|series| series.minutes(&store, minutes))
                .collect()
        })
        .collect();
    let cut = |(index, series): (usize, &Wanted)| {
        let of_pilots: Vec<&[Option<f64>]> = pilots.iter().map(|it| it[index].as_slice()).collect();
        let found = mser5(&averaged(&of_pilots))?;
        Some(Cut {
            minutes: found.values,
            too_short: found.too_short && 0 < found.values,
            series: series.name.clone(),
        })
    };
    wanted.iter().enumerate().filter_map(cut).collect()
}

/// The mean of each minute over pilots; one that none of them has is like the one before it, and
/// those before the first are not there.
fn averaged(pilots: &[&[Option<f64>]]) -> Vec<f64> {
    let minutes = pilots.iter().map(|it| it.len()).min().unwrap_or(0);
    let mut averaged: Vec<f64> = Vec::with_capacity(minutes);
    for minute in 0..minutes {
        let (mut sum, mut count) = (0.0, 0.0);
        for value in pilots.iter().filter_map(|it| it[minute]) {
            (sum, count) = (sum + value, count + 1.0);
        }
        let before = averaged.last().copied();
        averaged.push(match 0.0 < count {
            true => sum / count,
            false => before.unwrap_or(f64::NAN),
        });
    }
    // Nothing is known of the time before the first value: it counts as the first one.
    let first = averaged.iter().copied().find(|it| !it.is_nan());
    let unknown = averaged.iter_mut().take_while(|it| it.is_nan());
    unknown.for_each(|it| *it = first.unwrap_or(f64::NAN));
    averaged
}

/// A series that has to settle.
struct Wanted {
    name: String,
    /// `None`: of the whole cluster.
    of: Option<(ServiceId, Metric)>,
}

/// The series of a plan that have to settle.
fn wanted(plan: &Plan, metrics: &[PilotMetric]) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for metric in metrics {
        let shown = match metric {
            PilotMetric::TaskCount => {
                wanted.push(Wanted {
                    name: metric.name().to_owned(),
                    of: None,
                });
                continue;
            }
            PilotMetric::RunningTaskCount => Metric::RunningTaskCount,
            PilotMetric::TargetResponseTime => Metric::TargetResponseTime,
            PilotMetric::VisibleMessages => Metric::MessagesVisible,
        };
        for (index, service) in plan.services.iter().enumerate() {
            if Metric::of_service(service).any(|it| it == shown) {
                wanted.push(Wanted {
                    name: format!("{} of {}", metric.name(), service.name),
                    of: Some((ServiceId::from_index(index), shown)),
                });
            }
        }
    }
    wanted
}

impl Wanted {
    /// The value of each of so many whole minutes.
    fn minutes(&self, store: &MetricStore, minutes: usize) -> Vec<Option<f64>> {
        let mut values = vec![None; minutes];
        let mut put = |run: MetricRun| {
            let (first, end) = (run.first as usize, run.first as usize + run.count as usize);
            let within = values.get_mut(first..end.min(minutes));
            within
                .into_iter()
                .for_each(|it| it.fill(run.statistics.average));
        };
        match self.of {
            Some((service, metric)) => store.service(service, metric).for_each(&mut put),
            None => store.task_count().for_each(&mut put),
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_without_a_value_are_like_those_before() {
        let one = [None, Some(2.0), None, Some(4.0)];
        let other = [None, Some(4.0), None, None];
        assert_eq!(averaged(&[&one, &other]), [3.0, 3.0, 3.0, 4.0]);
        assert!(averaged(&[&[None, None][..]]).iter().all(|it| it.is_nan()));
    }
}
