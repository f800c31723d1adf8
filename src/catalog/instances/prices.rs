//! What an hour of an instance costs: Linux, shared tenancy, on demand; and on Spot, as far as that
//! is known.
//!
//! List prices in USD without tax, Savings Plans or private discounts. Prices of us-east-1 and both
//! GovCloud regions are of 2026-07-20, all others of 2025-11-04, so types announced since are
//! missing there. A type of which a region lists no price cannot be launched there as far as the
//! catalog knows: there is no fallback, the answer is a [`NoPrice`] that says where there is one.

use std::sync::OnceLock;

use thiserror::Error;

use super::table::ByRegion;
use super::{InstanceType, UnknownInstanceType, advisor, family, find, get, own};
use crate::catalog::prices::{Basis, Price, Sureness};
use crate::catalog::regions::{Region, UnknownRegion};
use crate::ids::InstanceTypeId;
use crate::units::PicoUsd;

const PRICES: &str = include_str!("../ec2_prices.csv");
/// Digits behind the point that a price may have.
const DECIMALS: usize = 6;

/// Types whose price in us-east-1 rose by 6 to 10 % between the two captures: their older prices in
/// other regions are probably stale.
const PROBABLY_STALE: [&str; 9] = [
    "c6g.metal",
    "c6gd.metal",
    "m5zn.metal",
    "m6g.metal",
    "m6gd.metal",
    "r5b.metal",
    "r6g.metal",
    "r6gd.metal",
    "x2gd.metal",
];
/// The source of those older prices.
const STALE_SOURCE: &str = "aws-price";

/// Why there is no price.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum NoPrice {
    /// The type does not exist.
    #[error(transparent)]
    UnknownType(#[from] UnknownInstanceType),
    /// The region does not exist.
    #[error(transparent)]
    UnknownRegion(#[from] UnknownRegion),
    /// The type has a price elsewhere.
    #[error("no price of {instance_type} is known in {region}")]
    NotInRegion {
        /// The type.
        instance_type: &'static str,
        /// The region.
        region: &'static str,
        /// The types of the family that have a price there, smallest first.
        there: Vec<&'static str>,
        /// The regions that have a price of the type.
        elsewhere: Vec<&'static str>,
    },
    /// No region has a price of the type.
    #[error("no price of {instance_type} is known in any region")]
    Nowhere {
        /// The type.
        instance_type: &'static str,
    },
}

impl NoPrice {
    /// The nearest right thing.
    pub fn help(&self) -> Option<String> {
        match self {
            NoPrice::UnknownType(unknown) => unknown.help(),
            NoPrice::UnknownRegion(unknown) => Some(unknown.help()),
            NoPrice::NotInRegion {
                region,
                there,
                elsewhere,
                ..
            } => Some(match there.as_slice() {
                [] => format!("these regions have one: {}", elsewhere.join(", ")),
                there => format!(
                    "{region} has {}; these regions have the type: {}",
                    there.join(", "),
                    elsewhere.join(", ")
                ),
            }),
            NoPrice::Nowhere { .. } => Some(
                "it is sold on Dedicated Hosts or in Capacity Blocks only, or younger than the \
                 catalog's prices"
                    .to_owned(),
            ),
        }
    }
}

/// What an hour of an instance type costs on demand in a region, both by AWS's names.
///
/// ```
/// use fleetcast::catalog::instances::prices::on_demand_usd_per_hour;
///
/// let price = on_demand_usd_per_hour("m6i.large", "us-east-1").unwrap();
/// assert_eq!(price.amount.usd(), 0.096);
/// assert_eq!((price.date, price.source), ("2026-07-20", "karpenter"));
/// let refusal = on_demand_usd_per_hour("m6i.large", "eu-centrall-1").unwrap_err();
/// assert_eq!(refusal.to_string(), "there is no region \"eu-centrall-1\"");
/// ```
pub fn on_demand_usd_per_hour(instance_type: &str, region: &str) -> Result<Price, NoPrice> {
    on_demand(find(instance_type)?, Region::find(region)?)
}

/// What an hour of a type costs on demand in a region.
pub fn on_demand(id: InstanceTypeId, region: &Region) -> Result<Price, NoPrice> {
    listed(id, region.name).ok_or_else(|| no_price(id, region))
}

/// The price of a type in a region, if one is listed; of a scenario's own type what it says, in
/// every region.
pub fn listed(id: InstanceTypeId, region: &str) -> Option<Price> {
    if own::is_own(id) {
        return own::price(id, false);
    }
    let column = table().column(region)?;
    let amount = table().get(id, column)?;
    Some(Price {
        amount,
        date: column.date,
        source: column.source,
        sureness: Sureness::Primary,
        basis: Basis::Listed,
    })
}

/// The regions with a price of a type, and the price.
pub fn regions_of(id: InstanceTypeId) -> Vec<(&'static str, Price)> {
    let columns = table().columns();
    columns
        .filter_map(|column| Some((column.region, listed(id, column.region)?)))
        .collect()
}

/// What an hour costs on Spot: on demand less the savings that the Spot Instance Advisor states.
/// Derived, and of mixed dates: right for scale, not for one type at one time (ten real quotes of
/// 2026-08-10 lay 0.4 to 2 times as high, median 0.8).
pub fn spot(id: InstanceTypeId, region: &str) -> Option<Price> {
    if own::is_own(id) {
        return own::price(id, true);
    }
    let (on_demand, advice) = (listed(id, region)?, advisor::advice(id, region)?);
    let percent = 100 - i128::from(advice.savings_percent);
    Some(Price {
        amount: PicoUsd(on_demand.amount.0 * percent / 100),
        date: advice.date,
        source: advice.source,
        sureness: Sureness::Derived,
        basis: Basis::Listed,
    })
}

/// How many prices there are, and in how many regions.
pub fn counts() -> (usize, usize) {
    table().counts()
}

/// Whether the price of a type there is probably 6 to 10 % too low by now.
pub fn is_probably_stale(instance_type: &InstanceType, price: &Price) -> bool {
    price.source == STALE_SOURCE && PROBABLY_STALE.contains(&instance_type.name)
}

fn table() -> &'static ByRegion<PicoUsd> {
    static TABLE: OnceLock<ByRegion<PicoUsd>> = OnceLock::new();
    TABLE.get_or_init(|| ByRegion::read(PRICES, exact))
}

