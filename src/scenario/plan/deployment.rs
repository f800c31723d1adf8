//! Deployments of services: what fails them, how they shift traffic, what they keep to, task sets.

use crate::engine::SimDuration;
use crate::ids::{AlarmId, TaskDefinitionId};
use crate::policy::circuit_breaker::CircuitBreaker;
use crate::policy::rollout::EarlySuccess;
use crate::policy::strategy::Strategy;
use crate::policy::task_set::Scale;
use crate::policy::traffic_shift::{Shift, Stage, TimeoutAction};

/// The alarms that fail a service's deployments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeploymentAlarmsPlan {
    /// `alarmNames`.
    pub alarms: Vec<AlarmId>,
    /// `rollback`: a failed deployment gives way to the last completed one.
    pub rollback: bool,
    /// How long they are watched after a rollout.
    pub bake: SimDuration,
}

/// `deploymentConfiguration` of a service whose deployments shift traffic.
#[derive(Clone, PartialEq, Debug)]
pub struct TrafficShiftPlan {
    /// How.
    pub shift: Shift,
    /// `bakeTimeInMinutes`, or `terminationWaitTimeInMinutes`.
    pub bake: SimDuration,
    /// How long the new revision may take to come up.
    pub scale_up: SimDuration,
    /// Whether a deployment that fails by itself is rolled back.
    pub rolls_back: bool,
    /// Whether CodeDeploy deploys, not ECS.
    pub by_code_deploy: bool,
    /// `lifecycleHooks`, as the world answers them.
    pub hooks: Vec<HookPlan>,
}

/// What a service's deployments keep to; UpdateService changes it for those that begin later, the
/// percentages at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeploymentRules {
    /// `minimumHealthyPercent`.
    pub minimum_healthy_percent: u32,
    /// `maximumPercent`.
    pub maximum_percent: u32,
    /// `deploymentCircuitBreaker`; `None`: not enabled.
    pub circuit_breaker: Option<CircuitBreaker>,
    /// The place of what `alarms` says (`ServicePlan::watched`); `None`: none is watched.
    pub alarms: Option<u32>,
    /// `earlySuccessCriteria`; `None`: not enabled.
    pub early_success: Option<EarlySuccess>,
    /// The place of what `strategy` says (`ServicePlan::shift`); `None`: `ROLLING`.
    pub shift: Option<u32>,
}

/// A `deploymentConfiguration` that UpdateService sends; `None` leaves a field as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DeploymentUpdate {
    /// `minimumHealthyPercent`.
    pub minimum_healthy_percent: Option<u32>,
    /// `maximumPercent`.
    pub maximum_percent: Option<u32>,
    /// `deploymentCircuitBreaker`.
    pub circuit_breaker: Option<Option<CircuitBreaker>>,
    /// The place of what `alarms` says.
    pub alarms: Option<Option<u32>>,
    /// `earlySuccessCriteria`.
    pub early_success: Option<Option<EarlySuccess>>,
    /// The place of what `strategy` says.
    pub shift: Option<Option<u32>>,
}

impl DeploymentRules {
    /// What an update makes of them.
    pub fn updated(self, update: &DeploymentUpdate) -> Self {
        DeploymentRules {
            minimum_healthy_percent: update
                .minimum_healthy_percent
                .unwrap_or(self.minimum_healthy_percent),
            maximum_percent: update.maximum_percent.unwrap_or(self.maximum_percent),
            circuit_breaker: update.circuit_breaker.unwrap_or(self.circuit_breaker),
            alarms: update.alarms.unwrap_or(self.alarms),
            early_success: update.early_success.unwrap_or(self.early_success),
            shift: update.shift.unwrap_or(self.shift),
        }
    }
}

/// A lifecycle hook.
#[derive(Clone, PartialEq, Debug)]
pub struct HookPlan {
    /// The name of its function; `PAUSE` of one that waits for somebody.
    pub name: String,
    /// `lifecycleStages`.
    pub stages: Vec<Stage>,
    /// `timeoutInMinutes`.
    pub timeout: SimDuration,
    /// `action`.
    pub action: TimeoutAction,
    /// How long its answer takes.
    pub takes: SimDuration,
    /// The share of its answers that is FAILED, 0 to 1.
    pub fails: f64,
}

/// A task set of a service whose deploymentController is EXTERNAL.
#[derive(Clone, Debug)]
pub struct TaskSetPlan {
    /// `externalId`, by which the timeline names it.
    pub name: String,
    /// `taskDefinition`.
    pub task_definition: TaskDefinitionId,
    /// Where its tasks go.
    pub strategy: Strategy,
    /// `scale`.
    pub scale: Scale,
}
