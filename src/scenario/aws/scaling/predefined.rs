//! `PredefinedMetricSpecification`: a metric that Application Auto Scaling knows by its name.

use crate::ids::TargetGroupId;
use crate::scenario::aws::alarm::monitoring_help;
use crate::scenario::aws::load_balancing::Balancing;
use crate::scenario::context::unknown_name;
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
) -> Option<(TrackedMetric, bool, f64)> {
    let field = map.required("PredefinedMetricType");
    let label = map.field("ResourceLabel");
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
    let is_network =
        |service: &ServicePlan| service.further_groups.is_empty() && balancing.is_network(service);
    if needs_group && service.is_some_and(is_network) {
        refuse_network(&field);
    }
    let by_code_deploy = service
        .and_then(|service| service.traffic_shift.as_ref())
        .is_some_and(|shift| shift.by_code_deploy);
    if needs_group && by_code_deploy {
        let message = "ALBRequestCountPerTarget does not go with deployments by CodeDeploy";
        let help = "track ECSServiceAverageCPUUtilization";
        field.error("invalid-value", message).help(help).report();
    }
    let part = match service.filter(|_| needs_group) {
        Some(service) => labelled_part(&field, label.as_ref(), (service, balancing))?,
        None => 1.0,
    };
    Some((metric, is_fine, part))
}

fn refuse_network(field: &Field<'_>) {
    let message = "a Network Load Balancer counts no requests";
    let help = "track ECSServiceAverageCPUUtilization";
    field.error("invalid-value", message).help(help).report();
}

/// The part of a service's requests that the target group of a `ResourceLabel` counts; of one
/// target group the label says nothing new.
fn labelled_part(
    place: &Field<'_>,
    label: Option<&Field<'_>>,
    (service, balancing): (&ServicePlan, &Balancing),
) -> Option<f64> {
    if service.further_groups.is_empty() {
        let _ = label.map(|field| field.str());
        return Some(1.0);
    }
    let name_of = |group: TargetGroupId| balancing.target_groups[group.index()].name.as_str();
    let Some(field) = label else {
        let message = format!(
            "{} has several target groups: ResourceLabel says whose requests are counted",
            service.name
        );
        let help = "ResourceLabel: app/<load balancer>/<id>/targetgroup/<target group>/<id>";
        place.error("missing-field", message).help(help).report();
        return None;
    };
    let text = field.str()?;
    let group = text
        .split_once("targetgroup/")
        .map_or(text, |(_, rest)| rest);
    let group = group.split('/').next().unwrap_or(group);
    let Some(meant) = service.groups().find(|it| name_of(*it) == group) else {
        let what = "target group of the service";
        unknown_name(field, what, group, service.groups().map(name_of));
        return None;
    };
    if balancing.target_groups[meant.index()].flows.is_some() {
        refuse_network(field);
    }
    Some(service.part_of(|it| it == meant))
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
