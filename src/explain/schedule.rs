//! Schedules and rules of EventBridge: why one called, and what became of the tasks it asked for.

pub(super) mod lost;

#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::changes::{Change, ChangeKind};
use super::{Difference, Explanation, Finding, Replay, rules, wait, words};
use crate::engine::{SimDuration, SimTime};
use crate::ids::JobSourceId;
use crate::observe::decisions::refusal_words;
use crate::observe::inputs::CallAsked;
use crate::policy::schedule::delivery::Delivery;
use crate::policy::schedule::in_words;
use crate::scenario::plan::{ArrivalPlan, Caller, JobSourcePlan};
use crate::world::task::{Owner, TaskRecord};

/// How far before a call the time is looked for that its expression names, beside its window.
const BEFORE: SignedDuration = SignedDuration::from_mins(15);

/// Times that clocks leave out which are told at most.
const SKIPPED_MAX: usize = 10;

/// A call with what became of it.
struct Call<'r> {
    at: SimTime,
    /// Tasks that were created for it, also those of further tries of its jobs.
    tasks: Vec<&'r TaskRecord>,
    /// Its tasks that nobody tries any more, with the last refusal of each.
    lost: Vec<(SimTime, CallAsked)>,
    /// Refusals after which a task was tried again.
    retries: usize,
}

fn caller(source: &JobSourcePlan) -> &'static str {
    match source.target.map(|target| target.caller) {
        Some(Caller::Rule) => "rule",
        _ => "schedule",
    }
}

/// All calls of a schedule that are known, in order of time: those of which something became.
fn calls<'r>(replay: &Replay<'r>, source: JobSourceId) -> Vec<Call<'r>> {
    let arrivals = replay.trail.arrivals_of(Owner::Job(source));
    let called_at = |task: &TaskRecord| {
        let known = arrivals.get(&task.ordinal);
        known.copied().unwrap_or(task.wanted_at)
    };
    let is_its = |task: &&TaskRecord| task.owner == Owner::Job(source);
    let tasks: Vec<&TaskRecord> = replay.trail.tasks.iter().filter(is_its).collect();
    let failed = replay.trail.failed_calls.iter();
    let failed = failed.filter(|(_, asked)| asked.source == source);
    let mut times: Vec<SimTime> = tasks.iter().map(|task| called_at(task)).collect();
    times.extend(failed.clone().map(|(_, asked)| asked.called_at));
    times.sort_unstable();
    times.dedup();
    let empty = |at: &SimTime| Call {
        at: *at,
        tasks: Vec::new(),
        lost: Vec::new(),
        retries: 0,
    };
    let mut calls: Vec<Call<'r>> = times.iter().map(empty).collect();
    let place = |at: SimTime| times.partition_point(|time| *time < at);
    for task in tasks {
        calls[place(called_at(task))].tasks.push(task);
    }
    for (at, asked) in failed {
        let call = &mut calls[place(asked.called_at)];
        match asked.delivery {
            Delivery::Retry(_) => call.retries += 1,
            Delivery::UsedUp | Delivery::TooOld | Delivery::Lost => call.lost.push((*at, *asked)),
        }
    }
    calls
}

/// All calls of a schedule, the `most` that matter most as changes: those that lost tasks first.
pub(super) fn overview(replay: &Replay<'_>, source: JobSourceId, most: usize) -> Explanation {
    let plan = &replay.plan.job_sources[source.index()];
    let calls = calls(replay, source);
    let mut order: Vec<usize> = (0..calls.len()).collect();
    order.sort_by_key(|at| calls[*at].lost.is_empty());
    order.truncate(most);
    order.sort_unstable();
    let mut facts = facts(plan);
    facts.extend(left_out(replay, plan));
    let lost = calls.iter().filter(|call| !call.lost.is_empty()).count();
    let count = u32::try_from(calls.len()).unwrap_or(u32::MAX);
    facts.push(format!(
        "{} in the run; {} with tasks that were not started",
        words::counted(count, "call"),
        match lost {
            0 => "none".to_owned(),
            some => some.to_string(),
        }
    ));
    let changes = order.iter().map(|at| change(replay, &calls[*at]));
    Explanation {
        subject: format!("{} {}", caller(plan), plan.name),
        facts,
        changes: changes.collect(),
        changes_left_out: calls.len() - order.len(),
        ..Explanation::default()
    }
}

