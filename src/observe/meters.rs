//! The sink of usage: what was used, by whom, in which hour, from tasks that are gone and minutes
//! of load. Prices are applied later.

mod account;
mod idle;
pub(super) mod insights;
mod instances;
mod load;
mod placed;
mod sizes;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::catalog::fargate::{EPHEMERAL_GIB_INCLUDED, FargatePlatform};
use crate::demand::period::ServicePeriod;
use crate::engine::SimTime;
use crate::ids::{GroupId, LoadBalancerId, ProviderId, ServiceId};
use crate::observe::meters::account::Starts;
use crate::observe::meters::insights::add_insights;
use crate::observe::meters::instances::InstanceMeters;
use crate::observe::meters::load::LoadMeters;
use crate::observe::observation::{
    CapacityObservation, DeploymentStep, Observation, TaskSetChange,
};
use crate::observe::usage::{
    KnownPlace, Meter, Owner as UsageOwner, UsageClass, UsageKey, UsageTable, whole_seconds,
};
use crate::scenario::plan::{Caller, ContainerInsights, Plan, ProviderKind, TaskVolumePlan};
use crate::world::instance::{GroupCounts, InstanceRecord, InstanceStep};
use crate::world::spot_prices::SpotPrices;
use crate::world::task::{Owner, TaskRecord};

/// The sink of usage.
#[derive(Clone, Debug)]
pub struct Meters {
    usage: UsageTable,
    definitions: Vec<DefinitionFacts>,
    providers: Vec<ProviderKind>,
    /// Whether tasks have a public address, by service, then by program.
    service_public: Vec<bool>,
    job_public: Vec<bool>,
    /// What sidecars of its tasks reserve, where a call says another size.
    job_beside: Vec<Option<[u64; 2]>>,
    /// The volumes of tasks, by service, then by program.
    volumes: Vec<Option<TaskVolumePlan>>,
    horizon: SimTime,
    insights: ContainerInsights,
    load: LoadMeters,
    instances: InstanceMeters,
    starts: Starts,
    /// Where the table keeps CPU and memory of an owner's tasks on a provider, by class.
    sizes: Vec<[[KnownPlace; 2]; UsageClass::ALL.len()]>,
}

/// An empty table of what is used from `from` on.
fn table(plan: &Plan, from: SimTime) -> UsageTable {
    let mut usage = UsageTable::new(from, plan.horizon());
    usage.cut_at(&plan.prices.change_times());
    usage
}

/// What the EBS volumes of an owner's tasks are paid for, while they exist.
fn add_volume(usage: &mut UsageTable, volume: TaskVolumePlan, record: &TaskRecord, end: SimTime) {
    let from = record.times.created;
    let paid = volume.paid;
    let meters = [
        (Meter::TaskVolumes(volume.kind), paid.gib),
        (Meter::TaskVolumeIops(volume.kind), paid.iops),
        (Meter::TaskVolumeThroughput, paid.throughput),
    ];
    let seconds = whole_seconds(from, end).max(VOLUME_SECONDS_MIN);
    for (meter, rate) in meters.into_iter().filter(|(_, rate)| 0 < *rate) {
        let key = UsageKey::billed(meter, usage_owner(record.owner), None);
        usage.add_seconds(key, from, seconds, u64::from(rate));
    }
}

/// The least that an EBS volume is billed for (AWS EBS pricing: by the second, a minute at least).
const VOLUME_SECONDS_MIN: u64 = 60;

/// What a task's bill depends on beside its size.
#[derive(Clone, Copy, Debug)]
struct DefinitionFacts {
    platform: FargatePlatform,
    ephemeral_gib_over: u64,
    log_bytes_per_second: u64,
    containers: u64,
    /// CPU units and MiB that containers beside the code reserve.
    beside: [u64; 2],
}

impl Meters {
    /// Nothing used yet.
    pub fn new(plan: &Plan) -> Self {
        let facts = plan.task_definitions.iter().map(|definition| {
            let storage = definition.ephemeral_gib;
            DefinitionFacts {
                platform: definition.fargate_platform(),
                ephemeral_gib_over: u64::from(storage.saturating_sub(EPHEMERAL_GIB_INCLUDED)),
                log_bytes_per_second: definition.work.log_bytes_per_second.round() as u64,
                containers: definition.containers.len() as u64,
                beside: definition.reserved_beside(),
            }
        });
        let owners = plan.services.len() + plan.job_sources.len();
        let services = plan.services.iter();
        let jobs = plan.job_sources.iter();
        Meters {
            usage: table(plan, SimTime::ZERO),
            definitions: facts.collect(),
            providers: plan
                .providers
                .iter()
                .map(|provider| provider.kind)
                .collect(),
            service_public: services.map(|service| service.assign_public_ip).collect(),
            job_beside: jobs.clone().map(|source| source.beside).collect(),
            job_public: jobs.map(|source| source.assign_public_ip).collect(),
            volumes: plan
                .services
                .iter()
                .map(|service| service.volume)
                .chain(plan.job_sources.iter().map(|source| source.volume))
                .collect(),
            horizon: plan.horizon(),
            insights: plan.cluster.container_insights,
            sizes: vec![Default::default(); owners * plan.providers.len()],
            load: LoadMeters::new(plan),
            instances: InstanceMeters::new(plan),
            starts: Starts::new(plan),
        }
    }

