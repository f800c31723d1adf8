//! The protocol of the past on one page: everything that can have happened, for whoever listens.
//! Observations are made from the change that a transition returned; sinks schedule nothing and
//! decide nothing.

mod deployment;

use crate::demand::period::ServicePeriod;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{
    AlarmId, GroupId, JobSourceId, PoolId, ProviderId, ScalableTargetId, ServiceId,
    TaskDefinitionId, ZoneId,
};
use crate::observe::placements::Nearest;
use crate::policy::alarm::{AlarmState, Verdict};
use crate::policy::auto_scaling_group::{Purchase, SizeRefusal};
use crate::policy::managed_scaling;
use crate::policy::schedule::delivery::Delivery;
use crate::policy::spot::Regime;
use crate::policy::strategy::ChoiceReason;
use crate::policy::target_tracking::ScalingReason;
use crate::scenario::plan::Caller;
use crate::world::instance::{GroupCounts, InstanceRecord, InstanceStep};
use crate::world::service::ServiceCounts;
use crate::world::task::{Owner, TaskRecord};

pub use deployment::{DeploymentStep, Failed, FailedBy, TaskSetChange};

/// What happened at an instant (which is passed beside it).
#[derive(Clone, Copy, Debug)]
pub enum Observation<'a> {
    /// A task is over (STOPPED), or the run ended before it was: all that can be said of it.
    TaskGone(&'a TaskRecord),
    /// A task reached RUNNING, `delay` after it was wanted.
    TaskStarted {
        /// Who asked for it.
        owner: Owner,
        /// Which deployment of a service started it, from 0.
        deployment: u32,
        /// Where it runs.
        provider: ProviderId,
        /// From being wanted to RUNNING.
        delay: SimDuration,
    },
    /// The essential container of a task was started again in it. Told only with Container
    /// Insights, which counts it.
    ContainerRestarted {
        /// Whose task it is.
        owner: Owner,
    },
    /// A running or starting task was told to go by Fargate Spot.
    TaskInterrupted {
        /// Whose it was.
        owner: Owner,
        /// Its provider.
        provider: ProviderId,
        /// Its zone.
        zone: ZoneId,
    },
    /// A launch was refused and waits.
    LaunchRefused {
        /// Who wanted it.
        owner: Owner,
        /// Where; `None`: the whole service waits.
        provider: Option<ProviderId>,
        /// Why.
        reason: Refusal,
        /// If no instance took it, and reasons are recorded: the one that came closest.
        nearest: Option<Nearest>,
        /// When it is tried again.
        until: SimTime,
    },
    /// A service's counts changed (or stand so at the start).
    ServiceCounts {
        /// The service.
        service: ServiceId,
        /// Its counts from now on.
        counts: ServiceCounts,
        /// Whether it is in a steady state (`Service::is_steady`).
        is_steady: bool,
    },
    /// One or more whole periods of 60 s of a service's load are over, all alike.
    ServicePeriods {
        /// The service.
        service: ServiceId,
        /// The index of the first of these periods (period 0 begins with the run).
        first: u64,
        /// How many.
        count: u64,
        /// What each of them saw.
        period: &'a ServicePeriod,
    },
    /// Service auto scaling looked at a target and decided something (also: not to scale, and why).
    Scaling {
        /// The target.
        target: ScalableTargetId,
        /// The desired count before.
        from: u32,
        /// The desired count now.
        to: u32,
        /// By which rule.
        reason: ScalingReason,
    },
    /// An alarm changed its state, or stands in it at the start.
    AlarmState {
        /// The alarm.
        alarm: AlarmId,
        /// Its state before; at the start the same.
        from: AlarmState,
        /// Its state now, and why.
        verdict: Verdict,
        /// The newest data point.
        newest: Option<f64>,
    },
    /// A provider was picked for a task.
    ProviderPicked {
        /// For whom.
        owner: Owner,
        /// Which.
        provider: ProviderId,
        /// By which clause of the strategy.
        reason: ChoiceReason,
    },
    /// A deployment began or ended.
    Deployment {
        /// The service.
        service: ServiceId,
        /// Which of its deployments, that of its creation being 0.
        ordinal: u32,
        /// Its revision.
        definition: TaskDefinitionId,
        /// What happened to it.
        step: DeploymentStep,
    },
    /// The spot market of a pool changed its regime.
    SpotRegime {
        /// The pool.
        pool: PoolId,
        /// The regime from now on.
        regime: Regime,
        /// The severity of the reclaim that came with it, if one did.
        reclaim: Option<f64>,
    },
    /// Something happened to the cluster's own instances.
    Capacity(CapacityObservation<'a>),
    /// A job (an arrival of work) is over.
    JobFinished {
        /// Whose it was.
        source: JobSourceId,
        /// From its arrival to its end.
        sojourn: SimDuration,
        /// Whether it succeeded in the end.
        succeeded: bool,
        /// How often it was started.
        starts: u32,
        /// Whether it was never to be started, as one that it comes after had failed.
        skipped: bool,
    },
    /// An arrival of work waits because of the source's concurrency (or stopped waiting): now
    /// waiting.
    JobsWaiting {
        /// The source.
        source: JobSourceId,
        /// How many wait now.
        waiting: u32,
    },
    /// EventBridge calls RunTask because a schedule says so.
    Called {
        /// The schedule's or rule's target.
        source: JobSourceId,
        /// Which part of EventBridge.
        caller: Caller,
        /// Whether tasks of an earlier call still run or wait.
        overlaps: bool,
    },
    /// A task of such a call was not started.
    CallFailed {
        /// The target.
        source: JobSourceId,
        /// Why.
        reason: Refusal,
        /// What becomes of it.
        delivery: Delivery,
    },
}

/// What happened to the cluster's own instances.
#[derive(Clone, Copy, Debug)]
pub enum CapacityObservation<'a> {
    /// An instance is ACTIVE, is DRAINING, or is gone (the run's end included): all that can be
    /// said of it.
    Instance(&'a InstanceRecord, InstanceStep),
    /// An Auto Scaling group's counts changed (or stand so at the start).
    GroupCounts {
        /// The group.
        group: GroupId,
        /// Its counts from now on.
        counts: &'a GroupCounts,
    },
    /// `CapacityProviderReservation` of a provider is this from now on.
    Reservation {
        /// The provider.
        provider: ProviderId,
        /// Percent.
        percent: f64,
    },
    /// Managed scaling looked at a group and decided something (also: not to scale, and why).
    GroupScaling {
        /// The provider.
        provider: ProviderId,
        /// The desired capacity before.
        from: u32,
        /// The desired capacity now.
        to: u32,
        /// By which rule.
        reason: managed_scaling::ScalingReason,
    },
    /// A launch of an instance failed, in every pool that was tried.
    InstanceLaunchFailed {
        /// The group.
        group: GroupId,
        /// How it was to be bought.
        purchase: Purchase,
    },
    /// A Spot Instance of a group with CapacityRebalance is at risk.
    RebalanceRecommended {
        /// The group.
        group: GroupId,
    },
    /// ECS hears nothing of one of one's own machines for a while.
    MachineLost {
        /// What it is counted with.
        group: GroupId,
        /// Whether it failed, and what ran there with it, or its agent alone was disconnected.
        is_failure: bool,
        /// For how long.
        length: SimDuration,
    },
    /// AWS refuses what the operator or a scheduled action asks of a group.
    RequestRefused {
        /// The group.
        group: GroupId,
        /// What was asked.
        request: RefusedRequest,
    },
    /// A task that waited for capacity has its instance.
    TaskPlaced {
        /// Whose it is.
        owner: Owner,
        /// Its provider.
        provider: ProviderId,
        /// How long it stood in PROVISIONING for want of an instance.
        waited: SimDuration,
    },
    /// Tasks that a service wants, that no instance takes and for which none will come: how many
    /// there are now. They are not created.
    Unplaced {
        /// The service.
        service: ServiceId,
        /// How many.
        tasks: u32,
    },
    /// A search for an instance had to ask so many of them, one by one: the task's constraints are
    /// about what changes with every task.
    Asked {
        /// Whose task it was.
        owner: Owner,
        /// How many instances.
        instances: u32,
    },
}

/// A request to a group that AWS refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefusedRequest {
    /// A scheduled action whose sizes do not go with the group's of that moment.
    ScheduledAction(SizeRefusal),
    /// StartInstanceRefresh while one runs (InstanceRefreshInProgress).
    InstanceRefresh,
}

/// Why a launch waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The account's launch bucket is empty.
    LaunchRate,
    /// The service's own 500 a minute are used up.
    ServiceRate,
    /// The account's quota of concurrent vCPUs.
    VcpuQuota,
    /// Fargate Spot has no capacity in any zone tried.
    SpotCapacity,
    /// The service's tasks never reach RUNNING: it is throttled.
    Throttled,
    /// Every zone that it may go to is out.
    ZoneOut,
    /// No container instance has room for it or meets its constraints, and the provider does not
    /// scale.
    NoInstance,
    /// The cluster's limit of tasks in PROVISIONING.
    ProvisioningLimit,
}
