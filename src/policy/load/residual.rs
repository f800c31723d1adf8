//! What is left of requests after a while: of those at a task at some instant, the part that has
//! not been answered when the task is killed.

use super::special::normal_cdf;

/// The requests at one task at some instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AtTask {
    /// In slots.
    pub in_slots: f64,
    /// In front of the slots.
    pub waiting: f64,
    /// How long one holds its slot, mean, seconds.
    pub holding_s: f64,
    /// The coefficient of variation of that.
    pub cv: f64,
}

/// The share of requests in slots, looked at at any instant, that are still there `after_s` later:
/// the mean excess `E[(S − t)+] / E[S]` of their slot-holding times S, which are lognormal.
///
/// Who is looked at is long rather than short, and in the middle of it (the inspection paradox):
/// the excess is that of the stationary age.
///
/// ```
/// # use fleetcast::policy::load::residual::residual_share;
/// assert_eq!(residual_share(3.0, 0.1, 0.0), 1.0);
/// // Work that does not vary is worked off evenly.
/// assert!((residual_share(20.0, 0.0, 5.0) - 0.75).abs() < 1e-12);
/// ```
#[must_use]
pub fn residual_share(holding_s: f64, cv: f64, after_s: f64) -> f64 {
    if after_s <= 0.0 {
        return 1.0;
    }
    if holding_s <= 0.0 || !after_s.is_finite() {
        return 0.0;
    }
    let part = after_s / holding_s;
    if cv <= 0.0 {
        return (1.0 - part).max(0.0);
    }
    let variance = libm::log1p(cv * cv);
    let spread = libm::sqrt(variance);
    let middle = -libm::log(part);
    let above = normal_cdf((middle + 0.5 * variance) / spread);
    let below = normal_cdf((middle - 0.5 * variance) / spread);
    (above - part * below).clamp(0.0, 1.0)
}

impl AtTask {
    /// How many of them are still there `after_s` later, no further ones coming: those who wait get
    /// slots at the rate at which slots are left, then the last ones leave theirs.
    #[must_use]
    pub fn left_after(&self, after_s: f64) -> f64 {
        let all = self.in_slots + self.waiting;
        if after_s <= 0.0 || all <= 0.0 {
            return all.max(0.0);
        }
        let rate_per_s = self.in_slots / self.holding_s.max(1e-12);
        let queue_s = match 0.0 < self.waiting {
            true => self.waiting / rate_per_s,
            false => 0.0,
        };
        if after_s < queue_s {
            return all - rate_per_s * after_s;
        }
        self.in_slots * residual_share(self.holding_s, self.cv, after_s - queue_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, LogNormal};

    #[test]
    fn the_excess_of_lognormal_work_is_what_draws_of_it_say() {
        let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(5);
        for (cv, after_s) in [
            (0.1f64, 2.0),
            (0.1, 3.2),
            (1.0, 1.0),
            (1.0, 9.0),
            (2.5, 30.0),
        ] {
            let variance = libm::log1p(cv * cv);
            let law = LogNormal::new(libm::log(3.0) - 0.5 * variance, variance.sqrt()).unwrap();
            let draws = 400_000;
            let excess: f64 = (0..draws)
                .map(|_| (law.sample(&mut rng) - after_s).max(0.0))
                .sum();
            let (expected, found) = (
                excess / 3.0 / f64::from(draws),
                residual_share(3.0, cv, after_s),
            );
            assert!(
                (found - expected).abs() < 0.01 + 0.03 * expected,
                "{cv}, {after_s}: {found} {expected}"
            );
        }
    }

    #[test]
    fn who_waits_gets_a_slot_first() {
        let at = AtTask {
            in_slots: 10.0,
            waiting: 5.0,
            holding_s: 2.0,
            cv: 0.0,
        };
        // Five slots a second are left: after a second nobody waits any more, after three all are
        // gone.
        for (after_s, left) in [
            (0.0, 15.0),
            (0.5, 12.5),
            (1.0, 10.0),
            (2.0, 5.0),
            (3.0, 0.0),
            (300.0, 0.0),
        ] {
            assert!((at.left_after(after_s) - left).abs() < 1e-9, "{after_s}");
        }
        let nobody = AtTask {
            in_slots: 0.0,
            waiting: 0.0,
            ..at
        };
        assert_eq!(nobody.left_after(0.0), 0.0);
    }
}
