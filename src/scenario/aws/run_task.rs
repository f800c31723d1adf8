//! `aws.runTasks`: programs that call RunTask, and the call itself, which the timeline makes too.

use crate::engine::SimDuration;
use crate::engine::random::NameHash;
use crate::policy::launch_rate::RUN_TASK_COUNT_MAX;
use crate::scenario::context::{Context, bounded, check_name, duplicate_name, refuse_not_built};
use crate::scenario::plan::{JobSourcePlan, OnInterruption};
use crate::scenario::reader::MapReader;
use crate::scenario::world::streams::StreamNames;

use super::Aws;
use super::fit::Hosted;
use super::placement::Placer;
use super::service::check_cluster;

const RUN_TASKS_MAX: usize = 10_000;
/// The most tasks that one entry of the timeline may start: calls of ten each.
pub(in crate::scenario) const COUNT_MAX: u32 = 10_000;

/// Who calls: a name, and how many tasks a call may start.
pub(in crate::scenario) struct Call {
    pub(in crate::scenario) name: String,
    pub(in crate::scenario) key: NameHash,
    pub(in crate::scenario) count_max: u32,
}

/// Reads `aws.runTasks`, in the order of their streams.
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
        let (Some(field), Some(plan)) = (name_field, plan) else {
            aws.refused_programs.insert(name.to_owned());
            continue;
        };
        check_name(&field, name, 255);
        if aws.job_source_named(name).is_some() {
            duplicate_name(&field, "program of aws.runTasks", name);
        }
        if aws.service_named(name).is_some() {
            let message =
                format!("a service is named \"{name}\" too: world.demand could mean either");
            field.error("duplicate-name", message).report();
        }
        aws.job_sources.push(plan);
    }
    streams.put_in_order(&mut aws.job_sources, |source| &source.name);
}

/// Reads the fields of a RunTask call, and finishes the mapping.
pub(in crate::scenario) fn read_call(
    cx: &Context<'_>,
    mut map: MapReader<'_>,
    call: Call,
    aws: &mut Aws,
) -> Option<JobSourcePlan> {
    let definition = map.required("taskDefinition");
    let place = definition;
    let definition = place
        .as_ref()
        .and_then(|field| aws.task_definitions.resolve(field));
    let count = map.u32("count", 1..=call.count_max);
    let group = map.str("group");
    let started_by = map.field("startedBy");
    check_cluster(&mut map, &aws.cluster);
    let strategy = aws.provider_names.of_call(&mut map);
    let network = aws.network.placement(cx, &mut map);
    let placer = aws
        .provider_names
        .placer(strategy.as_ref(), Placer::RunTask);
    let placement = aws.placements.read(cx, &mut map, placer);
    refuse_not_built(&mut map, &["overrides"]);
    map.finish_aws("ecs.RunTaskRequest");
    let started_by = started_by.and_then(|field| field.str());
    let (task_definition, strategy) = (definition?, strategy?);
    let hosted = Hosted {
        task_definition,
        strategy: &strategy,
        placement: &placement,
        zones: &network.zones,
    };
    aws.fit().check(cx, &place?, &hosted);
    let family = &aws.task_definitions.get(task_definition).family;
    Some(JobSourcePlan {
        placement,
        group: group.map_or_else(|| format!("family:{family}"), str::to_owned),
        started_by: started_by.unwrap_or(&call.name).to_owned(),
        name: call.name,
        key: call.key,
        task_definition,
        count: count.unwrap_or_else(|| cx.default_u32("aws.runTasks.*.count")),
        strategy,
        zones: network.zones,
        assign_public_ip: network.assign_public_ip,
        arrivals: None,
        concurrency: None,
        retry_attempts: 0,
        retry_backoff: SimDuration::ZERO,
        on_interruption: OnInterruption::Restart,
        provider_choice: crate::scenario::plan::ProviderChoice::PerCall,
    })
}
