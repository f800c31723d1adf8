//! Tasks that keep memory until they are killed for it.

use crate::engine::queue::Queue;
use crate::engine::random::{Purpose, Stream};
use crate::engine::{SimDuration, SimTime};
use crate::ids::{ServiceId, TaskId};
use crate::observe::inputs::KeptMemory;
use crate::scenario::plan::{Begin, GrowthPlan};
use crate::simulation::Simulation;
use crate::simulation::event::{Event, TaskFate};
use crate::world::memory_growth::Leak;
use crate::world::task::{Owner, TaskRecord};

/// Draws of a task's pace, and of its age where it stands at the start of the run.
const PACE: Purpose = Purpose::new("memory growth");
/// How soon after it was found out of memory a task is killed, at most.
const KILLED_WITHIN: SimDuration = SimDuration::from_secs(60);

impl Simulation<'_> {
    /// A task serves from now on: it begins to keep memory, if its code does. Where nobody asks it
    /// does since it runs.
    pub(super) fn begins_to_grow(&mut self, id: TaskId, service: ServiceId) {
        if !self.world.is_asked(service) {
            return;
        }
        let Some((leak, _)) = self.keeps_memory(id) else {
            return;
        };
        if let (Some(leak), Some(growth)) = (leak, &mut self.world.growths[service.index()]) {
            growth.await_full(leak, id);
        }
    }

    /// A task keeps memory from now on, if its code does: what is known of it where others of its
    /// service do too, and when it is full if requests take no part; `None`: it keeps none.
    fn keeps_memory(&mut self, id: TaskId) -> Option<(Option<Leak>, Option<SimDuration>)> {
        let record = &self.world.tasks.live(id).record;
        let (owner, definition) = (record.owner, record.definition);
        let (plan, headroom) = self.growth_of(record)?;
        let (pace, age) = self.pace(record, &plan);
        let growth = match owner {
            Owner::Service(service) => self.world.growths[service.index()].as_mut(),
            Owner::Job(_) => None,
        };
        let leak = growth.map(|growth| {
            let pace = (pace, headroom, age);
            growth.join((definition, plan.growth), pace, self.now)
        });
        self.world.tasks.live_mut(id).leak = leak;
        let after = plan.growth.fills_after(headroom * (1.0 - age), pace);
        Some((leak, after))
    }

    /// The containers of a task run no longer: it keeps nothing.
    pub(super) fn memory_is_free(&mut self, id: TaskId) {
        if let Owner::Service(service) = self.world.tasks.live(id).record.owner {
            self.grows_no_longer(id, service);
        }
    }

    /// A task serves no longer; where nobody asks it keeps its memory while it runs.
    pub(super) fn serves_no_longer(&mut self, id: TaskId, service: ServiceId) {
        if self.world.is_asked(service) {
            self.grows_no_longer(id, service);
        }
    }

    pub(super) fn grows_no_longer(&mut self, id: TaskId, service: ServiceId) {
        let leak = self.world.tasks.live_mut(id).leak.take();
        if let (Some(leak), Some(growth)) = (leak, &mut self.world.growths[service.index()]) {
            growth.leave(leak);
        }
    }

    /// A task that nobody asks runs from now on: when it will be out of memory is known, whoever
    /// watches it.
    pub(super) fn foresee_growth(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        if let Owner::Service(service) = self.world.tasks.live(id).record.owner
            && self.world.is_asked(service)
        {
            return;
        }
        if let Some((_, Some(after))) = self.keeps_memory(id) {
            self.is_out_of_memory(id, after, queue);
        }
    }

    /// Tasks of a service that have kept all of their memory are killed within the minute, each at
    /// an instant of its own.
    pub(super) fn check_growth(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        // Most services keep nothing.
        if self.world.growths[service.index()].is_none() {
            return;
        }
        let busy = self.busy_mib(service);
        loop {
            let Some(growth) = &mut self.world.growths[service.index()] else {
                return;
            };
            let Some(id) = growth.next_full(self.now, busy) else {
                return;
            };
            let task = self.world.tasks.get(id);
            // It may have been started again since, or be on its way out.
            let is_full = task.is_some_and(|task| {
                let leak = task.leak.filter(|_| task.out_of_memory_at.is_none());
                leak.is_some_and(|leak| growth.is_full(leak, self.now, busy))
            });
            if is_full {
                let record = &self.world.tasks.live(id).record;
                let within = self.pace_draws(record).uniform();
                let after = KILLED_WITHIN.as_secs_f64() * within;
                self.is_out_of_memory(id, SimDuration::from_secs_f64(after), queue);
            }
        }
    }

    fn is_out_of_memory(&mut self, id: TaskId, after: SimDuration, queue: &mut Queue<Event>) {
        let at = self.now.saturating_add(after);
        self.world.tasks.live_mut(id).out_of_memory_at = Some(at);
        self.schedule_fate(queue, id, TaskFate::Grown, after);
    }

    /// What the essential container of a task has kept of memory: only whoever asks why wants it.
    pub(super) fn kept_memory(&self, id: TaskId) -> Option<KeptMemory> {
        let task = self.world.tasks.get(id)?;
        let record = &task.record;
        let (plan, headroom) = self.growth_of(record)?;
        let mut draws = self.pace_draws(record);
        let share = draws.uniform();
        let pace = plan.pace.sample(&mut draws);
        let stood = self.stands_grown(record, SimTime::ZERO) && record.restarts == 0;
        let before_mib = if stood { share * headroom } else { 0.0 };
        let (kept, busy_mib) = match (record.owner, task.leak) {
            (Owner::Service(service), Some(leak)) if self.world.is_asked(service) => {
                let growth = self.world.growths[service.index()].as_ref()?;
                (growth.kept_by(leak, self.now), self.busy_mib(service))
            }
            _ => {
                let ran = self.now.since(record.last_start()?);
                (before_mib + pace * plan.growth.kept_mib(ran, 0.0), 0.0)
            }
        };
        Some(KeptMemory {
            pace,
            kept_mib: kept.min(headroom - busy_mib).max(0.0),
            before_mib,
            busy_mib,
        })
    }

    /// What requests take of the memory of a task of a service, in the mean.
    fn busy_mib(&self, service: ServiceId) -> f64 {
        let Some(load) = &self.world.loads[service.index()] else {
            return 0.0;
        };
        let definition = self.world.services[service.index()].primary().definition;
        let base = self.plan.task_definition(definition).work.memory_base_mib;
        (load.memory_per_task_mib() - base).max(0.0)
    }

    /// What the code of a task keeps, and how much it may; `None`: it keeps nothing, or nothing
    /// limits it.
    fn growth_of(&self, record: &TaskRecord) -> Option<(GrowthPlan, f64)> {
        let definition = self.plan.task_definition(record.definition);
        let plan = definition.work.memory_growth?;
        let limit = definition.memory_limit(record.memory)?;
        Some((plan, f64::from(limit.0) - definition.work.memory_base_mib))
    }

    /// A task's pace; of one that stands at the start of a steady run, which share of its headroom
    /// it has kept already: as if it had been killed and started again for long, any.
    fn pace(&self, record: &TaskRecord, plan: &GrowthPlan) -> (f64, f64) {
        let mut draws = self.pace_draws(record);
        let share = draws.uniform();
        let pace = plan.pace.sample(&mut draws);
        let stands = self.stands_grown(record, self.now);
        (pace, if stands { share } else { 0.0 })
    }

    /// Whether a task that begins to keep memory at an instant stands at the start of a steady run.
    fn stands_grown(&self, record: &TaskRecord, begins: SimTime) -> bool {
        self.plan.run.begin == Begin::Steady
            && begins == SimTime::ZERO
            && record.times.created == SimTime::ZERO
    }

    fn pace_draws(&self, record: &TaskRecord) -> Stream {
        let key = self.owner_key(record.owner);
        self.streams.stream(PACE, key, record.life())
    }
}
