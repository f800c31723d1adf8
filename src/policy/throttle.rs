//! How long a service waits before it tries again to start tasks that keep failing to start.

use crate::engine::time::{SimDuration, SimTime};

/// The longest delay (ECS developer guide, service-throttle-logic, 2026-11; older texts say 15
/// minutes).
pub const DELAY_MAX: SimDuration = SimDuration::from_secs(27 * 60);

/// What a service remembers of failed starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FailedStarts {
    /// Rounds of starts that failed since the last task that reached RUNNING. A round is what was
    /// created until the first of it failed.
    pub rounds: u32,
    /// When the first of the last round failed.
    pub last: SimTime,
}

/// What happened to a start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StartOutcome {
    /// A task reached RUNNING; what becomes of it later is no matter for the throttle.
    ReachedRunning,
    /// A task went to STOPPED without ever being RUNNING.
    StoppedBeforeRunning {
        /// When it was created.
        created: SimTime,
        /// When it stopped.
        at: SimTime,
    },
    /// The service got another task definition or was deployed anew: a fresh start.
    NewDeployment,
}

/// How long to wait with the next start, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Delay {
    /// The wait.
    pub delay: SimDuration,
    /// The failed rounds that it follows from.
    pub rounds: u32,
    /// Whether it has stopped growing.
    pub is_longest: bool,
}

impl FailedStarts {
    /// Only starts that never reached RUNNING count, and those of one round once: what was created
    /// before the wait for the others began was no further try. A task that ran, and a new
    /// deployment, reset the count.
    ///
    /// Source: ECS developer guide, service-throttle-logic: the delay grows step by step between
    /// tries. What is one try of several tasks is ASSUMPTION.
    #[must_use]
    pub fn after(self, outcome: StartOutcome) -> Self {
        match outcome {
            StartOutcome::ReachedRunning | StartOutcome::NewDeployment => FailedStarts::default(),
            StartOutcome::StoppedBeforeRunning { created, .. }
                if 0 < self.rounds && created <= self.last =>
            {
                self
            }
            StartOutcome::StoppedBeforeRunning { at, .. } => FailedStarts {
                rounds: self.rounds.saturating_add(1),
                last: at,
            },
        }
    }
}

/// After failed rounds of starts the service waits `first`, twice that, four times and so on, and
/// then always 27 minutes: by default 1, 2, 4, 8, 16 and 27.
///
/// Source of the maximum: ECS developer guide, service-throttle-logic; the doubling is ASSUMPTION.
pub fn delay_before_start(failed: FailedStarts, first: SimDuration) -> Delay {
    let rounds = failed.rounds;
    let doubled = 1_u64
        .checked_shl(rounds.saturating_sub(1))
        .map(|times| first.as_micros().saturating_mul(times))
        .map_or(DELAY_MAX, SimDuration::from_micros);
    let delay = match rounds {
        0 => SimDuration::ZERO,
        _ => doubled.min(DELAY_MAX),
    };
    Delay {
        delay,
        rounds,
        is_longest: delay == DELAY_MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LAST: SimTime = SimTime::from_secs(100);
    const DELAY_FIRST: SimDuration = SimDuration::from_secs(60);

    fn minutes(rounds: u32) -> u64 {
        let failed = FailedStarts { rounds, last: LAST };
        let delay = delay_before_start(failed, DELAY_FIRST).delay;
        delay.as_micros() / 60_000_000
    }

    fn failed(created: u64, at: u64) -> StartOutcome {
        StartOutcome::StoppedBeforeRunning {
            created: SimTime::from_secs(created),
            at: SimTime::from_secs(at),
        }
    }

    #[test]
    fn delays_double_up_to_27_minutes() {
        // service-throttle-logic's maximum, the growth an assumption.
        let delays: Vec<u64> = (0..9).map(minutes).collect();
        assert_eq!(delays, [0, 1, 2, 4, 8, 16, 27, 27, 27]);
        let rounds = FailedStarts {
            rounds: 3,
            last: LAST,
        };
        let other = delay_before_start(rounds, SimDuration::from_secs(10)).delay;
        assert_eq!(other, SimDuration::from_secs(40));
    }

    #[test]
    fn tasks_of_one_round_count_once() {
        // Ten are created at 0 s and fail from 25 s on, the last at 90 s, when the next round is on
        // its way since 85 s.
        let first = FailedStarts::default().after(failed(0, 25));
        assert_eq!(first.rounds, 1);
        assert_eq!(first.after(failed(0, 26)), first);
        assert_eq!(first.after(failed(0, 90)), first);
        assert_eq!(first.after(failed(85, 110)).rounds, 2);
    }

    #[test]
    fn a_task_that_ran_and_a_new_deployment_reset_the_count() {
        let seven = FailedStarts {
            rounds: 7,
            last: LAST,
        };
        assert_eq!(seven.after(StartOutcome::ReachedRunning).rounds, 0);
        assert_eq!(seven.after(StartOutcome::NewDeployment).rounds, 0);
        assert_eq!(seven.after(failed(101, 130)).rounds, 8);
    }

    proptest! {
        #[test]
        fn the_delay_never_shrinks_nor_passes_the_maximum(rounds in any::<u32>()) {
            let next = rounds.saturating_add(1);
            prop_assert!(minutes(rounds) <= minutes(next));
            prop_assert!(minutes(next) <= 27);
        }
    }
}
