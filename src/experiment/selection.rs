//! The best of a few systems, with a probability that it is: Kim's and Nelson's fully sequential
//! procedure.
//!
//! Source: KN: Kim and Nelson 2001 (ACM TOMACS 11), which allows common random numbers.

/// What a selection is to be held to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Selection {
    /// Differences below it are no matter (the indifference zone δ), above 0, in the values' unit.
    pub indifference: f64,
    /// The probability of selecting the best where it is better than all others by that much.
    pub confidence: f64,
    /// How many systems there were at the first stage, 2 or more.
    pub systems: usize,
    /// Values of each at the first stage, 2 or more.
    pub first: usize,
}

impl Selection {
    /// h² = 2η(n₀ − 1), η = ½((2α/(k − 1))^(−2/(n₀ − 1)) − 1).
    pub fn h_squared(&self) -> f64 {
        let degrees = (self.first - 1) as f64;
        let alpha = 1.0 - self.confidence;
        let others = (self.systems - 1).max(1) as f64;
        let eta = 0.5 * (libm::pow(2.0 * alpha / others, -2.0 / degrees) - 1.0);
        2.0 * eta * degrees
    }

    /// How far a system's mean of `count` values may lie above another's before it is given up, by
    /// the variance of their paired differences at the first stage.
    pub fn slack(&self, variance: f64, count: usize) -> f64 {
        let (delta, r) = (self.indifference, count as f64);
        (delta / (2.0 * r) * (self.h_squared() * variance / (delta * delta) - r)).max(0.0)
    }

    /// Whether `values` are given up for `others` where the least mean is the best; both are of the
    /// same replications, and the first stage comes first.
    pub fn is_beaten(&self, values: &[f64], others: &[f64]) -> bool {
        self.ahead(values, others)
            .is_some_and(|(mean, slack)| slack < mean)
    }

    /// Whether two are exactly even and would be however long one went on: either will do.
    pub fn are_even(&self, values: &[f64], others: &[f64]) -> bool {
        self.ahead(values, others) == Some((0.0, 0.0))
    }

    /// How far the mean of `values` lies above that of `others`, and the slack that it has.
    fn ahead(&self, values: &[f64], others: &[f64]) -> Option<(f64, f64)> {
        let count = values.len().min(others.len());
        if count < self.first {
            return None;
        }
        let difference = |index: usize| values[index] - others[index];
        let mean_of = |count: usize| (0..count).map(difference).sum::<f64>() / count as f64;
        let first = mean_of(self.first);
        let squares = (0..self.first).map(|index| {
            let off = difference(index) - first;
            off * off
        });
        let variance = squares.sum::<f64>() / (self.first - 1) as f64;
        Some((mean_of(count), self.slack(variance, count)))
    }

    /// The most values of a pair until one of the two is given up, whatever their means are.
    pub fn longest(&self, variance: f64) -> f64 {
        let delta = self.indifference;
        libm::floor(self.h_squared() * variance / (delta * delta)) + 1.0
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_distr::{Distribution, Normal};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    const KN: Selection = Selection {
        indifference: 1.0,
        confidence: 0.95,
        systems: 10,
        first: 10,
    };

    /// η = ½((0.1/9)^(−2/9) − 1) = 0.859084, h² = 15.4635.
    #[test]
    fn the_constant_is_that_of_the_formula() {
        assert!(
            (KN.h_squared() - 15.4635).abs() < 2e-3,
            "{}",
            KN.h_squared()
        );
        assert!((KN.slack(4.0, 10) - (15.4635 * 4.0 - 10.0) / 20.0).abs() < 1e-3);
        assert_eq!(KN.slack(4.0, 62), 0.0);
        assert_eq!(KN.longest(4.0), 62.0);
    }

    /// Two that are the same in every run would go on for ever: no difference is above no slack.
    #[test]
    fn what_is_the_same_in_every_run_is_even() {
        let values: Vec<f64> = (0..10).map(f64::from).collect();
        assert!(KN.are_even(&values, &values));
        assert!(!KN.is_beaten(&values, &values));
        assert!(!KN.are_even(&values[..9], &values[..9]), "too few to say");
        let above: Vec<f64> = values.iter().map(|it| it + 0.5).collect();
        assert!(!KN.are_even(&above, &values) && KN.is_beaten(&above, &values));
    }

    /// Kim and Nelson's slippage configuration: the best is better than nine equal others by the
    /// indifference zone, deviations of 3, half of their variance in common. Of 1,000 selections
    /// 95 % are right or more (the procedure is conservative); the binomial 99.9 % range begins at 927.
    #[test]
    fn the_best_is_selected_as_often_as_promised() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(77);
        let (own, common) = (
            Normal::new(0.0, 2.12).unwrap(),
            Normal::new(0.0, 2.12).unwrap(),
        );
        let right = |_: &usize| {
            let mut values = vec![Vec::new(); KN.systems];
            let mut left: Vec<usize> = (0..KN.systems).collect();
            while 1 < left.len() {
                let more = if values[left[0]].is_empty() {
                    KN.first
                } else {
                    1
                };
                for _ in 0..more {
                    let shared = common.sample(&mut rng);
                    for system in &left {
                        let mean = if *system == 3 { 0.0 } else { KN.indifference };
                        values[*system].push(mean + shared + own.sample(&mut rng));
                    }
                }
                let beaten = |system: &usize| {
                    let others = left.iter().filter(|other| *other != system);
                    let by = |other: &usize| KN.is_beaten(&values[*system], &values[*other]);
                    others.copied().any(|other| by(&other))
                };
                let still: Vec<usize> = left.iter().filter(|it| !beaten(it)).copied().collect();
                left = still;
            }
            left == [3]
        };
        let count = (0..1_000).filter(right).count();
        assert!(927 <= count, "{count} of 1,000");
    }
}
