//! The bill: a price applied to each meter's usage, one rounding a line, and the sums by owner,
//! provider and item.

use super::charge::{Charge, linear, of_instances};
use super::commitments::{self, CommitmentUse};
use super::eras::{Era, Eras};
use super::lcu::{self, LCU_HOUR};
use super::money::{MonthScale, cost, cost_month};
use super::split::{self, FINE};
use super::subtotals::{Subtotal, subtotals};
use super::tiers::{FreeAmount, SCHEDULES};
use super::{burst, moment, waste};
use crate::catalog::item::Item;
use crate::catalog::prices::{Price, PriceBook, Sureness};
use crate::engine::time::{SimDuration, SimTime};
use crate::ids::ProviderId;
use crate::observe::usage::{Meter, Names, Owner, UsageClass, UsageKey, UsageTable};
use crate::units::MicroUsd;

/// The name of the owner of what instances had and no task reserved.
pub const UNRESERVED: &str = "unreserved";

/// What a run cost, by its smallest parts.
#[derive(Clone, PartialEq, Debug)]
pub struct Bill {
    /// When the run's reported part starts.
    pub from: SimTime,
    /// The length of the run's reported part.
    pub reported: SimDuration,
    /// What is paid, by owner, provider and item; their sum is the total.
    pub lines: Vec<BillLine>,
    /// What of it bought nothing, and what containers beside the code reserve, by class, owner,
    /// provider and item; no part of the total.
    pub waste: Vec<BillLine>,
    /// The run's cost.
    pub total: MicroUsd,
    /// The cost of a month (730 h) of such runs.
    pub total_month: MicroUsd,
    /// Savings Plans and Reserved Instances: what was committed, used and not used.
    pub commitments: Vec<CommitmentUse>,
    /// The free amounts that took something off the bill.
    pub free_amounts: Vec<FreeAmount>,
    /// What was assumed about prices and amounts, in sentences.
    pub assumptions: Vec<String>,
}

/// One line: an owner's use of one priced item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BillLine {
    /// Who used it.
    pub owner: Owner,
    /// The kind of the owner: `service`, `job`, `load_balancer`, `cluster`.
    pub owner_kind: &'static str,
    /// The name of the owner; empty for the cluster, [`UNRESERVED`] for its share of instances.
    pub owner_name: String,
    /// After how many changes of prices it was used; a line goes on as long as its price stays.
    pub era: usize,
    /// The capacity provider of the tasks.
    pub provider: Option<ProviderId>,
    /// Its name; empty for none.
    pub provider_name: String,
    /// Billed, or the kind of waste.
    pub class: UsageClass,
    /// What was used.
    pub item: Charge,
    /// How much, in base units.
    pub quantity: u128,
    /// Base units of the item's unit.
    pub base_units: u128,
    /// The price of the item's unit.
    pub price: Price,
    /// The run's cost.
    pub cost: MicroUsd,
    /// The cost of a month of such runs.
    pub cost_month: MicroUsd,
}

/// Prices the usage of a run.
pub fn bill(
    table: &UsageTable,
    prices: &PriceBook,
    names: &Names<'_>,
    reported: SimDuration,
) -> Bill {
    let pricing = Pricing {
        table,
        eras: Eras::of(table, prices),
        names,
        scale: MonthScale::of(reported),
        hours_begun_scale: MonthScale::of_hours_begun(reported),
    };
    let mut lines = pricing.linear_lines();
    lines.extend(pricing.lcu_lines());
    lines.extend(pricing.instance_lines());
    let (tiered, free_amounts, mut assumptions) = pricing.tiered_lines();
    lines.extend(tiered);
    let (credits, said) = burst::lines(&pricing.eras, (names, pricing.scale));
    lines.extend(credits);
    assumptions.extend(said);
    let commitments = commitments::lay(&mut lines, (&pricing.eras, pricing.scale));
    lines.retain(|line| 0 < line.quantity);
    lines.sort_by_key(|line| (line.class, line.owner, line.provider, line.item, line.era));
    let bought = lines.partition_point(|line| line.class == UsageClass::Billed);
    let waste = lines.split_off(bought);
    let mut items: Vec<Charge> = lines.iter().map(|line| line.item).collect();
    items.sort();
    items.dedup();
    assumptions.splice(0..0, price_notes(prices, &items));
    assumptions.extend(moment::spot_note(table));
    assumptions.extend(moment::change_note(prices, (table.from(), reported)));
    Bill {
        from: table.from(),
        reported,
        total: lines.iter().map(|line| line.cost).sum(),
        total_month: lines.iter().map(|line| line.cost_month).sum(),
        lines,
        waste,
        commitments,
        free_amounts,
        assumptions,
    }
}

