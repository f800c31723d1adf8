//! `CustomizedMetricSpecification`: a metric by name, or an expression over several.

use crate::ids::ServiceId;
use crate::scenario::aws::alarm::{Around, Shapes, Watched, math, published};
use crate::scenario::plan::{AlarmMetric, ScalableTargetPlan, ServicePlan, WatchedMetric};
use crate::scenario::reader::Field;

/// The shapes of a policy's metrics.
const SHAPES: Shapes = Shapes {
    query: "application-autoscaling.TargetTrackingMetricDataQuery",
    stat: "application-autoscaling.TargetTrackingMetricStat",
    metric: "application-autoscaling.TargetTrackingMetric",
    dimension: "application-autoscaling.TargetTrackingMetricDimension",
    verb: "tracked",
};

/// The scaled service, where it is known.
type Scaled<'a> = Option<(ServiceId, &'a ServicePlan)>;

/// Reads a metric of the policy's own making.
pub(super) fn metric(
    field: &Field<'_>,
    around: &Around<'_>,
    service: Scaled<'_>,
) -> Option<WatchedMetric> {
    let mut map = field.map()?;
    let metrics = map.field("Metrics");
    let Some(metrics) = metrics else {
        if let Some(found) = published(&mut map, around, None) {
            map.str("Unit");
            map.finish_aws("application-autoscaling.CustomizedMetricSpecification");
            let (of, metric) = found?;
            check_service(of, field, around, service)?;
            return Some(metric);
        }
        let shape = "application-autoscaling.MetricDimension";
        let statistic = map.required("Statistic");
        let watched = Watched::read_at(&mut map, around, (statistic.as_ref(), shape));
        map.str("Unit");
        map.finish_aws("application-autoscaling.CustomizedMetricSpecification");
        let watched = watched?;
        check_service(watched.service, field, around, service)?;
        return Some(WatchedMetric::of(watched.metric, watched.part));
    };
    for name in ["MetricName", "Namespace", "Statistic", "Dimensions", "Unit"] {
        if let Some(field) = map.field(name) {
            let message = format!("a metric has Metrics or a {name}, not both");
            field.error("invalid-entry", message).report();
        }
    }
    map.finish_aws("application-autoscaling.CustomizedMetricSpecification");
    let math = math(&metrics, around, SHAPES)?;
    for (watched, place) in &math.metrics {
        check_service(watched.service, place, around, service)?;
    }
    Some(math.into_metric())
}

/// A metric has to be of the service that is scaled.
fn check_service(
    of: ServiceId,
    place: &Field<'_>,
    around: &Around<'_>,
    service: Scaled<'_>,
) -> Option<()> {
    let (id, plan) = service?;
    if of != id {
        let message = format!(
            "the policy scales {}, and the metric is of {}: that is not simulated yet",
            plan.name,
            around.services[of.index()].name
        );
        let help = "track a metric of the service that is scaled, or of the queue it pulls from";
        place.error("not-built-yet", message).help(help).report();
        return None;
    }
    Some(())
}

/// A metric per running task has no data point at 0 tasks, and no alarm goes off without one.
pub(super) fn warn_of_none(place: &Field<'_>, target: &ScalableTargetPlan, metric: &WatchedMetric) {
    let read = &mut metric.expression.metrics();
    let counts = read.any(|index| {
        metric.metrics.get(index).map(|it| it.0) == Some(AlarmMetric::RunningTaskCount)
    });
    if counts && target.min == 0 && 1 < metric.metrics.len() {
        let message = format!(
            "MinCapacity is 0, and \"{}\" has no data point without running tasks: it scales to 0 \
             and never out again",
            metric.name
        );
        let help = "write MinCapacity: 1, or add a step policy on the backlog";
        place.warning("no-data", message).help(help).report();
    }
}
