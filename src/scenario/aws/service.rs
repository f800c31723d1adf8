//! Services.

use std::collections::BTreeSet;

use crate::engine::SimDuration;
use crate::ids::{TargetGroupId, TaskDefinitionId};
use crate::policy::strategy::Strategy;
use crate::scenario::arn::arn_name;
use crate::scenario::context::{Context, bounded, check_name, duplicate_name};
use crate::scenario::load::check_total;
use crate::scenario::plan::{ClusterPlan, GroupPlan, ServicePlan, TaskVolumePlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::hooks::Hooks;
use crate::scenario::world::streams::StreamNames;

use super::cluster::Providers;
use super::code_deploy::DeploymentGroups;
use super::deployment::Deploying;
use super::fit::Fit;
use super::group_parts::{self, GroupParts};
use super::load_balancing::Balancing;
use super::networking::{Network, Placement};
use super::placement::{Placements, Placer};
use super::scheduling::{Controller, refuse_task_sets, scheduling};
use super::service_runs::Runs;
use super::service_traffic::Used;
use super::task_definition::TaskDefinitions;
use super::task_level::{TaskLevel, task_level};
use super::task_sets::{self, TaskSets};
use super::zone_rebalancing::rebalancing;
use super::{deployment, external, monitoring, volumes};

const SERVICES_MAX: usize = 10_000;
/// The most tasks that a service may want; AWS's own quota is 5,000 and can be raised.
pub(in crate::scenario) const DESIRED_MAX: u32 = 100_000;
/// The most tasks that all services may want at the start.
const DESIRED_TOTAL_MAX: u64 = 1_000_000;

/// The longest `healthCheckGracePeriodSeconds` (API UpdateService, 2026-11).
const GRACE_MAX_S: u64 = 2_147_483_647;

/// What a service refers to.
pub(super) struct Around<'a, 'd> {
    pub(super) network: &'a Network,
    pub(super) cluster: &'a ClusterPlan,
    pub(super) providers: &'a mut Providers,
    pub(super) task_definitions: &'a TaskDefinitions,
    pub(super) balancing: &'a Balancing,
    pub(super) groups: &'a [GroupPlan],
    pub(super) placements: &'a Placements,
    pub(super) streams: &'a StreamNames<'a>,
    pub(super) hooks: &'a Hooks<'a>,
    pub(super) parts: &'a GroupParts<'a>,
    pub(super) deployment_groups: DeploymentGroups<'d>,
    pub(super) task_sets: TaskSets<'d>,
}

impl Around<'_, '_> {
    /// Whether a strategy's tasks run on instances.
    pub(super) fn is_on_instances(&self, strategy: Option<&Strategy>) -> bool {
        let placer = self.providers.placer(strategy, Placer::Service);
        matches!(placer, Placer::Service | Placer::Ecs)
    }

    /// What is checked of tasks before they are placed.
    pub(super) fn fit(&self) -> Fit<'_> {
        Fit {
            groups: self.groups,
            providers: self.providers,
            task_definitions: self.task_definitions,
            network: self.network,
            services: None,
        }
    }

    /// Whether a service asks for its zones to be evened out, with the field that says so; on
    /// machines of one's own, which are in no zone, it may not.
    fn zones_evened_out<'a>(
        &self,
        cx: &Context<'_>,
        map: &mut MapReader<'a>,
        (strategy, is_daemon, is_external): (Option<&Strategy>, bool, bool),
    ) -> Option<Option<Field<'a>>> {
        let on_own_machines = self.providers.is_external(strategy);
        if on_own_machines {
            external::refuse_of_service(map);
        }
        let balances = (!is_external).then(|| rebalancing(cx, map, (is_daemon, on_own_machines)));
        balances.flatten().filter(|_| !on_own_machines)
    }

    /// The EBS volume of each task.
    fn volume(
        &self,
        cx: &Context<'_>,
        map: &mut MapReader<'_>,
        (definition, place): (Option<TaskDefinitionId>, Option<&Field<'_>>),
    ) -> Option<TaskVolumePlan> {
        let map = (map, volumes::Owner::Service);
        volumes::at_launch(cx, map, (self.task_definitions, definition), place)
    }

    /// Which part of a service's requests comes by which of its target groups.
    fn group_parts(&self, cx: &Context<'_>, service: &str, used: &Used) -> Vec<f64> {
        let own: Vec<TargetGroupId> = used.own.iter().map(|(group, _)| *group).collect();
        let said = (service, self.parts.get(service));
        group_parts::read(cx, said, (&own, &self.balancing.target_groups))
    }

    /// Whether a load balancer of a service does not reach its tasks.
    fn is_cut_off(&self, place: &Field<'_>, network: &Placement, used: &Used) -> bool {
        let mut is_cut_off = false;
        for target in &used.own {
            is_cut_off |= self.is_kept_out(place, network, *target);
        }
        is_cut_off
    }

    /// Whether the load balancer of a target group does not reach the tasks of a service.
    fn is_kept_out(
        &self,
        place: &Field<'_>,
        network: &Placement,
        (group, port): (TargetGroupId, Option<u32>),
    ) -> bool {
        let balancer = self.balancing.target_groups[group.index()].load_balancer;
        let groups = self.balancing.security_groups.get(balancer.index());
        let groups = groups.map_or(&[][..], Vec::as_slice);
        self.check_nodes(place, network, group);
        let checked = self.balancing.health_ports.get(group.index());
        let checked = checked.copied().flatten().filter(|it| Some(*it) != port);
        let lets_in = |port| self.network.lets_in(place, network, (groups, port));
        !lets_in(port) || checked.is_some_and(|port| !lets_in(Some(port)))
    }

    /// Warns of zones that tasks may be in and their load balancer is not: they are never healthy
    /// there.
    fn check_nodes(&self, place: &Field<'_>, network: &Placement, group: TargetGroupId) {
        let balancer = self.balancing.target_groups[group.index()].load_balancer;
        let Some(balancer) = self.balancing.load_balancers.get(balancer.index()) else {
            return;
        };
        let without = network.zones.iter();
        let without = without.filter(|zone| !balancer.zones.contains(zone));
        let names: Vec<&str> = without.map(|zone| self.network.zone_name(*zone)).collect();
        if names.is_empty() {
            return;
        }
        let names = names.join(", ");
        let message = format!(
            "the load balancer {} has no node in {names}: tasks there never pass their health \
             checks, and are replaced over and over",
            balancer.name
        );
        let help = format!(
            "add {names} to the balancer's AvailabilityZones or Subnets, or keep the tasks' \
             subnets out of there"
        );
        place.warning("no-node", message).help(help).report();
    }
}

