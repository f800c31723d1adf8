//! What a spot market consists of: its families, zones, pools and how they behave.

use std::sync::Arc;

use crate::engine::random::NameHash;
use crate::policy::spot::{Rates, ReplayStep, SpotParameters};

/// How pools behave: parameters with the rates that [`calibrate`](crate::policy::spot::calibrate)
/// found for them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Behaviour {
    /// The parameters.
    pub parameters: SpotParameters,
    /// Their rates.
    pub rates: Rates,
}

/// One pool of a [`MarketPlan`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolPlan {
    /// The key of its random streams: instance type and zone; for Fargate Spot the zone.
    pub name: NameHash,
    /// Its family, an index into [`MarketPlan::families`].
    pub family: usize,
    /// Its zone, an index into [`MarketPlan::zones`].
    pub zone: usize,
    /// Its behaviour, an index into [`MarketPlan::behaviours`].
    pub behaviour: usize,
}

/// All spot pools of a run; a [`PoolId`](crate::ids::PoolId) counts [`MarketPlan::pools`].
#[derive(Clone, PartialEq, Debug)]
pub struct MarketPlan {
    /// Behaviours that pools refer to.
    pub behaviours: Vec<Behaviour>,
    /// Families of instance types in the Region; Fargate Spot is one.
    pub families: Vec<NameHash>,
    /// Availability Zones.
    pub zones: Vec<NameHash>,
    /// The pools.
    pub pools: Vec<PoolPlan>,
    /// The traces of those that follow one, by pool; shorter than `pools` where the rest has none.
    pub replays: Vec<Option<Arc<[ReplayStep]>>>,
    /// The local hour of the day at the start of the run.
    pub start_hour_local: f64,
}

impl MarketPlan {
    /// The pools of Fargate Spot: one a zone, all of one family. A [`PoolId`](crate::ids::PoolId)
    /// counts the zones.
    pub fn fargate_spot(behaviour: Behaviour, zones: &[NameHash], start_hour_local: f64) -> Self {
        let pool = |(zone, name): (usize, &NameHash)| PoolPlan {
            name: *name,
            family: 0,
            zone,
            behaviour: 0,
        };
        MarketPlan {
            behaviours: vec![behaviour],
            families: vec![NameHash::of("FARGATE_SPOT")],
            zones: zones.to_vec(),
            pools: zones.iter().enumerate().map(pool).collect(),
            replays: Vec::new(),
            start_hour_local,
        }
    }
}
