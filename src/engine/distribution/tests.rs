//! The laws against closed forms, against `rand_distr`, and against their own committed bytes.

use std::hash::Hasher;

use rand_distr::Distribution as _;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::*;
use crate::engine::random::{NameHash, Purpose, Streams};
use crate::engine::run::EventHash;

fn law(made: Result<Distribution, DistributionError>) -> Distribution {
    made.expect("the test's parameters are legal")
}

fn laws() -> Vec<(&'static str, Distribution)> {
    vec![
        ("constant", law(Distribution::constant(8.0))),
        ("uniform", law(Distribution::uniform(2.0, 14.0))),
        ("exponential", law(Distribution::exponential(8.0))),
        ("lognormal", law(Distribution::lognormal(8.0, 0.4))),
        ("lognormal wide", law(Distribution::lognormal(8.0, 1.5))),
        ("weibull", law(Distribution::weibull(8.0, 0.5))),
        ("weibull wide", law(Distribution::weibull(8.0, 2.0))),
        ("gamma", law(Distribution::gamma(8.0, 0.3))),
        ("gamma wide", law(Distribution::gamma(8.0, 1.7))),
        ("pareto", law(Distribution::pareto(8.0, 0.4))),
    ]
}

/// The mean of `f(X)` as the integral of `f(quantile(u))`: middles of cells that shrink towards
/// both ends as e^-t does, so that the tails of a wide law are in it.
fn expectation(law: &Distribution, f: impl Fn(f64) -> f64) -> f64 {
    let cells = 20_000;
    let width = 2.0 * 36.0 / f64::from(cells);
    (0..cells)
        .map(|cell| {
            let t = -36.0 + (f64::from(cell) + 0.5) * width;
            let (lower, upper) = (1.0 / (1.0 + libm::exp(-t)), 1.0 / (1.0 + libm::exp(t)));
            let u = lower.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0);
            f(law.quantile(u)) * lower * upper * width
        })
        .sum()
}

#[test]
fn mean_and_cv_are_those_asked_for() {
    for (name, law) in laws() {
        let mean = expectation(&law, |x| x);
        let square = expectation(&law, |x| (x - mean) * (x - mean));
        let cv = libm::sqrt(square) / mean;
        // A Pareto tail of exponent 3.7 leaves 10^-6 of its variance beyond u = 1 - 10^-14.
        assert!((mean / law.mean() - 1.0).abs() < 1e-9, "{name}: {mean}");
        assert!(
            (cv - law.cv()).abs() < 1e-4,
            "{name}: {cv}, not {}",
            law.cv()
        );
    }
}

#[test]
fn families_meet_where_they_are_the_same_law() {
    let exponential = law(Distribution::exponential(3.0));
    let weibull = law(Distribution::weibull(3.0, 1.0));
    let gamma = law(Distribution::gamma(3.0, 1.0));
    for u in [1e-12, 0.01, 0.5, 0.99, 1.0 - 1e-12] {
        let x = exponential.quantile(u);
        assert!((weibull.quantile(u) / x - 1.0).abs() < 1e-12);
        assert!((gamma.quantile(u) / x - 1.0).abs() < 1e-12);
    }
}

#[test]
fn the_distribution_function_of_the_quantile_is_the_probability() {
    for (name, law) in laws().into_iter().filter(|(_, law)| 0.0 < law.cv()) {
        let mut last = 0.0;
        for step in 1..1_000 {
            let u = f64::from(step) / 1_000.0;
            let x = law.quantile(u);
            assert!((law.cdf(x) - u).abs() < 1e-12, "{name} at {u}");
            assert!(last < x, "{name} must grow at {u}");
            last = x;
        }
    }
}

#[test]
fn the_distribution_function_spans_all_numbers() {
    for (name, law) in laws() {
        assert_eq!(law.cdf(-1.0), 0.0, "{name}");
        assert_eq!(law.cdf(f64::INFINITY), 1.0, "{name}");
    }
}

