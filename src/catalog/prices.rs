//! List prices of a region, each with its date, source and sureness, and what stands in where one
//! is missing.
//!
//! USD without tax, Savings Plans or private discounts. The tables beside this file are made by
//! `tools/price_tables.py`; `sources.csv` says what their source names stand for. Fargate
//! Spot prices change over time and are not published as a feed: those of 2021 here are
//! [`Sureness::Tertiary`], so a result says so.

use std::fmt;

use thiserror::Error;

use crate::catalog::item::Item;
use crate::engine::time::SimTime;
use crate::units::PicoUsd;

mod changes;
mod commitments;
mod instance_rates;
mod surcharges;

pub use changes::{ChangeTo, PriceChange, PriceOf};
pub use commitments::{Commitment, Covers, Saving};
use instance_rates::InstanceRates;
pub use surcharges::Surcharge;
use surcharges::Surcharges;

const FARGATE_PRICES: &str = include_str!("fargate_prices.csv");
const OTHER_PRICES: &str = include_str!("other_prices.csv");
const SOURCES: &str = include_str!("sources.csv");

/// The day the price tables were compiled.
pub const CATALOG_DATE: &str = "2026-11-22";

/// The region whose price stands in where a region's own is missing.
pub const FALLBACK_REGION: &str = "us-east-1";

/// Fargate Spot's price in hundredths of on-demand where none is known. ASSUMPTION: AWS says "up to
/// 70 percent" off; 25 prices of 2021 and 2025 lie 61 to 70 percent below on-demand.
pub const SPOT_PERCENT_OF_ON_DEMAND: i128 = 35;

/// How sure a price is, the surest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Sureness {
    /// The scenario says so.
    Scenario,
    /// From a file that AWS publishes or that was generated from its API.
    Primary,
    /// Computed from primary figures.
    Derived,
    /// Republished by others from AWS's price list.
    Secondary,
    /// A third party's transcription, old or undated.
    Tertiary,
    /// From general knowledge.
    Unsourced,
}

impl Sureness {
    /// The name in `cost.csv`.
    pub const fn name(self) -> &'static str {
        match self {
            Sureness::Scenario => "scenario",
            Sureness::Primary => "primary",
            Sureness::Derived => "derived",
            Sureness::Secondary => "secondary",
            Sureness::Tertiary => "tertiary",
            Sureness::Unsourced => "unsourced",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [
            Sureness::Primary,
            Sureness::Derived,
            Sureness::Secondary,
            Sureness::Tertiary,
            Sureness::Unsourced,
        ]
        .into_iter()
        .find(|sureness| sureness.name() == name)
    }
}

/// How a price came to be the one of this region.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Basis {
    /// Listed for the region.
    Listed,
    /// Not listed: another region's price.
    OtherRegion(&'static str),
    /// Not listed: [`SPOT_PERCENT_OF_ON_DEMAND`] of the region's on-demand price.
    ShareOfOnDemand,
    /// Set by the scenario.
    Scenario,
}

/// A price with what is known about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Price {
    /// Of one [`Item::unit`].
    pub amount: PicoUsd,
    /// The day (or year) of the figure; empty where the source has none.
    pub date: &'static str,
    /// The short name of its source: see [`source_description`].
    pub source: &'static str,
    /// How sure it is.
    pub sureness: Sureness,
    /// How it came to be this region's.
    pub basis: Basis,
}

/// A price that the region does not list, and what was taken instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PriceAssumption {
    /// The region that was asked for.
    pub region: String,
    /// The item that it does not list.
    pub item: Item,
    /// What was taken.
    pub price: Price,
}

impl fmt::Display for PriceAssumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (item, region) = (self.item, &self.region);
        write!(f, "no price of {} is known for {region}: ", item.name())?;
        match self.price.basis {
            Basis::OtherRegion(other) => write!(f, "that of {other} was taken")?,
            Basis::ShareOfOnDemand => {
                write!(f, "{SPOT_PERCENT_OF_ON_DEMAND} % of on-demand was taken")?
            }
            Basis::Listed | Basis::Scenario => write!(f, "this one was taken")?,
        }
        write!(f, " ({} USD per {})", self.price.amount.usd(), item.unit())
    }
}

/// Strict prices were asked for, and these are not listed for the region.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error(
    "no price is known for {region} of: {}; set them under world.prices, or leave out \
     --strict-prices",
    names(items)
)]
pub struct MissingPrices {
    /// The region that was asked for.
    pub region: String,
    /// What it does not list.
    pub items: Vec<Item>,
}

