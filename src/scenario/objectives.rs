//! `objectives:`: what is to hold.

use super::aws::Aws;
use super::context::{Context, bounded, not_built, not_built_value, unknown_name};
use super::plan::{Bound, ObjectiveMetric, ObjectivePlan, Scope, Statistic};
use super::reader::{Field, MapReader};
use super::values::{self, ValueError};

const OBJECTIVES_MAX: usize = 1_000;

const METRICS: [(&str, Option<ObjectiveMetric>); 10] = [
    (
        "TargetResponseTime",
        Some(ObjectiveMetric::TargetResponseTime),
    ),
    ("CPUUtilization", Some(ObjectiveMetric::CpuUtilization)),
    (
        "MemoryUtilization",
        Some(ObjectiveMetric::MemoryUtilization),
    ),
    (
        "ApproximateAgeOfOldestMessage",
        Some(ObjectiveMetric::OldestMessage),
    ),
    ("FailedRequests", Some(ObjectiveMetric::FailedRequests)),
    ("RunningTaskCount", Some(ObjectiveMetric::RunningTaskCount)),
    ("LaunchDelay", Some(ObjectiveMetric::LaunchDelay)),
    ("Interruptions", Some(ObjectiveMetric::Interruptions)),
    ("Cost", Some(ObjectiveMetric::Cost { per_month: false })),
    ("CompletedAt", None),
];

/// Reads the block.
pub(super) fn read(_cx: &Context<'_>, root: &mut MapReader<'_>, aws: &Aws) -> Vec<ObjectivePlan> {
    let fields = bounded(root, "objectives", OBJECTIVES_MAX);
    fields
        .iter()
        .filter_map(|field| objective(field, aws))
        .collect()
}

fn objective(field: &Field<'_>, aws: &Aws) -> Option<ObjectivePlan> {
    let mut map = field.map()?;
    let metric_field = map.required("metric");
    let metric = match metric_field
        .as_ref()
        .and_then(|field| field.choice(&METRICS))
    {
        Some(Some(metric)) => metric,
        Some(None) => {
            metric_field.iter().for_each(not_built_value);
            map.finish_open();
            return None;
        }
        None => {
            map.finish_open();
            return None;
        }
    };
    let metric = with_period(metric, &mut map);
    let service_field = map.field("service");
    let service = service_field.as_ref().and_then(|field| aws.service(field));
    if matches!(metric, ObjectiveMetric::Cost { .. }) {
        cost_scope(&mut map, service_field.as_ref());
    }
    let stat = map.field("stat");
    let statistic = match &stat {
        Some(field) => field.value("a statistic", statistic),
        None => Some(usual_statistic(metric)),
    };
    let bound = bound(&mut map, metric);
    let (scope_field, mut scope) = (map.field("in"), Some(Scope::Run));
    if let Some(field) = &scope_field {
        scope = field.value("a share of minutes", share_of_minutes);
    }
    map.finish();
    let (bound, bound_text) = bound?;
    let text = sentence(
        metric,
        [
            metric_field
                .and_then(|field| field.str())
                .map(str::to_owned),
            service_field
                .and_then(|field| field.str())
                .map(|name| format!("of {name}")),
            stat.and_then(|field| field.str()).map(str::to_owned),
            Some(bound_text),
            scope_field
                .and_then(|field| field.str())
                .map(|text| format!("in {text}")),
        ],
    );
    Some(ObjectivePlan {
        text,
        metric,
        service,
        statistic: statistic?,
        bound,
        scope: scope?,
    })
}

/// `per: month` of a cost.
fn with_period(metric: ObjectiveMetric, map: &mut MapReader<'_>) -> ObjectiveMetric {
    let ObjectiveMetric::Cost { .. } = metric else {
        return metric;
    };
    let per_month = map.choice("per", &[("month", true), ("run", false)]);
    ObjectiveMetric::Cost {
        per_month: per_month.unwrap_or(false),
    }
}

/// `of: total`, the only cost that is judged yet.
fn cost_scope(map: &mut MapReader<'_>, service: Option<&Field<'_>>) {
    if let Some(field) = map.field("of")
        && let Some(name) = field.str()
        && name != "total"
    {
        unknown_name(&field, "cost", name, ["total"]);
    }
    if let Some(field) = service {
        not_built(field);
    }
}

