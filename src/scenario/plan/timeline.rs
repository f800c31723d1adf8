//! What the operator does while the run is played.

use crate::engine::SimTime;
use crate::ids::{JobSourceId, ServiceId, TaskDefinitionId};
use crate::policy::strategy::Strategy;

/// One thing the operator does at one time.
#[derive(Clone, Debug)]
pub struct TimelineEntry {
    /// When.
    pub at: SimTime,
    /// What.
    pub action: TimelineAction,
}

/// What the operator does.
#[derive(Clone, Debug)]
pub enum TimelineAction {
    /// UpdateService.
    UpdateService(ServiceUpdate),
    /// RunTask: `count` tasks of a source.
    RunTask {
        /// The source that stands for this call.
        source: JobSourceId,
        /// How many tasks.
        count: u32,
    },
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
}
