//! Student's t distribution, by the incomplete beta function: its continued fraction, DLMF 8.17.22.

/// Terms of a continued fraction; a few dozen suffice for all degrees of freedom up to 1e6.
const TERMS_MAX: usize = 10_000;

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
pub fn student_t_tail(t: f64, degrees: f64) -> f64 {
    let whole = degrees + t * t;
    0.5 * incomplete_beta(degrees / 2.0, 0.5, degrees / whole, t * t / whole)
}

/// The regularized incomplete beta function I_x(a, b), with `rest` = 1 − x: close to 1 the
/// difference would have lost the digits that the result lives on.
pub fn incomplete_beta(a: f64, b: f64, x: f64, rest: f64) -> f64 {
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
    use proptest::prelude::*;

    use super::*;

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

    proptest! {
        /// The quantile undoes the distribution, and more confidence is never narrower.
        #[test]
        fn the_quantile_undoes_the_tail(probability in 0.5f64..0.999_9, degrees in 1u32..500) {
            let degrees = f64::from(degrees);
            let t = student_t_quantile(probability, degrees);
            prop_assert!((student_t_tail(t, degrees) - (1.0 - probability)).abs() < 1e-12);
            prop_assert!(t <= student_t_quantile(probability + 5e-5, degrees));
        }
    }
}
