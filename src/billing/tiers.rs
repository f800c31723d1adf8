//! Prices that depend on the month's total, and amounts that are free each month.
//!
//! Tiers are those of the account: here, of this cluster alone. Usage is scaled to a month, cut at
//! the tiers, and each tier shared among its users in proportion to their usage.

use super::charge::Charge;
use super::money::{MonthScale, mul_div};
use super::{BYTES_PER_GB, HOURS_PER_MONTH};
use crate::catalog::item::Item;
use crate::observe::usage::{Meter, SECONDS_PER_HOUR, UsageClass, UsageKey};

/// Base units of a metric-month. ASSUMPTION: CloudWatch prorates a metric by its share of 730
/// hours.
const METRIC_MONTH: u128 = (HOURS_PER_MONTH * SECONDS_PER_HOUR) as u128;

/// A price schedule of one meter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    pub(super) meters: &'static [Meter],
    /// Base units of a priced unit.
    pub(super) base_units: u128,
    /// Free each month, in priced units.
    free: Option<FreeAmount>,
    /// Each tier's end in priced units a month, free ones counted, and its item; the last tier has
    /// no end.
    tiers: &'static [(Option<u64>, Item)],
}

/// What AWS gives for free each month.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FreeAmount {
    /// How much a month.
    pub per_month: u64,
    /// Of what: `GB`.
    pub unit: &'static str,
    /// Of what kind of usage.
    pub what: &'static str,
    /// Where this is known from.
    pub source: &'static str,
}

const LOGS: Schedule = Schedule {
    meters: &[Meter::LogsIngested],
    base_units: BYTES_PER_GB,
    free: Some(FreeAmount {
        per_month: 5,
        unit: "GB",
        what: "CloudWatch Logs data",
        source: "aws.amazon.com/cloudwatch/pricing, free tier, 2026-11",
    }),
    tiers: &[(None, Item::CloudwatchLogsIngestion)],
};

const CUSTOM_METRICS: Schedule = Schedule {
    // ASSUMPTION: Container Insights' metrics and one's own share the tiers, as both are custom.
    meters: &[Meter::ContainerInsightsStandard, Meter::CustomMetrics],
    base_units: METRIC_MONTH,
    free: Some(FreeAmount {
        per_month: 10,
        unit: "metrics",
        what: "CloudWatch custom metrics",
        source: "aws.amazon.com/cloudwatch/pricing, free tier, 2026-11",
    }),
    tiers: &[
        (Some(10_000), Item::CloudwatchCustomMetricFirst10000),
        (Some(250_000), Item::CloudwatchCustomMetricNext240000),
        (Some(1_000_000), Item::CloudwatchCustomMetricNext750000),
        (None, Item::CloudwatchCustomMetricOver1000000),
    ],
};

/// ASSUMPTION: as metrics, alarms are prorated by their share of 730 hours.
const ALARMS: Schedule = Schedule {
    meters: &[Meter::CloudwatchAlarms],
    base_units: METRIC_MONTH,
    free: Some(FreeAmount {
        per_month: 10,
        unit: "alarms",
        what: "CloudWatch",
        source: "aws.amazon.com/cloudwatch/pricing, free tier, 2026-11",
    }),
    tiers: &[(None, Item::CloudwatchAlarmStandard)],
};

/// ASSUMPTION: the free 100 GB count within the first 10 TB. ASSUMPTION: over 50 TB the price of
/// the second tier goes on (AWS's is lower there; the tables do not have it).
const INTERNET: Schedule = Schedule {
    meters: &[Meter::DataOutInternet],
    base_units: BYTES_PER_GB,
    free: Some(FreeAmount {
        per_month: 100,
        unit: "GB",
        what: "data out to the internet",
        source: "ASSUMPTION: from memory of the EC2 pricing page, 2021 and later",
    }),
    tiers: &[
        (Some(10 * 1_024), Item::DataTransferOutInternetFirst10tb),
        (None, Item::DataTransferOutInternetNext40tb),
    ],
};

/// What an hour of ECS Anywhere is called on a bill.
pub const ANYWHERE_HOUR: &str = Item::EcsAnywhereInstanceHour.name();

