//! Named sets of parameters for EC2 Spot and Fargate Spot.

use thiserror::Error;

use super::parameters::{InterruptionBucket, Level, SpotParameters};

/// A named set of parameters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Preset {
    /// Rare, short and shared little.
    Optimistic,
    /// The middle reading.
    #[default]
    Default,
    /// Long and shared widely; the advisor's share is read as that of instances which live a day.
    Pessimistic,
    /// GPU and very large types as the public traces show them; the advisor's bucket is not read.
    Scarce,
}

/// The preset does not exist for this kind of capacity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("Fargate Spot has no preset scarce, which is fitted to GPU types: use pessimistic")]
pub struct NoSuchPreset;

impl Preset {
    /// All presets, in the order of their documentation.
    pub const ALL: [Preset; 4] = [
        Preset::Optimistic,
        Preset::Default,
        Preset::Pessimistic,
        Preset::Scarce,
    ];

    /// The name in a scenario.
    pub const fn name(self) -> &'static str {
        match self {
            Preset::Optimistic => "optimistic",
            Preset::Default => "default",
            Preset::Pessimistic => "pessimistic",
            Preset::Scarce => "scarce",
        }
    }

    /// The preset of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// The monthly share that stands for an advisor bucket; none for `scarce`.
    ///
    /// Default: near the mean within each bucket of a logit-normal fit (mean -1.91, sd 1.29) to the
    /// advisor's 14,962 Linux rows of July 2025; the others lie near the buckets' edges
    /// (ASSUMPTION).
    pub fn monthly_share(self, bucket: InterruptionBucket) -> Option<f64> {
        let shares = match self {
            Preset::Optimistic => [0.010, 0.060, 0.110, 0.160, 0.24],
            Preset::Default => [0.030, 0.074, 0.123, 0.173, 0.37],
            Preset::Pessimistic => [0.045, 0.095, 0.145, 0.195, 0.60],
            Preset::Scarce => return None,
        };
        Some(shares[bucket.index()])
    }
}

impl SpotParameters {
    /// The preset for an EC2 instance type in this bucket of the Spot Instance Advisor.
    pub fn ec2(preset: Preset, bucket: InterruptionBucket) -> Self {
        let level = preset
            .monthly_share(bucket)
            .map_or(SCARCE.level, Level::MonthlyShare);
        let base = match preset {
            Preset::Optimistic => OPTIMISTIC,
            Preset::Default => DEFAULT,
            Preset::Pessimistic => PESSIMISTIC,
            Preset::Scarce => SCARCE,
        };
        SpotParameters { level, ..base }
    }

    /// The preset for Fargate Spot, one family a Region and one pool a zone. AWS publishes nothing
    /// about it: every figure is an ASSUMPTION. Tasks run on a mix of hosts, so whole-zone reclaims
    /// are rarer than for one instance type, and shortages end sooner.
    ///
    /// # Errors
    /// There is no [`Preset::Scarce`] for Fargate Spot.
    pub fn fargate_spot(preset: Preset) -> Result<Self, NoSuchPreset> {
        match preset {
            Preset::Optimistic => Ok(FARGATE_OPTIMISTIC),
            Preset::Default => Ok(FARGATE_DEFAULT),
            Preset::Pessimistic => Ok(FARGATE_PESSIMISTIC),
            Preset::Scarce => Err(NoSuchPreset),
        }
    }
}

const DEFAULT: SpotParameters = SpotParameters {
    level: Level::MonthlyShare(0.074),
    lifetime_hours: None,
    reclaim_all: 0.5,
    reclaims_per_shortage: 0.25,
    share_empty: None,
    isolated_share: 0.08,
    tight_hours: 1.0 / 3.0,
    empty_chance: 0.6,
    empty_hours: 0.75,
    tight_grant: 0.5,
    family_share: 0.6,
    zone_share: 0.05,
    shock_hours: 3.0,
    join_hours: 0.5,
    hold: 0.8,
    daily_amplitude: 0.3,
    peak_hour_local: 14.0,
    notice_spread_seconds: 10.0,
    rebalance_share: 0.5,
    notice_missing_share: 0.01,
    signal: 0.8,
    depth_noise: 0.5,
};

const OPTIMISTIC: SpotParameters = SpotParameters {
    reclaim_all: 0.2,
    reclaims_per_shortage: 0.5,
    empty_hours: 0.4,
    family_share: 0.4,
    zone_share: 0.0,
    shock_hours: 1.5,
    ..DEFAULT
};

const PESSIMISTIC: SpotParameters = SpotParameters {
    lifetime_hours: Some(24.0),
    reclaim_all: 0.6,
    empty_hours: 1.5,
    family_share: 0.7,
    zone_share: 0.1,
    shock_hours: 6.0,
    ..DEFAULT
};

const SCARCE: SpotParameters = SpotParameters {
    level: Level::Stress {
        stress_per_hour: 0.06,
        isolated_per_hour: 0.004,
    },
    reclaim_all: 0.65,
    reclaims_per_shortage: 1.0,
    tight_hours: 0.4,
    empty_chance: 0.4,
    empty_hours: 1.4,
    tight_grant: 0.9,
    family_share: 0.8,
    zone_share: 0.0,
    shock_hours: 14.0,
    join_hours: 0.25,
    hold: 1.0,
    ..DEFAULT
};

const FARGATE_DEFAULT: SpotParameters = SpotParameters {
    level: Level::MonthlyShare(0.075),
    reclaim_all: 0.25,
    empty_hours: 0.5,
    family_share: 0.5,
    rebalance_share: 0.0,
    notice_missing_share: 0.0,
    ..DEFAULT
};

const FARGATE_OPTIMISTIC: SpotParameters = SpotParameters {
    level: Level::MonthlyShare(0.025),
    reclaim_all: 0.1,
    family_share: 0.3,
    zone_share: 0.0,
    ..FARGATE_DEFAULT
};

const FARGATE_PESSIMISTIC: SpotParameters = SpotParameters {
    level: Level::MonthlyShare(0.10),
    lifetime_hours: Some(24.0),
    reclaim_all: 0.6,
    empty_hours: 1.5,
    family_share: 0.7,
    zone_share: 0.1,
    shock_hours: 6.0,
    ..FARGATE_DEFAULT
};
