//! ECS Managed Instances: what ECS launches for the tasks that wait, and which of them goes where.
//!
//! Tasks that wait are gathered for a moment; each is then placed on an instance that is there, or
//! bound to one that is launching (ASSUMPTION: it waits for that one, whatever becomes free
//! elsewhere meanwhile). A service's tasks go to its emptiest zones, others wherever there is room.

mod bins;
mod choosing;

use bins::Bin;

use crate::engine::queue::Queue;
use crate::ids::{GroupId, InstanceId, ProviderId, ServiceId, TaskDefinitionId, TaskId, ZoneId};
use crate::policy::managed_instances::zones_in_order;
use crate::policy::placement::Need;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::simulation::launch::{LaunchRequest, Refused};
use crate::simulation::placing::Placing;
use crate::world::task::{Owner, TaskState};

/// Tasks that may go to the same instances of a provider.
#[derive(Clone, Copy)]
struct Kind {
    owner: Owner,
    definition: TaskDefinitionId,
    provider: ProviderId,
    need: Need,
}

/// The zones of a group as an owner's tasks see them.
struct Zones {
    /// What the owner (or, of tasks of no service, the group) has in each.
    counts: Vec<u32>,
    /// Where nothing can be launched, or none of its tasks may go.
    closed: Vec<bool>,
}

/// Where a task finds room.
#[derive(Clone, Copy)]
enum Room {
    /// On an instance that is there.
    On(InstanceId),
    /// On one that is launching, by its place among the bins.
    In(usize),
}

