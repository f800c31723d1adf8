//! Services.

use std::collections::BTreeSet;

use crate::engine::SimDuration;
use crate::ids::{TargetGroupId, TaskDefinitionId};
use crate::policy::strategy::Strategy;
use crate::scenario::arn::arn_name;
use crate::scenario::context::{Context, bounded, check_name, duplicate_name};
use crate::scenario::load::check_total;
use crate::scenario::plan::{
    ClusterPlan, GroupPlan, PlacementPlan, ServicePlan, TaskDefinitionPlan, TaskSubnetPlan,
    TaskVolumePlan,
};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::hooks::Hooks;
use crate::scenario::world::streams::StreamNames;
use crate::units::CpuUnits;

use super::cluster::Providers;
use super::code_deploy::DeploymentGroups;
use super::fit::{Fit, Hosted};
use super::load_balancing::Balancing;
use super::networking::{Network, Placement};
use super::placement::{Placements, Placer};
use super::scheduling::{daemon_strategy, is_daemon};
use super::service_traffic::target_group;
use super::task_definition::TaskDefinitions;
use super::zone_rebalancing::{Bound, rebalancing};
use super::{deployment, external, volumes};

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
    pub(super) deployment_groups: DeploymentGroups<'d>,
}

impl Around<'_, '_> {
    fn fit(&self) -> Fit<'_> {
        Fit {
            groups: self.groups,
            providers: self.providers,
            task_definitions: self.task_definitions,
            network: self.network,
        }
    }
}

impl Around<'_, '_> {
    /// Warns of subnets that tasks of a service will not start in.
    fn warn(
        &self,
        place: &Field<'_>,
        subnets: &[TaskSubnetPlan],
        (bound, placer, desired): (&Bound<'_>, Placer, Option<u32>),
    ) {
        let desired = u64::from(desired.unwrap_or(0));
        let most = desired * u64::from(bound.maximum_percent) / 100;
        let placed = (bound.definition, placer == Placer::Fargate, most);
        self.network.warn(place, subnets, placed);
    }
}

impl Around<'_, '_> {
    /// Looks at where a service's tasks may go: whether its zones may be evened out, with the field
    /// that says so.
    fn check_runs(
        &self,
        cx: &Context<'_>,
        place: &Field<'_>,
        (runs, balances): (&Runs<'_>, Option<&Option<Field<'_>>>),
    ) -> bool {
        let hosted = Hosted {
            task_definition: runs.task_definition,
            strategy: runs.strategy,
            placement: runs.placement,
            zones: &runs.network.zones,
        };
        self.fit().check(cx, place, &hosted);
        let bound = Bound {
            placement: runs.placement,
            rules: runs.placer.rules(runs.placement),
            definition: self.task_definitions.get(runs.task_definition),
            maximum_percent: runs.maximum_percent,
        };
        let is_on = balances.is_some_and(|it| bound.may_rebalance(it.as_ref()));
        if matches!(runs.placer, Placer::Service | Placer::Ecs) {
            let own = (runs.placement, bound.definition);
            check_hosted(place, runs.is_daemon, own);
        }
        let most = (&bound, runs.placer, runs.desired_count);
        self.warn(place, &runs.network.subnets, most);
        is_on
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

    /// Whether it goes to EXTERNAL instances; what such a service can't have is refused.
    fn is_external(&self, map: &mut MapReader<'_>, strategy: Option<&Strategy>) -> bool {
        let is_external = self.providers.is_external(strategy);
        is_external.then(|| external::refuse_of_service(map));
        is_external
    }

    /// Whether a load balancer does not reach the tasks of a service.
    fn is_cut_off(
        &self,
        place: &Field<'_>,
        network: &Placement,
        target: Option<(TargetGroupId, Option<u32>)>,
    ) -> bool {
        let Some((group, port)) = target else {
            return false;
        };
        let balancer = self.balancing.target_groups[group.index()].load_balancer;
        let groups = self.balancing.security_groups.get(balancer.index());
        let groups = groups.map_or(&[][..], Vec::as_slice);
        !self.network.lets_in(place, network, (groups, port))
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

/// Reads `aws.services`.
pub(super) fn read<'a>(
    cx: &Context<'_>,
    aws: &mut MapReader<'a>,
    mut around: Around<'_, 'a>,
) -> Services<'a> {
    let mut services: Vec<ServicePlan> = Vec::new();
    let (mut refused, mut watched) = (BTreeSet::new(), Vec::new());
    for field in bounded(aws, "services", SERVICES_MAX) {
        let Some((service, alarms)) = service(cx, &field, &mut around) else {
            let name = field.node().get("serviceName");
            refused.extend(name.and_then(|node| node.as_text()).map(str::to_owned));
            continue;
        };
        if services.iter().any(|known| known.name == service.name) {
            duplicate_name(&field, "service", &service.name);
        }
        watched.extend(alarms.map(|alarms| (service.name.clone(), alarms)));
        services.push(service);
    }
    let names = services.iter().map(|it| it.name.as_str());
    around.deployment_groups.finish(names);
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

type Read<'a> = (ServicePlan, Option<deployment::Alarms<'a>>);

fn service<'a>(
    cx: &Context<'_>,
    field: &Field<'a>,
    around: &mut Around<'_, 'a>,
) -> Option<Read<'a>> {
    let mut map = field.map()?;
    let name = map.required("serviceName");
    let place = map.required("taskDefinition");
    let desired_count = map.u32("desiredCount", 0..=DESIRED_MAX);
    check_cluster(&mut map, around.cluster);
    let (is_daemon, by_code_deploy) = is_daemon(&mut map);
    let strategy = strategy(&mut map, around, is_daemon);
    let desired_count = (!is_daemon).then(|| or_default(cx, desired_count));
    let registries = registries(&mut map);
    let mut deploying = deployment::read(cx, &mut map, (desired_count, around.hooks));
    let grace = map.u64("healthCheckGracePeriodSeconds", 0..=GRACE_MAX_S);
    let network = around.network.placement(cx, &mut map);
    let placer = around.providers.placer(strategy.as_ref(), Placer::Service);
    let is_external = around.is_external(&mut map, strategy.as_ref());
    let balances = rebalancing(cx, &mut map, (is_daemon, is_external)).filter(|_| !is_external);
    let mut placement = around.placements.read(cx, &mut map, placer);
    placement.distinct_instance |= is_daemon;
    let definition = place
        .as_ref()
        .and_then(|it| around.task_definitions.resolve(it));
    let of = (definition, matches!(placer, Placer::Service | Placer::Ecs));
    let target_group = target_group(&mut map, around, of);
    let deployed = (field, (by_code_deploy.as_ref(), name.as_ref()));
    let (target_group, alternate) = around.shift_traffic(deployed, target_group, &mut deploying);
    let volume = around.volume(cx, &mut map, (definition, place.as_ref()));
    map.finish_aws("ecs.Service");
    let name = checked_name(&name?)?;
    let (task_definition, strategy, place) = (definition?, strategy?, place?);
    let runs = Runs {
        task_definition,
        strategy: &strategy,
        placement: &placement,
        network: &network,
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
        traffic_shift: deploying.traffic_shift,
        health_check_grace: SimDuration::from_secs(grace.unwrap_or(0)),
        target_group: target_group.map(|(group, _)| group),
        alternate_group: alternate,
        is_cut_off: around.is_cut_off(&place, &network, target_group),
        zones: network.zones,
        subnets: network.subnets,
        assign_public_ip: network.assign_public_ip,
        registries,
        demand: None,
    };
    Some((plan, deploying.alarms))
}

