//! Which pool (instance type and zone) a group buys its next instance from.

use crate::policy::spot::{CapacitySignal, better_half, terciles};

/// `OnDemandAllocationStrategy`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnDemandAllocation {
    /// `prioritized`: in the order of the overrides.
    #[default]
    Prioritized,
    /// `lowest-price`.
    LowestPrice,
}

/// `SpotAllocationStrategy`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpotAllocation {
    /// `lowest-price`, spread over the given number of pools (`SpotInstancePools`).
    LowestPrice {
        /// How many pools of a zone.
        pools: u32,
    },
    /// `capacity-optimized`.
    CapacityOptimized,
    /// `capacity-optimized-prioritized`.
    CapacityOptimizedPrioritized,
    /// `price-capacity-optimized`.
    PriceCapacityOptimized,
}

/// `SpotInstancePools` where none is given (ASG-API, InstancesDistribution).
pub const SPOT_POOLS: u32 = 2;

/// A pool as its group sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolView {
    /// Its price an hour, in any unit.
    pub price: u64,
    /// What EC2 lets on of its capacity.
    pub signal: CapacitySignal,
    /// Instances of the group that it has already.
    pub instances: u32,
}

/// The pools of a zone in the order in which they are tried, for an on-demand instance.
pub fn on_demand_order(allocation: OnDemandAllocation, pools: &[PoolView]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pools.len()).collect();
    if allocation == OnDemandAllocation::LowestPrice {
        order.sort_by_key(|at| pools[*at].price);
    }
    order
}

/// The pools of a zone in the order in which they are tried, for a Spot instance (ASG-UG,
/// "allocation strategies for multiple instance types"): `capacity-optimized` the deepest first,
/// `capacity-optimized-prioritized` in the order of the overrides among pools of one regime and one
/// third by long-run stress, `price-capacity-optimized` the cheapest of the better half,
/// `lowest-price` the emptiest of its cheapest pools. How AWS weighs capacity is not published
/// (ASSUMPTION: thirds and halves).
pub fn spot_order(allocation: SpotAllocation, pools: &[PoolView]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pools.len()).collect();
    let signals = pools.iter().map(|it| it.signal);
    match allocation {
        SpotAllocation::LowestPrice { pools: spread } => {
            order.sort_by_key(|at| pools[*at].price);
            let spread = (spread.max(1) as usize).min(order.len());
            order[..spread].sort_by_key(|at| pools[*at].instances);
        }
        // The order of the overrides breaks ties.
        SpotAllocation::CapacityOptimized => order.sort_by_key(|at| pools[*at].signal),
        SpotAllocation::CapacityOptimizedPrioritized => {
            let terciles = terciles(signals);
            order.sort_by_key(|at| (pools[*at].signal.tightness, terciles[*at]));
        }
        SpotAllocation::PriceCapacityOptimized => {
            let is_good = better_half(signals);
            let (good, mut rest): (Vec<usize>, _) = order.into_iter().partition(|at| is_good[*at]);
            order = good;
            order.sort_by_key(|at| (pools[*at].signal.tightness, pools[*at].price));
            rest.sort_by_key(|at| pools[*at].signal);
            order.append(&mut rest);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(price: u64, tightness: u8, instances: u32) -> PoolView {
        PoolView {
            price,
            signal: CapacitySignal {
                tightness,
                stress: 0,
            },
            instances,
        }
    }

    /// ASG-UG, "allocation strategies for multiple instance types".
    #[test]
    fn each_strategy_looks_at_what_its_name_says() {
        let pools = [pool(30, 0, 0), pool(10, 1, 4), pool(20, 0, 1)];
        let spot = |allocation| spot_order(allocation, &pools);
        let on_demand = |allocation| on_demand_order(allocation, &pools);
        assert_eq!(on_demand(OnDemandAllocation::Prioritized), [0, 1, 2]);
        assert_eq!(on_demand(OnDemandAllocation::LowestPrice), [1, 2, 0]);
        assert_eq!(spot(SpotAllocation::LowestPrice { pools: 1 }), [1, 2, 0]);
        assert_eq!(spot(SpotAllocation::LowestPrice { pools: 2 }), [2, 1, 0]);
        assert_eq!(spot(SpotAllocation::CapacityOptimized), [0, 2, 1]);
        // The order of the overrides, as far as capacity lets it.
        let prioritized = SpotAllocation::CapacityOptimizedPrioritized;
        assert_eq!(spot(prioritized), [0, 2, 1]);
        let tight_first = [pool(10, 1, 0), pool(30, 0, 0), pool(20, 0, 0)];
        assert_eq!(spot_order(prioritized, &tight_first), [1, 2, 0]);
        assert_eq!(spot(SpotAllocation::PriceCapacityOptimized), [2, 0, 1]);
    }

    /// In a calm market what is known of the long run decides: d of the pools, least first.
    #[test]
    fn of_calm_pools_the_least_stressed_comes_first() {
        let calm = |price, stress| PoolView {
            signal: CapacitySignal {
                tightness: 0,
                stress,
            },
            ..pool(price, 0, 0)
        };
        // As the buckets >20 %, 15-20 %, 5-10 %, <5 %, 15-20 %, from the cheapest to the dearest.
        let pools = [(1, -99), (2, -1_133), (3, -2_095), (4, -3_036), (5, -1_134)];
        let pools = pools.map(|(price, stress)| calm(price, stress));
        let spot = |allocation| spot_order(allocation, &pools);
        assert_eq!(spot(SpotAllocation::CapacityOptimized), [3, 2, 4, 1, 0]);
        // Thirds: 3 and 2 in the first, 4 and 1 in the second, each in the order of the overrides.
        let prioritized = SpotAllocation::CapacityOptimizedPrioritized;
        assert_eq!(spot(prioritized), [2, 3, 1, 4, 0]);
        // Of the better three the cheapest; then the rest, the deepest first.
        let by_price = SpotAllocation::PriceCapacityOptimized;
        assert_eq!(spot(by_price), [2, 3, 4, 1, 0]);
        // A regime that is seen goes before the long run.
        let mut tight = pools;
        tight[3].signal.tightness = 1;
        assert_eq!(
            spot_order(SpotAllocation::CapacityOptimized, &tight),
            [2, 4, 1, 0, 3]
        );
    }
}
