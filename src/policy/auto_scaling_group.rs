//! EC2 Auto Scaling: what a group launches and where, and which instance it gives up.
//!
//! Sources: EC2 Auto Scaling user guide (ASG-UG) and API (ASG-API).

use std::cmp::Reverse;

mod allocation;
mod balance;
mod sizes;
mod warm_pool;

pub use allocation::{
    OnDemandAllocation, PoolView, SPOT_POOLS, SpotAllocation, on_demand_order, spot_order,
};
pub use balance::{
    REBALANCING_OVER_MAX_PERCENT, is_as_good, most_while_rebalancing, zones_to_balance,
};
pub use sizes::{BALANCING_OVER_MAX_PERCENT, SizeRefusal, SizeUpdate, Sizes, most_while_balancing};
pub use warm_pool::{PoolState, warm_pool_size};

/// `OnDemandBaseCapacity` where none is given (ASG-API, InstancesDistribution).
pub const ON_DEMAND_BASE: u32 = 0;
/// `OnDemandPercentageAboveBaseCapacity` where none is given (ASG-API, InstancesDistribution).
pub const ON_DEMAND_PERCENT_ABOVE_BASE: u32 = 100;

/// How a mixed group is bought.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Purchase {
    /// On demand.
    OnDemand,
    /// Spot.
    Spot,
}

/// The `InstancesDistribution` of a mixed instances policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Distribution {
    /// `OnDemandBaseCapacity`: the first instances, on demand.
    pub on_demand_base: u32,
    /// `OnDemandPercentageAboveBaseCapacity`: of the rest, percent.
    pub on_demand_percent: u32,
}

impl Default for Distribution {
    fn default() -> Self {
        Distribution {
            on_demand_base: ON_DEMAND_BASE,
            on_demand_percent: ON_DEMAND_PERCENT_ABOVE_BASE,
        }
    }
}

impl Distribution {
    /// How many of `total` instances are on demand: the base, and of the rest its percentage, a
    /// fraction counted in favour of on demand (ASG-UG, "allocation strategies").
    pub fn on_demand_of(&self, total: u32) -> u32 {
        let base = self.on_demand_base.min(total);
        let above = u64::from(total - base) * u64::from(self.on_demand_percent.min(100));
        base + above.div_ceil(100) as u32
    }

    /// How the next instance is bought, with so many of both there already.
    pub fn next(&self, on_demand: u32, spot: u32) -> Purchase {
        let wanted = self.on_demand_of(on_demand.saturating_add(spot).saturating_add(1));
        if on_demand < wanted {
            Purchase::OnDemand
        } else {
            Purchase::Spot
        }
    }

    /// Which kind is above its share and gives up an instance first; `None`: they are as wanted.
    pub fn surplus(&self, on_demand: u32, spot: u32) -> Option<Purchase> {
        let wanted = self.on_demand_of(on_demand.saturating_add(spot));
        match on_demand.cmp(&wanted) {
            std::cmp::Ordering::Greater => Some(Purchase::OnDemand),
            std::cmp::Ordering::Less => Some(Purchase::Spot),
            std::cmp::Ordering::Equal => None,
        }
    }
}

/// The zone that gets the next instance: the one with the fewest, of those that are not `closed`
/// (a launch there failed); of equals the first (ASG-UG, "availability zone balance").
pub fn zone_to_launch(instances: &[u32], closed: &[bool]) -> Option<usize> {
    let is_open = |zone: &usize| !closed.get(*zone).copied().unwrap_or(false);
    (0..instances.len())
        .filter(is_open)
        .min_by_key(|zone| instances[*zone])
}

/// An instance that may be terminated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terminable {
    /// Its zone.
    pub zone: usize,
    /// How it is bought.
    pub purchase: Purchase,
    /// The version of its launch template.
    pub template_version: u32,
    /// Seconds until its next hour of billing begins.
    pub seconds_to_next_hour: u32,
    /// When it was launched, microseconds of the run.
    pub launched_at: u64,
    /// Whether scale-in protection keeps it.
    pub is_protected: bool,
}

/// A termination policy of a group.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum TerminationPolicy {
    /// `Default`.
    #[default]
    Default,
    /// `OldestInstance`.
    OldestInstance,
    /// `NewestInstance`.
    NewestInstance,
    /// `OldestLaunchTemplate`.
    OldestLaunchTemplate,
    /// `ClosestToNextInstanceHour`.
    ClosestToNextInstanceHour,
    /// `AllocationStrategy`: on demand and Spot back to their shares.
    AllocationStrategy,
}

