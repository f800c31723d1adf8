//! Instances: how many of which type, how full, and how the tasks were packed at the peak. Only
//! where a run has any.

use std::collections::BTreeMap;

use serde_json::Value;

use super::data::RunData;
use super::figure::{Axis, Figure, Ink, Line, Panel, Style, Unit};
use super::html::{Cell, Html, TableHtml};
use super::lives::{Counted, most_at_once};
use super::most::{self, ROWS_MAX};
use super::packing;
use super::series::Statistic;
use crate::report::wording::{count, counted, percent, usd};

/// Kinds of instances with a colour of their own.
const KINDS_MAX: usize = 8;
/// Writes the part of the page and adds its figures; nothing without instances.
pub fn write(data: &RunData<'_>, html: &mut Html, figures: &mut Vec<Figure>) {
    if data.plan.groups.is_empty() {
        return;
    }
    html.open_section("capacity", "Instances");
    groups(data, html);
    let all = [instances(data), reservation(data), packing::figure(data)];
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
        rows: data.each("groups").take(ROWS_MAX).map(row).collect(),
        sorts: true,
    });
    let all = data.each("groups").count();
    most::say(ROWS_MAX, all, ["groups", "the first", "summary.json"], html);
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
    let lives = data
        .instances
        .iter()
        .filter_map(|it| Some((it.running?, it.terminated)));
    let most = most_at_once(lives);
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
        says: format!(
            "Up to {} ran at once, those that start up or are on their way out among them.",
            counted(most as u64, "instance")
        ),
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
    let told: Vec<String> = lines
        .iter()
        .map(|line| {
            let finite = || line.y.0.iter().copied().filter(|it| it.is_finite());
            let least = finite().fold(f64::INFINITY, f64::min);
            let most = finite().fold(0.0, f64::max);
            let [least, most] = [least, most].map(|it| percent(Some(it)));
            format!("of {} between {least} and {most}", line.name)
        })
        .collect();
    Some(Figure {
        id: "reservation".to_owned(),
        title: "What tasks reserve of the registered instances".to_owned(),
        says: format!("Tasks reserve {}.", told.join(", ")),
        note: "Each value is the mean of its period.".to_owned(),
        x: Axis::Time,
        panels: vec![Panel::new("percent", Unit::Percent, lines)],
    })
}
