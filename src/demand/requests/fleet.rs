//! The queueing system of one service: arrivals, tasks, clients, and what is next.
//!
//! Times are seconds as floats (a request may take less than the cluster's microsecond), counted
//! from the run's start; all of it is `libm` and plain arithmetic, the same bits on every machine.
//! Intervals are half-open: [`Fleet::advance`] to `t` handles what falls due before `t`. At equal
//! times requests end before others begin.

use std::collections::VecDeque;

use super::arena::{Arena, Line, Place};
use super::earliest::Earliest;
use super::hold_heap::HoldHeap;
use super::levels::Levels;
use super::processor::Processor;
use super::server::{Class, Passage, RequestWork, Server, ServerId, Standing};
use crate::engine::random::{NameHash, Purpose, Stream, Streams};
use crate::policy::load::Routing;

const GAPS: Purpose = Purpose::new("gaps of requests");
const WORK: Purpose = Purpose::new("work of requests");
const ERRORS: Purpose = Purpose::new("errors of requests");

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
}

impl Default for Clients {
    /// Patient ones, who try once.
    fn default() -> Self {
        Clients {
            timeout_s: f64::INFINITY,
            leaves_queue: true,
            retry_attempts: 0,
            backoff_s: 0.0,
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
    /// Tries whose client gave up.
    pub timed_out: u64,
    /// Of them, those that left a queue unserved.
    pub gave_up_queued: u64,
    /// Tries that ended with their task when their client had left already.
    pub dropped: u64,
    /// Users' requests whose last try failed.
    pub failed: u64,
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
    retries: VecDeque<Retry>,
    deadlines: VecDeque<Deadline>,
    /// Draining tasks and when each is killed.
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
    /// The one queue of pooled tasks.
    common: Line,
    arena: Arena,
    in_system: u64,
    in_system_since_s: f64,
    areas: Areas,
    totals: Totals,
    handled: u64,
}

/// What is next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Computed,
    Held,
    GivesUp,
    Closes,
    Retry,
    Arrival,
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
            retries: VecDeque::new(),
            deadlines: VecDeque::new(),
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
            common: Line::default(),
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

    /// Tasks that get requests.
    pub fn serving(&self) -> u32 {
        self.serving
    }

    /// Requests in slots.
    pub fn slots_taken(&self) -> u64 {
        let taken = self.classes.iter().map(|class| u64::from(class.busy));
        taken.sum()
    }

    /// Sets an empty service's clock back, for a warm-up that ends at 0.
    pub fn rewind(&mut self, length_s: f64) {
        debug_assert_eq!(self.in_system, 0, "only an empty service is rewound");
        let shift_s = self.now_s + length_s;
        self.now_s -= shift_s;
        self.next_arrival_s -= shift_s;
        self.in_system_since_s = self.now_s;
        for class in &mut self.classes {
            class.since_s = self.now_s;
        }
    }

    /// Passes over a time in which nothing happens.
    pub fn skip_to(&mut self, now_s: f64) {
        debug_assert!(self.is_idle(), "only an idle service is skipped");
        self.count_in_system(0);
        self.now_s = now_s;
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

    /// A task joins, empty.
    pub fn join(&mut self, work: &RequestWork) -> ServerId {
        let class = self.class(work);
        let task = self.free_servers.pop().unwrap_or_else(|| {
            self.servers.push(Server {
                class,
                standing: Standing::Gone,
                in_slots: 0,
                line: Line::default(),
                cpu: Processor::default(),
            });
            self.ready.grow(self.servers.len());
            self.servers.len() as u32 - 1
        });
        let server = &mut self.servers[task as usize];
        server.class = class;
        server.standing = Standing::Serving;
        server.cpu.reset(work.vcpus, self.now_s);
        self.serving += 1;
        match self.routing {
            // Its turn is the last of the present round.
            Routing::RoundRobin => {
                self.ring.insert(self.turn, task);
                self.turn = (self.turn + 1) % self.ring.len();
            }
            Routing::LeastOutstanding | Routing::Pooled => self.levels.insert(task, 0),
        }
        self.fill(task);
        ServerId(task)
    }

    fn class(&mut self, work: &RequestWork) -> u32 {
        let known = self.classes.iter().position(|class| class.work == *work);
        let index = known.unwrap_or_else(|| {
            self.classes.push(Class::new(work.clone(), self.now_s));
            self.classes.len() - 1
        });
        index as u32
    }

    /// A task gets no further requests, works on those it has, and is killed at `killed_s`.
    pub fn drain(&mut self, ServerId(task): ServerId, killed_s: f64) {
        self.retire(task);
        self.closings.push((killed_s, task));
    }

    /// A task is killed: its requests fail.
    pub fn kill(&mut self, ServerId(task): ServerId) {
        self.retire(task);
        self.end(task);
    }

    /// Takes a task out of the balancer's choice and the sums over running tasks.
    fn retire(&mut self, task: u32) {
        let now_s = self.now_s;
        let server = &mut self.servers[task as usize];
        if server.standing != Standing::Serving {
            return;
        }
        server.standing = Standing::Draining;
        self.areas.cpu_s += server.cpu.used_s(now_s);
        self.classes[server.class as usize].change_busy(now_s, -(server.in_slots as i32));
        self.serving -= 1;
        match self.routing {
            Routing::RoundRobin => {
                if let Some(at) = self.ring.iter().position(|it| *it == task) {
                    self.ring.remove(at);
                    if at < self.turn {
                        self.turn -= 1;
                    }
                    if self.turn == self.ring.len() {
                        self.turn = 0;
                    }
                }
            }
            Routing::LeastOutstanding | Routing::Pooled => self.levels.remove(task),
        }
        while self.serving == 0
            && let Some(id) = self.common.pop(&mut self.arena)
        {
            self.fail(id);
        }
    }

    /// A request ends without an answer of its task.
    fn fail(&mut self, id: u32) {
        self.count_in_system(-1);
        let request = *self.arena.get(id);
        if request.is_abandoned {
            self.totals.dropped += 1;
        } else {
            self.totals.elb_5xx += 1;
            self.try_again(request.draw, request.earlier_tries);
        }
        if request.place == Place::Holding {
            // Its end is in the heap: it is let go there.
            let request = self.arena.get_mut(id);
            request.place = Place::Dead;
            request.is_abandoned = true;
        } else {
            self.arena.remove(id);
        }
    }

    /// A task is gone with whatever is at it.
    fn end(&mut self, task: u32) {
        let here: Vec<u32> = self.arena.at_server(task).collect();
        let server = &mut self.servers[task as usize];
        if server.standing == Standing::Gone {
            return;
        }
        server.standing = Standing::Gone;
        server.in_slots = 0;
        server.line = Line::default();
        server.cpu.reset(0.0, self.now_s);
        self.ready.set(task, f64::INFINITY);
        self.free_servers.push(task);
        self.closings.retain(|(_, closing)| *closing != task);
        for id in here {
            self.fail(id);
        }
    }

    /// Plays on to `until_s`; after `most` events it stops where it is. True if it got there.
    pub fn advance(&mut self, until_s: f64, most: u64, watch: &mut impl Watch) -> bool {
        let last = self.handled.saturating_add(most);
        while self.handled < last {
            let (at_s, next) = self.next();
            if until_s <= at_s {
                self.now_s = self.now_s.max(until_s);
                return true;
            }
            self.now_s = at_s;
            self.handled += 1;
            match next {
                Next::Arrival => self.on_arrival(watch),
                Next::Held => self.on_held(watch),
                Next::Computed => self.on_computed(watch),
                Next::GivesUp => self.on_gives_up(watch),
                Next::Retry => self.on_retry(watch),
                Next::Closes => self.on_closes(),
            }
        }
        false
    }

    #[inline]
    fn next(&self) -> (f64, Next) {
        let mut first = (self.ready.next_s(), Next::Computed);
        let mut consider = |at_s: f64, what: Next| {
            if at_s < first.0 {
                first = (at_s, what);
            }
        };
        consider(self.holds.next_s(), Next::Held);
        if let Some(deadline) = self.deadlines.front() {
            consider(deadline.at_s, Next::GivesUp);
        }
        for (at_s, _) in &self.closings {
            consider(*at_s, Next::Closes);
        }
        if let Some(retry) = self.retries.front() {
            consider(retry.at_s, Next::Retry);
        }
        consider(self.next_arrival_s, Next::Arrival);
        first
    }

    fn on_arrival(&mut self, watch: &mut impl Watch) {
        let gap = self.gap();
        self.next_arrival_s = self.now_s + gap / self.rate_per_s;
        let draw = self.works.uniform();
        self.totals.first_tries += 1;
        self.arrive(draw, 0, watch);
    }

    fn on_retry(&mut self, watch: &mut impl Watch) {
        if let Some(retry) = self.retries.pop_front() {
            self.arrive(retry.draw, retry.earlier_tries, watch);
        }
    }

    #[inline]
    fn arrive(&mut self, draw: f64, earlier_tries: u32, watch: &mut impl Watch) {
        self.totals.arrived += 1;
        let Some(task) = self.pick() else {
            self.refuse(draw, earlier_tries, watch);
            return;
        };
        let server = &mut self.servers[task as usize];
        let work = &self.classes[server.class as usize].work;
        let has_slot = server.in_slots < work.slots;
        let pooled = self.routing == Routing::Pooled;
        let queued = if pooled {
            self.common.length
        } else {
            server.line.length
        };
        let places = if pooled {
            work.places.saturating_mul(self.serving)
        } else {
            work.places
        };
        if !has_slot && places <= queued {
            self.totals.turned_away += 1;
            self.refuse(draw, earlier_tries, watch);
            return;
        }
        let id = self.arena.insert(self.now_s, draw, earlier_tries);
        if self.clients.timeout_s.is_finite() {
            self.deadlines.push_back(Deadline {
                at_s: self.now_s + self.clients.timeout_s,
                request: id,
                generation: self.arena.get(id).generation,
            });
        }
        self.count_in_system(1);
        if has_slot {
            self.start(task, id);
            self.relevel(task);
        } else if pooled {
            self.common.push(&mut self.arena, id);
        } else {
            self.arena.get_mut(id).server = task;
            self.servers[task as usize].line.push(&mut self.arena, id);
            self.relevel(task);
        }
    }

    /// The balancer answers itself.
    fn refuse(&mut self, draw: f64, earlier_tries: u32, watch: &mut impl Watch) {
        self.totals.elb_5xx += 1;
        watch.lost(self.now_s);
        self.try_again(draw, earlier_tries);
    }

    /// A try has failed: its client tries again, or the user's request has failed.
    fn try_again(&mut self, draw: f64, earlier_tries: u32) {
        if earlier_tries < self.clients.retry_attempts {
            self.retries.push_back(Retry {
                at_s: self.now_s + self.clients.backoff_s,
                draw,
                earlier_tries: earlier_tries + 1,
            });
        } else {
            self.totals.failed += 1;
        }
    }

    /// The balancer's choice.
    #[inline]
    fn pick(&mut self) -> Option<u32> {
        match self.routing {
            Routing::RoundRobin => {
                let task = *self.ring.get(self.turn)?;
                self.turn += 1;
                if self.turn == self.ring.len() {
                    self.turn = 0;
                }
                Some(task)
            }
            Routing::LeastOutstanding | Routing::Pooled => self.levels.fewest(),
        }
    }

    /// A request gets a slot.
    #[inline]
    fn start(&mut self, task: u32, id: u32) {
        let now_s = self.now_s;
        let server = &mut self.servers[task as usize];
        server.in_slots += 1;
        let class = &mut self.classes[server.class as usize];
        if server.standing == Standing::Serving {
            class.change_busy(now_s, 1);
        }
        let request = self.arena.get_mut(id);
        let work = class.work.law.quantile(request.draw);
        request.work = work;
        request.started_s = now_s;
        request.server = task;
        match class.passage {
            Passage::Alone { holding_s, .. } => {
                request.place = Place::Holding;
                self.holds.push(now_s + work * holding_s, id);
            }
            Passage::Shared { cpu_s, .. } => {
                request.place = Place::Computing;
                server.cpu.push(now_s, work * cpu_s, id);
                self.ready.set(task, server.cpu.next_s());
            }
        }
    }

    /// The number at a task has changed.
    #[inline]
    fn relevel(&mut self, task: u32) {
        let server = &self.servers[task as usize];
        if server.standing != Standing::Serving {
            return;
        }
        match self.routing {
            Routing::RoundRobin => {}
            Routing::LeastOutstanding => self.levels.shift(task, server.outstanding()),
            Routing::Pooled => self.levels.shift(task, server.in_slots),
        }
    }

    fn on_held(&mut self, watch: &mut impl Watch) {
        let Some(id) = self.holds.pop() else {
            return;
        };
        if self.arena.get(id).place == Place::Dead {
            self.arena.remove(id);
        } else {
            self.finish(id, watch);
        }
    }

    fn on_computed(&mut self, watch: &mut impl Watch) {
        let task = self.ready.first();
        let server = &mut self.servers[task as usize];
        let Some(id) = server.cpu.pop(self.now_s) else {
            return;
        };
        self.ready.set(task, server.cpu.next_s());
        match self.classes[server.class as usize].passage {
            Passage::Shared { wait_s, .. } if 0.0 < wait_s => {
                let request = self.arena.get_mut(id);
                request.place = Place::Holding;
                self.holds.push(self.now_s + request.work * wait_s, id);
            }
            Passage::Shared { .. } | Passage::Alone { .. } => self.finish(id, watch),
        }
    }

    /// A request is answered; its slot takes the next one.
    #[inline]
    fn finish(&mut self, id: u32, watch: &mut impl Watch) {
        let request = *self.arena.get(id);
        let task = request.server;
        watch.answered(&Answer {
            arrived_s: request.arrived_s,
            started_s: request.started_s,
            answered_s: self.now_s,
        });
        self.totals.answered += 1;
        self.count_in_system(-1);
        self.arena.remove(id);
        let server = &mut self.servers[task as usize];
        server.in_slots -= 1;
        let class = &mut self.classes[server.class as usize];
        if server.standing == Standing::Serving {
            class.change_busy(self.now_s, -1);
        }
        let errors = class.work.errors;
        if 0.0 < errors && self.errors.uniform() < errors {
            self.totals.target_5xx += 1;
            if !request.is_abandoned {
                self.try_again(request.draw, request.earlier_tries);
            }
        }
        self.fill(task);
        self.relevel(task);
    }

    /// Free slots of a task take requests that queue for it.
    #[inline]
    fn fill(&mut self, task: u32) {
        loop {
            let server = &mut self.servers[task as usize];
            let slots = self.classes[server.class as usize].work.slots;
            if slots <= server.in_slots {
                return;
            }
            let line = match self.routing {
                Routing::Pooled if server.standing == Standing::Serving => &mut self.common,
                Routing::Pooled => return,
                Routing::RoundRobin | Routing::LeastOutstanding => &mut server.line,
            };
            let Some(id) = line.pop(&mut self.arena) else {
                return;
            };
            self.start(task, id);
            if self.routing == Routing::Pooled {
                self.relevel(task);
            }
        }
    }

    /// The client that has waited longest for its answer gives up, unless it has got it.
    fn on_gives_up(&mut self, watch: &mut impl Watch) {
        let Some(deadline) = self.deadlines.pop_front() else {
            return;
        };
        let id = deadline.request;
        let request = *self.arena.get(id);
        if request.generation != deadline.generation || request.is_abandoned {
            return;
        }
        self.totals.timed_out += 1;
        if request.place == Place::Queued && self.clients.leaves_queue {
            self.totals.gave_up_queued += 1;
            watch.lost(request.arrived_s);
            if self.routing == Routing::Pooled {
                self.common.remove(&mut self.arena, id);
            } else {
                let line = &mut self.servers[request.server as usize].line;
                line.remove(&mut self.arena, id);
                self.relevel(request.server);
            }
            self.count_in_system(-1);
            self.arena.remove(id);
        } else {
            self.arena.get_mut(id).is_abandoned = true;
        }
        self.try_again(request.draw, request.earlier_tries);
    }

    fn on_closes(&mut self) {
        let due = self.closings.iter().position(|it| it.0 <= self.now_s);
        if let Some(due) = due {
            let (_, task) = self.closings.remove(due);
            self.end(task);
        }
    }

    #[inline]
    fn count_in_system(&mut self, change: i64) {
        self.areas.in_system_s += self.in_system as f64 * (self.now_s - self.in_system_since_s);
        self.in_system_since_s = self.now_s;
        self.in_system = self.in_system.wrapping_add_signed(change);
    }

    /// Recounts what is counted on the way.
    ///
    /// # Panics
    /// If a counter is not what recounting gives: a defect of ours.
    pub fn audit(&self) {
        let (mut in_system, mut serving) = (u64::from(self.common.length), 0);
        let mut busy = vec![0u32; self.classes.len()];
        for server in &self.servers {
            let slots = self.classes[server.class as usize].work.slots;
            assert!(server.in_slots <= slots, "more requests than slots");
            assert!(
                server.line.length == 0 || server.in_slots == slots,
                "a request queues beside a free slot"
            );
            in_system += u64::from(server.outstanding());
            if server.standing == Standing::Serving {
                serving += 1;
                busy[server.class as usize] += server.in_slots;
            }
        }
        assert_eq!(self.in_system, in_system, "requests in system");
        assert_eq!(self.serving, serving, "serving tasks");
        for (class, busy) in self.classes.iter().zip(busy) {
            assert_eq!(class.busy, busy, "slots taken");
        }
        let totals = &self.totals;
        let over = totals.answered + totals.elb_5xx + totals.gave_up_queued + totals.dropped;
        assert_eq!(
            totals.arrived,
            over + self.in_system,
            "every try is over or still there"
        );
    }
}
