//! What a rollout goes by beside its bounds: a scale-out during it, an early success, an operator
//! who stops it.

/// `earlySuccessCriteria` of a rolling deployment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EarlySuccess {
    /// `healthyPercent`: the part of the desired count that is enough.
    pub healthy_percent: u32,
    /// Whether `sourceServiceRevisionCleanup` is DEFERRED: old tasks may go when it is over.
    pub defers_cleanup: bool,
}

/// How many of the tasks that are added to a service during a rolling deployment are of its older
/// revisions, which have so many tasks beside the new one's.
///
/// Source: AWS announcement of November 2025 on rolling deployments: a scale-out during a
/// deployment is applied to both revisions. In proportion to what each has, rounded up for the
/// older side, is ASSUMPTION; the bounds hold it as everything else.
pub fn older_share(added: u32, (older, newer): (u32, u32)) -> u32 {
    let all = u64::from(older) + u64::from(newer);
    if all == 0 {
        return 0;
    }
    let share = (u64::from(added) * u64::from(older)).div_ceil(all);
    u32::try_from(share).unwrap_or(u32::MAX)
}

/// What has to be healthy for a deployment to succeed: all tasks, or the part that
/// `earlySuccessCriteria` asks for, rounded up as the lower bound is (ASSUMPTION).
///
/// Source: API DeploymentEarlySuccessCriteria: of 10 tasks at 75 % 8 are enough, and the others
/// come in the background.
pub fn healthy_for_success(desired: u32, healthy_percent: Option<u32>) -> u32 {
    let percent = u64::from(healthy_percent.unwrap_or(100));
    let tasks = (u64::from(desired) * percent).div_ceil(100);
    u32::try_from(tasks).unwrap_or(u32::MAX)
}

/// Whether a deployment that the operator stops is rolled back: if it is asked for (`stopType`
/// ROLLBACK), and a deployment was ever completed. With ABORT it is left as it is, as one that has
/// failed (ASSUMPTION: AWS says no more of it than that it stops).
///
/// Source: API StopServiceDeployment: ROLLBACK also where the deployment has no rollback
/// configured.
pub fn stop_rolls_back(is_asked: bool, has_completed: bool) -> bool {
    is_asked && has_completed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_during_a_rollout_is_shared_by_what_each_side_has() {
        assert_eq!(
            older_share(6, (10, 0)),
            6,
            "nothing of the new one runs yet"
        );
        assert_eq!(older_share(6, (6, 4)), 4, "3.6 is rounded up");
        assert_eq!(older_share(6, (0, 10)), 0);
        assert_eq!(older_share(6, (0, 0)), 0);
    }

    #[test]
    fn a_part_of_the_tasks_is_enough_for_an_early_success() {
        assert_eq!(healthy_for_success(10, None), 10);
        assert_eq!(healthy_for_success(10, Some(75)), 8, "API: 7.5");
        assert_eq!(healthy_for_success(10, Some(0)), 0);
    }
}
