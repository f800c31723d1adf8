//! A group's size and its bounds: what UpdateAutoScalingGroup and scheduled actions make of them,
//! and how far balancing may go beyond them.

/// How far zone balancing may exceed the group's maximum, percent of it, one instance at least
/// (ASG-UG, "rebalancing activities").
pub const BALANCING_OVER_MAX_PERCENT: u32 = 10;

/// `MinSize`, `MaxSize`, `DesiredCapacity`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sizes {
    /// `MinSize`.
    pub min: u32,
    /// `MaxSize`.
    pub max: u32,
    /// `DesiredCapacity`.
    pub desired: u32,
}

/// What an update sets; `None` leaves a size as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SizeUpdate {
    /// `MinSize`.
    pub min: Option<u32>,
    /// `MaxSize`.
    pub max: Option<u32>,
    /// `DesiredCapacity`.
    pub desired: Option<u32>,
}

/// Why AWS refuses an update.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SizeRefusal {
    /// `MinSize` would be above `MaxSize`.
    MinAboveMax,
    /// `DesiredCapacity` is given, and not between the two.
    DesiredOutside,
}

impl Sizes {
    /// The sizes after an update: a bound that passes the desired capacity takes it along, one that
    /// is given must lie between the bounds (API, UpdateAutoScalingGroup, `MinSize`, `MaxSize`,
    /// `DesiredCapacity`). ASSUMPTION: a scheduled action that AWS would refuse as an update does
    /// nothing at all.
    pub fn updated(self, update: &SizeUpdate) -> Result<Sizes, SizeRefusal> {
        let min = update.min.unwrap_or(self.min);
        let max = update.max.unwrap_or(self.max);
        if max < min {
            return Err(SizeRefusal::MinAboveMax);
        }
        let desired = match update.desired {
            Some(desired) if desired < min || max < desired => {
                return Err(SizeRefusal::DesiredOutside);
            }
            Some(desired) => desired,
            None => self.desired.clamp(min, max),
        };
        Ok(Sizes { min, max, desired })
    }
}

/// The most instances that a group may have while it is balanced over its zones.
pub fn most_while_balancing(max: u32) -> u32 {
    let over = (u64::from(max) * u64::from(BALANCING_OVER_MAX_PERCENT) / 100) as u32;
    max.saturating_add(over.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Sizes = Sizes {
        min: 2,
        max: 10,
        desired: 5,
    };

    fn after(min: Option<u32>, max: Option<u32>, desired: Option<u32>) -> Option<(u32, u32, u32)> {
        let update = SizeUpdate { min, max, desired };
        let sizes = FIVE.updated(&update).ok()?;
        Some((sizes.min, sizes.max, sizes.desired))
    }

    /// API, UpdateAutoScalingGroup: "a new MinSize larger than the current size sets the desired
    /// capacity to it", and the same for MaxSize.
    #[test]
    fn a_bound_takes_the_desired_capacity_along() {
        assert_eq!(after(Some(7), None, None), Some((7, 10, 7)));
        assert_eq!(after(None, Some(4), None), Some((2, 4, 4)));
        assert_eq!(after(Some(3), Some(20), None), Some((3, 20, 5)));
        assert_eq!(after(Some(0), Some(0), None), Some((0, 0, 0)));
        assert_eq!(after(None, None, Some(8)), Some((2, 10, 8)));
        assert_eq!(after(Some(12), Some(20), Some(15)), Some((12, 20, 15)));
    }

    #[test]
    fn what_aws_refuses_changes_nothing() {
        let refused = |min, max, desired| FIVE.updated(&SizeUpdate { min, max, desired });
        assert_eq!(refused(Some(11), None, None), Err(SizeRefusal::MinAboveMax));
        assert_eq!(refused(None, Some(1), None), Err(SizeRefusal::MinAboveMax));
        assert_eq!(
            refused(None, None, Some(11)),
            Err(SizeRefusal::DesiredOutside)
        );
        assert_eq!(
            refused(Some(6), None, Some(5)),
            Err(SizeRefusal::DesiredOutside)
        );
    }

    /// ASG-UG: 10 % or one instance, whichever is more.
    #[test]
    fn balancing_may_exceed_the_maximum_by_a_tenth_or_one() {
        assert_eq!((most_while_balancing(5), most_while_balancing(40)), (6, 44));
    }
}
