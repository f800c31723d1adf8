//! The cluster's own instances: their groups, what is placed on them, what waits for them.

mod classes;
mod group;
mod waiting;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use classes::{Class, zone_place};
pub use group::{Group, Refresh, Replacement, ScalingMemory, Shortage};
pub use waiting::{Shape, Waiting};

use crate::engine::SimTime;
use crate::engine::random::{NameHash, Streams};
use crate::ids::{GroupId, InstanceId, PoolId, ProviderId, ServiceId, TaskDefinitionId};
use crate::policy::placement::{Need, Ports};
use crate::scenario::plan::{HostingPlan, NetworkMode, PlacementPlan, Plan};
use crate::world::instance::{GroupCounts, Instance, InstanceStatus};
use crate::world::placement::{ClassId, Hosting, PlacementIndex};
use crate::world::spot_market::{Behaviour, MarketPlan, PoolPlan, SpotMarket};
use crate::world::task::{Owner, TaskRecord};

/// All instances of the run, and what is known of who has what on them.
#[derive(Debug, Default)]
pub struct Capacity {
    /// The instances in the order of their launch; those that are gone stay, empty.
    pub instances: Vec<Instance>,
    /// Who has room.
    pub index: PlacementIndex,
    /// The groups, as in the plan.
    pub groups: Vec<Group>,
    /// Where each service's tasks are, older revisions included.
    pub services: Vec<Hosting>,
    /// Where each program's tasks are.
    pub jobs: Vec<Hosting>,
    /// Tasks in PROVISIONING without an instance, by provider.
    pub waiting: Vec<Waiting>,
    /// The Spot market, where a group buys there.
    pub market: Option<SpotMarket>,
    /// Reclaims so far: key their draws.
    pub reclaims: u64,
    /// The DAEMON services, each with the ACTIVE instances where it misses a task.
    pub daemons: Vec<(ServiceId, BTreeSet<InstanceId>)>,
    /// Times that instances of a pool got recommendations so far: key their draws.
    pub recommendations: u64,
    classes: Vec<Class>,
    /// The first class of each group.
    first_class: Vec<usize>,
    /// The Spot pool of each class.
    pools: Vec<Option<PoolId>>,
    eligible: BTreeMap<(Owner, TaskDefinitionId, ProviderId), Arc<[ClassId]>>,
}

/// What a task needs of an instance.
pub fn need_of(plan: &Plan, record: &TaskRecord) -> Need {
    let hosting = &plan.task_definition(record.definition).hosting;
    need((record.cpu.0, record.memory.0), hosting)
}

/// What a task of this size needs.
pub fn need((cpu, memory): (u32, u32), hosting: &HostingPlan) -> Need {
    Need {
        cpu,
        memory,
        gpus: hosting.gpus,
        enis: u32::from(hosting.network == NetworkMode::Awsvpc),
    }
}

/// How an owner's tasks are placed.
pub fn placement_of(plan: &Plan, owner: Owner) -> &PlacementPlan {
    match owner {
        Owner::Service(service) => &plan.service(service).placement,
        Owner::Job(source) => &plan.job_sources[source.index()].placement,
    }
}

impl Capacity {
    /// The cluster's own capacity before any instance is launched.
    pub fn new(plan: &Plan, streams: Streams) -> Self {
        if plan.groups.is_empty() {
            return Capacity {
                waiting: vec![Waiting::default(); plan.providers.len()],
                ..Capacity::default()
            };
        }
        let services = plan.services.iter().map(|service| &service.placement);
        let jobs = plan.job_sources.iter().map(|source| &source.placement);
        let strategies = services.chain(jobs).map(|placement| &placement.rules[..]);
        let mut capacity = Capacity {
            index: PlacementIndex::new(strategies),
            waiting: vec![Waiting::default(); plan.providers.len()],
            ..Capacity::default()
        };
        let values = classes::spread_values(plan);
        let counts: Vec<usize> = values.iter().map(Vec::len).collect();
        let zones = plan.zones.len() + usize::from(plan.has_external());
        let hosting = Hosting::new(zones, &counts);
        capacity.services = vec![hosting.clone(); plan.services.len()];
        capacity.jobs = vec![hosting; plan.job_sources.len()];
        let services = plan.services.iter().enumerate();
        let daemons = services.filter(|(_, service)| service.is_daemon);
        let missing = |(at, _)| (ServiceId::from_index(at), BTreeSet::new());
        capacity.daemons = daemons.map(missing).collect();
        for group in 0..plan.groups.len() {
            capacity.add_group(plan, GroupId::from_index(group), (&values, &streams));
        }
        capacity.add_market(plan, streams);
        capacity
    }

