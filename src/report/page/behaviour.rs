//! How it behaves: tasks by provider and state, and of each service demand and capacity, response
//! times, utilization; interruptions and what waits.

use std::collections::BTreeSet;

use serde_json::Value;

use super::data::RunData;
use super::figure::{Axis, Figure, Ink, Line, Panel, Style, Unit, slug};
use super::html::{Cell, Html, TableHtml};
use super::lives::{Counted, TaskLife, happened, most_at_once, most_in_each};
use super::most::{self, ROWS_MAX};
use super::services::{self, Chosen, OnDemand};
use super::{findings, service, utilization};
use crate::report::wording::{count, length, percent, seconds, share};
use crate::scenario::plan::{GroupPlan, ProviderKind};

/// Programs that have a colour of their own.
const SOURCES_MAX: usize = 12;
/// Columns of the counts of interruptions, seconds.
const INCIDENT_COLUMN_S: i64 = 3_600;

/// Writes the part of the page and adds its figures; those that are shown when they are asked for.
pub fn write(data: &RunData<'_>, html: &mut Html, figures: &mut Vec<Figure>) -> OnDemand {
    let chosen = Chosen::of_run(data);
    let on_demand = OnDemand::of(data, &chosen);
    html.open_section("behaviour", "How it behaves");
    services_table(data, &chosen, &on_demand, html);
    jobs(data, html);
    providers(data, html);
    let mut add = |figure: Option<Figure>, html: &mut Html| {
        if let Some(figure) = figure.filter(|figure| !figure.is_empty()) {
            figure.place(html);
            figures.push(figure);
        }
    };
    add(tasks(data), html);
    for index in &chosen.drawn {
        for figure in service::figures(data, *index) {
            add(Some(figure), html);
        }
    }
    let others = chosen.others.len();
    if 0 < others && data.metrics.is_some() {
        let says = format!(
            "These are the {} services that matter most, of {}: {}.",
            chosen.drawn.len(),
            data.plan.services.len(),
            services::WHICH
        );
        html.line("p", "note", &says);
        let name = format!("the {others} other services together");
        add(service::together(data, &chosen.others, &name), html);
        on_demand.place(data, others, html);
    }
    add(
        utilization::figure(data, &chosen.drawn, &chosen.others),
        html,
    );
    add(incidents(data), html);
    add(jobs_waiting(data), html);
    if data.metrics.is_none() {
        let says = "This run kept no series (record.metrics: none), so there are no charts of \
                    requests, response times and utilization.";
        html.line("p", "note", says);
    }
    html.close_section();
    on_demand
}

fn heads(heads: &[(&str, bool)]) -> Vec<(String, bool)> {
    let heads = heads.iter();
    heads
        .map(|(head, is_figure)| ((*head).to_owned(), *is_figure))
        .collect()
}

fn figure(value: &Value, show: impl Fn(Option<f64>) -> String) -> Cell {
    let number = value.as_f64();
    Cell::Sorted(show(number), number.unwrap_or(f64::NEG_INFINITY))
}

/// The name of a service, leading to its charts.
fn linked(index: usize, name: &str, chosen: &Chosen, on_demand: &OnDemand) -> Cell {
    let name = name.to_owned();
    let figure = || format!("#figure-capacity-{index}-{}", slug(&name));
    match on_demand.place_of(index) {
        Some(place) => Cell::Link(name, "#others".to_owned(), Some(place)),
        None if chosen.drawn.contains(&index) => Cell::Link(name.clone(), figure(), None),
        None => Cell::Name(name),
    }
}

fn services_table(data: &RunData<'_>, chosen: &Chosen, on_demand: &OnDemand, html: &mut Html) {
    let counted = |value: Option<f64>| value.map_or("–".to_owned(), count);
    let all: Vec<&Value> = data.each("services").collect();
    let row = |index: usize| {
        let service = all[index];
        let (load, response) = (&service["load"], &service["load"]["response"]);
        let name = service["name"].as_str().unwrap_or("");
        vec![
            match data.metrics {
                Some(_) => linked(index, name, chosen, on_demand),
                None => Cell::Name(name.to_owned()),
            },
            figure(&load["first_tries"], |it| counted(it.map(f64::round))),
            figure(&load["failed_percent"], |it| {
                it.map_or("–".to_owned(), |it| share(it / 100.0))
            }),
            figure(&response["p50_s"], seconds),
            figure(&response["p99_s"], seconds),
            figure(&service["cpu"]["mean_percent"], percent),
            figure(&service["running_count"]["mean"], |it| {
                it.map_or("–".to_owned(), |it| format!("{it:.1}"))
            }),
            figure(&service["running_count"]["max"], counted),
            figure(&service["short_of_desired_s"], |it| {
                length(it.unwrap_or(0.0))
            }),
            figure(&service["tasks"]["launch_delay"]["p95_s"], seconds),
        ]
    };
    html.table(&TableHtml {
        caption: "Services",
        columns: heads(&[
            ("Service", false),
            ("Requests", true),
            ("Failed", true),
            ("p50", true),
            ("p99", true),
            ("CPU", true),
            ("Tasks, mean", true),
            ("most", true),
            ("Short of desired", true),
            ("Launch p95", true),
        ]),
        rows: chosen.listed.iter().map(|index| row(*index)).collect(),
        sorts: true,
    });
    let of = ["services", services::WHICH, "summary.json"];
    most::say(ROWS_MAX, all.len(), of, html);
}