/// The price of every item in one region.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PriceBook {
    region: String,
    prices: Vec<Price>,
    /// What negotiated discounts leave of the price of an item, millionths.
    kept: Vec<(Item, i128)>,
    instances: InstanceRates,
    surcharges: Surcharges,
    commitments: Vec<Commitment>,
    /// The prices that hold from a time on, in order of time.
    later: Vec<(SimTime, PriceBook)>,
}

impl PriceBook {
    /// The prices of `region`, and the assumptions where it lists none; a region that no table
    /// knows is all assumptions.
    pub fn for_region(region: &str) -> (PriceBook, Vec<PriceAssumption>) {
        let listed = listed_prices(region);
        let fallback = listed_prices(FALLBACK_REGION);
        let prices = Item::ALL
            .iter()
            .map(|item| price_or_fallback(*item, &listed, &fallback))
            .collect();
        let region = region.to_owned();
        let instances = InstanceRates::default();
        let book = PriceBook {
            region,
            prices,
            kept: Vec::new(),
            instances,
            surcharges: Surcharges::default(),
            commitments: Vec::new(),
            later: Vec::new(),
        };
        let assumptions = book.assumptions(Item::ALL);
        (book, assumptions)
    }

    /// The region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The price of `item`.
    pub fn price(&self, item: Item) -> &Price {
        &self.prices[item.index()]
    }

    /// Sets the price of `item`, in US dollars a unit: the scenario's own figure, so no assumption
    /// any more. A negative figure or NaN is taken as zero; the loader refuses both.
    pub fn override_price(&mut self, item: Item, usd: f64) {
        self.prices[item.index()] = Price {
            amount: PicoUsd::from_usd(usd.max(0.0)),
            date: "",
            source: "scenario",
            sureness: Sureness::Scenario,
            basis: Basis::Scenario,
        };
    }

    /// Takes `percent` off the price of `item`, keeping what is known about it: a negotiated
    /// discount.
    pub fn discount(&mut self, item: Item, percent: f64) {
        let kept_ppm = ((100.0 - percent) * 1e4).clamp(0.0, 1e6).round() as i128;
        self.kept.push((item, kept_ppm));
        let price = &mut self.prices[item.index()];
        price.amount = PicoUsd((price.amount.0 * kept_ppm + 500_000).div_euclid(1_000_000));
    }

    /// What was assumed about the prices of `items`.
    pub fn assumptions(&self, items: &[Item]) -> Vec<PriceAssumption> {
        let assumed = |item: &&Item| {
            matches!(
                self.price(**item).basis,
                Basis::OtherRegion(_) | Basis::ShareOfOnDemand
            )
        };
        items
            .iter()
            .filter(assumed)
            .map(|item| PriceAssumption {
                region: self.region.clone(),
                item: *item,
                price: *self.price(*item),
            })
            .collect()
    }

    /// Strict prices: refuses if any of `items` (those that a bill uses) is not listed for the
    /// region.
    pub fn require_listed(&self, items: &[Item]) -> Result<(), MissingPrices> {
        let items: Vec<Item> = self
            .assumptions(items)
            .into_iter()
            .map(|assumption| assumption.item)
            .collect();
        if items.is_empty() {
            return Ok(());
        }
        let region = self.region.clone();
        Err(MissingPrices { region, items })
    }
}

/// The short names of all sources, in the order of their table.
pub fn sources() -> impl Iterator<Item = &'static str> {
    rows(SOURCES).map(|row| row[0])
}

/// Where a figure with this source name was found, and when.
pub fn source_description(source: &str) -> Option<String> {
    rows(SOURCES)
        .find(|row| row.first() == Some(&source))
        .map(|row| format!("{} ({}, {})", row[1], row[2], row[3]))
}

/// The prices listed for `region`, by item; a row of region `all` is listed everywhere.
fn listed_prices(region: &str) -> Vec<Option<Price>> {
    let mut listed = vec![None; Item::ALL.len()];
    for row in rows(FARGATE_PRICES).filter(|row| row[0] == region) {
        for (item, usd) in fargate_items(&row) {
            // Both capacities name the ephemeral storage; FARGATE's row is the surer one.
            let price = listed_price(usd, row[7], row[8], row[9]);
            let slot: &mut Option<Price> = &mut listed[item.index()];
            if slot.is_none_or(|known| price.sureness < known.sureness) {
                *slot = Some(price);
            }
        }
    }
    for row in rows(OTHER_PRICES).filter(|row| row[1] == region || row[1] == "all") {
        let item = Item::from_name(row[0]).expect("a test holds the table to the items");
        listed[item.index()] = Some(listed_price(row[2], row[3], row[4], row[5]));
    }
    listed
}

