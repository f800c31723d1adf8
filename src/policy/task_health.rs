//! A task's health from its containers' health.

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

#[cfg(test)]
mod tests {
    use super::*;
    use HealthStatus::{Healthy, Unhealthy, Unknown};

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
}
