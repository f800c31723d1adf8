//! Health checks of services' tasks: when they first pass, when they fail, and what comes of it.

use crate::demand::split_load::Side;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{ServiceId, TargetGroupId, TaskId};
use crate::policy::circuit_breaker::TaskOutcome;
use crate::policy::health_check::{
    FirstHealthy, HealthCheckSettings, NewTarget, first_healthy_at, first_healthy_in_all,
    recovered_at, unhealthy_at,
};
use crate::policy::life_cycle::StopCause;
use crate::policy::task_health::ContainerCheck;
use crate::scenario::plan::TargetGroupPlan;
use crate::simulation::Simulation;
use crate::simulation::event::{Event, TaskFate, TaskStep};
use crate::simulation::task_agent::seconds;
use crate::simulation::task_end::Ending;
use crate::world::service::Deployment;
use crate::world::task::{Owner, TaskRecord};

/// Draws of a task's registration at its target group.
const REGISTRATION: Purpose = Purpose::new("target registration");
/// Draws of whether a task's health checks fail.
const HEALTH: Purpose = Purpose::new("task health");

/// Checks of a target that is registered: the first of them, and the settings.
struct Checks {
    group: TargetGroupId,
    registered: SimTime,
    /// From the registration to the first check.
    phase: SimDuration,
    settings: HealthCheckSettings,
}

/// When a task is found UNHEALTHY, by whom, and in which target group, if that is by one.
pub(super) type Noticed = (SimTime, TaskFate, Option<TargetGroupId>);
/// When a target is unhealthy, and in which group.
pub(super) type TargetUnhealthy = (SimTime, TargetGroupId);

/// What a task's health checks will say.
enum Foreseen {
    /// It is in service from then on.
    Passes(SimTime),
    /// It is in service from the first instant on, until ECS finds it UNHEALTHY.
    Turns(SimTime, Noticed),
    /// It is never in service, and ECS finds it UNHEALTHY.
    Fails(Noticed),
}

