//! What is to hold.

use crate::ids::ServiceId;

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
    /// USD, per month or of the run.
    Cost {
        /// Whether the bound is per month of 730 h.
        per_month: bool,
    },
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
}
