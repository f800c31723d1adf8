//! What is to hold.

use crate::engine::time::SimTime;
use crate::ids::{JobSourceId, ServiceId};

/// One line of `objectives`.
#[derive(Clone, Debug)]
pub struct ObjectivePlan {
    /// The objective in words, for tables and charts.
    pub text: String,
    /// What is judged.
    pub metric: ObjectiveMetric,
    /// Of which service; `None`: of the whole run.
    pub service: Option<ServiceId>,
    /// Which statistic.
    pub statistic: Statistic,
    /// The bound, in the metric's own unit (seconds, percent, share, count, USD).
    pub bound: Bound,
    /// Over what the bound must hold.
    pub scope: Scope,
    /// What is to be done by when, of [`ObjectiveMetric::CompletedAt`].
    pub completion: Option<CompletionPlan>,
    /// In what share of replications it is to hold at least, 0 to 1; `None`: in each of them.
    pub probability: Option<f64>,
}

/// Until when the tasks of each call of a program or schedule are to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompletionPlan {
    /// Whose tasks.
    pub source: JobSourceId,
    /// Tasks a call.
    pub tasks: u32,
    /// The instants, in order; a call's is the first after it.
    pub deadlines: Vec<SimTime>,
}

/// What an objective judges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ObjectiveMetric {
    /// Response time, seconds.
    TargetResponseTime,
    /// Service CPU, percent.
    CpuUtilization,
    /// Service memory, percent.
    MemoryUtilization,
    /// Requests that failed, share of all, 0 to 1.
    FailedRequests,
    /// How long the head of a queue has waited, seconds.
    OldestMessage,
    /// Running tasks.
    RunningTaskCount,
    /// Seconds from a task being wanted to RUNNING.
    LaunchDelay,
    /// Interrupted tasks.
    Interruptions,
    /// Tasks that were interrupted, as a share of all that were started, 0 to 1.
    InterruptedTasks,
    /// Work that was lost and done again, as a share of all time in which tasks ran, 0 to 1.
    LostWork,
    /// Calls of which all tasks were done by a time of day, as a share of all that could be judged.
    CompletedAt,
    /// USD, per month or of the run.
    Cost {
        /// Whether the bound is per month of 730 h.
        per_month: bool,
    },
}

impl ObjectiveMetric {
    /// Whether it is of requests: there is none without a demand.
    pub fn is_of_requests(self) -> bool {
        matches!(
            self,
            ObjectiveMetric::TargetResponseTime
                | ObjectiveMetric::FailedRequests
                | ObjectiveMetric::OldestMessage
        )
    }

    /// Whether it is what tasks use of what they reserve.
    pub fn is_of_use(self) -> bool {
        matches!(
            self,
            ObjectiveMetric::CpuUtilization | ObjectiveMetric::MemoryUtilization
        )
    }
}

/// A statistic of a metric.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Statistic {
    /// The mean.
    Average,
    /// The smallest.
    Minimum,
    /// The largest.
    Maximum,
    /// The total.
    Sum,
    /// A quantile, 0 to 1: p99 is 0.99.
    Quantile(f64),
}

/// A bound of an objective.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Bound {
    /// Strictly below.
    Below(f64),
    /// Strictly above.
    Above(f64),
}

/// Over what a bound must hold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Scope {
    /// Of the whole run's value.
    Run,
    /// In at least this share of minutes, 0 to 1.
    Minutes(f64),
    /// In at least this share of a schedule's calls, 0 to 1.
    Calls(f64),
}