/// ASSUMPTION: an hour is paid for as long as a machine is registered, by the second, also while
/// its agent is disconnected; and the free hours last: whether they end was not found.
const ANYWHERE: Schedule = Schedule {
    meters: &[Meter::EcsAnywhere],
    base_units: SECONDS_PER_HOUR as u128,
    free: Some(FreeAmount {
        per_month: 2_200,
        unit: "instance-hours",
        what: "ECS Anywhere",
        source: "aws.amazon.com/ecs/anywhere/pricing, 2026-11",
    }),
    tiers: &[(None, Item::EcsAnywhereInstanceHour)],
};

const SCHEDULER: Schedule = Schedule {
    meters: &[Meter::SchedulerInvocations],
    base_units: 1_000_000,
    free: Some(FreeAmount {
        per_month: 14,
        unit: "million invocations",
        what: "EventBridge Scheduler",
        source: "cloudburn.io, EventBridge pricing, 2026-03",
    }),
    tiers: &[(None, Item::EventbridgeSchedulerInvocationsAfter14mFree)],
};

/// Beyond 100 thousand million requests a month it is cheaper.
const QUEUES: Schedule = Schedule {
    meters: &[Meter::QueueRequests],
    base_units: 1_000_000,
    free: Some(FreeAmount {
        per_month: 1,
        unit: "million requests",
        what: "SQS",
        source: "cloudburn.io, SQS pricing, 2026-03",
    }),
    tiers: &[(None, Item::SqsStandardRequestsAfter1mFree)],
};

/// Where the second tier of internet data ends, in GB a month: beyond, its price is an assumption.
const INTERNET_TIERS_END_GB: u128 = 50 * 1_024;

/// The meters whose price depends on the month's total.
pub(super) const SCHEDULES: [Schedule; 7] = [
    LOGS,
    CUSTOM_METRICS,
    ALARMS,
    INTERNET,
    ANYWHERE,
    SCHEDULER,
    QUEUES,
];

/// One tier's part of the usage: of each user, for the run and for a month, in base units.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct TierShares {
    /// The priced item; `None` for what is free.
    pub(super) item: Option<Item>,
    /// In the order of the users.
    pub(super) shares: Vec<Share>,
}

/// One user's part of a tier, in base units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Share {
    pub(super) run: u128,
    pub(super) month: u128,
}

impl Schedule {
    /// Whether it prices what a key counts.
    pub(super) fn is_for(&self, key: UsageKey) -> bool {
        self.meters.contains(&key.meter) && key.class == UsageClass::Billed
    }

    /// Whether `item` is the price of one of its tiers.
    pub(super) fn has(&self, item: Item) -> bool {
        self.tiers.iter().any(|(_, priced)| *priced == item)
    }

    /// The schedule that has `item` among the prices of its tiers.
    pub(super) fn with(item: Item) -> Option<&'static Schedule> {
        SCHEDULES.iter().find(|schedule| schedule.has(item))
    }

    /// The schedule of a meter, if its price depends on the month's total.
    pub(super) fn of(meter: Meter) -> Option<&'static Schedule> {
        SCHEDULES
            .iter()
            .find(|schedule| schedule.meters.contains(&meter))
    }

    /// The prices of its tiers.
    pub(super) fn charges(&self) -> Vec<Charge> {
        self.tiers.iter().map(|tier| tier.1.into()).collect()
    }

    pub(super) fn free_amount(&self) -> Option<FreeAmount> {
        self.free
    }

    /// Whether a month's quantity reaches beyond the known tiers.
    pub(super) fn leaves_known_tiers(&self, month: u128) -> bool {
        self.meters == [Meter::DataOutInternet] && INTERNET_TIERS_END_GB * self.base_units < month
    }

    /// Cuts the users' quantities at the tiers: the run's shares are the month's × reported hours /
    /// 730.
    pub(super) fn apportion(&self, quantities: &[u128], scale: MonthScale) -> Vec<TierShares> {
        let total: u128 = quantities.iter().sum();
        // In parts of a base unit that are whole both for the run and for the month.
        let scaled_total = total.saturating_mul(scale.month);
        let scaled_end = |units: u64| u128::from(units) * self.base_units * scale.reported;
        let free = self.free.map(|free| (Some(free.per_month), None));
        let tiers = self.tiers.iter().map(|(end, item)| (*end, Some(*item)));
        let mut start = 0;
        let mut cut = Vec::new();
        for (end, item) in free.into_iter().chain(tiers) {
            let end = end.map_or(scaled_total, |units| scaled_end(units).min(scaled_total));
            if start < end {
                let shares = shares(quantities, end - start, total, scale);
                cut.push(TierShares { item, shares });
                start = end;
            }
        }
        cut
    }
}