/// The services as read.
pub(super) struct Services<'a> {
    /// In the order of their streams.
    pub(super) plans: Vec<ServicePlan>,
    /// The names of those that were refused.
    pub(super) refused: BTreeSet<String>,
    /// The alarms that fail deployments, by service.
    pub(super) watched: Vec<(String, deployment::Alarms<'a>)>,
}

/// Where each service has a field, by its name, once all were read.
pub(in crate::scenario) fn service_fields<'a>(
    aws: &mut MapReader<'a>,
    key: &'static str,
) -> Vec<(&'a str, Field<'a>)> {
    let services = aws.field("services");
    // What is no list or no block was reported where it was read.
    let services = services.filter(Field::is_list).and_then(|it| it.list());
    let all = services.unwrap_or_default().into_iter();
    let place = |service: Field<'a>| {
        let name = service.node().get("serviceName")?.as_text()?;
        Some((name, block(service)?.field(key)?))
    };
    all.filter_map(place).collect()
}

/// The block that a field is, if it is one.
pub(super) fn block(field: Field<'_>) -> Option<MapReader<'_>> {
    field.is_mapping().then(|| field.map()).flatten()
}

/// Reads `aws.services`.
pub(super) fn read<'a>(
    cx: &Context<'_>,
    aws: &mut MapReader<'a>,
    mut around: Around<'_, 'a>,
) -> Services<'a> {
    let mut services: Vec<ServicePlan> = Vec::new();
    let (mut refused, mut watched) = (BTreeSet::new(), Vec::new());
    let mut places = Vec::new();
    for field in bounded(aws, "services", SERVICES_MAX) {
        let Some((service, alarms, place)) = service(cx, &field, &mut around) else {
            let name = field.node().get("serviceName");
            refused.extend(name.and_then(|node| node.as_text()).map(str::to_owned));
            continue;
        };
        if services.iter().any(|known| known.name == service.name) {
            duplicate_name(&field, "service", &service.name);
        }
        watched.extend(alarms.map(|alarms| (service.name.clone(), alarms)));
        services.push(service);
        places.push(place);
    }
    around.check_again(&services, &places);
    let names = services.iter().map(|it| it.name.as_str());
    around.deployment_groups.finish(names.clone());
    let refused_too = refused.iter().map(String::as_str);
    around.task_sets.finish(names.chain(refused_too));
    around
        .streams
        .put_in_order(&mut services, |service| &service.name);
    let total = services
        .iter()
        .map(|service| u64::from(service.desired_count))
        .sum();
    check_total(cx, "tasks wanted by services", total, DESIRED_TOTAL_MAX);
    Services {
        plans: services,
        refused,
        watched,
    }
}

