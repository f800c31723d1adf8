//! Deployments of services: how far a rollout is, what of its older side is replaced, when it is
//! over.

use crate::engine::SimDuration;
use crate::engine::queue::Queue;
use crate::ids::{AlarmId, ServiceId, TaskDefinitionId};
use crate::observe::inputs::{CircuitBreakerAsked, DecisionInputs};
use crate::observe::observation::{DeploymentStep, Failed, FailedBy, Observation};
use crate::policy::alarm::AlarmState;
use crate::policy::circuit_breaker::Verdict;
use crate::policy::deployment::{
    Bounds, Percentages, Replace, ReplaceReason, Rollout, Side, bounds, is_stuck,
    old_tasks_to_replace,
};
use crate::policy::deployment_alarms::{Watch, watch};
use crate::policy::rollout::{healthy_for_success, stop_rolls_back};
use crate::policy::strategy::Strategy;
use crate::scenario::plan::DeploymentAlarmsPlan;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::service::{Baking, RolloutState};

impl<'p> Simulation<'p> {
    /// A new deployment of a service becomes PRIMARY; without a strategy it has the present one.
    pub(super) fn start_deployment(
        &mut self,
        service: ServiceId,
        definition: TaskDefinitionId,
        strategy: Option<&Strategy>,
        queue: &mut Queue<Event>,
    ) {
        let now = self.now;
        let state = &mut self.world.services[service.index()];
        let strategy = strategy.unwrap_or(&state.primary().strategy).clone();
        state.deploy(definition, strategy, now);
        self.tell_deployment(service, DeploymentStep::Started);
        self.begin_watch(service);
        if let Some(plan) = self.world.services[service.index()].rules.shift {
            self.begin_shift(service, plan, queue);
        }
    }

    /// Tells what happened to the PRIMARY deployment.
    pub(super) fn tell_deployment(&mut self, service: ServiceId, step: DeploymentStep) {
        let primary = self.world.services[service.index()].primary();
        let (ordinal, definition) = (primary.ordinal, primary.definition);
        self.observe(&Observation::Deployment {
            service,
            ordinal,
            definition,
            step,
        });
    }

    /// The circuit breaker looks at the deployment that is being rolled out. Whether it has failed
    /// just now.
    pub(super) fn judge_deployment(
        &mut self,
        service: ServiceId,
        queue: &mut Queue<Event>,
    ) -> bool {
        let state = &self.world.services[service.index()];
        let rules = state.rules;
        let Some(breaker) = rules.circuit_breaker.filter(|_| rules.shift.is_none()) else {
            return false;
        };
        let failures = state.primary().failures;
        if !state.is_in_progress() || failures.count() == 0 {
            return false;
        }
        let asked = CircuitBreakerAsked {
            breaker,
            failures,
            desired: state.desired,
            has_completed: state.to_go_back_to().is_some(),
        };
        let (threshold, rolls_back) = match asked.answer() {
            Verdict::GoesOn { .. } => return false,
            Verdict::Fails { threshold } => (threshold, false),
            Verdict::RollsBack { threshold } => (threshold, true),
        };
        self.note(&DecisionInputs::CircuitBreaker { service, asked });
        let by = FailedBy::CircuitBreaker {
            failures,
            threshold,
        };
        self.fail_deployment(service, Failed { by, rolls_back }, queue);
        true
    }

    /// An alarm has gone to ALARM: the deployments that it watches fail.
    pub(super) fn fail_deployments(&mut self, alarm: AlarmId, queue: &mut Queue<Event>) {
        let plan = self.plan;
        for service in &plan.alarms[alarm.index()].fails_deployments_of {
            let state = &self.world.services[service.index()];
            let watched = self.watched(*service);
            let is_watching = state.watch == Watch::Watching;
            let Some(watched) = watched.filter(|it| is_watching && it.alarms.contains(&alarm))
            else {
                continue;
            };
            if state.is_in_progress() {
                let rolls_back = watched.rollback && state.to_go_back_to().is_some();
                let by = FailedBy::Alarm(alarm);
                self.fail_deployment(*service, Failed { by, rolls_back }, queue);
                self.reconcile(*service, queue);
            }
        }
    }

