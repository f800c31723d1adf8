//! What AWS refuses of a target group's health checks.

use crate::policy::health_check::HealthCheckSettings;
use crate::policy::target_check::{CheckProtocol, CodesError, success_codes, timeout_fits};
use crate::scenario::reader::{Field, MapReader};

/// The codes of gRPC answers (API Matcher).
const GRPC_CODES: std::ops::RangeInclusive<u16> = 0..=99;
/// Protocols of target groups by which nothing is checked (API CreateTargetGroup).
const OF_TRAFFIC_ONLY: [&str; 6] = ["GENEVE", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"];
/// Checks go where requests go.
const TRAFFIC_PORT: &str = "traffic-port";

/// A check's time-out goes with the time between two of them, the default one as well: AWS refuses
/// others.
pub(super) fn check_timeout(map: &mut MapReader<'_>, is_network: bool) {
    let field = map.field("HealthCheckTimeoutSeconds");
    let interval_field = map.field("HealthCheckIntervalSeconds");
    let usual = HealthCheckSettings::default();
    let interval_s = match &interval_field {
        Some(field) => field.u64(5..=300),
        None => Some(u64::from(usual.interval_s)),
    };
    let protocol = map.field("HealthCheckProtocol").and_then(|field| {
        let text = field.node().as_text()?;
        let mut all = CheckProtocol::ALL.iter();
        all.find(|(name, _)| *name == text).map(|(_, it)| *it)
    });
    let protocol = protocol.unwrap_or(CheckProtocol::default_of(is_network));
    let usual_s = protocol.timeout_s(is_network);
    let timeout_s = match &field {
        Some(field) => field.u64(2..=120),
        None => Some(usual_s),
    };
    let (Some(timeout_s), Some(interval_s)) = (timeout_s, interval_s) else {
        return;
    };
    if timeout_fits((timeout_s, interval_s), is_network) {
        return;
    }
    let is = if is_network { "longer" } else { "not shorter" };
    if let Some(field) = field {
        let message = format!(
            "a time-out of {timeout_s} s is {is} than the {interval_s} s between two checks"
        );
        let help = "write a shorter time-out, or a longer HealthCheckIntervalSeconds";
        field.error("out-of-range", message).help(help).report();
    } else if let Some(field) = interval_field {
        let message = format!(
            "the time-out of {timeout_s} s that a check has by default is {is} than the \
             {interval_s} s between two checks"
        );
        let help = format!(
            "write HealthCheckTimeoutSeconds: 2 beside it, or a HealthCheckIntervalSeconds of {}",
            timeout_s + u64::from(!is_network)
        );
        field.error("out-of-range", message).help(help).report();
    }
}

/// How targets are checked: reports what does not go together. The port of the checks, if it is
/// not that of the traffic.
pub(super) fn check_kind(map: &mut MapReader<'_>, is_network: bool) -> Option<u32> {
    let protocol = protocol(map, is_network);
    let path = map.field("HealthCheckPath");
    let is_grpc = map.field("ProtocolVersion").and_then(|field| field.str()) == Some("GRPC");
    let matcher = map.field("Matcher");
    for field in [&path, &matcher].into_iter().flatten() {
        if protocol.is_some_and(|it| !it.has_answer()) {
            let message = "a check by TCP is a connection: it has no path and no success codes";
            let help = "HealthCheckProtocol: HTTP, or leave this out";
            field.error("invalid-value", message).help(help).report();
            return port(map);
        }
    }
    if let Some(field) = path
        && let Some(path) = field.str()
        && !path.starts_with('/')
    {
        let message = format!("the path \"{path}\" does not begin with a slash");
        let help = format!("HealthCheckPath: /{path}");
        field.error("invalid-value", message).help(help).report();
    }
    if let Some(field) = matcher {
        codes(&field, is_network, is_grpc);
    }
    if let Some(field) = map.field("HealthCheckEnabled")
        && field.bool() == Some(false)
    {
        let message = "targets that are addresses or instances are always checked";
        field.error("invalid-value", message).report();
    }
    port(map)
}

fn protocol(map: &mut MapReader<'_>, is_network: bool) -> Option<CheckProtocol> {
    let Some(field) = map.field("HealthCheckProtocol") else {
        return Some(CheckProtocol::default_of(is_network));
    };
    let (balancer, takes) = match is_network {
        true => ("a Network Load Balancer", "HTTP, HTTPS or TCP"),
        false => ("an Application Load Balancer", "HTTP or HTTPS"),
    };
    if let Some(name) = field.str()
        && OF_TRAFFIC_ONLY.contains(&name)
    {
        let message = format!("nothing is checked by {name}");
        let help = format!("{balancer} checks by {takes}");
        field.error("invalid-value", message).help(help).report();
        return None;
    }
    let protocol = field.choice(&CheckProtocol::ALL)?;
    if !protocol.goes_with(is_network) {
        let message = format!("{balancer} checks by {takes}, not by TCP");
        let help = "HealthCheckProtocol: HTTP";
        field.error("invalid-value", message).help(help).report();
        return None;
    }
    Some(protocol)
}

/// `Matcher`.
fn codes(field: &Field<'_>, is_network: bool, is_grpc: bool) {
    let Some(mut map) = field.map() else {
        return;
    };
    let (http, grpc) = (map.field("HttpCode"), map.field("GrpcCode"));
    map.finish_aws("elbv2.Matcher");
    match (http, grpc) {
        (Some(http), None) if is_grpc => {
            let message = "targets of ProtocolVersion GRPC answer with gRPC's codes";
            let help = "Matcher: { GrpcCode: \"12\" }";
            http.error("invalid-value", message).help(help).report();
        }
        (Some(http), None) => {
            if let Some(Err(wrong)) = http.str().map(|text| success_codes(text, is_network)) {
                refuse_codes(&http, wrong);
            }
        }
        (None, Some(grpc)) if !is_grpc => {
            let message = "gRPC's codes are of target groups whose ProtocolVersion is GRPC";
            let help = "Matcher: { HttpCode: \"200\" }";
            grpc.error("invalid-value", message).help(help).report();
        }
        (None, Some(grpc)) => {
            let text = grpc.str().unwrap_or_default();
            let is_code = |it: &str| {
                let code = it.trim().parse::<u16>();
                code.is_ok_and(|code| GRPC_CODES.contains(&code))
            };
            let mut numbers = text.split([',', '-']);
            if !numbers.all(is_code) {
                let message = format!("\"{text}\" has a code that is none of gRPC's: 0 to 99");
                grpc.error("out-of-range", message).report();
            }
        }
        (Some(_), Some(second)) => {
            let message = "a Matcher has HttpCode or GrpcCode, not both";
            second.error("invalid-entry", message).report();
        }
        (None, None) => {}
    }
}

fn refuse_codes(field: &Field<'_>, wrong: CodesError) {
    let (code, message) = match wrong {
        CodesError::NoCode(text) => (
            "invalid-value",
            format!("\"{text}\" is neither a code nor a range of them"),
        ),
        CodesError::Backwards(text) => (
            "invalid-value",
            format!("the range {text} ends before it begins"),
        ),
        CodesError::Outside { code, legal } => (
            "out-of-range",
            format!(
                "no check passes with {code}: this load balancer takes {} to {}",
                legal.start(),
                legal.end()
            ),
        ),
    };
    let help = "write codes like \"200\", \"200,302\" or \"200-299\"";
    field.error(code, message).help(help).report();
}

/// `HealthCheckPort`: `traffic-port`, or a number.
fn port(map: &mut MapReader<'_>) -> Option<u32> {
    let field = map.field("HealthCheckPort")?;
    match field.str()? {
        TRAFFIC_PORT => None,
        _ => field.u32(1..=65_535),
    }
}
