//! Tasks that a deployment took the place of: one that was rolled out, or one that came back
//! because a later one had failed; and tasks of task sets.

use serde_json::json;

use crate::engine::{SimDuration, SimTime};
use crate::explain::{Difference, Finding, Replay, bounds, changes, deployment, rules, task_sets};
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::observe::observation::DeploymentStep;
use crate::world::task::TaskRecord;

/// Minutes that a longer bake time is told with.
const BAKE_MORE_MIN: u64 = 10;

/// It was of an older deployment, of one that failed, or of a task set that has too many.
pub(super) fn finding(
    replay: &Replay<'_>,
    record: &TaskRecord,
    (service, at): (ServiceId, SimTime),
) -> Finding {
    if replay.plan.service(service).has_task_sets() {
        return task_sets::stopped(replay, record, (service, at));
    }
    match last_begun(replay, service, at) {
        Some((began, back_to, DeploymentStep::RollingBack { from, .. })) => {
            let is_of_failed = *from == record.deployment;
            rolled_back(
                replay,
                (service, began, at),
                (is_of_failed, back_to, record),
            )
        }
        Some((began, definition, _)) => {
            let name = replay.plan.task_definition(definition).name();
            let since = replay.clock().show(began);
            let answer = format!("a deployment of {name}, which began at {since}, replaced it");
            match shifted(replay, service, (began, at)) {
                true => by_shift(replay, (service, at), answer),
                false => by_rollout(replay, (service, at), answer),
            }
        }
        None => {
            let answer = "a later deployment replaced it; which is not known".to_owned();
            by_rollout(replay, (service, at), answer)
        }
    }
}

/// The last deployment that began, or came back, up to an instant.
fn last_begun<'t>(
    replay: &Replay<'t>,
    service: ServiceId,
    at: SimTime,
) -> Option<(SimTime, TaskDefinitionId, &'t DeploymentStep)> {
    let mut steps = replay.trail.deployments.iter().rev();
    let begins = |step: &DeploymentStep| {
        matches!(
            step,
            DeploymentStep::Started | DeploymentStep::RollingBack { .. }
        )
    };
    steps
        .find(|(when, of, _, step)| *when <= at && *of == service && begins(step))
        .map(|(when, _, definition, step)| (*when, *definition, step))
}

/// Whether the deployment that began then went through stages of traffic.
fn shifted(replay: &Replay<'_>, service: ServiceId, (began, at): (SimTime, SimTime)) -> bool {
    replay.trail.deployments.iter().any(|(when, of, _, step)| {
        let is_within = began <= *when && *when <= at && *of == service;
        is_within && matches!(step, DeploymentStep::Stage { .. })
    })
}

/// All traffic went over, and the old revision was kept until it had baked.
fn by_shift(replay: &Replay<'_>, (service, at): (ServiceId, SimTime), answer: String) -> Finding {
    let plan = replay.plan.service(service);
    let shift = plan.traffic_shift.as_ref();
    // Which of several an UpdateService has left is not kept.
    let shift = shift.filter(|_| plan.later_shifts.is_empty());
    let bake = shift.map(|shift| shift.bake);
    let longer = bake.map(|bake| {
        let minutes = bake.as_micros() / 60_000_000;
        Difference::new(
            format!("bakeTimeInMinutes {}", minutes + BAKE_MORE_MIN),
            format!("it would have stayed {BAKE_MORE_MIN} min longer"),
        )
    });
    let inputs = json!({
        "bakeTime_s": bake.map(SimDuration::as_secs_f64),
        "desired": changes::counts_at(replay, service, at).desired,
    });
    let said = "the old revision keeps all of its tasks until the new one has all of the traffic \
                and has baked, then they stop";
    Finding::new("Why did it stop?", answer, inputs)
        .decided(replay.plan, at)
        .details([said.to_owned()])
        .by(&[rules::TRAFFIC_SHIFT])
        .otherwise([Difference::new("no deployment", "it would have gone on")])
        .otherwise(longer)
}

/// By the step rule of a rollout.
fn by_rollout(replay: &Replay<'_>, (service, at): (ServiceId, SimTime), answer: String) -> Finding {
    let question = "Why did it stop?";
    let otherwise = Difference::new("no deployment", "it would have gone on");
    let Some((_, step)) = bounds::last_step(replay, service, at) else {
        let finding = Finding::new(question, answer, json!({})).decided(replay.plan, at);
        return finding.by(&[rules::TO_STOP]).otherwise([otherwise]);
    };
    Finding::new(question, answer, bounds::inputs(step))
        .decided(replay.plan, at)
        .details(spare_words(replay, service, at))
        .by(&[rules::TO_STOP])
        .otherwise([otherwise])
}

/// What the lower bound left.
fn spare_words(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> Option<String> {
    let (_, step) = bounds::last_step(replay, service, at)?;
    Some(format!(
        "{} were healthy, old and new, of {} desired: minimumHealthyPercent {} let old ones go",
        step.after.healthy(),
        step.after.desired,
        step.percentages.minimum_healthy
    ))
}

/// A deployment failed and an earlier one took its place again: why it failed is why this stopped.
fn rolled_back(
    replay: &Replay<'_>,
    (service, began, at): (ServiceId, SimTime, SimTime),
    (is_of_failed, back_to, record): (bool, TaskDefinitionId, &TaskRecord),
) -> Finding {
    let plan = replay.plan;
    let back_to = plan.task_definition(back_to).name();
    let its = plan.task_definition(record.definition).name();
    let whose = match is_of_failed {
        true => format!("its own deployment, of {its},"),
        false => "the deployment before".to_owned(),
    };
    let mut answer = format!(
        "{whose} failed at {} and was rolled back to {back_to}",
        replay.clock().show(began)
    );
    let Some(why) = deployment::last_finding(replay, service, at) else {
        return by_rollout(replay, (service, at), format!("{answer}; why is not known"));
    };
    answer.push_str(&format!(": {}", why.answer));
    let mut inputs = why.inputs;
    inputs["rolledBackTo"] = back_to.into();
    let step = bounds::last_step(replay, service, at).map(|(_, step)| bounds::inputs(step));
    inputs["rollout"] = step.unwrap_or_default();
    Finding::new("Why did it stop?", answer, inputs)
        .decided(plan, at)
        .details(why.details)
        .details(spare_words(replay, service, at).filter(|_| !plan.service(service).may_shift()))
        .by(&why.rules)
        .by(&[rules::TO_STOP])
        .otherwise(why.otherwise)
}
