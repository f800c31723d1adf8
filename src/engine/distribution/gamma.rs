//! The gamma law of scale 1: its distribution function and the inverse.

use super::normal::normal_quantile;
use super::stirling::poisson_term;

/// Below this relative change a term of a series or a step of an iteration no longer counts.
const EPSILON: f64 = 1e-16;

/// The lower and the upper tail of the gamma law of shape `a` at `x`: P(a, x) and Q(a, x), by the
/// series below the mean and Legendre's continued fraction above it; O(√a) terms near the mean.
pub(super) fn tails(a: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if !x.is_finite() {
        return (1.0, 0.0);
    }
    let term = poisson_term(a, x);
    if x < a + 1.0 {
        let lower = term * series(a, x);
        (lower, 1.0 - lower)
    } else {
        let upper = term * a * fraction(a, x);
        (1.0 - upper, upper)
    }
}

fn series(a: f64, x: f64) -> f64 {
    let (mut sum, mut term, mut n) = (1.0, 1.0, a);
    while EPSILON * sum < term {
        n += 1.0;
        term *= x / n;
        sum += term;
    }
    sum
}

/// 1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - ...)), by Lentz's method.
fn fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    // Far more than the √a terms of the widest shape, 10⁴, could need.
    const TERMS_MAX: u32 = 100_000;
    let away_from_zero = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / away_from_zero(b);
    let mut h = d;
    for i in 1..TERMS_MAX {
        let i = f64::from(i);
        let numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / away_from_zero(numerator * d + b);
        c = away_from_zero(b + numerator / c);
        let factor = d * c;
        h *= factor;
        // The factors end up within two roundings of 1, not nearer.
        if (factor - 1.0).abs() <= 2.0 * f64::EPSILON {
            break;
        }
    }
    h
}

/// The `x` with P(a, x) = u: a start from Wilson and Hilferty's cube (or, for small shapes, the
/// leading terms), then Halley's iteration on whichever tail is smaller.
pub(super) fn quantile(a: f64, u: f64) -> f64 {
    const STEPS_MAX: usize = 30;
    let mut x = start(a, u);
    for _ in 0..STEPS_MAX {
        if x <= 0.0 {
            return 0.0;
        }
        let (lower, upper) = tails(a, x);
        let error = if u <= 0.5 {
            lower - u
        } else {
            (1.0 - u) - upper
        };
        let density = poisson_term(a, x) * a / x;
        if density <= 0.0 {
            return x;
        }
        let newton = error / density;
        let step = newton / (1.0 - 0.5 * (newton * ((a - 1.0) / x - 1.0)).min(1.0));
        let next = if x <= step { 0.5 * x } else { x - step };
        let done = (next - x).abs() <= 4.0 * f64::EPSILON * x;
        x = next;
        if done {
            break;
        }
    }
    x
}

fn start(a: f64, u: f64) -> f64 {
    if 1.0 < a {
        let ninth = 1.0 / (9.0 * a);
        let root = 1.0 - ninth + normal_quantile(u) * libm::sqrt(ninth);
        let cube = a * root * root * root;
        if 0.01 * a < cube {
            return cube;
        }
        return libm::exp((libm::log(u) + libm::lgamma(a + 1.0)) / a);
    }
    // Below `split` the density is near the power x^(a-1), above it near exp(-x).
    let split = 1.0 - a * (0.253 + a * 0.12);
    if u < split {
        libm::pow(u / split, 1.0 / a)
    } else {
        1.0 - libm::log(1.0 - (u - split) / (1.0 - split))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_agree_with_closed_forms() {
        for x in [1e-6, 0.1, 1.0, 1.9, 3.0, 10.0, 40.0] {
            // Shape 1 is exponential; shape 2: Q = (1 + x) e^-x; shape 1/2: P = erf(sqrt x).
            let rows = [
                (1.0, libm::exp(-x)),
                (2.0, (1.0 + x) * libm::exp(-x)),
                (0.5, libm::erfc(libm::sqrt(x))),
            ];
            for (a, upper) in rows {
                assert!((tails(a, x).1 - upper).abs() < 1e-14, "a {a}, x {x}");
                assert!((tails(a, x).1 / upper - 1.0).abs() < 1e-9, "a {a}, x {x}");
            }
        }
    }

    #[test]
    fn the_distribution_function_of_the_quantile_is_the_probability() {
        for a in [0.01, 0.3, 0.9, 1.0, 1.1, 4.0, 30.0, 1_000.0, 10_000.0] {
            for u in [1e-9, 1e-4, 0.02, 0.3, 0.5, 0.7, 0.95, 0.9999, 1.0 - 1e-9] {
                let x = quantile(a, u);
                let (lower, upper) = tails(a, x);
                // A quantile below the least double stands for its own rounding, not for u.
                let ok = (lower - u).abs() < 1e-12 * u || (upper - (1.0 - u)).abs() < 1e-12;
                assert!(ok || x < 1e-300, "a {a}, u {u}: x {x}, P {lower}");
            }
        }
    }
}
