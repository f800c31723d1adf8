//! `CustomizedMetricSpecification`: a metric by name, or an expression over several.

use crate::ids::ServiceId;
use crate::policy::metric_math::{Expression, MathErrorKind};
use crate::scenario::aws::alarm::{Around, Watched};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::plan::{AlarmMetric, CustomMetric, ScalableTargetPlan, ServicePlan};
use crate::scenario::reader::Field;

/// Metrics that an expression may have (API TargetTrackingMetricDataQuery: ten).
const METRICS_MAX: usize = 10;

/// The scaled service, where it is known.
type Scaled<'a> = Option<(ServiceId, &'a ServicePlan)>;

/// A metric, with the part of the service's requests that it counts.
type Counted = (AlarmMetric, f64);

/// Reads a metric of the policy's own making.
pub(super) fn metric(
    field: &Field<'_>,
    around: &Around<'_>,
    service: Scaled<'_>,
) -> Option<CustomMetric> {
    let mut map = field.map()?;
    let metrics = map.field("Metrics");
    let Some(metrics) = metrics else {
        let statistic = map.required("Statistic");
        let shape = "application-autoscaling.MetricDimension";
        let watched = Watched::read_at(&mut map, around, (statistic.as_ref(), shape));
        map.str("Unit");
        map.finish_aws("application-autoscaling.CustomizedMetricSpecification");
        let metric = of_service(watched?, field, around, service)?;
        return Some(CustomMetric {
            name: metric.0.name().to_owned(),
            expression: Expression::of_metric(0),
            metrics: vec![metric],
        });
    };
    for name in ["MetricName", "Namespace", "Statistic", "Dimensions", "Unit"] {
        if let Some(field) = map.field(name) {
            let message = format!("a metric has Metrics or a {name}, not both");
            field.error("invalid-entry", message).report();
        }
    }
    map.finish_aws("application-autoscaling.CustomizedMetricSpecification");
    math(&metrics, around, service)
}

/// One entry of `Metrics`.
struct Query<'a> {
    id: String,
    is_returned: bool,
    label: Option<String>,
    expression: Option<Field<'a>>,
    metric: Option<Counted>,
    place: Field<'a>,
}

fn math(metrics: &Field<'_>, around: &Around<'_>, service: Scaled<'_>) -> Option<CustomMetric> {
    let items = metrics.list()?;
    if let Some(first_too_many) = items.get(METRICS_MAX) {
        let message = format!(
            "{} metrics, an expression has {METRICS_MAX} at the most",
            items.len()
        );
        first_too_many.error("too-many", message).report();
        return None;
    }
    let read: Vec<Option<Query<'_>>> = items
        .iter()
        .map(|item| query(item, around, service))
        .collect();
    let queries = read.into_iter().collect::<Option<Vec<_>>>()?;
    for (at, query) in queries.iter().enumerate() {
        if queries[..at].iter().any(|other| other.id == query.id) {
            let message = format!("two metrics have the id \"{}\"", query.id);
            query.place.error("duplicate-name", message).report();
            return None;
        }
    }
    let mut returned = queries.iter().filter(|query| query.is_returned);
    let (Some(result), None) = (returned.next(), returned.next()) else {
        let message = "one of the metrics has to be returned, and only one";
        let help = "write ReturnData: true at the one that is tracked and ReturnData: false at \
                    the others";
        metrics.error("invalid-entry", message).help(help).report();
        return None;
    };
    let sources = queries
        .iter()
        .filter_map(|query| Some((query.id.as_str(), query.metric?)));
    let (ids, metrics): (Vec<&str>, Vec<Counted>) = sources.unzip();
    let (expression, words) = match &result.expression {
        None => {
            let index = ids.iter().position(|id| *id == result.id)?;
            (Expression::of_metric(index), metrics[index].0.name())
        }
        Some(field) => (parse(field, &ids)?, field.str()?),
    };
    Some(CustomMetric {
        name: result.label.clone().unwrap_or_else(|| words.to_owned()),
        expression,
        metrics,
    })
}

fn parse(field: &Field<'_>, ids: &[&str]) -> Option<Expression> {
    match Expression::parse(field.str()?, ids) {
        Ok(expression) => Some(expression),
        Err(wrong) => {
            let help = match &wrong.kind {
                MathErrorKind::UnknownId(id) => suggestion(id, ids.iter().copied()),
                MathErrorKind::Function(_) => {
                    Some("there are numbers, ids, + - * / and parentheses".to_owned())
                }
                _ => None,
            };
            let pending = field.error("invalid-expression", wrong.to_string());
            match help {
                Some(help) => pending.help(help).report(),
                None => pending.report(),
            }
            None
        }
    }
}

fn query<'a>(item: &Field<'a>, around: &Around<'_>, service: Scaled<'_>) -> Option<Query<'a>> {
    let mut map = item.map()?;
    let id = map.required("Id").and_then(|field| field.str());
    let is_returned = map.bool("ReturnData").unwrap_or(true);
    let label = map.str("Label").map(str::to_owned);
    let expression = map.field("Expression");
    let stat = map.field("MetricStat");
    let metric = stat
        .as_ref()
        .map(|field| self::stat(field, around, service));
    if stat.is_some() == expression.is_some() {
        let message = "a metric has either a MetricStat or an Expression";
        item.error("invalid-entry", message).report();
        return None;
    }
    map.finish_aws("application-autoscaling.TargetTrackingMetricDataQuery");
    Some(Query {
        id: id?.to_owned(),
        is_returned,
        label,
        expression,
        metric: match metric {
            Some(read) => Some(read?),
            None => None,
        },
        place: item.clone(),
    })
}

fn stat(field: &Field<'_>, around: &Around<'_>, service: Scaled<'_>) -> Option<Counted> {
    let mut map = field.map()?;
    let statistic = map.required("Stat");
    let metric = map.required("Metric").and_then(|field| field.map());
    map.str("Unit");
    map.finish_aws("application-autoscaling.TargetTrackingMetricStat");
    let mut metric = metric?;
    let watched = Watched::read_at(
        &mut metric,
        around,
        (
            statistic.as_ref(),
            "application-autoscaling.TargetTrackingMetricDimension",
        ),
    );
    metric.finish_aws("application-autoscaling.TargetTrackingMetric");
    of_service(watched?, field, around, service)
}

/// The metric, which has to be of the service that is scaled.
fn of_service(
    watched: Watched,
    place: &Field<'_>,
    around: &Around<'_>,
    service: Scaled<'_>,
) -> Option<Counted> {
    let (id, plan) = service?;
    if watched.service != id {
        let message = format!(
            "the policy scales {}, and the metric is of {}: that is not simulated yet",
            plan.name,
            around.services[watched.service.index()].name
        );
        let help = "track a metric of the service that is scaled, or of the queue it pulls from";
        place.error("not-built-yet", message).help(help).report();
        return None;
    }
    Some((watched.metric, watched.part))
}

/// A metric per running task has no data point at 0 tasks, and no alarm goes off without one.
pub(super) fn warn_of_none(place: &Field<'_>, target: &ScalableTargetPlan, metric: &CustomMetric) {
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
