//! Task sets of services whose deploymentController is EXTERNAL: `aws.taskSets`, those that
//! DescribeServices has within its services, and CreateTaskSet of the timeline.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{ServiceId, TaskDefinitionId, ZoneId};
use crate::policy::strategy::Strategy;
use crate::policy::task_set::Scale;
use crate::scenario::arn::arn_name;
use crate::scenario::context::{
    Context, bounded, check_name, duplicate_name, is_empty, not_built, unknown_name, warn_not_built,
};
use crate::scenario::plan::{PlacementPlan, TaskSetPlan, TaskSubnetPlan};
use crate::scenario::reader::{Field, MapReader};

use super::Aws;
use super::cluster::Providers;
use super::fit::Hosted;
use super::networking::{Network, Placement};
use super::service::{Around, check_cluster};
use super::service_traffic::{Groups, target_groups};
use super::task_definition::TaskDefinitions;
use super::task_level::{TaskLevel, registries};

const TASK_SETS_MAX: usize = 10_000;
/// Parameters that a service with EXTERNAL has in its task sets (API CreateService).
const OF_TASK_SETS: [&str; 7] = [
    "taskDefinition",
    "launchType",
    "capacityProviderStrategy",
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
];
const HELP: &str = "write it in aws.taskSets, and in createTaskSet of the timeline";

/// `aws.taskSets` by the service that each is of.
#[derive(Default)]
pub(super) struct TaskSets<'a> {
    by_service: BTreeMap<String, Vec<Field<'a>>>,
    taken: BTreeSet<String>,
}

/// Sorts `aws.taskSets` by their services; they are read with them.
pub(super) fn sort<'a>(aws: &mut MapReader<'a>) -> TaskSets<'a> {
    let mut sets = TaskSets::default();
    for field in bounded(aws, "taskSets", TASK_SETS_MAX) {
        let Some(mut map) = field.map() else { continue };
        let Some(service) = service_field(&mut map) else {
            let message = "a task set names the service that it is of";
            field.error("missing-field", message).report();
            continue;
        };
        if let Some(name) = service.str().map(arn_name) {
            sets.by_service
                .entry(name.to_owned())
                .or_default()
                .push(field);
        }
    }
    sets
}

fn service_field<'a>(map: &mut MapReader<'a>) -> Option<Field<'a>> {
    let by_arn = map.field("serviceArn");
    map.field("service").or(by_arn)
}

impl<'a> TaskSets<'a> {
    /// Those of a service.
    fn of(&mut self, service: &str) -> Vec<Field<'a>> {
        self.taken.insert(service.to_owned());
        self.by_service.remove(service).unwrap_or_default()
    }

    /// Says which are of no service that has task sets.
    pub(super) fn finish<'n>(&self, services: impl Iterator<Item = &'n str> + Clone) {
        for (service, sets) in &self.by_service {
            let place = sets[0].map().and_then(|mut map| service_field(&mut map));
            let place = place.as_ref().unwrap_or(&sets[0]);
            if services.clone().any(|known| known == service) {
                let message =
                    format!("{service} is deployed by ECS or CodeDeploy, not by task sets");
                let help = "deploymentController: { type: EXTERNAL } on the service";
                place.error("invalid-value", message).help(help).report();
            } else {
                unknown_name(place, "service", service, services.clone());
            }
        }
    }
}

/// What stands around a task set.
struct Known<'k> {
    providers: &'k mut Providers,
    definitions: &'k TaskDefinitions,
    network: &'k Network,
}

/// A task set as read.
struct SetRead<'a> {
    /// Where its task definition stands.
    place: Option<Field<'a>>,
    name: Option<String>,
    definition: Option<TaskDefinitionId>,
    strategy: Option<Strategy>,
    scale: Scale,
    network: Placement,
    registries: u32,
}

impl SetRead<'_> {
    fn plan(&self) -> Option<TaskSetPlan> {
        Some(TaskSetPlan {
            name: self.name.clone()?,
            task_definition: self.definition?,
            strategy: self.strategy.clone()?,
            scale: self.scale,
        })
    }
}

