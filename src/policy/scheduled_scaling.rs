//! Scheduled scaling of a service: what a scheduled action makes of a target's bounds and of the
//! desired count.
//!
//! Sources: Application Auto Scaling user guide, "scheduled scaling" (AAS); API
//! PutScheduledActionRequest, ScalableTargetAction and SuspendedState, 2026-11.

/// `MinCapacity` and `MaxCapacity` of a scalable target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// `MinCapacity`.
    pub min: u32,
    /// `MaxCapacity`.
    pub max: u32,
}

impl Bounds {
    /// The bounds after an update.
    ///
    /// # Errors
    /// What they would be, if the least is then above the most.
    pub fn updated(self, update: &BoundsUpdate) -> Result<Bounds, Bounds> {
        let next = Bounds {
            min: update.min.unwrap_or(self.min),
            max: update.max.unwrap_or(self.max),
        };
        match next.min <= next.max {
            true => Ok(next),
            false => Err(next),
        }
    }
}

/// `ScalableTargetAction`; `None` leaves a bound as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BoundsUpdate {
    /// `MinCapacity`.
    pub min: Option<u32>,
    /// `MaxCapacity`.
    pub max: Option<u32>,
}

/// What comes of a scheduled action.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScheduledOutcome {
    /// The bounds are these from now on.
    Set(Bounds),
    /// `ScheduledScalingSuspended`: nothing happens.
    Suspended,
    /// With the bounds of that moment the least would be above the most: nothing happens.
    MinAboveMax(Bounds),
}

/// What a scheduled action makes of a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct ScheduledDecision {
    /// The desired count.
    pub desired: u32,
    /// The bounds.
    pub bounds: Bounds,
    /// Why.
    pub outcome: ScheduledOutcome,
}

/// A scheduled action sets the bounds that it names; a desired count below the new minimum is
/// raised to it, one above the new maximum is lowered to it, any other stays. Nothing is restored
/// afterwards, and no cooldown is asked (AAS). While `ScheduledScalingSuspended` nothing happens
/// (API SuspendedState).
///
/// ASSUMPTION: an action whose bounds do not go with the other one of that moment does nothing, and
/// one is carried out during a deployment too.
pub fn scheduled(
    desired: u32,
    bounds: Bounds,
    update: &BoundsUpdate,
    is_suspended: bool,
) -> ScheduledDecision {
    let stay = |outcome| ScheduledDecision {
        desired,
        bounds,
        outcome,
    };
    if is_suspended {
        return stay(ScheduledOutcome::Suspended);
    }
    match bounds.updated(update) {
        Err(refused) => stay(ScheduledOutcome::MinAboveMax(refused)),
        Ok(next) => ScheduledDecision {
            desired: desired.clamp(next.min, next.max),
            bounds: next,
            outcome: ScheduledOutcome::Set(next),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { min: 2, max: 10 };

    /// AAS, scheduled-scaling: below the new minimum it is raised, above the new maximum lowered,
    /// else left.
    #[test]
    fn a_bound_takes_the_desired_count_along() {
        let after = |desired, min, max| {
            let update = BoundsUpdate { min, max };
            let decision = scheduled(desired, BOUNDS, &update, false);
            (decision.desired, decision.bounds.min, decision.bounds.max)
        };
        assert_eq!(after(4, Some(6), None), (6, 6, 10));
        assert_eq!(after(8, None, Some(5)), (5, 2, 5));
        assert_eq!(after(4, Some(3), Some(20)), (4, 3, 20));
        assert_eq!(after(4, Some(0), Some(0)), (0, 0, 0));
    }

    #[test]
    fn what_is_suspended_or_impossible_changes_nothing() {
        let min = |min| BoundsUpdate {
            min: Some(min),
            max: None,
        };
        let suspended = scheduled(4, BOUNDS, &min(6), true);
        assert_eq!(suspended.outcome, ScheduledOutcome::Suspended);
        let above = scheduled(4, BOUNDS, &min(11), false);
        let refused = Bounds { min: 11, max: 10 };
        assert_eq!(above.outcome, ScheduledOutcome::MinAboveMax(refused));
        for decision in [suspended, above] {
            assert_eq!((decision.desired, decision.bounds), (4, BOUNDS));
        }
    }
}
