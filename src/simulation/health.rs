//! Health checks of services' tasks: when they first pass, when they fail, and what comes of it.

use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{ServiceId, TaskId};
use crate::policy::circuit_breaker::TaskOutcome;
use crate::policy::health_check::{
    FirstHealthy, HealthCheckSettings, NewTarget, first_healthy_at, unhealthy_at,
};
use crate::policy::life_cycle::StopCause;
use crate::scenario::plan::TargetGroupPlan;
use crate::simulation::Simulation;
use crate::simulation::event::{Event, TaskFate, TaskStep};
use crate::simulation::task_agent::seconds;
use crate::simulation::task_end::Ending;
use crate::world::task::{Owner, TaskRecord};

/// Draws of a task's registration at its target group.
const REGISTRATION: Purpose = Purpose::new("target registration");
/// Draws of whether a task's health checks fail.
const HEALTH: Purpose = Purpose::new("task health");

/// Checks of a target that is registered: the first of them, and the settings.
struct Checks {
    registered: SimTime,
    /// From the registration to the first check.
    phase: SimDuration,
    settings: HealthCheckSettings,
}

/// What a task's health checks will say.
enum Foreseen {
    /// It is in service from then on.
    Passes(SimTime),
    /// It is in service from the first instant to the second, when ECS finds it UNHEALTHY.
    Turns(SimTime, SimTime),
    /// It is never in service; ECS finds it UNHEALTHY then.
    Fails(SimTime),
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
            Foreseen::Turns(at, until) => {
                self.schedule_step(queue, id, TaskStep::InService, at);
                self.schedule_fate(queue, id, TaskFate::Unhealthy, until.since(now));
            }
            Foreseen::Fails(at) => {
                let task = self.world.tasks.live_mut(id);
                task.fail_checks(StopCause::FailedElbHealthChecks);
                self.schedule_fate(queue, id, TaskFate::Unhealthy, at.since(now));
            }
        }
    }

    /// What becomes of a task that runs from now on. Where nothing checks it, it is in service as
    /// soon as its code answers.
    fn foreseen(&self, record: &TaskRecord, service: ServiceId) -> Foreseen {
        let work = &self.plan.task_definition(record.definition).work;
        let ready = self.now + work.start;
        let Some(group) = self.plan.service(service).target_group else {
            return Foreseen::Passes(ready);
        };
        let group = &self.plan.target_groups[group.index()];
        let checks = self.checks(record, group);
        let grace = self.now + self.plan.service(service).health_check_grace;
        let first = checks.first_healthy_at(ready);
        // Too slow for its checks: ECS does not wait for the recovery, unless it still has grace.
        let slow = first.unhealthy_at.map(|at| at.max(grace));
        if let Some(noticed) = slow.filter(|noticed| *noticed < first.at) {
            return Foreseen::Fails(noticed);
        }
        let Some(failing_from) = self.failing_from(record) else {
            return Foreseen::Passes(first.at);
        };
        let noticed = checks.unhealthy_at(failing_from).max(grace);
        match failing_from <= first.at || noticed <= first.at {
            true => Foreseen::Fails(noticed),
            false => Foreseen::Turns(first.at, noticed),
        }
    }

    /// From when on a task's health checks fail, by `work.health`.
    fn failing_from(&self, record: &TaskRecord) -> Option<SimTime> {
        let work = &self.plan.task_definition(record.definition).work;
        let unhealthy = work.unhealthy?;
        let key = self.owner_key(record.owner);
        let uniform = self.streams.stream(HEALTH, key, record.ordinal).uniform();
        (uniform < unhealthy.share).then(|| self.now + unhealthy.after)
    }

    fn checks(&self, record: &TaskRecord, group: &TargetGroupPlan) -> Checks {
        let key = self.owner_key(record.owner);
        let mut draws = self.streams.stream(REGISTRATION, key, record.ordinal);
        let latencies = &self.plan.provider(record.provider).latencies;
        let registered = self.now + seconds(latencies.registration.sample(&mut draws));
        let interval = group.health_check_interval;
        let settings = HealthCheckSettings {
            interval_s: (interval.as_micros() / 1_000_000) as u32,
            healthy_threshold: group.checks_to_healthy,
            unhealthy_threshold: group.checks_to_unhealthy,
            new_target: if 1 < group.checks_to_healthy {
                NewTarget::Threshold
            } else {
                NewTarget::OneCheck
            },
            ..HealthCheckSettings::default()
        };
        Checks {
            registered,
            phase: seconds(draws.uniform() * interval.as_secs_f64()),
            settings,
        }
    }

    /// A task's health checks have failed: it answers nothing more and its service is to replace
    /// it, a new one first where the upper bound has the room.
    ///
    /// Source: ECS developer guide, service scheduler (2026-11). ASSUMPTION: where the lower bound
    /// leaves the room, ECS stops it before its replacement is healthy.
    pub(super) fn on_unhealthy(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let cause = StopCause::FailedElbHealthChecks;
        let task = self.world.tasks.live(id);
        let Owner::Service(service) = task.record.owner else {
            return;
        };
        if task.failing().is_none() {
            self.load_is_about_to_change(Owner::Service(service));
            self.turn_unhealthy(id, (service, cause), queue);
        }
        if self.plan.service(service).is_daemon {
            self.stop_task(id, Ending::of(cause), queue);
        } else {
            self.mark_draining(id, service);
        }
        self.reconcile(service, queue);
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

    /// Whether anything says of a service's tasks that they are healthy, beside that they run.
    pub(super) fn is_checked(&self, service: ServiceId) -> bool {
        self.plan.service(service).target_group.is_some()
    }

    /// What became of a task, for the circuit breaker: only the deployment that is being rolled out
    /// is watched.
    pub(super) fn count_outcome(
        &mut self,
        (service, deployment): (ServiceId, u32),
        outcome: TaskOutcome,
    ) {
        let Some(breaker) = self.plan.service(service).circuit_breaker else {
            return;
        };
        let state = &mut self.world.services[service.index()];
        if state.is_in_progress() && state.primary().ordinal == deployment {
            let primary = state.primary_mut();
            let reset = breaker.reset_on_healthy_task;
            primary.failures = primary.failures.after(outcome, reset);
        }
    }
}

impl Checks {
    fn first_healthy_at(&self, ready: SimTime) -> FirstHealthy {
        first_healthy_at(self.registered, ready, self.settings, self.phase)
    }

    /// When a target is unhealthy whose application fails from then on.
    fn unhealthy_at(&self, failing_from: SimTime) -> SimTime {
        let first_check = self.registered.saturating_add(self.phase);
        unhealthy_at(failing_from.max(first_check), first_check, self.settings)
    }
}
