//! ECS Managed Instances: what ECS launches for the tasks that wait, and which of them goes where.
//!
//! Tasks that wait are gathered for a moment; each is then placed on an instance that is there, or
//! bound to one that is launching (ASSUMPTION: it waits for that one, whatever becomes free
//! elsewhere meanwhile). A service's tasks go to its emptiest zones, others wherever there is room.

use crate::engine::queue::Queue;
use crate::ids::{GroupId, InstanceId, ProviderId, ServiceId, TaskDefinitionId, TaskId, ZoneId};
use crate::observe::inputs::{DecisionInputs, TypeChoice};
use crate::observe::observation::{CapacityObservation, Observation, Refusal};
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::managed_instances::{Batch, Offer, types_in_order, zones_in_order};
use crate::policy::placement::{Need, Ports};
use crate::simulation::Simulation;
use crate::simulation::auto_scaling_group::{GRANT, Granted};
use crate::simulation::event::Event;
use crate::simulation::launch::{LaunchRequest, Refused};
use crate::simulation::placing::Placing;
use crate::world::capacity::{need_of, placement_of};
use crate::world::instance::InstanceStatus;
use crate::world::placement::ClassId;
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

/// An instance that is launching, with what is left of it for tasks that wait.
struct Bin {
    id: InstanceId,
    zone: usize,
    class: ClassId,
    room: Need,
    ports: Ports,
    /// Whose tasks wait for it.
    owners: Vec<Owner>,
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
            return found.map(Placing::On).ok_or(Refused {
                reason: Refusal::NoInstance,
                retry_at: crate::engine::SimTime::MAX,
                limiter: None,
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
        self.wait_for_instance()
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
        let classes = self.world.capacity.eligible(plan, key);
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

    /// Of the instances that are launching the one that the task fits on best.
    fn bin_for(&mut self, kind: Kind, bins: &[Bin], zone: Option<usize>) -> Option<Room> {
        let plan = self.plan;
        let key = (kind.owner, kind.definition, kind.provider);
        let classes = self.world.capacity.eligible(plan, key);
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
    fn bins(&self, group: GroupId) -> Vec<Bin> {
        let (plan, capacity) = (self.plan.group(group), &self.world.capacity);
        // Without a task, as all that is launching.
        let empty = capacity.groups[group.index()].empty.iter();
        let instances = empty.map(|id| &capacity.instances[id.index()]);
        let launching = instances.filter(|it| it.status == InstanceStatus::Launching);
        let bin = |it: &crate::world::instance::Instance| {
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

    /// Launches an instance for tasks of a kind, `left` of which wait, in the first of these zones
    /// that has one.
    fn launch_for(
        &mut self,
        (kind, left, at): (Kind, usize, usize),
        order: &[usize],
        bins: &mut Vec<Bin>,
        queue: &mut Queue<Event>,
    ) -> Option<Room> {
        let group = self.managed_group(kind.provider);
        let waiting = self.batches(kind, (left, at), order.len());
        let granted = self.grant_managed(group, kind, (order, &waiting))?;
        let id = self.launch_granted(group, granted.0, queue);
        self.note_type(id, kind.owner, &granted.1);
        let plan = self.plan.group(group);
        bins.push(Bin {
            id,
            zone: granted.0.zone,
            class: self.world.capacity.instances[id.index()].class,
            room: plan.types[granted.0.kind].registered,
            ports: plan.agent.reserved_ports.clone(),
            owners: Vec::new(),
        });
        Some(Room::In(bins.len() - 1))
    }

    /// What waits that one instance may take: of this kind first, then of those after it, a
    /// service's share of one of its zones.
    fn batches(&self, kind: Kind, (left, at): (usize, usize), zones: usize) -> Vec<Batch> {
        let plan = self.plan;
        let batch = |owner: Owner, definition: TaskDefinitionId, need: Need, tasks: u32| {
            let ports = &plan.task_definition(definition).hosting.ports;
            let is_alone = placement_of(plan, owner).distinct_instance || !ports.is_empty();
            let tasks = match owner {
                Owner::Service(_) => tasks.div_ceil(zones.max(1) as u32),
                Owner::Job(_) => tasks,
            };
            Batch {
                need,
                tasks: if is_alone { 1 } else { tasks },
            }
        };
        let first = batch(kind.owner, kind.definition, kind.need, left as u32);
        let shapes = &self.world.capacity.waiting[kind.provider.index()].shapes;
        let after = shapes.get(at + 1..).unwrap_or_default().iter();
        let after = after.map(|shape| {
            let is_unbound = |id: &&TaskId| {
                let task = self.world.tasks.get(**id);
                task.is_some_and(|task| task.intended.is_none() && task.record.instance.is_none())
            };
            let tasks = shape.tasks.iter().filter(is_unbound).count() as u32;
            batch(shape.owner, shape.definition, shape.need, tasks)
        });
        std::iter::once(first).chain(after).collect()
    }

    /// The pool of the next instance: in the first of the zones that has one, the types in the
    /// order of the rule.
    fn grant_managed(
        &mut self,
        group: GroupId,
        kind: Kind,
        (order, waiting): (&[usize], &[Batch]),
    ) -> Option<(Granted, TypeChoice)> {
        let plan = self.plan.group(group);
        let state = &mut self.world.capacity.groups[group.index()];
        if plan.max_size as usize <= state.members.len() {
            return None;
        }
        let launch = state.launches;
        state.launches += 1;
        let mut draws = self.streams.stream(GRANT, plan.key, launch);
        let purchase = match plan.buys_spot() {
            true => Purchase::Spot,
            false => Purchase::OnDemand,
        };
        for zone in order {
            let mut choice = self.offers(group, kind, (*zone, purchase));
            choice.waiting = waiting.to_vec();
            for taken in types_in_order(&choice.offers, waiting) {
                let uniform = match purchase {
                    Purchase::Spot => draws.uniform(),
                    Purchase::OnDemand => 0.0,
                };
                let at = choice.kinds[taken.offer] as usize;
                if self.grants(group, (at, *zone), (purchase, uniform)) {
                    choice.chosen = taken.offer;
                    let granted = Granted {
                        kind: at,
                        zone: *zone,
                        purchase,
                    };
                    return Some((granted, choice));
                }
            }
        }
        None
    }

    /// The types that may be launched in a zone for tasks of a kind.
    fn offers(
        &mut self,
        group: GroupId,
        kind: Kind,
        (zone, purchase): (usize, Purchase),
    ) -> TypeChoice {
        let plan = self.plan;
        let key = (kind.owner, kind.definition, kind.provider);
        let classes = self.world.capacity.eligible(plan, key);
        let of = plan.group(group);
        let mut choice = TypeChoice::default();
        for (at, it) in of.types.iter().enumerate() {
            let class = self.world.capacity.class_of(plan, group, (at, zone));
            if !classes.contains(&class) {
                continue;
            }
            choice.kinds.push(at as u32);
            choice.offers.push(Offer {
                room: it.registered,
                price: match purchase {
                    Purchase::OnDemand => it.on_demand_micro_usd,
                    Purchase::Spot => self.spot_price(group, at, zone),
                },
                tightness: match purchase {
                    Purchase::OnDemand => 0,
                    Purchase::Spot => self.tightness(self.world.capacity.pool(class)),
                },
            });
        }
        choice
    }

    /// What an hour of an instance costs, and what one of the cheapest type costs that holds so
    /// much for tasks of this kind.
    pub(super) fn price_and_cheapest(
        &mut self,
        id: InstanceId,
        owners: &[(Owner, TaskDefinitionId)],
        has: &Need,
    ) -> (u64, Option<u64>) {
        let record = &self.world.capacity.instances[id.index()].record;
        let (group, at) = (record.group, record.type_index as usize);
        let (zone, purchase) = (record.zone, record.purchase);
        let plan = self.plan.group(group);
        let place = plan.zones.iter().position(|it| *it == zone).unwrap_or(0);
        let price = match purchase {
            Purchase::OnDemand => plan.types[at].on_demand_micro_usd,
            Purchase::Spot => self.spot_price(group, at, place),
        };
        let provider = self.world.capacity.groups[group.index()].provider;
        let Some(provider) = provider else {
            return (price, None);
        };
        let mut cheapest: Option<Vec<(u32, u64)>> = None;
        for (owner, definition) in owners {
            let kind = Kind {
                owner: *owner,
                definition: *definition,
                provider,
                need: *has,
            };
            let choice = self.offers(group, kind, (place, purchase));
            let all = choice.kinds.iter().zip(&choice.offers);
            let fitting = all.filter(|(_, offer)| has.fits(&offer.room));
            let fitting: Vec<(u32, u64)> = fitting.map(|(at, it)| (*at, it.price)).collect();
            cheapest = Some(match cheapest {
                None => fitting,
                Some(known) => {
                    let both = known.into_iter().filter(|it| fitting.contains(it));
                    both.collect()
                }
            });
        }
        let cheapest = cheapest.unwrap_or_default().into_iter().map(|it| it.1);
        (price, cheapest.min())
    }

    /// A task has its room: it is placed, or waits for the instance. The zone, by its place in the
    /// group.
    fn take_room(
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

    fn say_launch_failed(&mut self, provider: ProviderId, queue: &mut Queue<Event>) {
        let group = self.managed_group(provider);
        let purchase = match self.plan.group(group).buys_spot() {
            true => Purchase::Spot,
            false => Purchase::OnDemand,
        };
        let failed = CapacityObservation::InstanceLaunchFailed { group, purchase };
        self.observe(&Observation::Capacity(failed));
        self.retry_later(group, queue);
    }

    /// Says why an instance is of its type.
    fn note_type(&mut self, instance: InstanceId, owner: Owner, choice: &TypeChoice) {
        self.note(&DecisionInputs::TypeChosen {
            owner,
            instance,
            choice,
        });
    }

    /// An instance is ACTIVE: the tasks that it was launched for are placed on it.
    pub(super) fn place_intended(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
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
    pub(super) fn leave_intended(&mut self, id: TaskId) {
        let task = self.world.tasks.live_mut(id);
        let provider = task.record.provider;
        if let Some(host) = task.intended.take() {
            let host = &mut self.world.capacity.instances[host.index()];
            host.intended.retain(|task| *task != id);
            self.world.capacity.waiting[provider.index()].bound -= 1;
        }
    }

    /// An instance is gone before it was ACTIVE: other instances are looked for.
    pub(super) fn unbind(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
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

impl Bin {
    fn take(&mut self, owner: Owner, (need, ports): (&Need, &Ports)) {
        self.room = self.room.less(need);
        self.ports.take(ports);
        self.owners.push(owner);
    }
}
