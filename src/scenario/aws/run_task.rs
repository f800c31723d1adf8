//! `aws.runTasks`: programs that call RunTask, and the call itself, which the timeline makes too.

use crate::engine::SimDuration;
use crate::engine::random::NameHash;
use crate::policy::launch_rate::RUN_TASK_COUNT_MAX;
use crate::scenario::context::{Context, bounded, check_name, duplicate_name};
use crate::scenario::plan::{JobSourcePlan, OnInterruption, ProviderChoice};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::streams::StreamNames;

use super::Aws;
use super::fit::Hosted;
use super::networking::VpcSpelling;
use super::overrides;
use super::placement::Placer;
use super::restart_policy::warn_of_jobs;
use super::service::check_cluster;
use super::volumes;

const RUN_TASKS_MAX: usize = 10_000;
/// The most tasks that one entry of the timeline may start: calls of ten each.
pub(in crate::scenario) const COUNT_MAX: u32 = 10_000;

/// Who calls: a name, and how many tasks a call may start.
pub(in crate::scenario) struct Call {
    pub(in crate::scenario) name: String,
    pub(in crate::scenario) key: NameHash,
    pub(in crate::scenario) count_max: u32,
}

/// Reads `aws.runTasks`.
pub(super) fn read(
    cx: &Context<'_>,
    map: &mut MapReader<'_>,
    streams: &StreamNames,
    aws: &mut Aws,
) {
    for field in bounded(map, "runTasks", RUN_TASKS_MAX) {
        let Some(mut map) = field.map() else { continue };
        let name_field = map.required("name");
        let name = name_field
            .as_ref()
            .and_then(|field| field.str())
            .unwrap_or_default();
        let call = Call {
            name: name.to_owned(),
            key: streams.key(name),
            count_max: RUN_TASK_COUNT_MAX,
        };
        let plan = read_call(cx, map, call, aws);
        if let Some(field) = &name_field {
            check_name(field, name, 255);
        }
        let place = name_field.unwrap_or(field);
        enter(aws, &place, (name, "program of aws.runTasks"), plan);
    }
}

/// Enters who calls RunTask under a name that nobody else has.
pub(super) fn enter(
    aws: &mut Aws,
    place: &Field<'_>,
    (name, what): (&str, &str),
    plan: Option<JobSourcePlan>,
) {
    let Some(plan) = plan else {
        aws.refused_programs.insert(name.to_owned());
        return;
    };
    if aws.job_source_named(name).is_some() {
        duplicate_name(place, what, name);
    }
    if aws.service_named(name).is_some() {
        let message = format!("a service is named \"{name}\" too: world.demand could mean either");
        place.error("duplicate-name", message).report();
    }
    aws.job_sources.push(plan);
}

/// Reads the fields of a RunTask call, and finishes the mapping.
pub(in crate::scenario) fn read_call(
    cx: &Context<'_>,
    mut map: MapReader<'_>,
    who: Call,
    aws: &mut Aws,
) -> Option<JobSourcePlan> {
    check_cluster(&mut map, &aws.cluster);
    let started_by = map.field("startedBy");
    let overrides = map.field("overrides");
    let size = overrides.as_ref().and_then(overrides::read);
    let default = "aws.runTasks.*.count";
    let plan = call(cx, &mut map, (who, default, &VpcSpelling::ECS), aws);
    let volume = volumes::at_launch(
        cx,
        (&mut map, volumes::Owner::RunTask),
        (
            &aws.task_definitions,
            plan.as_ref().map(|it| it.task_definition),
        ),
        None,
    );
    map.finish_aws("ecs.RunTaskRequest");
    let mut plan = plan?;
    plan.volume = volume;
    if let Some(started_by) = started_by.and_then(|field| field.str()) {
        plan.started_by = started_by.to_owned();
    }
    if let (Some(field), Some(size)) = (&overrides, size) {
        overrides::take(field, (&mut plan, size), aws);
    }
    Some(plan)
}

/// Reads what RunTask and the ECS targets of EventBridge have in common.
pub(super) fn call(
    cx: &Context<'_>,
    map: &mut MapReader<'_>,
    (who, default_count, vpc): (Call, &str, &VpcSpelling),
    aws: &mut Aws,
) -> Option<JobSourcePlan> {
    let place = map.required("taskDefinition");
    let definition = place
        .as_ref()
        .and_then(|field| aws.task_definitions.resolve(field));
    let count = map.u32("count", 1..=who.count_max);
    let group = map.str("group");
    let strategy = aws.provider_names.of_call(map);
    let network = aws.network.placement_spelled(cx, map, vpc);
    let placer = aws
        .provider_names
        .placer(strategy.as_ref(), Placer::RunTask);
    let placement = aws.placements.read(cx, map, placer);
    let (task_definition, strategy) = (definition?, strategy?);
    let hosted = Hosted {
        task_definition,
        strategy: &strategy,
        placement: &placement,
        zones: &network.zones,
    };
    let place = place?;
    aws.fit().check(cx, &place, &hosted);
    warn_of_jobs(&aws.task_definitions, task_definition, &place);
    let definition = aws.task_definitions.get(task_definition);
    let placed = (definition, placer == Placer::Fargate, 1);
    aws.network.warn(&place, &network.subnets, placed);
    let family = &aws.task_definitions.get(task_definition).family;
    Some(JobSourcePlan {
        volume: None,
        placement,
        group: group.map_or_else(|| format!("family:{family}"), str::to_owned),
        started_by: who.name.clone(),
        name: who.name,
        key: who.key,
        task_definition,
        count: count.unwrap_or_else(|| cx.default_u32(default_count)),
        strategy,
        zones: network.zones,
        subnets: network.subnets,
        assign_public_ip: network.assign_public_ip,
        arrivals: None,
        after: Vec::new(),
        concurrency: None,
        retry_attempts: 0,
        retry_backoff: SimDuration::ZERO,
        on_interruption: OnInterruption::Restart,
        provider_choice: ProviderChoice::PerCall,
        cpu: None,
        memory: None,
        beside: None,
        target: None,
    })
}
