//! Bills worked by hand to the last millionth of a dollar, then laws that every bill keeps.

use proptest::prelude::*;

use super::*;
use crate::billing::{CostSummary, write_cost_csv};
use crate::catalog::fargate::FargatePlatform;
use crate::catalog::prices::{ChangeTo, Commitment, Covers, PriceChange, PriceOf, Saving};
use crate::engine::time::SimTime;
use crate::ids::{JobSourceId, LoadBalancerId, ServiceId};
use crate::observe::usage::{InstanceKind, billed_seconds, read_csv, write_csv};
use crate::units::PicoUsd;

const X86: FargatePlatform = FargatePlatform::LinuxX86;
const WEB: Owner = Owner::Service(ServiceId(0));
const JOB: Owner = Owner::Job(JobSourceId(0));
const LB: Owner = Owner::LoadBalancer(LoadBalancerId(0));
const FARGATE: Option<ProviderId> = Some(ProviderId(0));
const SPOT: Option<ProviderId> = Some(ProviderId(1));
const GB: u64 = 1 << 30;

#[derive(Debug)]
struct Case {
    table: UsageTable,
    prices: PriceBook,
    hours: u64,
}

impl Case {
    fn of_hours(hours: u64) -> Self {
        Case {
            table: UsageTable::new(SimTime::ZERO, SimTime::from_secs(hours * 3_600)),
            prices: PriceBook::for_region("us-east-1").0,
            hours,
        }
    }

    fn add(
        mut self,
        meter: Meter,
        owner: Owner,
        provider: Option<ProviderId>,
        quantity: u64,
    ) -> Self {
        self.table
            .add(0, UsageKey::billed(meter, owner, provider), quantity.into());
        self
    }

    fn bill(&self) -> Bill {
        with_names(|names| {
            bill(
                &self.table,
                &self.prices,
                names,
                SimDuration::from_secs(self.hours * 3_600),
            )
        })
    }

    /// The run's and a month's cost of each item, in millionths of a dollar.
    fn check(&self, expected: &[(Item, i128, i128)]) {
        let bill = self.bill();
        let found: Vec<(Item, i128, i128)> = bill
            .lines
            .iter()
            .filter_map(|line| Some((line.item.item()?, line.cost.0, line.cost_month.0)))
            .collect();
        assert_eq!(found, expected);
        let sum = |cost: fn(&(Item, i128, i128)) -> i128| expected.iter().map(cost).sum::<i128>();
        assert_eq!(bill.total, MicroUsd(sum(|line| line.1)));
        assert_eq!(bill.total_month, MicroUsd(sum(|line| line.2)));
    }
}

