//! Load balancers, their listeners and rules, and target groups.

use crate::engine::SimDuration;
use crate::ids::LoadBalancerId;
use crate::policy::health_check::HealthCheckSettings;
use crate::policy::load::Routing;
use crate::scenario::arn::arn_name;
use crate::scenario::context::{
    Context, bounded, check_name, duplicate_name, not_built, not_built_value, unknown_name,
};
use crate::scenario::node::{Node, Value};
use crate::scenario::plan::{LoadBalancerPlan, TargetGroupPlan};
use crate::scenario::reader::{Field, MapReader};

use super::balancer_attributes::{self, IDLE_TIMEOUT};
use super::networking::Network;
use super::target_health;

const TABLE_MAX: usize = 10_000;

const ROUTINGS: [(&str, Option<Routing>); 3] = [
    ("round_robin", Some(Routing::RoundRobin)),
    (
        "least_outstanding_requests",
        Some(Routing::LeastOutstanding),
    ),
    ("weighted_random", None),
];

/// Attributes of target groups that AWS has and the simulation has no use for (API
/// TargetGroupAttribute).
const ATTRIBUTES_WITHOUT_EFFECT: [&str; 12] = [
    "deregistration_delay.connection_termination.enabled",
    "load_balancing.algorithm.anomaly_mitigation",
    "load_balancing.cross_zone.enabled",
    "preserve_client_ip.enabled",
    "proxy_protocol_v2.enabled",
    "stickiness.app_cookie.cookie_name",
    "stickiness.app_cookie.duration_seconds",
    "stickiness.lb_cookie.duration_seconds",
    "stickiness.type",
    "target_group_health.dns_failover.minimum_healthy_targets.count",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
];

/// The tables.
#[derive(Default)]
pub(super) struct Balancing {
    pub(super) load_balancers: Vec<LoadBalancerPlan>,
    pub(super) target_groups: Vec<TargetGroupPlan>,
    /// Those whose targets are instances: `TargetType: instance`.
    pub(super) of_instances: Vec<String>,
    /// The security groups of each load balancer.
    pub(super) security_groups: Vec<Vec<String>>,
}

/// Which balancer a listener or rule sends to which target groups.
struct Route {
    balancer: Option<LoadBalancerId>,
    groups: Vec<String>,
}

/// Reads `aws.loadBalancers`, `listeners`, `listenerRules` and `targetGroups`.
pub(super) fn read(
    cx: &Context<'_>,
    aws: &mut MapReader<'_>,
    (network, checks_to_healthy, has_groups): (&Network, u32, bool),
) -> Balancing {
    let mut balancing = Balancing::default();
    for field in bounded(aws, "loadBalancers", TABLE_MAX) {
        let Some((balancer, groups)) = balancer(cx, &field, network) else {
            continue;
        };
        if balancing
            .load_balancers
            .iter()
            .any(|known| known.name == balancer.name)
        {
            duplicate_name(&field, "load balancer", &balancer.name);
        }
        balancing.load_balancers.push(balancer);
        balancing.security_groups.push(groups);
    }
    let mut routes = Vec::new();
    for field in bounded(aws, "listeners", TABLE_MAX) {
        routes.extend(balancing.listener(&field));
    }
    for field in bounded(aws, "listenerRules", TABLE_MAX) {
        routes.extend(balancing.rule(&field));
    }
    for field in bounded(aws, "targetGroups", TABLE_MAX) {
        let Some(found) = group(cx, &field, has_groups) else {
            continue;
        };
        let (group, named) = (found.plan, found.balancer);
        if found.is_of_instances {
            balancing.of_instances.push(group.name.clone());
        }
        if balancing.load_balancers.is_empty() {
            cx.default_text("aws.loadBalancers");
            balancing.load_balancers.push(LoadBalancerPlan {
                name: "default".to_owned(),
                internet_facing: true,
                zones: network.all(),
                rules: 0,
                idle_timeout: Some(cx.default_duration(IDLE_TIMEOUT)),
            });
        }
        if balancing
            .target_groups
            .iter()
            .any(|known| known.name == group.name)
        {
            duplicate_name(&field, "target group", &group.name);
        }
        let load_balancer = balancing.balancer_of(&field, (&group.name, named), &routes);
        balancing.target_groups.push(TargetGroupPlan {
            load_balancer: load_balancer.unwrap_or(LoadBalancerId(0)),
            checks_to_healthy,
            ..group
        });
    }
    balancing
}