/// Shares `scaled` among the users; running sums are rounded, not shares, so that nothing is lost.
fn shares(quantities: &[u128], scaled: u128, total: u128, scale: MonthScale) -> Vec<Share> {
    let (mut sum, mut run, mut month) = (0, 0, 0);
    quantities
        .iter()
        .map(|quantity| {
            sum += quantity;
            let run_until = mul_div(sum, scaled, total.saturating_mul(scale.month));
            let month_until = mul_div(sum, scaled, total.saturating_mul(scale.reported));
            let share = Share {
                run: run_until - run,
                month: month_until - month,
            };
            (run, month) = (run_until, month_until);
            share
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::time::SimDuration;

    fn scale(hours: u64) -> MonthScale {
        MonthScale::of(SimDuration::from_secs(hours * 3_600))
    }

    /// A month's shares of one user, in GB.
    fn internet_month(hours: u64, gb: u128) -> Vec<u128> {
        let cut = INTERNET.apportion(&[gb * BYTES_PER_GB], scale(hours));
        cut.iter()
            .map(|tier| tier.shares[0].month / BYTES_PER_GB)
            .collect()
    }

    #[test]
    fn internet_data_is_cut_at_100_gb_and_at_10_tb() {
        assert_eq!(internet_month(730, 100), [100]);
        assert_eq!(internet_month(730, 101), [100, 1]);
        assert_eq!(internet_month(730, 12_000), [100, 10_140, 1_760]);
        // 73 hours are a tenth of a month.
        assert_eq!(internet_month(73, 1_200), [100, 10_140, 1_760]);
        assert_eq!(internet_month(1_460, 200), [100]);
    }

    #[test]
    fn a_run_carries_its_hours_of_730_of_the_free_amount() {
        let cut = INTERNET.apportion(&[20 * BYTES_PER_GB], scale(73));
        let run: Vec<u128> = cut.iter().map(|tier| tier.shares[0].run).collect();
        assert_eq!(run, [10 * BYTES_PER_GB, 10 * BYTES_PER_GB]);
    }

    #[test]
    fn ecs_anywhere_is_free_for_2200_hours_a_month() {
        // Four machines: 2,920 hours a month, three: 2,190.
        for (machines, paid) in [(3, 0), (4, 720)] {
            let hours = [machines * 730 * 3_600];
            let cut = ANYWHERE.apportion(&hours, scale(730));
            let beyond = cut.iter().filter(|tier| tier.item.is_some());
            let seconds: u128 = beyond.map(|tier| tier.shares[0].month).sum();
            assert_eq!(seconds, paid * 3_600, "{machines} machines");
        }
    }

    #[test]
    fn a_tier_is_shared_in_proportion() {
        let cut = LOGS.apportion(&[30 * BYTES_PER_GB, 70 * BYTES_PER_GB], scale(730));
        let free: Vec<u128> = cut[0].shares.iter().map(|share| share.run).collect();
        assert_eq!(free, [3 * BYTES_PER_GB / 2, 7 * BYTES_PER_GB / 2]);
    }

    proptest! {
        #[test]
        fn tiers_share_out_exactly_what_was_used(
            quantities in prop::collection::vec(0..1u128 << 60, 1..6), hours in 1..2_000u64,
        ) {
            for schedule in SCHEDULES {
                let cut = schedule.apportion(&quantities, scale(hours));
                let shares = cut.iter().flat_map(|tier| &tier.shares);
                let shared: u128 = shares.map(|share| share.run).sum();
                let total: u128 = quantities.iter().sum();
                // Each tier's sum is rounded to a base unit.
                prop_assert!(shared.abs_diff(total) <= cut.len() as u128);
            }
        }
    }
}
