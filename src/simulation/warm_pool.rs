//! Warm pools: instances that boot ahead of need, wait stopped, running or hibernated, and join
//! their group in place of a launch.

use crate::engine::SimTime;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::ids::{GroupId, InstanceId};
use crate::observe::observation::{CapacityObservation, Observation};
use crate::policy::auto_scaling_group::{PoolState, warm_pool_size, zone_to_launch};
use crate::scenario::plan::WarmPoolPlan;
use crate::simulation::Simulation;
use crate::simulation::auto_scaling_group::Search;
use crate::simulation::container_instance::LAUNCH;
use crate::simulation::event::{Event, HostStep};
use crate::simulation::task_agent::seconds;
use crate::world::instance::{InstanceStatus, TerminationCause, WarmTimes};

/// Draws of a start out of a warm pool.
const WARM_START: Purpose = Purpose::new("warm start");

impl Simulation<'_> {
    fn warm_plan(&self, group: GroupId) -> Option<&WarmPoolPlan> {
        self.plan.group(group).warm_pool.as_ref()
    }

    /// How many instances the pool is to have now.
    fn warm_wanted(&self, group: GroupId) -> Option<usize> {
        let pool = self.warm_plan(group)?;
        let sizes = self.world.capacity.groups[group.index()].sizes();
        let of = (sizes.max, sizes.desired);
        Some(warm_pool_size(pool.min_size, pool.prepared, of) as usize)
    }

    /// Brings a group's warm pool to its size: what it lacks is launched, of what it has too many
    /// the youngest end (ASSUMPTION: AWS does not say which).
    pub(super) fn fill_warm_pool(&mut self, group: GroupId, queue: &mut Queue<Event>) {
        let Some(wanted) = self.warm_wanted(group) else {
            return;
        };
        loop {
            let warm = &self.world.capacity.groups[group.index()].warm;
            if warm.len() < wanted {
                if !self.launch_warm(group, queue) {
                    return;
                }
            } else if wanted < warm.len()
                && let Some(youngest) = warm.last().copied()
            {
                self.terminate(youngest, TerminationCause::ScaleIn, queue);
            } else {
                return;
            }
        }
    }

    /// The pool of a group at the start of a steady run: full, and ready.
    pub(super) fn begin_warm_pool(&mut self, group: GroupId) {
        let wanted = self.warm_wanted(group).unwrap_or(0);
        while self.world.capacity.groups[group.index()].warm.len() < wanted {
            let Some(id) = self.admit_warm(group) else {
                return;
            };
            let now = self.now;
            let instance = &mut self.world.capacity.instances[id.index()];
            instance.record.times.running = Some(now);
            instance.empty_since = now;
            self.become_warm(id);
        }
    }

    /// Launches an instance into the pool; false if no pool of EC2's has one.
    fn launch_warm(&mut self, group: GroupId, queue: &mut Queue<Event>) -> bool {
        let Some(id) = self.admit_warm(group) else {
            let purchase = crate::policy::auto_scaling_group::Purchase::OnDemand;
            let failed = CapacityObservation::InstanceLaunchFailed { group, purchase };
            self.observe(&Observation::Capacity(failed));
            self.retry_later(group, queue);
            return false;
        };
        let (plan, now) = (self.plan.group(group), self.now);
        let mut draws = self.streams.stream(LAUNCH, plan.key, u64::from(id.0));
        let latencies = &plan.latencies;
        let mut phase =
            |law: &crate::engine::distribution::Distribution| seconds(law.sample(&mut draws));
        let running = now + phase(&latencies.request) + phase(&latencies.pending);
        let ready = running + phase(&latencies.boot);
        let step = match draws.uniform() < plan.launch_failures {
            true => HostStep::Failed,
            false => HostStep::Warm,
        };
        let instance = &mut self.world.capacity.instances[id.index()];
        instance.record.times.running = Some(running);
        instance.empty_since = running;
        self.schedule_host_step(id, (ready, step), queue);
        true
    }

    fn schedule_host_step(
        &self,
        instance: InstanceId,
        (at, step): (SimTime, HostStep),
        queue: &mut Queue<Event>,
    ) {
        let tick = self.world.capacity.instances[instance.index()].tick;
        if at < self.plan.horizon() {
            let event = Event::InstanceStep {
                instance,
                tick,
                step,
            };
            queue.schedule_at(at, event);
        }
    }

    /// Enters an instance into the pool, in the zone that has the fewest there.
    fn admit_warm(&mut self, group: GroupId) -> Option<InstanceId> {
        let state = self.warm_plan(group)?.state;
        let by_zone = self.warm_by_zone(group, |_| true);
        let search = Search {
            by_zone,
            ..self.usual_search(group)
        };
        let granted = self.find_pool(group, search).ok()?;
        let id = self.new_instance(group, granted);
        let capacity = &mut self.world.capacity;
        let instance = &mut capacity.instances[id.index()];
        instance.status = InstanceStatus::Warming;
        instance.record.warm = Some(WarmTimes {
            state,
            ready: None,
            taken: None,
        });
        let group = &mut capacity.groups[group.index()];
        group.warm.insert(id);
        group.counts.warm += 1;
        Some(id)
    }

    /// The pool's instances of a status by zone of the group.
    fn warm_by_zone(&self, group: GroupId, is: impl Fn(InstanceStatus) -> bool) -> Vec<u32> {
        let zones = &self.plan.group(group).zones;
        let mut by_zone = vec![0; zones.len()];
        let capacity = &self.world.capacity;
        for id in &capacity.groups[group.index()].warm {
            let instance = &capacity.instances[id.index()];
            let zone = zones.iter().position(|zone| *zone == instance.record.zone);
            if let Some(zone) = zone.filter(|_| is(instance.status)) {
                by_zone[zone] += 1;
            }
        }
        by_zone
    }

    /// An instance of the pool has booted, and waits.
    pub(super) fn become_warm(&mut self, id: InstanceId) {
        let now = self.now;
        let instance = &mut self.world.capacity.instances[id.index()];
        instance.status = InstanceStatus::Warm;
        instance.tick += 1;
        if let Some(warm) = &mut instance.record.warm {
            warm.ready = Some(now);
            if warm.state != PoolState::Running {
                instance.end_empty(now);
                instance.empty_since = SimTime::MAX;
            }
        }
    }

    /// Takes an instance out of the warm pool into the group, in the zone of the pool's where the
    /// group has the fewest; false if none is ready. The oldest first (ASSUMPTION).
    pub(super) fn take_warm(&mut self, group: GroupId, queue: &mut Queue<Event>) -> bool {
        let (plan, now) = (self.plan.group(group), self.now);
        let Some(pool) = &plan.warm_pool else {
            return false;
        };
        let ready = self.warm_by_zone(group, |status| status == InstanceStatus::Warm);
        let closed: Vec<bool> = ready.iter().map(|ready| *ready == 0).collect();
        let by_zone = &self.world.capacity.groups[group.index()].by_zone;
        let Some(zone) = zone_to_launch(by_zone, &closed) else {
            return false;
        };
        let capacity = &self.world.capacity;
        let is_there = |id: &&InstanceId| {
            let instance = &capacity.instances[id.index()];
            instance.status == InstanceStatus::Warm && instance.record.zone == plan.zones[zone]
        };
        let Some(id) = capacity.groups[group.index()].warm.iter().find(is_there) else {
            return false;
        };
        let id = *id;
        self.leave_warm_pool(id);
        let mut draws = self.streams.stream(WARM_START, plan.key, u64::from(id.0));
        let start = match pool.state {
            PoolState::Running => seconds(0.0),
            PoolState::Stopped | PoolState::Hibernated => seconds(pool.start.sample(&mut draws)),
        };
        let active = now + start + seconds(plan.latencies.register.sample(&mut draws));
        let instance = &mut self.world.capacity.instances[id.index()];
        instance.status = InstanceStatus::Launching;
        instance.tick += 1;
        instance.entered = now;
        if let Some(warm) = &mut instance.record.warm {
            warm.taken = Some(now);
        }
        instance.empty_since = instance.empty_since.min(now);
        self.join_members(id);
        self.schedule_host_step(id, (active, HostStep::Active), queue);
        true
    }

    /// An instance is no longer in its group's warm pool.
    pub(super) fn leave_warm_pool(&mut self, id: InstanceId) {
        let capacity = &mut self.world.capacity;
        let group = capacity.instances[id.index()].record.group;
        let state = &mut capacity.groups[group.index()];
        if state.warm.remove(&id) {
            state.counts.warm -= 1;
        }
    }
}
