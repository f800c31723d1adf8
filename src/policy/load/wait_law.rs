//! The law of the wait of those who wait, given its mean and its squared coefficient of variation.
//!
//! Below 1 a gamma; from 1 the geometric blend of the Weibull and the lognormal quantile with that
//! variation, weight of the lognormal `1 − 1/κ` (FITTED by trial: a pure Weibull was 32 % high at
//! p99, an exponential 48 % low). At exactly 1 it is exponential.

use super::special::{bisect, gamma_quantile, normal_quantile};

/// The law at mean 1 for one squared coefficient of variation, ready to give quantiles.
pub enum WaitLaw {
    /// Variation below 1.
    Gamma {
        /// The squared coefficient of variation.
        variation: f64,
    },
    /// Variation of 1 and above; its mean is not exactly 1, the reader rescales.
    Blend {
        /// The squared coefficient of variation.
        variation: f64,
        /// One over the shape of the Weibull with that variation.
        weibull_power: f64,
        /// The Weibull's scale for mean 1.
        weibull_scale: f64,
    },
}

impl WaitLaw {
    /// The law for a squared coefficient of variation.
    pub fn new(variation: f64) -> Self {
        if variation < 0.999 {
            return WaitLaw::Gamma { variation };
        }
        // The Weibull's variation falls with its shape: Γ(1+2/s)/Γ(1+1/s)² − 1.
        let shape = bisect(0.25, 1.05, 40, |s| {
            let log_ratio = libm::lgamma(1.0 + 2.0 / s) - 2.0 * libm::lgamma(1.0 + 1.0 / s);
            variation < libm::exp(log_ratio) - 1.0
        });
        WaitLaw::Blend {
            variation,
            weibull_power: 1.0 / shape,
            weibull_scale: libm::exp(-libm::lgamma(1.0 + 1.0 / shape)),
        }
    }

    /// The quantile at `u`, for a mean of (about) 1.
    pub fn quantile(&self, u: f64) -> f64 {
        match *self {
            WaitLaw::Gamma { variation } => gamma_quantile(u, 1.0 / variation) * variation,
            WaitLaw::Blend {
                variation,
                weibull_power,
                weibull_scale,
            } => {
                let weibull = weibull_scale * libm::pow(-libm::log(1.0 - u), weibull_power);
                let log_variance = libm::log(1.0 + variation);
                let normal = normal_quantile(u) * libm::sqrt(log_variance);
                let lognormal = libm::exp(normal - 0.5 * log_variance);
                let weight = 1.0 - 1.0 / variation.max(1.0);
                libm::pow(weibull, 1.0 - weight) * libm::pow(lognormal, weight)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_variation_one_the_wait_is_exponential() {
        let law = WaitLaw::new(1.0);
        for u in [0.1, 0.5, 0.9, 0.99] {
            assert!((law.quantile(u) / -libm::log(1.0 - u) - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn a_small_variation_is_narrow_around_the_mean() {
        let law = WaitLaw::new(0.01);
        assert!((law.quantile(0.5) - 1.0).abs() < 0.01);
        assert!(law.quantile(0.99) < 1.26);
    }
}
