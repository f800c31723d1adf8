//! Container instances that drain before they end.

use crate::engine::SimDuration;
use crate::engine::queue::Queue;
use crate::ids::{InstanceId, ServiceId, TaskId};
use crate::observe::observation::{CapacityObservation, Observation};
use crate::policy::life_cycle::StopCause;
use crate::scenario::plan::DrainPlan;
use crate::simulation::Simulation;
use crate::simulation::event::{Event, HostStep};
use crate::simulation::task_end::Ending;
use crate::world::instance::{InstanceStatus, InstanceStep, TerminationCause};
use crate::world::task::{Owner, TaskState};

/// How long a lifecycle hook lets a draining instance wait (ECS developer guide, "managed instance
/// draining").
const DRAIN_MAX: SimDuration = SimDuration::from_secs(48 * 3_600);

impl Simulation<'_> {
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
        // What EC2 takes back is taken back, whoever would have ended it too.
        let taken = TerminationCause::SpotInterruption;
        let cause = match instance.record.cause == Some(taken) {
            true => taken,
            false => cause,
        };
        let provider = self.world.capacity.groups[group.index()].provider;
        let drains = provider.is_some_and(|it| self.group_provider(it).managed_draining);
        let is_busy = !instance.tasks.is_empty();
        if drains && is_busy && instance.status == InstanceStatus::Active {
            self.world.capacity.instances[id.index()].record.cause = Some(cause);
            self.drain(id, queue);
        } else if drains && is_busy && instance.is_draining_member {
            // It drains already, and ends when it has.
            self.world.capacity.instances[id.index()].record.cause = Some(cause);
            self.leave_members(id);
            self.end_of_draining(id, queue);
            self.group_counts_changed(group);
            self.capacity_changed(group, queue);
        } else if instance.status != InstanceStatus::Draining || instance.is_draining_member {
            self.terminate(id, cause, queue);
        }
    }

    /// UpdateContainerInstancesState, DRAINING: so many ACTIVE instances of a group, the oldest or
    /// the newest first. The group knows nothing of it and keeps them: an empty one is scaled in
    /// like any other, if managed scaling finds the group too large.
    pub(super) fn drain_by_hand(&mut self, drain: &DrainPlan, queue: &mut Queue<Event>) {
        let capacity = &self.world.capacity;
        let state = &capacity.groups[drain.group.index()];
        let is_active =
            |id: &&InstanceId| capacity.instances[id.index()].status == InstanceStatus::Active;
        let mut all: Vec<InstanceId> = state.members.iter().filter(is_active).copied().collect();
        // Ids are in the order of launches.
        all.sort_unstable();
        if drain.newest_first {
            all.reverse();
        }
        all.truncate(drain.count as usize);
        for id in all {
            self.drain_member(id, queue);
        }
    }

    /// An ACTIVE instance drains, and its group counts it on: DRAINING is a state of ECS's.
    pub(super) fn drain_member(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let capacity = &mut self.world.capacity;
        let instance = &mut capacity.instances[id.index()];
        instance.is_draining_member = true;
        let group = instance.record.group;
        capacity.groups[group.index()].counts.active -= 1;
        self.begin_draining(id, queue);
    }

    /// DRAINING: no further tasks; service tasks are replaced within their bounds, those that have
    /// not started stop at once, tasks of no service are left alone (ECS developer guide,
    /// "container instance draining").
    pub(super) fn drain(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        self.leave_members(id);
        self.begin_draining(id, queue);
    }

    fn begin_draining(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let now = self.now;
        let capacity = &mut self.world.capacity;
        capacity.index.close(id);
        let instance = &mut capacity.instances[id.index()];
        instance.status = InstanceStatus::Draining;
        instance.tick += 1;
        instance.record.times.draining = Some(now);
        let (by_hand, record) = (instance.is_draining_member, instance.record.clone());
        let tasks = instance.tasks.clone();
        let group = record.group;
        capacity.groups[group.index()].counts.draining += 1;
        capacity.groups[group.index()].leaving.insert(id);
        let step = CapacityObservation::Instance(&record, InstanceStep::Draining);
        self.observe(&Observation::Capacity(step));
        if !by_hand {
            self.end_of_draining(id, queue);
        }
        self.group_counts_changed(group);
        self.daemons_give_up(id);
        self.drain_tasks(&tasks, queue);
        self.stop_daemons_if_alone(id, queue);
        self.daemons_changed(queue);
        self.capacity_changed(group, queue);
    }

    /// Schedules the end of what a lifecycle hook waits for.
    fn end_of_draining(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let group = self.world.capacity.instances[id.index()].record.group;
        if self.plan.group(group).managed.is_some() {
            // No lifecycle hook: its age ends it.
            return;
        }
        let until = self.now + DRAIN_MAX;
        let tick = self.world.capacity.instances[id.index()].tick;
        if until < self.plan.horizon() {
            let step = HostStep::DrainedLongEnough;
            let event = Event::InstanceStep {
                instance: id,
                tick,
                step,
            };
            queue.schedule_at(until, event);
        }
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
            // DAEMON services stop last.
            if task.record.owner.is_daemon(self.plan) {
                continue;
            }
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
    pub(super) fn mark_draining(&mut self, id: TaskId, service: ServiceId) {
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
        if instance.is_draining_member {
            return;
        }
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
}
