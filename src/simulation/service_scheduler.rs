//! The service scheduler: keeps each service's tasks at its desired count, within its deployment's
//! bounds.

use crate::engine::SimTime;
use crate::engine::queue::Queue;
use crate::ids::{ProviderId, ServiceId, TaskId, ZoneId};
use crate::observe::inputs::{DecisionInputs, Limiter, ServiceStep};
use crate::observe::observation::{Observation, Refusal};
use crate::policy::circuit_breaker::TaskOutcome;
use crate::policy::deployment::{
    Percentages, ReplaceReason, StartReason, bounds, tasks_to_start, tasks_to_stop,
};
use crate::policy::life_cycle::StopCause;
use crate::policy::strategy::{ChoiceReason, Strategy, next_provider};
use crate::policy::throttle::{StartOutcome, delay_before_start};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::simulation::launch::{LaunchRequest, Refused};
use crate::simulation::task_end::Lost;
use crate::units::CpuUnits;
use crate::world::task::{Owner, TaskRecord, TaskTimes};

impl Simulation<'_> {
    /// The scheduler looks at a service again.
    pub(super) fn on_service_wake(
        &mut self,
        service: ServiceId,
        tick: u32,
        queue: &mut Queue<Event>,
    ) {
        let state = &mut self.world.services[service.index()];
        if state.wake_tick != tick {
            return;
        }
        state.wake_at = SimTime::MAX;
        self.reconcile(service, queue);
    }

    /// Starts what is missing and stops what is too much, as far as the deployment's bounds allow.
    pub(super) fn reconcile(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let percentages = self.percentages(service);
        self.world.services[service.index()].is_reconciled = true;
        let unplaced = self.take_unplaced(service);
        loop {
            self.judge_deployment(service, queue);
            self.take_unplaced(service);
            // What is stopped makes room for what is to be started, when the upper bound left none.
            let goes_on =
                self.start_missing(service, percentages, queue) || self.rebalance(service, queue);
            if !goes_on && !self.judge_deployment(service, queue) {
                break;
            }
        }
        self.world.services[service.index()].is_reconciled = false;
        self.tell_unplaced(service, &unplaced);
        self.counts_changed(Owner::Service(service));
        if self.complete_deployment(service, queue) {
            // It is steady now.
            self.counts_changed(Owner::Service(service));
            // Scale-in was off until now.
            self.scaling_changed(service, queue);
        } else {
            self.tell_stuck(service, percentages);
        }
    }

    /// One round of the step rule: starts up to the upper bound, new tasks before lost old ones,
    /// then stops down to the lower one. Whether another round may start more, because this one
    /// stopped old tasks.
    fn start_missing(
        &mut self,
        service: ServiceId,
        percentages: Percentages,
        queue: &mut Queue<Event>,
    ) -> bool {
        if self.keeps_all(service) {
            self.keep_both(service, queue);
            // Without a bake time blue is to be stopped at once.
            return !self.keeps_all(service);
        }
        let before = self.rollout(service);
        let bounds = bounds(before.desired, percentages);
        let missing = match before.has_failed {
            true => 0,
            false => before.desired.saturating_sub(before.new.total()),
        };
        let now = self.now;
        let primary = self.world.services[service.index()].primary_mut();
        primary.want(missing, now);
        let ordinal = primary.ordinal;
        let start = tasks_to_start(before, bounds);
        if 0 < start.tasks {
            self.start_tasks((service, ordinal), start.tasks, queue);
        }
        let started = self.rollout(service);
        let replace = self.replace_lost(service, (started, bounds), queue);
        let after = self.rollout(service);
        let stop = tasks_to_stop(after, bounds);
        self.note(&DecisionInputs::Step {
            service,
            step: ServiceStep {
                percentages,
                before,
                start,
                started,
                replace,
                after,
                stop,
            },
        });
        self.stop_surplus(service, stop, queue);
        let waits = matches!(start.reason, StartReason::Upper { .. })
            || matches!(replace.reason, ReplaceReason::Upper { .. });
        if waits {
            self.await_room(service, queue);
        }
        0 < stop.old() && start.tasks < missing
    }

    /// What was told to stop holds the place of what is missing: the scheduler looks again when the
    /// next of it has stopped.
    fn await_room(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        if let Some(at) = self.world.services[service.index()].next_stopped(self.now) {
            self.look_again_at((service, at), queue);
        }
    }

    /// Starts up to `count` tasks of a deployment (by its ordinal). Every missing task has its
    /// provider at once; one that must wait holds up none on another provider, and falls back to
    /// none.
    pub(super) fn start_tasks(
        &mut self,
        (service, ordinal): (ServiceId, u32),
        count: u32,
        queue: &mut Queue<Event>,
    ) {
        let deployment = self.world.services[service.index()].deployment(ordinal);
        if self.now < deployment.throttled_until {
            let refused = Refused::new(Refusal::Throttled, deployment.throttled_until);
            self.refused((service, ordinal), None, refused, queue);
            return;
        }
        let strategy = deployment.strategy.clone();
        let mut counts: Vec<u32> = strategy
            .items()
            .iter()
            .map(|item| deployment.groups.provider_count(item.provider))
            .collect();
        let mut waiting = vec![None::<Refused>; counts.len()];
        for _ in 0..count {
            let waits = |it: &Option<Refused>| {
                it.is_some_and(|refused| refused.reason != Refusal::NoInstance)
            };
            if self.plan.what_if.spot_fallback.is_none() && waiting.iter().all(waits) {
                // All of them wait, none goes elsewhere, and nobody counts them.
                return;
            }
            let choice = next_provider(&strategy, &counts);
            let item = choice.item;
            let provider = strategy.items()[item].provider;
            if let Some(refused) = waiting[item] {
                self.note_unplaced((service, ordinal), provider, &refused);
                let asked = (&strategy, &counts[..], provider);
                self.fall_back((service, ordinal), asked, refused, queue);
                counts[item] += 1;
                continue;
            }
            match self.start_task((service, ordinal), (provider, None), queue) {
                Ok((task, _)) => {
                    self.spot_granted((service, ordinal), provider);
                    let picked = (provider, choice.reason);
                    self.tell_pick((service, task), picked, (&strategy, &counts));
                }
                Err(refused) => {
                    waiting[item] = Some(refused);
                    self.note_unplaced((service, ordinal), provider, &refused);
                    self.refused((service, ordinal), Some(provider), refused, queue);
                    if refused.reason == Refusal::ServiceRate {
                        return;
                    }
                    let asked = (&strategy, &counts[..], provider);
                    self.fall_back((service, ordinal), asked, refused, queue);
                }
            }
            counts[item] += 1;
        }
    }

    /// Tells why a service's task is on its provider.
    pub(super) fn tell_pick(
        &mut self,
        (service, ordinal): (ServiceId, u64),
        (provider, reason): (ProviderId, ChoiceReason),
        (strategy, counts): (&Strategy, &[u32]),
    ) {
        let owner = Owner::Service(service);
        self.observe(&Observation::ProviderPicked {
            owner,
            provider,
            reason,
        });
        self.note(&DecisionInputs::Pick {
            owner,
            ordinal,
            strategy,
            counts,
            reason,
            job: None,
        });
    }

    /// Starts a task of a deployment on a provider, in a zone where one is asked for: which of the
    /// service's it is.
    pub(super) fn start_task(
        &mut self,
        (service, deployment): (ServiceId, u32),
        (provider, zone): (ProviderId, Option<ZoneId>),
        queue: &mut Queue<Event>,
    ) -> Result<(u64, TaskId), Refused> {
        let now = self.now;
        let owner = Owner::Service(service);
        let cpu = self.task_cpu(service, deployment);
        self.check_quota(provider, cpu)?;
        // First, so that a launch that the account's rate holds back costs the service nothing.
        self.check_launch_rate(provider)?;
        let state = &mut self.world.services[service.index()];
        if state.launch_bucket.take_up_to(now, 1) == 0 {
            let retry_at = state.launch_bucket.time_of_next(now);
            return Err(Refused {
                limiter: Some(Limiter::Service),
                ..Refused::new(Refusal::ServiceRate, retry_at)
            });
        }
        let state = self.world.services[service.index()].deployment(deployment);
        let definition = state.definition;
        let granted = self.grant_launch(LaunchRequest {
            owner,
            deployment,
            provider,
            zone,
            definition,
            cpu,
            memory: self.plan.task_definition(definition).memory,
        })?;
        self.world.services[service.index()].provisioning_pauses = 0;
        let record = self.new_record((service, deployment), provider, granted.zone);
        let ordinal = record.ordinal;
        let id = self.launch_task(record, (None, granted.placing), queue);
        Ok((ordinal, id))
    }

    /// The CPU of a deployment's tasks.
    fn task_cpu(&self, service: ServiceId, deployment: u32) -> CpuUnits {
        let deployment = self.world.services[service.index()].deployment(deployment);
        self.plan.task_definition(deployment.definition).cpu
    }

    /// The record of a deployment's next task; takes the service's next ordinal and the oldest
    /// wish.
    pub(super) fn new_record(
        &mut self,
        (service, deployment): (ServiceId, u32),
        provider: ProviderId,
        zone: ZoneId,
    ) -> TaskRecord {
        let now = self.now;
        let state = &mut self.world.services[service.index()];
        let ordinal = state.started;
        state.started += 1;
        let of = state
            .deployment_mut(deployment)
            .expect("a deployment outlives its tasks");
        let (wanted_at, definition) = (of.fulfil(now), of.definition);
        let size = self.plan.task_definition(definition);
        TaskRecord {
            owner: Owner::Service(service),
            ordinal,
            deployment,
            definition,
            provider,
            zone,
            instance: None,
            group: None,
            cpu: size.cpu,
            memory: size.memory,
            times: TaskTimes {
                created: now,
                ..TaskTimes::default()
            },
            wanted_at,
            stop: None,
            subnet: None,
            problem: None,
            unresolved: None,
            restarts: 0,
            restarted: None,
            unhealthy_in: None,
            lost_work: crate::engine::SimDuration::ZERO,
        }
    }

    /// Announces a refusal and looks again when it is over.
    pub(super) fn refused(
        &mut self,
        (service, deployment): (ServiceId, u32),
        provider: Option<ProviderId>,
        refused: Refused,
        queue: &mut Queue<Event>,
    ) {
        self.observe(&Observation::LaunchRefused {
            owner: Owner::Service(service),
            provider,
            reason: refused.reason,
            nearest: refused.nearest,
            until: refused.retry_at,
        });
        let cpu = self.task_cpu(service, deployment);
        let state = self.world.services[service.index()].deployment(deployment);
        let failed_rounds = state.failed_starts.rounds;
        let owner = Owner::Service(service);
        self.note_held((owner, provider), (cpu, failed_rounds), refused);
        self.look_again_at((service, refused.retry_at), queue);
    }

    /// The scheduler looks at a service again, at that time at the latest.
    pub(super) fn look_again_at(
        &mut self,
        (service, at): (ServiceId, SimTime),
        queue: &mut Queue<Event>,
    ) {
        let state = &mut self.world.services[service.index()];
        if at < state.wake_at {
            state.wake_at = at;
            state.wake_tick += 1;
            let tick = state.wake_tick;
            if at < self.plan.horizon() {
                queue.schedule_at(at, Event::ServiceWake { service, tick });
            }
        }
    }

    /// A task of a deployment reached RUNNING: its back-off is over.
    pub(super) fn service_started_a_task(&mut self, service: ServiceId, deployment: u32) {
        let now = self.now;
        let state = &mut self.world.services[service.index()];
        if let Some(state) = state.deployment_mut(deployment) {
            state.failed_starts = state.failed_starts.after(StartOutcome::ReachedRunning);
            state.throttled_until = now;
        }
        let is_checked = self.is_checked((service, deployment));
        self.count_outcome((service, deployment), TaskOutcome::Runs { is_checked });
    }

    /// A task of a deployment is on its way out; a replacement is wanted unless it was stopped by
    /// choice.
    pub(super) fn service_lost_a_task(
        &mut self,
        (service, deployment): (ServiceId, u32),
        lost: Lost,
        queue: &mut Queue<Event>,
    ) {
        let cause = lost.cause;
        if cause == StopCause::ScalingActivity {
            return;
        }
        let outcome = lost.outcome(self.is_checked((service, deployment)));
        if let Some(outcome) = outcome {
            self.count_outcome((service, deployment), outcome);
        }
        let now = self.now;
        // PENDING to STOPPED is what is throttled (service-throttle-logic); who waits for an
        // instance is in PROVISIONING.
        if outcome == Some(TaskOutcome::NeverRan)
            && !cause.is_for_want_of_an_instance()
            && let Some(state) = self.world.services[service.index()].deployment_mut(deployment)
        {
            let outcome = StartOutcome::StoppedBeforeRunning {
                created: lost.created,
                at: now,
            };
            let failed = state.failed_starts.after(outcome);
            if failed != state.failed_starts {
                state.failed_starts = failed;
                let first = self.plan.cluster.start_throttle;
                state.throttled_until = now + delay_before_start(failed, first).delay;
            }
        }
        // What a round of the step rule stops by itself, it has counted already.
        if !self.world.services[service.index()].is_reconciled {
            self.reconcile(service, queue);
        }
    }
}
