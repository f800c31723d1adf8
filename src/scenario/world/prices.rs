//! `world.prices`: the region's prices, what the scenario sets of them, and what had to be assumed.

pub(in crate::scenario) mod changes;
mod commitments;
mod names;

use crate::catalog::fargate::{FargatePlatform, paid_ephemeral_gib};
use crate::catalog::item::Item;
use crate::catalog::prices::{PriceBook, PriceChange};
use crate::engine::SimTime;
use crate::policy::task_start::Endpoints;
use crate::policy::volume::VolumeKind;
use crate::scenario::aws::Aws;
use crate::scenario::context::Context;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::plan::{ContainerInsights, ProviderKind, RunPlan, TaskSubnetPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::values;

use names::Priced;

/// The changes of prices that the timeline has, and one of their places.
#[derive(Default)]
pub(in crate::scenario) struct OfTimeline<'a> {
    pub(in crate::scenario) dated: Vec<changes::Dated>,
    pub(in crate::scenario) place: Option<Field<'a>>,
}

impl<'a> OfTimeline<'a> {
    /// Adds an entry's changes, once for each of its times.
    pub(in crate::scenario) fn push(
        &mut self,
        place: Field<'a>,
        times: Vec<SimTime>,
        priced: &[PriceChange],
    ) {
        self.dated
            .extend(times.into_iter().map(|at| changes::Dated {
                at,
                changes: priced.to_vec(),
            }));
        self.place = Some(place);
    }
}

