//! `monitoring` of a service: which of its utilization metrics ECS publishes every 20 s.

use crate::scenario::plan::FineMetrics;
use crate::scenario::reader::MapReader;

/// The metrics that it may name.
const NAMES: [(&str, FineMetrics); 2] = [
    (
        "CPUUtilization",
        FineMetrics {
            cpu: true,
            memory: false,
        },
    ),
    (
        "MemoryUtilization",
        FineMetrics {
            cpu: false,
            memory: true,
        },
    ),
];

/// Reads it: a metric that is not named there has a data point a minute (API
/// MonitoringConfiguration).
pub(super) fn read(service: &mut MapReader<'_>) -> FineMetrics {
    let mut fine = FineMetrics::default();
    let Some(mut map) = service.map("monitoring") else {
        return fine;
    };
    for mut metrics in map.maps("metricConfigurations") {
        let names = metrics.required("metricNames");
        let resolution = metrics.required("resolutionSeconds");
        metrics.finish_aws("ecs.MetricConfiguration");
        let seconds = resolution.as_ref().and_then(|field| field.u32(20..=60));
        if let (Some(field), Some(seconds)) = (&resolution, seconds)
            && !matches!(seconds, 20 | 60)
        {
            let message = format!("a resolution of {seconds} s is none of ECS's");
            let help = "write 20, or 60, which is the default";
            field.error("invalid-value", message).help(help).report();
        }
        for name in names.and_then(|field| field.list()).unwrap_or_default() {
            let Some(named) = name.choice(&NAMES) else {
                continue;
            };
            if seconds == Some(20) {
                fine.cpu |= named.cpu;
                fine.memory |= named.memory;
            }
        }
    }
    map.finish_aws("ecs.MonitoringConfiguration");
    fine
}
