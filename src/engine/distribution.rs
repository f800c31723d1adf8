//! Laws of random lengths and sizes, drawn by inverse CDF: one uniform a draw, in which the draw
//! never falls. So two variants of a scenario that share a stream stay coupled, draw by draw, even
//! where the variant changes the law.
//!
//! All mathematics is `libm`'s: a draw has the same bits on every machine.

mod discrete;
mod gamma;
mod normal;
mod stirling;

pub use discrete::{binomial, poisson};
pub use normal::{normal_cdf, normal_quantile};

use thiserror::Error;

use super::random::Stream;

/// The least and the greatest coefficient of variation of a law that has one to choose: beyond
/// them, shapes leave the range where the quantiles are tested.
pub const CV_RANGE: [f64; 2] = [0.01, 100.0];

/// The law of a random length or size, never negative; its unit is the caller's.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Distribution {
    mean: f64,
    cv: f64,
    shape: Shape,
}

/// The family and its parameters, as the quantile needs them.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Shape {
    Constant,
    Uniform { low: f64, high: f64 },
    Exponential,
    Lognormal { mu: f64, sigma: f64 },
    Weibull { shape: f64, scale: f64 },
    Gamma { shape: f64, scale: f64 },
    Pareto { alpha: f64, least: f64 },
}

/// Why parameters make no law.
#[derive(Clone, Copy, PartialEq, Debug, Error)]
pub enum DistributionError {
    /// A value or a mean is negative, infinite or not a number.
    #[error("expected a finite value of at least 0, found {0}")]
    NotASize(f64),
    /// The coefficient of variation is neither 0 nor in [`CV_RANGE`].
    #[error(
        "a coefficient of variation is 0, or from {least} to {most}; found {0}",
        least = CV_RANGE[0],
        most = CV_RANGE[1]
    )]
    CvOutOfRange(f64),
    /// The lower bound lies above the upper one.
    #[error("the lower bound {low} lies above the upper bound {high}")]
    BoundsReversed {
        /// The lower bound, as given.
        low: f64,
        /// The upper bound, as given.
        high: f64,
    },
}

impl Distribution {
    /// Always `value`.
    pub fn constant(value: f64) -> Result<Self, DistributionError> {
        Ok(Distribution {
            mean: size(value)?,
            cv: 0.0,
            shape: Shape::Constant,
        })
    }

    /// Equally likely everywhere in [low, high].
    pub fn uniform(low: f64, high: f64) -> Result<Self, DistributionError> {
        let (low, high) = (size(low)?, size(high)?);
        if high < low {
            return Err(DistributionError::BoundsReversed { low, high });
        }
        let mean = 0.5 * low + 0.5 * high;
        if low == high {
            return Distribution::constant(mean);
        }
        Ok(Distribution {
            mean,
            cv: (high - low) / libm::sqrt(12.0) / mean,
            shape: Shape::Uniform { low, high },
        })
    }

    /// Without memory; its coefficient of variation is 1.
    pub fn exponential(mean: f64) -> Result<Self, DistributionError> {
        with_cv(mean, 1.0, || Shape::Exponential)
    }

    /// A product of many small factors: start-up times, sizes.
    pub fn lognormal(mean: f64, cv: f64) -> Result<Self, DistributionError> {
        with_cv(mean, cv, || {
            let variance = libm::log1p(cv * cv);
            Shape::Lognormal {
                mu: libm::log(mean) - 0.5 * variance,
                sigma: libm::sqrt(variance),
            }
        })
    }

    /// Times to failure, with a hazard that falls (cv above 1) or grows (below 1).
    pub fn weibull(mean: f64, cv: f64) -> Result<Self, DistributionError> {
        with_cv(mean, cv, || {
            let shape = weibull_shape(cv);
            Shape::Weibull {
                shape,
                scale: mean / libm::tgamma(1.0 + 1.0 / shape),
            }
        })
    }

    /// Work in several stages (cv below 1), or a little often and much seldom (above 1).
    pub fn gamma(mean: f64, cv: f64) -> Result<Self, DistributionError> {
        with_cv(mean, cv, || Shape::Gamma {
            shape: 1.0 / (cv * cv),
            scale: mean * cv * cv,
        })
    }

