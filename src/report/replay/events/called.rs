//! Calls of schedules and rules: those that started tasks, and those that did not.

use std::collections::BTreeMap;

use super::{AGAIN, About, Event, EventKind, counted};
use crate::engine::SimTime;
use crate::explain::{FailedCall, Replay};
use crate::ids::JobSourceId;
use crate::observe::picture::{Owner, Picture, calls};
use crate::scenario::plan::{Caller, Plan};

/// Calls that started tasks.
pub(super) fn started(replay: &Replay<'_>, picture: &Picture<'_>) -> Vec<Event> {
    let plan = replay.plan;
    let called = calls(plan, replay.trail).into_iter();
    let told = called.map(|(source, at, tasks)| {
        let name = name(plan, source);
        let text = format!("{name} starts {}", counted(tasks, "task"));
        event(picture, at, EventKind::Schedule, (source, at), text)
    });
    told.collect()
}

/// Calls that were not made, as clocks leave out their time.
pub(super) fn skipped(replay: &Replay<'_>, picture: &Picture<'_>) -> Vec<Event> {
    let plan = replay.plan;
    let sources = (0..plan.job_sources.len()).map(JobSourceId::from_index);
    let told = sources.flat_map(|source| {
        let skipped = replay.skipped_calls(source).into_iter();
        skipped.map(move |(at, local)| {
            let name = name(plan, source);
            let text = format!("{name} does not call: {local} is not on its clocks");
            event(picture, at, EventKind::Failed, (source, at), text)
        })
    });
    told.collect()
}

/// Tasks of calls that were not started: lost ones of a call together, and refusals after which
/// EventBridge tries again.
pub(super) fn failed(replay: &Replay<'_>, picture: &Picture<'_>) -> Vec<Event> {
    let plan = replay.plan;
    let mut events = Vec::new();
    // When each call and reason was told last that is tried again.
    let mut told: BTreeMap<(u32, &str), SimTime> = BTreeMap::new();
    let mut lost: BTreeMap<(u32, SimTime), (SimTime, u32, &str)> = BTreeMap::new();
    for failed in replay.failed_calls() {
        let FailedCall { at, source, .. } = failed;
        let Some(wait) = failed.again else {
            let key = (source.0, failed.called_at);
            let known = lost.entry(key).or_insert((at, 0, failed.why));
            *known = (at, known.1 + 1, failed.why);
            continue;
        };
        let last = told.insert((source.0, failed.why), at);
        if last.is_some_and(|last| at.since(last) < AGAIN) {
            continue;
        }
        let (name, why) = (name(plan, source), failed.why);
        let text = format!("{name}: a task was not started, {why}; tried again in {wait}");
        let call = (source, failed.called_at);
        events.push(event(picture, at, EventKind::Refused, call, text));
    }
    for ((source, called_at), (at, tasks, why)) in lost {
        let source = JobSourceId(source);
        let name = name(plan, source);
        let verb = if tasks == 1 { "was" } else { "were" };
        let tasks = counted(tasks, "task");
        let text = format!("{name}: {tasks} {verb} not started, {why}; nobody tries again");
        events.push(event(
            picture,
            at,
            EventKind::Failed,
            (source, called_at),
            text,
        ));
    }
    events
}

fn event(
    picture: &Picture<'_>,
    at: SimTime,
    kind: EventKind,
    (source, called_at): (JobSourceId, SimTime),
    text: String,
) -> Event {
    let owner = picture.position_of(Owner::Job(source));
    let event = Event::new(at, kind, text).of(owner);
    event.about(About::Call(source, called_at))
}

fn name(plan: &Plan, source: JobSourceId) -> String {
    let source = &plan.job_sources[source.index()];
    let who = match source.target.map(|target| target.caller) {
        Some(Caller::Rule) => "rule",
        _ => "schedule",
    };
    format!("{who} {}", source.name)
}
