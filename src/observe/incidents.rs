//! What went wrong when, for charts: interruptions and refused launches by column, the regimes of
//! Spot's zones, and the arrivals that wait. Memory is that of the columns and of the regimes'
//! changes.

use crate::demand::period::PERIOD;
use crate::engine::{SimDuration, SimTime};
use crate::ids::JobSourceId;
use crate::observe::observation::Observation;
use crate::scenario::plan::Plan;

pub use crate::policy::spot::Regime;

/// The most columns that are kept; longer runs get longer columns.
const COLUMNS_MAX: u64 = 5_000;

/// Incidents of a run over time.
#[derive(Clone, Debug)]
pub struct Incidents {
    column: SimDuration,
    ended_at: SimTime,
    /// By zone, then column.
    interrupted: Vec<Vec<u32>>,
    /// By column.
    refused: Vec<u32>,
    /// By pool (a zone): the regimes in order of time.
    regimes: Vec<Vec<(SimTime, Regime)>>,
    /// By job source.
    waiting: Vec<Waiting>,
}

/// The most of what waited at once (arrivals of a source), by column.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    now: u32,
    pub(super) most: Vec<u32>,
}

impl Incidents {
    /// Nothing yet, columns for the plan's run.
    pub fn new(plan: &Plan) -> Self {
        Incidents {
            column: column(plan),
            ended_at: SimTime::ZERO,
            interrupted: vec![Vec::new(); plan.zones.len()],
            refused: Vec::new(),
            regimes: vec![Vec::new(); plan.zones.len()],
            waiting: vec![Waiting::default(); plan.job_sources.len()],
        }
    }

    /// Takes what happened.
    pub fn observe(&mut self, at: SimTime, what: &Observation<'_>) {
        let column = || at.period_index(self.column) as usize;
        match what {
            Observation::TaskInterrupted { zone, .. } => {
                add(&mut self.interrupted[zone.index()], column());
            }
            Observation::LaunchRefused { .. } => add(&mut self.refused, column()),
            Observation::SpotRegime { pool, regime, .. } => {
                // Pools of instances come after the zones and are not drawn.
                let Some(regimes) = self.regimes.get_mut(pool.index()) else {
                    return;
                };
                if regimes.last().is_none_or(|(_, last)| last != regime) {
                    regimes.push((at, *regime));
                }
            }
            Observation::JobsWaiting { source, waiting } => {
                if !self.waiting[source.index()].is(*waiting) {
                    self.waiting[source.index()].set(column(), *waiting);
                }
            }
            Observation::TaskGone(_)
            | Observation::TaskStarted { .. }
            | Observation::ServiceCounts { .. }
            | Observation::ServicePeriods { .. }
            | Observation::Scaling { .. }
            | Observation::AlarmState { .. }
            | Observation::ProviderPicked { .. }
            | Observation::Deployment { .. }
            | Observation::JobFinished { .. }
            | Observation::Called { .. }
            | Observation::CallFailed { .. }
            | Observation::ContainerRestarted { .. }
            | Observation::Capacity(_) => {}
        }
    }

    /// The same, closed where the run ended.
    #[must_use]
    pub fn finish(mut self, ended_at: SimTime) -> Self {
        self.ended_at = ended_at;
        let columns = ended_at.as_micros().div_ceil(self.column.as_micros()) as usize;
        for waiting in &mut self.waiting {
            waiting.fill(columns);
        }
        self
    }

    /// Tasks taken back in each zone: seconds after the start (of the column) and how many.
    pub fn interrupted(&self, zone: usize) -> Vec<(f64, f64)> {
        self.points(&self.interrupted[zone])
    }

    /// Launches refused: seconds after the start (of the column) and how many.
    pub fn refused(&self) -> Vec<(f64, f64)> {
        self.points(&self.refused)
    }

    /// The most arrivals of a source that waited at once, column by column, seconds after the
    /// start.
    pub fn waiting(&self, source: JobSourceId) -> Vec<(f64, f64)> {
        let column_s = self.column.as_secs_f64();
        let most = self.waiting[source.index()].most.iter().enumerate();
        most.map(|(column, most)| (column as f64 * column_s, f64::from(*most)))
            .collect()
    }

    /// The regimes of a zone: from when to when, seconds after the start; none if it never spoke. A
    /// zone is calm until it says otherwise.
    pub fn regimes(&self, zone: usize) -> Vec<(f64, f64, Regime)> {
        let mut changes = self.regimes[zone].clone();
        if changes.first().is_some_and(|(at, _)| SimTime::ZERO < *at) {
            changes.insert(0, (SimTime::ZERO, Regime::Calm));
        }
        let end = self.ended_at.as_secs_f64();
        let until = |index: usize| {
            changes
                .get(index + 1)
                .map_or(end, |next| next.0.as_secs_f64())
        };
        let spans = changes.iter().enumerate();
        spans
            .map(|(index, (from, regime))| (from.as_secs_f64(), until(index), *regime))
            .collect()
    }

    fn points(&self, counts: &[u32]) -> Vec<(f64, f64)> {
        let column_s = self.column.as_secs_f64();
        let some = counts.iter().enumerate().filter(|(_, count)| 0 < **count);
        some.map(|(column, count)| (column as f64 * column_s, f64::from(*count)))
            .collect()
    }
}

/// The length of a column of a plan's run.
pub(super) fn column(plan: &Plan) -> SimDuration {
    let base = PERIOD.as_micros();
    let factor = plan.run.duration.as_micros().div_ceil(base * COLUMNS_MAX);
    SimDuration::from_micros(base * factor.max(1))
}

impl Waiting {
    /// Whether `waiting` of them is nothing new: then there is nothing to say.
    pub(super) fn is(&self, waiting: u32) -> bool {
        self.now == waiting
    }

    pub(super) fn set(&mut self, column: usize, waiting: u32) {
        self.fill(column + 1);
        self.now = waiting;
        let most = &mut self.most[column];
        *most = (*most).max(waiting);
    }

    /// The columns up to `columns` show what waits now.
    pub(super) fn fill(&mut self, columns: usize) {
        if self.most.len() < columns {
            self.most.resize(columns, self.now);
        }
    }
}

fn add(counts: &mut Vec<u32>, column: usize) {
    if counts.len() <= column {
        counts.resize(column + 1, 0);
    }
    counts[column] = counts[column].saturating_add(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_shown_until_it_changes_and_a_peak_within_a_column_stays() {
        let mut waiting = Waiting::default();
        waiting.set(1, 4);
        waiting.set(1, 9);
        waiting.set(1, 2);
        waiting.set(4, 0);
        waiting.fill(6);
        assert_eq!(waiting.most, [0, 9, 2, 2, 2, 0]);
    }
}
