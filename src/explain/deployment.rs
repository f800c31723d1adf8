//! Why a deployment failed, and what the circuit breaker did with it.

use serde_json::json;

use super::alarm::{higher_threshold, more_periods};
use super::scaling::points_words;
use super::series::Line;
use super::{Difference, Finding, Replay, rules, words};
use crate::engine::SimTime;
use crate::ids::{AlarmId, ServiceId, TaskDefinitionId};
use crate::observe::alarms::verdict_words;
use crate::observe::inputs::CircuitBreakerAsked;
use crate::observe::observation::{DeploymentStep, Failed, FailedBy};
use crate::policy::circuit_breaker::{
    CircuitBreaker, Failures, Threshold, ThresholdType, Verdict, failure_threshold, verdict,
};
use crate::scenario::plan::{AlarmPlan, DeploymentAlarmsPlan, TimelineAction};

/// The most failed deployments that an overview tells of.
const FINDINGS_MAX: usize = 3;

/// How the tasks of a deployment failed.
fn failures_words(failures: Failures) -> String {
    let parts = [
        (failures.never_ran, "never reached RUNNING"),
        (failures.failed_checks, "failed health checks"),
        (failures.ended_unchecked, "ended before they were healthy"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| 0 < *count)
        .map(|(count, how)| format!("{count} {how}"))
        .collect();
    words::listed(&parts)
}

/// Why a deployment failed, in short.
pub(super) fn failure_words(replay: &Replay<'_>, service: ServiceId, failed: Failed) -> String {
    let then = match failed.rolls_back {
        true => "it is rolled back",
        false => "it starts no more tasks",
    };
    let by = failed_by_words(replay, service, failed.by);
    format!("{by}; {then}")
}

/// What failed a deployment, in short.
pub(super) fn failed_by_words(replay: &Replay<'_>, service: ServiceId, by: FailedBy) -> String {
    match by {
        FailedBy::CircuitBreaker {
            failures,
            threshold,
        } => format!(
            "the circuit breaker: of its tasks {}, the threshold is {threshold}",
            failures_words(failures),
        ),
        FailedBy::Alarm(alarm) => {
            let name = &replay.plan.alarms[alarm.index()].name;
            format!("alarm {name} went to ALARM")
        }
        FailedBy::Hook { hook, result } => {
            let name = replay.plan.service(service).hook_name(hook);
            format!("its lifecycle hook {name} is {}", result.status())
        }
        FailedBy::StageTimeout { stage } => {
            format!("{} took longer than ECS waits", stage.name())
        }
        FailedBy::Unsteady { waited } => format!(
            "CodeDeploy gives the new task set {waited} to be steady again after the desired count \
             has changed, and it was not"
        ),
        FailedBy::Stopped => "StopServiceDeployment of the timeline".to_owned(),
    }
}

/// Why the first failed deployments of a service failed.
pub(super) fn findings(replay: &Replay<'_>, service: ServiceId) -> Vec<Finding> {
    let failed = failed(replay, service).take(FINDINGS_MAX);
    failed
        .filter_map(|(at, definition, failed)| finding(replay, service, at, (definition, failed)))
        .collect()
}

/// Why the deployment failed that was the last to fail up to an instant.
pub(super) fn last_finding(
    replay: &Replay<'_>,
    service: ServiceId,
    at: SimTime,
) -> Option<Finding> {
    let before = failed(replay, service).take_while(|(when, ..)| *when <= at);
    let (at, definition, failed) = before.last()?;
    finding(replay, service, at, (definition, failed))
}

/// Why the deployment failed whose rollback is what a service has at an instant, or is getting.
pub(super) fn rolled_back(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> Option<Finding> {
    let steps = replay.trail.deployments.iter().rev();
    let mut its = steps.filter(|(when, of, ..)| *when <= at && *of == service);
    let is_back = its.find_map(|(.., step)| match step {
        DeploymentStep::RollingBack { .. } => Some(true),
        DeploymentStep::Started => Some(false),
        _ => None,
    });
    is_back?.then(|| last_finding(replay, service, at))?
}

fn failed<'t>(
    replay: &Replay<'t>,
    service: ServiceId,
) -> impl Iterator<Item = (SimTime, TaskDefinitionId, Failed)> + use<'t> {
    let steps = replay.trail.deployments.iter();
    steps.filter_map(move |(at, of, definition, step)| match step {
        DeploymentStep::Failed(failed) if *of == service => Some((*at, *definition, *failed)),
        _ => None,
    })
}

