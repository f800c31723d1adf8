//! The cluster, its capacity providers, and strategies on them.

use crate::ids::{GroupId, ProviderId};
use crate::policy::strategy::{self, Strategy, StrategyError, StrategyItem};
use crate::scenario::arn::arn_name;
use crate::scenario::context::{Context, bounded, check_name, unknown_name};
use crate::scenario::plan::{
    ClusterPlan, ContainerInsights, GroupProviderPlan, ProviderKind, ProviderPlan,
};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::Begun;
use crate::scenario::world::latencies::Latencies;

use super::capacity_provider::{GroupProvider, GroupProviders};
use super::compatibility::Host;
use super::placement::Placer;

const INSIGHTS: [(&str, ContainerInsights); 3] = [
    ("disabled", ContainerInsights::Disabled),
    ("enabled", ContainerInsights::Enabled),
    ("enhanced", ContainerInsights::Enhanced),
];

/// The providers of the cluster, in its order, then those that only a launch type asked for.
pub(in crate::scenario) struct Providers {
    pub(super) known: Vec<Known>,
    associated: usize,
    /// The cluster's `defaultCapacityProviderStrategy`.
    pub(super) default: Option<Strategy>,
    /// Whether it has one that AWS would refuse, which was said.
    is_default_wrong: bool,
    /// Providers of Auto Scaling groups that are wrong: it was said where they stand.
    pub(super) refused: Vec<String>,
    /// Those that the cluster does not list.
    unlisted: Vec<String>,
    /// Whether the scenario has Auto Scaling groups: the launch type EC2 needs one.
    pub(super) has_groups: bool,
    /// Whether it has machines of one's own: the launch type EXTERNAL needs one.
    pub(super) has_external: bool,
}

pub(super) struct Known {
    pub(super) name: String,
    pub(super) kind: ProviderKind,
    group: Option<GroupProviderPlan>,
}

impl Known {
    /// One that only its kind names: Fargate's, or a launch type's.
    pub(super) fn of_kind(kind: ProviderKind) -> Self {
        Known {
            name: name_of(kind).to_owned(),
            kind,
            group: None,
        }
    }

    fn of_group(provider: GroupProvider) -> Self {
        Known {
            kind: match provider.plan.is_managed_instances {
                true => ProviderKind::ManagedInstances(provider.plan.group),
                false => ProviderKind::AutoScalingGroup(provider.plan.group),
            },
            name: provider.name,
            group: Some(provider.plan),
        }
    }
}

/// What the cluster lists, if it says: needed before the providers are read.
pub(super) fn listed(aws: &mut MapReader<'_>) -> Option<Vec<String>> {
    let cluster = aws.field("cluster")?;
    let names = cluster.node().get("capacityProviders")?.as_sequence()?;
    let names = names.iter().filter_map(|name| name.as_text());
    Some(names.map(|name| arn_name(name).to_owned()).collect())
}

pub(super) fn kind_of(name: &str) -> Option<ProviderKind> {
    match name {
        "FARGATE" => Some(ProviderKind::Fargate),
        "FARGATE_SPOT" => Some(ProviderKind::FargateSpot),
        _ => None,
    }
}

fn name_of(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Fargate => "FARGATE",
        ProviderKind::FargateSpot => "FARGATE_SPOT",
        ProviderKind::Ec2 => "EC2",
        ProviderKind::External => "EXTERNAL",
        ProviderKind::AutoScalingGroup(_) | ProviderKind::ManagedInstances(_) => "",
    }
}

