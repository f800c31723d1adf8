//! Metric math: `Metrics`, a list of metrics and an expression over them, as alarms and target
//! tracking policies have it.

use crate::policy::metric_math::{Expression, MathErrorKind};
use crate::scenario::context::not_built;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::plan::WatchedMetric;
use crate::scenario::reader::Field;

use super::{Around, Watched};

/// Metrics that an expression may have (API TargetTrackingMetricDataQuery: ten; CloudWatch user
/// guide, Create-alarm-on-metric-math-expression: ten).
const METRICS_MAX: usize = 10;

/// AWS's names for the shapes of a list of metrics.
#[derive(Clone, Copy)]
pub(in crate::scenario::aws) struct Shapes {
    pub(in crate::scenario::aws) query: &'static str,
    pub(in crate::scenario::aws) stat: &'static str,
    pub(in crate::scenario::aws) metric: &'static str,
    pub(in crate::scenario::aws) dimension: &'static str,
    /// What is done with the one that is returned.
    pub(in crate::scenario::aws) verb: &'static str,
}

/// What a list of metrics comes to, before it is known whose they are.
pub(in crate::scenario::aws) struct Math<'a> {
    /// A `Label`, a metric's name, or the expression itself.
    name: String,
    expression: Expression,
    /// The metrics, where each stands, and the fields that say of which period.
    pub(in crate::scenario::aws) metrics: Vec<(Watched, Field<'a>)>,
    /// Where a `Period` stands.
    pub(super) periods: Vec<Field<'a>>,
}

impl Math<'_> {
    /// The metric that comes of it.
    pub(in crate::scenario::aws) fn into_metric(self) -> WatchedMetric {
        let metrics = self.metrics.iter();
        WatchedMetric {
            name: self.name,
            expression: self.expression,
            is_published: false,
            metrics: metrics.map(|(it, _)| (it.metric, it.part)).collect(),
        }
    }
}

/// One entry of `Metrics`.
struct Query<'a> {
    id: String,
    is_returned: bool,
    label: Option<String>,
    expression: Option<Field<'a>>,
    metric: Option<(Watched, Field<'a>)>,
    periods: Vec<Field<'a>>,
    place: Field<'a>,
}

/// Reads `Metrics`; reports what is wrong with it.
pub(in crate::scenario::aws) fn math<'a>(
    metrics: &Field<'a>,
    around: &Around<'_>,
    shapes: Shapes,
) -> Option<Math<'a>> {
    let mut queries = queries(metrics, around, shapes)?;
    let returned: Vec<usize> = (0..queries.len())
        .filter(|at| queries[*at].is_returned)
        .collect();
    let [result] = returned.as_slice() else {
        let message = "one of the metrics has to be returned, and only one";
        let help = format!(
            "write ReturnData: true at the one that is {} and ReturnData: false at the others",
            shapes.verb
        );
        metrics.error("invalid-entry", message).help(help).report();
        return None;
    };
    let of_metrics = queries.iter().filter(|query| query.metric.is_some());
    let ids: Vec<String> = of_metrics.map(|query| query.id.clone()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let result = &queries[*result];
    let (expression, words) = match (&result.expression, &result.metric) {
        (Some(field), _) => (parse(field, &ids, &queries)?, field.str()?.to_owned()),
        (None, metric) => {
            let index = ids.iter().position(|id| *id == result.id)?;
            let name = metric.as_ref()?.0.metric.name();
            (Expression::of_metric(index), name.to_owned())
        }
    };
    Some(Math {
        name: result.label.clone().unwrap_or(words),
        expression,
        periods: queries
            .iter_mut()
            .flat_map(|query| std::mem::take(&mut query.periods))
            .collect(),
        metrics: queries.into_iter().filter_map(|it| it.metric).collect(),
    })
}