fn with_names<T>(run: impl FnOnce(&Names<'_>) -> T) -> T {
    let owned = |names: &[&str]| -> Vec<String> { names.iter().map(|n| (*n).to_owned()).collect() };
    run(&Names {
        services: &owned(&["web", "api"]),
        jobs: &owned(&["etl"]),
        load_balancers: &owned(&["lb"]),
        providers: &owned(&["FARGATE", "FARGATE_SPOT"]),
        own_types: &[],
    })
}

/// CAP-E28, AWS Fargate pricing: 730 h of 1 vCPU and 4 GB: 29.55 + 12.98 = 42.53 USD (730 x
/// 0.04048, 730 x 4 x 0.004445).
#[test]
fn a_month_of_one_vcpu_and_four_gb_costs_42_53() {
    let mut case = Case::of_hours(730);
    let (start, end) = (SimTime::ZERO, SimTime::from_secs(730 * 3_600));
    let key = |meter| UsageKey::billed(meter, WEB, FARGATE);
    case.table
        .add_span(key(Meter::FargateVcpu(X86)), start, end, 1_024);
    case.table
        .add_span(key(Meter::FargateMemory(X86)), start, end, 4_096);
    case.check(&[
        (Item::FargateVcpuHourX86, 29_550_400, 29_550_400),
        (Item::FargateGbHourX86, 12_979_400, 12_979_400),
    ]);
    assert_eq!(case.bill().total.to_string(), "42.53");
}

/// CAP-E29, AWS Fargate pricing: 1 vCPU, 2 GB, 20 s including the pull: 60 x (0.000011244 + 2 x
/// 0.000001235) = 0.000823 USD.
#[test]
fn twenty_seconds_are_billed_as_a_minute() {
    let mut case = Case::of_hours(730);
    let start = SimTime::from_secs(5_000);
    let seconds = billed_seconds(start, SimTime::from_secs(5_020), X86);
    let key = |meter| UsageKey::billed(meter, JOB, FARGATE);
    case.table
        .add_seconds(key(Meter::FargateVcpu(X86)), start, seconds, 1_024);
    case.table
        .add_seconds(key(Meter::FargateMemory(X86)), start, seconds, 2_048);
    // 0.04048 / 60 = 0.000674666..., 2 x 0.004445 / 60 = 0.000148166...
    case.check(&[
        (Item::FargateVcpuHourX86, 675, 675),
        (Item::FargateGbHourX86, 148, 148),
    ]);
}

/// A week is 168 of 730 hours; one Windows task of 2 vCPU and 4 GB with 30 GB over the 20 included.
#[test]
fn a_windows_task_pays_its_licence_and_its_storage() {
    let mut case = Case::of_hours(168);
    let (start, end) = (SimTime::ZERO, SimTime::from_secs(168 * 3_600));
    let key = |meter| UsageKey::billed(meter, WEB, FARGATE);
    let windows = FargatePlatform::Windows;
    case.table
        .add_span(key(Meter::FargateVcpu(windows)), start, end, 2_048);
    case.table
        .add_span(key(Meter::FargateMemory(windows)), start, end, 4_096);
    case.table
        .add_span(key(Meter::FargateEphemeral), start, end, 30);
    case.check(&[
        // 336 and 1,460 vCPU-hours at 0.046552
        (Item::FargateVcpuHourWindows, 15_641_472, 67_965_920),
        // 672 and 2,920 GB-hours at 0.00511175
        (Item::FargateGbHourWindows, 3_435_096, 14_926_310),
        // 336 and 1,460 vCPU-hours at 0.046
        (Item::FargateWindowsLicenceVcpuHour, 15_456_000, 67_160_000),
        // 5,040 and 21,900 GB-hours at 0.000111
        (Item::FargateEphemeralGbHour, 559_440, 2_430_900),
    ]);
}

/// An hour and a minute of a load balancer are two hours; 2.5 LCU for the first hour.
#[test]
fn a_load_balancer_pays_hours_begun_and_its_largest_dimension() {
    let mut case = Case::of_hours(73)
        .add(Meter::ProcessedBytes, LB, None, 5 * GB / 2)
        .add(Meter::RuleEvaluations, LB, None, 1_000 * 3_600)
        .add(Meter::PublicIpv4, LB, None, 3 * 3_600);
    let key = UsageKey::billed(Meter::LoadBalancerTime, LB, None);
    case.table
        .add_span(key, SimTime::ZERO, SimTime::from_secs(3_660), 1);
    case.check(&[
        (Item::AlbHour, 45_000, 450_000),
        (Item::AlbLcuHour, 20_000, 200_000),
        (Item::PublicIpv4InUseHour, 15_000, 150_000),
    ]);
}

/// A run of half an hour is a full hour of the load balancer, but no 1,460 hours a month.
#[test]
fn a_load_balancer_never_costs_more_than_the_hours_of_a_month() {
    let mut case = Case::of_hours(1);
    let key = UsageKey::billed(Meter::LoadBalancerTime, LB, None);
    case.table
        .add_span(key, SimTime::ZERO, SimTime::from_secs(1_800), 1);
    let half_hour = SimDuration::from_secs(1_800);
    let bill = with_names(|names| bill(&case.table, &case.prices, names, half_hour));
    assert_eq!(bill.total, MicroUsd(22_500));
    // 730 x 0.0225
    assert_eq!(bill.total_month, MicroUsd(16_425_000));
}

/// 73 hours are a tenth of a month: 12 GB of logs are 120 a month, 115 of them paid.
#[test]
fn free_amounts_and_tiers_are_those_of_a_month() {
    Case::of_hours(73)
        .add(Meter::LogsIngested, WEB, None, 12 * GB)
        .check(&[
            // 11.5 and 115 GB at 0.50
            (Item::CloudwatchLogsIngestion, 5_750_000, 57_500_000),
        ]);
    Case::of_hours(73)
        .add(Meter::DataOutInternet, WEB, None, 1_200 * GB)
        .check(&[
            // 1,014 and 10,140 GB at 0.09, 176 and 1,760 GB at 0.085
            (
                Item::DataTransferOutInternetFirst10tb,
                91_260_000,
                912_600_000,
            ),
            (
                Item::DataTransferOutInternetNext40tb,
                14_960_000,
                149_600_000,
            ),
        ]);
    Case::of_hours(73)
        .add(Meter::DataOutInternet, WEB, None, 10 * GB)
        .check(&[]);
    Case::of_hours(73)
        .add(Meter::DataCrossZone, WEB, None, 200 * GB)
        .check(&[(
            Item::DataTransferCrossAzEachDirection,
            2_000_000,
            20_000_000,
        )]);
}

/// What an account pays beside its tasks, in us-east-1: 3 secrets at 0.40 and 25,000 reads at 0.05
/// per 10,000; a key at 1.00 and 10,000 requests at 0.03; 4 registrations at 0.10; 2 NAT gateways
/// at 0.045 an hour and 100 GB at 0.045; 3 endpoints at 0.01 an hour and 50 GB at 0.01.
#[test]
fn an_account_pays_secrets_keys_and_the_ways_out_of_its_subnets() {
    let month = 730 * 3_600;
    Case::of_hours(730)
        .add(Meter::Secrets, Owner::Cluster, None, 3 * month)
        .add(Meter::SecretCalls, WEB, None, 25_000)
        .add(Meter::KmsKeys, Owner::Cluster, None, month)
        .add(Meter::KmsRequests, WEB, None, 10_000)
        .add(Meter::CloudMapResources, WEB, None, 4 * month)
        .add(Meter::NatGateways, Owner::Cluster, None, 2 * month)
        .add(Meter::NatBytes, WEB, None, 100 * GB)
        .add(Meter::VpcEndpoints, Owner::Cluster, None, 3 * month)
        .add(Meter::VpcEndpointBytes, WEB, None, 50 * GB)
        .check(&[
            (Item::CloudMapResourceMonth, 400_000, 400_000),
            (Item::InterfaceVpcEndpointDataFirst1pb, 500_000, 500_000),
            (Item::KmsRequestsSymmetric, 30_000, 30_000),
            (Item::NatGatewayDataProcessed, 4_500_000, 4_500_000),
            (Item::SecretsmanagerApi, 125_000, 125_000),
            (Item::InterfaceVpcEndpointHour, 21_900_000, 21_900_000),
            (Item::KmsKeyMonth, 1_000_000, 1_000_000),
            (Item::NatGatewayHour, 65_700_000, 65_700_000),
            (Item::SecretsmanagerSecretMonth, 1_200_000, 1_200_000),
        ]);
}

/// 10 metrics are free, shared in proportion: 30 of Container Insights and 10 of one's own leave 30
/// at 0.30.
#[test]
fn custom_metrics_share_their_tiers_with_container_insights() {
    let month = 730 * 3_600;
    let case = Case::of_hours(730)
        .add(Meter::ContainerInsightsStandard, WEB, None, 30 * month)
        .add(Meter::CustomMetrics, WEB, None, 10 * month);
    case.check(&[
        (Item::CloudwatchCustomMetricFirst10000, 6_750_000, 6_750_000),
        (Item::CloudwatchCustomMetricFirst10000, 2_250_000, 2_250_000),
    ]);
}

/// 14 alarms for a month: 10 free, four at 0.10; a tenth of that in 73 hours.
#[test]
fn alarms_are_paid_beyond_the_ten_free_ones() {
    let item = Item::CloudwatchAlarmStandard;
    let alarms = |hours: u64| 14 * hours * 3_600;
    Case::of_hours(730)
        .add(Meter::CloudwatchAlarms, WEB, None, alarms(730))
        .check(&[(item, 400_000, 400_000)]);
    Case::of_hours(73)
        .add(Meter::CloudwatchAlarms, WEB, None, alarms(73))
        .check(&[(item, 40_000, 400_000)]);
}

/// A high-resolution alarm is 0.30 a month, and none of them is free.
#[test]
fn high_resolution_alarms_are_paid_from_the_first() {
    Case::of_hours(730)
        .add(Meter::HighResolutionAlarms, WEB, None, 2 * 730 * 3_600)
        .check(&[(Item::CloudwatchAlarmHighResolution, 600_000, 600_000)]);
}

/// 12,010 custom metrics for a month: 10 free, 9,990 at 0.30, 2,010 at 0.10; 100 enhanced ones at
/// 0.07.
#[test]
fn container_insights_bills_custom_metrics_or_its_own_rate() {
    let month = 730 * 3_600;
    Case::of_hours(730)
        .add(
            Meter::ContainerInsightsStandard,
            Owner::Cluster,
            None,
            12_010 * month,
        )
        .add(
            Meter::ContainerInsightsEnhanced,
            Owner::Cluster,
            None,
            100 * month,
        )
        .check(&[
            (
                Item::CloudwatchCustomMetricFirst10000,
                2_997_000_000,
                2_997_000_000,
            ),
            (
                Item::CloudwatchCustomMetricNext240000,
                201_000_000,
                201_000_000,
            ),
            (
                Item::ContainerInsightsEnhancedEcsMetric,
                7_000_000,
                7_000_000,
            ),
        ]);
}

#[test]
fn waste_is_priced_with_the_same_rates_and_is_not_in_the_total() {
    let vcpu_hours = |hours: u64| hours * 1_024 * 3_600;
    let meter = Meter::FargateSpotVcpu(X86);
    let mut case = Case::of_hours(730).add(meter, WEB, SPOT, vcpu_hours(1_000));
    let key = UsageKey::billed(meter, WEB, SPOT);
    case.table
        .add(0, key.as_waste(UsageClass::Idle), vcpu_hours(400).into());
    case.table
        .add(0, key.as_waste(UsageClass::StartUp), vcpu_hours(10).into());
    let bill = case.bill();
    assert_eq!(bill.total, MicroUsd(12_643_550));
    let waste: Vec<(UsageClass, i128)> = bill
        .waste_by_class()
        .iter()
        .map(|sum| (sum.class, sum.cost.0))
        .collect();
    assert_eq!(
        waste,
        [
            (UsageClass::StartUp, 126_436),
            (UsageClass::Idle, 5_057_420)
        ]
    );
    assert_eq!(crate::billing::waste_by_owner(&bill, JOB), []);
}

#[test]
fn the_bill_says_which_prices_are_not_aws_own_and_what_was_free() {
    let mut case = Case::of_hours(730)
        .add(Meter::FargateSpotVcpu(X86), WEB, SPOT, 1 << 30)
        .add(
            Meter::FargateSpotVcpu(FargatePlatform::LinuxArm),
            WEB,
            SPOT,
            1 << 30,
        )
        .add(Meter::FargateVcpu(X86), WEB, FARGATE, 1 << 30)
        .add(Meter::LogsIngested, WEB, None, 6 * GB);
    assert_eq!(
        case.bill().assumptions,
        [
            "no price of fargate_spot_vcpu_hour_arm is known for us-east-1: 35 % of on-demand was \
             taken (0.011333 USD per vCPU-hour)",
            "the price of fargate_spot_vcpu_hour_x86 is not AWS's own figure: tertiary source, \
             2021-01-14 (fgcalc)",
            "the first 5 GB of CloudWatch Logs data a month are free for the whole account and count \
             for this cluster alone (aws.amazon.com/cloudwatch/pricing, free tier, 2026-11)",
        ]
    );
    case.prices
        .override_price(Item::FargateSpotVcpuHourArm, 0.01);
    case.prices
        .override_price(Item::FargateSpotVcpuHourX86, 0.01);
    assert_eq!(case.bill().assumptions.len(), 1);
}

#[test]
fn cost_csv_traces_each_dollar_to_an_owner_an_item_and_a_dated_price() {
    let case = Case::of_hours(73).add(Meter::FargateVcpu(X86), WEB, FARGATE, 1_536 * 3_600);
    let mut bytes = Vec::new();
    write_cost_csv(&case.bill(), &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(
        text.lines().nth(1),
        Some(
            "service,web,FARGATE,fargate_vcpu_hour_x86,1.5,vCPU-hour,0.04048,2025-10-27,aws-price,\
             primary,0.060720,0.607200"
        )
    );
    let summary = CostSummary::of(&case.bill(), &case.prices);
    assert_eq!(
        (summary.total_usd, summary.total_usd_per_month),
        (0.06072, 0.6072)
    );
    assert_eq!(summary.by_item[0].price_date, "2025-10-27");
}

/// Random usage of every meter by every kind of owner.
fn any_case() -> impl Strategy<Value = Case> {
    let meters = Meter::all();
    let usage = (
        0..24u32,
        0..meters.len(),
        0..4usize,
        0..3usize,
        0..1u64 << 45,
    );
    (prop::collection::vec(usage, 0..60), 1..24u64).prop_map(move |(usage, hours)| {
        let mut case = Case::of_hours(hours);
        let owners = [WEB, Owner::Service(ServiceId(1)), JOB, LB];
        for (hour, meter, owner, provider, quantity) in usage {
            let provider = [None, FARGATE, SPOT][provider];
            let key = UsageKey::billed(meters[meter], owners[owner], provider);
            case.table
                .add(hour % hours as u32, key, u128::from(quantity));
        }
        case
    })
}

proptest! {
    #[test]
    fn twice_the_price_is_twice_the_bill(case in any_case()) {
        let single = case.bill();
        let mut prices = case.prices.clone();
        for item in Item::ALL {
            prices.override_price(*item, 2.0 * case.prices.price(*item).amount.usd());
        }
        let double = Case { prices, ..case }.bill();
        prop_assert_eq!(single.lines.len(), double.lines.len());
        for (one, two) in single.lines.iter().zip(&double.lines) {
            prop_assert!((2 * one.cost.0).abs_diff(two.cost.0) <= 1);
            prop_assert!((2 * one.cost_month.0).abs_diff(two.cost_month.0) <= 1);
        }
    }

    #[test]
    fn sums_by_owner_by_provider_and_by_item_are_the_total(case in any_case()) {
        let bill = case.bill();
        for sums in [bill.by_owner(), bill.by_provider(), bill.by_item()] {
            prop_assert_eq!(sums.iter().map(|sum| sum.cost).sum::<MicroUsd>(), bill.total);
            let month: MicroUsd = sums.iter().map(|sum| sum.cost_month).sum();
            prop_assert_eq!(month, bill.total_month);
        }
    }

    #[test]
    fn a_bill_from_the_file_is_the_same_bill(case in any_case()) {
        let start: jiff::Timestamp = "2026-03-05T00:00:00Z".parse().unwrap();
        let end = start + jiff::SignedDuration::from_hours(case.hours as i64);
        let mut bytes = Vec::new();
        let table = with_names(|names| {
            write_csv(&case.table, names, start, &mut bytes).unwrap();
            read_csv(bytes.as_slice(), names, (start, end), SimTime::ZERO).unwrap()
        });
        let bill = case.bill();
        prop_assert_eq!(Case { table, ..case }.bill(), bill);
    }

    #[test]
    fn more_usage_never_costs_less(case in any_case(), quantity in 1..1u64 << 45) {
        let before = case.bill();
        let after = case.add(Meter::DataOutInternet, WEB, None, quantity).bill();
        prop_assert!(before.total.0 <= after.total.0 + 2);
    }
}

/// Two hours of an m6i.large at 0.096 USD with 30 GiB at 0.08 USD a month, half of it reserved by
/// one service for one of the hours.
#[test]
fn instances_are_split_over_who_reserved_them_and_told_by_their_type() {
    use crate::catalog::instances;
    use crate::observe::usage::{InstanceKind, read_csv, weighted, write_csv};
    let id = instances::find("m6i.large").unwrap();
    let provider = Some(ProviderId(1));
    let mut table = UsageTable::new(SimTime::ZERO, SimTime::from_secs(7_200));
    let (kind, capacity) = (InstanceKind::OnDemand(id), weighted(2_048, 6_400));
    for (meter, rate) in [
        (Meter::Ec2OnDemand(id), 1),
        (Meter::EbsStorage, 30),
        (Meter::InstanceCapacity(kind), capacity),
    ] {
        let key = UsageKey::billed(meter, Owner::Cluster, provider);
        table.add_seconds(key, SimTime::ZERO, 7_200, rate);
    }
    let reserved = UsageKey::billed(Meter::InstanceReserved(kind), WEB, provider);
    table.add_seconds(reserved, SimTime::ZERO, 3_600, capacity / 2);
    let prices = PriceBook::for_region("us-east-1").0;
    with_names(|names| {
        let bill = bill(&table, &prices, names, table.reported());
        let told: Vec<_> = bill
            .lines
            .iter()
            .map(|line| {
                let owner = (line.owner_kind, line.owner_name.as_str());
                (owner, line.item.name(), line.cost.0)
            })
            .collect();
        let hour = "ec2_on_demand_hour_m6i.large";
        // EBS: 60 GiB-hours of 730 at 0.08 USD: 6,575 millionths, a quarter of them 1,644.
        assert_eq!(
            told,
            [
                (("service", "web"), "ebs_gp3_storage", 1_644),
                (("service", "web"), hour, 48_000),
                (("cluster", "unreserved"), "ebs_gp3_storage", 4_932),
                (("cluster", "unreserved"), hour, 144_000),
            ]
        );
        let waste = bill.waste_by_class();
        assert_eq!(waste.len(), 1);
        assert_eq!(
            (waste[0].class, waste[0].cost.0),
            (UsageClass::Unreserved, 148_932)
        );
        // Priced again from the file.
        let start = "2026-03-05T00:00:00Z".parse().unwrap();
        let end = "2026-03-05T02:00:00Z".parse().unwrap();
        let mut bytes = Vec::new();
        write_csv(&table, names, start, &mut bytes).unwrap();
        let again = read_csv(&bytes[..], names, (start, end), SimTime::ZERO).unwrap();
        assert_eq!(super::bill(&again, &prices, names, again.reported()), bill);
        let hours: f64 = crate::billing::hourly(&bill, &table, &prices)
            .iter()
            .flat_map(|cost| &cost.usd)
            .sum();
        assert!((hours - bill.total.usd()).abs() < 1e-9, "{hours}");
    });
}

/// A vCPU for two hours, 0.04 USD an hour for 90 minutes and 5 % more from then on: 0.06 + 0.021 =
/// 0.081 USD; of an address, whose price stays, one line. The load balancer's second hour began at
/// the old price: 2 x 0.0225 USD.
#[test]
fn usage_is_paid_at_the_price_of_its_second_and_hours_at_that_of_their_beginning() {
    let mut case = Case::of_hours(2);
    case.prices.override_price(Item::FargateVcpuHourX86, 0.04);
    let to = ChangeTo::Times { ppm: 1_050_000 };
    let of = [Item::FargateVcpuHourX86, Item::AlbHour].map(PriceOf::Item);
    let changes = of.map(|of| PriceChange { of, to });
    case.prices.change_at(SimTime::from_secs(5_400), &changes);
    case.table.cut_at(&case.prices.change_times());
    let end = SimTime::from_secs(7_200);
    let vcpu = UsageKey::billed(Meter::FargateVcpu(X86), WEB, FARGATE);
    case.table.add_span(vcpu, SimTime::ZERO, end, 1_024);
    let address = UsageKey::billed(Meter::PublicIpv4, WEB, FARGATE);
    case.table.add_span(address, SimTime::ZERO, end, 1);
    let time = UsageKey::billed(Meter::LoadBalancerTime, LB, None);
    case.table.add_span(time, SimTime::ZERO, end, 1);
    let month = |micros: i128| micros * 365;
    case.check(&[
        (Item::FargateVcpuHourX86, 60_000, month(60_000)),
        (Item::FargateVcpuHourX86, 21_000, month(21_000)),
        (Item::PublicIpv4InUseHour, 10_000, month(10_000)),
        (Item::AlbHour, 45_000, month(45_000)),
    ]);
    let bill = case.bill();
    assert!(bill.assumptions.iter().any(|it| it.contains("change once")));
    let hours = crate::billing::hourly(&bill, &case.table, &case.prices);
    let vcpu = hours.iter().find(|it| it.item == "fargate_vcpu_hour_x86");
    let usd = &vcpu.unwrap().usd;
    assert!(
        (usd[0] - 0.04).abs() < 1e-12 && (usd[1] - 0.041).abs() < 1e-12,
        "{usd:?}"
    );
    let told = &CostSummary::of(&bill, &case.prices).price_changes;
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!((told[0].after_hours, told[0].price_usd_before), (1.5, 0.04));
    assert_eq!(told[0].price_usd, 0.042);
}

/// 146 h of a month's 730 carry 20 of 100 free GB: of 60 GB, half before and half after the change, 20
/// are free, 10 of each half.
#[test]
fn free_amounts_are_shared_over_the_prices_alike() {
    let mut case = Case::of_hours(146);
    let of = PriceOf::Item(Item::DataTransferOutInternetFirst10tb);
    let to = ChangeTo::Is(PicoUsd::from_usd(0.2));
    case.prices
        .override_price(Item::DataTransferOutInternetFirst10tb, 0.1);
    let at = SimTime::from_secs(73 * 3_600 + 5);
    case.prices.change_at(at, &[PriceChange { of, to }]);
    case.table.cut_at(&[at]);
    let key = UsageKey::billed(Meter::DataOutInternet, LB, None);
    case.table.add_at(SimTime::ZERO, key, 30 * GB);
    case.table.add_at(at, key, 30 * GB);
    let item = Item::DataTransferOutInternetFirst10tb;
    case.check(&[(item, 2_000_000, 10_000_000), (item, 4_000_000, 20_000_000)]);
}

/// An m6i.large at 0.10 USD for an hour, 0.12 in its second half hour; a service reserves half of it
/// all along: 0.025 + 0.030 USD each for the service and what nobody reserved. On Spot the price of the
/// moment moves too: 0.04 USD, 10 % more from the half hour on.
#[test]
fn instances_cost_what_they_do_at_the_moment() {
    let id = crate::catalog::instances::find("m6i.large").unwrap();
    let mut case = Case::of_hours(1);
    case.prices.override_instance(id, false, 0.10);
    let half = SimTime::from_secs(1_800);
    let change = |is_spot, to| PriceChange {
        of: PriceOf::Instances {
            id: Some(id),
            is_spot,
        },
        to,
    };
    let up = ChangeTo::Times { ppm: 1_100_000 };
    let changes = [
        change(false, ChangeTo::Is(PicoUsd::from_usd(0.12))),
        change(true, up),
    ];
    case.prices.change_at(half, &changes);
    case.table.cut_at(&[half]);
    let key = |owner, meter| UsageKey::billed(meter, owner, FARGATE);
    let kind = InstanceKind::OnDemand(id);
    for (owner, meter, rate) in [
        (Owner::Cluster, Meter::Ec2OnDemand(id), 1),
        (Owner::Cluster, Meter::InstanceCapacity(kind), 2),
        (WEB, Meter::InstanceReserved(kind), 1),
        (Owner::Cluster, Meter::Ec2Spot(id), 1),
        (Owner::Cluster, Meter::SpotSpend(id), 40_000),
    ] {
        case.table
            .add_seconds(key(owner, meter), SimTime::ZERO, 3_600, rate);
    }
    let bill = case.bill();
    let of = |owner, item| -> Vec<i128> {
        let lines = bill.lines.iter();
        let own = lines.filter(|line| line.owner == owner && line.item == item);
        own.map(|line| line.cost.0).collect()
    };
    assert_eq!(of(WEB, Charge::OnDemand(id)), [25_000, 30_000]);
    assert_eq!(of(Owner::Cluster, Charge::OnDemand(id)), [25_000, 30_000]);
    assert_eq!(of(Owner::Cluster, Charge::Spot(id)), [20_000, 22_000]);
    let wasted = bill.waste_by_class()[0];
    assert_eq!(
        (wasted.class, wasted.cost.0),
        (UsageClass::Unreserved, 97_000)
    );
}

/// 0.02 USD an hour are committed at 50 % off: until the change they cover a vCPU-hour of 0.04 USD, from
/// then on, at 0.08, half of one.
#[test]
fn a_savings_plan_follows_on_demand() {
    let mut case = Case::of_hours(2);
    let item = Item::FargateVcpuHourX86;
    case.prices.override_price(item, 0.04);
    case.prices.add_commitment(Commitment {
        name: "compute".to_owned(),
        covers: Covers::Compute,
        per_hour: PicoUsd::from_usd(0.02),
        savings: vec![(Saving::All, 500_000)],
        rate: None,
    });
    let of = PriceOf::Item(item);
    let to = ChangeTo::Times { ppm: 2_000_000 };
    let hour = SimTime::from_secs(3_600);
    case.prices.change_at(hour, &[PriceChange { of, to }]);
    case.table.cut_at(&[hour]);
    let key = UsageKey::billed(Meter::FargateVcpu(X86), WEB, FARGATE);
    case.table.add_seconds(key, SimTime::ZERO, 7_200, 1_024);
    let bill = case.bill();
    assert_eq!(bill.total.0, 20_000 + 20_000 + 40_000);
    assert_eq!(bill.commitments[0].unused_usd, 0.0);
}