    fn add_group(
        &mut self,
        plan: &Plan,
        id: GroupId,
        (values, streams): (&[Vec<String>], &Streams),
    ) {
        let group = plan.group(id);
        let first = self.classes.len();
        self.first_class.push(first);
        for class in classes::of_group(plan, id, values) {
            let class_id = self
                .index
                .add_class(class.zone_place(plan), class.values.clone());
            debug_assert_eq!(class_id.0 as usize, self.classes.len());
            self.classes.push(class);
        }
        let providers = plan.providers.iter();
        let of_group =
            |provider: &crate::scenario::plan::ProviderPlan| provider.kind.group() == Some(id);
        let provider = providers.clone().position(of_group);
        let shortages = group.shortages.map_or_else(Vec::new, |shortage| {
            let stream = |class: &Class| {
                let name = NameHash::of(&class.pool_name(plan));
                Shortage::new(streams.stream(classes::SHORTAGE, name, 0), shortage.every)
            };
            self.classes[first..].iter().map(stream).collect()
        });
        self.groups.push(Group {
            provider: provider.map(ProviderId::from_index),
            min: group.min_size,
            max: group.max_size,
            counts: GroupCounts {
                desired: group.desired_capacity,
                ..GroupCounts::default()
            },
            members: Vec::new(),
            by_zone: vec![0; group.zones.len()],
            empty: BTreeSet::new(),
            warm: BTreeSet::new(),
            launches: 0,
            terminations: 0,
            retry_tick: 0,
            is_retrying: false,
            replacements: Vec::new(),
            refresh: None,
            template_version: 0,
            scaling: ScalingMemory::default(),
            shortages,
        });
    }

    /// The Spot pools of all groups: one a type and zone.
    fn add_market(&mut self, plan: &Plan, streams: Streams) {
        let mut market = MarketPlan {
            behaviours: Vec::new(),
            families: Vec::new(),
            zones: plan.zones.iter().map(|zone| zone.key).collect(),
            pools: Vec::new(),
            start_hour_local: plan.spot.start_hour,
        };
        for class in &self.classes {
            let kind = &plan.group(class.group).types[class.type_index as usize];
            let Some(behaviour) = kind.spot else {
                self.pools.push(None);
                continue;
            };
            let name = NameHash::of(&class.pool_name(plan));
            let known = market.pools.iter().position(|pool| pool.name == name);
            let at = known.unwrap_or_else(|| {
                let family = NameHash::of(class.family());
                let families = &mut market.families;
                let family_at = families.iter().position(|it| *it == family);
                let family = family_at.unwrap_or_else(|| {
                    families.push(family);
                    families.len() - 1
                });
                let behaviour = Behaviour {
                    parameters: behaviour.parameters,
                    rates: behaviour.rates,
                };
                market.behaviours.push(behaviour);
                market.pools.push(PoolPlan {
                    name,
                    family,
                    zone: class.zone.index(),
                    behaviour: market.behaviours.len() - 1,
                });
                market.pools.len() - 1
            });
            self.pools.push(Some(PoolId::from_index(at)));
        }
        if !market.pools.is_empty() {
            self.market = Some(SpotMarket::new(&market, streams));
        }
    }

    /// The class of a group's instances of a type in a zone, both by their positions in the group.
    pub fn class_of(&self, plan: &Plan, group: GroupId, (kind, zone): (usize, usize)) -> ClassId {
        let zones = plan.group(group).zones.len();
        ClassId((self.first_class[group.index()] + kind * zones + zone) as u32)
    }

