//! Lines of a bill summed up by whose they are.

use std::collections::BTreeMap;

use super::bill::BillLine;
use crate::units::MicroUsd;

/// The cost of one owner, provider or item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subtotal {
    /// The kind of an owner; `provider` or `item` else.
    pub kind: &'static str,
    /// Of which one; empty for the cluster or no provider.
    pub name: String,
    /// The run's cost.
    pub cost: MicroUsd,
    /// The cost of a month of such runs.
    pub cost_month: MicroUsd,
}

/// Lines summed up by group, in the order in which the groups first stand among them.
pub(super) fn subtotals<'a>(
    lines: impl Iterator<Item = &'a BillLine>,
    group: impl Fn(&'a BillLine) -> (&'static str, &'a str),
) -> Vec<Subtotal> {
    let mut sums: Vec<Subtotal> = Vec::new();
    let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in lines {
        let (kind, name) = group(line);
        let index = *places.entry((kind, name)).or_insert_with(|| {
            sums.push(Subtotal {
                kind,
                name: name.to_owned(),
                cost: MicroUsd::ZERO,
                cost_month: MicroUsd::ZERO,
            });
            sums.len() - 1
        });
        sums[index].cost += line.cost;
        sums[index].cost_month += line.cost_month;
    }
    sums
}
