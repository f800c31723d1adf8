//! What comes on top of an instance's own price: management of a Managed Instance, and CPU credits
//! of a burstable one. Neither is an item of the list: the one is a share of what an hour costs on
//! demand, the other a figure of the type.

use super::instance_rates::{of_scenario, part};
use super::{Basis, ChangeTo, Price, PriceBook, PriceOf, Sureness};
use crate::catalog::instances::burst::{SURCHARGE_DATE, SURCHARGE_SOURCE};
use crate::catalog::instances::get;
use crate::catalog::item::Item;
use crate::ids::InstanceTypeId;
use crate::units::PicoUsd;

const PICO: i128 = 1_000_000_000_000;

/// What has a price by the name of a surcharge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Surcharge {
    /// An hour of management of a Managed Instance of this type; `None`: of all.
    ManagedFee(Option<InstanceTypeId>),
    /// A vCPU-hour beyond a type's CPU credits.
    CpuCredits,
}

impl Surcharge {
    /// Whether what is said of `said` holds for it.
    fn is_under(self, said: Surcharge) -> bool {
        said == self || matches!((said, self), (Self::ManagedFee(None), Self::ManagedFee(_)))
    }
}

/// What a scenario says of surcharges.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Surcharges {
    /// List prices.
    overrides: Vec<(Surcharge, Price)>,
    /// What discounts leave, millionths.
    kept: Vec<(Surcharge, i128)>,
}

/// A price on its way from the list to the bill.
struct Draft {
    price: Price,
    /// Whether it is made of another price, with which it changes and is discounted.
    is_share: bool,
}

impl PriceBook {
    /// Sets the list price of a surcharge, in US dollars.
    pub fn override_surcharge(&mut self, of: Surcharge, usd: f64) {
        let price = of_scenario(PicoUsd::from_usd(usd.max(0.0)));
        self.surcharges.overrides.push((of, price));
    }

    /// Takes `percent` off a surcharge.
    pub fn discount_surcharge(&mut self, of: Surcharge, percent: f64) {
        let kept_ppm = super::instance_rates::kept(percent);
        self.surcharges.kept.push((of, kept_ppm));
    }

    /// What an hour of a type costs as a Managed Instance beside its price in EC2: a share of what
    /// it costs on demand, before what was negotiated of EC2's prices, whether it is on demand or
    /// Spot (ASSUMPTION for Spot: AWS's sample calculator takes it for any).
    pub fn managed_fee(&self, id: InstanceTypeId) -> Price {
        let share = *self.price(Item::EcsManagedInstancesFeeFractionOfOnDemand);
        let on_demand = self.undiscounted(id).1.amount.0;
        // A share of a dollar times dollars, both a million million parts of one.
        let amount = PicoUsd((on_demand * share.amount.0 + PICO / 2).div_euclid(PICO));
        let draft = Draft {
            price: Price { amount, ..share },
            is_share: true,
        };
        self.surcharge(Surcharge::ManagedFee(Some(id)), draft)
    }

    /// What a vCPU-hour beyond a type's CPU credits costs.
    pub fn cpu_credits(&self, id: InstanceTypeId) -> Price {
        let burst = get(id).burst();
        let price = Price {
            amount: burst.map_or(PicoUsd(0), |it| it.surplus_usd_per_vcpu_hour),
            date: SURCHARGE_DATE,
            source: SURCHARGE_SOURCE,
            sureness: Sureness::Primary,
            basis: Basis::Listed,
        };
        let draft = Draft {
            price,
            is_share: false,
        };
        self.surcharge(Surcharge::CpuCredits, draft)
    }

