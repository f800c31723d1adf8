//! The life of a container instance: launched, ACTIVE, DRAINING, gone.

use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, InstanceId};
use crate::observe::inputs::{DecisionInputs, GroupInputs};
use crate::observe::instances::ec2_instance_id;
use crate::observe::observation::{CapacityObservation, Observation};
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::life_cycle::StopCause;
use crate::simulation::Simulation;
use crate::simulation::auto_scaling_group::Granted;
use crate::simulation::event::{Event, HostStep};
use crate::simulation::task_agent::seconds;
use crate::simulation::task_end::Ending;
use crate::world::capacity::Replacement;
use crate::world::instance::{
    Instance, InstanceRecord, InstanceStatus, InstanceStep, InstanceTimes, TerminationCause,
};
use crate::world::task::TaskState;

/// Draws of an instance's start.
pub(super) const LAUNCH: Purpose = Purpose::new("instance launch");

impl Simulation<'_> {
    /// An instance is launched; its way to ACTIVE is drawn here.
    pub(super) fn launch_granted(
        &mut self,
        group: GroupId,
        granted: Granted,
        queue: &mut Queue<Event>,
    ) -> InstanceId {
        let (plan, now) = (self.plan.group(group), self.now);
        let id = self.admit_instance(group, granted);
        let mut draws = self.streams.stream(LAUNCH, plan.key, u64::from(id.0));
        let latencies = &plan.latencies;
        let mut phase =
            |law: &crate::engine::distribution::Distribution| seconds(law.sample(&mut draws));
        let running = now + phase(&latencies.request) + phase(&latencies.pending);
        let active = running + phase(&latencies.boot) + phase(&latencies.register);
        let fails = draws.uniform() < plan.launch_failures;
        let instance = &mut self.world.capacity.instances[id.index()];
        instance.record.times.running = Some(running);
        instance.empty_since = running;
        let tick = instance.tick;
        let step = if fails {
            HostStep::Failed
        } else {
            HostStep::Active
        };
        let event = Event::InstanceStep {
            instance: id,
            tick,
            step,
        };
        if active < self.plan.horizon() {
            queue.schedule_at(active, event);
        }
        if granted.purchase == Purchase::Spot {
            self.schedule_lone_notice(id, queue);
        }
        self.schedule_old(id, queue);
        id
    }

    /// Enters an instance into the arena and its group.
    fn admit_instance(&mut self, group: GroupId, granted: Granted) -> InstanceId {
        let id = self.new_instance(group, granted);
        self.join_members(id);
        id
    }

    /// Enters an instance into the arena alone.
    pub(super) fn new_instance(&mut self, group: GroupId, granted: Granted) -> InstanceId {
        let plan = self.plan.group(group);
        let kind = &plan.types[granted.kind];
        let capacity = &mut self.world.capacity;
        let id = InstanceId::from_index(capacity.instances.len());
        let class = capacity.class_of(self.plan, group, (granted.kind, granted.zone));
        let record = InstanceRecord {
            id,
            group,
            type_index: granted.kind as u32,
            instance_type: kind.instance_type,
            zone: plan.zones[granted.zone],
            purchase: granted.purchase,
            times: InstanceTimes {
                launched: self.now,
                ..InstanceTimes::default()
            },
            cause: None,
            warm: None,
            empty: SimDuration::ZERO,
            stood: false,
        };
        let is_protected = plan.protects_new_instances;
        let mut instance = Instance::launching((record, class), kind.registered, is_protected);
        instance.template_version = capacity.groups[group.index()].template_version;
        capacity.instances.push(instance);
        if capacity.asks_for_ids {
            capacity.ec2_ids.push(ec2_instance_id(self.plan, group, id));
        }
        let inputs = DecisionInputs::Group(GroupInputs::Launched(group, id));
        self.observer.note(self.now, &inputs);
        id
    }

    /// An instance that is launching is one that its group counts.
    pub(super) fn join_members(&mut self, id: InstanceId) {
        let capacity = &mut self.world.capacity;
        let instance = &mut capacity.instances[id.index()];
        let record = &instance.record;
        let state = &mut capacity.groups[record.group.index()];
        instance.position = state.members.len() as u32;
        state.members.push(id);
        state.entries.push((instance.entered, id));
        let zones = &self.plan.group(record.group).zones;
        if let Some(at) = zones.iter().position(|it| *it == record.zone) {
            state.by_zone[at] += 1;
            let pool = record.type_index as usize * zones.len() + at;
            state.by_pool[pool][record.purchase as usize] += 1;
        }
        state.empty.insert(id);
        let counts = &mut state.counts;
        counts.launching += 1;
        counts.empty += 1;
        match record.purchase {
            Purchase::OnDemand => counts.on_demand += 1,
            Purchase::Spot => counts.spot += 1,
        }
        if self.plan.group(record.group).managed.is_some() {
            counts.desired = state.members.len() as u32;
        }
    }

    /// An instance that is there at the start of a steady run.
    pub(super) fn admit_active(
        &mut self,
        group: GroupId,
        granted: Granted,
        queue: &mut Queue<Event>,
    ) -> InstanceId {
        let id = self.admit_instance(group, granted);
        let now = self.now;
        let instance = &mut self.world.capacity.instances[id.index()];
        instance.record.times.running = Some(now);
        instance.record.stood = true;
        instance.empty_since = now;
        self.become_active(id);
        if granted.purchase == Purchase::Spot {
            self.schedule_lone_notice(id, queue);
        }
        self.stand_managed(id, queue);
        id
    }

    /// The next step of an instance's life.
    pub(super) fn on_instance_step(
        &mut self,
        id: InstanceId,
        tick: u32,
        step: HostStep,
        queue: &mut Queue<Event>,
    ) {
        let instance = &self.world.capacity.instances[id.index()];
        if instance.tick != tick {
            return;
        }
        let group = instance.record.group;
        match step {
            HostStep::Active => {
                self.become_active(id);
                self.place_intended(id, queue);
                if self.world.capacity.instances[id.index()].is_noticed {
                    // A notice while it was launched: what drains at a notice drains now.
                    self.heed_notice(id, queue);
                }
                self.daemons_changed(queue);
                self.group_counts_changed(group);
                self.capacity_changed(group, queue);
                if let Some(provider) = self.world.capacity.groups[group.index()].provider {
                    self.wake_placing(provider, queue);
                }
                self.end_replaced(id, queue);
                self.go_on_with_refresh(group, queue);
            }
            HostStep::Failed => {
                self.terminate(id, TerminationCause::LaunchFailed, queue);
                self.follow_desired(group, queue);
            }
            HostStep::DrainedLongEnough => self.drained(id, queue),
            HostStep::Warm => {
                self.become_warm(id);
                self.follow_desired(group, queue);
            }
        }
    }

    fn become_active(&mut self, id: InstanceId) {
        let (plan, now) = (self.plan, self.now);
        let capacity = &mut self.world.capacity;
        let class = capacity.instances[id.index()].class;
        let instance = &mut capacity.instances[id.index()];
        instance.status = InstanceStatus::Active;
        instance.tick += 1;
        instance.record.times.active = Some(now);
        let group = plan.group(instance.record.group);
        let registered = group.types[instance.record.type_index as usize].registered;
        let ports = group.agent.reserved_ports.clone();
        capacity.index.register(id, class, registered, ports);
        capacity.index.open(id);
        let record = instance.record.clone();
        let counts = &mut capacity.groups[record.group.index()].counts;
        counts.launching -= 1;
        counts.active += 1;
        counts.registered.add(&registered);
        if let Some(beside) = &mut self.world.beside {
            beside.instances(now, 1.0);
        }
        let step = CapacityObservation::Instance(&record, InstanceStep::Active);
        self.observe(&Observation::Capacity(step));
        self.daemons_want(id);
    }

    /// An instance is gone, and with it whatever ran on it.
    pub(super) fn terminate(
        &mut self,
        id: InstanceId,
        cause: TerminationCause,
        queue: &mut Queue<Event>,
    ) {
        let now = self.now;
        let status = self.world.capacity.instances[id.index()].status;
        if status == InstanceStatus::Terminated {
            return;
        }
        if status.is_warm() {
            self.leave_warm_pool(id);
        } else if self.world.capacity.instances[id.index()].is_member() {
            self.leave_members(id);
        }
        let plan = self.plan;
        let capacity = &mut self.world.capacity;
        if status.is_registered() {
            capacity.index.close(id);
        }
        let instance = &mut capacity.instances[id.index()];
        instance.status = InstanceStatus::Terminated;
        instance.tick += 1;
        let times = &mut instance.record.times;
        times.running = times.running.filter(|at| *at <= now);
        times.terminated = Some(now);
        instance.record.cause = Some(cause);
        if instance.live == 0 {
            instance.end_empty(now);
        }
        let (record, tasks) = (instance.record.clone(), std::mem::take(&mut instance.tasks));
        let group = record.group;
        capacity.groups[group.index()].leaving.remove(&id);
        let counts = &mut capacity.groups[group.index()].counts;
        if status == InstanceStatus::Draining {
            counts.draining -= 1;
        }
        if status.is_registered() {
            let kind = &plan.group(group).types[record.type_index as usize];
            counts.registered.remove(&kind.registered);
        }
        if let Some(beside) = &mut self.world.beside
            && record.times.active.is_some()
        {
            beside.instances(now, -1.0);
        }
        let step = CapacityObservation::Instance(&record, InstanceStep::Gone);
        self.observe(&Observation::Capacity(step));
        self.unbind(id, queue);
        for task in tasks {
            match self.world.tasks.get(task).map(|task| task.state()) {
                Some(TaskState::Stopping) => self.cut_short(task, queue),
                Some(_) => self.stop_task(task, Ending::of(StopCause::HostTerminated), queue),
                None => {}
            }
        }
        if status.is_registered() {
            self.world.capacity.index.deregister(id);
        }
        self.daemons_changed(queue);
        self.group_counts_changed(group);
        self.capacity_changed(group, queue);
    }

    /// An instance is no longer one that its group counts.
    pub(super) fn leave_members(&mut self, id: InstanceId) {
        let capacity = &mut self.world.capacity;
        let instance = &mut capacity.instances[id.index()];
        instance.is_draining_member = false;
        let (position, status) = (instance.position as usize, instance.status);
        let (group, zone) = (instance.record.group, instance.record.zone);
        let (kind, purchase) = (instance.record.type_index, instance.record.purchase);
        let state = &mut capacity.groups[group.index()];
        let is_other = |it: &Replacement| it.new != id && it.old != Some(id);
        state.replacements.retain(is_other);
        state.members.swap_remove(position);
        if let Some(moved) = state.members.get(position) {
            capacity.instances[moved.index()].position = position as u32;
        }
        let zones = &self.plan.group(group).zones;
        if let Some(at) = zones.iter().position(|it| *it == zone) {
            state.by_zone[at] -= 1;
            let pool = kind as usize * zones.len() + at;
            state.by_pool[pool][purchase as usize] -= 1;
        }
        let counts = &mut state.counts;
        if state.empty.remove(&id) {
            counts.empty -= 1;
        }
        match purchase {
            Purchase::OnDemand => counts.on_demand -= 1,
            Purchase::Spot => counts.spot -= 1,
        }
        if self.plan.group(group).managed.is_some() {
            counts.desired -= 1;
        }
        match status {
            InstanceStatus::Launching => counts.launching -= 1,
            InstanceStatus::Active => counts.active -= 1,
            InstanceStatus::Draining
            | InstanceStatus::Terminated
            | InstanceStatus::Warming
            | InstanceStatus::Warm => {}
        }
        self.daemons_give_up(id);
    }

    /// The records of the instances that outlive the run.
    pub(super) fn end_instances(&mut self, at: SimTime) {
        for index in 0..self.world.capacity.instances.len() {
            let instance = &self.world.capacity.instances[index];
            if instance.status == InstanceStatus::Terminated {
                continue;
            }
            let mut instance = instance.clone();
            if instance.live == 0 {
                instance.end_empty(at);
            }
            let mut record = instance.record;
            let times = &mut record.times;
            times.running = times.running.filter(|running| *running <= at);
            let step = CapacityObservation::Instance(&record, InstanceStep::Gone);
            self.observe(&Observation::Capacity(step));
        }
    }
}
