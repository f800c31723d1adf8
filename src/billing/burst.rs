//! CPU credits on the bill: what burstable instances in unlimited mode used beyond their earnings.

use std::collections::BTreeMap;

use super::bill::BillLine;
use super::charge::Charge;
use super::eras::{Era, Eras, Since};
use super::money::{MonthScale, cost, cost_month, mul_div};
use crate::catalog::instances::burst::Burst;
use crate::catalog::instances::get;
use crate::ids::{InstanceTypeId, ProviderId};
use crate::observe::usage::{
    InstanceKind, Meter, Names, Owner, SECONDS_PER_HOUR, UsageClass, UsageKey,
};
use crate::policy::cpu_credits::{Credits, Earning};
use crate::units::CpuUnits;

/// Base units of a vCPU-hour on the bill: millionths.
const VCPU_HOUR: u128 = 1_000_000;
const CREDITS_PER_VCPU_HOUR: f64 = 60.0;

/// The CPU that tasks used on the burstable instances of one kind and provider.
#[derive(Default)]
struct Used {
    /// By owner, CPU-unit-seconds of the run.
    owners: BTreeMap<Owner, u128>,
    /// By hour, of all owners.
    hours: Vec<u128>,
}

/// What a fleet was charged for, or lacked.
struct Outcome {
    /// What was charged in each hour, and at the end, vCPU-hours.
    hours: Vec<f64>,
    hours_short: u64,
}

impl Outcome {
    /// What is charged at each price: that at which an hour begins.
    fn charged(&self, since: &Since<'_>) -> Vec<(Era, f64)> {
        let mut sums: Vec<(Era, f64)> = Vec::new();
        for (hour, charged) in self.hours.iter().enumerate() {
            let era = since.at_hour(hour);
            match sums.iter_mut().find(|sum| sum.0 == era) {
                Some(sum) => sum.1 += charged,
                None => sums.push((era, *charged)),
            }
        }
        sums.retain(|sum| 0.0 < sum.1);
        sums
    }
}

