//! When a newly registered target first receives requests: a target group's health checks.

use crate::engine::time::{SimDuration, SimTime};
use thiserror::Error;

/// How many passing checks make a new target healthy; AWS's pages contradict each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum NewTarget {
    /// One passing check (ELB user guide, target-group-health-checks, 2026-11).
    #[default]
    OneCheck,
    /// So many, usually the healthy threshold, as for a target that recovers (the arithmetic of
    /// ECS's load-balancer-healthcheck page).
    Checks(u32),
}

/// A target group's health check settings, with AWS's names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HealthCheckSettings {
    /// `HealthCheckIntervalSeconds`.
    pub interval_s: u32,
    /// `HealthCheckTimeoutSeconds`.
    pub timeout_s: u32,
    /// `HealthyThresholdCount`.
    pub healthy_threshold: u32,
    /// `UnhealthyThresholdCount`.
    pub unhealthy_threshold: u32,
    /// How many passing checks make a new target healthy.
    pub new_target: NewTarget,
}

impl Default for HealthCheckSettings {
    /// An Application Load Balancer's HTTP target group (ELB user guide,
    /// target-group-health-checks, 2026-11).
    fn default() -> Self {
        HealthCheckSettings {
            interval_s: 30,
            timeout_s: 5,
            healthy_threshold: 5,
            unhealthy_threshold: 2,
            new_target: NewTarget::OneCheck,
        }
    }
}

/// A setting outside its range.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("{setting} is {value}, it must be {min} to {max}")]
pub struct HealthCheckError {
    /// AWS's name of the setting.
    pub setting: &'static str,
    /// The value given.
    pub value: u32,
    /// The smallest legal value.
    pub min: u32,
    /// The largest legal value.
    pub max: u32,
}

impl HealthCheckSettings {
    /// Checks an Application Load Balancer's ranges (ELB user guide, target-group-health-checks,
    /// 2026-11); the first setting that is outside is told.
    pub fn check(self) -> Result<Self, HealthCheckError> {
        let rows = [
            ("HealthCheckIntervalSeconds", self.interval_s, 5, 300),
            ("HealthCheckTimeoutSeconds", self.timeout_s, 2, 120),
            ("HealthyThresholdCount", self.healthy_threshold, 2, 10),
            ("UnhealthyThresholdCount", self.unhealthy_threshold, 2, 10),
        ];
        for (setting, value, min, max) in rows {
            if !(min..=max).contains(&value) {
                return Err(HealthCheckError {
                    setting,
                    value,
                    min,
                    max,
                });
            }
        }
        Ok(self)
    }

    /// The time between two checks.
    pub fn interval(self) -> SimDuration {
        SimDuration::from_secs(u64::from(self.interval_s))
    }
}

/// When a target first is healthy, and why then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct FirstHealthy {
    /// The check that makes it healthy.
    pub at: SimTime,
    /// When it turned unhealthy before, because the application was not ready for too many checks.
    pub unhealthy_at: Option<SimTime>,
    /// Checks that failed before the first one that passed.
    pub checks_failed: u64,
    /// Passing checks it took.
    pub checks_passed: u32,
}

/// A new target is healthy at its first passing check; if the application was not ready for as many
/// checks as the unhealthy threshold counts, it is unhealthy first and needs the healthy threshold
/// to recover.
///
/// Source: ELB user guide, target-group-health-checks. The ECS page's 150 s with default settings
/// (5 checks of 30 s) is [`NewTarget::Checks`] of 5 with the first check one interval after
/// registration.
///
/// Checks run at `registered_at + phase` and every interval after it, whatever they find; a check
/// passes from `app_ready_at` on. That failed first checks turn a new target unhealthy is
/// ASSUMPTION.
///
/// # Panics
/// If the interval is zero.
pub fn first_healthy_at(
    registered_at: SimTime,
    app_ready_at: SimTime,
    settings: HealthCheckSettings,
    phase: SimDuration,
) -> FirstHealthy {
    let interval = settings.interval().as_micros();
    assert!(0 < interval, "health checks need an interval");
    let first_check = registered_at.saturating_add(phase);
    let check = |number: u64| {
        let wait = interval.saturating_mul(number);
        first_check.saturating_add(SimDuration::from_micros(wait))
    };
    let checks_failed = app_ready_at
        .since(first_check)
        .as_micros()
        .div_ceil(interval);
    let unhealthy_after = u64::from(settings.unhealthy_threshold);
    let is_unhealthy = unhealthy_after <= checks_failed;
    let checks_passed = match settings.new_target {
        _ if is_unhealthy => settings.healthy_threshold.max(1),
        NewTarget::OneCheck => 1,
        NewTarget::Checks(count) => count.max(1),
    };
    FirstHealthy {
        at: check(checks_failed + u64::from(checks_passed) - 1),
        unhealthy_at: is_unhealthy.then(|| check(unhealthy_after - 1)),
        checks_failed,
        checks_passed,
    }
}

