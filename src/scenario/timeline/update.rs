//! UpdateService in the timeline.

use crate::ids::{ServiceId, TargetGroupId, TaskDefinitionId};
use crate::policy::strategy::Strategy;
use crate::policy::traffic_shift::is_shifted;
use crate::scenario::arn::arn_name;
use crate::scenario::aws::service::DESIRED_MAX;
use crate::scenario::aws::{Aws, Hosted, deployment_update, watched_by};
use crate::scenario::context::{Context, not_built, refuse_not_built, unknown_name};
use crate::scenario::plan::{DeploymentUpdate, ServicePlan, ServiceUpdate, TimelineAction};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::hooks::Hooks;

/// UpdateService; `deploy` is one that replaces the tasks, unless it says that it is not forced.
pub(super) fn read(
    cx: &Context<'_>,
    field: &Field<'_>,
    (is_deployment, hooks): (bool, &Hooks<'_>),
    aws: &mut Aws,
) -> Option<TimelineAction> {
    let mut map = field.map()?;
    let service_field = map.required("service");
    let service = service_field.as_ref().and_then(|field| aws.service(field));
    let count_field = map.field("desiredCount");
    let desired_count = count_field
        .as_ref()
        .and_then(|field| field.u32(0..=DESIRED_MAX));
    let strategy_field = map.field("capacityProviderStrategy");
    if let Some(own) = service.map(|it| &aws.services[it.index()]) {
        if own.is_daemon && (desired_count.is_some() || strategy_field.is_some()) {
            refuse_of_daemon(&map);
        }
        refuse_of_others(&mut map, (is_deployment, field), own);
    }
    let strategy = strategy_field
        .as_ref()
        .and_then(|field| aws.provider_names.strategy(field));
    let definition_field = map.field("taskDefinition");
    let definition = definition_field
        .as_ref()
        .and_then(|field| aws.task_definitions.resolve(field));
    refuse_not_built(&mut map, &["placementConstraints", "placementStrategy"]);
    let force = map.bool("forceNewDeployment").unwrap_or(is_deployment);
    if let Some(field) = &strategy_field {
        refuse_empty(field);
    }
    let configured = map.field("deploymentConfiguration");
    let balanced = map.field("loadBalancers");
    let changes = map.has("desiredCount") || strategy_field.is_some() || definition_field.is_some();
    if !changes && !force && configured.is_none() {
        map.warning("no-effect", "this updates nothing").report();
    }
    let deployment = match (&configured, service) {
        (Some(field), Some(service)) => {
            let places = (field, balanced.as_ref());
            configuration(cx, places, (service, desired_count, hooks), aws)
        }
        _ => DeploymentUpdate::default(),
    };
    if let Some(field) = balanced.filter(|_| configured.is_none()) {
        not_built(&field);
    }
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
        deployment,
    }))
}

