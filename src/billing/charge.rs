//! What stands on one line of a bill: an item of the price list, or an hour of an instance type.

use std::sync::OnceLock;

use super::tiers::Schedule;
use super::{BYTES_PER_GB, HOURS_PER_MONTH};
use crate::catalog::fargate::FargatePlatform::{self, LinuxArm, LinuxX86, Windows};
use crate::catalog::instances;
use crate::catalog::item::Item;
use crate::catalog::prices::{Basis, Price, PriceBook, Sureness};
use crate::ids::InstanceTypeId;
use crate::observe::usage::{InstanceKind, Meter, SECONDS_PER_HOUR};
use crate::policy::volume::VolumeKind;
use crate::units::{CpuUnits, PicoUsd};

const HOUR: u128 = SECONDS_PER_HOUR as u128;
const VCPU_HOUR: u128 = CpuUnits::PER_VCPU as u128 * HOUR;
/// ASSUMPTION: what is paid by the month is prorated by its share of 730 hours.
const MONTH: u128 = HOURS_PER_MONTH as u128 * HOUR;

/// A dollar of a commitment is a dollar.
const UNUSED: Price = Price {
    amount: PicoUsd(1_000_000_000_000),
    date: "",
    source: "commitment",
    sureness: Sureness::Scenario,
    basis: Basis::Scenario,
};

/// A priced thing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Charge {
    /// An item of the price list.
    Item(Item),
    /// An hour of an instance on demand.
    OnDemand(InstanceTypeId),
    /// An hour of an instance on Spot.
    Spot(InstanceTypeId),
    /// A vCPU-hour that a burstable instance used beyond its CPU credits.
    Credits(InstanceTypeId),
    /// What was committed by the hour and not used.
    Unused,
    /// An hour of management of a Managed Instance.
    ManagedFee(InstanceTypeId),
}

impl Charge {
    /// The name in `cost.csv`: an item's, or `ec2_on_demand_hour_m6i.large`.
    pub fn name(self) -> &'static str {
        match self {
            Charge::Item(item) => item.name(),
            Charge::OnDemand(id) => &instance_names(id)[0],
            Charge::Spot(id) => &instance_names(id)[1],
            Charge::Credits(_) => "ec2_cpu_credits_vcpu_hour",
            Charge::ManagedFee(id) => &instance_names(id)[2],
            Charge::Unused => "commitment_unused",
        }
    }

    /// What one price buys.
    pub const fn unit(self) -> &'static str {
        match self {
            Charge::Item(item) => item.unit(),
            Charge::OnDemand(_) | Charge::Spot(_) | Charge::ManagedFee(_) => "instance-hour",
            Charge::Credits(_) => "vCPU-hour",
            Charge::Unused => "USD",
        }
    }

    /// The item of the price list, if it is one.
    pub const fn item(self) -> Option<Item> {
        match self {
            Charge::Item(item) => Some(item),
            Charge::OnDemand(_)
            | Charge::Spot(_)
            | Charge::Credits(_)
            | Charge::ManagedFee(_)
            | Charge::Unused => None,
        }
    }

    /// Its price in a price book.
    pub fn price(self, prices: &PriceBook) -> Price {
        match self {
            Charge::Item(item) => *prices.price(item),
            Charge::OnDemand(id) => prices.on_demand_instance(id),
            Charge::Spot(id) => prices.spot_instance(id),
            Charge::Credits(id) => prices.cpu_credits(id),
            Charge::ManagedFee(id) => prices.managed_fee(id),
            Charge::Unused => UNUSED,
        }
    }
}

impl From<Item> for Charge {
    fn from(item: Item) -> Self {
        Charge::Item(item)
    }
}