/// Reads a task set but for its load balancers.
fn set<'a>(cx: &Context<'_>, map: &mut MapReader<'a>, known: Known<'_>) -> SetRead<'a> {
    let place = map.required("taskDefinition");
    let by_id = map.field("id");
    let named = map
        .field("externalId")
        .filter(|field| field.str() != Some(""));
    let definition = place
        .as_ref()
        .and_then(|field| known.definitions.resolve(field));
    let named = named.or(by_id);
    let own = named.as_ref().and_then(|field| field.str());
    if let (Some(field), Some(name)) = (&named, own) {
        check_name(field, name, 255);
    }
    let of_revision = || definition.map(|id| known.definitions.get(id).name());
    SetRead {
        name: own.map(str::to_owned).or_else(of_revision),
        definition,
        strategy: known.providers.of_call(map),
        scale: scale_of(cx, map),
        network: known.network.placement(cx, map),
        registries: registries(map),
        place,
    }
}

/// `scale`, which is none where it is left out.
fn scale_of(cx: &Context<'_>, map: &mut MapReader<'_>) -> Scale {
    let given = map.map("scale").and_then(scale);
    given.unwrap_or_else(|| {
        let source = "ASSUMPTION: AWS gives no default; its examples of CreateTaskSet have 0";
        cx.assume("aws.taskSets.*.scale.value".into(), "0".into(), source);
        Scale::NONE
    })
}

/// A `scale` block.
pub(in crate::scenario) fn scale(mut map: MapReader<'_>) -> Option<Scale> {
    let value = map.f64("value", 0.0..=100.0);
    let _ = map.choice("unit", &[("PERCENT", ())]);
    map.finish_aws("ecs.Scale");
    value.map(Scale::from_percent)
}

/// What the tasks of a service with EXTERNAL are: its PRIMARY task set has it.
pub(super) fn of_service<'a>(
    cx: &Context<'_>,
    service: &mut MapReader<'a>,
    (name, around): (Option<&str>, &mut Around<'_, 'a>),
) -> TaskLevel<'a> {
    for key in OF_TASK_SETS {
        if let Some(field) = service.field(key).filter(|field| !is_empty(field)) {
            let message =
                format!("with EXTERNAL a service's task sets have {key}, not the service");
            let wrong = field.error_at_key("invalid-value", message);
            wrong.help(HELP).report();
        }
    }
    if let Some(field) = service.field("availabilityZoneRebalancing")
        && field.choice(&[("ENABLED", true), ("DISABLED", false)]) == Some(true)
    {
        warn_not_built(&field, "rebalancing of task sets over zones");
    }
    let mut fields = service.list("taskSets");
    fields.extend(
        name.map(|name| around.task_sets.of(name))
            .unwrap_or_default(),
    );
    let status = |field: &Field<'a>| field.node().get("status").and_then(|it| it.as_text());
    let primary = fields.iter().position(|it| status(it) == Some("PRIMARY"));
    if fields.is_empty() {
        let message = "a service with EXTERNAL needs a task set: ECS starts no tasks of it without";
        let help = "aws.taskSets: [{ service: web, externalId: blue, taskDefinition: web, \
                    launchType: FARGATE, scale: { value: 100, unit: PERCENT } }]";
        service.error("missing-field", message).help(help).report();
    } else {
        // The PRIMARY one stands last.
        let primary = fields.remove(primary.unwrap_or(0));
        fields.push(primary);
    }
    let mut level = TaskLevel::none(around.network.anywhere());
    let mut others: Vec<(SetRead<'a>, Option<String>, Field<'a>)> = Vec::new();
    let last = fields.len().saturating_sub(1);
    for (index, field) in fields.into_iter().enumerate() {
        let Some(mut map) = field.map() else { continue };
        check_cluster(&mut map, around.cluster);
        let _ = service_field(&mut map);
        let _ = map.field("status").map(|field| field.choice(&STATUSES));
        let known = Known {
            providers: around.providers,
            definitions: around.task_definitions,
            network: around.network,
        };
        let read = set(cx, &mut map, known);
        if index == last {
            let on_instances = around.is_on_instances(read.strategy.as_ref());
            let tasks = (read.definition, on_instances);
            level.target = only_one(target_groups(&mut map, around, tasks));
        }
        let group = (index < last).then(|| group_named(&mut map)).flatten();
        map.finish_aws("ecs.TaskSet");
        others.push((read, group, field));
    }
    check_alike(cx, &others, around);
    level.sets = others.iter().filter_map(|(it, ..)| it.plan()).collect();
    level.is_whole = level.sets.len() == others.len();
    if let Some((primary, ..)) = others.pop() {
        level.place = primary.place;
        level.definition = primary.definition;
        level.strategy = primary.strategy;
        level.network = primary.network;
        level.registries = primary.registries;
    }
    level
}

