//! The queueing system of one service: arrivals, tasks, clients, and what is next.
//!
//! Times are seconds as floats (a request may take less than the cluster's microsecond), counted
//! from the run's start; all of it is `libm` and plain arithmetic, the same bits on every machine.
//! Intervals are half-open: [`Fleet::advance`] to `t` handles what falls due before `t`. At equal
//! times requests end before others begin.

mod audit;
mod calling;
mod clients;
mod play;
mod queue;
mod sessions;
mod tasks;

pub(super) use calling::Arrived;

use std::collections::VecDeque;

use super::arena::{Arena, Line};
use super::calls::Calling;
use super::earliest::Earliest;
use super::hold_heap::HoldHeap;
use super::levels::Levels;
use super::messages::Messages;
use super::server::{Class, Passage, Server, Standing};
use crate::engine::random::{NameHash, Purpose, Stream, Streams};
use crate::policy::balancing::Spread;
use crate::policy::load::Routing;
use sessions::Uneven;

const GAPS: Purpose = Purpose::new("gaps of requests");
const WORK: Purpose = Purpose::new("work of requests");
const ERRORS: Purpose = Purpose::new("errors of requests");
const TIES: Purpose = Purpose::new("ties between tasks");
const SPREAD: Purpose = Purpose::new("sessions and slow starts");

/// What the clients of a service do.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Clients {
    /// After how many seconds they give up; infinite: never.
    pub timeout_s: f64,
    /// Whether their request then leaves the queue, if it still stands there.
    pub leaves_queue: bool,
    /// Tries after a first one that failed.
    pub retry_attempts: u32,
    /// Seconds between a failure and the next try.
    pub backoff_s: f64,
    /// Of a service that pulls from a queue (pooled tasks only): how many seconds a message that is
    /// worked on stays hidden from other tasks.
    pub visibility_s: Option<f64>,
}

impl Default for Clients {
    /// Patient ones, who try once.
    fn default() -> Self {
        Clients {
            timeout_s: f64::INFINITY,
            leaves_queue: true,
            retry_attempts: 0,
            backoff_s: 0.0,
            visibility_s: None,
        }
    }
}

/// A try that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// When it arrived, seconds.
    pub arrived_s: f64,
    /// When it got its slot, seconds.
    pub started_s: f64,
    /// When it was answered, seconds.
    pub answered_s: f64,
    /// Whether whoever made it had left by then: a client that gave up, or a balancer that had
    /// answered 504.
    pub is_late: bool,
}

impl Answer {
    /// How long it took, seconds; `None` where it is late: nobody who waited for it sees that.
    #[inline]
    pub fn seen_s(&self) -> Option<f64> {
        (!self.is_late).then_some(self.answered_s - self.arrived_s)
    }
}

/// Hears of single tries; what is only counted stands in [`Totals`].
pub trait Watch {
    /// A try was answered (with an error, or for a client that has left, too).
    fn answered(&mut self, answer: &Answer);
    /// A try that arrived then got no slot: it was turned away, or its client gave up.
    fn lost(&mut self, arrived_s: f64) {
        let _ = arrived_s;
    }
}

/// What has been counted so far.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Totals {
    /// Tries that reached the balancer.
    pub arrived: u64,
    /// Of them, first tries.
    pub first_tries: u64,
    /// Tries that were answered, with an error or without.
    pub answered: u64,
    /// Of them, with a 5xx of the task's.
    pub target_5xx: u64,
    /// Tries that the balancer had to answer: no task, no place, or the task was killed.
    pub elb_5xx: u64,
    /// Of them, turned away for want of a place.
    pub turned_away: u64,
    /// Of them, those that were at a task when it was gone.
    pub lost: u64,
    /// Tries whose client gave up.
    pub timed_out: u64,
    /// Of them, those that left a queue unserved.
    pub gave_up_queued: u64,
    /// Tries that ended with their task when their client had left already.
    pub dropped: u64,
    /// Users' requests whose last try failed.
    pub failed: u64,
    /// Messages that tasks took from the queue.
    pub received: u64,
    /// Copies of messages whose visibility time-out ended.
    pub copied: u64,
    /// Copies that were over when their message was done already, or was at another task.
    pub duplicates: u64,
}