#[test]
#[should_panic(expected = "a uniform lies inside (0, 1)")]
fn a_probability_of_one_has_no_quantile() {
    law(Distribution::exponential(8.0)).quantile(1.0);
}

#[test]
fn the_widest_and_the_narrowest_laws_still_invert() {
    for cv in CV_RANGE {
        for made in [
            Distribution::lognormal(1.0, cv),
            Distribution::weibull(1.0, cv),
            Distribution::gamma(1.0, cv),
            Distribution::pareto(1.0, cv),
        ] {
            let law = law(made);
            for u in [1e-16, 0.001, 0.5, 0.999, 1.0 - f64::EPSILON / 2.0] {
                let x = law.quantile(u);
                assert!(x.is_finite(), "{law:?} at {u}");
                assert!(
                    x < 1e-300 || (law.cdf(x) - u).abs() < 1e-10,
                    "{law:?} at {u}"
                );
            }
        }
    }
}

/// Kolmogorov's statistic of samples against a distribution function, times √n.
fn kolmogorov(mut samples: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let n = samples.len() as f64;
    let largest = samples.iter().enumerate().fold(0.0f64, |largest, (i, &x)| {
        let p = cdf(x);
        largest.max(p - i as f64 / n).max((i + 1) as f64 / n - p)
    });
    largest * libm::sqrt(n)
}

/// Exceeded by right samples once in a million: √(-ln(10⁻⁶ / 2) / 2).
const KOLMOGOROV_LIMIT: f64 = 2.694;

fn independent<D: rand_distr::Distribution<f64>>(
    made: Result<D, impl std::fmt::Debug>,
) -> Vec<f64> {
    let rng = Xoshiro256PlusPlus::seed_from_u64(7);
    made.expect("legal").sample_iter(rng).take(50_000).collect()
}

#[test]
fn an_independent_library_draws_from_the_same_laws() {
    let shape = weibull_shape(2.0);
    let scale = 8.0 / libm::tgamma(1.0 + 1.0 / shape);
    let variance = libm::log1p(1.5 * 1.5);
    let mu = libm::log(8.0) - 0.5 * variance;
    let alpha = 1.0 + libm::sqrt(1.0 + 1.0 / 0.16);
    let rows = [
        ("exponential", independent(rand_distr::Exp::new(1.0 / 8.0))),
        (
            "lognormal wide",
            independent(rand_distr::LogNormal::new(mu, libm::sqrt(variance))),
        ),
        (
            "weibull wide",
            independent(rand_distr::Weibull::new(scale, shape)),
        ),
        (
            "gamma",
            independent(rand_distr::Gamma::new(1.0 / 0.09, 8.0 * 0.09)),
        ),
        (
            "gamma wide",
            independent(rand_distr::Gamma::new(1.0 / 2.89, 8.0 * 2.89)),
        ),
        (
            "pareto",
            independent(rand_distr::Pareto::new(8.0 * (alpha - 1.0) / alpha, alpha)),
        ),
    ];
    let laws = laws();
    for (name, samples) in rows {
        let found = laws.iter().find(|(known, _)| *known == name);
        let law = found.expect("a law of that name").1;
        let distance = kolmogorov(samples, |x| law.cdf(x));
        assert!(distance < KOLMOGOROV_LIMIT, "{name}: {distance}");
    }
}

/// Kolmogorov's statistic for counts, where it errs on the safe side: our quantiles at a regular
/// grid stand for the distribution function.
fn check_counts(name: &str, samples: Vec<f64>, quantile: impl Fn(f64) -> u64) {
    let n = samples.len();
    let mut samples = samples;
    samples.sort_by(f64::total_cmp);
    let grid = 100_000;
    let ours: Vec<f64> = (0..grid)
        .map(|cell| quantile((f64::from(cell) + 0.5) / f64::from(grid)) as f64)
        .collect();
    let mut distance = 0.0f64;
    let mut x = samples[0];
    while x <= samples[n - 1] {
        let share =
            |sorted: &[f64]| sorted.partition_point(|&y| y <= x) as f64 / sorted.len() as f64;
        distance = distance.max((share(&samples) - share(&ours)).abs());
        x += 1.0;
    }
    let distance = distance * libm::sqrt(n as f64);
    assert!(distance < KOLMOGOROV_LIMIT, "{name}: {distance}");
}