/// The names of the hours of a type: on demand, on Spot, of its management.
fn instance_names(id: InstanceTypeId) -> &'static [String; 3] {
    static NAMES: OnceLock<Vec<[String; 3]>> = OnceLock::new();
    let all = NAMES.get_or_init(|| {
        let all = instances::all().iter();
        all.map(|it| instances::own::names_of(it.name)).collect()
    });
    instances::own::charge_names(id).unwrap_or_else(|| &all[id.index()])
}

/// What a meter with one price is charged as, with the base units of the prices' units; nothing for
/// meters that are priced by hours begun, capacity units or tiers, and for those of instances,
/// which are shared out first ([`of_instances`]).
pub(super) fn linear(meter: Meter) -> Vec<(Charge, u128)> {
    const GB_HOUR: u128 = 1_024 * HOUR;
    let items = match meter {
        Meter::FargateVcpu(platform) => of_fargate_vcpus(platform),
        Meter::FargateMemory(LinuxX86) => vec![(Item::FargateGbHourX86, GB_HOUR)],
        Meter::FargateMemory(LinuxArm) => vec![(Item::FargateGbHourArm, GB_HOUR)],
        Meter::FargateMemory(Windows) => vec![(Item::FargateGbHourWindows, GB_HOUR)],
        Meter::FargateSpotVcpu(LinuxX86) => vec![(Item::FargateSpotVcpuHourX86, VCPU_HOUR)],
        Meter::FargateSpotVcpu(LinuxArm) => vec![(Item::FargateSpotVcpuHourArm, VCPU_HOUR)],
        Meter::FargateSpotMemory(LinuxX86) => vec![(Item::FargateSpotGbHourX86, GB_HOUR)],
        Meter::FargateSpotMemory(LinuxArm) => vec![(Item::FargateSpotGbHourArm, GB_HOUR)],
        // AWS has no Windows on Fargate Spot: no scenario gets this far with one.
        Meter::FargateSpotVcpu(Windows) | Meter::FargateSpotMemory(Windows) => Vec::new(),
        Meter::FargateEphemeral => vec![(Item::FargateEphemeralGbHour, HOUR)],
        Meter::TaskVolumes(_)
        | Meter::TaskVolumeIops(_)
        | Meter::TaskVolumeThroughput
        | Meter::FileSystems => of_volumes(meter).into_iter().collect(),
        Meter::PublicIpv4 => vec![(Item::PublicIpv4InUseHour, HOUR)],
        Meter::ContainerInsightsEnhanced => {
            vec![(Item::ContainerInsightsEnhancedEcsMetric, MONTH)]
        }
        Meter::HighResolutionAlarms => vec![(Item::CloudwatchAlarmHighResolution, MONTH)],
        Meter::Secrets => vec![(Item::SecretsmanagerSecretMonth, MONTH)],
        Meter::SecretCalls => vec![(Item::SecretsmanagerApi, 10_000)],
        Meter::KmsKeys => vec![(Item::KmsKeyMonth, MONTH)],
        Meter::KmsRequests => vec![(Item::KmsRequestsSymmetric, 10_000)],
        Meter::CloudMapResources => vec![(Item::CloudMapResourceMonth, MONTH)],
        Meter::NatGateways => vec![(Item::NatGatewayHour, HOUR)],
        Meter::NatBytes => vec![(Item::NatGatewayDataProcessed, BYTES_PER_GB)],
        Meter::VpcEndpoints => vec![(Item::InterfaceVpcEndpointHour, HOUR)],
        Meter::VpcEndpointBytes => {
            vec![(Item::InterfaceVpcEndpointDataFirst1pb, BYTES_PER_GB)]
        }
        Meter::DataCrossZone => vec![(Item::DataTransferCrossAzEachDirection, BYTES_PER_GB)],
        Meter::NewFlows(_) | Meter::ActiveFlows(_) | Meter::FlowBytes(_) => Vec::new(),
        Meter::LoadBalancerTime
        | Meter::NetworkBalancerTime
        | Meter::NewConnections
        | Meter::ActiveConnections
        | Meter::ProcessedBytes
        | Meter::RuleEvaluations
        | Meter::Ec2OnDemand(_)
        | Meter::Ec2Spot(_)
        | Meter::ManagedFee(_)
        | Meter::EbsStorage
        | Meter::InstanceCapacity(_)
        | Meter::InstanceReserved(_)
        | Meter::SpotSpend(_)
        | Meter::UnlimitedCpu(_)
        | Meter::StandardCpu(_) => Vec::new(),
        Meter::LogsIngested
        | Meter::ContainerInsightsStandard
        | Meter::CustomMetrics
        | Meter::CloudwatchAlarms
        | Meter::DataOutInternet
        | Meter::EcsAnywhere
        | Meter::SchedulerInvocations
        | Meter::QueueRequests => {
            debug_assert!(Schedule::of(meter).is_some(), "{meter:?} has tiers");
            Vec::new()
        }
    };
    let charged = items.into_iter();
    charged
        .map(|(item, units)| (Charge::Item(item), units))
        .collect()
}