impl Simulation<'_> {
    /// A service's task is RUNNING: it waits for its first passing check, or for what failing ones
    /// bring.
    pub(super) fn await_health(
        &mut self,
        id: TaskId,
        service: ServiceId,
        queue: &mut Queue<Event>,
    ) {
        let now = self.now;
        let foreseen = self.foreseen(&self.world.tasks.live(id).record, service);
        match foreseen {
            Foreseen::Passes(at) => self.schedule_step(queue, id, TaskStep::InService, at),
            Foreseen::Turns(at, (until, fate, group)) => {
                let unhealthy_in = group.map(|group| (until, group));
                self.world.tasks.live_mut(id).record.unhealthy_in = unhealthy_in;
                self.schedule_step(queue, id, TaskStep::InService, at);
                self.schedule_fate(queue, id, fate, until.since(now));
            }
            Foreseen::Fails((at, fate, group)) => {
                let task = self.world.tasks.live_mut(id);
                task.record.unhealthy_in = group.map(|group| (at, group));
                task.fail_checks(cause_of(fate));
                self.schedule_fate(queue, id, fate, at.since(now));
            }
        }
    }

    /// What becomes of a task that runs from now on. Where nothing checks it, it is in service as
    /// soon as its code answers.
    fn foreseen(&self, record: &TaskRecord, service: ServiceId) -> Foreseen {
        let plan = self.plan.service(service);
        let definition = self.plan.task_definition(record.definition);
        let starts = self.starts(record);
        let ready = definition.ready_at(self.now, &starts);
        let grace = self.now + plan.health_check_grace;
        let unhealthy_at = |from| self.targets_unhealthy_at((record, service), self.now, from);
        if let Some((noticed, group)) = self.out_of_reach_at((record, service)) {
            // ECS cycles such tasks (Application Load Balancer guide, troubleshooting).
            let fate = TaskFate::Unhealthy;
            return Foreseen::Fails((noticed.max(grace), fate, Some(group)));
        }
        let checks: Vec<Checks> = self.checks((record, service), self.now).collect();
        let firsts = checks.iter().map(|checks| checks.first_healthy_at(ready));
        // Too slow for its checks: ECS does not wait for the recovery, unless it still has grace.
        let before = |noticed: SimTime, passes: SimTime| {
            let noticed = noticed.max(grace);
            (noticed < passes).then_some(noticed)
        };
        let (in_service, by_target) = match first_healthy_in_all(firsts, grace) {
            Ok(first) => (first.unwrap_or(ready), None),
            Err((noticed, at)) => (SimTime::MAX, Some((noticed, checks[at].group))),
        };
        let checked = definition.checked_at(self.now, &starts);
        let by_containers = checked.filter_map(|it| {
            // One that others waited for is HEALTHY already.
            let passes = it.healthy_at().max(self.now);
            before(it.unhealthy_at(it.started), passes)
        });
        if let Some(noticed) = sooner(by_target, by_containers.min()) {
            return Foreseen::Fails(noticed);
        }
        let Some(failing_from) = self.failing_from(record) else {
            return Foreseen::Passes(in_service);
        };
        let by_target = unhealthy_at(failing_from).map(|(at, group)| (at.max(grace), group));
        let by_containers = definition.checked_at(self.now, &starts);
        let by_containers = by_containers.map(|it| it.unhealthy_at(failing_from).max(grace));
        match sooner(by_target, by_containers.min()) {
            // Nobody looks.
            None => Foreseen::Passes(in_service),
            Some(noticed) if failing_from <= in_service || noticed.0 <= in_service => {
                Foreseen::Fails(noticed)
            }
            Some(noticed) => Foreseen::Turns(in_service, noticed),
        }
    }

    /// A task that stands from the start of the run on is in service: what makes its checks fail
    /// later is counted from there, as its crashes are, and its grace period is over.
    pub(super) fn foresee_standing(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let record = &self.world.tasks.live(id).record;
        let Owner::Service(service) = record.owner else {
            return;
        };
        let Some(failing_from) = self.failing_from(record) else {
            return;
        };
        let definition = self.plan.task_definition(record.definition);
        let by_target = self.targets_unhealthy_at((record, service), self.now, failing_from);
        let by_containers = definition.health_checks().map(|check| {
            let long_since = ContainerCheck {
                start_period: SimDuration::ZERO,
                ..check
            };
            long_since.unhealthy_at(self.now, failing_from)
        });
        if let Some((at, fate, group)) = sooner(by_target, by_containers.min()) {
            let unhealthy_in = group.map(|group| (at, group));
            self.world.tasks.live_mut(id).record.unhealthy_in = unhealthy_in;
            let after = at.since(self.now);
            self.schedule_fate(queue, id, fate, after);
        }
    }

    /// When the essential containers of a task that has started are all HEALTHY; `None`: they have
    /// no checks.
    pub(super) fn containers_healthy_at(&self, record: &TaskRecord) -> Option<SimTime> {
        let definition = self.plan.task_definition(record.definition);
        definition.health_checks().next()?;
        let started = record.times.started.unwrap_or(self.now);
        let starts = self.starts(record);
        let checks = definition.checked_at(started, &starts);
        checks.map(|it| it.healthy_at()).max()
    }

    /// From when on a task's health checks fail, by `work.health`.
    fn failing_from(&self, record: &TaskRecord) -> Option<SimTime> {
        Some(self.now + self.fails_after(record)?)
    }

    /// How long after its start a task's health checks fail, by `work.health`.
    pub(super) fn fails_after(&self, record: &TaskRecord) -> Option<SimDuration> {
        let work = &self.plan.task_definition(record.definition).work;
        let unhealthy = work.unhealthy?;
        let key = self.owner_key(record.owner);
        let uniform = self.streams.stream(HEALTH, key, record.ordinal).uniform();
        (uniform < unhealthy.share).then_some(unhealthy.after)
    }

    /// When a task whose essential container was started again is unhealthy in one of its target
    /// groups, having answered nothing since; `None`: it has none.
    pub(super) fn target_unhealthy_at(
        &self,
        record: &TaskRecord,
        service: ServiceId,
    ) -> Option<TargetUnhealthy> {
        let running = record.times.started.unwrap_or(self.now);
        self.targets_unhealthy_at((record, service), running, self.now)
    }

    /// When a task whose essential container was started again, and answers from `ready` on, gets
    /// requests again: when all of its target groups let it have some.
    pub(super) fn target_recovered_at(
        &self,
        record: &TaskRecord,
        service: ServiceId,
        ready: SimTime,
    ) -> SimTime {
        let running = record.times.started.unwrap_or(self.now);
        let all = self.checks((record, service), running).map(|checks| {
            let first_check = checks.first();
            let failing = (self.now.max(first_check), ready.max(first_check));
            recovered_at(failing, first_check, checks.settings).max(ready)
        });
        all.max().unwrap_or(ready)
    }

    /// When the first of a task's target groups finds it unhealthy whose code answers nothing from
    /// an instant on; the task was RUNNING at `running`.
    fn targets_unhealthy_at(
        &self,
        task: (&TaskRecord, ServiceId),
        running: SimTime,
        failing_from: SimTime,
    ) -> Option<TargetUnhealthy> {
        let all = self.checks(task, running);
        let all = all.map(|checks| (checks.unhealthy_at(failing_from), checks.group));
        all.min_by_key(|(at, _)| *at)
    }

    /// When a task that runs now is unhealthy in a target group whose load balancer never reaches
    /// it: the service's security groups keep it out, or it has no node in the task's zone.
    fn out_of_reach_at(&self, task: (&TaskRecord, ServiceId)) -> Option<TargetUnhealthy> {
        let (record, service) = task;
        if !self.is_out_of_reach(service, record.zone) {
            return None;
        }
        let plan = self.plan.service(service);
        let shut = self.checks(task, self.now).filter(|checks| {
            let is_met = self.plan.has_node_of(checks.group, record.zone);
            plan.is_cut_off || plan.alternate_group.is_some() || !is_met
        });
        let all = shut.map(|checks| (checks.unhealthy_at(self.now), checks.group));
        all.min_by_key(|(at, _)| *at)
    }

    /// The checks of a task that was RUNNING at an instant, by each of its target groups: it is
    /// registered with all at once, and each looks at times of its own.
    fn checks(
        &self,
        (record, service): (&TaskRecord, ServiceId),
        running: SimTime,
    ) -> impl Iterator<Item = Checks> {
        let plan = self.plan;
        let groups = plan.service(service).groups();
        let key = self.owner_key(record.owner);
        let mut draws = self.streams.stream(REGISTRATION, key, record.ordinal);
        let latencies = &plan.provider(record.provider).latencies;
        let mut registered = None;
        // A revision that traffic is shifted to is in the service's other group.
        let state = &self.world.services[service.index()];
        let mut deployments = state.deployments.iter();
        let own = deployments.find(|it| it.ordinal == record.deployment);
        let is_second = own.is_some_and(|own| own.side == Side::BOTH[1]);
        let other = plan.service(service).alternate_group.filter(|_| is_second);
        groups.map(move |id| {
            let group = &plan.target_groups[id.index()];
            let registered = *registered.get_or_insert_with(|| {
                running + seconds(latencies.registration.sample(&mut draws))
            });
            let interval = group.health_check_interval;
            Checks {
                group: other.unwrap_or(id),
                registered,
                phase: seconds(draws.uniform() * interval.as_secs_f64()),
                settings: settings(group),
            }
        })
    }

    /// A task's health checks have failed: it answers nothing more and its service is to replace
    /// it, a new one first where the upper bound has the room.
    ///
    /// Source: ECS developer guide, ecs_services (2026-11).
    pub(super) fn on_unhealthy(&mut self, id: TaskId, fate: TaskFate, queue: &mut Queue<Event>) {
        let cause = cause_of(fate);
        let task = self.world.tasks.live(id);
        let Owner::Service(service) = task.record.owner else {
            return;
        };
        // One whose end nobody heard of is healthy for ECS until now.
        if task.failing().is_none() || task.healthy {
            self.load_is_about_to_change(Owner::Service(service));
            self.turn_unhealthy(id, (service, cause), queue);
        }
        if self.plan.service(service).is_daemon {
            self.stop_task(id, Ending::of(cause), queue);
        } else {
            self.mark_draining(id, service);
            self.mark_unhealthy(id, service);
            self.ask_the_unhealthy(service, queue);
        }
        self.reconcile(service, queue);
    }

    /// A target is unhealthy: if no other is healthy, the load balancer fails open.
    fn ask_the_unhealthy(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let state = &self.world.services[service.index()];
        let mut sides = Side::BOTH.into_iter();
        let is_alone = |side| 0 < state.counts_on(side).0 && state.serving_on(side) == 0;
        if self.plan.service(service).target_group.is_some() && sides.any(is_alone) {
            self.load_is_about_to_change(Owner::Service(service));
            self.load_changed(service, queue);
        }
    }

    /// A task that may be in service and healthy is so no longer.
    fn turn_unhealthy(
        &mut self,
        id: TaskId,
        (service, cause): (ServiceId, StopCause),
        queue: &mut Queue<Event>,
    ) {
        self.leave_group(id);
        let task = self.world.tasks.live_mut(id);
        let was_serving = task.is_serving();
        let was_healthy = std::mem::take(&mut task.healthy);
        let (ordinal, is_draining) = (task.record.deployment, task.is_draining);
        task.fail_checks(cause);
        self.join_group(id);
        let state = &mut self.world.services[service.index()];
        if let Some(deployment) = state.deployment_mut(ordinal) {
            deployment.healthy -= u32::from(was_healthy);
            deployment.draining_healthy -= u32::from(was_healthy && is_draining);
        }
        if was_serving {
            self.answers_no_longer((service, ordinal), id, queue);
        }
    }

    /// ECS has found a task UNHEALTHY.
    fn mark_unhealthy(&mut self, id: TaskId, service: ServiceId) {
        if self.world.tasks.live(id).is_unhealthy {
            return;
        }
        self.leave_group(id);
        let task = self.world.tasks.live_mut(id);
        task.is_unhealthy = true;
        let ordinal = task.record.deployment;
        self.join_group(id);
        let state = &mut self.world.services[service.index()];
        if let Some(deployment) = state.deployment_mut(ordinal) {
            deployment.unhealthy += 1;
        }
    }

    /// Whether anything says of a deployment's tasks that they are healthy, beside that they run.
    pub(super) fn is_checked(&self, (service, deployment): (ServiceId, u32)) -> bool {
        let state = &self.world.services[service.index()];
        let mut deployments = state.deployments.iter();
        let its = deployments.find(|it| it.ordinal == deployment);
        let has_checks = |it: &Deployment| {
            let definition = self.plan.task_definition(it.definition);
            definition.health_checks().next().is_some()
        };
        self.plan.service(service).target_group.is_some() || its.is_some_and(has_checks)
    }

    /// What became of a task, for the circuit breaker: only the deployment that is being rolled out
    /// is watched.
    pub(super) fn count_outcome(
        &mut self,
        (service, deployment): (ServiceId, u32),
        outcome: TaskOutcome,
    ) {
        let state = &mut self.world.services[service.index()];
        let Some(breaker) = state.rules.circuit_breaker else {
            return;
        };
        if state.is_in_progress() && state.primary().ordinal == deployment {
            let primary = state.primary_mut();
            let reset = breaker.reset_on_healthy_task;
            primary.failures = primary.failures.after(outcome, reset);
        }
    }
}