/// `deploymentConfiguration`, and the second target group that a new strategy needs.
fn configuration(
    cx: &Context<'_>,
    (field, balanced): (&Field<'_>, Option<&Field<'_>>),
    (service, desired_count, hooks): (ServiceId, Option<u32>, &Hooks<'_>),
    aws: &mut Aws<'_>,
) -> DeploymentUpdate {
    let plan = &aws.services[service.index()];
    let desired_count = desired_count.unwrap_or(plan.desired_count);
    let desired = (!plan.is_daemon).then_some(desired_count);
    let who = (desired, hooks);
    if plan.is_by_code_deploy() || plan.has_task_sets() {
        let message = format!(
            "{} is not deployed by ECS: its deployments heed none",
            plan.name
        );
        field.error("invalid-value", message).report();
        return DeploymentUpdate::default();
    }
    let configured = deployment_update(cx, field, who);
    let (mut update, shift) = (configured.update, configured.shift);
    if let Some(list) = balanced
        && let Some(second) = second_group(list, plan, aws)
    {
        aws.services[service.index()].alternate_group = Some(second);
    }
    update.alarms = configured.watched.map(|watched| {
        let of = (service, aws.bake);
        let watched = watched_by(cx, of, &watched?, &mut aws.alarms);
        let later = &mut aws.services[service.index()].later_alarms;
        later.push(watched);
        Some(later.len() as u32)
    });
    let plan = &mut aws.services[service.index()];
    if let Some(shift) = shift {
        let is_headless = plan.target_group.is_none()
            && (plan.demand.is_none() || plan.service_connect)
            && is_shifted(shift.shift, plan.service_connect);
        if !plan.further_groups.is_empty() {
            let message = format!(
                "{} has several target groups: deployments that shift their traffic are not \
                 simulated yet",
                plan.name
            );
            let help = "strategy: ROLLING goes with them";
            field.error("not-built-yet", message).help(help).report();
        } else if plan.alternate_group.is_none() && !is_headless {
            let message = format!(
                "{} would shift traffic to a second target group, and names none",
                plan.name
            );
            let help = "loadBalancers: [{ targetGroupArn: blue, containerName: web, \
                        advancedConfiguration: { alternateTargetGroupArn: green } }]";
            field.error("missing-field", message).help(help).report();
        }
        plan.later_shifts.push(shift);
        update.shift = Some(Some(plan.later_shifts.len() as u32));
    }
    update
}

/// The second target group that `loadBalancers` of an update names beside the service's own.
fn second_group(list: &Field<'_>, plan: &ServicePlan, aws: &Aws<'_>) -> Option<TargetGroupId> {
    let entry = list.list()?.into_iter().next()?;
    let mut map = entry.map()?;
    let own = map.field("targetGroupArn");
    for key in ["containerName", "containerPort", "loadBalancerName"] {
        let _ = map.field(key);
    }
    let advanced = map.map("advancedConfiguration").and_then(|mut map| {
        let group = map.field("alternateTargetGroupArn");
        for key in ["productionListenerRule", "testListenerRule", "roleArn"] {
            let _ = map.field(key);
        }
        map.finish_aws("ecs.AdvancedConfiguration");
        group
    });
    map.finish_aws("ecs.LoadBalancer");
    let group = |id: TargetGroupId| aws.target_groups[id.index()].name.as_str();
    if let Some(own) = own
        && own.str().map(arn_name) != plan.target_group.map(group)
    {
        not_built(&own);
    }
    let field = advanced?;
    let name = field.str().map(arn_name)?;
    let groups = &aws.target_groups;
    let found = groups.iter().position(|known| known.name == name);
    if found.is_none() {
        let known = groups.iter().map(|known| known.name.as_str());
        unknown_name(&field, "target group", name, known);
    }
    found.map(TargetGroupId::from_index)
}

fn refuse_empty(strategy: &Field<'_>) {
    if strategy.node().as_sequence() == Some(&[]) {
        let message = "an empty strategy means the launch type again, which is not simulated yet";
        strategy.error("not-built-yet", message).report();
    }
}

fn refuse_of_daemon(map: &MapReader<'_>) {
    let message = "a DAEMON service has no desiredCount and no capacityProviderStrategy";
    let help = "a taskDefinition, or forceNewDeployment, can be given";
    map.error("invalid-value", message).help(help).report();
}

/// What UpdateService may not say of a service that ECS does not deploy.
fn refuse_of_others(
    map: &mut MapReader<'_>,
    (is_deployment, field): (bool, &Field<'_>),
    service: &ServicePlan,
) {
    if service.has_task_sets() {
        refuse_of_task_sets(map, (is_deployment, field), &service.name);
    }
    if service.is_by_code_deploy() && !is_deployment {
        refuse_of_code_deploy(map, &service.name);
    }
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

/// With CODE_DEPLOY, UpdateService has the count, the grace period and the like (API UpdateService:
/// "Unable to update task definition on services with a CODE_DEPLOY deployment controller").
fn refuse_of_code_deploy(map: &mut MapReader<'_>, service: &str) {
    let message =
        format!("{service} is deployed by CodeDeploy: UpdateService starts no deployment of it");
    let help = "deploy: { service, taskDefinition } stands for CodeDeploy's CreateDeployment";
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
    let mut fit = aws.fit();
    if plan.is_daemon {
        // It does not stand beside itself.
        fit.services = None;
    }
    fit.check(cx, place, &hosted);
}

/// StopServiceDeployment, of a service that ECS deploys.
pub(super) fn stop(cx: &Context<'_>, field: &Field<'_>, aws: &Aws<'_>) -> Option<TimelineAction> {
    let mut map = field.map()?;
    let service_field = map.required("service");
    let kinds = [("ROLLBACK", true), ("ABORT", false)];
    let kind = map.field("stopType");
    let rolls_back = match &kind {
        Some(field) => field.choice(&kinds),
        None => {
            cx.default_text("timeline.*.stopServiceDeployment.stopType");
            Some(true)
        }
    };
    map.finish();
    let service_field = service_field?;
    let service = aws.service(&service_field)?;
    let plan = &aws.services[service.index()];
    let by_code_deploy = plan
        .traffic_shift
        .as_ref()
        .is_some_and(|it| it.by_code_deploy);
    if by_code_deploy || plan.has_task_sets() {
        let message = format!(
            "ECS stops its own deployments only, and does not deploy {}",
            plan.name
        );
        let help = "take deploymentController: { type: ECS }";
        service_field
            .error("invalid-value", message)
            .help(help)
            .report();
        return None;
    }
    Some(TimelineAction::StopDeployment {
        service,
        rolls_back: rolls_back?,
    })
}