/// Reads `aws.cluster`; `groups` are the providers of Auto Scaling groups. The launch types that
/// services and programs use stand after the cluster's providers.
pub(super) fn read(
    cx: &Context<'_>,
    aws: &mut MapReader<'_>,
    (groups, world): (GroupProviders, &Begun<'_>),
) -> (ClusterPlan, Providers) {
    let (plan, mut providers) = cluster(cx, aws, (groups, world));
    providers.enter_launch_types(aws);
    (plan, providers)
}

fn cluster(
    cx: &Context<'_>,
    aws: &mut MapReader<'_>,
    (groups, world): (GroupProviders, &Begun<'_>),
) -> (ClusterPlan, Providers) {
    let mut plan = ClusterPlan {
        name: String::new(),
        container_insights: ContainerInsights::Disabled,
        start_throttle: world.start_throttle,
        provisioning_retry: world.provisioning_retry,
    };
    let mut map = aws.map("cluster");
    let name = map.as_mut().and_then(|map| map.field("clusterName"));
    plan.name = match name {
        Some(field) => {
            let name = field.str().unwrap_or_default();
            check_name(&field, name, 255);
            name.to_owned()
        }
        None => cx.default_text("aws.cluster.clusterName").to_owned(),
    };
    let listed = map
        .as_mut()
        .filter(|map| map.has("capacityProviders"))
        .map(|map| bounded(map, "capacityProviders", 20));
    let mut refused = groups.refused;
    let known = associated(cx, listed.as_deref(), groups.all, &mut refused);
    let mut providers = Providers {
        associated: known.len(),
        known,
        default: None,
        is_default_wrong: false,
        refused,
        unlisted: groups.unlisted,
        has_groups: groups.has_groups,
        has_external: groups.has_external,
    };
    let Some(mut map) = map else {
        cx.default_text("aws.cluster.settings.containerInsights");
        return (plan, providers);
    };
    plan.container_insights = insights(cx, &mut map);
    if let Some(field) = map.field("defaultCapacityProviderStrategy") {
        providers.default = providers.strategy(&field);
        let is_empty = field.node().as_sequence().is_some_and(<[_]>::is_empty);
        providers.is_default_wrong = providers.default.is_none() && !is_empty;
    }
    map.finish_aws("ecs.Cluster");
    (plan, providers)
}

/// The providers of the cluster, in its order; all there are where it says nothing of them.
fn associated(
    cx: &Context<'_>,
    listed: Option<&[Field<'_>]>,
    groups: Vec<GroupProvider>,
    refused: &mut Vec<String>,
) -> Vec<Known> {
    let fargate = [ProviderKind::Fargate, ProviderKind::FargateSpot].map(Known::of_kind);
    let groups = groups.into_iter().map(Known::of_group);
    let mut all: Vec<Known> = fargate.into_iter().chain(groups).collect();
    let Some(listed) = listed else {
        cx.default_text("aws.cluster.capacityProviders");
        return all;
    };
    if listed.is_empty() {
        // As `describe-clusters` has it of one with none: launch types alone go there.
        return Vec::new();
    }
    let mut found: Vec<Known> = Vec::new();
    for field in listed {
        let Some(name) = field.str().map(arn_name) else {
            continue;
        };
        if let Some(at) = all.iter().position(|known| known.name == name) {
            found.push(all.remove(at));
        } else if !refused
            .iter()
            .chain(found.iter().map(|it| &it.name))
            .any(|it| it == name)
        {
            let names = all.iter().map(|known| known.name.as_str());
            unknown_name(field, "capacity provider", name, names);
            refused.push(name.to_owned());
        }
    }
    if found.is_empty() { all } else { found }
}

fn insights(cx: &Context<'_>, map: &mut MapReader<'_>) -> ContainerInsights {
    for mut setting in map.maps("settings") {
        let name = setting.str("name");
        let value = setting.field("value");
        setting.finish_aws("ecs.ClusterSetting");
        if name == Some("containerInsights") {
            let chosen = value.and_then(|field| field.choice(&INSIGHTS));
            return chosen.unwrap_or(ContainerInsights::Disabled);
        }
    }
    cx.default_text("aws.cluster.settings.containerInsights");
    ContainerInsights::Disabled
}

impl Providers {
    /// Reads a capacity provider strategy; none for an empty list, and for a wrong one, which is
    /// reported.
    pub(in crate::scenario) fn strategy(&self, field: &Field<'_>) -> Option<Strategy> {
        let fields = field.list()?;
        self.refuse_mixture(field, &fields)?;
        let mut items = Vec::new();
        let mut is_complete = true;
        for item in &fields {
            let read = self.item(item);
            is_complete &= read.is_some();
            items.extend(read);
        }
        if !is_complete || items.is_empty() {
            return None;
        }
        match Strategy::new(items) {
            Ok(strategy) => Some(strategy),
            Err(wrong) => {
                let name = |item: usize| fields[item].node().get("capacityProvider");
                let name = |item| {
                    name(item)
                        .and_then(|node| node.as_text())
                        .unwrap_or_default()
                };
                let (place, message) = match wrong {
                    StrategyError::SecondBase { first, second } => {
                        let other = name(first);
                        let what = "only one provider of a strategy may have a base";
                        (&fields[second], format!("{what}, {other} has one"))
                    }
                    StrategyError::RepeatedProvider { second, .. } => {
                        (&fields[second], format!("{} stands twice", name(second)))
                    }
                    StrategyError::WeightTooLarge { item, weight } => {
                        let max = strategy::WEIGHT_MAX;
                        (&fields[item], format!("weight {weight} is more than {max}"))
                    }
                    StrategyError::BaseTooLarge { item, base } => {
                        let max = strategy::BASE_MAX;
                        (&fields[item], format!("base {base} is more than {max}"))
                    }
                    StrategyError::Empty
                    | StrategyError::TooManyProviders(_)
                    | StrategyError::NoWeight => (field, wrong.to_string()),
                };
                place.error("invalid-strategy", message).report();
                None
            }
        }
    }

    fn item(&self, item: &Field<'_>) -> Option<StrategyItem> {
        let mut map = item.map()?;
        let name = map.required("capacityProvider");
        let base = map.u32("base", 0..=strategy::BASE_MAX);
        let weight = map.u32("weight", 0..=u32::MAX);
        map.finish_aws("ecs.CapacityProviderStrategyItem");
        let field = name?;
        let name = arn_name(field.str()?);
        let known = &self.known[..self.associated];
        let index = known.iter().position(|known| known.name == name);
        match (index, kind_of(name)) {
            (Some(index), _) => Some(StrategyItem {
                provider: ProviderId::from_index(index),
                base: base.unwrap_or(0),
                weight: weight.unwrap_or(0),
            }),
            (None, kind) if kind.is_some() || self.is_unlisted(name) => {
                let message = format!("the cluster has no capacity provider {name}");
                let help = "add it to aws.cluster.capacityProviders";
                field.error("unknown-name", message).help(help).report();
                None
            }
            // What is wrong with it was said where it stands.
            (None, _) if self.refused.iter().any(|refused| refused == name) => None,
            (None, _) => {
                let names = known.iter().map(|known| known.name.as_str());
                unknown_name(&field, "capacity provider", name, names);
                None
            }
        }
    }

    fn is_unlisted(&self, name: &str) -> bool {
        self.unlisted.iter().any(|unlisted| unlisted == name)
    }

    /// Who places the tasks of a strategy; `on_instances` where they go to instances.
    pub(super) fn placer(&self, strategy: Option<&Strategy>, on_instances: Placer) -> Placer {
        match strategy.map(|strategy| self.host(strategy)) {
            Some(Host::Managed) => Placer::Ecs,
            Some(Host::Instances | Host::External) => on_instances,
            Some(Host::Fargate) => Placer::Fargate,
            None => Placer::Unknown,
        }
    }

    /// What is behind a strategy's providers of instances, with their names.
    pub(super) fn hosts_of(
        &self,
        strategy: &Strategy,
    ) -> impl Iterator<Item = (ProviderKind, &str)> {
        let items = strategy.items().iter();
        let known = items.map(|item| &self.known[item.provider.index()]);
        let hosts = known.filter(|it| it.kind.is_hosted());
        hosts.map(|it| (it.kind, it.name.as_str()))
    }

    /// Whether the provider of this name has managed scaling.
    pub(super) fn scales(&self, name: &str) -> bool {
        let is_it = |it: &&Known| it.name == name;
        let known = self.known.iter().find(is_it);
        let group = known.and_then(|it| it.group.as_ref());
        group.is_some_and(|group| group.managed_scaling.is_some())
    }

    /// Whether a provider with managed scaling launches instances of a group.
    pub(super) fn scales_group(&self, id: GroupId) -> bool {
        let groups = self.known.iter().filter_map(|it| it.group.as_ref());
        let mut its = groups.filter(|it| it.group == id);
        its.any(|it| it.managed_scaling.is_some())
    }

    /// The providers of Auto Scaling groups, by name.
    pub(in crate::scenario) fn group_providers(&self) -> impl Iterator<Item = (&str, GroupId)> {
        let all = self.known.iter();
        all.filter_map(|it| Some((it.name.as_str(), it.kind.group()?)))
    }

    /// The strategy of a service or a RunTask call: its own, its launch type's, or the cluster's
    /// default.
    pub(in crate::scenario) fn of_call(&mut self, map: &mut MapReader<'_>) -> Option<Strategy> {
        let own = map.field("capacityProviderStrategy");
        let own = own.filter(|field| field.node().as_sequence() != Some(&[]));
        let launch_type = map.field("launchType");
        match (own, launch_type) {
            (Some(_), Some(field)) => {
                let message = "launchType and capacityProviderStrategy exclude one another";
                field
                    .error("invalid-strategy", message)
                    .help("remove one of them")
                    .report();
                None
            }
            (Some(own), None) => self.strategy(&own),
            (None, Some(field)) => self.launch_type(&field),
            (None, None) => {
                if let Some(default) = &self.default {
                    return Some(default.clone());
                }
                if self.is_default_wrong {
                    return None;
                }
                if !self.has_groups {
                    let message = "no capacityProviderStrategy, and the cluster has no default \
                                   one: AWS takes the launch type EC2, and there are no instances";
                    let help = "add launchType: FARGATE, or a capacityProviderStrategy";
                    map.error("invalid-strategy", message).help(help).report();
                    return None;
                }
                let message = "no capacityProviderStrategy, and the cluster has no default one: \
                               AWS takes the launch type EC2, whose tasks no group grows for";
                let help = "say launchType: EC2, or a capacityProviderStrategy";
                map.warning("launch-type", message).help(help).report();
                let instances = self.of_launch_type(ProviderKind::Ec2);
                Some(Strategy::of_launch_type(instances))
            }
        }
    }

    /// The providers as the plan has them.
    pub(in crate::scenario) fn plans(
        &self,
        cx: &Context<'_>,
        latencies: &Latencies,
    ) -> Vec<ProviderPlan> {
        let plan = |known: &Known| ProviderPlan {
            name: known.name.clone(),
            kind: known.kind,
            latencies: latencies.plan(cx, (&known.name, known.kind)),
            group: known.group.clone(),
        };
        self.known.iter().map(plan).collect()
    }
}
