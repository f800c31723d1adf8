//! How long a service waits before it tries again to start tasks that keep failing to start.

use crate::engine::time::SimDuration;

/// The delay after the first failed start. ASSUMPTION: AWS publishes only that the delay grows, and
/// its maximum.
pub const DELAY_FIRST: SimDuration = SimDuration::from_secs(60);
/// The longest delay (ECS developer guide, service-throttle-logic, 2026-11; older texts say 15
/// minutes).
pub const DELAY_MAX: SimDuration = SimDuration::from_secs(27 * 60);

/// What a service remembers of failed starts: how many there were in a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FailedStarts {
    /// Tasks that stopped before RUNNING since the last one that reached it.
    pub consecutive: u32,
}

/// What happened to a start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StartOutcome {
    /// A task reached RUNNING; what becomes of it later is no matter for the throttle.
    ReachedRunning,
    /// A task went to STOPPED without ever being RUNNING.
    StoppedBeforeRunning,
    /// The service got another task definition or was deployed anew: a fresh start.
    NewDeployment,
}

/// How long to wait with the next start, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Delay {
    /// The wait.
    pub delay: SimDuration,
    /// The failed starts in a row that it follows from.
    pub consecutive: u32,
    /// Whether it has stopped growing.
    pub is_longest: bool,
}

impl FailedStarts {
    /// Only starts that never reached RUNNING count; a task that ran, and a new deployment, reset
    /// the count.
    ///
    /// Source: ECS developer guide, service-throttle-logic.
    #[must_use]
    pub fn after(self, outcome: StartOutcome) -> Self {
        match outcome {
            StartOutcome::ReachedRunning | StartOutcome::NewDeployment => FailedStarts::default(),
            StartOutcome::StoppedBeforeRunning => FailedStarts {
                consecutive: self.consecutive.saturating_add(1),
            },
        }
    }
}

/// After failed starts in a row the service waits 1, 2, 4, 8, 16 and then always 27 minutes.
///
/// Source of the maximum: ECS developer guide, service-throttle-logic; the doubling is ASSUMPTION.
pub fn delay_before_start(failed: FailedStarts) -> Delay {
    let consecutive = failed.consecutive;
    let doubled = 1_u64
        .checked_shl(consecutive.saturating_sub(1))
        .map(|times| DELAY_FIRST.as_micros().saturating_mul(times))
        .map_or(DELAY_MAX, SimDuration::from_micros);
    let delay = match consecutive {
        0 => SimDuration::ZERO,
        _ => doubled.min(DELAY_MAX),
    };
    Delay {
        delay,
        consecutive,
        is_longest: delay == DELAY_MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minutes(consecutive: u32) -> u64 {
        delay_before_start(FailedStarts { consecutive })
            .delay
            .as_micros()
            / 60_000_000
    }

    #[test]
    fn delays_double_up_to_27_minutes() {
        // service-throttle-logic's maximum, the growth an assumption.
        let delays: Vec<u64> = (0..9).map(minutes).collect();
        assert_eq!(delays, [0, 1, 2, 4, 8, 16, 27, 27, 27]);
    }

    #[test]
    fn a_task_that_ran_and_a_new_deployment_reset_the_count() {
        let failed = FailedStarts { consecutive: 7 };
        assert_eq!(failed.after(StartOutcome::ReachedRunning).consecutive, 0);
        assert_eq!(failed.after(StartOutcome::NewDeployment).consecutive, 0);
        assert_eq!(
            failed.after(StartOutcome::StoppedBeforeRunning).consecutive,
            8
        );
    }

    proptest! {
        #[test]
        fn the_delay_never_shrinks_nor_passes_the_maximum(consecutive in any::<u32>()) {
            let next = consecutive.saturating_add(1);
            prop_assert!(minutes(consecutive) <= minutes(next));
            prop_assert!(minutes(next) <= 27);
        }
    }
}