/// Integrals over time so far.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Areas {
    /// Requests in the system × seconds.
    pub in_system_s: f64,
    /// Slots taken × seconds, on tasks that do not drain.
    pub busy_s: f64,
    /// vCPU-seconds worked, by tasks that do not drain.
    pub cpu_s: f64,
    /// Messages in the one queue × seconds.
    pub queued_s: f64,
    /// How long those that were received had waited by then, seconds, summed.
    pub waited_s: f64,
}

/// A further try to come.
#[derive(Clone, Copy, Debug)]
struct Retry {
    at_s: f64,
    draw: f64,
    earlier_tries: u32,
}

/// The moment a client gives up.
#[derive(Clone, Copy, Debug)]
struct Deadline {
    at_s: f64,
    request: u32,
    generation: u32,
}

/// So many deadlines are kept, whether or not their requests are over.
const DEADLINES_KEPT: usize = 4_096;

/// One service, request by request.
#[derive(Clone, Debug)]
pub struct Fleet {
    now_s: f64,
    routing: Routing,
    clients: Clients,
    rate_per_s: f64,
    next_arrival_s: f64,
    gaps: Stream,
    works: Stream,
    errors: Stream,
    ties: Stream,
    retries: VecDeque<Retry>,
    deadlines: VecDeque<Deadline>,
    /// At so many deadlines those of requests that are over are thrown away.
    deadlines_max: usize,
    /// Draining tasks and when each is killed, the next one last.
    closings: Vec<(f64, u32)>,
    holds: HoldHeap,
    ready: Earliest,
    classes: Vec<Class>,
    servers: Vec<Server>,
    free_servers: Vec<u32>,
    /// Serving tasks by number outstanding (pooled: in slots); not for round robin.
    levels: Levels,
    /// Serving tasks in the order of turns, and whose turn it is.
    ring: Vec<u32>,
    turn: usize,
    serving: u32,
    /// Which tasks get more than others.
    uneven: Uneven,
    /// The one queue of pooled tasks.
    common: Line,
    common_since_s: f64,
    /// What a queue's messages need beyond a request.
    messages: Messages,
    /// What calls need, of a service that makes them or gets them.
    calling: Option<Box<Calling>>,
    arena: Arena,
    in_system: u64,
    in_system_since_s: f64,
    areas: Areas,
    totals: Totals,
    handled: u64,
}

impl Fleet {
    /// A service without tasks and without demand, at time `now_s`.
    pub fn new(
        routing: Routing,
        clients: Clients,
        (streams, name): (Streams, NameHash),
        now_s: f64,
    ) -> Self {
        Fleet {
            now_s,
            routing,
            clients,
            rate_per_s: 0.0,
            next_arrival_s: f64::INFINITY,
            gaps: streams.stream(GAPS, name, 0),
            works: streams.stream(WORK, name, 0),
            errors: streams.stream(ERRORS, name, 0),
            ties: streams.stream(TIES, name, 0),
            retries: VecDeque::new(),
            deadlines: VecDeque::new(),
            deadlines_max: DEADLINES_KEPT,
            closings: Vec::new(),
            holds: HoldHeap::default(),
            ready: Earliest::default(),
            classes: Vec::new(),
            servers: Vec::new(),
            free_servers: Vec::new(),
            levels: Levels::default(),
            ring: Vec::new(),
            turn: 0,
            serving: 0,
            uneven: Uneven::new(Spread::EVEN, streams.stream(SPREAD, name, 0)),
            common: Line::default(),
            common_since_s: now_s,
            messages: Messages::default(),
            calling: None,
            arena: Arena::default(),
            in_system: 0,
            in_system_since_s: now_s,
            areas: Areas::default(),
            totals: Totals::default(),
            handled: 0,
        }
    }

