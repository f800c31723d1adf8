//! How far the scheduler could go: the bounds of a deployment, and what wider ones would allow.

use serde_json::{Value, json};

use super::{Difference, Finding, Replay, rules, words};
use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::observe::inputs::ServiceStep;
use crate::policy::deployment::{
    Percentages, Start, StartReason, StopReason, bounds, tasks_to_start, tasks_to_stop,
};

/// The largest percentage that is looked at for an alternative.
const PERCENT_MAX: u32 = 1_000;

/// A wait for room under `maximumPercent`, if there was one in the span.
pub(super) fn held(
    replay: &Replay<'_>,
    service: ServiceId,
    span: (SimTime, SimTime),
) -> Option<Finding> {
    let mut steps = steps(replay, service, span);
    let is_upper =
        |step: &&(SimTime, &ServiceStep)| matches!(step.1.start.reason, StartReason::Upper { .. });
    let held: Vec<_> = steps.by_ref().filter(|step| is_upper(&step)).collect();
    let (first, step) = *held.first()?;
    let last = held.last().map_or(first, |(at, _)| *at);
    let StartReason::Upper {
        have,
        upper,
        missing,
    } = step.start.reason
    else {
        return None;
    };
    let clock = replay.clock();
    let answer = format!(
        "from {} to {} maximumPercent {} of {} desired left room for {}: there were {have}, and \
         {missing} were still to be started",
        clock.show(first),
        clock.short(last, first),
        step.percentages.maximum,
        step.before.desired,
        words::tasks(upper),
    );
    let finding = Finding::new("Why did it wait?", answer, inputs(step))
        .decided(replay.plan, first)
        .by(&[rules::TO_START, rules::TO_STOP])
        .details(lower_words(step))
        .otherwise(differences(step));
    Some(finding)
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
    })
}

/// The nearest percentages with which one task more would have been started in this step.
pub(super) fn differences(step: &ServiceStep) -> Vec<Difference> {
    let Percentages {
        minimum_healthy,
        maximum,
    } = step.percentages;
    let starts = |maximum: u32| -> Start {
        let percentages = Percentages {
            minimum_healthy,
            maximum,
        };
        tasks_to_start(step.before, bounds(step.before.desired, percentages))
    };
    let mut found = Vec::new();
    let wider =
        (maximum + 1..=PERCENT_MAX).find(|percent| step.start.tasks < starts(*percent).tasks);
    if let Some(percent) = wider {
        let more = starts(percent).tasks - step.start.tasks;
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
        found.push(Difference::new(
            format!("minimumHealthyPercent {percent}"),
            format!("{more} more of the old revision would have been stopped, to make room"),
        ));
    }
    found
}
