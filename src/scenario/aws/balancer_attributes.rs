//! `attributes` of a load balancer, as DescribeLoadBalancerAttributes has them.

use crate::engine::SimDuration;
use crate::scenario::context::Context;
use crate::scenario::reader::MapReader;

/// The default of how long an Application Load Balancer waits for a task.
pub(super) const IDLE_TIMEOUT: &str = "aws.loadBalancers.*.attributes.idle_timeout.timeout_seconds";

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

/// Reads the block: for how long the balancer waits for an answer.
pub(super) fn read(cx: &Context<'_>, map: &mut MapReader<'_>) -> SimDuration {
    let mut attributes = map.map("attributes");
    let field = attributes
        .as_mut()
        .and_then(|map| map.field("idle_timeout.timeout_seconds"));
    // Legal are 1 to 4,000 s (Application Load Balancer user guide, connection idle timeout).
    let seconds = field.and_then(|field| field.u64(1..=4_000));
    if let Some(mut map) = attributes {
        for key in WITHOUT_EFFECT {
            if let Some(field) = map.field(key) {
                let message = format!("no effect here: {key}");
                field.note("no-effect", message).report();
            }
        }
        map.finish();
    }
    seconds.map_or_else(|| cx.default_duration(IDLE_TIMEOUT), SimDuration::from_secs)
}
