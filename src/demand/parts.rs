//! Loads that are parts of one service's: of its two target groups or of its zones. Their minutes
//! are put together where all parts have closed them.

use std::collections::VecDeque;

use crate::demand::period::{QUANTILES, ServicePeriod};
use crate::demand::service_load::Served;
use crate::policy::calls::Felt;

/// Minutes that one part of a load has closed and another has not: the first of each run, how many.
pub type ClosedRuns = VecDeque<(u64, u64, ServicePeriod)>;

/// The next minutes that all parts have closed, like ones together.
pub fn next_closed(parts: &mut [ClosedRuns]) -> Option<(u64, u64, ServicePeriod)> {
    let (first, mut count, mut period) = *parts.first()?.front()?;
    for runs in &parts[1..] {
        let (_, its, other) = runs.front()?;
        count = count.min(*its);
        period = together(&period, other);
    }
    for runs in parts {
        if let Some(run) = runs.front_mut() {
            run.0 += count;
            run.1 -= count;
            if run.1 == 0 {
                runs.pop_front();
            }
        }
    }
    Some((first, count, period))
}

/// What both parts saw of a minute.
#[must_use]
pub fn together(one: &ServicePeriod, other: &ServicePeriod) -> ServicePeriod {
    let weight = |period: &ServicePeriod| {
        if 0.0 < period.response_mean {
            period.answered()
        } else {
            0.0
        }
    };
    let [first, second] = [weight(one), weight(other)];
    let (response_mean, response_quantiles) = if second <= 0.0 {
        (one.response_mean, one.response_quantiles)
    } else if first <= 0.0 {
        (other.response_mean, other.response_quantiles)
    } else {
        let share = first / (first + second);
        let mean = share * one.response_mean + (1.0 - share) * other.response_mean;
        (
            mean,
            mixed(&one.response_quantiles, &other.response_quantiles, share),
        )
    };
    ServicePeriod {
        requests: one.requests + other.requests,
        first_tries: one.first_tries + other.first_tries,
        target_5xx: one.target_5xx + other.target_5xx,
        elb_5xx: one.elb_5xx + other.elb_5xx,
        elb_502: one.elb_502 + other.elb_502,
        elb_504: one.elb_504 + other.elb_504,
        timed_out: one.timed_out + other.timed_out,
        failed: one.failed + other.failed,
        cpu_used: one.cpu_used + other.cpu_used,
        cpu_reserved: one.cpu_reserved + other.cpu_reserved,
        memory_used: one.memory_used + other.memory_used,
        memory_reserved: one.memory_reserved + other.memory_reserved,
        in_flight: one.in_flight + other.in_flight,
        queued: one.queued + other.queued,
        received: one.received + other.received,
        oldest_s: one.oldest_s.max(other.oldest_s),
        running: one.running + other.running,
        serving: one.serving + other.serving,
        open: one.open + other.open,
        capacity: one.capacity + other.capacity,
        response_mean,
        response_quantiles,
        distrust_s: one.distrust_s.max(other.distrust_s),
        counts: one.counts,
    }
}

/// Halvings of the interval in which a quantile lies.
const HALVINGS: u32 = 40;

/// The quantiles of a mixture of two laws of which only these are known: between them the share
/// that is slower falls off exponentially, as it does below the first and beyond the last.
fn mixed(one: &[f64; 4], other: &[f64; 4], share: f64) -> [f64; 4] {
    let slower = |at: f64| share * survival(one, at) + (1.0 - share) * survival(other, at);
    let mut mixed = [0.0; 4];
    for (at, level) in QUANTILES.iter().enumerate() {
        let (mut low, mut high) = (one[at].min(other[at]), one[at].max(other[at]));
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if 1.0 - level < slower(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        mixed[at] = high;
    }
    mixed
}

/// The share that takes longer than `at`.
fn survival(quantiles: &[f64; 4], at: f64) -> f64 {
    let (mut from, mut share) = (0.0, 1.0);
    for (index, (to, level)) in quantiles.iter().zip(QUANTILES).enumerate() {
        let is_last = index + 1 == QUANTILES.len();
        if at <= *to || is_last {
            let span = (to - from).max(1e-12);
            let fall = (1.0 - level) / share;
            return share * libm::pow(fall, (at - from).max(0.0) / span);
        }
        (from, share) = (*to, 1.0 - level);
    }
    0.0
}

/// What the tasks of two loads let other services meet; `part`: the first one's share where nobody
/// asks.
pub fn served_together(first: Served, second: Served, part: f64) -> Served {
    let offered_per_s = first.offered_per_s + second.offered_per_s;
    let share = match 0.0 < offered_per_s {
        true => first.offered_per_s / offered_per_s,
        false => part,
    };
    let mix = |one: f64, other: f64| share * one + (1.0 - share) * other;
    let (one, other) = (first.each, second.each);
    let apart = one.mean_s - other.mean_s;
    Served {
        entered_per_s: first.entered_per_s + second.entered_per_s,
        offered_per_s,
        each: Felt {
            mean_s: mix(one.mean_s, other.mean_s),
            variance_s2: mix(one.variance_s2, other.variance_s2)
                + share * (1.0 - share) * apart * apart,
            failed_share: mix(one.failed_share, other.failed_share),
        },
        is_behind: first.is_behind || second.is_behind,
        is_uneven: first.is_uneven || second.is_uneven,
        is_unsure: first.is_unsure || second.is_unsure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(requests: f64, quantiles: [f64; 4]) -> ServicePeriod {
        ServicePeriod {
            requests,
            response_mean: quantiles[0],
            response_quantiles: quantiles,
            serving: 2.0,
            ..ServicePeriod::default()
        }
    }

    #[test]
    fn a_part_without_requests_changes_no_response_time() {
        let busy = period(600.0, [0.1, 0.2, 0.3, 0.4]);
        let idle = period(0.0, [0.0; 4]);
        for both in [together(&busy, &idle), together(&idle, &busy)] {
            assert_eq!(both.response_quantiles, busy.response_quantiles);
            assert_eq!((both.requests, both.serving), (600.0, 4.0));
        }
    }

    #[test]
    fn quantiles_of_both_lie_between_and_those_of_twins_are_their_own() {
        let quick = [0.1, 0.2, 0.3, 0.4];
        let slow = [1.0, 2.0, 3.0, 4.0];
        let twins = mixed(&quick, &quick, 0.3);
        for (mixed, own) in twins.iter().zip(quick) {
            assert!((mixed - own).abs() < 1e-9, "{mixed} {own}");
        }
        // One in twenty is slow: p99 is that of the slow ones' 80th percentile, nearly.
        let both = mixed(&quick, &slow, 0.95);
        assert!(both[0] < 0.11 && 1.2 < both[3] && both[3] < 1.8, "{both:?}");
        assert!(both.is_sorted());
    }
}
