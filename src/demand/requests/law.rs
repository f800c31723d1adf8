//! The law of a request's work, as a factor of its mean.

use std::sync::Arc;

use crate::engine::distribution::Distribution;

/// A law of mean 1.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkLaw {
    /// One of the engine's laws, of mean 1.
    Of(Distribution),
    /// Values at equally likely quantiles, of mean 1: code with fast and slow paths, measured
    /// durations.
    Table(Arc<[f64]>),
}

impl WorkLaw {
    /// Lognormal with this coefficient of variation; constant at 0. Outside of the engine's range
    /// it is the nearest inside.
    pub fn lognormal(cv: f64) -> Self {
        let [least, most] = crate::engine::distribution::CV_RANGE;
        let law = if 0.0 < cv {
            Distribution::lognormal(1.0, cv.clamp(least, most))
        } else {
            Distribution::constant(1.0)
        };
        WorkLaw::Of(law.expect("1 is a size, and the CV is in range"))
    }

    /// The law of equally likely `values`, scaled to mean 1.
    ///
    /// # Panics
    /// Without a value, or if they add up to nothing.
    pub fn of_values(values: &[f64]) -> Self {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        assert!(0.0 < mean, "a law of work needs work");
        let mut sorted: Vec<f64> = values.iter().map(|value| value / mean).collect();
        sorted.sort_by(f64::total_cmp);
        WorkLaw::Table(sorted.into())
    }

    /// The factor that belongs to a uniform draw from (0, 1).
    #[inline]
    pub fn quantile(&self, u: f64) -> f64 {
        match self {
            WorkLaw::Of(law) => law.quantile(u),
            WorkLaw::Table(values) => values[(u * values.len() as f64) as usize],
        }
    }

    /// The coefficient of variation.
    pub fn cv(&self) -> f64 {
        match self {
            WorkLaw::Of(law) => law.cv(),
            WorkLaw::Table(values) => {
                let squares: f64 = values.iter().map(|x| x * x).sum();
                libm::sqrt((squares / values.len() as f64 - 1.0).max(0.0))
            }
        }
    }
}
