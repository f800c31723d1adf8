//! The protocol of the future on one page: everything that can fall due. Small and `Copy`; an event
//! that its state has moved past (its tick is stale, its task is gone) is dropped, never cancelled.

use crate::engine::SimTime;
use crate::ids::{
    GroupId, InstanceId, JobSourceId, ProviderId, ScalableTargetId, ServiceId, TaskId, ZoneId,
};
use crate::world::spot_market::SpotEvent;

/// What falls due.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Event {
    /// The next step of a task's life, if the task has not moved past it.
    TaskStep {
        /// The task.
        task: TaskId,
        /// Its tick when this was scheduled.
        tick: u32,
        /// Which step.
        step: TaskStep,
    },
    /// Something befalls a live task, whatever step of its life it is at.
    TaskFate {
        /// The task.
        task: TaskId,
        /// What.
        fate: TaskFate,
    },
    /// The scheduler looks at a service again: a launch had to wait.
    ServiceWake {
        /// The service.
        service: ServiceId,
        /// The service's wake tick when this was scheduled.
        tick: u32,
    },
    /// The next change of the demand on a service.
    DemandChange {
        /// The service.
        service: ServiceId,
    },
    /// The demand on a service is this from now on: its cursor had passed over changes that changed
    /// nothing.
    DemandSet {
        /// The service.
        service: ServiceId,
        /// Requests a second, as the bits of an `f64`.
        rate: u64,
    },
    /// A minute of a service's load is to be closed, because an alarm may care or the load has not
    /// settled.
    LoadWake {
        /// The service.
        service: ServiceId,
        /// The service's load tick when this was scheduled.
        tick: u32,
    },
    /// The next piece of work arrives at a job source.
    JobArrival {
        /// The source.
        source: JobSourceId,
    },
    /// A job source looks at its queue again: a launch or a further try had to wait.
    JobWake {
        /// The source.
        source: JobSourceId,
        /// The source's wake tick when this was scheduled.
        tick: u32,
    },
    /// A change of the spot market.
    Spot(SpotEvent),
    /// The next entry of the timeline.
    Timeline {
        /// Its position.
        entry: u32,
    },
    /// A change of the market of Spot instances.
    InstanceSpot(SpotEvent),
    /// The next step of an instance's life, if it has not moved past it.
    InstanceStep {
        /// The instance.
        instance: InstanceId,
        /// Its tick when this was scheduled.
        tick: u32,
        /// Which step.
        step: HostStep,
    },
    /// Something befalls an instance, whatever step of its life it is at.
    InstanceFate {
        /// The instance.
        instance: InstanceId,
        /// What.
        fate: HostFate,
    },
    /// A group tries again to launch what it lacks.
    GroupRetry {
        /// The group.
        group: GroupId,
        /// Its tick when this was scheduled.
        tick: u32,
    },
    /// A zone that was out is back.
    ZoneBack {
        /// The zone.
        zone: ZoneId,
    },
    /// Tasks that wait for an instance are placed again.
    PlaceWaiting {
        /// Their provider.
        provider: ProviderId,
        /// Its tick when this was scheduled.
        tick: u32,
    },
    /// Managed scaling's minute of a provider.
    CapacityMinute {
        /// The provider.
        provider: ProviderId,
        /// Its tick when this was scheduled.
        tick: u32,
    },
    /// AWS gives notice that it retires Fargate's platform revision.
    PlatformNotice,
    /// What the notice was given for happens.
    PlatformRetired {
        /// When it was given: tasks of before then are on the old revision.
        noticed: SimTime,
    },
    /// `whatIf.repacking` looks at a group.
    Repack {
        /// The group.
        group: GroupId,
        /// Its tick when this was scheduled.
        tick: u32,
    },
    /// The alarms of a deployment that is rolled out have been watched for long enough.
    Baked {
        /// The service.
        service: ServiceId,
        /// Its bake tick when this was scheduled.
        tick: u32,
    },
    /// An hour is about to begin, and predictive scaling starts for it.
    ForeseeHour {
        /// The scalable target.
        target: ScalableTargetId,
        /// The hour, counted from the run's start.
        hour: u64,
    },
    /// An hour begins, and with it what was foretold of it alone.
    HourBegins {
        /// The scalable target.
        target: ScalableTargetId,
    },
    /// A stage of a blue/green deployment has lasted as long as it takes.
    ShiftStage {
        /// The service.
        service: ServiceId,
        /// The stage's tick when this was scheduled.
        tick: u32,
    },
    /// Services that call one another come to terms for a further while.
    CallsMeet {
        /// Their group.
        group: u32,
        /// Its tick when this was scheduled.
        tick: u32,
    },
    /// Callers learn which tasks of a service have come or are gone.
    AddressesSeen {
        /// The service.
        service: ServiceId,
    },
    /// CodeDeploy looks whether a service whose desired count has changed is steady again.
    ShiftUnsteady {
        /// The service.
        service: ServiceId,
    },
}

/// The steps of a task's life that a decision can depend on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TaskStep {
    /// It reaches RUNNING.
    Started,
    /// It fails before RUNNING.
    FailedToStart,
    /// It begins to answer requests.
    InService,
    /// It counts as healthy for its deployment.
    Healthy,
    /// It is STOPPED and gone.
    Gone,
}

/// What can befall a live task.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TaskFate {
    /// Its code crashes.
    Crash,
    /// Its work is done.
    WorkDone,
    /// It uses more memory than it has.
    OutOfMemory,
    /// Fargate Spot takes it back.
    Reclaim,
    /// It has waited for an instance for too long.
    CapacityTimeout,
    /// Its health checks at the load balancer have failed: it is UNHEALTHY.
    Unhealthy,
    /// Those of a container have.
    ContainersUnhealthy,
    /// Its essential container, started again, answers.
    Restarted,
    /// It has kept all the memory that it may.
    Grown,
    /// ECS hears of its end: its instance's agent is connected again.
    Heard,
}

/// The steps of an instance's life that a decision can depend on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HostStep {
    /// It is ACTIVE.
    Active,
    /// Its launch failed: it will never register.
    Failed,
    /// It has been DRAINING for as long as a lifecycle hook waits.
    DrainedLongEnough,
    /// It has booted into its group's warm pool.
    Warm,
}

/// What can befall an instance.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HostFate {
    /// EC2's notice that a Spot instance is taken back in two minutes.
    SpotNotice,
    /// Spot takes it back.
    SpotEnd,
    /// Its agent is connected again.
    AgentBack,
    /// One of one's own machines fails.
    Fails,
    /// The agent of one of one's own machines loses its connection.
    Disconnects,
    /// On a Managed Instance no task may have started or stopped for as long as `scaleInAfter`
    /// says: one at a time pends for each.
    Quiet,
    /// A Managed Instance is so old that it drains, or ends.
    Old,
}
