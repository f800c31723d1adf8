//! Deployments, schedules, alarms and what was planned, as a time line.

use std::collections::{BTreeMap, BTreeSet};

use super::data::RunData;
use super::figure::{Axis, Figure, Ink, Line, Numbers, Panel, Places, Style, Unit};
use super::html::{Cell, Html, TableHtml};
use super::lives::TaskLife;
use super::most::{self, LANES_MAX, ROWS_MAX};
use super::planned;
use super::services::Chosen;
use super::zone::PageZone;
use crate::engine::SimTime;
use crate::report::wording::count;
use crate::scenario::plan::Plan;

/// Spans of one kind that the chart draws.
const SPANS_MAX: usize = 1_000;

/// From when to when a deployment is drawn.
const LASTS: &str = "A deployment lasts from its first task until the last older task, or of one \
                     that is given up its own last task, is told to stop.";

/// A span of time in a row.
#[derive(Clone, PartialEq, Debug)]
struct Span {
    row: String,
    from: i64,
    to: i64,
    word: String,
}

/// Writes the part of the page and adds its figure.
pub fn write(data: &RunData<'_>, html: &mut Html, figures: &mut Vec<Figure>) {
    html.open_section("timeline", "Deployments and schedules");
    let deployments = data
        .tasks
        .as_deref()
        .map_or(Vec::new(), |tasks| deployments(tasks, data.clock.to_ms));
    let calls = calls(data);
    let alarms = alarms(data);
    let planned = planned(data.plan, data.clock.from_ms);
    let counts = [&deployments, &calls, &alarms, &planned].map(Vec::len);
    let told = told(counts);
    if told.is_empty() {
        html.line(
            "p",
            "",
            "Nothing was deployed, scheduled or planned in this run.",
        );
        html.close_section();
        return;
    }
    let all = [&deployments, &calls, &alarms, &planned];
    let (lanes, more) = lanes(data, all);
    let drawn = |name: &str, ink, all: &[Span]| spans(name, ink, all, &lanes);
    let lines = vec![
        drawn("deployments", Ink::Nth(0), &deployments),
        drawn("runs of programs", Ink::Nth(2), &calls),
        drawn("in ALARM", Ink::Failure, &alarms),
        drawn("planned", Ink::Nth(1), &planned),
    ];
    let figure = Figure {
        id: "timeline".to_owned(),
        title: "What happened when".to_owned(),
        says: format!("{}.", told.join(", ")),
        note: match deployments.is_empty() {
            true => more.trim_start().to_owned(),
            false => format!("{LASTS}{more}"),
        },
        x: Axis::Time,
        panels: vec![Panel::new("", Unit::Rows, lines)],
    };
    if !figure.is_empty() {
        figure.place(html);
        figures.push(figure);
    }
    for (caption, list, of) in [
        (
            "Deployments",
            deployments,
            ["deployments", "the first", "tasks.csv"],
        ),
        ("Alarms", alarms, ["alarms", "the first", "alarms.csv"]),
        (
            "Planned changes",
            planned,
            ["planned changes", "the first", "scenario.yaml"],
        ),
    ] {
        list_of(caption, &list, &data.zone(), html);
        most::say(ROWS_MAX, list.len(), of, html);
    }
    html.close_section();
}

/// How many there are of what, as far as there are any.
fn told([deployments, calls, alarms, planned]: [usize; 4]) -> Vec<String> {
    let counts = [
        (deployments, "deployment"),
        (calls, "run of a program or schedule"),
        (alarms, "alarm"),
        (planned, "planned change"),
    ];
    counts
        .iter()
        .filter(|(count, _)| 0 < *count)
        .map(|(count, what)| match (*count, *what) {
            (1, what) => format!("1 {what}"),
            (count, "run of a program or schedule") => {
                format!("{count} runs of programs or schedules")
            }
            (count, what) => format!("{count} {what}s"),
        })
        .collect()
}

