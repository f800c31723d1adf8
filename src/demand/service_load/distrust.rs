//! Where what clients and balancers do takes the model out of its validated range.

use crate::policy::calls::{PEAK_DEVIATIONS, UNEVEN_FELT};
use crate::policy::load::{Curve, Distrust, Routing};
use crate::policy::message_queue::longer;

use super::ServiceLoad;
use super::stretch::{DECAY_MAX, decay_least};

/// Below this load no queue of the measured cells ever tipped over, if its wait falls off by so
/// many powers of e until patience ends: 24 would have done.
const TIPPING_LOAD: f64 = 0.82;
const TIPPING_DECAY: f64 = 40.0;
/// Work of further tries that none can do in time is felt from this share of all work on.
const HOPELESS_MOST: f64 = 0.03;
/// Shares of bound requests with which neither the algorithm nor chance decides alone.
const BOUND_MIXED: std::ops::Range<f64> = 0.1..0.97;
/// Those in which that is felt behind least outstanding requests, up to this load and variation of
/// work, where slots are not few; behind round robin it is not felt there at all.
const BOUND_FELT: std::ops::Range<f64> = 0.8..0.97;
const BOUND_LOAD: f64 = 0.86;
const BOUND_CV: f64 = 1.0;
/// Tasks that the balancer tells apart are crowded above this load.
const CROWDED: f64 = 0.9;
/// Copies of messages are sure up to this load, themselves included.
const COPIES_LOAD: f64 = 0.7;
/// A bounded queue is sure up to this load, or once all that it has room for was served so often.
const FILLING_LOAD: f64 = 0.9;
const FILLINGS: f64 = 30.0;
/// Where [`Distrust::PATIENCE`] holds.
const NEAR_ONE: std::ops::RangeInclusive<f64> = 0.9..=1.2;
const SLOTS_FEW: f64 = 16.0;
/// The same where work varies as much as this: one long request takes a slot for all of the
/// time-out.
const CV_LARGE: f64 = 4.0;
const SLOTS_FEW_IF_VARIED: f64 = 64.0;
const SERVICES_FEW: f64 = 4.0;

impl ServiceLoad {
    /// What of the clients' doings lies outside the validated range.
    pub(super) fn distrust_clients(&self, offered: f64, curve: &Curve) -> Distrust {
        let calls = Distrust::CALLS.when(self.spec.calls_are_unsure && 0.0 < offered)
            | Distrust::CALLEES.when(self.spec.callees_are_unsure && 0.0 < offered)
            | Distrust::REVISIONS.when(self.spec.revisions_differ && 0.0 < offered)
            | Distrust::COPIES.when(self.copying.is_felt() && COPIES_LOAD < curve.load(offered))
            | Distrust::ADDRESSES.when(self.is_uneven(offered, curve));
        // Who neither tries again nor leaves the queue does nothing that is hard to foresee.
        let has_say = 0 < self.spec.retry_attempts || self.spec.leaves_queue;
        let Some(timeout_s) = self.spec.timeout_s.filter(|_| has_say) else {
            return calls;
        };
        let decay = decay_least(curve, offered, timeout_s);
        let tips = Distrust::RETRIES.when(self.tips(offered, curve, (timeout_s, decay)));
        calls | tips | Distrust::PATIENCE.when(self.ends_by_patience(offered, curve, decay))
    }

    /// Whether the balancer tells tasks apart that are not alike, or the algorithm and sessions
    /// both have their say: see [`Distrust::UNEVEN`].
    pub(super) fn are_apart(&self, offered: f64, curve: &Curve) -> bool {
        let (spread, routing) = (&self.spec.spread, self.spec.routing);
        if spread.is_even() || offered <= 0.0 {
            return false;
        }
        let shape = &self.spec.shape;
        let is_measured = SLOTS_FEW <= f64::from(shape.slots)
            && shape.cv <= BOUND_CV
            && curve.load(offered) <= BOUND_LOAD;
        let levels = routing == Routing::LeastOutstanding;
        let is_felt = !is_measured || levels && BOUND_FELT.contains(&spread.sticky_share);
        let is_mixed = BOUND_MIXED.contains(&spread.sticky_share) && routing != Routing::Random;
        is_mixed && is_felt || self.is_crowded(offered, curve)
    }

    /// Whether tasks that the balancer tells apart have more to do than they are known to bear.
    fn is_crowded(&self, offered: f64, curve: &Curve) -> bool {
        let count = self.cohorts.late.len();
        let division = self.division(self.updated.as_secs_f64());
        let rate = |at: usize| self.cohorts.offered(&division, None, at, offered);
        let is_crowded = |at: usize| CROWDED < curve.load(rate(at));
        let are_late = || self.cohorts.are_backlogged(&self.first.queue, curve);
        0 < count && (are_late() || (0..=count).any(is_crowded))
    }

