//! What the account pays for by the month, whoever uses it: alarms, secrets, keys, gateways; and
//! the ways that images and logs take out of private subnets.

use crate::engine::SimTime;
use crate::ids::{JobSourceId, ServiceId, ZoneId};
use crate::observe::usage::{Meter, Owner as UsageOwner, UsageKey, UsageTable};
use crate::policy::task_start::{Endpoint, Endpoints};
use crate::scenario::plan::{Plan, ScalingPolicyPlan, TaskSubnetPlan, WatchedMetric};
use crate::world::task::{Owner, TaskRecord};

use super::usage_owner;

/// Alarms of a target tracking policy: one for scaling out, one for scaling in (Application Auto
/// Scaling user guide, "Target tracking", 2026-11), each of metric math paid for every metric of
/// it. ASSUMPTION: none for scaling in where that is disabled.
fn alarms_of(policy: &ScalingPolicyPlan) -> u64 {
    let metrics = policy.custom.as_ref().map_or(1, WatchedMetric::billed);
    if policy.disable_scale_in {
        metrics
    } else {
        2 * metrics
    }
}

/// Alarms that managed scaling makes for a capacity provider's group: it is target tracking too.
const ALARMS_OF_MANAGED_SCALING: u64 = 2;

/// An alarm is paid while it exists, whatever its state: by the service that it watches, those of
/// managed scaling by the cluster. One on metric math is paid for each metric of it (CloudWatch
/// pricing: the unit of the price list is the "alarm metric", `catalog::Item::unit`).
pub(super) fn add_alarms(usage: &mut UsageTable, plan: &Plan, ended_at: SimTime) {
    let mut add = |owner: UsageOwner, is_fine: bool, alarms: u64| {
        let meter = match is_fine {
            true => Meter::HighResolutionAlarms,
            false => Meter::CloudwatchAlarms,
        };
        let key = UsageKey::billed(meter, owner, None);
        usage.add_span(key, SimTime::ZERO, ended_at, alarms);
    };
    for alarm in &plan.alarms {
        let (owner, metrics) = (UsageOwner::Service(alarm.service), alarm.metric.billed());
        add(owner, alarm.clock.is_fine(), metrics);
    }
    for target in &plan.scalable_targets {
        for is_fine in [false, true] {
            let policies = target.policies.iter();
            let policies = policies.filter(|it| it.clock.is_fine() == is_fine);
            let alarms = policies.map(alarms_of).sum();
            add(UsageOwner::Service(target.service), is_fine, alarms);
        }
    }
    let scaled = plan.providers.iter().filter(|provider| {
        let settings = provider.group.as_ref();
        settings.is_some_and(|it| it.managed_scaling.is_some() && !it.is_managed_instances)
    });
    add(
        UsageOwner::Cluster,
        false,
        scaled.count() as u64 * ALARMS_OF_MANAGED_SCALING,
    );
}

/// Secrets, keys, NAT gateways and VPC endpoints that the scenario lists, for the whole run. "Each
/// partial hour consumed is billed as a full hour" of gateways and endpoints (VPC and PrivateLink
/// pricing, 2026-11): the rest of the last one is added.
pub(super) fn add_account(usage: &mut UsageTable, plan: &Plan, ended_at: SimTime) {
    let billed = &plan.boundary.billed;
    let rest = usage.rest_of_hour();
    for (meter, count) in [
        (Meter::NatGateways, billed.nat_gateways),
        (Meter::VpcEndpoints, billed.endpoint_zones),
    ] {
        let key = UsageKey::billed(meter, UsageOwner::Cluster, None);
        if let Some((part, seconds)) = rest {
            usage.add(part, key, u128::from(seconds) * u128::from(count));
        }
    }
    for (meter, count) in [
        (Meter::Secrets, billed.secrets),
        (Meter::KmsKeys, billed.keys),
        (Meter::NatGateways, billed.nat_gateways),
        (Meter::VpcEndpoints, billed.endpoint_zones),
    ] {
        let key = UsageKey::billed(meter, UsageOwner::Cluster, None);
        usage.add_span(key, SimTime::ZERO, ended_at, u64::from(count));
    }
    for (index, service) in plan.services.iter().enumerate() {
        let owner = UsageOwner::Service(ServiceId::from_index(index));
        let definition = plan.task_definition(service.task_definition);
        let key = UsageKey::billed(Meter::CustomMetrics, owner, None);
        // ASSUMPTION: a metric of 20 s is paid as a custom one, as detailed monitoring is.
        let fine = service.fine_metrics.count();
        let metrics = u64::from(definition.work.custom_metrics) + fine;
        usage.add_span(key, SimTime::ZERO, ended_at, metrics);
    }
    for service in &plan.published_metrics {
        let key = UsageKey::billed(Meter::CustomMetrics, UsageOwner::Service(*service), None);
        usage.add_span(key, SimTime::ZERO, ended_at, 1);
    }
}

/// The subnets of an owner, where something is known of them.
fn subnets(plan: &Plan, owner: Owner) -> &[TaskSubnetPlan] {
    match owner {
        Owner::Service(service) => &plan.service(service).subnets,
        Owner::Job(source) => &plan.job_sources[source.index()].subnets,
    }
}

/// What tasks of an owner reach by NAT, and by endpoints, from a zone; of several subnets there the
/// first counts.
fn ways(plan: &Plan, owner: Owner, zone: Option<ZoneId>) -> [Endpoints; 2] {
    let is_there = |it: &&TaskSubnetPlan| {
        let of = plan.boundary.subnets[it.subnet.index()].zone;
        zone.is_none_or(|zone| of == zone)
    };
    let subnet = subnets(plan, owner).iter().find(is_there);
    subnet.map_or([Endpoints::NONE; 2], |it| [it.by_nat, it.by_endpoint])
}

