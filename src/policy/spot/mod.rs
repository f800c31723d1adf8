//! Spot capacity as a pool sees it: what a regime grants, what a reclaim takes, how a level becomes
//! rates.
//!
//! A pool (instance type × zone; for Fargate Spot a zone) is [`Regime::Calm`], [`Regime::Tight`] or
//! [`Regime::Empty`]. Stresses make it tight, a tight pool empties or recovers, and some of the
//! shortages also reclaim a random share of what runs. [`SpotParameters`] says how often and how
//! hard, [`calibrate`] turns a monthly share into stresses an hour through the exact chain of one
//! pool. No clock and no randomness here: chance comes in as an already drawn uniform of (0, 1).
//! `world::spot_market` moves the pools.

mod calibrate;
mod chain;
mod parameters;
mod presets;
pub mod price;
mod replay;
mod signal;

pub use calibrate::{
    CalibrationError, Facts, Rates, calibrate, facts, interruptions_per_slot_month,
};
pub use chain::{StationaryLaw, stationary_law};
pub use parameters::{
    HOURS_PER_MONTH, InterruptionBucket, Level, ParameterProblem, SpotParameters,
};
pub use presets::{NoSuchPreset, Preset};
pub use replay::{ReplayStep, most_running, reclaimed_share, replayed_regime};
pub use signal::{CapacitySignal, better_half, seen_stress, seen_tightness, terciles, tightness};

use crate::engine::time::SimDuration;
use parameters::SHORT_SHARE;

/// What a spot pool offers at an instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Regime {
    /// Every launch is granted.
    Calm,
    /// A launch is granted with the pool's `tight_grant`.
    Tight,
    /// No launch is granted: EC2 answers `InsufficientInstanceCapacity`, Fargate that capacity is
    /// unavailable.
    Empty,
}

impl Regime {
    /// The word for logs and tables.
    pub const fn word(self) -> &'static str {
        match self {
            Regime::Calm => "calm",
            Regime::Tight => "tight",
            Regime::Empty => "empty",
        }
    }
}

/// Where a pool is: its regime, with the two kinds of shortage apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// Calm.
    Calm,
    /// Tight.
    Tight,
    /// In a short shortage.
    EmptyShort,
    /// In a long shortage.
    EmptyLong,
}

impl Place {
    /// All places.
    pub const ALL: [Place; 4] = [
        Place::Calm,
        Place::Tight,
        Place::EmptyShort,
        Place::EmptyLong,
    ];

    /// The regime that others see.
    pub const fn regime(self) -> Regime {
        match self {
            Place::Calm => Regime::Calm,
            Place::Tight => Regime::Tight,
            Place::EmptyShort | Place::EmptyLong => Regime::Empty,
        }
    }
}

/// Where a tight pool goes: a shortage is short or long by `uniform`.
pub fn place_after_tight(falls: bool, uniform: f64) -> Place {
    match falls {
        false => Place::Calm,
        true if uniform < SHORT_SHARE => Place::EmptyShort,
        true => Place::EmptyLong,
    }
}

/// Whether a pool in `regime` grants one launch, by the launch's own `uniform`.
pub fn grants(regime: Regime, tight_grant: f64, uniform: f64) -> bool {
    match regime {
        Regime::Calm => true,
        Regime::Tight => uniform < tight_grant,
        Regime::Empty => false,
    }
}

/// Whether a reclaim of this severity (the share of the pool it takes) takes a task or an instance,
/// by its own `uniform`. Fleets of different size stay coupled, as each member keeps its uniform.
pub fn is_reclaimed(uniform: f64, severity: f64) -> bool {
    uniform < severity
}

/// How long after the reclaim a chosen task or instance gets its notice: exponential, so nearly at
/// once.
pub fn notice_offset(parameters: &SpotParameters, uniform: f64) -> SimDuration {
    SimDuration::from_secs_f64(-parameters.notice_spread_seconds * libm::log(uniform))
}

