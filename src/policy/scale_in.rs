//! Which task a service gives up: the provider first, then the zone, then the task. AWS publishes
//! the zone rule only; the rest is the reverse of how tasks are started, so that scaling out and
//! back in leaves no trace.

use super::strategy::{Share, Strategy};
use crate::engine::time::SimTime;
use std::cmp::{Ordering, Reverse};

/// The provider that loses the next task, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct ProviderToStop {
    /// The index of the item in the strategy.
    pub item: usize,
    /// Why this one.
    pub reason: ProviderToStopReason,
}

/// Why a provider loses a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProviderToStopReason {
    /// It took the last weighted task: no other is further ahead of its weight.
    Weight {
        /// Its weighted tasks, the base's not counted.
        weighted: u32,
        /// Its weight; 0 if it may have no weighted tasks at all and goes first.
        weight: u32,
    },
    /// No weighted task is left anywhere, so the base gives way.
    Base {
        /// Tasks it has.
        have: u32,
        /// Tasks its base asks for.
        of: u32,
    },
}

/// The zone that loses the next task, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct ZoneToStop {
    /// The index of the zone among the counts.
    pub zone: usize,
    /// Tasks of the service it has: the most of all zones.
    pub tasks: u32,
    /// How many zones have as many.
    pub tied: u32,
}

/// Where a task stands in the order of stopping: the smallest key is stopped first.
///
/// Tasks that are not RUNNING yet go first, then the newest. ASSUMPTION: AWS says "random" within a
/// zone at most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct StopKey {
    is_running: bool,
    newest_first: Reverse<SimTime>,
}

impl StopKey {
    /// The key of a task by when it was created, and whether it is RUNNING already.
    pub fn new(created_at: SimTime, is_running: bool) -> Self {
        StopKey {
            is_running,
            newest_first: Reverse(created_at),
        }
    }
}

/// The next task is stopped on the provider that would have been the last to get one: the one that
/// after the stop is still the furthest ahead of its weight; the base is touched only when no
/// weighted task is left.
///
/// ASSUMPTION: AWS publishes no rule. The exact reverse of [`super::strategy::next_provider`], ties
/// included: on-demand {base 2, weight 1}, Spot {weight 3} at `[4, 6]` gives up a Spot task, and so
/// comes to what nine tasks would have been. `None` if there is no task.
///
/// # Panics
/// If `counts` and the strategy differ in length.
pub fn provider_to_stop(strategy: &Strategy, counts: &[u32]) -> Option<ProviderToStop> {
    assert_eq!(
        strategy.items().len(),
        counts.len(),
        "one count per item of the strategy"
    );
    let shares = counts
        .iter()
        .enumerate()
        .map(|(item, &count)| strategy.share(item, count));
    // `max_by` keeps the last of equals: the later in the strategy, as starting prefers the
    // earlier.
    if let Some(share) = shares.filter(|share| 0 < share.weighted).max_by(after_stop) {
        let Share {
            item,
            weighted,
            weight,
        } = share;
        return Some(ProviderToStop {
            item,
            reason: ProviderToStopReason::Weight { weighted, weight },
        });
    }
    let item = counts.iter().rposition(|&count| 0 < count)?;
    Some(ProviderToStop {
        item,
        reason: ProviderToStopReason::Base {
            have: counts[item],
            of: strategy.items()[item].base,
        },
    })
}

/// Orders by the ratio that is left after one stop; a provider without weight has no claim to any
/// and comes last.
fn after_stop(a: &Share, b: &Share) -> Ordering {
    let less_one = |share: &Share| Share {
        weighted: share.weighted - 1,
        ..*share
    };
    match (a.weight, b.weight) {
        (0, 0) => a.weighted.cmp(&b.weighted),
        (0, _) => Ordering::Greater,
        (_, 0) => Ordering::Less,
        _ => less_one(a).compare_ratio(less_one(b)),
    }
}

