//! Motion: what falls due, in order, and what it does. One file an actor; the one `match` is here.

pub mod agents;
mod alarms;
mod audit;
pub mod auto_scaling_group;
pub mod autoscaler;
pub mod begin;
mod boundary;
mod calls;
pub mod capacity_provider;
mod closing;
pub mod container_instance;
mod container_order;
pub mod course;
pub mod daemons;
pub mod deployments;
mod desired_count;
pub mod draining;
pub mod event;
pub mod external;
pub mod fallback;
mod fine;
pub mod health;
mod host_agent;
pub mod infrastructure_optimization;
pub mod instance_spot;
pub mod jobs;
pub mod launch;
pub mod load;
mod load_balancer;
pub mod managed_instances;
mod memory_growth;
mod minutes;
pub mod outcome;
pub mod placing;
mod pools;
pub mod predictive;
mod prefetching;
pub mod rebalancing;
pub mod repacking;
mod replacing;
mod restarting;
pub mod retirement;
pub mod scale_in;
pub mod service_scheduler;
pub mod spot;
pub mod tables;
pub mod task_agent;
pub mod task_end;
pub mod task_sets;
pub mod timeline;
pub mod traffic_shift;
mod unplaced;
pub mod warm_pool;
pub mod world_events;

#[cfg(test)]
mod agent_tests;
#[cfg(test)]
mod alarm_tests;
#[cfg(test)]
mod boundary_tests;
#[cfg(test)]
mod container_order_tests;
#[cfg(test)]
mod count_alarm_tests;
#[cfg(test)]
mod deployment_tests;
#[cfg(test)]
mod drain_tests;
#[cfg(test)]
mod external_tests;
#[cfg(test)]
mod fallback_tests;
#[cfg(test)]
mod fine_tests;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod group_tests;
#[cfg(test)]
mod growth_tests;
#[cfg(test)]
mod instance_tests;
#[cfg(test)]
mod managed_tests;
#[cfg(test)]
mod pipeline_tests;
#[cfg(test)]
mod predictive_tests;
#[cfg(test)]
mod properties_tests;
#[cfg(test)]
mod queue_tests;
#[cfg(test)]
mod repacking_tests;
#[cfg(test)]
mod restart_tests;
#[cfg(test)]
mod retirement_tests;
#[cfg(test)]
mod rollout_tests;
#[cfg(test)]
mod schedule_tests;
#[cfg(test)]
mod scheduling_tests;
#[cfg(test)]
mod shift_tests;
#[cfg(test)]
mod task_set_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod volume_tests;

use std::collections::VecDeque;

use crate::engine::queue::{FORESEEN, Queue};
use crate::engine::random::{NameHash, Streams};
use crate::engine::run::{EventHash, Model, step_hashed};
use crate::engine::{SimDuration, SimTime};
use crate::ids::{AlarmId, ServiceId, TaskId};
use crate::observe::Observer;
use crate::observe::inputs::DecisionInputs;
use crate::observe::observation::Observation;
use crate::observe::trail::Trail;
use crate::policy::step_scaling::StepReading;
use crate::policy::target_tracking::{Reading, RunLengths};
use crate::scenario::plan::Plan;
use crate::simulation::course::Course;
use crate::simulation::event::{Event, TaskFate, TaskStep};
use crate::simulation::outcome::{Patience, RunLimits, RunOutcome};
use crate::simulation::task_agent::quiet_from;
use crate::world::World;
use crate::world::spot_market::Due;
use crate::world::task::{Owner, Task};

/// One run of one plan: the world, and everything that moves it.
#[derive(Clone)]
pub struct Simulation<'p> {
    plan: &'p Plan,
    world: World,
    streams: Streams,
    observer: Observer,
    /// The instant of the event being handled.
    now: SimTime,
    /// Steps of tasks that fall due at once, where nothing else does: they need no place in the
    /// queue, and come in the order in which it would give them.
    soon: VecDeque<(TaskId, u32, TaskStep)>,
    /// Whether they take their place in the queue all the same: to hold one way to the other.
    #[cfg(test)]
    is_queued: bool,
    /// How long the phases of starts on instances take where nothing is drawn, by provider and
    /// definition, as far as they were asked for.
    fixed_starts: Vec<Vec<host_agent::Known>>,
    /// The size from which on nothing befalls a definition's tasks by itself, in MiB.
    quiet_from: Vec<u32>,
    /// What the spot market's last change made due; reused.
    spot_due: Vec<Due>,
    /// Tasks that a reclaim touches; reused.
    reclaimed: Vec<TaskId>,
    /// When a program's refused launches may be tried again, by item; reused.
    blocked: Vec<Option<SimTime>>,
    /// Placements tried so far: key the draws of chance.
    placements: u64,
    /// What the policies read; reused.
    readings: Vec<Reading>,
    /// What step policies read; reused.
    steps: Vec<StepReading>,
    /// The data points of an alarm; reused.
    points: Vec<Option<f64>>,
    /// Services whose counts have changed that alarms watch.
    recounted: Vec<ServiceId>,
    /// Alarms that have gone off and fail deployments; reused.
    gone_off: Vec<AlarmId>,
    /// What the alarms will have seen; reused.
    ahead: Vec<RunLengths>,
    /// How many single requests may still be played and remembered.
    patience: Patience,
    /// Whether world and queue are audited after every event: in every build with debug
    /// assertions, so that tests which call the library or the program audit as well.
    is_audited: bool,
    /// Set while this is the past of several futures.
    fork: Option<timeline::Fork>,
}

