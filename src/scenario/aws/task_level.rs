//! What a service says of its tasks: in its own fields, or in its task sets.

use crate::ids::TaskDefinitionId;
use crate::policy::strategy::Strategy;
use crate::scenario::context::Context;
use crate::scenario::plan::TaskSetPlan;
use crate::scenario::reader::{Field, MapReader};

use super::networking::Placement;
use super::scheduling::daemon_strategy;
use super::service::Around;
use super::service_traffic::{Groups, target_groups};

/// What a service says of its tasks, or its task sets do.
pub(super) struct TaskLevel<'a> {
    /// Where the task definition stands.
    pub(super) place: Option<Field<'a>>,
    pub(super) definition: Option<TaskDefinitionId>,
    pub(super) strategy: Option<Strategy>,
    pub(super) network: Placement,
    pub(super) registries: u32,
    pub(super) target: Option<Groups<'a>>,
    /// Its task sets, the PRIMARY one last.
    pub(super) sets: Vec<TaskSetPlan>,
    /// Whether none of these was refused.
    pub(super) is_whole: bool,
}

impl TaskLevel<'_> {
    /// Nothing is said.
    pub(super) fn none(network: Placement) -> Self {
        TaskLevel {
            place: None,
            definition: None,
            strategy: None,
            network,
            registries: 0,
            target: None,
            sets: Vec::new(),
            is_whole: true,
        }
    }
}

/// What a service that ECS or CodeDeploy deploys says of its tasks.
pub(super) fn task_level<'a>(
    cx: &Context<'_>,
    map: &mut MapReader<'a>,
    (is_daemon, around): (bool, &mut Around<'_, 'a>),
) -> TaskLevel<'a> {
    let place = map.required("taskDefinition");
    let strategy = strategy(map, around, is_daemon);
    let registries = registries(map);
    let network = around.network.placement(cx, map);
    let definition = place
        .as_ref()
        .and_then(|it| around.task_definitions.resolve(it));
    let on_instances = around.is_on_instances(strategy.as_ref());
    TaskLevel {
        target: target_groups(map, around, (definition, on_instances)),
        place,
        definition,
        strategy,
        registries,
        ..TaskLevel::none(network)
    }
}

fn strategy(
    map: &mut MapReader<'_>,
    around: &mut Around<'_, '_>,
    is_daemon: bool,
) -> Option<Strategy> {
    match is_daemon {
        true => daemon_strategy(map, around.providers),
        false => around.providers.of_call(map),
    }
}

/// Services of Cloud Map that tasks are registered with.
pub(super) fn registries(map: &mut MapReader<'_>) -> u32 {
    let mut count = 0;
    for mut registry in map.maps("serviceRegistries") {
        let arn = registry.required("registryArn");
        registry.finish_aws("ecs.ServiceRegistry");
        count += u32::from(arn.is_some());
    }
    count
}
