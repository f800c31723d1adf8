//! Subnets and zones: where tasks and load balancers may be.

use std::collections::BTreeMap;

use crate::catalog::regions::Region;
use crate::ids::{SubnetId, ZoneId};
use crate::scenario::arn::arn_name;
use crate::scenario::context::{Context, bounded, duplicate_name, unknown_name};
use crate::scenario::plan::{
    NetworkMode, SubnetPlan, TaskDefinitionPlan, TaskSubnetPlan, ZonePlan,
};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::streams::StreamNames;

use super::boundary::{Boundary, Routes, usable};

/// What helps where subnets have fewer addresses than there may be tasks.
pub(super) const FEW_ADDRESSES_HELP: &str =
    "tasks without an address fail to start: add subnets, or larger ones";

/// More zones than any region has: a limit against slips.
const ZONES_MAX: usize = 26;
const SUBNETS_MAX: usize = 1_000;
/// The most subnets of one network configuration (API AwsVpcConfiguration, 2026-11).
pub(super) const SUBNETS_OF_ONE_MAX: usize = 16;
/// The most security groups of one (API AwsVpcConfiguration, 2026-11).
const SECURITY_GROUPS_OF_ONE_MAX: usize = 5;

/// The zones of a scenario, and which subnet lies in which.
pub(in crate::scenario) struct Network {
    zones: Vec<String>,
    subnets: BTreeMap<String, ZoneId>,
    /// The VPC of each, where it is given.
    vpcs: BTreeMap<String, String>,
    /// The subnets as the plan has them, in the order of their names; empty where it does not
    /// matter which of a zone's a task goes to.
    counted: Vec<SubnetPlan>,
    routes: Routes,
}

/// Where the tasks of a service or a RunTask call go.
pub(in crate::scenario) struct Placement {
    pub(in crate::scenario) zones: Vec<ZoneId>,
    pub(in crate::scenario) assign_public_ip: bool,
    /// Its subnets, where something is known of them.
    pub(in crate::scenario) subnets: Vec<TaskSubnetPlan>,
    /// Its security groups.
    groups: Vec<String>,
}

impl Network {
    /// Reads `aws.subnets`; without any, the region has three zones.
    pub(super) fn read(
        cx: &Context<'_>,
        aws: &mut MapReader<'_>,
        (region, boundary): (&Region, &Boundary),
    ) -> Self {
        let routes = Routes::read(aws);
        let mut given: Vec<(String, String)> = Vec::new();
        let mut addresses: BTreeMap<String, Option<u32>> = BTreeMap::new();
        let mut vpcs: BTreeMap<String, String> = BTreeMap::new();
        for field in bounded(aws, "subnets", SUBNETS_MAX) {
            let Some(mut map) = field.map() else { continue };
            let id = map.required("SubnetId").and_then(|field| field.str());
            let zone = map
                .required("AvailabilityZone")
                .and_then(|field| zone_name(&field, region));
            let usable = usable(&mut map);
            let vpc = map.str("VpcId");
            map.finish_aws("ec2.Subnet");
            let (Some(id), Some(zone)) = (id, zone) else {
                continue;
            };
            if given.iter().any(|(known, _)| known == id) {
                duplicate_name(&field, "subnet", id);
            }
            given.push((id.to_owned(), zone.to_owned()));
            addresses.insert(id.to_owned(), usable);
            vpcs.extend(vpc.map(|vpc| (id.to_owned(), vpc.to_owned())));
        }
        let mut zones: Vec<String> = given.iter().map(|(_, zone)| zone.clone()).collect();
        zones.sort();
        zones.dedup();
        if zones.is_empty() {
            cx.default_text("aws.subnets");
            zones = region.default_zones().to_vec();
        }
        zones.truncate(ZONES_MAX);
        let index = |zone: &str| zones.iter().position(|known| known == zone).unwrap_or(0);
        let subnets: BTreeMap<String, ZoneId> = given
            .iter()
            .map(|(id, zone)| (id.clone(), ZoneId::from_index(index(zone))))
            .collect();
        let matters = routes.names_something() || addresses.values().any(Option::is_some);
        let counted = subnets.iter().filter(|_| matters).map(|(id, zone)| {
            let addresses = addresses.get(id).copied().flatten();
            SubnetPlan {
                zone: *zone,
                addresses,
                exhausted: addresses.map(|_| boundary.exhausted(id)),
            }
        });
        Network {
            counted: counted.collect(),
            zones,
            subnets,
            vpcs,
            routes,
        }
    }

    /// The subnets of the plan, and what reaches what.
    pub(super) fn counted(&self) -> (Vec<SubnetPlan>, &Routes) {
        (self.counted.clone(), &self.routes)
    }

