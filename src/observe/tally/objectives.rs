//! What the run says about the objectives: minutes are judged as they come, the run at its end.

use crate::demand::period::{PERIOD, QUANTILES, ServicePeriod};
use crate::engine::SimTime;
use crate::ids::{JobSourceId, ServiceId};
use crate::observe::gauge::{CountStatistics, CountsRun};
use crate::observe::summary::{CountSummary, ObjectiveSummary};
use crate::observe::tally::completion::CompletionTally;
use crate::observe::tally::counts::TaskTally;
use crate::observe::tally::load::{LoadTally, UtilizationTally, failed_share};
use crate::observe::tally::queue::QueueTally;
use crate::scenario::plan::{Bound, ObjectiveMetric, ObjectivePlan, Scope, Statistic};

/// An objective and the minutes judged so far.
#[derive(Clone, Debug)]
pub struct ObjectiveTally {
    plan: ObjectivePlan,
    /// The first minute that is judged.
    first: u64,
    minutes_judged: u64,
    minutes_held: u64,
    completion: Option<CompletionTally>,
}

/// What an objective about the run is judged by: a service's tallies, or those of all together.
#[derive(Clone, Copy, Debug)]
pub struct RunTallies<'a> {
    /// Its load.
    pub load: &'a LoadTally,
    /// Its tasks.
    pub tasks: &'a TaskTally,
    /// Its RUNNING tasks over time.
    pub running: CountSummary,
}

impl ObjectiveTally {
    /// Nothing judged yet.
    pub fn new(plan: &ObjectivePlan) -> Self {
        ObjectiveTally {
            plan: plan.clone(),
            first: 0,
            minutes_judged: 0,
            minutes_held: 0,
            completion: plan.completion.as_ref().map(CompletionTally::new),
        }
    }

    /// Judges minutes and calls from `at`, the start of a minute, on.
    pub fn restart(&mut self, at: SimTime) {
        (self.minutes_judged, self.minutes_held) = (0, 0);
        self.first = at.period_index(PERIOD);
        if let Some(completion) = &mut self.completion {
            completion.restart(at);
        }
    }

    /// A schedule called for its tasks.
    pub fn called(&mut self, source: JobSourceId, at: SimTime) {
        if let Some(completion) = &mut self.completion {
            completion.called(source, at);
        }
    }

    /// A task that was called for at `arrived` succeeded at `at`.
    pub fn job_done(&mut self, source: JobSourceId, arrived: SimTime, at: SimTime) {
        if let Some(completion) = &mut self.completion {
            completion.done(source, arrived, at);
        }
    }

    /// The service it is about; `None`: all.
    pub fn service(&self) -> Option<ServiceId> {
        self.plan.service
    }

    /// Whether it judges minutes of this service's counts.
    pub fn is_about_counts_of(&self, service: ServiceId) -> bool {
        self.judges_minutes()
            && self.plan.metric == ObjectiveMetric::RunningTaskCount
            && self.plan.service.is_none_or(|own| own == service)
    }

    /// Whether it judges minutes of this service's load.
    pub fn is_about_load_of(&self, service: ServiceId) -> bool {
        self.judges_minutes()
            && self.plan.metric != ObjectiveMetric::RunningTaskCount
            && self.plan.service.is_none_or(|own| own == service)
    }

    /// Judges `count` minutes with this load. Minutes of several services count each for itself.
    pub fn judge_load(&mut self, minute: &ServicePeriod, count: u64) {
        self.judge(minute_value(&self.plan, minute), count);
    }

    /// Judges minutes with these counts.
    pub fn judge_counts(&mut self, run: &CountsRun) {
        let value = count_value(self.plan.statistic, run.counts.running);
        let end = u64::from(run.first) + u64::from(run.count);
        let first = u64::from(run.first).max(self.first);
        self.judge(value, end.saturating_sub(first));
    }

    /// What the run says.
    pub fn summary(&self, tallies: RunTallies<'_>, ended_at: SimTime) -> ObjectiveSummary {
        let mut summary = ObjectiveSummary {
            text: self.plan.text.clone(),
            minutes_judged: self.minutes_judged,
            minutes_held: self.minutes_held,
            ..ObjectiveSummary::default()
        };
        match self.plan.scope {
            Scope::Calls(share) => {
                let calls = self.completion.as_ref();
                let (judged, held) = calls.map_or((0, 0), |calls| calls.judged(ended_at));
                (summary.calls_judged, summary.calls_held) = (Some(judged), Some(held));
                summary.holds = (0 < judged).then(|| is_enough(share, (judged, held)));
            }
            Scope::Run => {
                summary.value = run_value(&self.plan, tallies);
                summary.holds = summary.value.map(|value| self.plan.bound.holds(value));
            }
            Scope::Minutes(share) => {
                let counts = (self.minutes_judged, self.minutes_held);
                summary.holds = (0 < self.minutes_judged).then(|| is_enough(share, counts));
            }
        }
        summary
    }

