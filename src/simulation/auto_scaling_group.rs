//! Auto Scaling groups: what they launch, where, and which instance they give up.

use crate::engine::SimTime;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::ids::{GroupId, InstanceId, PoolId, TaskId};
use crate::observe::inputs::{DecisionInputs, GroupInputs, PoolSearch};
use crate::observe::observation::{CapacityObservation, Observation};
use crate::policy::auto_scaling_group::{
    Purchase, Terminable, instance_to_terminate, on_demand_order, spot_order, zone_to_launch,
};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::instance::TerminationCause;

/// Draws of a launch: Spot's grants.
pub(super) const GRANT: Purpose = Purpose::new("instance grant");
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

/// Where an instance is looked for.
pub(super) struct Search {
    /// How it is bought.
    pub(super) purchase: Purchase,
    /// The instances on demand and on Spot that say so.
    pub(super) bought: [u32; 2],
    /// Zones that are no place for it, by position in the group.
    pub(super) closed: Vec<bool>,
    /// How many there are in each zone: the fewest come first.
    pub(super) by_zone: Vec<u32>,
}

impl Simulation<'_> {
    /// The group launches or gives up instances until it has as many as desired.
    pub(super) fn follow_desired(&mut self, group: GroupId, queue: &mut Queue<Event>) {
        if self.plan.group(group).managed.is_some() {
            // No desired capacity: what waits decides.
            self.group_counts_changed(group);
            return self.capacity_changed(group, queue);
        }
        loop {
            let state = &self.world.capacity.groups[group.index()];
            // Replacements come on top until what they replace ends.
            let desired = state.counts.desired + state.replacements.len() as u32;
            let has = state.members.len() as u32;
            if has < desired {
                if !self.launch_instance(group, queue) {
                    break;
                }
            } else if desired < has {
                if !self.give_up_instance(group, (TerminationCause::ScaleIn, None), queue) {
                    break;
                }
            } else {
                break;
            }
        }
        self.fill_warm_pool(group, queue);
        self.balance_zones(group, queue);
        self.group_counts_changed(group);
        self.capacity_changed(group, queue);
    }

    /// Launches one instance; false if no pool has one, and the group tries again later.
    fn launch_instance(&mut self, group: GroupId, queue: &mut Queue<Event>) -> bool {
        if self.take_warm(group, queue) {
            return true;
        }
        let mut granted = self.find_pool(group, self.usual_search(group));
        if let Err(refused) = granted
            && let Some(purchase) = self.group_falls_back(group, refused, queue)
        {
            let search = Search {
                purchase,
                ..self.usual_search(group)
            };
            granted = self.find_pool(group, search);
        }
        match granted {
            Ok(granted) => {
                if granted.purchase == Purchase::Spot {
                    let state = &mut self.world.capacity.groups[group.index()];
                    state.without_spot_since = None;
                }
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

    /// Where a group looks for its next instance.
    pub(super) fn usual_search(&self, group: GroupId) -> Search {
        let plan = self.plan.group(group);
        let state = &self.world.capacity.groups[group.index()];
        Search {
            purchase: plan
                .distribution
                .next(state.counts.on_demand, state.counts.spot),
            bought: [state.counts.on_demand, state.counts.spot],
            closed: self.closed_zones(group),
            by_zone: state.by_zone.clone(),
        }
    }

    pub(super) fn retry_later(&mut self, group: GroupId, queue: &mut Queue<Event>) {
        let at = self.now + self.plan.group(group).launch_retry;
        self.retry_at((group, at), queue);
    }

    /// A group that waits for capacity tries again at this time, unless it does so anyway.
    pub(super) fn retry_at(&mut self, (group, at): (GroupId, SimTime), queue: &mut Queue<Event>) {
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
    pub(super) fn find_pool(
        &mut self,
        group: GroupId,
        search: Search,
    ) -> Result<Granted, Purchase> {
        let plan = self.plan.group(group);
        let Search {
            purchase,
            bought,
            mut closed,
            by_zone,
        } = search;
        let launch = self.world.capacity.groups[group.index()].launches;
        self.world.capacity.groups[group.index()].launches += 1;
        let mut draws = self.streams.stream(GRANT, plan.key, launch);
        let mut signals = self.signals_of(group, (launch, purchase));
        loop {
            let Some(zone) = zone_to_launch(&by_zone, &closed) else {
                return Err(purchase);
            };
            let pools = self.pools_of(group, (zone, purchase), signals.as_mut());
            let order = match purchase {
                Purchase::OnDemand => on_demand_order(plan.on_demand_allocation, &pools),
                Purchase::Spot => spot_order(plan.spot_allocation, &pools),
            };
            let mut tried = Vec::new();
            for kind in order {
                let is_too_dear = purchase == Purchase::Spot
                    && plan
                        .spot_max_micro_usd
                        .is_some_and(|max| max < pools[kind].price);
                let is_for_other = plan.types[kind].only.is_some_and(|only| only != purchase);
                if is_too_dear || is_for_other {
                    continue;
                }
                let uniform = match purchase {
                    Purchase::Spot => draws.uniform(),
                    Purchase::OnDemand => 0.0,
                };
                tried.push(kind);
                if self.grants(group, (kind, zone), (purchase, uniform)) {
                    let found = PoolSearch {
                        purchase,
                        bought,
                        by_zone: &by_zone,
                        closed: &closed,
                        zone,
                        pools: &pools,
                        tried: &tried,
                    };
                    let inputs = DecisionInputs::Group(GroupInputs::PoolFound(group, &found));
                    self.observer.note(self.now, &inputs);
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

    /// Whether a pool that follows a trace has as many instances as it may.
    fn is_full(&self, pool: PoolId) -> bool {
        let capacity = &self.world.capacity;
        let most = capacity
            .market
            .as_ref()
            .and_then(|it| it.most_running(pool));
        most.is_some_and(|most| {
            let groups = capacity.groups.iter();
            let members = groups.flat_map(|group| capacity.bought(group));
            let runs_there = |id: &InstanceId| {
                let record = &capacity.instances[id.index()].record;
                record.purchase == Purchase::Spot
                    && capacity.pool(capacity.instances[id.index()].class) == Some(pool)
            };
            most as usize <= members.filter(runs_there).count()
        })
    }

    /// Whether a pool has an instance now.
    pub(super) fn grants(
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

    /// Whether a task is on an instance still, daemons' left out: one that stops is there until it
    /// has.
    pub(super) fn is_occupied(&self, id: InstanceId) -> bool {
        let is_daemon = |id: &TaskId| {
            let task = self.world.tasks.get(*id);
            task.is_none_or(|task| task.record.owner.is_daemon(self.plan))
        };
        let tasks = &self.world.capacity.instances[id.index()].tasks;
        !tasks.iter().all(is_daemon)
    }

    /// The last task has left an instance of a group that has more than it wants: managed
    /// protection kept it until now.
    pub(super) fn give_up_what_was_kept(&mut self, group: GroupId, queue: &mut Queue<Event>) {
        let state = &self.world.capacity.groups[group.index()];
        let wanted = state.counts.desired as usize + state.replacements.len();
        let provider = state.provider.map(|provider| self.group_provider(provider));
        let protects_busy = provider.is_some_and(|provider| provider.termination_protection);
        if protects_busy && wanted < state.members.len() {
            self.follow_desired(group, queue);
        }
    }

    /// The instances that a scale-in of the group may take, and what its policies look at.
    pub(super) fn terminable(&self, group: GroupId) -> (Vec<InstanceId>, Vec<Terminable>) {
        let plan = self.plan.group(group);
        let state = &self.world.capacity.groups[group.index()];
        let provider = state.provider.map(|provider| self.group_provider(provider));
        let protects_busy = provider.is_some_and(|provider| provider.termination_protection);
        // With managed protection only instances without tasks can be taken: they are known, and a
        // task that stops is one until it has.
        let candidates: Vec<InstanceId> = if protects_busy {
            let empty = state.empty.iter().copied();
            empty.filter(|id| !self.is_occupied(*id)).collect()
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
                template_version: instance.template_version,
                seconds_to_next_hour: (HOUR_S - ran_s % HOUR_S) as u32,
                launched_at: record.times.launched.as_micros(),
                is_protected: instance.is_protected && !protects_busy,
            }
        };
        let instances = candidates.iter().map(terminable).collect();
        (candidates, instances)
    }

    /// Gives up one instance by the group's termination policies, of one zone where it is given;
    /// false if all are protected.
    pub(super) fn give_up_instance(
        &mut self,
        group: GroupId,
        (cause, zone): (TerminationCause, Option<usize>),
        queue: &mut Queue<Event>,
    ) -> bool {
        let plan = self.plan.group(group);
        let (candidates, mut instances) = self.terminable(group);
        for instance in &mut instances {
            instance.is_protected |= zone.is_some_and(|zone| zone != instance.zone);
        }
        let terminations = self.world.capacity.groups[group.index()].terminations;
        let mut draws = self.streams.stream(TERMINATION, plan.key, terminations);
        let uniform = draws.uniform();
        let chosen = instance_to_terminate(
            &instances,
            &plan.termination_policies,
            Some(&plan.distribution),
            || uniform,
        );
        let Some(chosen) = chosen else {
            return false;
        };
        let inputs = DecisionInputs::Group(GroupInputs::Chosen {
            instance: candidates[chosen],
            among: &instances,
            position: chosen,
            uniform,
        });
        self.observer.note(self.now, &inputs);
        self.world.capacity.groups[group.index()].terminations += 1;
        self.end_instance(candidates[chosen], cause, queue);
        true
    }
}
