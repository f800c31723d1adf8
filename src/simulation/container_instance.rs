//! The life of a container instance: launched, ACTIVE, DRAINING, gone.

use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, InstanceId, ServiceId, TaskId};
use crate::observe::observation::{CapacityObservation, Observation};
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::life_cycle::StopCause;
use crate::simulation::Simulation;
use crate::simulation::auto_scaling_group::Granted;
use crate::simulation::event::{Event, HostStep};
use crate::simulation::task_agent::seconds;
use crate::simulation::task_end::Ending;
use crate::world::instance::{
    Instance, InstanceRecord, InstanceStatus, InstanceStep, InstanceTimes, TerminationCause,
};
use crate::world::task::{Owner, TaskState};

/// Draws of an instance's start.
const LAUNCH: Purpose = Purpose::new("instance launch");
/// How long a lifecycle hook lets a draining instance wait (ECS developer guide, "managed instance
/// draining").
const DRAIN_MAX: SimDuration = SimDuration::from_secs(48 * 3_600);

impl Simulation<'_> {
    /// An instance is launched; its way to ACTIVE is drawn here.
    pub(super) fn launch_granted(
        &mut self,
        group: GroupId,
        granted: Granted,
        queue: &mut Queue<Event>,
    ) {
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
    }

    /// Enters an instance into the arena and its group.
    fn admit_instance(&mut self, group: GroupId, granted: Granted) -> InstanceId {
        let plan = self.plan.group(group);
        let kind = &plan.types[granted.kind];
        let capacity = &mut self.world.capacity;
        let id = InstanceId::from_index(capacity.instances.len());
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
            empty: SimDuration::ZERO,
        };
        let is_protected = plan.protects_new_instances;
        let mut instance = Instance::launching(record, kind.registered, is_protected);
        let state = &mut capacity.groups[group.index()];
        instance.position = state.members.len() as u32;
        capacity.instances.push(instance);
        state.members.push(id);
        state.by_zone[granted.zone] += 1;
        state.empty.insert(id);
        let counts = &mut state.counts;
        counts.launching += 1;
        counts.empty += 1;
        match granted.purchase {
            Purchase::OnDemand => counts.on_demand += 1,
            Purchase::Spot => counts.spot += 1,
        }
        id
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
        instance.empty_since = now;
        self.become_active(id);
        if granted.purchase == Purchase::Spot {
            self.schedule_lone_notice(id, queue);
        }
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
                self.group_counts_changed(group);
                self.capacity_changed(group, queue);
                if let Some(provider) = self.world.capacity.groups[group.index()].provider {
                    self.wake_placing(provider, queue);
                }
                self.go_on_with_refresh(group, queue);
            }
            HostStep::Failed => {
                self.terminate(id, TerminationCause::LaunchFailed, queue);
                self.follow_desired(group, queue);
            }
            HostStep::DrainedLongEnough => self.drained(id, queue),
        }
    }

    fn become_active(&mut self, id: InstanceId) {
        let (plan, now) = (self.plan, self.now);
        let capacity = &mut self.world.capacity;
        let class = capacity.class_of_instance(plan, id);
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
        let step = CapacityObservation::Instance(&record, InstanceStep::Active);
        self.observe(&Observation::Capacity(step));
    }

    /// An instance is to end: it drains first, where its provider has that.
    pub(super) fn end_instance(
        &mut self,
        id: InstanceId,
        cause: TerminationCause,
        queue: &mut Queue<Event>,
    ) {
        let instance = &self.world.capacity.instances[id.index()];
        if instance.status == InstanceStatus::Terminated {
            return;
        }
        let group = instance.record.group;
        let provider = self.world.capacity.groups[group.index()].provider;
        let drains = provider.is_some_and(|it| self.group_provider(it).managed_draining);
        let is_busy = !instance.tasks.is_empty();
        if drains && is_busy && instance.status == InstanceStatus::Active {
            self.world.capacity.instances[id.index()].record.cause = Some(cause);
            self.drain(id, queue);
        } else if instance.status != InstanceStatus::Draining {
            self.terminate(id, cause, queue);
        }
    }

    /// DRAINING: no further tasks; service tasks are replaced within their bounds, those that have
    /// not started stop at once, tasks of no service are left alone (ECS developer guide,
    /// "container instance draining").
    pub(super) fn drain(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let now = self.now;
        self.leave_members(id);
        let capacity = &mut self.world.capacity;
        capacity.index.close(id);
        let instance = &mut capacity.instances[id.index()];
        instance.status = InstanceStatus::Draining;
        instance.tick += 1;
        instance.record.times.draining = Some(now);
        let (tick, record) = (instance.tick, instance.record.clone());
        let tasks = instance.tasks.clone();
        let group = record.group;
        capacity.groups[group.index()].counts.draining += 1;
        capacity.groups[group.index()].leaving.insert(id);
        let step = CapacityObservation::Instance(&record, InstanceStep::Draining);
        self.observe(&Observation::Capacity(step));
        let until = now + DRAIN_MAX;
        if until < self.plan.horizon() {
            let step = HostStep::DrainedLongEnough;
            let event = Event::InstanceStep {
                instance: id,
                tick,
                step,
            };
            queue.schedule_at(until, event);
        }
        self.group_counts_changed(group);
        self.drain_tasks(&tasks, queue);
        self.capacity_changed(group, queue);
    }

    fn drain_tasks(&mut self, tasks: &[TaskId], queue: &mut Queue<Event>) {
        let mut services: Vec<ServiceId> = Vec::new();
        for id in tasks {
            let Some(task) = self.world.tasks.get(*id) else {
                continue;
            };
            let (Owner::Service(service), state) = (task.record.owner, task.state()) else {
                continue;
            };
            match state {
                TaskState::Launching => {
                    self.stop_task(*id, Ending::of(StopCause::InstanceDraining), queue);
                }
                TaskState::Running | TaskState::Serving => self.mark_draining(*id, service),
                TaskState::Stopping => continue,
            }
            services.push(service);
        }
        services.sort_unstable();
        services.dedup();
        for service in services {
            self.reconcile(service, queue);
        }
    }

    /// A running task is to be replaced: it counts with the tasks of older deployments.
    fn mark_draining(&mut self, id: TaskId, service: ServiceId) {
        let task = self.world.tasks.live_mut(id);
        if task.is_draining {
            return;
        }
        task.is_draining = true;
        let (ordinal, healthy) = (task.record.deployment, task.healthy);
        let state = &mut self.world.services[service.index()];
        state.draining.push(id);
        if let Some(deployment) = state.deployment_mut(ordinal) {
            deployment.draining += 1;
            deployment.draining_healthy += u32::from(healthy);
        }
    }

    /// A draining instance has no task left, or has waited as long as it may.
    pub(super) fn drained(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let instance = &self.world.capacity.instances[id.index()];
        let (cause, is_spot) = (
            instance.record.cause,
            instance.record.cause == Some(TerminationCause::SpotInterruption),
        );
        // What EC2 takes back is there until it does.
        if !is_spot {
            let group = instance.record.group;
            self.terminate(id, cause.unwrap_or(TerminationCause::ScaleIn), queue);
            self.go_on_with_refresh(group, queue);
        }
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
        if status != InstanceStatus::Draining {
            self.leave_members(id);
        }
        let plan = self.plan;
        let capacity = &mut self.world.capacity;
        if status != InstanceStatus::Launching {
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
        if status != InstanceStatus::Launching {
            let kind = &plan.group(group).types[record.type_index as usize];
            counts.registered.remove(&kind.registered);
        }
        let step = CapacityObservation::Instance(&record, InstanceStep::Gone);
        self.observe(&Observation::Capacity(step));
        for task in tasks {
            let state = self.world.tasks.get(task).map(|task| task.state());
            if state.is_some_and(|state| state != TaskState::Stopping) {
                let cause = StopCause::HostTerminated;
                self.stop_task(task, Ending::of(cause), queue);
            }
        }
        if status != InstanceStatus::Launching {
            self.world.capacity.index.deregister(id);
        }
        self.group_counts_changed(group);
        self.capacity_changed(group, queue);
    }

    /// An instance is no longer one that its group counts.
    fn leave_members(&mut self, id: InstanceId) {
        let capacity = &mut self.world.capacity;
        let instance = &capacity.instances[id.index()];
        let (position, status) = (instance.position as usize, instance.status);
        let (group, zone) = (instance.record.group, instance.record.zone);
        let purchase = instance.record.purchase;
        let state = &mut capacity.groups[group.index()];
        state.members.swap_remove(position);
        if let Some(moved) = state.members.get(position) {
            capacity.instances[moved.index()].position = position as u32;
        }
        let zones = &self.plan.group(group).zones;
        if let Some(at) = zones.iter().position(|it| *it == zone) {
            state.by_zone[at] -= 1;
        }
        let counts = &mut state.counts;
        if state.empty.remove(&id) {
            counts.empty -= 1;
        }
        match purchase {
            Purchase::OnDemand => counts.on_demand -= 1,
            Purchase::Spot => counts.spot -= 1,
        }
        match status {
            InstanceStatus::Launching => counts.launching -= 1,
            InstanceStatus::Active => counts.active -= 1,
            InstanceStatus::Draining | InstanceStatus::Terminated => {}
        }
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
