//! Quantiles over replications: the month that is dearer than 95 of 100.
//!
//! Source: the distribution-free interval between two order statistics: Hahn and Meeker,
//! Statistical Intervals, ch. 5; Law, Simulation Modeling and Analysis, ch. 9.

use serde::Serialize;

use super::student::incomplete_beta;

/// A quantile of single runs with an interval between two of them.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct QuantileInterval {
    /// How many values.
    pub count: usize,
    /// Which quantile, between 0 and 1.
    pub probability: f64,
    /// The value that so large a share of runs does not pass: the order statistic of rank ⌈np⌉.
    pub value: f64,
    /// The ends of the interval; `null` where the runs are too few for one
    /// ([`runs_for_quantile`]).
    pub interval: Option<(f64, f64)>,
}

/// The quantile of `values` at `probability` with an interval that holds the true one with
/// `confidence` or more, whatever the values' distribution is; `None` without values.
///
/// The interval's ends are order statistics x(l) and x(u), as close together around the quantile
/// as P(l <= B < u) allows, B being binomial.
pub fn quantile_interval(
    values: &[f64],
    probability: f64,
    confidence: f64,
) -> Option<QuantileInterval> {
    assert!(
        0.0 < probability && probability < 1.0,
        "a quantile is between 0 and 1, both open"
    );
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len();
    let rank = rank(count, probability)?;
    let ends = ranks(count, probability, confidence);
    Some(QuantileInterval {
        count,
        probability,
        value: sorted[rank - 1],
        interval: ends.map(|(low, high)| (sorted[low - 1], sorted[high - 1])),
    })
}

/// The fewest runs that give the quantile at `probability` an interval with `confidence`: those of
/// which the extremes suffice.
pub fn runs_for_quantile(probability: f64, confidence: f64) -> usize {
    let holds = |count: usize| {
        let n = count as f64;
        confidence <= 1.0 - libm::pow(probability, n) - libm::pow(1.0 - probability, n)
    };
    (1..).find(|count| holds(*count)).unwrap_or(usize::MAX)
}

/// ⌈np⌉, from 1 on.
fn rank(count: usize, probability: f64) -> Option<usize> {
    let rank = libm::ceil(count as f64 * probability) as usize;
    (0 < count).then(|| rank.clamp(1, count))
}

/// Ranks of the two ends; they start at the quantile's own and move outwards, each time on the side
/// that wins more.
fn ranks(count: usize, probability: f64, confidence: f64) -> Option<(usize, usize)> {
    if count < runs_for_quantile(probability, confidence) {
        return None;
    }
    // P(B < k) for B binomial of `count` and `probability`.
    let below = |rank: usize| match rank {
        0 => 0.0,
        _ if count < rank => 1.0,
        _ => {
            1.0 - incomplete_beta(
                rank as f64,
                (count - rank) as f64 + 1.0,
                probability,
                1.0 - probability,
            )
        }
    };
    let held = |low: usize, high: usize| below(high) - below(low);
    let middle = rank(count, probability)?;
    let (mut low, mut high) = (middle, middle);
    while held(low, high) < confidence {
        let lower = (1 < low).then(|| held(low - 1, high));
        let higher = (high < count).then(|| held(low, high + 1));
        match (lower, higher) {
            (None, None) => return None,
            (Some(_), None) => low -= 1,
            (None, Some(_)) => high += 1,
            (Some(down), Some(up)) if up <= down => low -= 1,
            (Some(_), Some(_)) => high += 1,
        }
    }
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    /// 0.95ⁿ + 0.05ⁿ <= 0.05 first at n = 59; of the median 6 values suffice (2 · 0.5⁶ = 0.03).
    #[test]
    fn so_many_runs_give_a_quantile_an_interval() {
        assert_eq!(runs_for_quantile(0.95, 0.95), 59);
        assert_eq!(runs_for_quantile(0.5, 0.95), 6);
        assert_eq!(runs_for_quantile(0.99, 0.95), 299);
        let few: Vec<f64> = (0..58).map(f64::from).collect();
        let found = quantile_interval(&few, 0.95, 0.95).unwrap();
        assert_eq!((found.value, found.interval), (55.0, None));
        assert_eq!(quantile_interval(&[], 0.5, 0.95), None);
    }

    /// The median of 10: x(2) to x(9) hold it with 1 - 2 · 11/1024 = 97.9 %; x(2) to x(8) with
    /// 93.5 % do not suffice (Hahn and Meeker's table of medians).
    #[test]
    fn the_median_of_ten_lies_between_the_second_and_the_ninth() {
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        let found = quantile_interval(&ten, 0.5, 0.95).unwrap();
        assert_eq!((found.value, found.interval), (5.0, Some((2.0, 9.0))));
    }

    /// 4,000 experiments of 73 uniform values: at least 95 % hold the true 95th percentile, which
    /// is 3,800; the binomial 99.9 % range below is 45.
    #[test]
    fn intervals_hold_the_true_quantile_as_often_as_they_say() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(29);
        let holds = |_: &usize| {
            let values: Vec<f64> = (0..73).map(|_| rng.random::<f64>()).collect();
            let found = quantile_interval(&values, 0.95, 0.95).unwrap();
            let (low, high) = found.interval.unwrap();
            low <= 0.95 && 0.95 <= high
        };
        let held = (0..4_000).filter(holds).count();
        assert!(3_755 <= held, "{held} of 4,000");
    }
}
