//! Prices of the moment: which prices each hour, or part of an hour, of a table is billed at.

use super::charge::Charge;
use crate::catalog::prices::PriceBook;
use crate::observe::usage::{UsageKey, UsageTable};
use crate::units::PicoUsd;

/// The prices between two changes: 0 are those of the beginning, 1 those after the first change.
pub(super) type Era = usize;

/// The prices of a run, by the parts of its usage.
#[derive(Debug)]
pub(super) struct Eras<'a> {
    pub(super) table: &'a UsageTable,
    prices: &'a PriceBook,
    /// The era that each part of the table begins in; empty if no price changes.
    of_parts: Vec<Era>,
}

/// The eras of some charges: those in which nothing of them changes are one, so that a bill has no
/// two lines of one price.
#[derive(Debug)]
pub(super) struct Since<'a> {
    of_parts: &'a [Era],
    table: &'a UsageTable,
    /// Of each era, the first in which the charges cost what they do in it.
    first: Vec<Era>,
}

impl<'a> Eras<'a> {
    pub(super) fn of(table: &'a UsageTable, prices: &'a PriceBook) -> Self {
        let changes = prices.change_times();
        let era = |part| {
            let start = table.part_starts_at(part);
            changes.partition_point(|at| *at <= start)
        };
        let of_parts = match changes.is_empty() {
            true => Vec::new(),
            false => (0..table.part_count()).map(era).collect(),
        };
        Eras {
            table,
            prices,
            of_parts,
        }
    }

    /// The prices of an era.
    pub(super) fn prices(&self, era: Era) -> &'a PriceBook {
        self.prices.after_changes(era)
    }

    /// The eras of charges.
    pub(super) fn since(&self, charges: &[Charge]) -> Since<'_> {
        let last = self.of_parts.last().copied().unwrap_or(0);
        let mut first = vec![0; last + 1];
        for era in 1..=last {
            let (before, now) = (self.prices(era - 1), self.prices(era));
            let is_same = |charge: &Charge| cost_of(*charge, before) == cost_of(*charge, now);
            first[era] = match charges.iter().all(is_same) {
                true => first[era - 1],
                false => era,
            };
        }
        Since {
            of_parts: &self.of_parts,
            table: self.table,
            first,
        }
    }

    /// What was used of a key at each price of `charge`.
    pub(super) fn quantities(&self, key: UsageKey, charge: Charge) -> Vec<(Era, u128)> {
        self.since(&[charge]).quantities(key)
    }
}

impl Since<'_> {
    /// The era of a part.
    pub(super) fn at_part(&self, part: usize) -> Era {
        let era = self.of_parts.get(part).copied().unwrap_or(0);
        self.first[era]
    }

    /// The era at the beginning of an hour: what is paid by the hour costs what it does then.
    pub(super) fn at_hour(&self, hour: usize) -> Era {
        match self.of_parts.is_empty() {
            true => 0,
            false => self.at_part(self.table.first_part_of(hour as u32) as usize),
        }
    }

    /// What was used of a key in each era.
    pub(super) fn quantities(&self, key: UsageKey) -> Vec<(Era, u128)> {
        let mut sums = Vec::new();
        for (part, quantity) in self.table.parts(key).enumerate() {
            add(&mut sums, self.at_part(part), quantity);
        }
        sums
    }
}

/// Adds to the sum of an era.
pub(super) fn add(sums: &mut Vec<(Era, u128)>, era: Era, quantity: u128) {
    if quantity == 0 {
        return;
    }
    match sums.iter_mut().find(|sum| sum.0 == era) {
        Some(sum) => sum.1 += quantity,
        None => sums.push((era, quantity)),
    }
}

/// What a charge costs, and on Spot what becomes of the price of the moment.
fn cost_of(charge: Charge, prices: &PriceBook) -> (PicoUsd, PicoUsd) {
    const DOLLAR: PicoUsd = PicoUsd(1_000_000_000_000);
    let moment = match charge {
        Charge::Spot(id) => prices.spot_at_moment(id, DOLLAR).amount,
        Charge::Item(_)
        | Charge::OnDemand(_)
        | Charge::Credits(_)
        | Charge::ManagedFee(_)
        | Charge::Unused => DOLLAR,
    };
    (charge.price(prices).amount, moment)
}