/// When, after its start, a task or instance is interrupted alone; none if that never happens.
pub fn isolated_after(rates: &Rates, uniform: f64) -> Option<SimDuration> {
    exponential(rates.isolated_per_hour, uniform)
}

/// An exponential wait at `rate_per_hour` by inversion; none if nothing ever comes.
pub fn exponential(rate_per_hour: f64, uniform: f64) -> Option<SimDuration> {
    if rate_per_hour <= 0.0 {
        return None;
    }
    Some(SimDuration::from_secs_f64(
        -libm::log(uniform) * SECONDS_PER_HOUR / rate_per_hour,
    ))
}

/// The daily cycle's factor on the rate of stresses at a local hour: its mean over a day is 1.
pub fn daily_factor(parameters: &SpotParameters, hour_local: f64) -> f64 {
    let angle = core::f64::consts::TAU * (hour_local - parameters.peak_hour_local) / 24.0;
    1.0 + parameters.daily_amplitude * libm::cos(angle)
}

/// Whether a stress proposed at the cycle's highest rate happens at this hour, by its `uniform`
/// (thinning).
pub fn is_kept_by_hour(parameters: &SpotParameters, hour_local: f64, uniform: f64) -> bool {
    uniform * (1.0 + parameters.daily_amplitude) < daily_factor(parameters, hour_local)
}

const SECONDS_PER_HOUR: f64 = 3_600.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn default_parameters() -> SpotParameters {
        SpotParameters::ec2(Preset::Default, InterruptionBucket::From5To10)
    }

    #[test]
    fn a_calm_pool_grants_all_an_empty_one_none_and_a_tight_one_by_the_uniform() {
        for (regime, uniform, granted) in [
            (Regime::Calm, 0.999, true),
            (Regime::Tight, 0.499, true),
            (Regime::Tight, 0.5, false),
            (Regime::Empty, 0.001, false),
        ] {
            assert_eq!(
                grants(regime, 0.5, uniform),
                granted,
                "{regime:?} {uniform}"
            );
        }
    }

    #[test]
    fn a_reclaim_of_the_whole_pool_spares_nobody() {
        assert!(is_reclaimed(0.999_999, 1.0));
        assert!(!is_reclaimed(0.3, 0.3));
        assert!(!is_reclaimed(1e-9, 0.0));
    }

    #[test]
    fn notices_of_one_reclaim_come_within_two_minutes() {
        // Exp(10 s): the chance of more than 2 minutes is e^-12, 6 in a million.
        let parameters = default_parameters();
        let at_median = notice_offset(&parameters, 0.5).as_secs_f64();
        assert!((at_median - 6.931_472).abs() < 1e-6);
        assert!(notice_offset(&parameters, 1e-5).as_secs_f64() < 120.0);
    }

    #[test]
    fn the_daily_cycle_peaks_in_the_afternoon_and_leaves_the_mean_alone() {
        let parameters = default_parameters();
        assert!((daily_factor(&parameters, 14.0) - 1.3).abs() < 1e-12);
        assert!((daily_factor(&parameters, 2.0) - 0.7).abs() < 1e-12);
        let mean: f64 = (0..24)
            .map(|hour| daily_factor(&parameters, f64::from(hour)))
            .sum();
        assert!((mean / 24.0 - 1.0).abs() < 1e-12);
        assert!(is_kept_by_hour(&parameters, 14.0, 0.999));
        assert!(!is_kept_by_hour(&parameters, 2.0, 0.54));
        assert!(is_kept_by_hour(&parameters, 2.0, 0.53));
    }

    #[test]
    fn without_an_isolated_rate_nobody_is_interrupted_alone() {
        let rates = |isolated_per_hour| Rates {
            stress_per_hour: 0.01,
            isolated_per_hour,
            reclaims_per_shortage: 0.25,
        };
        assert_eq!(isolated_after(&rates(0.0), 0.5), None);
        let hours = isolated_after(&rates(0.004), 0.5).unwrap().as_secs_f64() / 3_600.0;
        assert!(
            (hours - 173.286_795).abs() < 1e-5,
            "ln 2 / 0.004, got {hours}"
        );
    }
}
