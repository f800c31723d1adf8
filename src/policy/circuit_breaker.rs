//! When a rolling deployment has failed: the deployment circuit breaker counts the tasks of the new
//! revision that never come to be healthy, and trips at a threshold.

/// Default of `thresholdConfiguration.type` (API ThresholdConfiguration, 2026-11).
pub const THRESHOLD_TYPE: ThresholdType = ThresholdType::BoundedPercent;
/// Default of `thresholdConfiguration.value` (API ThresholdConfiguration, 2026-11).
pub const THRESHOLD_VALUE: u32 = 50;
/// The least threshold of `BOUNDED_PERCENT` (ECS developer guide, deployment-circuit-breaker,
/// 2026-11; until January 2024 it was 10).
pub const THRESHOLD_MIN: u32 = 3;
/// The greatest threshold of `BOUNDED_PERCENT` (ECS developer guide, deployment-circuit-breaker,
/// 2026-11).
pub const THRESHOLD_MAX: u32 = 200;

/// A `deploymentCircuitBreaker` that is enabled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CircuitBreaker {
    /// `rollback`: a failed deployment gives way to the last completed one.
    pub rollback: bool,
    /// `resetOnHealthyTask`: a task that becomes healthy sets the count back to 0.
    pub reset_on_healthy_task: bool,
    /// `thresholdConfiguration`.
    pub threshold: Threshold,
}

/// A `thresholdConfiguration`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Threshold {
    /// `type`.
    pub kind: ThresholdType,
    /// `value`: of the percents 1 to 100.
    pub value: u32,
}

/// `ThresholdType`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThresholdType {
    /// `BOUNDED_PERCENT`: a share of the desired count, 3 at least and 200 at most.
    BoundedPercent,
    /// `UNBOUNDED_PERCENT`: a share of the desired count.
    UnboundedPercent,
    /// `COUNT`: so many tasks.
    Count,
}

impl ThresholdType {
    /// The name as the API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            ThresholdType::BoundedPercent => "BOUNDED_PERCENT",
            ThresholdType::UnboundedPercent => "UNBOUNDED_PERCENT",
            ThresholdType::Count => "COUNT",
        }
    }
}

impl Default for Threshold {
    fn default() -> Self {
        Threshold {
            kind: THRESHOLD_TYPE,
            value: THRESHOLD_VALUE,
        }
    }
}

/// What became of a task of the deployment that is rolled out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskOutcome {
    /// It stopped before RUNNING.
    NeverRan,
    /// It reached RUNNING.
    Runs {
        /// Whether a load balancer or its containers say later whether it is healthy.
        is_checked: bool,
    },
    /// It counts as healthy.
    Healthy,
    /// Its health checks failed, and the scheduler stops it.
    FailedChecks,
    /// It ended by itself while it was RUNNING.
    Ended {
        /// Whether a load balancer or its containers say whether it is healthy.
        is_checked: bool,
        /// Whether they had said so.
        was_healthy: bool,
    },
}

/// `failedTasks`: what failed in a deployment since the count was set back, by how it failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Failures {
    /// Never RUNNING.
    pub never_ran: u32,
    /// Stopped because their health checks failed.
    pub failed_checks: u32,
    /// Ended by themselves before their health checks had passed.
    pub ended_unchecked: u32,
}

impl Failures {
    /// `failedTasks`.
    pub fn count(self) -> u32 {
        let count = self.never_ran.saturating_add(self.failed_checks);
        count.saturating_add(self.ended_unchecked)
    }

    /// A task that never reaches RUNNING is a failure, and so is one whose health checks fail; a
    /// healthy one sets the count back, unless `resetOnHealthyTask` is false; one that was healthy
    /// and then ends is no matter for the breaker.
    ///
    /// Source: ECS developer guide, deployment-circuit-breaker (both stages); API
    /// DeploymentCircuitBreaker.resetOnHealthyTask; AWS re:Post, ecs-deployment-roll-back-failure.
    /// That a task which ends before its checks have passed counts is ASSUMPTION after AWS's word
    /// in containers-roadmap #1206; so is that RUNNING is all that can be said of a task that
    /// nothing checks (API Deployment.failedTasks), which is why a crash of it is not seen.
    #[must_use]
    pub fn after(self, outcome: TaskOutcome, reset_on_healthy_task: bool) -> Self {
        let mut next = self;
        let more = match outcome {
            TaskOutcome::NeverRan => &mut next.never_ran,
            TaskOutcome::FailedChecks => &mut next.failed_checks,
            TaskOutcome::Ended {
                is_checked: true,
                was_healthy: false,
            } => &mut next.ended_unchecked,
            TaskOutcome::Healthy | TaskOutcome::Runs { is_checked: false } => {
                return match reset_on_healthy_task {
                    true => Failures::default(),
                    false => self,
                };
            }
            TaskOutcome::Runs { is_checked: true } | TaskOutcome::Ended { .. } => return self,
        };
        *more = more.saturating_add(1);
        next
    }
}

/// How many failed tasks fail a deployment: the share of the latest desired count, rounded up, for
/// `BOUNDED_PERCENT` within 3 and 200; or the count itself.
///
/// Source: ECS developer guide, deployment-circuit-breaker: by default 3 of 1 desired, 200 of 400;
/// API ThresholdConfiguration.
#[must_use]
pub fn failure_threshold(threshold: Threshold, desired: u32) -> u32 {
    let share = (u64::from(desired) * u64::from(threshold.value)).div_ceil(100);
    let share = u32::try_from(share).unwrap_or(u32::MAX);
    match threshold.kind {
        ThresholdType::BoundedPercent => share.clamp(THRESHOLD_MIN, THRESHOLD_MAX),
        // Nothing fails before a task has.
        ThresholdType::UnboundedPercent => share.max(1),
        ThresholdType::Count => threshold.value,
    }
}

