//! Tasks and container instances: which takes a task, who waits, what the host really has.

mod leaving;
mod told;
mod waiting;

use std::cell::Cell;

use crate::engine::prefetch::prefetch;
use crate::engine::queue::Queue;
use crate::engine::random::{NameHash, Purpose};
use crate::engine::{SimDuration, SimTime};
use crate::ids::{InstanceId, ProviderId, TaskDefinitionId, TaskId, ZoneId};
use crate::observe::observation::{CapacityObservation, Observation, Refusal};
use crate::policy::life_cycle::StopCause;
use crate::policy::managed_scaling::{PROVISIONING_MAX, provisioning_pause};
use crate::policy::placement::{Need, nearest_shortage};
use crate::scenario::plan::{GroupProviderPlan, NetworkMode};
use crate::simulation::event::{Event, TaskFate};
use crate::simulation::launch::Refused;
use crate::simulation::{Simulation, key_of};
use crate::world::capacity::{live_constraints, need_of, placement_of};
use crate::world::instance::Image;
use crate::world::placement::{ClassId, Live, Question};
use crate::world::task::{HostingState, Owner};

/// Draws of placement's chance: one stream a try.
const PLACEMENT: Purpose = Purpose::new("placement");
/// Draws of how long a task waits for capacity.
const WAIT: Purpose = Purpose::new("wait for capacity");
/// Instances that are asked what they lacked for a task that is given up.
const ASKED_MAX: usize = 64;

/// Where a task on container instances begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Placing {
    /// On this instance.
    On(InstanceId),
    /// In PROVISIONING, until there is one.
    Waits,
}

