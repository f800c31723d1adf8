//! Probabilities near the mode of a law with a large mean, without the cancellation of `lgamma`:
//! C. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000).

use std::f64::consts::TAU;

/// xᵃ e⁻ˣ / Γ(a + 1): the Poisson probability of `a` at mean `x`, for any real `a` >= 0.
pub(super) fn poisson_term(a: f64, x: f64) -> f64 {
    if a == 0.0 || x == 0.0 {
        return if a == 0.0 { libm::exp(-x) } else { 0.0 };
    }
    if a < 1.0 {
        return libm::exp(a * libm::log(x) - x - libm::lgamma(a + 1.0));
    }
    libm::exp(-stirling_error(a) - deviance(a, x)) / libm::sqrt(TAU * a)
}

/// The probability of `count` successes in `trials` at `probability`, all as floats.
pub(super) fn binomial_term(count: f64, trials: f64, probability: f64) -> f64 {
    let failures = trials - count;
    if count == 0.0 {
        return libm::exp(trials * libm::log1p(-probability));
    }
    if failures == 0.0 {
        return libm::exp(trials * libm::log(probability));
    }
    let exponent = stirling_error(trials)
        - stirling_error(count)
        - stirling_error(failures)
        - deviance(count, trials * probability)
        - deviance(failures, trials * (1.0 - probability));
    libm::exp(exponent) * libm::sqrt(trials / (TAU * count * failures))
}

/// ln n! - ln(√(2πn) (n/e)ⁿ), for n > 0.
fn stirling_error(n: f64) -> f64 {
    if n <= 15.0 {
        let stirling = (n + 0.5) * libm::log(n) - n + 0.5 * libm::log(TAU);
        return libm::lgamma(n + 1.0) - stirling;
    }
    let n2 = n * n;
    (1.0 / 12.0
        - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / n2) / n2) / n2) / n2)
        / n
}

/// x ln(x / mean) + mean - x, by its series where the terms would cancel.
fn deviance(x: f64, mean: f64) -> f64 {
    let difference = x - mean;
    if 0.1 * (x + mean) <= difference.abs() {
        return x * libm::log(x / mean) - difference;
    }
    let v = difference / (x + mean);
    let mut sum = difference * v;
    let mut power = 2.0 * x * v;
    let mut odd = 1.0;
    loop {
        power *= v * v;
        odd += 2.0;
        let next = sum + power / odd;
        if next == sum {
            return sum;
        }
        sum = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_agree_with_exact_values() {
        // 2^10 / 10! / e^2; C(10, 3) 0.3^3 0.7^7.
        let poisson = 1024.0 / 3_628_800.0 * libm::exp(-2.0);
        assert!((poisson_term(10.0, 2.0) / poisson - 1.0).abs() < 1e-14);
        let binomial = 120.0 * 0.027 * 0.082_354_3;
        assert!((binomial_term(3.0, 10.0, 0.3) / binomial - 1.0).abs() < 1e-14);
    }

    #[test]
    fn probabilities_sum_to_one_at_a_large_mean() {
        let poisson: f64 = (0..200_000)
            .map(|n| poisson_term(f64::from(n), 100_000.0))
            .sum();
        assert!((poisson - 1.0).abs() < 1e-12, "{poisson}");
        let binomial: f64 = (0..=200_000)
            .map(|n| binomial_term(f64::from(n), 200_000.0, 0.37))
            .sum();
        assert!((binomial - 1.0).abs() < 1e-12, "{binomial}");
    }
}
