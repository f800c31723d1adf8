//! The charts of a run that was just played, from its series in memory.

use crate::billing::hourly;
use crate::demand::period::PERIOD;
use crate::engine::SimDuration;
use crate::experiment::run::PlayedRun;
use crate::ids::ServiceId;
use crate::observe::series::{LoadRun, MetricStore};
use crate::report::page::figure::{Axis, Figure, Ink, Line, Panel, Places, Style, Unit};
use crate::scenario::plan::Plan;

/// Periods that a chart shows at most: what a screen has room for.
const PERIODS_MAX: u64 = 720;
/// Services that are shown, the first of the plan.
const SERVICES_MAX: usize = 6;
/// Microseconds of a millisecond.
const MS: f64 = 1e3;

/// Sees to it that a run keeps the series that the charts are of, in as many periods as they show,
/// and nothing that only files need.
pub(super) fn record(plan: &mut Plan) {
    plan.record.metrics = Some(period(plan));
    plan.record.tasks = false;
    plan.record.events = false;
    plan.record.decisions = false;
}

/// What a point of a chart sums up: whole minutes.
pub(super) fn period(plan: &Plan) -> SimDuration {
    let minutes = plan.run.duration.as_micros().div_ceil(PERIOD.as_micros());
    SimDuration::from_secs(60 * minutes.div_ceil(PERIODS_MAX).max(1))
}

/// The charts: cost, then what each service was asked, had and answered.
pub(super) fn of(plan: &Plan, played: &PlayedRun) -> Vec<Figure> {
    let observed = &played.outcome.observed;
    let from = plan.run.start.as_millisecond();
    let Some(store) = &observed.metrics else {
        return Vec::new();
    };
    let places = |step: SimDuration| Places::Even {
        from,
        step: step.as_micros() as f64 / MS,
    };
    let mut all = Vec::new();
    let with_load = |id: &usize| !store.services[*id].loads.is_empty();
    let asked = (0..plan.services.len()).filter(with_load);
    for index in asked.take(SERVICES_MAX) {
        let id = ServiceId::from_index(index);
        all.extend(service(plan, store, id, &places(store.period)));
    }
    if all.is_empty() {
        all.push(tasks_only(store, &places(store.period)));
    }
    let hours = hourly(&played.bill, &observed.usage, &plan.prices);
    let length = hours.iter().map(|it| it.usd.len()).max().unwrap_or(0);
    let total = (0..length)
        .map(|hour| hours.iter().filter_map(|it| it.usd.get(hour)).sum())
        .collect();
    let line = Line::new(
        "cost",
        Style::Line,
        Ink::Nth(4),
        places(SimDuration::from_secs(3_600)),
        total,
    );
    all.push(figure(
        "cost",
        "Cost",
        vec![Panel::new("USD an hour", Unit::Usd, vec![line])],
    ));
    all.retain(|it: &Figure| !it.is_empty());
    all
}

fn figure(id: &str, title: &str, panels: Vec<Panel>) -> Figure {
    Figure {
        id: id.to_owned(),
        title: title.to_owned(),
        says: String::new(),
        note: String::new(),
        x: Axis::Time,
        panels: panels
            .into_iter()
            .filter(|it| !it.lines.is_empty())
            .collect(),
    }
}

/// A value of each period; gaps are no numbers.
fn values(loads: &[LoadRun], periods: usize, of: impl Fn(&LoadRun) -> f64) -> Vec<f64> {
    let mut values = vec![f64::NAN; periods];
    for run in loads {
        let first = run.first as usize;
        let range = first.min(periods)..(first + run.count as usize).min(periods);
        values[range].fill(of(run));
    }
    values
}

fn service(plan: &Plan, store: &MetricStore, id: ServiceId, places: &Places) -> Option<Figure> {
    let series = &store.services[id.index()];
    let loads = &series.loads;
    let periods = store.cluster_tasks.len();
    let name = &plan.service(id).name;
    let line = |name: &str, style, ink, of: &dyn Fn(&LoadRun) -> f64| {
        Line::new(name, style, ink, places.clone(), values(loads, periods, of))
    };
    let seconds = |run: &LoadRun| 60.0 * f64::from(run.sample.minutes.max(1));
    let mut counts = [vec![f64::NAN; periods], vec![f64::NAN; periods]];
    for run in &series.counts {
        let first = run.first as usize;
        let range = first.min(periods)..(first + run.count as usize).min(periods);
        counts[0][range.clone()].fill(f64::from(run.counts.desired.mean));
        counts[1][range].fill(f64::from(run.counts.running.mean));
    }
    let [desired, running] = counts;
    let percent = |used: f32, reserved: f32| match 0.0 < reserved {
        true => f64::from(100.0 * used / reserved),
        false => f64::NAN,
    };
    let requests = line("requests", Style::Line, Ink::Nth(0), &|run| {
        run.sample.requests / seconds(run)
    });
    let failed = line("failed", Style::Line, Ink::Failure, &|run| {
        f64::from(run.sample.failed) / seconds(run)
    });
    let cpu = line("CPU", Style::Line, Ink::Nth(2), &|run| {
        percent(run.sample.cpu_used, run.sample.cpu_reserved)
    });
    let p99 = line("p99", Style::Line, Ink::Nth(3), &|run| {
        f64::from(run.sample.response_quantiles[3])
    });
    let at = |name: &str, style, ink, y| Line::new(name, style, ink, places.clone(), y);
    let tasks = vec![
        at("desired", Style::Dashed, Ink::Limit, desired),
        at("RUNNING", Style::Line, Ink::Nth(0), running),
    ];
    let panels = vec![
        Panel::new("requests a second", Unit::Count, vec![requests, failed]),
        Panel::new("tasks", Unit::Count, tasks),
        Panel::new("CPU utilization", Unit::Percent, vec![cpu]),
        Panel::new("response time, p99", Unit::Seconds, vec![p99]),
    ];
    let made = figure(&format!("service-{}", id.index()), name, panels);
    (!made.is_empty()).then_some(made)
}

/// Where no service is asked anything: RUNNING tasks of the cluster.
fn tasks_only(store: &MetricStore, places: &Places) -> Figure {
    let means = store
        .cluster_tasks
        .iter()
        .map(|it| f64::from(*it))
        .collect();
    let line = Line::new("RUNNING", Style::Line, Ink::Nth(0), places.clone(), means);
    figure(
        "tasks",
        "Tasks",
        vec![Panel::new("tasks", Unit::Count, vec![line])],
    )
}
