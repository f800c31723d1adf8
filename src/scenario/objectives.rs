//! `objectives:`: what is to hold.

use super::aws::Aws;
use super::context::{bounded, unknown_name};
use super::plan::{Bound, ObjectiveMetric, ObjectivePlan, RunPlan, Scope, Statistic};
use super::reader::{Field, MapReader};
use super::values::{self, ValueError};

mod completion;

const OBJECTIVES_MAX: usize = 1_000;

const METRICS: [(&str, ObjectiveMetric); 12] = [
    ("TargetResponseTime", ObjectiveMetric::TargetResponseTime),
    ("CPUUtilization", ObjectiveMetric::CpuUtilization),
    ("MemoryUtilization", ObjectiveMetric::MemoryUtilization),
    (
        "ApproximateAgeOfOldestMessage",
        ObjectiveMetric::OldestMessage,
    ),
    ("FailedRequests", ObjectiveMetric::FailedRequests),
    ("RunningTaskCount", ObjectiveMetric::RunningTaskCount),
    ("LaunchDelay", ObjectiveMetric::LaunchDelay),
    ("Interruptions", ObjectiveMetric::Interruptions),
    ("InterruptedTasks", ObjectiveMetric::InterruptedTasks),
    ("LostWork", ObjectiveMetric::LostWork),
    ("Cost", ObjectiveMetric::Cost { per_month: false }),
    ("CompletedAt", ObjectiveMetric::CompletedAt),
];

/// Reads the block.
pub(super) fn read(root: &mut MapReader<'_>, run: &RunPlan, aws: &Aws) -> Vec<ObjectivePlan> {
    let fields = bounded(root, "objectives", OBJECTIVES_MAX);
    fields
        .iter()
        .filter_map(|field| objective(field, run, aws))
        .collect()
}

fn objective(field: &Field<'_>, run: &RunPlan, aws: &Aws) -> Option<ObjectivePlan> {
    let mut map = field.map()?;
    let metric_field = map.required("metric");
    let Some(metric) = metric_field
        .as_ref()
        .and_then(|field| field.choice(&METRICS))
    else {
        map.finish_open();
        return None;
    };
    let metric = with_period(metric, &mut map);
    let service_field = map.field("service");
    let service = service_field.as_ref().and_then(|field| aws.service(field));
    if matches!(metric, ObjectiveMetric::Cost { .. }) {
        cost_scope(&mut map);
    }
    let probability = map.field("probability");
    let sure = probability.as_ref().and_then(certainty);
    let probability = probability.and_then(|field| field.str());
    let completion = completion::read(&mut map, metric, (run, aws));
    let stat = map.field("stat");
    let statistic = statistic_of(metric, stat.as_ref());
    let scope_field = map.field("in");
    let scope = scope_of(metric, scope_field.as_ref());
    let bound = match &completion {
        None => bound(&mut map, metric),
        Some(read) => read
            .as_ref()
            .map(|read| (Bound::Above(0.0), read.words.clone())),
    };
    map.finish();
    let (bound, mut bound_text) = bound?;
    if metric == (ObjectiveMetric::Cost { per_month: true }) {
        bound_text += " per month";
    }
    let text = sentence([
        words(metric_field).map(str::to_owned),
        words(service_field).map(|name| format!("of {name}")),
        words(stat).map(str::to_owned),
        Some(bound_text),
        words(scope_field).map(|text| format!("in {text}")),
        probability.map(|text| format!("with a probability of {text}")),
    ]);
    Some(ObjectivePlan {
        text,
        metric,
        service,
        statistic: statistic?,
        bound,
        scope: scope?,
        completion: match completion {
            Some(read) => Some(read?.plan),
            None => None,
        },
        probability: sure,
    })
}

/// `probability`, above 0.
fn certainty(field: &Field<'_>) -> Option<f64> {
    let sure = field.share();
    if sure == Some(0.0) {
        let message = "what holds with a probability of 0 always holds";
        let help = "write a share above 0, like 95 %";
        field
            .error("invalid-objective", message)
            .help(help)
            .report();
    }
    sure
}

