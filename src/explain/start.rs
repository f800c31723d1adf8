//! How long a task took to start, phase by phase, and which part a smaller image would save.

use serde_json::json;

use super::{Difference, Finding, Replay, order, rules, words};
use crate::engine::{SimDuration, SimTime};
use crate::scenario::plan::{Begin, NetworkMode, TaskDefinitionPlan};
use crate::world::task::{Owner, TaskRecord};

/// Why it took its time from the granted launch to RUNNING and to its first request.
pub(super) fn finding(replay: &Replay<'_>, record: &TaskRecord) -> Option<Finding> {
    let plan = replay.plan;
    let times = &record.times;
    if times.created == SimTime::ZERO
        && times.started == Some(SimTime::ZERO)
        && plan.run.begin == Begin::Steady
    {
        let answer = "it ran already when the run began (begin: steady)";
        return Some(Finding::new("How did it start?", answer, json!({})));
    }
    let started = times.started?;
    let definition = plan.task_definition(record.definition);
    let image = definition.work.image_mib;
    let serves = match record.owner {
        Owner::Service(_) => Some(("registered and in service", times.in_service)),
        Owner::Job(_) => None,
    };
    let phases = [
        (
            "waited for an instance",
            times.placed.filter(|at| times.created < *at),
        ),
        (own_interface(definition), times.connectivity),
        ("prepared", times.pull_started),
        ("image pulled", times.pull_stopped),
        ("containers started", times.started),
    ];
    let mut since = times.created;
    let mut said = Vec::new();
    let mut inputs = serde_json::Map::new();
    for (name, at) in phases.into_iter().chain(serves) {
        let Some(at) = at else { continue };
        let took = at.since(since);
        since = at;
        if SimDuration::ZERO < took {
            said.push(format!("{name} {}", words::length(took)));
        }
        inputs.insert(name.replace(' ', "_") + "_s", json!(took.as_secs_f64()));
    }
    inputs.insert("image_mib".to_owned(), json!(image));
    let answer = format!(
        "{} from the launch to RUNNING: {}",
        words::length(started.since(times.created)),
        said.join(", ")
    );
    let (cached, smaller) = of_image(replay, record);
    let finding = Finding::new("How long did its start take?", answer, inputs.into())
        .decided(plan, times.created)
        .details(cached)
        .details(order::said(definition))
        .otherwise(smaller);
    if definition.order.is_empty() {
        return Some(finding);
    }
    Some(finding.by(&[rules::CONTAINER_ORDER]))
}

/// What the image had to do with it: that it was not pulled, or what a smaller one would save.
fn of_image(replay: &Replay<'_>, record: &TaskRecord) -> (Option<String>, Option<Difference>) {
    let plan = replay.plan;
    let image = plan.task_definition(record.definition).work.image_mib;
    let saved = plan.provider(record.provider).latencies.pull_per_mib * image / 2.0;
    if saved <= 0.0 {
        return (None, None);
    }
    let pulled = record.times.pull_started.zip(record.times.pull_stopped);
    let pulled = pulled.map_or(0.0, |(from, to)| to.since(from).as_secs_f64());
    // What did not even take as long as the image's size does was there, or came with another.
    if pulled < 2.0 * saved {
        let cached = "the image was on the instance already, or on its way for another task";
        return (Some(cached.to_owned()), None);
    }
    let with = format!(
        "an image of {} MiB, half as large",
        words::number(image / 2.0)
    );
    let earlier = words::length(SimDuration::from_secs_f64(saved));
    let then = format!("RUNNING {earlier} earlier");
    (None, Some(Difference::new(with, then)))
}

/// What stands between the launch and its first preparations.
fn own_interface(definition: &TaskDefinitionPlan) -> &'static str {
    match definition.hosting.network {
        NetworkMode::Awsvpc => "network interface",
        NetworkMode::Bridge | NetworkMode::Host | NetworkMode::None => "room on the host",
    }
}
