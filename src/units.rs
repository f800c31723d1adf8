//! Quantities with their units in the type: CPU units, mebibytes, money.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

/// ECS CPU units: 1,024 are one vCPU.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct CpuUnits(pub u32);

/// Mebibytes (2²⁰ bytes), ECS's unit of memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct MiB(pub u32);

/// An amount of money in millionths of a US dollar; bills are rounded to it once, at their end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct MicroUsd(pub i128);

/// A price in 10⁻¹² US dollars a priced unit: fine enough for 1.235 millionths of a dollar a
/// GB-second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct PicoUsd(pub i128);

impl CpuUnits {
    /// CPU units of one vCPU.
    pub const PER_VCPU: u32 = 1024;

    /// The size in vCPUs.
    pub fn vcpus(self) -> f64 {
        f64::from(self.0) / f64::from(Self::PER_VCPU)
    }
}

impl fmt::Display for CpuUnits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} vCPU", self.vcpus())
    }
}

impl MiB {
    /// The size in GiB, which AWS's Fargate prices call GB.
    pub fn gib(self) -> f64 {
        f64::from(self.0) / 1024.0
    }
}

impl fmt::Display for MiB {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(512) {
            write!(f, "{} GiB", self.gib())
        } else {
            write!(f, "{} MiB", self.0)
        }
    }
}

impl MicroUsd {
    /// Nothing.
    pub const ZERO: MicroUsd = MicroUsd(0);

    /// The amount in US dollars, for display and statistics.
    pub fn usd(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl fmt::Display for MicroUsd {
    /// Dollars and cents with thousands separated: `1,234.56`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = (self.0.saturating_add(5_000)).div_euclid(10_000);
        let whole = (cents.abs() / 100).to_string();
        let mut grouped = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if 0 < place && (whole.len() - place).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        f.pad(&format!(
            "{}{grouped}.{:02}",
            if cents < 0 { "-" } else { "" },
            cents.abs() % 100
        ))
    }
}

impl Add for MicroUsd {
    type Output = MicroUsd;
    fn add(self, other: MicroUsd) -> MicroUsd {
        MicroUsd(self.0.saturating_add(other.0))
    }
}

impl AddAssign for MicroUsd {
    fn add_assign(&mut self, other: MicroUsd) {
        *self = *self + other;
    }
}

impl Sub for MicroUsd {
    type Output = MicroUsd;
    fn sub(self, other: MicroUsd) -> MicroUsd {
        MicroUsd(self.0.saturating_sub(other.0))
    }
}

impl Sum for MicroUsd {
    fn sum<I: Iterator<Item = MicroUsd>>(amounts: I) -> MicroUsd {
        amounts.fold(MicroUsd::ZERO, Add::add)
    }
}

impl PicoUsd {
    /// From a price in US dollars as it stands in a price list, to the nearest 10⁻¹² dollar.
    pub fn from_usd(usd: f64) -> Self {
        PicoUsd((usd * 1e12).round() as i128)
    }

    /// The price in US dollars.
    pub fn usd(self) -> f64 {
        self.0 as f64 / 1e12
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_in_dollars_and_cents() {
        assert_eq!(MicroUsd(1_234_567_890).to_string(), "1,234.57");
        assert_eq!(MicroUsd(-5_000_000).to_string(), "-5.00");
        assert_eq!(MicroUsd(4_999).to_string(), "0.00");
    }

    #[test]
    fn a_fargate_second_is_not_rounded_away() {
        // 0.004445 USD a GB-hour is 1.235 millionths of a dollar a second.
        assert_eq!(PicoUsd::from_usd(0.004445).0, 4_445_000_000);
    }
}
