//! Blue/green, linear and canary deployments: stages, hooks, and the traffic that goes over.

use crate::demand::split_load::Side;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::engine::{SimDuration, SimTime};
use crate::ids::ServiceId;
use crate::observe::observation::{DeploymentStep, Failed, FailedBy};
use crate::policy::app_spec::runs_hooks;
use crate::policy::deployment::{Stop, StopReason};
use crate::policy::traffic_shift::{
    Stage, TrafficShare, hook, is_steered, network_wait, stage_length,
};
use crate::scenario::plan::TrafficShiftPlan;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::simulation::scale_in::SOUND;
use crate::world::service::{RolloutState, ShiftState};

/// Draws of what lifecycle hooks say.
const HOOKS: Purpose = Purpose::new("lifecycle hook");

impl Simulation<'_> {
    /// A deployment that shifts traffic begins: the PRIMARY one, just started, is green.
    /// `plan` is the place of how it shifts.
    pub(super) fn begin_shift(&mut self, service: ServiceId, plan: u32, queue: &mut Queue<Event>) {
        let is_steered = self.is_steered(service);
        let state = &mut self.world.services[service.index()];
        let Some(blue) = state.blue() else {
            return;
        };
        let side = state.deployments[blue].side;
        state.primary_mut().side = if is_steered { side.other() } else { side };
        let stage = match state.shift {
            Some(_) => Stage::ReconcileService,
            None => Stage::PreScaleUp,
        };
        state.shift = Some(ShiftState {
            plan,
            stage,
            steps: 0,
            share: TrafficShare::NONE,
            until: SimTime::MAX,
            hook: None,
            steady_by: None,
        });
        self.set_share(service, TrafficShare::NONE, queue);
        self.enter(service, stage, queue);
    }

    /// Whether something weighs a service's revisions.
    fn is_steered(&self, service: ServiceId) -> bool {
        let member = self.world.calls.member(service);
        is_steered(member.is_some_and(|member| member.by_addresses))
    }

    /// Green has this share of the traffic from now on.
    fn set_share(&mut self, service: ServiceId, share: TrafficShare, queue: &mut Queue<Event>) {
        let side = self.world.services[service.index()].primary().side;
        self.set_part(service, side, share, queue);
    }

    /// A target group has this share of the traffic from now on; those who call the service feel
    /// it at once.
    fn set_part(
        &mut self,
        service: ServiceId,
        side: Side,
        share: TrafficShare,
        queue: &mut Queue<Event>,
    ) {
        if !self.is_steered(service) {
            return;
        }
        self.catch_up(service);
        if let Some(load) = &mut self.world.loads[service.index()] {
            load.set_part(side, share.part());
        }
        if !self.calls_changed(service, queue) {
            self.schedule_load_wake(service, queue);
        }
    }

    /// Goes through the stages from this one on, as far as they take no time.
    fn enter(&mut self, service: ServiceId, stage: Stage, queue: &mut Queue<Event>) {
        let plan = self.plan;
        let shift = self.world.services[service.index()].shift;
        let Some(shift) = shift.and_then(|it| plan.service(service).shift(it.plan)) else {
            return;
        };
        let mut next = Some(stage);
        while let Some(stage) = next {
            let Some(until) = self.begin_stage(service, (shift, stage), queue) else {
                return;
            };
            if self.now < until {
                self.await_stage(service, until, queue);
                return;
            }
            next = self.after_stage(service, queue);
        }
    }

    /// Begins a stage: until when it lasts at the longest; `None` of the last one.
    fn begin_stage(
        &mut self,
        service: ServiceId,
        (plan, stage): (&TrafficShiftPlan, Stage),
        queue: &mut Queue<Event>,
    ) -> Option<SimTime> {
        let now = self.now;
        let state = &mut self.world.services[service.index()];
        state.shift_tick += 1;
        let shift = state.shift.as_mut()?;
        shift.stage = stage;
        shift.until = SimTime::MAX;
        shift.hook = None;
        let mut hold = SimDuration::ZERO;
        let mut share = shift.share;
        match stage {
            Stage::ProductionTrafficShift => {
                shift.steps += 1;
                (share, hold) = plan.shift.after(shift.steps);
                shift.share = share;
            }
            Stage::BakeTime => hold = plan.bake,
            _ => {}
        }
        self.tell_deployment(service, DeploymentStep::Stage { stage, share });
        if stage == Stage::ProductionTrafficShift {
            self.set_share(service, share, queue);
        }
        if stage == Stage::CleanUp {
            return None;
        }
        if stage == Stage::ScaleUp {
            return Some(now.saturating_add(plan.scale_up));
        }
        let hooks = self.run_hooks(service, (plan, stage));
        let shift = self.world.services[service.index()].shift?;
        let goes_on = shift.hook.is_none_or(|(_, result)| result.goes_on());
        let waits = self.network_wait(service, (plan, stage));
        Some(now.saturating_add(stage_length((hooks, goes_on), hold + waits)))
    }

    /// How much longer a stage takes for the service's balancer.
    fn network_wait(
        &self,
        service: ServiceId,
        (plan, stage): (&TrafficShiftPlan, Stage),
    ) -> SimDuration {
        let group = self.plan.service(service).target_group;
        let group = group.map(|group| &self.plan.target_groups[group.index()]);
        let each = group.map_or(SimDuration::ZERO, |group| group.shift_wait);
        network_wait(stage, plan.by_code_deploy, each)
    }

    /// Runs the hooks of a stage, all at once (ASSUMPTION: AWS says nothing of an order): how long
    /// until the last has succeeded, or the first has failed.
    fn run_hooks(
        &mut self,
        service: ServiceId,
        (plan, stage): (&TrafficShiftPlan, Stage),
    ) -> SimDuration {
        let of = self.plan.service(service);
        let key = of.key;
        let state = &mut self.world.services[service.index()];
        let number = u64::from(state.deployed);
        let Some(shift) = &mut state.shift else {
            return SimDuration::ZERO;
        };
        if !runs_hooks((stage, shift.steps), plan.by_code_deploy) {
            return SimDuration::ZERO;
        }
        let first = of.hooks_before(shift.plan);
        // A draw for each hook, stage and step of each deployment.
        let at = (number << 32) | (u64::from(shift.steps) << 8) | stage as u64;
        let mut draws = self.streams.stream(HOOKS, key, at);
        let (mut last, mut first_failure) = (SimDuration::ZERO, None::<SimDuration>);
        for (index, of) in plan.hooks.iter().enumerate() {
            let fails = draws.uniform() < of.fails;
            if !of.stages.contains(&stage) {
                continue;
            }
            let (takes, result) = hook(of.takes, fails, (of.timeout, of.action));
            let is_first = first_failure.is_none_or(|first| takes < first);
            if !result.goes_on() && is_first {
                first_failure = Some(takes);
                shift.hook = Some((first + index as u32, result));
            } else if first_failure.is_none() && last <= takes {
                shift.hook = Some((first + index as u32, result));
            }
            last = last.max(takes);
        }
        first_failure.unwrap_or(last)
    }

    fn await_stage(&mut self, service: ServiceId, until: SimTime, queue: &mut Queue<Event>) {
        let state = &mut self.world.services[service.index()];
        let tick = state.shift_tick;
        let Some(shift) = &mut state.shift else {
            return;
        };
        shift.until = until;
        if until < self.plan.horizon() {
            queue.schedule_at(until, Event::ShiftStage { service, tick });
        }
        if shift.stage == Stage::ScaleUp && !state.is_reconciled {
            self.reconcile(service, queue);
        }
    }

    /// A stage is over: the next one, or nothing, where it was rolled back.
    fn after_stage(&mut self, service: ServiceId, queue: &mut Queue<Event>) -> Option<Stage> {
        let shift = self.world.services[service.index()].shift?;
        match shift.hook {
            Some((hook, result)) if !result.goes_on() => {
                self.fail_shift(service, FailedBy::Hook { hook, result }, queue);
                None
            }
            _ => shift.stage.next(shift.share),
        }
    }

    /// The time of a stage is over.
    pub(super) fn on_shift_stage(
        &mut self,
        service: ServiceId,
        tick: u32,
        queue: &mut Queue<Event>,
    ) {
        let state = &self.world.services[service.index()];
        let Some(shift) = state.shift.filter(|_| state.shift_tick == tick) else {
            return;
        };
        let fails = shift.hook.is_some_and(|(_, result)| !result.goes_on());
        if shift.stage == Stage::ScaleUp {
            let by = FailedBy::StageTimeout { stage: shift.stage };
            self.fail_shift(service, by, queue);
        } else if let Some(next) = self.after_stage(service, queue) {
            self.enter(service, next, queue);
        }
        if fails || shift.stage == Stage::ScaleUp {
            return;
        }
        self.reconcile(service, queue);
    }

    /// A hook or a stage has failed: ECS rolls back, if there is something to go back to.
    pub(super) fn fail_shift(
        &mut self,
        service: ServiceId,
        by: FailedBy,
        queue: &mut Queue<Event>,
    ) {
        let state = &self.world.services[service.index()];
        let place = state.shift.map(|shift| shift.plan);
        let shift = place.and_then(|place| self.plan.service(service).shift(place));
        let is_meant = shift.is_some_and(|shift| shift.rolls_back);
        let rolls_back = is_meant && state.to_go_back_to().is_some();
        self.fail_deployment(service, Failed { by, rolls_back }, queue);
        if !self.world.services[service.index()].is_reconciled {
            self.reconcile(service, queue);
        }
    }

    /// All traffic goes back to blue, PRIMARY again.
    pub(super) fn shift_back(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let state = &mut self.world.services[service.index()];
        if state.shift.take().is_some() {
            let side = state.primary().side;
            self.set_part(service, side, TrafficShare::ALL, queue);
        }
    }

    /// Whether each deployment of a service has a count of its own for now, instead of what the
    /// step rule leaves it.
    pub(super) fn keeps_all(&self, service: ServiceId) -> bool {
        self.world.services[service.index()].keeps_all()
    }

    /// One round while each deployment has a count of its own: both revisions all of their tasks,
    /// or task sets theirs. Each gets what it lacks, and what is UNHEALTHY is stopped;
    /// `minimumHealthyPercent` and `maximumPercent` bound nothing here.
    pub(super) fn keep_both(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let now = self.now;
        self.keep(service);
        let state = &mut self.world.services[service.index()];
        let (mut stop, mut missing, mut surplus) = (none(), Vec::new(), Vec::new());
        let (mut healthy, mut draining_healthy) = (0, 0);
        for position in 0..state.deployments.len() {
            let target = state.target_of(position);
            let deployment = &mut state.deployments[position];
            let stays = deployment.live() - deployment.draining;
            let lacks = match deployment.rollout {
                RolloutState::Failed => 0,
                RolloutState::InProgress | RolloutState::Completed => target.saturating_sub(stays),
            };
            deployment.want(lacks, now);
            missing.push((deployment.ordinal, lacks));
            surplus.push(stays.saturating_sub(target));
            stop.unhealthy += deployment.unhealthy;
            stop.old_not_healthy +=
                deployment.draining - deployment.draining_healthy - deployment.unhealthy;
            draining_healthy += deployment.draining_healthy;
            healthy += deployment.healthy - deployment.draining_healthy;
        }
        stop.old_healthy += state.drained_away(healthy, draining_healthy);
        for (ordinal, lacks) in missing {
            if 0 < lacks {
                self.start_tasks((service, ordinal), lacks, queue);
            }
        }
        self.stop_surplus(service, stop, queue);
        for (position, count) in surplus.into_iter().enumerate() {
            self.stop_in(service, position..position + 1, &SOUND, count, queue);
        }
        // What is stopped is no longer counted as kept.
        self.keep(service);
        self.is_steady_again(service);
        self.scaled_up(service, queue);
        self.settle_task_sets(service);
    }

    /// Older deployments keep what they are to have, and what a draining instance holds of theirs
    /// until it is replaced.
    fn keep(&mut self, service: ServiceId) {
        let state = &mut self.world.services[service.index()];
        for position in 0..state.deployments.len() - 1 {
            let target = state.target_of(position);
            let deployment = &mut state.deployments[position];
            deployment.kept = target + deployment.draining - deployment.unhealthy;
        }
    }

    /// SCALE_UP is over when green has all of its tasks, healthy.
    fn scaled_up(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let state = &self.world.services[service.index()];
        let Some(shift) = state.shift.filter(|shift| shift.stage == Stage::ScaleUp) else {
            return;
        };
        let primary = state.primary();
        let healthy = primary.healthy - primary.draining_healthy;
        if state.is_in_progress()
            && state.desired <= healthy
            && let Some(next) = shift.stage.next(shift.share)
        {
            self.enter(service, next, queue);
        }
    }
}

fn none() -> Stop {
    Stop {
        unhealthy: 0,
        unhealthy_kept: 0,
        old_not_healthy: 0,
        old_healthy: 0,
        new_surplus: 0,
        reason: StopReason::AllOld,
    }
}