fn balancer(
    cx: &Context<'_>,
    field: &Field<'_>,
    network: &Network,
) -> Option<(LoadBalancerPlan, Vec<String>)> {
    let mut map = field.map()?;
    let name = map.required("LoadBalancerName");
    if let Some(field) = map.field("Type")
        && field.choice(&[
            ("application", true),
            ("network", false),
            ("gateway", false),
        ]) == Some(false)
    {
        not_built_value(&field);
    }
    let scheme = map.choice("Scheme", &[("internet-facing", true), ("internal", false)]);
    let subnets = bounded(&mut map, "Subnets", 100);
    let mut zones = network.zones_of(cx, &subnets);
    let listed = map.maps("AvailabilityZones");
    if !listed.is_empty() {
        zones = Vec::new();
    }
    for mut zone in listed {
        let found = zone
            .str("ZoneName")
            .and_then(|name| network.zone_named(name));
        zones.extend(found);
        zone.finish_aws("elbv2.AvailabilityZone");
    }
    if zones.is_empty() {
        zones = network.all();
    }
    let groups = bounded(&mut map, "SecurityGroups", 100).into_iter();
    let groups = groups.filter_map(|field| field.str().map(arn_name).map(str::to_owned));
    let groups = groups.collect();
    let idle_timeout = balancer_attributes::read(cx, &mut map);
    map.finish_aws("elbv2.LoadBalancer");
    let name_field = name?;
    let name = name_field.str()?;
    check_name(&name_field, name, 32);
    let plan = LoadBalancerPlan {
        name: name.to_owned(),
        internet_facing: scheme.unwrap_or_else(|| {
            cx.default_text("aws.loadBalancers.*.Scheme");
            true
        }),
        zones,
        rules: 0,
        idle_timeout: Some(idle_timeout),
    };
    Some((plan, groups))
}

impl Balancing {
    fn listener(&self, field: &Field<'_>) -> Option<Route> {
        let mut map = field.map()?;
        let balancer = map.field("LoadBalancerArn");
        let actions = map.field("DefaultActions");
        map.finish_aws("elbv2.Listener");
        let balancer = match balancer {
            Some(field) => self.named(&field),
            None => self.only(),
        };
        Some(Route {
            balancer,
            groups: groups_of(actions),
        })
    }

    /// A rule counts toward its balancer's evaluations per request.
    fn rule(&mut self, field: &Field<'_>) -> Option<Route> {
        let mut map = field.map()?;
        let arn = map.field("ListenerArn").or_else(|| map.field("RuleArn"));
        let is_default = map.bool("IsDefault").unwrap_or(false);
        let actions = map.field("Actions");
        map.finish_aws("elbv2.Rule");
        // arn:aws:elasticloadbalancing:<region>:<account>:listener/app/<balancer>/<id>/<listener
        // id>
        let named = arn
            .as_ref()
            .and_then(|field| field.str()?.split('/').nth(2));
        let index =
            named.and_then(|name| self.load_balancers.iter().position(|it| it.name == name));
        let balancer = index
            .map(LoadBalancerId::from_index)
            .or_else(|| self.only());
        match balancer {
            Some(id) if !is_default => self.load_balancers[id.index()].rules += 1,
            Some(_) => {}
            None => {
                let message = "it is not clear which load balancer this rule belongs to";
                let help = "give ListenerArn as AWS prints it";
                field.error("unknown-name", message).help(help).report();
            }
        }
        Some(Route {
            balancer,
            groups: groups_of(actions),
        })
    }

    fn only(&self) -> Option<LoadBalancerId> {
        (self.load_balancers.len() == 1).then_some(LoadBalancerId(0))
    }

    fn named(&self, field: &Field<'_>) -> Option<LoadBalancerId> {
        let name = arn_name(field.str()?);
        let index = self
            .load_balancers
            .iter()
            .position(|known| known.name == name);
        if index.is_none() {
            let known = self.load_balancers.iter().map(|known| known.name.as_str());
            unknown_name(field, "load balancer", name, known);
        }
        index.map(LoadBalancerId::from_index)
    }

