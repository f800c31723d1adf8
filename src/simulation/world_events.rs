//! What the world does to the cluster at a stated time, and the operator to its groups: zones that
//! fail, Spot pools that run dry, capacity set by hand, instances replaced by new ones.

use crate::engine::queue::Queue;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, InstanceId, PoolId, TaskId, ZoneId};
use crate::observe::observation::{CapacityObservation, Observation, RefusedRequest};
use crate::policy::auto_scaling_group::SizeUpdate;
use crate::policy::life_cycle::StopCause;
use crate::policy::spot::Regime;
use crate::scenario::plan::DroughtPlan;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::simulation::task_end::Ending;
use crate::world::capacity::Refresh;
use crate::world::instance::{InstanceStatus, TerminationCause};
use crate::world::spot_market::Forced;
use crate::world::task::TaskState;

impl Simulation<'_> {
    /// Whether a zone is out now.
    pub(super) fn is_out(&self, zone: ZoneId) -> bool {
        let until = self.world.zones_out.get(zone.index());
        until.is_some_and(|until| self.now < *until)
    }

    /// A zone fails: what runs in it is gone at once, and nothing starts there until it is back.
    pub(super) fn zone_fails(
        &mut self,
        zone: ZoneId,
        length: SimDuration,
        queue: &mut Queue<Event>,
    ) {
        let until = self.now.saturating_add(length);
        let out = &mut self.world.zones_out[zone.index()];
        *out = until.max(*out);
        if until < self.plan.horizon() {
            queue.schedule_at(until, Event::ZoneBack { zone });
        }
        let all = self.world.capacity.instances.iter();
        let instances: Vec<InstanceId> = all
            .filter(|it| it.record.zone == zone && it.status != InstanceStatus::Terminated)
            .map(|it| it.record.id)
            .collect();
        let hosted = |id: &InstanceId| self.world.capacity.instances[id.index()].record.group;
        let mut groups: Vec<GroupId> = instances.iter().map(hosted).collect();
        // All of them fail at once: what one of them loses is not put on another.
        for id in &instances {
            self.world.capacity.index.close(*id);
        }
        for id in instances {
            self.terminate(id, TerminationCause::Failure, queue);
        }
        let in_zone = |(id, task): (TaskId, &crate::world::task::Task)| {
            (task.record.zone == zone).then_some(id)
        };
        let tasks: Vec<TaskId> = self.world.tasks.iter().filter_map(in_zone).collect();
        for id in tasks {
            match self.world.tasks.get(id).map(|task| task.state()) {
                Some(TaskState::Stopping) => self.cut_short(id, queue),
                Some(_) => self.stop_task(id, Ending::of(StopCause::InfrastructureHealth), queue),
                None => {}
            }
        }
        groups.sort_unstable();
        groups.dedup();
        for group in groups {
            self.follow_desired(group, queue);
        }
        self.nodes_changed(queue);
    }

    /// A zone is back: who waited for it looks again.
    pub(super) fn on_zone_back(&mut self, zone: ZoneId, queue: &mut Queue<Event>) {
        if self.is_out(zone) {
            return;
        }
        for index in 0..self.plan.groups.len() {
            self.follow_desired(GroupId::from_index(index), queue);
        }
        for service in self.service_ids() {
            self.reconcile(service, queue);
        }
        for source in self.source_ids() {
            self.start_jobs(source, queue);
        }
        self.nodes_changed(queue);
    }

    /// Spot pools have nothing for a while.
    pub(super) fn drought(&mut self, drought: &DroughtPlan, queue: &mut Queue<Event>) {
        let forced = Forced {
            regime: Regime::Empty,
            until: self.now.saturating_add(drought.length),
        };
        match drought.group {
            None => self.fargate_drought(drought, forced, queue),
            Some(group) => self.instance_drought((group, drought), forced, queue),
        }
    }

    fn fargate_drought(&mut self, drought: &DroughtPlan, forced: Forced, queue: &mut Queue<Event>) {
        for zone in 0..self.plan.zones.len() {
            let zone = ZoneId::from_index(zone);
            if drought.zone.is_some_and(|only| only != zone) {
                continue;
            }
            let Some(market) = &mut self.world.spot else {
                return;
            };
            let pool = PoolId(zone.0);
            self.spot_due.clear();
            let change = market.force(pool, forced, self.now, &mut self.spot_due);
            self.schedule_spot(queue);
            self.regime_changed(change);
            if 0.0 < drought.reclaims {
                self.reclaim_pool(pool, drought.reclaims, queue);
            }
        }
    }

    fn instance_drought(
        &mut self,
        (group, drought): (GroupId, &DroughtPlan),
        forced: Forced,
        queue: &mut Queue<Event>,
    ) {
        let plan = self.plan.group(group);
        for kind in 0..plan.types.len() {
            for (at, zone) in plan.zones.iter().enumerate() {
                if drought.zone.is_some_and(|only| only != *zone) {
                    continue;
                }
                let capacity = &mut self.world.capacity;
                let class = capacity.class_of(self.plan, group, (kind, at));
                let (Some(pool), Some(market)) = (capacity.pool(class), &mut capacity.market)
                else {
                    continue;
                };
                self.spot_due.clear();
                // Regimes of instances' pools are told by their instances, and to the trail.
                let _ = market.force(pool, forced, self.now, &mut self.spot_due);
                self.schedule_instance_spot(queue);
                self.tell_pools(Some(pool));
                if 0.0 < drought.reclaims {
                    self.reclaim_instances(pool, drought.reclaims, queue);
                }
            }
        }
    }

    /// API SetDesiredCapacity, within the group's bounds.
    pub(super) fn set_desired_capacity(
        &mut self,
        group: GroupId,
        desired: u32,
        queue: &mut Queue<Event>,
    ) {
        let state = &mut self.world.capacity.groups[group.index()];
        state.counts.desired = desired.clamp(state.min, state.max);
        self.follow_desired(group, queue);
    }

    /// A scheduled action sets a group's bounds and size; what AWS would refuse changes nothing,
    /// and is counted.
    pub(super) fn update_group(
        &mut self,
        group: GroupId,
        update: &SizeUpdate,
        queue: &mut Queue<Event>,
    ) {
        let state = &mut self.world.capacity.groups[group.index()];
        match state.sizes().updated(update) {
            Ok(sizes) => {
                state.set_sizes(sizes);
                self.follow_desired(group, queue);
            }
            Err(refusal) => {
                let request = RefusedRequest::ScheduledAction(refusal);
                let refused = CapacityObservation::RequestRefused { group, request };
                self.observe(&Observation::Capacity(refused));
            }
        }
    }

    /// Every instance is replaced (API StartInstanceRefresh), so many at a time as the share that
    /// must stay in service allows, one at least. One that runs already goes on: AWS refuses
    /// another (InstanceRefreshInProgress), which is counted.
    pub(super) fn start_refresh(
        &mut self,
        group: GroupId,
        min_healthy_percent: u32,
        queue: &mut Queue<Event>,
    ) {
        let now = self.now;
        let state = &mut self.world.capacity.groups[group.index()];
        if state.refresh.is_some() {
            let request = RefusedRequest::InstanceRefresh;
            let refused = CapacityObservation::RequestRefused { group, request };
            return self.observe(&Observation::Capacity(refused));
        }
        state.template_version += 1;
        state.refresh = Some(Refresh {
            launched_before: now,
            min_healthy_percent,
        });
        // The pool's have the old template too.
        let warm: Vec<InstanceId> = state.warm.iter().copied().collect();
        for id in warm {
            self.terminate(id, TerminationCause::Refresh, queue);
        }
        self.go_on_with_refresh(group, queue);
    }

    /// Replaces the next instances of a group, as far as it may now.
    pub(super) fn go_on_with_refresh(&mut self, group: GroupId, queue: &mut Queue<Event>) {
        let state = &self.world.capacity.groups[group.index()];
        let Some(refresh) = state.refresh else {
            return;
        };
        let instances = &self.world.capacity.instances;
        let launched = |id: &InstanceId| instances[id.index()].record.times.launched;
        let is_old = |id: &&InstanceId| launched(id) < refresh.launched_before;
        let mut old: Vec<InstanceId> = state.members.iter().filter(is_old).copied().collect();
        if old.is_empty() {
            self.world.capacity.groups[group.index()].refresh = None;
            return self.fill_warm_pool(group, queue);
        }
        old.sort_unstable();
        let counts = state.counts;
        let stay = (u64::from(counts.desired) * u64::from(refresh.min_healthy_percent))
            .div_ceil(100) as u32;
        let free = counts.active.saturating_sub(stay);
        // Those that drain by the operator's hand are members, and none that leave.
        let by_hand = state.members.len() as u32 - counts.launching - counts.active;
        // Else a small group would never begin.
        let at_least = u32::from(counts.launching == 0 && counts.draining == by_hand);
        for id in old.into_iter().take(free.max(at_least) as usize) {
            self.end_instance(id, TerminationCause::Refresh, queue);
        }
        self.follow_desired(group, queue);
    }

    /// Until when the zones of a launch are out, if all of them are.
    pub(super) fn back_at(&self, zones: &[ZoneId]) -> SimTime {
        let until = |zone: &ZoneId| self.world.zones_out[zone.index()];
        zones.iter().map(until).min().unwrap_or(SimTime::MAX)
    }
}