const WAYS: [Meter; 2] = [Meter::NatBytes, Meter::VpcEndpointBytes];

/// What starts of tasks fetch, and where services are registered.
#[derive(Clone, Debug)]
pub(super) struct Starts {
    definitions: Vec<StartFacts>,
    /// By provider: whether its tasks run on instances, whose own interface fetches.
    hosted: Vec<bool>,
    /// By owner, then by zone: what is reached by NAT, and by endpoints; empty where nobody says.
    ways: Vec<[Endpoints; 2]>,
    zones: usize,
    /// Cloud Map services of each service.
    registries: Vec<u64>,
}

#[derive(Clone, Copy, Debug)]
struct StartFacts {
    secret_reads: u64,
    key_uses: u64,
    image_bytes: u64,
    /// Where the image's bytes come from, if it is said.
    image_from: Option<Endpoint>,
}

impl Starts {
    pub(super) fn new(plan: &Plan) -> Self {
        let definitions = plan.task_definitions.iter().map(|definition| {
            let start = &definition.start;
            let from = [Endpoint::S3, Endpoint::Internet];
            StartFacts {
                secret_reads: u64::from(start.secret_reads),
                key_uses: u64::from(start.key_uses),
                image_bytes: (definition.work.image_mib * 1_048_576.0).round() as u64,
                image_from: from.into_iter().find(|it| start.calls.has(*it)),
            }
        });
        let owners = owners(plan);
        let zones = (0..plan.zones.len()).map(ZoneId::from_index);
        let ways = owners.flat_map(|owner| {
            let zones = zones.clone();
            zones.map(move |zone| ways(plan, owner, Some(zone)))
        });
        let kinds = plan.providers.iter().map(|provider| provider.kind);
        let services = plan.services.iter();
        Starts {
            definitions: definitions.collect(),
            hosted: kinds.map(|kind| kind.is_hosted()).collect(),
            ways: match plan.boundary.subnets.is_empty() {
                true => Vec::new(),
                false => ways.collect(),
            },
            zones: plan.zones.len(),
            registries: services.map(|it| u64::from(it.registries)).collect(),
        }
    }

    /// A task is gone: the secrets that it read, its image by NAT or by an endpoint, and its time
    /// in Cloud Map. ASSUMPTION: a call that was refused is not charged; of what a start sends and
    /// fetches the image is what matters.
    pub(super) fn add(&self, usage: &mut UsageTable, record: &TaskRecord, end: SimTime) {
        let Some(pulled) = record.times.pull_started.filter(|pulled| *pulled <= end) else {
            return;
        };
        let (facts, owner) = (
            self.definitions[record.definition.index()],
            usage_owner(record.owner),
        );
        let key = |meter| UsageKey::billed(meter, owner, None);
        // What stands from the start of the run was fetched before.
        let was_fetched = SimTime::ZERO < pulled;
        if was_fetched {
            usage.add_at(pulled, key(Meter::SecretCalls), facts.secret_reads);
            usage.add_at(pulled, key(Meter::KmsRequests), facts.key_uses);
        }
        let registered = match record.owner {
            Owner::Service(service) => self.registries[service.index()],
            Owner::Job(_) => 0,
        };
        if let Some(started) = record
            .times
            .started
            .filter(|it| *it <= end && 0 < registered)
        {
            let until = record.times.stopping.unwrap_or(end).min(end);
            usage.add_span(key(Meter::CloudMapResources), started, until, registered);
        }
        let is_hosted = self.hosted[record.provider.index()];
        let stopped = record.times.pull_stopped;
        let stopped = stopped.filter(|at| was_fetched && !is_hosted && *at <= end);
        let (Some(from), Some(stopped)) = (facts.image_from, stopped) else {
            return;
        };
        let place = match record.owner {
            Owner::Service(service) => service.index(),
            Owner::Job(source) => self.registries.len() + source.index(),
        };
        let ways = self.ways.get(place * self.zones + record.zone.index());
        for (meter, way) in WAYS.into_iter().zip(ways.into_iter().flatten()) {
            if way.has(from) {
                usage.add_at(stopped, key(meter), facts.image_bytes);
            }
        }
    }
}

fn owners(plan: &Plan) -> impl Iterator<Item = Owner> {
    let services = (0..plan.services.len()).map(ServiceId::from_index);
    let jobs = (0..plan.job_sources.len()).map(JobSourceId::from_index);
    services.map(Owner::Service).chain(jobs.map(Owner::Job))
}

/// Logs of tasks on Fargate leave private subnets by NAT or by an endpoint: the bytes that
/// CloudWatch takes in, once more. ASSUMPTION: an owner's subnets are alike.
pub(super) fn add_log_ways(usage: &mut UsageTable, plan: &Plan) {
    for owner in owners(plan) {
        if subnets(plan, owner).is_empty() || is_hosted(plan, owner) {
            continue;
        }
        let logs = UsageKey::billed(Meter::LogsIngested, usage_owner(owner), None);
        let parts: Vec<u128> = usage.parts(logs).collect();
        for (meter, way) in WAYS.into_iter().zip(ways(plan, owner, None)) {
            if !way.has(Endpoint::Logs) {
                continue;
            }
            let key = UsageKey::billed(meter, usage_owner(owner), None);
            for (part, bytes) in parts.iter().enumerate() {
                usage.add(part as u32, key, *bytes);
            }
        }
    }
}

fn is_hosted(plan: &Plan, owner: Owner) -> bool {
    let strategy = match owner {
        Owner::Service(service) => &plan.service(service).strategy,
        Owner::Job(source) => &plan.job_sources[source.index()].strategy,
    };
    plan.is_hosted(strategy)
}
