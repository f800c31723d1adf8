//! The load of a service whose traffic a balancer divides between two target groups, each with its
//! own tasks: a blue/green deployment. Each side is a load of its own; the minutes of both are put
//! together where they are closed.

use std::collections::VecDeque;

use crate::demand::load::{Leaving, Load};
use crate::demand::period::{QUANTILES, ServicePeriod};
use crate::demand::requests::CallWork;
use crate::demand::service_load::{Closed, LoadSpec, Served};
use crate::engine::{SimDuration, SimTime};
use crate::ids::{TaskId, ZoneId};
use crate::policy::calls::Felt;
use crate::policy::load::{Distrust, Histogram};

/// One of the two target groups.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Side {
    /// That of the service's creation.
    #[default]
    First,
    /// The alternate one.
    Alternate,
}

impl Side {
    /// Both.
    pub const BOTH: [Side; 2] = [Side::First, Side::Alternate];

    /// The other one.
    #[must_use]
    pub fn other(self) -> Side {
        match self {
            Side::First => Side::Alternate,
            Side::Alternate => Side::First,
        }
    }
}

/// The load of both sides.
#[derive(Clone, Debug)]
pub struct SplitLoad {
    sides: [Load; 2],
    /// Parts of the traffic, 1 together.
    parts: [f64; 2],
    rate_per_s: f64,
    /// Minutes that one side has closed and the other has not: the first of each run, how many.
    closed: [ClosedRuns; 2],
    /// What every further minute will have, once both have settled.
    steady: Option<ServicePeriod>,
    responses: Histogram,
    distrust_s: [f64; Distrust::ALL.len()],
}

impl SplitLoad {
    /// Two loads that nobody asks of yet; all traffic is the first one's.
    pub fn new(sides: [Load; 2]) -> Self {
        SplitLoad {
            sides,
            parts: [1.0, 0.0],
            rate_per_s: 0.0,
            closed: Default::default(),
            steady: None,
            responses: Histogram::default(),
            distrust_s: [0.0; Distrust::ALL.len()],
        }
    }

    fn side(&mut self, side: Side) -> &mut Load {
        self.steady = None;
        &mut self.sides[side as usize]
    }

    /// This side has so much of the traffic from now on, the other one the rest; the load must have
    /// been advanced to now.
    pub fn set_part(&mut self, side: Side, part: f64) {
        self.parts[side as usize] = part;
        self.parts[side.other() as usize] = 1.0 - part;
        self.set_rate(self.rate_per_s);
    }

    /// The rate of first tries, from now on; the load must have been advanced to now.
    pub fn set_rate(&mut self, rate_per_s: f64) {
        self.rate_per_s = rate_per_s;
        self.steady = None;
        for (load, part) in self.sides.iter_mut().zip(self.parts) {
            load.set_rate(rate_per_s * part);
        }
    }

    /// The tasks of a side that run and those that answer, from now on.
    pub fn set_tasks(&mut self, side: Side, running: u32, serving: u32) {
        let is_idle = self.parts[side as usize] <= 0.0;
        let load = self.side(side);
        if is_idle && serving == 0 {
            load.finish_all();
        }
        load.set_tasks(Side::First, running, serving);
    }

    /// What the code of a side's tasks costs, from now on.
    pub fn set_spec(&mut self, side: Side, spec: LoadSpec) {
        self.side(side).set_spec(Side::First, spec);
    }

    /// A task of a side and a zone answers from now on: see [`Load::join`].
    pub fn join(
        &mut self,
        (side, zone): (Side, ZoneId),
        task: TaskId,
        of_requests: (&LoadSpec, &[CallWork]),
    ) {
        self.side(side).join((Side::First, zone), task, of_requests);
    }

    /// One of `serving` tasks of a side answers no longer: see [`Load::leave`].
    pub fn leave(
        &mut self,
        (side, zone): (Side, ZoneId),
        task: TaskId,
        leaving: Leaving,
        serving: u32,
    ) {
        let place = (Side::First, zone);
        self.side(side).leave(place, task, leaving, serving);
    }

    /// The RUNNING tasks of a side in each zone, and whether it is up.
    pub fn set_running_by_zone(&mut self, side: Side, zones: impl Iterator<Item = (u32, bool)>) {
        if let Load::Zonal(load) = self.side(side) {
            load.set_running(zones);
        }
    }

    /// Whether the balancer keeps zones apart.
    pub fn is_zonal(&self) -> bool {
        matches!(self.sides[0], Load::Zonal(_))
    }

    /// Whether a side's tasks in a zone need more memory than they have.
    pub fn is_over_memory_in(&self, side: Side, zone: ZoneId) -> bool {
        self.sides[side as usize].is_over_memory_in(Side::First, zone)
    }

    /// Starts in the middle of the present rate, as if it had been so for long.
    pub fn settle(&mut self) {
        self.steady = None;
        self.sides.iter_mut().for_each(Load::settle);
    }

