//! How full each instance is at the peak: a bar an instance, of the vCPUs that its tasks reserve.

use std::collections::BTreeMap;

use super::data::RunData;
use super::figure::{Axis, Figure, Ink, Line, Numbers, Panel, Places, Style, Unit};
use super::lives::{InstanceLife, TaskLife};
use crate::report::wording::counted;
use crate::units::CpuUnits;

/// Instances that the chart shows.
const PACKED_MAX: usize = 100;

/// Owners that have a colour of their own there.
const OWNERS_MAX: usize = 12;

/// How full each instance is when there are most of them.
pub fn figure(data: &RunData<'_>) -> Option<Figure> {
    let tasks = data.tasks.as_ref()?;
    let at = peak(data)?;
    let lives = |from: Option<i64>, to: Option<i64>| {
        from.is_some_and(|from| from <= at) && to.is_none_or(|to| at < to)
    };
    let is_there = |it: &&InstanceLife| lives(it.registered, it.terminated);
    let mut present: Vec<&InstanceLife> = data.instances.iter().filter(is_there).collect();
    let all = present.len();
    present.truncate(PACKED_MAX);
    let reserved = reserved(tasks, &present, lives);
    let taken: f64 = reserved.values().flatten().sum();
    let vcpus = |it: &&InstanceLife| it.cpu / f64::from(CpuUnits::PER_VCPU);
    let registered: Vec<f64> = present.iter().map(vcpus).collect();
    let whole: f64 = registered.iter().sum();
    let x = Places::At(Numbers((1..=present.len()).map(|at| at as f64).collect()));
    let words: Vec<String> = present
        .iter()
        .map(|it| format!("{} {}", it.instance_type, it.purchase))
        .collect();
    let mut lines: Vec<Line> = of_most(reserved)
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
    let zone = data.zone();
    let note = match all <= PACKED_MAX {
        true => String::new(),
        false => format!("The first {PACKED_MAX} of {all} instances."),
    };
    Some(Figure {
        id: "packing".to_owned(),
        title: "How full the instances are when there are most".to_owned(),
        says: format!(
            "At {} {}, {taken:.1} of {whole:.1} vCPUs of {} are reserved.",
            zone.minute(at),
            zone.name(),
            counted(present.len() as u64, "instance")
        ),
        note,
        x: Axis::Number {
            title: "instance, in the order of launch".to_owned(),
            unit: Unit::Count,
            log: false,
        },
        panels: vec![Panel::new("vCPUs", Unit::Count, lines)],
    })
}

/// The owners that reserve most, and what all others do together.
fn of_most(reserved: BTreeMap<&str, Vec<f64>>) -> Vec<(String, Vec<f64>)> {
    let mut all: Vec<(String, Vec<f64>)> = reserved
        .into_iter()
        .map(|(owner, bars)| (owner.to_owned(), bars))
        .collect();
    if all.len() <= OWNERS_MAX {
        return all;
    }
    let sum = |bars: &[f64]| bars.iter().sum::<f64>();
    all.sort_by(|a, b| sum(&b.1).total_cmp(&sum(&a.1)));
    let rest = all.split_off(OWNERS_MAX - 1);
    let mut together = vec![0.0; rest[0].1.len()];
    for (_, bars) in &rest {
        for (sum, bar) in together.iter_mut().zip(bars) {
            *sum += bar;
        }
    }
    all.push((format!("{} others", rest.len()), together));
    all
}

/// vCPUs that tasks reserve of each of some instances, by whose tasks they are; `lives` says which
/// tasks are there.
fn reserved<'a>(
    tasks: &'a [TaskLife],
    present: &[&InstanceLife],
    lives: impl Fn(Option<i64>, Option<i64>) -> bool,
) -> BTreeMap<&'a str, Vec<f64>> {
    let places = present.iter().enumerate();
    let places: BTreeMap<&str, usize> = places.map(|(at, it)| (it.arn.as_str(), at)).collect();
    let mut reserved: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let is_there = |task: &&TaskLife| lives(task.created, task.stopped);
    for task in tasks.iter().filter(is_there) {
        let Some(place) = places.get(task.instance.as_str()) else {
            continue;
        };
        let owner = task.group.split_once(':');
        let owner = owner.map_or(task.group.as_str(), |(_, name)| name);
        let bars = reserved.entry(owner);
        let bars = bars.or_insert_with(|| vec![0.0; present.len()]);
        bars[*place] += task.cpu / f64::from(CpuUnits::PER_VCPU);
    }
    reserved
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