fn price_or_fallback(item: Item, listed: &[Option<Price>], fallback: &[Option<Price>]) -> Price {
    if let Some(price) = listed[item.index()] {
        return price;
    }
    if let Some(on_demand) = item.on_demand() {
        // The region's own on-demand price says more of its Spot price than another region's Spot
        // price.
        let base = price_or_fallback(on_demand, listed, fallback);
        return Price {
            amount: PicoUsd(base.amount.0 * SPOT_PERCENT_OF_ON_DEMAND / 100),
            basis: Basis::ShareOfOnDemand,
            sureness: Sureness::Unsourced,
            ..base
        };
    }
    match fallback[item.index()] {
        Some(price) => Price {
            basis: Basis::OtherRegion(FALLBACK_REGION),
            ..price
        },
        None => first_listed(item),
    }
}

/// For the few items that the fallback region lacks too (Cloud Map): the first region that has it.
fn first_listed(item: Item) -> Price {
    rows(OTHER_PRICES)
        .find(|row| row[0] == item.name())
        .map(|row| Price {
            basis: Basis::OtherRegion(row[1]),
            ..listed_price(row[2], row[3], row[4], row[5])
        })
        .expect("a test holds that every item is listed somewhere")
}

/// The items that one row of Fargate's table prices.
fn fargate_items<'a>(row: &[&'a str]) -> Vec<(Item, &'a str)> {
    let (vcpu, gb) = match (row[1], row[2]) {
        ("x86", "FARGATE") => (Item::FargateVcpuHourX86, Item::FargateGbHourX86),
        ("arm", "FARGATE") => (Item::FargateVcpuHourArm, Item::FargateGbHourArm),
        ("windows", "FARGATE") => (Item::FargateVcpuHourWindows, Item::FargateGbHourWindows),
        ("x86", "FARGATE_SPOT") => (Item::FargateSpotVcpuHourX86, Item::FargateSpotGbHourX86),
        ("arm", "FARGATE_SPOT") => (Item::FargateSpotVcpuHourArm, Item::FargateSpotGbHourArm),
        other => unreachable!("a test reads every row of the table: {other:?}"),
    };
    let mut items = vec![
        (vcpu, row[3]),
        (gb, row[4]),
        (Item::FargateEphemeralGbHour, row[6]),
    ];
    if !row[5].is_empty() {
        items.push((Item::FargateWindowsLicenceVcpuHour, row[5]));
    }
    items
}

fn listed_price(
    usd: &'static str,
    date: &'static str,
    source: &'static str,
    sureness: &'static str,
) -> Price {
    Price {
        amount: PicoUsd::from_usd(usd.parse().expect("a test parses every price")),
        date,
        source,
        sureness: Sureness::from_name(sureness).expect("a test reads every sureness"),
        basis: Basis::Listed,
    }
}

/// The rows of an embedded table without its header. The price tables have no quoted fields (a test
/// holds it); the table of sources has quotes around whole fields only.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().skip(1).map(|line| {
        let mut fields = Vec::new();
        let mut rest = line;
        loop {
            let (field, after) = match rest.strip_prefix('"').and_then(|r| r.split_once('"')) {
                Some((field, after)) => (field, after.strip_prefix(',')),
                None => match rest.split_once(',') {
                    Some((field, after)) => (field, Some(after)),
                    None => (rest, None),
                },
            };
            fields.push(field);
            match after {
                Some(after) => rest = after,
                None => return fields,
            }
        }
    })
}