#[test]
fn an_independent_library_draws_the_same_counts() {
    for mean in [0.7, 12.0, 5_000.0] {
        let samples = independent(rand_distr::Poisson::new(mean));
        check_counts("poisson", samples, |u| poisson(mean, u));
    }
    for (trials, probability) in [(9, 0.4), (400, 0.93), (100_000, 0.02)] {
        let rng = Xoshiro256PlusPlus::seed_from_u64(7);
        let drawn = rand_distr::Binomial::new(trials, probability).expect("legal");
        let samples = drawn.sample_iter(rng).take(50_000).map(|n| n as f64);
        check_counts("binomial", samples.collect(), |u| {
            binomial(trials, probability, u)
        });
    }
}

#[test]
fn illegal_parameters_say_what_was_expected() {
    let text = |made: Result<Distribution, DistributionError>| {
        made.expect_err("the parameters are illegal").to_string()
    };
    assert_eq!(
        text(Distribution::exponential(-1.0)),
        "expected a finite value of at least 0, found -1"
    );
    assert_eq!(
        text(Distribution::lognormal(8.0, 101.0)),
        "a coefficient of variation is 0, or from 0.01 to 100; found 101"
    );
    assert_eq!(
        text(Distribution::uniform(5.0, 2.0)),
        "the lower bound 5 lies above the upper bound 2"
    );
    assert!(Distribution::gamma(f64::NAN, 1.0).is_err());
    assert!(Distribution::gamma(1.0, f64::NAN).is_err());
}

#[test]
fn without_spread_or_size_a_law_is_a_constant() {
    assert_eq!(
        Distribution::lognormal(8.0, 0.0),
        Distribution::constant(8.0)
    );
    assert_eq!(Distribution::weibull(0.0, 0.7), Distribution::constant(0.0));
    assert_eq!(Distribution::uniform(3.0, 3.0), Distribution::constant(3.0));
}

/// A change of these digits is a change of every result: it must be meant.
#[test]
fn a_hundred_thousand_draws_of_each_law_have_the_committed_bytes() {
    let streams = Streams::new(42, 0);
    let hash_of = |name: &str, draw: &dyn Fn(&mut Stream) -> u64| {
        let mut stream = streams.stream(Purpose::new("draws"), NameHash::of(name), 0);
        let mut hash = EventHash::new();
        for _ in 0..100_000 {
            hash.write_u64(draw(&mut stream));
        }
        format!("{name} {hash}")
    };
    let mut lines: Vec<String> = laws()
        .into_iter()
        .map(|(name, law)| hash_of(name, &|stream| law.sample(stream).to_bits()))
        .collect();
    lines.push(hash_of("poisson 3", &|stream| {
        poisson(3.0, stream.uniform())
    }));
    lines.push(hash_of("poisson 3e4", &|stream| {
        poisson(3e4, stream.uniform())
    }));
    lines.push(hash_of("binomial 9", &|stream| {
        binomial(9, 0.2, stream.uniform())
    }));
    lines.push(hash_of("binomial 9e4", &|stream| {
        binomial(90_000, 0.7, stream.uniform())
    }));
    assert_eq!(
        lines,
        [
            "constant efa2b4caa00d2c10",
            "uniform 16966a01db157140",
            "exponential 43485318f0fa849d",
            "lognormal f81e25ca75455c3d",
            "lognormal wide cb9c1d490bf61f20",
            "weibull ec60753fef715878",
            "weibull wide d23c127090024a3b",
            "gamma 397a17e293810d32",
            "gamma wide 84a0b22783f191e7",
            "pareto f693a34e0f366587",
            "poisson 3 a9e7163d846d2b96",
            "poisson 3e4 74b39b2694e5e74f",
            "binomial 9 3d407f918a7d5d8e",
            "binomial 9e4 92075b6aa90e66ed"
        ]
    );
}