/// Refuses a second target group.
fn only_one(groups: Option<Groups<'_>>) -> Option<Groups<'_>> {
    if let Some(second) = groups.as_ref().and_then(Groups::second) {
        not_built(second);
    }
    groups
}

const STATUSES: [(&str, ()); 3] = [("PRIMARY", ()), ("ACTIVE", ()), ("DRAINING", ())];

/// The target group that a task set names.
fn group_named(map: &mut MapReader<'_>) -> Option<String> {
    let mut named = None;
    for mut entry in map.maps("loadBalancers") {
        let group = entry.field("targetGroupArn").and_then(|field| field.str());
        for key in ["containerName", "containerPort", "loadBalancerName"] {
            let _ = entry.field(key);
        }
        entry.finish_aws("ecs.LoadBalancer");
        named = named.or(group.map(|name| arn_name(name).to_owned()));
    }
    named
}

/// Task sets of one service have names of their own and, so far, one network and target group.
fn check_alike(
    cx: &Context<'_>,
    sets: &[(SetRead<'_>, Option<String>, Field<'_>)],
    around: &Around<'_, '_>,
) {
    let Some((primary, _, last)) = sets.last() else {
        return;
    };
    let group = last.map().and_then(|mut map| group_named_quietly(&mut map));
    let mut names = BTreeSet::new();
    for (read, of, field) in sets {
        if let Some(name) = &read.name
            && !names.insert(name.clone())
        {
            duplicate_name(field, "task set of the service", name);
        }
        if std::ptr::eq(field, last) {
            continue;
        }
        let network = where_of(&primary.network);
        differs(field, read, (network, of.as_deref(), group.as_deref()));
        if let (Some(place), Some(definition), Some(strategy)) =
            (&read.place, read.definition, &read.strategy)
        {
            let hosted = Hosted {
                task_definition: definition,
                strategy,
                placement: &PlacementPlan::default(),
                zones: &read.network.zones,
            };
            around.fit().check(cx, place, &hosted);
        }
    }
}

/// As [`group_named`], of a block that was read.
fn group_named_quietly(map: &mut MapReader<'_>) -> Option<String> {
    let entry = map.field("loadBalancers")?.list()?.into_iter().next()?;
    let group = entry.node().get("targetGroupArn")?.as_text()?;
    Some(arn_name(group).to_owned())
}

/// The zones and subnets of tasks, and whether they have public addresses.
type Where<'p> = (&'p [ZoneId], &'p [TaskSubnetPlan], bool);

/// Refuses a task set that has another network or target group than the PRIMARY one.
fn differs(
    field: &Field<'_>,
    read: &SetRead<'_>,
    (network, group, of_primary): (Where<'_>, Option<&str>, Option<&str>),
) {
    let what = match () {
        () if where_of(&read.network) != network => "networkConfiguration",
        () if group != of_primary => "loadBalancers",
        () => return,
    };
    let message = format!(
        "a task set whose {what} is another than the PRIMARY one's of its service is not simulated \
         yet"
    );
    let help = format!("write the same {what}: requests go to the tasks of both alike");
    field.error("not-built-yet", message).help(help).report();
}

fn where_of(network: &Placement) -> Where<'_> {
    let Placement {
        zones,
        subnets,
        assign_public_ip,
        ..
    } = network;
    (zones, subnets, *assign_public_ip)
}

/// CreateTaskSet of the timeline, for a service that has task sets.
pub(in crate::scenario) fn created(
    cx: &Context<'_>,
    field: &Field<'_>,
    (aws, service): (&mut Aws<'_>, Option<ServiceId>),
) -> Option<TaskSetPlan> {
    let mut map = field.map()?;
    check_cluster(&mut map, &aws.cluster);
    let _ = service_field(&mut map);
    let known = Known {
        providers: &mut aws.provider_names,
        definitions: &aws.task_definitions,
        network: &aws.network,
    };
    let read = set(cx, &mut map, known);
    let group = group_named(&mut map);
    let _ = map.field("status");
    map.finish_aws("ecs.TaskSet");
    let service = &aws.services[service?.index()];
    let network = (
        &service.zones[..],
        &service.subnets[..],
        service.assign_public_ip,
    );
    let own = service.target_group;
    let own = own.map(|group| aws.target_groups[group.index()].name.as_str());
    differs(field, &read, (network, group.as_deref(), own));
    if let (Some(place), Some(task_definition), Some(strategy)) =
        (&read.place, read.definition, &read.strategy)
    {
        let hosted = Hosted {
            task_definition,
            strategy,
            placement: &service.placement,
            zones: &service.zones,
        };
        aws.fit().check(cx, place, &hosted);
    }
    read.plan()
}