    /// What a minute under the present rate is expected to see.
    pub fn expected_minute(&mut self) -> ServicePeriod {
        let [first, second] = &mut self.sides;
        together(&first.expected_minute(), &second.expected_minute())
    }

    /// What other services would meet over the next `length`: of either side by its part.
    pub fn served_ahead(&mut self, length: SimDuration) -> Served {
        let [first, second] = &mut self.sides;
        let (first, second) = (first.served_ahead(length), second.served_ahead(length));
        served_together(first, second, self.parts[0])
    }

    /// Whether further time changes nothing.
    pub fn is_settled(&self) -> bool {
        self.sides.iter().all(Load::is_settled)
    }

    /// The value that every further minute will have.
    pub fn steady(&self) -> Option<&ServicePeriod> {
        self.steady.as_ref()
    }

    /// Finds whether every further minute is alike.
    pub fn look_ahead(&mut self) {
        let [first, second] = &self.sides;
        self.steady = match (first.steady(), second.steady()) {
            (Some(first), Some(second)) => Some(together(first, second)),
            _ => None,
        };
    }

    /// What the minute that is not over has seen so far.
    pub fn last_minute(&mut self) -> Option<(u64, ServicePeriod)> {
        let [first, second] = &mut self.sides;
        match (first.last_minute(), second.last_minute()) {
            (Some((index, first)), Some((_, second))) => Some((index, together(&first, &second))),
            (one, other) => one.or(other),
        }
    }

    /// Memory of a task and the mean in use by one, MiB, on the side that is nearer to its limit.
    pub fn memory_mib(&self) -> (f64, f64) {
        let of = |load: &Load| (load.memory_limit_mib(), load.memory_per_task_mib());
        let [first, second] = self.sides.each_ref().map(of);
        // Used over limit, without a division by a limit of 0.
        if second.1 * first.0 <= first.1 * second.0 {
            first
        } else {
            second
        }
    }

    /// Whether a side's tasks need more memory than they have.
    pub fn is_over_memory(&self, side: Side) -> bool {
        self.sides[side as usize].is_over_memory(Side::First)
    }

    /// Response times of the whole run.
    pub fn responses(&mut self) -> &Histogram {
        let [first, second] = &mut self.sides;
        self.responses = first.responses().clone();
        self.responses.merge(second.responses());
        &self.responses
    }

    /// Seconds outside the validated range; a second in which both are counts once at most.
    pub fn distrust_s(&self) -> &[f64] {
        &self.distrust_s
    }

    /// Events of requests that were played.
    pub fn events(&self) -> u64 {
        self.sides.iter().map(Load::events).sum()
    }

    /// Requests that are remembered one by one.
    pub fn at_once(&self) -> u64 {
        self.sides.iter().map(Load::at_once).sum()
    }

    /// Moves on to `now`: see [`Load::advance_to`].
    pub fn advance_to(
        &mut self,
        now: SimTime,
        most: u64,
        mut closed: impl FnMut(Closed<'_>),
    ) -> bool {
        let mut reached = true;
        for (load, runs) in self.sides.iter_mut().zip(&mut self.closed) {
            let played = load.events();
            let keep = &mut |(first, count, period): Closed<'_>| {
                runs.push_back((first, count, *period));
            };
            reached &= load.advance_boxed(now, most, keep);
            debug_assert!(played <= load.events(), "events are counted up");
        }
        while let Some((first, count, period)) = next_closed(&mut self.closed) {
            closed((first, count, &period));
        }
        let [first, second] = self.sides.each_ref().map(Load::distrust_s);
        for (at, seconds) in self.distrust_s.iter_mut().enumerate() {
            *seconds = first[at].max(second[at]);
        }
        self.look_ahead();
        reached
    }

    /// Checks both sides against their tasks.
    ///
    /// # Panics
    /// If something does not hold: a defect of ours.
    pub fn audit(&self, tasks: [(u32, u32); 2], now: SimTime) {
        for (load, tasks) in self.sides.iter().zip(tasks) {
            load.audit([tasks, (0, 0)], now);
        }
        let parts: f64 = self.parts.iter().sum();
        assert!((parts - 1.0).abs() < 1e-9, "all traffic goes somewhere");
    }
}

/// Minutes that one part of a load has closed and another has not: the first of each run, how many.
pub(super) type ClosedRuns = VecDeque<(u64, u64, ServicePeriod)>;

/// The next minutes that all parts have closed, like ones together.
pub(super) fn next_closed(parts: &mut [ClosedRuns]) -> Option<(u64, u64, ServicePeriod)> {
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

/// What both sides saw of a minute.
#[must_use]
pub fn together(one: &ServicePeriod, other: &ServicePeriod) -> ServicePeriod {
    let weight = |period: &ServicePeriod| {
        if 0.0 < period.response_mean {
            period.requests
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
pub(super) fn served_together(first: Served, second: Served, part: f64) -> Served {
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
    fn a_side_without_requests_changes_no_response_time() {
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
