//! Agents that ECS hears nothing of for a while: their instances take no tasks, what runs goes on.

use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{InstanceId, TaskId};
use crate::observe::observation::{CapacityObservation, Observation};
use crate::policy::life_cycle::StopCause;
use crate::scenario::plan::DisconnectPlan;
use crate::simulation::Simulation;
use crate::simulation::event::{Event, HostFate, TaskFate};
use crate::world::instance::InstanceStatus;
use crate::world::task::Owner;

/// Draws of which agents are disconnected.
const DISCONNECT: Purpose = Purpose::new("agent disconnect");

impl Simulation<'_> {
    /// Agents of ACTIVE instances are disconnected (`agentConnected` false): each with the plan's
    /// share, by a draw of its own. Instances that come later are not touched.
    pub(super) fn disconnect_agents(
        &mut self,
        (entry, disconnect): (u32, &DisconnectPlan),
        queue: &mut Queue<Event>,
    ) {
        for index in 0..self.world.capacity.instances.len() {
            let instance = &self.world.capacity.instances[index];
            let record = &instance.record;
            if instance.status != InstanceStatus::Active
                || disconnect.group.is_some_and(|group| group != record.group)
                || disconnect.zone.is_some_and(|zone| zone != record.zone)
            {
                continue;
            }
            let (id, key) = (record.id, self.plan.group(record.group).key);
            let ordinal = u64::from(id.0)
                .wrapping_mul(1_000_003)
                .wrapping_add(u64::from(entry));
            let uniform = self.streams.stream(DISCONNECT, key, ordinal).uniform();
            if disconnect.share <= uniform {
                continue;
            }
            let group = record.group;
            if self.plan.group(group).is_external() {
                // As those of `world.instances` are: one's own machines count them.
                let lost = CapacityObservation::MachineLost {
                    group,
                    is_failure: false,
                    length: disconnect.length,
                };
                self.observe(&Observation::Capacity(lost));
            }
            self.disconnect(id, disconnect.length, queue);
        }
    }

    /// ECS hears nothing of an instance's agent for so long.
    pub(super) fn disconnect(
        &mut self,
        id: InstanceId,
        length: SimDuration,
        queue: &mut Queue<Event>,
    ) {
        let until = self.now.saturating_add(length);
        let instance = &mut self.world.capacity.instances[id.index()];
        instance.is_connected = false;
        instance.disconnected_until = until.max(instance.disconnected_until);
        if instance.status.is_registered() {
            self.world.capacity.index.close(id);
        }
        self.schedule_instance_fate(id, HostFate::AgentBack, length, queue);
    }

    /// An agent is connected again, unless it was lost for longer meanwhile.
    pub(super) fn agent_back(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let instance = &mut self.world.capacity.instances[id.index()];
        if instance.is_connected || self.now < instance.disconnected_until {
            return;
        }
        instance.is_connected = true;
        let (status, group) = (instance.status, instance.record.group);
        if status == InstanceStatus::Active {
            self.world.capacity.index.open(id);
        }
        self.machine_is_back(id, queue);
        if status != InstanceStatus::Active {
            return;
        }
        if let Some(provider) = self.world.capacity.groups[group.index()].provider {
            self.wake_placing(provider, queue);
        }
        self.daemons_changed(queue);
    }

    /// Until when ECS hears nothing of an instance's agent; `None`: it hears of it.
    pub(super) fn silent_until(&self, instance: Option<InstanceId>) -> Option<SimTime> {
        let instance = &self.world.capacity.instances[instance?.index()];
        let is_up = instance.status != InstanceStatus::Terminated;
        (!instance.is_connected && is_up).then_some(instance.disconnected_until)
    }

    /// Whether the agent is to say later what a container's check found: the last that ECS heard
    /// stays (API HealthCheck).
    pub(super) fn is_said_later(
        &mut self,
        id: TaskId,
        fate: TaskFate,
        queue: &mut Queue<Event>,
    ) -> bool {
        let heard = self.silent_until(self.world.tasks.live(id).record.instance);
        if let Some(heard) = heard {
            self.schedule_fate(queue, id, fate, heard.since(self.now));
        }
        heard.is_some()
    }

    /// Whether a task ended while its agent is disconnected: ECS has it RUNNING until it hears of
    /// it, or its target group finds it unhealthy.
    pub(super) fn ends_unheard(
        &mut self,
        id: TaskId,
        ending: (StopCause, i32),
        queue: &mut Queue<Event>,
    ) -> bool {
        let task = self.world.tasks.live(id);
        let Some(heard) = self.silent_until(task.record.instance) else {
            return false;
        };
        if task.unheard.is_some() {
            return true;
        }
        let (owner, deployment) = (task.record.owner, task.record.deployment);
        match owner {
            Owner::Job(_) => self.world.tasks.live_mut(id).lose(self.now),
            Owner::Service(service) => {
                self.load_is_about_to_change(owner);
                self.memory_is_free(id);
                let record = &self.world.tasks.live(id).record;
                let noticed = self.target_unhealthy_at(record, service);
                let was_serving = self.world.tasks.live(id).is_serving();
                let task = self.world.tasks.live_mut(id);
                task.fail_checks(StopCause::FailedElbHealthChecks);
                if was_serving {
                    self.answers_no_longer((service, deployment), id, queue);
                }
                if let Some((at, group)) = noticed.filter(|(at, _)| *at < heard) {
                    self.world.tasks.live_mut(id).record.unhealthy_in = Some((at, group));
                    let after = at.since(self.now);
                    self.schedule_fate(queue, id, TaskFate::Unhealthy, after);
                }
            }
        }
        self.world.tasks.live_mut(id).unheard = Some(ending);
        self.schedule_fate(queue, id, TaskFate::Heard, heard.since(self.now));
        true
    }

    /// How a task ended of which ECS hears now; `None`: its agent was lost anew.
    pub(super) fn heard_of(
        &mut self,
        id: TaskId,
        queue: &mut Queue<Event>,
    ) -> Option<(StopCause, i32)> {
        if self.is_said_later(id, TaskFate::Heard, queue) {
            return None;
        }
        self.world.tasks.live(id).unheard
    }
}
