//! `schedulingStrategy` of a service, and what a DAEMON service may say.

use crate::policy::strategy::Strategy;
use crate::scenario::context::{not_built_value, refuse_not_built};
use crate::scenario::reader::MapReader;

use super::cluster::Providers;

/// Reads `schedulingStrategy`, and refuses who else would start its tasks.
pub(super) fn is_daemon(map: &mut MapReader<'_>) -> bool {
    let kinds = [("REPLICA", false), ("DAEMON", true)];
    let is_daemon = map.choice("schedulingStrategy", &kinds).unwrap_or(false);
    if let Some(mut controller) = map.map("deploymentController") {
        if let Some(field) = controller.field("type") {
            let kinds = [("ECS", true), ("CODE_DEPLOY", false), ("EXTERNAL", false)];
            if field.choice(&kinds) == Some(false) {
                not_built_value(&field);
            }
        }
        controller.finish_aws("ecs.DeploymentController");
    }
    refuse_not_built(map, &["taskSets", "volumeConfigurations"]);
    is_daemon
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