/// The checks of a target group as the rules read them.
fn settings(group: &TargetGroupPlan) -> HealthCheckSettings {
    HealthCheckSettings {
        interval_s: (group.health_check_interval.as_micros() / 1_000_000) as u32,
        healthy_threshold: group.checks_to_recover,
        unhealthy_threshold: group.checks_to_unhealthy,
        new_target: match group.checks_to_healthy {
            1 => NewTarget::OneCheck,
            count => NewTarget::Checks(count),
        },
        ..HealthCheckSettings::default()
    }
}

/// What a task is stopped for that is found UNHEALTHY.
fn cause_of(fate: TaskFate) -> StopCause {
    match fate {
        TaskFate::ContainersUnhealthy => StopCause::FailedContainerHealthChecks,
        _ => StopCause::FailedElbHealthChecks,
    }
}

/// Who notices first.
pub(super) fn sooner(
    by_target: Option<TargetUnhealthy>,
    by_containers: Option<SimTime>,
) -> Option<Noticed> {
    let by_target = by_target.map(|(at, group)| (at, TaskFate::Unhealthy, Some(group)));
    let by_containers = by_containers.map(|at| (at, TaskFate::ContainersUnhealthy, None));
    let both = by_target.into_iter().chain(by_containers);
    both.min_by_key(|(at, ..)| *at)
}

impl Checks {
    fn first(&self) -> SimTime {
        self.registered.saturating_add(self.phase)
    }

    fn first_healthy_at(&self, ready: SimTime) -> FirstHealthy {
        first_healthy_at(self.registered, ready, self.settings, self.phase)
    }

    /// When a target is unhealthy whose application fails from then on.
    fn unhealthy_at(&self, failing_from: SimTime) -> SimTime {
        let first_check = self.first();
        unhealthy_at(failing_from.max(first_check), first_check, self.settings)
    }
}
