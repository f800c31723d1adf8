//! What EC2 lets on of a Spot pool's capacity, which allocation strategies order pools by.
//!
//! AWS says that capacity-optimized and price-capacity-optimized start from the pools with the
//! highest capacity for what is launched (EC2 Auto Scaling user guide, "allocation strategies for
//! multiple instance types"), and not how well it knows. Here it sees two things of a pool: its
//! regime of the moment, which it may miss, and how often it is short over the long run, with an
//! error that stays.

use super::Regime;

/// How deep a pool seems to EC2; the deepest comes first in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct CapacitySignal {
    /// How far it seems from having capacity at the moment: 0 for plenty, more for less.
    pub tightness: u8,
    /// How often it seems to be under stress: thousandths of a natural logarithm.
    pub stress: i32,
}

/// How far a pool in a regime is from having capacity: 0 for plenty.
pub const fn tightness(regime: Regime) -> u8 {
    match regime {
        Regime::Calm => 0,
        Regime::Tight => 1,
        Regime::Empty => 2,
    }
}

/// The tightness that EC2 sees at a launch: the regime's with the chance `signal`, by the launch's
/// own `uniform`; otherwise it takes the pool for calm.
pub fn seen_tightness(regime: Regime, signal: f64, uniform: f64) -> u8 {
    match uniform < signal {
        true => tightness(regime),
        false => tightness(Regime::Calm),
    }
}

/// The logarithm of a pool's stresses an hour with EC2's error, `noise` times a standard normal
/// draw, in thousandths. A pool without stresses is the deepest there is.
pub fn seen_stress(stress_per_hour: f64, noise: f64, normal: f64) -> i32 {
    // `as` holds it within the integer's bounds, and the logarithm of nothing is its least.
    (1_000.0 * (libm::log(stress_per_hour) + noise * normal)).round() as i32
}

/// Whether each pool belongs to the better half: it seems no worse than the middle one.
pub fn better_half(signals: impl Iterator<Item = CapacitySignal> + Clone) -> Vec<bool> {
    let mut sorted: Vec<CapacitySignal> = signals.clone().collect();
    sorted.sort_unstable();
    let middle = sorted.get(sorted.len().saturating_sub(1) / 2).copied();
    signals.map(|it| Some(it) <= middle).collect()
}

/// The third of the pools by long-run stress that each belongs to: 0 for the least.
pub fn terciles(signals: impl Iterator<Item = CapacitySignal> + Clone) -> Vec<usize> {
    let mut sorted: Vec<i32> = signals.clone().map(|it| it.stress).collect();
    sorted.sort_unstable();
    let rank = |it: CapacitySignal| sorted.partition_point(|stress| *stress < it.stress);
    signals
        .map(|it| 3 * rank(it) / sorted.len().max(1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stressed(stress: i32) -> CapacitySignal {
        CapacitySignal {
            tightness: 0,
            stress,
        }
    }

    #[test]
    fn the_regime_is_seen_as_often_as_the_signal_says_and_else_taken_for_calm() {
        assert_eq!(seen_tightness(Regime::Empty, 0.8, 0.79), 2);
        assert_eq!(seen_tightness(Regime::Empty, 0.8, 0.8), 0);
        assert_eq!(seen_tightness(Regime::Tight, 1.0, 0.99), 1);
        assert_eq!(seen_tightness(Regime::Calm, 0.8, 0.1), 0);
    }

    #[test]
    fn stress_is_told_by_its_logarithm_with_an_error() {
        assert_eq!(seen_stress(1.0, 0.5, 0.0), 0);
        assert_eq!(seen_stress(std::f64::consts::E, 0.5, -1.0), 500);
        assert_eq!(seen_stress(0.0, 0.5, 3.0), i32::MIN);
    }

    #[test]
    fn the_better_half_holds_the_middle_and_all_that_are_like_it() {
        let half = |stresses: &[i32]| better_half(stresses.iter().map(|it| stressed(*it)));
        assert_eq!(half(&[3, 1, 2, 4]), [false, true, true, false]);
        assert_eq!(half(&[3, 1, 2]), [false, true, true]);
        assert_eq!(half(&[2, 1]), [false, true]);
        assert_eq!(half(&[0, 0, 0]), [true; 3]);
        assert!(half(&[]).is_empty());
    }

    #[test]
    fn terciles_part_the_pools_by_long_run_stress() {
        let thirds = |stresses: &[i32]| terciles(stresses.iter().map(|it| stressed(*it)));
        assert_eq!(thirds(&[6, 1, 5, 2, 4, 3]), [2, 0, 2, 0, 1, 1]);
        assert_eq!(thirds(&[7, 7, 7]), [0; 3]);
        assert_eq!(thirds(&[1, 2]), [0, 1]);
    }
}