fn finding(
    replay: &Replay<'_>,
    service: ServiceId,
    at: SimTime,
    (definition, failed): (TaskDefinitionId, Failed),
) -> Option<Finding> {
    let name = replay.plan.task_definition(definition).name();
    let when = replay.clock().show(at);
    let question = match failed.rolls_back {
        true => format!("Why was the deployment of {name} rolled back at {when}?"),
        false => format!("Why did the deployment of {name} fail at {when}?"),
    };
    let threshold = match failed.by {
        FailedBy::CircuitBreaker { threshold, .. } => threshold,
        FailedBy::Alarm(alarm) => {
            return Some(by_alarm(replay, (service, at), question, alarm));
        }
        FailedBy::Hook { .. }
        | FailedBy::StageTimeout { .. }
        | FailedBy::Unsteady { .. }
        | FailedBy::Stopped => {
            let answer = failure_words(replay, service, failed);
            let inputs = json!({ "rollsBack": failed.rolls_back });
            let finding = Finding::new(question, answer, inputs).decided(replay.plan, at);
            // Who stops a deployment says whether it is rolled back.
            let asks = failed.by != FailedBy::Stopped || failed.rolls_back;
            let then = then_words(replay, service, at, asks);
            let rule = match failed.by {
                FailedBy::Unsteady { .. } => rules::UNSTEADY,
                FailedBy::Stopped => rules::STOPPED,
                _ => rules::LIFECYCLE_HOOK,
            };
            return Some(finding.details([then]).by(&[rule]));
        }
    };
    let mut asked = replay.trail.breakers.iter();
    let (.., asked) = asked.find(|(when, of, _)| (*when, *of) == (at, service))?;
    let answer = format!(
        "{} of its tasks had failed: {}; {threshold} is the threshold of {} desired",
        asked.failures.count(),
        failures_words(asked.failures),
        asked.desired
    );
    let then = then_words(replay, service, at, asked.breaker.rollback);
    let finding = Finding::new(question, answer, inputs(asked, threshold))
        .decided(replay.plan, at)
        .details([then])
        .by(&[rules::FAILED_TASKS, rules::CIRCUIT_BREAKER])
        .otherwise(differences(asked));
    Some(finding)
}

/// Why an alarm failed a deployment.
fn by_alarm(
    replay: &Replay<'_>,
    (service, at): (ServiceId, SimTime),
    question: String,
    alarm: AlarmId,
) -> Finding {
    let plan = replay.plan;
    let name = &plan.alarms[alarm.index()].name;
    let rollback = watched(replay, (service, at)).is_some_and(|watched| watched.rollback);
    let mut steps = replay.trail.deployments.iter();
    let baked = steps.rfind(|(when, of, ..)| *when < at && *of == service);
    let when = match baked {
        Some((.., DeploymentStep::Baking { .. })) => "while it was baking: its tasks all ran",
        _ => "while it was rolled out",
    };
    let place = match plan.service(service).is_by_code_deploy() {
        true => "alarmConfiguration of the deployment group",
        false => "deploymentConfiguration.alarms",
    };
    let answer = format!("alarm {name}, which {place} names, went to ALARM {when}");
    let plan_of = &plan.alarms[alarm.index()];
    let line = Line::of(replay, plan_of.service);
    let at_us = at.as_micros() as i64;
    let newest = plan_of.clock.newest_arrived(at);
    let points = line.points(plan_of, at_us);
    let verdicts = replay.trail.alarm_states.iter();
    let mut verdicts = verdicts.filter(|(when, of, _)| (*when, *of) == (at, alarm));
    let why = verdicts.next_back().map(|(.., verdict)| {
        let why = verdict_words(plan_of, verdict);
        format!("it saw {}: {why}", plan_of.metric.name())
    });
    let goes_on = "it would have been silent then, and the deployment gone on";
    let more = |changed: &AlarmPlan| line.points(changed, at_us);
    let others = [
        higher_threshold(plan_of, &points, goes_on),
        more_periods(plan_of, more, goes_on),
        Some(Difference::new(
            format!("{place} without it"),
            "the deployment would have gone on",
        )),
        rollback.then(|| {
            let stayed = "it would have failed and stayed as it was, without new tasks";
            Difference::new("rollback false", stayed)
        }),
    ];
    let inputs = json!({
        "alarm": name,
        "rollback": rollback,
        "metric": plan_of.metric.name(),
        "Threshold": plan_of.rule.threshold,
        "EvaluationPeriods": plan_of.rule.evaluation_periods,
        "DatapointsToAlarm": plan_of.rule.datapoints_to_alarm,
        "datapoints": points,
    });
    Finding::new(question, answer, inputs)
        .decided(plan, at)
        .details(why)
        .details(points_words(replay, plan_of, (newest, &points)))
        .details([then_words(replay, service, at, rollback)])
        .by(&[rules::DEPLOYMENT_ALARMS, rules::ALARM])
        .otherwise(others.into_iter().flatten())
}