/// A task that is registered with several target groups gets requests when it is healthy in all of
/// them, and ECS finds it UNHEALTHY as soon as one of them does before it has passed there: when
/// it is in service (`None` without a group), or when it is given up, and the position of the group
/// that found it so first.
///
/// Source: Amazon ECS developer guide, "Registering multiple target groups with an Amazon ECS
/// service" (2026-11): the status of the task's containers is checked against each of them. That
/// no balancer asks a task before all of its groups pass it is ASSUMPTION.
pub fn first_healthy_in_all(
    groups: impl IntoIterator<Item = FirstHealthy>,
    grace_until: SimTime,
) -> Result<Option<SimTime>, (SimTime, usize)> {
    let (mut in_service, mut given_up) = (None, None);
    for (position, first) in groups.into_iter().enumerate() {
        in_service = in_service.max(Some(first.at));
        let Some(at) = first.unhealthy_at else {
            continue;
        };
        let noticed = (at.max(grace_until), at, position);
        if noticed.0 < first.at && given_up.is_none_or(|before| noticed < before) {
            given_up = Some(noticed);
        }
    }
    match given_up {
        None => Ok(in_service),
        Some((at, _, position)) => Err((at, position)),
    }
}

/// A target whose application fails turns unhealthy at the last of as many failed checks in a row
/// as the unhealthy threshold counts; the first is the first check at or after the failure.
///
/// Source: ELB user guide, target-group-health-checks: by default 2 checks, 30 s apart.
/// `a_check_at` is any check.
///
/// # Panics
/// If the interval is zero, or `a_check_at` is later than the failure.
pub fn unhealthy_at(
    failed_at: SimTime,
    a_check_at: SimTime,
    settings: HealthCheckSettings,
) -> SimTime {
    let interval = settings.interval().as_micros();
    assert!(0 < interval, "health checks need an interval");
    let checks_passed = (failed_at - a_check_at).as_micros().div_ceil(interval);
    let number = checks_passed + u64::from(settings.unhealthy_threshold.max(1)) - 1;
    a_check_at.saturating_add(SimDuration::from_micros(interval.saturating_mul(number)))
}