    fn judges_minutes(&self) -> bool {
        matches!(self.plan.scope, Scope::Minutes(_))
    }

    fn judge(&mut self, value: Option<f64>, count: u64) {
        if let Some(value) = value {
            self.minutes_judged += count;
            self.minutes_held += if self.plan.bound.holds(value) {
                count
            } else {
                0
            };
        }
    }
}

/// Whether `held` of `judged` are at least `share`: 7 % of 100 are 7, whatever the last bit of the
/// product says.
fn is_enough(share: f64, (judged, held): (u64, u64)) -> bool {
    share * judged as f64 * (1.0 - 1e-12) <= held as f64
}

impl Bound {
    /// Whether a value keeps it.
    pub fn holds(self, value: f64) -> bool {
        match self {
            Bound::Below(bound) => value < bound,
            Bound::Above(bound) => bound < value,
        }
    }
}

/// A minute's value of the objective's metric; `None`: it has none.
fn minute_value(plan: &ObjectivePlan, minute: &ServicePeriod) -> Option<f64> {
    match plan.metric {
        // Where nobody was answered, CloudWatch has no data point either.
        ObjectiveMetric::TargetResponseTime if !has_responses(minute) => None,
        ObjectiveMetric::TargetResponseTime => match plan.statistic {
            Statistic::Average => Some(minute.response_mean),
            Statistic::Quantile(u) => Some(minute_quantile(minute, u)),
            // A minute keeps no extremes: its outermost quantiles stand for them.
            Statistic::Maximum => Some(minute_quantile(minute, 1.0)),
            Statistic::Minimum => Some(minute_quantile(minute, 0.0)),
            Statistic::Sum => None,
        },
        ObjectiveMetric::CpuUtilization => minute.cpu_utilization(),
        ObjectiveMetric::MemoryUtilization => minute.memory_utilization(),
        ObjectiveMetric::OldestMessage => {
            QueueTally::has_messages(minute).then_some(minute.oldest_s)
        }
        // A share, whatever statistic stands beside it.
        ObjectiveMetric::FailedRequests => failed_share(minute),
        ObjectiveMetric::RunningTaskCount
        | ObjectiveMetric::LaunchDelay
        | ObjectiveMetric::Interruptions
        | ObjectiveMetric::InterruptedTasks
        | ObjectiveMetric::LostWork
        | ObjectiveMetric::CompletedAt
        | ObjectiveMetric::Cost { .. } => None,
    }
}

/// Whether any request of the minute was answered by a task.
fn has_responses(minute: &ServicePeriod) -> bool {
    0.0 < minute.requests && 0.0 < minute.response_quantiles[QUANTILES.len() - 1]
}

/// The kept quantile at `u`, or the next above it (p99 is the last).
fn minute_quantile(minute: &ServicePeriod, u: f64) -> f64 {
    let at = QUANTILES.iter().position(|kept| u <= *kept + 1e-9);
    minute.response_quantiles[at.unwrap_or(QUANTILES.len() - 1)]
}

fn count_value(statistic: Statistic, count: CountStatistics) -> Option<f64> {
    match statistic {
        Statistic::Average => Some(f64::from(count.mean)),
        Statistic::Minimum => Some(f64::from(count.min)),
        Statistic::Maximum => Some(f64::from(count.max)),
        Statistic::Sum | Statistic::Quantile(_) => None,
    }
}

/// The run's value of the objective's metric; `None`: it has none.
fn run_value(plan: &ObjectivePlan, of: RunTallies<'_>) -> Option<f64> {
    let statistic = plan.statistic;
    match plan.metric {
        ObjectiveMetric::TargetResponseTime => {
            let responses = &of.load.responses;
            match statistic {
                Statistic::Average => responses.mean_s(),
                Statistic::Minimum => responses.quantile_s(0.0),
                Statistic::Maximum => responses.quantile_s(1.0),
                Statistic::Sum => responses.mean_s().map(|mean| mean * responses.count()),
                Statistic::Quantile(u) => responses.quantile_s(u),
            }
        }
        ObjectiveMetric::CpuUtilization => utilization_value(statistic, &of.load.cpu),
        ObjectiveMetric::MemoryUtilization => utilization_value(statistic, &of.load.memory),
        ObjectiveMetric::OldestMessage => of.load.queue.oldest(statistic),
        ObjectiveMetric::FailedRequests => of.load.failed_share(),
        ObjectiveMetric::RunningTaskCount => match statistic {
            Statistic::Average => Some(of.running.mean),
            Statistic::Minimum => Some(f64::from(of.running.min)),
            Statistic::Maximum => Some(f64::from(of.running.max)),
            Statistic::Sum | Statistic::Quantile(_) => None,
        },
        ObjectiveMetric::LaunchDelay => {
            let delays = &of.tasks.delays;
            match statistic {
                Statistic::Average => delays.mean_s(),
                Statistic::Minimum => delays.quantile_s(0.0),
                Statistic::Maximum => delays.max_s(),
                Statistic::Sum => delays.mean_s().map(|mean| mean * of.tasks.started as f64),
                Statistic::Quantile(u) => delays.quantile_s(u),
            }
        }
        ObjectiveMetric::Interruptions => Some(of.tasks.interruptions as f64),
        // These the summary and the bill know.
        ObjectiveMetric::InterruptedTasks
        | ObjectiveMetric::LostWork
        | ObjectiveMetric::CompletedAt
        | ObjectiveMetric::Cost { .. } => None,
    }
}