    /// Meters from `at`, the start of a minute, on; `living` are the instances of that time.
    pub(super) fn restart(&mut self, plan: &Plan, at: SimTime, living: &[InstanceRecord]) {
        self.usage = table(plan, at);
        self.sizes.fill_with(Default::default);
        self.load.restart(at);
        self.instances.restart(living);
    }

    /// What Spot costs over the run; without, its price stays.
    pub fn set_spot_prices(&mut self, prices: &Arc<SpotPrices>) {
        self.instances.set_prices(prices);
    }

    /// Takes what happened.
    pub fn observe(&mut self, at: SimTime, what: &Observation<'_>) {
        match what {
            Observation::TaskGone(record) => self.task_gone(at, record),
            Observation::ServicePeriods {
                service,
                first,
                count,
                period,
            } => self.service_periods(*service, (*first, *count), period),
            Observation::Deployment {
                service,
                definition,
                step:
                    DeploymentStep::Started
                    | DeploymentStep::RollingBack { .. }
                    | DeploymentStep::TaskSet(TaskSetChange::Primary),
                ..
            } => self.load.deployed(*service, *definition),
            Observation::Capacity(what) => self.capacity(at, what),
            Observation::Called {
                source,
                caller: Caller::Scheduler,
                ..
            } => {
                let owner = UsageOwner::Job(*source);
                let key = UsageKey::billed(Meter::SchedulerInvocations, owner, None);
                self.usage.add_at(at, key, 1);
            }
            Observation::Deployment { .. }
            | Observation::TaskStarted { .. }
            | Observation::TaskInterrupted { .. }
            | Observation::LaunchRefused { .. }
            | Observation::ServiceCounts { .. }
            | Observation::Scaling { .. }
            | Observation::AlarmState { .. }
            | Observation::ProviderPicked { .. }
            | Observation::SpotRegime { .. }
            | Observation::JobFinished { .. }
            | Observation::Called {
                caller: Caller::Rule,
                ..
            }
            | Observation::CallFailed { .. }
            | Observation::ContainerRestarted { .. }
            | Observation::JobsWaiting { .. } => {}
        }
    }

    /// `count` minutes of a service's load are over, the first of them with index `first`.
    pub(super) fn service_periods(
        &mut self,
        service: ServiceId,
        minutes: (u64, u64),
        period: &ServicePeriod,
    ) {
        self.load.add(&mut self.usage, service, minutes, period);
    }

    fn capacity(&mut self, at: SimTime, what: &CapacityObservation<'_>) {
        match what {
            CapacityObservation::Instance(record, InstanceStep::Active) => {
                self.instances.active(record);
            }
            CapacityObservation::Instance(record, InstanceStep::Gone) => {
                self.instances.gone(&mut self.usage, at, record);
            }
            CapacityObservation::GroupCounts { group, counts } => {
                self.group_counts(at, *group, counts);
            }
            CapacityObservation::Instance(_, InstanceStep::Draining)
            | CapacityObservation::Reservation { .. }
            | CapacityObservation::GroupScaling { .. }
            | CapacityObservation::InstanceLaunchFailed { .. }
            | CapacityObservation::RebalanceRecommended { .. }
            | CapacityObservation::MachineLost { .. }
            | CapacityObservation::RequestRefused { .. }
            | CapacityObservation::TaskPlaced { .. }
            | CapacityObservation::Unplaced { .. }
            | CapacityObservation::Asked { .. } => {}
        }
    }

    /// A group's counts have changed.
    pub(super) fn group_counts(&mut self, at: SimTime, group: GroupId, counts: &GroupCounts) {
        let usage = &mut self.usage;
        self.instances
            .fragmented(usage, (at, group), &counts.fragmented);
    }

