//! Managed Instances that are launching, and the tasks that wait for them.

use super::{Kind, Room};
use crate::engine::queue::Queue;
use crate::ids::{GroupId, InstanceId, TaskId};
use crate::policy::placement::{Need, Ports};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::capacity::{need_of, placement_of};
use crate::world::instance::{Instance, InstanceStatus};
use crate::world::placement::ClassId;
use crate::world::task::Owner;

/// An instance that is launching, with what is left of it for tasks that wait.
pub(super) struct Bin {
    pub(super) id: InstanceId,
    pub(super) zone: usize,
    pub(super) class: ClassId,
    pub(super) room: Need,
    pub(super) ports: Ports,
    /// Whose tasks wait for it.
    pub(super) owners: Vec<Owner>,
}

impl Simulation<'_> {
    /// Of the instances that are launching the one that the task fits on best.
    pub(super) fn bin_for(
        &mut self,
        kind: Kind,
        bins: &[Bin],
        zone: Option<usize>,
    ) -> Option<Room> {
        let plan = self.plan;
        let key = (kind.owner, kind.definition, kind.provider);
        let eligible = self.world.capacity.find_eligible(plan, key);
        let classes = self.world.capacity.eligible(eligible);
        let ports = &plan.task_definition(kind.definition).hosting.ports;
        let is_alone = placement_of(plan, kind.owner).distinct_instance;
        let takes = |bin: &Bin| {
            zone.is_none_or(|zone| zone == bin.zone)
                && kind.need.fits(&bin.room)
                && classes.contains(&bin.class)
                && ports.clash(&bin.ports).is_none()
                && !(is_alone && bin.owners.contains(&kind.owner))
        };
        let fitting = (0..bins.len()).filter(|at| takes(&bins[*at]));
        fitting
            .min_by_key(|at| (bins[*at].room.memory, bins[*at].id))
            .map(Room::In)
    }

    /// The instances of a group that are launching, with what is left of them.
    pub(super) fn bins(&self, group: GroupId) -> Vec<Bin> {
        let (plan, capacity) = (self.plan.group(group), &self.world.capacity);
        // Without a task, as all that is launching.
        let empty = capacity.groups[group.index()].empty.iter();
        let instances = empty.map(|id| &capacity.instances[id.index()]);
        let launching = instances.filter(|it| it.status == InstanceStatus::Launching);
        let bin = |it: &Instance| {
            let record = &it.record;
            let zone = plan.zones.iter().position(|zone| *zone == record.zone);
            let mut bin = Bin {
                id: record.id,
                zone: zone.unwrap_or(0),
                class: it.class,
                room: plan.types[record.type_index as usize].registered,
                ports: plan.agent.reserved_ports.clone(),
                owners: Vec::new(),
            };
            for task in &it.intended {
                let record = &self.world.tasks.live(*task).record;
                let ports = &self.plan.task_definition(record.definition).hosting.ports;
                bin.take(record.owner, (&need_of(self.plan, record), ports));
            }
            bin
        };
        launching.map(bin).collect()
    }

    /// A task has its room: it is placed, or waits for the instance. The zone, by its place in the
    /// group.
    pub(super) fn take_room(
        &mut self,
        kind: Kind,
        id: TaskId,
        room: Room,
        bins: &mut [Bin],
        queue: &mut Queue<Event>,
    ) -> Option<usize> {
        let ports = &self.plan.task_definition(kind.definition).hosting.ports;
        match room {
            Room::On(instance) => {
                let waiting = &mut self.world.capacity.waiting[kind.provider.index()];
                waiting.remove((kind.owner, kind.definition), &kind.need);
                self.place_at_last(id, instance, queue);
                let record = &self.world.capacity.instances[instance.index()].record;
                let zones = &self.plan.group(record.group).zones;
                zones.iter().position(|zone| *zone == record.zone)
            }
            Room::In(at) => {
                let bin = &mut bins[at];
                bin.take(kind.owner, (&kind.need, ports));
                self.world.tasks.live_mut(id).intended = Some(bin.id);
                self.world.capacity.instances[bin.id.index()]
                    .intended
                    .push(id);
                self.world.capacity.waiting[kind.provider.index()].bound += 1;
                Some(bin.zone)
            }
        }
    }

    /// An instance is ACTIVE: the tasks that it was launched for are placed on it.
    pub(in crate::simulation) fn place_intended(
        &mut self,
        id: InstanceId,
        queue: &mut Queue<Event>,
    ) {
        let instance = &mut self.world.capacity.instances[id.index()];
        let group = instance.record.group;
        let tasks = std::mem::take(&mut instance.intended);
        if self.plan.group(group).managed.is_none() {
            return;
        }
        self.tasks_changed_on(id, queue);
        let Some(provider) = self.world.capacity.groups[group.index()].provider else {
            return;
        };
        for task in tasks {
            let live = self.world.tasks.live_mut(task);
            live.intended = None;
            let (owner, definition) = (live.record.owner, live.record.definition);
            let need = need_of(self.plan, &self.world.tasks.live(task).record);
            let waiting = &mut self.world.capacity.waiting[provider.index()];
            waiting.bound -= 1;
            waiting.remove((owner, definition), &need);
            self.place_at_last(task, id, queue);
        }
        self.waiting_changed(provider, queue);
    }

    /// A task that waits is to stop: the instance that was launched for it expects it no more.
    pub(in crate::simulation) fn leave_intended(&mut self, id: TaskId) {
        let task = self.world.tasks.live_mut(id);
        let provider = task.record.provider;
        if let Some(host) = task.intended.take() {
            let host = &mut self.world.capacity.instances[host.index()];
            host.intended.retain(|task| *task != id);
            self.world.capacity.waiting[provider.index()].bound -= 1;
        }
    }

    /// An instance is gone before it was ACTIVE: other instances are looked for.
    pub(in crate::simulation) fn unbind(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let instance = &mut self.world.capacity.instances[id.index()];
        let group = instance.record.group;
        let tasks = std::mem::take(&mut instance.intended);
        let state = &mut self.world.capacity.groups[group.index()];
        if state.consolidating == Some(id) {
            state.consolidating = None;
        }
        let Some(provider) = state.provider else {
            return;
        };
        for task in &tasks {
            self.world.tasks.live_mut(*task).intended = None;
        }
        let waiting = &mut self.world.capacity.waiting[provider.index()];
        waiting.bound -= tasks.len() as u32;
        if !tasks.is_empty() {
            self.wake_placing(provider, queue);
        }
    }
}

impl Bin {
    pub(super) fn take(&mut self, owner: Owner, (need, ports): (&Need, &Ports)) {
        self.room = self.room.less(need);
        self.ports.take(ports);
        self.owners.push(owner);
    }
}
