//! `aws.capacityProviders`: the capacity providers of Auto Scaling groups, with managed scaling.

use crate::engine::SimDuration;
use crate::ids::GroupId;
use crate::policy::managed_scaling::ManagedScaling;
use crate::scenario::arn::arn_name;
use crate::scenario::context::{Context, bounded, check_name, duplicate_name, unknown_name};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::plan::{GroupPlan, GroupProviderPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::instances::Instances;

use super::auto_scaling_group::{Around, Groups};
use super::managed_instances;

const PROVIDERS_MAX: usize = 1_000;
const SWITCH: [(&str, bool); 2] = [("ENABLED", true), ("DISABLED", false)];
const WHERE: &str = "aws.capacityProviders.*.autoScalingGroupProvider";

/// A capacity provider of a group.
pub(super) struct GroupProvider {
    pub(super) name: String,
    pub(super) plan: GroupProviderPlan,
}

/// The providers of groups, and the names of those that were refused: who names them has done
/// nothing wrong.
#[derive(Default)]
pub(super) struct GroupProviders {
    pub(super) all: Vec<GroupProvider>,
    pub(super) refused: Vec<String>,
    /// Those that the cluster does not list.
    pub(super) unlisted: Vec<String>,
    /// What ECS launches itself, for providers of Managed Instances: after the Auto Scaling groups.
    pub(super) managed: Vec<GroupPlan>,
    /// Whether there is any Auto Scaling group, with a provider or without.
    pub(super) has_groups: bool,
    /// Whether there are machines of one's own.
    pub(super) has_external: bool,
}

/// Reads `aws.capacityProviders`, and says which groups none of the cluster's providers has.
/// `listed` is what the cluster lists; without it all belong to it.
pub(super) fn read(
    cx: &Context<'_>,
    aws: &mut MapReader<'_>,
    groups: &mut Groups,
    (around, listed): (&Around<'_>, Option<&[String]>),
) -> GroupProviders {
    let mut found = GroupProviders::default();
    let mut group_names: Vec<String> = Vec::new();
    for field in bounded(aws, "capacityProviders", PROVIDERS_MAX) {
        let name = field.node().get("name").and_then(|node| node.as_text());
        if let Some("FARGATE" | "FARGATE_SPOT") = name {
            continue;
        }
        let read = field
            .map()
            .and_then(|map| provider(cx, map, groups, around));
        let Some((provider, behind)) = read else {
            found.refused.extend(name.map(str::to_owned));
            continue;
        };
        if found.all.iter().any(|known| known.name == provider.name) {
            duplicate_name(&field, "capacity provider", &provider.name);
        }
        if listed.is_some_and(|listed| !listed.contains(&provider.name)) {
            let message = format!(
                "the cluster does not list the capacity provider {}: it is left out",
                provider.name
            );
            field.note("no-effect", message).report();
            found.unlisted.push(provider.name);
            continue;
        }
        group_names.push(match behind {
            Behind::Group(group) => {
                if group_names.contains(&group) {
                    let message =
                        format!("another capacity provider has the group {group} already");
                    field.error("duplicate-name", message).report();
                }
                group
            }
            Behind::Managed(plan) => {
                if groups.plans.iter().any(|group| group.name == plan.name) {
                    say_ambiguous(&field, &plan.name);
                }
                let name = plan.name.clone();
                found.managed.push(*plan);
                name
            }
        });
        found.all.push(provider);
    }
    note_without_provider(cx, groups, &group_names);
    found.has_groups = !groups.plans.is_empty();
    let streams = around.streams;
    streams.put_in_order(&mut found.managed, |plan| &plan.name);
    found.number(groups, &group_names);
    found
}

impl GroupProviders {
    /// Gives each provider the id of what stands behind it, of these names: what ECS launches comes
    /// after the Auto Scaling groups.
    fn number(&mut self, groups: &Groups, behind: &[String]) {
        for (provider, name) in self.all.iter_mut().zip(behind) {
            let (plans, before) = match provider.plan.is_managed_instances {
                false => (&groups.plans, 0),
                true => (&self.managed, groups.plans.len()),
            };
            let index = plans.iter().position(|plan| plan.name == *name);
            provider.plan.group = GroupId::from_index(index.map_or(0, |at| before + at));
        }
    }
}

/// A group without a provider takes tasks of the launch type EC2 only.
fn note_without_provider(cx: &Context<'_>, groups: &Groups, used: &[String]) {
    let is_used = |group: &GroupPlan| used.contains(&group.name);
    for group in groups.plans.iter().filter(|group| !is_used(group)) {
        let message = format!(
            "no capacity provider of the cluster has the Auto Scaling group {}: it takes tasks of \
             the launch type EC2 only, and nothing scales it",
            group.name
        );
        cx.say_diagnostic(Diagnostic::note("no-provider", message).path("aws.autoScalingGroups"));
    }
}

/// What stands behind a provider.
enum Behind {
    /// An Auto Scaling group, by name.
    Group(String),
    /// What ECS launches.
    Managed(Box<GroupPlan>),
}

/// `world.instances` names both alike.
fn say_ambiguous(field: &Field<'_>, name: &str) {
    let message =
        format!("an Auto Scaling group is named \"{name}\" too: world.instances could mean either");
    field.error("duplicate-name", message).report();
}

fn provider(
    cx: &Context<'_>,
    mut map: MapReader<'_>,
    groups: &Groups,
    around: &Around<'_>,
) -> Option<(GroupProvider, Behind)> {
    let name = map.required("name");
    let managed = map.field("managedInstancesProvider");
    let group = match map.has("managedInstancesProvider") {
        true => map.field("autoScalingGroupProvider"),
        false => map.required("autoScalingGroupProvider"),
    };
    map.finish_aws("ecs.CapacityProvider");
    let place = name?;
    let name = place.str()?;
    check_name(&place, name, 255);
    if group.is_some() && managed.is_some() {
        let message = "a capacity provider has an autoScalingGroupProvider or a \
                       managedInstancesProvider, not both";
        place.error("invalid-value", message).report();
        return None;
    }
    if let Some(field) = managed {
        let (provider, plan) = managed_instances::read(cx, (name, &place), &field, around)?;
        return Some((provider, Behind::Managed(Box::new(plan))));
    }
    let (plan, group) = of_group(cx, &group?, groups, around.instances)?;
    let name = name.to_owned();
    Some((GroupProvider { name, plan }, Behind::Group(group)))
}

fn of_group(
    cx: &Context<'_>,
    field: &Field<'_>,
    groups: &Groups,
    instances: &Instances<'_>,
) -> Option<(GroupProviderPlan, String)> {
    let mut map = field.map()?;
    let group = map.required("autoScalingGroupArn");
    let scaling = map.field("managedScaling");
    let protection = map.field("managedTerminationProtection");
    let draining = map.choice("managedDraining", &SWITCH);
    map.finish_aws("ecs.AutoScalingGroupProvider");
    let settings = scaling.map(|field| managed_scaling(cx, &field));
    let is_protected = protection.as_ref().and_then(|field| field.choice(&SWITCH));
    let place = group?;
    let name = arn_name(place.str()?);
    let Some(known) = groups.plans.iter().find(|group| group.name == name) else {
        if !groups.refused.contains(name) {
            let known = groups.plans.iter().map(|group| group.name.as_str());
            unknown_name(&place, "Auto Scaling group", name, known);
        }
        return None;
    };
    let of_world = instances.of(cx, name);
    let managed_scaling = match settings {
        Some(settings) => settings?.map(|settings| ManagedScaling {
            combining: of_world.combining,
            empty_group: of_world.empty_group,
            ..settings
        }),
        None => {
            cx.default_text(&format!("{WHERE}.managedScaling"));
            None
        }
    };
    let termination_protection = is_protected.unwrap_or_else(|| {
        cx.default_text(&format!("{WHERE}.managedTerminationProtection"));
        false
    });
    if let Some(field) = protection.filter(|_| termination_protection) {
        check_protection(&field, managed_scaling.is_some(), known);
    }
    let plan = GroupProviderPlan {
        // Known once the groups that no provider has are left out.
        group: GroupId::from_index(0),
        managed_scaling,
        termination_protection,
        managed_draining: draining.unwrap_or_else(|| {
            cx.default_text(&format!("{WHERE}.managedDraining"));
            true
        }),
        placement_retry: of_world.placement_retry,
        wait_min: of_world.wait.0,
        wait_max: of_world.wait.1,
        is_managed_instances: false,
    };
    Some((plan, name.to_owned()))
}

/// AWS refuses managed termination protection without managed scaling and without a group that
/// protects new instances (API AutoScalingGroupProvider).
fn check_protection(field: &Field<'_>, is_scaled: bool, group: &GroupPlan) {
    let wrong = |message: &str, help: &str| {
        let wrong = field.error("invalid-value", message);
        wrong.help(help).report();
    };
    if !is_scaled {
        wrong(
            "managedTerminationProtection needs managed scaling, AWS refuses it without",
            "set managedScaling.status to ENABLED",
        );
    }
    if !group.protects_new_instances {
        let message = format!(
            "managedTerminationProtection needs scale-in protection of the group {}, AWS refuses \
             it without",
            group.name
        );
        wrong(&message, "set NewInstancesProtectedFromScaleIn there");
    }
}

/// The settings, if it is enabled.
fn managed_scaling(cx: &Context<'_>, field: &Field<'_>) -> Option<Option<ManagedScaling>> {
    let mut map = field.map()?;
    let status = map.choice("status", &SWITCH);
    let target = map.u32("targetCapacity", 1..=100);
    let minimum = map.u32("minimumScalingStepSize", 1..=10_000);
    let maximum = map.field("maximumScalingStepSize");
    let warmup = map.u64("instanceWarmupPeriod", 0..=10_000);
    map.finish_aws("ecs.ManagedScaling");
    let maximum_step = maximum.as_ref().and_then(|field| field.u32(1..=10_000));
    let path = |key: &str| format!("{WHERE}.managedScaling.{key}");
    let is_enabled = status.unwrap_or_else(|| {
        cx.default_text(&path("status"));
        true
    });
    if !is_enabled {
        return Some(None);
    }
    let settings = ManagedScaling {
        target_capacity: target.unwrap_or_else(|| cx.default_u32(&path("targetCapacity"))),
        minimum_step: minimum.unwrap_or_else(|| cx.default_u32(&path("minimumScalingStepSize"))),
        maximum_step: maximum_step
            .unwrap_or_else(|| cx.default_u32(&path("maximumScalingStepSize"))),
        instance_warmup: match warmup {
            Some(seconds) => SimDuration::from_secs(seconds),
            None => cx.default_duration(&path("instanceWarmupPeriod")),
        },
        ..ManagedScaling::default()
    };
    if let Some(field) = maximum.filter(|_| settings.maximum_step < settings.minimum_step) {
        let message = format!(
            "maximumScalingStepSize {} is less than minimumScalingStepSize {}",
            settings.maximum_step, settings.minimum_step
        );
        field.error("out-of-range", message).report();
    }
    Some(Some(settings))
}
