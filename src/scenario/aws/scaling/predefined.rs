//! `PredefinedMetricSpecification`: a metric that Application Auto Scaling knows by its name.

use crate::scenario::aws::alarm::monitoring_help;
use crate::scenario::aws::load_balancing::Balancing;
use crate::scenario::plan::{ServicePlan, TrackedMetric};
use crate::scenario::reader::{Field, MapReader};

/// The predefined metrics, and whether each is one of 20 s.
const METRICS: [(&str, (TrackedMetric, bool)); 5] = [
    (
        "ECSServiceAverageCPUUtilization",
        (TrackedMetric::Cpu, false),
    ),
    (
        "ECSServiceAverageMemoryUtilization",
        (TrackedMetric::Memory, false),
    ),
    (
        "ALBRequestCountPerTarget",
        (TrackedMetric::RequestCountPerTarget, false),
    ),
    (
        "ECSServiceAverageCPUUtilizationHighResolution",
        (TrackedMetric::Cpu, true),
    ),
    (
        "ECSServiceAverageMemoryUtilizationHighResolution",
        (TrackedMetric::Memory, true),
    ),
];

/// Reads the metric, and whether it is one of 20 s.
pub(super) fn metric(
    mut map: MapReader<'_>,
    service: Option<&ServicePlan>,
    balancing: &Balancing,
) -> Option<(TrackedMetric, bool)> {
    let field = map.required("PredefinedMetricType");
    // The service has one target group, so the label adds nothing.
    map.str("ResourceLabel");
    map.finish_aws("application-autoscaling.PredefinedMetricSpecification");
    let field = field?;
    let (metric, is_fine) = field.choice(&METRICS)?;
    if let Some(service) = service.filter(|_| is_fine) {
        check_fine(&field, service, metric);
    }
    let needs_group = metric == TrackedMetric::RequestCountPerTarget;
    if needs_group && service.is_some_and(|service| service.target_group.is_none()) {
        let message = "the service has no target group, so nothing counts its requests";
        let help = "give the service loadBalancers, or track another metric";
        field.error("invalid-value", message).help(help).report();
    }
    if needs_group && service.is_some_and(|service| balancing.is_network(service)) {
        let message = "a Network Load Balancer counts no requests";
        let help = "track ECSServiceAverageCPUUtilization";
        field.error("invalid-value", message).help(help).report();
    }
    let by_code_deploy = service
        .and_then(|service| service.traffic_shift.as_ref())
        .is_some_and(|shift| shift.by_code_deploy);
    if needs_group && by_code_deploy {
        let message = "ALBRequestCountPerTarget does not go with deployments by CodeDeploy";
        let help = "track ECSServiceAverageCPUUtilization";
        field.error("invalid-value", message).help(help).report();
    }
    Some((metric, is_fine))
}

/// A metric of 20 s is there only where the service asks for it.
fn check_fine(field: &Field<'_>, service: &ServicePlan, metric: TrackedMetric) {
    let fine = service.fine_metrics;
    let (is_there, name) = match metric {
        TrackedMetric::Memory => (fine.memory, "MemoryUtilization"),
        _ => (fine.cpu, "CPUUtilization"),
    };
    if !is_there {
        let message = format!("ECS publishes {name} of {} once a minute", service.name);
        let help = monitoring_help(&service.name, name);
        field.error("invalid-value", message).help(help).report();
    }
}
