//! `schedulingStrategy` of a service, and what a DAEMON service may say.

use crate::policy::strategy::Strategy;
use crate::scenario::context::is_empty;
use crate::scenario::reader::{Field, MapReader};

use super::cluster::Providers;

/// Who deploys a service.
pub(super) enum Controller<'a> {
    /// ECS itself.
    Ecs,
    /// CodeDeploy, as the field says.
    CodeDeploy(Field<'a>),
    /// Whoever makes task sets.
    External,
}

impl<'a> Controller<'a> {
    /// Whether whoever makes task sets deploys the service.
    pub(super) fn is_external(&self) -> bool {
        matches!(self, Controller::External)
    }

    /// Where it says that CodeDeploy deploys the service.
    pub(super) fn by_code_deploy(&self) -> Option<&Field<'a>> {
        match self {
            Controller::CodeDeploy(field) => Some(field),
            Controller::Ecs | Controller::External => None,
        }
    }
}

/// Reads `schedulingStrategy` and `deploymentController`: whether the service is a DAEMON, which
/// ECS deploys itself, and who deploys it.
pub(super) fn scheduling<'a>(map: &mut MapReader<'a>) -> (bool, Controller<'a>) {
    let kinds = [("REPLICA", false), ("DAEMON", true)];
    let is_daemon = map.choice("schedulingStrategy", &kinds).unwrap_or(false);
    let mut by = Controller::Ecs;
    if let Some(mut controller) = map.map("deploymentController") {
        if let Some(field) = controller.field("type") {
            let kinds = [("ECS", 0), ("CODE_DEPLOY", 1), ("EXTERNAL", 2)];
            match field.choice(&kinds) {
                Some(1 | 2) if is_daemon => {
                    let message = "a DAEMON service is deployed by ECS itself: its \
                                   deploymentController is neither CODE_DEPLOY nor EXTERNAL";
                    let help = "remove it, or take schedulingStrategy: REPLICA";
                    field.error("invalid-value", message).help(help).report();
                }
                Some(1) => by = Controller::CodeDeploy(field),
                Some(2) => by = Controller::External,
                _ => {}
            }
        }
        controller.finish_aws("ecs.DeploymentController");
    }
    (is_daemon, by)
}

/// Task sets that are listed within a service which is deployed otherwise.
pub(super) fn refuse_task_sets(map: &mut MapReader<'_>, by_code_deploy: bool) {
    let listed = map.field("taskSets").filter(|field| !is_empty(field));
    let Some(field) = listed else { return };
    if by_code_deploy {
        let message = "CodeDeploy makes the task sets of this service: those listed have no effect";
        field.note("no-effect", message).report();
        return;
    }
    let message = "task sets are of a service whose deploymentController is EXTERNAL";
    let help = "deploymentController: { type: EXTERNAL }";
    field.error("invalid-value", message).help(help).report();
}

/// A DAEMON service goes to every instance of the cluster that meets its constraints: it has no
/// count, no capacity providers and no placement strategy, and Fargate has no instances (API
/// CreateService, `schedulingStrategy`). DescribeServices tells a count all the same.
pub(super) fn daemon_strategy(
    map: &mut MapReader<'_>,
    providers: &mut Providers,
) -> Option<Strategy> {
    let mut is_right = true;
    if let Some(field) = map.field("desiredCount") {
        let message = "a DAEMON service has no count of its own: a task runs on each instance";
        field.note("no-effect", message).report();
    }
    for key in ["capacityProviderStrategy", "placementStrategy"] {
        if let Some(field) = map.field(key)
            && field.node().as_sequence() != Some(&[])
        {
            let message = format!("a DAEMON service has no {key}: a task runs on each instance");
            let help = match key {
                "capacityProviderStrategy" => {
                    "remove it, or take schedulingStrategy: REPLICA; a DAEMON service runs on \
                     instances only, never on Fargate, which has none"
                }
                _ => "remove it, or take schedulingStrategy: REPLICA",
            };
            let wrong = field.error_at_key("invalid-value", message);
            wrong.help(help).report();
            is_right = false;
        }
    }
    if let Some(field) = map.field("launchType")
        && field.str() == Some("FARGATE")
    {
        let message = "a DAEMON service runs on instances, and Fargate has none";
        let help = "write launchType: EC2, or take schedulingStrategy: REPLICA";
        field.error("invalid-value", message).help(help).report();
        is_right = false;
    }
    is_right.then(|| providers.of_daemon(map)).flatten()
}