    /// The table of usage up to the end of the run; every task must be gone.
    pub fn finish(mut self, plan: &Plan, ended_at: SimTime) -> UsageTable {
        self.usage.set_end(ended_at);
        self.load
            .write(&mut self.usage, self.instances.credit_meters());
        add_load_balancers(&mut self.usage, plan, ended_at);
        for system in &plan.file_systems {
            let key = UsageKey::billed(Meter::FileSystems, UsageOwner::Cluster, None);
            let stored = system.stored_mib;
            self.usage.add_span(key, SimTime::ZERO, ended_at, stored);
        }
        account::add_alarms(&mut self.usage, plan, ended_at);
        account::add_account(&mut self.usage, plan, ended_at);
        account::add_log_ways(&mut self.usage, plan);
        if self.insights != ContainerInsights::Disabled {
            add_insights(&mut self.usage, plan, ended_at);
        }
        self.usage
    }

    /// A task is over.
    pub(super) fn task_gone(&mut self, at: SimTime, record: &TaskRecord) {
        let facts = self.definitions[record.definition.index()];
        let end = record.times.stopped.unwrap_or(at).min(at);
        self.add_public_address(record, end);
        self.add_running(record, facts, end);
        let owner = match record.owner {
            Owner::Service(service) => service.index(),
            Owner::Job(source) => self.service_public.len() + source.index(),
        };
        if let Some(volume) = self.volumes[owner] {
            // What is not deleted with its task stays until the end.
            let until = if volume.is_deleted { end } else { self.horizon };
            add_volume(&mut self.usage, volume, record, until);
        }
        self.starts.add(&mut self.usage, record, end);
        match self.providers[record.provider.index()] {
            ProviderKind::Fargate | ProviderKind::FargateSpot => {
                self.fargate_task(at, record, facts);
            }
            ProviderKind::AutoScalingGroup(_)
            | ProviderKind::ManagedInstances(_)
            | ProviderKind::Ec2
            | ProviderKind::External => self.placed_task(record, end),
        }
    }

    /// A public address is paid while the network interface exists.
    fn add_public_address(&mut self, record: &TaskRecord, end: SimTime) {
        let is_public = match record.owner {
            Owner::Service(service) => self.service_public[service.index()],
            Owner::Job(source) => self.job_public[source.index()],
        };
        if is_public {
            let key = task_key(Meter::PublicIpv4, record);
            self.usage.add_span(key, record.times.created, end, 1);
        }
    }

    /// What grows with the time in RUNNING: logs, and metrics of enhanced observability.
    fn add_running(&mut self, record: &TaskRecord, facts: DefinitionFacts, end: SimTime) {
        let Some(started) = record.times.started.filter(|started| *started <= end) else {
            return;
        };
        let owner = usage_owner(record.owner);
        let until = record.times.execution_stopped.unwrap_or(end).min(end);
        let logs = UsageKey::billed(Meter::LogsIngested, owner, None);
        let bytes = facts.log_bytes_per_second;
        if 0 < bytes {
            self.usage.add_span(logs, started, until, bytes);
        }
        if self.insights == ContainerInsights::Enhanced {
            let metrics = insights::PER_TASK + facts.containers * insights::PER_CONTAINER;
            let key = UsageKey::billed(Meter::ContainerInsightsEnhanced, owner, None);
            self.usage.add_span(key, started, until, metrics);
        }
    }
}

/// When a task began to do what it is for, `end` if it never did.
fn useful_from(record: &TaskRecord, end: SimTime) -> SimTime {
    let useful_from = match record.owner {
        Owner::Service(_) => record.times.in_service,
        Owner::Job(_) => record.times.started,
    };
    useful_from.unwrap_or(end).min(end)
}

fn usage_owner(owner: Owner) -> UsageOwner {
    match owner {
        Owner::Service(service) => UsageOwner::Service(service),
        Owner::Job(source) => UsageOwner::Job(source),
    }
}

fn task_key(meter: Meter, record: &TaskRecord) -> UsageKey {
    let provider: ProviderId = record.provider;
    UsageKey::billed(meter, usage_owner(record.owner), Some(provider))
}

/// A load balancer is paid while it exists; one that faces the internet has an address in each of
/// its zones.
fn add_load_balancers(usage: &mut UsageTable, plan: &Plan, ended_at: SimTime) {
    for (index, balancer) in plan.load_balancers.iter().enumerate() {
        let owner = UsageOwner::LoadBalancer(LoadBalancerId::from_index(index));
        let time = match balancer.is_network {
            true => Meter::NetworkBalancerTime,
            false => Meter::LoadBalancerTime,
        };
        let time = UsageKey::billed(time, owner, None);
        usage.add_span(time, SimTime::ZERO, ended_at, 1);
        if balancer.internet_facing {
            let addresses = UsageKey::billed(Meter::PublicIpv4, owner, None);
            let zones = balancer.zones.len() as u64;
            usage.add_span(addresses, SimTime::ZERO, ended_at, zones);
        }
    }
}