/// A price as it is written, without a detour over floats; none for an empty cell.
fn exact(text: &str) -> Option<PicoUsd> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let micro: i128 = format!("{whole}{part:0<DECIMALS$}").parse().ok()?;
    (!text.is_empty()).then_some(PicoUsd(micro * 1_000_000))
}

fn no_price(id: InstanceTypeId, region: &Region) -> NoPrice {
    let wanted = get(id);
    let elsewhere: Vec<&str> = regions_of(id).iter().map(|(name, _)| *name).collect();
    if elsewhere.is_empty() {
        return NoPrice::Nowhere {
            instance_type: wanted.name,
        };
    }
    let sizes = family(wanted.family()).into_iter();
    NoPrice::NotInRegion {
        instance_type: wanted.name,
        region: region.name,
        there: sizes
            .filter(|known| listed(known.id, region.name).is_some())
            .map(|known| known.name)
            .collect(),
        elsewhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::instances::all;
    use crate::catalog::prices::source_description;
    use crate::catalog::regions::REGIONS;

    fn check(instance_type: &str, region: &str, usd: f64) {
        let price = on_demand_usd_per_hour(instance_type, region).unwrap();
        assert_eq!(
            price.amount,
            PicoUsd::from_usd(usd),
            "{instance_type} {region}"
        );
    }

    /// AWS's price pages, and figures of other captures of its price list.
    #[test]
    fn prices_are_those_of_the_price_list() {
        check("m5.large", "us-east-1", 0.096);
        check("c5.xlarge", "us-east-1", 0.17);
        check("m5.large", "eu-west-1", 0.107);
        check("m5.large", "ap-northeast-1", 0.124);
        check("c5.xlarge", "ap-northeast-1", 0.214);
        check("a1.large", "eu-central-1", 0.0582);
        check("c3.large", "eu-west-1", 0.12);
    }

    #[test]
    fn a_price_is_read_digit_by_digit() {
        assert_eq!(exact("360.98695"), Some(PicoUsd(360_986_950_000_000)));
        assert_eq!(exact("4"), Some(PicoUsd(4_000_000_000_000)));
        assert_eq!(exact(""), None);
    }

    fn refusal(instance_type: &str, region: &str) -> String {
        let refusal = on_demand_usd_per_hour(instance_type, region).unwrap_err();
        format!("{refusal}: {}", refusal.help().unwrap_or_default())
    }

    #[test]
    fn where_there_is_no_price_the_nearest_right_thing_is_said() {
        assert_eq!(
            refusal("m6i.larg", "us-east-1"),
            "there is no instance type \"m6i.larg\": did you mean \"m6i.large\"?"
        );
        assert_eq!(
            refusal("m6i.large", "eu-centra-1"),
            "there is no region \"eu-centra-1\": did you mean \"eu-central-1\" or \
             \"eu-central-2\"?"
        );
        assert_eq!(
            refusal("m2.xlarge", "eu-central-1"),
            "no price of m2.xlarge is known in eu-central-1: these regions have one: \
             ap-northeast-1, ap-southeast-1, ap-southeast-2, eu-west-1, sa-east-1, us-east-1, us-gov-west-1, \
             us-west-1, us-west-2"
        );
        assert!(refusal("mac2.metal", "us-east-1").contains("Dedicated Hosts"));
        let here = refusal("m5a.24xlarge", "af-south-1");
        assert!(here.contains("these regions have"), "{here}");
    }

    /// All types but these have a price somewhere.
    #[test]
    fn every_type_has_a_price_in_a_region() {
        let without = all().iter().filter(|known| regions_of(known.id).is_empty());
        let without: Vec<&str> = without.map(|known| known.name).collect();
        assert_eq!(
            without,
            [
                "mac1.metal",
                "mac2-m1ultra.metal",
                "mac2-m2.metal",
                "mac2-m2pro.metal",
                "mac2.metal",
                "p5e.48xlarge",
                "trn2.48xlarge",
                "x8aedz.12xlarge",
                "x8aedz.24xlarge",
                "x8aedz.3xlarge",
                "x8aedz.6xlarge",
                "x8aedz.large",
                "x8aedz.metal-12xl",
                "x8aedz.metal-24xl",
                "x8aedz.xlarge",
            ]
        );
    }

    #[test]
    fn prices_are_sane_and_have_dates_and_sources() {
        let regions: Vec<&str> = table().columns().map(|column| column.region).collect();
        let known: Vec<&str> = REGIONS.iter().map(|region| region.name).collect();
        assert_eq!(regions, known);
        let mut count = 0;
        for known in all() {
            for (region, price) in regions_of(known.id) {
                let usd = price.amount.usd();
                assert!(
                    (0.002..400.0).contains(&usd),
                    "{} {region} {usd}",
                    known.name
                );
                let per_vcpu = usd / f64::from(known.vcpus);
                assert!((0.001..1.0).contains(&per_vcpu), "{} {region}", known.name);
                assert!(source_description(price.source).is_some());
                assert!(price.date.starts_with("202"));
                count += 1;
            }
        }
        assert_eq!(count, 16_816);
    }

    #[test]
    fn spot_is_on_demand_less_the_savings() {
        // 0.096 USD less 62 %.
        let m5_large = find("m5.large").unwrap();
        let advice = advisor::advice(m5_large, "us-east-1").unwrap();
        let spot = spot(m5_large, "us-east-1").unwrap();
        let share = f64::from(100 - advice.savings_percent) / 100.0;
        assert!((spot.amount.usd() - 0.096 * share).abs() < 1e-9);
        assert_eq!(spot.sureness, Sureness::Derived);
    }

    #[test]
    fn nine_metal_types_may_be_dearer_by_now() {
        for name in PROBABLY_STALE {
            let known = get(find(name).unwrap());
            let price = |region| listed(known.id, region).unwrap();
            assert!(!is_probably_stale(known, &price("us-east-1")), "{name}");
            assert!(is_probably_stale(known, &price("us-west-2")), "{name}");
        }
    }
}