    /// A heavy tail, of exponent 1 + √(1 + 1/cv²), above 2 so that the cv exists.
    pub fn pareto(mean: f64, cv: f64) -> Result<Self, DistributionError> {
        with_cv(mean, cv, || {
            let alpha = 1.0 + libm::sqrt(1.0 + 1.0 / (cv * cv));
            Shape::Pareto {
                alpha,
                least: mean * (alpha - 1.0) / alpha,
            }
        })
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Whether every draw is the mean.
    pub fn is_constant(&self) -> bool {
        self.shape == Shape::Constant
    }

    /// The coefficient of variation: standard deviation over mean (0 where the mean is 0).
    pub fn cv(&self) -> f64 {
        self.cv
    }

    /// The value that a share `u` of draws does not exceed: the inverse of [`Distribution::cdf`].
    ///
    /// # Panics
    /// If `u` lies outside the open interval (0, 1).
    pub fn quantile(&self, u: f64) -> f64 {
        assert_inside(u);
        match self.shape {
            Shape::Constant => self.mean,
            Shape::Uniform { low, high } => low + (high - low) * u,
            Shape::Exponential => -self.mean * libm::log1p(-u),
            Shape::Lognormal { mu, sigma } => libm::exp(mu + sigma * normal_quantile(u)),
            Shape::Weibull { shape, scale } => scale * libm::pow(-libm::log1p(-u), 1.0 / shape),
            Shape::Gamma { shape, scale } => scale * gamma::quantile(shape, u),
            Shape::Pareto { alpha, least } => least * libm::exp(-libm::log1p(-u) / alpha),
        }
    }

    /// The share of draws that do not exceed `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        match self.shape {
            Shape::Constant => f64::from(u8::from(self.mean <= x)),
            Shape::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            _ if x <= 0.0 => 0.0,
            Shape::Exponential => -libm::expm1(-x / self.mean),
            Shape::Lognormal { mu, sigma } => normal_cdf((libm::log(x) - mu) / sigma),
            Shape::Weibull { shape, scale } => -libm::expm1(-libm::pow(x / scale, shape)),
            Shape::Gamma { shape, scale } => gamma::tails(shape, x / scale).0,
            Shape::Pareto { alpha, least } if least < x => 1.0 - libm::pow(least / x, alpha),
            Shape::Pareto { .. } => 0.0,
        }
    }

    /// A draw, by one uniform of `stream`.
    pub fn sample(&self, stream: &mut Stream) -> f64 {
        self.quantile(stream.uniform())
    }
}

fn assert_inside(u: f64) {
    assert!(0.0 < u, "a uniform lies inside (0, 1)");
    assert!(u < 1.0, "a uniform lies inside (0, 1)");
}

fn size(value: f64) -> Result<f64, DistributionError> {
    if value.is_finite() && 0.0 <= value {
        Ok(value)
    } else {
        Err(DistributionError::NotASize(value))
    }
}

/// The law of this mean and cv; without a spread, or at mean 0, it is a constant.
fn with_cv(
    mean: f64,
    cv: f64,
    shape: impl FnOnce() -> Shape,
) -> Result<Distribution, DistributionError> {
    let mean = size(mean)?;
    if cv != 0.0 && !(CV_RANGE[0]..=CV_RANGE[1]).contains(&cv) {
        return Err(DistributionError::CvOutOfRange(cv));
    }
    if mean == 0.0 || cv == 0.0 {
        return Distribution::constant(mean);
    }
    Ok(Distribution {
        mean,
        cv,
        shape: shape(),
    })
}

/// The shape k with Γ(1 + 2/k) / Γ(1 + 1/k)² = 1 + cv², by bisection: the left side falls in k.
fn weibull_shape(cv: f64) -> f64 {
    let target = libm::log1p(cv * cv);
    // cv is 430 at k = 0.1 and 0.006 at k = 200: CV_RANGE lies between.
    let (mut low, mut high) = (0.1, 200.0);
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || high <= middle {
            return middle;
        }
        let inverse = 1.0 / middle;
        let log_ratio = libm::lgamma(1.0 + 2.0 * inverse) - 2.0 * libm::lgamma(1.0 + inverse);
        if target < log_ratio {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests;
