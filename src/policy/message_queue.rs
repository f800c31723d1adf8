//! What the visibility time-out of a queue does to work that outlasts it.
//!
//! A message that a consumer has received is hidden from others for the visibility time-out; who
//! has not deleted it by then shares it with the next one who asks (SQS developer guide,
//! "Amazon SQS visibility timeout"; standard queues deliver at least once). So work of length `W`
//! under a time-out `V` is begun `1 + ⌊W/V⌋` times if somebody takes it up at once each time, and
//! each copy works its `W` (ASSUMPTION: a message is as much work in every copy, no consumer
//! extends its time-out with ChangeMessageVisibility, and none notices that its message is gone).
//!
//! `W` is lognormal, as all work is (`world.work`): `P(W > x) = Φ(−z)`, and the work in messages
//! that are longer than `x` is the share `Φ(σ − z)` of all, with `z = (ln x − μ)/σ` (DERIVED).

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
}

/// The copies of messages whose work takes `mean_s` on average with this coefficient of variation,
/// under a visibility time-out.
pub fn copies(mean_s: f64, cv: f64, visibility_s: f64) -> Copies {
    let mut sum = Copies {
        receives: 1.0,
        work: 1.0,
    };
    if mean_s <= 0.0 || visibility_s <= 0.0 {
        return sum;
    }
    for copy in 1..COPIES_MAX {
        let [share, work] = longer(mean_s, cv, f64::from(copy) * visibility_s);
        sum.receives += share;
        sum.work += work;
        if work < RARE {
            break;
        }
    }
    sum
}

/// The share of messages that take longer than `than_s`, and the share of the work that is in them.
pub fn longer(mean_s: f64, cv: f64, than_s: f64) -> [f64; 2] {
    let variance = libm::log1p(cv * cv);
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
}
