//! The steps of a service's deployments and task sets, in words.

use std::collections::BTreeSet;

use super::{Change, ChangeKind};
use crate::engine::SimTime;
use crate::explain::{Replay, deployment, words};
use crate::ids::ServiceId;
use crate::observe::inputs::StopBecause;
use crate::observe::observation::{DeploymentStep, TaskSetChange};
use crate::policy::traffic_shift::TrafficShare;
use crate::world::task::Owner;

/// All steps of a service's deployments, in order of time.
pub(super) fn of(replay: &Replay<'_>, service: ServiceId) -> Vec<Change> {
    let mut began = None;
    let mut changes = Vec::new();
    let of_service = replay.trail.deployments.iter().filter(|it| it.1 == service);
    let mut steps = of_service.peekable();
    let mut had = TrafficShare::NONE;
    while let Some((at, _, definition, step)) = steps.next() {
        if let DeploymentStep::Stage { share, .. } = step {
            // A stage that takes no time and moves no traffic is passed over.
            let next = steps.peek();
            let goes_on = |(when, _, _, next): &&(SimTime, _, _, DeploymentStep)| {
                when == at && matches!(next, DeploymentStep::Stage { .. })
            };
            let is_passed = next.is_some_and(goes_on) && *share == had;
            had = *share;
            if is_passed {
                continue;
            }
        }
        if let DeploymentStep::Started | DeploymentStep::RollingBack { .. } = step {
            began = Some(*at);
        }
        let name = replay.plan.task_definition(*definition).name();
        let told = match step {
            DeploymentStep::Completed => {
                let ended = (began.unwrap_or(*at), *at);
                (
                    format!("deployment of {name} is complete"),
                    completed_words(replay, service, ended),
                )
            }
            step => step_words(replay, service, (&name, *step)),
        };
        let kind = match step {
            DeploymentStep::Failed(_) | DeploymentStep::RollingBack { .. } => {
                ChangeKind::DeploymentFailed
            }
            _ => ChangeKind::Deployment,
        };
        changes.push(Change::new(replay, *at, kind, told, 0));
    }
    changes
}

/// When the last of the tasks has stopped that a deployment, under way in a span, took the place
/// of, if that is after it is complete, as with an early success that leaves them for later; `None`
/// instead of an instant: not before the run's end.
fn last_stopped(
    replay: &Replay<'_>,
    service: ServiceId,
    (began, completed): (SimTime, SimTime),
) -> Option<Option<SimTime>> {
    let stops = replay.trail.stops.iter().filter(|it| {
        let is_replaced = it.because == StopBecause::Replaced && it.service == service;
        is_replaced && began <= it.at && it.at <= completed
    });
    let ordinals: BTreeSet<u64> = stops.map(|it| it.ordinal).collect();
    let owner = Owner::Service(service);
    let tasks = replay.trail.tasks.iter();
    let its = tasks.filter(|it| it.owner == owner && ordinals.contains(&it.ordinal));
    let ends: Vec<Option<SimTime>> = its.map(|it| it.times.execution_stopped).collect();
    match ends.iter().any(Option::is_none) {
        true => Some(None),
        false => ends
            .into_iter()
            .max()?
            .filter(|at| completed < *at)
            .map(Some),
    }
}

/// Why a deployment is complete. After an early success old tasks may be on their way out still:
/// they finish the requests that they have.
fn completed_words(
    replay: &Replay<'_>,
    service: ServiceId,
    (began, completed): (SimTime, SimTime),
) -> String {
    let took = match completed.since(began) {
        took if took.is_zero() => "at once".to_owned(),
        took => format!("{} after it began", words::length(took)),
    };
    let shown = |at: SimTime| replay.clock().short(at, completed);
    match last_stopped(replay, service, (began, completed)) {
        None if completed == began => "its tasks are there already: none is replaced".to_owned(),
        None => format!("the new tasks are healthy and the old ones gone, {took}"),
        Some(None) => format!(
            "the new tasks are healthy and the old ones told to stop, {took}; when the run ended \
             not all had stopped"
        ),
        Some(Some(at)) => format!(
            "the new tasks are healthy and the old ones told to stop, {took}; the last of these \
             has stopped at {}",
            shown(at)
        ),
    }
}

/// What a step of a deployment is, and why it came.
fn step_words(
    replay: &Replay<'_>,
    service: ServiceId,
    (name, step): (&str, DeploymentStep),
) -> (String, String) {
    match step {
        DeploymentStep::Started => (
            format!("deployment of {name} begins"),
            "UpdateService of the timeline".to_owned(),
        ),
        DeploymentStep::AlarmsIgnored(alarm) => (
            format!("deployment of {name} has no alarms"),
            format!(
                "{} was in ALARM when it began, so that none is looked at until its end",
                replay.plan.alarms[alarm.index()].name
            ),
        ),
        DeploymentStep::Stuck => (
            format!("deployment of {name} can go no further"),
            "its bounds let it neither start nor stop a task".to_owned(),
        ),
        DeploymentStep::Completed => (format!("deployment of {name} is complete"), String::new()),
        DeploymentStep::Baking { until } => (
            format!("deployment of {name} bakes"),
            format!(
                "its alarms are watched until {}",
                replay.clock().show(until)
            ),
        ),
        DeploymentStep::Stage { stage, share } => (
            format!("deployment of {name} is at {}", stage.name()),
            format!("it has {} % of the traffic", share.percent()),
        ),
        DeploymentStep::ScaledOut { added, older } => (
            format!("{} more for both revisions", words::tasks(added)),
            format!("{older} of them of the older one, as {name} is being rolled out"),
        ),
        DeploymentStep::NotStopped => (
            "no deployment is stopped".to_owned(),
            "StopServiceDeployment of the timeline found none in progress".to_owned(),
        ),
        DeploymentStep::TaskSet(change) => task_set_words(name, change),
        DeploymentStep::Failed(failed) => (
            format!("deployment of {name} has failed"),
            deployment::failure_words(replay, service, failed),
        ),
        DeploymentStep::RollingBack { by, .. } => (
            format!("deployment of {name} is rolled back to"),
            format!(
                "it is the last one that was completed, and the later one has failed: {}",
                deployment::failed_by_words(replay, service, by)
            ),
        ),
    }
}

/// What became of a task set, and why.
fn task_set_words(name: &str, change: TaskSetChange) -> (String, String) {
    let (what, why) = match change {
        TaskSetChange::Created(scale) => {
            let why = format!("CreateTaskSet of the timeline, at {} %", scale.percent());
            ("is created", why)
        }
        TaskSetChange::Scaled(scale) => {
            let percent = scale.percent();
            let why = format!("UpdateTaskSet of the timeline: {percent} % of the desired count");
            ("is scaled", why)
        }
        TaskSetChange::Primary => {
            let why = "UpdateServicePrimaryTaskSet of the timeline".to_owned();
            ("becomes PRIMARY", why)
        }
        TaskSetChange::Deleted => ("is deleted", "DeleteTaskSet of the timeline".to_owned()),
        TaskSetChange::Steady => {
            let why = "as many tasks run as its scale says, and all are healthy".to_owned();
            ("is in STEADY_STATE", why)
        }
    };
    (format!("the task set of {name} {what}"), why)
}
