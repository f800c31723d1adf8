//! A target group and its `attributes`.

use crate::engine::SimDuration;
use crate::ids::LoadBalancerId;
use crate::policy::balancing::FlowKind;
use crate::policy::health_check::HealthCheckSettings;
use crate::policy::load::Routing;
use crate::scenario::context::{Context, check_name, not_built, not_built_value};
use crate::scenario::plan::{LoadBalancerPlan, TargetGroupPlan};
use crate::scenario::reader::{Field, MapReader};

use super::target_health;

const DELAY: &str = "deregistration_delay.timeout_seconds";
const ROUTING: &str = "load_balancing.algorithm.type";
const SLOW_START: &str = "slow_start.duration_seconds";
const STICKY: &str = "stickiness.enabled";
const MITIGATION: &str = "load_balancing.algorithm.anomaly_mitigation";
const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";

const ROUTINGS: [(&str, Routing); 3] = [
    ("round_robin", Routing::RoundRobin),
    ("least_outstanding_requests", Routing::LeastOutstanding),
    ("weighted_random", Routing::Random),
];

/// Attributes of target groups that AWS has and the simulation has no use for (API
/// TargetGroupAttribute).
const WITHOUT_EFFECT: [&str; 10] = [
    "deregistration_delay.connection_termination.enabled",
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

/// What AWS does by an attribute that would move a run, and the simulation does not.
fn what_it_does(key: &str) -> &'static str {
    const HEALTH: &str = "target_group_health.unhealthy_state_routing.";
    const CUTS: &str = "deregistration_delay.connection_termination.enabled";
    match key {
        CUTS => "; connections of a target that drains are not cut",
        _ if key.starts_with(HEALTH) => {
            "; UNHEALTHY targets are asked while no target is healthy, not sooner"
        }
        _ => "",
    }
}

/// What is known of a target group before its balancer is.
pub(super) struct Group<'a> {
    pub(super) plan: TargetGroupPlan,
    /// The field that names a balancer.
    pub(super) balancer: Option<Field<'a>>,
    /// `load_balancing.cross_zone.enabled`, unless it is the balancer's to say.
    pub(super) cross_zone: Option<bool>,
    /// `Protocol`.
    pub(super) protocol: Option<Field<'a>>,
    pub(super) is_of_instances: bool,
    /// The port of its health checks, if it is not that of the traffic.
    pub(super) health_port: Option<u32>,
}

