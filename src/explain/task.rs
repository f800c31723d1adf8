//! One task: found by its id, and all of its life explained.

use super::{
    Explanation, Replay, TaskFound, bounds, instance, placement, provider, start, stop, wait,
    words, zone,
};
use crate::engine::SimTime;
use crate::observe::tasks::{owner_name, task_arn};
use crate::observe::trail::Pick;
use crate::policy::life_cycle::StopCode;
use crate::policy::target_state::{FailedChecks, TargetState, TargetTimes, states};
use crate::scenario::plan::{Caller, TargetGroupPlan};
use crate::world::task::{Owner, TaskRecord};

/// Digits of a task's id.
const DIGITS: usize = 32;
/// Ids that are told when one is not there.
const NEAR: usize = 3;
/// One in so many digits may be mistyped for an id to be near.
const DIGITS_A_MISTAKE: usize = 4;

/// The last part of a task's ARN.
pub(super) fn id_of(replay: &Replay<'_>, record: &TaskRecord) -> String {
    let arn = task_arn(replay.plan, record);
    arn.rsplit('/').next().unwrap_or(&arn).to_owned()
}

/// The digits that a user means.
fn wanted(id: &str) -> String {
    let last = id.trim().rsplit('/').next().unwrap_or(id);
    last.to_ascii_lowercase()
}

pub(super) fn find(replay: &Replay<'_>, id: &str) -> TaskFound {
    let wanted = wanted(id);
    if wanted.is_empty() || DIGITS < wanted.len() {
        return TaskFound::None;
    }
    let tasks = replay.trail.tasks.iter().enumerate();
    let mut found = tasks
        .filter(|(_, record)| id_of(replay, record).starts_with(&wanted))
        .map(|(position, _)| position);
    match (found.next(), found.count()) {
        (Some(position), 0) => TaskFound::One(position),
        (Some(_), more) => TaskFound::Several(more + 1),
        (None, _) => TaskFound::None,
    }
}

pub(super) fn near(replay: &Replay<'_>, id: &str) -> Vec<String> {
    let wanted = wanted(id);
    let distance = |id: &str| {
        let pairs = id.bytes().zip(wanted.bytes());
        let different = pairs.filter(|(a, b)| a != b).count();
        different + wanted.len().saturating_sub(id.len())
    };
    let may_differ = wanted.len() / DIGITS_A_MISTAKE;
    let mut ids: Vec<String> = replay
        .trail
        .tasks
        .iter()
        .map(|record| id_of(replay, record))
        .filter(|id| distance(id) <= may_differ)
        .collect();
    ids.sort_by_cached_key(|id| (distance(id), id.clone()));
    ids.truncate(NEAR);
    ids
}

pub(super) fn explain(replay: &Replay<'_>, position: usize) -> Explanation {
    let record = &replay.trail.tasks[position];
    let picks = replay.trail.picks.iter();
    let pick = picks
        .clone()
        .find(|pick| (pick.owner, pick.ordinal) == (record.owner, record.ordinal));
    let mut explanation = Explanation {
        subject: subject(replay, record),
        facts: facts(replay, record),
        ..Explanation::default()
    };
    let findings = &mut explanation.findings;
    if let Some(pick) = pick {
        explanation.facts.extend(job_words(replay, pick));
        findings.extend(bounds::own_revision(replay, record));
        findings.push(provider::finding(replay.plan, pick));
        if let Some(zones) = &pick.zones {
            findings.extend(zone::finding(
                replay.plan,
                (record.owner, record.provider),
                zones,
            ));
        }
        findings.extend(wait::findings(replay, pick, record));
    }
    findings.extend(instance::findings(replay, record));
    findings.extend(placement::findings(replay, record));
    findings.extend(start::finding(replay, record));
    findings.extend(stop::findings(replay, record));
    explanation
}

fn subject(replay: &Replay<'_>, record: &TaskRecord) -> String {
    let kind = match record.owner {
        Owner::Service(_) => "service",
        Owner::Job(source) => {
            let target = &replay.plan.job_sources[source.index()].target;
            match target.as_ref().map(|target| target.caller) {
                None => "program",
                Some(Caller::Rule) => "rule",
                Some(Caller::Scheduler) => "schedule",
            }
        }
    };
    let owner = owner_name(replay.plan, record.owner);
    format!("task {} of {kind} {owner}", id_of(replay, record))
}

