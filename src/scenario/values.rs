//! Values with units, from text: `1h 30m`, `220MiB`, `800/min`, `0.1 %`, `4.00 USD/h`, `1 vCPU`.
//!
//! A bare number where a unit is needed is an error that says how to write it, and so is a number
//! that is not written out (`10k`, `1,000`, `1e3`): none is read as another one. Knows nothing of
//! files: [`crate::scenario::reader`] adds the place.

mod amount;
mod aws;
mod clock;
mod spelling;

pub use amount::{
    MoneyRate, Rate, RateUnit, duration, money, money_rate, number, rate, rate_unit, share, size,
    utilization,
};
pub use aws::{aws_cpu, aws_memory};
pub use clock::{TimeOfDay, instant, time_of_day};

/// Why a text is no such value: what was found and expected, and what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ValueError {
    /// What was found and what was expected.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl ValueError {
    /// An error with what to write instead.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        ValueError {
            message: message.into(),
            help: Some(help.into()),
        }
    }
}

#[cfg(test)]
mod tests;
