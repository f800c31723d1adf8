//! `attributes` of a load balancer, as DescribeLoadBalancerAttributes has them.

use crate::engine::SimDuration;
use crate::scenario::context::Context;
use crate::scenario::reader::MapReader;

/// The default of how long an Application Load Balancer waits for a task.
const IDLE_TIMEOUT: &str = "aws.loadBalancers.*.attributes.idle_timeout.timeout_seconds";

/// Attributes of load balancers that AWS has and the simulation has no use for (API
/// LoadBalancerAttribute).
const WITHOUT_EFFECT: [&str; 24] = [
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
    "load_balancing.cross_zone.enabled",
];

/// How long a balancer without attributes waits for an answer.
pub(super) fn assumed(cx: &Context<'_>, is_network: bool) -> Option<SimDuration> {
    (!is_network).then(|| cx.default_duration(IDLE_TIMEOUT))
}

/// Reads the block: for how long the balancer waits for an answer, if it does.
pub(super) fn read(
    cx: &Context<'_>,
    map: &mut MapReader<'_>,
    is_network: bool,
) -> Option<SimDuration> {
    let Some(mut attributes) = map.map("attributes") else {
        return assumed(cx, is_network);
    };
    let field = attributes.field("idle_timeout.timeout_seconds");
    // Legal are 1 to 4,000 s (Application Load Balancer user guide, connection idle timeout).
    let seconds = field.as_ref().and_then(|field| field.u64(1..=4_000));
    if let Some(field) = field.filter(|_| is_network) {
        let message = "a Network Load Balancer waits for no answer: idle_timeout.timeout_seconds \
                       is an Application Load Balancer's";
        field.error("invalid-value", message).report();
    }
    for key in WITHOUT_EFFECT {
        if let Some(field) = attributes.field(key) {
            let message = format!("no effect here: {key}");
            field.note("no-effect", message).report();
        }
    }
    attributes.finish();
    match seconds {
        Some(seconds) => Some(SimDuration::from_secs(seconds)).filter(|_| !is_network),
        None => assumed(cx, is_network),
    }
}
