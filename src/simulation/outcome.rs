//! What a run leaves in memory, and the limits that may end it early.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::observe::Observed;

/// A finished run.
#[derive(Debug)]
pub struct RunOutcome {
    /// What the sinks kept.
    pub observed: Observed,
    /// The most CPU units that were in use at once, per provider: the quota that the run would
    /// need.
    pub vcpus_max: Vec<u64>,
    /// The hash of the (time, event) sequence: two runs with the same hash went the same way.
    pub event_hash: u64,
    /// Events handled.
    pub events: u64,
    /// Events of single requests (arrivals, ends, time-outs) that were played inside of those.
    pub request_events: u64,
    /// The most events that were pending at once.
    pub pending_max: usize,
    /// The instant up to which the run was played: the horizon, or that of the event at which a
    /// limit was reached. The event was handled, what else falls due at the same instant was not;
    /// single requests that were to be played up to it may have been left where the limit met them,
    /// less than a minute before.
    pub stopped_at: SimTime,
    /// Why it ended.
    pub end: RunEnd,
}

/// Why a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunEnd {
    /// At its horizon.
    Horizon,
    /// The limit of events was reached.
    EventLimit,
    /// The limit of tasks at once was reached.
    TaskLimit,
    /// The limit of single requests at once was reached.
    RequestLimit,
    /// Someone asked for its end (Ctrl-C).
    Cancelled,
}

/// Limits of a run; what was done until then is kept.
#[derive(Debug)]
pub struct RunLimits {
    /// Events of the cluster handled at most.
    pub events: u64,
    /// Events of single requests played at most.
    pub request_events: u64,
    /// Tasks at once at most.
    pub tasks: usize,
    /// Single requests at once at most, over all services: in queues, in slots, about to be tried
    /// again. Each takes some hundred bytes.
    pub requests: u64,
    /// Set from outside to end the run.
    pub cancelled: &'static AtomicBool,
    /// Where the run tells from time to time how far it is, in simulated microseconds.
    pub played: Option<&'static AtomicU64>,
}

/// Events between two looks at what is outside of the run.
const LOOK_EVERY: u64 = 1_024;

static NEVER: AtomicBool = AtomicBool::new(false);

impl Default for RunLimits {
    fn default() -> Self {
        RunLimits {
            events: 20_000_000_000,
            request_events: 20_000_000_000,
            tasks: 10_000_000,
            requests: 5_000_000,
            cancelled: &NEVER,
            played: None,
        }
    }
}

impl RunLimits {
    /// The limit of tasks, if so many are beyond it.
    pub fn reached_by(&self, tasks: usize) -> Option<RunEnd> {
        (self.tasks < tasks).then_some(RunEnd::TaskLimit)
    }

    /// The limit that is reached after so many events, if one is; from time to time it is told how
    /// far the run is, to whoever watches.
    #[inline]
    pub fn reached(&self, events: u64, now: SimTime, tasks: usize) -> Option<RunEnd> {
        let is_reached = self.events <= events || self.tasks < tasks;
        if is_reached || events.is_multiple_of(LOOK_EVERY) {
            return self.look(events, now, tasks);
        }
        None
    }

    #[cold]
    fn look(&self, events: u64, now: SimTime, tasks: usize) -> Option<RunEnd> {
        let looks = events.is_multiple_of(LOOK_EVERY);
        if let Some(played) = self.played.filter(|_| looks) {
            played.store(now.as_micros(), Ordering::Relaxed);
        }
        if self.events <= events {
            return Some(RunEnd::EventLimit);
        }
        let cancelled = || looks && self.cancelled.load(Ordering::Relaxed);
        let limit = self.reached_by(tasks);
        limit.or_else(|| cancelled().then_some(RunEnd::Cancelled))
    }
}

/// What a run may still spend on single requests (`run.fidelity: requests`): they are played inside
/// of one event of the cluster, which may hold more of them than anyone wants to wait for or has
/// memory for.
#[derive(Clone, Debug)]
pub struct Patience {
    events_left: u64,
    played: u64,
    since_look: u64,
    cancelled: &'static AtomicBool,
    is_cancelled: bool,
    /// Requests at once, at most and now, and those of each service when it was last looked at.
    at_once_max: u64,
    at_once: u64,
    by_service: Vec<u64>,
    /// Why no more may be played, if that is so: asked after every event of the cluster.
    end: Option<RunEnd>,
}