/// Reads the block.
pub(in crate::scenario) fn read(
    cx: &Context<'_>,
    world: Option<&mut MapReader<'_>>,
    (run, aws): (&RunPlan, &Aws<'_>),
    of_timeline: OfTimeline<'_>,
) -> PriceBook {
    let (mut book, _) = PriceBook::for_region(aws.region.name);
    let OfTimeline { mut dated, place } = of_timeline;
    let mut changes_field = None;
    if let Some(mut map) = world.and_then(|map| map.map("prices")) {
        changes_field = map.field("changes");
        let committed = map.field("commitments");
        let discounts = map.map("discount");
        for (key, field) in map.entries() {
            if let Some(priced) = names::priced(cx, (&key.text, &field), &OF_THE_BLOCK) {
                set(&mut book, priced, &field);
            }
        }
        map.finish();
        if let Some(discounts) = discounts {
            discount(cx, &mut book, discounts);
        }
        if let Some(committed) = committed {
            commitments::read(cx, &mut book, &committed);
        }
    }
    if let Some(field) = &changes_field {
        // Those of the timeline come after, where both have one at an instant.
        dated.splice(0..0, changes::read_dated(cx, field, (run, aws)));
    }
    changes::enter(changes_field.as_ref().or(place.as_ref()), &mut book, dated);
    let used = used_items(aws);
    if cx.options.strict_prices {
        if let Err(missing) = book.require_listed(&used) {
            cx.reader
                .push(Diagnostic::error("missing-price", missing.to_string()));
        }
        return book;
    }
    for assumption in book.assumptions(&used) {
        let path = format!("world.prices.{}", assumption.item.name());
        let value = format!("{} USD", assumption.price.amount.usd());
        cx.assume(path, value, &format!("ASSUMPTION: {assumption}"));
    }
    book
}

/// The keys of the block that are no prices.
const OF_THE_BLOCK: [&str; 3] = ["discount", "changes", "commitments"];

/// Sets one price.
fn set(book: &mut PriceBook, priced: Priced, field: &Field<'_>) {
    if let Some(all) = priced.name_of_all() {
        let message = format!("{all} is one price of each instance type");
        let help = format!("set that of a type: {all}_m6i.large, or take off a discount");
        let wrong = field.error_at_key("unknown-name", message);
        wrong.help(help).report();
        return;
    }
    let Some(usd) = price(priced.unit(), field) else {
        return;
    };
    match priced {
        Priced::Item(item) => book.override_price(item, usd),
        Priced::Instances { id, is_spot } => {
            if let Some(id) = id {
                book.override_instance(id, is_spot, usd);
            }
        }
        Priced::Surcharge(of) => book.override_surcharge(of, usd),
    }
}

/// US dollars a unit.
pub(super) fn price(unit: &str, field: &Field<'_>) -> Option<f64> {
    let usd = |text: &str| {
        let number = text.trim().strip_suffix("USD").map(values::number);
        match number {
            Some(Ok(usd)) if (0.0..=1e6).contains(&usd) => Ok(usd),
            _ => {
                let message = format!("\"{text}\" is no price");
                let help = format!("write US dollars a {unit}, like 0.04 USD");
                Err(values::ValueError::new(message, help))
            }
        }
    };
    field.value("a price", usd)
}

/// `discount: { all: 10 %, fargate_vcpu_hour_x86: 20 % }`; those of single items and of instances
/// add to that of all.
fn discount(cx: &Context<'_>, book: &mut PriceBook, mut map: MapReader<'_>) {
    if let Some(share) = map.share("all") {
        Item::ALL
            .iter()
            .for_each(|item| book.discount(*item, share * 100.0));
        book.discount_instances(share * 100.0);
    }
    for (key, field) in map.entries() {
        let priced = names::priced(cx, (&key.text, &field), &["all"]);
        let (Some(priced), Some(share)) = (priced, field.share()) else {
            continue;
        };
        let percent = share * 100.0;
        match priced {
            Priced::Item(item) => book.discount(item, percent),
            Priced::Instances { id, is_spot } => book.discount_instance(id, is_spot, percent),
            Priced::Surcharge(of) => book.discount_surcharge(of, percent),
        }
    }
    map.finish();
}

/// The items that the scenario's bill can have: only these are worth an assumption.
fn used_items(aws: &Aws) -> Vec<Item> {
    let mut items = Vec::new();
    let services = aws
        .services
        .iter()
        .map(|it| (&it.strategy, it.task_definition));
    let programs = aws
        .job_sources
        .iter()
        .map(|it| (&it.strategy, it.task_definition));
    for (strategy, definition) in services.chain(programs) {
        let definition = aws.task_definitions.get(definition);
        for item in strategy.items() {
            let kind = aws.providers[item.provider.index()].kind;
            items.extend(fargate_items(kind, definition.fargate_platform()));
        }
        if 0 < paid_ephemeral_gib(definition.ephemeral_gib) {
            items.push(Item::FargateEphemeralGbHour);
        }
        let work = &definition.work;
        if 0.0 < work.log_bytes_per_request + work.log_bytes_per_second {
            items.push(Item::CloudwatchLogsIngestion);
        }
        if 0.0 < work.cross_zone_bytes_per_request {
            items.push(Item::DataTransferCrossAzEachDirection);
        }
    }
    items.extend(balancer_items(aws));
    let is_managed = |kind: ProviderKind| matches!(kind, ProviderKind::ManagedInstances(_));
    if aws.providers.iter().any(|it| is_managed(it.kind)) {
        items.push(Item::EcsManagedInstancesFeeFractionOfOnDemand);
    }
    if aws.providers.iter().any(|it| it.kind.is_hosted()) {
        items.push(Item::EbsGp3Storage);
    }
    let public = aws.services.iter().map(|it| it.assign_public_ip);
    if public
        .chain(aws.job_sources.iter().map(|it| it.assign_public_ip))
        .any(|public| public)
    {
        items.push(Item::PublicIpv4InUseHour);
    }
    let targets = &aws.scalable_targets;
    let policies = targets.iter().flat_map(|target| &target.policies);
    let clocks = policies.map(|policy| policy.clock);
    let clocks = clocks.chain(aws.alarms.iter().map(|alarm| alarm.clock));
    items.extend(clocks.map(|clock| match clock.is_fine() {
        true => Item::CloudwatchAlarmHighResolution,
        false => Item::CloudwatchAlarmStandard,
    }));
    items.extend(account_items(aws));
    match aws.cluster.container_insights {
        ContainerInsights::Disabled => {}
        ContainerInsights::Enabled => items.push(Item::CloudwatchCustomMetricFirst10000),
        ContainerInsights::Enhanced => items.push(Item::ContainerInsightsEnhancedEcsMetric),
    }
    items.sort_unstable();
    items.dedup();
    items
}

/// What volumes and file systems of tasks are paid as.
fn volume_items(aws: &Aws) -> Vec<Item> {
    let services = aws.services.iter().filter_map(|it| it.volume);
    let volumes = services.chain(aws.job_sources.iter().filter_map(|it| it.volume));
    let mut items: Vec<Item> = volumes
        .flat_map(|volume| match volume.kind {
            VolumeKind::Gp2 => vec![Item::EbsGp2Storage],
            VolumeKind::Gp3 => vec![
                Item::EbsGp3Storage,
                Item::EbsGp3IopsOver3000,
                Item::EbsGp3ThroughputOver125,
            ],
            VolumeKind::Io1 => vec![Item::EbsIo1Storage, Item::EbsIo1Iops],
            VolumeKind::Io2 => vec![Item::EbsIo2Storage, Item::EbsIo2IopsFirst32000],
            VolumeKind::Sc1 => vec![Item::EbsSc1Storage],
            VolumeKind::St1 => vec![Item::EbsSt1Storage],
        })
        .collect();
    let mounts = aws.task_definitions.plans().iter();
    if mounts.into_iter().any(|it| !it.mounts.is_empty()) {
        items.push(Item::EfsStandardStorage);
    }
    items
}

/// What load balancers may be charged for.
fn balancer_items(aws: &Aws<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    let mut balancers = aws.load_balancers.iter().map(|it| it.is_network);
    if balancers.clone().any(|is_network| !is_network) {
        items.extend([Item::AlbHour, Item::AlbLcuHour]);
    }
    if balancers.any(|is_network| is_network) {
        items.extend([Item::NlbHour, Item::NlbNlcuHour]);
    }
    if aws
        .target_groups
        .iter()
        .any(|it| it.flows.is_some() && it.cross_zone)
    {
        items.push(Item::DataTransferCrossAzEachDirection);
    }
    if aws
        .load_balancers
        .iter()
        .any(|balancer| balancer.internet_facing)
    {
        items.extend([
            Item::PublicIpv4InUseHour,
            Item::DataTransferOutInternetFirst10tb,
        ]);
    }
    items
}

/// What the account pays for beside its tasks.
fn account_items(aws: &Aws) -> Vec<Item> {
    let billed = &aws.boundary.billed;
    let plans = aws.task_definitions.plans();
    let by_nat = |it: &TaskSubnetPlan| it.by_nat != Endpoints::NONE;
    let by_endpoint = |it: &TaskSubnetPlan| it.by_endpoint != Endpoints::NONE;
    let subnets = || aws.services.iter().flat_map(|service| &service.subnets);
    let scaled = aws.providers.iter().filter_map(|it| it.group.as_ref());
    let used = [
        (0 < billed.secrets, Item::SecretsmanagerSecretMonth),
        (
            plans.iter().any(|it| 0 < it.start.secret_reads),
            Item::SecretsmanagerApi,
        ),
        (0 < billed.keys, Item::KmsKeyMonth),
        (
            plans.iter().any(|it| 0 < it.start.key_uses),
            Item::KmsRequestsSymmetric,
        ),
        (0 < billed.nat_gateways, Item::NatGatewayHour),
        (subnets().any(by_nat), Item::NatGatewayDataProcessed),
        (0 < billed.endpoint_zones, Item::InterfaceVpcEndpointHour),
        (
            subnets().any(by_endpoint),
            Item::InterfaceVpcEndpointDataFirst1pb,
        ),
        (
            aws.services.iter().any(|it| 0 < it.registries),
            Item::CloudMapResourceMonth,
        ),
        (
            plans.iter().any(|it| 0 < it.work.custom_metrics)
                || (aws.services.iter()).any(|it| 0 < it.fine_metrics.count())
                || !aws.published_metrics.is_empty(),
            Item::CloudwatchCustomMetricFirst10000,
        ),
        (
            scaled.clone().any(|it| it.managed_scaling.is_some()),
            Item::CloudwatchAlarmStandard,
        ),
    ];
    let used = used.into_iter().filter(|(is_used, _)| *is_used);
    let used = used.map(|(_, item)| item);
    used.chain(volume_items(aws)).collect()
}

fn fargate_items(kind: ProviderKind, platform: FargatePlatform) -> Vec<Item> {
    use FargatePlatform::{LinuxArm, LinuxX86, Windows};
    let items = match (kind, platform) {
        (ProviderKind::Fargate, Windows) => {
            return vec![
                Item::FargateVcpuHourWindows,
                Item::FargateGbHourWindows,
                Item::FargateWindowsLicenceVcpuHour,
            ];
        }
        // AWS has none.
        (ProviderKind::FargateSpot, Windows) => return Vec::new(),
        (ProviderKind::Fargate, LinuxX86) => [Item::FargateVcpuHourX86, Item::FargateGbHourX86],
        (ProviderKind::Fargate, LinuxArm) => [Item::FargateVcpuHourArm, Item::FargateGbHourArm],
        (ProviderKind::FargateSpot, LinuxX86) => {
            [Item::FargateSpotVcpuHourX86, Item::FargateSpotGbHourX86]
        }
        (ProviderKind::FargateSpot, LinuxArm) => {
            [Item::FargateSpotVcpuHourArm, Item::FargateSpotGbHourArm]
        }
        (
            ProviderKind::AutoScalingGroup(_)
            | ProviderKind::ManagedInstances(_)
            | ProviderKind::Ec2
            | ProviderKind::External,
            _,
        ) => {
            return Vec::new();
        }
    };
    items.to_vec()
}