/// The position of the instance that a scale-in of the group terminates; `None` if all are
/// protected. The zone with the most unprotected instances first, whatever the policies; then each
/// policy narrows the ties of the one before; what they leave equal is `random`'s choice (EC2 Auto
/// Scaling user guide, "termination policies").
pub fn instance_to_terminate(
    instances: &[Terminable],
    policies: &[TerminationPolicy],
    distribution: Option<&Distribution>,
    random: impl FnOnce() -> f64,
) -> Option<usize> {
    let mut left: Vec<usize> = (0..instances.len())
        .filter(|at| !instances[*at].is_protected)
        .collect();
    let zones = instances.iter().map(|it| it.zone + 1).max().unwrap_or(0);
    let mut by_zone = vec![0u32; zones];
    left.iter().for_each(|at| by_zone[instances[*at].zone] += 1);
    keep_first(&mut left, |at| Reverse(by_zone[instances[at].zone]));
    let count = |purchase| {
        instances
            .iter()
            .filter(|it| it.purchase == purchase)
            .count() as u32
    };
    let surplus =
        distribution.and_then(|it| it.surplus(count(Purchase::OnDemand), count(Purchase::Spot)));
    let back_to_shares = |left: &mut Vec<usize>| {
        if let Some(surplus) = surplus {
            keep_first(left, |at| instances[at].purchase != surplus);
        }
    };
    for policy in policies {
        match policy {
            TerminationPolicy::Default => {
                back_to_shares(&mut left);
                keep_first(&mut left, |at| instances[at].template_version);
                keep_first(&mut left, |at| instances[at].seconds_to_next_hour);
            }
            TerminationPolicy::OldestInstance => {
                keep_first(&mut left, |at| instances[at].launched_at);
            }
            TerminationPolicy::NewestInstance => {
                keep_first(&mut left, |at| Reverse(instances[at].launched_at));
            }
            TerminationPolicy::OldestLaunchTemplate => {
                keep_first(&mut left, |at| instances[at].template_version);
            }
            TerminationPolicy::ClosestToNextInstanceHour => {
                keep_first(&mut left, |at| instances[at].seconds_to_next_hour);
            }
            TerminationPolicy::AllocationStrategy => back_to_shares(&mut left),
        }
    }
    let at = ((random() * left.len() as f64) as usize).min(left.len().saturating_sub(1));
    left.get(at).copied()
}

fn keep_first<K: Ord>(left: &mut Vec<usize>, key: impl Fn(usize) -> K) {
    let first = left.iter().map(|at| key(*at)).min();
    left.retain(|at| first.as_ref() == Some(&key(*at)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// CAP-E18, CAP-E19: tables of the EC2 Auto Scaling user guide (ASG-UG).
    #[test]
    fn a_mixed_group_is_split_as_the_user_guide_says() {
        let split = |distribution: Distribution, total| {
            let on_demand = distribution.on_demand_of(total);
            (on_demand, total - on_demand)
        };
        let sixty = Distribution {
            on_demand_base: 0,
            on_demand_percent: 60,
        };
        let table = [(10, (6, 4)), (20, (12, 8)), (30, (18, 12)), (40, (24, 16))];
        for (total, expected) in table {
            assert_eq!(split(sixty, total), expected, "{total}");
        }
        let none = Distribution {
            on_demand_base: 0,
            on_demand_percent: 0,
        };
        assert_eq!(split(none, 40), (0, 40));
        let base = Distribution {
            on_demand_base: 3,
            on_demand_percent: 50,
        };
        assert_eq!(split(base, 2), (2, 0));
        assert_eq!(split(base, 6), (5, 1), "fractions in favour of on demand");
        assert_eq!(split(Distribution::default(), 7), (7, 0));
    }

    fn instance(zone: usize, purchase: Purchase) -> Terminable {
        Terminable {
            zone,
            purchase,
            template_version: 1,
            seconds_to_next_hour: 600,
            launched_at: 0,
            is_protected: false,
        }
    }

    /// ASG-UG, "default termination policy": zone, shares, template, hour.
    #[test]
    fn the_default_policy_goes_from_zone_to_billing_hour() {
        let spot = instance(0, Purchase::Spot);
        let mut all = [
            spot,
            spot,
            instance(0, Purchase::OnDemand),
            instance(1, Purchase::OnDemand),
        ];
        let policies = [TerminationPolicy::Default];
        let half = Distribution {
            on_demand_base: 0,
            on_demand_percent: 50,
        };
        all[1].template_version = 0;
        let pick = |all: &[Terminable]| instance_to_terminate(all, &policies, Some(&half), || 0.0);
        assert_eq!(pick(&all), Some(1), "the oldest launch template");
        all[1] = Terminable {
            is_protected: true,
            seconds_to_next_hour: 1,
            ..spot
        };
        all[0].seconds_to_next_hour = 900;
        assert_eq!(pick(&all), Some(2), "the closest to its next hour");
        let quarter = Distribution {
            on_demand_base: 0,
            on_demand_percent: 75,
        };
        let spare = instance_to_terminate(&all, &policies, Some(&quarter), || 0.0);
        assert_eq!(spare, Some(0), "Spot is above its share");
        let protected = all.map(|it| Terminable {
            is_protected: true,
            ..it
        });
        assert_eq!(pick(&protected), None);
    }

    #[test]
    fn launches_go_to_the_emptiest_zone_that_is_open() {
        assert_eq!(zone_to_launch(&[2, 1, 1], &[]), Some(1));
        assert_eq!(zone_to_launch(&[2, 1, 1], &[false, true, false]), Some(2));
        assert_eq!(zone_to_launch(&[2, 1], &[true, true]), None);
    }

    proptest! {
        /// Launched one by one, a group has the shares of its size at every size.
        #[test]
        fn launching_one_by_one_keeps_the_shares(base in 0u32..20, percent in 0u32..=100) {
            let distribution = Distribution { on_demand_base: base, on_demand_percent: percent };
            let (mut on_demand, mut spot) = (0, 0);
            for total in 1..60 {
                match distribution.next(on_demand, spot) {
                    Purchase::OnDemand => on_demand += 1,
                    Purchase::Spot => spot += 1,
                }
                prop_assert_eq!(on_demand, distribution.on_demand_of(total));
                prop_assert_eq!(distribution.surplus(on_demand, spot), None);
            }
        }
    }
}