fn facts(replay: &Replay<'_>, record: &TaskRecord) -> Vec<String> {
    let plan = replay.plan;
    let clock = replay.clock();
    let times = &record.times;
    let zone = match plan.zone_name(record.zone) {
        // A machine of one's own stands in no zone, nor does what has no instance yet.
        "" => String::new(),
        zone => format!(" in {zone}"),
    };
    let place = format!(
        "on {}{zone}: {} CPU units, {} MiB, {}",
        plan.provider(record.provider).name,
        record.cpu.0,
        record.memory.0,
        plan.task_definition(record.definition).name()
    );
    let wanted = record.wanted_at;
    let mut life = format!(
        "wanted {} ({} into the run)",
        clock.show(wanted),
        words::since_start(wanted)
    );
    match times.started {
        Some(started) if started == wanted => life.push_str(", RUNNING at once"),
        Some(started) => {
            let after = words::length(started.since(wanted));
            life.push_str(&format!(", RUNNING {after} later"));
        }
        None => life.push_str(", never RUNNING"),
    }
    let end = match (times.stopping.or(times.stopped), record.stop) {
        (Some(at), Some(stop)) => {
            let ran = times.started.map_or_else(String::new, |started| {
                format!(" after {} of running", words::length(at.since(started)))
            });
            format!("stopped {}{ran}: {}", clock.show(at), stop.code)
        }
        _ => "not stopped when the run ended".to_owned(),
    };
    let mut facts = vec![place, life, end];
    facts.extend(target_words(replay, record));
    facts
}

/// How the checks of a task's target failed, where they did: those of a Network Load Balancer ask
/// for a connection and no more (ASSUMPTION: `HealthCheckProtocol` is TCP there; `Target.Timeout`
/// is of other balancers alone, API TargetHealth).
fn failed_checks(
    replay: &Replay<'_>,
    record: &TaskRecord,
    group: &TargetGroupPlan,
) -> FailedChecks {
    let plan = replay.plan;
    let (Owner::Service(service), Some((at, _))) = (record.owner, record.unhealthy_in) else {
        return FailedChecks::NoConnection;
    };
    if group.flows.is_some() {
        return FailedChecks::NoConnection;
    }
    if plan.service(service).is_cut_off {
        return FailedChecks::NoAnswer;
    }
    let work = &plan.task_definition(record.definition).work;
    let started = record.times.started;
    let answers = started.is_some_and(|started| started.saturating_add(work.start) <= at);
    let has_exited = record
        .stop
        .is_some_and(|stop| stop.code == StopCode::EssentialContainerExited)
        || stop::restarted::found(replay, record).is_some();
    match answers && !has_exited && stop::checks::fails_by(record, work, at) {
        true => FailedChecks::WrongCode,
        false => FailedChecks::NoConnection,
    }
}

/// What its target group said of it: states from when on, each with its reason code.
fn target_words(replay: &Replay<'_>, record: &TaskRecord) -> Option<String> {
    let Owner::Service(service) = record.owner else {
        return None;
    };
    let (plan, clock) = (replay.plan, replay.clock());
    let service = plan.service(service);
    let group = plan.failed_group(service, record.unhealthy_in)?;
    let times = &record.times;
    let all = states(TargetTimes {
        running: times.started,
        in_service: times.in_service,
        unhealthy: record.unhealthy_in.map(|(at, _)| at),
        failed: failed_checks(replay, record, group),
        deregistered: times.stopping.filter(|_| times.started.is_some()),
        is_met: plan.has_node(service, record.zone),
    });
    let all = all.into_iter().filter(|(at, _)| *at < replay.ended_at);
    let word = |(at, state): (SimTime, TargetState)| {
        let reason = state
            .reason()
            .map_or_else(String::new, |it| format!(" ({it})"));
        format!("{} from {}{reason}", state.name(), clock.show(at))
    };
    let words: Vec<String> = all.map(word).collect();
    // Of two that take turns nobody says here which it was.
    let knows = service.alternate_group.is_none() || record.unhealthy_in.is_some();
    let place = if knows {
        format!(" in {}", group.name)
    } else {
        String::new()
    };
    (!words.is_empty()).then(|| format!("its target{place}: {}", words.join(", ")))
}

/// The job that a task worked for, and its other tries.
fn job_words(replay: &Replay<'_>, pick: &Pick) -> Option<String> {
    let job = pick.job?;
    let tries = replay.trail.picks.iter().filter(|other| {
        other.owner == pick.owner
            && other.ordinal != pick.ordinal
            && other.job.is_some_and(|other| other.number == job.number)
    });
    let others: Vec<String> = tries
        .filter_map(|other| {
            let record = record_of(replay, other)?;
            let number = other.job.map_or(0, |job| job.starts) + 1;
            Some(format!("start {number} is task {}", id_of(replay, record)))
        })
        .collect();
    let others = match others.is_empty() {
        true => String::new(),
        false => format!("; {}", others.join(", ")),
    };
    Some(format!(
        "start {} of job {}, which came in at {}{others}",
        job.starts + 1,
        job.number + 1,
        replay.clock().show(job.arrived)
    ))
}

/// The record of the task that a launch was picked for.
pub(super) fn record_of<'t>(replay: &Replay<'t>, pick: &Pick) -> Option<&'t TaskRecord> {
    let mut tasks = replay.trail.tasks.iter();
    tasks.find(|record| (record.owner, record.ordinal) == (pick.owner, pick.ordinal))
}
