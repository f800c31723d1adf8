//! Tasks by provider and state over time, from their timestamps.
//!
//! A task's stay in a state is two changes at column edges and two parts of columns: the cost is
//! O(1) a task however long it lives, and the memory that of the columns.

use crate::demand::period::PERIOD;
use crate::engine::{SimDuration, SimTime};
use crate::ids::ProviderId;
use crate::observe::observation::Observation;
use crate::scenario::plan::Plan;
use crate::world::task::{TaskRecord, TaskTimes};

/// The most columns that are kept; longer runs get longer columns.
pub const COLUMNS_MAX: u64 = 20_000;

/// The states that are told apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum StateGroup {
    /// PROVISIONING, PENDING, ACTIVATING.
    Starting,
    /// RUNNING.
    Running,
    /// DEACTIVATING, STOPPING, DEPROVISIONING.
    Stopping,
}

impl StateGroup {
    /// All of them, in the order of a task's life.
    pub const ALL: [StateGroup; 3] = [
        StateGroup::Starting,
        StateGroup::Running,
        StateGroup::Stopping,
    ];

    /// The word for charts.
    pub const fn name(self) -> &'static str {
        match self {
            StateGroup::Starting => "starting",
            StateGroup::Running => "running",
            StateGroup::Stopping => "stopping",
        }
    }
}

/// Tasks by provider and state over time.
#[derive(Clone, Debug)]
pub struct TaskStates {
    column_us: u64,
    ended_us: u64,
    /// By provider and state.
    layers: Vec<Layer>,
}

/// Things of one kind that stay for a while: the tasks of one provider in one state.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    /// The change of the tasks that stay for whole columns, from column to column.
    changes: Vec<i32>,
    /// Task-microseconds of stays that cover a part of a column.
    parts_us: Vec<u64>,
}

impl TaskStates {
    /// No task yet, columns for the plan's run.
    pub fn new(plan: &Plan) -> Self {
        let base = plan.record.metrics.unwrap_or(PERIOD).max(PERIOD);
        TaskStates::with_columns(plan.run.duration, base, plan.providers.len())
    }

    fn with_columns(duration: SimDuration, base: SimDuration, providers: usize) -> Self {
        let base_us = base.as_micros();
        let factor = duration.as_micros().div_ceil(base_us * COLUMNS_MAX).max(1);
        TaskStates {
            column_us: base_us * factor,
            ended_us: duration.as_micros(),
            layers: vec![Layer::default(); providers * StateGroup::ALL.len()],
        }
    }

    /// Takes what happened.
    pub fn observe(&mut self, at: SimTime, what: &Observation<'_>) {
        if let Observation::TaskGone(record) = what {
            self.task_gone(at, record);
        }
    }

    /// A task is over.
    pub(super) fn task_gone(&mut self, at: SimTime, record: &TaskRecord) {
        self.add(record.provider, &record.times, at);
    }

    /// The length of a column.
    pub fn column(&self) -> SimDuration {
        SimDuration::from_micros(self.column_us)
    }

    /// The mean number of tasks of a provider in a state, column by column; the last column ends
    /// with the run.
    pub fn means(&self, provider: ProviderId, state: StateGroup) -> impl Iterator<Item = f64> + '_ {
        let layer = &self.layers[layer_index(provider, state)];
        layer.means(self.column_us, self.ended_us)
    }

    /// Cuts the table where the run really ended; nothing later may have been added.
    pub(super) fn set_end(&mut self, ended_at: SimTime) {
        self.ended_us = ended_at.as_micros();
    }

    fn add(&mut self, provider: ProviderId, times: &TaskTimes, at: SimTime) {
        let end = times.stopped.unwrap_or(at).min(at);
        let (started, stopping) = times.running(at);
        let stays = [
            (StateGroup::Starting, times.created, started),
            (StateGroup::Running, started, stopping),
            (StateGroup::Stopping, stopping, end),
        ];
        for (state, from, to) in stays {
            let layer = &mut self.layers[layer_index(provider, state)];
            layer.add(from.as_micros(), to.as_micros(), self.column_us);
        }
    }
}

fn layer_index(provider: ProviderId, state: StateGroup) -> usize {
    provider.index() * StateGroup::ALL.len() + state as usize
}