/// A service, the alarms that fail its deployments, and where its task definition is named.
type Read<'a> = (ServicePlan, Option<deployment::Alarms<'a>>, Field<'a>);

/// What a service's tasks are: its own fields say it, or its task sets.
fn tasks<'a>(
    cx: &Context<'_>,
    map: &mut MapReader<'a>,
    (name, is_daemon, controller): (Option<&Field<'a>>, bool, &Controller<'a>),
    around: &mut Around<'_, 'a>,
) -> TaskLevel<'a> {
    if controller.is_external() {
        let name = name.and_then(|field| field.str());
        return task_sets::of_service(cx, map, (name, around));
    }
    refuse_task_sets(map, controller.by_code_deploy().is_some());
    task_level(cx, map, (is_daemon, around))
}

/// What its deployments keep to; ECS's own, unless others make its task sets.
fn deploying<'a>(
    cx: &Context<'_>,
    map: &mut MapReader<'a>,
    (desired_count, hooks, controller): (Option<u32>, &Hooks<'_>, &Controller<'_>),
) -> Deploying<'a> {
    let mut deploying = deployment::read(cx, map, (desired_count, hooks));
    if controller.is_external() {
        deploying.by_others(map);
    }
    deploying
}

fn service<'a>(cx: &Context<'_>, at: &Field<'a>, around: &mut Around<'_, 'a>) -> Option<Read<'a>> {
    let mut map = at.map()?;
    let name = map.required("serviceName");
    let desired_count = map.u32("desiredCount", 0..=DESIRED_MAX);
    check_cluster(&mut map, around.cluster);
    let (is_daemon, controller) = scheduling(&mut map);
    let said = (name.as_ref(), is_daemon, &controller);
    let tasks = tasks(cx, &mut map, said, around);
    let desired_count = (!is_daemon).then(|| or_default(cx, desired_count));
    let (service_connect, fine_metrics) = (service_connect(&mut map), monitoring::read(&mut map));
    let mut deploying = deploying(cx, &mut map, (desired_count, around.hooks, &controller));
    let grace = map.u64("healthCheckGracePeriodSeconds", 0..=GRACE_MAX_S);
    let placer = (around.providers).placer(tasks.strategy.as_ref(), Placer::Service);
    let zones = (tasks.strategy.as_ref(), is_daemon, controller.is_external());
    let balances = around.zones_evened_out(cx, &mut map, zones);
    let mut placement = around.placements.read(cx, &mut map, placer);
    placement.distinct_instance |= is_daemon;
    let deployed = (at, (controller.by_code_deploy(), name.as_ref()));
    let used = around.shift_traffic(deployed, tasks.target, (&mut deploying, service_connect));
    let volume = around.volume(cx, &mut map, (tasks.definition, tasks.place.as_ref()));
    map.finish_aws("ecs.Service");
    let name = checked_name(&name?)?;
    let (task_definition, strategy, place) = (tasks.definition?, tasks.strategy?, tasks.place?);
    let runs = Runs {
        task_definition,
        strategy: &strategy,
        placement: &placement,
        network: &tasks.network,
        placer,
        is_daemon,
        maximum_percent: deploying.percentages.maximum,
        desired_count,
    };
    let plan = ServicePlan {
        rebalances: around.check_runs(cx, &place, (&runs, balances.as_ref())),
        volume,
        name: name.to_owned(),
        key: around.streams.key(name),
        task_definition,
        is_daemon,
        desired_count: desired_count.unwrap_or(0),
        strategy,
        placement,
        minimum_healthy_percent: deploying.percentages.minimum_healthy,
        maximum_percent: deploying.percentages.maximum,
        circuit_breaker: deploying.circuit_breaker,
        deployment_alarms: None,
        early_success: deploying.early_success,
        traffic_shift: deploying.traffic_shift,
        later_shifts: Vec::new(),
        later_alarms: Vec::new(),
        task_sets: tasks.sets,
        health_check_grace: SimDuration::from_secs(grace.unwrap_or(0)),
        target_group: used.first(),
        further_groups: used.further(),
        group_parts: around.group_parts(cx, name, &used),
        alternate_group: used.alternate,
        is_cut_off: around.is_cut_off(&place, &tasks.network, &used),
        zones: tasks.network.zones,
        subnets: tasks.network.subnets,
        assign_public_ip: tasks.network.assign_public_ip,
        registries: tasks.registries,
        service_connect,
        fine_metrics,
        demand: None,
    };
    tasks.is_whole.then_some((plan, deploying.alarms, place))
}