/// A task is stopped in the zone that has the most tasks of the service.
///
/// Source: ECS developer guide, ecs_services (no strategy, or spread over zones): zones `[2, 3, 1]`
/// lose one in the second. Ties go to the last zone, the reverse of starting (ASSUMPTION). Count
/// each zone's tasks of the service over all its providers; zones where the chosen provider has no
/// task are passed as 0. `None` if all are 0.
pub fn zone_to_stop(counts_by_zone: &[u32]) -> Option<ZoneToStop> {
    let (zone, &tasks) = counts_by_zone
        .iter()
        .enumerate()
        .max_by_key(|&(_, &count)| count)?;
    let tied = counts_by_zone
        .iter()
        .filter(|&&count| count == tasks)
        .count() as u32;
    (0 < tasks).then_some(ZoneToStop { zone, tasks, tied })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::strategy::split;
    use crate::policy::strategy::tests::{any_strategy, strategy};
    use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};

    #[test]
    fn the_provider_furthest_ahead_of_its_weight_gives_way() {
        let mixed = strategy(&[(2, 1), (0, 3)]);
        let table: &[(&[u32], usize, &str)] = &[
            (&[4, 6], 1, "spot workshop: reverse of CAP-E1's tenth task"),
            (&[2, 1], 1, "the base stays while a weighted task is left"),
            (&[2, 0], 0, "then the base gives way"),
            (&[9, 3], 0, "existing tasks after a change of weights"),
        ];
        for &(counts, item, source) in table {
            let stop = provider_to_stop(&mixed, counts).unwrap();
            assert_eq!(stop.item, item, "{source}");
        }
        assert_eq!(provider_to_stop(&mixed, &[0, 0]), None);
    }

    #[test]
    fn a_provider_that_may_have_no_weighted_tasks_loses_them_first() {
        let weightless = strategy(&[(1, 0), (0, 1)]);
        let stop = provider_to_stop(&weightless, &[3, 50]).unwrap();
        let reason = ProviderToStopReason::Weight {
            weighted: 2,
            weight: 0,
        };
        assert_eq!(stop, ProviderToStop { item: 0, reason });
    }

    #[test]
    fn the_fullest_zone_loses_the_task() {
        let zone = |counts: &[u32]| zone_to_stop(counts).map(|stop| stop.zone);
        assert_eq!(zone(&[2, 3, 1]), Some(1), "developer guide, ecs_services");
        assert_eq!(zone(&[2, 2, 1]), Some(1), "ties: the last zone");
        assert_eq!(zone(&[0, 0]), None);
        assert_eq!(zone(&[]), None);
    }

    #[test]
    fn tasks_not_yet_running_stop_first_and_then_the_newest() {
        let at = SimTime::from_secs;
        let mut keys = [
            StopKey::new(at(1), true),
            StopKey::new(at(3), false),
            StopKey::new(at(2), true),
            StopKey::new(at(4), false),
        ];
        keys.sort();
        let expected = [(4, false), (3, false), (2, true), (1, true)];
        assert_eq!(
            keys,
            expected.map(|(created, running)| StopKey::new(at(created), running))
        );
    }

    proptest! {
        #[test]
        fn stopping_undoes_starting(strategy in any_strategy(), n in 1_u32..100) {
            let mut counts = split(&strategy, n);
            let stop = provider_to_stop(&strategy, &counts).unwrap();
            counts[stop.item] -= 1;
            prop_assert_eq!(counts, split(&strategy, n - 1));
        }

        #[test]
        fn the_base_is_kept_while_weighted_tasks_remain(
            strategy in any_strategy(),
            seed in prop::collection::vec(0_u32..30, 6),
        ) {
            let counts = &seed[..strategy.items().len()];
            let weighted: u32 = counts
                .iter()
                .enumerate()
                .map(|(item, &count)| strategy.share(item, count).weighted)
                .sum();
            if let Some(stop) = provider_to_stop(&strategy, counts) {
                let is_base = matches!(stop.reason, ProviderToStopReason::Base { .. });
                prop_assert_eq!(is_base, weighted == 0);
                prop_assert!(0 < counts[stop.item]);
            }
        }
    }
}
