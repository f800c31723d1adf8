//! Instances: how many of which type, how full, and how the tasks were packed at the peak. Only
//! where a run has any.

use std::collections::BTreeMap;

use serde_json::Value;

use super::data::RunData;
use super::figure::{Axis, Figure, Ink, Line, Numbers, Panel, Places, Style, Unit};
use super::html::{Cell, Html, TableHtml};
use super::lives::{Counted, InstanceLife, TaskLife};
use super::series::Statistic;
use crate::report::wording::{count, percent, usd};
use crate::units::CpuUnits;

/// Kinds of instances with a colour of their own.
const KINDS_MAX: usize = 8;
/// Instances that the chart of packing shows.
const PACKED_MAX: usize = 100;

/// Writes the part of the page and adds its figures; nothing without instances.
pub fn write(data: &RunData<'_>, html: &mut Html, figures: &mut Vec<Figure>) {
    if data.plan.groups.is_empty() {
        return;
    }
    html.open_section("capacity", "Instances");
    groups(data, html);
    let all = [instances(data), reservation(data), packing(data)];
    for figure in all.into_iter().flatten().filter(|it| !it.is_empty()) {
        figure.place(html);
        figures.push(figure);
    }
    if data.instances.is_empty() {
        let says = "This run kept no instances (record.tasks: none), so packing is not shown.";
        html.line("p", "note", says);
    }
    html.close_section();
}

fn groups(data: &RunData<'_>, html: &mut Html) {
    let row = |group: &Value| {
        let number = |value: &Value| value.as_f64().unwrap_or(0.0);
        let shown = |value: &Value| Cell::Sorted(count(number(value)), number(value));
        let desired = &group["desired_capacity"];
        let hours = number(&group["instance_hours"]);
        let month = number(&group["cost_usd_per_month"]);
        let name = match group["name"].as_str() {
            Some("") | None => group["provider"].as_str().unwrap_or(""),
            Some(name) => name,
        };
        let reserved = |key: &str| {
            let value = group[key].as_f64();
            Cell::Sorted(percent(value), value.unwrap_or(0.0))
        };
        vec![
            Cell::Name(name.to_owned()),
            Cell::Number(format!("{:.1}", number(&desired["mean"]))),
            shown(&desired["max"]),
            Cell::Sorted(count(hours.round()), hours),
            shown(&group["launches"]),
            shown(&group["interruptions"]),
            reserved("cpu_reserved_percent"),
            reserved("memory_reserved_percent"),
            Cell::Number(format!("{:.1}", number(&group["empty"]["mean"]))),
            Cell::Sorted(usd(month), month),
        ]
    };
    let heads = [
        ("Group", false),
        ("Instances, mean", true),
        ("most", true),
        ("Instance hours", true),
        ("Launches", true),
        ("Taken back", true),
        ("CPU reserved", true),
        ("Memory reserved", true),
        ("Empty, mean", true),
        ("A month", true),
    ];
    html.table(&TableHtml {
        caption: "Groups of instances",
        columns: heads
            .map(|(head, is_figure)| (head.to_owned(), is_figure))
            .to_vec(),
        rows: data.each("groups").map(row).collect(),
        sorts: true,
    });
}

/// Running instances by type and purchase option.
fn instances(data: &RunData<'_>) -> Option<Figure> {
    let x = data.clock.places();
    let mut kinds: BTreeMap<String, Counted> = BTreeMap::new();
    for instance in data.instances.iter().filter(|it| it.running.is_some()) {
        let kind = format!("{} {}", instance.instance_type, instance.purchase);
        let counted = kinds
            .entry(kind)
            .or_insert_with(|| Counted::new(data.clock));
        counted.add(instance.running, instance.terminated, 1.0);
    }
    let mut kinds: Vec<(String, Vec<f64>)> = kinds
        .into_iter()
        .map(|(kind, counted)| (kind, counted.means()))
        .collect();
    kinds.sort_by(|a, b| b.1.iter().sum::<f64>().total_cmp(&a.1.iter().sum()));
    if KINDS_MAX < kinds.len() {
        let rest = kinds.split_off(KINDS_MAX - 1);
        let mut together = vec![0.0; data.clock.columns()];
        for (_, values) in &rest {
            together
                .iter_mut()
                .zip(values)
                .for_each(|(sum, it)| *sum += it);
        }
        kinds.push((format!("{} other kinds", rest.len()), together));
    }
    let sum_at = |at: usize| kinds.iter().map(|(_, values)| values[at]).sum::<f64>();
    let most = (0..data.clock.columns()).map(sum_at).fold(0.0, f64::max);
    let mut lines: Vec<Line> = kinds
        .into_iter()
        .enumerate()
        .map(|(index, (kind, values))| {
            Line::new(kind, Style::Area, Ink::Nth(index), x.clone(), values)
        })
        .collect();
    if let Some(metrics) = &data.metrics {
        for group in &data.plan.groups {
            let dimensions = format!("AutoScalingGroupName={}", group.name);
            let desired = metrics.values("GroupDesiredCapacity", &dimensions, Statistic::Average);
            if let Some(values) = desired {
                let name = format!("desired by {}", group.name);
                lines.push(Line::new(
                    name,
                    Style::Dashed,
                    Ink::Limit,
                    metrics.places(),
                    values,
                ));
            }
        }
    }
    Some(Figure {
        id: "instances".to_owned(),
        title: "Running instances by type and purchase option".to_owned(),
        says: format!("Up to {most:.0} instances ran at once."),
        note: String::new(),
        x: Axis::Time,
        panels: vec![Panel::new("instances", Unit::Count, lines)],
    })
}