    /// The balancer of a target group: the one it names, the one that routes to it, or the only
    /// one.
    fn balancer_of(
        &self,
        field: &Field<'_>,
        (group, named): (&str, Option<Field<'_>>),
        routes: &[Route],
    ) -> Option<LoadBalancerId> {
        if let Some(named) = named {
            return self.named(&named);
        }
        let routed = routes
            .iter()
            .find(|route| route.groups.iter().any(|known| known == group));
        let found = routed
            .and_then(|route| route.balancer)
            .or_else(|| self.only());
        if found.is_none() {
            let message = "it is not clear which load balancer sends to this target group";
            let help = "name it in LoadBalancerArns, or in a listener's DefaultActions";
            field.error("unknown-name", message).help(help).report();
        }
        found
    }
}

/// The names of the target groups anywhere in a list of actions.
fn groups_of(actions: Option<Field<'_>>) -> Vec<String> {
    fn walk(node: &Node, found: &mut Vec<String>) {
        match &node.value {
            Value::Sequence(items) => items.iter().for_each(|item| walk(item, found)),
            Value::Mapping(entries) => {
                for (key, value) in entries {
                    match value.as_text() {
                        Some(text) if key.text == "TargetGroupArn" => {
                            found.push(arn_name(text).to_owned());
                        }
                        _ => walk(value, found),
                    }
                }
            }
            Value::Scalar(_) => {}
        }
    }
    let mut found = Vec::new();
    if let Some(actions) = actions {
        walk(actions.node(), &mut found);
    }
    found
}

/// Whether `TargetType` says `instance`, which it may where there are instances; else `ip`.
fn is_of_instances(field: &Field<'_>, has_groups: bool) -> bool {
    let kind = field.str().unwrap_or_default();
    if has_groups && kind == "instance" {
        return true;
    }
    if kind != "ip" {
        let found = field.node().describe();
        let message = match has_groups {
            true => format!("found {found}, expected ip or instance"),
            false => format!("found {found}, expected ip: tasks on Fargate are addressed by it"),
        };
        field.error("invalid-value", message).report();
    }
    false
}

/// What is known of a target group before its balancer is.
struct Group<'a> {
    plan: TargetGroupPlan,
    /// The field that names a balancer.
    balancer: Option<Field<'a>>,
    is_of_instances: bool,
}

fn group<'a>(cx: &Context<'_>, field: &Field<'a>, has_groups: bool) -> Option<Group<'a>> {
    let mut map = field.map()?;
    let name = map.required("TargetGroupName");
    if let Some(field) = map.field("Protocol")
        && !matches!(field.str(), Some("HTTP" | "HTTPS") | None)
    {
        not_built_value(&field);
    }
    let target_type = map.field("TargetType");
    let is_of_instances = target_type.is_some_and(|field| is_of_instances(&field, has_groups));
    let interval = map.u64("HealthCheckIntervalSeconds", 5..=300);
    target_health::check_timeout(&mut map, interval);
    let to_unhealthy = map.u32("UnhealthyThresholdCount", 2..=10);
    let balancers = map.list("LoadBalancerArns");
    if let Some(second) = balancers.get(1) {
        not_built(second);
    }
    let mut plan = TargetGroupPlan {
        name: String::new(),
        load_balancer: LoadBalancerId(0),
        routing: Routing::RoundRobin,
        deregistration_delay: SimDuration::ZERO,
        health_check_interval: interval.map_or_else(
            || cx.default_duration("aws.targetGroups.*.HealthCheckIntervalSeconds"),
            SimDuration::from_secs,
        ),
        checks_to_unhealthy: to_unhealthy
            .unwrap_or(HealthCheckSettings::default().unhealthy_threshold),
        checks_to_healthy: 1,
    };
    attributes(cx, &mut map, &mut plan);
    map.finish_aws("elbv2.TargetGroup");
    let name_field = name?;
    let name = name_field.str()?;
    check_name(&name_field, name, 32);
    plan.name = name.to_owned();
    Some(Group {
        plan,
        balancer: balancers.into_iter().next(),
        is_of_instances,
    })
}

fn attributes(cx: &Context<'_>, map: &mut MapReader<'_>, plan: &mut TargetGroupPlan) {
    const DELAY: &str = "deregistration_delay.timeout_seconds";
    const ROUTING: &str = "load_balancing.algorithm.type";
    let mut attributes = map.map("attributes");
    let mut take = |key: &'static str| attributes.as_mut().and_then(|map| map.field(key));
    let path = "aws.targetGroups.*.attributes.deregistration_delay.timeout_seconds";
    let delay = take(DELAY).and_then(|field| field.u64(0..=3_600));
    plan.deregistration_delay =
        delay.map_or_else(|| cx.default_duration(path), SimDuration::from_secs);
    match take(ROUTING) {
        None => {
            cx.default_text("aws.targetGroups.*.attributes.load_balancing.algorithm.type");
        }
        Some(field) => match field.choice(&ROUTINGS) {
            Some(Some(routing)) => plan.routing = routing,
            Some(None) => not_built_value(&field),
            None => {}
        },
    }
    if let Some(field) = take("slow_start.duration_seconds")
        && !matches!(field.str(), Some("0") | None)
    {
        not_built(&field);
    }
    if let Some(field) = take("stickiness.enabled")
        && field.bool() == Some(true)
    {
        not_built(&field);
    }
    for key in ATTRIBUTES_WITHOUT_EFFECT {
        if let Some(field) = take(key) {
            field
                .note("no-effect", format!("no effect here: {key}"))
                .report();
        }
    }
    if let Some(map) = attributes {
        map.finish();
    }
}
