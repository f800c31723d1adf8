//! The service scheduler: keeps each service's tasks at its desired count, within its deployment's
//! bounds.

use crate::engine::SimTime;
use crate::engine::queue::Queue;
use crate::ids::{ProviderId, ServiceId, ZoneId};
use crate::observe::inputs::{DecisionInputs, Limiter, ServiceStep};
use crate::observe::observation::{DeploymentStep, Observation, Refusal};
use crate::policy::deployment::{
    Percentages, Rollout, Side, bounds, is_stuck, tasks_to_start, tasks_to_stop,
};
use crate::policy::life_cycle::StopCause;
use crate::policy::strategy::next_provider;
use crate::policy::throttle::{StartOutcome, delay_before_start};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::simulation::launch::{LaunchRequest, Refused};
use crate::world::task::{Owner, TaskRecord, TaskState, TaskTimes};

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
        // What is stopped makes room for what is to be started, when the upper bound left none.
        while self.start_missing(service, percentages, queue) {}
        self.counts_changed(Owner::Service(service));
        if self.complete_deployment(service) {
            // Scale-in was off until now.
            self.scaling_changed(service, queue);
        } else {
            self.tell_stuck(service, percentages);
        }
    }

    /// One round of the step rule: starts up to the upper bound, then stops down to the lower one.
    /// Whether another round may start more, because this one stopped old tasks.
    fn start_missing(
        &mut self,
        service: ServiceId,
        percentages: Percentages,
        queue: &mut Queue<Event>,
    ) -> bool {
        let rollout = self.rollout(service);
        let missing = rollout.desired.saturating_sub(rollout.new.total());
        self.world.services[service.index()].want(missing, self.now);
        let start = tasks_to_start(rollout, bounds(rollout.desired, percentages));
        if 0 < start.tasks {
            self.start_tasks(service, start.tasks, queue);
        }
        let before = rollout;
        let rollout = self.rollout(service);
        let stop = tasks_to_stop(rollout, bounds(rollout.desired, percentages));
        self.note(&DecisionInputs::Step {
            service,
            step: ServiceStep {
                percentages,
                before,
                start,
                after: rollout,
                stop,
            },
        });
        let old = stop.old_not_healthy + stop.old_healthy;
        self.stop_surplus(service, stop, queue);
        0 < old && start.tasks < missing
    }

    /// Says once of a deployment that its bounds leave it nothing to do, when no task of it can
    /// become healthy any more.
    fn tell_stuck(&mut self, service: ServiceId, percentages: Percentages) {
        let rollout = self.rollout(service);
        let bounds = bounds(rollout.desired, percentages);
        let is_settled = rollout.old.running == rollout.old.healthy
            && rollout.new.running == rollout.new.healthy;
        let state = &mut self.world.services[service.index()];
        if !state.rolling || state.is_stuck || !is_settled || !is_stuck(rollout, bounds) {
            return;
        }
        state.is_stuck = true;
        let definition = state.primary().definition;
        let step = DeploymentStep::Stuck;
        self.observe(&Observation::Deployment {
            service,
            definition,
            step,
        });
    }

    fn percentages(&self, service: ServiceId) -> Percentages {
        let plan = self.plan.service(service);
        Percentages {
            minimum_healthy: plan.minimum_healthy_percent,
            maximum: plan.maximum_percent,
        }
    }

    fn rollout(&self, service: ServiceId) -> Rollout {
        let state = &self.world.services[service.index()];
        let mut rollout = Rollout {
            desired: state.desired,
            old: Side::default(),
            new: Side::default(),
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
        }
        rollout
    }

    /// Starts up to `count` tasks. Every missing task has its provider at once; one that must wait
    /// holds up none on another provider, and falls back to none.
    fn start_tasks(&mut self, service: ServiceId, count: u32, queue: &mut Queue<Event>) {
        if self.now < self.world.services[service.index()].throttled_until {
            self.refused(service, None, self.throttled(service), queue);
            return;
        }
        let strategy = self.world.services[service.index()].strategy.clone();
        let groups = &self.world.services[service.index()].primary().groups;
        let mut counts: Vec<u32> = strategy
            .items()
            .iter()
            .map(|item| groups.provider_count(item.provider))
            .collect();
        let mut waiting = vec![None::<Refused>; counts.len()];
        for _ in 0..count {
            let choice = next_provider(&strategy, &counts);
            let item = choice.item;
            let provider = strategy.items()[item].provider;
            if waiting[item].is_some() {
                counts[item] += 1;
                continue;
            }
            match self.start_task(service, provider, queue) {
                Ok(ordinal) => {
                    let (owner, reason) = (Owner::Service(service), choice.reason);
                    self.observe(&Observation::ProviderPicked {
                        owner,
                        provider,
                        reason,
                    });
                    self.note(&DecisionInputs::Pick {
                        owner,
                        ordinal,
                        strategy: &strategy,
                        counts: &counts,
                        reason,
                        job: None,
                    });
                }
                Err(refused) => {
                    waiting[item] = Some(refused);
                    self.refused(service, Some(provider), refused, queue);
                    if refused.reason == Refusal::ServiceRate {
                        return;
                    }
                }
            }
            counts[item] += 1;
        }
    }

    fn throttled(&self, service: ServiceId) -> Refused {
        let retry_at = self.world.services[service.index()].throttled_until;
        Refused {
            reason: Refusal::Throttled,
            retry_at,
            limiter: None,
        }
    }

    /// Starts a task on a provider: which of the service's it is.
    fn start_task(
        &mut self,
        service: ServiceId,
        provider: ProviderId,
        queue: &mut Queue<Event>,
    ) -> Result<u64, Refused> {
        let now = self.now;
        let owner = Owner::Service(service);
        let definition = self.world.services[service.index()].primary().definition;
        let cpu = self.plan.task_definition(definition).cpu;
        self.check_quota(provider, cpu)?;
        let state = &mut self.world.services[service.index()];
        if state.launch_bucket.take_up_to(now, 1) == 0 {
            let retry_at = state.launch_bucket.time_of_next(now);
            return Err(Refused {
                reason: Refusal::ServiceRate,
                retry_at,
                limiter: Some(Limiter::Service),
            });
        }
        let zone = self.grant_launch(LaunchRequest {
            owner,
            provider,
            cpu,
        })?;
        let record = self.new_record(service, provider, zone);
        let ordinal = record.ordinal;
        self.launch_task(record, None, queue);
        Ok(ordinal)
    }

    /// The record of a service's next task; takes its ordinal and the oldest wish.
    pub(super) fn new_record(
        &mut self,
        service: ServiceId,
        provider: ProviderId,
        zone: ZoneId,
    ) -> TaskRecord {
        let now = self.now;
        let state = &mut self.world.services[service.index()];
        let wanted_at = state.fulfil(now);
        let ordinal = state.started;
        state.started += 1;
        let (deployment, definition) = (state.primary().ordinal, state.primary().definition);
        let size = self.plan.task_definition(definition);
        TaskRecord {
            owner: Owner::Service(service),
            ordinal,
            deployment,
            definition,
            provider,
            zone,
            cpu: size.cpu,
            memory: size.memory,
            times: TaskTimes {
                created: now,
                ..TaskTimes::default()
            },
            wanted_at,
            stop: None,
            lost_work: crate::engine::SimDuration::ZERO,
        }
    }

    /// Announces a refusal and looks again when it is over.
    fn refused(
        &mut self,
        service: ServiceId,
        provider: Option<ProviderId>,
        refused: Refused,
        queue: &mut Queue<Event>,
    ) {
        self.observe(&Observation::LaunchRefused {
            owner: Owner::Service(service),
            provider,
            reason: refused.reason,
        });
        let definition = self.world.services[service.index()].primary().definition;
        let cpu = self.plan.task_definition(definition).cpu;
        self.note_held((Owner::Service(service), provider), cpu, refused);
        let state = &mut self.world.services[service.index()];
        if refused.retry_at < state.wake_at {
            state.wake_at = refused.retry_at;
            state.wake_tick += 1;
            let tick = state.wake_tick;
            if refused.retry_at < self.plan.horizon() {
                queue.schedule_at(refused.retry_at, Event::ServiceWake { service, tick });
            }
        }
    }

    /// A task of the service reached RUNNING: its back-off is over.
    pub(super) fn service_started_a_task(&mut self, service: ServiceId) {
        let state = &mut self.world.services[service.index()];
        state.failed_starts = state.failed_starts.after(StartOutcome::ReachedRunning);
        state.throttled_until = self.now;
    }

    /// A task of the service is on its way out; a replacement is wanted unless it was stopped by
    /// choice.
    pub(super) fn service_lost_a_task(
        &mut self,
        service: ServiceId,
        state: TaskState,
        cause: StopCause,
        queue: &mut Queue<Event>,
    ) {
        if cause == StopCause::ScalingActivity {
            return;
        }
        if state == TaskState::Launching && cause != StopCause::SpotInterruption {
            let now = self.now;
            let state = &mut self.world.services[service.index()];
            state.failed_starts = state
                .failed_starts
                .after(StartOutcome::StoppedBeforeRunning);
            state.throttled_until = now + delay_before_start(state.failed_starts).delay;
        }
        self.reconcile(service, queue);
    }

    /// A new deployment of a service becomes PRIMARY.
    pub(super) fn start_deployment(
        &mut self,
        service: ServiceId,
        definition: crate::ids::TaskDefinitionId,
    ) {
        let (providers, zones) = (self.plan.providers.len(), self.plan.zones.len());
        let state = &mut self.world.services[service.index()];
        let ordinal = state.primary().ordinal + 1;
        state
            .deployments
            .push(crate::world::service::Deployment::new(
                ordinal, definition, providers, zones,
            ));
        state.rolling = true;
        state.is_stuck = false;
        state.failed_starts = state.failed_starts.after(StartOutcome::NewDeployment);
        state.throttled_until = self.now;
        self.observe(&Observation::Deployment {
            service,
            definition,
            step: DeploymentStep::Started,
        });
    }

    /// A rollout is complete when the new tasks are all healthy and the old ones all on their way
    /// out.
    fn complete_deployment(&mut self, service: ServiceId) -> bool {
        let state = &mut self.world.services[service.index()];
        let (primary, old) = state
            .deployments
            .split_last()
            .expect("a service has a deployment from its creation on");
        if !state.rolling || primary.healthy < state.desired || old.iter().any(|d| 0 < d.live()) {
            return false;
        }
        let definition = primary.definition;
        state.rolling = false;
        let keep = state.deployments.len() - 1;
        state.deployments.drain(..keep);
        self.observe(&Observation::Deployment {
            service,
            definition,
            step: DeploymentStep::Completed,
        });
        true
    }
}