fn jobs(data: &RunData<'_>, html: &mut Html) {
    let row = |source: &Value| {
        vec![
            Cell::Name(source["name"].as_str().unwrap_or("").to_owned()),
            figure(&source["succeeded"], |it| count(it.unwrap_or(0.0))),
            figure(&source["failed"], |it| count(it.unwrap_or(0.0))),
            figure(&source["sojourn"]["mean_s"], seconds),
            figure(&source["sojourn"]["p95_s"], seconds),
            figure(&source["waiting_max"], |it| count(it.unwrap_or(0.0))),
            figure(&source["tasks"]["interruptions"], |it| {
                count(it.unwrap_or(0.0))
            }),
        ]
    };
    html.table(&TableHtml {
        caption: "Programs and schedules",
        columns: heads(&[
            ("Program", false),
            ("Succeeded", true),
            ("Failed", true),
            ("Arrival to end, mean", true),
            ("p95", true),
            ("Waiting, most", true),
            ("Interrupted", true),
        ]),
        rows: data.each("job_sources").take(ROWS_MAX).map(row).collect(),
        sorts: true,
    });
    let all = data.each("job_sources").count();
    let of = ["programs and schedules", "the first", "summary.json"];
    most::say(ROWS_MAX, all, of, html);
}

fn providers(data: &RunData<'_>, html: &mut Html) {
    let row = |provider: &Value| {
        let refused = provider["refusals"].as_object().into_iter().flatten();
        let refused: f64 = refused.filter_map(|(_, count)| count.as_f64()).sum();
        vec![
            Cell::Name(provider["name"].as_str().unwrap_or("").to_owned()),
            figure(&provider["task_hours"], |it| {
                count(it.unwrap_or(0.0).round())
            }),
            figure(&provider["task_hours_percent"], percent),
            figure(&provider["started"], |it| count(it.unwrap_or(0.0))),
            figure(&provider["interruptions"], |it| count(it.unwrap_or(0.0))),
            Cell::Sorted(count(refused), refused),
        ]
    };
    html.table(&TableHtml {
        caption: "Capacity providers",
        columns: heads(&[
            ("Capacity provider", false),
            ("Task hours", true),
            ("Share", true),
            ("Started", true),
            ("Interrupted", true),
            ("Refused", true),
        ]),
        rows: data.each("providers").map(row).collect(),
        sorts: true,
    });
}

