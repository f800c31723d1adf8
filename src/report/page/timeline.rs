//! Deployments, schedules, alarms and what was planned, as a time line.

use std::collections::BTreeMap;

use super::data::RunData;
use super::figure::{Axis, Figure, Ink, Line, Numbers, Panel, Places, Style, Unit};
use super::html::{Cell, Html, TableHtml};
use super::lives::TaskLife;
use super::planned;
use super::zone::PageZone;
use crate::engine::SimTime;
use crate::scenario::plan::Plan;

/// Entries of a list that a page shows.
const ENTRIES_MAX: usize = 500;
/// Spans of one kind that the chart draws.
const SPANS_MAX: usize = 2_000;

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
    let counts = [
        (deployments.len(), "deployment"),
        (calls.len(), "run of a program or schedule"),
        (alarms.len(), "alarm"),
        (planned.len(), "planned change"),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(count, _)| 0 < *count)
        .map(|(count, what)| match (*count, *what) {
            (1, what) => format!("1 {what}"),
            (count, "run of a program or schedule") => {
                format!("{count} runs of programs or schedules")
            }
            (count, what) => format!("{count} {what}s"),
        })
        .collect();
    if told.is_empty() {
        html.line(
            "p",
            "",
            "Nothing was deployed, scheduled or planned in this run.",
        );
        html.close_section();
        return;
    }
    let lines = vec![
        spans("deployments", Ink::Nth(0), &deployments),
        spans("runs of programs", Ink::Nth(2), &calls),
        spans("in ALARM", Ink::Failure, &alarms),
        spans("planned", Ink::Nth(1), &planned),
    ];
    let figure = Figure {
        id: "timeline".to_owned(),
        title: "What happened when".to_owned(),
        says: format!("{}.", told.join(", ")),
        note: match deployments.is_empty() {
            true => String::new(),
            false => LASTS.to_owned(),
        },
        x: Axis::Time,
        panels: vec![Panel::new("", Unit::Rows, lines)],
    };
    if !figure.is_empty() {
        figure.place(html);
        figures.push(figure);
    }
    for (caption, list) in [
        ("Deployments", deployments),
        ("Alarms", alarms),
        ("Planned changes", planned),
    ] {
        list_of(caption, &list, &data.zone(), html);
    }
    html.close_section();
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
        rows: spans.iter().take(ENTRIES_MAX).map(row).collect(),
        sorts: true,
    });
    if ENTRIES_MAX < spans.len() {
        let more = format!("The first {ENTRIES_MAX} of {}.", spans.len());
        html.line("p", "note", &more);
    }
}

/// Spans as a line of a figure; an instant is as wide as a line.
fn spans(name: &str, ink: Ink, spans: &[Span]) -> Line {
    let shown = || spans.iter().take(SPANS_MAX);
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
        for (index, (_, tasks)) in deployments.iter().enumerate().skip(1) {
            let Some(from) = tasks.iter().filter_map(|task| task.created).min() else {
                continue;
            };
            let older = deployments[..index].iter().flat_map(|(_, tasks)| tasks);
            let replaced = last_stop(older, end).unwrap_or(from);
            let given_up = last_stop(tasks.iter(), end).unwrap_or(end);
            // What another deployment ended was over when that one began.
            let next = deployments.get(index + 1).map(|(_, tasks)| tasks);
            let next = next.and_then(|tasks| tasks.iter().filter_map(|it| it.created).min());
            let to = replaced.min(given_up).min(next.unwrap_or(end)).max(from);
            let how = match given_up < replaced && given_up == to {
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
    let tasks = data.tasks.as_deref().unwrap_or_default();
    let mut all = Vec::new();
    for source in &data.plan.job_sources {
        let is_its =
            |task: &&TaskLife| task.group == source.group && task.started_by == source.started_by;
        let mut its: Vec<(i64, i64)> = tasks
            .iter()
            .filter(is_its)
            .filter_map(|task| Some((task.created?, task.stopped.unwrap_or(data.clock.to_ms))))
            .collect();
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
