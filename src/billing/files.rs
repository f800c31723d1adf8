//! The bill as files: `cost.csv`, and its part of `summary.json`.

use std::io;

use serde::Serialize;

use super::bill::Bill;
use super::charge::Charge;
use super::commitments::CommitmentUse;
use super::money::{decimal, price_text, usd_text};
use super::subtotals::Subtotal;
use super::waste::sidecars_by_owner;
use crate::catalog::prices::{Price, PriceBook, source_description};
use crate::units::MicroUsd;

const HEADER: [&str; 12] = [
    "owner_kind",
    "owner",
    "provider",
    "item",
    "quantity",
    "unit",
    "price_usd",
    "price_date",
    "price_source",
    "price_sureness",
    "cost_usd",
    "cost_usd_per_month",
];

/// The bill's part of `summary.json`; amounts are US dollars.
#[derive(Clone, PartialEq, Debug, Serialize)]

pub struct CostSummary {
    /// The region whose prices these are.
    pub region: String,
    /// The length of the reported part in hours.
    pub reported_hours: f64,
    /// The run's cost.
    pub total_usd: f64,
    /// The cost of a month of such runs.
    pub total_usd_per_month: f64,
    /// By service, job, load balancer, cluster.
    pub by_owner: Vec<SubtotalSummary>,
    /// By capacity provider.
    pub by_provider: Vec<SubtotalSummary>,
    /// By item, with its price.
    pub by_item: Vec<ItemSummary>,
    /// What bought nothing, by class: parts of the total, not to be added to it nor to each other.
    pub waste: Vec<SubtotalSummary>,
    /// What containers beside the code reserve, by service and job: a part of the total, left out
    /// without any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sidecars: Vec<SubtotalSummary>,
    /// Savings Plans and Reserved Instances; left out without any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commitments: Vec<CommitmentUse>,
    /// Prices of the bill that changed; left out without any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub price_changes: Vec<PriceChangeSummary>,
    /// What was assumed about prices and amounts.
    pub assumptions: Vec<String>,
}

/// A price that changed in the run.
#[derive(Clone, PartialEq, Debug, Serialize)]

pub struct PriceChangeSummary {
    /// The item's name.
    pub item: String,
    /// Hours after the start of the run.
    pub after_hours: f64,
    /// The price of a unit until then.
    pub price_usd_before: f64,
    /// The price of a unit from then on.
    pub price_usd: f64,
}

/// A sum of the bill.
#[derive(Clone, PartialEq, Debug, Serialize)]

pub struct SubtotalSummary {
    /// What kind of thing it is the sum of.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The run's cost.
    pub usd: f64,
    /// The cost of a month of such runs.
    pub usd_per_month: f64,
}

/// The sum of an item, and the price behind it.
#[derive(Clone, PartialEq, Debug, Serialize)]

pub struct ItemSummary {
    /// The item's name.
    pub item: String,
    /// The run's cost.
    pub usd: f64,
    /// The cost of a month of such runs.
    pub usd_per_month: f64,
    /// The price of a unit.
    pub price_usd: f64,
    /// The unit.
    pub unit: String,
    /// The date of the price; empty where its source has none.
    pub price_date: String,
    /// Where the price was found.
    pub price_source: String,
    /// How sure the price is.
    pub price_sureness: String,
}

impl CostSummary {
    /// The summary of a bill made with `prices`.
    pub fn of(bill: &Bill, prices: &PriceBook) -> Self {
        let waste = bill.waste_by_class().into_iter().map(|sum| {
            let name = sum.class.name().to_owned();
            subtotal_summary("waste", name, sum.cost, sum.cost_month)
        });
        CostSummary {
            region: prices.region().to_owned(),
            reported_hours: bill.reported.as_secs_f64() / 3_600.0,
            total_usd: bill.total.usd(),
            total_usd_per_month: bill.total_month.usd(),
            by_owner: summaries(bill.by_owner()),
            by_provider: summaries(bill.by_provider()),
            by_item: item_summaries(bill),
            waste: waste.collect(),
            sidecars: summaries(sidecars_by_owner(bill)),
            commitments: bill.commitments.clone(),
            price_changes: price_changes(bill, prices),
            assumptions: bill.assumptions.clone(),
        }
    }
}

/// Writes the lines of the bill; waste is no part of it.
pub fn write_cost_csv<W: io::Write>(bill: &Bill, out: W) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(HEADER)?;
    for line in &bill.lines {
        let Price {
            date,
            source,
            sureness,
            ..
        } = line.price;
        writer.write_record([
            line.owner_kind,
            &line.owner_name,
            &line.provider_name,
            line.item.name(),
            &decimal(line.quantity, line.base_units),
            line.item.unit(),
            &price_text(line.price.amount),
            date,
            source,
            sureness.name(),
            &usd_text(line.cost),
            &usd_text(line.cost_month),
        ])?;
    }
    writer.flush()?;
    Ok(())
}

fn item_summaries(bill: &Bill) -> Vec<ItemSummary> {
    let summary = |sum: Subtotal| {
        let line = bill
            .lines
            .iter()
            .find(|line| line.item.name() == sum.name)?;
        let source = line.price.source;
        Some(ItemSummary {
            item: sum.name,
            usd: sum.cost.usd(),
            usd_per_month: sum.cost_month.usd(),
            price_usd: line.price.amount.usd(),
            unit: line.item.unit().to_owned(),
            price_date: line.price.date.to_owned(),
            price_source: source_description(source).unwrap_or_else(|| source.to_owned()),
            price_sureness: line.price.sureness.name().to_owned(),
        })
    };
    bill.by_item().into_iter().filter_map(summary).collect()
}

/// The changes of what stands on the bill, in the order of its items, then of time.
fn price_changes(bill: &Bill, prices: &PriceBook) -> Vec<PriceChangeSummary> {
    let times = prices.change_times();
    let mut charges: Vec<Charge> = bill.lines.iter().map(|line| line.item).collect();
    charges.sort_unstable();
    charges.dedup();
    let mut changes = Vec::new();
    for charge in charges {
        for (count, at) in times.iter().enumerate() {
            let price = |count| charge.price(prices.after_changes(count)).amount.usd();
            let (before, now) = (price(count), price(count + 1));
            let is_reported = bill.from <= *at && *at < bill.from + bill.reported;
            if before != now && is_reported {
                changes.push(PriceChangeSummary {
                    item: charge.name().to_owned(),
                    after_hours: at.as_micros() as f64 / 3.6e9,
                    price_usd_before: before,
                    price_usd: now,
                });
            }
        }
    }
    changes
}

fn summaries(sums: Vec<Subtotal>) -> Vec<SubtotalSummary> {
    sums.into_iter()
        .map(|sum| subtotal_summary(sum.kind, sum.name, sum.cost, sum.cost_month))
        .collect()
}

fn subtotal_summary(kind: &str, name: String, cost: MicroUsd, month: MicroUsd) -> SubtotalSummary {
    SubtotalSummary {
        kind: kind.to_owned(),
        name,
        usd: cost.usd(),
        usd_per_month: month.usd(),
    }
}
