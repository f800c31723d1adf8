//! Fargate's platform retirement: which tasks a notice is about, and when AWS acts on it.

use crate::engine::time::{SimDuration, SimTime};

/// A notice is about the tasks that were launched before it: later ones are on the next revision.
///
/// Source: ECS developer guide, "task retirement" (2026-11).
pub fn concerns(created: SimTime, noticed: SimTime) -> bool {
    created < noticed
}

/// AWS acts when the account's wait is over: `fargateTaskRetirementWaitPeriod`, 0, 7 or 14 days.
///
/// Source: ECS developer guide, "task retirement" (2026-11): 7 days by default.
pub fn acts_at(noticed: SimTime, wait: SimDuration) -> SimTime {
    noticed.saturating_add(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_about_what_ran_before_it_and_acts_after_the_wait() {
        let (at, day) = (SimTime::from_secs, 86_400);
        assert!(concerns(at(99), at(100)));
        assert!(!concerns(at(100), at(100)));
        let week = SimDuration::from_secs(7 * day);
        assert_eq!(acts_at(at(100), week), at(100 + 7 * day));
    }
}
