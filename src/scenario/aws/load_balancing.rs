//! Load balancers, their listeners and rules, and target groups.

use crate::engine::SimDuration;
use crate::ids::LoadBalancerId;
use crate::scenario::arn::arn_name;
use crate::scenario::context::{
    Context, bounded, check_name, duplicate_name, not_built_value, unknown_name,
};
use crate::scenario::node::{Node, Value};
use crate::scenario::plan::{LoadBalancerPlan, ServicePlan, TargetGroupPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::Begun;

use super::balancer_attributes;
use super::networking::Network;
use super::target_group;

const TABLE_MAX: usize = 10_000;

/// The tables.
#[derive(Default)]
pub(super) struct Balancing {
    pub(super) load_balancers: Vec<LoadBalancerPlan>,
    pub(super) target_groups: Vec<TargetGroupPlan>,
    /// Those whose targets are instances: `TargetType: instance`.
    pub(super) of_instances: Vec<String>,
    /// The port of each target group's health checks, if it is not that of its traffic.
    pub(super) health_ports: Vec<Option<u32>>,
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
    (network, world, has_groups): (&Network, &Begun<'_>, bool),
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
        let Some(found) = target_group::read(cx, &field, has_groups) else {
            continue;
        };
        let (mut group, named) = (found.plan, found.balancer.as_ref());
        if found.is_of_instances {
            balancing.of_instances.push(group.name.clone());
        }
        if balancing.load_balancers.is_empty() {
            cx.default_text("aws.loadBalancers");
            let assumed = balancer_attributes::assumed(cx, group.flows.is_some());
            balancing.load_balancers.push(LoadBalancerPlan {
                name: "default".to_owned(),
                is_network: group.flows.is_some(),
                internet_facing: true,
                zones: network.all(),
                rules: 0,
                cross_zone: assumed.cross_zone,
                idle_timeout: assumed.idle_timeout,
            });
        }
        let mut known = balancing.target_groups.iter();
        if known.any(|known| known.name == group.name) {
            duplicate_name(&field, "target group", &group.name);
        }
        let load_balancer = balancing.balancer_of(&field, (&group.name, named), &routes);
        if let Some(id) = load_balancer {
            let balancer = &balancing.load_balancers[id.index()];
            target_group::check_kind(&found.protocol, &group, balancer);
            group.cross_zone = found.cross_zone.unwrap_or(balancer.cross_zone);
        }
        balancing.health_ports.push(found.health_port);
        balancing.target_groups.push(TargetGroupPlan {
            load_balancer: load_balancer.unwrap_or(LoadBalancerId(0)),
            checks_to_healthy: world.checks_to_healthy,
            shift_wait: shift_wait(&group, world),
            ..group
        });
    }
    balancing
}

/// How much longer ECS takes to shift traffic between this target group and another.
fn shift_wait(group: &TargetGroupPlan, world: &Begun<'_>) -> SimDuration {
    match group.flows {
        Some(_) => world.network_shift,
        None => SimDuration::ZERO,
    }
}

fn balancer(
    cx: &Context<'_>,
    field: &Field<'_>,
    network: &Network,
) -> Option<(LoadBalancerPlan, Vec<String>)> {
    let mut map = field.map()?;
    let name = map.required("LoadBalancerName");
    let kind = map.field("Type");
    let is_network = kind.is_some_and(|field| is_network(&field));
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
    let attributes = balancer_attributes::read(cx, &mut map, is_network);
    map.finish_aws("elbv2.LoadBalancer");
    let name_field = name?;
    let name = name_field.str()?;
    check_name(&name_field, name, 32);
    let plan = LoadBalancerPlan {
        name: name.to_owned(),
        is_network,
        internet_facing: scheme.unwrap_or_else(|| {
            cx.default_text("aws.loadBalancers.*.Scheme");
            true
        }),
        zones,
        rules: 0,
        cross_zone: attributes.cross_zone,
        idle_timeout: attributes.idle_timeout,
    };
    Some((plan, groups))
}

/// Whether a load balancer's `Type` is network.
fn is_network(field: &Field<'_>) -> bool {
    let kinds = [
        ("application", Some(false)),
        ("network", Some(true)),
        ("gateway", None),
    ];
    match field.choice(&kinds) {
        Some(Some(is_network)) => is_network,
        Some(None) => {
            not_built_value(field);
            false
        }
        None => false,
    }
}

impl Balancing {
    /// Whether a service is behind a Network Load Balancer.
    pub(super) fn is_network(&self, service: &ServicePlan) -> bool {
        let group = service.target_group;
        group.is_some_and(|group| self.target_groups[group.index()].flows.is_some())
    }

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
        (group, named): (&str, Option<&Field<'_>>),
        routes: &[Route],
    ) -> Option<LoadBalancerId> {
        if let Some(named) = named {
            return self.named(named);
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
