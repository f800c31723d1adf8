//! The bounds of a deployment: `minimumHealthyPercent` and `maximumPercent`, in tasks.

/// Default of `minimumHealthyPercent` of a REPLICA service (API DeploymentConfiguration, 2026-11).
pub const MINIMUM_HEALTHY_PERCENT: u32 = 100;
/// Default of `maximumPercent` of a REPLICA service (API DeploymentConfiguration, 2026-11).
pub const MAXIMUM_PERCENT: u32 = 200;

/// The two percentages of a `deploymentConfiguration`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Percentages {
    /// `minimumHealthyPercent`: of the desired count, rounded up, must stay running and healthy.
    pub minimum_healthy: u32,
    /// `maximumPercent`: of the desired count, rounded down, may be pending and running, old and
    /// new together.
    pub maximum: u32,
}

impl Default for Percentages {
    fn default() -> Self {
        Percentages {
            minimum_healthy: MINIMUM_HEALTHY_PERCENT,
            maximum: MAXIMUM_PERCENT,
        }
    }
}

/// The percentages in tasks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// The fewest tasks that stay running and healthy.
    pub lower: u32,
    /// The most tasks that may be pending and running.
    pub upper: u32,
}

/// The lower bound is the desired count times `minimumHealthyPercent`, rounded up; the upper one
/// times `maximumPercent`, rounded down.
///
/// Source: API DeploymentConfiguration: 4 tasks at 50 % keep 2, at 200 % are at most 8; 3 tasks at
/// 125 % are at most 3.
pub fn bounds(desired: u32, percentages: Percentages) -> Bounds {
    let part = |percent: u32| u64::from(desired) * u64::from(percent);
    let tasks = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    Bounds {
        lower: tasks(part(percentages.minimum_healthy).div_ceil(100)),
        upper: tasks(part(percentages.maximum) / 100),
    }
}