    /// A surcharge as the scenario sets, changes and discounts it. A share has changed and been
    /// discounted with all prices by what it is made of.
    fn surcharge(&self, of: Surcharge, listed: Draft) -> Price {
        let mut set = self.surcharges.overrides.iter().rev();
        let mut draft = match set.find(|it| of.is_under(it.0)) {
            Some((_, price)) => Draft {
                price: *price,
                is_share: false,
            },
            None => listed,
        };
        for change in &self.instances.changes {
            let is_its = match change.of {
                PriceOf::All => !draft.is_share,
                PriceOf::Surcharge(said) => of.is_under(said),
                PriceOf::Item(_) | PriceOf::Instances { .. } => false,
            };
            if is_its {
                draft.price = change.to.of(draft.price);
                draft.is_share &= !matches!(change.to, ChangeTo::Is(_));
            }
        }
        let own = self.surcharges.kept.iter();
        let own = own.filter(|it| of.is_under(it.0));
        let amount = own.fold(draft.price.amount, |amount, it| part(amount, it.1));
        let amount = match draft.is_share {
            true => amount,
            false => self.less_negotiated(amount),
        };
        Price {
            amount,
            ..draft.price
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::instances::find;
    use crate::catalog::prices::PriceChange;
    use crate::engine::SimTime;

    const TWICE: ChangeTo = ChangeTo::Times { ppm: 2_000_000 };

    fn at(second: u64) -> SimTime {
        SimTime::from_secs(second)
    }

    fn book() -> PriceBook {
        PriceBook::for_region("us-east-1").0
    }

    /// 12 % of an m6i.large's 0.096 USD is 0.01152: twice that, not four times, when all prices
    /// double; as often as the share or the hour on demand does alone.
    #[test]
    fn a_fee_changes_once_with_all_prices() {
        let m6i = find("m6i.large").unwrap();
        let on_demand = PriceOf::Instances {
            id: Some(m6i),
            is_spot: false,
        };
        let share = PriceOf::Item(Item::EcsManagedInstancesFeeFractionOfOnDemand);
        let own = PriceOf::Surcharge(Surcharge::ManagedFee(Some(m6i)));
        let fee = |book: &PriceBook| book.managed_fee(m6i).amount.usd();
        for of in [PriceOf::All, on_demand, share, own] {
            let mut book = book();
            book.change_at(at(1), &[PriceChange { of, to: TWICE }]);
            let found = [0, 1].map(|second| fee(book.in_force(at(second))));
            assert_eq!(found, [0.01152, 0.02304], "{of:?}");
        }
        // What it is set to is no share any more.
        let mut book = book();
        let is = ChangeTo::Is(PicoUsd::from_usd(0.02));
        book.change_at(at(1), &[PriceChange { of: own, to: is }]);
        for (second, of) in [(2, on_demand), (3, PriceOf::All)] {
            book.change_at(at(second), &[PriceChange { of, to: TWICE }]);
        }
        let found = [1, 2, 3].map(|second| fee(book.in_force(at(second))));
        assert_eq!(found, [0.02, 0.02, 0.04]);
    }

    /// 12 % of 0.096 USD less 10 % on everything, or 0.02 USD less 10 % and less a quarter.
    #[test]
    fn discounts_come_off_once() {
        let m6i = find("m6i.large").unwrap();
        let mut book = book();
        for item in Item::ALL {
            book.discount(*item, 10.0);
        }
        book.discount_instances(10.0);
        assert_eq!(book.managed_fee(m6i).amount.usd(), 0.010368);
        let of = Surcharge::ManagedFee(Some(m6i));
        book.override_surcharge(of, 0.02);
        assert_eq!(book.managed_fee(m6i).amount.usd(), 0.018);
        book.discount_surcharge(Surcharge::ManagedFee(None), 25.0);
        assert_eq!(book.managed_fee(m6i).amount.usd(), 0.0135);
    }

    /// A t3's 0.05 USD a vCPU-hour.
    #[test]
    fn credits_are_set_changed_and_discounted() {
        let t3 = find("t3.large").unwrap();
        let mut book = book();
        let of = PriceOf::Surcharge(Surcharge::CpuCredits);
        book.change_at(at(1), &[PriceChange { of, to: TWICE }]);
        let all = PriceOf::All;
        book.change_at(at(2), &[PriceChange { of: all, to: TWICE }]);
        let usd = |second| {
            let book = book.in_force(at(second));
            book.cpu_credits(t3).amount.usd()
        };
        assert_eq!([0, 1, 2].map(usd), [0.05, 0.1, 0.2]);
        let mut book = self::book();
        book.override_surcharge(Surcharge::CpuCredits, 0.08);
        book.discount_surcharge(Surcharge::CpuCredits, 50.0);
        book.discount_instances(10.0);
        assert_eq!(book.cpu_credits(t3).amount.usd(), 0.036);
    }
}