/// What vCPUs on demand are charged as; those of Windows have a licence besides.
fn of_fargate_vcpus(platform: FargatePlatform) -> Vec<(Item, u128)> {
    match platform {
        LinuxX86 => vec![(Item::FargateVcpuHourX86, VCPU_HOUR)],
        LinuxArm => vec![(Item::FargateVcpuHourArm, VCPU_HOUR)],
        Windows => vec![
            (Item::FargateVcpuHourWindows, VCPU_HOUR),
            (Item::FargateWindowsLicenceVcpuHour, VCPU_HOUR),
        ],
    }
}

/// What a meter of volumes is charged as; gp2, sc1 and st1 have the IOPS of their size.
fn of_volumes(meter: Meter) -> Option<(Item, u128)> {
    use VolumeKind::{Gp2, Gp3, Io1, Io2, Sc1, St1};
    match meter {
        Meter::TaskVolumes(Gp2) => Some((Item::EbsGp2Storage, MONTH)),
        Meter::TaskVolumes(Gp3) => Some((Item::EbsGp3Storage, MONTH)),
        Meter::TaskVolumes(Io1) => Some((Item::EbsIo1Storage, MONTH)),
        Meter::TaskVolumes(Io2) => Some((Item::EbsIo2Storage, MONTH)),
        Meter::TaskVolumes(Sc1) => Some((Item::EbsSc1Storage, MONTH)),
        Meter::TaskVolumes(St1) => Some((Item::EbsSt1Storage, MONTH)),
        Meter::TaskVolumeIops(Gp3) => Some((Item::EbsGp3IopsOver3000, MONTH)),
        Meter::TaskVolumeIops(Io1) => Some((Item::EbsIo1Iops, MONTH)),
        Meter::TaskVolumeIops(Io2) => Some((Item::EbsIo2IopsFirst32000, MONTH)),
        Meter::TaskVolumeThroughput => Some((Item::EbsGp3ThroughputOver125, MONTH)),
        Meter::FileSystems => Some((Item::EfsStandardStorage, 1_024 * MONTH)),
        _ => None,
    }
}

/// What a meter of instances is charged as, with the base units of the price's unit.
pub(super) fn of_instances(meter: Meter) -> Option<(Charge, u128)> {
    match meter {
        Meter::Ec2OnDemand(id) => Some((Charge::OnDemand(id), HOUR)),
        Meter::Ec2Spot(id) => Some((Charge::Spot(id), HOUR)),
        Meter::ManagedFee(InstanceKind::OnDemand(id) | InstanceKind::Spot(id)) => {
            Some((Charge::ManagedFee(id), HOUR))
        }
        // ASSUMPTION: EBS prorates a month of 730 hours; its own month has 28 to 31 days.
        Meter::EbsStorage => Some((Charge::Item(Item::EbsGp3Storage), MONTH)),
        _ => None,
    }
}
