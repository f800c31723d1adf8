//! `schedulingStrategy` of a service, and what a DAEMON service may say.

use crate::policy::strategy::Strategy;
use crate::scenario::context::{not_built_value, refuse_not_built};
use crate::scenario::reader::{Field, MapReader};

use super::cluster::Providers;

/// Reads `schedulingStrategy` and `deploymentController`, and refuses who else would start its
/// tasks: whether the service is a DAEMON, and where it says that CodeDeploy deploys it.
pub(super) fn is_daemon<'a>(map: &mut MapReader<'a>) -> (bool, Option<Field<'a>>) {
    let kinds = [("REPLICA", false), ("DAEMON", true)];
    let is_daemon = map.choice("schedulingStrategy", &kinds).unwrap_or(false);
    let mut by_code_deploy = None;
    if let Some(mut controller) = map.map("deploymentController") {
        if let Some(field) = controller.field("type") {
            let kinds = [("ECS", 0), ("CODE_DEPLOY", 1), ("EXTERNAL", 2)];
            match field.choice(&kinds) {
                Some(1) if is_daemon => {
                    let message = "CodeDeploy deploys no DAEMON service";
                    field.error("invalid-value", message).report();
                }
                Some(1) => by_code_deploy = Some(field),
                Some(2) => not_built_value(&field),
                _ => {}
            }
        }
        controller.finish_aws("ecs.DeploymentController");
    }
    refuse_not_built(map, &["taskSets"]);
    (is_daemon, by_code_deploy)
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
            let help = "remove it, or take schedulingStrategy: REPLICA";
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
