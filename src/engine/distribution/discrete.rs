//! Counts drawn by inverse CDF from one uniform: binomial and Poisson.
//!
//! A small variance is summed up from zero. Elsewhere Cornish and Fisher's expansion gives the
//! quantile to a small fraction of a count; where that fraction could matter, which is seldom, the
//! tail is summed. So the answer is exact up to the rounding of the tail, and costs about one
//! normal quantile however large the mean.

use super::assert_inside;
use super::normal::normal_quantile;
use super::stirling::{binomial_term, poisson_term};

/// Below this variance the probabilities are summed up from zero.
const VARIANCE_SUMMED: f64 = 10.0;

/// The least `n` with P(N <= n) >= `u`, for a binomial N: `trials` independent trials that succeed
/// with `probability`. One uniform `u` a draw keeps common random numbers coupled.
///
/// # Panics
/// If `probability` lies outside [0, 1], or `u` outside the open interval (0, 1).
pub fn binomial(trials: u64, probability: f64, u: f64) -> u64 {
    assert!(
        (0.0..=1.0).contains(&probability),
        "a probability lies in [0, 1]"
    );
    assert_inside(u);
    if probability == 0.0 || trials == 0 {
        return 0;
    }
    if 0.5 < probability {
        // The mirrored law, so that the sum from zero starts at a probability that is not tiny.
        let mirrored = (1.0 - u).min(1.0 - f64::EPSILON / 2.0);
        return trials - binomial(trials, 1.0 - probability, mirrored);
    }
    let law = Binomial {
        trials: trials as f64,
        probability,
    };
    (quantile(&law, u) as u64).min(trials)
}

/// The least `n` with P(N <= n) >= `u`, for a Poisson N of this mean; one uniform a draw.
///
/// # Panics
/// If `mean` is negative or not finite, or `u` lies outside the open interval (0, 1).
pub fn poisson(mean: f64, u: f64) -> u64 {
    assert!(mean.is_finite(), "a mean is a finite number");
    assert!(0.0 <= mean, "a mean count is not negative");
    assert_inside(u);
    if mean == 0.0 {
        return 0;
    }
    quantile(&Poisson { mean }, u) as u64
}

/// A law on the counts 0, 1, 2, ..., with a single peak. Counts are floats here: exact to 2⁵³.
trait Counts {
    /// The first four cumulants.
    fn cumulants(&self) -> [f64; 4];
    /// The probability of `n`.
    fn term(&self, n: f64) -> f64;
    /// The probability of `n + 1` as a multiple of that of `n`.
    fn up(&self, n: f64) -> f64;
}

struct Poisson {
    mean: f64,
}

impl Counts for Poisson {
    fn cumulants(&self) -> [f64; 4] {
        [self.mean; 4]
    }
    fn term(&self, n: f64) -> f64 {
        poisson_term(n, self.mean)
    }
    fn up(&self, n: f64) -> f64 {
        self.mean / (n + 1.0)
    }
}

struct Binomial {
    trials: f64,
    probability: f64,
}

impl Counts for Binomial {
    fn cumulants(&self) -> [f64; 4] {
        let (p, q) = (self.probability, 1.0 - self.probability);
        let mean = self.trials * p;
        let variance = mean * q;
        [
            mean,
            variance,
            variance * (q - p),
            variance * (1.0 - 6.0 * p * q),
        ]
    }
    fn term(&self, n: f64) -> f64 {
        binomial_term(n, self.trials, self.probability)
    }
    fn up(&self, n: f64) -> f64 {
        (self.trials - n) / (n + 1.0) * (self.probability / (1.0 - self.probability))
    }
}

fn quantile(law: &impl Counts, u: f64) -> f64 {
    let cumulants = law.cumulants();
    if cumulants[1] < VARIANCE_SUMMED {
        return sum_up(law, u);
    }
    let w = normal_quantile(u);
    let boundary = expand(cumulants, w) + 0.5;
    let guess = boundary.floor().max(0.0);
    let fraction = boundary - guess;
    // The expansion's next term at the law that needs it most, Poisson's, is at most
    // (0.02 + 0.009 w² + 0.004 w⁴) / variance (M. Giles, ACM TOMS 42, 2016); taken with room.
    let doubt = (0.05 + 0.02 * w * w + 0.01 * w * w * w * w) / cumulants[1];
    if doubt < fraction && fraction < 1.0 - doubt {
        guess
    } else {
        settle(law, guess, cumulants[0], u)
    }
}

fn sum_up(law: &impl Counts, u: f64) -> f64 {
    let mut n = 0.0;
    let mut term = law.term(0.0);
    let mut sum = term;
    // The sum may stall below a `u` next to 1: then its last term has become nothing.
    while sum < u && f64::EPSILON * 1e-3 * sum < term {
        term *= law.up(n);
        n += 1.0;
        sum += term;
    }
    n
}

