//! Savings Plans and Reserved Instances: applied hour by hour to what all owners used together, and
//! laid on their lines in proportion.

use serde::Serialize;

use super::bill::BillLine;
use super::charge::{Charge, linear, of_instances};
use super::eras::{Era, Eras};
use super::money::{MonthScale, cost, cost_month, mul_div};
use super::split::FINE;
use crate::catalog::item::Item;
use crate::catalog::prices::{Basis, Commitment, Price, PriceBook, Sureness};
use crate::observe::usage::{Meter, Owner, SECONDS_PER_HOUR, UsageClass};
use crate::policy::savings_plan::{Eligible, apply};
use crate::units::PicoUsd;

const WHOLE_PPM: u128 = 1_000_000;
pub(super) const MICROS_PER_HOUR: u64 = SECONDS_PER_HOUR * 1_000_000;

/// What became of a commitment.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct CommitmentUse {
    /// Its name.
    pub name: String,
    /// What was committed for the run, USD.
    pub committed_usd: f64,
    /// What of it was used.
    pub used_usd: f64,
    /// What of it was paid for nothing.
    pub unused_usd: f64,
    /// What the usage that it covered would have cost on demand.
    pub covered_on_demand_usd: f64,
    /// What of the usage that it may cover was left on demand, after all commitments.
    pub uncovered_on_demand_usd: f64,
    /// `unused_usd` of a month of such runs.
    pub unused_usd_per_month: f64,
}

/// A commitment's part of the usage of one charge over the run.
#[derive(Clone, Copy)]
struct Cover {
    /// By its place in the order of application.
    commitment: usize,
    /// How much of the usage, in its fine units.
    quantity: u128,
    /// What a unit costs under it.
    price: PicoUsd,
}

/// The usage of one charge at one price by all owners, hour by hour.
pub(super) struct Used {
    charge: Charge,
    era: Era,
    /// What a unit costs on demand.
    pub(super) on_demand: PicoUsd,
    /// Fine units of the item's unit: a commitment seldom pays for whole seconds.
    pub(super) base_units: u128,
    hours: Vec<u128>,
    /// What no commitment has covered yet.
    pub(super) left: Vec<u128>,
    covers: Vec<Cover>,
}