impl Bill {
    /// Whether the run is long enough for its cost of a month to tell something.
    pub fn is_month_telling(&self) -> bool {
        super::MONTH_TELLING <= self.reported
    }

    /// The cost of each service, job, load balancer and the cluster.
    pub fn by_owner(&self) -> Vec<Subtotal> {
        self.subtotals(|line| (line.owner_kind, &line.owner_name))
    }

    /// The cost of each capacity provider; what belongs to none has an empty name.
    pub fn by_provider(&self) -> Vec<Subtotal> {
        self.subtotals(|line| ("provider", &line.provider_name))
    }

    /// The cost of each item.
    pub fn by_item(&self) -> Vec<Subtotal> {
        self.subtotals(|line| ("item", line.item.name()))
    }

    /// The items on the bill, for [`PriceBook::require_listed`].
    pub fn items(&self) -> Vec<Item> {
        let charges = self.lines.iter();
        let mut items: Vec<Item> = charges.filter_map(|line| line.item.item()).collect();
        items.sort();
        items.dedup();
        items
    }

    /// What was paid for and not used, by class.
    pub fn waste_by_class(&self) -> Vec<waste::WasteSubtotal> {
        waste::waste_by_class(self)
    }

    fn subtotals<'a>(
        &'a self,
        group: impl Fn(&'a BillLine) -> (&'static str, &'a str),
    ) -> Vec<Subtotal> {
        subtotals(self.lines.iter(), group)
    }
}

struct Pricing<'a> {
    table: &'a UsageTable,
    eras: Eras<'a>,
    names: &'a Names<'a>,
    scale: MonthScale,
    hours_begun_scale: MonthScale,
}

