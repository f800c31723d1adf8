//! The cluster, its capacity providers, strategies on them, and the account's quotas.

use crate::ids::ProviderId;
use crate::policy::strategy::{self, Strategy, StrategyError, StrategyItem};
use crate::scenario::arn::arn_name;
use crate::scenario::context::{Context, bounded, check_name, not_built_value, unknown_name};
use crate::scenario::node::quote;
use crate::scenario::plan::{
    ClusterPlan, ContainerInsights, ProviderKind, ProviderPlan, QuotaPlan,
};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::latencies::Latencies;

const INSIGHTS: [(&str, ContainerInsights); 3] = [
    ("disabled", ContainerInsights::Disabled),
    ("enabled", ContainerInsights::Enabled),
    ("enhanced", ContainerInsights::Enhanced),
];

/// The providers of the cluster, in its order, then those that only a launch type asked for.
pub(in crate::scenario) struct Providers {
    kinds: Vec<ProviderKind>,
    associated: usize,
    /// The cluster's `defaultCapacityProviderStrategy`.
    default: Option<Strategy>,
    /// The cluster's other providers, those of Auto Scaling groups.
    groups: Vec<String>,
}

fn kind_of(name: &str) -> Option<ProviderKind> {
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
        ProviderKind::AutoScalingGroup(_) => "",
    }
}

/// Reads `aws.cluster`.
pub(super) fn read(cx: &Context<'_>, aws: &mut MapReader<'_>) -> (ClusterPlan, Providers) {
    let mut plan = ClusterPlan {
        name: String::new(),
        container_insights: ContainerInsights::Disabled,
    };
    let mut providers = Providers {
        kinds: Vec::new(),
        associated: 0,
        default: None,
        groups: Vec::new(),
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
        .map(|map| bounded(map, "capacityProviders", 20));
    for field in listed.unwrap_or_default() {
        let Some(name) = field.str().map(arn_name) else {
            continue;
        };
        match kind_of(name) {
            Some(kind) if !providers.kinds.contains(&kind) => providers.kinds.push(kind),
            Some(_) => {}
            None => {
                providers.groups.push(name.to_owned());
                let message = format!("the capacity provider \"{name}\" is not simulated yet");
                let help = "FARGATE and FARGATE_SPOT are";
                field.error("not-built-yet", message).help(help).report();
            }
        }
    }
    if providers.kinds.is_empty() {
        cx.default_text("aws.cluster.capacityProviders");
        providers.kinds = vec![ProviderKind::Fargate, ProviderKind::FargateSpot];
    }
    providers.associated = providers.kinds.len();
    let Some(mut map) = map else {
        cx.default_text("aws.cluster.settings.containerInsights");
        return (plan, providers);
    };
    plan.container_insights = insights(cx, &mut map);
    if let Some(field) = map.field("defaultCapacityProviderStrategy") {
        providers.default = providers.strategy(&field);
    }
    map.finish_aws("ecs.Cluster");
    (plan, providers)
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

    /// AWS: a strategy has Fargate's providers only, or those of Auto Scaling groups only
    /// (CreateService, `capacityProviderStrategy`).
    fn refuse_mixture(&self, field: &Field<'_>, items: &[Field<'_>]) -> Option<()> {
        let name = |item: &Field<'_>| {
            let name = item.node().get("capacityProvider")?.as_text()?;
            Some(arn_name(name).to_owned())
        };
        let names: Vec<String> = items.iter().filter_map(name).collect();
        let fargate = names.iter().find(|name| kind_of(name).is_some());
        let group = names.iter().find(|name| self.groups.contains(name));
        let (Some(fargate), Some(group)) = (fargate, group) else {
            return Some(());
        };
        let message = format!(
            "a strategy has Fargate's providers or those of Auto Scaling groups, not both: \
             {fargate} and {group}"
        );
        let help = "keep one of the two kinds, or make a service of each";
        let wrong = field.error("invalid-strategy", message);
        wrong.help(help).report();
        None
    }

    fn item(&self, item: &Field<'_>) -> Option<StrategyItem> {
        let mut map = item.map()?;
        let name = map.required("capacityProvider");
        let base = map.u32("base", 0..=u32::MAX);
        let weight = map.u32("weight", 0..=u32::MAX);
        map.finish_aws("ecs.CapacityProviderStrategyItem");
        let field = name?;
        let name = arn_name(field.str()?);
        let known = &self.kinds[..self.associated];
        let index = known.iter().position(|kind| name_of(*kind) == name);
        match (index, kind_of(name)) {
            (Some(index), _) => Some(StrategyItem {
                provider: ProviderId::from_index(index),
                base: base.unwrap_or(0),
                weight: weight.unwrap_or(0),
            }),
            (None, Some(_)) => {
                let message = format!("the cluster has no capacity provider {name}");
                let help = "add it to aws.cluster.capacityProviders";
                field.error("unknown-name", message).help(help).report();
                None
            }
            // That it is not simulated was said where the cluster lists it.
            (None, None) if self.groups.iter().any(|group| group == name) => None,
            (None, None) => {
                unknown_name(
                    &field,
                    "capacity provider",
                    name,
                    known.iter().map(|kind| name_of(*kind)),
                );
                None
            }
        }
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
            (None, Some(field)) => {
                if field.choice(&[("FARGATE", true), ("EC2", false), ("EXTERNAL", false)])? {
                    return Some(Strategy::only(self.on_demand()));
                }
                not_built_value(&field);
                None
            }
            (None, None) => {
                if self.default.is_none() {
                    let message = "no capacityProviderStrategy, and the cluster has no default \
                                   one: AWS takes the launch type EC2, which is not simulated yet";
                    let help = "add launchType: FARGATE, or a capacityProviderStrategy";
                    map.error("not-built-yet", message).help(help).report();
                }
                self.default.clone()
            }
        }
    }

    /// The id of FARGATE; a launch type needs no association with the cluster.
    fn on_demand(&mut self) -> ProviderId {
        let known = self
            .kinds
            .iter()
            .position(|kind| *kind == ProviderKind::Fargate);
        let index = known.unwrap_or_else(|| {
            self.kinds.push(ProviderKind::Fargate);
            self.kinds.len() - 1
        });
        ProviderId::from_index(index)
    }

    /// The providers as the plan has them.
    pub(super) fn plans(&self, cx: &Context<'_>, latencies: &Latencies) -> Vec<ProviderPlan> {
        let plan = |kind: &ProviderKind| ProviderPlan {
            name: name_of(*kind).to_owned(),
            kind: *kind,
            latencies: latencies.plan(cx, name_of(*kind)),
            group: None,
        };
        self.kinds.iter().map(plan).collect()
    }
}

