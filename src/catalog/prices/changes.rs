//! Prices that change at stated times: a book for the beginning, and one from each time on.

use super::instance_rates::{of_scenario, part};
use super::{Price, PriceBook, Surcharge};
use crate::catalog::item::Item;
use crate::engine::time::SimTime;
use crate::ids::InstanceTypeId;
use crate::units::PicoUsd;

/// What a change is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PriceOf {
    /// Everything that has a price; commitments are kept as they were made.
    All,
    /// An item of the price list.
    Item(Item),
    /// An hour of instances.
    Instances {
        /// Of this type; `None`: of all.
        id: Option<InstanceTypeId>,
        /// On Spot, else on demand.
        is_spot: bool,
    },
    /// What comes on top of an instance's price.
    Surcharge(Surcharge),
}

/// What a price becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChangeTo {
    /// So many millionths of what it was, whatever that is made of.
    Times {
        /// The factor, millionths.
        ppm: i128,
    },
    /// This list price; negotiated discounts still come off.
    Is(PicoUsd),
}

/// One change of prices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PriceChange {
    /// Of what.
    pub of: PriceOf,
    /// To what.
    pub to: ChangeTo,
}

impl PriceBook {
    /// From `at` on these changes hold, on top of all before: calls come in order of time.
    ///
    /// # Panics
    /// If `at` lies before the last change.
    pub fn change_at(&mut self, at: SimTime, changes: &[PriceChange]) {
        let before = self.later.last();
        assert!(before.is_none_or(|last| last.0 <= at), "changes are sorted");
        let mut book = PriceBook {
            later: Vec::new(),
            ..before.map_or(&*self, |last| &last.1).clone()
        };
        changes.iter().for_each(|change| book.change(change));
        match self.later.last_mut().filter(|last| last.0 == at) {
            Some(last) => last.1 = book,
            None => self.later.push((at, book)),
        }
    }

    /// When prices change, in order.
    pub fn change_times(&self) -> Vec<SimTime> {
        self.later.iter().map(|later| later.0).collect()
    }

    /// The prices after so many of [`change_times`](Self::change_times); those of the last, if
    /// there are not so many.
    pub fn after_changes(&self, count: usize) -> &PriceBook {
        let at = count.min(self.later.len()).checked_sub(1);
        at.map_or(self, |at| &self.later[at].1)
    }

    /// The prices in force at a time.
    pub fn in_force(&self, at: SimTime) -> &PriceBook {
        self.after_changes(self.later.partition_point(|later| later.0 <= at))
    }

    /// The prices in force at a time, if some had changed by then.
    pub fn changed_by(&self, at: SimTime) -> Option<&PriceBook> {
        let changed = self.later.partition_point(|later| later.0 <= at);
        (0 < changed).then(|| self.after_changes(changed))
    }

    /// The books of all changes.
    pub(super) fn later_mut(&mut self) -> impl Iterator<Item = &mut PriceBook> {
        self.later.iter_mut().map(|later| &mut later.1)
    }

    fn change(&mut self, change: &PriceChange) {
        match change.of {
            PriceOf::All => {
                // A share of a price changes with it.
                for item in Item::ALL.iter().filter(|item| !item.is_share()) {
                    self.change_item(*item, change.to);
                }
                self.instances.changes.push(*change);
            }
            PriceOf::Item(item) => self.change_item(item, change.to),
            PriceOf::Instances { .. } | PriceOf::Surcharge(_) => {
                self.instances.changes.push(*change);
            }
        }
    }

    fn change_item(&mut self, item: Item, to: ChangeTo) {
        let discounts = self.kept.iter().filter(|(of, _)| *of == item);
        let price = match to {
            ChangeTo::Times { .. } => to.of(*self.price(item)),
            ChangeTo::Is(amount) => {
                of_scenario(discounts.fold(amount, |amount, it| part(amount, it.1)))
            }
        };
        self.prices[item.index()] = price;
    }
}

