//! Means with their intervals: what a few replications say about all that could have been drawn.
//!
//! Sources: Student's interval of a mean and the paired one of a difference: Law, Simulation
//! Modeling and Analysis, ch. 9 and 10. Wilson's interval of a share: Wilson 1927 (JASA 22).
//! The incomplete beta function: its continued fraction, DLMF 8.17.22.

use serde::Serialize;

/// The confidence of every interval: each interval by itself, not all of them at once.
pub const CONFIDENCE: f64 = 0.95;
/// The standard normal quantile of 0.975, for [`wilson`].
const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;
/// Terms of a continued fraction; a few dozen suffice for all degrees of freedom up to 1e6.
const TERMS_MAX: usize = 10_000;

/// The mean of some runs' values with the half-width of its 95 % interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct MeanInterval {
    /// How many values.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Half of the interval's width; `null` for a single value, which says nothing of its spread.
    pub half_width: Option<f64>,
}

/// The mean difference of two cells whose runs were paired by replication.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct PairedDifference {
    /// How many pairs.
    pub count: usize,
    /// The mean difference.
    pub mean: f64,
    /// Half of the 95 % interval's width; `null` for a single pair.
    pub half_width: Option<f64>,
    /// The variance of a difference of unpaired runs over that of the paired ones: how many times
    /// as many runs it would take without common random numbers. `null` where the paired
    /// differences do not vary.
    pub variance_ratio: Option<f64>,
}

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

/// The mean of `values` with Student's interval; `None` without values.
pub fn mean_interval(values: &[f64]) -> Option<MeanInterval> {
    let mean = mean(values)?;
    Some(MeanInterval {
        count: values.len(),
        mean,
        half_width: variance(values).map(|variance| half_width(variance, values.len())),
    })
}

