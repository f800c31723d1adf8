//! `aws.autoScalingGroups`: what instances a cluster may have, how many, where, and how they are
//! bought.

use std::collections::BTreeSet;

use crate::catalog::instances::{Architecture, EniTrunking};
use crate::catalog::regions::Region;
use crate::ids::ZoneId;
use crate::policy::auto_scaling_group::TerminationPolicy;
use crate::scenario::context::{
    Context, bounded, check_name, duplicate_name, not_built_value, refuse_not_built, unknown_name,
};
use crate::scenario::plan::{AgentPlan, GroupPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::instances::Instances;
use crate::scenario::world::streams::StreamNames;

use super::group_types::{self, Offer};
use super::launch_template::LaunchTemplates;
use super::mixed_instances;
use super::networking::Network;
use super::warm_pool;

const GROUPS_MAX: usize = 500;
/// The most instances of a group: ECS's quota of a cluster is 5,000 container instances (service
/// quotas, 2026-11); beyond it is an experiment.
pub(super) const INSTANCES_MAX: u32 = 100_000;

const POLICIES: [(&str, Option<TerminationPolicy>); 7] = [
    ("Default", Some(TerminationPolicy::Default)),
    ("OldestInstance", Some(TerminationPolicy::OldestInstance)),
    ("NewestInstance", Some(TerminationPolicy::NewestInstance)),
    (
        "OldestLaunchTemplate",
        Some(TerminationPolicy::OldestLaunchTemplate),
    ),
    (
        "ClosestToNextInstanceHour",
        Some(TerminationPolicy::ClosestToNextInstanceHour),
    ),
    (
        "AllocationStrategy",
        Some(TerminationPolicy::AllocationStrategy),
    ),
    ("OldestLaunchConfiguration", None),
];

/// Processes of a group, and whether one may be suspended here.
const PROCESSES: [(&str, bool); 9] = [
    ("AZRebalance", true),
    ("AddToLoadBalancer", false),
    ("AlarmNotification", false),
    ("HealthCheck", false),
    ("InstanceRefresh", false),
    ("Launch", false),
    ("ReplaceUnhealthy", false),
    ("ScheduledActions", false),
    ("Terminate", false),
];

/// What a group refers to.
pub(super) struct Around<'a> {
    pub(super) region: &'static Region,
    /// Whether it is the scenario's: zones of a wrong one are not looked at.
    pub(super) is_region_known: bool,
    pub(super) network: &'a Network,
    pub(super) templates: &'a LaunchTemplates,
    pub(super) instances: &'a Instances<'a>,
    pub(super) streams: &'a StreamNames<'a>,
    pub(super) trunking: EniTrunking,
    /// What the image's architecture is taken to be where only requirements choose the types.
    pub(super) architecture: Architecture,
}

/// The groups by name, and the names of those that were refused: who names them has done nothing
/// wrong.
#[derive(Default)]
pub(in crate::scenario) struct Groups {
    pub(super) plans: Vec<GroupPlan>,
    pub(super) refused: BTreeSet<String>,
}

/// The names of all groups, sound or not.
pub(super) fn names(aws: &mut MapReader<'_>) -> Vec<String> {
    aws.names_in("autoScalingGroups", "AutoScalingGroupName", |_| true)
}

/// The attributes that instances have of where they stand, beside their zones.
pub(super) fn ids_of_place(
    map: &mut MapReader<'_>,
    network: &Network,
) -> impl Iterator<Item = &'static str> {
    let groups = map.field("autoScalingGroups");
    let has_subnets = groups.is_some_and(|field| {
        let items = field.node().as_sequence().unwrap_or_default();
        let mut named = items.iter().map(|it| it.get("VPCZoneIdentifier"));
        named.any(|it| it.is_some())
    });
    let subnet = has_subnets.then_some("ecs.subnet-id");
    let vpc = (has_subnets && network.names_vpcs()).then_some("ecs.vpc-id");
    subnet.into_iter().chain(vpc)
}

/// Reads `aws.autoScalingGroups`.
pub(super) fn read(cx: &Context<'_>, aws: &mut MapReader<'_>, around: &Around<'_>) -> Groups {
    let mut groups = Groups::default();
    for field in bounded(aws, "autoScalingGroups", GROUPS_MAX) {
        let Some(group) = field.map().and_then(|map| group(cx, map, around)) else {
            let name = field.node().get("AutoScalingGroupName");
            let name = name.and_then(|node| node.as_text());
            groups.refused.extend(name.map(str::to_owned));
            continue;
        };
        if groups.plans.iter().any(|known| known.name == group.name) {
            duplicate_name(&field, "Auto Scaling group", &group.name);
        }
        groups.plans.push(group);
    }
    around
        .streams
        .put_in_order(&mut groups.plans, |group| &group.name);
    groups
}