fn usual_statistic(metric: ObjectiveMetric) -> Statistic {
    match metric {
        ObjectiveMetric::TargetResponseTime
        | ObjectiveMetric::CpuUtilization
        | ObjectiveMetric::MemoryUtilization
        | ObjectiveMetric::OldestMessage
        | ObjectiveMetric::RunningTaskCount
        | ObjectiveMetric::LaunchDelay => Statistic::Average,
        ObjectiveMetric::FailedRequests
        | ObjectiveMetric::Interruptions
        | ObjectiveMetric::Cost { .. } => Statistic::Sum,
    }
}

fn statistic(text: &str) -> Result<Statistic, ValueError> {
    let fixed = [
        ("Average", Statistic::Average),
        ("Minimum", Statistic::Minimum),
        ("Maximum", Statistic::Maximum),
        ("Sum", Statistic::Sum),
    ];
    if let Some((_, found)) = fixed
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(text))
    {
        return Ok(*found);
    }
    let percentile = text.strip_prefix('p').map(values::number);
    match percentile {
        Some(Ok(percent)) if 0.0 < percent && percent < 100.0 => {
            Ok(Statistic::Quantile(percent / 100.0))
        }
        _ => Err(ValueError::new(
            format!("\"{text}\" is no statistic"),
            "write Average, Minimum, Maximum, Sum, or a percentile like p99 or p99.9",
        )),
    }
}

/// `below` or `above`, in the metric's unit, and the bound in words.
fn bound(map: &mut MapReader<'_>, metric: ObjectiveMetric) -> Option<(Bound, String)> {
    let (below, above) = (map.field("below"), map.field("above"));
    let (field, word) = match (below, above) {
        (Some(field), None) => (field, "below"),
        (None, Some(field)) => (field, "above"),
        (None, None) | (Some(_), Some(_)) => {
            map.error(
                "invalid-objective",
                "an objective has either below or above",
            )
            .report();
            return None;
        }
    };
    let value = match metric {
        ObjectiveMetric::TargetResponseTime
        | ObjectiveMetric::OldestMessage
        | ObjectiveMetric::LaunchDelay => field.duration()?.as_secs_f64(),
        ObjectiveMetric::CpuUtilization | ObjectiveMetric::MemoryUtilization => {
            field.value("a percentage", percentage)?
        }
        ObjectiveMetric::FailedRequests => field.share()?,
        ObjectiveMetric::RunningTaskCount | ObjectiveMetric::Interruptions => {
            field.f64(0.0..=f64::MAX)?
        }
        ObjectiveMetric::Cost { .. } => field.money()?.usd(),
    };
    let text = format!("{word} {}", field.str()?);
    let bound = if word == "below" {
        Bound::Below(value)
    } else {
        Bound::Above(value)
    };
    Some((bound, text))
}

/// A percentage that may pass 100, as ECS's utilizations do.
fn percentage(text: &str) -> Result<f64, ValueError> {
    let number = text.trim().strip_suffix('%').map(values::number);
    match number {
        Some(Ok(percent)) if 0.0 <= percent => Ok(percent),
        _ => Err(ValueError::new(
            format!("\"{text}\" is no percentage"),
            "write it in per cent, like 70 %",
        )),
    }
}

/// `99.9 % of minutes`.
fn share_of_minutes(text: &str) -> Result<Scope, ValueError> {
    let share = text.trim().strip_suffix("of minutes").map(values::share);
    match share {
        Some(Ok(share)) => Ok(Scope::Minutes(share)),
        _ => Err(ValueError::new(
            format!("\"{text}\" is no share of minutes"),
            "write it like 99.9 % of minutes",
        )),
    }
}

fn sentence(metric: ObjectiveMetric, parts: [Option<String>; 5]) -> String {
    let mut words: Vec<String> = parts.into_iter().flatten().collect();
    if let ObjectiveMetric::Cost { per_month: true } = metric {
        words.push("per month".to_owned());
    }
    words.join(" ")
}
