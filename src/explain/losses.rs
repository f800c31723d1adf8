//! Tasks that a service lost against its scheduler's will: to Spot, by crashes, before they ran.

use serde_json::json;

use super::{Finding, Replay, changes, rules, stop, task, words};
use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::policy::life_cycle::StopCause;
use crate::world::task::{Owner, TaskRecord};

/// Digits of a task's id that are told: as many as find it.
const DIGITS: usize = 12;

/// The tasks that were lost in a span, both ends included, with their replacements; one finding a
/// cause.
pub(super) fn findings(
    replay: &Replay<'_>,
    service: ServiceId,
    (from, at): (SimTime, SimTime),
) -> Vec<Finding> {
    let lost = changes::lost(replay, service).into_iter();
    let lost: Vec<_> = lost
        .filter(|(when, ..)| from <= *when && *when <= at)
        .collect();
    let mut causes: Vec<StopCause> = Vec::new();
    for (.., cause) in &lost {
        if !causes.contains(cause) {
            causes.push(*cause);
        }
    }
    let of_cause = |cause: StopCause| {
        let its = lost.iter().filter(|(.., of)| *of == cause);
        let tasks: Vec<_> = its.map(|(when, task, _)| (*when, *task)).collect();
        finding(replay, (service, at), cause, &tasks)
    };
    causes.into_iter().map(of_cause).collect()
}

fn finding(
    replay: &Replay<'_>,
    (service, at): (ServiceId, SimTime),
    cause: StopCause,
    lost: &[(SimTime, &TaskRecord)],
) -> Finding {
    let (first, (last, record)) = (lost[0].0, lost[lost.len() - 1]);
    let is_replacement = |task: &&TaskRecord| {
        task.owner == Owner::Service(service) && lost.iter().any(|gone| gone.0 == task.wanted_at)
    };
    let tasks = replay.trail.tasks.iter();
    let replaced: Vec<&TaskRecord> = tasks.filter(is_replacement).collect();
    let ran = |task: &&&TaskRecord| task.times.started.is_some_and(|on| on <= at);
    let running = replaced.iter().filter(ran).count();
    let zones = zones_of(replay, lost);
    let ids: Vec<String> = lost
        .iter()
        .map(|(_, task)| task::id_of(replay, task)[..DIGITS].to_owned())
        .collect();
    let count = words::tasks(u32::try_from(lost.len()).unwrap_or(u32::MAX));
    let clock = replay.clock();
    let places = words::places(&zones);
    let when = match clock.show(first) {
        only if only == clock.show(last) => format!("at {only}"),
        begin => format!("from {begin} to {}", clock.short(last, first)),
    };
    let said = match cause {
        StopCause::SpotInterruption => format!("Fargate Spot took back {count}{places} {when}"),
        cause => format!("{count}{places} {when}: {}", changes::cause_word(cause)),
    };
    let were_whole = were_whole(replay, service, lost);
    let replacements = match replaced.len() {
        0 => unreplaced_words(replay, (service, at), were_whole),
        1 => format!("{running} of 1 replacement ran by then"),
        all => format!("{running} of {all} replacements ran by then"),
    };
    let inputs = json!({
        "lost": lost.len(),
        "stopCode": record.stop.map(|stop| stop.code.as_str()),
        "tasks": ids,
        "replacements": replaced.len(),
        "replacementsRunning": running,
        "replacedBeforeTheyStopped": replaced.is_empty() && were_whole,
        "availabilityZones": zones,
    });
    let last_id = task::id_of(replay, record)[..DIGITS].to_owned();
    let finding = Finding::new(
        "Which tasks were lost?",
        format!("{said}; {replacements}"),
        inputs,
    )
    .decided(replay.plan, last);
    match cause {
        // Why each was taken, its draw and the reclaim say: --task.
        StopCause::SpotInterruption => finding
            .details([format!("the last was task {last_id}")])
            .by(&[rules::RECLAIM]),
        cause => {
            let ended = stop::told(replay, record, cause);
            finding
                .details([format!("the last, task {last_id}: {}", ended.why)])
                .details(ended.details)
                .by(&ended.rules)
                .otherwise(ended.otherwise)
        }
    }
}

/// Whether at no loss fewer than desired were left: who replaces before it stops never has fewer.
fn were_whole(replay: &Replay<'_>, service: ServiceId, lost: &[(SimTime, &TaskRecord)]) -> bool {
    lost.iter().all(|(when, _)| {
        let then = changes::counts_at(replay, service, *when);
        then.desired <= then.running
    })
}

/// That no launch came of the losses, and why none was needed.
fn unreplaced_words(
    replay: &Replay<'_>,
    (service, at): (ServiceId, SimTime),
    were_whole: bool,
) -> String {
    let counts = changes::counts_at(replay, service, at);
    let ran = format!(
        "{} of {} desired ran by then",
        counts.running, counts.desired
    );
    match (were_whole, counts.desired <= counts.running) {
        (true, _) => format!("each was replaced before it stopped: {ran}"),
        (false, true) => format!("none was replaced for that, and {ran}"),
        (false, false) => "none was replaced by then".to_owned(),
    }
}

/// The zones that the lost tasks were in, each once.
fn zones_of(replay: &Replay<'_>, lost: &[(SimTime, &TaskRecord)]) -> Vec<String> {
    let mut zones: Vec<String> = lost
        .iter()
        .map(|(_, task)| replay.plan.zone_name(task.zone).to_owned())
        // Machines of one's own stand in none.
        .filter(|zone| !zone.is_empty())
        .collect();
    zones.sort();
    zones.dedup();
    zones
}
