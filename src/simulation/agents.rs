//! Agents that ECS hears nothing of for a while: their instances take no tasks, what runs goes on.

use crate::engine::SimDuration;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::ids::InstanceId;
use crate::scenario::plan::DisconnectPlan;
use crate::simulation::Simulation;
use crate::simulation::event::{Event, HostFate};
use crate::world::instance::InstanceStatus;

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
}
