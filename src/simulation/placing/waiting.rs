//! Tasks in PROVISIONING: they wait for an instance, and are placed when there may be one.

use crate::engine::queue::Queue;
use crate::ids::{InstanceId, ProviderId, TaskId};
use crate::observe::observation::{CapacityObservation, Observation};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::task::TaskState;

impl Simulation<'_> {
    /// Waiting tasks of a provider may find room: they are placed again soon.
    pub(in crate::simulation) fn wake_placing(
        &mut self,
        provider: ProviderId,
        queue: &mut Queue<Event>,
    ) {
        let waiting = &self.world.capacity.waiting[provider.index()];
        if waiting.is_awake || waiting.count == waiting.bound {
            return;
        }
        let at = self.now + self.group_provider(provider).placement_retry;
        let waiting = &mut self.world.capacity.waiting[provider.index()];
        waiting.is_awake = true;
        waiting.tick += 1;
        let tick = waiting.tick;
        if at < self.plan.horizon() {
            queue.schedule_at(at, Event::PlaceWaiting { provider, tick });
        }
    }

    /// Waiting tasks are placed again.
    pub(in crate::simulation) fn on_place_waiting(
        &mut self,
        provider: ProviderId,
        tick: u32,
        queue: &mut Queue<Event>,
    ) {
        let waiting = &mut self.world.capacity.waiting[provider.index()];
        if waiting.tick != tick {
            return;
        }
        waiting.is_awake = false;
        match self.group_provider(provider).is_managed_instances {
            true => self.provision(provider, queue),
            false => self.place_waiting(provider, queue),
        }
    }

    /// Places the waiting tasks that find room, the kinds in the order in which they came: a kind
    /// that finds none holds up no other (ASSUMPTION: AWS says only that services are not served
    /// fairly).
    pub(in crate::simulation) fn place_waiting(
        &mut self,
        provider: ProviderId,
        queue: &mut Queue<Event>,
    ) {
        let mut at = 0;
        let mut has_changed = false;
        while let Some(shape) = self.world.capacity.waiting[provider.index()].shapes.get(at) {
            let (key, need) = ((shape.owner, shape.definition), shape.need);
            let Some(id) = self.next_waiting(provider, at) else {
                at += 1;
                continue;
            };
            let ordinal = self.world.tasks.live(id).record.ordinal;
            let Some(instance) = self.find_instance(key, (provider, ordinal, None), &need) else {
                let shape = &mut self.world.capacity.waiting[provider.index()].shapes[at];
                shape.tasks.push_front(id);
                at += 1;
                continue;
            };
            self.world.capacity.waiting[provider.index()].remove(key, &need);
            has_changed = true;
            self.place_at_last(id, instance, queue);
        }
        if has_changed {
            self.waiting_changed(provider, queue);
        }
    }

    /// The oldest task of a kind that still waits; those that do not are dropped on the way.
    fn next_waiting(&mut self, provider: ProviderId, at: usize) -> Option<TaskId> {
        loop {
            let shape = &mut self.world.capacity.waiting[provider.index()].shapes[at];
            let id = shape.tasks.pop_front()?;
            let waits = self.world.tasks.get(id).is_some_and(|task| {
                task.state() == TaskState::Launching && task.record.instance.is_none()
            });
            if waits {
                return Some(id);
            }
        }
    }

    /// A task that waited has its instance.
    pub(in crate::simulation) fn place_at_last(
        &mut self,
        id: TaskId,
        instance: InstanceId,
        queue: &mut Queue<Event>,
    ) {
        let zone = self.world.capacity.instances[instance.index()].record.zone;
        self.leave_group(id);
        self.world.tasks.live_mut(id).record.zone = zone;
        self.join_group(id);
        let record = &self.world.tasks.live(id).record;
        let (owner, provider) = (record.owner, record.provider);
        let waited = self.now - record.times.created;
        self.put_on(id, instance, queue);
        self.observe(&Observation::Capacity(CapacityObservation::TaskPlaced {
            owner,
            provider,
            waited,
        }));
    }

    /// How many tasks wait for a provider has changed.
    pub(in crate::simulation) fn waiting_changed(
        &mut self,
        provider: ProviderId,
        queue: &mut Queue<Event>,
    ) {
        let Some(group) = self.plan.provider(provider).kind.group() else {
            return;
        };
        self.world.capacity.groups[group.index()].counts.waiting =
            self.world.capacity.waiting[provider.index()].count;
        self.capacity_changed(group, queue);
        self.group_counts_changed(group);
    }
}