    /// The alarms of a service's deployment under way.
    fn watched(&self, service: ServiceId) -> Option<&'p DeploymentAlarmsPlan> {
        let place = self.world.services[service.index()].watched?;
        self.plan.service(service).watched(place)
    }

    /// What the alarms are to a deployment that begins.
    pub(super) fn begin_watch(&mut self, service: ServiceId) {
        let state = &mut self.world.services[service.index()];
        state.watched = state.rules.alarms;
        state.watch = Watch::Off;
        let Some(watched) = self.watched(service) else {
            return;
        };
        let state = |alarm: &AlarmId| self.world.alarms[alarm.index()].state;
        let watch = watch(watched.alarms.iter().map(state));
        let mut alarms = watched.alarms.iter();
        let on = alarms.find(|alarm| state(alarm) == AlarmState::Alarm);
        self.world.services[service.index()].watch = watch;
        if let (Watch::Ignored, Some(alarm)) = (watch, on) {
            self.tell_deployment(service, DeploymentStep::AlarmsIgnored(*alarm));
        }
    }

    /// A deployment that is rolled out is complete, unless its alarms are to be watched for a
    /// while: then it is when they have been.
    fn is_baked(&mut self, service: ServiceId, queue: &mut Queue<Event>) -> bool {
        let bake = self
            .watched(service)
            .map_or(SimDuration::ZERO, |watched| watched.bake);
        let state = &mut self.world.services[service.index()];
        if state.watch != Watch::Watching || bake.is_zero() || state.baking == Baking::Done {
            return true;
        }
        if state.baking == Baking::NotYet {
            let until = self.now.saturating_add(bake);
            state.baking = Baking::Until(until);
            let tick = state.bake_tick;
            if until < self.plan.horizon() {
                queue.schedule_at(until, Event::Baked { service, tick });
            }
            self.tell_deployment(service, DeploymentStep::Baking { until });
        }
        false
    }

    /// The alarms have been watched for long enough.
    pub(super) fn on_baked(&mut self, service: ServiceId, tick: u32, queue: &mut Queue<Event>) {
        let state = &mut self.world.services[service.index()];
        if state.bake_tick == tick && state.is_in_progress() {
            state.baking = Baking::Done;
            self.reconcile(service, queue);
        }
    }

    /// StopServiceDeployment: the deployment in progress is over, if there is one.
    pub(super) fn stop_deployment(
        &mut self,
        service: ServiceId,
        is_asked: bool,
        queue: &mut Queue<Event>,
    ) {
        let state = &self.world.services[service.index()];
        if !state.is_in_progress() {
            self.tell_deployment(service, DeploymentStep::NotStopped);
            return;
        }
        let rolls_back = stop_rolls_back(is_asked, state.to_go_back_to().is_some());
        let by = FailedBy::Stopped;
        self.fail_deployment(service, Failed { by, rolls_back }, queue);
        self.reconcile(service, queue);
    }

    /// The PRIMARY deployment has failed; the last completed one takes its place again, if it is to
    /// be rolled back.
    pub(super) fn fail_deployment(
        &mut self,
        service: ServiceId,
        failed: Failed,
        queue: &mut Queue<Event>,
    ) {
        let now = self.now;
        self.tell_deployment(service, DeploymentStep::Failed(failed));
        let state = &mut self.world.services[service.index()];
        state.fail(now);
        let to = state.to_go_back_to().filter(|_| failed.rolls_back);
        if let Some(to) = to {
            let from = state.primary().ordinal;
            state.roll_back(to, now);
            let by = failed.by;
            self.tell_deployment(service, DeploymentStep::RollingBack { from, by });
            self.daemon_redefined(service);
            self.shift_back(service, queue);
            // What alarms see until it is through is the failed revision's doing: they watch no
            // rollback, and it does not bake (ASSUMPTION).
            self.world.services[service.index()].watch = Watch::Off;
        } else {
            // Scale-in was off until now.
            self.scaling_changed(service, queue);
        }
    }

    /// Older deployments get lost tasks back, of their own revisions, the newest of them first
    /// (ASSUMPTION: the oldest one's tasks are the first to be stopped); what is not to be replaced
    /// is let go. Returns what was decided.
    pub(super) fn replace_lost(
        &mut self,
        service: ServiceId,
        (rollout, bounds): (Rollout, Bounds),
        queue: &mut Queue<Event>,
    ) -> Replace {
        let now = self.now;
        let state = &mut self.world.services[service.index()];
        let primary = state.deployments.len() - 1;
        let old = &mut state.deployments[..primary];
        let replace = old_tasks_to_replace(rollout, bounds);
        let is_enough = matches!(replace.reason, ReplaceReason::Enough { .. });
        for deployment in old {
            if is_enough || deployment.rollout == RolloutState::Failed {
                deployment.let_lost_go();
            }
            deployment.want(deployment.lost(), now);
        }
        let mut left = replace.tasks;
        for position in (0..primary).rev() {
            let deployment = &self.world.services[service.index()].deployments[position];
            let (ordinal, tasks) = (deployment.ordinal, deployment.lost().min(left));
            left -= tasks;
            if 0 < tasks {
                self.start_tasks((service, ordinal), tasks, queue);
            }
        }
        replace
    }

    /// Says once of a deployment that its bounds leave it nothing to do, when no task of it can
    /// become healthy any more.
    pub(super) fn tell_stuck(&mut self, service: ServiceId, percentages: Percentages) {
        if self.keeps_all(service) {
            return;
        }
        let rollout = self.rollout(service);
        let bounds = bounds(rollout.desired, percentages);
        let is_settled = rollout.old.running == rollout.old.healthy
            && rollout.new.running == rollout.new.healthy;
        let state = &mut self.world.services[service.index()];
        if !state.is_in_progress() || state.is_stuck || !is_settled || !is_stuck(rollout, bounds) {
            return;
        }
        state.is_stuck = true;
        self.tell_deployment(service, DeploymentStep::Stuck);
    }

    /// The bounds of its rollouts, in percent.
    pub(super) fn percentages(&self, service: ServiceId) -> Percentages {
        let rules = &self.world.services[service.index()].rules;
        Percentages {
            minimum_healthy: rules.minimum_healthy_percent,
            maximum: rules.maximum_percent,
        }
    }

    /// The tasks of the older deployments and those of the PRIMARY one.
    pub(super) fn rollout(&mut self, service: ServiceId) -> Rollout {
        let now = self.now;
        let state = &mut self.world.services[service.index()];
        // A DAEMON service's tasks that stop are on other instances than those that it lacks,
        // unless it deploys.
        let is_rigid = state.rolling || !self.plan.service(service).is_daemon;
        let mut rollout = Rollout {
            desired: state.desired + u32::from(state.moving.is_some()),
            old: Side::default(),
            new: Side::default(),
            unhealthy: 0,
            lost: 0,
            added: 0,
            stopping: if is_rigid { state.stopping_at(now) } else { 0 },
            is_rolling: state.rolling,
            has_failed: state.primary().rollout == RolloutState::Failed,
        };
        let last = state.deployments.len() - 1;
        for (position, deployment) in state.deployments.iter().enumerate() {
            let side = if position == last {
                &mut rollout.new
            } else {
                &mut rollout.old
            };
            side.pending += deployment.pending;
            side.running += deployment.running;
            side.healthy += deployment.healthy;
            rollout.unhealthy += deployment.unhealthy;
            if position < last {
                rollout.lost += deployment.lost();
                rollout.added += deployment.added;
            } else {
                // What a draining instance holds is to be replaced, as if it were older, and so is
                // what is UNHEALTHY.
                let (running, healthy) = (deployment.draining, deployment.draining_healthy);
                rollout.new.running -= running;
                rollout.new.healthy -= healthy;
                rollout.old.running += running;
                rollout.old.healthy += healthy;
            }
        }
        rollout
    }

    /// A rollout is complete when the new tasks are all healthy, or as many as are enough, and the
    /// old ones are gone, with what drains of them, unless they may go later (API Deployment: its
    /// service has reached a steady state).
    pub(super) fn complete_deployment(
        &mut self,
        service: ServiceId,
        queue: &mut Queue<Event>,
    ) -> bool {
        let state = &mut self.world.services[service.index()];
        let early = state.rules.early_success.filter(|_| state.shift.is_none());
        let is_in_progress = state.is_in_progress();
        let (primary, old) = state
            .deployments
            .split_last()
            .expect("a service has a deployment from its creation on");
        let healthy = primary.healthy - primary.draining_healthy;
        let are_leaving = old.iter().all(|d| d.live() == 0);
        let enough = healthy_for_success(state.desired, early.map(|it| it.healthy_percent));
        let may_be = state.defers_cleanup || is_in_progress && enough <= healthy;
        let until = match are_leaving && may_be {
            true => state.old_stop_until(self.now),
            false => None,
        };
        let are_gone = are_leaving && until.is_none();
        if let Some(at) = until {
            self.look_again_at((service, at), queue);
        }
        let state = &mut self.world.services[service.index()];
        if state.defers_cleanup && are_gone {
            state.defers_cleanup = false;
            let keep = state.deployments.len() - 1;
            state.deployments.drain(..keep);
            return false;
        }
        let may_stay = early.is_some_and(|it| it.defers_cleanup);
        if !is_in_progress || healthy < enough || !are_gone && !may_stay {
            return false;
        }
        let shifts = state.shift.is_some();
        if shifts && self.keeps_all(service) || !shifts && !self.is_baked(service, queue) {
            return false;
        }
        let state = &mut self.world.services[service.index()];
        state.shift = None;
        let primary = state.primary_mut();
        primary.rollout = RolloutState::Completed;
        primary.was_completed = true;
        state.rolling = false;
        state.defers_cleanup = !are_gone;
        if are_gone {
            let keep = state.deployments.len() - 1;
            state.deployments.drain(..keep);
        }
        self.tell_deployment(service, DeploymentStep::Completed);
        true
    }
}