impl Model for Simulation<'_> {
    type Event = Event;

    fn handle(&mut self, event: Event, now: SimTime, queue: &mut Queue<Event>) {
        self.now = now;
        match event {
            Event::TaskStep { task, tick, step } => self.on_task_step(task, tick, step, queue),
            Event::TaskFate { task, fate } => self.on_task_fate(task, fate, queue),
            Event::ServiceWake { service, tick } => self.on_service_wake(service, tick, queue),
            Event::DemandChange { service } => self.on_demand_change(service, queue),
            Event::DemandSet { service, rate } => {
                self.set_demand(service, f64::from_bits(rate), queue)
            }
            Event::LoadWake { service, tick } => self.on_load_wake(service, tick, queue),
            Event::JobArrival { source } => self.on_job_arrival(source, queue),
            Event::JobWake { source, tick } => self.on_job_wake(source, tick, queue),
            Event::Spot(event) => self.on_spot_event(event, queue),
            Event::InstanceSpot(event) => self.on_instance_spot(event, queue),
            Event::InstanceStep {
                instance,
                tick,
                step,
            } => self.on_instance_step(instance, tick, step, queue),
            Event::InstanceFate { instance, fate } => self.on_instance_fate(instance, fate, queue),
            Event::ZoneBack { zone } => self.on_zone_back(zone, queue),
            Event::PlatformNotice => self.on_platform_notice(queue),
            Event::PlatformRetired { noticed } => self.on_platform_retired(noticed, queue),
            Event::GroupRetry { group, tick } => self.on_group_retry(group, tick, queue),
            Event::PlaceWaiting { provider, tick } => self.on_place_waiting(provider, tick, queue),
            Event::CapacityMinute { provider, tick } => {
                self.on_capacity_minute(provider, tick, queue);
            }
            Event::Timeline { entry } => self.on_timeline(entry, queue),
            Event::Repack { group, tick } => self.on_repack(group, tick, queue),
            Event::HourBegins { target } => self.on_hour_begins(target, queue),
            Event::ForeseeHour { target, hour } => self.on_foresee_hour((target, hour), queue),
            Event::Baked { service, tick } => self.on_baked(service, tick, queue),
            Event::ShiftStage { service, tick } => self.on_shift_stage(service, tick, queue),
            Event::CallsMeet { group, tick } => self.on_calls_meet((group, tick), queue),
            Event::AddressesSeen { service } => self.on_addresses_seen(service, queue),
            Event::ShiftUnsteady { service } => self.on_shift_unsteady(service, queue),
        }
        self.is_handled(queue);
    }

    fn foresee(&self, coming: [Event; FORESEEN]) {
        self.fetch(coming);
    }
}

impl<'p> Simulation<'p> {
    /// A simulation of `plan` with the draws of `replication`, at the start of the run.
    pub fn new(plan: &'p Plan, replication: u64) -> Self {
        let streams = Streams::new(plan.run.seed, replication);
        let world = World::new(plan, streams);
        let mut observer = Observer::new(plan);
        observer.set_spot_prices(&world.capacity.prices);
        Simulation {
            plan,
            world,
            streams,
            observer,
            now: SimTime::ZERO,
            soon: VecDeque::new(),
            #[cfg(test)]
            is_queued: false,
            fixed_starts: vec![Vec::new(); plan.providers.len()],
            quiet_from: plan.task_definitions.iter().map(quiet_from).collect(),
            spot_due: Vec::new(),
            reclaimed: Vec::new(),
            blocked: Vec::new(),
            placements: 0,
            readings: Vec::new(),
            steps: Vec::new(),
            points: Vec::new(),
            gone_off: Vec::new(),
            recounted: Vec::new(),
            ahead: Vec::new(),
            patience: Patience::of(&RunLimits::default(), plan.services.len()),
            is_audited: cfg!(any(test, debug_assertions)),
            fork: None,
        }
    }

    /// The same, audited after every event also without debug assertions: for tests, it is slow.
    #[must_use]
    pub fn audited(mut self) -> Self {
        self.is_audited = true;
        self
    }