/// What the breaker says of a deployment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Verdict {
    /// It goes on: so many more failed tasks would fail it.
    GoesOn {
        /// Failed tasks until then.
        left: u32,
    },
    /// It has failed and stays as it is, without new tasks: nobody wants it rolled back, or no
    /// deployment has ever been completed.
    Fails {
        /// The threshold that was reached.
        threshold: u32,
    },
    /// It has failed and gives way to the last completed one.
    RollsBack {
        /// The threshold that was reached.
        threshold: u32,
    },
}

/// A deployment fails when as many of its tasks have failed as the threshold says; the desired
/// count of that moment decides, so that scaling moves it. It is rolled back if that is wanted and
/// there is a completed deployment to go back to.
///
/// Source: ECS developer guide, deployment-circuit-breaker; API DeploymentCircuitBreaker.
pub fn verdict(
    breaker: CircuitBreaker,
    failures: Failures,
    desired: u32,
    has_completed: bool,
) -> Verdict {
    let threshold = failure_threshold(breaker.threshold, desired);
    let left = threshold.saturating_sub(failures.count());
    if 0 < left {
        return Verdict::GoesOn { left };
    }
    match breaker.rollback && has_completed {
        true => Verdict::RollsBack { threshold },
        false => Verdict::Fails { threshold },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn threshold(kind: ThresholdType, value: u32) -> Threshold {
        Threshold { kind, value }
    }

    #[test]
    fn thresholds_are_as_aws_prints_them() {
        let table = [
            (
                Threshold::default(),
                1,
                3,
                "SVC-E5, deployment-circuit-breaker",
            ),
            (
                Threshold::default(),
                400,
                200,
                "SVC-E5, deployment-circuit-breaker",
            ),
            (
                threshold(ThresholdType::UnboundedPercent, 50),
                800,
                400,
                "SVC-E6, sample-apex-skills, failure-detection-and-rollback",
            ),
            (Threshold::default(), 25, 13, "rounded up"),
            (Threshold::default(), 1_000, 200, "200 at most"),
            (
                threshold(ThresholdType::UnboundedPercent, 1),
                10,
                1,
                "one at least",
            ),
            (threshold(ThresholdType::Count, 7), 800, 7, "the value"),
        ];
        for (threshold, desired, expected, source) in table {
            assert_eq!(failure_threshold(threshold, desired), expected, "{source}");
        }
    }

    fn counted(outcomes: &[TaskOutcome], reset: bool) -> u32 {
        let failures = outcomes.iter().fold(Failures::default(), |sum, outcome| {
            sum.after(*outcome, reset)
        });
        failures.count()
    }

    #[test]
    fn failures_count_until_a_task_is_healthy() {
        // deployment-circuit-breaker, stages 1 and 2; API DeploymentCircuitBreaker.
        let outcomes = [
            TaskOutcome::NeverRan,
            TaskOutcome::Runs { is_checked: true },
            TaskOutcome::FailedChecks,
            TaskOutcome::Healthy,
            TaskOutcome::FailedChecks,
        ];
        assert_eq!(counted(&outcomes[..3], true), 2);
        assert_eq!(counted(&outcomes, true), 1, "consecutive");
        assert_eq!(counted(&outcomes, false), 3, "cumulative");
    }

    #[test]
    fn a_crash_is_a_failure_only_where_checks_had_not_passed() {
        // ecs-deployment-roll-back-failure: what passed its checks and then stops is not counted.
        let ended = |is_checked, was_healthy| {
            let crash = TaskOutcome::Ended {
                is_checked,
                was_healthy,
            };
            counted(&[crash; 9], true)
        };
        assert_eq!(ended(true, false), 9);
        assert_eq!(ended(true, true), 0);
        assert_eq!(ended(false, false), 0);
        let unchecked = [
            TaskOutcome::NeverRan,
            TaskOutcome::Runs { is_checked: false },
        ];
        assert_eq!(counted(&unchecked, true), 0, "running is all there is");
    }

    #[test]
    fn the_breaker_trips_when_the_count_equals_the_threshold() {
        let breaker = CircuitBreaker {
            rollback: true,
            reset_on_healthy_task: true,
            threshold: Threshold::default(),
        };
        let failures = |never_ran| Failures {
            never_ran,
            ..Failures::default()
        };
        let of = |never_ran, desired| verdict(breaker, failures(never_ran), desired, true);
        assert_eq!(of(2, 4), Verdict::GoesOn { left: 1 });
        assert_eq!(of(3, 4), Verdict::RollsBack { threshold: 3 });
        assert_eq!(of(5, 20), Verdict::GoesOn { left: 5 });
        // Scaling in moves the threshold below the count.
        assert_eq!(of(5, 8), Verdict::RollsBack { threshold: 4 });
        let first = verdict(breaker, failures(3), 4, false);
        assert_eq!(first, Verdict::Fails { threshold: 3 });
        let breaker = CircuitBreaker {
            rollback: false,
            ..breaker
        };
        let kept = verdict(breaker, failures(3), 4, true);
        assert_eq!(kept, Verdict::Fails { threshold: 3 });
    }

    proptest! {
        #[test]
        fn no_threshold_is_zero_and_none_falls_with_the_desired_count(
            desired in 0_u32..100_000, value in 1_u32..=100, kind in 0..3
        ) {
            let kinds =
                [ThresholdType::BoundedPercent, ThresholdType::UnboundedPercent, ThresholdType::Count];
            let threshold = threshold(kinds[kind as usize], value);
            let now = failure_threshold(threshold, desired);
            prop_assert!(0 < now);
            prop_assert!(now <= failure_threshold(threshold, desired + 1));
        }
    }
}