/// `stat`, or the usual one.
fn statistic_of(metric: ObjectiveMetric, stat: Option<&Field<'_>>) -> Option<Statistic> {
    let Some(field) = stat else {
        return Some(usual_statistic(metric));
    };
    let found = field.value("a statistic", statistic)?;
    if !has_statistic(metric, found) {
        let message = format!("{} has no such statistic", name_of(metric));
        let help = match usual_statistic(metric) {
            Statistic::Sum => "leave out stat: it is one number",
            _ => {
                "write Average, Minimum or Maximum; response times and delays have percentiles too"
            }
        };
        field.error("no-statistic", message).help(help).report();
    }
    Some(found)
}

/// `in`, or the whole run.
fn scope_of(metric: ObjectiveMetric, within: Option<&Field<'_>>) -> Option<Scope> {
    let Some(field) = within else {
        return Some(usual_scope(metric));
    };
    match metric {
        _ if has_no_minutes(metric) => {
            let message = format!("{} is of the whole run, not of minutes", name_of(metric));
            let help = "leave out in; of several runs, probability says in how many it holds";
            field.error("no-minutes", message).help(help).report();
            None
        }
        ObjectiveMetric::CompletedAt => field.value("a share of runs", share_of_runs),
        _ => field.value("a share of minutes", share_of_minutes),
    }
}

fn name_of(metric: ObjectiveMetric) -> &'static str {
    let is_it = |(_, known): &&(&str, ObjectiveMetric)| match (known, metric) {
        (ObjectiveMetric::Cost { .. }, ObjectiveMetric::Cost { .. }) => true,
        (known, metric) => *known == metric,
    };
    METRICS.iter().find(is_it).map_or("it", |(name, _)| name)
}

/// Whether a run has one number of it, and a minute none.
fn has_no_minutes(metric: ObjectiveMetric) -> bool {
    matches!(
        metric,
        ObjectiveMetric::LaunchDelay
            | ObjectiveMetric::Interruptions
            | ObjectiveMetric::InterruptedTasks
            | ObjectiveMetric::LostWork
            | ObjectiveMetric::Cost { .. }
    )
}

/// Whether a metric has a statistic: of sums and shares there is one number, of utilizations and
/// counts no sum.
fn has_statistic(metric: ObjectiveMetric, statistic: Statistic) -> bool {
    match metric {
        _ if usual_statistic(metric) == Statistic::Sum => statistic == Statistic::Sum,
        ObjectiveMetric::RunningTaskCount => {
            !matches!(statistic, Statistic::Sum | Statistic::Quantile(_))
        }
        ObjectiveMetric::CpuUtilization
        | ObjectiveMetric::MemoryUtilization
        | ObjectiveMetric::OldestMessage => statistic != Statistic::Sum,
        _ => true,
    }
}

fn words(field: Option<Field<'_>>) -> Option<&str> {
    field.and_then(|field| field.str())
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

/// `of: total`, of all or of the service that is named.
fn cost_scope(map: &mut MapReader<'_>) {
    if let Some(field) = map.field("of")
        && let Some(name) = field.str()
        && name != "total"
    {
        unknown_name(&field, "cost", name, ["total"]);
    }
}

/// What is judged where nothing is said of it.
fn usual_scope(metric: ObjectiveMetric) -> Scope {
    match metric {
        ObjectiveMetric::CompletedAt => Scope::Calls(1.0),
        _ => Scope::Run,
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
        | ObjectiveMetric::InterruptedTasks
        | ObjectiveMetric::LostWork
        | ObjectiveMetric::CompletedAt
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
        ObjectiveMetric::FailedRequests
        | ObjectiveMetric::InterruptedTasks
        | ObjectiveMetric::LostWork
        | ObjectiveMetric::CompletedAt => field.share()?,
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
        Some(Ok(share)) if 0.0 < share => Ok(Scope::Minutes(share)),
        _ => Err(ValueError::new(
            format!("\"{text}\" is no share of minutes above 0"),
            "write it like 99.9 % of minutes",
        )),
    }
}

/// `95 % of runs`.
fn share_of_runs(text: &str) -> Result<Scope, ValueError> {
    let share = text.trim().strip_suffix("of runs").map(values::share);
    match share {
        Some(Ok(share)) if 0.0 < share => Ok(Scope::Calls(share)),
        _ => Err(ValueError::new(
            format!("\"{text}\" is no share of a schedule's runs above 0"),
            "write it like 95 % of runs",
        )),
    }
}

fn sentence(parts: [Option<String>; 6]) -> String {
    let words: Vec<String> = parts.into_iter().flatten().collect();
    words.join(" ")
}