/// The mean of `first − second` over pairs, with the paired interval; `None` without pairs.
pub fn paired_difference(pairs: &[(f64, f64)]) -> Option<PairedDifference> {
    let differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
    let (firsts, seconds): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let interval = mean_interval(&differences)?;
    let paired = variance(&differences).filter(|paired| 0.0 < *paired);
    let unpaired = variance(&firsts).zip(variance(&seconds));
    Some(PairedDifference {
        count: interval.count,
        mean: interval.mean,
        half_width: interval.half_width,
        variance_ratio: paired
            .zip(unpaired)
            .map(|(paired, (a, b))| (a + b) / paired),
    })
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

/// The quantile of Student's t distribution at `probability`, for `degrees` of freedom.
pub fn student_t_quantile(probability: f64, degrees: f64) -> f64 {
    assert!(
        0.0 < probability && probability < 1.0,
        "a quantile is between 0 and 1, both open"
    );
    assert!(0.0 < degrees, "there are degrees of freedom");
    if probability < 0.5 {
        return -student_t_quantile(1.0 - probability, degrees);
    }
    let tail = 1.0 - probability;
    let (mut low, mut high) = (0.0, 1.0);
    while tail < student_t_tail(high, degrees) {
        low = high;
        high *= 2.0;
    }
    // Halved until no number is left between: the same steps, and bits, on every machine.
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || high <= middle {
            return middle;
        }
        if tail < student_t_tail(middle, degrees) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The probability that Student's t exceeds `t`, for `0 <= t`.
fn student_t_tail(t: f64, degrees: f64) -> f64 {
    let whole = degrees + t * t;
    0.5 * incomplete_beta(degrees / 2.0, 0.5, degrees / whole, t * t / whole)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The sample variance, in two passes; `None` below two values.
fn variance(values: &[f64]) -> Option<f64> {
    let mean = mean(values).filter(|_| 2 <= values.len())?;
    // Values that are all the same vary by nothing, whatever their mean was rounded to.
    if values.windows(2).all(|pair| pair[0] == pair[1]) {
        return Some(0.0);
    }
    let squares = values.iter().map(|value| (value - mean) * (value - mean));
    Some(squares.sum::<f64>() / (values.len() - 1) as f64)
}

fn half_width(variance: f64, count: usize) -> f64 {
    let quantile = student_t_quantile(0.5 + CONFIDENCE / 2.0, (count - 1) as f64);
    quantile * libm::sqrt(variance / count as f64)
}

/// The regularized incomplete beta function I_x(a, b), with `rest` = 1 − x: close to 1 the
/// difference would have lost the digits that the result lives on.
fn incomplete_beta(a: f64, b: f64, x: f64, rest: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if rest <= 0.0 {
        return 1.0;
    }
    let log_rest = if x < 0.5 {
        libm::log1p(-x)
    } else {
        libm::log(rest)
    };
    let log_front =
        libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * log_rest;
    let front = libm::exp(log_front);
    // The fraction converges fast below the mean; above it, the mirrored one does.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, rest) / b
    }
}

/// The continued fraction of the incomplete beta function, by Lentz's method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let sound = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut numerators = 1.0;
    let mut denominators = 1.0 / sound(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = denominators;
    for term in 1..TERMS_MAX {
        let m = term as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        denominators = 1.0 / sound(1.0 + even * denominators);
        numerators = sound(1.0 + even / numerators);
        fraction *= denominators * numerators;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        denominators = 1.0 / sound(1.0 + odd * denominators);
        numerators = sound(1.0 + odd / numerators);
        let step = denominators * numerators;
        fraction *= step;
        if (step - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, Normal};
    use rand_xoshiro::Xoshiro256PlusPlus;

    /// NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2 (three decimals), with more
    /// digits from the closed forms: 1 degree tan(π(p − 1/2)), 2 degrees (2p − 1)/√(2p(1 − p)).
    #[test]
    fn students_quantiles_are_those_of_the_tables() {
        for (probability, degrees, expected, within) in [
            (0.975, 1.0, 12.706_204_736_174_7, 1e-10),
            (0.975, 2.0, 4.302_652_729_749_46, 1e-11),
            (0.95, 1.0, 6.313_751_514_675_04, 1e-11),
            (0.975, 9.0, 2.262_157, 5e-7),
            (0.975, 4.0, 2.776, 5e-4),
            (0.975, 19.0, 2.093, 5e-4),
            (0.995, 10.0, 3.169, 5e-4),
            (0.975, 100.0, 1.984, 5e-4),
            (0.975, 1e6, 1.959_966, 5e-6),
            (0.5, 7.0, 0.0, 1e-12),
            (0.025, 9.0, -2.262_157, 5e-7),
        ] {
            let found = student_t_quantile(probability, degrees);
            assert!(
                (found - expected).abs() <= within,
                "t({degrees}, {probability}) = {found}"
            );
        }
    }

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

    /// The mean of 1, 2, 3 is 2, s = 1, t(2, 0.975) = 4.302653: half-width 4.302653/√3 = 2.484138.
    #[test]
    fn a_mean_carries_students_interval() {
        let found = mean_interval(&[1.0, 2.0, 3.0]).unwrap();
        assert_eq!((found.count, found.mean), (3, 2.0));
        assert!((found.half_width.unwrap() - 2.484_138).abs() < 1e-6);
        assert_eq!(mean_interval(&[5.0]).unwrap().half_width, None);
        assert_eq!(mean_interval(&[]), None);
        assert_eq!(
            mean_interval(&[0.1, 0.1, 0.1]).unwrap().half_width,
            Some(0.0)
        );
    }

    /// Pairs (11, 1), (22, 2), (33, 3): variances 121 and 1, differences 10, 20, 30 with variance
    /// 100, so that 122 unpaired to 100 paired.
    #[test]
    fn pairing_is_measured_by_the_variances() {
        let found = paired_difference(&[(11.0, 1.0), (22.0, 2.0), (33.0, 3.0)]).unwrap();
        assert_eq!((found.count, found.mean), (3, 20.0));
        assert!((found.variance_ratio.unwrap() - 1.22).abs() < 1e-12);
        assert!((found.half_width.unwrap() - 24.841_38).abs() < 1e-5);
        let same = paired_difference(&[(3.0, 3.0), (4.0, 4.0)]).unwrap();
        assert_eq!((same.half_width, same.variance_ratio), (Some(0.0), None));
    }

    /// 2,000 experiments of 10 normal values: 95 % are 1,900; the binomial 99.9 % range is ±32.
    #[test]
    fn intervals_hold_the_true_mean_as_often_as_they_say() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(17);
        let normal = Normal::new(100.0, 15.0).unwrap();
        let holds = |_: &usize| {
            let values: Vec<f64> = (0..10).map(|_| normal.sample(&mut rng)).collect();
            let interval = mean_interval(&values).unwrap();
            (interval.mean - 100.0).abs() <= interval.half_width.unwrap()
        };
        let held = (0..2_000).filter(holds).count();
        assert!((1_868..=1_932).contains(&held), "{held} of 2,000");
    }

    proptest! {
        /// The quantile undoes the distribution, and more confidence is never narrower.
        #[test]
        fn the_quantile_undoes_the_tail(probability in 0.5f64..0.999_9, degrees in 1u32..500) {
            let degrees = f64::from(degrees);
            let t = student_t_quantile(probability, degrees);
            prop_assert!((student_t_tail(t, degrees) - (1.0 - probability)).abs() < 1e-12);
            prop_assert!(t <= student_t_quantile(probability + 5e-5, degrees));
        }

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
