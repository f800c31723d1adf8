//! Replacements that a group launches before it ends what they replace: for zones that have too
//! few, and for Spot Instances at risk.

/// How far rebalancing may exceed the group's maximum, percent of the desired capacity (ASG-UG,
/// "capacity rebalancing"); one instance at least (ASSUMPTION, else no group below ten could).
pub const REBALANCING_OVER_MAX_PERCENT: u32 = 10;

/// The zones that a group is balanced between: the fullest and the emptiest of those that are
/// open, where they are two instances or more apart (EC2 Auto Scaling user guide, "rebalancing
/// activities").
pub fn zones_to_balance(instances: &[u32], closed: &[bool]) -> Option<(usize, usize)> {
    let is_open = |zone: &usize| !closed.get(*zone).copied().unwrap_or(false);
    let open = || (0..instances.len()).filter(is_open);
    // Of equals the first, either way.
    let fullest = open().rev().max_by_key(|zone| instances[*zone])?;
    let emptiest = open().min_by_key(|zone| instances[*zone])?;
    (instances[emptiest] + 2 <= instances[fullest]).then_some((fullest, emptiest))
}

/// The most instances that a group may have while it replaces Spot Instances at risk (EC2 Auto
/// Scaling user guide, "capacity rebalancing").
pub fn most_while_rebalancing(max: u32, desired: u32) -> u32 {
    let over = u64::from(desired) * u64::from(REBALANCING_OVER_MAX_PERCENT) / 100;
    max.saturating_add((over as u32).max(1))
}

/// Whether a pool is good enough for what is to replace an instance at risk: another one, and no
/// further from having capacity than the old one (ASG-UG, "capacity rebalancing": a replacement is
/// launched only if its availability is the same or better).
pub fn is_as_good(is_same_pool: bool, old_tightness: u8, new_tightness: u8) -> bool {
    !is_same_pool && new_tightness <= old_tightness
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_balanced_where_two_instances_lie_between_them() {
        assert_eq!(zones_to_balance(&[3, 3, 0], &[]), Some((0, 2)));
        assert_eq!(zones_to_balance(&[1, 2, 1], &[]), None);
        assert_eq!(zones_to_balance(&[1, 2, 0], &[]), Some((1, 2)));
        // A zone that is out is no place to launch.
        assert_eq!(zones_to_balance(&[3, 3, 0], &[false, false, true]), None);
        assert_eq!(
            zones_to_balance(&[0, 4, 1], &[true, false, false]),
            Some((1, 2))
        );
        assert_eq!(zones_to_balance(&[], &[]), None);
    }

    /// ASG-UG, "capacity rebalancing": 10 % of the desired capacity.
    #[test]
    fn rebalancing_may_exceed_the_maximum_for_a_while() {
        assert_eq!(most_while_rebalancing(50, 40), 54);
        assert_eq!(most_while_rebalancing(5, 5), 6);
    }

    #[test]
    fn a_replacement_goes_to_another_pool_that_is_as_good_or_better() {
        assert!(is_as_good(false, 1, 0));
        assert!(is_as_good(false, 1, 1));
        assert!(!is_as_good(false, 1, 2));
        assert!(!is_as_good(true, 1, 1));
    }
}
