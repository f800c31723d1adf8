//! The start of a run: what stands already, and the first event of every source.

use crate::engine::queue::Queue;
use crate::ids::{GroupId, InstanceId, ProviderId, ServiceId, TaskDefinitionId, ZoneId};
use crate::observe::inputs::{DecisionInputs, ZoneSearch};
use crate::policy::fargate::WhenZoneRefuses;
use crate::policy::managed_scaling::instances_for;
use crate::policy::strategy::next_provider;
use crate::scenario::plan::{Begin, ProviderKind};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::capacity;
use crate::world::task::{Owner, TaskTimes};

impl Simulation<'_> {
    /// Sets the world up at the start of the run.
    pub(super) fn begin(&mut self, queue: &mut Queue<Event>) {
        self.begin_spot(queue);
        self.begin_groups(queue);
        for service in self.service_ids() {
            if Owner::Service(service).is_daemon(self.plan) {
                continue;
            }
            if self.plan.run.begin == Begin::Steady {
                self.begin_service_up(service, queue);
            }
            self.begin_demand(service, queue);
        }
        self.settle_groups(queue);
        // DAEMON services are up when all instances are.
        for at in 0..self.world.capacity.daemons.len() {
            let service = self.world.capacity.daemons[at].0;
            if !self.world.serves_others(service) {
                self.begin_demand(service, queue);
            }
        }
        self.begin_calls(queue);
        for at in 0..self.world.capacity.daemons.len() {
            let service = self.world.capacity.daemons[at].0;
            if self.world.serves_others(service) {
                self.begin_demand(service, queue);
            }
        }
        for service in self.service_ids() {
            if self.world.services[service.index()].is_in_progress() {
                self.begin_watch(service);
            }
            self.counts_changed(Owner::Service(service));
            self.reconcile(service, queue);
        }
        for source in self.source_ids() {
            self.schedule_arrival(source, queue);
        }
        self.begin_retirement(queue);
        self.begin_timeline(queue);
        self.begin_predicting(queue);
    }

    /// A service is up: its tasks run where its strategy and the spread over zones put them, as if
    /// for long.
    fn begin_service_up(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let state = &self.world.services[service.index()];
        if !state.has_task_sets() {
            self.begin_deployment_up((service, 0), state.desired, queue);
            return;
        }
        for position in 0..state.deployments.len() {
            let tasks = self.world.services[service.index()].target_of(position);
            self.begin_deployment_up((service, position), tasks, queue);
        }
    }

    /// So many tasks of a deployment, by its position, run.
    fn begin_deployment_up(
        &mut self,
        (service, position): (ServiceId, usize),
        desired: u32,
        queue: &mut Queue<Event>,
    ) {
        let of = &self.world.services[service.index()].deployments[position];
        let (deployment, strategy) = (of.ordinal, of.strategy.clone());
        let definition = of.definition;
        let mut counts = vec![0; strategy.items().len()];
        let zones = &self.plan.service(service).zones;
        for done in 0..desired {
            let choice = next_provider(&strategy, &counts);
            let item = choice.item;
            let provider = strategy.items()[item].provider;
            let hosted = self.plan.provider(provider).kind.is_hosted();
            let instance = if hosted {
                let found = match self.plan.provider(provider).kind {
                    ProviderKind::ManagedInstances(_) => self.standing_managed(
                        (service, deployment),
                        (provider, desired - done),
                        queue,
                    ),
                    _ => self.standing_instance((service, definition), provider, queue),
                };
                let Some(instance) = found else {
                    continue;
                };
                Some(instance)
            } else {
                None
            };
            let zone = match instance {
                Some(instance) => self.world.capacity.instances[instance.index()].record.zone,
                None => zones[counts[item] as usize % zones.len()],
            };
            let before = counts.clone();
            counts[item] += 1;
            let cpu = self.plan.task_definition(definition).cpu;
            let of = (Owner::Service(service), definition);
            if !self.world.accounts[provider.index()].fits(cpu)
                || !self.could_start(of, (hosted, zone))
            {
                // What the quota forbids waits from the start on, as what can't start does.
                continue;
            }
            if !hosted {
                self.note_standing_zone((service, position), provider, zones);
            }
            let mut record = self.new_record((service, deployment), provider, zone);
            self.note(&DecisionInputs::Pick {
                owner: Owner::Service(service),
                ordinal: record.ordinal,
                strategy: &strategy,
                counts: &before,
                reason: choice.reason,
                job: None,
            });
            record.times = TaskTimes::standing();
            self.admit_running(record, instance, queue);
        }
    }

    /// Tells what the zone of a task that runs at the start follows from: those that stand already.
    fn note_standing_zone(
        &mut self,
        (service, position): (ServiceId, usize),
        provider: ProviderId,
        zones: &[ZoneId],
    ) {
        if !self.observer.follows() {
            return;
        }
        let groups = &self.world.services[service.index()].deployments[position].groups;
        let count = |zone: &ZoneId| groups.count(provider, *zone);
        let counts: Vec<u32> = zones.iter().map(count).collect();
        self.note(&DecisionInputs::Zone {
            owner: Owner::Service(service),
            provider,
            search: &ZoneSearch {
                zones,
                counts: &counts,
                refuses: &vec![false; zones.len()],
                when_refused: WhenZoneRefuses::TryOthers,
            },
        });
    }
}

