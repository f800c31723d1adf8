//! Task sets of services whose deploymentController is EXTERNAL: how many tasks each is to have,
//! and when it is steady.

/// `scale` of a task set: a share of the service's desired count, in millionths of a percent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Scale(u32);

impl Scale {
    /// No tasks.
    pub const NONE: Scale = Scale(0);
    /// As many as the service desires.
    pub const ALL: Scale = Scale(100_000_000);

    /// Of a percentage of 0 to 100, to a millionth.
    pub fn from_percent(percent: f64) -> Self {
        let percent = percent.clamp(0.0, 100.0);
        Scale((percent * 1e6).round() as u32)
    }

    /// In percent.
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 1e6
    }
}

/// A task set is to have the service's desired count times its scale, rounded up.
///
/// Source: API TaskSet.computedDesiredCount: "the computed desired count is always rounded up": 1.2
/// is 2 tasks.
pub fn computed_desired_count(desired: u32, scale: Scale) -> u32 {
    let tasks = (u64::from(desired) * u64::from(scale.0)).div_ceil(u64::from(Scale::ALL.0));
    u32::try_from(tasks).unwrap_or(u32::MAX)
}

/// What a task set has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskSetCounts {
    /// `computedDesiredCount`.
    pub computed: u32,
    /// `pendingCount`.
    pub pending: u32,
    /// `runningCount`.
    pub running: u32,
    /// Of these, the healthy ones: by the load balancer and the containers' checks.
    pub healthy: u32,
    /// Of these, those on DRAINING instances.
    pub draining: u32,
}

/// A task set is steady (`stabilityStatus` STEADY_STATE) when as many tasks run as it is to have,
/// none is on its way, none on a DRAINING instance, and all are healthy.
///
/// Source: API TaskSet.stabilityStatus.
pub fn is_steady(counts: TaskSetCounts) -> bool {
    counts.running == counts.computed
        && counts.pending == 0
        && counts.draining == 0
        && counts.healthy == counts.running
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_task_are_rounded_up() {
        let table = [
            (4, 30.0, 2, "SVC-E17, API TaskSet: 1.2 is 2"),
            (10, 10.0, 1, "a whole number stays"),
            (
                100,
                7.0,
                7,
                "and so does one whose binary fraction is above it",
            ),
            (3, 100.0, 3, "all"),
            (3, 0.0, 0, "none"),
            (100_000, 0.000_001, 1, "the least share"),
            (0, 50.0, 0, "of nothing"),
        ];
        for (desired, percent, tasks, source) in table {
            let scale = Scale::from_percent(percent);
            assert_eq!(computed_desired_count(desired, scale), tasks, "{source}");
            assert_eq!(scale.percent(), percent);
        }
    }

    #[test]
    fn a_task_set_is_steady_with_all_tasks_healthy_and_none_on_its_way() {
        let steady = TaskSetCounts {
            computed: 2,
            pending: 0,
            running: 2,
            healthy: 2,
            draining: 0,
        };
        assert!(is_steady(steady));
        for unsteady in [
            TaskSetCounts {
                pending: 1,
                ..steady
            },
            TaskSetCounts {
                running: 3,
                healthy: 3,
                ..steady
            },
            TaskSetCounts {
                healthy: 1,
                ..steady
            },
            TaskSetCounts {
                draining: 1,
                ..steady
            },
        ] {
            assert!(!is_steady(unsteady), "{unsteady:?}");
        }
    }
}
