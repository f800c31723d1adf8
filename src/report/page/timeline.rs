//! Deployments, schedules, alarms and what was planned, as a time line.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::data::RunData;
use super::figure::{Axis, Figure, Ink, Line, Numbers, Panel, Places, Style, Unit};
use super::html::{Cell, Html, TableHtml};
use super::lives::TaskLife;
use crate::engine::SimTime;
use crate::scenario::plan::{Plan, TimelineAction};

/// Entries of a list that a page shows.
const ENTRIES_MAX: usize = 500;
/// Spans of one kind that the chart draws.
const SPANS_MAX: usize = 2_000;

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
        note: "A deployment lasts from its first task until the last older task is told to stop."
            .to_owned(),
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
        list_of(caption, &list, html);
    }
    html.close_section();
}

fn list_of(caption: &str, spans: &[Span], html: &mut Html) {
    let instant = |at: i64| {
        let at = Timestamp::from_millisecond(at);
        at.map_or(String::new(), |at| {
            at.strftime("%Y-%m-%d %H:%M:%S").to_string()
        })
    };
    let row = |span: &Span| {
        let length = (span.to - span.from) as f64 / 1e3;
        let lasted = match span.to <= span.from {
            true => "–".to_owned(),
            false => crate::report::wording::length(length),
        };
        vec![
            Cell::Sorted(instant(span.from), span.from as f64),
            Cell::Name(span.row.clone()),
            Cell::Text(span.word.clone()),
            Cell::Sorted(lasted, length),
        ]
    };
    let heads = [
        ("From (UTC)", true),
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
            let stops = older.map(|task| task.stopping.unwrap_or(end));
            let to = stops.max().unwrap_or(from).max(from);
            // What another deployment ended was over when that one began.
            let next = deployments.get(index + 1).map(|(_, tasks)| tasks);
            let next = next.and_then(|tasks| tasks.iter().filter_map(|it| it.created).min());
            all.push(Span {
                row: service.to_owned(),
                from,
                to: next.map_or(to, |next| to.min(next)).max(from),
                word: format!("deployment of {}", tasks[0].revision),
            });
        }
    }
    all.sort_by_key(|span| span.from);
    all
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
        let (row, word, length_ms) = words(plan, &entry.action);
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

/// Whom an action is about, what it does, how long it lasts in milliseconds.
fn words(plan: &Plan, action: &TimelineAction) -> (String, String, i64) {
    let group = |id: crate::ids::GroupId| plan.groups[id.index()].name.clone();
    let service = |id: crate::ids::ServiceId| plan.service(id).name.clone();
    let ms = |length: crate::engine::SimDuration| (length.as_micros() / 1_000) as i64;
    let zone = |id: crate::ids::ZoneId| plan.zones[id.index()].name.clone();
    match action {
        TimelineAction::UpdateService(update) => {
            let mut what = Vec::new();
            if let Some(count) = update.desired_count {
                what.push(format!("desired count {count}"));
            }
            if let Some(id) = update.task_definition {
                let definition = &plan.task_definitions[id.index()];
                what.push(format!("{}:{}", definition.family, definition.revision));
            }
            if update.strategy.is_some() {
                what.push("another capacity provider strategy".to_owned());
            }
            if update.force_new_deployment {
                what.push("a forced deployment".to_owned());
            }
            if what.is_empty() {
                what.push("other deployment settings".to_owned());
            }
            (
                service(update.service),
                format!("UpdateService: {}", what.join(", ")),
                0,
            )
        }
        TimelineAction::StopDeployment {
            service: id,
            rolls_back,
        } => {
            let how = if *rolls_back { "ROLLBACK" } else { "ABORT" };
            (service(*id), format!("StopServiceDeployment: {how}"), 0)
        }
        TimelineAction::TaskSet(action) => (
            service(action.service),
            "a change of its task sets".to_owned(),
            0,
        ),
        TimelineAction::RunTask { source, count } => {
            let name = plan.job_sources[source.index()].name.clone();
            (name, format!("RunTask: {count}"), 0)
        }
        TimelineAction::SetDesiredCapacity { group: id, desired } => {
            (group(*id), format!("SetDesiredCapacity: {desired}"), 0)
        }
        TimelineAction::InstanceRefresh { group: id, .. } => {
            (group(*id), "StartInstanceRefresh".to_owned(), 0)
        }
        TimelineAction::UpdateGroup { group: id, .. } => {
            (group(*id), "a scheduled action of the group".to_owned(), 0)
        }
        TimelineAction::ScaleOnSchedule { target, .. } => {
            let target = &plan.scalable_targets[target.index()];
            (
                service(target.service),
                "a scheduled scaling action".to_owned(),
                0,
            )
        }
        TimelineAction::Drain(_) => ("instances".to_owned(), "are drained".to_owned(), 0),
        TimelineAction::AgentDisconnect(_) => (
            "instances".to_owned(),
            "their agents are disconnected".to_owned(),
            0,
        ),
        TimelineAction::Outage { zone: id, length } => {
            (zone(*id), "the zone fails".to_owned(), ms(*length))
        }
        TimelineAction::Drought(drought) => (
            "Spot".to_owned(),
            "its pools have nothing".to_owned(),
            ms(drought.length),
        ),
    }
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
            task("ecs-svc/3", 2_000, None),
        ];
        let spans = deployments(&tasks, 3_000);
        let times: Vec<(i64, i64)> = spans.iter().map(|it| (it.from, it.to)).collect();
        assert_eq!(times, [(500, 900), (2_000, 3_000)]);
        assert_eq!(spans[0].word, "deployment of web:1");
    }
}
