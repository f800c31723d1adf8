//! What decisions were made from, for whoever asks why afterwards: said beside the observations, to
//! the trail alone, and only borrowed. Without a trail nobody looks at it.

mod containers;
mod group;

use crate::demand::period::ServicePeriod;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{
    GroupId, InstanceId, JobSourceId, ProviderId, ScalableTargetId, ServiceId, ZoneId,
};
use crate::observe::observation::Refusal;
use crate::observe::placements::{Nearest, PlacementSearch};
use crate::policy::circuit_breaker::{CircuitBreaker, Failures, Verdict, verdict};
use crate::policy::deployment::{Percentages, Replace, Rollout, Start, Stop};
use crate::policy::fargate::WhenZoneRefuses;
use crate::policy::launch_rate::TokenBucket;
use crate::policy::schedule::delivery::{Delivery, Failed};
use crate::policy::strategy::{ChoiceReason, Strategy};
use crate::policy::target_tracking::{ScalableTarget, ScalingDecision, Signals};
use crate::policy::what_if::Emptied;
use crate::units::CpuUnits;
use crate::world::groups::Phase;
use crate::world::task::Owner;

pub use containers::{ContainerEnd, KeptMemory};
pub use group::{GroupInputs, GroupLook, PoolSearch, TypeChoice};

/// The inputs of a decision (its instant is passed beside it).
#[derive(Clone, Copy, Debug)]
pub enum DecisionInputs<'a> {
    /// No pool had an instance for a group of Managed Instances: those that were asked, by the
    /// positions of type and zone in the group.
    PoolsRefused {
        /// The group.
        group: GroupId,
        /// The pools.
        pools: &'a [(u32, u32)],
    },
    /// Zones were asked for a launch, which may follow as a pick.
    Zone {
        /// For whom.
        owner: Owner,
        /// On which provider.
        provider: ProviderId,
        /// What was found.
        search: &'a ZoneSearch<'a>,
    },
    /// An instance was looked for, for the owner's `ordinal`-th task.
    Placement {
        /// For whom.
        owner: Owner,
        /// Which of its tasks.
        ordinal: u64,
        /// On which provider.
        provider: ProviderId,
        /// What was found.
        search: &'a PlacementSearch<'a>,
    },
    /// A launch is granted: the provider that was picked for the owner's `ordinal`-th task.
    Pick {
        /// For whom.
        owner: Owner,
        /// Which of its tasks.
        ordinal: u64,
        /// The strategy that was asked.
        strategy: &'a Strategy,
        /// The tasks by item that it was asked with.
        counts: &'a [u32],
        /// By which clause.
        reason: ChoiceReason,
        /// Of a job: what it waited for before.
        job: Option<JobStart>,
    },
    /// A launch is refused and waits.
    Held(HeldLaunch),
    /// The scheduler looked at a service, and its bounds decided how far it may go.
    Step {
        /// The service.
        service: ServiceId,
        /// What was found, and decided.
        step: ServiceStep,
    },
    /// The circuit breaker has failed a deployment, the PRIMARY one until then.
    CircuitBreaker {
        /// The service.
        service: ServiceId,
        /// What it was asked with.
        asked: CircuitBreakerAsked,
    },
    /// A task is picked to be stopped by choice.
    StopChosen {
        /// Whose.
        service: ServiceId,
        /// Which of its tasks.
        ordinal: u64,
        /// The strategy that was asked.
        strategy: &'a Strategy,
        /// The deployment's tasks by item of the strategy.
        counts: &'a [u32],
        /// The zones.
        zones: &'a [ZoneId],
        /// The candidates by zone.
        by_zone: &'a [u32],
        /// How far the candidates had come.
        phase: Phase,
        /// How many candidates there were where it was.
        among: u32,
        /// Why one had to go.
        because: StopBecause,
        /// How it was found among them.
        how: StopHow,
    },
    /// A reclaim of Spot takes a task.
    Reclaimed {
        /// Whose.
        owner: Owner,
        /// Which of its tasks.
        ordinal: u64,
        /// The share of the pool that is taken.
        severity: f64,
        /// The task's own draw: it is taken because it is below the severity.
        uniform: f64,
    },
    /// `whatIf.repacking` empties an instance.
    Emptied {
        /// Which.
        instance: InstanceId,
        /// Why.
        emptied: Emptied,
    },
    /// The policies of a target changed its desired count.
    Scaled {
        /// The target.
        target: ScalableTargetId,
        /// The newest minute that the alarms had seen.
        minute: i64,
        /// The target as the decision found it.
        input: ScalableTarget,
        /// What the alarms said.
        signals: Signals<'a>,
        /// What was decided.
        decision: ScalingDecision,
    },
    /// A Managed Instance is launched (or stands from the start) for tasks of an owner: why it is
    /// of its type.
    TypeChosen {
        /// For whom first of all.
        owner: Owner,
        /// The instance.
        instance: InstanceId,
        /// What was asked, and found.
        choice: &'a TypeChoice,
    },
    /// The essential container of a task ended by itself.
    ContainerEnded {
        /// Whose.
        owner: Owner,
        /// Which of its tasks.
        ordinal: u64,
        /// How.
        end: ContainerEnd,
    },
    /// The essential container of a service's task is started again in it.
    Restarted {
        /// Whose.
        service: ServiceId,
        /// Which of its tasks.
        ordinal: u64,
        /// When its code answers.
        ready: SimTime,
        /// When failing checks are noticed, if that is before: its service will replace the task.
        noticed: Option<SimTime>,
    },
    /// A predictive policy has foretold an hour.
    Foretold {
        /// The target.
        target: ScalableTargetId,
        /// The load of each hour so far, oldest first.
        history: &'a [f64],
        /// What was foretold from them.
        hour: ForetoldHour,
    },
    /// Predictive scaling has set the least and the most tasks of an hour, beside the bounds.
    Predicted {
        /// The target.
        target: ScalableTargetId,
        /// The least, and the most.
        bounds: (u32, u32),
    },
    /// AWS acts on the notice that it retires Fargate's platform revision.
    Retired {
        /// When it was given.
        noticed: SimTime,
    },
    /// Data points of a service's fine metrics: CPU and memory alone.
    FinePoints {
        /// The service.
        service: ServiceId,
        /// The index of the first.
        first: u64,
        /// How many, all alike.
        count: u64,
        /// What each saw.
        period: &'a ServicePeriod,
    },
    /// What became of a group's instances.
    Group(GroupInputs<'a>),
    /// A task of EventBridge's call was not started.
    CallFailed(CallAsked),
    /// A service's alarms are primed with a minute, as if it had been so for long.
    Primed {
        /// The service.
        service: ServiceId,
        /// The minute.
        period: &'a ServicePeriod,
    },
}

