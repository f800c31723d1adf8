//! What a group sees of the pools that it buys from: what they cost, and what EC2 lets on of their
//! capacity.

use crate::catalog::prices::Price;
use crate::engine::random::{Purpose, Stream};
use crate::ids::{GroupId, PoolId};
use crate::policy::auto_scaling_group::{PoolView, Purchase};
use crate::policy::spot::{CapacitySignal, tightness};
use crate::scenario::plan::GroupTypePlan;
use crate::simulation::Simulation;
use crate::units::PicoUsd;
use crate::world::spot_prices::price_in_force;

/// Draws of what is seen of pools at a launch.
const SIGNAL: Purpose = Purpose::new("capacity signal of a launch");

impl Simulation<'_> {
    /// The pools of a zone as the group sees them.
    pub(super) fn pools_of(
        &self,
        group: GroupId,
        (zone, purchase): (usize, Purchase),
        mut signals: Option<&mut Stream>,
    ) -> Vec<PoolView> {
        let (plan, capacity) = (self.plan.group(group), &self.world.capacity);
        let by_pool = &capacity.groups[group.index()].by_pool;
        let kinds = plan.types.iter().enumerate();
        kinds
            .map(|(kind, of)| {
                let pool = capacity.pool(capacity.class_of(self.plan, group, (kind, zone)));
                PoolView {
                    price: match purchase {
                        Purchase::OnDemand => self.on_demand_price(of),
                        Purchase::Spot => self.spot_price(group, kind, zone),
                    },
                    signal: self.capacity_signal(pool, signals.as_deref_mut()),
                    instances: by_pool[kind * plan.zones.len() + zone][purchase as usize],
                }
            })
            .collect()
    }

    /// What an hour of a type costs on demand now, micro-USD.
    fn on_demand_price(&self, of: &GroupTypePlan) -> u64 {
        match self.plan.prices.changed_by(self.now) {
            Some(prices) => micro_usd(prices.on_demand_instance(of.instance_type)),
            None => of.on_demand_micro_usd,
        }
    }

    /// What an hour of a Spot pool costs now, micro-USD.
    pub(super) fn spot_price(&self, group: GroupId, kind: usize, zone: usize) -> u64 {
        let plan = self.plan.group(group);
        let prices = &self.world.capacity.prices;
        match prices.path(group, kind, plan.zones[zone]) {
            Some(path) => {
                let micro_usd = price_in_force(path, self.now);
                let pico = PicoUsd(i128::from(micro_usd) * 1_000_000);
                let id = plan.types[kind].instance_type;
                let prices = self.plan.prices.in_force(self.now);
                let price = prices.spot_at_moment(id, pico);
                u64::try_from(price.amount.0 / 1_000_000).unwrap_or(0)
            }
            None => match self.plan.prices.changed_by(self.now) {
                Some(prices) => micro_usd(prices.spot_instance(plan.types[kind].instance_type)),
                None => plan.types[kind].spot_micro_usd,
            },
        }
    }

    /// How far a Spot pool is from having capacity: 0 for plenty.
    pub(super) fn tightness(&self, pool: Option<PoolId>) -> u8 {
        let market = self.world.capacity.market.as_ref();
        let regime = pool.and_then(|pool| Some(market?.regime(pool)));
        regime.map_or(0, tightness)
    }

    /// The draws of what EC2 sees of its pools at a launch of a group: of Spot only.
    pub(super) fn signals_of(
        &self,
        group: GroupId,
        (launch, purchase): (u64, Purchase),
    ) -> Option<Stream> {
        let key = self.plan.group(group).key;
        (purchase == Purchase::Spot).then(|| self.streams.stream(SIGNAL, key, launch))
    }

    /// What EC2 lets on of a pool's capacity when it launches there; all seem alike without draws.
    pub(super) fn capacity_signal(
        &self,
        pool: Option<PoolId>,
        signals: Option<&mut Stream>,
    ) -> CapacitySignal {
        let uniform = signals.map(Stream::uniform);
        let market = self.world.capacity.market.as_ref();
        let signal = pool.and_then(|pool| Some(market?.signal(pool, uniform?)));
        signal.unwrap_or_default()
    }
}

fn micro_usd(price: Price) -> u64 {
    u64::try_from((price.amount.0 + 500_000) / 1_000_000).unwrap_or(0)
}
