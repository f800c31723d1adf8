//! What was paid for and not used, priced like the bill it is a part of: start-up, interrupted
//! work, idle size.
//!
//! The classes overlap (a task that starts up is idle too) and are no part of the total: each says
//! by itself how much of the bill bought nothing. Beside them, priced in the same way: what
//! containers beside the code reserve.

use super::bill::{Bill, BillLine};
use super::subtotals::{self, Subtotal};
use crate::observe::usage::{Owner, UsageClass};
use crate::units::MicroUsd;

/// The waste of one class, of all or of one owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WasteSubtotal {
    /// Why it was wasted.
    pub class: UsageClass,
    /// Of the run's cost.
    pub cost: MicroUsd,
    /// Of a month's cost.
    pub cost_month: MicroUsd,
}

/// The waste of each class, classes without any left out.
pub fn waste_by_class(bill: &Bill) -> Vec<WasteSubtotal> {
    subtotals(bill.waste.iter().collect())
}

/// The same of one owner.
pub fn waste_by_owner(bill: &Bill, owner: Owner) -> Vec<WasteSubtotal> {
    let is_owners = |line: &&BillLine| line.owner == owner;
    subtotals(bill.waste.iter().filter(is_owners).collect())
}

/// What containers beside the code (collectors, proxies, log routers) cost by what they reserve, of
/// each owner: a part of the bill, and no waste.
pub fn sidecars_by_owner(bill: &Bill) -> Vec<Subtotal> {
    let lines = bill.waste.iter();
    let beside = lines.filter(|line| line.class == UsageClass::Sidecars);
    subtotals::subtotals(beside, |line| (line.owner_kind, &line.owner_name))
}

fn subtotals(lines: Vec<&BillLine>) -> Vec<WasteSubtotal> {
    let classes = UsageClass::ALL.into_iter().filter(|it| it.is_waste());
    let subtotal = |class: UsageClass| {
        let of_class = lines.iter().filter(|line| line.class == class);
        let zero = WasteSubtotal {
            class,
            cost: MicroUsd::ZERO,
            cost_month: MicroUsd::ZERO,
        };
        of_class.fold(zero, |sum, line| WasteSubtotal {
            cost: sum.cost + line.cost,
            cost_month: sum.cost_month + line.cost_month,
            ..sum
        })
    };
    classes
        .map(subtotal)
        .filter(|sum| sum.cost_month != MicroUsd::ZERO || sum.cost != MicroUsd::ZERO)
        .collect()
}