/// Reads `aws.account.quotas`: by AWS's quota codes, or by names.
pub(super) fn read_quotas(cx: &Context<'_>, aws: &mut MapReader<'_>) -> QuotaPlan {
    let mut account = aws.map("account");
    if let Some(settings) = account.as_mut().and_then(|map| map.field("settings")) {
        settings
            .note("no-effect", "no effect here: account settings")
            .report();
    }
    let mut quotas = account.as_mut().and_then(|map| map.map("quotas"));
    let mut number = |keys: &[&'static str], default: &str| {
        let map = quotas.as_mut();
        let fields = map.map(|map| keys.iter().filter_map(|key| map.field(key)).collect());
        let found = only_one(cx, fields.unwrap_or_default());
        if found.is_none() {
            cx.default_text(default);
        }
        found
    };
    let vcpus = |field: Field<'_>| match field.node().as_text() {
        Some("raised") => None,
        _ => field.u32(0..=10_000_000),
    };
    let on_demand = ["L-3032A538", "fargateOnDemandVcpus"];
    let spot = ["L-36FBB829", "fargateSpotVcpus"];
    let fargate_vcpus = number(&on_demand, "aws.account.quotas.L-3032A538").and_then(vcpus);
    let fargate_spot_vcpus = number(&spot, "aws.account.quotas.L-36FBB829").and_then(vcpus);
    let mut rate = |key: &'static str, path: &str| {
        let given = number(&[key], path).and_then(|field| field.u32(1..=100_000));
        given.unwrap_or_else(|| cx.default_u32(path))
    };
    let plan = QuotaPlan {
        fargate_vcpus,
        fargate_spot_vcpus,
        launch_burst: rate(
            "fargateLaunchBurst",
            "aws.account.quotas.fargateLaunchBurst",
        ),
        launch_rate_per_s: rate("fargateLaunchRate", "aws.account.quotas.fargateLaunchRate"),
        service_launches_per_minute: rate(
            "serviceLaunchesPerMinute",
            "aws.account.quotas.serviceLaunchesPerMinute",
        ),
    };
    for map in [quotas, account].into_iter().flatten() {
        map.finish();
    }
    plan
}

/// The first of fields that are names of one quota; refuses any other with both places.
fn only_one<'a>(cx: &Context<'_>, fields: Vec<Field<'a>>) -> Option<Field<'a>> {
    let mut fields = fields.into_iter();
    let first = fields.next()?;
    let name = |field: &Field<'_>| quote(field.path().rsplit('.').next().unwrap_or_default());
    for other in fields {
        let (file, line) = (first.span().file, first.span().start.line);
        let place = match file == other.span().file {
            true => format!("in line {line}"),
            false => format!("in {}:{line}", cx.sources.name(file)),
        };
        let message = format!(
            "{} here and {} {place} are two names of one quota",
            name(&other),
            name(&first)
        );
        let error = other.error("duplicate-key", message);
        error.help("keep one of the two").report();
    }
    Some(first)
}
