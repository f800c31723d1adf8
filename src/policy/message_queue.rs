//! What the visibility time-out of a queue does to work that outlasts it.
//!
//! A message that a consumer has received is hidden from others for the visibility time-out; who
//! has not deleted it by then shares it with the next one who asks (SQS developer guide,
//! "Amazon SQS visibility timeout"; standard queues deliver at least once). So work of length `W`
//! under a time-out `V` is begun `1 + ⌊W/V⌋` times if somebody takes it up at once each time, and
//! each copy works its `W` (ASSUMPTION: a message is as much work in every copy, no consumer
//! extends its time-out with ChangeMessageVisibility, and none notices that its message is gone).
//!
//! Where slots are taken, a message that is seen again waits like any other, for `D`, and its first
//! copy may end before that and delete it: copy `k` begins if `W > k(V + D)`. So copies limit
//! themselves: the more of them there are, the longer they wait, and the fewer begin.
//!
//! `W` is lognormal, as all work is (`world.work`): `P(W > x) = Φ(−z)`, and the work in messages
//! that are longer than `x` is the share `Φ(σ − z)` of all, with `z = (ln x − μ)/σ` (DERIVED).

use crate::policy::load::erlang::delay_share;

/// Sums over the copies end where a copy is this rare.
const RARE: f64 = 1e-12;
/// No message is worked on more often than this.
const COPIES_MAX: u32 = 10_000;

/// What copies of messages add.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Copies {
    /// How often a message is received, mean; 1: nobody works twice.
    pub receives: f64,
    /// The work of all copies over that of the messages.
    pub work: f64,
    /// How much longer ago a message was sent that is received, mean, than it waited at first,
    /// seconds: further copies have been worked on before.
    pub age_s: f64,
}

/// What messages are, and for how long one that was received is hidden from others.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Hidden {
    /// Work of a message, mean, seconds.
    pub mean_s: f64,
    /// Its coefficient of variation.
    pub cv: f64,
    /// The visibility time-out, seconds.
    pub visibility_s: f64,
}

/// How long a message waits for a slot.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Wait {
    /// As long as this, seconds: behind a backlog.
    Fixed(f64),
    /// This share waits, exponentially long with this mean, seconds.
    Some([f64; 2]),
}

/// A law of waits is looked at in so many parts of equal weight.
const PARTS: u32 = 5;
/// The load with which copies go is found in so many halvings.
const HALVINGS: u32 = 14;
/// No load of a queue that settles is higher.
const LOAD_MAX: f64 = 0.999;

impl Hidden {
    /// The copies of messages that wait so long each time.
    pub fn copies(&self, wait: Wait) -> Copies {
        let mut sum = Copies {
            receives: 1.0,
            work: 1.0,
            age_s: 0.0,
        };
        match wait {
            Wait::Fixed(wait_s) => self.add(&mut sum, 1.0, wait_s),
            Wait::Some([share, mean_s]) => {
                self.add(&mut sum, 1.0 - share, 0.0);
                for part in 0..PARTS {
                    let below = (f64::from(part) + 0.5) / f64::from(PARTS);
                    let wait_s = -mean_s * libm::log1p(-below);
                    self.add(&mut sum, share / f64::from(PARTS), wait_s);
                }
            }
        }
        sum.age_s /= sum.receives;
        sum
    }

    fn add(&self, sum: &mut Copies, weight: f64, wait_s: f64) {
        if self.mean_s <= 0.0 || self.visibility_s <= 0.0 || weight <= 0.0 {
            return;
        }
        for copy in 1..COPIES_MAX {
            let since_s = f64::from(copy) * (self.visibility_s + wait_s);
            if !since_s.is_finite() {
                // No work lasts that long.
                break;
            }
            let [share, work] = longer(self.mean_s, self.cv, since_s);
            sum.receives += weight * share;
            sum.work += weight * work;
            sum.age_s += weight * share * since_s;
            if work < RARE {
                break;
            }
        }
    }

    /// The copies with which a queue of so many slots settles at this rate, and how long those who
    /// come wait on average, seconds; infinite: it does not settle, and no message is received
    /// twice.
    ///
    /// DERIVED: copies are part of the load, and wait by it (Erlang's C, with `(1 + cv²)/2`). Who
    /// is in a slot finds the others taken with a share of C/ρ, and one slot less that frees.
    /// MEASURED (2 to 32 slots, a load of 0.2 to 0.9 without copies): receives 1.5 % off at most;
    /// the wait is up to 2.6 times too long where copies fill the slots.
    pub fn settled(&self, slots: f64, rate_per_s: f64) -> (Copies, f64) {
        let alone = rate_per_s * self.mean_s / slots;
        let most = self.copies(Wait::Fixed(0.0));
        if LOAD_MAX <= alone {
            return (self.copies(Wait::Fixed(f64::INFINITY)), f64::INFINITY);
        }
        let at = |work: f64| {
            let load = (alone * work).min(LOAD_MAX);
            let share = if 0.0 < load {
                delay_share(slots, load)
            } else {
                0.0
            };
            let mean_s =
                0.5 * (1.0 + self.cv * self.cv) * self.mean_s * work / (slots * (1.0 - load));
            let others = if 1.0 < slots {
                slots / (slots - 1.0)
            } else {
                f64::INFINITY
            };
            let seen = (share / load.max(1e-12)).min(1.0);
            let copies = self.copies(Wait::Some([seen, mean_s * others]));
            (copies, share * mean_s)
        };
        let (mut low, mut high) = (1.0, most.work.min(LOAD_MAX / alone.max(1e-12)));
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if middle < at(middle).0.work {
                low = middle;
            } else {
                high = middle;
            }
        }
        let (copies, wait_s) = at(0.5 * (low + high));
        (
            Copies {
                work: 0.5 * (low + high),
                ..copies
            },
            wait_s,
        )
    }
}

