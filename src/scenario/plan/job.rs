//! Programs that call RunTask.

use super::ec2::PlacementPlan;
use crate::demand::arrivals::ArrivalTrace;
use crate::demand::generator::RateSpec;
use crate::demand::source::ArrivalProcess;
use crate::engine::SimDuration;
use crate::engine::distribution::Distribution;
use crate::engine::random::NameHash;
use crate::ids::{TaskDefinitionId, ZoneId};
use crate::policy::strategy::{PROVIDERS_MAX, Strategy};

/// The most items of strategies that tasks of one program may go to: of its own, and of rules by
/// size.
pub const JOB_ITEMS_MAX: usize = 2 * PROVIDERS_MAX;

/// A program that calls RunTask.
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
    /// Whether each task gets (and pays) a public IPv4 address.
    pub assign_public_ip: bool,
    /// When it calls; `None`: only when the timeline says so.
    pub arrivals: Option<ArrivalPlan>,
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
}

/// What happens to the work of an interrupted task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnInterruption {
    /// It is run again, without counting as a retry.
    Restart,
    /// It counts as a failed try.
    Fail,
}