fn group(cx: &Context<'_>, mut map: MapReader<'_>, around: &Around<'_>) -> Option<GroupPlan> {
    let name = map.required("AutoScalingGroupName");
    let sizes = sizes(cx, &mut map);
    let Spread {
        zones,
        subnets,
        vpc,
    } = zones(cx, &mut map, around);
    let max_size = sizes.as_ref().map(|sizes| sizes.max);
    let mixed = mixed_instances::read(cx, &mut map, (around, max_size));
    let warm_pool = warm_pool::read(cx, &mut map, max_size);
    let protects_new_instances = map.bool("NewInstancesProtectedFromScaleIn");
    let termination_policies = termination_policies(cx, &mut map);
    let capacity_rebalance = map.bool("CapacityRebalance");
    let balances_zones = balances_zones(&mut map);
    refuse_rest(&mut map);
    map.finish_aws("autoscaling.AutoScalingGroup");
    let (name_field, sizes, mixed) = (name?, sizes?, mixed?);
    let name = name_field.str()?;
    check_name(&name_field, name, 255);
    let offer = Offer {
        region: around.region,
        trunking: around.trunking,
        reserved_memory: mixed.template.agent.reserved_memory,
        buys_spot: mixed.buys_spot(),
    };
    let types = group_types::plans(cx, &mixed.types, &offer)?;
    let of_world = around.instances.of(cx, name);
    let warm_pool = warm_pool.map(|pool| pool.plan(cx, (name, around.instances), &mixed));
    Some(GroupPlan {
        name: name.to_owned(),
        key: around.streams.key(name),
        min_size: sizes.min,
        max_size: sizes.max,
        desired_capacity: sizes.desired,
        zones,
        subnets,
        types,
        distribution: mixed.distribution,
        on_demand_allocation: mixed.on_demand_allocation,
        spot_allocation: mixed.spot_allocation,
        spot_max_micro_usd: mixed.spot_max_micro_usd,
        protects_new_instances: protects_new_instances.unwrap_or_else(|| {
            cx.default_text("aws.autoScalingGroups.*.NewInstancesProtectedFromScaleIn");
            false
        }),
        termination_policies,
        warm_pool,
        capacity_rebalance: capacity_rebalance.unwrap_or_else(|| {
            cx.default_text("aws.autoScalingGroups.*.CapacityRebalance");
            false
        }),
        balances_zones,
        latencies: of_world.latencies,
        agent: agent(&mixed.template.agent.plan, vpc),
        agent_version: around.instances.agent_version(name).to_owned(),
        is_unlimited: mixed.template.is_unlimited,
        volumes: mixed.template.volumes.clone(),
        shortages: of_world.shortages,
        launch_failures: of_world.launch_failures,
        launch_retry: of_world.launch_retry,
        external: None,
        managed: None,
    })
}

/// What the template says of the agent, with what its instances have of the group's own.
fn agent(of_template: &AgentPlan, vpc: Option<String>) -> AgentPlan {
    let mut agent = of_template.clone();
    let vpc = vpc.map(|vpc| ("ecs.vpc-id".to_owned(), vpc));
    agent.attributes.extend(vpc);
    agent
}

struct Sizes {
    min: u32,
    max: u32,
    desired: u32,
}

fn sizes(cx: &Context<'_>, map: &mut MapReader<'_>) -> Option<Sizes> {
    let min_field = map.required("MinSize");
    let max = map.required("MaxSize");
    let desired = map.field("DesiredCapacity");
    if let Some(field) = map.field("DesiredCapacityType")
        && field.str().is_some_and(|word| word != "units")
    {
        not_built_value(&field);
    }
    let min = min_field.as_ref()?.u32(0..=INSTANCES_MAX)?;
    let max = max?.u32(0..=INSTANCES_MAX)?;
    if max < min {
        let message = format!("MinSize {min} is more than MaxSize {max}");
        min_field?.error("out-of-range", message).report();
        return None;
    }
    let Some(field) = desired else {
        cx.default_text("aws.autoScalingGroups.*.DesiredCapacity");
        let desired = min;
        return Some(Sizes { min, max, desired });
    };
    let desired = field.u32(0..=INSTANCES_MAX)?;
    if desired < min || max < desired {
        let message =
            format!("DesiredCapacity {desired} is not between MinSize {min} and MaxSize {max}");
        field.error("out-of-range", message).report();
        return None;
    }
    Some(Sizes { min, max, desired })
}