impl Simulation<'_> {
    /// The groups as they stand at the start: their desired capacity, ACTIVE in a steady run, else
    /// launched now.
    fn begin_groups(&mut self, queue: &mut Queue<Event>) {
        self.begin_instance_spot(queue);
        for index in 0..self.plan.groups.len() {
            let group = GroupId::from_index(index);
            if self.plan.group(group).is_external() {
                self.stand_machines(group, queue);
                continue;
            }
            if self.plan.run.begin == Begin::Empty {
                self.follow_desired(group, queue);
                continue;
            }
            for _ in 0..self.plan.group(group).desired_capacity {
                self.stand_instance(group, queue);
            }
        }
    }

    /// An instance that is there at the start of a steady run, if a pool has one.
    fn stand_instance(&mut self, group: GroupId, queue: &mut Queue<Event>) -> Option<InstanceId> {
        let granted = self.find_pool(group, self.usual_search(group)).ok()?;
        let id = self.admit_active(group, granted, queue);
        self.stand_daemons(id, queue);
        Some(id)
    }

    /// The instance of a task that runs at the start; managed scaling has seen to it that there is
    /// one, as far as the group's maximum allows.
    fn standing_instance(
        &mut self,
        (service, definition): (ServiceId, TaskDefinitionId),
        provider: ProviderId,
        queue: &mut Queue<Event>,
    ) -> Option<InstanceId> {
        let plan = self.plan;
        let of = plan.task_definition(definition);
        let need = capacity::need((of.cpu.0, of.memory.0), &of.hosting);
        let key = (Owner::Service(service), definition);
        loop {
            let ordinal = self.next_ordinal(key.0);
            if let Some(instance) = self.find_instance(key, (provider, ordinal, None), &need) {
                return Some(instance);
            }
            let group = plan.provider(provider).kind.group()?;
            let state = &self.world.capacity.groups[group.index()];
            let (members, max) = (state.members.len(), state.max as usize);
            let scales = self.group_provider(provider).managed_scaling.is_some();
            let fits_any = plan
                .group(group)
                .types
                .iter()
                .any(|kind| need.fits(&kind.registered));
            if !scales || !fits_any || max <= members {
                return None;
            }
            // An empty instance did not meet its constraints: one more would not either.
            let asks = self.asks_each_instance(key);
            if asks && !self.world.capacity.groups[group.index()].empty.is_empty() {
                return None;
            }
            self.stand_instance(group, queue)?;
        }
    }

    /// A steady group has what managed scaling would have brought it to: its desired capacity
    /// follows, with the spare instances that its target asks for.
    fn settle_groups(&mut self, queue: &mut Queue<Event>) {
        for index in 0..self.plan.groups.len() {
            let group = GroupId::from_index(index);
            let state = &self.world.capacity.groups[index];
            let busy = state.members.len() as u32 - state.counts.empty;
            let provider = state.provider.map(|it| self.group_provider(it));
            let scaling = provider.and_then(|provider| provider.managed_scaling);
            let max = state.max;
            if self.plan.run.begin == Begin::Steady
                && let Some(scaling) = scaling
            {
                let wanted = instances_for(busy, scaling.target_capacity).min(max);
                while (self.world.capacity.groups[index].members.len() as u32) < wanted {
                    if self.stand_instance(group, queue).is_none() {
                        break;
                    }
                }
                let state = &mut self.world.capacity.groups[index];
                // What no pool had is still desired.
                let has = state.members.len() as u32;
                state.counts.desired = has.max(wanted).max(state.min);
            }
            if self.plan.run.begin == Begin::Steady {
                self.begin_warm_pool(group);
            }
            self.group_counts_changed(group);
            let state = &self.world.capacity.groups[index];
            if self.plan.run.begin == Begin::Steady
                && self.plan.group(group).managed.is_none()
                && (state.members.len() as u32) < state.counts.desired
            {
                self.follow_desired(group, queue);
            }
            self.capacity_changed(group, queue);
        }
    }
}