impl Pricing<'_> {
    /// The meters with one price, whatever their quantity.
    fn linear_lines(&self) -> Vec<BillLine> {
        let mut lines = Vec::new();
        for key in self.table.keys() {
            let by_hours_begun = match key.meter {
                Meter::LoadBalancerTime => Some(Item::AlbHour),
                Meter::NetworkBalancerTime => Some(Item::NlbHour),
                _ => None,
            };
            if let Some(item) = by_hours_begun {
                let hours = lcu::hours_begun(&self.eras, key, item);
                lines.extend(hours.into_iter().map(|(era, hours)| {
                    let (of, scale) = ((item.into(), era), self.hours_begun_scale);
                    self.line(key, of, (hours, 1), scale)
                }));
                continue;
            }
            let scale = lcu::month_scale(key.meter, [self.scale, self.hours_begun_scale]);
            for (item, base_units) in linear(key.meter) {
                let used = self.eras.quantities(key, item).into_iter();
                lines.extend(used.map(|(era, quantity)| {
                    self.line(key, (item, era), (quantity, base_units), scale)
                }));
            }
        }
        lines
    }

    fn lcu_lines(&self) -> Vec<BillLine> {
        let units = lcu::units(&self.eras).into_iter();
        let line = |(key, of, quantity)| self.line(key, of, (quantity, LCU_HOUR), self.scale);
        units.map(line).collect()
    }

    /// Instances and their volumes, each owner's share of them.
    fn instance_lines(&self) -> Vec<BillLine> {
        let line = |share: split::Share| {
            let (item, base_units) = of_instances(share.key.meter)?;
            let quantity = (share.quantity, base_units * FINE);
            let price = moment::price(&self.eras, share.key, share.era);
            let price = price.unwrap_or_else(|| item.price(self.eras.prices(share.era)));
            let of = (item, share.era);
            let mut line = self.priced_line(share.key, (of, price), quantity, self.scale);
            if share.key.owner == Owner::Cluster {
                UNRESERVED.clone_into(&mut line.owner_name);
            }
            Some(line)
        };
        let shares = split::shares(&self.eras).into_iter();
        shares.filter_map(line).collect()
    }

    /// The meters whose price depends on the month's total; the free amounts used; what was
    /// assumed.
    fn tiered_lines(&self) -> (Vec<BillLine>, Vec<FreeAmount>, Vec<String>) {
        let (mut lines, mut free_amounts, mut assumptions) = (Vec::new(), Vec::new(), Vec::new());
        for schedule in &SCHEDULES {
            let of_meter = |key: &UsageKey| schedule.is_for(*key);
            let keys = self.table.keys().filter(of_meter);
            let since = self.eras.since(&schedule.charges());
            // What was used at other prices has its share of each tier like another's usage.
            let used: Vec<(UsageKey, Era, u128)> = keys
                .flat_map(|key| {
                    let sums = since.quantities(key).into_iter();
                    sums.map(move |(era, quantity)| (key, era, quantity))
                })
                .collect();
            let quantities: Vec<u128> = used.iter().map(|it| it.2).collect();
            let mut month = 0;
            for tier in schedule.apportion(&quantities, self.scale) {
                month += tier.shares.iter().map(|share| share.month).sum::<u128>();
                let Some(item) = tier.item else {
                    free_amounts.extend(schedule.free_amount());
                    continue;
                };
                for ((key, era, _), share) in used.iter().zip(&tier.shares) {
                    let base_units = schedule.base_units;
                    let quantity = (share.run, base_units);
                    let run = self.line(*key, (item.into(), *era), quantity, self.scale);
                    let price = run.price.amount;
                    lines.push(BillLine {
                        cost_month: cost(share.month, base_units, price),
                        ..run
                    });
                }
            }
            if schedule.leaves_known_tiers(month) {
                assumptions.push(
                    "data out to the internet over 50 TB a month is priced like the 40 TB before"
                        .to_owned(),
                );
            }
        }
        assumptions.extend(free_amounts.iter().map(free_note));
        (lines, free_amounts, assumptions)
    }

    /// A line of `quantity.0` base units, `quantity.1` of which are one of the item's units.
    fn line(
        &self,
        key: UsageKey,
        (item, era): (Charge, Era),
        quantity: (u128, u128),
        scale: MonthScale,
    ) -> BillLine {
        let price = item.price(self.eras.prices(era));
        self.priced_line(key, ((item, era), price), quantity, scale)
    }

    /// The same at a price of its own.
    fn priced_line(
        &self,
        key: UsageKey,
        ((item, era), price): ((Charge, Era), Price),
        quantity: (u128, u128),
        scale: MonthScale,
    ) -> BillLine {
        let (owner_kind, owner_name) = self.names.owner(key.owner);
        let (quantity, base_units) = quantity;
        BillLine {
            owner: key.owner,
            owner_kind,
            owner_name: owner_name.to_owned(),
            era,
            provider: key.provider,
            provider_name: self.names.provider(key.provider).to_owned(),
            class: key.class,
            item,
            quantity,
            base_units,
            price,
            cost: cost(quantity, base_units, price.amount),
            cost_month: cost_month(quantity, base_units, price.amount, scale),
        }
    }
}

/// What is not sure about the prices of `charges`.
fn price_notes(prices: &PriceBook, charges: &[Charge]) -> Vec<String> {
    let items: Vec<Item> = charges.iter().filter_map(|it| it.item()).collect();
    let assumed = prices.assumptions(&items);
    let mut notes: Vec<String> = assumed.iter().map(ToString::to_string).collect();
    // Prices of one source share a note.
    let mut foreign: Vec<(Price, Vec<&str>)> = Vec::new();
    for charge in charges {
        let price = charge.price(prices);
        let is_assumed = assumed.iter().any(|it| Some(it.item) == charge.item());
        if is_assumed || price.sureness <= Sureness::Derived {
            continue;
        }
        let origin = |price: &Price| (price.sureness, price.date, price.source);
        match foreign
            .iter_mut()
            .find(|(known, _)| origin(known) == origin(&price))
        {
            Some((_, names)) => names.push(charge.name()),
            None => foreign.push((price, vec![charge.name()])),
        }
    }
    notes.extend(
        foreign
            .iter()
            .map(|(price, names)| foreign_note(price, names)),
    );
    notes
}

fn foreign_note(price: &Price, names: &[&str]) -> String {
    let what = match names {
        [name] => format!("price of {name} is not AWS's own figure"),
        _ => format!("prices of {} are not AWS's own figures", names.join(", ")),
    };
    let date = if price.date.is_empty() {
        "undated"
    } else {
        price.date
    };
    format!(
        "the {what}: {} source, {date} ({})",
        price.sureness.name(),
        price.source
    )
}

fn free_note(free: &FreeAmount) -> String {
    format!(
        "the first {} {} of {} a month are free for the whole account and count for this \
         cluster alone ({})",
        free.per_month, free.unit, free.what, free.source
    )
}

#[cfg(test)]
#[path = "bill_tests.rs"]
mod tests;
