//! Decisions about deployments, in words.

use serde_json::json;

use super::{Told, subject};
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::observe::observation::{DeploymentStep, Failed, FailedBy, TaskSetChange};
use crate::observe::times::iso8601;
use crate::policy::traffic_shift::{Stage, TrafficShare};
use crate::scenario::plan::Plan;
use crate::world::task::Owner;

/// What happened to a deployment, in words.
pub(super) fn told(
    plan: &Plan,
    service: ServiceId,
    definition: TaskDefinitionId,
    step: DeploymentStep,
) -> Told {
    let revision = plan.task_definition(definition).name();
    let (words, step) = match step {
        DeploymentStep::Started => (format!("deployment of {revision} starts"), "started"),
        DeploymentStep::AlarmsIgnored(alarm) => {
            let name = &plan.alarms[alarm.index()].name;
            (
                format!(
                    "the alarms of the deployment of {revision} are ignored: {name} was in ALARM \
                     when it began"
                ),
                "alarmsIgnored",
            )
        }
        DeploymentStep::Stuck => (
            format!(
                "deployment of {revision} was unable to stop or start tasks because of the service \
                 deployment configuration"
            ),
            "stuck",
        ),
        DeploymentStep::Completed => (format!("deployment of {revision} is complete"), "completed"),
        DeploymentStep::Baking { until } => {
            let until = iso8601(plan.run.start, until);
            (
                format!("deployment of {revision} bakes until {until}"),
                "baking",
            )
        }
        DeploymentStep::Stage { stage, share } => {
            return staged(plan, service, &revision, (stage, share));
        }
        DeploymentStep::ScaledOut { added, older } => (
            format!(
                "of {added} tasks that are added during the deployment of {revision} {older} are \
                 of the older revision"
            ),
            "scaledOut",
        ),
        DeploymentStep::NotStopped => (
            "no deployment is in progress: there is nothing to stop".to_owned(),
            "notStopped",
        ),
        DeploymentStep::TaskSet(change) => return task_set(plan, service, &revision, change),
        DeploymentStep::Failed(failed) => return failure(plan, service, &revision, failed),
        DeploymentStep::RollingBack { .. } => {
            (format!("{revision} is deployed again"), "rollingBack")
        }
    };
    Told {
        kind: "deployment",
        subject: subject(plan, Owner::Service(service)),
        words,
        inputs: json!({ "taskDefinition": revision, "step": step }),
    }
}

/// What became of a task set.
fn task_set(plan: &Plan, service: ServiceId, revision: &str, change: TaskSetChange) -> Told {
    let (said, step) = match change {
        TaskSetChange::Created(_) => ("is created", "created"),
        TaskSetChange::Scaled(_) => ("is scaled", "scaled"),
        TaskSetChange::Primary => ("becomes PRIMARY", "primary"),
        TaskSetChange::Deleted => ("is deleted", "deleted"),
        TaskSetChange::Steady => ("is in STEADY_STATE", "steady"),
    };
    let mut words = format!("the task set of {revision} {said}");
    let mut inputs = json!({ "taskDefinition": revision, "taskSet": step });
    if let TaskSetChange::Created(scale) | TaskSetChange::Scaled(scale) = change {
        words = format!("{words}, at {} % of the desired count", scale.percent());
        inputs["scalePercent"] = scale.percent().into();
    }
    Told {
        kind: "deployment",
        subject: subject(plan, Owner::Service(service)),
        words,
        inputs,
    }
}

/// A stage of a blue/green deployment.
fn staged(
    plan: &Plan,
    service: ServiceId,
    revision: &str,
    (stage, share): (Stage, TrafficShare),
) -> Told {
    let name = stage.name();
    let percent = share.percent();
    Told {
        kind: "deployment",
        subject: subject(plan, Owner::Service(service)),
        words: format!("deployment of {revision} is at {name}, with {percent} % of the traffic"),
        inputs: json!({
            "taskDefinition": revision,
            "step": "stage",
            "lifecycleStage": name,
            "trafficPercent": percent,
        }),
    }
}

/// A deployment that failed.
fn failure(plan: &Plan, service: ServiceId, revision: &str, failed: Failed) -> Told {
    let then = match failed.rolls_back {
        true => "it is rolled back",
        false => "it starts no more tasks",
    };
    let mut inputs = json!({
        "taskDefinition": revision,
        "step": "failed",
        "rollsBack": failed.rolls_back,
    });
    let why = match failed.by {
        FailedBy::CircuitBreaker {
            failures,
            threshold,
        } => {
            inputs["threshold"] = threshold.into();
            inputs["neverRan"] = failures.never_ran.into();
            inputs["failedHealthChecks"] = failures.failed_checks.into();
            inputs["endedBeforeHealthy"] = failures.ended_unchecked.into();
            let count = failures.count();
            format!("{count} of its tasks failed, the circuit breaker's threshold is {threshold}")
        }
        FailedBy::Alarm(alarm) => {
            let name = &plan.alarms[alarm.index()].name;
            inputs["alarm"] = name.as_str().into();
            format!("alarm {name} went to ALARM")
        }
        FailedBy::Hook { hook, result } => {
            let name = plan.service(service).hook_name(hook);
            let status = result.status();
            inputs["hook"] = name.into();
            inputs["status"] = status.into();
            format!("its lifecycle hook {name} is {status}")
        }
        FailedBy::StageTimeout { stage } => {
            inputs["lifecycleStage"] = stage.name().into();
            format!("it was at {} for longer than ECS waits", stage.name())
        }
        FailedBy::Unsteady { waited } => {
            inputs["waited_s"] = waited.as_secs_f64().into();
            format!("its new task set was not steady {waited} after the desired count changed")
        }
        FailedBy::Stopped => "StopServiceDeployment stopped it".to_owned(),
    };
    Told {
        kind: "deployment",
        subject: subject(plan, Owner::Service(service)),
        words: format!("deployment of {revision} has failed: {why}; {then}"),
        inputs,
    }
}
