//! `aws:`: what the user controls, in AWS's own shapes, to the tables of the plan.

mod account;
mod agent;
mod alarm;
mod alternate_group;
mod app_spec;
mod auto_scaling_group;
mod balancer_attributes;
mod boundary;
mod capacity;
mod capacity_provider;
pub(super) mod cluster;
mod code_deploy;
mod compatibility;
mod container;
mod container_order;
mod deployment;
mod deployment_update;
mod event_target;
mod external;
mod fit;
pub(super) mod group_parts;
mod group_types;
mod instance_quota;
mod instance_requirements;
mod instances_distribution;
mod launch_template;
mod launch_type;
mod load_balancing;
mod managed_instances;
mod mixed_instances;
mod mixture;
mod monitoring;
mod networking;
mod overrides;
mod placement;
mod queue;
mod requirements_spelling;
mod restart_policy;
mod rollout_bounds;
mod rule;
mod run_task;
mod scaling;
mod schedule;
mod schedule_expression;
mod scheduled_action;
mod scheduled_scaling;
mod scheduling;
pub(super) mod service;
mod service_names;
mod service_runs;
mod service_traffic;
pub(super) mod spot_maximum;
pub(super) mod subnet_addresses;
mod target_group;
mod target_health;
pub(super) mod task_definition;
mod task_level;
mod task_sets;
pub(in crate::scenario) mod traffic_shift;
mod volumes;
mod warm_pool;
mod zone_rebalancing;

use std::collections::BTreeSet;

use super::context::{Context, refuse_not_built, unknown_name};
use super::plan::{
    AlarmPlan, BoundaryPlan, ClusterPlan, ContainerInsights, GroupPlan, JobSourcePlan,
    LoadBalancerPlan, ProviderPlan, QuotaPlan, RetirementPlan, RunPlan, ScalableTargetPlan,
    ServicePlan, TargetGroupPlan, ZonePlan,
};
use super::reader::{Field, MapReader};
use super::world::Begun;
use crate::catalog::regions::{REGIONS, Region};
use crate::demand::period::MetricClock;
use crate::engine::SimDuration;
use crate::ids::{JobSourceId, ServiceId};
use boundary::Boundary;
use cluster::Providers;
use placement::Placements;
use task_definition::TaskDefinitions;

pub(super) use alarm::is_aws_namespace;
pub(super) use deployment::watched_by;
pub(super) use deployment_update::read as deployment_update;
pub(super) use fit::{Fit, Hosted, Outlook, Redeployed};
pub(super) use networking::Network;
pub(super) use queue::Queues;
pub(super) use rollout_bounds::warn_at_count;
pub(super) use run_task::{COUNT_MAX, Call, read_call};
pub(super) use scheduled_action::{INSTANTS_MAX, ScheduledAction};
pub(super) use scheduled_scaling::ScheduledScaling;
pub(super) use service::service_fields;
pub(super) use service_names::ServiceNames;
pub(super) use task_sets::{created as created_task_set, scale as task_set_scale};

/// Blocks of the format that this release does not simulate.
const NOT_BUILT: [&str; 1] = ["namespaces"];

/// The tables that `aws:` makes.
pub(super) struct Aws<'a> {
    pub(super) region: &'static Region,
    pub(super) zones: Vec<ZonePlan>,
    pub(super) network: Network,
    pub(super) boundary: BoundaryPlan,
    pub(super) cluster: ClusterPlan,
    pub(super) provider_names: Providers,
    pub(super) providers: Vec<ProviderPlan>,
    pub(super) task_definitions: TaskDefinitions,
    pub(super) services: Vec<ServicePlan>,
    pub(super) job_sources: Vec<JobSourcePlan>,
    pub(super) load_balancers: Vec<LoadBalancerPlan>,
    pub(super) target_groups: Vec<TargetGroupPlan>,
    pub(super) scalable_targets: Vec<ScalableTargetPlan>,
    pub(super) scheduled_scaling: Vec<ScheduledScaling<'a>>,
    pub(super) alarms: Vec<AlarmPlan>,
    /// The services whose code publishes metrics, once for each metric.
    pub(super) published_metrics: Vec<ServiceId>,
    /// `world.latencies.default.bake`.
    pub(super) bake: Option<SimDuration>,
    pub(super) quotas: QuotaPlan,
    pub(super) retirement: Option<RetirementPlan>,
    pub(super) groups: Vec<GroupPlan>,
    pub(super) scheduled_actions: Vec<ScheduledAction<'a>>,
    pub(super) placements: Placements,
    /// Entries of `externalInstances` and providers of Managed Instances, those that were refused
    /// too.
    pub(super) machine_names: Vec<String>,
    pub(super) queues: Queues,
    services_known: ServiceNames,
    /// Programs that were refused.
    refused_programs: BTreeSet<String>,
}

