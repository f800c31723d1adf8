//! ECS Managed Instances: when an idle instance ends, and when every instance is replaced.
//!
//! Sources: ECS developer guide, "Managed Instances" (DG-mi-opt: infrastructure optimization,
//! DG-mi-patch: patching).

use crate::engine::time::SimDuration;

/// From this age on an instance drains (DG-mi-patch).
pub const DRAINING_FROM: SimDuration = SimDuration::from_secs(14 * 86_400);
/// At this age it ends, whatever runs on it (DG-mi-patch).
pub const ENDS_AT: SimDuration = SimDuration::from_secs(21 * 86_400);
/// The management fee, percent of the type's on-demand price (AWS's sample calculator, MI-CALC).
pub const FEE_PERCENT: u32 = 12;
/// `scaleInAfter` where none is given, seconds. ASSUMPTION: AWS speaks of its own heuristic.
pub const SCALE_IN_AFTER: SimDuration = SimDuration::from_secs(300);

/// `scaleInAfter` of a provider's infrastructure optimization.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScaleInAfter {
    /// After so long without a task, 0 to 3,600 s.
    Idle(SimDuration),
    /// Never (-1).
    Never,
}

/// What is due for an instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// It is idle for long enough and ends.
    End,
    /// It is old: no new tasks, those it has are replaced elsewhere.
    Drain,
    /// It is too old and ends with what runs on it.
    Expire,
}

/// What is due for an instance of this age that has had no task for `idle` (`None`: it has one; a
/// task that arrives cancels the timer, DG-mi-opt).
pub fn due(age: SimDuration, idle: Option<SimDuration>, scale_in: ScaleInAfter) -> Due {
    let is_over = matches!(
        (idle, scale_in),
        (Some(idle), ScaleInAfter::Idle(after)) if after <= idle
    );
    if ENDS_AT <= age {
        Due::Expire
    } else if is_over {
        Due::End
    } else if DRAINING_FROM <= age {
        Due::Drain
    } else {
        Due::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CAP-E33: `scaleInAfter` of 300 s, a task arrives after 200 (DG-mi-opt).
    #[test]
    fn a_task_cancels_the_timer_of_an_idle_instance() {
        let age = SimDuration::from_secs(7_200);
        let after = ScaleInAfter::Idle(SimDuration::from_secs(300));
        let idle = |seconds| Some(SimDuration::from_secs(seconds));
        assert_eq!(due(age, idle(200), after), Due::Nothing);
        assert_eq!(due(age, None, after), Due::Nothing, "it has a task now");
        assert_eq!(due(age, idle(300), after), Due::End);
        assert_eq!(due(age, idle(90_000), ScaleInAfter::Never), Due::Nothing);
    }

    /// DG-mi-patch: drained from day 14, ended a week later.
    #[test]
    fn every_instance_is_replaced_within_three_weeks() {
        let days = |days: u64| SimDuration::from_secs(days * 86_400);
        let busy = |age| due(age, None, ScaleInAfter::Never);
        assert_eq!(busy(days(13)), Due::Nothing);
        assert_eq!(busy(days(14)), Due::Drain);
        assert_eq!(busy(days(21)), Due::Expire);
    }
}
