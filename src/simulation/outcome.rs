//! What a run leaves in memory, and the limits that may end it early.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::engine::SimTime;
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
    /// The most events that were pending at once.
    pub pending_max: usize,
    /// The instant up to which the run was played.
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
    /// Someone asked for its end (Ctrl-C).
    Cancelled,
}

/// Limits of a run; what was done until then is kept.
#[derive(Debug)]
pub struct RunLimits {
    /// Events handled at most.
    pub events: u64,
    /// Tasks at once at most.
    pub tasks: usize,
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
            tasks: 10_000_000,
            cancelled: &NEVER,
            played: None,
        }
    }
}

impl RunLimits {
    /// Tells how far the run is, to whoever watches.
    pub fn tell(&self, events: u64, now: SimTime) {
        if let Some(played) = self.played
            && events.is_multiple_of(LOOK_EVERY)
        {
            played.store(now.as_micros(), Ordering::Relaxed);
        }
    }

    /// The limit that is reached, if one is.
    pub fn reached(&self, events: u64, tasks: usize) -> Option<RunEnd> {
        if self.events <= events {
            return Some(RunEnd::EventLimit);
        }
        if self.tasks < tasks {
            return Some(RunEnd::TaskLimit);
        }
        (events.is_multiple_of(LOOK_EVERY) && self.cancelled.load(Ordering::Relaxed))
            .then_some(RunEnd::Cancelled)
    }
}

/// What a run may still spend on single requests (`run.fidelity: requests`): they are played inside
/// of one event of the cluster, which may hold more of them than anyone wants to wait for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    events_left: u64,
    since_look: u64,
    cancelled: &'static AtomicBool,
    is_cancelled: bool,
}

/// Events of requests between two looks at what is outside of the run: some milliseconds.
const REQUESTS_AT_ONCE: u64 = 100_000;

impl Default for Patience {
    fn default() -> Self {
        Patience::of(&RunLimits::default())
    }
}

impl Patience {
    /// As much as `limits` have it.
    pub fn of(limits: &RunLimits) -> Self {
        Patience {
            events_left: limits.events,
            since_look: 0,
            cancelled: limits.cancelled,
            is_cancelled: false,
        }
    }

    /// Whether more may be played.
    pub fn lasts(&self) -> bool {
        self.end().is_none()
    }

    /// How much may be played before the next look.
    pub fn next(&self) -> u64 {
        self.events_left.min(REQUESTS_AT_ONCE)
    }

    /// So many events were played.
    pub fn spend(&mut self, events: u64) {
        self.events_left = self.events_left.saturating_sub(events);
        self.since_look += events;
        if REQUESTS_AT_ONCE <= self.since_look {
            self.since_look = 0;
            self.is_cancelled |= self.cancelled.load(Ordering::Relaxed);
        }
    }

    /// Why no more may be played, if that is so.
    pub fn end(&self) -> Option<RunEnd> {
        if self.is_cancelled {
            return Some(RunEnd::Cancelled);
        }
        (self.events_left == 0).then_some(RunEnd::EventLimit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_add_up_to_a_look_outside_however_few_each_event_has() {
        static CANCELLED: AtomicBool = AtomicBool::new(true);
        let mut patience = Patience::of(&RunLimits {
            cancelled: &CANCELLED,
            ..RunLimits::default()
        });
        patience.spend(REQUESTS_AT_ONCE - 1);
        assert!(patience.lasts());
        patience.spend(1);
        assert_eq!(patience.end(), Some(RunEnd::Cancelled));
    }

    #[test]
    fn no_more_requests_are_played_than_the_limit_of_events() {
        let mut patience = Patience::of(&RunLimits {
            events: 1_000,
            ..RunLimits::default()
        });
        assert_eq!(patience.next(), 1_000);
        patience.spend(999);
        assert_eq!((patience.next(), patience.end()), (1, None));
        patience.spend(1);
        assert_eq!(patience.end(), Some(RunEnd::EventLimit));
    }
}