    /// What is known of a class.
    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.0 as usize]
    }

    /// The Spot pool of a class.
    pub fn pool(&self, class: ClassId) -> Option<PoolId> {
        self.pools[class.0 as usize]
    }

    /// The classes that meet what lasts of a task's constraints, in zones that its subnets reach.
    pub fn eligible(
        &mut self,
        plan: &Plan,
        (owner, definition, provider): (Owner, TaskDefinitionId, ProviderId),
    ) -> Arc<[ClassId]> {
        let key = (owner, definition, provider);
        if let Some(known) = self.eligible.get(&key) {
            return Arc::clone(known);
        }
        let meets = |at: &usize| self.classes[*at].meets(plan, key);
        let all = (0..self.classes.len()).filter(meets);
        let found: Arc<[ClassId]> = all.map(|at| ClassId(at as u32)).collect();
        self.eligible.insert(key, Arc::clone(&found));
        found
    }

    /// Where the tasks of an owner are.
    pub fn hosting_mut(&mut self, owner: Owner) -> &mut Hosting {
        match owner {
            Owner::Service(service) => &mut self.services[service.index()],
            Owner::Job(source) => &mut self.jobs[source.index()],
        }
    }

    /// Where the tasks of an owner are.
    pub fn hosting(&self, owner: Owner) -> &Hosting {
        match owner {
            Owner::Service(service) => &self.services[service.index()],
            Owner::Job(source) => &self.jobs[source.index()],
        }
    }

    /// The class of an instance.
    pub fn class_of_instance(&self, plan: &Plan, id: InstanceId) -> ClassId {
        let record = &self.instances[id.index()].record;
        let zones = &plan.group(record.group).zones;
        let zone = zones.iter().position(|zone| *zone == record.zone);
        self.class_of(
            plan,
            record.group,
            (record.type_index as usize, zone.unwrap_or(0)),
        )
    }

    /// A task is placed on an instance: ECS's ledger.
    pub fn take(
        &mut self,
        plan: &Plan,
        record: &TaskRecord,
        (instance, now): (InstanceId, SimTime),
    ) {
        let (need, ports) = (need_of(plan, record), ports_of(plan, record));
        self.index.take(instance, &need, ports);
        self.count(plan, record.owner, instance, 1);
        let host = &mut self.instances[instance.index()];
        let group = &mut self.groups[host.record.group.index()];
        group.counts.reserved.add(&need);
        if let Some(missing) = self.missing_daemons(record.owner) {
            missing.remove(&instance);
            return;
        }
        let host = &mut self.instances[instance.index()];
        host.live += 1;
        let (is_first, group) = (host.live == 1, host.record.group);
        if is_first {
            host.end_empty(now);
        }
        let group = &mut self.groups[group.index()];
        if is_first && group.empty.remove(&instance) {
            group.counts.empty -= 1;
        }
    }

    /// A task is to stop: its share is free for placement at once.
    pub fn give(
        &mut self,
        plan: &Plan,
        record: &TaskRecord,
        (instance, now): (InstanceId, SimTime),
    ) {
        let (need, ports) = (need_of(plan, record), ports_of(plan, record));
        self.index.give(instance, &need, ports);
        self.count(plan, record.owner, instance, -1);
        let host = &mut self.instances[instance.index()];
        let group = &mut self.groups[host.record.group.index()];
        group.counts.reserved.remove(&need);
        let is_active = host.status == InstanceStatus::Active;
        if let Some(missing) = self.missing_daemons(record.owner) {
            if is_active {
                missing.insert(instance);
            }
            return;
        }
        let host = &mut self.instances[instance.index()];
        host.live -= 1;
        let (is_last, is_member) = (host.live == 0, host.is_member());
        if is_last {
            host.empty_since = now;
        }
        let group = &mut self.groups[host.record.group.index()];
        if is_last && is_member && group.empty.insert(instance) {
            group.counts.empty += 1;
        }
    }

    /// Of a DAEMON service: the instances where it misses a task.
    fn missing_daemons(&mut self, owner: Owner) -> Option<&mut BTreeSet<InstanceId>> {
        let is_its = |daemon: &&mut (ServiceId, _)| Owner::Service(daemon.0) == owner;
        let found = self.daemons.iter_mut().find(is_its);
        found.map(|(_, missing)| missing)
    }

    fn count(&mut self, plan: &Plan, owner: Owner, instance: InstanceId, by: i32) {
        let class = self.class_of_instance(plan, instance).0 as usize;
        let hosting = match owner {
            Owner::Service(service) => &mut self.services[service.index()],
            Owner::Job(source) => &mut self.jobs[source.index()],
        };
        let class = &self.classes[class];
        let zone = class.zone_place(plan);
        hosting.change(instance, (zone, &class.values), by);
    }
}

/// The static host ports of a task.
pub fn ports_of<'p>(plan: &'p Plan, record: &TaskRecord) -> &'p Ports {
    &plan.task_definition(record.definition).hosting.ports
}