/// Reads `aws:`; none if there is nothing to go on with.
pub(super) fn read<'a>(
    cx: &Context<'_>,
    map: &mut MapReader<'a>,
    (world, run): (&Begun<'_>, &RunPlan),
) -> Option<Aws<'a>> {
    refuse(map);
    let (region, is_region_known, boundary, network) = surroundings(cx, map, world);
    let around = (region, is_region_known, &network, &boundary);
    let own = capacity::read(cx, map, world, around);
    let has_groups = map.has("autoScalingGroups") || !managed_instances::names(map).is_empty();
    let (cluster, mut provider_names) = cluster::read(cx, map, (own.providers, world));
    let balancing = load_balancing::read(cx, map, (&network, world, has_groups));
    let deployment_groups = code_deploy::read(cx, map, &world.hooks);
    let task_sets = task_sets::sort(map);
    let mut read = service::read(
        cx,
        map,
        service::Around {
            network: &network,
            cluster: &cluster,
            providers: &mut provider_names,
            task_definitions: &own.task_definitions,
            balancing: &balancing,
            groups: &own.groups,
            placements: &own.placements,
            streams: &world.streams,
            hooks: &world.hooks,
            parts: &world.group_parts,
            deployment_groups,
            task_sets,
        },
    );
    let services_known = ServiceNames::of(&read.plans, read.refused);
    let known = (&cluster, &services_known, &read.plans[..]);
    let mut by = scaled(cx, map, (known, &balancing, world));
    let watched = (read.watched, world.bake);
    deployment::attach_alarms(cx, watched, &mut read.plans, &mut by.alarms);
    let mut aws = Aws {
        region,
        zones: network.zones(&world.streams),
        boundary: boundary.plan(cx, network.counted()),
        network,
        cluster,
        provider_names,
        providers: Vec::new(),
        task_definitions: own.task_definitions,
        services: read.plans,
        job_sources: Vec::new(),
        load_balancers: balancing.load_balancers,
        target_groups: balancing.target_groups,
        scalable_targets: by.targets,
        scheduled_scaling: by.scheduled,
        alarms: by.alarms,
        published_metrics: by.published_metrics,
        bake: world.bake,
        quotas: own.quotas,
        retirement: own.retirement,
        groups: own.groups,
        scheduled_actions: own.scheduled_actions,
        placements: own.placements,
        machine_names: own.machine_names,
        queues: by.queues,
        services_known,
        refused_programs: BTreeSet::new(),
    };
    programs(cx, map, (world, run), &mut aws);
    aws.providers = aws.provider_names.plans(cx, &world.latencies);
    Some(aws)
}

/// Where everything is, and what bounds it.
fn surroundings(
    cx: &Context<'_>,
    map: &mut MapReader<'_>,
    world: &Begun<'_>,
) -> (&'static Region, bool, Boundary, Network) {
    let (region, is_known) = region(cx, map);
    let boundary = Boundary::read(map, region, world.latencies.unreachable());
    let network = Network::read(cx, map, (region, &boundary));
    (region, is_known, boundary, network)
}

fn refuse(map: &mut MapReader<'_>) {
    refuse_not_built(map, &NOT_BUILT);
}

/// What calls RunTask: programs, schedules and rules.
fn programs<'a>(
    cx: &Context<'_>,
    map: &mut MapReader<'a>,
    (world, run): (&Begun<'_>, &RunPlan),
    aws: &mut Aws<'a>,
) {
    let streams = &world.streams;
    run_task::read(cx, map, streams, aws);
    schedule::read(cx, map, (world, run), aws);
    rule::read(cx, map, (world, run), aws);
    streams.put_in_order(&mut aws.job_sources, |source| &source.name);
}