/// Where a group's instances stand.
struct Spread {
    zones: Vec<ZoneId>,
    /// The subnet of each zone, where it is known.
    subnets: Vec<Option<String>>,
    /// The VPC of all, where it is known.
    vpc: Option<String>,
}

impl Spread {
    fn over(zones: Vec<ZoneId>) -> Self {
        Spread {
            zones,
            subnets: Vec::new(),
            vpc: None,
        }
    }
}

/// `AvailabilityZones`, or the zones of the subnets in `VPCZoneIdentifier`.
fn zones(cx: &Context<'_>, map: &mut MapReader<'_>, around: &Around<'_>) -> Spread {
    let network = around.network;
    let subnets = map.field("VPCZoneIdentifier");
    let named_field = map.field("AvailabilityZones");
    let named = named_field.as_ref().and_then(|field| field.list());
    let named = named.unwrap_or_default();
    if let Some(field) = subnets {
        let text = field.str().unwrap_or_default();
        let ids: Vec<&str> = text
            .split(',')
            .map(str::trim)
            .filter(|id| !id.is_empty())
            .collect();
        let zones = network.zones_of_ids(cx, &field, &ids);
        return Spread {
            subnets: network.subnets_in(&zones, &ids),
            vpc: network.vpc_of(&ids),
            zones,
        };
    }
    if let Some(field) = named_field.filter(|_| named.is_empty()) {
        let message =
            "a group is in one Availability Zone at least, and AvailabilityZones is empty";
        let help = "name some, or VPCZoneIdentifier; left out, all of the region are taken";
        field.error("invalid-value", message).help(help).report();
    }
    let mut zones = Vec::new();
    for field in &named {
        let Some(name) = field.str() else { continue };
        match network.zone_named(name) {
            Some(zone) if zones.contains(&zone) => {
                let message = format!("{name} stands here twice: it counts once");
                field.warning("duplicate-name", message).report();
            }
            Some(zone) => zones.push(zone),
            None if !around.is_region_known => {}
            None => unknown_name(field, "Availability Zone", name, network.zone_names()),
        }
    }
    zones.sort();
    if named.is_empty() {
        cx.default_text("aws.autoScalingGroups.*.VPCZoneIdentifier");
    }
    Spread::over(match zones.is_empty() {
        true => network.all(),
        false => zones,
    })
}

fn termination_policies(cx: &Context<'_>, map: &mut MapReader<'_>) -> Vec<TerminationPolicy> {
    let fields = map.list("TerminationPolicies");
    let mut policies = Vec::new();
    for field in &fields {
        // A function of the user's own is named by its ARN.
        if field.str().is_some_and(|text| text.starts_with("arn:")) {
            not_built_value(field);
            continue;
        }
        match field.choice(&POLICIES) {
            Some(Some(policy)) => policies.push(policy),
            Some(None) => {
                let message = "a group of launch templates has no instances of launch \
                               configurations: this policy chooses nothing";
                field.warning("no-effect", message).report();
            }
            None => {}
        }
    }
    if fields.is_empty() {
        cx.default_text("aws.autoScalingGroups.*.TerminationPolicies");
        policies.push(TerminationPolicy::Default);
    }
    policies
}

/// Whether the process AZRebalance runs; no other one is simulated as suspended.
fn balances_zones(map: &mut MapReader<'_>) -> bool {
    if let Some(mut distribution) = map.map("AvailabilityZoneDistribution") {
        let strategies = [("balanced-best-effort", true), ("balanced-only", false)];
        if let Some(field) = distribution.field("CapacityDistributionStrategy")
            && field.choice(&strategies) == Some(false)
        {
            not_built_value(&field);
        }
        distribution.finish_aws("autoscaling.AvailabilityZoneDistribution");
    }
    let mut balances = true;
    for mut process in map.list("SuspendedProcesses").iter().filter_map(Field::map) {
        if let Some(field) = process.field("ProcessName") {
            match field.choice(&PROCESSES) {
                Some(true) => balances = false,
                Some(false) => not_built_value(&field),
                None => {}
            }
        }
        process.finish_aws("autoscaling.SuspendedProcess");
    }
    balances
}

/// What of a group is not simulated yet and would change what it does.
fn refuse_rest(map: &mut MapReader<'_>) {
    refuse_not_built(
        map,
        &[
            "InstanceId",
            "LaunchConfigurationName",
            "MaxInstanceLifetime",
        ],
    );
}