fn names(items: &[Item]) -> String {
    let names: Vec<&str> = items.iter().map(|item| item.name()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::regions::REGIONS;

    fn check(region: &str, item: Item, pico_usd: i128, sureness: Sureness, basis: Basis) {
        let (book, _) = PriceBook::for_region(region);
        let price = book.price(item);
        assert_eq!(price.amount, PicoUsd(pico_usd), "{region} {}", item.name());
        assert_eq!(price.sureness, sureness, "{region} {}", item.name());
        assert_eq!(price.basis, basis, "{region} {}", item.name());
    }

    #[test]
    fn listed_prices_are_those_of_the_reference() {
        use Sureness::*;
        let listed = Basis::Listed;
        let us = "us-east-1";
        // AWS Fargate pricing, us-east-1
        check(
            us,
            Item::FargateVcpuHourX86,
            40_480_000_000,
            Primary,
            listed,
        );
        check(us, Item::FargateGbHourX86, 4_445_000_000, Primary, listed);
        check(
            us,
            Item::FargateVcpuHourArm,
            32_380_000_000,
            Primary,
            listed,
        );
        check(us, Item::FargateGbHourArm, 3_560_000_000, Primary, listed);
        check(
            us,
            Item::FargateEphemeralGbHour,
            111_000_000,
            Primary,
            listed,
        );
        check(
            us,
            Item::FargateWindowsLicenceVcpuHour,
            46_000_000_000,
            Primary,
            listed,
        );
        // Elastic Load Balancing pricing
        check(us, Item::AlbHour, 22_500_000_000, Secondary, listed);
        check(us, Item::AlbLcuHour, 8_000_000_000, Secondary, listed);
        // Spot of January 2021 is not primary; of São Paulo's two figures the surer one of 2025
        // counts.
        check(
            us,
            Item::FargateSpotVcpuHourX86,
            12_643_550_000,
            Tertiary,
            listed,
        );
        let sao_paulo = 23_370_320_000;
        check(
            "sa-east-1",
            Item::FargateSpotVcpuHourX86,
            sao_paulo,
            Secondary,
            listed,
        );
    }

    #[test]
    fn a_missing_price_is_us_east_1s_or_a_share_of_on_demand() {
        use Sureness::*;
        let other = Basis::OtherRegion("us-east-1");
        check(
            "eu-central-1",
            Item::AlbHour,
            22_500_000_000,
            Secondary,
            other,
        );
        // 0.35 x 0.03238 USD
        let spot_arm = Item::FargateSpotVcpuHourArm;
        check(
            "us-east-1",
            spot_arm,
            11_333_000_000,
            Unsourced,
            Basis::ShareOfOnDemand,
        );
        // Nothing is known of this region at all: 0.35 x us-east-1's 0.04048 USD.
        let spot_x86 = Item::FargateSpotVcpuHourX86;
        check(
            "xx-new-1",
            spot_x86,
            14_168_000_000,
            Unsourced,
            Basis::ShareOfOnDemand,
        );
        let anywhere = Basis::OtherRegion("ap-southeast-5");
        let calls = Item::CloudMapDiscoverInstances;
        check("us-east-1", calls, 1_000_000_000_000, Secondary, anywhere);
    }

    #[test]
    fn assumptions_are_listed_and_strict_prices_refuse_them() {
        let (mut book, assumptions) = PriceBook::for_region("eu-central-1");
        let spot_arm = Item::FargateSpotVcpuHourArm;
        let said = assumptions.iter().find(|said| said.item == spot_arm);
        assert_eq!(
            said.unwrap().to_string(),
            "no price of fargate_spot_vcpu_hour_arm is known for eu-central-1: 35 % of \
             on-demand was taken (0.0130375 USD per vCPU-hour)"
        );
        let used = [Item::FargateVcpuHourX86, Item::AlbHour, spot_arm];
        assert_eq!(
            book.require_listed(&used).unwrap_err().to_string(),
            "no price is known for eu-central-1 of: alb_hour, fargate_spot_vcpu_hour_arm; set \
             them under world.prices, or leave out --strict-prices"
        );
        book.override_price(Item::AlbHour, 0.027);
        book.override_price(spot_arm, 0.013);
        assert_eq!(book.require_listed(&used), Ok(()));
        assert_eq!(book.price(Item::AlbHour).sureness, Sureness::Scenario);
    }

    #[test]
    fn a_discount_keeps_the_source() {
        let (mut book, _) = PriceBook::for_region("us-east-1");
        book.discount(Item::FargateVcpuHourX86, 27.0);
        let price = book.price(Item::FargateVcpuHourX86);
        assert_eq!(price.amount, PicoUsd(29_550_400_000));
        assert_eq!(price.source, "aws-price");
    }

    #[test]
    fn the_tables_hold_what_the_loader_expects() {
        assert!(!FARGATE_PRICES.contains('"') && !OTHER_PRICES.contains('"'));
        for row in rows(OTHER_PRICES) {
            assert_eq!(row.len(), 6);
            assert!(Item::from_name(row[0]).is_some(), "{row:?}");
            assert!(
                row[4] == "none" || source_description(row[4]).is_some(),
                "{row:?}"
            );
        }
        for row in rows(FARGATE_PRICES) {
            assert_eq!(row.len(), 10);
            assert!(source_description(row[8]).is_some(), "{row:?}");
        }
        for region in REGIONS {
            let (book, _) = PriceBook::for_region(region.name);
            for item in Item::ALL {
                assert!(
                    0 < book.price(*item).amount.0,
                    "{} {}",
                    region.name,
                    item.name()
                );
            }
        }
    }

    #[test]
    fn every_region_of_the_table_has_its_own_fargate_price_and_the_other_way_round() {
        for region in REGIONS {
            let (book, _) = PriceBook::for_region(region.name);
            assert_eq!(book.price(Item::FargateVcpuHourX86).basis, Basis::Listed);
        }
        for row in rows(FARGATE_PRICES) {
            assert!(
                REGIONS.iter().any(|region| region.name == row[0]),
                "{row:?}"
            );
        }
    }
}