fn change(replay: &Replay<'_>, call: &Call<'_>) -> Change {
    let lost = u32::try_from(call.lost.len()).unwrap_or(u32::MAX);
    let started = u32::try_from(call.tasks.len()).unwrap_or(u32::MAX);
    let (kind, what) = match lost {
        0 => (
            ChangeKind::Called,
            format!("{} started", words::tasks(started)),
        ),
        _ => (
            ChangeKind::Failed,
            format!("{} not started", words::tasks(lost)),
        ),
    };
    let why = match call.lost.first() {
        None => started_words(call),
        Some((_, asked)) => format!(
            "{}; {}",
            refusal_words(asked.reason),
            lost::delivery_words(replay, asked)
        ),
    };
    Change::new(replay, call.at, kind, (what, why), started.max(lost))
}

/// What a schedule is.
fn facts(plan: &JobSourcePlan) -> Vec<String> {
    let each = format!("{} a call", words::tasks(plan.count));
    let Some(ArrivalPlan::Schedule(times)) = &plan.arrivals else {
        return vec![each];
    };
    let zone = times.zone.iana_name().unwrap_or("UTC");
    let window = match times.window {
        SimDuration::ZERO => String::new(),
        window => format!(", within {} (FlexibleTimeWindow)", words::length(window)),
    };
    vec![format!(
        "{}{window}, {zone}; {each}",
        in_words(&times.expression)
    )]
}

/// The times that clocks leave out, at which it does not call.
pub(super) fn skipped(replay: &Replay<'_>, plan: &JobSourcePlan) -> Vec<(SimTime, String)> {
    let Some(ArrivalPlan::Schedule(times)) = &plan.arrivals else {
        return Vec::new();
    };
    let calendar = replay.plan.calendar();
    let start = replay.plan.run.start.max(times.begun);
    let Some(until) = calendar.timestamp(replay.ended_at) else {
        return Vec::new();
    };
    let until = times.end.map_or(until, |end| end.min(until));
    let skipped = times
        .expression
        .skipped((start, until), &times.zone, SKIPPED_MAX);
    let told = skipped.into_iter().filter_map(|local| {
        // When clocks have gone on past it.
        let after = times.zone.to_ambiguous_timestamp(local).later().ok()?;
        let into = after.as_microsecond() - replay.plan.run.start.as_microsecond();
        let at = SimTime::from_micros(u64::try_from(into).ok()?);
        Some((at, local.strftime("%F %H:%M").to_string()))
    });
    told.collect()
}

fn left_out(replay: &Replay<'_>, plan: &JobSourcePlan) -> Option<String> {
    let skipped = skipped(replay, plan);
    let told: Vec<String> = skipped.iter().map(|(_, local)| local.clone()).collect();
    let verb = if told.len() == 1 { "is" } else { "are" };
    (!told.is_empty()).then(|| {
        format!(
            "{} {verb} not on its clocks, which go forward then: no call (AWS re:Post, \
             \"EventBridge Scheduler and daylight saving time\")",
            words::listed(&told)
        )
    })
}

/// Why a schedule called at an instant or before, and what became of it.
pub(super) fn explain_at(replay: &Replay<'_>, source: JobSourceId, at: SimTime) -> Explanation {
    let plan = &replay.plan.job_sources[source.index()];
    let calls = calls(replay, source);
    let until = calls.partition_point(|call| call.at <= at);
    let subject = format!("{} {}", caller(plan), plan.name);
    let Some(call) = calls[..until].last() else {
        let next = calls.first().map(|call| replay.clock().show(call.at));
        let fact = match next {
            Some(next) => format!("it had not called yet; its first call is at {next}"),
            None => "it did not call in this run".to_owned(),
        };
        let mut facts = facts(plan);
        facts.push(fact);
        return Explanation {
            subject,
            facts,
            ..Explanation::default()
        };
    };
    // What was lost is what is asked about, where something was.
    let target = plan.target;
    let mut findings = Vec::new();
    findings.extend(target.and_then(|target| lost::finding(replay, &call.lost, &target)));
    findings.extend(refused(replay, source, call));
    let place = if call.lost.is_empty() {
        0
    } else {
        findings.len()
    };
    findings.insert(place, called(replay, plan, call));
    Explanation {
        subject: format!("{subject}, its call of {}", replay.clock().show(call.at)),
        facts: facts(plan),
        findings,
        ..Explanation::default()
    }
}

