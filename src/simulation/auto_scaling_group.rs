//! Auto Scaling groups: what they launch, where, and which instance they give up.

use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::ids::{GroupId, InstanceId, PoolId};
use crate::observe::observation::{CapacityObservation, Observation};
use crate::policy::auto_scaling_group::{
    PoolView, Purchase, Terminable, instance_to_terminate, on_demand_order, spot_order,
    zone_to_launch,
};
use crate::policy::spot::Regime;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::units::PicoUsd;
use crate::world::instance::TerminationCause;
use crate::world::spot_prices::price_in_force;

/// Draws of a launch: Spot's grants.
const GRANT: Purpose = Purpose::new("instance grant");
/// Draws of which instance a scale-in takes.
const TERMINATION: Purpose = Purpose::new("instance termination");
/// Seconds of an hour of billing.
const HOUR_S: u64 = 3_600;

/// A pool that grants an instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Granted {
    /// The type, by position in the group.
    pub(super) kind: usize,
    /// The zone, by position in the group.
    pub(super) zone: usize,
    /// How it is bought.
    pub(super) purchase: Purchase,
}

impl Simulation<'_> {
    /// The group launches or gives up instances until it has as many as desired.
    pub(super) fn follow_desired(&mut self, group: GroupId, queue: &mut Queue<Event>) {
        loop {
            let state = &self.world.capacity.groups[group.index()];
            let (has, desired) = (state.members.len() as u32, state.counts.desired);
            if has < desired {
                if !self.launch_instance(group, queue) {
                    break;
                }
            } else if desired < has {
                if !self.give_up_instance(group, queue) {
                    break;
                }
            } else {
                break;
            }
        }
        self.group_counts_changed(group);
        self.capacity_changed(group, queue);
    }

    /// Launches one instance; false if no pool has one, and the group tries again later.
    fn launch_instance(&mut self, group: GroupId, queue: &mut Queue<Event>) -> bool {
        let granted = self.find_pool(group);
        match granted {
            Ok(granted) => {
                self.launch_granted(group, granted, queue);
                true
            }
            Err(purchase) => {
                let failed = CapacityObservation::InstanceLaunchFailed { group, purchase };
                self.observe(&Observation::Capacity(failed));
                self.retry_later(group, queue);
                false
            }
        }
    }

    fn retry_later(&mut self, group: GroupId, queue: &mut Queue<Event>) {
        let at = self.now + self.plan.group(group).launch_retry;
        let state = &mut self.world.capacity.groups[group.index()];
        if state.is_retrying {
            return;
        }
        state.is_retrying = true;
        state.retry_tick += 1;
        let tick = state.retry_tick;
        if at < self.plan.horizon() {
            queue.schedule_at(at, Event::GroupRetry { group, tick });
        }
    }

    /// A group tries again.
    pub(super) fn on_group_retry(&mut self, group: GroupId, tick: u32, queue: &mut Queue<Event>) {
        let state = &mut self.world.capacity.groups[group.index()];
        if state.retry_tick == tick {
            state.is_retrying = false;
            self.follow_desired(group, queue);
        }
    }

    /// The pool of the group's next instance: the emptiest zone first, in it the pools in the order
    /// of the allocation strategy; how it was to be bought if none has capacity.
    pub(super) fn find_pool(&mut self, group: GroupId) -> Result<Granted, Purchase> {
        let plan = self.plan.group(group);
        let state = &self.world.capacity.groups[group.index()];
        let purchase = plan
            .distribution
            .next(state.counts.on_demand, state.counts.spot);
        let launch = state.launches;
        self.world.capacity.groups[group.index()].launches += 1;
        let mut draws = self.streams.stream(GRANT, plan.key, launch);
        let mut closed: Vec<bool> = plan.zones.iter().map(|zone| self.is_out(*zone)).collect();
        loop {
            let state = &self.world.capacity.groups[group.index()];
            let Some(zone) = zone_to_launch(&state.by_zone, &closed) else {
                return Err(purchase);
            };
            let pools = self.pools_of(group, zone, purchase);
            let order = match purchase {
                Purchase::OnDemand => on_demand_order(plan.on_demand_allocation, &pools),
                Purchase::Spot => spot_order(plan.spot_allocation, &pools),
            };
            for kind in order {
                let uniform = match purchase {
                    Purchase::Spot => draws.uniform(),
                    Purchase::OnDemand => 0.0,
                };
                if self.grants(group, (kind, zone), (purchase, uniform)) {
                    return Ok(Granted {
                        kind,
                        zone,
                        purchase,
                    });
                }
            }
            closed[zone] = true;
        }
    }

    /// The pools of a zone as the group sees them.
    fn pools_of(&self, group: GroupId, zone: usize, purchase: Purchase) -> Vec<PoolView> {
        let (plan, capacity) = (self.plan.group(group), &self.world.capacity);
        let mut pools: Vec<PoolView> = plan
            .types
            .iter()
            .enumerate()
            .map(|(kind, of)| {
                let pool = capacity.pool(capacity.class_of(self.plan, group, (kind, zone)));
                let regime = pool.and_then(|pool| Some(capacity.market.as_ref()?.regime(pool)));
                PoolView {
                    price: match purchase {
                        Purchase::OnDemand => of.on_demand_micro_usd,
                        Purchase::Spot => self.spot_price(group, kind, zone),
                    },
                    tightness: match regime {
                        Some(Regime::Calm) | None => 0,
                        Some(Regime::Tight) => 1,
                        Some(Regime::Empty) => 2,
                    },
                    instances: 0,
                }
            })
            .collect();
        let zone_id = plan.zones[zone];
        for id in &capacity.groups[group.index()].members {
            let record = &capacity.instances[id.index()].record;
            if record.zone == zone_id && record.purchase == purchase {
                pools[record.type_index as usize].instances += 1;
            }
        }
        pools
    }

    /// What an hour of a Spot pool costs now, micro-USD.
    fn spot_price(&self, group: GroupId, kind: usize, zone: usize) -> u64 {
        let plan = self.plan.group(group);
        let prices = &self.world.capacity.prices;
        match prices.path(group, kind, plan.zones[zone]) {
            Some(path) => {
                let micro_usd = price_in_force(path, self.now);
                let pico = PicoUsd(i128::from(micro_usd) * 1_000_000);
                let id = plan.types[kind].instance_type;
                let price = self.plan.prices.spot_at_moment(id, pico);
                u64::try_from(price.amount.0 / 1_000_000).unwrap_or(0)
            }
            None => plan.types[kind].spot_micro_usd,
        }
    }

    /// Whether a pool that follows a trace has as many instances as it may.
    fn is_full(&self, pool: PoolId) -> bool {
        let capacity = &self.world.capacity;
        let most = capacity
            .market
            .as_ref()
            .and_then(|it| it.most_running(pool));
        most.is_some_and(|most| {
            let groups = capacity.groups.iter();
            let members = groups.flat_map(|group| group.members.iter().chain(&group.leaving));
            let runs_there = |id: &&InstanceId| {
                let record = &capacity.instances[id.index()].record;
                record.purchase == Purchase::Spot
                    && capacity.pool(capacity.class_of_instance(self.plan, **id)) == Some(pool)
            };
            most as usize <= members.filter(runs_there).count()
        })
    }

    /// Whether a pool has an instance now.
    fn grants(
        &mut self,
        group: GroupId,
        (kind, zone): (usize, usize),
        (purchase, uniform): (Purchase, f64),
    ) -> bool {
        let (plan, now) = (self.plan.group(group), self.now);
        let capacity = &mut self.world.capacity;
        match purchase {
            Purchase::OnDemand => {
                let Some(process) = plan.shortages else {
                    return true;
                };
                let at = kind * plan.zones.len() + zone;
                let pool = &mut capacity.groups[group.index()].shortages[at];
                !pool.is_short(now, process.every, process.lasts)
            }
            Purchase::Spot => {
                let pool: Option<PoolId> =
                    capacity.pool(capacity.class_of(self.plan, group, (kind, zone)));
                match (pool, &capacity.market) {
                    (Some(pool), Some(market)) => {
                        market.grants(pool, uniform) && !self.is_full(pool)
                    }
                    _ => true,
                }
            }
        }
    }

    /// Gives up one instance by the group's termination policies; false if all are protected.
    fn give_up_instance(&mut self, group: GroupId, queue: &mut Queue<Event>) -> bool {
        let plan = self.plan.group(group);
        let state = &self.world.capacity.groups[group.index()];
        let provider = state.provider.map(|provider| self.group_provider(provider));
        let protects_busy = provider.is_some_and(|provider| provider.termination_protection);
        // With managed protection only instances without tasks can be taken: they are known.
        let candidates: Vec<InstanceId> = if protects_busy {
            state.empty.iter().copied().collect()
        } else {
            let mut all = state.members.clone();
            all.sort_unstable();
            all
        };
        let terminable = |id: &InstanceId| {
            let instance = &self.world.capacity.instances[id.index()];
            let record = &instance.record;
            let zones = &plan.zones;
            let running = record.times.running.filter(|at| *at <= self.now);
            let ran_s = running.map_or(0, |at| (self.now - at).as_micros() / 1_000_000);
            Terminable {
                zone: zones.iter().position(|it| *it == record.zone).unwrap_or(0),
                purchase: record.purchase,
                template_version: 0,
                seconds_to_next_hour: (HOUR_S - ran_s % HOUR_S) as u32,
                launched_at: record.times.launched.as_micros(),
                is_protected: instance.is_protected && !protects_busy,
            }
        };
        let instances: Vec<Terminable> = candidates.iter().map(terminable).collect();
        let mut draws = self
            .streams
            .stream(TERMINATION, plan.key, state.terminations);
        let chosen = instance_to_terminate(
            &instances,
            &plan.termination_policies,
            Some(&plan.distribution),
            || draws.uniform(),
        );
        let Some(chosen) = chosen else {
            return false;
        };
        self.world.capacity.groups[group.index()].terminations += 1;
        self.end_instance(candidates[chosen], TerminationCause::ScaleIn, queue);
        true
    }
}
