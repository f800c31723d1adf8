//! The bill over time: each line's cost laid over the hours in which its usage fell.

use std::collections::BTreeMap;

use super::bill::{Bill, BillLine};
use super::charge::{Charge, linear, of_instances};
use super::eras::Eras;
use super::tiers::Schedule;
use crate::catalog::item::Item;
use crate::catalog::prices::PriceBook;
use crate::observe::usage::{Meter, Owner, UsageClass, UsageKey, UsageTable};

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
pub fn hourly(bill: &Bill, table: &UsageTable, prices: &PriceBook) -> Vec<HourlyCost> {
    let eras = Eras::of(table, prices);
    let keys = BilledKeys::of(table);
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
        let usage = match line.item {
            Charge::Unused | Charge::Credits(_) => {
                let since = eras.since(&[line.item]);
                let is_its = |hour| f64::from(u8::from(since.at_hour(hour) == line.era));
                (0..hours).map(is_its).collect()
            }
            _ => usage_of(line, &eras, &keys),
        };
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

/// What was billed, by whose it is: a fleet's bill has a line for each owner and item, and its
/// table some keys for each, so that no line may look through all keys.
struct BilledKeys {
    by_owner: BTreeMap<Owner, Vec<UsageKey>>,
    /// Those of instances, whosever they are.
    of_instances: Vec<UsageKey>,
}

impl BilledKeys {
    fn of(table: &UsageTable) -> Self {
        let mut by_owner: BTreeMap<Owner, Vec<UsageKey>> = BTreeMap::new();
        let is_billed = |key: &UsageKey| key.class == UsageClass::Billed;
        for key in table.keys().filter(is_billed) {
            by_owner.entry(key.owner).or_default().push(key);
        }
        let all = by_owner.values().flatten().copied();
        let of_instances = all.filter(|key| of_instances(key.meter).is_some());
        BilledKeys {
            of_instances: of_instances.collect(),
            by_owner,
        }
    }

    /// The keys of an owner, and those of instances that are others'.
    fn of_line(&self, owner: Owner) -> impl Iterator<Item = UsageKey> + '_ {
        let own = self.by_owner.get(&owner).into_iter().flatten();
        let others = self.of_instances.iter().filter(move |it| it.owner != owner);
        own.chain(others).copied()
    }
}

/// The usage behind a line, hour by hour, as long as its price held. Each owner's share of
/// instances is laid out as their whole time is: together they come out right.
fn usage_of(line: &BillLine, eras: &Eras<'_>, keys: &BilledKeys) -> Vec<f64> {
    let table = eras.table;
    let charges = match line.item {
        Charge::Item(item) => Schedule::with(item).map(Schedule::charges),
        Charge::OnDemand(_)
        | Charge::Spot(_)
        | Charge::Credits(_)
        | Charge::ManagedFee(_)
        | Charge::Unused => None,
    };
    let since = eras.since(&charges.unwrap_or_else(|| vec![line.item]));
    let is_by_the_hour = matches!(
        line.item,
        Charge::Item(Item::AlbHour | Item::AlbLcuHour | Item::NlbHour | Item::NlbNlcuHour)
    );
    let is_of =
        |key: &UsageKey| key.provider == line.provider && is_charged_as(key.meter, line.item);
    let mut hours: Vec<f64> = Vec::new();
    for key in keys.of_line(line.owner).filter(is_of) {
        for (part, quantity) in table.parts(key).enumerate() {
            let hour = table.hour_of_part(part as u32) as usize;
            let era = match is_by_the_hour {
                true => since.at_hour(hour),
                false => since.at_part(part),
            };
            if era != line.era {
                continue;
            }
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
fn is_charged_as(meter: Meter, charge: Charge) -> bool {
    let mut linear = linear(meter).into_iter().chain(of_instances(meter));
    let is_it = |(charged, _): (Charge, u128)| charged == charge;
    match charge {
        Charge::Item(Item::AlbHour) => meter == Meter::LoadBalancerTime,
        Charge::Item(Item::AlbLcuHour) => meter == Meter::ProcessedBytes,
        Charge::Item(Item::NlbHour) => meter == Meter::NetworkBalancerTime,
        Charge::Item(Item::NlbNlcuHour) => matches!(meter, Meter::FlowBytes(_)),
        Charge::Item(item) => {
            linear.any(is_it) || Schedule::of(meter).is_some_and(|schedule| schedule.has(item))
        }
        Charge::OnDemand(_)
        | Charge::Spot(_)
        | Charge::Credits(_)
        | Charge::ManagedFee(_)
        | Charge::Unused => linear.any(is_it),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::bill;
    use crate::catalog::fargate::FargatePlatform;
    use crate::engine::time::SimTime;
    use crate::ids::{LoadBalancerId, ProviderId, ServiceId};
    use crate::observe::usage::{Names, Owner};

    /// Two hours of a vCPU and one of a load balancer's data beyond the free amounts.
    #[test]
    fn the_hours_add_up_to_the_bill() {
        let at = SimTime::from_secs;
        let mut table = UsageTable::new(SimTime::ZERO, at(3 * 3_600));
        let service = Owner::Service(ServiceId(0));
        let vcpu = Meter::FargateVcpu(FargatePlatform::LinuxX86);
        let key = UsageKey::billed(vcpu, service, Some(ProviderId(0)));
        table.add_span(key, at(1_800), at(9_000), 1_024);
        let balancer = Owner::LoadBalancer(LoadBalancerId(0));
        for (meter, quantity) in [
            (Meter::ProcessedBytes, 5 << 40),
            (Meter::LoadBalancerTime, 3_600),
            (Meter::DataOutInternet, 9 << 40),
        ] {
            table.add(1, UsageKey::billed(meter, balancer, None), quantity);
        }
        let names = ["web", "lb", "FARGATE"].map(|name| [name.to_owned()]);
        let names = Names {
            services: &names[0],
            jobs: &[],
            load_balancers: &names[1],
            providers: &names[2],
            own_types: &[],
        };
        let prices = PriceBook::for_region("us-east-1").0;
        let bill = bill(&table, &prices, &names, table.reported());
        let costs = hourly(&bill, &table, &prices);
        let sum: f64 = costs.iter().flat_map(|cost| &cost.usd).sum();
        assert!(
            (sum - bill.total.usd()).abs() < 1e-9,
            "{sum} {:?}",
            bill.total
        );
        let vcpu = &costs
            .iter()
            .find(|cost| cost.item == "fargate_vcpu_hour_x86")
            .unwrap()
            .usd;
        assert_eq!(vcpu.len(), 3);
        assert!(
            (vcpu[1] - 2.0 * vcpu[0]).abs() < 1e-12 && vcpu[0] == vcpu[2],
            "{vcpu:?}"
        );
    }
}
