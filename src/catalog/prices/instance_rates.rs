//! What an hour of an instance costs in a run: the plan's figures, with what is known about them.

use super::surcharges::Surcharges;
use super::{Basis, Price, PriceBook, PriceChange, Sureness};
use crate::catalog::instances::prices;
use crate::ids::InstanceTypeId;
use crate::units::PicoUsd;

const PICO_PER_MICRO: i128 = 1_000_000;
const WHOLE_PPM: i128 = 1_000_000;

/// What an hour of the instance types of a run costs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct InstanceRates {
    /// On demand and on Spot, by type.
    types: Vec<(InstanceTypeId, Price, Price)>,
    /// What a scenario says an hour costs, on demand or (`true`) on Spot, whatever the list says.
    overrides: Vec<(InstanceTypeId, bool, Price)>,
    /// What a negotiated discount leaves, millionths.
    kept_ppm: i128,
    /// What has changed, in order.
    pub(super) changes: Vec<PriceChange>,
    /// What discounts of single types leave, or of all, on demand or (`true`) on Spot.
    kept_of: Vec<(Option<InstanceTypeId>, bool, i128)>,
}

impl Default for InstanceRates {
    fn default() -> Self {
        InstanceRates {
            types: Vec::new(),
            overrides: Vec::new(),
            kept_ppm: WHOLE_PPM,
            changes: Vec::new(),
            kept_of: Vec::new(),
        }
    }
}

impl PriceBook {
    /// Sets what an hour of a type costs on demand and on Spot, in micro-USD. The first figures of
    /// a type stay; what is not the catalog's own figure counts as the scenario's.
    pub fn set_instance(&mut self, id: InstanceTypeId, on_demand: u64, spot: u64) {
        self.later_mut()
            .for_each(|later| later.set_instance(id, on_demand, spot));
        if self.known_instance(id).is_some() {
            return;
        }
        let region = &self.region;
        let told = |micro: u64, listed: Option<Price>| {
            let amount = PicoUsd(i128::from(micro) * PICO_PER_MICRO);
            // Plans hold millionths of a dollar, a Spot price of the catalog may be finer.
            let is_it = |price: &Price| (price.amount.0 - amount.0).abs() < PICO_PER_MICRO;
            match listed.filter(is_it) {
                Some(price) => Price { amount, ..price },
                None => of_scenario(amount),
            }
        };
        let on_demand = told(on_demand, prices::listed(id, region));
        let spot = told(spot, prices::spot(id, region));
        self.instances.types.push((id, on_demand, spot));
    }

    /// Sets what an hour of a type costs, on demand or on Spot, whatever the list says.
    pub fn override_instance(&mut self, id: InstanceTypeId, is_spot: bool, usd: f64) {
        let price = of_scenario(PicoUsd((usd * 1e12).round() as i128));
        self.instances.overrides.push((id, is_spot, price));
    }

    /// What an hour of a type costs on Spot and on demand before discounts.
    pub fn undiscounted(&self, id: InstanceTypeId) -> (Price, Price) {
        let instances = InstanceRates {
            kept_ppm: WHOLE_PPM,
            kept_of: Vec::new(),
            ..self.instances.clone()
        };
        let list = PriceBook {
            region: self.region.clone(),
            prices: Vec::new(),
            kept: Vec::new(),
            instances,
            surcharges: Surcharges::default(),
            commitments: Vec::new(),
            later: Vec::new(),
        };
        (list.spot_instance(id), list.on_demand_instance(id))
    }

    /// What an hour of a type costs on demand: what was set, else the region's list price, else
    /// nothing (the loader refuses such a type).
    pub fn on_demand_instance(&self, id: InstanceTypeId) -> Price {
        let own = self.overridden(id, false);
        let set = own.or_else(|| self.known_instance(id).map(|known| known.1));
        let price = set.or_else(|| prices::listed(id, &self.region));
        self.less_discount(price, (id, false))
    }