    /// Whether it matters that callers do not ask all tasks alike: those that are asked the most
    /// take longer, or fall behind.
    pub(super) fn is_uneven(&self, offered: f64, curve: &Curve) -> bool {
        let cv = self.spec.address_cv;
        if cv <= 0.0 || offered <= 0.0 {
            return false;
        }
        let (mean, peak) = (curve.load(offered), 1.0 + PEAK_DEVIATIONS * cv);
        let takes = |load: f64| {
            let at = curve.at_load(load);
            at.holding_s + at.wait_s
        };
        1.0 <= mean * peak || UNEVEN_FELT * takes(mean) < takes(mean * peak)
    }

    /// Whether further tries could tip the service over: it then has a second state, in which all
    /// tries time out and all are repeated, and chance decides when it falls into it. Or whether
    /// work that is longer than clients' patience is much of the load: it fails in every try, and
    /// the model takes tries to be as likely to fail as the first.
    fn tips(&self, offered: f64, curve: &Curve, (timeout_s, decay): (f64, f64)) -> bool {
        let again = f64::from(self.spec.retry_attempts);
        if again == 0.0 {
            return false;
        }
        let is_calm = offered < TIPPING_LOAD * curve.capacity_per_s() && TIPPING_DECAY <= decay;
        let task = &curve.pool().task;
        let [_, hopeless] = longer(task.holding_alone_s, task.shape.cv, timeout_s);
        1.0 <= curve.load(self.rate_per_s * (1.0 + again)) && !is_calm
            || HOPELESS_MOST < again * hopeless && 0.0 < offered
    }

    /// Whether clients leave a queue that is hard to foresee: see [`Distrust::PATIENCE`].
    fn ends_by_patience(&self, offered: f64, curve: &Curve, decay: f64) -> bool {
        let (load, task) = (curve.load(offered), &curve.pool().task);
        let someone_leaves = decay < DECAY_MAX;
        let is_near = NEAR_ONE.contains(&load) && someone_leaves;
        let few = if task.shape.cv < CV_LARGE {
            SLOTS_FEW
        } else {
            SLOTS_FEW_IF_VARIED
        };
        let has_few = task.slots() < few && 0.0 < load && someone_leaves;
        let services = self.spec.timeout_s.unwrap_or(f64::INFINITY) / task.holding_full_s;
        let is_short = services * task.slots() < SERVICES_FEW && 0.0 < offered;
        self.spec.leaves_queue && (is_near || has_few || is_short)
    }
}

impl ServiceLoad {
    /// Whether a bounded queue fills or empties near or above load 1: see [`Distrust::FILLING`].
    pub(super) fn fills(&self, offered: f64, curve: &Curve, held_s: f64) -> bool {
        if self.spec.places == u32::MAX || curve.load(offered) <= FILLING_LOAD {
            return false;
        }
        let places = f64::from(self.spec.places) * f64::from(self.serving);
        held_s < FILLINGS * (curve.slots() + places) / curve.capacity_per_s()
    }

    /// How long the rate and the tasks will have been as they are at the end of a stretch.
    pub(super) fn held_s(&self, dt_s: f64) -> f64 {
        self.changed.map_or(f64::INFINITY, |changed| {
            self.updated.since(changed).as_secs_f64() + dt_s
        })
    }
}