/// The rows of the chart: all, or those of the services that have charts and then the first; and
/// what is said of the others.
fn lanes<'s>(data: &RunData<'_>, all: [&'s Vec<Span>; 4]) -> (BTreeSet<&'s str>, String) {
    let mut names: Vec<&str> = Vec::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for span in all.into_iter().flatten() {
        if known.insert(&span.row) {
            names.push(&span.row);
        }
    }
    if names.len() <= LANES_MAX {
        return (known, String::new());
    }
    let drawn = Chosen::of_run(data).drawn.into_iter();
    let drawn = drawn.map(|index| data.plan.services[index].name.as_str());
    let matter: Vec<&str> = drawn.filter_map(|name| known.get(name).copied()).collect();
    let more = format!(
        " Drawn are {LANES_MAX} of {} rows: the services that matter most, and the first.",
        count(names.len() as f64)
    );
    let mut lanes: BTreeSet<&str> = matter.into_iter().collect();
    for name in names {
        if lanes.len() < LANES_MAX {
            lanes.insert(name);
        }
    }
    (lanes, more)
}

fn list_of(caption: &str, spans: &[Span], zone: &PageZone, html: &mut Html) {
    let row = |span: &Span| {
        let length = (span.to - span.from) as f64 / 1e3;
        let lasted = match span.to <= span.from {
            true => "–".to_owned(),
            false => crate::report::wording::length(length),
        };
        vec![
            Cell::Moment(zone.second(span.from), span.from as f64),
            Cell::Name(span.row.clone()),
            Cell::Text(span.word.clone()),
            Cell::Sorted(lasted, length),
        ]
    };
    let heads = [
        ("From", false),
        ("Of", false),
        ("What", false),
        ("For", true),
    ];
    html.table(&TableHtml {
        caption,
        columns: heads
            .map(|(head, is_figure)| (head.to_owned(), is_figure))
            .to_vec(),
        rows: spans.iter().take(ROWS_MAX).map(row).collect(),
        sorts: true,
    });
}

/// Spans as a line of a figure; an instant is as wide as a line.
fn spans(name: &str, ink: Ink, spans: &[Span], lanes: &BTreeSet<&str>) -> Line {
    let is_drawn = |span: &&Span| lanes.contains(span.row.as_str());
    let shown = || spans.iter().filter(is_drawn).take(SPANS_MAX);
    Line {
        low: Numbers(shown().map(|it| it.from as f64).collect()),
        words: shown().map(|it| it.word.clone()).collect(),
        ..Line::new(
            name,
            Style::Spans,
            ink,
            Places::Rows(shown().map(|it| it.row.clone()).collect()),
            shown().map(|it| (it.to - it.from) as f64).collect(),
        )
    }
}

/// Deployments as their tasks show them: of each service those after the first.
fn deployments(tasks: &[TaskLife], end: i64) -> Vec<Span> {
    let mut by_service: BTreeMap<&str, Vec<(&str, Vec<&TaskLife>)>> = BTreeMap::new();
    for task in tasks {
        let Some(service) = task.group.strip_prefix("service:") else {
            continue;
        };
        let its = by_service.entry(service).or_default();
        match its.iter_mut().find(|(id, _)| *id == task.started_by) {
            Some((_, tasks)) => tasks.push(task),
            None => its.push((&task.started_by, vec![task])),
        }
    }
    let mut all = Vec::new();
    for (service, deployments) in by_service {
        // When the last task of all deployments before is told to stop.
        let mut replaced = deployments
            .first()
            .and_then(|it| last_stop(it.1.iter(), end));
        for (index, (_, tasks)) in deployments.iter().enumerate().skip(1) {
            let own = last_stop(tasks.iter(), end);
            let older = replaced;
            replaced = older.max(own);
            let Some(from) = tasks.iter().filter_map(|task| task.created).min() else {
                continue;
            };
            let older = older.unwrap_or(from);
            let given_up = own.unwrap_or(end);
            // What another deployment ended was over when that one began.
            let next = deployments.get(index + 1).map(|(_, tasks)| tasks);
            let next = next.and_then(|tasks| tasks.iter().filter_map(|it| it.created).min());
            let to = older.min(given_up).min(next.unwrap_or(end)).max(from);
            let how = match given_up < older && given_up == to {
                true => ", given up",
                false => "",
            };
            all.push(Span {
                row: service.to_owned(),
                from,
                to,
                word: format!("deployment of {}{how}", tasks[0].revision),
            });
        }
    }
    all.sort_by_key(|span| span.from);
    all
}