/// Lays the commitments on the lines of a bill: covered parts cost the plan's rates, what is not
/// used of a commitment stands on a line of its own. What became of each.
pub(super) fn lay(
    lines: &mut Vec<BillLine>,
    (eras, scale): (&Eras<'_>, MonthScale),
) -> Vec<CommitmentUse> {
    let (table, prices) = (eras.table, eras.prices(0));
    let commitments = prices.commitments();
    if commitments.is_empty() {
        return Vec::new();
    }
    let mut used = usage(eras);
    let reported = table.reported().as_micros();
    let mut uses = Vec::new();
    let mut unused_lines = Vec::new();
    for (index, commitment) in commitments.iter().enumerate() {
        let (committed, spent) = apply_all(&mut used, (prices, index), reported);
        let covered = used
            .iter()
            .flat_map(|it| it.covers.iter().zip(std::iter::repeat(it)));
        let covered = covered.filter(|(cover, _)| cover.commitment == index);
        let on_demand =
            covered.map(|(cover, it)| cost(cover.quantity, it.base_units, it.on_demand).usd());
        let unused = committed - spent;
        let line = unused_line(&commitment.name, unused, scale);
        uses.push(CommitmentUse {
            name: commitment.name.clone(),
            committed_usd: pico(committed),
            used_usd: pico(spent),
            unused_usd: pico(unused),
            covered_on_demand_usd: on_demand.sum(),
            uncovered_on_demand_usd: 0.0,
            unused_usd_per_month: line.cost_month.usd(),
        });
        unused_lines.push(line);
    }
    for (index, commitment) in commitments.iter().enumerate() {
        let may = |it: &&Used| rate_of(it, prices, commitment).is_some();
        let left = used.iter().filter(may).map(|it| {
            let left = it.left.iter().sum();
            cost(left, it.base_units, it.on_demand).usd()
        });
        uses[index].uncovered_on_demand_usd = left.sum();
    }
    split_lines(lines, &used, scale);
    lines.extend(unused_lines.into_iter().filter(|line| 0 < line.quantity));
    uses
}

/// Applies the `index`th commitment to all hours of a run so long; what was committed and spent.
pub(super) fn apply_all(
    used: &mut [Used],
    (prices, index): (&PriceBook, usize),
    reported: u64,
) -> (u128, u128) {
    let commitment = &prices.commitments()[index];
    let per_hour = prices.commitment_per_hour(commitment);
    let per_hour = u128::try_from(per_hour.0).unwrap_or(0);
    let (mut committed, mut spent) = (0, 0);
    for (hour, length) in lengths(reported).enumerate() {
        let owed = mul_div(per_hour, u128::from(length), u128::from(MICROS_PER_HOUR));
        committed += owed;
        let rates = |it: &Used| rate_of(it, prices, commitment);
        spent += apply_hour(used, hour, owed, (index, &rates));
    }
    (committed, spent)
}

/// The length of each hour of a run, microseconds: the last one may be partial, and counts by it.
pub(super) fn lengths(reported: u64) -> impl Iterator<Item = u64> {
    let hours = reported.div_ceil(MICROS_PER_HOUR);
    (0..hours).map(move |hour| (reported - hour * MICROS_PER_HOUR).min(MICROS_PER_HOUR))
}

fn pico(amount: u128) -> f64 {
    amount as f64 / 1e12
}

/// What commitments may cover, with everybody's usage together.
pub(super) fn usage(eras: &Eras<'_>) -> Vec<Used> {
    let table = eras.table;
    let mut used: Vec<Used> = Vec::new();
    for key in table.keys().filter(|key| key.class == UsageClass::Billed) {
        let charged = match key.meter {
            Meter::FargateVcpu(_) | Meter::FargateMemory(_) => linear(key.meter),
            Meter::Ec2OnDemand(_) => of_instances(key.meter).into_iter().collect(),
            _ => continue,
        };
        for (charge, base_units) in charged {
            if charge == Charge::Item(Item::FargateWindowsLicenceVcpuHour) {
                continue;
            }
            let since = eras.since(&[charge]);
            for (part, quantity) in table.parts(key).enumerate() {
                let hour = table.hour_of_part(part as u32) as usize;
                let era = since.at_part(part);
                let on_demand = || charge.price(eras.prices(era)).amount;
                let hours = hours_of(&mut used, (charge, era), (base_units * FINE, &on_demand));
                hours.resize(hours.len().max(hour + 1), 0);
                hours[hour] += quantity * FINE;
            }
        }
    }
    for it in &mut used {
        it.left.clone_from(&it.hours);
    }
    used
}

/// The hours of a charge in an era.
fn hours_of<'a>(
    used: &'a mut Vec<Used>,
    (charge, era): (Charge, Era),
    (base_units, on_demand): (u128, &dyn Fn() -> PicoUsd),
) -> &'a mut Vec<u128> {
    let is_it = |it: &Used| it.charge == charge && it.era == era;
    let at = used.iter().position(is_it).unwrap_or_else(|| {
        used.push(Used {
            charge,
            era,
            on_demand: on_demand(),
            base_units,
            hours: Vec::new(),
            left: Vec::new(),
            covers: Vec::new(),
        });
        used.len() - 1
    });
    &mut used[at].hours
}

/// A plan's rate of a charge and its savings, millionths; none if it does not apply. It saves its
/// share of what on demand costs at the time (ASSUMPTION: AWS gives rates, not shares).
pub(super) fn rate_of(
    used: &Used,
    prices: &PriceBook,
    commitment: &Commitment,
) -> Option<(PicoUsd, u32)> {
    let of = match used.charge {
        Charge::OnDemand(id) => Some(id),
        Charge::Item(_) => None,
        Charge::Spot(_) | Charge::Credits(_) | Charge::ManagedFee(_) | Charge::Unused => {
            return None;
        }
    };
    let savings = commitment.savings_ppm(of)?;
    if let Some(rate) = prices.reserved_rate(commitment) {
        return Some((rate, savings));
    }
    let on_demand = u128::try_from(used.on_demand.0).unwrap_or(0);
    let rate = mul_div(on_demand, WHOLE_PPM - u128::from(savings), WHOLE_PPM);
    Some((PicoUsd(i128::try_from(rate).unwrap_or(i128::MAX)), savings))
}

