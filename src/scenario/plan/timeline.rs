//! What the operator does while the run is played, and what the world does at a stated time.

use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, JobSourceId, ScalableTargetId, ServiceId, TaskDefinitionId, ZoneId};
use crate::policy::auto_scaling_group::SizeUpdate;
use crate::policy::strategy::Strategy;
use crate::policy::task_set::Scale;
use crate::scenario::plan::{DeploymentUpdate, TaskSetPlan};

/// One thing that happens at one time.
#[derive(Clone, Debug)]
pub struct TimelineEntry {
    /// When.
    pub at: SimTime,
    /// What.
    pub action: TimelineAction,
}

/// What happens.
#[derive(Clone, Debug)]
pub enum TimelineAction {
    /// UpdateService.
    UpdateService(ServiceUpdate),
    /// StopServiceDeployment.
    StopDeployment {
        /// The service whose deployment is stopped, if one is in progress.
        service: ServiceId,
        /// Whether `stopType` is ROLLBACK, not ABORT.
        rolls_back: bool,
    },
    /// CreateTaskSet, UpdateTaskSet, UpdateServicePrimaryTaskSet or DeleteTaskSet.
    TaskSet(TaskSetAction),
    /// RunTask: `count` tasks of a source.
    RunTask {
        /// The source that stands for this call.
        source: JobSourceId,
        /// How many tasks.
        count: u32,
    },
    /// SetDesiredCapacity.
    SetDesiredCapacity {
        /// The group.
        group: GroupId,
        /// `DesiredCapacity`.
        desired: u32,
    },
    /// StartInstanceRefresh.
    InstanceRefresh {
        /// The group.
        group: GroupId,
        /// `MinHealthyPercentage`.
        min_healthy_percent: u32,
    },
    /// A scheduled action of a group: PutScheduledUpdateGroupAction's sizes.
    UpdateGroup {
        /// The group.
        group: GroupId,
        /// What is set.
        update: SizeUpdate,
    },
    /// A scheduled action of a service's scalable target: PutScheduledAction's bounds.
    ScaleOnSchedule {
        /// The target.
        target: ScalableTargetId,
        /// The action, by its index among the target's.
        action: usize,
    },
    /// UpdateContainerInstancesState, DRAINING.
    Drain(DrainPlan),
    /// Agents are disconnected (the world's).
    AgentDisconnect(DisconnectPlan),
    /// An Availability Zone fails (the world's).
    Outage {
        /// The zone.
        zone: ZoneId,
        /// For how long.
        length: SimDuration,
    },
    /// Spot pools have nothing (the world's).
    Drought(DroughtPlan),
}

/// The fields of an UpdateService call; `None` leaves a field as it is.
#[derive(Clone, Debug)]
pub struct ServiceUpdate {
    /// The service.
    pub service: ServiceId,
    /// `desiredCount`.
    pub desired_count: Option<u32>,
    /// `capacityProviderStrategy`: moves nothing until a deployment is forced.
    pub strategy: Option<Strategy>,
    /// `taskDefinition`: starts a deployment.
    pub task_definition: Option<TaskDefinitionId>,
    /// `forceNewDeployment`.
    pub force_new_deployment: bool,
    /// `deploymentConfiguration`: starts none.
    pub deployment: DeploymentUpdate,
}

/// What is done to the task sets of a service.
#[derive(Clone, Debug)]
pub struct TaskSetAction {
    /// The service.
    pub service: ServiceId,
    /// The task set: the how-manieth of the service, from 0, those of the start first.
    pub ordinal: u32,
    /// What is done to it.
    pub step: TaskSetStep,
}

/// What is done to a task set.
#[derive(Clone, Debug)]
pub enum TaskSetStep {
    /// CreateTaskSet.
    Create(Box<TaskSetPlan>),
    /// UpdateTaskSet.
    Scale(Scale),
    /// UpdateServicePrimaryTaskSet.
    MakePrimary,
    /// DeleteTaskSet.
    Delete,
}

/// Instances that the operator drains.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DrainPlan {
    /// Their group.
    pub group: GroupId,
    /// How many.
    pub count: u32,
    /// Whether the newest come first, else the oldest.
    pub newest_first: bool,
}

/// A time in which ECS hears nothing of agents.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DisconnectPlan {
    /// Those of which group; `None`: of all.
    pub group: Option<GroupId>,
    /// In which zone; `None`: in all.
    pub zone: Option<ZoneId>,
    /// For how long.
    pub length: SimDuration,
    /// Share of them, 0 to 1.
    pub share: f64,
}

/// A time in which Spot pools have nothing.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DroughtPlan {
    /// The group whose pools run dry; `None`: those of Fargate Spot.
    pub group: Option<GroupId>,
    /// In which zone; `None`: in all.
    pub zone: Option<ZoneId>,
    /// For how long.
    pub length: SimDuration,
    /// Share of what runs there that is taken back when it begins, 0 to 1.
    pub reclaims: f64,
}
