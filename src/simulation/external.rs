//! Machines of one's own (ECS Anywhere): what befalls them, each by its own clock.
//!
//! ASSUMPTION: of a machine that fails ECS hears nothing until its agent is connected again; until
//! then its tasks are RUNNING for ECS and nobody replaces them, then they are told STOPPED.

use crate::engine::SimDuration;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::ids::{GroupId, InstanceId, ServiceId, TaskId};
use crate::observe::observation::{CapacityObservation, Observation};
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::life_cycle::StopCause;
use crate::scenario::plan::RecurringPlan;
use crate::simulation::Simulation;
use crate::simulation::auto_scaling_group::Granted;
use crate::simulation::event::{Event, HostFate};
use crate::simulation::task_end::Ending;
use crate::world::instance::InstanceStatus;
use crate::world::task::{Owner, TaskState};

/// Draws of when a machine fails, and for how long.
const FAILURE: Purpose = Purpose::new("machine failure");
/// Draws of when a machine's agent is disconnected, and for how long.
const CONNECTION: Purpose = Purpose::new("machine connection");
/// More than befalls a machine in any run: keeps the draws of one apart from those of the next.
const OCCASIONS: u64 = 1 << 32;

impl Simulation<'_> {
    /// The machines are there, ACTIVE, from the start on, also of a run that begins empty.
    pub(super) fn stand_machines(&mut self, group: GroupId, queue: &mut Queue<Event>) {
        for _ in 0..self.plan.group(group).desired_capacity {
            let granted = Granted {
                kind: 0,
                zone: 0,
                purchase: Purchase::OnDemand,
            };
            let id = self.admit_active(group, granted, queue);
            self.stand_daemons(id, queue);
            self.schedule_befalling(id, HostFate::Fails, queue);
            self.schedule_befalling(id, HostFate::Disconnects, queue);
        }
    }

    fn befalling(&self, group: GroupId, fate: HostFate) -> Option<RecurringPlan> {
        let external = self.plan.group(group).external?;
        match fate {
            HostFate::Fails => external.failures,
            _ => external.disconnects,
        }
    }

    /// The next failure or disconnect of a machine that is well now.
    fn schedule_befalling(&mut self, id: InstanceId, fate: HostFate, queue: &mut Queue<Event>) {
        let group = self.world.capacity.instances[id.index()].record.group;
        if let Some(plan) = self.befalling(group, fate) {
            let after = self.drawn_length((id, fate), plan.every);
            self.schedule_instance_fate(id, fate, after, queue);
        }
    }

    /// An exponential length: of a machine's draws of this kind the next.
    fn drawn_length(
        &mut self,
        (id, fate): (InstanceId, HostFate),
        mean: SimDuration,
    ) -> SimDuration {
        let instance = &mut self.world.capacity.instances[id.index()];
        let (place, purpose) = match fate {
            HostFate::Fails => (0, FAILURE),
            _ => (1, CONNECTION),
        };
        let occasion = u64::from(instance.befell[place]);
        instance.befell[place] += 1;
        let ordinal = u64::from(instance.position) * OCCASIONS + occasion;
        let key = self.plan.group(instance.record.group).key;
        let uniform = self.streams.stream(purpose, key, ordinal).uniform();
        let drawn = SimDuration::from_secs_f64(-mean.as_secs_f64() * libm::log(uniform));
        drawn.max(SimDuration::from_micros(1))
    }

    /// A machine fails or its agent is disconnected: either way ECS hears nothing for a while.
    pub(super) fn machine_is_lost(
        &mut self,
        id: InstanceId,
        fate: HostFate,
        queue: &mut Queue<Event>,
    ) {
        let group = self.world.capacity.instances[id.index()].record.group;
        let Some(plan) = self.befalling(group, fate) else {
            return;
        };
        let is_failure = fate == HostFate::Fails;
        let length = self.drawn_length((id, fate), plan.lasts);
        let lost = CapacityObservation::MachineLost {
            group,
            is_failure,
            length,
        };
        self.observe(&Observation::Capacity(lost));
        self.disconnect(id, length, queue);
        if is_failure {
            self.world.capacity.instances[id.index()].is_down = true;
            self.lose_tasks(id, queue);
        }
        // The next comes when this one is over.
        let after = length + self.drawn_length((id, fate), plan.every);
        self.schedule_instance_fate(id, fate, after, queue);
    }

    /// What runs on a machine ends with it, and nobody tells ECS.
    fn lose_tasks(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let now = self.now;
        for task in self.world.capacity.instances[id.index()].tasks.clone() {
            let live = self.world.tasks.live(task);
            let (owner, deployment) = (live.record.owner, live.record.deployment);
            if live.state() == TaskState::Stopping || live.lost_at.is_some() {
                continue;
            }
            self.load_is_about_to_change(owner);
            self.memory_is_free(task);
            let was_serving = self.world.tasks.live(task).is_serving();
            self.world.tasks.live_mut(task).lose(now);
            if let Owner::Service(service) = owner
                && was_serving
            {
                self.answers_no_longer((service, deployment), task, queue);
            }
        }
    }

    /// A task of a service is gone with its machine, or its health checks fail; the requests that
    /// it worked on are lost.
    pub(super) fn answers_no_longer(
        &mut self,
        (service, deployment): (ServiceId, u32),
        task: TaskId,
        queue: &mut Queue<Event>,
    ) {
        let state = &mut self.world.services[service.index()];
        if let Some(deployment) = state.deployment_mut(deployment) {
            deployment.serving -= 1;
        }
        self.counts_changed(Owner::Service(service));
        self.serving_lost((service, task), StopCause::EssentialContainerExited, queue);
        self.load_changed(service, queue);
    }

    /// A machine that failed is back, and its agent connected: ECS hears that its tasks ended.
    pub(super) fn machine_is_back(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let instance = &mut self.world.capacity.instances[id.index()];
        if !std::mem::take(&mut instance.is_down) {
            return;
        }
        let status = instance.status;
        for task in instance.tasks.clone() {
            let lost = self.world.tasks.get(task);
            let is_lost = lost
                .is_some_and(|task| task.lost_at.is_some() && task.state() != TaskState::Stopping);
            if is_lost {
                self.stop_task(task, Ending::of(StopCause::InfrastructureHealth), queue);
            }
        }
        if status != InstanceStatus::Terminated {
            self.release_held(id, queue);
        }
    }
}