/// How much of the registered instances tasks reserved.
fn reservation(data: &RunData<'_>) -> Option<Figure> {
    let metrics = data.metrics.as_ref()?;
    let dimensions = format!("ClusterName={}", data.plan.cluster.name);
    let line = |name: &str, metric: &str, ink| {
        let values = metrics.values(metric, &dimensions, Statistic::Average)?;
        Some(Line::new(name, Style::Line, ink, metrics.places(), values))
    };
    let lines = [
        line("CPU", "CPUReservation", Ink::Nth(0)),
        line("memory", "MemoryReservation", Ink::Nth(1)),
    ];
    let lines: Vec<Line> = lines.into_iter().flatten().collect();
    let mean = |line: &Line| {
        let finite: Vec<f64> = line
            .y
            .0
            .iter()
            .copied()
            .filter(|it| it.is_finite())
            .collect();
        percent(Some(
            finite.iter().sum::<f64>() / finite.len().max(1) as f64,
        ))
    };
    let told: Vec<String> = lines
        .iter()
        .map(|line| format!("{} of {}", mean(line), line.name))
        .collect();
    Some(Figure {
        id: "reservation".to_owned(),
        title: "What tasks reserve of the registered instances".to_owned(),
        says: format!("On average {} is reserved.", told.join(" and ")),
        note: String::new(),
        x: Axis::Time,
        panels: vec![Panel::new("percent", Unit::Percent, lines)],
    })
}

/// How full each instance is when there are most of them.
fn packing(data: &RunData<'_>) -> Option<Figure> {
    let tasks = data.tasks.as_ref()?;
    let at = peak(data)?;
    let lives = |from: Option<i64>, to: Option<i64>| {
        from.is_some_and(|from| from <= at) && to.is_none_or(|to| at < to)
    };
    let is_there = |it: &&InstanceLife| lives(it.registered, it.terminated);
    let mut present: Vec<&InstanceLife> = data.instances.iter().filter(is_there).collect();
    let all = present.len();
    present.truncate(PACKED_MAX);
    let place: BTreeMap<&str, usize> = present
        .iter()
        .enumerate()
        .map(|(place, it)| (it.arn.as_str(), place))
        .collect();
    let mut reserved: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let is_on = |task: &&TaskLife| !task.instance.is_empty() && lives(task.created, task.stopped);
    for task in tasks.iter().filter(is_on) {
        if let Some(place) = place.get(task.instance.as_str()) {
            let owner = task
                .group
                .split_once(':')
                .map_or(task.group.as_str(), |it| it.1);
            let bars = reserved
                .entry(owner)
                .or_insert_with(|| vec![0.0; present.len()]);
            bars[*place] += task.cpu / f64::from(CpuUnits::PER_VCPU);
        }
    }
    let taken: f64 = reserved.values().flatten().sum();
    let vcpus = |it: &&InstanceLife| it.cpu / f64::from(CpuUnits::PER_VCPU);
    let registered: Vec<f64> = present.iter().map(vcpus).collect();
    let whole: f64 = registered.iter().sum();
    let x = Places::At(Numbers((1..=present.len()).map(|at| at as f64).collect()));
    let words: Vec<String> = present
        .iter()
        .map(|it| format!("{} {}", it.instance_type, it.purchase))
        .collect();
    let mut lines: Vec<Line> = reserved
        .into_iter()
        .enumerate()
        .map(|(index, (owner, bars))| Line {
            words: words.clone(),
            ..Line::new(owner, Style::Bars, Ink::Nth(index), x.clone(), bars)
        })
        .collect();
    lines.push(Line::new(
        "registered",
        Style::Points,
        Ink::Limit,
        x,
        registered,
    ));
    let when = jiff::Timestamp::from_millisecond(at).ok()?;
    let note = match all <= PACKED_MAX {
        true => String::new(),
        false => format!("The first {PACKED_MAX} of {all} instances."),
    };
    Some(Figure {
        id: "packing".to_owned(),
        title: "How full the instances are when there are most".to_owned(),
        says: format!(
            "At {when}, {taken:.1} of {whole:.1} vCPUs of {} are reserved.",
            match present.len() {
                1 => "1 instance".to_owned(),
                some => format!("{some} instances"),
            }
        ),
        note,
        x: Axis::Number {
            title: "instance, in the order of launch".to_owned(),
            unit: Unit::Count,
        },
        panels: vec![Panel::new("vCPUs", Unit::Count, lines)],
    })
}

/// The middle of the longest stretch with the most registered instances.
fn peak(data: &RunData<'_>) -> Option<i64> {
    let end = data.clock.to_ms;
    let mut changes: Vec<(i64, i64)> = Vec::new();
    for it in &data.instances {
        if let Some(from) = it.registered {
            changes.push((from, 1));
            changes.push((it.terminated.unwrap_or(end), -1));
        }
    }
    changes.sort_unstable();
    let (mut now, mut most, mut longest, mut middle) = (0, 0, 0, None);
    for (index, (at, change)) in changes.iter().enumerate() {
        now += change;
        let until = changes.get(index + 1).map_or(end, |next| next.0);
        if (most, longest) < (now, until - at) && at < &until {
            (most, longest) = (now, until - at);
            middle = Some(at + (until - at) / 2);
        }
    }
    middle
}
