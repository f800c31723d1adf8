//! Availability Zone rebalancing: a service whose tasks stand unevenly is evened out, start before
//! stop (ECS developer guide, "service rebalancing"; DG-azr).

use super::{PlacementRule, Spread};

/// What rebalancing does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rebalancing {
    /// The zones are even, or nothing can be done.
    Even,
    /// A task is to be started in this zone.
    Start {
        /// The poorest zone.
        zone: usize,
    },
    /// There is one too many since a task was started: one of this zone is to be stopped.
    Stop {
        /// The richest zone.
        zone: usize,
    },
}

/// Whether a service is rebalanced at all: REPLICA services whose first rule spreads over zones, or
/// without any; not with `maximumPercent` 100, nor with a constraint on zones (DG-azr).
pub fn is_eligible_for_rebalancing(
    rules: &[PlacementRule],
    maximum_percent: u32,
    is_bound_to_zones: bool,
) -> bool {
    let first = rules.first();
    let spreads = first.is_none_or(|rule| *rule == PlacementRule::Spread(Spread::Zone));
    spreads && maximum_percent != 100 && !is_bound_to_zones
}

/// The next step for a service in a steady state, by the tasks it has RUNNING and healthy in each
/// zone; `desired` as configured. Each zone is due desired / zones, the remainder one each, one at
/// least.
pub fn rebalancing(desired: u32, running: &[u32]) -> Rebalancing {
    let (Some(most), Some(least)) = (running.iter().max(), running.iter().min()) else {
        return Rebalancing::Even;
    };
    let at = |count: &u32| running.iter().position(|it| it == count).unwrap_or(0);
    let total: u32 = running.iter().sum();
    if desired < total {
        return Rebalancing::Stop { zone: at(most) };
    }
    // Even is a difference of one at most: the remainder of desired / zones, one each.
    if desired == total && 1 < most - least {
        return Rebalancing::Start { zone: at(least) };
    }
    Rebalancing::Even
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CAP-E24: two tasks in one zone, none in the other (DG-azr).
    #[test]
    fn a_task_is_started_in_the_poor_zone_before_one_is_stopped_in_the_rich_one() {
        let mut running = [2, 0];
        assert_eq!(rebalancing(2, &running), Rebalancing::Start { zone: 1 });
        running[1] += 1;
        assert_eq!(rebalancing(2, &running), Rebalancing::Stop { zone: 0 });
        running[0] -= 1;
        assert_eq!(rebalancing(2, &running), Rebalancing::Even);
    }

    #[test]
    fn a_remainder_is_no_unevenness() {
        assert_eq!(rebalancing(5, &[2, 2, 1]), Rebalancing::Even);
        assert_eq!(rebalancing(5, &[3, 1, 1]), Rebalancing::Start { zone: 1 });
        assert_eq!(rebalancing(6, &[3, 2, 1]), Rebalancing::Start { zone: 2 });
        assert_eq!(rebalancing(1, &[1, 0, 0]), Rebalancing::Even);
    }

    #[test]
    fn only_services_that_spread_over_zones_are_rebalanced() {
        let zones = PlacementRule::Spread(Spread::Zone);
        assert!(is_eligible_for_rebalancing(&[], 200, false));
        assert!(is_eligible_for_rebalancing(&[zones], 200, false));
        assert!(!is_eligible_for_rebalancing(
            &[PlacementRule::Random],
            200,
            false
        ));
        assert!(!is_eligible_for_rebalancing(&[zones], 100, false));
        assert!(!is_eligible_for_rebalancing(&[zones], 200, true));
    }
}