/// A plan's rate of a charge and its savings, where it applies.
type Rates<'a> = dyn Fn(&Used) -> Option<(PicoUsd, u32)> + 'a;

/// Applies an hour's commitment; what of it was spent.
fn apply_hour(
    used: &mut [Used],
    hour: usize,
    owed: u128,
    (index, rates): (usize, &Rates<'_>),
) -> u128 {
    let mut places = Vec::new();
    let mut eligible = Vec::new();
    for (at, it) in used.iter().enumerate() {
        let left = it.left.get(hour).copied().unwrap_or(0);
        let Some((rate, savings_ppm)) = rates(it).filter(|_| 0 < left) else {
            continue;
        };
        let unit = u128::try_from(rate.0).unwrap_or(0);
        eligible.push(Eligible {
            at_plan_rates: mul_div(left, unit, it.base_units),
            savings_ppm,
            rate: unit,
        });
        places.push((at, rate));
    }
    let spent = apply(owed, &eligible);
    for (((at, rate), eligible), spent) in places.iter().zip(&eligible).zip(&spent) {
        let it = &mut used[*at];
        let left = it.left[hour];
        let quantity = match eligible.at_plan_rates {
            0 => left,
            all => mul_div(left, *spent, all).min(left),
        };
        it.left[hour] -= quantity;
        let known = it.covers.iter_mut().find(|cover| cover.commitment == index);
        match known {
            Some(cover) => cover.quantity += quantity,
            None if 0 < quantity => it.covers.push(Cover {
                commitment: index,
                quantity,
                price: *rate,
            }),
            None => {}
        }
    }
    spent.iter().sum()
}

/// Splits each line of a covered charge into what is covered and what is not.
fn split_lines(lines: &mut Vec<BillLine>, used: &[Used], scale: MonthScale) {
    let mut covered = Vec::new();
    for line in lines.iter_mut() {
        let Some(it) = used
            .iter()
            .find(|it| it.charge == line.item && it.era == line.era)
        else {
            continue;
        };
        let all: u128 = it.hours.iter().sum();
        let mut left = line.quantity;
        for cover in it.covers.iter().filter(|_| 0 < all) {
            let quantity = mul_div(line.quantity, cover.quantity, all).min(left);
            left -= quantity;
            covered.push(priced(line, quantity, scale, Some(cover.price)));
        }
        if left < line.quantity {
            *line = priced(line, left, scale, None);
        }
    }
    lines.extend(covered.into_iter().filter(|line| 0 < line.quantity));
}

/// The same line of another quantity, at a plan's rate.
fn priced(line: &BillLine, quantity: u128, scale: MonthScale, rate: Option<PicoUsd>) -> BillLine {
    let price = rate.map_or(line.price, of_plan);
    BillLine {
        quantity,
        price,
        cost: cost(quantity, line.base_units, price.amount),
        cost_month: cost_month(quantity, line.base_units, price.amount, scale),
        ..line.clone()
    }
}

fn of_plan(amount: PicoUsd) -> Price {
    Price {
        amount,
        date: "",
        source: "commitment",
        sureness: Sureness::Scenario,
        basis: Basis::Scenario,
    }
}

/// What was committed and not used; a line of the cluster's.
fn unused_line(name: &str, unused: u128, scale: MonthScale) -> BillLine {
    const PICO_PER_USD: u128 = 1_000_000_000_000;
    let price = of_plan(PicoUsd(1_000_000_000_000));
    BillLine {
        owner: Owner::Cluster,
        owner_kind: "cluster",
        owner_name: format!("commitment {name}"),
        era: 0,
        provider: None,
        provider_name: String::new(),
        class: UsageClass::Billed,
        item: Charge::Unused,
        quantity: unused,
        base_units: PICO_PER_USD,
        price,
        cost: cost(unused, PICO_PER_USD, price.amount),
        cost_month: cost_month(unused, PICO_PER_USD, price.amount, scale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::bill;
    use crate::billing::bill::Bill;
    use crate::catalog::fargate::FargatePlatform;
    use crate::catalog::instances::find;
    use crate::catalog::prices::{Covers, Saving};
    use crate::engine::SimTime;
    use crate::ids::{ProviderId, ServiceId};
    use crate::observe::usage::{InstanceKind, Names, UsageKey, UsageTable};

    const WEB: Owner = Owner::Service(ServiceId(0));

    /// Savings Plans user guide, the example's hour, with m6i.4xlarge for its r5 and m6i.24xlarge for
    /// its m5: 4 at 1.00 USD, 1 at 10.00 USD, 400 vCPU at 0.04, 1,600 GB at 0.004.
    fn hours(count: u64) -> (UsageTable, PriceBook) {
        let at = SimTime::from_secs;
        let mut table = UsageTable::new(SimTime::ZERO, at(count * 3_600));
        let (small, large) = (find("m6i.4xlarge").unwrap(), find("m6i.24xlarge").unwrap());
        let on = |owner, meter| UsageKey::billed(meter, owner, Some(ProviderId(0)));
        let (vcpu, memory) = (
            Meter::FargateVcpu(FargatePlatform::LinuxX86),
            Meter::FargateMemory(FargatePlatform::LinuxX86),
        );
        for (owner, meter, rate) in [
            (Owner::Cluster, Meter::Ec2OnDemand(small), 4),
            (Owner::Cluster, Meter::Ec2OnDemand(large), 1),
            (
                Owner::Cluster,
                Meter::InstanceCapacity(InstanceKind::OnDemand(small)),
                4,
            ),
            (
                WEB,
                Meter::InstanceReserved(InstanceKind::OnDemand(small)),
                3,
            ),
            (WEB, vcpu, 400 * 1_024),
            (WEB, memory, 1_600 * 1_024),
        ] {
            table.add_span(on(owner, meter), SimTime::ZERO, at(count * 3_600), rate);
        }
        let (mut book, _) = PriceBook::for_region("us-east-1");
        book.override_instance(small, false, 1.0);
        book.override_instance(large, false, 10.0);
        book.override_price(Item::FargateVcpuHourX86, 0.04);
        book.override_price(Item::FargateGbHourX86, 0.004);
        (table, book)
    }

    fn compute(per_hour: f64) -> Commitment {
        let large = find("m6i.24xlarge").unwrap();
        Commitment {
            name: "compute".to_owned(),
            covers: Covers::Compute,
            per_hour: PicoUsd::from_usd(per_hour),
            savings: vec![
                (Saving::Type(large), 180_000),
                (Saving::Fargate, 250_000),
                (Saving::All, 300_000),
            ],
            rate: None,
        }
    }

    fn billed(table: &UsageTable, book: &PriceBook) -> Bill {
        let names = [["web".to_owned()], ["machines".to_owned()]];
        let names = Names {
            services: &names[0],
            jobs: &[],
            load_balancers: &[],
            providers: &names[1],
            own_types: &[],
        };
        bill(table, book, &names, table.reported())
    }

    fn check(commitments: &[Commitment], total: f64, used: &[f64]) -> Bill {
        let (table, mut book) = hours(1);
        commitments
            .iter()
            .for_each(|it| book.add_commitment(it.clone()));
        let bill = billed(&table, &book);
        assert!((bill.total.usd() - total).abs() < 2e-5, "{:?}", bill.total);
        for (seen, used) in bill.commitments.iter().zip(used) {
            assert!((seen.used_usd - used).abs() < 1e-6, "{seen:?}");
            let sum = seen.used_usd + seen.unused_usd;
            assert!((sum - seen.committed_usd).abs() < 1e-9);
        }
        bill
    }

    /// Without a plan 36.40 USD; scenario 1 of the guide: 50.00 USD cover it all, 27.80 at the
    /// plan's rates; scenario 2: 19.60 USD, and 10.00 on demand.
    #[test]
    fn the_hour_of_the_user_guide_costs_what_it_says() {
        check(&[], 4.0 + 10.0 + 16.0 + 6.4, &[]);
        let bill = check(&[compute(50.0)], 50.0, &[27.8]);
        assert!(bill.lines.iter().any(|line| line.item == Charge::Unused));
        let bill = check(&[compute(19.6)], 19.6 + 10.0, &[19.6]);
        let plan = &bill.commitments[0];
        assert!((plan.covered_on_demand_usd - 26.4).abs() < 1e-4, "{plan:?}");
        assert!(
            (plan.uncovered_on_demand_usd - 10.0).abs() < 1e-4,
            "{plan:?}"
        );
    }

    /// Scenario 3: two reserved, 18.20 USD for the rest: 1.40 and 16.80; the reserved ones cost what
    /// they cost. Scenario 4: an EC2 Instance Savings Plan comes before the Compute Savings Plan.
    #[test]
    fn reserved_instances_and_instance_plans_come_first() {
        let small = find("m6i.4xlarge").unwrap();
        let reserved = Commitment {
            name: "2 reserved m6i.4xlarge".to_owned(),
            covers: Covers::Type(small),
            per_hour: PicoUsd::from_usd(2.0 * 0.5),
            savings: vec![(Saving::All, 500_000)],
            rate: Some(PicoUsd::from_usd(0.5)),
        };
        check(&[compute(18.2), reserved], 1.0 + 18.2 + 10.0, &[1.0, 18.2]);
        let family = Commitment {
            name: "m6i".to_owned(),
            covers: Covers::Family("m6i".to_owned()),
            per_hour: PicoUsd::from_usd(3.0),
            savings: vec![(Saving::Type(small), 400_000)],
            rate: None,
        };
        // 4 x 0.60 of the 3.00 are used.
        check(&[compute(16.8), family], 3.0 + 16.8 + 10.0, &[2.4, 16.8]);
    }

    /// Four m5.large at 0.096 for a day: one reserved at 0.06; 0.05 USD an hour at half the price pay
    /// for 1.041667 (937.5 s of an hour beyond the first); 0.02 at 80 % for 0.260417; 1.697917 are
    /// left on demand: 0.06 + 0.05 + 0.02 + 0.163 an hour.
    #[test]
    fn a_commitment_pays_for_parts_of_a_second() {
        let id = find("m5.large").unwrap();
        let end = SimTime::from_secs(24 * 3_600);
        let mut table = UsageTable::new(SimTime::ZERO, end);
        let meter = Meter::Ec2OnDemand(id);
        let key = UsageKey::billed(meter, Owner::Cluster, Some(ProviderId(0)));
        table.add_span(key, SimTime::ZERO, end, 4);
        let (mut book, _) = PriceBook::for_region("us-east-1");
        book.override_instance(id, false, 0.096);
        for (covers, per_hour, savings, rate) in [
            (Covers::Type(id), 0.06, 375_000, Some(0.06)),
            (Covers::Family("m5".to_owned()), 0.05, 500_000, None),
            (Covers::Compute, 0.02, 200_000, None),
        ] {
            book.add_commitment(Commitment {
                name: String::new(),
                covers,
                per_hour: PicoUsd::from_usd(per_hour),
                savings: vec![(Saving::All, savings)],
                rate: rate.map(PicoUsd::from_usd),
            });
        }
        let bill = billed(&table, &book);
        assert!((bill.total.usd() - 7.032).abs() < 2e-6, "{:?}", bill.total);
    }

    #[test]
    fn who_used_a_share_pays_its_share_of_plan_and_rest() {
        let (table, mut book) = hours(3);
        book.add_commitment(compute(1.4));
        let bill = billed(&table, &book);
        // Two of four instances are covered; the service had three quarters of them.
        let id = find("m6i.4xlarge").unwrap();
        let of = |owner: Owner| -> f64 {
            let mut lines = bill.lines.iter();
            let own = lines.by_ref();
            let own = own.filter(|it| it.owner == owner && it.item == Charge::OnDemand(id));
            own.map(|line| line.cost.usd()).sum()
        };
        let hour = 2.0 * 0.7 + 2.0;
        assert!((of(WEB) - 0.75 * 3.0 * hour).abs() < 1e-5, "{}", of(WEB));
        assert!((of(Owner::Cluster) - 0.25 * 3.0 * hour).abs() < 1e-5);
    }

    #[test]
    fn a_negotiated_discount_is_on_everything() {
        let (table, mut book) = hours(2);
        book.add_commitment(compute(19.6));
        for item in Item::ALL {
            book.discount(*item, 10.0);
        }
        book.discount_instances(10.0);
        let bill = billed(&table, &book);
        assert!(
            (bill.total.usd() - 0.9 * 2.0 * 29.6).abs() < 1e-4,
            "{:?}",
            bill.total
        );
    }
}