    /// The subnets of an owner's tasks, with what each reaches; of one that names none, all.
    fn task_subnets(
        &self,
        named: &[Field<'_>],
        (has_public_ip, groups): (bool, &[Field<'_>]),
    ) -> Vec<TaskSubnetPlan> {
        let lets_out = self.routes.groups.lets_out(groups);
        if self.counted.is_empty() {
            return Vec::new();
        }
        let named: Vec<&str> = named
            .iter()
            .filter_map(|field| field.str().map(arn_name))
            .collect();
        let ids = self.subnets.keys().enumerate();
        let own = ids.filter(|(_, id)| named.is_empty() || named.contains(&id.as_str()));
        let own = own.map(|(index, id)| {
            let reach = self.routes.reach(id, (has_public_ip, lets_out));
            TaskSubnetPlan {
                subnet: SubnetId::from_index(index),
                reach: reach.all,
                by_nat: reach.by_nat,
                by_endpoint: reach.by_endpoint,
            }
        });
        own.collect()
    }

    /// The zones as the plan has them.
    pub(super) fn zones(&self, streams: &StreamNames) -> Vec<ZonePlan> {
        let plan = |name: &String| ZonePlan {
            name: name.clone(),
            key: streams.key(name),
        };
        self.zones.iter().map(plan).collect()
    }

    /// Every zone.
    pub(super) fn all(&self) -> Vec<ZoneId> {
        (0..self.zones.len()).map(ZoneId::from_index).collect()
    }

    /// The zone of this name.
    pub(super) fn zone_named(&self, name: &str) -> Option<ZoneId> {
        let index = self.zones.iter().position(|zone| zone == name)?;
        Some(ZoneId::from_index(index))
    }

    /// The zones of these subnets, each once. Without `aws.subnets`, nobody knows where a subnet
    /// lies.
    pub(super) fn zones_of(&self, cx: &Context<'_>, subnets: &[Field<'_>]) -> Vec<ZoneId> {
        if subnets.is_empty() {
            return self.all();
        }
        if self.subnets.is_empty() {
            cx.default_text("aws.services.*.networkConfiguration.awsvpcConfiguration.subnets");
            return self.all().into_iter().take(subnets.len()).collect();
        }
        let mut zones = Vec::new();
        for field in subnets {
            let Some(id) = field.str().map(arn_name) else {
                continue;
            };
            match self.subnets.get(id) {
                Some(zone) => zones.push(*zone),
                None => unknown_name(field, "subnet", id, self.subnets.keys().map(String::as_str)),
            }
        }
        zones.sort();
        zones.dedup();
        if zones.is_empty() { self.all() } else { zones }
    }

    /// Whether a load balancer in these security groups reaches tasks on their port; warns if not.
    pub(super) fn lets_in(
        &self,
        place: &Field<'_>,
        tasks: &Placement,
        (balancer, port): (&[String], Option<u32>),
    ) -> bool {
        let Some(port) = port else { return true };
        let lets_in = self.routes.groups.lets_in(&tasks.groups, (balancer, port));
        if !lets_in {
            let message = format!(
                "the security groups of the tasks let nothing of their load balancer in on port \
                 {port}: no task will pass its health checks"
            );
            let help = "allow the balancer's security group in IpPermissions of the tasks'";
            let warning = place.warning("no-way-in", message);
            warning.help(help).report();
        }
        lets_in
    }

    /// Warns of what tasks of a definition will not find in the subnets that they go to: a way to
    /// what their starts call, and addresses for as many as there may be at once.
    pub(super) fn warn(
        &self,
        place: &Field<'_>,
        subnets: &[TaskSubnetPlan],
        (definition, on_fargate, most): (&TaskDefinitionPlan, bool, u64),
    ) {
        if definition.hosting.network != NetworkMode::Awsvpc || subnets.is_empty() {
            return;
        }
        let name = definition.name();
        let ids: Vec<&str> = self.subnets.keys().map(String::as_str).collect();
        for subnet in subnets.iter().filter(|_| on_fargate) {
            if let Some(endpoint) = definition.start.calls.first_out_of(subnet.reach) {
                let message = format!(
                    "a task of {name} does not reach {} from {}: it will not start there",
                    endpoint.purpose(),
                    ids[subnet.subnet.index()]
                );
                let help = "it needs a public address and an internet gateway, a NAT gateway, or a \
                            VPC endpoint, and security groups that let HTTPS out";
                place.warning("no-route", message).help(help).report();
                break;
            }
        }
        let counts = subnets
            .iter()
            .map(|it| self.counted[it.subnet.index()].addresses);
        let free: Option<u64> = counts.map(|it| it.map(u64::from)).sum();
        if let Some(free) = free.filter(|free| *free < most) {
            let message = format!(
                "the subnets have {free} addresses, and there may be {most} tasks of {name} at once"
            );
            let pending = place.warning("few-addresses", message);
            pending.help(FEW_ADDRESSES_HELP).report();
        }
    }

    /// The name of a zone.
    pub(super) fn zone_name(&self, zone: ZoneId) -> &str {
        self.zones.get(zone.index()).map_or("", String::as_str)
    }

    /// The names of the zones.
    pub(super) fn zone_names(&self) -> impl Iterator<Item = &str> {
        self.zones.iter().map(String::as_str)
    }

    /// The zones of subnets that one text lists.
    pub(super) fn zones_of_ids(
        &self,
        cx: &Context<'_>,
        field: &Field<'_>,
        ids: &[&str],
    ) -> Vec<ZoneId> {
        if self.subnets.is_empty() {
            cx.default_text("aws.autoScalingGroups.*.VPCZoneIdentifier");
            let count = ids.len().max(1);
            return self.all().into_iter().take(count).collect();
        }
        let mut zones = Vec::new();
        for id in ids {
            match self.subnets.get(*id) {
                Some(zone) => zones.push(*zone),
                None => unknown_name(field, "subnet", id, self.subnets.keys().map(String::as_str)),
            }
        }
        zones.sort();
        zones.dedup();
        if zones.is_empty() { self.all() } else { zones }
    }

    /// Of subnets that a group names, the one in each of these zones; none where there are several,
    /// of which nobody knows an instance's.
    pub(super) fn subnets_in(&self, zones: &[ZoneId], ids: &[&str]) -> Vec<Option<String>> {
        let only = |zone: &ZoneId| {
            let lies_there = |(index, id): &(usize, &&str)| match self.subnets.is_empty() {
                true => *index == zone.index(),
                false => self.subnets.get(**id) == Some(zone),
            };
            let mut there = ids.iter().enumerate().filter(lies_there);
            let (_, first) = there.next()?;
            there.next().is_none().then(|| (*first).to_owned())
        };
        zones.iter().map(only).collect()
    }

    /// The VPC of subnets, if it is one.
    pub(super) fn vpc_of(&self, ids: &[&str]) -> Option<String> {
        let mut vpcs = ids.iter().map(|id| self.vpcs.get(*id));
        let first = vpcs.next()??;
        vpcs.all(|it| it == Some(first)).then(|| first.clone())
    }

    /// Whether a subnet's VPC is given.
    pub(super) fn names_vpcs(&self) -> bool {
        !self.vpcs.is_empty()
    }

    /// Reads `networkConfiguration` of a service or a RunTask call.
    pub(in crate::scenario) fn placement(
        &self,
        cx: &Context<'_>,
        map: &mut MapReader<'_>,
    ) -> Placement {
        self.placement_spelled(cx, map, &VpcSpelling::ECS)
    }

    /// Where tasks go that nothing is said of.
    pub(super) fn anywhere(&self) -> Placement {
        Placement {
            zones: self.all(),
            assign_public_ip: false,
            subnets: self.task_subnets(&[], (false, &[])),
            groups: Vec::new(),
        }
    }

    /// The same as another API spells it.
    pub(super) fn placement_spelled(
        &self,
        cx: &Context<'_>,
        map: &mut MapReader<'_>,
        spelling: &VpcSpelling,
    ) -> Placement {
        let mut placement = self.anywhere();
        let Some(mut network) = map.map("networkConfiguration") else {
            cx.default_text(
                "aws.services.*.networkConfiguration.awsvpcConfiguration.assignPublicIp",
            );
            return placement;
        };
        if let Some(vpc) = network.map("awsvpcConfiguration") {
            let mut vpc = vpc.spelled(spelling.names);
            let subnets = bounded(&mut vpc, "subnets", SUBNETS_OF_ONE_MAX);
            placement.zones = self.zones_of(cx, &subnets);
            let assign = vpc.choice("assignPublicIp", &[("ENABLED", true), ("DISABLED", false)]);
            placement.assign_public_ip = assign.unwrap_or(false);
            let groups = bounded(&mut vpc, "securityGroups", SECURITY_GROUPS_OF_ONE_MAX);
            let names = groups.iter().filter_map(|field| field.str().map(arn_name));
            placement.groups = names.map(str::to_owned).collect();
            placement.subnets = self.task_subnets(&subnets, (placement.assign_public_ip, &groups));
            vpc.finish_aws(spelling.vpc);
        }
        network.finish_aws(spelling.network);
        placement
    }
}

/// How an API has `networkConfiguration`.
pub(super) struct VpcSpelling {
    pub(super) network: &'static str,
    pub(super) vpc: &'static str,
    /// ECS's names and its own.
    pub(super) names: &'static [(&'static str, &'static str)],
}

impl VpcSpelling {
    pub(super) const ECS: VpcSpelling = VpcSpelling {
        network: "ecs.NetworkConfiguration",
        vpc: "ecs.AwsVpcConfiguration",
        names: &[],
    };
}

/// A zone's name begins with its region's.
fn zone_name<'a>(field: &Field<'a>, region: &Region) -> Option<&'a str> {
    let name = field.str()?;
    if !name.starts_with(region.name) || name.len() <= region.name.len() {
        let message = format!("\"{name}\" is no zone of {}", region.name);
        let help = format!("zones go like {}a", region.name);
        field.error("unknown-name", message).help(help).report();
        return None;
    }
    Some(name)
}
