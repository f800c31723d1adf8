//! Which pool (instance type and zone) a group buys its next instance from.

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
    /// How far it is from having capacity: 0 for plenty, more for less. ASSUMPTION: EC2's signal is
    /// right at the moment of the launch.
    pub tightness: u8,
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
/// "allocation strategies for multiple instance types"). `price-capacity-optimized` takes the
/// cheapest of those with the most capacity; `lowest-price` the emptiest of its cheapest pools.
pub fn spot_order(allocation: SpotAllocation, pools: &[PoolView]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pools.len()).collect();
    match allocation {
        SpotAllocation::LowestPrice { pools: spread } => {
            order.sort_by_key(|at| pools[*at].price);
            let spread = (spread.max(1) as usize).min(order.len());
            order[..spread].sort_by_key(|at| pools[*at].instances);
        }
        // The order of the overrides breaks ties of capacity either way.
        SpotAllocation::CapacityOptimized | SpotAllocation::CapacityOptimizedPrioritized => {
            order.sort_by_key(|at| pools[*at].tightness);
        }
        SpotAllocation::PriceCapacityOptimized => {
            order.sort_by_key(|at| (pools[*at].tightness, pools[*at].price));
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
            tightness,
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
}
