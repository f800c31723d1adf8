//! What a target group says of a target in the course of a task's life: states and reason codes.

use crate::engine::time::SimTime;

/// `TargetHealth.State` (API DescribeTargetHealth).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TargetState {
    /// `initial`: registered, and not found healthy yet.
    Initial,
    /// `healthy`.
    Healthy,
    /// `unhealthy`: its checks have failed.
    Unhealthy,
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
            TargetState::Unhealthy => "unhealthy",
            TargetState::Unused => "unused",
            TargetState::Draining => "draining",
        }
    }

    /// `TargetHealth.Reason`; none of one that is healthy.
    ///
    /// Source: Application Load Balancer user guide, target-group-health-checks (2026-11). That a
    /// target which no check has found yet is at its initial checks is said of all of that time:
    /// `Elb.RegistrationInProgress` is the first part of it.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            TargetState::Initial => Some("Elb.InitialHealthChecking"),
            TargetState::Healthy => None,
            TargetState::Unhealthy => Some("Target.FailedHealthChecks"),
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
        (unhealthy, TargetState::Unhealthy),
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
            at <= *before && *state != TargetState::Unhealthy
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
        assert_eq!(TargetState::Unused.reason(), Some("Target.NotInUse"));
    }
}
