//! Spot instances: the market's regimes, and what EC2 takes back.

use crate::engine::SimDuration;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::ids::{GroupId, InstanceId, PoolId};
use crate::observe::inputs::{DecisionInputs, GroupInputs};
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::spot::{self, is_reclaimed, isolated_after};
use crate::simulation::Simulation;
use crate::simulation::event::{Event, HostFate};
use crate::world::instance::{InstanceStatus, TerminationCause};
use crate::world::spot_market::SpotEvent;

/// Draws of whether and when a reclaim takes an instance: one an instance and reclaim.
const RECLAIM: Purpose = Purpose::new("instance reclaim");
/// Draws of an instance's own interruption.
const LONE: Purpose = Purpose::new("lone instance interruption");
/// Draws of whether an instance's notice never comes.
const MISSING: Purpose = Purpose::new("missing notice");
/// From the notice to the end (EC2 user guide, "Spot Instance interruption notices").
const NOTICE: SimDuration = SimDuration::from_secs(120);

impl Simulation<'_> {
    /// Starts the market's own events.
    pub(super) fn begin_instance_spot(&mut self, queue: &mut Queue<Event>) {
        let Some(market) = &mut self.world.capacity.market else {
            return;
        };
        self.spot_due.clear();
        market.start(&mut self.spot_due);
        self.schedule_instance_spot(queue);
        self.tell_pools(None);
    }

    /// Tells what a pool offers now, or each of them, to each group that buys there.
    pub(super) fn tell_pools(&mut self, only: Option<PoolId>) {
        let Some(market) = &self.world.capacity.market else {
            return;
        };
        if !self.observer.keeps_trail() {
            return;
        }
        for (group, plan) in self.plan.groups.iter().enumerate() {
            let group = GroupId::from_index(group);
            for (kind, zone) in plan.pool_places() {
                let capacity = &self.world.capacity;
                let pool = capacity.pool(capacity.class_of(self.plan, group, (kind, zone)));
                let Some(pool) = pool.filter(|it| only.is_none_or(|only| only == *it)) else {
                    continue;
                };
                let regime = GroupInputs::Regime {
                    group,
                    kind: kind as u32,
                    zone: zone as u32,
                    regime: market.regime(pool),
                };
                self.observer.note(self.now, &DecisionInputs::Group(regime));
            }
        }
    }

    pub(super) fn schedule_instance_spot(&self, queue: &mut Queue<Event>) {
        for due in &self.spot_due {
            if due.at < self.plan.horizon() {
                queue.schedule_at(due.at, Event::InstanceSpot(due.what));
            }
        }
    }

    /// A pool or a shared stress changes.
    pub(super) fn on_instance_spot(&mut self, event: SpotEvent, queue: &mut Queue<Event>) {
        let Some(market) = &mut self.world.capacity.market else {
            return;
        };
        self.spot_due.clear();
        let change = market.on_event(event, self.now, &mut self.spot_due);
        self.schedule_instance_spot(queue);
        let Some(change) = change else { return };
        self.tell_pools(Some(change.pool));
        if let Some(reclaim) = change.reclaim {
            self.reclaim_instances(change.pool, reclaim.severity, queue);
        }
        self.pool_changed(&change, queue);
    }

    /// Each Spot instance of the pool is taken with probability `severity`, by a uniform of its
    /// own: fleets of different size stay coupled.
    pub(super) fn reclaim_instances(
        &mut self,
        pool: PoolId,
        severity: f64,
        queue: &mut Queue<Event>,
    ) {
        let reclaim = self.world.capacity.reclaims;
        self.world.capacity.reclaims += 1;
        let capacity = &self.world.capacity;
        let Some(market) = &capacity.market else {
            return;
        };
        let parameters = &market.behaviour(pool).parameters;
        for group in &capacity.groups {
            for id in capacity.bought(group) {
                let record = &capacity.instances[id.index()].record;
                let class = capacity.instances[id.index()].class;
                if record.purchase != Purchase::Spot || capacity.pool(class) != Some(pool) {
                    continue;
                }
                let key = self.plan.group(record.group).key;
                let ordinal = u64::from(id.0)
                    .wrapping_mul(1_000_003)
                    .wrapping_add(reclaim);
                let mut draws = self.streams.stream(RECLAIM, key, ordinal);
                let (chosen, offset) = (draws.uniform(), draws.uniform());
                if is_reclaimed(chosen, severity) {
                    let reclaimed = GroupInputs::Reclaimed {
                        instance: id,
                        severity,
                        uniform: chosen,
                    };
                    let inputs = DecisionInputs::Group(reclaimed);
                    self.observer.note(self.now, &inputs);
                    let after = spot::notice_offset(parameters, offset);
                    self.schedule_instance_fate(id, HostFate::SpotNotice, after, queue);
                }
            }
        }
    }

    /// An instance's own clock: interruptions that come alone.
    pub(super) fn schedule_lone_notice(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let capacity = &self.world.capacity;
        let class = capacity.instances[id.index()].class;
        let (Some(pool), Some(market)) = (capacity.pool(class), &capacity.market) else {
            return;
        };
        let key = self
            .plan
            .group(capacity.instances[id.index()].record.group)
            .key;
        let u = self.streams.stream(LONE, key, u64::from(id.0)).uniform();
        if let Some(after) = isolated_after(&market.behaviour(pool).rates, u) {
            self.schedule_instance_fate(id, HostFate::SpotNotice, after, queue);
        }
    }

    pub(super) fn schedule_instance_fate(
        &self,
        instance: InstanceId,
        fate: HostFate,
        after: SimDuration,
        queue: &mut Queue<Event>,
    ) {
        let at = self.now.saturating_add(after);
        if at < self.plan.horizon() {
            queue.schedule_at(at, Event::InstanceFate { instance, fate });
        }
    }

    /// Something befalls an instance.
    pub(super) fn on_instance_fate(
        &mut self,
        id: InstanceId,
        fate: HostFate,
        queue: &mut Queue<Event>,
    ) {
        let instance = &mut self.world.capacity.instances[id.index()];
        // Its timer is over, also where it is gone.
        instance.is_watched &= fate != HostFate::Quiet;
        let (status, group) = (instance.status, instance.record.group);
        let is_noticed = instance.record.cause == Some(TerminationCause::SpotInterruption);
        if status == InstanceStatus::Terminated {
            return;
        }
        match fate {
            HostFate::SpotNotice if is_noticed => {}
            HostFate::SpotNotice => self.on_spot_notice(id, queue),
            HostFate::AgentBack => self.agent_back(id, queue),
            HostFate::Quiet => self.on_quiet(id, queue),
            HostFate::Old => self.on_old(id, queue),
            HostFate::Fails | HostFate::Disconnects => self.machine_is_lost(id, fate, queue),
            HostFate::SpotEnd => {
                self.terminate(id, TerminationCause::SpotInterruption, queue);
                self.follow_desired(group, queue);
            }
        }
    }

    /// Two minutes before a Spot instance is taken back. Some notices never come (EC2 user guide:
    /// best effort): such an instance works on until it vanishes.
    fn on_spot_notice(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        self.schedule_instance_fate(id, HostFate::SpotEnd, NOTICE, queue);
        let is_missing = self.is_without_notice(id);
        let instance = &mut self.world.capacity.instances[id.index()];
        instance.record.cause = Some(TerminationCause::SpotInterruption);
        instance.is_noticed = !is_missing;
        if !is_missing && instance.status == InstanceStatus::Active {
            self.heed_notice(id, queue);
        }
    }

    fn is_without_notice(&self, id: InstanceId) -> bool {
        let capacity = &self.world.capacity;
        let instance = &capacity.instances[id.index()];
        let (Some(pool), Some(market)) = (capacity.pool(instance.class), &capacity.market) else {
            return false;
        };
        let share = market.behaviour(pool).parameters.notice_missing_share;
        let key = self.plan.group(instance.record.group).key;
        let mut draws = self.streams.stream(MISSING, key, u64::from(id.0));
        draws.uniform() < share
    }

    /// An ACTIVE instance knows that it is taken back: it drains where managed draining or the
    /// agent's own setting says so, else it works on until it vanishes. Its group replaces it when
    /// it is gone (EC2 Auto Scaling user guide, "Capacity Rebalancing": not before the interruption
    /// where that is off); with CapacityRebalance the notice is a recommendation at the same time.
    pub(super) fn heed_notice(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let group = self.world.capacity.instances[id.index()].record.group;
        let provider = self.world.capacity.groups[group.index()].provider;
        let managed = provider.is_some_and(|it| self.group_provider(it).managed_draining);
        let drains = managed || self.plan.group(group).agent.spot_draining;
        if self.plan.group(group).capacity_rebalance {
            self.replace_at_risk(id, true, queue);
        }
        if drains && self.plan.group(group).managed.is_some() {
            // ECS itself launches Managed Instances.
            self.drain(id, queue);
            self.follow_desired(group, queue);
        } else if drains {
            self.drain_member(id, queue);
        }
    }
}
