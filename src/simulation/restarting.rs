//! Containers that are started again in their task: what a restart policy spares the service.

use crate::engine::queue::Queue;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{JobSourceId, ServiceId, TaskId};
use crate::observe::inputs::{ContainerEnd, DecisionInputs};
use crate::observe::observation::Observation;
use crate::policy::life_cycle::StopCause;
use crate::policy::restart::{RestartReason, restart};
use crate::scenario::plan::ContainerInsights;
use crate::simulation::Simulation;
use crate::simulation::event::{Event, TaskFate};
use crate::simulation::health::{Noticed, sooner};
use crate::world::task::{Owner, Task, TaskState};

impl Simulation<'_> {
    /// The essential container of a task has ended: whether it is started again there. ASSUMPTION:
    /// at once; until its code answers, others get the requests.
    pub(super) fn restarts_in_place(
        &mut self,
        id: TaskId,
        exit_code: i32,
        queue: &mut Queue<Event>,
    ) -> bool {
        let task = self.world.tasks.live(id);
        let definition = self.plan.task_definition(task.record.definition);
        let Some(container) = definition.main_container() else {
            return false;
        };
        let Some(since) = task
            .record
            .last_start()
            .filter(|_| task.state().is_running())
        else {
            return false;
        };
        let ran = self.now.since(since);
        if restart(container.restart.as_ref(), exit_code, ran) != RestartReason::Restarts {
            return false;
        }
        match task.record.owner {
            Owner::Service(service) => {
                self.restart_of_service(id, (service, container.code.start), queue);
            }
            Owner::Job(source) => self.restart_of_job(id, (source, exit_code, ran), queue),
        }
        if self.plan.cluster.container_insights != ContainerInsights::Disabled {
            let owner = self.world.tasks.live(id).record.owner;
            self.observe(&Observation::ContainerRestarted { owner });
        }
        self.schedule_crash(id, queue);
        self.foresee_growth(id, queue);
        true
    }

    /// Tells whoever asks why how the essential container of a task ended.
    pub(super) fn note_container_end(&mut self, id: TaskId, (cause, exit): (StopCause, i32)) {
        if !self.observer.follows() {
            return;
        }
        let record = &self.world.tasks.live(id).record;
        let inputs = DecisionInputs::ContainerEnded {
            owner: record.owner,
            ordinal: record.ordinal,
            end: ContainerEnd {
                cause,
                exit_code: exit,
                since: record.last_start(),
                kept: self.kept_memory(id),
            },
        };
        self.note(&inputs);
    }

    fn restart_of_service(
        &mut self,
        id: TaskId,
        (service, start): (ServiceId, SimDuration),
        queue: &mut Queue<Event>,
    ) {
        self.load_is_about_to_change(Owner::Service(service));
        self.memory_is_free(id);
        let task = self.world.tasks.live_mut(id);
        let was_serving = task.is_serving();
        let deployment = task.record.deployment;
        task.restart(self.now);
        if was_serving {
            self.answers_no_longer((service, deployment), id, queue);
        }
        let ready = self.now + start;
        let passes = self.passes_again(id, service, ready);
        let noticed = self.noticed_before((id, service), ready, passes);
        let ordinal = self.world.tasks.live(id).record.ordinal;
        self.note(&DecisionInputs::Restarted {
            service,
            ordinal,
            ready,
            noticed: noticed.map(|(at, ..)| at),
        });
        match noticed {
            Some((at, fate, group)) => {
                self.world.tasks.live_mut(id).record.unhealthy_in = group.map(|group| (at, group));
                self.schedule_fate(queue, id, fate, at.since(self.now));
            }
            None => {
                let after = passes.since(self.now);
                self.schedule_fate(queue, id, TaskFate::Restarted, after);
            }
        }
    }

    /// When a target gets requests again whose container answers from `ready` on.
    fn passes_again(&self, id: TaskId, service: ServiceId, ready: SimTime) -> SimTime {
        let record = &self.world.tasks.live(id).record;
        self.target_recovered_at(record, service, ready)
    }

    /// Who finds a task UNHEALTHY whose container was just started again, before it is healthy: it
    /// answers from `ready` on, its target `passes` later or then.
    fn noticed_before(
        &self,
        (id, service): (TaskId, ServiceId),
        ready: SimTime,
        passes: SimTime,
    ) -> Option<Noticed> {
        let record = &self.world.tasks.live(id).record;
        let plan = self.plan.service(service);
        let started = record.times.started.unwrap_or(self.now);
        let grace = started + plan.health_check_grace;
        let by_target = self.target_unhealthy_at(record, service);
        let by_target = by_target.map(|(at, group)| (at.max(grace), group));
        let definition = self.plan.task_definition(record.definition);
        let check = definition.main_container().and_then(|it| it.health_check);
        let by_containers = check.and_then(|check| {
            let noticed = check.unhealthy_at(self.now, self.now).max(grace);
            (noticed < check.healthy_at(self.now, ready)).then_some(noticed)
        });
        sooner(by_target.filter(|(at, _)| *at < passes), by_containers)
    }

    /// A program's task begins its work again, from its last checkpoint on; after an end that was
    /// none of its own, from its beginning.
    fn restart_of_job(
        &mut self,
        id: TaskId,
        (source, exit_code, ran): (JobSourceId, i32, SimDuration),
        queue: &mut Queue<Event>,
    ) {
        let task = self.world.tasks.live_mut(id);
        task.restart(self.now);
        task.is_restarting = false;
        if let Some(job) = task.job.filter(|_| exit_code != 0) {
            self.keep_checkpoint(source, job, id, ran);
        }
        self.schedule_work(source, id, queue);
    }

    /// The work of a program's task is done when what is left of it has been done.
    pub(super) fn schedule_work(
        &mut self,
        source: JobSourceId,
        id: TaskId,
        queue: &mut Queue<Event>,
    ) {
        let job = self.world.tasks.live(id).job;
        let job = job.expect("a job's task knows its job");
        let job = self.world.jobs[source.index()].job_mut(job);
        if let Some(work) = job.work {
            let left = work.as_micros().saturating_sub(job.done.as_micros());
            let left = SimDuration::from_micros(left);
            self.schedule_fate(queue, id, TaskFate::WorkDone, left);
        }
    }

    /// What a checkpoint saved is kept, the rest of the work is lost with the task.
    pub(super) fn keep_checkpoint(
        &mut self,
        source: JobSourceId,
        index: u32,
        id: TaskId,
        worked: SimDuration,
    ) {
        let plan = &self.plan.job_sources[source.index()];
        let every = self
            .plan
            .task_definition(plan.task_definition)
            .work
            .checkpoint_every;
        let kept = match every {
            Some(every) if !every.is_zero() => {
                SimDuration::from_micros(worked.as_micros() / every.as_micros() * every.as_micros())
            }
            Some(_) | None => SimDuration::ZERO,
        };
        let job = self.world.jobs[source.index()].job_mut(index);
        job.done = job.done + kept;
        let lost = SimDuration::from_micros(worked.as_micros() - kept.as_micros());
        let record = &mut self.world.tasks.live_mut(id).record;
        record.lost_work = record.lost_work + lost;
    }

    /// When the work of a program's task is done; `None`: it has none, or never was started again.
    pub(super) fn work_done_at(&self, task: &Task) -> Option<SimTime> {
        let since = task.record.restarted?;
        let Owner::Job(source) = task.record.owner else {
            return None;
        };
        let job = self.world.jobs[source.index()].job(task.job?)?;
        let left = job.work?.as_micros().saturating_sub(job.done.as_micros());
        Some(since + SimDuration::from_micros(left))
    }

    /// A container that was started again answers.
    pub(super) fn on_restarted(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let task = self.world.tasks.live(id);
        let (owner, state) = (task.record.owner, task.state());
        let Owner::Service(service) = owner else {
            return;
        };
        if !task.is_restarting || task.failing().is_some() {
            return;
        }
        self.load_is_about_to_change(owner);
        let task = self.world.tasks.live_mut(id);
        task.is_restarting = false;
        let (deployment, is_healthy) = (task.record.deployment, task.healthy);
        if state == TaskState::Running {
            return self.on_in_service(id, queue);
        }
        let state = &mut self.world.services[service.index()];
        if let Some(deployment) = state.deployment_mut(deployment) {
            deployment.serving += 1;
        }
        self.serving_gained(service, id);
        self.counts_changed(owner);
        if !is_healthy {
            self.await_healthy(id, service, queue);
        }
        self.load_changed(service, queue);
        self.reconcile(service, queue);
    }
}
