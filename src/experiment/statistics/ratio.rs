//! Ratios of two sums over replications: failed requests of all requests, USD a million requests.
//!
//! A mean of each run's ratio weighs a quiet run like a busy one and is biased; the ratio of means
//! is what a long time would show. Source of its interval: the jackknife, Law, Simulation Modeling
//! and Analysis, ch. 9 (Iglehart 1975; Efron 1982, The Jackknife, the Bootstrap and Other
//! Resampling Plans).

/// The jackknife's pseudo-values of the ratio of the sum of the firsts to the sum of the seconds:
/// with each pair left out in turn, θᵢ = n·θ − (n−1)·θ₍₋ᵢ₎. Their mean is the estimate, and
/// [`super::mean_interval`] and [`super::paired_difference`] take them as if they were independent
/// values. `None` where the seconds (or all of them but one) add up to nothing.
pub fn pseudo_values(pairs: &[(f64, f64)]) -> Option<Vec<f64>> {
    let count = pairs.len();
    let of = |(above, below): (f64, f64)| (0.0 < below).then(|| above / below);
    let add = |a: (f64, f64), b: (f64, f64)| (a.0 + b.0, a.1 + b.1);
    // Added up anew without each pair: a difference of sums would leave crumbs where a pair is all
    // there is.
    let prefix = running(pairs.iter());
    let suffix = running(pairs.iter().rev());
    let ratio = of(prefix[count])?;
    if count == 1 {
        return Some(vec![ratio]);
    }
    let n = count as f64;
    let left_out = |index: usize| {
        let rest = add(prefix[index], suffix[count - 1 - index]);
        Some(n * ratio - (n - 1.0) * of(rest)?)
    };
    (0..count).map(left_out).collect()
}

/// Sums of the first 0, 1, 2, … pairs.
fn running<'a>(pairs: impl Iterator<Item = &'a (f64, f64)>) -> Vec<(f64, f64)> {
    let mut sum = (0.0, 0.0);
    let sums = pairs.map(|pair| {
        sum = (sum.0 + pair.0, sum.1 + pair.1);
        sum
    });
    std::iter::once((0.0, 0.0)).chain(sums).collect()
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::super::mean::{MeanInterval, mean_interval};
    use super::*;

    fn interval(pairs: &[(f64, f64)]) -> Option<MeanInterval> {
        mean_interval(&pseudo_values(pairs)?)
    }

    /// (1, 10), (2, 10), (6, 20): 9/40 = 0.225; without each: 8/30, 7/30, 3/20. Pseudo-values
    /// 0.675 − 2·θ: 0.141667, 0.208333, 0.375; mean 0.241667, s = 0.120185, t = 4.302653.
    #[test]
    fn a_ratio_is_the_jackknifes() {
        let found = interval(&[(1.0, 10.0), (2.0, 10.0), (6.0, 20.0)]).unwrap();
        assert!((found.mean - 0.241_666_667).abs() < 1e-9, "{found:?}");
        assert!(
            (found.half_width.unwrap() - 0.298_556).abs() < 1e-5,
            "{found:?}"
        );
        assert_eq!(interval(&[(1.0, 4.0)]).unwrap().half_width, None);
        assert_eq!(interval(&[(0.0, 0.0), (0.0, 0.0)]), None);
        assert_eq!(interval(&[(1.0, 1.0), (0.0, 0.0)]), None);
        assert_eq!(interval(&[]), None);
    }

    /// Busy runs fail more: with requests uniform on 100 to 1,900 and failures a ten-thousandth of
    /// their square the long-run ratio is E[x²]/(10⁴·E[x]) = 0.127, the mean of ratios 0.1. 2,000
    /// experiments of 30 runs: 95 % are 1,900, the binomial 99.9 % range is ±32, and the jackknife
    /// of 30 pairs may lack a per cent.
    #[test]
    fn intervals_hold_the_true_ratio_as_often_as_they_say() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let truth = (1_000.0_f64 * 1_000.0 + 1_800.0 * 1_800.0 / 12.0) / (1e4 * 1_000.0);
        let holds = |_: &usize| {
            let pairs: Vec<(f64, f64)> = (0..30)
                .map(|_| {
                    let requests = 100.0 + 1_800.0 * rng.random::<f64>();
                    (requests * requests / 1e4, requests)
                })
                .collect();
            let found = interval(&pairs).unwrap();
            (found.mean - truth).abs() <= found.half_width.unwrap()
        };
        let held = (0..2_000).filter(holds).count();
        assert!((1_848..=1_932).contains(&held), "{held} of 2,000");
    }
}
