//! What happens to a deployment of a service.

use crate::engine::{SimDuration, SimTime};
use crate::ids::AlarmId;
use crate::policy::circuit_breaker::Failures;
use crate::policy::task_set::Scale;
use crate::policy::traffic_shift::{HookResult, Stage, TrafficShare};

/// What happened to a deployment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeploymentStep {
    /// It became PRIMARY.
    Started,
    /// This alarm was in ALARM when it began: none of its alarms is looked at.
    AlarmsIgnored(AlarmId),
    /// Its bounds let it neither start nor stop a task: it stays as it is until something changes.
    Stuck,
    /// Its tasks run and the old ones are gone.
    Completed,
    /// Its tasks run and the old ones are gone; its alarms are watched until then.
    Baking {
        /// When it will be complete.
        until: SimTime,
    },
    /// A stage of a blue/green deployment begins.
    Stage {
        /// Which.
        stage: Stage,
        /// What of the traffic the new revision has from now on.
        share: TrafficShare,
    },
    /// Too many of its tasks failed, or an alarm went off: it starts no more.
    Failed(Failed),
    /// Tasks were added to the service while it was rolled out: to both revisions.
    ScaledOut {
        /// How many were added.
        added: u32,
        /// Of these, the older revision's.
        older: u32,
    },
    /// It was to be stopped, and is not in progress.
    NotStopped,
    /// It is a task set, which something was done to, or which has become steady.
    TaskSet(TaskSetChange),
    /// It was completed once and becomes PRIMARY again, because a later one failed.
    RollingBack {
        /// Which one failed.
        from: u32,
        /// What failed it.
        by: FailedBy,
    },
}

impl DeploymentStep {
    /// Whether no deployment is in progress then: it is completed, or failed, or there was none.
    pub const fn is_over(self) -> bool {
        match self {
            DeploymentStep::Completed
            | DeploymentStep::Failed(_)
            | DeploymentStep::NotStopped
            | DeploymentStep::TaskSet(_) => true,
            DeploymentStep::Started
            | DeploymentStep::AlarmsIgnored(_)
            | DeploymentStep::Stuck
            | DeploymentStep::Baking { .. }
            | DeploymentStep::Stage { .. }
            | DeploymentStep::ScaledOut { .. }
            | DeploymentStep::RollingBack { .. } => false,
        }
    }
}

/// What becomes of a task set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskSetChange {
    /// CreateTaskSet.
    Created(Scale),
    /// UpdateTaskSet.
    Scaled(Scale),
    /// UpdateServicePrimaryTaskSet.
    Primary,
    /// DeleteTaskSet.
    Deleted,
    /// Its `stabilityStatus` is STEADY_STATE now.
    Steady,
}

/// How a deployment failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failed {
    /// What failed it.
    pub by: FailedBy,
    /// Whether it is rolled back.
    pub rolls_back: bool,
}

/// What fails deployments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailedBy {
    /// The circuit breaker.
    CircuitBreaker {
        /// The tasks that failed.
        failures: Failures,
        /// How many may not.
        threshold: u32,
    },
    /// An alarm that went to ALARM.
    Alarm(AlarmId),
    /// A lifecycle hook, by its place in the service's list.
    Hook {
        /// Which.
        hook: u32,
        /// What it said.
        result: HookResult,
    },
    /// A stage took longer than ECS waits.
    StageTimeout {
        /// Which.
        stage: Stage,
    },
    /// The new task set was not steady in time after the desired count had changed (CodeDeploy).
    Unsteady {
        /// For how long that was waited for.
        waited: SimDuration,
    },
    /// The operator stopped it (StopServiceDeployment).
    Stopped,
}
