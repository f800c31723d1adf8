//! What a target group says of a target in the course of a task's life: states and reason codes.

use crate::engine::time::SimTime;

/// How the checks of a target fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FailedChecks {
    /// Nothing takes the connection: the code is not up, or not any more.
    #[default]
    NoConnection,
    /// It answers, with a code outside of `Matcher`.
    WrongCode,
    /// No answer comes in time: a security group drops what the load balancer sends.
    NoAnswer,
}

/// `TargetHealth.State` (API DescribeTargetHealth).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TargetState {
    /// `initial`: registered, and not found healthy yet.
    Initial,
    /// `healthy`.
    Healthy,
    /// `unhealthy`: its checks have failed.
    Unhealthy(FailedChecks),
    /// `unused`: the load balancer has no node in its zone.
    Unused,
    /// `draining`: deregistered, and its delay runs.
    Draining,
}

impl TargetState {
    /// Its name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            TargetState::Initial => "initial",
            TargetState::Healthy => "healthy",
            TargetState::Unhealthy(_) => "unhealthy",
            TargetState::Unused => "unused",
            TargetState::Draining => "draining",
        }
    }

    /// `TargetHealth.Reason`; none of one that is healthy.
    ///
    /// Source: Application Load Balancer user guide, target-group-health-checks (2026-11). That a
    /// target which no check has found yet is at its initial checks is said of all of that time:
    /// `Elb.RegistrationInProgress` is the first part of it. What is not a target any more is
    /// `Target.NotRegistered`, and is told no longer; checks of tasks cannot be switched off, so
    /// that none is `unavailable`.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            TargetState::Initial => Some("Elb.InitialHealthChecking"),
            TargetState::Healthy => None,
            TargetState::Unhealthy(FailedChecks::NoConnection) => Some("Target.FailedHealthChecks"),
            TargetState::Unhealthy(FailedChecks::WrongCode) => Some("Target.ResponseCodeMismatch"),
            TargetState::Unhealthy(FailedChecks::NoAnswer) => Some("Target.Timeout"),
            TargetState::Unused => Some("Target.NotInUse"),
            TargetState::Draining => Some("Target.DeregistrationInProgress"),
        }
    }
}

/// A task's life as far as its target is concerned; `None` where it never came to that.
#[derive(Clone, Copy, Debug, Default)]
pub struct TargetTimes {
    /// It runs, and is registered.
    pub running: Option<SimTime>,
    /// It is healthy.
    pub in_service: Option<SimTime>,
    /// Its checks have failed.
    pub unhealthy: Option<SimTime>,
    /// How they failed.
    pub failed: FailedChecks,
    /// It is deregistered.
    pub deregistered: Option<SimTime>,
    /// Whether a node of the load balancer is in its zone.
    pub is_met: bool,
}

/// The states of a target, each from when on: it is initial until a check passes, unhealthy when
/// they fail, and draining from its deregistration on; where no node is in its zone, unused.
///
/// Source: as [`TargetState::reason`].
#[must_use]
pub fn states(times: TargetTimes) -> Vec<(SimTime, TargetState)> {
    let first = match times.is_met {
        true => TargetState::Initial,
        false => TargetState::Unused,
    };
    let in_service = times.in_service.filter(|_| times.is_met);
    let unhealthy = times.unhealthy.filter(|_| times.is_met);
    let all = [
        (times.running, first),
        (in_service, TargetState::Healthy),
        (unhealthy, TargetState::Unhealthy(times.failed)),
        (times.deregistered, TargetState::Draining),
    ];
    let until = times.deregistered.unwrap_or(SimTime::MAX);
    let mut found: Vec<(SimTime, TargetState)> = Vec::new();
    for (at, state) in all.into_iter().filter_map(|(at, state)| Some((at?, state))) {
        // What was foreseen for later did not come to pass.
        if until < at {
            continue;
        }
        // A state that lasts no time is none, but what it is deregistered for.
        let is_none = |(before, state): &(SimTime, TargetState)| {
            at <= *before && !matches!(state, TargetState::Unhealthy(_))
        };
        if found.last().is_some_and(is_none) {
            found.pop();
        }
        found.push((at, state));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(times: TargetTimes) -> Vec<String> {
        let word = |(at, state): (SimTime, TargetState)| {
            format!("{} {}", at.as_micros() / 1_000_000, state.name())
        };
        states(times).into_iter().map(word).collect()
    }

    #[test]
    fn a_target_is_initial_until_a_check_passes_and_drains_when_it_leaves() {
        let at = |seconds| Some(SimTime::from_secs(seconds));
        let times = TargetTimes {
            running: at(20),
            in_service: at(35),
            unhealthy: None,
            failed: FailedChecks::default(),
            deregistered: at(600),
            is_met: true,
        };
        assert_eq!(told(times), ["20 initial", "35 healthy", "600 draining"]);
        let fails = TargetTimes {
            unhealthy: at(500),
            ..times
        };
        assert_eq!(
            told(fails),
            ["20 initial", "35 healthy", "500 unhealthy", "600 draining"]
        );
        let at_once = TargetTimes {
            unhealthy: at(600),
            ..times
        };
        assert_eq!(told(at_once)[2..], ["600 unhealthy", "600 draining"]);
        // Stopped before its checks would have failed; never in service; without a node.
        let sooner = TargetTimes {
            unhealthy: at(900),
            in_service: None,
            ..times
        };
        assert_eq!(told(sooner), ["20 initial", "600 draining"]);
        let unmet = TargetTimes {
            is_met: false,
            ..fails
        };
        assert_eq!(told(unmet), ["20 unused", "600 draining"]);
        // It stood there from the start.
        let stood = TargetTimes {
            running: at(0),
            in_service: at(0),
            deregistered: None,
            ..times
        };
        assert_eq!(told(stood), ["0 healthy"]);
    }

    #[test]
    fn the_reason_says_how_the_checks_failed() {
        let reason = |failed| TargetState::Unhealthy(failed).reason();
        for (failed, expected) in [
            (FailedChecks::NoConnection, "Target.FailedHealthChecks"),
            (FailedChecks::WrongCode, "Target.ResponseCodeMismatch"),
            (FailedChecks::NoAnswer, "Target.Timeout"),
        ] {
            assert_eq!(reason(failed), Some(expected));
        }
        let failed = states(TargetTimes {
            running: Some(SimTime::ZERO),
            unhealthy: Some(SimTime::from_secs(60)),
            failed: FailedChecks::NoAnswer,
            is_met: true,
            ..TargetTimes::default()
        });
        let (_, last) = failed[failed.len() - 1];
        assert_eq!(last.reason(), Some("Target.Timeout"));
        assert_eq!(TargetState::Unused.reason(), Some("Target.NotInUse"));
        assert_eq!(TargetState::Healthy.reason(), None);
    }
}