/// A service's name, which is looked at.
fn checked_name<'a>(field: &Field<'a>) -> Option<&'a str> {
    let name = field.str()?;
    check_name(field, name, 255);
    Some(name)
}

/// Whether a Service Connect proxy runs beside its tasks.
fn service_connect(map: &mut MapReader<'_>) -> bool {
    let Some(mut connect) = map.map("serviceConnectConfiguration") else {
        return false;
    };
    let enabled = connect.bool("enabled");
    connect.finish_aws("ecs.ServiceConnectConfiguration");
    enabled == Some(true)
}

fn or_default(cx: &Context<'_>, desired_count: Option<u32>) -> u32 {
    desired_count.unwrap_or_else(|| cx.default_u32("aws.services.*.desiredCount"))
}

/// A service or task may name its cluster: there is one.
pub(super) fn check_cluster(map: &mut MapReader<'_>, cluster: &ClusterPlan) {
    for key in ["cluster", "clusterArn"] {
        if let Some(field) = map.field(key) {
            check_cluster_field(&field, cluster);
        }
    }
}

/// The name or ARN of a cluster is the scenario's.
pub(super) fn check_cluster_field(field: &Field<'_>, cluster: &ClusterPlan) {
    if let Some(name) = field.str().map(arn_name)
        && name != cluster.name
    {
        let message = format!(
            "the scenario's cluster is \"{}\", not \"{name}\"",
            cluster.name
        );
        let help = "a scenario has one cluster: name it under aws.cluster.clusterName";
        field.error("unknown-name", message).help(help).report();
    }
}
