//! How far the scheduler could go: the bounds of a deployment, and what wider ones would allow.

use serde_json::{Value, json};

use super::{Difference, Finding, Replay, rules, words};
use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::observe::inputs::ServiceStep;
use crate::observe::observation::DeploymentStep;
use crate::policy::deployment::{
    Percentages, ReplaceReason, Rollout, StartReason, StopReason, bounds, old_tasks_to_replace,
    tasks_to_start, tasks_to_stop,
};
use crate::world::task::{Owner, TaskRecord};

/// The largest percentage that is looked at for an alternative.
const PERCENT_MAX: u32 = 1_000;

/// What a step had to leave for want of room under `maximumPercent`: the tasks there were, the
/// upper bound, and how many were still to be started.
fn left(step: &ServiceStep) -> Option<(u32, u32, u32)> {
    if let StartReason::Upper {
        have,
        upper,
        missing,
    } = step.start.reason
    {
        return Some((have, upper, missing));
    }
    match step.replace.reason {
        ReplaceReason::Upper { have, upper, lost } => Some((have, upper, lost)),
        ReplaceReason::Lost { .. } | ReplaceReason::Enough { .. } => None,
    }
}

/// A wait for room under `maximumPercent`, if there was one in the span.
pub(super) fn held(
    replay: &Replay<'_>,
    service: ServiceId,
    span: (SimTime, SimTime),
) -> Option<Finding> {
    let steps = steps(replay, service, span);
    let held: Vec<_> = steps.filter(|(_, step)| left(step).is_some()).collect();
    let (first, step) = *held.first()?;
    let last = held.last().map_or(first, |(at, _)| *at);
    let (have, upper, missing) = left(step)?;
    let clock = replay.clock();
    let answer = format!(
        "from {} to {} maximumPercent {} of {} desired left room for {}: there were {have}{}, and \
         {missing} were still to be started",
        clock.show(first),
        clock.short(last, first),
        step.percentages.maximum,
        step.before.desired,
        words::tasks(upper),
        match (step.before.unhealthy, step.before.stopping) {
            (0, 0) => String::new(),
            (count, 0) => format!(" ({count} of them UNHEALTHY)"),
            (0, count) => format!(" ({count} of them still stopping)"),
            (unhealthy, count) =>
                format!(" ({unhealthy} of them UNHEALTHY, {count} still stopping)"),
        },
    );
    let finding = Finding::new("Why did it wait?", answer, inputs(step))
        .decided(replay.plan, first)
        .by(&[rules::TO_START, rules::TO_REPLACE, rules::TO_STOP])
        .details(lower_words(step))
        .details(unhealthy_words(step))
        .otherwise(differences(step));
    Some(finding)
}

/// Why a task is of an older revision than the one that was being rolled out when it was created:
/// it replaced a lost one.
pub(super) fn own_revision(replay: &Replay<'_>, record: &TaskRecord) -> Option<Finding> {
    let Owner::Service(service) = record.owner else {
        return None;
    };
    let created = record.times.created;
    let begun = |step: &DeploymentStep| *step == DeploymentStep::Started;
    let deployments = replay.trail.deployments.iter();
    let mut later = deployments.filter(|(_, of, _, step)| *of == service && begun(step));
    // The deployments after the one that began with the run, in order.
    let (since, _, definition, _) = later.nth(record.deployment as usize)?;
    let mut steps = steps(replay, service, (created, created));
    let (_, step) = steps.find(|(_, step)| *since <= created && 0 < step.replace.tasks)?;
    let lost = step.started.lost;
    let answer = format!(
        "{} of {} had been lost while {}, begun at {}, rolled out, and {} of {} were healthy",
        words::tasks(lost),
        replay.plan.task_definition(record.definition).name(),
        replay.plan.task_definition(*definition).name(),
        replay.clock().show(*since),
        step.started.healthy(),
        step.started.desired,
    );
    let finding = Finding::new("Why is it of the older revision?", answer, inputs(step))
        .decided(replay.plan, created)
        .by(&[rules::TO_REPLACE])
        .otherwise(no_replacement(step));
    Some(finding)
}

/// The nearest `minimumHealthyPercent` with which no lost task would have been replaced.
fn no_replacement(step: &ServiceStep) -> Option<Difference> {
    let replaced = |minimum_healthy: u32| {
        let percentages = Percentages {
            minimum_healthy,
            ..step.percentages
        };
        let bounds = bounds(step.started.desired, percentages);
        old_tasks_to_replace(step.started, bounds).tasks
    };
    let mut lower = (0..step.percentages.minimum_healthy).rev();
    let percent = lower.find(|percent| replaced(*percent) == 0)?;
    let with = format!("minimumHealthyPercent {percent}");
    Some(Difference::new(
        with,
        "no lost task would have been replaced then",
    ))
}

/// Steps of a service in a span, both ends included.
fn steps<'t>(
    replay: &Replay<'t>,
    service: ServiceId,
    (from, to): (SimTime, SimTime),
) -> impl Iterator<Item = (SimTime, &'t ServiceStep)> {
    let all = &replay.trail.steps;
    let first = all.partition_point(|(at, ..)| *at < from);
    let steps = all[first..].iter().take_while(move |(at, ..)| *at <= to);
    steps
        .filter(move |(_, of, _)| *of == service)
        .map(|(at, _, step)| (*at, step))
}

