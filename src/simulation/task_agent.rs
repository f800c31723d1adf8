//! The life of a task: from a granted launch to STOPPED.

use crate::engine::SimDuration;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::ids::{InstanceId, ProviderId, ServiceId, TaskId, ZoneId};
use crate::observe::observation::Observation;
use crate::policy::circuit_breaker::TaskOutcome;
use crate::policy::life_cycle::StopCause;
use crate::policy::spot::isolated_after;
use crate::policy::task_health::{HEALTHY_AFTER_RUNNING, HealthSigns};
use crate::scenario::plan::{ProviderKind, TaskDefinitionPlan};
use crate::simulation::Simulation;
use crate::simulation::boundary::Foreseen;
use crate::simulation::event::{Event, TaskFate, TaskStep};
use crate::simulation::launch::pool_of;
use crate::simulation::placing::Placing;
use crate::simulation::task_end::Ending;
use crate::world::groups::Phase;
use crate::world::task::{Owner, Task, TaskRecord, TaskState};

/// Draws of a task's start, in a fixed order.
pub(super) const LAUNCH: Purpose = Purpose::new("task launch");
/// Draws of what befalls a task.
const FATE: Purpose = Purpose::new("task fate");

impl Simulation<'_> {
    /// Starts the task that `record` describes: its launch is granted. Its timestamps are drawn
    /// here.
    pub(super) fn launch_task(
        &mut self,
        mut record: TaskRecord,
        (job, placing): (Option<u32>, Option<Placing>),
        queue: &mut Queue<Event>,
    ) -> TaskId {
        if let Some(placing) = placing {
            record.times.created = self.now;
            let id = self.admit(Task::launching(record, job), Phase::Launching);
            self.begin_hosting(id, placing, queue);
            return id;
        }
        let key = self.owner_key(record.owner);
        let mut draws = self.streams.stream(LAUNCH, key, record.ordinal);
        let definition = self.plan.task_definition(record.definition);
        let latencies = &self.plan.provider(record.provider).latencies;
        record.times.created = self.now;
        let connectivity = self.now + seconds(latencies.eni.sample(&mut draws));
        let pull_started = connectivity + seconds(latencies.prepare.sample(&mut draws));
        let pull = latencies.pull_base.sample(&mut draws)
            + latencies.pull_per_mib * definition.work.image_mib;
        let pull_stopped = pull_started + seconds(pull);
        let started = pull_stopped + seconds(latencies.create.sample(&mut draws));
        let fails = draws.uniform() < definition.work.start_failures;
        let foreseen = Foreseen {
            connectivity,
            pull_started,
            pull_stopped,
            started,
        };
        let foreseen = foreseen.later(self.attach_time(&record));
        self.meet_boundary(&mut record);
        let next = self.next_of_start(&record, &foreseen, fails);
        let (step, at) = next.take_place(&mut record);
        let id = self.admit(Task::launching(record, job), Phase::Launching);
        self.schedule_step(queue, id, step, at);
        self.schedule_isolated_reclaim(id, queue);
        id
    }

    /// Puts a task that is RUNNING and in service into the world, as it stands at the start of a
    /// steady run.
    pub(super) fn admit_running(
        &mut self,
        mut record: TaskRecord,
        instance: Option<InstanceId>,
        queue: &mut Queue<Event>,
    ) {
        self.meet_boundary(&mut record);
        // It stands: what would keep it from starting now did not then.
        record.problem = None;
        let id = self.admit(Task::launching(record, None), Phase::Launching);
        if let Some(instance) = instance {
            self.stand_on(id, instance);
        }
        self.become_running(id);
        self.become_serving(id);
        self.become_healthy(id);
        self.schedule_isolated_reclaim(id, queue);
        self.schedule_crash(id, queue);
        self.foresee_growth(id, queue);
        self.foresee_standing(id, queue);
    }

    /// Enters a task into the arena, its groups, its owner's counts and the account.
    #[inline]
    fn admit(&mut self, task: Task, phase: Phase) -> TaskId {
        let record = &task.record;
        let (owner, ordinal) = (record.owner, record.deployment);
        let (provider, zone) = (record.provider, record.zone);
        self.world.accounts[provider.index()].take(record.cpu);
        let id = self.world.tasks.insert(task);
        let groups = self.world.groups_mut(owner, ordinal);
        let position = groups.insert(provider, zone, phase, id);
        self.world.tasks.set_position(id, position);
        match owner {
            Owner::Service(service) => {
                let service = &mut self.world.services[service.index()];
                let deployment = service.deployment_mut(ordinal);
                deployment.expect("a task's deployment outlives it").pending += 1;
            }
            Owner::Job(source) => self.world.jobs[source.index()].live += 1,
        }
        id
    }

    /// The next step of a task's life.
    pub(super) fn on_task_step(
        &mut self,
        id: TaskId,
        tick: u32,
        step: TaskStep,
        queue: &mut Queue<Event>,
    ) {
        match self.world.tasks.get(id) {
            Some(task) if task.tick() == tick => {}
            Some(_) | None => return,
        }
        match step {
            TaskStep::Started => self.on_started(id, queue),
            TaskStep::FailedToStart => self.on_failed_to_start(id, queue),
            TaskStep::InService => self.on_in_service(id, queue),
            TaskStep::Healthy => self.on_healthy(id, queue),
            TaskStep::Gone => self.on_gone(id, queue),
        }
    }

    fn on_started(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let record = &self.world.tasks.live(id).record;
        let (owner, provider) = (record.owner, record.provider);
        let (wanted_at, deployment) = (record.wanted_at, record.deployment);
        let instance = record.instance;
        let is_quiet = self.quiet_from[record.definition.index()] <= record.memory.0;
        self.load_is_about_to_change(owner);
        self.become_running(id);
        self.observe_often(&Observation::TaskStarted {
            owner,
            deployment,
            provider,
            delay: self.now - wanted_at,
        });
        if !is_quiet {
            self.schedule_crash(id, queue);
            self.check_base_memory(id, queue);
            self.foresee_growth(id, queue);
        }
        if let Some(instance) = instance {
            // One task more is RUNNING there.
            self.constraints_may_hold(instance, queue);
        }
        match owner {
            Owner::Service(service) => {
                self.await_health(id, service, queue);
                self.load_changed(service, queue);
                self.service_started_a_task(service, deployment);
            }
            Owner::Job(source) => {
                self.schedule_work(source, id, queue);
            }
        }
    }

    fn on_failed_to_start(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let record = &self.world.tasks.live(id).record;
        let cause = match (record.problem, record.unresolved) {
            (Some(problem), _) => self.plan.boundary.problem(problem).cause,
            (None, Some(_)) => StopCause::CannotStartContainer,
            (None, None) => StopCause::CannotPullContainer,
        };
        self.stop_task(id, Ending::of(cause), queue);
    }

    pub(super) fn on_in_service(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let owner = self.world.tasks.live(id).record.owner;
        let Owner::Service(service) = owner else {
            return;
        };
        self.load_is_about_to_change(owner);
        self.become_serving(id);
        self.address_gained(service, queue);
        self.await_healthy(id, service, queue);
        self.load_changed(service, queue);
        self.reconcile(service, queue);
    }

    /// A task that is in service is healthy for its deployment, now or later.
    pub(super) fn await_healthy(
        &mut self,
        id: TaskId,
        service: ServiceId,
        queue: &mut Queue<Event>,
    ) {
        let record = &self.world.tasks.live(id).record;
        let containers = self.containers_healthy_at(record);
        let started = record.times.started.unwrap_or(self.now);
        let signs = HealthSigns {
            running_for: self.now.since(started),
            // It serves because its target is healthy.
            target_healthy: self.plan.service(service).target_group.map(|_| true),
            containers_healthy: containers.map(|at| at <= self.now),
        };
        if signs.is_healthy() {
            self.become_healthy(id);
        } else {
            let at = containers.unwrap_or(started + HEALTHY_AFTER_RUNNING);
            self.schedule_step(queue, id, TaskStep::Healthy, at);
        }
    }

    fn on_healthy(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        self.become_healthy(id);
        if let Owner::Service(service) = self.world.tasks.live(id).record.owner {
            self.reconcile(service, queue);
        }
    }

    fn on_gone(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        self.leave_host(id, queue);
        let record = &self.world.tasks.live(id).record;
        let (provider, subnet) = (record.provider, record.subnet);
        self.world.accounts[provider.index()].give_back(record.cpu);
        let gone = Observation::TaskGone(record);
        self.observer.observe_often(self.now, &gone);
        self.world.tasks.remove(id);
        self.give_address_back(subnet);
        self.quota_freed(provider, queue);
    }

    fn become_running(&mut self, id: TaskId) {
        let now = self.now;
        let task = self.world.tasks.live_mut(id);
        let before = task.phase();
        let _ = task.transition(TaskState::Running);
        task.record.times.started = Some(now);
        let phases = (before, task.phase());
        let record = &task.record;
        let (owner, ordinal) = (record.owner, record.deployment);
        let place = (record.provider, record.zone);
        if let Some(beside) = &mut self.world.beside {
            beside.task_runs(self.plan, now, record);
        }
        self.change_phase(id, (owner, ordinal), place, phases);
        if let Owner::Service(service) = owner {
            let deployment = self.world.services[service.index()].deployment_mut(ordinal);
            let deployment = deployment.expect("a task's deployment outlives it");
            deployment.pending -= 1;
            deployment.running += 1;
        }
        self.counts_changed(owner);
    }

    fn become_serving(&mut self, id: TaskId) {
        let now = self.now;
        let task = self.world.tasks.live_mut(id);
        let _ = task.transition(TaskState::Serving);
        task.record.times.in_service = Some(now);
        let (owner, deployment) = (task.record.owner, task.record.deployment);
        if let Owner::Service(service) = owner {
            let deployment = self.world.services[service.index()].deployment_mut(deployment);
            deployment.expect("a task's deployment outlives it").serving += 1;
            self.serving_gained(service, id);
        }
        self.counts_changed(owner);
    }

    fn become_healthy(&mut self, id: TaskId) {
        self.leave_group(id);
        self.world.tasks.live_mut(id).healthy = true;
        self.join_group(id);
        let task = self.world.tasks.live(id);
        let (owner, ordinal) = (task.record.owner, task.record.deployment);
        let is_draining = task.is_draining;
        if let Owner::Service(service) = owner {
            let deployment = self.world.services[service.index()].deployment_mut(ordinal);
            let deployment = deployment.expect("a task's deployment outlives it");
            deployment.healthy += 1;
            deployment.draining_healthy += u32::from(is_draining);
            self.count_outcome((service, ordinal), TaskOutcome::Healthy);
        }
    }

    /// Puts a task into its group's list.
    pub(super) fn join_group(&mut self, id: TaskId) {
        let task = self.world.tasks.live(id);
        let (record, phase) = (&task.record, task.phase());
        let (provider, zone) = (record.provider, record.zone);
        let groups = self.world.groups_mut(record.owner, record.deployment);
        let position = groups.insert(provider, zone, phase, id);
        self.world.tasks.set_position(id, position);
    }

    /// Takes a task from one list of its group to another.
    fn change_phase(
        &mut self,
        id: TaskId,
        (owner, deployment): (Owner, u32),
        (provider, zone): (ProviderId, ZoneId),
        (from, to): (Phase, Phase),
    ) {
        let position = self.world.tasks.position(id);
        let groups = self.world.groups_mut(owner, deployment);
        let moved = groups.remove(provider, zone, from, position);
        let new = groups.insert(provider, zone, to, id);
        if let Some(moved) = moved {
            self.world.tasks.set_position(moved, position);
        }
        self.world.tasks.set_position(id, new);
    }

    /// Takes a task out of its group's list.
    pub(super) fn leave_group(&mut self, id: TaskId) {
        let task = self.world.tasks.live(id);
        let (record, phase) = (&task.record, task.phase());
        let (provider, zone) = (record.provider, record.zone);
        let position = self.world.tasks.position(id);
        let groups = self.world.groups_mut(record.owner, record.deployment);
        let moved = groups.remove(provider, zone, phase, position);
        if let Some(moved) = moved {
            self.world.tasks.set_position(moved, position);
        }
    }

    /// A running task's crash, if `work.crashes` says so: so long after its start, or at random,
    /// whichever comes first.
    pub(super) fn schedule_crash(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let record = &self.world.tasks.live(id).record;
        let work = &self.plan.task_definition(record.definition).work;
        let at_random = work.mttf.map(|mttf| {
            let key = self.owner_key(record.owner);
            let u = self.streams.stream(FATE, key, record.life()).uniform();
            seconds(-mttf.as_secs_f64() * libm::log(u))
        });
        let Some(after) = work.crash_after.into_iter().chain(at_random).min() else {
            return;
        };
        self.world.tasks.live_mut(id).crash_at = Some(self.now.saturating_add(after));
        self.schedule_fate(queue, id, TaskFate::Crash, after);
    }

    /// A Fargate Spot task's own clock: interruptions that come alone.
    fn schedule_isolated_reclaim(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let record = &self.world.tasks.live(id).record;
        if self.plan.provider(record.provider).kind != ProviderKind::FargateSpot {
            return;
        }
        let Some(market) = &self.world.spot else {
            return;
        };
        let key = self.owner_key(record.owner);
        let u = self.streams.stream(ISOLATED, key, record.ordinal).uniform();
        let rates = &market.behaviour(pool_of(record.zone)).rates;
        if let Some(after) = isolated_after(rates, u) {
            self.schedule_fate(queue, id, TaskFate::Reclaim, after);
        }
    }
}

/// Draws of a Spot task's own interruption.
const ISOLATED: Purpose = Purpose::new("isolated interruption");

/// The size in MiB from which on a definition's tasks neither crash nor run out of memory.
pub(super) fn quiet_from(definition: &TaskDefinitionPlan) -> u32 {
    let work = &definition.work;
    let never_crashes = work.mttf.is_none() && work.crash_after.is_none();
    let own = definition.main_container().and_then(|it| it.memory);
    let fits = own.is_none_or(|own| work.memory_base_mib <= f64::from(own.0));
    if !never_crashes || work.memory_growth.is_some() || !fits {
        return u32::MAX;
    }
    match definition.memory_is_reserved {
        true => 0,
        // The cast takes what is too large as the largest.
        false => libm::ceil(work.memory_base_mib) as u32,
    }
}

/// A drawn length.
pub(super) fn seconds(value: f64) -> SimDuration {
    SimDuration::from_secs_f64(value)
}
