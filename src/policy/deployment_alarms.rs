//! What the alarms of a deployment say of it: whether they are watched, and for how long after it
//! is rolled out.

use crate::engine::time::SimDuration;
use crate::policy::alarm::AlarmState;

/// The longest bake time that alarms ask for (ECS developer guide, deployment-alarm-failure,
/// 2026-11: less than 5 minutes by default).
pub const BAKE_MAX: SimDuration = SimDuration::from_secs(300);

/// What a service's alarms are to the deployment that is being rolled out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Watch {
    /// Nobody looks at any.
    #[default]
    Off,
    /// One that goes to ALARM fails it.
    Watching,
    /// One was in ALARM when it began: none is looked at.
    Ignored,
}

/// Alarms are ignored for a whole deployment if one of them is in ALARM when it begins.
///
/// Source: ECS developer guide, deployment-alarm-failure.
#[must_use]
pub fn watch(alarms: impl IntoIterator<Item = AlarmState>) -> Watch {
    let mut watch = Watch::Off;
    for state in alarms {
        match state {
            AlarmState::Alarm => return Watch::Ignored,
            AlarmState::Ok | AlarmState::InsufficientData => watch = Watch::Watching,
        }
    }
    watch
}

/// For how long ECS goes on watching the alarms when the new revision is out and the old one gone:
/// as long as the slowest of them takes to go off, 5 minutes at the most.
///
/// ASSUMPTION: AWS publishes no formula. `windows` are what [`window`] says of each alarm.
#[must_use]
pub fn bake_time(windows: impl IntoIterator<Item = SimDuration>) -> SimDuration {
    let longest = windows.into_iter().max().unwrap_or(SimDuration::ZERO);
    longest.min(BAKE_MAX)
}

/// How long an alarm takes to go off at what begins now, at the latest: the rest of the minute that
/// is under way, in which there is too little of it, its periods, and how late the last data point
/// comes.
///
/// ```
/// # use fleetcast::engine::SimDuration;
/// # use fleetcast::policy::deployment_alarms::window;
/// let s = SimDuration::from_secs;
/// // 3 minutes from 01:00:55 on are 01:01 to 01:04, and known at 01:04:30.
/// assert_eq!(window((s(60), 3), s(60), s(30)), s(270));
/// ```
#[must_use]
pub fn window(
    (period, evaluation_periods): (SimDuration, u32),
    between_points: SimDuration,
    delay: SimDuration,
) -> SimDuration {
    let all_us = period
        .as_micros()
        .saturating_mul(u64::from(evaluation_periods));
    SimDuration::from_micros(all_us) + between_points + delay
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alarm_that_is_off_at_the_start_silences_all() {
        // deployment-alarm-failure.
        let (ok, off) = (AlarmState::Ok, AlarmState::Alarm);
        assert_eq!(watch([]), Watch::Off);
        assert_eq!(watch([ok, AlarmState::InsufficientData]), Watch::Watching);
        assert_eq!(watch([ok, off]), Watch::Ignored);
    }

    #[test]
    fn a_deployment_bakes_as_long_as_its_slowest_alarm_takes() {
        let s = SimDuration::from_secs;
        assert_eq!(bake_time([s(60), s(180)]), s(180));
        assert_eq!(bake_time([s(60), s(900)]), s(300));
        assert_eq!(bake_time([]), s(0));
        let alarm = |periods| window((s(60), periods), s(60), s(30));
        assert_eq!(bake_time([alarm(1), alarm(3)]), s(270));
        assert_eq!(bake_time([alarm(4)]), s(300));
    }
}