    /// What an hour of a type costs on Spot, likewise.
    pub fn spot_instance(&self, id: InstanceTypeId) -> Price {
        let own = self.overridden(id, true);
        let set = own.or_else(|| self.known_instance(id).map(|known| known.2));
        let price = set.or_else(|| prices::spot(id, &self.region));
        self.less_discount(price, (id, true))
    }

    /// What an hour of a type costs on Spot where its price moves, from what it cost on average.
    pub fn spot_at_moment(&self, id: InstanceTypeId, average: PicoUsd) -> Price {
        self.less_discount(Some(of_scenario(average)), (id, true))
    }

    /// Takes `percent` off the price of every instance: a negotiated discount.
    pub fn discount_instances(&mut self, percent: f64) {
        self.instances.kept_ppm = self.instances.kept_ppm * kept(percent) / WHOLE_PPM;
    }

    fn overridden(&self, id: InstanceTypeId, is_spot: bool) -> Option<Price> {
        let mut all = self.instances.overrides.iter().rev();
        all.find(|it| (it.0, it.1) == (id, is_spot)).map(|it| it.2)
    }

    fn known_instance(&self, id: InstanceTypeId) -> Option<&(InstanceTypeId, Price, Price)> {
        self.instances.types.iter().find(|known| known.0 == id)
    }

    /// Takes `percent` off the price of a type, or of all types, on demand or on Spot.
    pub fn discount_instance(&mut self, id: Option<InstanceTypeId>, is_spot: bool, percent: f64) {
        self.instances.kept_of.push((id, is_spot, kept(percent)));
    }

    /// An amount less the negotiated discount on everything: what is owed whatever prices do.
    pub(super) fn less_negotiated(&self, amount: PicoUsd) -> PicoUsd {
        part(amount, self.instances.kept_ppm)
    }

    fn less_discount(&self, price: Option<Price>, (id, is_spot): (InstanceTypeId, bool)) -> Price {
        let price = price.unwrap_or_else(|| of_scenario(PicoUsd(0)));
        let changes = self.instances.changes.iter();
        let changes = changes.filter(|change| change.is_of(id, is_spot));
        let price = changes.fold(price, |price, change| change.to.of(price));
        let all = self.instances.kept_of.iter();
        let own = all.filter(|it| it.1 == is_spot && it.0.is_none_or(|of| of == id));
        let amount = own.fold(price.amount, |amount, it| part(amount, it.2));
        Price {
            amount: self.less_negotiated(amount),
            ..price
        }
    }
}

/// What a discount leaves, millionths.
pub(super) fn kept(percent: f64) -> i128 {
    ((100.0 - percent) * 1e4).clamp(0.0, 1e6).round() as i128
}

pub(super) fn part(amount: PicoUsd, kept_ppm: i128) -> PicoUsd {
    PicoUsd((amount.0 * kept_ppm + WHOLE_PPM / 2).div_euclid(WHOLE_PPM))
}

pub(super) fn of_scenario(amount: PicoUsd) -> Price {
    Price {
        amount,
        date: "",
        source: "scenario",
        sureness: Sureness::Scenario,
        basis: Basis::Scenario,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::instances::find;

    #[test]
    fn a_plans_figure_is_the_catalogs_where_it_is_the_same() {
        let (mut book, _) = PriceBook::for_region("us-east-1");
        let m6i = find("m6i.large").unwrap();
        book.set_instance(m6i, 96_000, 40_000);
        let on_demand = book.on_demand_instance(m6i);
        assert_eq!(
            (on_demand.amount.usd(), on_demand.source),
            (0.096, "karpenter")
        );
        let spot = book.spot_instance(m6i);
        assert_eq!(
            (spot.amount.usd(), spot.sureness),
            (0.04, Sureness::Scenario)
        );
        // A second group's figures do not change what is set.
        book.set_instance(m6i, 1, 1);
        assert_eq!(book.on_demand_instance(m6i), on_demand);
        // A type that no group has keeps its list price.
        let c5 = find("c5.large").unwrap();
        assert_eq!(book.on_demand_instance(c5).amount.usd(), 0.085);
        book.discount_instances(10.0);
        assert_eq!(book.on_demand_instance(m6i).amount.usd(), 0.0864);
    }
}