/// The last step of a service up to an instant.
pub(super) fn last_step<'t>(
    replay: &Replay<'t>,
    service: ServiceId,
    at: SimTime,
) -> Option<(SimTime, &'t ServiceStep)> {
    let until = replay.trail.steps.partition_point(|(when, ..)| *when <= at);
    let mut steps = replay.trail.steps[..until].iter().rev();
    let (at, _, step) = steps.find(|(_, of, _)| *of == service)?;
    Some((*at, step))
}

/// How many of the starts that the bounds allowed in a step were refused.
pub(super) fn refused(step: &ServiceStep) -> u32 {
    let started = step.after.new.total() - step.before.new.total();
    step.start.tasks - started
}

/// That launches, and not the bounds, hold a step back.
pub(super) fn refused_words(step: &ServiceStep) -> Option<String> {
    let refused = refused(step);
    (0 < refused).then(|| {
        format!(
            "its bounds let {} start, but {refused} of these launches were refused",
            words::tasks(step.start.tasks)
        )
    })
}

/// Why old tasks stay for now.
pub(super) fn lower_words(step: &ServiceStep) -> Option<String> {
    let StopReason::Lower {
        healthy,
        lower,
        kept,
    } = step.stop.reason
    else {
        return None;
    };
    Some(format!(
        "{} of the old revision stayed: minimumHealthyPercent {} keeps {lower} healthy, and \
         {healthy} were",
        words::tasks(kept),
        step.percentages.minimum_healthy
    ))
}

/// What holds the place of tasks that are UNHEALTHY.
pub(super) fn unhealthy_words(step: &ServiceStep) -> Option<String> {
    let Rollout { unhealthy, .. } = step.after;
    let (go, stay) = (step.stop.unhealthy, step.stop.unhealthy_kept);
    let found = match unhealthy {
        0 => return None,
        1 => "1 task was UNHEALTHY".to_owned(),
        count => format!("{count} tasks were UNHEALTHY"),
    };
    Some(match (go, stay) {
        (0, _) => format!("{found}: each stays until a healthy one is in its place"),
        (_, 0) => format!("{found} and stopped"),
        (go, _) => format!("{found}: {go} stopped, and {stay} until healthy ones are there"),
    })
}

/// The tasks of a rollout in words: `4 new, 2 old and 1 UNHEALTHY`.
pub(super) fn sides_words(rollout: Rollout) -> String {
    let old = rollout.old.total() - rollout.unhealthy;
    match rollout.unhealthy {
        0 => format!("{} new and {old} old tasks", rollout.new.total()),
        count => format!(
            "{} new, {old} old and {count} UNHEALTHY tasks",
            rollout.new.total()
        ),
    }
}

/// What a step was decided from.
pub(super) fn inputs(step: &ServiceStep) -> Value {
    let bounds = bounds(step.before.desired, step.percentages);
    json!({
        "desired": step.before.desired,
        "minimumHealthyPercent": step.percentages.minimum_healthy,
        "maximumPercent": step.percentages.maximum,
        "lower": bounds.lower,
        "upper": bounds.upper,
        "old": { "pending": step.before.old.pending, "running": step.before.old.running,
                 "healthy": step.before.old.healthy },
        "new": { "pending": step.before.new.pending, "running": step.before.new.running,
                 "healthy": step.before.new.healthy },
        "toStart": step.start.tasks,
        "unhealthy": step.before.unhealthy,
        "stopping": step.before.stopping,
        "oldLost": step.started.lost,
        "oldAdded": step.started.added,
        "toReplace": step.replace.tasks,
    })
}

/// The nearest percentages with which one task more would have been started in this step.
pub(super) fn differences(step: &ServiceStep) -> Vec<Difference> {
    let Percentages {
        minimum_healthy,
        maximum,
    } = step.percentages;
    let starts = |maximum: u32| {
        let percentages = Percentages {
            minimum_healthy,
            maximum,
        };
        let new = tasks_to_start(step.before, bounds(step.before.desired, percentages));
        let wider = bounds(step.started.desired, percentages);
        // The old side gets its own only where the new one lacks none.
        let old = match step.start.reason {
            StartReason::Missing { .. } => old_tasks_to_replace(step.started, wider).tasks,
            StartReason::Upper { .. } | StartReason::Failed => step.replace.tasks,
        };
        new.tasks + old
    };
    let now = starts(maximum);
    let mut found = Vec::new();
    // Other bounds make no task healthy: with more of them only more would have failed.
    if 0 < step.before.unhealthy {
        return found;
    }
    // Where launches are refused, more of them that are allowed start nothing.
    let wider = (maximum + 1..=PERCENT_MAX)
        .find(|percent| now < starts(*percent))
        .filter(|_| refused(step) == 0);
    if let Some(percent) = wider {
        let more = starts(percent) - now;
        found.push(Difference::new(
            format!("maximumPercent {percent}"),
            format!(
                "{} more would have been started at once",
                words::tasks(more)
            ),
        ));
    }
    let stops = |minimum_healthy: u32| {
        let percentages = Percentages {
            minimum_healthy,
            maximum,
        };
        let stop = tasks_to_stop(step.after, bounds(step.after.desired, percentages));
        stop.old_not_healthy + stop.old_healthy
    };
    let now = stops(minimum_healthy);
    let lower = (0..minimum_healthy)
        .rev()
        .find(|percent| now < stops(*percent));
    if let Some(percent) = lower {
        let more = words::tasks(stops(percent) - now);
        let for_what = match step.start.reason {
            StartReason::Upper { .. } => ", to make room",
            StartReason::Missing { .. } | StartReason::Failed => "",
        };
        found.push(Difference::new(
            format!("minimumHealthyPercent {percent}"),
            format!("{more} more of the old revision would have been stopped{for_what}"),
        ));
    }
    found
}