/// Reads a target group.
pub(super) fn read<'a>(cx: &Context<'_>, field: &Field<'a>, has_groups: bool) -> Option<Group<'a>> {
    let mut map = field.map()?;
    let name = map.required("TargetGroupName");
    let protocol = map.field("Protocol");
    let flows = protocol.as_ref().and_then(flows);
    let target_type = map.field("TargetType");
    let is_of_instances = target_type.is_some_and(|field| is_of_instances(&field, has_groups));
    let interval = map.u64("HealthCheckIntervalSeconds", 5..=300);
    target_health::check_timeout(&mut map, flows.is_some());
    let health_port = target_health::check_kind(&mut map, flows.is_some());
    let to_unhealthy = map.u32("UnhealthyThresholdCount", 2..=10);
    let to_recover = map.u32("HealthyThresholdCount", 2..=10);
    let balancers = map.list("LoadBalancerArns");
    if let Some(second) = balancers.get(1) {
        not_built(second);
    }
    let mut plan = TargetGroupPlan {
        name: String::new(),
        load_balancer: LoadBalancerId(0),
        flows,
        routing: Routing::RoundRobin,
        cross_zone: true,
        slow_start: SimDuration::ZERO,
        mitigates: false,
        is_sticky: false,
        deregistration_delay: SimDuration::ZERO,
        health_check_interval: interval.map_or_else(
            || cx.default_duration("aws.targetGroups.*.HealthCheckIntervalSeconds"),
            SimDuration::from_secs,
        ),
        checks_to_unhealthy: to_unhealthy
            .unwrap_or(HealthCheckSettings::default().unhealthy_threshold),
        checks_to_recover: to_recover.unwrap_or(HealthCheckSettings::default().healthy_threshold),
        checks_to_healthy: 1,
        shift_wait: SimDuration::ZERO,
    };
    let mut cross_zone = None;
    if let Some(mut attributes) = map.map("attributes") {
        let mut block = Attributes {
            map: &mut attributes,
        };
        block.read(cx, &mut plan);
        cross_zone = block.cross_zone(&plan);
        attributes.finish();
    } else {
        plan.deregistration_delay = default_delay(cx);
        plan.routing = default_routing(cx, flows);
    }
    map.finish_aws("elbv2.TargetGroup");
    let name_field = name?;
    let name = name_field.str()?;
    check_name(&name_field, name, 32);
    plan.name = name.to_owned();
    Some(Group {
        plan,
        balancer: balancers.into_iter().next(),
        cross_zone,
        protocol,
        is_of_instances,
        health_port,
    })
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

fn default_delay(cx: &Context<'_>) -> SimDuration {
    cx.default_duration("aws.targetGroups.*.attributes.deregistration_delay.timeout_seconds")
}

/// Flows go to any target: by a hash of where they come from and go to (Network Load Balancer user
/// guide, "Network Load Balancer overview").
fn default_routing(cx: &Context<'_>, flows: Option<FlowKind>) -> Routing {
    if flows.is_some() {
        return Routing::Random;
    }
    cx.default_text("aws.targetGroups.*.attributes.load_balancing.algorithm.type");
    Routing::RoundRobin
}

/// What a target group's flows are; `None`: it takes HTTP.
fn flows(field: &Field<'_>) -> Option<FlowKind> {
    let protocols = [
        ("HTTP", Some(None)),
        ("HTTPS", Some(None)),
        ("TCP", Some(Some(FlowKind::Tcp))),
        ("TLS", Some(Some(FlowKind::Tls))),
        ("UDP", Some(Some(FlowKind::Udp))),
        ("TCP_UDP", None),
        ("GENEVE", None),
        ("QUIC", None),
        ("TCP_QUIC", None),
    ];
    let found = field.choice(&protocols)?;
    if found.is_none() {
        not_built_value(field);
    }
    found.flatten()
}

/// A target group's protocol is one that its load balancer speaks.
pub(super) fn check_kind(
    protocol: &Option<Field<'_>>,
    group: &TargetGroupPlan,
    balancer: &LoadBalancerPlan,
) {
    let Some(field) = protocol else {
        return;
    };
    if group.flows.is_some() == balancer.is_network {
        return;
    }
    let (kind, takes) = match balancer.is_network {
        true => ("a Network Load Balancer", "TCP, TLS or UDP"),
        false => ("an Application Load Balancer", "HTTP or HTTPS"),
    };
    let message = format!(
        "{} is {kind}: the protocol of its target groups is {takes}",
        balancer.name
    );
    let help = "write Type: network at a balancer in aws.loadBalancers for TCP, TLS and UDP";
    field.error("invalid-value", message).help(help).report();
}

/// The block `attributes`.
struct Attributes<'m, 'a> {
    map: &'m mut MapReader<'a>,
}

impl Attributes<'_, '_> {
    fn read(&mut self, cx: &Context<'_>, plan: &mut TargetGroupPlan) {
        let delay = self.map.field(DELAY).and_then(|it| it.u64(0..=3_600));
        plan.deregistration_delay = delay.map_or_else(|| default_delay(cx), SimDuration::from_secs);
        if plan.flows.is_some() {
            self.refuse_of_http();
        }
        plan.routing = match self.map.field(ROUTING) {
            None => default_routing(cx, plan.flows),
            Some(_) if plan.flows.is_some() => Routing::Random,
            Some(field) => field.choice(&ROUTINGS).unwrap_or(Routing::RoundRobin),
        };
        self.slow_start(plan);
        self.mitigation(plan);
        self.stickiness(plan);
        for key in WITHOUT_EFFECT {
            if let Some(field) = self.map.field(key) {
                let message = format!("no effect here: {key}{}", what_it_does(key));
                field.note("no-effect", message).report();
            }
        }
    }

    /// What only target groups of HTTP have.
    fn refuse_of_http(&mut self) {
        for key in [ROUTING, SLOW_START, MITIGATION] {
            if let Some(field) = self.map.field(key) {
                let message = format!("{key} is of target groups of HTTP and HTTPS");
                field.error("invalid-value", message).report();
            }
        }
    }

    /// 30 to 900 s, or 0: none. Only round robin has it (Application Load Balancer user guide,
    /// target group attributes, slow start mode).
    fn slow_start(&mut self, plan: &mut TargetGroupPlan) {
        let Some(field) = self.map.field(SLOW_START).filter(|_| plan.flows.is_none()) else {
            return;
        };
        let Some(seconds) = field.u64(0..=900) else {
            return;
        };
        if (1..30).contains(&seconds) {
            let message =
                format!("a slow start of {seconds} s: AWS takes 30 to 900, or 0 for none");
            let help = format!("write {SLOW_START}: 30, or leave it out");
            field.error("out-of-range", message).help(help).report();
        } else if 0 < seconds && plan.routing != Routing::RoundRobin {
            let message = format!("slow start does not go with {}", routing_name(plan.routing));
            let help = format!("leave {ROUTING} at round_robin, or {SLOW_START} out");
            field.error("invalid-value", message).help(help).report();
        }
        plan.slow_start = SimDuration::from_secs(seconds);
    }

    /// Only weighted random has it (same page, anomaly mitigation).
    fn mitigation(&mut self, plan: &mut TargetGroupPlan) {
        let field = self.map.field(MITIGATION).filter(|_| plan.flows.is_none());
        let Some(field) = field else {
            return;
        };
        plan.mitigates = field.choice(&[("on", true), ("off", false)]) == Some(true);
        if plan.mitigates && plan.routing != Routing::Random {
            let message = format!(
                "anomaly mitigation does not go with {}",
                routing_name(plan.routing)
            );
            let help = format!("write {ROUTING}: weighted_random, or leave {MITIGATION} out");
            field.error("invalid-value", message).help(help).report();
        }
    }

    /// Sessions that are bound to their target. Not with weighted random (same page, routing
    /// algorithms).
    fn stickiness(&mut self, plan: &mut TargetGroupPlan) {
        let Some(field) = self.map.field(STICKY) else {
            return;
        };
        plan.is_sticky = field.bool() == Some(true);
        if plan.is_sticky && plan.flows.is_none() && plan.routing == Routing::Random {
            let message = "sticky sessions do not go with weighted_random";
            let help = format!("leave {ROUTING} at round_robin, or {STICKY} out");
            field.error("invalid-value", message).help(help).report();
        }
    }
}

impl Attributes<'_, '_> {
    /// Whether all zones' targets are asked; `None`: as the load balancer has it. Sticky sessions
    /// of HTTP need it (same page, sticky sessions).
    fn cross_zone(&mut self, plan: &TargetGroupPlan) -> Option<bool> {
        let field = self.map.field(CROSS_ZONE)?;
        let words = [
            ("true", Some(true)),
            ("false", Some(false)),
            ("use_load_balancer_configuration", None),
        ];
        let crosses = match field.node().as_text() {
            Some(_) => field.choice(&words)?,
            None => field.bool(),
        };
        if crosses == Some(false) && plan.is_sticky && plan.flows.is_none() {
            let message = "sticky sessions need cross-zone load balancing";
            let help = format!("leave {CROSS_ZONE} on, or {STICKY} off");
            field.error("invalid-value", message).help(help).report();
        }
        crosses
    }
}

fn routing_name(routing: Routing) -> &'static str {
    let found = ROUTINGS.iter().find(|(_, known)| *known == routing);
    found.map_or("round_robin", |(name, _)| name)
}
