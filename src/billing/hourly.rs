//! The bill over time: each line's cost laid over the hours in which its usage fell.

use super::bill::{Bill, BillLine, linear_items};
use super::tiers::Schedule;
use crate::catalog::item::Item;
use crate::observe::usage::{Meter, UsageClass, UsageKey, UsageTable};

/// The cost of an item in each hour of the reported part.
#[derive(Clone, PartialEq, Debug)]
pub struct HourlyCost {
    /// The item's name.
    pub item: &'static str,
    /// US dollars of each hour, from the first.
    pub usd: Vec<f64>,
}

/// The run's cost by item and hour. Their sum is the bill's total: a line's cost is shared out in
/// proportion to its usage, so that free amounts and tiers are spread evenly over it.
pub fn hourly(bill: &Bill, table: &UsageTable) -> Vec<HourlyCost> {
    let mut costs: Vec<HourlyCost> = Vec::new();
    let hours = bill.reported.as_micros().div_ceil(3_600_000_000) as usize;
    for line in &bill.lines {
        let item = line.item.name();
        let index = costs
            .iter()
            .position(|cost| cost.item == item)
            .unwrap_or_else(|| {
                costs.push(HourlyCost {
                    item,
                    usd: Vec::new(),
                });
                costs.len() - 1
            });
        let usage = usage_of(line, table);
        let total: f64 = usage.iter().sum();
        let usd = &mut costs[index].usd;
        usd.resize(hours, 0.0);
        if 0.0 < total {
            for (usd, usage) in usd.iter_mut().zip(&usage) {
                *usd += line.cost.usd() * usage / total;
            }
        }
    }
    costs
}

/// The usage behind a line, hour by hour.
fn usage_of(line: &BillLine, table: &UsageTable) -> Vec<f64> {
    let is_of = |key: &UsageKey| {
        key.owner == line.owner
            && key.provider == line.provider
            && key.class == UsageClass::Billed
            && is_charged_as(key.meter, line.item)
    };
    let mut hours: Vec<f64> = Vec::new();
    for key in table.keys().filter(is_of) {
        for (hour, quantity) in table.hours(key).enumerate() {
            if hours.len() <= hour {
                hours.resize(hour + 1, 0.0);
            }
            hours[hour] += quantity as f64;
        }
    }
    hours
}

/// Whether a meter's usage is on the bill as `item`. Of a load balancer's four dimensions of
/// capacity units, bytes stand for all when its cost is laid over the hours.
fn is_charged_as(meter: Meter, item: Item) -> bool {
    match item {
        Item::AlbHour => meter == Meter::LoadBalancerTime,
        Item::AlbLcuHour => meter == Meter::ProcessedBytes,
        _ => {
            linear_items(meter)
                .iter()
                .any(|(charged, _)| *charged == item)
                || Schedule::of(meter).is_some_and(|schedule| schedule.has(item))
        }
    }
}
