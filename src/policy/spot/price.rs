//! The price of a Spot pool over time as a process: the logarithm of the price drifts back to its
//! level, and changes come about once a day, most of them by one tick.
//!
//! Measured on three regions of t3.micro, 89 days of DescribeSpotPriceHistory, 2025-11-30 to
//! 2026-02-27: 1.2 to 1.4 changes a day and zone on quarter-hours, over half of them of one tick; a
//! standard deviation of the daily mean of 3 to 20 %, a memory of weeks, hardly any spikes. Risk
//! does not show in it: savings are the same in every bucket of the Spot Instance Advisor. Good for
//! totals of cost, not for studies of bidding.

use crate::engine::time::{SimDuration, SimTime};

/// The smallest step of a price, micro-USD.
pub const TICK_MICRO_USD: u64 = 100;
/// Prices change on quarter-hours, microseconds.
pub const QUARTER_HOUR_MICROS: u64 = 900 * 1_000_000;
const MICROS_PER_DAY: f64 = 86_400.0 * 1e6;

/// The parameters of the process.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PriceProcess {
    /// Changes a day of one pool.
    pub changes_per_day: f64,
    /// Days in which a deviation falls to 1/e.
    pub revert_days: f64,
    /// The standard deviation of one change of the logarithm.
    pub step: f64,
    /// The share of its variance that the zones of a region have together.
    pub shared: f64,
}

impl PriceProcess {
    /// Days to the next change of a pool: two phases of equal mean (Gamma 2), so that changes come
    /// more evenly than by chance alone. From two uniforms of (0, 1).
    pub fn days_to_change(&self, uniforms: [f64; 2]) -> f64 {
        let phases: f64 = uniforms.iter().map(|uniform| -libm::log(*uniform)).sum();
        phases / (2.0 * self.changes_per_day)
    }

    /// Days to the next shock that all zones share.
    pub fn days_to_shared(&self, uniform: f64) -> f64 {
        -libm::log(uniform) / self.changes_per_day
    }

    /// What a standard normal draw adds to the logarithm: of the pool's own, or of the shared part.
    pub fn shock(&self, normal: f64, is_shared: bool) -> f64 {
        let share = match is_shared {
            true => self.shared,
            false => 1.0 - self.shared,
        };
        normal * self.step * libm::sqrt(share)
    }

    /// The deviation after `days`, before a change.
    pub fn reverted(&self, deviation: f64, days: f64) -> f64 {
        deviation * libm::exp(-days / self.revert_days)
    }
}

/// The price at a deviation from its level: whole ticks, at least one tick from the price before,
/// never above on demand. All in micro-USD an hour.
pub fn price_at(level: u64, deviation: f64, before: u64, on_demand: u64) -> u64 {
    let tick = TICK_MICRO_USD;
    let wanted = level as f64 * libm::exp(deviation);
    let whole = ((wanted / tick as f64).round() as u64 * tick).max(tick);
    let moved = match whole.abs_diff(before) < tick {
        true if (before as f64) < wanted => before + tick,
        true => before.saturating_sub(tick).max(tick),
        false => whole,
    };
    moved.min(on_demand.max(tick))
}

/// The first quarter-hour at or after so many days of a run, microseconds.
pub fn quarter_hour_after(days: f64) -> u64 {
    let micros = (days * MICROS_PER_DAY) as u64;
    micros.div_ceil(QUARTER_HOUR_MICROS) * QUARTER_HOUR_MICROS
}

/// What an hour of billing is, seconds.
const HOUR_S: u64 = 3_600;

/// The hours of an instance that ran for `seconds` from `running` on, the last one a part: the
/// price in force when one begins holds for all of it, billed to the second (EC2 FAQ, "Spot
/// Instances": the price is set at the beginning of each instance-hour for the entire hour).
pub fn instance_hours(running: SimTime, seconds: u64) -> impl Iterator<Item = (SimTime, u64)> {
    (0..seconds.div_ceil(HOUR_S)).map(move |hour| {
        let from = running + SimDuration::from_secs(hour * HOUR_S);
        (from, (seconds - hour * HOUR_S).min(HOUR_S))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURED: PriceProcess = PriceProcess {
        changes_per_day: 1.3,
        revert_days: 20.0,
        step: 0.018,
        shared: 0.8,
    };

    #[test]
    fn a_price_is_whole_ticks_and_moves_by_one_at_least() {
        assert_eq!(price_at(5_300, 0.0, 5_000, 10_400), 5_300);
        // Hardly any deviation: a tick all the same, towards what is wanted.
        assert_eq!(price_at(5_300, 0.001, 5_300, 10_400), 5_400);
        assert_eq!(price_at(5_300, -0.001, 5_300, 10_400), 5_200);
        assert_eq!(price_at(5_300, 0.05, 5_300, 10_400), 5_600);
        assert_eq!(price_at(5_300, 2.0, 5_300, 10_400), 10_400);
        assert_eq!(price_at(50, -9.0, 100, 10_400), 100);
    }

    /// Two hours and ten minutes: the price of each hour's start, the last for ten minutes.
    #[test]
    fn each_hour_of_an_instance_has_the_price_of_its_start() {
        let at = SimTime::from_secs;
        let hours: Vec<(SimTime, u64)> = instance_hours(at(500), 7_800).collect();
        assert_eq!(
            hours,
            [(at(500), 3_600), (at(4_100), 3_600), (at(7_700), 600)]
        );
        assert_eq!(instance_hours(at(500), 0).count(), 0);
    }

    #[test]
    fn deviations_fall_to_1_e_in_the_time_that_is_given() {
        assert!((MEASURED.reverted(1.0, 20.0) - libm::exp(-1.0)).abs() < 1e-12);
        let (own, shared) = (MEASURED.shock(1.0, false), MEASURED.shock(1.0, true));
        assert!((own * own + shared * shared - 0.018 * 0.018).abs() < 1e-12);
        // The mean of a Gamma 2 with this rate: the uniforms of its median phases are near it.
        let days = MEASURED.days_to_change([0.5, 0.5]);
        assert!((days - libm::log(2.0) / 1.3).abs() < 1e-12);
        assert_eq!(quarter_hour_after(0.5 / 24.0), 2 * QUARTER_HOUR_MICROS);
        assert_eq!(quarter_hour_after(0.51 / 24.0), 3 * QUARTER_HOUR_MICROS);
    }
}
