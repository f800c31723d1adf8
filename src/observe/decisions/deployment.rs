//! Decisions about deployments, in words.

use serde_json::json;

use super::{Told, subject};
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::observe::observation::{DeploymentStep, Failed};
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
        DeploymentStep::Stuck => (
            format!(
                "deployment of {revision} was unable to stop or start tasks because of the service \
                 deployment configuration"
            ),
            "stuck",
        ),
        DeploymentStep::Completed => (format!("deployment of {revision} is complete"), "completed"),
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

/// A deployment that the circuit breaker failed.
fn failure(plan: &Plan, service: ServiceId, revision: &str, failed: Failed) -> Told {
    let (failures, threshold) = (failed.failures, failed.threshold);
    let count = failures.count();
    let then = match failed.rolls_back {
        true => "it is rolled back",
        false => "it starts no more tasks",
    };
    Told {
        kind: "deployment",
        subject: subject(plan, Owner::Service(service)),
        words: format!(
            "deployment of {revision} has failed: {count} of its tasks failed, the circuit \
             breaker's threshold is {threshold}; {then}"
        ),
        inputs: json!({
            "taskDefinition": revision,
            "step": "failed",
            "threshold": threshold,
            "neverRan": failures.never_ran,
            "failedHealthChecks": failures.failed_checks,
            "endedBeforeHealthy": failures.ended_unchecked,
            "rollsBack": failed.rolls_back,
        }),
    }
}