impl Simulation<'_> {
    /// Where a new task on Managed Instances begins: on one that is there, if that is in a zone
    /// where its service has fewest, else it waits.
    pub(super) fn place_on_managed(
        &mut self,
        request: LaunchRequest,
        need: Need,
    ) -> Result<Placing, Refused> {
        let kind = Kind {
            owner: request.owner,
            definition: request.definition,
            provider: request.provider,
            need,
        };
        let ordinal = self.next_ordinal(kind.owner);
        let key = (kind.owner, kind.definition);
        if request.zone.is_some() {
            // Rebalancing takes the instances that are there, and tries again.
            let found = self.find_instance(key, (kind.provider, ordinal, request.zone), &need);
            return found.map(Placing::On).ok_or_else(|| {
                let key = (kind.owner, kind.definition, kind.provider);
                self.none_took_it(key, request.zone, &need)
            });
        }
        // Who waits already comes first.
        let mut shapes = self.world.capacity.waiting[kind.provider.index()]
            .shapes
            .iter();
        if !shapes.any(|shape| (shape.owner, shape.definition) == key) {
            let zones = self.zones_for(kind, request.deployment);
            if let (Some(Room::On(id)), _) = self.room_for(kind, ordinal, (&zones, &[])) {
                return Ok(Placing::On(id));
            }
        }
        self.wait_for_instance(kind.owner)
    }

    /// The group of a provider of Managed Instances.
    fn managed_group(&self, provider: ProviderId) -> GroupId {
        let group = self.plan.provider(provider).kind.group();
        group.expect("a provider of Managed Instances has its group")
    }

    /// The zones of the group, without tasks that wait.
    fn zones_for(&mut self, kind: Kind, deployment: u32) -> Zones {
        let plan = self.plan;
        let group = self.managed_group(kind.provider);
        let key = (kind.owner, kind.definition, kind.provider);
        let eligible = self.world.capacity.find_eligible(plan, key);
        let classes = self.world.capacity.eligible(eligible);
        let zones = &plan.group(group).zones;
        let reaches = |zone: &ZoneId| {
            let mut classes = classes.iter();
            classes.any(|class| self.world.capacity.class(*class).zone == *zone)
        };
        let closed = zones
            .iter()
            .map(|zone| self.is_out(*zone) || !reaches(zone));
        let closed = closed.collect();
        let Owner::Service(service) = kind.owner else {
            let counts = self.world.capacity.groups[group.index()].by_zone.clone();
            return Zones { counts, closed };
        };
        let state = &self.world.services[service.index()];
        let groups = &state.deployment(deployment).groups;
        // What drains is on its way out: what takes its place may stand in its zone.
        let leaving = |zone: ZoneId| {
            let its = state.draining.iter().filter(|id| {
                let record = &self.world.tasks.live(**id).record;
                let is_there = (record.zone, record.provider) == (zone, kind.provider);
                is_there && record.deployment == deployment && record.stop.is_none()
            });
            its.count() as u32
        };
        let count = |zone: &ZoneId| {
            let all = groups.count(kind.provider, *zone);
            all.saturating_sub(leaving(*zone))
        };
        Zones {
            counts: zones.iter().map(count).collect(),
            closed,
        }
    }

    /// Where a task finds room, and the zones in which an instance is launched for it if it finds
    /// none.
    fn room_for(
        &mut self,
        kind: Kind,
        ordinal: u64,
        (zones, bins): (&Zones, &[Bin]),
    ) -> (Option<Room>, Vec<usize>) {
        let key = (kind.owner, kind.definition);
        if matches!(kind.owner, Owner::Job(_)) {
            let there = self.find_instance(key, (kind.provider, ordinal, None), &kind.need);
            let room = there.map(Room::On);
            let room = room.or_else(|| self.bin_for(kind, bins, None));
            return (room, zones_in_order(&zones.counts, &[], &zones.closed));
        }
        let open = |zone: &usize| !zones.closed[*zone];
        let fewest = (0..zones.counts.len()).filter(open);
        let fewest = fewest.map(|zone| zones.counts[zone]).min();
        let group = self.managed_group(kind.provider);
        let all = zones.counts.len();
        let mut rooms: Vec<Option<Room>> = vec![None; all];
        for zone in (0..all).filter(open) {
            if Some(zones.counts[zone]) != fewest {
                continue;
            }
            let its = self.plan.group(group).zones[zone];
            let there = self.find_instance(key, (kind.provider, ordinal, Some(its)), &kind.need);
            let room = there.map(Room::On);
            rooms[zone] = room.or_else(|| self.bin_for(kind, bins, Some(zone)));
            if rooms[zone].is_some() {
                break;
            }
        }
        let has_room: Vec<bool> = rooms.iter().map(Option::is_some).collect();
        let order = zones_in_order(&zones.counts, &has_room, &zones.closed);
        let room = order.first().and_then(|zone| rooms[*zone]);
        (room, order)
    }

    /// Places the tasks that wait, or launches instances for them.
    pub(super) fn provision(&mut self, provider: ProviderId, queue: &mut Queue<Event>) {
        let group = self.managed_group(provider);
        let mut bins = self.bins(group);
        // What it places itself wakes nobody.
        self.world.capacity.waiting[provider.index()].is_awake = true;
        let mut at = 0;
        while let Some(shape) = self.world.capacity.waiting[provider.index()].shapes.get(at) {
            let kind = Kind {
                owner: shape.owner,
                definition: shape.definition,
                provider,
                need: shape.need,
            };
            self.provision_kind(kind, at, &mut bins, queue);
            let shapes = &self.world.capacity.waiting[provider.index()].shapes;
            let is_it = |shape: &crate::world::capacity::Shape| {
                (shape.owner, shape.definition, shape.need)
                    == (kind.owner, kind.definition, kind.need)
            };
            at += usize::from(shapes.get(at).is_some_and(is_it));
        }
        self.waiting_changed(provider, queue);
        self.world.capacity.waiting[provider.index()].is_awake = false;
    }

    /// The same for tasks that are alike; the first that finds nothing holds up the others.
    fn provision_kind(
        &mut self,
        kind: Kind,
        at: usize,
        bins: &mut Vec<Bin>,
        queue: &mut Queue<Event>,
    ) {
        let unbound = self.unbound(kind.provider, at);
        let mut zones: Option<(u32, Zones)> = None;
        for (done, id) in unbound.iter().enumerate() {
            let (deployment, ordinal) = {
                let record = &self.world.tasks.live(*id).record;
                (record.deployment, record.ordinal)
            };
            if zones.as_ref().is_none_or(|known| known.0 != deployment) {
                let fresh = self.zones_with_bound(kind, deployment, at);
                zones = Some((deployment, fresh));
            }
            let Some((_, zones)) = &mut zones else { return };
            let (room, order) = self.room_for(kind, ordinal, (zones, bins));
            let left = unbound.len() - done;
            let launched = bins.len();
            let room = room.or_else(|| self.launch_for((kind, left, at), &order, bins, queue));
            // Where nothing can be had in the emptiest zones any other does.
            let room = room.or_else(|| self.any_room(kind, ordinal, bins));
            let Some(room) = room else {
                self.say_launch_failed(kind.provider, queue);
                return;
            };
            let zone = self.take_room(kind, *id, room, bins, queue);
            // What counts are a service's tasks, else the group's instances.
            let counts = matches!(kind.owner, Owner::Service(_)) || launched < bins.len();
            let count = zone.and_then(|zone| zones.counts.get_mut(zone));
            if let Some(count) = count.filter(|_| counts) {
                *count += 1;
            }
        }
    }

    /// The tasks of a shape that wait for no instance that is launching; those that wait no more
    /// are dropped on the way.
    fn unbound(&mut self, provider: ProviderId, at: usize) -> Vec<TaskId> {
        let tasks = &self.world.tasks;
        let shape = &mut self.world.capacity.waiting[provider.index()].shapes[at];
        shape.tasks.retain(|id| {
            tasks.get(*id).is_some_and(|task| {
                task.state() == TaskState::Launching && task.record.instance.is_none()
            })
        });
        let is_unbound = |id: &&TaskId| tasks.live(**id).intended.is_none();
        shape.tasks.iter().filter(is_unbound).copied().collect()
    }

    /// The zones, tasks that wait for instances that are launching counted where those are.
    fn zones_with_bound(&mut self, kind: Kind, deployment: u32, at: usize) -> Zones {
        let mut zones = self.zones_for(kind, deployment);
        if matches!(kind.owner, Owner::Job(_)) {
            return zones;
        }
        let group = self.managed_group(kind.provider);
        let plan = self.plan.group(group);
        for id in &self.world.capacity.waiting[kind.provider.index()].shapes[at].tasks {
            let task = self.world.tasks.live(*id);
            let Some(host) = task
                .intended
                .filter(|_| task.record.deployment == deployment)
            else {
                continue;
            };
            let zone = self.world.capacity.instances[host.index()].record.zone;
            if let Some(at) = plan.zones.iter().position(|it| *it == zone) {
                zones.counts[at] += 1;
            }
        }
        zones
    }

    /// Room in any zone.
    fn any_room(&mut self, kind: Kind, ordinal: u64, bins: &[Bin]) -> Option<Room> {
        let key = (kind.owner, kind.definition);
        let there = self.find_instance(key, (kind.provider, ordinal, None), &kind.need);
        let room = there.map(Room::On);
        room.or_else(|| self.bin_for(kind, bins, None))
    }

    /// The instance of a service's task that runs at the start, `left` of which are still to come.
    pub(super) fn standing_managed(
        &mut self,
        (service, deployment): (ServiceId, u32),
        (provider, left): (ProviderId, u32),
        queue: &mut Queue<Event>,
    ) -> Option<InstanceId> {
        let definition = self.plan.service(service).task_definition;
        let of = self.plan.task_definition(definition);
        let kind = Kind {
            owner: Owner::Service(service),
            definition,
            provider,
            need: crate::world::capacity::need((of.cpu.0, of.memory.0), &of.hosting),
        };
        let ordinal = self.next_ordinal(kind.owner);
        let zones = self.zones_for(kind, deployment);
        let (room, order) = self.room_for(kind, ordinal, (&zones, &[]));
        if let Some(Room::On(id)) = room {
            return Some(id);
        }
        let group = self.managed_group(provider);
        let waiting = self.batches(kind, (left as usize, 0), order.len());
        match self.grant_managed(group, kind, (&order, &waiting)) {
            Some((granted, choice)) => {
                let id = self.admit_active(group, granted, queue);
                self.note_type(id, kind.owner, &choice);
                Some(id)
            }
            None => match self.any_room(kind, ordinal, &[])? {
                Room::On(id) => Some(id),
                Room::In(_) => None,
            },
        }
    }
}