impl Layer {
    /// The mean number of things, column by column up to `ended_us`.
    pub(super) fn means(&self, column_us: u64, ended_us: u64) -> impl Iterator<Item = f64> + '_ {
        let mut whole = 0i64;
        (0..ended_us.div_ceil(column_us)).map(move |column| {
            let at = column as usize;
            whole += i64::from(self.changes.get(at).copied().unwrap_or(0));
            let length_us = column_us.min(ended_us - column * column_us);
            let part = self.parts_us.get(at).copied().unwrap_or(0);
            whole as f64 + part as f64 / length_us as f64
        })
    }

    /// One thing from `from` to `to`.
    pub(super) fn add(&mut self, from: u64, to: u64, column: u64) {
        if to <= from {
            return;
        }
        let (first, last) = (from / column, to / column);
        if first == last {
            self.part(first, to - from);
            return;
        }
        let mut whole_from = first;
        if first * column < from {
            self.part(first, (first + 1) * column - from);
            whole_from += 1;
        }
        if last * column < to {
            self.part(last, to - last * column);
        }
        if whole_from < last {
            self.change(whole_from, 1);
            self.change(last, -1);
        }
    }

    fn part(&mut self, column: u64, length_us: u64) {
        let at = column as usize;
        if self.parts_us.len() <= at {
            self.parts_us.resize(at + 1, 0);
        }
        self.parts_us[at] += length_us;
    }

    fn change(&mut self, column: u64, by: i32) {
        let at = column as usize;
        if self.changes.len() <= at {
            self.changes.resize(at + 1, 0);
        }
        self.changes[at] += by;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FARGATE: ProviderId = ProviderId(0);

    fn minute_columns(minutes: u64) -> TaskStates {
        TaskStates::with_columns(SimDuration::from_secs(minutes * 60), PERIOD, 1)
    }

    fn times(created: u64, started: Option<u64>, stopping: u64, stopped: u64) -> TaskTimes {
        TaskTimes {
            created: SimTime::from_secs(created),
            started: started.map(SimTime::from_secs),
            stopping: Some(SimTime::from_secs(stopping)),
            stopped: Some(SimTime::from_secs(stopped)),
            ..TaskTimes::default()
        }
    }

    fn means(states: &TaskStates, state: StateGroup) -> Vec<f64> {
        states.means(FARGATE, state).collect()
    }

    #[test]
    fn a_task_counts_for_the_part_of_a_column_that_it_stays() {
        let mut states = minute_columns(5);
        // Starting 30 to 75 s, running to 240 s, stopping to 255 s.
        let end = SimTime::from_secs(300);
        states.add(FARGATE, &times(30, Some(75), 240, 255), end);
        assert_eq!(
            means(&states, StateGroup::Starting),
            [0.5, 0.25, 0.0, 0.0, 0.0]
        );
        assert_eq!(
            means(&states, StateGroup::Running),
            [0.0, 0.75, 1.0, 1.0, 0.0]
        );
        assert_eq!(
            means(&states, StateGroup::Stopping),
            [0.0, 0.0, 0.0, 0.0, 0.25]
        );
    }

    #[test]
    fn a_task_that_never_ran_is_starting_until_it_stops() {
        let mut states = minute_columns(2);
        let end = SimTime::from_secs(120);
        states.add(FARGATE, &times(0, None, 60, 90), end);
        assert_eq!(means(&states, StateGroup::Starting), [1.0, 0.0]);
        assert_eq!(means(&states, StateGroup::Running), [0.0, 0.0]);
        assert_eq!(means(&states, StateGroup::Stopping), [0.0, 0.5]);
    }

    #[test]
    fn the_last_column_ends_with_the_run() {
        let mut states = minute_columns(2);
        let open = TaskTimes {
            started: Some(SimTime::ZERO),
            ..TaskTimes::default()
        };
        states.add(FARGATE, &open, SimTime::from_secs(90));
        states.set_end(SimTime::from_secs(90));
        assert_eq!(means(&states, StateGroup::Running), [1.0, 1.0]);
    }

    #[test]
    fn columns_are_bounded_for_any_length() {
        let decade = SimDuration::from_secs(10 * 365 * 86_400);
        let states = TaskStates::with_columns(decade, PERIOD, 1);
        assert!(means(&states, StateGroup::Running).len() as u64 <= COLUMNS_MAX);
        assert_eq!(
            states.column().as_micros() % PERIOD.as_micros(),
            0,
            "whole minutes"
        );
    }
}