/// A target that was healthy, and whose application fails from `failed_at` to `ready_at`, gets
/// requests again: at once, if too few of its checks failed to turn it unhealthy; else with the
/// last of as many checks that pass in a row as the healthy threshold counts.
///
/// Source: ELB user guide, target-group-health-checks. `a_check_at` is any check.
///
/// # Panics
/// As [`unhealthy_at`].
#[must_use]
pub fn recovered_at(
    (failed_at, ready_at): (SimTime, SimTime),
    a_check_at: SimTime,
    settings: HealthCheckSettings,
) -> SimTime {
    if ready_at <= unhealthy_at(failed_at, a_check_at, settings) {
        return ready_at;
    }
    let passing = HealthCheckSettings {
        unhealthy_threshold: settings.healthy_threshold,
        ..settings
    };
    // As many checks in a row, whatever they say.
    unhealthy_at(ready_at, a_check_at, passing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn healthy_after(ready_s: u64, phase_s: u64, new_target: NewTarget) -> (f64, bool) {
        let settings = HealthCheckSettings {
            new_target,
            ..HealthCheckSettings::default()
        };
        let registered = SimTime::from_secs(1_000);
        let ready = SimTime::from_secs(1_000 + ready_s);
        let first = first_healthy_at(registered, ready, settings, SimDuration::from_secs(phase_s));
        let was_unhealthy = first.unhealthy_at.is_some();
        (first.at.since(registered).as_secs_f64(), was_unhealthy)
    }

    #[test]
    fn a_new_target_is_healthy_as_soon_as_its_checks_say() {
        let table = [
            // ready after, phase, switch, healthy after, was unhealthy
            (
                0,
                30,
                NewTarget::Checks(5),
                (150.0, false),
                "SVC-E18, load-balancer-healthcheck",
            ),
            (
                0,
                30,
                NewTarget::OneCheck,
                (30.0, false),
                "target-group-health-checks",
            ),
            (0, 0, NewTarget::OneCheck, (0.0, false), "checked at once"),
            (
                10,
                10,
                NewTarget::OneCheck,
                (10.0, false),
                "ready in time for its check",
            ),
            (
                20,
                10,
                NewTarget::OneCheck,
                (40.0, false),
                "one failed check is not enough",
            ),
            (
                50,
                10,
                NewTarget::OneCheck,
                (190.0, true),
                "two are: five checks to recover",
            ),
        ];
        for (ready, phase, switch, expected, source) in table {
            assert_eq!(healthy_after(ready, phase, switch), expected, "{source}");
        }
    }

    #[test]
    fn a_task_of_several_groups_waits_for_the_last_and_is_given_up_by_the_first() {
        let at = SimTime::from_secs;
        let of = |ready_s: u64, interval_s: u32| {
            let settings = HealthCheckSettings {
                interval_s,
                ..HealthCheckSettings::default()
            };
            first_healthy_at(at(0), at(ready_s), settings, SimDuration::from_secs(5))
        };
        // Ready after 12 s: the public group looks every 10 s (5, 15), the internal one every 30.
        let both = || [of(12, 10), of(12, 30)];
        assert_eq!(first_healthy_in_all(both(), at(0)), Ok(Some(at(35))));
        // Ready after 20 s: two checks of the second one have failed at 15, one of the first one.
        let slow = || [of(20, 30), of(20, 10)];
        assert_eq!(first_healthy_in_all(slow(), at(0)), Err((at(15), 1)));
        // With grace until five checks of the second one have passed, from 25 on.
        assert_eq!(first_healthy_in_all(slow(), at(66)), Ok(Some(at(65))));
        assert_eq!(first_healthy_in_all([], at(0)), Ok(None));
    }

    #[test]
    fn a_failing_target_is_unhealthy_after_two_checks_by_default() {
        let at = SimTime::from_secs;
        let settings = HealthCheckSettings::default();
        assert_eq!(unhealthy_at(at(100), at(10), settings), at(130));
        assert_eq!(unhealthy_at(at(101), at(10), settings), at(160));
    }

    #[test]
    fn a_target_that_recovers_needs_the_healthy_threshold() {
        // Ready 50 s after its registration, looked at after 10 s and every 10 s then: unhealthy at
        // the second check, and at the fifth the first one passes.
        let at = SimTime::from_secs;
        for (threshold, healthy) in [(2, 60), (5, 90), (10, 140)] {
            let settings = HealthCheckSettings {
                interval_s: 10,
                healthy_threshold: threshold,
                ..HealthCheckSettings::default()
            };
            let first = first_healthy_at(at(0), at(50), settings, SimDuration::from_secs(10));
            assert_eq!((first.at, first.unhealthy_at), (at(healthy), Some(at(20))));
            // Long healthy, gone for 29 s: checks at 100 and 110 fail, those from 120 on pass.
            let recovered = recovered_at((at(91), at(120)), at(10), settings);
            assert_eq!(recovered, at(120 + 10 * (u64::from(threshold) - 1)));
            // One failed check is none.
            assert_eq!(recovered_at((at(91), at(105)), at(10), settings), at(105));
        }
    }

    #[test]
    fn settings_outside_the_range_are_told() {
        let mut settings = HealthCheckSettings::default();
        assert_eq!(settings.check(), Ok(settings));
        settings.interval_s = 301;
        assert_eq!(
            settings.check().unwrap_err().to_string(),
            "HealthCheckIntervalSeconds is 301, it must be 5 to 300"
        );
    }

    proptest! {
        #[test]
        fn no_target_is_healthy_before_its_application(ready in 0_u64..1_000, phase in 0_u64..=30) {
            let (healthy, was_unhealthy) = healthy_after(ready, phase, NewTarget::OneCheck);
            prop_assert!(ready as f64 <= healthy);
            if !was_unhealthy {
                prop_assert!(healthy < (ready.max(phase) + 30) as f64);
            }
        }
    }
}
