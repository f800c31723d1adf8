//! What scales services: scalable targets with their policies.

use super::alarm::WatchedMetric;
use crate::demand::period::MetricClock;
use crate::engine::SimDuration;
use crate::ids::{AlarmId, ServiceId};
use crate::policy::predictive_scaling::Breach;
use crate::policy::scheduled_scaling::{Bounds, BoundsUpdate};
use crate::policy::step_scaling::StepPolicy;
/// A scalable target with its policies.
#[derive(Clone, Debug)]
pub struct ScalableTargetPlan {
    /// The service.
    pub service: ServiceId,
    /// `MinCapacity` at the start.
    pub min: u32,
    /// `MaxCapacity` at the start.
    pub max: u32,
    /// Its target tracking policies.
    pub policies: Vec<ScalingPolicyPlan>,
    /// Its step scaling policies.
    pub step_policies: Vec<StepPolicyPlan>,
    /// Its predictive scaling policies.
    pub predictive: Vec<PredictivePolicyPlan>,
    /// Its scheduled actions, in the order of their names.
    pub scheduled: Vec<ScheduledScalingPlan>,
    /// `SuspendedState.DynamicScalingOutSuspended`: policies do not scale it out.
    pub scale_out_suspended: bool,
    /// `SuspendedState.DynamicScalingInSuspended`: policies do not scale it in.
    pub scale_in_suspended: bool,
    /// `SuspendedState.ScheduledScalingSuspended`: scheduled actions do nothing.
    pub scheduled_suspended: bool,
    /// When its policies are asked: with each data point of the finest metric that one of them or
    /// an alarm of the service looks at.
    pub clock: MetricClock,
}

impl ScalableTargetPlan {
    /// The bounds at the start.
    pub fn bounds(&self) -> Bounds {
        let (min, max) = (self.min, self.max);
        Bounds { min, max }
    }

    /// Whether a policy scales it by alarms.
    pub fn has_alarms(&self) -> bool {
        !self.policies.is_empty() || !self.step_policies.is_empty()
    }

    /// Whether any policy scales it.
    pub fn has_policies(&self) -> bool {
        !self.policies.is_empty() || !self.step_policies.is_empty() || !self.predictive.is_empty()
    }
}

/// A predictive scaling policy.
#[derive(Clone, PartialEq, Debug)]
pub struct PredictivePolicyPlan {
    /// `PolicyName`.
    pub name: String,
    /// The metric pair: what it foretells the sum of, and holds a task's share of.
    pub metric: TrackedMetric,
    /// `TargetValue`: of a task, in the metric's unit.
    pub target: f64,
    /// Whether `Mode` is ForecastAndScale.
    pub acts: bool,
    /// `SchedulingBufferTime`: how long before an hour it starts for it.
    pub buffer: SimDuration,
    /// `MaxCapacityBreachBehavior`.
    pub breach: Breach,
}

/// A step scaling policy.
#[derive(Clone, Debug)]
pub struct StepPolicyPlan {
    /// `PolicyName`.
    pub name: String,
    /// The policy, as the rule reads it.
    pub policy: StepPolicy,
    /// The alarms whose actions name it.
    pub alarms: Vec<AlarmId>,
}

/// A scheduled action of a scalable target; when, stands in the plan's timeline.
#[derive(Clone, Debug)]
pub struct ScheduledScalingPlan {
    /// `ScheduledActionName`.
    pub name: String,
    /// `ScalableTargetAction`.
    pub update: BoundsUpdate,
}

/// A target tracking policy.
#[derive(Clone, Debug)]
pub struct ScalingPolicyPlan {
    /// `PolicyName`.
    pub name: String,
    /// What it tracks.
    pub metric: TrackedMetric,
    /// What it is made of, if it is [`TrackedMetric::Custom`].
    pub custom: Option<WatchedMetric>,
    /// The part of the service's requests that its target group counts.
    pub part: f64,
    /// `TargetValue`, in the metric's unit.
    pub target: f64,
    /// `ScaleOutCooldown`.
    pub scale_out_cooldown: SimDuration,
    /// `ScaleInCooldown`.
    pub scale_in_cooldown: SimDuration,
    /// `DisableScaleIn`.
    pub disable_scale_in: bool,
    /// When the data points of its metric reach its alarms.
    pub clock: MetricClock,
}

impl ScalingPolicyPlan {
    /// The name of a metric of the policy's own making.
    pub fn custom_name(&self) -> &str {
        self.custom.as_ref().map_or("", |custom| &custom.name)
    }
}

/// The metrics of target tracking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TrackedMetric {
    /// `ECSServiceAverageCPUUtilization`, percent.
    Cpu,
    /// `ECSServiceAverageMemoryUtilization`, percent.
    Memory,
    /// `ALBRequestCountPerTarget`, requests per target and minute.
    RequestCountPerTarget,
    /// One of the policy's own making: [`ScalingPolicyPlan::custom`].
    Custom,
}
