//! Who is stopped when a service has too many tasks: by deployment, health, provider and zone.

mod told;

use std::ops::Range;

use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::ids::{ProviderId, ServiceId, TaskId, ZoneId};
use crate::observe::inputs::{DecisionInputs, StopHow};
use crate::policy::deployment::Stop;
use crate::policy::life_cycle::StopCause;
use crate::policy::placement::{self, Held};
use crate::policy::scale_in::{provider_to_stop, zone_to_stop};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::simulation::task_end::Ending;
use crate::world::capacity::{need_of, rules_of_stop, zone_place};
use crate::world::groups::Phase;
use crate::world::task::Owner;
use told::because_of;

/// The phases of tasks that are not UNHEALTHY, in the order in which scale-in takes them.
pub(super) const SOUND: [Phase; 3] = [Phase::Launching, Phase::Running, Phase::Healthy];
/// Draws of which task of a zone is stopped.
const STOP_CHOICE: Purpose = Purpose::new("scale-in choice");
/// Draws of which UNHEALTHY task is stopped.
const UNHEALTHY_CHOICE: Purpose = Purpose::new("unhealthy choice");

impl Simulation<'_> {
    /// Stops what the step rule allows: UNHEALTHY tasks, old ones that are not healthy, healthy old
    /// ones, and the new side's surplus, not healthy ones first.
    pub(super) fn stop_surplus(
        &mut self,
        service: ServiceId,
        stop: Stop,
        queue: &mut Queue<Event>,
    ) {
        let mut stop = stop;
        self.stop_draining(service, &mut stop, queue);
        let primary = self.world.services[service.index()].deployments.len() - 1;
        let (older, newest) = (0..primary, primary..primary + 1);
        let (not_healthy, healthy) = SOUND.split_at(2);
        let count = stop.old_not_healthy;
        self.stop_in(service, older.clone(), not_healthy, count, queue);
        self.stop_in(service, older, healthy, stop.old_healthy, queue);
        self.stop_in(service, newest, &SOUND, stop.new_surplus, queue);
    }

    /// UNHEALTHY tasks, during a deployment the first that was found so first, else at random (ECS
    /// developer guide, ecs_services), and old ones of draining instances go before those of older
    /// deployments.
    fn stop_draining(&mut self, service: ServiceId, stop: &mut Stop, queue: &mut Queue<Event>) {
        let mut at = 0;
        while 0 < stop.unhealthy && !self.world.services[service.index()].rolling {
            let Some(id) = self.unhealthy_to_stop(service) else {
                break;
            };
            stop.unhealthy -= 1;
            let cause = self.world.tasks.live(id).failing();
            let cause = cause.unwrap_or(StopCause::FailedElbHealthChecks);
            self.stop_task(id, Ending::of(cause), queue);
        }
        while 0 < stop.old() {
            let state = &self.world.services[service.index()];
            let Some(id) = state.draining.get(at).copied() else {
                return;
            };
            let task = self.world.tasks.live(id);
            let is_unhealthy = task.is_unhealthy;
            let left = match (is_unhealthy, task.healthy) {
                (true, _) => &mut stop.unhealthy,
                (false, true) => &mut stop.old_healthy,
                (false, false) => &mut stop.old_not_healthy,
            };
            if *left == 0 {
                at += 1;
                continue;
            }
            *left -= 1;
            let ordinal = self.world.tasks.live(id).record.deployment;
            let state = &mut self.world.services[service.index()];
            if let Some(deployment) = state.deployment_mut(ordinal).filter(|_| !is_unhealthy) {
                // What is stopped by choice is not lost; an UNHEALTHY task has been since it was.
                deployment.kept = deployment.kept.saturating_sub(1);
            }
            let task = self.world.tasks.live(id);
            let is_hosted = self.plan.provider(task.record.provider).kind.is_hosted();
            let cause = match (task.failing(), is_hosted) {
                (Some(cause), _) => cause,
                (None, true) => StopCause::InstanceDraining,
                // Its platform revision is retired.
                (None, false) => StopCause::Maintenance,
            };
            self.stop_task(id, Ending::of(cause), queue);
        }
    }

    /// One of a service's UNHEALTHY tasks, each as likely.
    fn unhealthy_to_stop(&mut self, service: ServiceId) -> Option<TaskId> {
        let state = &mut self.world.services[service.index()];
        let count: u32 = state.deployments.iter().map(|it| it.unhealthy).sum();
        let uniform = match count {
            0 | 1 => 0.0,
            _ => {
                let key = self.plan.service(service).key;
                let mut draws = self.streams.stream(UNHEALTHY_CHOICE, key, state.stopped);
                state.stopped += 1;
                draws.uniform()
            }
        };
        let chosen = ((uniform * f64::from(count)) as usize).min(count.saturating_sub(1) as usize);
        let is_unhealthy = |id: &&TaskId| self.world.tasks.live(**id).is_unhealthy;
        let mut found = self.world.services[service.index()]
            .draining
            .iter()
            .filter(is_unhealthy);
        found.nth(chosen).copied()
    }

    /// Stops up to `count` tasks of these deployments, phase by phase, the oldest deployment first.
    pub(super) fn stop_in(
        &mut self,
        service: ServiceId,
        deployments: Range<usize>,
        phases: &[Phase],
        mut count: u32,
        queue: &mut Queue<Event>,
    ) {
        for phase in phases {
            for deployment in deployments.clone() {
                while 0 < count {
                    let Some(task) = self.task_to_stop(service, deployment, *phase) else {
                        break;
                    };
                    // What is stopped by choice is not lost. (Of the PRIMARY one nothing is kept.)
                    let state = &mut self.world.services[service.index()].deployments[deployment];
                    state.kept = state.kept.saturating_sub(1);
                    self.stop_task(task, Ending::of(StopCause::ScalingActivity), queue);
                    count -= 1;
                }
            }
        }
    }

    /// The task of a deployment in a phase that scale-in takes: provider by the reverse of the
    /// strategy, the zone with the most, in it at random.
    fn task_to_stop(
        &mut self,
        service: ServiceId,
        deployment: usize,
        phase: Phase,
    ) -> Option<TaskId> {
        let zones = &self.plan.service(service).zones;
        let state = &mut self.world.services[service.index()];
        let position = deployment;
        let because = because_of(deployment, state.deployments.len());
        let deployment = &state.deployments[deployment];
        let (groups, strategy) = (&deployment.groups, &deployment.strategy);
        if groups.total_in(phase) == 0 {
            return None;
        }
        let items = strategy.items();
        let counts: Vec<u32> = items
            .iter()
            .map(|i| groups.provider_count(i.provider))
            .collect();
        let in_phase = |provider: ProviderId| groups.provider_count_in(provider, phase);
        let by_strategy = provider_to_stop(strategy, &counts)
            .map(|choice| items[choice.item].provider)
            .filter(|provider| 0u32 < in_phase(*provider));
        let provider = match by_strategy {
            Some(provider) => provider,
            // None of this phase there, or only tasks on providers that the strategy no longer
            // names: where most of them are.
            None => (0..self.plan.providers.len())
                .map(ProviderId::from_index)
                .filter(|provider| 0 < in_phase(*provider))
                .max_by_key(|provider| in_phase(*provider))?,
        };
        if self.plan.provider(provider).kind.is_hosted() {
            let task = self.hosted_to_stop((service, position), provider, phase)?;
            self.note_hosted_stop((service, position), (provider, phase), task, &counts);
            return Some(task);
        }
        let by_zone: Vec<u32> = zones
            .iter()
            .map(|zone| groups.count_in(provider, *zone, phase))
            .collect();
        let zone = zones[zone_to_stop(&by_zone)?.zone];
        let list = groups.list(provider, zone, phase);
        let key = self.plan.service(service).key;
        let mut draws = self.streams.stream(STOP_CHOICE, key, state.stopped);
        state.stopped += 1;
        let index = (draws.uniform() * list.len() as f64) as usize;
        let task = list[index.min(list.len() - 1)];
        let inputs = DecisionInputs::StopChosen {
            service,
            ordinal: self.world.tasks.live(task).record.ordinal,
            strategy,
            counts: &counts,
            zones,
            by_zone: &by_zone,
            phase,
            among: list.len() as u32,
            because,
            how: StopHow::Drawn,
        };
        self.observer.note(self.now, &inputs);
        Some(task)
    }

    /// The task of a deployment in a phase that scale-in takes on container instances: one that
    /// still waits for an instance first, then by the reverse of the placement strategy.
    fn hosted_to_stop(
        &mut self,
        (service, position): (ServiceId, usize),
        provider: ProviderId,
        phase: Phase,
    ) -> Option<TaskId> {
        let plan = self.plan;
        let state = &mut self.world.services[service.index()];
        let stopped = state.stopped;
        state.stopped += 1;
        let groups = &self.world.services[service.index()].deployments[position].groups;
        // Those of EXTERNAL machines are in no zone and wait for nothing.
        let waiting = groups.list(provider, ZoneId::NOWHERE, phase).last();
        let waits = |id: &TaskId| self.world.tasks.live(*id).record.instance.is_none();
        if let Some(waiting) = waiting.copied().filter(waits) {
            return Some(waiting);
        }
        let owner = Owner::Service(service);
        let hosting = self.world.capacity.hosting(owner);
        let tasks: Vec<TaskId> = groups.provider_tasks_in(provider, phase).collect();
        let held = |id: &TaskId| {
            let record = &self.world.tasks.live(*id).record;
            let (need, instance) = (need_of(plan, record), record.instance?);
            let free = self.world.capacity.index.free(instance).unwrap_or_default();
            Some(Held {
                instance: instance.index(),
                zone: zone_place(plan, record.zone),
                free_after: (free.cpu + need.cpu, free.memory + need.memory),
                same: hosting.on(instance),
                is_protected: false,
            })
        };
        let held: Vec<Held> = tasks.iter().filter_map(held).collect();
        let rules = rules_of_stop(plan, owner, provider);
        let key = plan.service(service).key;
        let mut draws = self.streams.stream(STOP_CHOICE, key, stopped);
        let chosen = placement::task_to_stop(&held, rules, || draws.uniform())?;
        tasks.get(chosen).copied()
    }
}
