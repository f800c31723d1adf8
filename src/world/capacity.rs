//! The cluster's own instances: their groups, what is placed on them, what waits for them.

mod classes;
mod facts;
mod fragments;
mod group;
mod ledger;
mod waiting;

use std::collections::{BTreeSet, BinaryHeap};
use std::sync::Arc;

pub use classes::{Class, class_of_record, zone_place};
pub use facts::{InstanceFacts, live_constraints};
pub use fragments::Unplaced;
pub use group::{Group, Refresh, Replacement, ScalingMemory, Shortage};
pub use waiting::{Shape, Waiting};

use crate::engine::SimTime;
use crate::engine::random::{NameHash, Streams};
use crate::ids::{GroupId, InstanceId, PoolId, ProviderId, ServiceId, TaskDefinitionId};
use crate::policy::placement::{MANAGED_INSTANCES, Need, PlacementRule, Ports, Spread};
use crate::scenario::plan::{HostingPlan, NetworkMode, PlacementPlan, Plan, ProviderKind};
use crate::world::instance::{GroupCounts, Instance};
use crate::world::placement::{ClassId, Hosting, PlacementIndex};
use crate::world::spot_market::{Behaviour, MarketPlan, PoolPlan, SpotMarket};
use crate::world::spot_prices::SpotPrices;
use crate::world::task::{Owner, TaskRecord};

/// All instances of the run, and what is known of who has what on them.
#[derive(Clone, Debug, Default)]
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
    /// Tasks that services want, that no instance takes and for which none will come, so that they
    /// were not created: in the order of services, one for each provider and what they run.
    pub unplaced: Vec<Unplaced>,
    /// The Spot market, where a group buys there.
    pub market: Option<SpotMarket>,
    /// What Spot costs over the run.
    pub prices: Arc<SpotPrices>,
    /// Reclaims so far: key their draws.
    pub reclaims: u64,
    /// The DAEMON services, each with the ACTIVE instances where it misses a task.
    pub daemons: Vec<(ServiceId, BTreeSet<InstanceId>)>,
    /// Times that instances of a pool got recommendations so far: key their draws.
    pub recommendations: u64,
    /// The ids of the instances in EC2, where a constraint asks for any; else empty.
    pub ec2_ids: Vec<String>,
    /// Whether one does.
    pub asks_for_ids: bool,
    /// Whether any task has constraints that each instance has to be asked for.
    pub asks_each_instance: bool,
    /// The `group` of each owner's tasks: services, then programs.
    task_groups: Vec<String>,
    classes: Vec<Class>,
    /// The first class of each group.
    first_class: Vec<usize>,
    /// The Spot pool of each class.
    pools: Vec<Option<PoolId>>,
    /// What each owner's tasks may go to, as far as it was asked: services, then programs.
    eligible: Vec<Vec<Eligible>>,
}

/// The classes that tasks of an owner with a definition may go to on a provider.
#[derive(Clone, Debug)]
struct Eligible {
    definition: TaskDefinitionId,
    provider: ProviderId,
    classes: Vec<ClassId>,
}

/// Where the classes stand that a task may go to.
#[derive(Clone, Copy, Debug)]
pub struct EligibleAt(usize, usize);

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