impl PriceChange {
    /// Whether it changes what an hour of a type costs.
    pub(super) fn is_of(&self, id: InstanceTypeId, is_spot: bool) -> bool {
        match self.of {
            PriceOf::All => true,
            PriceOf::Item(_) | PriceOf::Surcharge(_) => false,
            PriceOf::Instances {
                id: of,
                is_spot: of_spot,
            } => of_spot == is_spot && of.is_none_or(|of| of == id),
        }
    }
}

impl ChangeTo {
    /// What becomes of a price; it is the scenario's from then on.
    pub(super) fn of(self, price: Price) -> Price {
        of_scenario(match self {
            ChangeTo::Times { ppm } => part(price.amount, ppm),
            ChangeTo::Is(amount) => amount,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::instances::find;

    const UP_5: ChangeTo = ChangeTo::Times { ppm: 1_050_000 };

    fn usd(book: &PriceBook, item: Item) -> f64 {
        book.price(item).amount.usd()
    }

    /// 0.04048 USD a vCPU-hour less 10 % is 0.036432; 5 % more 0.0382536; at 0.05 USD 0.045.
    #[test]
    fn changes_come_on_top_of_each_other_and_discounts_stay() {
        let (mut book, _) = PriceBook::for_region("us-east-1");
        let (vcpu, gb) = (Item::FargateVcpuHourX86, Item::FargateGbHourX86);
        book.discount(vcpu, 10.0);
        let at = SimTime::from_secs;
        let all = PriceOf::All;
        book.change_at(at(600), &[PriceChange { of: all, to: UP_5 }]);
        let is = ChangeTo::Is(PicoUsd(50_000_000_000));
        let of = PriceOf::Item(vcpu);
        book.change_at(at(900), &[PriceChange { of, to: is }]);
        let found = [0, 599, 600, 899, 900].map(|second| usd(book.in_force(at(second)), vcpu));
        assert_eq!(found, [0.036432, 0.036432, 0.0382536, 0.0382536, 0.045]);
        assert_eq!(usd(book.in_force(at(900)), gb), 0.004445 * 1.05);
        assert_eq!(book.change_times(), [at(600), at(900)]);
    }

    /// An m6i.large at 0.096 USD less 10 %: 0.0864, 5 % more 0.09072. Its Spot price moves by its own.
    #[test]
    fn instances_change_by_type_and_by_purchase() {
        let (mut book, _) = PriceBook::for_region("us-east-1");
        let (m6i, c5) = (find("m6i.large").unwrap(), find("c5.large").unwrap());
        book.discount_instances(10.0);
        let of = |id, is_spot| PriceOf::Instances { id, is_spot };
        let at = SimTime::from_secs;
        let up = |of| PriceChange { of, to: UP_5 };
        book.change_at(at(1), &[up(of(Some(m6i), false))]);
        book.change_at(at(2), &[up(of(None, true))]);
        // What the plan says of a type holds in every book.
        book.set_instance(m6i, 96_000, 40_000);
        let on_demand = |second, id| {
            let book = book.in_force(at(second));
            book.on_demand_instance(id).amount.usd()
        };
        assert_eq!(
            [0, 1, 2].map(|s| on_demand(s, m6i)),
            [0.0864, 0.09072, 0.09072]
        );
        assert_eq!([0, 1, 2].map(|s| on_demand(s, c5)), [0.0765; 3]);
        let spot = |second| book.in_force(at(second)).spot_instance(m6i).amount.usd();
        assert_eq!([0, 1, 2].map(spot), [0.036, 0.036, 0.0378]);
        let moment = |second| {
            let book = book.in_force(at(second));
            let average = PicoUsd(20_000_000_000);
            book.spot_at_moment(m6i, average).amount.usd()
        };
        assert_eq!([0, 2].map(moment), [0.018, 0.0189]);
    }
}