/// The copies of messages whose work takes `mean_s` on average with this coefficient of variation,
/// under a visibility time-out, if a slot is free each time.
pub fn copies(mean_s: f64, cv: f64, visibility_s: f64) -> Copies {
    let hidden = Hidden {
        mean_s,
        cv,
        visibility_s,
    };
    hidden.copies(Wait::Fixed(0.0))
}

/// The share of messages that take longer than `than_s`, and the share of the work that is in them.
pub fn longer(mean_s: f64, cv: f64, than_s: f64) -> [f64; 2] {
    let variance = libm::log1p(cv * cv);
    if than_s == f64::INFINITY {
        return [0.0; 2];
    }
    if variance < 1e-12 {
        return [f64::from(u8::from(than_s < mean_s)); 2];
    }
    let deviation = libm::sqrt(variance);
    let z = (libm::log(than_s / mean_s) + 0.5 * variance) / deviation;
    let beyond = |z: f64| 0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2);
    [beyond(z), beyond(z - deviation)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_work_is_begun_as_often_as_time_outs_fit_into_it() {
        let fixed = |visibility_s| copies(10.0, 0.0, visibility_s).receives;
        assert_eq!([fixed(30.0), fixed(6.0), fixed(4.0)], [1.0, 2.0, 3.0]);
        assert_eq!(copies(10.0, 0.0, 6.0).work, 2.0);
        assert_eq!(copies(0.0, 1.0, 6.0).work, 1.0);
    }

    #[test]
    fn the_share_that_is_worked_on_twice_is_the_tail_of_the_lognormal_law() {
        // CV 1 and mean 10: σ² = ln 2, μ = ln 10 − ln 2 / 2; z at 30 is 1.7358: 4.13 % are longer,
        // and 18.32 % of the work is in them.
        let [share, work] = longer(10.0, 1.0, 30.0);
        assert!((share - 0.041_3).abs() < 1e-4, "{share}");
        assert!((work - 0.183_2).abs() < 3e-4, "{work}");
        // Few outlast two time-outs: copies are little more than that tail.
        let copies = copies(10.0, 1.0, 30.0);
        assert!(share < copies.receives - 1.0 && copies.receives - 1.0 < 1.2 * share);
        assert!(work < copies.work - 1.0 && copies.work - 1.0 < 1.5 * work);
    }

    /// Twelve slots, work of 20 s, 30 s of visibility: received a message, simulated for 48 h; and
    /// other numbers of slots, times and variations.
    #[test]
    fn copies_limit_themselves_where_slots_are_taken() {
        for (mean_s, cv, visibility_s, slots, rate, simulated) in [
            (20.0, 1.0, 30.0, 12.0, 0.12, 1.2398),
            (20.0, 1.0, 30.0, 12.0, 0.36, 1.1417),
            (20.0, 1.0, 30.0, 12.0, 0.54, 1.0202),
            (20.0, 1.0, 30.0, 2.0, 0.06, 1.0637),
            (1.0, 1.0, 1.0, 12.0, 10.0, 1.0454),
            (10.0, 0.5, 8.0, 32.0, 2.2, 1.2606),
            (10.0, 2.0, 30.0, 32.0, 2.2, 1.034),
            (10.0, 0.0, 8.0, 32.0, 1.3, 1.989),
        ] {
            let hidden = Hidden {
                mean_s,
                cv,
                visibility_s,
            };
            let (copies, wait_s) = hidden.settled(slots, rate);
            let off = copies.receives / simulated - 1.0;
            assert!(off.abs() < 0.015, "{rate}: {} {simulated}", copies.receives);
            // What copies cost never makes a queue grow that settles without them.
            assert!(wait_s.is_finite() && rate * mean_s * copies.work < slots);
        }
        // With one slot nobody else is there to begin a message again.
        let alone = Hidden {
            mean_s: 20.0,
            cv: 1.0,
            visibility_s: 30.0,
        };
        assert!(alone.settled(1.0, 0.03).0.receives < 1.0 + 1e-9);
        // Whoever is behind for ever is never done before its message is seen again.
        let (copies, wait_s) = alone.settled(12.0, 0.61);
        assert_eq!((copies.receives, wait_s), (1.0, f64::INFINITY));
    }
}