    /// The instant it has been played to, seconds.
    pub fn now_s(&self) -> f64 {
        self.now_s
    }

    /// Requests in queues and slots.
    pub fn in_system(&self) -> u64 {
        self.in_system
    }

    /// Requests that are remembered: those in the system, those of killed tasks that are still to
    /// be let go, and those that are about to be tried again. One event adds one at most.
    pub fn at_once(&self) -> u64 {
        (self.arena.live() + self.retries.len() + self.messages.returning()) as u64
    }

    /// Tasks that get requests.
    pub fn serving(&self) -> u32 {
        self.serving
    }

    /// Sets an empty service's clock back, for a warm-up that ends at 0.
    pub fn rewind(&mut self, length_s: f64) {
        debug_assert_eq!(self.in_system, 0, "only an empty service is rewound");
        let shift_s = self.now_s + length_s;
        self.now_s -= shift_s;
        self.next_arrival_s -= shift_s;
        self.uneven.rewind(shift_s);
        self.in_system_since_s = self.now_s;
        self.common_since_s = self.now_s;
        for class in &mut self.classes {
            class.since_s = self.now_s;
        }
    }

    /// Passes over a time in which nothing happens.
    pub fn skip_to(&mut self, now_s: f64) {
        debug_assert!(self.is_idle(), "only an idle service is skipped");
        self.count_in_system(0);
        self.count_queued();
        self.now_s = now_s;
        (self.in_system_since_s, self.common_since_s) = (now_s, now_s);
    }

    /// Events handled so far.
    pub fn handled(&self) -> u64 {
        self.handled
    }

    /// What has been counted so far.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// True if nothing will happen before the demand changes.
    pub fn is_idle(&self) -> bool {
        self.rate_per_s == 0.0 && self.in_system == 0 && self.retries.is_empty()
    }

    /// The integrals up to now.
    pub fn areas(&mut self) -> Areas {
        let now_s = self.now_s;
        self.count_in_system(0);
        self.count_queued();
        let mut areas = self.areas;
        for class in &mut self.classes {
            class.bring_to(now_s);
            areas.busy_s += class.busy_s;
            if let Passage::Alone { vcpus, .. } = class.passage {
                areas.cpu_s += class.busy_s * vcpus;
            }
        }
        for server in &mut self.servers {
            if server.standing == Standing::Serving {
                areas.cpu_s += server.cpu.used_s(now_s);
            }
        }
        areas
    }

    /// First tries a second from now on: arrivals are Poisson, and the time to the next one keeps
    /// its share of its mean, so that variants of the demand stay coupled.
    pub fn set_rate(&mut self, rate_per_s: f64) {
        if rate_per_s == self.rate_per_s {
            return;
        }
        let units = if self.next_arrival_s.is_finite() {
            (self.next_arrival_s - self.now_s).max(0.0) * self.rate_per_s
        } else {
            self.gap()
        };
        self.rate_per_s = rate_per_s;
        self.next_arrival_s = if 0.0 < rate_per_s {
            self.now_s + units / rate_per_s
        } else {
            f64::INFINITY
        };
    }

    #[inline]
    fn gap(&mut self) -> f64 {
        -libm::log(self.gaps.uniform())
    }

    #[inline]
    fn count_in_system(&mut self, change: i64) {
        self.areas.in_system_s += self.in_system as f64 * (self.now_s - self.in_system_since_s);
        self.in_system_since_s = self.now_s;
        self.in_system = self.in_system.wrapping_add_signed(change);
    }

    /// To be called before the length of the one queue changes.
    #[inline]
    fn count_queued(&mut self) {
        self.areas.queued_s += f64::from(self.common.length) * (self.now_s - self.common_since_s);
        self.common_since_s = self.now_s;
    }

    /// How long the head of the one queue has waited, seconds.
    pub fn head_age_s(&self) -> Option<f64> {
        let head = self.common.first()?;
        Some(self.now_s - self.arena.get(head).arrived_s)
    }
}