/// The entries, each with an id of its own.
fn queries<'a>(metrics: &Field<'a>, around: &Around<'_>, shapes: Shapes) -> Option<Vec<Query<'a>>> {
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
        .map(|item| query(item, around, shapes))
        .collect();
    let queries = read.into_iter().collect::<Option<Vec<_>>>()?;
    for (at, query) in queries.iter().enumerate() {
        if queries[..at].iter().any(|other| other.id == query.id) {
            let message = format!("two metrics have the id \"{}\"", query.id);
            query.place.error("duplicate-name", message).report();
            return None;
        }
    }
    Some(queries)
}

fn parse(field: &Field<'_>, ids: &[&str], queries: &[Query<'_>]) -> Option<Expression> {
    match Expression::parse(field.str()?, ids) {
        Ok(expression) => Some(expression),
        Err(wrong) => {
            let is_expression = |id: &str| queries.iter().any(|query| query.id == id);
            let help = match &wrong.kind {
                MathErrorKind::UnknownId(id) if is_expression(id) => Some(format!(
                    "{id} is an expression itself: write it out here, in parentheses"
                )),
                MathErrorKind::UnknownId(id) => suggestion(id, ids.iter().copied()),
                MathErrorKind::Function(name) if name.starts_with(char::is_lowercase) => {
                    Some(format!(
                        "functions are written in capital letters: {}",
                        name.to_uppercase()
                    ))
                }
                MathErrorKind::Function(_) => Some(
                    "there are numbers, ids, + - * / ^, comparisons, AND, OR, parentheses, IF, \
                     FILL with a number, ABS, CEIL, FLOOR, LOG, LOG10, and AVG, MAX, MIN, SUM of a \
                     list"
                        .to_owned(),
                ),
                MathErrorKind::OfThePast(name) => {
                    Some(format!("{name} is of a list here: {name}([m1, m2])"))
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

fn query<'a>(item: &Field<'a>, around: &Around<'_>, shapes: Shapes) -> Option<Query<'a>> {
    let mut map = item.map()?;
    let id = map.required("Id").and_then(|field| {
        let id = field.str()?;
        let belongs = |it: char| it.is_ascii_alphanumeric() || it == '_';
        if !id.starts_with(|first: char| first.is_ascii_lowercase()) || !id.chars().all(belongs) {
            let message = format!(
                "\"{id}\" is no id: letters, digits and _, a small letter first (API \
                 MetricDataQuery)"
            );
            field.error("invalid-name", message).help("Id: m1").report();
        }
        Some(id)
    });
    let is_returned = map.bool("ReturnData").unwrap_or(true);
    let label = map.str("Label").map(str::to_owned);
    let expression = map.field("Expression");
    let mut periods: Vec<Field<'a>> = map.field("Period").into_iter().collect();
    if let Some(account) = map.field("AccountId") {
        not_built(&account);
    }
    let stat = map.field("MetricStat");
    let metric = stat
        .as_ref()
        .map(|field| self::stat(field, around, shapes, &mut periods));
    if stat.is_some() == expression.is_some() {
        let message = "a metric has either a MetricStat or an Expression";
        item.error("invalid-entry", message).report();
        return None;
    }
    map.finish_aws(shapes.query);
    Some(Query {
        id: id?.to_owned(),
        is_returned,
        label,
        expression,
        metric: match metric {
            Some(read) => Some((read?, stat?)),
            None => None,
        },
        periods,
        place: item.clone(),
    })
}

fn stat<'a>(
    field: &Field<'a>,
    around: &Around<'_>,
    shapes: Shapes,
    periods: &mut Vec<Field<'a>>,
) -> Option<Watched> {
    let mut map = field.map()?;
    let statistic = map.required("Stat");
    let metric = map.required("Metric").and_then(|field| field.map());
    map.str("Unit");
    periods.extend(map.field("Period"));
    map.finish_aws(shapes.stat);
    let mut metric = metric?;
    let at = (statistic.as_ref(), shapes.dimension);
    let watched = Watched::read_at(&mut metric, around, at);
    metric.finish_aws(shapes.metric);
    watched
}