/// The providers of tasks, in the order of the plan, others behind.
fn provider_names(data: &RunData<'_>, tasks: &[TaskLife]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let planned = data.plan.providers.iter().map(|it| &it.name);
    let seen = tasks.iter().map(|task| &task.provider);
    for name in planned.chain(seen) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// Tasks by capacity provider and state.
fn tasks(data: &RunData<'_>) -> Option<Figure> {
    let tasks = data.tasks.as_ref()?;
    let names = provider_names(data, tasks);
    let mut lines = Vec::new();
    let mut peak = (0, String::new());
    for (row, word) in ["RUNNING", "starting", "stopping"].into_iter().enumerate() {
        for (index, provider) in names.iter().enumerate() {
            let its = || {
                let its = tasks.iter().filter(|task| task.provider == *provider);
                its.filter_map(|task| in_state(task, word))
            };
            let mut counted = Counted::new(data.clock);
            its().for_each(|(from, to)| counted.add(Some(from), to, 1.0));
            let means = counted.means();
            if means.iter().all(|mean| *mean <= 0.0) {
                continue;
            }
            let most = most_at_once(its());
            if row == 0 && peak.0 < most {
                peak = (most, provider.clone());
            }
            lines.push(Line::new(
                format!("{provider} {word}"),
                Style::Area,
                Ink::Nth(row * names.len() + index),
                data.clock.places(),
                means,
            ));
        }
    }
    let (most, provider) = peak;
    let says = match most {
        0 => "No task ran.".to_owned(),
        most => format!(
            "At most {} ran on {provider}, more than on any other.",
            tasks_of(most)
        ),
    };
    Some(Figure {
        id: "tasks".to_owned(),
        title: "Tasks by capacity provider and state".to_owned(),
        says,
        note: String::new(),
        x: Axis::Time,
        panels: vec![Panel::new("tasks", Unit::Count, lines)],
    })
}

/// `1 task`, `20 tasks`.
fn tasks_of(count: usize) -> String {
    crate::report::wording::counted(count as u64, "task")
}

/// From when to when a task was in a state; nothing if it never was.
fn in_state(task: &TaskLife, state: &str) -> Option<(i64, Option<i64>)> {
    match state {
        "starting" => Some((task.created?, task.started.or(task.stopping))),
        "RUNNING" => Some((task.started?, task.stopping)),
        _ => Some((task.stopping?, task.stopped)),
    }
}

/// What Spot took back, hour by hour, and how long tasks took to start.
fn incidents(data: &RunData<'_>) -> Option<Figure> {
    let tasks = data.tasks.as_ref()?;
    let clock = data.clock.with_column_s(INCIDENT_COLUMN_S);
    // Fargate's are told so; those on an instance went with it, at its end or from its notice on.
    let by_spot = data.instances.iter();
    let by_spot = by_spot.filter(|it| it.cause == "spot_interruption");
    let by_spot: BTreeSet<&str> = by_spot.map(|it| it.arn.as_str()).collect();
    let taken = |task: &&TaskLife| match task.stop_code.as_str() {
        "SpotInterruption" => true,
        "InfrastructureHealth" => by_spot.contains(task.instance.as_str()),
        _ => false,
    };
    let interrupted = tasks.iter().filter(taken).filter_map(|task| task.stopping);
    let interrupted = happened(clock, interrupted);
    let waits = || tasks.iter().filter_map(|task| in_state(task, "starting"));
    let waiting = most_in_each(data.clock, waits());
    let all: f64 = interrupted.iter().sum();
    let most = most_at_once(waits());
    if all == 0.0 && most == 0 {
        return None;
    }
    let taken = match all {
        0.0 if !has_spot(data) => String::new(),
        _ if findings::tells_interruptions(&data.summary) => String::new(),
        0.0 => "Spot took back no task. ".to_owned(),
        all => format!("Spot took back {}. ", tasks_of(all as usize)),
    };
    let says = format!(
        "{taken}At most {} were not RUNNING yet at once.",
        tasks_of(most)
    );
    let mut panels = Vec::new();
    if 0.0 < all {
        let line = Line::new(
            "interrupted",
            Style::Bars,
            Ink::Failure,
            clock.places(),
            interrupted,
        );
        panels.push(Panel::new("interrupted an hour", Unit::Count, vec![line]));
    }
    let line = Line::new(
        "not RUNNING yet",
        Style::Line,
        Ink::Nth(0),
        data.clock.places(),
        waiting,
    );
    let title = "tasks not RUNNING yet, most at once";
    panels.push(Panel::new(title, Unit::Count, vec![line]));
    Some(Figure {
        id: "incidents".to_owned(),
        title: "Interruptions and tasks that wait".to_owned(),
        says,
        note: String::new(),
        x: Axis::Time,
        panels,
    })
}

/// Whether anything of the plan could be taken back.
fn has_spot(data: &RunData<'_>) -> bool {
    let mut providers = data.plan.providers.iter();
    providers.any(|it| it.kind == ProviderKind::FargateSpot)
        || data.plan.groups.iter().any(GroupPlan::buys_spot)
}

/// Tasks of programs by source.
fn jobs_waiting(data: &RunData<'_>) -> Option<Figure> {
    let tasks = data.tasks.as_ref()?;
    let sources = data.plan.job_sources.iter().take(SOURCES_MAX);
    let line = |(index, source): (usize, &crate::scenario::plan::JobSourcePlan)| {
        let mut running = Counted::new(data.clock);
        let is_its =
            |task: &&TaskLife| task.group == source.group && task.started_by == source.started_by;
        for task in tasks.iter().filter(is_its) {
            running.add(task.created, task.stopped, 1.0);
        }
        let values = running.means();
        Line::new(
            &source.name,
            Style::Area,
            Ink::Nth(index),
            data.clock.places(),
            values,
        )
    };
    let lines: Vec<Line> = sources.enumerate().map(line).collect();
    if lines.is_empty() {
        return None;
    }
    let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    Some(Figure {
        id: slug("tasks-of-programs"),
        title: "Tasks of programs and schedules".to_owned(),
        says: format!("Tasks from creation to their end, of {}.", names.join(", ")),
        note: String::new(),
        x: Axis::Time,
        panels: vec![Panel::new("tasks", Unit::Count, lines)],
    })
}
