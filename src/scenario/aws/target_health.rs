//! What AWS refuses of a target group's health checks.

use crate::policy::health_check::HealthCheckSettings;
use crate::scenario::reader::MapReader;

/// A check's time-out is shorter than the time between two of them, AWS refuses others.
pub(super) fn check_timeout(map: &mut MapReader<'_>, interval_s: Option<u64>) {
    let usual = HealthCheckSettings::default();
    let interval_s = interval_s.unwrap_or(u64::from(usual.interval_s));
    let Some(field) = map.field("HealthCheckTimeoutSeconds") else {
        return;
    };
    if let Some(timeout_s) = field.u64(2..=120)
        && interval_s <= timeout_s
    {
        let message = format!(
            "a time-out of {timeout_s} s is not shorter than the {interval_s} s between two checks"
        );
        let help = "write a shorter time-out, or a longer HealthCheckIntervalSeconds";
        field.error("out-of-range", message).help(help).report();
    }
}
