//! What EventBridge does when its call of RunTask fails: an error of the API is tried again, with a
//! longer wait each time, until the target's retry policy is used up; a task that RunTask names in
//! `failures` is none of its business, and lost.
//!
//! Sources: EventBridge user guide, "how EventBridge retries delivering events"; API RetryPolicy;
//! API RunTask, `failures` (2026-11).

use crate::engine::SimDuration;

/// How often and for how long a target is tried again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetryPolicy {
    /// `MaximumRetryAttempts`: tries after the first one.
    pub attempts: u32,
    /// `MaximumEventAgeInSeconds`: no try begins later than this after the first.
    pub age: SimDuration,
}

impl RetryPolicy {
    /// Both maxima, which are the defaults (API RetryPolicy).
    pub const DEFAULT: RetryPolicy = RetryPolicy {
        attempts: 185,
        age: SimDuration::from_secs(86_400),
    };
}

/// The waits before further tries: each twice the one before, up to the longest. The user guide
/// says "exponential back-off with jitter" and no figures. ASSUMPTION: with these, 185 tries take
/// the 24 hours that are the other default.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backoff {
    /// The mean of the first wait.
    pub first: SimDuration,
    /// The mean of the longest.
    pub longest: SimDuration,
}

impl Backoff {
    /// The defaults.
    pub const DEFAULT: Backoff = Backoff {
        first: SimDuration::from_secs(1),
        longest: SimDuration::from_secs(480),
    };

    /// The wait after so many tries (1 at least), for a uniform draw from [0, 1): half as long to
    /// half as long again as its mean.
    pub fn wait(&self, tries: u32, uniform: f64) -> SimDuration {
        let doublings = tries.saturating_sub(1).min(32);
        let mean = self.first.as_secs_f64() * libm::exp2(f64::from(doublings));
        let mean = mean.min(self.longest.as_secs_f64());
        SimDuration::from_secs_f64(mean * (0.5 + uniform))
    }
}

/// How a task of a call was not started.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failed {
    /// RunTask answered with an error: throttled, or a quota.
    Error,
    /// RunTask answered, and named the task in `failures`: no room, no capacity.
    Failure,
}

/// What becomes of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// It is tried again after this wait.
    Retry(SimDuration),
    /// Its tries are used up: to the dead-letter queue, where the target has one.
    UsedUp,
    /// It is too old for another try: likewise.
    TooOld,
    /// Nobody tries again.
    Lost,
}

/// What becomes of a task that was not started at its `tries`-th try (1 at least), `age` after the
/// first.
pub fn after_failure(
    failed: Failed,
    (tries, age): (u32, SimDuration),
    policy: RetryPolicy,
    (backoff, uniform): (Backoff, f64),
) -> Delivery {
    if failed == Failed::Failure {
        return Delivery::Lost;
    }
    if policy.attempts < tries {
        return Delivery::UsedUp;
    }
    let wait = backoff.wait(tries, uniform);
    match age.as_micros().saturating_add(wait.as_micros()) <= policy.age.as_micros() {
        true => Delivery::Retry(wait),
        false => Delivery::TooOld,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: SimDuration = SimDuration::from_secs(1);

    fn after(failed: Failed, tries: u32, age_s: u64, policy: RetryPolicy) -> Delivery {
        let age = SimDuration::from_secs(age_s);
        after_failure(failed, (tries, age), policy, (Backoff::DEFAULT, 0.5))
    }

    #[test]
    fn failures_of_an_answered_call_are_lost() {
        // EventBridge user guide: RunTask `failures` are not an API error, so the schedule does not retry.
        let got = after(Failed::Failure, 1, 0, RetryPolicy::DEFAULT);
        assert_eq!(got, Delivery::Lost);
    }

    #[test]
    fn errors_are_tried_again_until_the_attempts_are_used_up() {
        let policy = RetryPolicy {
            attempts: 2,
            ..RetryPolicy::DEFAULT
        };
        assert_eq!(after(Failed::Error, 1, 0, policy), Delivery::Retry(SECOND));
        let two = SimDuration::from_secs(2);
        assert_eq!(after(Failed::Error, 2, 1, policy), Delivery::Retry(two));
        assert_eq!(after(Failed::Error, 3, 3, policy), Delivery::UsedUp);
        let none = RetryPolicy {
            attempts: 0,
            ..policy
        };
        assert_eq!(after(Failed::Error, 1, 0, none), Delivery::UsedUp);
    }

    #[test]
    fn errors_are_tried_again_until_the_event_is_too_old() {
        let policy = RetryPolicy {
            age: SimDuration::from_secs(60),
            ..RetryPolicy::DEFAULT
        };
        let wait = Delivery::Retry(SimDuration::from_secs(4));
        assert_eq!(after(Failed::Error, 3, 56, policy), wait);
        assert_eq!(after(Failed::Error, 3, 57, policy), Delivery::TooOld);
        assert_eq!(after(Failed::Error, 3, 61, policy), Delivery::TooOld);
    }

    #[test]
    fn the_default_attempts_take_about_the_default_age() {
        let waits = (1..=RetryPolicy::DEFAULT.attempts)
            .map(|tries| Backoff::DEFAULT.wait(tries, 0.5).as_secs_f64());
        let hours = waits.sum::<f64>() / 3_600.0;
        assert!((23.0..24.0).contains(&hours), "{hours}");
    }

    #[test]
    fn a_wait_is_spread_around_its_mean() {
        let wait = |uniform| Backoff::DEFAULT.wait(4, uniform).as_secs_f64();
        assert_eq!([wait(0.0), wait(0.5), wait(1.0)], [4.0, 8.0, 12.0]);
        let long = Backoff::DEFAULT.wait(u32::MAX, 0.5);
        assert_eq!(long, SimDuration::from_secs(480));
    }
}
