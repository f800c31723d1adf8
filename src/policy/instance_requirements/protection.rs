//! Which of the types that meet the requirements are not too dear: AWS's price protection.

use super::{Requirement, Requirements, SpotLimit};
use crate::catalog::instances::InstanceType;
use crate::ids::InstanceTypeId;
use crate::policy::managed_instances::VCPU_WEIGHT;
use crate::units::PicoUsd;

/// By what a type's price is held against the lowest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Per {
    /// Each instance.
    Instance,
    /// What it has for tasks, a vCPU counting as much as 9 GiB: so sizes and families compare
    /// (ASSUMPTION of Managed Instances: AWS names the protection alone, and launches larger
    /// instances for many tasks).
    Capacity,
}

/// How a group buys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Buys {
    /// Ever on demand.
    pub on_demand: bool,
    /// Ever on Spot.
    pub spot: bool,
}

/// A type on offer, and what an hour of it costs.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    /// The type.
    pub it: &'static InstanceType,
    /// On demand.
    pub on_demand: PicoUsd,
    /// On Spot.
    pub spot: PicoUsd,
}

/// A type that may be launched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chosen {
    /// The type.
    pub id: InstanceTypeId,
    /// How it may be bought: price protection differs.
    pub buys: Buys,
}

/// Why no type may be launched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoType {
    /// The field that left the last types out, in the order of [`Requirement`].
    pub by: Requirement,
    /// The names of those.
    pub types: Vec<&'static str>,
}

impl Requirements {
    /// The types on offer that may be launched, the cheapest on demand first. Price protection
    /// (API-ir): a type is left out whose price is more than the limit above the lowest of the
    /// current C, M and R types that meet the other fields; of current types where none of those
    /// does, of previous ones where no current does. On demand and on Spot have a limit each.
    pub fn choose(
        &self,
        offers: &[Offer],
        (per, buys): (Per, Buys),
    ) -> Result<Vec<Chosen>, NoType> {
        let mut refused: Vec<(Requirement, &'static str)> = Vec::new();
        let mut met: Vec<&Offer> = Vec::new();
        for offer in offers {
            match self.refusal(offer.it) {
                Some(field) => refused.push((field, offer.it.name)),
                None => met.push(offer),
            }
        }
        met.sort_by_key(|offer| (offer.on_demand, offer.it.name));
        let measures = measures(&met);
        let on_demand = |offer: &Offer| per.price(offer.on_demand, offer.it);
        let spot = |offer: &Offer| per.price(offer.spot, offer.it);
        let least_on_demand = measures.iter().map(|it| on_demand(it)).min().unwrap_or(0);
        let least_spot = measures.iter().map(|it| spot(it)).min().unwrap_or(0);
        let most_on_demand = percent(least_on_demand, 100 + i128::from(self.on_demand_over));
        let (most_spot, of_spot) = match self.spot {
            SpotLimit::OverLowest(over) => (
                percent(least_spot, 100 + i128::from(over)),
                Requirement::SpotMaxPricePercentageOverLowestPrice,
            ),
            SpotLimit::OfOnDemand(share) => (
                percent(least_on_demand, i128::from(share)),
                Requirement::MaxSpotPriceAsPercentageOfOptimalOnDemandPrice,
            ),
        };
        let mut chosen = Vec::new();
        for offer in met {
            let fair = Buys {
                on_demand: buys.on_demand && on_demand(offer) <= most_on_demand,
                spot: buys.spot && spot(offer) <= most_spot,
            };
            match (fair.on_demand || fair.spot, buys.spot) {
                (true, _) => chosen.push(Chosen {
                    id: offer.it.id,
                    buys: fair,
                }),
                (false, true) => refused.push((of_spot, offer.it.name)),
                (false, false) => refused.push((
                    Requirement::OnDemandMaxPricePercentageOverLowestPrice,
                    offer.it.name,
                )),
            }
        }
        match chosen.is_empty() {
            true => Err(last_of(&refused)),
            false => Ok(chosen),
        }
    }
}

/// The types by which prices are measured.
fn measures<'a>(met: &[&'a Offer]) -> Vec<&'a Offer> {
    let is_current = |it: &&&Offer| !it.it.is_previous_generation;
    let is_usual = |it: &&&Offer| matches!(series(it.it), "c" | "m" | "r");
    let current: Vec<&Offer> = met.iter().filter(is_current).copied().collect();
    let usual: Vec<&Offer> = met
        .iter()
        .filter(|it| is_current(it) && is_usual(it))
        .copied()
        .collect();
    if !usual.is_empty() {
        usual
    } else if !current.is_empty() {
        current
    } else {
        met.to_vec()
    }
}

/// The letters before the generation in a family's name: `c` of c6gn, `mac` of mac2.
fn series(it: &InstanceType) -> &'static str {
    let family = it.family();
    let end = family.find(|letter: char| !letter.is_ascii_alphabetic());
    &family[..end.unwrap_or(family.len())]
}

fn last_of(refused: &[(Requirement, &'static str)]) -> NoType {
    let by = refused.iter().map(|(field, _)| *field).max();
    // Nothing was on offer, so the first field has left nothing over.
    let by = by.unwrap_or(Requirement::AllowedInstanceTypes);
    let last = refused.iter().filter(|(field, _)| *field == by);
    NoType {
        by,
        types: last.map(|(_, name)| *name).collect(),
    }
}

impl Per {
    /// A price that compares with that of other types.
    fn price(self, price: PicoUsd, it: &InstanceType) -> i128 {
        match self {
            Per::Instance => price.0,
            Per::Capacity => price.0 * 1_024 / weight_of(it),
        }
    }
}

/// vCPUs and memory as one number, in MiB.
fn weight_of(it: &InstanceType) -> i128 {
    let memory = i128::from(it.memory.0);
    (i128::from(VCPU_WEIGHT) * i128::from(it.cpu().0) + memory).max(1)
}

fn percent(price: i128, percent: i128) -> i128 {
    price.saturating_mul(percent) / 100
}