    /// The same, with what decisions are made from kept, to explain the run.
    #[must_use]
    pub fn following(mut self, trail: Trail) -> Self {
        self.observer.follow(trail);
        self
    }

    /// Plays the run to its horizon, or to a limit.
    pub fn run(self, limits: &RunLimits) -> RunOutcome {
        let horizon = self.plan.horizon();
        let mut course = Course::begin(self, limits);
        course.play_until(horizon, limits);
        course.finish()
    }

    /// What comes next: a step that falls due at once, or the next event of the queue.
    #[inline]
    fn step(&mut self, queue: &mut Queue<Event>, horizon: SimTime, hash: &mut EventHash) -> bool {
        let Some((task, tick, step)) = self.soon.pop_front() else {
            return step_hashed(self, queue, horizon, hash);
        };
        hash.add(self.now, &Event::TaskStep { task, tick, step });
        self.on_task_step(task, tick, step, queue);
        self.is_handled(queue);
        true
    }

    /// After every event: what it leaves to be looked at.
    #[inline(always)]
    fn is_handled(&mut self, queue: &mut Queue<Event>) {
        if !self.recounted.is_empty() {
            self.look_at_counts(queue);
        }
    }

    /// The warm-up is over: what is told of the run is measured from now on.
    fn begin_measuring(&mut self, at: SimTime) {
        let of_end = Observer::of_end(self.plan, at);
        // A copy of what stands, without what was recorded, tells what an end now would tell.
        let observer = std::mem::replace(&mut self.observer, of_end);
        let mut ended = self.clone();
        self.observer = observer;
        ended.end(at);
        self.observer.restart(self.plan, at, ended.observer);
        for account in &mut self.world.accounts {
            account.restart();
        }
    }

    /// Closes what is open at the end of the run: loads, and the records of tasks that live on.
    fn end(&mut self, at: SimTime) {
        self.now = at;
        for serves_others in [false, true] {
            for service in self.service_ids() {
                if self.world.serves_others(service) == serves_others {
                    self.end_load(service);
                }
            }
        }
        let order = |(id, task): (TaskId, &Task)| (task.record.owner, task.record.ordinal, id);
        let mut living: Vec<_> = self.world.tasks.iter().map(order).collect();
        living.sort_unstable();
        for (_, _, id) in living {
            let mut record = self.world.tasks.live(id).record.clone();
            record.times.cut_after(at);
            self.observer.observe(at, &Observation::TaskGone(&record));
        }
        self.end_instances(at);
    }

    fn observe(&mut self, observation: &Observation<'_>) {
        self.observer.observe(self.now, observation);
    }

    /// The same of what befalls every task: see [`Observer::observe_often`].
    #[inline(always)]
    fn observe_often(&mut self, observation: &Observation<'_>) {
        self.observer.observe_often(self.now, observation);
    }

    /// Says what a decision was made from, for whoever asks why.
    fn note(&mut self, inputs: &DecisionInputs<'_>) {
        self.observer.note(self.now, inputs);
    }

    /// The key of an owner's random streams.
    fn owner_key(&self, owner: Owner) -> NameHash {
        key_of(self.plan, owner)
    }

    fn schedule_step(
        &mut self,
        queue: &mut Queue<Event>,
        task: TaskId,
        step: TaskStep,
        at: SimTime,
    ) {
        let tick = self.world.tasks.live(task).tick();
        #[cfg(test)]
        let may_pass = !self.is_queued;
        #[cfg(not(test))]
        let may_pass = true;
        if may_pass && at == self.now && queue.next_time() != Some(at) {
            self.soon.push_back((task, tick, step));
        } else {
            queue.schedule_at(at, Event::TaskStep { task, tick, step });
        }
    }

    fn schedule_fate(
        &self,
        queue: &mut Queue<Event>,
        task: TaskId,
        fate: TaskFate,
        after: SimDuration,
    ) {
        let at = self.now.saturating_add(after);
        if at < self.plan.horizon() {
            queue.schedule_at(at, Event::TaskFate { task, fate });
        }
    }
}

impl Simulation<'_> {
    /// Announces a service's counts.
    fn counts_changed(&mut self, owner: Owner) {
        if let Owner::Service(service) = owner {
            let state = &self.world.services[service.index()];
            let (counts, is_steady) = (state.counts(), state.is_steady());
            if let Some(watch) = &mut self.world.counted[service.index()]
                && watch.set(self.now, counts)
            {
                self.recounted.push(service);
            }
            self.observe(&Observation::ServiceCounts {
                service,
                counts,
                is_steady,
            });
        }
    }
}

/// The key of an owner's random streams.
fn key_of(plan: &Plan, owner: Owner) -> NameHash {
    match owner {
        Owner::Service(service) => plan.services[service.index()].key,
        Owner::Job(source) => plan.job_sources[source.index()].key,
    }
}
