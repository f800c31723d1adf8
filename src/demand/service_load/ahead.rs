//! The first minute after a change, worked out when the change happens: most changes are over
//! within it, and then all further minutes are known as well and nobody need look at them.
//!
//! Nothing of it counts until the minute is over. What changes earlier makes it void, and the load
//! is then played from the state that it had.

use super::distrust::count_distrust;
use super::steady::{Steady, SteadyLaw};
use super::stretch::NOBODY_WAITS;
use super::{PERIOD, ServiceLoad, ServicePeriod};
use crate::policy::load::{ArrivalsMark, Distrust, FluidQueue, Response};

use super::in_flight::InFlight;

/// A change is looked ahead of if its slowest part is over within this share of a minute.
const SETTLING_SHARE: f64 = 0.1;
/// Above this load a queue takes its time.
const CALM_LOAD: f64 = 0.9;

/// What a load goes through in a stretch, but for the sums of the minute.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State {
    queue: FluidQueue,
    arrivals: ArrivalsMark,
    in_flight: InFlight,
    attempts_mean: f64,
    busy_slots: f64,
    is_settled: bool,
}

/// The minute ahead: what it will have seen, and what it leaves. It stays where it is and is
/// written anew: copying it to and fro cost a fifth of a look.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ahead {
    /// Whether it is known; else the rest has no meaning.
    pub(super) is_known: bool,
    pub(super) period: ServicePeriod,
    /// The law of its response times, and how many are answered in time.
    response: Response,
    requests: f64,
    /// What of it lies outside the model's validated range.
    distrust: Distrust,
    after: State,
}

impl ServiceLoad {
    /// Works out the minute that begins now, if the load will settle in it. The load must have been
    /// advanced to now.
    pub fn look_ahead(&mut self) {
        if self.steady.is_some() || self.spec.memory_grows || !self.can_look_ahead() {
            return;
        }
        let before = self.state();
        let distrust = self.foreseen_segment(PERIOD);
        let after = self.state();
        let answered = self.open.only_answered();
        let fits = self.memory_per_task_mib() <= self.spec.memory_limit_mib;
        if let Some((response, requests)) = answered
            && self.is_settled
            && fits
        {
            let ahead = &mut self.ahead;
            ahead.is_known = true;
            ahead.response = *response;
            (ahead.requests, ahead.distrust, ahead.after) = (requests, distrust, after);
            ahead.period = self.open.period(&mut self.quantiles);
            let all = self.open.answered();
            self.open.restart();
            self.steady = Some(match self.steady_from(&self.ahead.period, all) {
                Some(period) => Steady {
                    period,
                    law: SteadyLaw::Newest,
                },
                None => self.steady_minute(),
            });
        } else {
            self.open.restart();
        }
        self.restore(&before);
    }

    /// The steady minutes after one that was at once as they are, but that those it began with were
    /// answered as well.
    fn steady_from(&self, first: &ServicePeriod, answered: f64) -> Option<ServicePeriod> {
        let (target, _) = self.target.last()?;
        let queued = target.throughput_per_s * target.wait_s;
        if self.pieces != 1 || first.elb_504 < first.elb_5xx || NOBODY_WAITS < queued / target.n {
            return None;
        }
        let share = first.requests / answered;
        let idle = self.spec.idle_vcpus * f64::from(self.running) * PERIOD.as_secs_f64();
        let cpu_used = (answered * self.spec.shape.cpu_s * share + idle).min(first.cpu_reserved);
        Some(ServicePeriod {
            cpu_used,
            target_5xx: first.target_5xx * share,
            timed_out: first.timed_out * share,
            elb_5xx: first.elb_504 * share,
            elb_504: first.elb_504 * share,
            received: first.received * share,
            ..*first
        })
    }

    /// The minute that begins now, if it is known already; those after it are the steady ones.
    pub fn ahead(&self) -> Option<&ServicePeriod> {
        self.ahead.is_known.then_some(&self.ahead.period)
    }

    fn can_look_ahead(&mut self) -> bool {
        let offered = self.offered();
        let Some(curve) = &self.curve else {
            return false;
        };
        let fresh =
            self.updated.as_micros().is_multiple_of(PERIOD.as_micros()) && self.open.is_untouched();
        let alike =
            self.cohorts.is_empty() && self.closings.is_empty() && self.first.arrivals.is_calm();
        if !fresh || !alike || offered <= 0.0 || CALM_LOAD <= curve.load(offered) {
            return false;
        }
        let (target, _) = self.target.of(curve, offered, PERIOD.as_secs_f64());
        target.as_ref().is_some_and(|target| {
            let soon_s = SETTLING_SHARE * PERIOD.as_secs_f64();
            self.first.queue.n < curve.slots() && 3.0 < soon_s * target.slope_per_s
        })
    }

    /// The minute ahead has passed as foreseen.
    pub(super) fn arrive(&mut self) {
        let Ahead {
            after,
            response,
            requests,
            distrust,
            ..
        } = &self.ahead;
        self.responses.add(response, *requests);
        count_distrust(&mut self.distrust_s, *distrust, PERIOD.as_secs_f64());
        let after = *after;
        self.restore(&after);
        self.ahead.is_known = false;
        self.updated += PERIOD;
    }