/// What scales services, and the queues whose metrics may do so.
struct Scaled<'a> {
    targets: Vec<ScalableTargetPlan>,
    scheduled: Vec<ScheduledScaling<'a>>,
    alarms: Vec<AlarmPlan>,
    queues: Queues,
    published_metrics: Vec<ServiceId>,
}

/// The cluster, and its services by name and in order.
type Known<'k> = (&'k ClusterPlan, &'k ServiceNames, &'k [ServicePlan]);

/// What scales services: targets with their policies, scheduled actions, alarms.
fn scaled<'a>(
    cx: &Context<'_>,
    map: &mut MapReader<'a>,
    (known, balancing, world): (Known<'_>, &load_balancing::Balancing, &Begun<'_>),
) -> Scaled<'a> {
    let (cluster, services_known, services) = known;
    let queues = queue::read(cx, map, &world.pulls);
    let none = alarm::CustomMetrics::default();
    let around = alarm::Around {
        cluster: &cluster.name,
        services_known,
        services,
        balancing,
        queues: &queues,
        custom: &none,
        is_for_publishers: true,
        has_insights: cluster.container_insights != ContainerInsights::Disabled,
        minutes: MetricClock::of_minutes(world.metric_delay),
        fine_metric_delay: world.fine_metric_delay,
    };
    let custom = alarm::CustomMetrics::read(&world.custom_metrics, &around);
    let around = alarm::Around {
        custom: &custom,
        is_for_publishers: false,
        ..around
    };
    let known = (cluster.name.as_str(), services_known, services);
    let mut scaling = scaling::read(cx, map, known, &around);
    let alarms = alarm::read(cx, map, &around, &mut scaling);
    let scheduled = scheduled_scaling::read(cx, map, known, &mut scaling);
    custom.note_unwatched(&world.custom_metrics);
    for target in &mut scaling.targets {
        let its = alarms.iter().filter(|it| it.service == target.service);
        let clocks = target.policies.iter().map(|policy| policy.clock);
        let clocks = clocks.chain(its.map(AlarmPlan::asked_at));
        let finest = clocks.min_by_key(|clock| clock.period);
        target.clock = finest.unwrap_or(target.clock);
    }
    Scaled {
        targets: scaling.targets,
        scheduled,
        alarms,
        queues,
        published_metrics: custom.owners(),
    }
}

impl Aws<'_> {
    /// What is checked of tasks before they are placed.
    pub(super) fn fit(&self) -> Fit<'_> {
        Fit {
            groups: &self.groups,
            providers: &self.provider_names,
            task_definitions: &self.task_definitions,
            network: &self.network,
            services: Some(&self.services),
        }
    }

    /// The service that a field names; reports if there is none.
    pub(super) fn service(&self, field: &Field<'_>) -> Option<ServiceId> {
        let name = super::arn::arn_name(field.str()?);
        self.services_known.resolve(field, name)
    }

    /// The service of this name.
    pub(super) fn service_named(&self, name: &str) -> Option<ServiceId> {
        self.services_known.ids.get(name).copied()
    }

    /// Whether a service's target group binds sessions to tasks.
    pub(super) fn is_sticky(&self, id: ServiceId) -> bool {
        let group = self.services[id.index()].target_group;
        group.is_some_and(|group| self.target_groups[group.index()].is_sticky)
    }

    /// Whether a service or program of this name was refused.
    pub(super) fn is_refused(&self, name: &str) -> bool {
        self.services_known.refused.contains(name) || self.refused_programs.contains(name)
    }

    /// The program of this name.
    pub(super) fn job_source_named(&self, name: &str) -> Option<JobSourceId> {
        let index = self
            .job_sources
            .iter()
            .position(|source| source.name == name)?;
        Some(JobSourceId::from_index(index))
    }
}

/// The region; any, and that it is not known, for a wrong name.
fn region(cx: &Context<'_>, map: &mut MapReader<'_>) -> (&'static Region, bool) {
    let fallback = || {
        let name = cx.default_text("aws.region");
        Region::from_name(name).expect("the default region is in the catalogue")
    };
    let Some(field) = map.field("region") else {
        return (fallback(), true);
    };
    let name = field.str().unwrap_or_default();
    if let Some(region) = Region::from_name(name) {
        return (region, true);
    }
    let known = REGIONS.iter().map(|region| region.name);
    unknown_name(&field, "region", name, known);
    (&REGIONS[0], false)
}
