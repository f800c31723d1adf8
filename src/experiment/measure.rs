//! What a sweep keeps of a run: one number a measure.

use super::objective::unit;
use super::run::PlayedRun;
use crate::observe::summary::RunSummary;
use crate::scenario::diagnostic::nearest;
use crate::scenario::plan::Plan;

/// A number that every run of a sweep has, or has not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Measure {
    /// Its column, ending in its unit: `cost_month_usd`.
    pub name: String,
    /// What it is.
    pub kind: MeasureKind,
    /// The index of the measure that each run's value is weighed by: a share of requests over
    /// replications is that of all their requests, and a mean of shares would weigh a quiet run
    /// like a busy one.
    pub weight: Option<usize>,
}

/// What a measure is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MeasureKind {
    /// The run's cost, USD.
    CostRun,
    /// The cost of a month of such runs, USD.
    CostMonth,
    /// The part of it that a capacity provider's tasks make; an empty name: what belongs to none.
    CostMonthOf(String),
    /// The value that an objective judges, by its index, in its own unit.
    Objective(usize),
    /// What that value is a share of: minutes, calls, first tries, tasks, hours of tasks.
    ObjectiveWeight(usize),
    /// RUNNING tasks, the mean over time.
    TasksMean,
    /// First tries and further ones.
    Requests,
    /// Tasks that were started.
    TasksStarted,
    /// USD a million requests.
    CostPerMillionRequests,
    /// First tries.
    FirstTries,
    /// Tasks that were RUNNING at any time, those that stood at the start among them.
    TasksRan,
    /// Tasks that were taken back, of those that were RUNNING at any time, percent.
    Interrupted,
    /// Tasks that were taken back.
    Interruptions,
    /// From being wanted to RUNNING, seconds: 95 % of tasks were faster.
    LaunchDelayP95,
    /// First tries that failed for good, percent.
    Failed,
    /// Mean response time, seconds.
    ResponseMean,
    /// 99th percentile of the response time, seconds.
    ResponseP99,
    /// Time in which a service's load model was outside its validated range, seconds.
    Distrust,
}

/// The measures of runs of `plans`: those of any of them.
pub fn measures<'a>(plans: impl Iterator<Item = &'a Plan>) -> Vec<Measure> {
    let mut providers: Vec<&str> = Vec::new();
    // By index: whether what the objective judges is a share.
    let mut objectives: Vec<bool> = Vec::new();
    for plan in plans {
        for provider in &plan.providers {
            if !providers.contains(&provider.name.as_str()) {
                providers.push(&provider.name);
            }
        }
        for (index, objective) in plan.objectives.iter().enumerate() {
            if objectives.len() <= index {
                objectives.push(false);
            }
            objectives[index] |= unit(objective) == "share";
        }
    }
    let measure = |name: &str, kind| Measure {
        name: name.to_owned(),
        kind,
        weight: None,
    };
    let mut measures = vec![
        measure("cost_run_usd", MeasureKind::CostRun),
        measure("cost_month_usd", MeasureKind::CostMonth),
    ];
    for provider in providers.into_iter().chain([""]) {
        let name = match provider {
            "" => "other".to_owned(),
            _ => provider.to_ascii_lowercase(),
        };
        measures.push(measure(
            &format!("cost_month_{name}_usd"),
            MeasureKind::CostMonthOf(provider.to_owned()),
        ));
    }
    for index in 0..objectives.len() {
        let name = format!("objective_{}_value", index + 1);
        measures.push(measure(&name, MeasureKind::Objective(index)));
    }
    measures.extend([
        measure("tasks_mean", MeasureKind::TasksMean),
        measure("interruptions", MeasureKind::Interruptions),
        measure("launch_delay_p95_s", MeasureKind::LaunchDelayP95),
        measure("failed_percent", MeasureKind::Failed),
        measure("response_mean_s", MeasureKind::ResponseMean),
        measure("response_p99_s", MeasureKind::ResponseP99),
        measure("distrust_s", MeasureKind::Distrust),
        measure("requests", MeasureKind::Requests),
        measure("tasks_started", MeasureKind::TasksStarted),
        measure(
            "cost_million_requests_usd",
            MeasureKind::CostPerMillionRequests,
        ),
        measure("interrupted_percent", MeasureKind::Interrupted),
        measure("first_tries", MeasureKind::FirstTries),
        measure("tasks_ran", MeasureKind::TasksRan),
    ]);
    for (index, _) in objectives.iter().enumerate().filter(|it| *it.1) {
        let name = format!("objective_{}_weight", index + 1);
        measures.push(measure(&name, MeasureKind::ObjectiveWeight(index)));
    }
    weigh(&mut measures);
    measures
}

