//! What of each hour's usage a commitment may cover: the distribution that decides how much of it
//! to buy.

use std::cmp::Reverse;

use super::commitments::{MICROS_PER_HOUR, apply_all, lengths, rate_of, usage};
use super::eras::Eras;
use super::money::mul_div;
use crate::catalog::prices::PriceBook;
use crate::observe::usage::UsageTable;

/// An hour of a run, or the part of one in which it ends.
#[derive(Clone, PartialEq, Debug)]
pub struct EligibleHour {
    /// Its length, of an hour: 1 but for the last.
    pub length: f64,
    /// What may be covered, in the order in which it is: usages of one savings percentage together.
    pub uses: Vec<EligibleUse>,
}

/// Usage of one savings percentage; there is some.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct EligibleUse {
    /// What it costs on demand, USD.
    pub on_demand_usd: f64,
    /// What it costs at the plan's rates, USD; less than on demand.
    pub at_plan_rates_usd: f64,
}

/// The hours of a run as its `at`th commitment (in the order of application) finds them: what those
/// before it have covered is gone, what those after it would cover is there. Usage that it saves
/// nothing of, or that costs nothing at its rates, is left out.
pub fn eligible_hours(table: &UsageTable, prices: &PriceBook, at: usize) -> Vec<EligibleHour> {
    let eras = Eras::of(table, prices);
    let prices = eras.prices(0);
    let reported = table.reported().as_micros();
    let mut used = usage(&eras);
    for before in 0..at {
        apply_all(&mut used, (prices, before), reported);
    }
    let commitment = &prices.commitments()[at];
    let rates: Vec<_> = (used.iter())
        .map(|it| rate_of(it, prices, commitment))
        .collect();
    let hour = |(hour, length): (usize, u64)| {
        // By savings, the most first; prices in 10⁻¹² USD.
        let mut sums: Vec<(u32, u128, u128)> = Vec::new();
        for (it, rate) in used.iter().zip(&rates) {
            let left = it.left.get(hour).copied().unwrap_or(0);
            let Some((rate, savings)) = rate.filter(|_| 0 < left) else {
                continue;
            };
            let cost =
                |amount: i128| mul_div(left, u128::try_from(amount).unwrap_or(0), it.base_units);
            let (on_demand, at_rates) = (cost(it.on_demand.0), cost(rate.0));
            if at_rates == 0 || on_demand <= at_rates {
                continue;
            }
            match sums.iter_mut().find(|sum| sum.0 == savings) {
                Some(sum) => {
                    sum.1 += on_demand;
                    sum.2 += at_rates;
                }
                None => sums.push((savings, on_demand, at_rates)),
            }
        }
        sums.sort_by_key(|sum| Reverse(sum.0));
        let usd = |pico: u128| pico as f64 / 1e12;
        let uses = sums
            .into_iter()
            .map(|(_, on_demand, at_rates)| EligibleUse {
                on_demand_usd: usd(on_demand),
                at_plan_rates_usd: usd(at_rates),
            });
        EligibleHour {
            length: length as f64 / MICROS_PER_HOUR as f64,
            uses: uses.collect(),
        }
    };
    lengths(reported).enumerate().map(hour).collect()
}