/// When the last of some tasks is told to stop; one that never is lasts to the end.
fn last_stop<'a>(tasks: impl Iterator<Item = &'a &'a TaskLife>, end: i64) -> Option<i64> {
    tasks.map(|task| task.stopping.unwrap_or(end)).max()
}

/// Runs of programs and schedules: tasks created at one instant together.
fn calls(data: &RunData<'_>) -> Vec<Span> {
    let mut of: BTreeMap<(&str, &str), Vec<(i64, i64)>> = BTreeMap::new();
    for task in data.tasks.as_deref().unwrap_or_default() {
        if let Some(created) = task.created {
            let its = of.entry((&task.group, &task.started_by)).or_default();
            its.push((created, task.stopped.unwrap_or(data.clock.to_ms)));
        }
    }
    let mut all = Vec::new();
    for source in &data.plan.job_sources {
        let its = of.get(&(source.group.as_str(), source.started_by.as_str()));
        let mut its = its.cloned().unwrap_or_default();
        its.sort_unstable();
        let mut calls: Vec<(i64, i64, usize)> = Vec::new();
        for (from, to) in its {
            match calls.last_mut() {
                Some(call) if call.0 == from => {
                    call.1 = call.1.max(to);
                    call.2 += 1;
                }
                _ => calls.push((from, to, 1)),
            }
        }
        all.extend(calls.into_iter().map(|(from, to, tasks)| Span {
            row: source.name.clone(),
            from,
            to,
            word: match tasks {
                1 => "1 task".to_owned(),
                some => format!("{some} tasks"),
            },
        }));
    }
    all
}

/// Times in which an alarm was in ALARM.
fn alarms(data: &RunData<'_>) -> Vec<Span> {
    let mut open: BTreeMap<&str, (i64, &str)> = BTreeMap::new();
    let mut all = Vec::new();
    let mut close = |alarm: &str, (from, reason): (i64, &str), to: i64| {
        all.push(Span {
            row: alarm.to_owned(),
            from,
            to,
            word: reason.to_owned(),
        });
    };
    for change in &data.alarms {
        let Some(at) = change.at else { continue };
        if let Some(begun) = open.remove(change.alarm.as_str()) {
            close(&change.alarm, begun, at);
        }
        if change.to == "ALARM" {
            open.insert(&change.alarm, (at, &change.reason));
        }
    }
    for (alarm, begun) in open {
        close(alarm, begun, data.clock.to_ms);
    }
    all.sort_by_key(|span| span.from);
    all
}

/// What the scenario has planned: the operator's and the world's.
fn planned(plan: &Plan, from_ms: i64) -> Vec<Span> {
    let at_ms = |at: SimTime| from_ms + (at.as_micros() / 1_000) as i64;
    let entry = |entry: &crate::scenario::plan::TimelineEntry| {
        let (row, word, length_ms) = planned::words(plan, &entry.action);
        let from = at_ms(entry.at);
        Span {
            row,
            from,
            to: from + length_ms,
            word,
        }
    };
    plan.timeline.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(id: &str, created: i64, stopping: Option<i64>) -> TaskLife {
        TaskLife {
            group: "service:web".to_owned(),
            started_by: id.to_owned(),
            revision: "web:1".to_owned(),
            created: Some(created),
            stopping,
            ..TaskLife::default()
        }
    }

    #[test]
    fn a_deployment_lasts_until_the_last_older_task_is_told_to_stop() {
        let tasks = [
            task("ecs-svc/1", 0, Some(700)),
            task("ecs-svc/1", 0, Some(900)),
            task("ecs-svc/2", 500, None),
            task("ecs-svc/2", 650, Some(2_100)),
            task("ecs-svc/3", 2_000, Some(2_400)),
        ];
        let spans = deployments(&tasks, 3_000);
        let times: Vec<(i64, i64)> = spans.iter().map(|it| (it.from, it.to)).collect();
        assert_eq!(times, [(500, 900), (2_000, 2_400)]);
        assert_eq!(spans[0].word, "deployment of web:1");
        assert_eq!(spans[1].word, "deployment of web:1, given up");
    }
}