/// Whose reverse says which task of an owner goes from a provider: ECS spreads Managed Instances'
/// tasks over zones by itself, before it packs them (DG-mi-scaling).
pub fn rules_of_stop(plan: &Plan, owner: Owner, provider: ProviderId) -> &[PlacementRule] {
    match plan.provider(provider).kind {
        ProviderKind::ManagedInstances(_) => &MANAGED_INSTANCES,
        ProviderKind::AutoScalingGroup(_)
        | ProviderKind::Ec2
        | ProviderKind::External
        | ProviderKind::Fargate
        | ProviderKind::FargateSpot => &placement_of(plan, owner).rules,
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
            asks_for_ids: facts::asks_for_ids(plan),
            asks_each_instance: facts::all_live_constraints(plan).next().is_some(),
            task_groups: facts::task_groups(plan),
            ..Capacity::default()
        };
        let values = classes::spread_values(plan);
        let counts: Vec<usize> = values.iter().map(Vec::len).collect();
        let zones = plan.zones.len() + usize::from(plan.has_external());
        let hosting = Hosting::new(zones, &counts);
        let hosting = |placement: &PlacementPlan| {
            let is_spread = placement
                .rules
                .contains(&PlacementRule::Spread(Spread::Instance));
            match is_spread {
                true => hosting.clone().in_order(),
                false => hosting.clone(),
            }
        };
        let services = plan.services.iter();
        capacity.services = services.map(|it| hosting(&it.placement)).collect();
        let jobs = plan.job_sources.iter();
        capacity.jobs = jobs.map(|it| hosting(&it.placement)).collect();
        let services = plan.services.iter().enumerate();
        let daemons = services.filter(|(_, service)| service.is_daemon);
        let missing = |(at, _)| (ServiceId::from_index(at), BTreeSet::new());
        capacity.daemons = daemons.map(missing).collect();
        let owners = plan.services.len() + plan.job_sources.len();
        capacity.eligible = vec![Vec::new(); owners];
        for group in 0..plan.groups.len() {
            capacity.add_group(plan, GroupId::from_index(group), (&values, &streams));
        }
        capacity.prices = Arc::new(SpotPrices::new(plan, &streams));
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
        let shortages = group.shortages.map_or_else(Vec::new, |shortage| {
            let stream = |class: &Class| {
                let name = NameHash::of(&class.pool_name(plan));
                Shortage::new(streams.stream(classes::SHORTAGE, name, 0), shortage.every)
            };
            self.classes[first..].iter().map(stream).collect()
        });
        self.groups.push(Group {
            provider: plan.provider_of(id),
            min: group.min_size,
            max: group.max_size,
            counts: GroupCounts {
                desired: group.desired_capacity,
                ..GroupCounts::default()
            },
            members: Vec::new(),
            entries: BinaryHeap::new(),
            by_zone: vec![0; group.zones.len()],
            by_pool: vec![[0; 2]; group.types.len() * group.zones.len()],
            empty: BTreeSet::new(),
            warm: BTreeSet::new(),
            leaving: BTreeSet::new(),
            launches: 0,
            terminations: 0,
            retry_tick: 0,
            is_retrying: false,
            repack_tick: 0,
            is_repack_due: false,
            without_spot_since: None,
            replacements: Vec::new(),
            refresh: None,
            template_version: 0,
            consolidating: None,
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
            replays: Vec::new(),
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
                let zones = &plan.group(class.group).zones;
                let zone = zones.iter().position(|zone| *zone == class.zone);
                let replay = zone.and_then(|zone| kind.pools.get(zone)?.replay.clone());
                let mut rates = behaviour.rates;
                if replay.is_some() {
                    // What the trace has not does not happen.
                    rates.isolated_per_hour = 0.0;
                }
                market.behaviours.push(Behaviour {
                    parameters: behaviour.parameters,
                    rates,
                });
                market.replays.push(replay);
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

    /// The classes that meet what lasts of a task's constraints, in zones that its subnets reach:
    /// worked out when first asked for, and where they stand ([`Capacity::eligible`]).
    pub fn find_eligible(
        &mut self,
        plan: &Plan,
        (owner, definition, provider): (Owner, TaskDefinitionId, ProviderId),
    ) -> EligibleAt {
        let key = (owner, definition, provider);
        let row = match owner {
            Owner::Service(service) => service.index(),
            Owner::Job(source) => plan.services.len() + source.index(),
        };
        let known = &mut self.eligible[row];
        let is_it = |it: &Eligible| (it.definition, it.provider) == (definition, provider);
        let at = known.iter().position(is_it).unwrap_or_else(|| {
            let meets = |at: &usize| self.classes[*at].meets(plan, key);
            let all = (0..self.classes.len()).filter(meets);
            known.push(Eligible {
                definition,
                provider,
                classes: all.map(|at| ClassId(at as u32)).collect(),
            });
            known.len() - 1
        });
        EligibleAt(row, at)
    }

    /// The classes that were found.
    pub fn eligible(&self, EligibleAt(row, at): EligibleAt) -> &[ClassId] {
        &self.eligible[row][at].classes
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

    /// A group's instances that are launching, ACTIVE or DRAINING, each once: what Spot may take.
    pub fn bought<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = InstanceId> + 'a {
        let is_other = |id: &&InstanceId| !self.instances[id.index()].is_member();
        let leaving = group.leaving.iter().filter(is_other);
        group.members.iter().chain(leaving).copied()
    }

    /// When the member of a group that became one last did so.
    pub fn youngest(&mut self, group: GroupId) -> Option<SimTime> {
        let entries = &mut self.groups[group.index()].entries;
        while let Some((at, id)) = entries.peek() {
            let instance = &self.instances[id.index()];
            if instance.is_member() && instance.entered == *at {
                return Some(*at);
            }
            entries.pop();
        }
        None
    }
}

/// The static host ports of a task.
pub fn ports_of<'p>(plan: &'p Plan, record: &TaskRecord) -> &'p Ports {
    &plan.task_definition(record.definition).hosting.ports
}
