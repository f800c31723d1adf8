//! Means with their intervals, and differences of paired runs.
//!
//! Sources: Student's interval of a mean and the paired one of a difference: Law, Simulation
//! Modeling and Analysis, ch. 9 and 10.

use serde::Serialize;

use super::CONFIDENCE;
use super::student::{student_t_quantile, student_t_tail};

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
    /// The two-sided p-value of "there is no difference", of this statement by itself (see
    /// [`super::holm`] for several); `null` for a single pair.
    pub p_value: Option<f64>,
}

/// The mean of `values` with Student's interval; `None` without values.
pub fn mean_interval(values: &[f64]) -> Option<MeanInterval> {
    mean_interval_at(values, CONFIDENCE)
}

/// The mean of `values` with Student's interval at `confidence`; `None` without values.
pub fn mean_interval_at(values: &[f64], confidence: f64) -> Option<MeanInterval> {
    let mean = mean(values)?;
    let half_width = |variance| half_width(variance, values.len(), confidence);
    Some(MeanInterval {
        count: values.len(),
        mean,
        half_width: variance(values).map(half_width),
    })
}

/// The mean of `first − second` over pairs, with the paired interval; `None` without pairs.
pub fn paired_difference(pairs: &[(f64, f64)]) -> Option<PairedDifference> {
    let differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
    let (firsts, seconds): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let interval = mean_interval(&differences)?;
    let spread = variance(&differences);
    let paired = spread.filter(|paired| 0.0 < *paired);
    let unpaired = variance(&firsts).zip(variance(&seconds));
    Some(PairedDifference {
        count: interval.count,
        mean: interval.mean,
        half_width: interval.half_width,
        variance_ratio: paired
            .zip(unpaired)
            .map(|(paired, (a, b))| (a + b) / paired),
        p_value: spread.map(|spread| p_value(interval.mean, spread, interval.count)),
    })
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

/// The probability of a mean of `count` values as far from 0 as theirs if the true one is 0, by
/// Student's t; differences that are all the same are 0 or they are not.
fn p_value(mean: f64, variance: f64, count: usize) -> f64 {
    if variance == 0.0 {
        return if mean == 0.0 { 1.0 } else { 0.0 };
    }
    let t = mean.abs() / libm::sqrt(variance / count as f64);
    2.0 * student_t_tail(t, (count - 1) as f64)
}

fn half_width(variance: f64, count: usize, confidence: f64) -> f64 {
    let quantile = student_t_quantile(0.5 + confidence / 2.0, (count - 1) as f64);
    quantile * libm::sqrt(variance / count as f64)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_distr::{Distribution, Normal};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

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
        // t = 20/(10/√3) = 3.4641 with 2 degrees: p = 1 − t/√(2 + t²) = 0.0742.
        assert!((found.p_value.unwrap() - 0.074_18).abs() < 1e-5);
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
}
