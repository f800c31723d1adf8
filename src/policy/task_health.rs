//! A task's health from its containers' health, and when their checks say what.

use crate::engine::time::{SimDuration, SimTime};

/// How long after RUNNING a task counts as healthy when neither a load balancer nor a container
/// health check says so (API DeploymentConfiguration, 2026-11).
pub const HEALTHY_AFTER_RUNNING: SimDuration = SimDuration::from_secs(40);

/// A container's `healthCheck`. ASSUMPTION: a check takes no time; its `timeout` changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ContainerCheck {
    /// `interval`.
    pub interval: SimDuration,
    /// `retries`: failing checks in a row that make it UNHEALTHY.
    pub retries: u32,
    /// `startPeriod`: failing checks within it are not counted.
    pub start_period: SimDuration,
}

impl Default for ContainerCheck {
    /// API HealthCheck, 2026-11.
    fn default() -> Self {
        ContainerCheck {
            interval: SimDuration::from_secs(30),
            retries: 3,
            start_period: SimDuration::ZERO,
        }
    }
}

/// A container's or a task's health: `healthStatus`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum HealthStatus {
    /// `UNHEALTHY`: the check failed its retries.
    Unhealthy,
    /// `UNKNOWN`: being evaluated, or no check defined.
    #[default]
    Unknown,
    /// `HEALTHY`: the check passed.
    Healthy,
}

impl HealthStatus {
    /// The name as DescribeTasks prints it.
    pub const fn as_str(self) -> &'static str {
        match self {
            HealthStatus::Unhealthy => "UNHEALTHY",
            HealthStatus::Unknown => "UNKNOWN",
            HealthStatus::Healthy => "HEALTHY",
        }
    }
}

/// A task is as healthy as the worst of its essential containers: any UNHEALTHY makes it UNHEALTHY,
/// else any UNKNOWN makes it UNKNOWN.
///
/// Source: API HealthCheck: UNHEALTHY and UNKNOWN give UNHEALTHY, HEALTHY and UNKNOWN give UNKNOWN.
/// Pass the essential containers only; without any the task is UNKNOWN.
pub fn task_health(essential: impl IntoIterator<Item = HealthStatus>) -> HealthStatus {
    essential.into_iter().min().unwrap_or_default()
}

impl ContainerCheck {
    /// A container is HEALTHY at its first check that passes, also within its `startPeriod`.
    ///
    /// Source: API HealthCheck. That the first check runs one interval after the container's start
    /// is ASSUMPTION (Docker does so).
    pub fn healthy_at(self, started: SimTime, ready: SimTime) -> SimTime {
        self.check_from(started, ready)
    }

    /// A container whose checks fail from an instant on is UNHEALTHY at the last of as many failing
    /// ones as `retries` says, those within `startPeriod` left out.
    ///
    /// Source: API HealthCheck: 90 s by default, of a container that never answers.
    pub fn unhealthy_at(self, started: SimTime, failing_from: SimTime) -> SimTime {
        let counted_from = failing_from.max(started.saturating_add(self.start_period));
        let first = self.check_from(started, counted_from);
        let more = u64::from(self.retries.max(1) - 1);
        let wait = self.interval.as_micros().saturating_mul(more);
        first.saturating_add(SimDuration::from_micros(wait))
    }

    /// The first check at or after an instant.
    fn check_from(self, started: SimTime, from: SimTime) -> SimTime {
        let interval = self.interval.as_micros().max(1);
        let number = from.since(started).as_micros().div_ceil(interval).max(1);
        let wait = interval.saturating_mul(number);
        started.saturating_add(SimDuration::from_micros(wait))
    }
}

/// What says that a RUNNING task is healthy; `None` where the task has no such check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HealthSigns {
    /// How long the task has been RUNNING.
    pub running_for: SimDuration,
    /// Whether its targets are healthy.
    pub target_healthy: Option<bool>,
    /// Whether its essential containers' health checks pass.
    pub containers_healthy: Option<bool>,
}

impl HealthSigns {
    /// A RUNNING task counts as healthy when the load balancer and the container checks say so,
    /// whichever it has; with neither, [`HEALTHY_AFTER_RUNNING`] after RUNNING.
    ///
    /// Source: API DeploymentConfiguration.minimumHealthyPercent.
    pub fn is_healthy(self) -> bool {
        match (self.target_healthy, self.containers_healthy) {
            (None, None) => HEALTHY_AFTER_RUNNING <= self.running_for,
            (target, containers) => target.unwrap_or(true) && containers.unwrap_or(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use HealthStatus::{Healthy, Unhealthy, Unknown};

    #[test]
    fn a_container_is_what_its_checks_say_and_when_they_run() {
        // API HealthCheck: every 30 s, 3 retries, no startPeriod by default.
        let at = SimTime::from_secs;
        let check = ContainerCheck::default();
        let started = at(100);
        assert_eq!(check.healthy_at(started, at(100)), at(130));
        assert_eq!(check.healthy_at(started, at(131)), at(160));
        assert_eq!(check.unhealthy_at(started, started), at(190), "90 s");
        assert_eq!(check.unhealthy_at(started, at(400)), at(460));
        let patient = ContainerCheck {
            start_period: SimDuration::from_secs(100),
            ..check
        };
        assert_eq!(patient.healthy_at(started, at(131)), at(160));
        // Failing at 130, 160 and 190 within it; counted at 220, 250 and 280.
        assert_eq!(patient.unhealthy_at(started, started), at(280));
    }

    #[test]
    fn a_task_is_as_healthy_as_its_worst_essential_container() {
        // SVC-E16 (the first two rows), API HealthCheck.
        let table: &[(&[HealthStatus], HealthStatus)] = &[
            (&[Unhealthy, Unknown], Unhealthy),
            (&[Healthy, Unknown], Unknown),
            (&[Healthy, Healthy], Healthy),
            (&[Healthy, Unhealthy], Unhealthy),
            (&[], Unknown),
        ];
        for (containers, expected) in table {
            assert_eq!(task_health(containers.iter().copied()), *expected);
            assert_eq!(task_health(containers.iter().rev().copied()), *expected);
        }
    }

    #[test]
    fn a_task_counts_as_healthy_as_its_checks_say() {
        // API DeploymentConfiguration.minimumHealthyPercent, the four cases.
        let table = [
            (39, None, None, false),
            (40, None, None, true),
            (0, None, Some(true), true),
            (90, None, Some(false), false),
            (0, Some(true), None, true),
            (90, Some(true), Some(false), false),
            (0, Some(true), Some(true), true),
        ];
        for (seconds, target_healthy, containers_healthy, expected) in table {
            let signs = HealthSigns {
                running_for: SimDuration::from_secs(seconds),
                target_healthy,
                containers_healthy,
            };
            assert_eq!(signs.is_healthy(), expected, "{signs:?}");
        }
    }
}