/// Events of requests between two looks at what is outside of the run: some milliseconds.
const REQUESTS_AT_ONCE: u64 = 100_000;

impl Patience {
    /// As much as `limits` have it, for so many services.
    pub fn of(limits: &RunLimits, services: usize) -> Self {
        Patience {
            events_left: limits.request_events,
            played: 0,
            since_look: 0,
            cancelled: limits.cancelled,
            is_cancelled: false,
            at_once_max: limits.requests,
            at_once: 0,
            by_service: vec![0; services],
            end: (limits.request_events == 0).then_some(RunEnd::EventLimit),
        }
    }

    /// Whether more may be played.
    pub fn lasts(&self) -> bool {
        self.end().is_none()
    }

    /// How much may be played before the next look: an event adds one request at most.
    pub fn next(&self) -> u64 {
        let room = self.at_once_max.saturating_sub(self.at_once);
        let until_full = room.saturating_add(1);
        self.events_left.min(REQUESTS_AT_ONCE).min(until_full)
    }

    /// So many events of a service were played; so many requests of it are there now.
    pub fn spend(&mut self, service: ServiceId, events: u64, at_once: u64) {
        self.events_left = self.events_left.saturating_sub(events);
        self.played += events;
        let before = std::mem::replace(&mut self.by_service[service.index()], at_once);
        self.at_once = self.at_once - before + at_once;
        self.since_look += events;
        if REQUESTS_AT_ONCE <= self.since_look {
            self.since_look = 0;
            self.is_cancelled |= self.cancelled.load(Ordering::Relaxed);
        }
        self.end = self.reason_to_end();
    }

    /// Events of requests played so far.
    pub fn played(&self) -> u64 {
        self.played
    }

    /// Why no more may be played, if that is so.
    #[inline]
    pub fn end(&self) -> Option<RunEnd> {
        self.end
    }

    fn reason_to_end(&self) -> Option<RunEnd> {
        if self.is_cancelled {
            return Some(RunEnd::Cancelled);
        }
        if self.at_once_max < self.at_once {
            return Some(RunEnd::RequestLimit);
        }
        (self.events_left == 0).then_some(RunEnd::EventLimit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: ServiceId = ServiceId(0);
    const API: ServiceId = ServiceId(1);

    #[test]
    fn requests_add_up_to_a_look_outside_however_few_each_event_has() {
        static CANCELLED: AtomicBool = AtomicBool::new(true);
        let limits = RunLimits {
            cancelled: &CANCELLED,
            ..RunLimits::default()
        };
        let mut patience = Patience::of(&limits, 1);
        patience.spend(WEB, REQUESTS_AT_ONCE - 1, 0);
        assert!(patience.lasts());
        patience.spend(WEB, 1, 0);
        assert_eq!(patience.end(), Some(RunEnd::Cancelled));
    }

    #[test]
    fn no_more_requests_are_played_than_the_limit_of_events() {
        let limits = RunLimits {
            request_events: 1_000,
            ..RunLimits::default()
        };
        let mut patience = Patience::of(&limits, 1);
        assert_eq!(patience.next(), 1_000);
        patience.spend(WEB, 999, 0);
        assert_eq!((patience.next(), patience.end()), (1, None));
        patience.spend(WEB, 1, 0);
        assert_eq!(patience.end(), Some(RunEnd::EventLimit));
    }

    #[test]
    fn the_requests_of_all_services_are_held_to_one_limit() {
        let limits = RunLimits {
            requests: 100,
            ..RunLimits::default()
        };
        let mut patience = Patience::of(&limits, 2);
        assert_eq!(patience.next(), 101, "then one is too many at the earliest");
        patience.spend(WEB, 80, 60);
        patience.spend(API, 80, 30);
        assert_eq!((patience.next(), patience.end()), (11, None));
        patience.spend(WEB, 11, 20);
        assert_eq!(patience.next(), 51, "what is over is not counted");
        patience.spend(API, 51, 81);
        assert_eq!(patience.end(), Some(RunEnd::RequestLimit));
    }
}