/// What a predictive policy foretold of an hour.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ForetoldHour {
    /// The policy, by its index among the target's.
    pub policy: usize,
    /// The hour, from the run's start.
    pub hour: u64,
    /// Its load: percent of a task, or requests a minute.
    pub load: f64,
    /// The desired count before.
    pub desired: u32,
    /// `MaxCapacity`.
    pub max: u32,
}

/// Why the scheduler stops one of a service's tasks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StopBecause {
    /// There are more than desired.
    Surplus,
    /// It is of an older deployment than the PRIMARY one.
    Replaced,
    /// Availability Zone rebalancing has started one in a poorer zone.
    Rebalanced,
}

/// How the task that is stopped is found among those that may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StopHow {
    /// Of those of its zone one is drawn.
    Drawn,
    /// It still waits for a container instance.
    Waits,
    /// By the reverse of the placement strategy.
    Placement,
}

/// A search for a zone: what the rule was asked with in the end.
#[derive(Clone, Copy, Debug)]
pub struct ZoneSearch<'a> {
    /// The zones in the owner's order.
    pub zones: &'a [ZoneId],
    /// The owner's tasks on the provider by zone.
    pub counts: &'a [u32],
    /// Which of them refused.
    pub refuses: &'a [bool],
    /// What happens when one refuses.
    pub when_refused: WhenZoneRefuses,
}

/// What a job had behind it when its task was launched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JobStart {
    /// When it came in.
    pub arrived: SimTime,
    /// The source's how-manieth job it is, from 0.
    pub number: u64,
    /// How often it had been started before.
    pub starts: u32,
    /// How many tasks of its RunTask call went before it.
    pub in_call: u32,
    /// How long its task works, what is done already taken off; `None`: it does not end by itself.
    pub work: Option<SimDuration>,
}

/// A refused launch, with the state of what refused it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct HeldLaunch {
    /// Who wanted it.
    pub owner: Owner,
    /// Where; `None`: the whole service waits.
    pub provider: Option<ProviderId>,
    /// Why.
    pub reason: Refusal,
    /// When it is tried again; [`SimTime::MAX`]: when something else changes.
    pub retry_at: SimTime,
    /// The task's size.
    pub cpu: CpuUnits,
    /// CPU units in use on the provider.
    pub in_use_cpu_units: u64,
    /// The bucket that had no token, if it was one.
    pub bucket: Option<(Limiter, TokenBucket)>,
    /// Rounds of starts that failed in a row.
    pub failed_rounds: u32,
    /// If no instance took it: the one that came closest.
    pub nearest: Option<Nearest>,
}

/// Whose bucket had no token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limiter {
    /// The account's launches on a provider.
    Account,
    /// The account's RunTask calls.
    RunTaskCalls,
    /// The service's own launches.
    Service,
}

/// What EventBridge was asked with when a task of its call was not started.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CallAsked {
    /// The target.
    pub source: JobSourceId,
    /// The target's how-manieth task, from 0.
    pub number: u64,
    /// When the schedule called.
    pub called_at: SimTime,
    /// How many tries there have been, this one included.
    pub tries: u32,
    /// What refused it.
    pub reason: Refusal,
    /// How RunTask tells it.
    pub failed: Failed,
    /// The draw of the wait before a further try.
    pub uniform: f64,
    /// What became of it.
    pub delivery: Delivery,
}

/// What the circuit breaker was asked with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CircuitBreakerAsked {
    /// Its settings.
    pub breaker: CircuitBreaker,
    /// The failed tasks of the deployment.
    pub failures: Failures,
    /// The service's desired count.
    pub desired: u32,
    /// Whether there is a deployment to go back to.
    pub has_completed: bool,
}

impl CircuitBreakerAsked {
    /// What it says.
    pub fn answer(&self) -> Verdict {
        verdict(
            self.breaker,
            self.failures,
            self.desired,
            self.has_completed,
        )
    }
}

/// A step of a deployment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServiceStep {
    /// The bounds in percent.
    pub percentages: Percentages,
    /// The tasks before.
    pub before: Rollout,
    /// What may be started, and what set the number.
    pub start: Start,
    /// The tasks after the new side's starts.
    pub started: Rollout,
    /// How many lost old ones may be replaced, and what set the number.
    pub replace: Replace,
    /// The tasks after all starts.
    pub after: Rollout,
    /// What may be stopped, and what set the number.
    pub stop: Stop,
}
