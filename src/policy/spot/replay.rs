//! Pools that follow a trace instead of the process: what a change of their capacity takes, and
//! what it leaves for launches.

use super::Regime;
use crate::engine::time::SimTime;

/// From `at` on a pool has this much capacity, until the next step.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ReplayStep {
    /// From when on, in the run's time.
    pub at: SimTime,
    /// The share of what the trace asked for that was there, 0 to 1.
    pub share: f64,
    /// The most instances that may run in the pool; no limit if none.
    pub most: Option<u32>,
}

/// The share of those who run that a fall of capacity from `before` to `after` takes: (u - v)/u; at
/// once, each instance by itself. A rise takes none. Traces say nothing of which instances were
/// taken, so each is as likely as another (ASSUMPTION).
pub fn reclaimed_share(before: f64, after: f64) -> f64 {
    match after < before {
        true => (before - after) / before,
        false => 0.0,
    }
}

/// What a pool with this share of its capacity offers: nothing where nothing is left.
pub fn replayed_regime(share: f64) -> Regime {
    match share <= 0.0 {
        true => Regime::Empty,
        false => Regime::Calm,
    }
}

/// How many instances may run where a trace had `available`, of `target` asked for, and `scale`
/// stand for the whole target.
pub fn most_running(available: f64, target: f64, scale: u32) -> u32 {
    (available / target * f64::from(scale)).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 16 nodes 4 are left: three of four go. With 0 or 1 all go, or none.
    #[test]
    fn a_fall_takes_the_share_that_is_missing() {
        assert_eq!(reclaimed_share(16.0 / 16.0, 4.0 / 16.0), 0.75);
        assert_eq!(reclaimed_share(0.25, 0.125), 0.5);
        assert_eq!(reclaimed_share(1.0, 0.0), 1.0);
        assert_eq!(reclaimed_share(0.0, 1.0), 0.0);
        assert_eq!(reclaimed_share(0.5, 0.5), 0.0);
        assert_eq!(replayed_regime(0.0), Regime::Empty);
        assert_eq!(replayed_regime(0.01), Regime::Calm);
        assert_eq!(most_running(4.0, 16.0, 30), 8);
        assert_eq!(most_running(0.0, 1.0, 30), 0);
    }
}
