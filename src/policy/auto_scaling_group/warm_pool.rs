//! Warm pools: instances that have booted once and wait beside their group.

/// `PoolState`: how instances wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PoolState {
    /// `Stopped`: only their volumes are paid.
    #[default]
    Stopped,
    /// `Running`: paid as any that runs.
    Running,
    /// `Hibernated`: only their volumes are paid.
    Hibernated,
}

/// The size of a warm pool: what the desired capacity leaves of `MaxGroupPreparedCapacity`, of
/// `MaxSize` where that is not given; `MinSize` of the pool at least (API, PutWarmPool).
pub fn warm_pool_size(min: u32, prepared: Option<u32>, (max, desired): (u32, u32)) -> u32 {
    prepared.unwrap_or(max).saturating_sub(desired).max(min)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// API, PutWarmPool: `MaxGroupPreparedCapacity`; ASG-UG, "warm pools": of a group of at most
    /// 10 with 6 desired, 4 are warm.
    #[test]
    fn a_pool_has_what_the_desired_capacity_leaves() {
        assert_eq!(warm_pool_size(0, None, (10, 6)), 4);
        assert_eq!(warm_pool_size(0, Some(8), (10, 6)), 2);
        assert_eq!(
            warm_pool_size(0, Some(8), (10, 9)),
            0,
            "more is desired than prepared"
        );
        assert_eq!(
            warm_pool_size(3, Some(8), (10, 9)),
            3,
            "unless the pool has a minimum"
        );
        assert_eq!(warm_pool_size(3, None, (10, 2)), 8);
    }
}
