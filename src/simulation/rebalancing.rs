//! Availability Zone rebalancing: a service in a steady state whose tasks stand unevenly starts one
//! in the poorest zone and, when it is healthy, stops one in the richest (ECS developer guide,
//! "service rebalancing").

use crate::engine::SimDuration;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::ids::{ProviderId, ServiceId, TaskId, ZoneId};
use crate::observe::inputs::{DecisionInputs, StopBecause, StopHow};
use crate::policy::life_cycle::StopCause;
use crate::policy::placement::{Rebalancing, rebalancing};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::simulation::task_end::Ending;
use crate::world::groups::{Phase, TaskGroups};
use crate::world::service::{Moving, Service};
use crate::world::task::Owner;

/// Draws of which task of the richest zone is stopped.
const STOP_CHOICE: Purpose = Purpose::new("rebalancing choice");
/// How long a service waits after a poorer zone had no room for it. AWS names no time: ASSUMPTION.
pub const REBALANCING_RETRY: SimDuration = SimDuration::from_secs(300);

impl Simulation<'_> {
    /// Takes the next step of rebalancing. True if a task that was started for it is one too many
    /// now: the scheduler is to look at the service again.
    pub(super) fn rebalance(&mut self, service: ServiceId, queue: &mut Queue<Event>) -> bool {
        if !self.plan.service(service).rebalances {
            return false;
        }
        match self.world.services[service.index()].moving {
            Some(moving) => self.go_on_moving((service, moving), queue),
            None => {
                self.begin_moving(service, queue);
                false
            }
        }
    }

    /// A task was started in a poorer zone: when it is healthy, one of the richest stops. A
    /// deployment, a new desired count, and its own end put an end to it (developer guide: a
    /// deployment stops rebalancing).
    fn go_on_moving(
        &mut self,
        (service, moving): (ServiceId, Moving),
        queue: &mut Queue<Event>,
    ) -> bool {
        let task = self.world.tasks.get(moving.task);
        let is_live = task.is_some_and(|task| task.record.stop.is_none());
        let is_healthy = is_live && task.is_some_and(|task| task.healthy);
        let state = &mut self.world.services[service.index()];
        let goes_on = is_live && is_alone_and_full(state, moving.desired);
        if goes_on && !is_healthy {
            return false;
        }
        state.moving = None;
        if goes_on {
            self.stop_in_richest((service, moving.provider), queue);
        }
        true
    }

    /// Starts a task in a poorer zone, if the service is steady and there is one.
    fn begin_moving(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let now = self.now;
        let state = &self.world.services[service.index()];
        let (desired, primary) = (state.desired, state.primary());
        let ordinal = primary.ordinal;
        let is_steady = !state.rolling
            && is_alone_and_full(state, desired)
            && (primary.healthy, primary.live()) == (desired, desired)
            && state.rebalance_from <= now;
        if !is_steady {
            return;
        }
        let Some((provider, zone)) = self.uneven(service) else {
            return;
        };
        let started = self.start_task((service, ordinal), (provider, Some(zone)), queue);
        let state = &mut self.world.services[service.index()];
        match started {
            Ok((_, task)) => {
                state.moving = Some(Moving {
                    provider,
                    task,
                    desired,
                });
            }
            Err(_) => {
                state.rebalance_from = now + REBALANCING_RETRY;
                self.look_again_at((service, now + REBALANCING_RETRY), queue);
            }
        }
    }

    /// The provider of the next task that is to move, and the poorest zone; none if all stand
    /// evenly. Fargate's providers count each for itself, those of instances together.
    fn uneven(&mut self, service: ServiceId) -> Option<(ProviderId, ZoneId)> {
        let primary = self.world.services[service.index()].primary();
        let items = primary.strategy.items().iter();
        let mut providers: Vec<ProviderId> = items.map(|item| item.provider).collect();
        providers.sort_unstable();
        providers.into_iter().find_map(|provider| {
            let zones = self.zones_of(service, provider);
            let groups = &self.world.services[service.index()].primary().groups;
            let counts = self.by_zone(groups, &zones, provider);
            let Rebalancing::Start { zone } = rebalancing(counts.iter().sum(), &counts) else {
                return None;
            };
            // Of several providers of instances the one that the richest zone has tasks of.
            let richest = zones[richest(&counts)?];
            (0 < groups.count(provider, richest)).then_some((provider, zones[zone]))
        })
    }

    /// The zones that a service's tasks of a provider may be in: those of its subnets, and of
    /// instances those that may take them.
    fn zones_of(&mut self, service: ServiceId, provider: ProviderId) -> Vec<ZoneId> {
        let plan = self.plan;
        if !plan.provider(provider).kind.is_hosted() {
            return plan.service(service).zones.clone();
        }
        let definition = self.world.services[service.index()].primary().definition;
        let key = (Owner::Service(service), definition, provider);
        let eligible = self.world.capacity.find_eligible(plan, key);
        let capacity = &self.world.capacity;
        let classes = capacity.eligible(eligible).iter();
        let mut zones: Vec<ZoneId> = classes.map(|id| capacity.class(*id).zone).collect();
        zones.sort_unstable();
        zones.dedup();
        zones
    }

    /// Tasks that count together with those of a provider, by zone.
    fn by_zone(&self, groups: &TaskGroups, zones: &[ZoneId], provider: ProviderId) -> Vec<u32> {
        let is_hosted = self.plan.provider(provider).kind.is_hosted();
        let all = (0..self.plan.providers.len()).map(ProviderId::from_index);
        let together: Vec<ProviderId> = all
            .filter(|other| match is_hosted {
                true => self.plan.provider(*other).kind.is_hosted(),
                false => *other == provider,
            })
            .collect();
        let count = |zone: &ZoneId| {
            let its = together.iter();
            its.map(|provider| groups.count(*provider, *zone)).sum()
        };
        zones.iter().map(count).collect()
    }

    fn stop_in_richest(
        &mut self,
        (service, provider): (ServiceId, ProviderId),
        queue: &mut Queue<Event>,
    ) {
        let zones = self.zones_of(service, provider);
        let groups = &self.world.services[service.index()].primary().groups;
        let counts = self.by_zone(groups, &zones, provider);
        let Some(zone) = richest(&counts).map(|at| zones[at]) else {
            return;
        };
        let its: Vec<TaskId> = Phase::ALL
            .iter()
            .flat_map(|phase| groups.list(provider, zone, *phase))
            .copied()
            .collect();
        let key = self.plan.service(service).key;
        let state = &mut self.world.services[service.index()];
        let mut draws = self.streams.stream(STOP_CHOICE, key, state.stopped);
        state.stopped += 1;
        let at = (draws.uniform() * its.len() as f64) as usize;
        if let Some(task) = its.get(at.min(its.len().saturating_sub(1))) {
            self.note_rebalanced(*task, (service, its.len() as u32), (&zones, &counts));
            self.stop_task(*task, Ending::of(StopCause::ScalingActivity), queue);
        }
    }

    /// Tells the task of the richest zone, of so many there, that is stopped.
    fn note_rebalanced(
        &mut self,
        task: TaskId,
        (service, among): (ServiceId, u32),
        (zones, by_zone): (&[ZoneId], &[u32]),
    ) {
        if !self.observer.follows() {
            return;
        }
        let primary = self.world.services[service.index()].primary();
        let strategy = &primary.strategy;
        let items = strategy.items().iter();
        let counts: Vec<u32> = items
            .map(|item| primary.groups.provider_count(item.provider))
            .collect();
        let task = self.world.tasks.live(task);
        let inputs = DecisionInputs::StopChosen {
            service,
            ordinal: task.record.ordinal,
            strategy,
            counts: &counts,
            zones,
            by_zone,
            phase: match (task.record.times.started, task.healthy) {
                (_, true) => Phase::Healthy,
                (Some(at), false) if at <= self.now => Phase::Running,
                (_, false) => Phase::Launching,
            },
            among,
            because: StopBecause::Rebalanced,
            how: StopHow::Drawn,
        };
        self.observer.note(self.now, &inputs);
    }
}

/// Whether a service has one deployment, nothing on its way out of it, and is meant to have as many
/// tasks as this.
fn is_alone_and_full(state: &Service, desired: u32) -> bool {
    state.deployments.len() == 1 && state.draining.is_empty() && state.desired == desired
}

/// The zone with the most tasks, the first of several.
fn richest(counts: &[u32]) -> Option<usize> {
    let most = counts.iter().max().filter(|most| 0 < **most)?;
    counts.iter().position(|count| count == most)
}