pub(super) fn count_distrust(seconds: &mut [f64], distrust: Distrust, dt_s: f64) {
    if distrust.is_empty() {
        return;
    }
    for ((flag, _), total) in Distrust::ALL.iter().zip(seconds) {
        if distrust.contains(*flag) {
            *total += dt_s;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::service_load::LoadSpec;
    use crate::engine::SimTime;
    use crate::policy::load::WorkShape;

    /// The flags of ten minutes at a load, for 4 tasks behind round robin with clients that give
    /// up after so many slot-holding times.
    fn flags(load: f64, [slots, retries]: [u32; 2], times: [f64; 2]) -> Distrust {
        flags_of(load, spec([slots, retries], times))
    }

    fn spec([slots, retries]: [u32; 2], [cv, timeout]: [f64; 2]) -> LoadSpec {
        let shape = WorkShape {
            cpu_s: 0.0,
            wait_s: 0.1,
            cv,
            slots,
            vcpus: 1.0,
        };
        LoadSpec {
            timeout_s: Some(0.1 * timeout),
            retry_attempts: retries,
            backoff_s: 2.0,
            ..LoadSpec::plain(shape, Routing::RoundRobin)
        }
    }

    fn flags_of(load: f64, spec: LoadSpec) -> Distrust {
        let mut service = ServiceLoad::new(spec);
        service.set_tasks(4, 4);
        service.set_rate(load * 40.0 * f64::from(spec.shape.slots));
        service.advance_to(SimTime::from_secs(600), |_| ());
        let all = Distrust::ALL.iter().zip(service.distrust_s());
        all.fold(Distrust::NONE, |sum, ((flag, _), seconds)| {
            sum | flag.when(0.0 < *seconds)
        })
    }

    #[test]
    fn a_run_says_where_clients_patience_is_hard_to_foresee() {
        for load in [0.95, 1.0, 1.1, 1.2] {
            assert!(
                flags(load, [16, 0], [1.0, 10.0]).contains(Distrust::PATIENCE),
                "{load}"
            );
        }
        // Far enough from load 1, the share that fails was within 2 points in every cell.
        for load in [0.8, 1.3, 2.0] {
            assert!(flags(load, [16, 0], [1.0, 10.0]).is_empty(), "{load}");
        }
        // Where the wait of nobody lasts as long, nobody's patience matters.
        assert!(flags(0.95, [64, 0], [0.0, 50.0]).is_empty());
        // Few slots, whatever the work; hardly any time to wait.
        assert!(flags(0.8, [4, 0], [0.0, 2.0]).contains(Distrust::PATIENCE));
        assert!(flags(1.5, [4, 0], [1.0, 10.0]).contains(Distrust::PATIENCE));
        assert!(flags(0.8, [1, 0], [1.0, 2.0]).contains(Distrust::PATIENCE));
        // More of them where work varies much.
        assert!(flags(1.3, [16, 0], [4.0, 50.0]).contains(Distrust::PATIENCE));
        assert!(flags(1.3, [64, 0], [4.0, 50.0]).is_empty());
    }

    #[test]
    fn a_service_whose_requests_are_partly_bound_says_so() {
        let (turns, levels) = (Routing::RoundRobin, Routing::LeastOutstanding);
        let cases = [
            (0.0, turns, 4, 0.8, false),
            (0.5, turns, 4, 0.8, true),
            (1.0, turns, 4, 0.8, false),
            // Not felt with many slots below a load of 0.86, unless most are bound and the rest
            // are levelled.
            (0.5, turns, 16, 0.8, false),
            (0.5, turns, 16, 0.88, true),
            (0.5, levels, 16, 0.8, false),
            (0.9, levels, 16, 0.8, true),
        ];
        for (bound, routing, slots, load, is_unsure) in cases {
            let mut spec = spec([slots, 0], [1.0, 10.0]);
            spec.routing = routing;
            spec.spread.sticky_share = bound;
            spec.spread.session_s = 600.0;
            let found = flags_of(load, spec).contains(Distrust::UNEVEN);
            assert_eq!(found, is_unsure, "{bound} {slots} {load}");
        }
    }

    /// Tasks without sessions beside four that have them all: it matters when those are crowded.
    #[test]
    fn a_service_whose_sessions_crowd_some_tasks_says_so() {
        for (load, is_unsure) in [(0.8, false), (1.1, true)] {
            let mut spec = spec([16, 0], [1.0, 10.0]);
            spec.timeout_s = None;
            spec.spread.sticky_share = 1.0;
            spec.spread.session_s = 3_600.0;
            let mut service = ServiceLoad::new(spec);
            service.set_tasks(4, 4);
            service.set_rate(0.5 * 640.0);
            service.advance_to(SimTime::from_secs(60), |_| ());
            service.set_tasks(8, 8);
            service.set_rate(load * 640.0);
            service.advance_to(SimTime::from_secs(120), |_| ());
            let all = Distrust::ALL.iter().zip(service.distrust_s());
            let found = all
                .filter(|((flag, _), seconds)| *flag == Distrust::UNEVEN && 0.0 < **seconds)
                .count();
            assert_eq!(found == 1, is_unsure, "{load}");
        }
    }

    #[test]
    fn a_service_that_its_own_tries_could_overload_says_so() {
        // The exact model falls into the second state at a load of 0.5 as well, if a time-out is
        // short against what its queue sways.
        assert!(flags(0.5, [16, 2], [1.0, 2.0]).contains(Distrust::RETRIES));
        assert!(flags(0.5, [16, 1], [4.0, 10.0]).contains(Distrust::RETRIES));
        assert!(!flags(0.5, [64, 2], [1.0, 50.0]).contains(Distrust::RETRIES));
        assert!(!flags(0.3, [16, 2], [1.0, 10.0]).contains(Distrust::RETRIES));
        // A time-out that is long against both the queue's sway and the longest work.
        assert!(!flags(0.8, [16, 2], [0.5, 20.0]).contains(Distrust::RETRIES));
        assert!(!flags(0.7, [64, 2], [1.0, 10.0]).contains(Distrust::RETRIES));
        assert!(flags(0.8, [16, 2], [1.0, 10.0]).contains(Distrust::RETRIES));
        // 6 % of the work takes longer than clients wait, in the first try as in all further ones.
        assert!(flags(0.4, [64, 2], [1.0, 5.0]).contains(Distrust::RETRIES));
        assert!(flags(0.2, [64, 1], [2.0, 10.0]).contains(Distrust::RETRIES));
    }
}
