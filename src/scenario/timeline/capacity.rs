//! What is done to the cluster's capacity at a stated time: by the operator to groups, by the world
//! to zones and Spot pools.

use crate::engine::SimDuration;
use crate::ids::{GroupId, ZoneId};
use crate::scenario::arn::arn_name;
use crate::scenario::aws::Aws;
use crate::scenario::context::{Context, unknown_name};
use crate::scenario::plan::{
    DisconnectPlan, DrainPlan, DroughtPlan, GroupPlan, Launcher, TimelineAction,
};
use crate::scenario::reader::{Field, MapReader};

/// The kinds of entries that are read here.
pub(super) const KINDS: [&str; 6] = [
    "setDesiredCapacity",
    "instanceRefresh",
    "drain",
    "outage",
    "drought",
    "agentDisconnect",
];

/// The most instances that a group may be set to.
const CAPACITY_MAX: u32 = 100_000;

/// An entry of one of [`KINDS`].
pub(super) fn read(
    cx: &Context<'_>,
    (kind, field): (&str, &Field<'_>),
    aws: &Aws,
) -> Option<TimelineAction> {
    let mut map = field.map()?;
    let action = match kind {
        "setDesiredCapacity" => desired_capacity(&mut map, aws),
        "instanceRefresh" => refresh(cx, &mut map, aws),
        "drain" => drain(cx, &mut map, aws),
        "agentDisconnect" => agent_disconnect(cx, &mut map, aws),
        "outage" => outage(&mut map, aws),
        _ => drought(cx, &mut map, aws),
    };
    map.finish();
    action
}

fn desired_capacity(map: &mut MapReader<'_>, aws: &Aws) -> Option<TimelineAction> {
    let group = map.required("AutoScalingGroupName");
    let desired = map.required("DesiredCapacity");
    let (id, desired_field) = (group_of(&group?, aws)?, desired?);
    let desired = desired_field.u32(0..=CAPACITY_MAX)?;
    let plan = &aws.groups[id.index()];
    // Scheduled actions may have moved the bounds by then.
    let are_fixed = aws.scheduled_actions.iter().all(|it| it.group != id);
    if are_fixed && (desired < plan.min_size || plan.max_size < desired) {
        let message = format!(
            "DesiredCapacity {desired} is not between MinSize {} and MaxSize {} of {}: the nearer \
             of the two counts, AWS refuses it",
            plan.min_size, plan.max_size, plan.name
        );
        desired_field.warning("out-of-range", message).report();
    }
    Some(TimelineAction::SetDesiredCapacity { group: id, desired })
}

fn refresh(cx: &Context<'_>, map: &mut MapReader<'_>, aws: &Aws) -> Option<TimelineAction> {
    let group = map.required("AutoScalingGroupName");
    let percent = map.u32("MinHealthyPercentage", 0..=100);
    let min_healthy_percent = percent
        .unwrap_or_else(|| cx.default_u32("timeline.*.instanceRefresh.MinHealthyPercentage"));
    let group = group_of(&group?, aws)?;
    Some(TimelineAction::InstanceRefresh {
        group,
        min_healthy_percent,
    })
}

fn drain(cx: &Context<'_>, map: &mut MapReader<'_>, aws: &Aws) -> Option<TimelineAction> {
    let group = whose(map, aws);
    let count = map.u32("count", 1..=CAPACITY_MAX);
    let first = map.choice("first", &[("oldest", false), ("newest", true)]);
    let Some(whose) = group else {
        let message = "whose instances: AutoScalingGroupName or externalInstances is missing";
        map.error("missing-field", message).report();
        return None;
    };
    Some(TimelineAction::Drain(DrainPlan {
        group: whose?,
        count: count.unwrap_or_else(|| cx.default_u32("timeline.*.drain.count")),
        newest_first: first.unwrap_or_else(|| {
            cx.default_text("timeline.*.drain.first");
            false
        }),
    }))
}

fn agent_disconnect(
    cx: &Context<'_>,
    map: &mut MapReader<'_>,
    aws: &Aws,
) -> Option<TimelineAction> {
    let group = whose(map, aws);
    let zone = map.field("availabilityZone");
    let length = length(map);
    let share = map.share("share");
    if group.is_none() && zone.is_none() {
        let message = "whose agents: AutoScalingGroupName, availabilityZone or both, or \
                       externalInstances are missing";
        map.error("missing-field", message).report();
        return None;
    }
    let group = match group {
        Some(group) => Some(group?),
        None => None,
    };
    if let (Some(zone), Some(group)) = (&zone, group)
        && aws.groups[group.index()].is_external()
    {
        let message = "machines of aws.externalInstances are in no Availability Zone";
        zone.error("invalid-value", message).report();
        return None;
    }
    let zone = match zone {
        Some(zone) => Some(zone_of(&zone, aws)?),
        None => None,
    };
    Some(TimelineAction::AgentDisconnect(DisconnectPlan {
        group,
        zone,
        length: length?,
        share: share.unwrap_or_else(|| {
            cx.default_text("timeline.*.agentDisconnect.share");
            1.0
        }),
    }))
}

fn outage(map: &mut MapReader<'_>, aws: &Aws) -> Option<TimelineAction> {
    let zone = map.required("availabilityZone");
    let length = length(map);
    Some(TimelineAction::Outage {
        zone: zone_of(&zone?, aws)?,
        length: length?,
    })
}

fn drought(cx: &Context<'_>, map: &mut MapReader<'_>, aws: &Aws) -> Option<TimelineAction> {
    let provider = map.required("capacityProvider");
    let zone = map.field("availabilityZone");
    let length = length(map);
    let share = map.share("reclaims");
    let reclaims = share.unwrap_or_else(|| {
        cx.default_text("timeline.*.drought.reclaims");
        0.0
    });
    let zone = match zone {
        Some(zone) => Some(zone_of(&zone, aws)?),
        None => None,
    };
    let provider = provider?;
    let name = arn_name(provider.str()?);
    let group = match name {
        "FARGATE_SPOT" => None,
        name => {
            let mut providers = aws.provider_names.group_providers();
            let found = providers.find(|(known, _)| *known == name);
            let Some((_, group)) = found else {
                let known = aws.provider_names.group_providers().map(|it| it.0);
                let known: Vec<&str> = known.chain(["FARGATE_SPOT"]).collect();
                unknown_name(&provider, "capacity provider with Spot", name, known);
                return None;
            };
            if aws.groups[group.index()].distribution.on_demand_percent == 100 {
                let message = format!("no effect here: {name} buys no Spot");
                provider.warning("no-effect", message).report();
            }
            Some(group)
        }
    };
    Some(TimelineAction::Drought(DroughtPlan {
        group,
        zone,
        length: length?,
        reclaims,
    }))
}

/// How long it lasts.
fn length(map: &mut MapReader<'_>) -> Option<SimDuration> {
    let field = map.required("for")?;
    let length = field.duration()?;
    if length.is_zero() {
        field.error("out-of-range", "it lasts no time").report();
        return None;
    }
    Some(length)
}

fn zone_of(field: &Field<'_>, aws: &Aws) -> Option<ZoneId> {
    let name = field.str()?;
    let found = aws.zones.iter().position(|zone| zone.name == name);
    if found.is_none() {
        let known = aws.zones.iter().map(|zone| zone.name.as_str());
        unknown_name(field, "Availability Zone of the scenario", name, known);
    }
    found.map(ZoneId::from_index)
}

/// Whose instances: a group's, or those of an entry of `aws.externalInstances`; none if neither is
/// named, none in it if the name is wrong.
fn whose(map: &mut MapReader<'_>, aws: &Aws) -> Option<Option<GroupId>> {
    let group = map.field("AutoScalingGroupName");
    let Some(machines) = map.field("externalInstances") else {
        return group.map(|group| group_of(&group, aws));
    };
    if group.is_some() {
        let message = "a group's instances or machines of one's own: one of the two";
        machines.error("invalid-value", message).report();
        return Some(None);
    }
    Some(machines_of(&machines, aws))
}

fn machines_of(field: &Field<'_>, aws: &Aws) -> Option<GroupId> {
    let name = field.str()?;
    let is_its = |group: &GroupPlan| group.name == name && group.is_external();
    let found = aws.groups.iter().position(is_its);
    if found.is_none() && !aws.machine_names.iter().any(|known| known == name) {
        let known = aws.groups.iter().filter(|group| group.is_external());
        let known = known.map(|group| group.name.as_str());
        unknown_name(field, "entry of aws.externalInstances", name, known);
    }
    found.map(GroupId::from_index)
}

fn group_of(field: &Field<'_>, aws: &Aws) -> Option<GroupId> {
    let name = arn_name(field.str()?);
    let is_group = |group: &&GroupPlan| group.launcher() == Launcher::AutoScalingGroup;
    let is_its = |group: &GroupPlan| group.name == name && is_group(&group);
    let found = aws.groups.iter().position(is_its);
    let is_managed = |group: &&GroupPlan| group.name == name && group.managed.is_some();
    if found.is_none() && aws.groups.iter().any(|group| is_managed(&group)) {
        let message = format!(
            "{name} has Managed Instances: only ECS drains, sizes and replaces those, and their \
             agents are disconnected by availabilityZone"
        );
        field.error("invalid-value", message).report();
        return None;
    }
    if found.is_none() {
        let known = aws.groups.iter().filter(is_group);
        let known = known.map(|group| group.name.as_str());
        unknown_name(field, "Auto Scaling group", name, known);
    }
    found.map(GroupId::from_index)
}
