//! Shares of runs with their intervals.
//!
//! Sources: Wilson 1927 (JASA 22); Clopper and Pearson 1934 (Biometrika 26).

use serde::Serialize;

use super::student::incomplete_beta;

/// The standard normal quantile of 0.975, for [`wilson`].
const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;

/// How often something held, with its 95 % interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct HeldShare {
    /// Runs in which it held.
    pub held: usize,
    /// Runs in which there was something to judge.
    pub judged: usize,
    /// The lower end of the interval of the share.
    pub low: f64,
    /// The upper end of the interval of the share.
    pub high: f64,
}

/// Wilson's interval of the share `held` of `judged`; it says something for 0 of n and n of n too.
pub fn wilson(held: usize, judged: usize) -> HeldShare {
    assert!(held <= judged, "no more can hold than were judged");
    let (low, high) = if judged == 0 {
        (0.0, 1.0)
    } else {
        let n = judged as f64;
        let share = held as f64 / n;
        let z2 = NORMAL_QUANTILE * NORMAL_QUANTILE;
        let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let spread = share * (1.0 - share) / n + z2 / (4.0 * n * n);
        let half = NORMAL_QUANTILE * libm::sqrt(spread) / (1.0 + z2 / n);
        // At the ends the formula gives 0 and 1 up to rounding.
        let low = if held == 0 {
            0.0
        } else {
            (centre - half).max(0.0)
        };
        let high = if held == judged {
            1.0
        } else {
            (centre + half).min(1.0)
        };
        (low, high)
    };
    HeldShare {
        held,
        judged,
        low,
        high,
    }
}

/// Clopper's and Pearson's bounds of a probability that was met `held` times of `judged`: at least
/// `confidence` sure whatever the probability is, so that a guarantee may rest on them. The bounds
/// are those of two tails of the same size.
pub fn clopper_pearson(held: usize, judged: usize, confidence: f64) -> (f64, f64) {
    let tail = (1.0 - confidence) / 2.0;
    let (low, high) = (
        share_at_least(held, judged, 1.0 - tail),
        1.0 - share_at_least(judged - held, judged, 1.0 - tail),
    );
    (low, high)
}

/// The largest p for which one may be `confidence` sure that a probability met `held` times of
/// `judged` is at least p (one-sided, Clopper and Pearson). Of n of n it is the n-th root of
/// 1 - confidence; of 0 it is 0.
pub fn share_at_least(held: usize, judged: usize, confidence: f64) -> f64 {
    assert!(held <= judged, "no more can hold than were judged");
    if held == 0 {
        return 0.0;
    }
    // P(at least `held` of `judged` | p) = I_p(held, judged - held + 1), which grows with p.
    let (a, b) = (held as f64, (judged - held) as f64 + 1.0);
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || high <= middle {
            return low;
        }
        if incomplete_beta(a, b, middle, 1.0 - middle) < 1.0 - confidence {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Newcombe 1998 (Statistics in Medicine 17), table I, method 3: Wilson without correction.
    #[test]
    fn wilsons_intervals_are_newcombes_examples() {
        for (held, judged, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let share = wilson(held, judged);
            assert!((share.low - low).abs() < 5e-5, "{share:?}");
            assert!((share.high - high).abs() < 5e-5, "{share:?}");
        }
        assert_eq!((wilson(0, 0).low, wilson(0, 0).high), (0.0, 1.0));
    }

    /// Clopper and Pearson's bounds are closed forms at the ends: of 0 of n the upper one is
    /// 1 - (tail)^(1/n), of n of n the lower one is tail^(1/n). 57 of 60 at 95 %: 0.8608 to 0.9896.
    #[test]
    fn bounds_of_a_probability_are_clopper_and_pearsons() {
        let (low, high) = clopper_pearson(0, 30, 0.95);
        assert_eq!(low, 0.0);
        assert!((high - (1.0 - libm::pow(0.025, 1.0 / 30.0))).abs() < 1e-12);
        let (low, high) = clopper_pearson(57, 60, 0.95);
        assert!((low - 0.8608).abs() < 5e-5, "{low}");
        assert!((high - 0.9896).abs() < 5e-5, "{high}");
        assert!((share_at_least(59, 59, 0.95) - libm::pow(0.05, 1.0 / 59.0)).abs() < 1e-12);
        assert!(0.95 < share_at_least(59, 59, 0.95) && share_at_least(58, 58, 0.95) < 0.95);
    }

    proptest! {
        /// The interval of a share holds the share and stays within 0 to 1.
        #[test]
        fn a_share_lies_in_its_own_interval(held in 0usize..200, more in 0usize..200) {
            let share = wilson(held, held + more);
            let at = if held + more == 0 { 0.5 } else { held as f64 / (held + more) as f64 };
            prop_assert!(0.0 <= share.low && share.low <= at && at <= share.high);
            prop_assert!(share.high <= 1.0);
        }
    }
}