fn utilization_value(statistic: Statistic, utilization: &UtilizationTally) -> Option<f64> {
    match statistic {
        Statistic::Average => utilization.mean_percent(),
        Statistic::Minimum => utilization.min_percent(),
        Statistic::Maximum => utilization.max_percent(),
        Statistic::Quantile(u) => utilization.quantile_percent(u),
        Statistic::Sum => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objective(metric: ObjectiveMetric, statistic: Statistic, scope: Scope) -> ObjectiveTally {
        ObjectiveTally::new(&ObjectivePlan {
            text: "an objective".to_owned(),
            metric,
            service: None,
            statistic,
            bound: Bound::Below(0.5),
            scope,
            completion: None,
            probability: None,
        })
    }

    fn minute(requests: f64, p99: f64) -> ServicePeriod {
        ServicePeriod {
            requests,
            first_tries: requests,
            response_quantiles: [0.1, 0.2, 0.3, p99],
            ..ServicePeriod::default()
        }
    }

    fn judged(objective: &ObjectiveTally) -> ObjectiveSummary {
        let (load, tasks) = (LoadTally::default(), TaskTally::default());
        let tallies = RunTallies {
            load: &load,
            tasks: &tasks,
            running: CountSummary::default(),
        };
        objective.summary(tallies, SimTime::ZERO)
    }

    #[test]
    fn a_bound_must_hold_in_its_share_of_minutes_with_requests() {
        let p99 = Statistic::Quantile(0.99);
        for (share, holds) in [(0.999, true), (0.9991, false)] {
            let metric = ObjectiveMetric::TargetResponseTime;
            let mut objective = objective(metric, p99, Scope::Minutes(share));
            objective.judge_load(&minute(10.0, 0.4), 999);
            // The bound is strict, and a minute without requests is not judged.
            objective.judge_load(&minute(10.0, 0.5), 1);
            objective.judge_load(&minute(0.0, 0.0), 500);
            // Nor is one whose requests all failed without a task.
            let unanswered = ServicePeriod {
                requests: 10.0,
                failed: 10.0,
                ..ServicePeriod::default()
            };
            objective.judge_load(&unanswered, 500);
            let summary = judged(&objective);
            assert_eq!((summary.minutes_judged, summary.minutes_held), (1_000, 999));
            assert_eq!(summary.holds, Some(holds), "{share}");
        }
    }

    #[test]
    fn failed_requests_are_a_share_in_every_statistic() {
        for statistic in [Statistic::Sum, Statistic::Average] {
            let objective = objective(ObjectiveMetric::FailedRequests, statistic, Scope::Run);
            let mut load = LoadTally::default();
            let failed = ServicePeriod {
                failed: 2.0,
                ..minute(10.0, 0.1)
            };
            load.add(&failed, 3);
            let tasks = TaskTally::default();
            let tallies = RunTallies {
                load: &load,
                tasks: &tasks,
                running: CountSummary::default(),
            };
            let summary = objective.summary(tallies, SimTime::ZERO);
            assert_eq!((summary.value, summary.holds), (Some(0.2), Some(true)));
        }
    }

    #[test]
    fn nothing_judged_says_neither_yes_nor_no() {
        let metric = ObjectiveMetric::TargetResponseTime;
        let minutes = objective(metric, Statistic::Average, Scope::Minutes(0.9));
        assert_eq!(judged(&minutes).holds, None);
        let run = objective(metric, Statistic::Average, Scope::Run);
        assert_eq!(judged(&run).holds, None);
        let cost = ObjectiveMetric::Cost { per_month: true };
        let cost = objective(cost, Statistic::Sum, Scope::Run);
        assert_eq!(judged(&cost).holds, None);
    }

    #[test]
    fn a_quantile_between_the_kept_ones_takes_the_next_above() {
        let minute = minute(1.0, 0.9);
        for (u, expected) in [
            (0.0, 0.1),
            (0.5, 0.1),
            (0.6, 0.2),
            (0.9, 0.2),
            (0.99, 0.9),
            (0.999, 0.9),
        ] {
            assert_eq!(minute_quantile(&minute, u), expected, "{u}");
        }
    }
}