/// Says of each share and mean of requests what it is of.
fn weigh(measures: &mut [Measure]) {
    let place = |kind: MeasureKind| measures.iter().position(|it| it.kind == kind);
    let requests = place(MeasureKind::Requests);
    let first_tries = place(MeasureKind::FirstTries);
    let tasks = place(MeasureKind::TasksRan);
    let kinds = measures.iter().map(|it| match it.kind {
        MeasureKind::Objective(index) => place(MeasureKind::ObjectiveWeight(index)),
        _ => None,
    });
    let of_objectives: Vec<Option<usize>> = kinds.collect();
    for (measure, of_objective) in measures.iter_mut().zip(of_objectives) {
        measure.weight = match measure.kind {
            MeasureKind::Objective(_) => of_objective,
            MeasureKind::Failed => first_tries,
            MeasureKind::ResponseMean | MeasureKind::CostPerMillionRequests => requests,
            MeasureKind::Interrupted => tasks,
            _ => None,
        };
    }
}

/// What to say where no measure has this name: the nearest ones, or all; `None` where one has.
pub fn help_if_unknown(name: &str, measures: &[Measure]) -> Option<String> {
    let names = || measures.iter().map(|measure| measure.name.as_str());
    if names().any(|known| known == name) {
        return None;
    }
    let near = nearest(name, names());
    Some(match near.is_empty() {
        true => format!("measures are {}", names().collect::<Vec<_>>().join(", ")),
        false => format!("did you mean {}?", near.join(" or ")),
    })
}

impl MeasureKind {
    /// The measure of a run; `None` where the run has none (no requests, no such objective).
    pub fn of(&self, played: &PlayedRun) -> Option<f64> {
        let summary = &played.outcome.observed.summary;
        let total = &summary.total;
        let value = match self {
            MeasureKind::CostRun => Some(played.bill.total.usd()),
            MeasureKind::CostMonth => Some(played.bill.total_month.usd()),
            MeasureKind::CostMonthOf(provider) => Some(cost_of(played, provider)),
            MeasureKind::Objective(index) => played.objectives.get(*index).and_then(|it| it.value),
            MeasureKind::ObjectiveWeight(index) => {
                played.objectives.get(*index).map(|it| it.weight)
            }
            MeasureKind::TasksMean => tasks_mean(summary),
            MeasureKind::Interruptions => Some(total.tasks.interruptions as f64),
            MeasureKind::LaunchDelayP95 => total.tasks.launch_delay.p95_s,
            MeasureKind::Failed => total.failed_percent,
            MeasureKind::ResponseMean => total.response.mean_s,
            MeasureKind::ResponseP99 => total.response.p99_s,
            MeasureKind::Distrust => distrust_s(summary),
            MeasureKind::Requests => Some(total.requests),
            MeasureKind::FirstTries => Some(first_tries(summary)),
            MeasureKind::TasksRan => Some(total.tasks.ran as f64),
            MeasureKind::TasksStarted => Some(total.tasks.started as f64),
            MeasureKind::CostPerMillionRequests => {
                let millions = total.requests / 1e6;
                (0.0 < millions).then(|| played.bill.total.usd() / millions)
            }
            MeasureKind::Interrupted => {
                let (taken, all) = (total.tasks.interruptions, total.tasks.ran);
                (0 < all).then(|| 100.0 * taken as f64 / all as f64)
            }
        };
        value.filter(|value| value.is_finite())
    }
}

fn cost_of(played: &PlayedRun, provider: &str) -> f64 {
    let subtotals = played.bill.by_provider();
    let found = subtotals.iter().find(|subtotal| subtotal.name == provider);
    found.map_or(0.0, |subtotal| subtotal.cost_month.usd())
}

fn first_tries(summary: &RunSummary) -> f64 {
    let loads = summary.services.iter().filter_map(|it| it.load.as_ref());
    loads.map(|load| load.first_tries).sum()
}

fn tasks_mean(summary: &RunSummary) -> Option<f64> {
    let hours: f64 = summary.providers.iter().map(|it| it.task_hours).sum();
    (0.0 < summary.measured_s()).then(|| hours * 3_600.0 / summary.measured_s())
}

fn distrust_s(summary: &RunSummary) -> Option<f64> {
    let loads = summary.services.iter().filter_map(|it| it.load.as_ref());
    loads.map(|load| load.distrust_any_s).reduce(f64::max)
}