/// The alarms of the deployment that was under way: as the newest UpdateService before it began, or
/// with it, had them.
fn watched<'a>(
    replay: &Replay<'a>,
    (service, at): (ServiceId, SimTime),
) -> Option<&'a DeploymentAlarmsPlan> {
    let plan = replay.plan;
    let mut steps = replay.trail.deployments.iter();
    let started = steps.rfind(|(when, of, _, step)| {
        *when <= at && *of == service && *step == DeploymentStep::Started
    });
    let began = started.map_or(SimTime::ZERO, |(when, ..)| *when);
    let updates = plan.timeline.iter().filter(|entry| entry.at <= began);
    let mut of_updates = updates.filter_map(|entry| match &entry.action {
        TimelineAction::UpdateService(update) if update.service == service => {
            update.deployment.alarms
        }
        _ => None,
    });
    let rules = plan.service(service).deployment_rules();
    let place = of_updates.next_back().unwrap_or(rules.alarms)?;
    plan.service(service).watched(place)
}

/// What came of it.
fn then_words(replay: &Replay<'_>, service: ServiceId, at: SimTime, rollback: bool) -> String {
    let mut steps = replay.trail.deployments.iter();
    let back = steps.find(|(when, of, _, step)| {
        (*when, *of) == (at, service) && matches!(step, DeploymentStep::RollingBack { .. })
    });
    if let Some((_, _, definition, _)) = back {
        let name = replay.plan.task_definition(*definition).name();
        return format!("{name}, the last deployment that was completed, took its place again");
    }
    match rollback {
        true => "no deployment had ever been completed: there was none to go back to, and it \
                 starts no more tasks"
            .to_owned(),
        false => "rollback is off: it starts no more tasks, and what it has stays".to_owned(),
    }
}

fn inputs(asked: &CircuitBreakerAsked, threshold: u32) -> serde_json::Value {
    let CircuitBreakerAsked {
        breaker,
        failures,
        desired,
        has_completed,
    } = asked;
    json!({
        "neverRan": failures.never_ran,
        "failedHealthChecks": failures.failed_checks,
        "endedBeforeHealthy": failures.ended_unchecked,
        "desired": desired,
        "threshold": threshold,
        "thresholdType": breaker.threshold.kind.as_str(),
        "thresholdValue": breaker.threshold.value,
        "rollback": breaker.rollback,
        "resetOnHealthyTask": breaker.reset_on_healthy_task,
        "hasCompletedDeployment": has_completed,
    })
}

/// The nearest settings with which it would have gone on, or not have been rolled back.
fn differences(asked: &CircuitBreakerAsked) -> Vec<Difference> {
    let with = |threshold: Threshold| {
        let breaker = CircuitBreaker {
            threshold,
            ..asked.breaker
        };
        let verdict = verdict(breaker, asked.failures, asked.desired, asked.has_completed);
        matches!(verdict, Verdict::GoesOn { .. })
    };
    let mut found = Vec::new();
    let kind = asked.breaker.threshold.kind;
    let threshold = |value| Threshold { kind, value };
    let most = match kind {
        ThresholdType::BoundedPercent | ThresholdType::UnboundedPercent => 100,
        ThresholdType::Count => asked.failures.count() + 1,
    };
    let mut higher = asked.breaker.threshold.value + 1..=most;
    if let Some(value) = higher.find(|value| with(threshold(*value))) {
        let needed = failure_threshold(threshold(value), asked.desired);
        found.push(Difference::new(
            format!("thresholdConfiguration {} {value}", kind.as_str()),
            format!(
                "it would have gone on, until {} have failed",
                words::tasks(needed)
            ),
        ));
    }
    if asked.breaker.rollback && asked.has_completed {
        found.push(Difference::new(
            "rollback false",
            "it would have failed and stayed as it was, without new tasks",
        ));
    } else if !asked.breaker.rollback && asked.has_completed {
        found.push(Difference::new(
            "rollback true",
            "the last completed deployment would have taken its place",
        ));
    }
    found
}
