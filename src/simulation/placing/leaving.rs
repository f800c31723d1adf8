//! Tasks that leave their instance: what is free again, for ECS at once, on the host later.

use crate::engine::queue::Queue;
use crate::ids::TaskId;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::capacity::need_of;
use crate::world::instance::InstanceStatus;
use crate::world::task::{HostingState, Owner};

impl Simulation<'_> {
    /// A task on an instance, or waiting for one, is to stop: its share is free for placement.
    pub(in crate::simulation) fn leave_placement(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let plan = self.plan;
        let task = self.world.tasks.live(id);
        let record = &task.record;
        let provider = record.provider;
        if !plan.provider(provider).kind.is_hosted() {
            return;
        }
        let Some(instance) = record.instance else {
            let key = (record.owner, record.definition);
            let need = need_of(plan, record);
            self.leave_intended(id);
            self.world.capacity.waiting[provider.index()].remove(key, &need);
            self.waiting_changed(provider, queue);
            return;
        };
        let now = self.now;
        let owner = record.owner;
        self.world.capacity.give(plan, record, (instance, now));
        let status = self.world.capacity.instances[instance.index()].status;
        if let Owner::Service(service) = owner
            && owner.is_daemon(plan)
            && (status != InstanceStatus::Active || !self.is_to_be_replaced(service, instance))
        {
            // It was wanted until now, and is not to be replaced.
            self.world.services[service.index()].desired -= 1;
        }
        let host = &mut self.world.capacity.instances[instance.index()];
        host.held.retain(|held| *held != id);
        let (is_empty, group) = (host.live == 0, host.record.group);
        match is_empty {
            true => self.capacity_changed(group, queue),
            false => self.repack_soon(group, queue),
        }
        self.tasks_changed_on(instance, queue);
        self.group_counts_changed(group);
        // Whoever waits waits for the group's provider: a launch type's tasks never wait.
        if let Some(provider) = self.world.capacity.groups[group.index()].provider {
            self.wake_placing(provider, queue);
        }
    }

    /// A task on an instance is STOPPED: the host has its share back.
    pub(in crate::simulation) fn leave_host(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let task = self.world.tasks.live(id);
        let Some(instance) = task.record.instance else {
            return;
        };
        let (hosting, need) = (task.hosting, need_of(self.plan, &task.record));
        let (definition, now) = (task.record.definition, self.now);
        let host = &mut self.world.capacity.instances[instance.index()];
        if let Some(at) = host.tasks.iter().position(|task| *task == id) {
            host.tasks.swap_remove(at);
        }
        if hosting == HostingState::OnHost {
            host.host_free = host.host_free.plus(&need);
            if let Some(Some(image)) = host.images.get_mut(definition.index()) {
                image.left = image.left.max(now);
            }
        }
        match host.status {
            InstanceStatus::Terminated => {}
            InstanceStatus::Draining if host.tasks.is_empty() => self.drained(instance, queue),
            InstanceStatus::Draining => {
                self.stop_daemons_if_alone(instance, queue);
                self.release_held(instance, queue);
            }
            // Before it is ACTIVE no task is there.
            InstanceStatus::Launching | InstanceStatus::Warming | InstanceStatus::Warm => {}
            InstanceStatus::Active => {
                let (group, is_empty) = (host.record.group, host.live == 0);
                self.release_held(instance, queue);
                self.tasks_changed_on(instance, queue);
                if is_empty && !self.is_occupied(instance) {
                    self.give_up_what_was_kept(group, queue);
                }
            }
        }
    }
}
