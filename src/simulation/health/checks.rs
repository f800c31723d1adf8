//! The checks of a task's targets: when each passes for the first time, and when they have failed.

use crate::engine::{SimDuration, SimTime};
use crate::ids::TargetGroupId;
use crate::policy::health_check::{
    FirstHealthy, HealthCheckSettings, NewTarget, first_healthy_at, unhealthy_at,
};
use crate::scenario::plan::TargetGroupPlan;

/// Checks of a target that is registered: the first of them, and the settings.
pub(super) struct Checks {
    pub(super) group: TargetGroupId,
    pub(super) registered: SimTime,
    /// From the registration to the first check.
    pub(super) phase: SimDuration,
    pub(super) settings: HealthCheckSettings,
}

impl Checks {
    pub(super) fn first(&self) -> SimTime {
        self.registered.saturating_add(self.phase)
    }

    pub(super) fn first_healthy_at(&self, ready: SimTime) -> FirstHealthy {
        first_healthy_at(self.registered, ready, self.settings, self.phase)
    }

    /// When a target is unhealthy whose application fails from then on.
    pub(super) fn unhealthy_at(&self, failing_from: SimTime) -> SimTime {
        let first_check = self.first();
        unhealthy_at(failing_from.max(first_check), first_check, self.settings)
    }
}

/// The checks of a target group as the rules read them.
pub(super) fn settings(group: &TargetGroupPlan) -> HealthCheckSettings {
    HealthCheckSettings {
        interval_s: (group.health_check_interval.as_micros() / 1_000_000) as u32,
        healthy_threshold: group.checks_to_recover,
        unhealthy_threshold: group.checks_to_unhealthy,
        new_target: match group.checks_to_healthy {
            1 => NewTarget::OneCheck,
            count => NewTarget::Checks(count),
        },
        ..HealthCheckSettings::default()
    }
}
