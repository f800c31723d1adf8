//! What a run comes to, in few figures.

use serde_json::{Value, json};

use crate::billing::MONTH_TELLING;
use crate::experiment::measure::MeasureKind;
use crate::experiment::objective::ObjectiveVerdict;
use crate::experiment::run::PlayedRun;
use crate::report::wording::{count, length, percent, seconds, share, usd};
use crate::scenario::plan::Plan;

/// The figures, each with its words, the objectives, and what a reader should know of them.
pub(super) fn of(plan: &Plan, played: &PlayedRun) -> Value {
    let objectives = played.objectives.iter().map(objective);
    json!({
        "figures": figures(plan, played),
        "objectives": objectives.collect::<Vec<_>>(),
        "caveats": played.caveats,
        "ended_because": played.ended_because(),
        "events": played.outcome.events,
    })
}

/// Figures that are shares: a change of them in percent could be meant as points.
const SHARES: [&str; 2] = ["Failed requests", "Outside the validated range"];

/// One figure: what it is, its value for comparing, its words; whether less of it is better.
fn figure(name: &str, value: f64, shown: String, less_is_better: Option<bool>) -> Value {
    json!({
        "name": name,
        "value": value,
        "shown": shown,
        "less_is_better": less_is_better,
        "is_share": SHARES.contains(&name),
    })
}

fn figures(plan: &Plan, played: &PlayedRun) -> Vec<Value> {
    let of = |kind: MeasureKind| kind.of(played);
    let mut all = Vec::new();
    let simulated_s = played.outcome.observed.summary.measured_s();
    let cost = match MONTH_TELLING <= plan.run.duration {
        true => of(MeasureKind::CostMonth).map(|it| ("Cost a month", it, usd(it))),
        false => of(MeasureKind::CostRun).map(|it| ("Cost of the run", it, usd(it))),
    };
    let mut add = |name: &str, value: Option<f64>, words: &dyn Fn(f64) -> String, less| {
        all.extend(value.map(|value| figure(name, value, words(value), less)));
    };
    if let Some((name, value, words)) = cost {
        add(name, Some(value), &|_| words.clone(), Some(true));
    }
    add(
        "Failed requests",
        of(MeasureKind::Failed),
        &|it| share(it / 100.0),
        Some(true),
    );
    let time = |it| seconds(Some(it));
    add(
        "Response time, p99",
        of(MeasureKind::ResponseP99),
        &time,
        Some(true),
    );
    add(
        "Response time, mean",
        of(MeasureKind::ResponseMean),
        &time,
        Some(true),
    );
    add(
        "RUNNING tasks, mean",
        of(MeasureKind::TasksMean),
        &tasks,
        None,
    );
    add(
        "Start of a task, p95",
        of(MeasureKind::LaunchDelayP95),
        &time,
        Some(true),
    );
    let interruptions = of(MeasureKind::Interruptions).filter(|it| 0.0 < *it);
    add("Interruptions", interruptions, &count, Some(true));
    let distrust = of(MeasureKind::Distrust).filter(|it| 0.0 < *it);
    let of_run = |it: f64| {
        format!(
            "{} ({})",
            length(it),
            percent(Some(100.0 * it / simulated_s))
        )
    };
    add("Outside the validated range", distrust, &of_run, Some(true));
    all
}

fn tasks(mean: f64) -> String {
    format!("{mean:.1}")
}

fn objective(verdict: &ObjectiveVerdict) -> Value {
    let shown = |value: f64| match verdict.unit {
        "seconds" => seconds(Some(value)),
        "percent" => percent(Some(value)),
        "share" => share(value),
        "usd" | "usd_per_month" => usd(value),
        _ => count(value),
    };
    json!({
        "text": verdict.text,
        "held": verdict.held,
        "value": verdict.value.map(shown),
    })
}
