//! `attributes` of a load balancer, as DescribeLoadBalancerAttributes has them.

use crate::engine::SimDuration;
use crate::scenario::context::Context;
use crate::scenario::reader::MapReader;

/// The default of how long an Application Load Balancer waits for a task.
const IDLE_TIMEOUT: &str = "aws.loadBalancers.*.attributes.idle_timeout.timeout_seconds";

/// Attributes of load balancers that AWS has and the simulation has no use for (API
/// LoadBalancerAttribute).
const WITHOUT_EFFECT: [&str; 23] = [
    "access_logs.s3.bucket",
    "access_logs.s3.enabled",
    "access_logs.s3.prefix",
    "client_keep_alive.seconds",
    "connection_logs.s3.bucket",
    "connection_logs.s3.enabled",
    "connection_logs.s3.prefix",
    "deletion_protection.enabled",
    "dns_record.client_routing_policy",
    "health_check_logs.s3.bucket",
    "health_check_logs.s3.enabled",
    "health_check_logs.s3.prefix",
    "ipv6.deny_all_igw_traffic",
    "routing.http.desync_mitigation_mode",
    "routing.http.drop_invalid_header_fields.enabled",
    "routing.http.preserve_host_header.enabled",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "routing.http.xff_client_port.enabled",
    "routing.http.xff_header_processing.mode",
    "routing.http2.enabled",
    "secondary_ips.auto_assigned.per_subnet",
    "waf.fail_open.enabled",
    "zonal_shift.config.enabled",
];

/// Whether a Network Load Balancer asks the targets of all zones.
const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";

/// What the block says.
pub(super) struct Attributes {
    /// For how long the balancer waits for an answer, if it does.
    pub(super) idle_timeout: Option<SimDuration>,
    pub(super) cross_zone: bool,
}

/// Those of a balancer that has none: an Application Load Balancer asks all zones, a Network Load
/// Balancer its own (their user guides, cross-zone load balancing).
pub(super) fn assumed(cx: &Context<'_>, is_network: bool) -> Attributes {
    if is_network {
        cx.default_text("aws.loadBalancers.*.attributes.load_balancing.cross_zone.enabled");
    }
    Attributes {
        idle_timeout: (!is_network).then(|| cx.default_duration(IDLE_TIMEOUT)),
        cross_zone: !is_network,
    }
}

/// Reads the block.
pub(super) fn read(cx: &Context<'_>, map: &mut MapReader<'_>, is_network: bool) -> Attributes {
    let Some(mut attributes) = map.map("attributes") else {
        return assumed(cx, is_network);
    };
    let waits = attributes.field("idle_timeout.timeout_seconds");
    // Legal are 1 to 4,000 s (Application Load Balancer user guide, connection idle timeout).
    let seconds = waits.as_ref().and_then(|field| field.u64(1..=4_000));
    if let Some(field) = waits.filter(|_| is_network) {
        let message = "a Network Load Balancer waits for no answer: idle_timeout.timeout_seconds \
                       is an Application Load Balancer's";
        field.error("invalid-value", message).report();
    }
    let crosses = attributes.field(CROSS_ZONE);
    let cross_zone = crosses.as_ref().and_then(|field| field.bool());
    if let Some(field) = crosses.filter(|_| !is_network) {
        let message = "an Application Load Balancer asks the targets of all zones";
        let help = "its target groups have load_balancing.cross_zone.enabled in their attributes";
        field.error("invalid-value", message).help(help).report();
    }
    for key in WITHOUT_EFFECT {
        if let Some(field) = attributes.field(key) {
            let message = format!("no effect here: {key}");
            field.note("no-effect", message).report();
        }
    }
    attributes.finish();
    let (seconds, cross_zone) = match is_network {
        true => (None, cross_zone),
        false => (seconds.map(SimDuration::from_secs), None),
    };
    match (seconds, cross_zone) {
        (Some(_), _) => Attributes {
            idle_timeout: seconds,
            cross_zone: true,
        },
        (_, Some(cross_zone)) => Attributes {
            idle_timeout: None,
            cross_zone,
        },
        (None, None) => assumed(cx, is_network),
    }
}
