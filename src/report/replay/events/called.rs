//! Calls of schedules and rules: those that started tasks, and those that did not.

use std::collections::BTreeMap;

use super::{AGAIN, About, Event, EventKind, counted};
use crate::engine::SimTime;
use crate::explain::Replay;
use crate::ids::JobSourceId;
use crate::observe::decisions::refusal_words;
use crate::observe::observation::Refusal;
use crate::observe::picture::{OwnerKind, Picture, calls};
use crate::policy::schedule::delivery::Delivery;
use crate::scenario::plan::{Caller, Plan};

/// Calls that started tasks.
pub(super) fn started(replay: &Replay<'_>, picture: &Picture<'_>) -> Vec<Event> {
    let plan = replay.plan;
    let called = calls(plan, replay.trail).into_iter();
    let told = called.map(|(owner, at, tasks)| {
        let known = &picture.owners[owner as usize];
        let who = match known.kind {
            OwnerKind::Rule => "rule",
            _ => "schedule",
        };
        let text = format!("{who} {} starts {}", known.name, counted(tasks, "task"));
        let source = JobSourceId::from_index(owner as usize - plan.services.len());
        let event = Event::new(at, EventKind::Schedule, text).of(owner);
        event.about(About::Call(source, at))
    });
    told.collect()
}

/// Calls that were not made, as clocks leave out their time.
pub(super) fn skipped(replay: &Replay<'_>) -> Vec<Event> {
    let plan = replay.plan;
    let sources = (0..plan.job_sources.len()).map(JobSourceId::from_index);
    let told = sources.flat_map(|source| {
        let skipped = replay.skipped_calls(source).into_iter();
        skipped.map(move |(at, local)| {
            let name = name(plan, source);
            let text = format!("{name} does not call: {local} is not on its clocks");
            event(plan, at, EventKind::Failed, (source, at), text)
        })
    });
    told.collect()
}

/// Tasks of calls that were not started: lost ones of a call together, and refusals after which
/// EventBridge tries again.
pub(super) fn failed(replay: &Replay<'_>) -> Vec<Event> {
    let plan = replay.plan;
    let mut events = Vec::new();
    // When each call and reason was told last that is tried again.
    let mut told: Vec<(JobSourceId, Refusal, SimTime)> = Vec::new();
    let mut lost: BTreeMap<(u32, SimTime), (SimTime, u32, &str)> = BTreeMap::new();
    for (at, asked) in &replay.trail.failed_calls {
        let why = refusal_words(asked.reason);
        let Delivery::Retry(wait) = asked.delivery else {
            let key = (asked.source.0, asked.called_at);
            let known = lost.entry(key).or_insert((*at, 0, why));
            *known = (*at, known.1 + 1, why);
            continue;
        };
        let mut before = told.iter_mut();
        let before = before.find(|it| (it.0, it.1) == (asked.source, asked.reason));
        match before {
            Some(before) if at.since(before.2) < AGAIN => {
                before.2 = *at;
                continue;
            }
            Some(before) => before.2 = *at,
            None => told.push((asked.source, asked.reason, *at)),
        }
        let name = name(plan, asked.source);
        let text = format!("{name}: a task was not started, {why}; tried again in {wait}");
        events.push(event(
            plan,
            *at,
            EventKind::Refused,
            (asked.source, asked.called_at),
            text,
        ));
    }
    for ((source, called_at), (at, tasks, why)) in lost {
        let source = JobSourceId(source);
        let name = name(plan, source);
        let verb = if tasks == 1 { "was" } else { "were" };
        let tasks = counted(tasks, "task");
        let text = format!("{name}: {tasks} {verb} not started, {why}; nobody tries again");
        events.push(event(
            plan,
            at,
            EventKind::Failed,
            (source, called_at),
            text,
        ));
    }
    events
}

fn event(
    plan: &Plan,
    at: SimTime,
    kind: EventKind,
    (source, called_at): (JobSourceId, SimTime),
    text: String,
) -> Event {
    let owner = (plan.services.len() + source.index()) as u32;
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