/// The lines of surplus credits, and what has to be said of credits.
pub(super) fn lines(
    eras: &Eras<'_>,
    (names, scale): (&Names<'_>, MonthScale),
) -> (Vec<BillLine>, Vec<String>) {
    let table = eras.table;
    let mut fleets: BTreeMap<(Option<ProviderId>, InstanceKind, bool), Used> = BTreeMap::new();
    for key in table.keys().filter(|key| key.class == UsageClass::Billed) {
        let (kind, is_unlimited) = match key.meter {
            Meter::UnlimitedCpu(kind) => (kind, true),
            Meter::StandardCpu(kind) => (kind, false),
            _ => continue,
        };
        let used = fleets
            .entry((key.provider, kind, is_unlimited))
            .or_default();
        *used.owners.entry(key.owner).or_insert(0) += table.total(key);
        for (hour, quantity) in table.hours(key).into_iter().enumerate() {
            used.hours.resize(used.hours.len().max(hour + 1), 0);
            used.hours[hour] += quantity;
        }
    }
    let (mut lines, mut notes) = (Vec::new(), Vec::new());
    for ((provider, kind, is_unlimited), used) in fleets {
        let id = type_of(kind);
        let Some(burst) = get(id).burst() else {
            continue;
        };
        let key = UsageKey::billed(kind.time(), Owner::Cluster, provider);
        let mut running = table.hours(key);
        while running.last() == Some(&0) {
            running.pop();
        }
        let outcome = outcome(&burst, is_unlimited, (&used.hours, &running));
        if !is_unlimited {
            notes.extend(standard_note(get(id).name, &outcome, running.len()));
            continue;
        }
        let charged = outcome.charged(&eras.since(&[Charge::Credits(id)]));
        if charged.is_empty() {
            continue;
        }
        notes.push(UNLIMITED.to_owned());
        let all: u128 = used.owners.values().sum();
        let owners = used.owners.iter();
        let parts = owners.flat_map(|owner| charged.iter().map(move |part| (owner, part)));
        for ((&owner, &share), &(era, vcpu_hours)) in parts {
            let charged = (vcpu_hours * VCPU_HOUR as f64).round() as u128;
            let price = eras.prices(era).cpu_credits(id);
            let quantity = mul_div(charged, share, all.max(1));
            let (owner_kind, owner_name) = names.owner(owner);
            lines.push(BillLine {
                owner,
                owner_kind,
                owner_name: owner_name.to_owned(),
                era,
                provider,
                provider_name: names.provider(provider).to_owned(),
                class: UsageClass::Billed,
                item: Charge::Credits(id),
                quantity,
                base_units: VCPU_HOUR,
                price,
                cost: cost(quantity, VCPU_HOUR, price.amount),
                cost_month: cost_month(quantity, VCPU_HOUR, price.amount, scale),
            });
        }
    }
    notes.dedup();
    (lines, notes)
}

const UNLIMITED: &str = "CPU credits are counted by the hour for the average instance of a type \
    and provider, and those owed at the end are charged: instances that are busier than others pay \
    more in truth";

fn standard_note(name: &str, outcome: &Outcome, hours: usize) -> Option<String> {
    (0 < outcome.hours_short).then(|| {
        format!(
            "{name} in standard mode ran out of CPU credits in {} of the {hours} clock hours that \
             the run touches: in truth it is slowed down to its baseline there, which is not \
             simulated",
            outcome.hours_short
        )
    })
}

const fn type_of(kind: InstanceKind) -> InstanceTypeId {
    match kind {
        InstanceKind::OnDemand(id) | InstanceKind::Spot(id) => id,
    }
}

/// Plays the credits of the average instance hour by hour, from the CPU-unit-seconds that were used
/// and the seconds that instances ran.
fn outcome(burst: &Burst, is_unlimited: bool, (used, running): (&[u128], &[u128])) -> Outcome {
    let mut credits = Credits {
        balance: match is_unlimited {
            true => 0.0,
            false => f64::from(burst.launch_credits),
        },
        surplus: 0.0,
    };
    let mut outcome = Outcome {
        hours: vec![0.0; running.len()],
        hours_short: 0,
    };
    let mut instances = 0.0;
    for (hour, seconds) in running.iter().enumerate() {
        if *seconds == 0 {
            continue;
        }
        instances = *seconds as f64 / SECONDS_PER_HOUR as f64;
        let used = used.get(hour).copied().unwrap_or(0) as f64;
        let vcpu_hours = used / f64::from(CpuUnits::PER_VCPU) / SECONDS_PER_HOUR as f64;
        let each = vcpu_hours * CREDITS_PER_VCPU_HOUR / instances;
        let earning = Earning {
            earned: burst.credits_per_hour,
            most: burst.credits_max,
        };
        if is_unlimited {
            let charged = credits.spend_unlimited(earning, each) * instances;
            outcome.hours[hour] += charged / CREDITS_PER_VCPU_HOUR;
        } else {
            let lacking = credits.spend_standard(earning, each);
            outcome.hours_short += u64::from(0.0 < lacking);
        }
    }
    // Nobody runs after the last hour: what is owed is charged in it.
    if let Some(last) = outcome.hours.last_mut() {
        *last += credits.surplus * instances / CREDITS_PER_VCPU_HOUR;
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::instances::find;
    use crate::catalog::prices::{ChangeTo, PriceBook, PriceChange, PriceOf};
    use crate::engine::SimTime;
    use crate::ids::ServiceId;
    use crate::observe::usage::UsageTable;

    /// Two t3.large (30 % of two vCPUs) at 45 % on average for ten days: 0.15 x 2 vCPU x 240 h each
    /// beyond, at 0.05 USD: 7.20 USD for both.
    #[test]
    fn what_is_used_above_the_baseline_is_paid() {
        let (id, hours) = (find("t3.large").unwrap(), 240);
        let at = SimTime::from_secs;
        let mut table = UsageTable::new(SimTime::ZERO, at(hours * 3_600));
        let provider = Some(ProviderId(0));
        let kind = InstanceKind::OnDemand(id);
        let web = Owner::Service(ServiceId(0));
        let key = |owner, meter| UsageKey::billed(meter, owner, provider);
        let end = at(hours * 3_600);
        table.add_span(key(Owner::Cluster, kind.time()), SimTime::ZERO, end, 2);
        let used = 2 * 2 * 1_024 * 45 / 100;
        let check = |meter: Meter, usd: f64, told: usize| {
            let mut table = table.clone();
            table.add_span(key(web, meter), SimTime::ZERO, end, used);
            let names = [["web".to_owned()], ["machines".to_owned()]];
            let names = Names {
                services: &names[0],
                jobs: &[],
                load_balancers: &[],
                providers: &names[1],
                own_types: &[],
            };
            let (book, _) = PriceBook::for_region("us-east-1");
            let scale = MonthScale::of(table.reported());
            let (lines, notes) = lines(&Eras::of(&table, &book), (&names, scale));
            let cost: f64 = lines.iter().map(|line| line.cost.usd()).sum();
            assert!((cost - usd).abs() < 0.02, "{cost}");
            assert_eq!(notes.len(), told);
            assert!(lines.iter().all(|line| line.owner == web));
        };
        check(Meter::UnlimitedCpu(kind), 7.2, 1);
        check(Meter::StandardCpu(kind), 0.0, 1);
    }

    /// The same t3.large earns 864 credits a day and lacks 18 an hour: it is charged from hour 48 on,
    /// 0.3 vCPU-hours an hour, and for the 14.4 of its debt in the last. Prices change at the beginning
    /// of an hour, or within one that began before.
    #[test]
    fn credits_cost_what_they_do_when_the_hour_begins_in_which_they_are_charged() {
        let (id, hours) = (find("t3.large").unwrap(), 240);
        let at = SimTime::from_secs;
        let kind = InstanceKind::OnDemand(id);
        let twice = PriceChange {
            of: PriceOf::All,
            to: ChangeTo::Times { ppm: 2_000_000 },
        };
        for (changed_s, at_first, later) in [
            (0, 0.0, 72.0),
            (1, 0.0, 72.0),
            (120 * 3_600, 21.6, 50.4),
            (120 * 3_600 + 1_800, 21.9, 50.1),
            (239 * 3_600 + 1_800, 72.0, 0.0),
        ] {
            let (mut book, _) = PriceBook::for_region("us-east-1");
            book.change_at(at(changed_s), &[twice]);
            let mut table = UsageTable::new(SimTime::ZERO, at(hours * 3_600));
            table.cut_at(&book.change_times());
            let key = |owner, meter| UsageKey::billed(meter, owner, Some(ProviderId(0)));
            let (web, end) = (Owner::Service(ServiceId(0)), at(hours * 3_600));
            table.add_span(key(Owner::Cluster, kind.time()), SimTime::ZERO, end, 1);
            let used = 2 * 1_024 * 45 / 100;
            table.add_span(
                key(web, Meter::UnlimitedCpu(kind)),
                SimTime::ZERO,
                end,
                used,
            );
            let names = ["web", "machines"].map(|name| [name.to_owned()]);
            let names = Names {
                services: &names[0],
                jobs: &[],
                load_balancers: &[],
                providers: &names[1],
                own_types: &[],
            };
            let scale = MonthScale::of(table.reported());
            let (lines, _) = lines(&Eras::of(&table, &book), (&names, scale));
            let of = |usd: f64| -> f64 {
                let lines = lines.iter().filter(|line| line.price.amount.usd() == usd);
                lines
                    .map(|line| line.quantity as f64 / VCPU_HOUR as f64)
                    .sum()
            };
            for (found, expected) in [(of(0.05), at_first), (of(0.1), later)] {
                let off = (found - expected).abs();
                assert!(off < 0.15, "{changed_s}: {found} instead of {expected}");
            }
        }
    }
}