/// Why it called then, and how many tasks came of it.
fn called(replay: &Replay<'_>, plan: &JobSourcePlan, call: &Call<'_>) -> Finding {
    let clock = replay.clock();
    let start = replay.plan.run.start;
    let named = match &plan.arrivals {
        Some(ArrivalPlan::Schedule(times)) => {
            let at = replay.plan.calendar().timestamp(call.at).unwrap_or(start);
            let window = SignedDuration::from_micros(times.window.as_micros() as i64);
            let from = at.checked_sub(BEFORE + window).unwrap_or(start);
            let named = last_named(|from| times.next(from), (from, at));
            named.map(|named| (named, times))
        }
        _ => None,
    };
    let (mut answer, mut otherwise) = (
        "the timeline or another program's end asked".to_owned(),
        None,
    );
    if let Some((named, times)) = named {
        let into = (named.as_microsecond() - start.as_microsecond()).max(0);
        let named = SimTime::from_micros(into as u64);
        let late = words::length(call.at.since(named));
        answer = format!(
            "its expression ({}) names {}",
            in_words(&times.expression),
            clock.show(named)
        );
        if SimDuration::ZERO < call.at.since(named) {
            answer.push_str(&match times.window {
                SimDuration::ZERO => format!("; EventBridge called {late} later"),
                window => format!(
                    "; within its window of {} EventBridge called {late} later",
                    words::length(window)
                ),
            });
        }
        otherwise = (SimDuration::ZERO < times.window).then(|| {
            let then = format!("it would have called at {}", clock.short(named, call.at));
            Difference::new("FlexibleTimeWindow OFF", then)
        });
    }
    let inputs = json!({
        "calledAt": clock.show(call.at),
        "tasks": call.tasks.len(),
        "notStarted": call.lost.len(),
        "triedAgain": call.retries,
    });
    Finding::new("Why did it call?", answer, inputs)
        .decided(replay.plan, call.at)
        .by(&[rules::SCHEDULE])
        .details([started_words(call)])
        .otherwise(otherwise)
}

/// The last time within a span that a schedule names.
fn last_named(
    next: impl Fn(Timestamp) -> Option<Timestamp>,
    (from, until): (Timestamp, Timestamp),
) -> Option<Timestamp> {
    let mut last = None;
    let mut from = from;
    while let Some(named) = next(from).filter(|named| *named <= until) {
        last = Some(named);
        from = named.checked_add(SignedDuration::from_micros(1)).ok()?;
    }
    last
}

fn started_words(call: &Call<'_>) -> String {
    let count = u32::try_from(call.tasks.len()).unwrap_or(u32::MAX);
    if count == 0 {
        return "it started no task".to_owned();
    }
    let ready = call.tasks.iter().filter_map(|task| task.times.started);
    let slowest = ready.map(|at| at.since(call.at)).max();
    let running = slowest.map_or_else(String::new, |slowest| {
        format!(", RUNNING within {}", words::length(slowest))
    });
    let again = match call.retries {
        0 => String::new(),
        1 => ", one after a further try".to_owned(),
        more => format!(", after {more} further tries"),
    };
    format!("it started {}{running}{again}", words::tasks(count))
}

/// What refused its tasks, with what would have let them through.
fn refused(replay: &Replay<'_>, source: JobSourceId, call: &Call<'_>) -> Vec<Finding> {
    let owner = Owner::Job(source);
    let mut last = call.lost.iter().map(|(at, _)| *at).max();
    if last.is_none() && 0 < call.retries {
        let failed = replay.trail.failed_calls.iter();
        let its = failed.filter(|(_, it)| (it.source, it.called_at) == (source, call.at));
        last = its.map(|(at, _)| *at).max();
    }
    last.map_or_else(Vec::new, |last| {
        wait::missing::refusals(replay, owner, (call.at, last))
    })
}
