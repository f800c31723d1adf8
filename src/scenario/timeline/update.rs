//! UpdateService in the timeline.

use crate::ids::{ServiceId, TaskDefinitionId};
use crate::policy::strategy::Strategy;
use crate::scenario::aws::service::DESIRED_MAX;
use crate::scenario::aws::{Aws, Hosted};
use crate::scenario::context::{Context, refuse_not_built};
use crate::scenario::plan::{ServiceUpdate, TimelineAction};
use crate::scenario::reader::{Field, MapReader};

/// UpdateService; `deploy` is one that replaces the tasks in any case.
pub(super) fn read(
    cx: &Context<'_>,
    field: &Field<'_>,
    is_deployment: bool,
    aws: &mut Aws,
) -> Option<TimelineAction> {
    let mut map = field.map()?;
    let service_field = map.required("service");
    let service = service_field.as_ref().and_then(|field| aws.service(field));
    let desired_count = map.u32("desiredCount", 0..=DESIRED_MAX);
    let strategy_field = map.field("capacityProviderStrategy");
    if service.is_some_and(|service| aws.services[service.index()].is_daemon)
        && (desired_count.is_some() || strategy_field.is_some())
    {
        let message = "a DAEMON service has no desiredCount and no capacityProviderStrategy";
        let help = "a taskDefinition, or forceNewDeployment, can be given";
        map.error("invalid-value", message).help(help).report();
    }
    if let Some(service) = service.filter(|it| aws.services[it.index()].has_task_sets()) {
        let name = &aws.services[service.index()].name;
        refuse_of_task_sets(&mut map, (is_deployment, field), name);
    }
    let strategy = strategy_field
        .as_ref()
        .and_then(|field| aws.provider_names.strategy(field));
    let definition_field = map.field("taskDefinition");
    let definition = definition_field
        .as_ref()
        .and_then(|field| aws.task_definitions.resolve(field));
    refuse_not_built(&mut map, &["placementConstraints", "placementStrategy"]);
    let force = map
        .bool("forceNewDeployment")
        .unwrap_or(is_deployment && definition.is_none());
    if let Some(field) = &strategy_field
        && field.node().as_sequence() == Some(&[])
    {
        let message = "an empty strategy means the launch type again, which is not simulated yet";
        field.error("not-built-yet", message).report();
    }
    if desired_count.is_none() && strategy.is_none() && definition.is_none() && !force {
        map.warning("no-effect", "this updates nothing").report();
    }
    refuse_not_built(&mut map, &["deploymentConfiguration"]);
    map.finish_aws("ecs.UpdateServiceRequest");
    let place = strategy_field.or(definition_field);
    if let (Some(service), Some(place)) = (service, place) {
        check_update(cx, &place, (service, &strategy, definition), aws);
    }
    Some(TimelineAction::UpdateService(ServiceUpdate {
        service: service?,
        desired_count,
        strategy,
        task_definition: definition,
        force_new_deployment: force,
    }))
}

/// With EXTERNAL, UpdateService has the count and nothing of its tasks (API UpdateService).
fn refuse_of_task_sets(
    map: &mut MapReader<'_>,
    (is_deployment, field): (bool, &Field<'_>),
    service: &str,
) {
    let help = "createTaskSet, updateTaskSet and updateServicePrimaryTaskSet deploy it";
    let message = format!("{service} is deployed by task sets: UpdateService starts no deployment");
    if is_deployment {
        field.error("invalid-value", message).help(help).report();
        return;
    }
    for key in [
        "taskDefinition",
        "forceNewDeployment",
        "capacityProviderStrategy",
    ] {
        if let Some(field) = map.field(key) {
            let wrong = field.error_at_key("invalid-value", &message[..]);
            wrong.help(help).report();
        }
    }
}

/// The tasks of the service as it is then can run where they go (AWS lets UpdateService move a
/// service between Fargate and instances: API UpdateService, `capacityProviderStrategy`).
fn check_update(
    cx: &Context<'_>,
    place: &Field<'_>,
    (service, strategy, definition): (ServiceId, &Option<Strategy>, Option<TaskDefinitionId>),
    aws: &Aws,
) {
    let plan = &aws.services[service.index()];
    let hosted = Hosted {
        task_definition: definition.unwrap_or(plan.task_definition),
        strategy: strategy.as_ref().unwrap_or(&plan.strategy),
        placement: &plan.placement,
        zones: &plan.zones,
    };
    aws.fit().check(cx, place, &hosted);
}