    pub(super) fn state(&self) -> State {
        State {
            queue: self.first.queue,
            arrivals: self.first.arrivals.mark(),
            in_flight: self.in_flight,
            attempts_mean: self.attempts_mean,
            busy_slots: self.busy_slots,
            is_settled: self.is_settled,
        }
    }

    pub(super) fn restore(&mut self, state: &State) {
        self.first.queue = state.queue;
        self.first.arrivals.return_to(state.arrivals);
        self.in_flight = state.in_flight;
        self.attempts_mean = state.attempts_mean;
        self.busy_slots = state.busy_slots;
        self.is_settled = state.is_settled;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::demand::service_load::LoadSpec;
    use crate::engine::{SimDuration, SimTime};
    use crate::policy::load::{Routing, WorkShape};

    fn spec(routing: Routing, timeout_s: Option<f64>) -> LoadSpec {
        let shape = WorkShape {
            cpu_s: 0.02,
            wait_s: 0.04,
            cv: 1.2,
            slots: 8,
            vcpus: 0.5,
        };
        LoadSpec {
            memory_base_mib: 100.0,
            idle_vcpus: 0.01,
            errors: 0.01,
            timeout_s,
            retry_attempts: 1,
            backoff_s: 0.1,
            ..LoadSpec::plain(shape, routing)
        }
    }

    /// All minutes of a load under these changes, every one a row of what is measured; and the
    /// mean of all response times.
    fn minutes(spec: LoadSpec, changes: &[(u64, f64, u32)], looks: bool) -> Vec<[f64; 9]> {
        let mut load = ServiceLoad::new(spec);
        let mut rows = Vec::new();
        let mut at = SimTime::ZERO;
        for (seconds, rate, tasks) in changes {
            load.set_rate(*rate);
            load.set_tasks(*tasks, *tasks);
            if looks {
                load.look_ahead();
            }
            at = SimTime::from_micros(at.as_micros() + seconds * 1_000_000);
            load.advance_to(at, |(_, count, minute)| {
                let row = [
                    minute.requests,
                    minute.first_tries,
                    minute.failed,
                    minute.target_5xx,
                    minute.timed_out,
                    minute.cpu_used,
                    minute.memory_used,
                    minute.response_mean,
                    minute.response_quantiles[3],
                ];
                rows.extend(std::iter::repeat_n(row, count as usize));
            });
        }
        let responses = load.responses();
        let (mean, count) = (responses.mean_s().unwrap_or(0.0), responses.count());
        rows.push([mean, count, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        rows
    }

    #[test]
    fn most_changes_need_no_further_look() {
        let mut load = ServiceLoad::new(spec(Routing::LeastOutstanding, None));
        load.set_tasks(4, 4);
        load.set_rate(30.0);
        // What further tries add is known after a minute or two.
        let begin = SimTime::from_secs(300);
        load.advance_to(begin, |_| ());
        load.set_rate(40.0);
        load.look_ahead();
        let first = *load.ahead().expect("it settles within the minute");
        let steady = *load.steady().expect("and stays so");
        assert!(first.cpu_used < steady.cpu_used);
        // A change within the minute makes it void.
        load.advance_to(begin + SimDuration::from_secs(10), |_| ());
        assert!(load.ahead().is_none() && load.steady().is_none());
    }

    #[test]
    fn a_minute_looked_at_leaves_what_is_in_flight_as_it_was() {
        // Who is in flight when all tasks stop once came from one minute too many.
        let changes = [(60, 0.0, 0), (60, 24.5, 3), (60, 12.1, 1), (60, 0.0, 0)];
        let spec = spec(Routing::RoundRobin, None);
        assert_eq!(
            minutes(spec, &changes, false)[3],
            minutes(spec, &changes, true)[3]
        );
    }

    proptest! {
        /// Looking ahead or not, every minute is the same.
        #[test]
        fn what_is_foreseen_happens(
            changes in prop::collection::vec(
                (prop_oneof![Just(60u64), Just(300), 1u64..400], 0.0..120.0f64, 0u32..6),
                1..12,
            ),
            pooled: bool,
            timeout_s in prop_oneof![Just(None), Just(Some(0.2)), Just(Some(10.0))],
        ) {
            let routing = if pooled { Routing::Pooled } else { Routing::RoundRobin };
            let spec = spec(routing, timeout_s);
            let (plain, foreseen) = (minutes(spec, &changes, false), minutes(spec, &changes, true));
            prop_assert_eq!(plain.len(), foreseen.len());
            for (index, (a, b)) in plain.iter().zip(&foreseen).enumerate() {
                // What rounding leaves of one number of all requests is no part of a small one.
                let rounding = 1e-9 + 1e-10 * a[0];
                for (a, b) in a.iter().zip(b) {
                    let off = (a - b).abs();
                    prop_assert!(off <= rounding + 1e-6 * a.abs(), "minute {index}: {a} or {b}");
                }
            }
        }
    }
}
