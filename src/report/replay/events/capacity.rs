//! Instances that were launched, ended, taken back or lost; tasks of programs that were taken back.

use std::collections::BTreeMap;

use super::{About, Event, EventKind, counted, within};
use crate::engine::SimTime;
use crate::explain::Replay;
use crate::ids::{GroupId, InstanceId, ZoneId};
use crate::observe::picture::{InstanceRecord, Owner, Picture};
use crate::observe::tally::groups::cause_name;
use crate::scenario::plan::Plan;

/// Instances of a kind within a minute: the first instant, the first of them, how many.
type Together = (SimTime, InstanceId, u32);

/// What became of instances; those alike within a minute together.
pub(super) fn of_instances(replay: &Replay<'_>, records: &[InstanceRecord]) -> Vec<Event> {
    let ends = ended(replay, records).chain(launched(replay, records));
    ends.collect()
}

/// Instances that ended, those of a zone and cause within a minute together: told at their notice,
/// where they had one.
fn ended<'r>(
    replay: &Replay<'r>,
    records: &'r [InstanceRecord],
) -> impl Iterator<Item = Event> + use<'r> {
    let (plan, ended_at) = (replay.plan, replay.ended_at);
    let mut together: BTreeMap<(u64, u32, u32, &str), Together> = BTreeMap::new();
    for record in records {
        let at = record.times.draining.or(record.times.terminated);
        let (Some(at), Some(cause)) = (at.filter(|at| *at <= ended_at), record.cause) else {
            continue;
        };
        let key = (
            minute_of(at),
            record.zone.0,
            record.group.0,
            cause_name(cause),
        );
        let known = together.entry(key).or_insert((at, record.id, 0));
        known.2 += 1;
        if at < known.0 {
            *known = (at, record.id, known.2);
        }
    }
    together
        .into_iter()
        .map(move |((_, zone, group, cause), (at, first, count))| {
            let zone = ZoneId(zone);
            let name = &plan.group(GroupId(group)).name;
            let count = counted(count, "instance");
            let place = within(plan, zone);
            let (kind, text) = match cause {
                "spot_interruption" => (EventKind::Spot, format!("EC2 takes back {count}{place}")),
                "failure" => (EventKind::Failed, format!("lost: {count}{place}")),
                "launch_failed" => (
                    EventKind::Failed,
                    format!("{count}{place} never became ACTIVE"),
                ),
                other => {
                    let why = other.replace('_', " ");
                    (EventKind::Capacity, format!("{count}{place} go: {why}"))
                }
            };
            Event::new(at, kind, format!("{name}: {text}"))
                .within(plan, Some(zone))
                .about(About::Instance(first))
        })
}

/// Instances that were launched without a change of the desired capacity, which tells its own.
fn launched<'r>(
    replay: &Replay<'r>,
    records: &'r [InstanceRecord],
) -> impl Iterator<Item = Event> + use<'r> {
    let plan = replay.plan;
    let mut together: BTreeMap<(u64, u32), Together> = BTreeMap::new();
    for record in records {
        let at = record.times.launched;
        let scaled = replay.trail.group_scaled_until(record.group, at);
        let is_told = record.stood || scaled.is_some_and(|it| it.at == at);
        if is_told || plan.group(record.group).is_external() {
            continue;
        }
        let key = (minute_of(at), record.group.0);
        let known = together.entry(key).or_insert((at, record.id, 0));
        known.2 += 1;
        if at < known.0 {
            *known = (at, record.id, known.2);
        }
    }
    together
        .into_iter()
        .map(move |((_, group), (at, first, count))| {
            let name = &plan.group(GroupId(group)).name;
            let text = format!("{name}: {} launched", counted(count, "instance"));
            Event::new(at, EventKind::Capacity, text).about(About::Instance(first))
        })
}

/// Tasks of what calls RunTask that Spot took back, those of a zone within a minute together; of
/// services `explain` lists them.
pub(super) fn taken_tasks(plan: &Plan, picture: &Picture<'_>) -> Vec<Event> {
    let mut together: BTreeMap<(u64, u32, u32), (SimTime, usize, u32)> = BTreeMap::new();
    for task in &picture.tasks {
        let times = &task.record.times;
        let is_taken = task.record.stop.is_some_and(|stop| stop.is_by_spot);
        let is_service = matches!(task.record.owner, Owner::Service(_));
        let Some(at) = times.stopping.or(times.stopped) else {
            continue;
        };
        if is_taken && !is_service {
            let key = (minute_of(at), task.record.zone.0, task.owner);
            let known = together.entry(key).or_insert((at, task.position, 0));
            known.2 += 1;
            if at < known.0 {
                *known = (at, task.position, known.2);
            }
        }
    }
    let told = together.into_iter();
    let told = told.map(|((_, zone, owner), (at, first, count))| {
        let zone = ZoneId(zone);
        let name = &picture.owners[owner as usize].name;
        let count = counted(count, "task");
        let text = format!("{name}: Spot takes back {count}{}", within(plan, zone));
        let event = Event::new(at, EventKind::Spot, text).of(owner);
        event.within(plan, Some(zone)).about(About::Task(first))
    });
    told.collect()
}

fn minute_of(at: SimTime) -> u64 {
    at.as_micros() / 60_000_000
}