/// The `u`-quantile of the smooth law whose rounding to whole numbers is this one: Cornish and
/// Fisher's expansion to four cumulants, these with Sheppard's correction (a unit cell has variance
/// 1/12 and fourth cumulant -1/120).
fn expand([mean, k2, k3, k4]: [f64; 4], w: f64) -> f64 {
    let variance = k2 - 1.0 / 12.0;
    let deviation = libm::sqrt(variance);
    let skewness = k3 / (variance * deviation);
    let excess = (k4 + 1.0 / 120.0) / (variance * variance);
    let w2 = w * w;
    let standard = w + skewness * (w2 - 1.0) / 6.0 + excess * w * (w2 - 3.0) / 24.0
        - skewness * skewness * w * (2.0 * w2 - 5.0) / 36.0;
    mean + deviation * standard
}

/// Walks from `n` to the quantile by exact tails.
fn settle(law: &impl Counts, mut n: f64, mean: f64, u: f64) -> f64 {
    while 1.0 <= n && reaches(law, n - 1.0, mean, u) {
        n -= 1.0;
    }
    while !reaches(law, n, mean, u) {
        n += 1.0;
    }
    n
}

/// Whether P(N <= n) >= u, asked of the tail that does not hold the mean.
fn reaches(law: &impl Counts, n: f64, mean: f64, u: f64) -> bool {
    if n < mean {
        u <= tail(law.term(n), n, |n| 1.0 / law.up(n - 1.0), -1.0)
    } else {
        tail(law.term(n + 1.0), n + 1.0, |n| law.up(n), 1.0) <= 1.0 - u
    }
}

/// The sum of `first`, the term at `n`, and all beyond it; `ratio` gives the next as a multiple.
fn tail(first: f64, mut n: f64, ratio: impl Fn(f64) -> f64, direction: f64) -> f64 {
    let (mut sum, mut term) = (first, first);
    while f64::EPSILON * 0.1 * sum < term {
        if direction < 0.0 && n < 1.0 {
            break;
        }
        term *= ratio(n);
        n += direction;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::random::{NameHash, Purpose, Streams};

    /// Holds the quantile to its definition: sums all terms up to it, and to the one before.
    fn check(law: &impl Counts, n: u64, u: f64) {
        let sum = |until: u64| (0..until).map(|k| law.term(k as f64)).sum::<f64>();
        let slack = 1e-12;
        assert!(sum(n) <= u + slack, "P(N < {n}) is {}, u is {u}", sum(n));
        let with = sum(n + 1);
        assert!(u <= with + slack, "P(N <= {n}) is {with}, u is {u}");
    }

    #[test]
    fn poisson_counts_are_the_quantiles_of_the_summed_law() {
        let streams = Streams::new(1, 0);
        let mut stream = streams.stream(Purpose::new("test"), NameHash::of("poisson"), 0);
        for mean in [1e-9, 0.2, 3.0, 9.99, 10.0, 11.5, 40.0, 300.0, 20_000.0] {
            for _ in 0..100 {
                let u = stream.uniform();
                check(&Poisson { mean }, poisson(mean, u), u);
            }
            for u in [1e-14, 1e-6, 0.5, 1.0 - 1e-6, 1.0 - 1e-11] {
                check(&Poisson { mean }, poisson(mean, u), u);
            }
        }
    }

    #[test]
    fn binomial_counts_are_the_quantiles_of_the_summed_law() {
        let streams = Streams::new(1, 0);
        let mut stream = streams.stream(Purpose::new("test"), NameHash::of("binomial"), 0);
        let laws = [
            (1, 0.3),
            (10, 0.5),
            (30, 0.97),
            (100, 0.2),
            (60, 0.5),
            (5_000, 0.004),
            (5_000, 0.6),
            (40_000, 0.35),
        ];
        for (trials, probability) in laws {
            let law = Binomial {
                trials: trials as f64,
                probability,
            };
            for _ in 0..100 {
                let u = stream.uniform();
                check(&law, binomial(trials, probability, u), u);
            }
            for u in [1e-14, 1e-6, 0.5, 1.0 - 1e-6, 1.0 - 1e-11] {
                check(&law, binomial(trials, probability, u), u);
            }
        }
    }

    #[test]
    fn counts_at_the_edges_are_plain() {
        assert_eq!(poisson(0.0, 0.9), 0);
        assert_eq!(binomial(0, 0.5, 0.9), 0);
        assert_eq!(binomial(7, 0.0, 0.9), 0);
        assert_eq!(binomial(7, 1.0, 0.1), 7);
        assert_eq!(binomial(7, 0.9, 1e-300), 0);
        // The median of a Poisson law lies in [mean - ln 2, mean + 1/3].
        assert_eq!(poisson(1e15, 0.5), 1_000_000_000_000_000);
    }
}