/// A service's name, which is looked at.
fn checked_name<'a>(field: &Field<'a>) -> Option<&'a str> {
    let name = field.str()?;
    check_name(field, name, 255);
    Some(name)
}

/// What a service's tasks are, and where they may go.
struct Runs<'r> {
    task_definition: TaskDefinitionId,
    strategy: &'r Strategy,
    placement: &'r PlacementPlan,
    network: &'r Placement,
    placer: Placer,
    is_daemon: bool,
    maximum_percent: u32,
    desired_count: Option<u32>,
}

fn strategy(
    map: &mut MapReader<'_>,
    around: &mut Around<'_, '_>,
    is_daemon: bool,
) -> Option<Strategy> {
    match is_daemon {
        true => daemon_strategy(map, around.providers),
        false => around.providers.of_call(map),
    }
}

/// Services of Cloud Map that tasks are registered with.
fn registries(map: &mut MapReader<'_>) -> u32 {
    let mut count = 0;
    for mut registry in map.maps("serviceRegistries") {
        let arn = registry.required("registryArn");
        registry.finish_aws("ecs.ServiceRegistry");
        count += u32::from(arn.is_some());
    }
    count
}

fn or_default(cx: &Context<'_>, desired_count: Option<u32>) -> u32 {
    desired_count.unwrap_or_else(|| cx.default_u32("aws.services.*.desiredCount"))
}

/// What tasks on instances may not have yet.
fn check_hosted(
    field: &Field<'_>,
    is_daemon: bool,
    (placement, definition): (&PlacementPlan, &TaskDefinitionPlan),
) {
    if is_daemon {
        check_daemon(field, placement, definition);
    }
    check_cpu(field, definition);
}

/// A DAEMON service's tasks stop where their constraints no longer hold: with what changes with
/// every task that would have to be asked all the time.
fn check_daemon(field: &Field<'_>, placement: &PlacementPlan, definition: &TaskDefinitionPlan) {
    if !placement.live_constraints.is_empty() || !definition.hosting.live_constraints.is_empty() {
        let message = "constraints of a DAEMON service about an instance's tasks, agent, id or age \
                       are not simulated yet";
        let help = "attributes of instances are: attribute:ecs.instance-type =~ m6i.*";
        field.error("not-built-yet", message).help(help).report();
    }
}

/// Requests need CPU, and what a task without any of its own gets is a matter of its neighbours.
fn check_cpu(field: &Field<'_>, definition: &TaskDefinitionPlan) {
    if definition.cpu == CpuUnits(0) {
        let message = format!(
            "tasks of {} reserve no CPU, and what they then get of an instance is not simulated \
             yet",
            definition.name()
        );
        let help = "give a container cpu";
        field.error("not-built-yet", message).help(help).report();
    }
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