impl Simulation<'_> {
    /// The settings of a provider of container instances.
    ///
    /// # Panics
    /// If it is Fargate's: the callers have looked.
    pub(super) fn group_provider(&self, provider: ProviderId) -> &GroupProviderPlan {
        let plan = self.plan.provider(provider);
        let of_group = plan.group.as_ref();
        of_group.expect("a group's provider has its settings")
    }

    /// Where a new task begins, or why it does not.
    pub(super) fn place_new(
        &mut self,
        (owner, definition): (Owner, TaskDefinitionId),
        (provider, zone): (ProviderId, Option<ZoneId>),
        need: Need,
    ) -> Result<Placing, Refused> {
        let key = (owner, definition, provider);
        if let Owner::Service(service) = owner
            && owner.is_daemon(self.plan)
        {
            let found = self.instance_without_daemon(service, need);
            return found
                .map(Placing::On)
                .ok_or_else(|| self.none_took_it(key, None, &need));
        }
        // Who waits already comes first.
        let is_waited_for = self.world.capacity.waiting[provider.index()]
            .shapes
            .iter()
            .any(|shape| (shape.owner, shape.definition) == (owner, definition));
        if !is_waited_for
            && let Some(instance) = self.find_instance(
                (owner, definition),
                (provider, self.next_ordinal(owner), zone),
                &need,
            )
        {
            self.fetch_instance(instance);
            return Ok(Placing::On(instance));
        }
        if zone.is_some() {
            // Rebalancing takes the instances that are there (developer guide).
            return Err(self.none_took_it(key, zone, &need));
        }
        // Without managed scaling, and without a provider, nothing would bring an instance.
        let settings = self.plan.provider(provider).group.as_ref();
        if settings.is_none_or(|settings| !settings.brings_instances()) {
            return Err(self.none_took_it(key, None, &need));
        }
        self.wait_for_instance(owner)
    }

    /// A task may wait in PROVISIONING, unless too many do.
    pub(super) fn wait_for_instance(&mut self, owner: Owner) -> Result<Placing, Refused> {
        let waiting: u32 = self.world.capacity.waiting.iter().map(|it| it.count).sum();
        match waiting < PROVISIONING_MAX {
            true => Ok(Placing::Waits),
            false => {
                let retry_at = self.pause_of(owner);
                Err(Refused::new(Refusal::ProvisioningLimit, retry_at))
            }
        }
    }

    /// Until when an owner pauses whose task may not wait in PROVISIONING: a service backs off, a
    /// call that failed is tried again by whoever made it.
    fn pause_of(&mut self, owner: Owner) -> SimTime {
        let (now, first) = (self.now, self.plan.cluster.provisioning_retry);
        let Owner::Service(service) = owner else {
            return now + first;
        };
        let state = &mut self.world.services[service.index()];
        // What comes up during a pause makes it no longer.
        if state.provisioning_paused_until <= now {
            state.provisioning_pauses += 1;
            let pause = provisioning_pause(first, state.provisioning_pauses);
            state.provisioning_paused_until = now + pause;
        }
        state.provisioning_paused_until
    }

    /// The instance that takes a task, by its strategy.
    pub(super) fn find_instance(
        &mut self,
        (owner, definition): (Owner, TaskDefinitionId),
        (provider, ordinal, zone): (ProviderId, u64, Option<ZoneId>),
        need: &Need,
    ) -> Option<InstanceId> {
        let plan = self.plan;
        let key = (owner, definition, provider);
        let eligible = self.world.capacity.find_eligible(plan, key);
        let capacity = &self.world.capacity;
        let mut classes = capacity.eligible(eligible);
        let in_zone: Vec<ClassId>;
        if let Some(zone) = zone {
            let is_there = |class: &&ClassId| capacity.class(**class).zone == zone;
            in_zone = classes.iter().filter(is_there).copied().collect();
            classes = &in_zone;
        }
        let placement = placement_of(plan, owner);
        let of_definition = &plan.task_definition(definition).hosting;
        let mut question = Question {
            need,
            ports: &of_definition.ports,
            live: None,
            classes,
            rules: &placement.rules,
            is_alone: placement.distinct_instance,
            hosting: capacity.hosting(owner),
        };
        let (streams, tries) = (self.streams, self.placements);
        let mut stream = None;
        self.placements += 1;
        let random = || {
            let draws = || streams.stream(PLACEMENT, key_of(plan, owner), tries);
            stream.get_or_insert_with(draws).uniform()
        };
        if !capacity.asks_each_instance && !self.observer.follows() {
            return capacity.index.find(&question, random);
        }
        let constraints = live_constraints(placement, of_definition);
        let is_asking = constraints.clone().next().is_some();
        let (tasks, asked) = (&self.world.tasks, Cell::new(0u32));
        let meets = |id: InstanceId| {
            asked.set(asked.get() + 1);
            let facts = capacity.facts(plan, tasks, id);
            constraints.clone().all(|it| it.holds(&facts))
        };
        question.live = is_asking.then_some(Live(&meets));
        let found = capacity.index.find(&question, random);
        let instances = asked.get();
        if is_asking {
            let what = CapacityObservation::Asked { owner, instances };
            self.observe(&Observation::Capacity(what));
        }
        let instances = self.world.capacity.index.len();
        let task = (owner, ordinal);
        // Rebalancing looks in one zone, for a task that is launched only if it finds a place: what
        // found none is no task's search.
        let is_search = zone.is_none() || found.is_some();
        if is_search && (self.observer).wants_search(task, found.is_some(), instances) {
            let key = (owner, definition, provider);
            self.note_placement(key, (ordinal, tries, zone), (need, found));
        }
        found
    }

    /// The ordinal of an owner's next task.
    pub(super) fn next_ordinal(&self, owner: Owner) -> u64 {
        match owner {
            Owner::Service(service) => self.world.services[service.index()].started,
            Owner::Job(source) => self.world.jobs[source.index()].started,
        }
    }

    /// A task that was just admitted begins on its instance, or waits for one.
    pub(super) fn begin_hosting(&mut self, id: TaskId, placing: Placing, queue: &mut Queue<Event>) {
        match placing {
            Placing::On(instance) => self.put_on(id, instance, queue),
            Placing::Waits => {
                let record = &self.world.tasks.live(id).record;
                let (owner, definition, provider) =
                    (record.owner, record.definition, record.provider);
                let (need, ordinal) = (need_of(self.plan, record), record.ordinal);
                self.world.capacity.waiting[provider.index()].add((owner, definition), need, id);
                let group = self.group_provider(provider);
                let (least, most) = (group.wait_min, group.wait_max);
                let key: NameHash = self.owner_key(owner);
                let share = self.streams.stream(WAIT, key, ordinal).uniform();
                let span = most.as_secs_f64() - least.as_secs_f64();
                let wait = least + SimDuration::from_secs_f64(span.max(0.0) * share);
                self.schedule_fate(queue, id, TaskFate::CapacityTimeout, wait);
                self.waiting_changed(provider, queue);
            }
        }
    }

    /// Places a task on an instance: ECS's ledger at once, the host's when it has the room.
    fn put_on(&mut self, id: TaskId, instance: InstanceId, queue: &mut Queue<Event>) {
        let (plan, now) = (self.plan, self.now);
        let group = self.world.capacity.instances[instance.index()].record.group;
        let task = self.world.tasks.live_mut(id);
        task.record.instance = Some(instance);
        task.record.group = Some(group);
        task.record.times.placed = Some(now);
        task.hosting = HostingState::Held;
        let record = &self.world.tasks.live(id).record;
        let (need, owner, definition) = (need_of(plan, record), record.owner, record.definition);
        self.world.capacity.take(plan, record, (instance, now));
        let host = &mut self.world.capacity.instances[instance.index()];
        host.tasks.push(id);
        if let Some(image) = host.images.get(definition.index()) {
            prefetch(image);
        }
        let has_room = host.held.is_empty() && need.fits(&host.host_free);
        let is_first = host.live == 1 && !owner.is_daemon(plan);
        if has_room {
            host.host_free = host.host_free.less(&need);
            self.world.tasks.live_mut(id).hosting = HostingState::OnHost;
            self.start_on_host(id, queue);
        } else {
            host.held.push(id);
            self.wait_for_host(id);
        }
        if is_first {
            self.capacity_changed(group, queue);
        }
        self.tasks_changed_on(instance, queue);
        self.group_counts_changed(group);
        self.constraints_may_hold(instance, queue);
    }

    /// A task waits until its host has the room: it is PENDING (GH-a3852). One with an interface of
    /// its own gets that first, here when the host is ready (ASSUMPTION).
    fn wait_for_host(&mut self, id: TaskId) {
        let now = self.now;
        let record = &mut self.world.tasks.live_mut(id).record;
        let definition = self.plan.task_definition(record.definition);
        if definition.hosting.network != NetworkMode::Awsvpc {
            record.times.connectivity = Some(now);
        }
    }

    /// What constraints ask of an instance has changed: it may meet those of a task that waits.
    #[inline]
    pub(super) fn constraints_may_hold(&mut self, instance: InstanceId, queue: &mut Queue<Event>) {
        if self.world.capacity.asks_each_instance {
            self.wake_those_who_ask(instance, queue);
        }
    }

    fn wake_those_who_ask(&mut self, instance: InstanceId, queue: &mut Queue<Event>) {
        let capacity = &self.world.capacity;
        let group = capacity.instances[instance.index()].record.group;
        let Some(provider) = capacity.groups[group.index()].provider else {
            return;
        };
        let mut shapes = capacity.waiting[provider.index()].shapes.iter();
        if shapes.any(|shape| self.asks_each_instance((shape.owner, shape.definition))) {
            self.wake_placing(provider, queue);
        }
    }

    /// Whether tasks have constraints that each instance has to be asked for.
    pub(super) fn asks_each_instance(
        &self,
        (owner, definition): (Owner, TaskDefinitionId),
    ) -> bool {
        let hosting = &self.plan.task_definition(definition).hosting;
        let mut live = live_constraints(placement_of(self.plan, owner), hosting);
        live.next().is_some()
    }

    /// A task of a steady start stands on its instance as if for long.
    pub(super) fn stand_on(&mut self, id: TaskId, instance: InstanceId) {
        let (plan, now) = (self.plan, self.now);
        let group = self.world.capacity.instances[instance.index()].record.group;
        let task = self.world.tasks.live_mut(id);
        task.record.instance = Some(instance);
        task.record.group = Some(group);
        task.record.times.placed = Some(now);
        task.hosting = HostingState::OnHost;
        let record = &self.world.tasks.live(id).record;
        let (need, definition) = (need_of(plan, record), record.definition);
        self.world.capacity.take(plan, record, (instance, now));
        let host = &mut self.world.capacity.instances[instance.index()];
        host.tasks.push(id);
        host.host_free = host.host_free.less(&need);
        host.images.resize(plan.task_definitions.len(), None);
        host.images[definition.index()] = Some(Image::at(SimTime::ZERO));
    }

    /// The agent begins with the tasks that the host has room for, in order.
    pub(super) fn release_held(&mut self, instance: InstanceId, queue: &mut Queue<Event>) {
        if self.world.capacity.instances[instance.index()].is_down {
            return;
        }
        loop {
            let host = &self.world.capacity.instances[instance.index()];
            // A task that fits begins, whoever is before it (the agent of June 2023 on).
            let fits = |id: &TaskId| {
                let task = self.world.tasks.live(*id);
                need_of(self.plan, &task.record).fits(&host.host_free)
            };
            let Some(at) = host.held.iter().position(fits) else {
                return;
            };
            let host = &mut self.world.capacity.instances[instance.index()];
            let id = host.held.remove(at);
            let need = need_of(self.plan, &self.world.tasks.live(id).record);
            host.host_free = host.host_free.less(&need);
            self.world.tasks.live_mut(id).hosting = HostingState::OnHost;
            self.start_on_host(id, queue);
        }
    }

    /// Why a task is given up that waited for an instance for too long: the provider has none, or
    /// what the nearest of them lacks.
    pub(super) fn given_up(&self, id: TaskId) -> StopCause {
        let record = &self.world.tasks.live(id).record;
        let capacity = &self.world.capacity;
        let Some(group) = self.plan.provider(record.provider).kind.group() else {
            return StopCause::CapacityUnavailable;
        };
        let members = capacity.groups[group.index()].members.iter();
        let rooms = members.filter_map(|it| capacity.index.free(*it));
        // All are full alike: some of them tell it, and no event looks at thousands.
        let nearest = nearest_shortage(&need_of(self.plan, record), rooms.take(ASKED_MAX));
        nearest.map_or(StopCause::CapacityUnavailable, StopCause::NoInstanceHadRoom)
    }

    /// The zone of where a task begins.
    pub(super) fn zone_of(&self, placing: Placing) -> ZoneId {
        match placing {
            Placing::On(instance) => self.world.capacity.instances[instance.index()].record.zone,
            Placing::Waits => ZoneId::NOWHERE,
        }
    }
}
