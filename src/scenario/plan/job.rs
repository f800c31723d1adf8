//! Programs that call RunTask, and EventBridge, which does it by a schedule.

use std::sync::Arc;

use super::boundary::TaskSubnetPlan;
use super::ec2::PlacementPlan;
use super::volume::TaskVolumePlan;
use crate::demand::arrivals::ArrivalTrace;
use crate::demand::generator::RateSpec;
use crate::demand::scheduled::ScheduleTimes;
use crate::demand::source::ArrivalProcess;
use crate::engine::SimDuration;
use crate::engine::distribution::Distribution;
use crate::engine::random::NameHash;
use crate::ids::{JobSourceId, TaskDefinitionId, ZoneId};
use crate::policy::schedule::delivery::{Backoff, RetryPolicy};
use crate::policy::strategy::{PROVIDERS_MAX, Strategy};
use crate::units::{CpuUnits, MiB};

/// The most items of strategies that tasks of one program may go to: of its own, and of rules by
/// size.
pub const JOB_ITEMS_MAX: usize = 2 * PROVIDERS_MAX;

/// A program that calls RunTask, or a target of EventBridge.
#[derive(Clone, Debug)]
pub struct JobSourcePlan {
    /// Its name.
    pub name: String,
    /// The key of its random streams.
    pub key: NameHash,
    /// What it runs.
    pub task_definition: TaskDefinitionId,
    /// Tasks per arrival.
    pub count: u32,
    /// The tasks' `group`.
    pub group: String,
    /// The tasks' `startedBy`.
    pub started_by: String,
    /// Where its tasks go.
    pub strategy: Strategy,
    /// How its tasks are placed on container instances.
    pub placement: PlacementPlan,
    /// The zones of its subnets.
    pub zones: Vec<ZoneId>,
    /// Its subnets, where something is known of them.
    pub subnets: Vec<TaskSubnetPlan>,
    /// Whether each task gets (and pays) a public IPv4 address.
    pub assign_public_ip: bool,
    /// When it calls; `None`: only when the timeline says so.
    pub arrivals: Option<ArrivalPlan>,
    /// The programs, schedules and rules that it comes after: it calls when a batch of each has
    /// ended.
    pub after: Vec<JobSourceId>,
    /// Tasks it keeps running at once at most; further arrivals wait in its own queue.
    pub concurrency: Option<u32>,
    /// How often a failed task is tried again.
    pub retry_attempts: u32,
    /// The wait before a further try.
    pub retry_backoff: SimDuration,
    /// What happens to an interrupted task's work.
    pub on_interruption: OnInterruption,
    /// How its calls find their providers.
    pub provider_choice: ProviderChoice,
    /// Other than the task definition's CPU (`overrides`).
    pub cpu: Option<CpuUnits>,
    /// Other than the task definition's memory (`overrides`).
    pub memory: Option<MiB>,
    /// CPU units and MiB that its sidecars reserve, other than in the task definition
    /// (`containerOverrides`).
    pub beside: Option<[u64; 2]>,
    /// The EBS volume of each of its tasks.
    pub volume: Option<TaskVolumePlan>,
    /// EventBridge calls, not a program.
    pub target: Option<TargetPlan>,
}

/// What EventBridge does when a call of a schedule's target fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TargetPlan {
    /// Which part of EventBridge calls.
    pub caller: Caller,
    /// How often it tries again.
    pub retry: RetryPolicy,
    /// The waits before.
    pub backoff: Backoff,
    /// Whether what is given up goes to a dead-letter queue.
    pub has_dead_letters: bool,
}

/// The parts of EventBridge that call by a schedule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Caller {
    /// A rule.
    Rule,
    /// EventBridge Scheduler.
    Scheduler,
}

/// How RunTask calls find the providers of their strategy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProviderChoice {
    /// Each call counts its own tasks only: calls of one task all go to the same provider.
    PerCall,
    /// Each task's provider is drawn in proportion to the weights.
    WeightedRandom,
}

/// When a job source calls.
#[derive(Clone, Debug)]
pub enum ArrivalPlan {
    /// The rows of a trace.
    Trace(ArrivalTrace),
    /// Drawn at a rate.
    Generated {
        /// Arrivals per second.
        rate: RateSpec,
        /// How they are spaced.
        process: ArrivalProcess,
        /// Their work in seconds; `None`: as `work.duration` says.
        work: Option<Distribution>,
    },
    /// The times of a schedule.
    Schedule(Arc<ScheduleTimes>),
}

/// What happens to the work of an interrupted task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnInterruption {
    /// It is run again, without counting as a retry.
    Restart,
    /// It counts as a failed try.
    Fail,
}
